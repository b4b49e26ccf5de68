// Pure functions of the widget: no document, no network.

/** Returns a function that takes chunks of an event stream and gives the events completed so far. */
export function sse() {
  let rest = "", event = "", id = "", data = [];
  return chunk => {
    const events = [];
    // A CR at the end of a chunk may be half of a CRLF: it waits for the next chunk.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length) events.push({ event: event || "message", data: data.join("\n"), ...(id && { id }) });
        event = "";
        data = [];
        continue;
      }
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (name === "event") event = value;
      if (name === "id") id = value;
      if (name === "data") data.push(value);
    }
    return events;
  };
}

/** Composed text without the controls that could turn the reading order around. */
export const clean = text =>
  String(text || "").normalize("NFC").replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

/** Splits running text at **bold** and at [1] or [1, 2]: strings, {b: parts}, {n: number}. */
export function inline(text) {
  const parts = [];
  let from = 0;
  for (const m of text.matchAll(/\*\*(.+?)\*\*|\[(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\]/gs)) {
    if (m.index > from) parts.push(text.slice(from, m.index));
    if (m[1]) parts.push({ b: inline(m[1]) });
    else for (const n of m[2].split(/[,;]/)) parts.push({ n: Number(n) });
    from = m.index + m[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** Text to blocks: {tag: "p"|"ul"|"ol"|"blockquote", start, items: [inline parts]}. */
export function blocks(text) {
  const out = [];
  let last = null;
  for (const line of clean(text).split(/\r?\n/)) {
    const words = line.trim();
    if (!words) {
      last = null;
      continue;
    }
    const item = /^(?:([-*•])\s|(\d{1,3})[.)]\s|(>))\s*(.*)$/.exec(words);
    const tag = !item ? "p" : item[1] ? "ul" : item[2] ? "ol" : "blockquote";
    const body = item ? item[4] : words;
    const join = last && (tag === "p" ? last.tag === "p" || /^\s/.test(line) : last.tag === tag);
    if (!join) out.push(last = { tag, start: Number(item?.[2] ?? 1), items: [body] });
    else if (tag === "ul" || tag === "ol") last.items.push(body);
    else last.items.push(last.items.pop() + "\n" + body);
  }
  for (const block of out) block.items = block.items.map(inline);
  return out;
}

/** Where the quotation stands in the text, however the lines are broken: [start, end] or null. */
export function locate(text, quote) {
  const parts = quote.trim().split(/\s+/).map(w => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = parts[0] ? new RegExp(parts.join("\\s+")).exec(text) : null;
  return found && [found.index, found.index + found[0].length];
}

/** Addresses of a source's full text, best first: a procedure, or the whole article, then the place itself. */
export function addresses(citation, on, profile) {
  const asked = Object.entries({ on, profile }).filter(([, value]) => value);
  const query = asked.length ? "?" + new URLSearchParams(asked) : "";
  if (/^\d\.\d{6}$/.test(citation)) return ["/api/v1/procedures/" + citation + query];
  const article = /^.*? điều [^\s,]+/i.exec(citation)?.[0] ?? citation;
  return [...new Set([article, citation])].map(
    c => "/api/v1/provisions/" + encodeURIComponent(c) + query);
}

/** 2026-11-20 as people write it; anything else unchanged. */
export const day = text => String(text).replace(/^(\d{4})-(\d\d)-(\d\d)$/, "$3/$2/$1");

/** A sentence with its {gaps} filled. */
export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, gap) => values[gap]);

/** Status, interval and date of check, in words. */
export function badge(source, words) {
  const dates = ["from", "to", "checked"].filter(k => source[k]).map(k => fill(words[k], { day: day(source[k]) }));
  return [words["status." + source.status] ?? words["status.unknown"], ...dates].join(" · ");
}

/** A value from a record as one line of text. */
export const flat = value => day(value && typeof value === "object"
  ? Object.values(value).filter(v => v && typeof v !== "object").join(" – ") : value ?? "");

/** Rows of a card in reading order: [label, values, key]; unknown keys come last, under their own name. */
export function rows(fields, words) {
  const order = Object.keys(words), rank = k => order.indexOf("field." + k) + 1 || order.length + 1;
  return Object.keys(fields).sort((a, b) => rank(a) - rank(b))
    .map(k => [words["field." + k] ?? k, [fields[k]].flat().filter(v => flat(v)), k])
    .filter(([, values]) => values.length);
}

/** What went wrong and what to do, from a status, a problem document (or none) and the Retry-After header. */
export function trouble(status, problem, after, words, kept = true) {
  const wait = status === 429 || status === 503;
  // Only these come with words for people; the title of another failure is for engineers.
  let text = problem?.detail && (status < 500 || wait)
    ? [problem.title, problem.detail].filter(Boolean).map(s => s.replace(/\.?$/, ".")).join(" ")
    : fill(words["error." + status] ?? words.error, { status });
  if (wait && !(after && text.includes(after)))
    text += " " + (/^\d+$/.test(after ?? "") ? fill(words.wait, { n: after }) : words.later);
  return kept ? text + " " + words.kept : text;
}

const RUN = /(?:\+\d{1,3} ?)?(?:\(0\) ?)?\d(?:[ .-]?\d){5,18}/g;
const PHONE = /^(?:840?|0)(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}$/;
// After these words a number is a person's, whatever its form.
const ACCOUNT = /(?:stk|so tk|tai khoan|so the)[^\d]{0,20}$/;
const PAPER = /(?:cccd|cmnd|cmt|can cuoc|chung minh|dinh danh|ho chieu|so dinh danh)[^\d]{0,20}$/;
const PLACES = /^(?:00[12468]|01[0124579]|02[024567]|03[013-8]|04[0245689]|05[12468]|06[024678]|07[024579]|08[0234679]|09[1-6])[0-3]\d{8}$/;

const plain = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();

/** Check digit of a bank's card (Luhn). */
const card = digits => digits.length >= 13 && [...digits].reverse().reduce((sum, d, i) =>
  sum + (i % 2 ? (d > 4 ? d * 2 - 9 : d * 2) : +d), 0) % 10 === 0;

/** Figures as they are typed on wide keyboards, one for one. */
const figures = text => text.replace(/[０-９]/g, d => String.fromCharCode(d.charCodeAt(0) - 0xfee0));

/** Numbers in a text that belong to a person: [{at, end, what}]. The server masks more; this warns before anything is sent. */
export function secrets(text) {
  const found = [], line = figures(text);
  for (const m of line.matchAll(RUN)) {
    const before = line[m.index - 1] ?? "", end = m.index + m[0].length;
    if (/[\d.,/-]/.test(before) || /\d/.test(line[end] ?? "")) continue;
    // Points and hyphens in one run: months of a year, not a number.
    if (/\./.test(m[0]) && /-/.test(m[0])) continue;
    const digits = m[0].replace(/\D/g, ""), words = plain(line.slice(Math.max(0, m.index - 40), m.index));
    const what = ACCOUNT.test(words) || card(digits) ? "account"
      : PAPER.test(words) || (digits.length === 12 && PLACES.test(digits)) ? "number" : PHONE.test(digits) ? "phone" : "";
    if (what) found.push({ at: m.index, end, what });
  }
  return found;
}

/** The text with those numbers taken out, and nothing else changed. */
export const masked = (text, found) => found.reduceRight(
  (rest, { at, end, what }) => rest.slice(0, at) + { account: "[tài khoản]", phone: "[điện thoại]", number: "[số định danh]" }[what] + rest.slice(end), text);

/** A conversation as plain text, with its sources. */
export function transcript(turns, words) {
  const lines = [words.transcript, ""];
  for (const { kind, text, answer } of turns) {
    const who = { person: words.you, answer: words.me, officer: words.officer }[kind];
    lines.push(who ? who + ":" : "—", clean(answer?.text || text));
    if (answer?.card) lines.push(clean(answer.card.name), ...rows(answer.card.fields ?? {}, words)
      .map(([label, values]) => label + ": " + values.map(flat).join("; ")));
    for (const source of answer?.sources ?? [])
      lines.push(`[${source.n}] ${source.citation} – ${badge(source, words)}`, "    " + clean(source.quote).replace(/\n/g, "\n    "));
    lines.push("");
  }
  return lines.join("\n");
}
