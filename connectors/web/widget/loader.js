// The one script that a page names: it loads the widget from its own server and puts it on the page.
(() => {
  const me = document.currentScript;
  if (!me || !window.customElements || !window.fetch || document.querySelector("script[data-khue]")) return;
  const server = new URL(me.src).origin, { profile, lang, theme } = me.dataset;
  const element = document.querySelector("khue-assistant") || document.createElement("khue-assistant");
  for (const [name, value] of Object.entries({ server, profile, lang, theme }))
    if (value && !element.hasAttribute(name)) element.setAttribute(name, value);
  const put = () => element.isConnected || document.body.append(element);
  document.body ? put() : addEventListener("DOMContentLoaded", put, { once: true });
  const script = Object.assign(document.createElement("script"), {
    src: server + "/widget/__WIDGET__", integrity: "__INTEGRITY__", crossOrigin: "anonymous", async: true, nonce: me.nonce,
  });
  script.dataset.khue = "";
  document.head.append(script);
})();
