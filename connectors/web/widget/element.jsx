// <khue-assistant server="https://…" profile="citizen" lang="vi" inline theme="dark">
import { render } from "preact";
import { Client } from "./client.js";
import { Widget } from "./panel.jsx";
import css from "./style.css";

const nonce = document.currentScript?.nonce;

class Assistant extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" }), place = document.createElement("div");
    const server = (this.getAttribute("server") || location.origin).replace(/\/$/, "");
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(Object.assign(document.createElement("style"), { nonce, textContent: css }));
    }
    root.append(place);
    const client = new Client(server, this.getAttribute("profile") || "citizen");
    render(<Widget client={client} lang={this.getAttribute("lang") || "vi"} inline={this.hasAttribute("inline")}
      theme={this.getAttribute("theme") || undefined} />, place);
  }

  disconnectedCallback() {
    if (this.shadowRoot?.firstChild) render(null, this.shadowRoot.lastChild);
  }
}

if (!customElements.get("khue-assistant")) customElements.define("khue-assistant", Assistant);
