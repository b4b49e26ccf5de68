// Talks to the server: a session that this tab keeps, questions as streams that are read on after a broken connection.
import { sse } from "./parse.js";

/** How often a broken stream is taken up again, and the waits between, in milliseconds: as long as the server waits. */
const WAITS = [500, 1000, 2000, 4000, 8000, 12000];
/** A stream that says nothing for so long is broken: the server sends something every 15 s. */
const SILENCE = 40000;
/** What a proxy says while the server starts anew. */
const BETWEEN = [502, 504];

const pause = (ms, signal) => new Promise((done, fail) => {
  const timer = setTimeout(done, ms);
  signal?.addEventListener("abort", () => { clearTimeout(timer); fail(signal.reason); }, { once: true });
});

/** Where a tab keeps its session; without storage, for as long as the page lives. */
function drawer(name) {
  let memory = null;
  const store = () => { try { return window.sessionStorage; } catch { return null; } };
  return {
    get() { try { return JSON.parse(store().getItem(name)) ?? memory; } catch { return memory; } },
    set(value) {
      memory = value;
      try { value ? store().setItem(name, JSON.stringify(value)) : store().removeItem(name); } catch { /* memory it is */ }
    },
  };
}

export function name() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(b => b.toString(16).padStart(2, "0")).join("");
}

export class Client {
  constructor(server, profile) {
    this.server = server;
    this.profile = profile;
    this.drawer = drawer("khue:" + server);
    this.settings = drawer("khue-look:" + server);
    this.session = null;
    this.opening = null;
  }

  /** Opens the session of this tab, or a new one, once for all who ask; tells whether it was there before. */
  open(fresh = false) {
    this.opening ??= this.begin(fresh).finally(() => { this.opening = null; });
    return this.opening;
  }

  async begin(fresh) {
    const kept = fresh ? null : this.drawer.get();
    if (kept && kept.until > Date.now()) {
      this.session = kept;
      return true;
    }
    const got = await this.call("/api/v1/widget/session", { method: "POST", body: { profile: this.profile } });
    this.session = { ...got, until: Date.now() + got.expires_in * 1000 - 60000 };
    this.drawer.set(this.session);
    return false;
  }

  close() {
    this.session = null;
    this.drawer.set(null);
  }

  /** A request; gives the document, or throws {status, problem, after}. */
  async call(path, { method = "GET", body, headers = {}, signal, raw } = {}) {
    const reply = await fetch(this.server + path, {
      method, signal, credentials: "omit", referrerPolicy: "no-referrer",
      headers: {
        ...(body ? { "content-type": "application/json" } : {}),
        ...(this.session ? { authorization: "Bearer " + this.session.token } : {}),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    if (!reply.ok) {
      const problem = await reply.json().catch(() => null);
      throw { status: reply.status, problem, after: reply.headers.get("retry-after") };
    }
    return raw ? reply : reply.status === 204 ? null : reply.json();
  }

  /** What is being asked, so that a page that is loaded anew takes it up again. */
  pending(asked) {
    if (!this.session) return;
    this.session = { ...this.session, asked };
    this.drawer.set(this.session);
  }

  /**
   * Asks; each event of the answer goes to `tell(name, data)`. A connection that breaks is taken up again at the event
   * after the last one seen, under the same name, so that nothing is answered twice.
   */
  async ask(question, client, tell, signal) {
    const { conversation } = this.session;
    let seen = "", tries = 0, over = false;
    for (;;) {
      const dead = new AbortController(), stop = () => dead.abort(signal.reason);
      let timer = 0;
      const alive = () => { clearTimeout(timer); timer = setTimeout(() => dead.abort(), SILENCE); };
      signal.addEventListener("abort", stop, { once: true });
      try {
        alive();
        const reply = await this.call("/api/v1/ask", {
          method: "POST", signal: dead.signal, raw: true,
          headers: { accept: "text/event-stream", ...(seen ? { "last-event-id": seen } : {}) },
          body: { question, profile: this.profile, conversation, client_msg_id: client },
        });
        const reader = reply.body.getReader(), feed = sse(), text = new TextDecoder();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          alive();
          for (const { event, data, id } of feed(text.decode(value, { stream: true }))) {
            // Another answer than the one that was begun: the server has started anew.
            if (id && seen && id.split(".")[0] !== seen.split(".")[0]) tell("restart", {});
            seen = id || seen;
            tries = 0;
            over = event === "done" || event === "error";
            tell(event, JSON.parse(data));
          }
        }
        if (over) return;
      } catch (error) {
        // What the server refuses is refused; what the network breaks is tried again.
        if (signal.aborted || over || (error.status && !BETWEEN.includes(error.status))) throw error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
      if (tries === WAITS.length) throw { status: 0 };
      tell("resuming", {});
      await pause(WAITS[tries++], signal);
    }
  }
}
