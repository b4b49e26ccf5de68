// What pages of those who sign in do beyond HTML. Without it they work all the same: lists are loaded by hand, and the
// session ends without a warning.
const body = document.body, form = body.dataset.form, idle = Number(body.dataset.idle) * 1000;

// A session that is about to end says so a minute before; whoever types or clicks on the server goes on.
const dialog = document.getElementById("idle");
if (dialog && idle > 0) {
  let since = Date.now();
  const keep = async () => {
    const reply = await fetch(`/signin/keep?form=${encodeURIComponent(form)}`, { method: "POST" });
    if (reply.ok) since = Date.now(); else location.reload();
  };
  // Whoever is typing is at work.
  let typed = 0;
  document.addEventListener("input", () => {
    if (Date.now() - typed > 60000) { typed = Date.now(); keep(); }
  });
  dialog.querySelector("button").addEventListener("click", () => { dialog.close(); keep(); });
  dialog.addEventListener("cancel", () => keep());
  setInterval(() => {
    const left = idle - (Date.now() - since);
    if (left < 0) location.reload();
    else if (left < 60000 && !dialog.open) dialog.showModal();
  }, 1000);
}

// Lists that are asked for anew. Asking is no work: the session ends beside it.
for (const part of document.querySelectorAll("[data-poll]")) {
  let last = null;
  const ask = async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    const reply = await fetch(part.dataset.poll, { headers: { "x-khue-look": "1" }, redirect: "manual" });
    if (reply.type === "opaqueredirect") return location.reload();
    if (!reply.ok) return;
    const text = await reply.text();
    if (text === last) return;
    // The first answer is what the page shows already.
    if (last !== null || part.dataset.fresh) part.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    last = text;
  };
  ask();
  setInterval(ask, Number(part.dataset.every) * 1000);
}

// A reply that was written before goes into the field.
for (const list of document.querySelectorAll("select[data-fills]")) {
  list.addEventListener("change", () => {
    const field = document.getElementById(list.dataset.fills);
    if (list.value) field.value = field.value ? `${field.value}\n${list.value}` : list.value;
    list.value = "";
    field.focus();
  });
}
