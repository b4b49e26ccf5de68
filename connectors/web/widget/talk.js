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
  const silent = answer && !answer.text && !answer.card && !answer.sources?.length && !answer.options?.length;
  if (author === "assistant") return silent ? null : { kind: "answer", key: id, answer: answer ?? { text } };
  if (author === "notice") return notice(text, words);
  return { kind: author, key: id, text };
}

export function useTalk(client, words) {
  const [turns, setTurns] = useState([]), [live, setLive] = useState(null), [status, setStatus] = useState("");
  const [error, setError] = useState(""), [wait, setWait] = useState(0), [text, setText] = useState("");
  const [mode, setMode] = useState("bot"), [called, setCalled] = useState(null), [session, setSession] = useState(null);
  const asking = useRef(""), retry = useRef(null), stopper = useRef(null), seen = useRef(0), told = useRef(new Set());
  const add = (...list) => setTurns(all => [...all, ...list.filter(Boolean)]);

  /** Takes up what is new on the server: all of it, or what others than the two of us said. */
  async function fetchNew(all = false) {
    const got = await client.call("/api/v1/widget/conversation?after=" + seen.current);
    seen.current = got.messages.reduce((n, it) => Math.max(n, it.n), seen.current);
    const others = it => it.author === "officer" || it.author === "notice";
    add(...got.messages.filter(it => (all || others(it)) && !told.current.has(it.id)).map(it => turn(it, words)));
    got.messages.forEach(it => told.current.add(it.id));
    setMode(got.mode);
    if (got.handoff) setCalled(got.handoff);
  }

  /** The conversation's time is over, or it was erased elsewhere: a new one, and that is said. */
  async function anew() {
    reset();
    await begin(true);
    add(notice("restarted", words));
  }

  const over = error => [401, 403, 410].includes(error.status);

  async function begin(fresh = false) {
    const again = await client.open(fresh);
    setSession(client.session);
    if (!again) return;
    try {
      await fetchNew(true);
    } catch (error) {
      if (!over(error)) throw error;
      return anew();
    }
    const { asked } = client.session;
    if (asked) ask(asked.question, asked.question, asked.key);
  }

  // Words of an officer are fetched while one is in the conversation.
  useEffect(() => {
    if (mode === "bot") return;
    const timer = setInterval(() => fetchNew().catch(error => over(error) && anew().catch(failed)), POLL);
    return () => clearInterval(timer);
  }, [mode]);

  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  /** Asks; on failure a question that was typed is in the field again. `again`: the name of one that was under way. */
  async function ask(question, shown = question.trim(), again = "", typed = false) {
    if (stopper.current || wait > 0) return setStatus(stopper.current ? words.stage : fill(words.wait, { n: wait }));
    const stop = stopper.current = new AbortController();
    // The same question after a failure is the same one to the server too.
    const key = again || (retry.current?.question === question ? retry.current.key : name());
    let answer = { sources: [] }, whole = null, refused = null;
    const draw = () => setLive({ kind: "answer", key, live: true, answer: { ...answer } });
    const tell = (event, data) => {
      if (event === "working") setStatus((words["stage." + data.stage] ?? words.stage) + (data.seconds > 0 ? fill(words.wait_s, { n: data.seconds }) : ""));
      if (event === "resuming") setStatus(words.resuming);
      if (event === "restart") answer = { sources: [] };
      if (event === "card") answer.card = data;
      if (event === "sources") answer.sources = data.sources;
      if (event === "text") answer.text = (answer.text ?? "") + data.text;
      if (event === "done") whole = data;
      if (event === "error") refused = data;
      draw();
    };
    setError("");
    setStatus(words["stage.find"]);
    if (typed) setText("");
    if (!again) add({ kind: "person", key: key + "q", text: clean(shown) });
    asking.current = key;
    draw();
    try {
      if (!client.session) await begin();
      const composed = question.normalize("NFC").trim();
      client.pending({ question: composed, key });
      await client.ask(composed, key, tell, stop.signal).catch(async error => {
        if (error.status !== 401 && error.status !== 410) throw error;
        await anew();
        await client.ask(composed, key, tell, stop.signal);
      });
      retry.current = null;
      if (refused?.taken) return setStatus(words["mode.taken"]);
      if (refused) throw { status: refused.stopped ? -1 : 503, problem: { detail: refused.detail }, after: refused.retry_after };
      finish(whole);
    } catch (error) {
      retry.current = { question, key };
      const partly = Boolean(answer.card || answer.text), stopped = stop.signal.aborted || error.status === -1;
      if (partly) add({ kind: "answer", key, answer: { ...answer, cut: true } });
      else setTurns(all => all.filter(it => it.key !== key + "q"));
      if (typed) setText(now => now || question);
      setStatus(stopped ? words.stopped : "");
      if (!stopped) failed(error, true);
      if (/^\d+$/.test(error.after ?? "")) setWait(Number(error.after));
    } finally {
      client.pending(undefined);
      setLive(null);
      stopper.current = null;
    }

    function finish(done) {
      if (done.erased) {
        setTurns([]);
        reset();
      }
      // Taken up again after a reload it may stand there already.
      if (told.current.has(done.answer_id)) return setStatus(words.ready);
      if (done.answer_id) told.current.add(done.answer_id);
      // Nothing to show is the assistant's silence while an officer speaks.
      const silent = !done.text && !done.card && !done.sources?.length && !done.options?.length;
      if (!silent) add({ kind: "answer", key, answer: done });
      setStatus(silent ? words.passed : words.ready);
      if (done.mode) setMode(done.mode);
      if (done.handoff) setCalled(done.handoff);
      if (done.mode && done.mode !== "bot") fetchNew().catch(() => {});
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

  const failed = (error, question = false) => setError(
    trouble(error.status ?? 0, error.problem, error.after == null ? null : String(error.after), words, question));

  return {
    turns, live, status, error, wait, text, mode, called, session, setText, ask,
    send: question => ask(question, undefined, undefined, true),
    open: () => { setStatus(words.loading_talk); return begin().then(() => setStatus(""), error => { setStatus(""); failed(error); }); },
    stop() {
      stopper.current?.abort();
      client.call("/api/v1/widget/stop", { method: "POST", body: { client_msg_id: asking.current } }).catch(() => {});
    },
    async officer() {
      try {
        if (!client.session) await begin();
        const got = await client.call("/api/v1/widget/handoff", { method: "POST", body: {} });
        setMode(got.mode);
        setCalled(got.handoff);
        if (got.mode !== "bot") await fetchNew();
      } catch (error) { failed(error); }
    },
    async back() {
      try {
        await client.call("/api/v1/widget/handoff", { method: "DELETE" });
        await fetchNew();
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
