// The whole widget: launcher, panel, conversation.
import { useEffect, useRef, useState } from "preact/hooks";
import { Answer } from "./answer.jsx";
import { Composer } from "./composer.jsx";
import { Desk } from "./desk.jsx";
import { Menu } from "./menu.jsx";
import { fill } from "./parse.js";
import { Source } from "./source.jsx";
import { useTalk } from "./talk.js";
import { languages } from "./words.js";

function Turn({ turn, view }) {
  const { words } = view;
  if (turn.kind === "answer") return <Answer turn={turn} view={view} />;
  if (turn.kind === "notice") return <p class="moment">{turn.text}</p>;
  const officer = turn.kind === "officer";
  return <article class={"turn " + (officer ? "human" : "you")}>
    <h3>{officer ? words.officer : words.you}</h3><p lang="vi">{turn.text}</p>
  </article>;
}

function Notice({ view }) {
  const { words, session } = view;
  return <div class="notice"><p>{words.notice}</p>
    <details><summary>{words["notice.more"]}</summary>
      <p>{fill(words["notice.data"], { days: session?.keep_days ?? 30, complaints: session?.complaints ?? "1022" })}</p>
      <p><a href={view.client.server + "/hoi"} target="_blank" rel="noopener noreferrer">{words.noscript} ↗</a></p>
    </details>
    {session?.kept === false && <p class="error">{words["notice.unkept"]}</p>}
  </div>;
}

/** The panel's inside. It is drawn when it is first opened, so that a page that nobody chats on costs nothing, and stays. */
function Talk({ client, words, tongue, inline, close, look }) {
  const talk = useTalk(client, words), [shown, show] = useState(null), list = useRef();
  const { session } = talk, first = !talk.turns.length && !talk.live;
  const view = {
    words, client, session, limit: session?.limit ?? 4000, phone: session?.phone ?? "1022",
    show: (source, opener) => show({ source, opener }), ask: (value, label) => talk.ask(value, label), tongue,
  };
  useEffect(() => void talk.open(), []);
  // What was asked last stays in sight; nobody is moved while they read.
  const asked = talk.turns.filter(it => it.kind === "person" || it.kind === "officer").length;
  useEffect(() => { if (asked) list.current.lastElementChild?.scrollIntoView({ block: "start" }); }, [asked]);
  return <>
    <header>
      <span class="emblem" aria-hidden="true"></span>
      <h2 id="title">{inline ? words.launcher : words.title}</h2>
      <div class="bar">
        <button type="button" onClick={talk.officer}>{words.handoff}</button>
        <Menu view={view} turns={talk.turns} erase={talk.erase} larger={look.larger} turn={look.turn} />
        {!inline && <button type="button" onClick={close}>{words.close}</button>}
      </div>
    </header>
    <div class="body">
      <Notice view={view} />
      <Desk view={view} mode={talk.mode} called={talk.called} back={talk.back} />
      <div class="log" role="log" aria-label={words.log} ref={list}>
        {talk.turns.map(turn => <Turn key={turn.key} turn={turn} view={view} />)}
      </div>
      {talk.live && <Turn turn={talk.live} view={view} />}
      <p class="status" role="status">{talk.status}</p>
      {first && session && <section aria-label={words.suggestions}><h3>{words.suggestions}</h3>
        <div class="buttons">{session.suggestions.map(it => <button type="button" onClick={() => talk.ask(it)}>{it}</button>)}</div>
      </section>}
    </div>
    <Composer view={view} busy={Boolean(talk.live)} wait={talk.wait} error={talk.error} text={talk.text} setText={talk.setText}
      send={talk.send} stop={talk.stop} />
    {shown && <Source source={shown.source} opener={shown.opener} view={view} close={() => show(null)} />}
  </>;
}

export function Widget({ client, lang, inline, theme }) {
  const kept = client.settings.get() ?? {};
  const [open, setOpen] = useState(inline), [drawn, draw] = useState(inline), [size, setSize] = useState(kept.size ?? 0), [told, setTongue] = useState(kept.lang ?? lang);
  const tongue = languages[told] ? told : languages[told.slice(0, 2)] ? told.slice(0, 2) : "vi";
  const words = languages[tongue], launcher = useRef(), panel = useRef();
  const keep = change => client.settings.set({ size, lang: tongue, ...change });
  const look = {
    larger() { setSize((size + 1) % 3); keep({ size: (size + 1) % 3 }); },
    turn() { const next = tongue === "en" ? "vi" : "en"; setTongue(next); keep({ lang: next }); },
  };
  const close = () => { setOpen(false); launcher.current?.focus(); };
  useEffect(() => { if (open && !inline) panel.current.querySelector("textarea")?.focus(); }, [open]);
  // A sheet that is open is what Escape closes.
  const leave = e => { if (e.key === "Escape" && !inline && !e.isComposing && !e.target.closest("dialog")) close(); };
  return <div class={"khue size" + size} lang={tongue} data-theme={theme}>
    {!inline && <button type="button" class="launcher" ref={launcher} aria-expanded={open} aria-haspopup="dialog"
      onClick={() => { draw(true); setOpen(!open); }}>{words.launcher}</button>}
    {drawn && (inline
      ? <section class="panel inline" aria-labelledby="title"><Talk client={client} words={words} tongue={tongue} inline look={look} /></section>
      : <div class="panel" role="dialog" aria-modal="false" aria-labelledby="title" hidden={!open} ref={panel} onKeyDown={leave}>
        <Talk client={client} words={words} tongue={tongue} close={close} look={look} /></div>)}
  </div>;
}
