// Sends a question, shows the answer as it comes. Server text goes in as text nodes only.
import { addresses, badge, blocks, clean, day, fill, flat, inline, locate, rows, sse, trouble } from "./parse.js";

const $ = id => document.getElementById(id);
const box = $("question"), sheet = $("sheet");
const words = Object.fromEntries([...$("words").content.children].map(w => [w.value, w.textContent]));
const word = (key, values = {}) => fill(words[key], values);
let running = null; // AbortController of the answer under way
let warned = ""; // the question already warned of as holding an identity number

function el(tag, props, ...kids) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...kids.map(k => (k instanceof Node ? k : clean(k))));
  return node;
}

const set = (node, text) => { node.textContent = clean(text); };
const button = (className, text, onclick) => el("button", { type: "button", className, onclick }, text);
const find = (view, n) => view.sources.find(s => s.n === n);
const note = text => el("p", { className: "note" }, text);
const differ = (a, b) => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);
const say = text => set($("status"), text);

function fail(text, field) {
  set($("error"), text);
  $("error").hidden = !text;
  box.ariaInvalid = Boolean(field);
}

// Parts of an answer.

function chip(source, view) {
  const it = button("chip", `[${source.n}]`, () => open(source, view, it));
  it.ariaLabel = clean(word("source", source));
  return it;
}

const pieces = (parts, view) => parts.map(p => {
  if (typeof p === "string") return p;
  if (p.b) return el("strong", {}, ...pieces(p.b, view));
  const source = find(view, p.n);
  return source ? chip(source, view) : `[${p.n}]`;
});

/** Draws text. Unchanged blocks stay; in a redrawn one the same chip keeps the focus. */
function prose(slot, text, view) {
  const list = blocks(text), known = view.sources.map(s => s.n).join();
  list.forEach((block, i) => {
    const mark = known + JSON.stringify(block), old = slot.children[i];
    if (old?.mark === mark) return;
    const listed = block.tag === "ul" || block.tag === "ol";
    const node = el(block.tag, { mark }, ...block.items.flatMap(item =>
      listed ? el("li", {}, ...pieces(item, view)) : pieces(item, view)));
    if (block.tag === "ol") node.start = block.start;
    if (!old) return slot.append(node);
    const chips = n => [...n.querySelectorAll(".chip")], at = n => chips(node)[chips(old).indexOf(n)];
    const focused = at(document.activeElement);
    sheet.opener = at(sheet.opener) ?? sheet.opener;
    old.replaceWith(node);
    focused?.focus();
  });
  while (slot.children.length > list.length) slot.lastChild.remove();
}

function card(slot, { code, name, fields }, view) {
  const value = (v, key) => {
    const source = key === "basis" && find(view, v);
    return source ? [chip(source, view), " " + source.citation] : pieces(inline(flat(v)), view);
  };
  const list = rows(fields ?? {}, words).map(([label, values, key]) => el("div", {}, el("dt", {}, label),
    el("dd", { className: key === "warnings" ? "warn" : "" }, ...(values.length < 2 ? value(values[0], key)
      : [el(key === "steps" ? "ol" : "ul", {}, ...values.map(v => el("li", {}, ...value(v, key))))]))));
  slot.hidden = false;
  slot.replaceChildren(el("h4", {}, name), note(code && word("code", { code })), el("dl", {}, ...list));
}

const mark = source => el("span", { className: "badge " + clean(source.status) }, badge(source, words));

function sources(details, view) {
  details.hidden = !view.sources.length;
  set(details.querySelector("summary"), word("sources", { n: view.sources.length }));
  details.querySelector("ol").replaceChildren(...view.sources.map(s => el("li", { value: s.n },
    button("link", s.citation, e => open(s, view, e.currentTarget)),
    el("span", {}, s.title), mark(s), el("blockquote", {}, s.quote))));
}

// The sheet of one source.

async function open(source, { on, profile }, opener) {
  const quote = clean(source.quote), ticket = sheet.ticket = {};
  let got = null;
  set($("sheet-title"), source.citation);
  set($("sheet-doc"), source.title);
  set($("sheet-quote"), quote);
  set($("sheet-note"), words.loading);
  $("sheet-badge").replaceChildren(mark(source));
  $("sheet-full").replaceChildren();
  sheet.opener = opener;
  sheet.showModal();
  sheet.scrollTop = 0;
  for (const address of addresses(source.citation, on, profile)) {
    const found = await fetch(address).then(r => (r.ok ? r.json() : null)).catch(() => null);
    got = found ?? got;
    if (found && locate(clean(found.text), quote)) break;
  }
  if (sheet.ticket !== ticket) return; // another source was opened meanwhile
  set($("sheet-note"), got ? "" : words.missing);
  if (got) full($("sheet-full"), got, quote);
}

