// What pages of those who sign in do beyond HTML. Without it they work all the same: lists are loaded by hand, and the
// session ends without a warning.
const body = document.body, form = body.dataset.form, idle = Number(body.dataset.idle) * 1000;
const looks = { headers: { "x-khue-look": "1" }, redirect: "manual" };

// A session that is about to end says so a minute before; whoever types or clicks goes on. Another page of the same
// person may have kept it alive, so the server is asked before anything is said, and what was typed is never lost.
const dialog = document.getElementById("idle");
if (dialog && idle > 0) {
  let since = Date.now(), typed = 0, changed = false, asking = false;
  const keep = async () => {
    since = Date.now();
    const reply = await fetch(`/signin/keep?form=${encodeURIComponent(form)}`, { method: "POST" });
    if (!reply.ok) over();
  };
  const over = () => {
    if (!changed) return location.reload();
    dialog.querySelector("p").textContent = dialog.dataset.over;
    dialog.querySelector("button").hidden = true;
    if (!dialog.open) dialog.showModal();
  };
  // Whoever is typing is at work.
  document.addEventListener("input", () => {
    changed = true;
    if (Date.now() - typed > 60000) { typed = Date.now(); keep(); }
  });
  dialog.querySelector("button").addEventListener("click", () => { dialog.close(); keep(); });
  dialog.addEventListener("cancel", () => keep());
  const look = async () => {
    if (asking) return;
    asking = true;
    try {
      const reply = await fetch("/signin/left", looks);
      if (reply.status === 401) return over();
      if (!reply.ok) return;
      const left = Number(await reply.text()) * 1000;
      since = Date.now() - (idle - left);
      if (left < 60000 && !dialog.open) dialog.showModal();
      if (left >= 60000 && dialog.open) dialog.close();
    } catch { /* asked again in a second */ } finally { asking = false; }
  };
  setInterval(() => { if (idle - (Date.now() - since) < 60000 && !(dialog.open && Date.now() - since < idle)) look(); }, 1000);
}

// Lists that are asked for anew. Asking is no work: the session ends beside it. A list that only grows gets what is new
// at its end, so that a screen reader reads that alone.
for (const part of document.querySelectorAll("[data-poll]")) {
  const ask = async () => {
    if (document.hidden || part.contains(document.activeElement) && !part.dataset.grows) return;
    let reply;
    try { reply = await fetch(part.dataset.poll, looks); } catch { return; }
    if (reply.type === "opaqueredirect") return location.reload();
    if (!reply.ok) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").body;
    if (part.dataset.grows) {
      const list = part.querySelector(part.dataset.grows), more = fresh.querySelector(part.dataset.grows);
      if (list && more) list.append(...[...more.children].slice(list.children.length));
      return;
    }
    if (fresh.innerHTML === part.innerHTML) return;
    part.replaceChildren(...fresh.childNodes);
    const tell = document.getElementById(part.dataset.tells), told = part.querySelector("h2")?.textContent ?? "";
    if (tell && tell.textContent !== told) tell.textContent = told;
  };
  ask();
  setInterval(ask, Number(part.dataset.every) * 1000);
}

// A reply that was written before goes into the field.
for (const button of document.querySelectorAll("button[data-inserts]")) {
  button.addEventListener("click", () => {
    const list = document.getElementById(button.dataset.inserts), field = document.getElementById(list.dataset.fills);
    if (list.value) field.value = field.value ? `${field.value}\n${list.value}` : list.value;
    field.focus();
  });
}
