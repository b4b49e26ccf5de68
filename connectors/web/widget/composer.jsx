// The field in which people type. It is never rewritten while they do; Enter that ends a composition does not send.
import { useRef, useState } from "preact/hooks";
import { fill, masked, secrets } from "./parse.js";

export function Composer({ view, busy, wait, error, text, setText, send, stop }) {
  const { words, limit } = view, box = useRef(), [warned, warn] = useState(null), [wrong, setWrong] = useState("");
  const length = [...text.normalize("NFC")].length;
  const submit = event => {
    event?.preventDefault();
    if (busy || wait > 0) return;
    const found = secrets(text);
    const fault = !text.trim() ? words.empty : length > limit ? fill(words.long, { limit }) : "";
    setWrong(fault);
    if (fault) return void box.current.focus();
    if (found.length) return warn(found);
    send(text);
  };
  const press = e => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.key === "Process" || e.keyCode === 229) return;
    e.preventDefault();
    if (!e.repeat) submit();
  };
  const go = text => { warn(null); send(text); box.current.focus(); };
  const what = warned && [...new Set(warned.map(it => words["identity." + it.what]))].join(", ");
  const trouble = wrong || error;
  return <form class="composer" onSubmit={submit} novalidate>
    {trouble && <p id="error" class="error" role="alert">{trouble}</p>}
    {warned && <div class="error" role="alert"><p>{fill(words.identity, { what })}</p>
      <div class="buttons"><button type="button" class="main" onClick={() => go(masked(text, warned))}>{words.mask}</button>
        <button type="button" onClick={() => go(text)}>{words.unmasked}</button></div></div>}
    <label for="question">{words.question}</label>
    <div class="row"><textarea id="question" ref={box} rows="2" autocomplete="off" enterkeyhint="send" value={text}
      aria-describedby={(trouble ? "error " : "") + "hint"} aria-invalid={Boolean(wrong)}
      onInput={e => { setText(e.currentTarget.value); warn(null); setWrong(""); }} onKeyDown={press}></textarea>
      {busy ? <button key="stop" type="button" onClick={e => e.detail < 2 && stop()}>{words.stop}</button>
        : <button key="send" type="submit" class="main" aria-disabled={wait > 0}>{wait > 0 ? `${words.send} (${wait})` : words.send}</button>}
    </div>
    <p id="hint" class="note">{length > limit * 0.85 ? fill(words.count, { n: length, limit }) : words.hint}</p>
  </form>;
}
