// Officers: asking for one, waiting, leaving how to be reached, going back to the assistant.
import { useState } from "preact/hooks";
import { day, fill } from "./parse.js";

const moment = text => String(text ?? "").replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, (_, date, time) => `${time} ${day(date)}`);

function Leave({ view, done }) {
  const { words, client } = view, [wrong, setWrong] = useState("");
  const submit = event => {
    event.preventDefault();
    const data = Object.fromEntries([...new FormData(event.currentTarget)].map(([k, v]) => [k, String(v).normalize("NFC").trim()]));
    if (!data.reach) return setWrong(words["handoff.reach_missing"]);
    client.call("/api/v1/widget/handoff", { method: "POST", body: { contact: data } })
      .then(() => done(), error => setWrong(error.problem?.detail ?? words["rate.failed"]));
  };
  return <form onSubmit={submit} novalidate>
    {wrong && <p class="error" role="alert" id="reach-error">{wrong}</p>}
    <label>{words["handoff.name"]}<input name="name" autocomplete="nickname" maxLength={200} /></label>
    <label>{words["handoff.reach"]}<input name="reach" autocomplete="tel" required maxLength={200}
      aria-invalid={Boolean(wrong)} aria-describedby={wrong ? "reach-error" : undefined} /></label>
    <label>{words["handoff.note"]}<textarea name="note" rows="2" maxLength={1000}></textarea></label>
    <button type="submit" class="main">{words.send}</button>
  </form>;
}

/** What stands above the conversation once an officer was asked for. */
export function Desk({ view, mode, called, back }) {
  const { words } = view, [left, leave] = useState("");
  if (!called && mode === "bot") return null;
  const values = { n: called?.ahead ?? 0, phone: called?.phone ?? view.phone, opens: moment(called?.opens) };
  const key = mode === "human" ? "human" : !called?.desk ? "none" : called.open || !called.opens ? "waiting" : "closed";
  return <section class="desk" aria-label={words.handoff}>
    <p role="status">{fill(words["handoff." + key], values)}</p>
    {key !== "none" && <div class="buttons">
      {mode !== "bot" && <button type="button" onClick={back}>{words["handoff.back"]}</button>}
      {mode === "waiting" && !left && <button type="button" onClick={() => leave("form")}>{words["handoff.leave"]}</button>}
    </div>}
    {left === "form" && <Leave view={view} done={() => leave("done")} />}
    {left === "done" && <p role="status">{words["handoff.left"]}</p>}
  </section>;
}
