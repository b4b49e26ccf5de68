// Run with `node --test test/parse.test.mjs`. The widget's pure functions, and what its sources promise.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import {
  addresses, badge, blocks, clean, day, flat, inline, locate, masked, rows, secrets, sse, transcript, trouble,
} from "../widget/parse.js";
import { languages } from "../widget/words.js";

const folder = new URL("../widget/", import.meta.url), words = languages.vi;
const code = readdirSync(folder).filter(name => /\.jsx?$/.test(name)).map(name => readFileSync(new URL(name, folder), "utf8")).join("\n");

test("events come out whole, wherever the stream is cut", () => {
  const stream = ": keep-alive\r\n\r\nevent: working\r\nid: 1\r\ndata: {\"stage\":\"find\"}\r\n\r\n"
    + "event: text\ndata: {\"text\":\ndata: \"chỗ ở\"}\n\nevent: empty\n\ndata:no space\n\nevent:cr\rdata: x\r\rdata: cut off";
  const expect = [
    { event: "working", data: '{"stage":"find"}', id: "1" }, { event: "text", data: '{"text":\n"chỗ ở"}', id: "1" },
    { event: "message", data: "no space", id: "1" }, { event: "cr", data: "x", id: "1" },
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
    [{ status: "ended", from: null, to: "2025-06-30" }, "Hết hiệu lực · đến trước 30/06/2025"],
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
    [429, { title: "Too Many Requests" }, "7", "Anh/chị gửi hơi nhanh. Xin gửi lại sau 7 giây."],
    [503, null, null, "Hệ thống đang bận. Xin gửi lại sau ít phút."],
    [503, { detail: "Đang bảo trì" }, "Wed, 21 Oct 2026 07:28:00 GMT", "Đang bảo trì. Xin gửi lại sau ít phút."],
    [413, null, null, words["error.413"]],
    [422, { title: "Sai ngày", detail: "Ngày phải có dạng NĂM-THÁNG-NGÀY." }, null, "Sai ngày. Ngày phải có dạng NĂM-THÁNG-NGÀY."],
    [500, { title: "panic", detail: "index out of bounds" }, null, words.error.replace("{status}", 500)],
    [404, null, null, words.error.replace("{status}", 404)],
    [410, null, null, words["error.410"]],
    [0, undefined, undefined, words["error.0"]],
  ]) assert.equal(trouble(status, problem, after, words), expect + kept);
});

test("numbers that belong to a person are seen, others are not", () => {
  for (const [text, expect] of [
    ["CCCD 001099012345", "CCCD [số định danh]"],
    ["căn cước 001 099 012 345 của tôi", "căn cước [số định danh] của tôi"],
    ["gọi 0912.345.678 nhé", "gọi [điện thoại] nhé"],
    ["+84912345678", "[điện thoại]"],
    ["stk 19012345678901 ngân hàng", "stk [tài khoản] ngân hàng"],
    ["số tài khoản: 123456789", "số tài khoản: [tài khoản]"],
    ["STK: 12345678", "STK: [tài khoản]"],
    ["s\u00f4\u0301 ta\u0300i khoa\u0309n 1234567890 là m²", "s\u00f4\u0301 ta\u0300i khoa\u0309n [tài khoản] là m²"],
    ["+84 (0) 912 345 678", "[điện thoại]"],
    ["cmnd 123456789", "cmnd [số định danh]"],
    ["thẻ 4111 1111 1111 1111", "thẻ [tài khoản]"],
    ["００１０９９０１２３４５", "[số định danh]"],
    ["thủ tục 1.001193 theo 123/2015/NĐ-CP", null],
    ["lệ phí 1.000.000.000 đồng", null],
    ["từ 06.2018-11.2018", null],
    ["gọi 19001234", null],
  ]) {
    const found = secrets(text);
    assert.equal(found.length ? masked(text, found) : null, expect, text);
  }
});

test("a transcript has the sources of its answers", () => {
  const answer = { text: "Nộp ở xã [1].", sources: [{ n: 1, citation: "60/2014/QH13 điều 13", status: "in_force", quote: "Ủy ban nhân dân cấp xã\nnơi cư trú" }] };
  const text = transcript([{ kind: "person", text: "Ở đâu?" }, { kind: "answer", answer }, { kind: "officer", text: "Vâng." }, { kind: "notice", text: "x" }], words);
  for (const part of ["Anh/chị hỏi:\nỞ đâu?", "Nộp ở xã [1].", "[1] 60/2014/QH13 điều 13 – Còn hiệu lực", "    nơi cư trú", "Cán bộ trả lời:\nVâng."])
    assert.ok(text.includes(part), part + "\n" + text);
});

test("every verdict, status, reason and mode has words in both languages, and none is asked for that is missing", () => {
  for (const words of Object.values(languages)) {
    for (const key of ["answered", "partial", "ask_back", "no_basis", "out_of_scope", "refused"]) assert.ok(words["verdict." + key], key);
    for (const key of ["in_force", "not_yet", "amended", "ended", "suspended", "unknown"]) assert.ok(words["status." + key], key);
    for (const key of ["wrong", "missing", "unclear", "outdated", "authority", "place", "other"]) assert.ok(words["reason." + key], key);
    for (const key of ["waiting", "taken", "back", "restarted"]) assert.ok(words["mode." + key], key);
  }
  const asked = [...code.matchAll(/\bwords\.(?!js\b)(\w+)|\bwords\["([\w.]+)"\]/g)].map(m => m[1] ?? m[2]);
  assert.ok(asked.length > 40);
  for (const key of asked) assert.ok(words[key], key);
  // What is not translated is the same on purpose: names.
  const same = Object.keys(words).filter(key => words[key] === languages.en[key]);
  assert.deepEqual(same, []);
  const gaps = text => [...text.matchAll(/\{\w+\}/g)].map(m => m[0]).sort().join();
  for (const key of Object.keys(words)) assert.equal(gaps(languages.en[key]), gaps(words[key]), key);
});

test("nothing but text nodes, no cookie, nothing from elsewhere", () => {
  assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function|cookie|localStorage|indexedDB|dangerouslySet/);
  assert.doesNotMatch(code.replaceAll('"https://…"', ""), /https?:\/\/[\w.-]+\.\w|@import|url\(/);
});
