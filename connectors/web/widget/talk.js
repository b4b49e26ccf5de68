// The state of a conversation in the page, and everything that changes it.
import { useEffect, useRef, useState } from "preact/hooks";
import { name } from "./client.js";
import { clean, fill, trouble } from "./parse.js";

/** How often is asked for words of an officer, in milliseconds. */
const POLL = 3000;

const notice = (text, words) => ({ kind: "notice", key: name(), text: words["mode." + text] ?? text });

/** A kept message as a turn of the conversation. */
function turn(message, words) {
  const { author, text, answer, id } = message;
  if (author === "assistant") return answer?.text === "" ? null : { kind: "answer", key: id, answer: answer ?? { text } };
  if (author === "notice") return notice(text, words);
  return { kind: author, key: id, text };
}

export function useTalk(client, words) {
  const [turns, setTurns] = useState([]), [live, setLive] = useState(null), [status, setStatus] = useState("");
  const [error, setError] = useState(""), [wait, setWait] = useState(0), [text, setText] = useState("");
  const [mode, setMode] = useState("bot"), [called, setCalled] = useState(null), [session, setSession] = useState(null);
  const stopper = useRef(null), seen = useRef(0), told = useRef(new Set());
  const add = (...list) => setTurns(all => [...all, ...list.filter(Boolean)]);

  async function fetchNew(show) {
    const got = await client.call("/api/v1/widget/conversation?after=" + seen.current);
    seen.current = got.messages.reduce((n, it) => Math.max(n, it.n), seen.current);
    add(...got.messages.filter(it => show(it) && !told.current.has(it.id)).map(it => turn(it, words)));
    got.messages.forEach(it => told.current.add(it.id));
    setMode(got.mode);
    setCalled(got.handoff);
  }

  async function begin(fresh = false) {
    const again = await client.open(fresh);
    setSession(client.session);
    if (again) await fetchNew(() => true).catch(error => {
      if (![401, 403, 410].includes(error.status)) throw error;
      client.close();
      return begin(true);
    });
  }

  // Words of an officer are fetched while one is in the conversation.
  useEffect(() => {
    if (mode === "bot") return;
    const timer = setInterval(() => fetchNew(it => it.author === "officer" || it.author === "notice").catch(() => {}), POLL);
    return () => clearInterval(timer);
  }, [mode]);

  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  /** Asks; on failure the question is in the field again. */
  async function ask(question, shown = question.trim()) {
    if (stopper.current) return setStatus(words.stage);
    const stop = stopper.current = new AbortController(), key = name();
    const answer = { sources: [] };
    const draw = () => setLive({ kind: "answer", key, live: true, answer: { ...answer } });
    let whole = null, refused = null;
    const tell = (event, data) => {
      if (event === "working") setStatus((words["stage." + data.stage] ?? words.stage) + (data.seconds > 0 ? fill(words.wait_s, { n: data.seconds }) : ""));
      if (event === "resuming") setStatus(words.resuming);
      if (event === "card") answer.card = data;
      if (event === "sources") answer.sources = data.sources;
      if (event === "text") answer.text = (answer.text ?? "") + data.text;
      if (event === "done") whole = data;
      if (event === "error") refused = data;
      draw();
    };
    setError("");
    setStatus(words["stage.find"]);
    setText("");
    add({ kind: "person", key: key + "q", text: clean(shown) });
    draw();
    try {
      if (!client.session) await begin();
      const composed = question.normalize("NFC").trim();
      await client.ask(composed, key, tell, stop.signal).catch(async error => {
        if (error.status !== 401 && error.status !== 410) throw error;
        // Its time was over: a new conversation, once.
        client.close();
        await begin(true);
        await client.ask(composed, key, tell, stop.signal);
      });
      if (refused) throw { status: 503, problem: { detail: refused.detail }, after: refused.retry_after };
      finish(whole);
    } catch (error) {
      const partly = Boolean(answer.card || answer.text);
      if (partly) add({ kind: "answer", key, answer: { ...answer, cut: true } });
      else setTurns(all => all.filter(it => it.key !== key + "q"));
      setText(now => now || question);
      setStatus(stop.signal.aborted ? words.stopped : "");
      if (!stop.signal.aborted) setError(trouble(error.status ?? 0, error.problem, error.after == null ? null : String(error.after), words));
      if (/^\d+$/.test(error.after ?? "")) setWait(Number(error.after));
    } finally {
      setLive(null);
      stopper.current = null;
    }

    function finish(done) {
      if (done.erased) {
        setTurns([]);
        reset();
      }
      if (done.answer_id) told.current.add(done.answer_id);
      if (done.text) add({ kind: "answer", key, answer: done });
      setStatus(done.text ? words.ready : words.passed);
      if (done.mode) setMode(done.mode);
      if (done.handoff) setCalled(done.handoff);
      if (done.mode && done.mode !== "bot") fetchNew(() => false).catch(() => {});
    }
  }

  function reset() {
    client.close();
    setSession(null);
    setMode("bot");
    setCalled(null);
    seen.current = 0;
    told.current = new Set();
  }

  const failed = error => setError(trouble(error.status ?? 0, error.problem, error.after, words));

  return {
    turns, live, status, error, wait, text, mode, called, session, setText, ask,
    open: () => { setStatus(words.loading_talk); return begin().then(() => setStatus(""), error => { setStatus(""); failed(error); }); },
    stop() {
      stopper.current?.abort();
      client.call("/api/v1/widget/stop", { method: "POST" }).catch(() => {});
    },
    async officer() {
      try {
        if (!client.session) await begin();
        await fetchNew(() => false);
        const got = await client.call("/api/v1/widget/handoff", { method: "POST", body: {} });
        setMode(got.mode);
        setCalled(got.handoff);
        if (got.mode !== "bot") await fetchNew(it => it.author === "notice");
      } catch (error) { failed(error); }
    },
    async back() {
      try {
        await client.call("/api/v1/widget/handoff", { method: "DELETE" });
        await fetchNew(it => it.author === "notice" || it.author === "officer");
        setCalled(null);
      } catch (error) { failed(error); }
    },
    async erase() {
      stopper.current?.abort();
      try {
        await client.call("/api/v1/widget/conversation", { method: "DELETE" });
        setTurns([]);
        reset();
        await begin(true);
        setStatus(words.erased);
      } catch (error) { failed(error); }
    },
  };
}
