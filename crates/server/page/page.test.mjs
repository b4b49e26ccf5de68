// Run with `node --test`. The page's pure functions, and what the page promises about itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = name => readFileSync(new URL(name, import.meta.url), "utf8");
// By its source: without a package.json, Node would take a .js file for CommonJS.
const { addresses, badge, blocks, clean, day, flat, inline, locate, rows, sse, trouble } =
  await import("data:text/javascript," + encodeURIComponent(read("parse.js")));
const html = read("index.html"), script = read("page.js"), code = script + read("parse.js");
const words = Object.fromEntries([...html.matchAll(/<data value="([^"]+)">([^<]*)<\/data>/g)].map(m => [m[1], m[2]]));

test("events come out whole, wherever the stream is cut", () => {
  const stream = ": keep-alive\r\n\r\nevent: working\r\nid: 1\r\ndata: {\"stage\":\"find\"}\r\n\r\n"
    + "event: text\ndata: {\"text\":\ndata: \"chỗ ở\"}\n\nevent: empty\n\ndata:no space\n\nevent:cr\rdata: x\r\rdata: cut off";
  const expect = [
    { event: "working", data: '{"stage":"find"}' }, { event: "text", data: '{"text":\n"chỗ ở"}' },
    { event: "message", data: "no space" }, { event: "cr", data: "x" },
  ];
  for (let size = 1; size <= stream.length; size++) {
    const feed = sse(), got = [];
    for (let i = 0; i < stream.length; i += size) got.push(...feed(stream.slice(i, i + size)));
    assert.deepEqual(got, expect, `chunks of ${size}`);
  }
});

test("running text splits at citations and bold", () => {
  for (const [text, expect] of [
    ["không dẫn", ["không dẫn"]],
    ["a [1].", ["a ", { n: 1 }, "."]],
    ["[1][2]", [{ n: 1 }, { n: 2 }]],
    ["x [1, 12; 3]", ["x ", { n: 1 }, { n: 12 }, { n: 3 }]],
    ["**tờ khai [2]** x", [{ b: ["tờ khai ", { n: 2 }] }, " x"]],
    ["[a] [] [123] ** **", ["[a] [] [123] ", { b: [" "] }]],
    ["**hở", ["**hở"]],
    ["<b>[1]</b>", ["<b>", { n: 1 }, "</b>"]],
  ]) assert.deepEqual(inline(text), expect, text);
});

test("text becomes blocks", () => {
  const p = (...items) => ({ tag: "p", start: 1, items });
  for (const [text, expect] of [
    ["", []],
    ["một\nhai\n\nba", [p(["một\nhai"]), p(["ba"])]],
    ["- a\n- b [1]", [{ tag: "ul", start: 1, items: [["a"], ["b ", { n: 1 }]] }]],
    ["3. c\n4. d", [{ tag: "ol", start: 3, items: [["c"], ["d"]] }]],
    ["1. a\n  tiếp", [{ tag: "ol", start: 1, items: [["a\ntiếp"]] }]],
    ["1. a\na) b\n2. c", [{ tag: "ol", start: 1, items: [["a"]] }, p(["a) b"]), { tag: "ol", start: 2, items: [["c"]] }]],
    ["> x\n>\n> y", [{ tag: "blockquote", start: 1, items: [["x\n\ny"]] }]],
    ["15.000 đồng", [p(["15.000 đồng"])]],
    ["-5 độ", [p(["-5 độ"])]],
    ["2025. Năm", [p(["2025. Năm"])]],
  ]) assert.deepEqual(blocks(text), expect, JSON.stringify(text));
});

test("text is composed and cannot turn the reading order", () => {
  assert.equal(clean("e\u0302\u0309 \u202eabc"), "ể abc");
  for (const control of "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert.equal(clean(`a${control}b`), "ab", control.codePointAt(0).toString(16));
  for (const nothing of [undefined, null, false]) assert.equal(clean(nothing), "");
});

test("a quotation is found however its lines are broken", () => {
  for (const [text, quote, expect] of [
    ["1. Hồ sơ gồm\n  tờ khai (mẫu).", "Hồ sơ gồm tờ khai (mẫu).", "Hồ sơ gồm\n  tờ khai (mẫu)."],
    ["a.c abc", "a.c", "a.c"],
    ["abc", "a.c", null],
    ["abc", "  ", null],
  ]) {
    const at = locate(text, quote);
    assert.equal(at && text.slice(...at), expect, quote);
  }
});

test("a source's full text has an address", () => {
  const api = "/api/v1/";
  for (const [citation, on, expect] of [
    ["1.001193", "2026-01-01", [api + "procedures/1.001193?on=2026-01-01"]],
    ["60/2014/QH13 điều 15 khoản 1", undefined,
      ["60/2014/QH13 điều 15", "60/2014/QH13 điều 15 khoản 1"].map(c => api + "provisions/" + encodeURIComponent(c))],
    ["60/2014/QH13 điều 15", "2026-01-01", [`${api}provisions/${encodeURIComponent("60/2014/QH13 điều 15")}?on=2026-01-01`]],
    ["x?y#z/..", undefined, [api + "provisions/x%3Fy%23z%2F.."]],
  ]) assert.deepEqual(addresses(citation, on), expect, citation);
  assert.deepEqual(addresses("1.001193", "2026-01-01", "staff"), [api + "procedures/1.001193?on=2026-01-01&profile=staff"]);
});

test("status, dates and values are said in words", () => {
  for (const [source, expect] of [
    [{ status: "in_force", from: "2026-01-01", to: null, checked: "2026-11-20" },
      "Còn hiệu lực · từ 01/01/2026 · kiểm tra ngày 20/11/2026"],
    [{ status: "ended", from: null, to: "2025-06-30" }, "Hết hiệu lực · đến 30/06/2025"],
    [{ status: "constructor" }, "Chưa xác định hiệu lực"],
  ]) assert.equal(badge(source, words), expect);
  assert.equal(day("trước 2026-01-01"), "trước 2026-01-01");
  for (const [value, expect] of [
    [{ name: "Căn cước", copies: 1, more: null }, "Căn cước – 1"], ["2026-11-20", "20/11/2026"], [0, "0"], [null, ""],
  ]) assert.equal(flat(value), expect);
});

test("a card's rows: known first in a fixed order, unknown under their own key, empty ones gone", () => {
  const fields = { zzz: "lạ", time: "3 ngày", steps: ["a", "b"], papers: [], fee: null, overlay: "Tại phường", basis: [1] };
  assert.deepEqual(rows(fields, words), [
    ["Tại Hà Nội", ["Tại phường"], "overlay"], ["Thời hạn giải quyết", ["3 ngày"], "time"],
    ["Các bước", ["a", "b"], "steps"], ["Căn cứ pháp lý", [1], "basis"], ["zzz", ["lạ"], "zzz"],
  ]);
});

test("trouble says what to do", () => {
  const kept = " Câu hỏi vẫn còn trong ô nhập.";
  for (const [status, problem, after, expect] of [
    [429, { title: "Gửi quá nhanh", detail: "Xin chờ 20 giây." }, "20", "Gửi quá nhanh. Xin chờ 20 giây."],
    [429, { title: "Too Many Requests" }, "7", "Bạn gửi hơi nhanh. Xin gửi lại sau 7 giây."],
    [503, null, null, "Hệ thống đang bận. Xin gửi lại sau ít phút."],
    [503, { detail: "Đang bảo trì" }, "Wed, 21 Oct 2026 07:28:00 GMT", "Đang bảo trì. Xin gửi lại sau ít phút."],
    [413, null, null, words["error.413"]],
    [422, { title: "Sai ngày", detail: "Ngày phải có dạng NĂM-THÁNG-NGÀY." }, null, "Sai ngày. Ngày phải có dạng NĂM-THÁNG-NGÀY."],
    [500, { title: "panic", detail: "index out of bounds" }, null, words.error.replace("{status}", 500)],
    [404, null, null, words.error.replace("{status}", 404)],
    [0, undefined, undefined, words["error.0"]],
  ]) assert.equal(trouble(status, problem, after, words), expect + kept);
});

test("every verdict and status of the contract has words, and the script asks for no word or element that is missing", () => {
  for (const key of ["answered", "partial", "ask_back", "no_basis", "out_of_scope", "refused"]) assert.ok(words["verdict." + key], key);
  for (const key of ["in_force", "not_yet", "amended", "ended", "suspended", "unknown"]) assert.ok(words["status." + key], key);
  const asked = [...code.matchAll(/\bwords\.(\w+)|\bword\("([^"]+)"/g)].map(m => m[1] ?? m[2]);
  assert.ok(asked.length > 10);
  for (const key of [...asked, "from", "to", "checked", "issued", "effective", "empty", "long", "identity"]) assert.ok(words[key], key);
  for (const [, id] of script.matchAll(/\$\("([^"]+)"\)/g)) assert.ok(html.includes(` id="${id}"`), id);
});

test("nothing but text nodes, no storage, nothing inline, nothing from elsewhere, and small", () => {
  assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function|cookie|Storage|indexedDB/);
  assert.doesNotMatch(html, /\sstyle=|\son\w+=|<style|javascript:|<script(?![^>]*\ssrc=)/i);
  assert.doesNotMatch(html + code + read("page.css"), /https?:|@import|url\(/);
  assert.ok(Buffer.byteLength(code + read("page.css")) < 21 * 1024);
});
