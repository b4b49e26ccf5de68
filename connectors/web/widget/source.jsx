// One source in full: a popover on wide screens, a sheet at the bottom on phones.
import { useEffect, useRef, useState } from "preact/hooks";
import { Badge, Card } from "./answer.jsx";
import { addresses, badge, clean, day, fill, flat, locate } from "./parse.js";

async function load(client, source) {
  const quote = clean(source.quote);
  let got = null;
  for (const address of addresses(source.citation, source.on)) {
    const found = await client.call(address).catch(() => null);
    got = found ?? got;
    if (found && locate(clean(found.text), quote)) break;
  }
  return got;
}

function Full({ got, quote, view }) {
  const spot = useRef();
  useEffect(() => spot.current?.scrollIntoView({ block: "center" }), [got]);
  if ("articles" in got) return got.articles.map(
    it => <p>{clean([it.citation.replace(/^.* điều /, "Điều "), it.heading].filter(Boolean).join(". "))}</p>);
  if (!("text" in got)) return <Card card={{ fields: got, ...got }} view={{ ...view, sources: [] }} />;
  const text = clean(got.text), [from, to] = locate(text, quote) ?? [0, 0];
  return <>
    <p class="note">{[got.above ?? []].flat().map(a => a?.heading ?? a?.citation ?? flat(a)).join(" › ")}</p>
    <h4>{clean([got.citation, got.heading].filter(Boolean).join(" – "))}</h4>
    <p class="law" lang="vi">{text.slice(0, from)}<mark ref={spot}>{text.slice(from, to)}</mark>{text.slice(to)}</p>
  </>;
}

export function Source({ source, opener, view, close }) {
  const { words, client } = view, box = useRef(), [got, set] = useState(), [told, tell] = useState("");
  const quote = clean(source.quote);
  useEffect(() => {
    let here = true;
    box.current.showModal();
    load(client, source).then(it => here && set(it));
    return () => { here = false; };
  }, []);
  const closed = () => { close(); opener?.focus(); };
  const copy = () => navigator.clipboard.writeText(`${clean(source.title)}, ${source.citation} (${badge(source, words)})`)
    .then(() => tell(words.copied), () => {});
  const doc = got?.document;
  const about = doc ? [[doc.kind, doc.id, doc.title].filter(Boolean).join(" "), doc.issuer,
    ...["issued", "effective"].map(k => doc[k] && fill(words[k], { day: day(doc[k]) }))].filter(Boolean).join(" · ") : source.title;
  return <dialog ref={box} class="sheet" aria-labelledby="sheet-title" onClose={closed}
    onClick={e => e.target === box.current && box.current.close()}>
    <div class="bar"><h2 id="sheet-title">{clean(source.citation)}</h2>
      <button type="button" onClick={() => box.current.close()}>{words.close}</button></div>
    <div class="inside">
      <p lang="vi">{clean(about)}</p>
      <p><Badge source={source} words={words} /></p>
      <p><button type="button" onClick={copy}>{words.copy}</button> <span class="note" role="status">{told}</span></p>
      <h3>{words.quoted}</h3>
      <blockquote lang="vi">{quote}</blockquote>
      <h3>{words.full}</h3>
      <p class="note" role="status">{got === undefined ? words.loading : got ? "" : words.missing}</p>
      {got && <Full got={got} quote={quote} view={view} />}
    </div>
  </dialog>;
}
