// What can be done with a conversation as a whole: keep it, print it, erase it, read it in larger letters.
import { useRef, useState } from "preact/hooks";
import { transcript } from "./parse.js";

function save(text) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" })), download: "khue.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Prints text in a window of its own: the page around the widget is none of its business. */
function print(text, words) {
  const page = window.open("", "_blank");
  if (!page) return;
  page.document.title = words.title;
  const body = page.document.createElement("pre");
  body.textContent = text;
  body.style.cssText = "font:14px/1.5 system-ui;white-space:pre-wrap";
  page.document.body.append(body);
  page.print();
}

export function Menu({ view, turns, erase, larger, turn }) {
  const { words } = view, box = useRef(), sure = useRef(), [open, set] = useState(false);
  const done = act => () => { set(false); act(); };
  const text = () => transcript(turns, words);
  const leave = e => { if (e.key === "Escape" && open) { e.stopPropagation(); set(false); box.current.firstChild.focus(); } };
  return <div class="menu" ref={box} onKeyDown={leave}>
    <button type="button" aria-expanded={open} aria-controls="menu" onClick={() => set(!open)}>{words.menu}</button>
    <div id="menu" hidden={!open}>
      <button type="button" onClick={larger}>{words.size}</button>
      <button type="button" onClick={done(() => save(text()))}>{words.save}</button>
      <button type="button" onClick={done(() => print(text(), words))}>{words.print}</button>
      <button type="button" lang={words.language === "English" ? "en" : "vi"} onClick={done(turn)}>{words.language}</button>
      <button type="button" onClick={() => sure.current.showModal()}>{words.erase}</button>
    </div>
    <dialog ref={sure} class="ask" aria-labelledby="sure">
      <p id="sure">{words["erase.sure"]}</p>
      <div class="buttons">
        <button type="button" class="main" onClick={done(() => { sure.current.close(); erase(); })}>{words["erase.yes"]}</button>
        <button type="button" onClick={() => { sure.current.close(); set(false); }}>{words["erase.no"]}</button>
      </div>
    </dialog>
  </div>;
}
