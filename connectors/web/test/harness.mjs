// A browser, pages of two sites, a proxy that breaks connections, and what every page of the run must hold.
import assert from "node:assert/strict";
import { readFileSync, mkdirSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const server = process.env.KHUE_SERVER, other = Number(process.env.KHUE_OTHER), screens = process.env.KHUE_SCREENS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(screens, { recursive: true });

export const browser = await chromium.launch({ executablePath: process.env.KHUE_BROWSER, args: ["--no-sandbox"] });

/** A site of somebody else, with the strictest policy under which the widget has to work. */
const host = http.createServer((request, reply) => {
  const policy = `default-src 'none'; script-src ${server}; connect-src ${server}; style-src 'none'; img-src 'none'`;
  reply.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
  reply.end(`<!doctype html><html lang="vi"><title>Cổng của phường</title><h1>Cổng của phường</h1><p>Nội dung của trang.</p>
    <script src="${server}/widget.js" defer data-lang="vi"></script></html>`);
});
await new Promise(done => host.listen(other, "localhost", done));
export const portal = `http://localhost:${other}/`;

/** Passes everything on to the server; `cut(n)` breaks the next n answers of /ask after their first event. */
export function proxy() {
  let cuts = 0, asks = 0;
  const it = http.createServer((request, reply) => {
    const to = new URL(request.url, server);
    const headers = { ...request.headers, host: to.host };
    if (headers.origin) headers.origin = server;
    const on = http.request(to, { method: request.method, headers }, answer => {
      reply.writeHead(answer.statusCode, answer.headers);
      const ask = request.url === "/api/v1/ask";
      if (ask) asks += 1;
      if (!(ask && cuts > 0)) return answer.pipe(reply);
      cuts -= 1;
      answer.once("data", data => { reply.write(data); setTimeout(() => { answer.destroy(); reply.destroy(); }, 50); });
    });
    on.on("error", () => reply.destroy());
    request.pipe(on);
  });
  return new Promise(done => it.listen(0, "127.0.0.1", () => done({
    url: `http://127.0.0.1:${it.address().port}`, cut: n => { cuts = n; }, asks: () => asks, close: () => it.close(),
  })));
}

let last = null;

/** What the last page looked like and said when its test failed. */
export async function explain(error) {
  if (last) await shot(last.page, "failed").catch(() => {});
  console.log("the browser said:", last?.wrong);
  throw error;
}

/** A page that is watched: no error, no foreign host, no cookie. */
export async function open(url, { width = 1280, height = 800, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: "vi-VN", ...options });
  context.setDefaultTimeout(15000);
  const page = await context.newPage(), wrong = [], hosts = new Set();
  last = { page, wrong };
  page.on("pageerror", error => wrong.push(error.message));
  page.on("console", message => message.type() === "error" && wrong.push(message.text()));
  page.on("request", request => hosts.add(new URL(request.url()).origin));
  await page.goto(url);
  return {
    page, context, wrong,
    async close({ expect = [], cookies = [] } = {}) {
      const surprising = wrong.filter(it => !expect.some(part => it.includes(part)));
      assert.deepEqual(surprising, [], "errors in the browser");
      const ours = [server, process.env.KHUE_ADMIN, new URL(url).origin, "null"];
      assert.deepEqual([...hosts].filter(it => !ours.includes(it) && !it.startsWith("blob:")), [], "requests to other hosts");
      assert.deepEqual((await context.cookies()).map(it => it.name), cookies, "cookies");
      await context.close();
    },
  };
}

export const field = page => page.getByLabel("Câu hỏi của anh/chị");
/** Resolves once the field has the focus: who types waits for that too. */
export const ready = page => page.waitForFunction(
  () => document.activeElement?.shadowRoot?.activeElement?.tagName === "TEXTAREA");
export const launch = page => page.getByRole("button", { name: "Hỏi Khuê" }).click().then(() => ready(page));
export const finished = page => page.getByText("Đã trả lời xong.").waitFor();

export async function ask(page, question) {
  await field(page).fill(question);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await finished(page);
}

/** axe-core, rules of WCAG 2.2 A and AA, over the page and its shadow roots. */
export async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
  }));
  const told = violations.map(v => `${v.id}: ${v.help} — ${v.nodes.map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).slice(0, 4).join("; ")}`);
  assert.deepEqual(told, [], what);
}

export const shot = (page, name, options = {}) => page.screenshot({ path: `${screens}/${name}.png`, ...options });

export async function done() {
  await browser.close();
  host.close();
  host.closeAllConnections();
}

export const officer = async (act, text) => {
  const reply = await fetch(server + "/test/officer", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ do: act, text }),
  });
  assert.equal(reply.status, 200);
  return reply.json();
};