function full(slot, got, quote) {
  const doc = got.document;
  if ("articles" in got) return slot.replaceChildren(...got.articles.map(
    it => el("p", {}, [it.citation.replace(/^.* điều /, "Điều "), it.heading].filter(Boolean).join(". "))));
  if (!("text" in got)) return card(slot, { fields: got, ...got }, { sources: [] });
  if (doc) set($("sheet-doc"), [[doc.kind, doc.id, doc.title].filter(Boolean).join(" "), doc.issuer,
    ...["issued", "effective"].map(k => doc[k] && word(k, { day: day(doc[k]) }))].filter(Boolean).join(" · "));
  const text = clean(got.text), [from, to] = locate(text, quote) ?? [0, 0];
  slot.replaceChildren(
    note([got.above ?? []].flat().map(a => a?.heading ?? a?.citation ?? flat(a)).join(" › ")),
    el("h4", {}, [got.citation, got.heading].filter(Boolean).join(" – ")),
    el("p", { className: "law" }, text.slice(0, from), el("mark", {}, text.slice(from, to)), text.slice(to)));
}

$("close").onclick = () => sheet.close();
sheet.onclick = e => { if (e.target === sheet) sheet.close(); };
sheet.onclose = () => sheet.opener.focus();

// One question.

async function ask(question, shown = question) {
  if (running) return say(words.busy);
  running = new AbortController();
  fail("");
  say(words.stage);
  busy(true);
  const on = $("on").value || undefined, profile = $("profile").value, view = { sources: [], on, profile };
  const you = el("article", { className: "turn you" }, el("h3", {}, words.you), el("p", {}, shown));
  const it = $("answer").content.firstElementChild.cloneNode(true), part = q => it.querySelector(q);
  const put = (q, text) => { part(q).hidden = !text; set(part(q + " span") ?? part(q), text); };
  let text = "", whole = null;
  const draw = {
    working({ stage, seconds }) {
      say((words["stage." + stage] ?? words.stage) + (seconds > 0 ? word("queue", { n: seconds }) : ""));
      if (stage === "generate") part(".label").hidden = false;
    },
    card: d => card(part(".card"), view.card = d, view),
    sources(d) {
      view.sources = d.sources ?? [];
      sources(part("details"), view);
      if (view.card) draw.card(view.card); // its basis may name them
    },
    text: d => prose(part(".text"), text += d.text, view),
    done(d) {
      whole = d;
      if (differ(d.card, view.card)) draw.card(d.card ?? {});
      if (differ(d.sources, view.sources)) draw.sources(d);
      part(".card").hidden = !d.card;
      prose(part(".text"), d.text ?? "", view);
      it.classList.toggle("urgent", d.route === "emergency");
      put(".verdict", d.route !== "greeting" && words["verdict." + d.verdict]);
      part(".label").hidden = !(d.generated && d.text);
      put(".removed", d.removed > 0 && word("removed", { n: d.removed }));
      put(".reason", !/^[a-z_]*$/.test(d.reason ?? "") && d.reason); // a bare code says nothing to people
      put(".next", d.next);
      part(".options").hidden = !d.options?.length;
      part(".options").replaceChildren(...(d.options ?? []).map(o => button("", o.label, () => ask(o.value, o.label))));
    },
  };

  $("log").append(you);
  $("live").replaceChildren(it);
  you.scrollIntoView();
  try {
    const reply = await fetch("/api/v1/ask", {
      method: "POST", signal: running.signal,
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ question: question.normalize("NFC").trim(), profile, on }),
    });
    if (!reply.ok) {
      const problem = await reply.json().catch(() => null);
      throw { status: reply.status, problem, after: reply.headers.get("retry-after") };
    }
    if (box.value === question) box.value = "";
    count();
    const feed = sse(), reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let c; !whole && !(c = await reader.read()).done;)
      for (const e of feed(c.value)) draw[e.event]?.(JSON.parse(e.data));
    if (!whole) throw {};
    say(""); // the log announces the answer
  } catch ({ name, status = 0, problem, after }) {
    const stopped = name === "AbortError";
    box.value ||= question;
    count();
    say(stopped ? words.stopped : "");
    if (!stopped) fail(trouble(status, problem, after, words), [413, 422].includes(status));
    part(".cut").hidden = false;
  }
  running = null;
  busy(false);
  // The finished answer enters the log once; a focused part of it stays focused.
  const focused = document.activeElement;
  if (whole || text || view.card) $("log").append(it);
  else for (const node of [it, you]) node.remove();
  if (it.contains(focused)) focused.focus({ preventScroll: true });
}

// The form.

function busy(on) {
  $("send").ariaDisabled = on;
  $("stop").ariaDisabled = !on;
}

function count() {
  const n = [...box.value.normalize("NFC")].length;
  $("count").hidden = n < 3500;
  set($("count"), word("count", { n }));
  return n;
}

$("form").onsubmit = event => {
  event.preventDefault();
  const question = box.value;
  let wrong = !question.trim() ? "empty" : count() > 4000 ? "long" : "";
  if (!wrong && warned !== question && /(^|\D)\d([ .-]?\d){11}(?!\d)/.test(question)) {
    warned = question;
    wrong = "identity";
  }
  if (!wrong) return void ask(question);
  fail(words[wrong], true);
  box.focus();
};
box.oninput = count;
// Enter that ends a composition (Telex, VNI) must not send; Safari reports it only as keyCode 229.
box.onkeydown = e => {
  if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
  e.preventDefault();
  if (!e.repeat) $("form").requestSubmit();
};
$("stop").onclick = () => running?.abort();
for (const it of $("suggestions").children) it.onclick = () => ask(it.textContent);
