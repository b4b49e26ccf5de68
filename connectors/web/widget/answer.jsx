// An answer: verdict, card, text with its sources, choices, what people think of it.
import { useState } from "preact/hooks";
import { badge, blocks, clean, fill, flat, inline, rows } from "./parse.js";

const find = (view, n) => view.sources.find(s => s.n === n);

function Chip({ source, view }) {
  return <button type="button" class="chip" aria-label={clean(fill(view.words.source, source))}
    onClick={e => view.show(source, e.currentTarget)}>[{source.n}]</button>;
}

/** Running text with bold words and chips. */
function Pieces({ parts, view }) {
  return parts.map(p => {
    if (typeof p === "string") return clean(p);
    if (p.b) return <strong><Pieces parts={p.b} view={view} /></strong>;
    const source = find(view, p.n);
    return source ? <Chip source={source} view={view} /> : `[${p.n}]`;
  });
}

export function Prose({ text, view }) {
  return blocks(text).map(({ tag: Tag, start, items }) => Tag === "ul" || Tag === "ol"
    ? <Tag start={Tag === "ol" ? start : undefined}>{items.map(item => <li><Pieces parts={item} view={view} /></li>)}</Tag>
    : <Tag><Pieces parts={items[0]} view={view} /></Tag>);
}

/** Official addresses alone become links; whatever else is written as one stays text. */
function Address({ text }) {
  const [, host] = /^https:\/\/([a-z0-9.-]+)(?:[/?#]|$)/.exec(text) ?? [];
  return /(^|\.)gov\.vn$/.test(host ?? "") ? <a href={text} target="_blank" rel="noopener noreferrer">{text} ↗</a> : clean(text);
}

/** The most lines of a card that are shown before somebody asks for all. */
const SHORT = 6;

function Value({ value, name, view }) {
  const source = name === "basis" && find(view, value);
  if (name === "source") return <Address text={flat(value)} />;
  return source ? <><Chip source={source} view={view} /> {source.citation}</> : <Pieces parts={inline(flat(value))} view={view} />;
}

export function Card({ card: { code, name, fields }, view }) {
  return <div class="card" lang="vi">
    <h4>{clean(name)}</h4>
    {code && <p class="note">{fill(view.words.code, { code })}</p>}
    <dl>{rows(fields ?? {}, view.words).map(([label, values, key]) => {
      const List = key === "steps" ? "ol" : "ul";
      const line = v => <li><Value value={v} name={key} view={view} /></li>;
      return <div><dt>{label}</dt><dd class={key === "warnings" ? "warn" : ""}>
        {values.length < 2 ? <Value value={values[0]} name={key} view={view} /> : <List>{values.slice(0, SHORT).map(line)}</List>}
        {values.length > SHORT && <details><summary>+ {values.length - SHORT}</summary>
          <List start={SHORT + 1}>{values.slice(SHORT).map(line)}</List></details>}
      </dd></div>;
    })}</dl>
  </div>;
}

export const Badge = ({ source, words }) => <span class={"badge " + clean(source.status)}>{badge(source, words)}</span>;

function Sources({ view }) {
  const { words, sources } = view;
  if (!sources.length) return null;
  return <details class="sources"><summary>{fill(words.sources, { n: sources.length })}</summary>
    <ol>{sources.map(s => <li value={s.n}>
      <button type="button" class="link" onClick={e => view.show(s, e.currentTarget)}>{clean(s.citation)}</button>
      <span lang="vi">{clean(s.title)}</span><Badge source={s} words={words} /><blockquote lang="vi">{clean(s.quote)}</blockquote>
    </li>)}</ol>
  </details>;
}

const REASONS = ["wrong", "missing", "unclear", "outdated", "authority", "place", "other"];

/** Good or not, and why not. */
function Rating({ id, view: { words, client } }) {
  const [value, choose] = useState(0), [told, tell] = useState("");
  const send = (value, reasons = [], note = "") => client
    .call(`/api/v1/answers/${id}/rating`, { method: "POST", body: { value, reasons, note } })
    .then(() => tell(words["rate.thanks"]), () => tell(words["rate.failed"]));
  const rate = n => { choose(n); tell(""); send(n); };
  const submit = event => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    send(-1, data.getAll("reason"), String(data.get("note")).normalize("NFC"));
    choose(-2);
    // The form goes; the focus stays where it began.
    event.currentTarget.previousSibling.lastChild.focus();
  };
  return <div class="rating">
    <div role="group" aria-label={words.rate}><span class="note" aria-hidden="true">{words.rate}</span>
      <button type="button" aria-pressed={value > 0} onClick={() => rate(1)}>{words.up}</button>
      <button type="button" aria-pressed={value < 0} onClick={() => rate(-1)}>{words.down}</button>
    </div>
    {value === -1 && <form onSubmit={submit}>
      <fieldset><legend>{words["rate.why"]}</legend>
        {REASONS.map(it => <label><input type="checkbox" name="reason" value={it} /> {words["reason." + it]}</label>)}
      </fieldset>
      <label>{words["rate.note"]}<textarea name="note" rows="2" maxLength={2000}></textarea></label>
      <button type="submit">{words["rate.send"]}</button>
    </form>}
    <p class="note" role="status">{told}</p>
  </div>;
}

/** One answer, running or finished. `answer` has the shape of the contract; what has not come yet is missing in it. */
export function Answer({ turn: { answer, live }, view: { ask, ...rest } }) {
  const view = { ...rest, sources: answer.sources ?? [] }, { words } = view;
  const said = !["greeting", "handoff"].includes(answer.route) && words["verdict." + answer.verdict];
  const reason = !/^[a-z_]*$/.test(answer.reason ?? "") && answer.reason; // a bare code says nothing to people
  // What the text says already is not said twice.
  const extra = line => line && !(answer.text ?? "").includes(line) && line;
  return <article class={"turn" + (answer.route === "emergency" ? " urgent" : "")} aria-busy={live} tabIndex={-1}>
    <h3>{words.me}</h3>
    {said && <p class="verdict">{said}</p>}
    {answer.generated && answer.text && <p class="label">{words.label}</p>}
    <div class="text" lang="vi"><Prose text={answer.text ?? ""} view={view} /></div>
    {answer.card && <details class="whole" open={!answer.text}>
      <summary>{words.card}</summary><Card card={answer.card} view={view} /></details>}
    {answer.removed > 0 && <p class="note">{fill(words.removed, { n: answer.removed })}</p>}
    {extra(reason) && <p><strong>{words.reason}</strong> {clean(reason)}</p>}
    {extra(answer.next) && <p><strong>{words.next}</strong> {clean(answer.next)}</p>}
    {answer.options?.length > 0 && <div class="buttons" role="group" lang="vi" aria-label={words.choose}>
      {answer.options.map(o => <button type="button" onClick={() => ask(o.value, o.label)}>{clean(o.label)}</button>)}
    </div>}
    {answer.cut && <p class="note">{words.cut}</p>}
    <Sources view={view} />
    {!live && answer.answer_id && answer.kept !== false && <Rating id={answer.answer_id} view={view} />}
  </article>;
}
