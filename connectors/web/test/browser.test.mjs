// The widget and the pages in Chromium. Run by `cargo nextest run pages_work_in_a_browser`, which starts the server.
import assert from "node:assert/strict";
import { after, test as run } from "node:test";
import { accessible, ask, done, explain, field, finished, launch, officer, open, portal, proxy, ready, server, shot } from "./harness.mjs";

const BIRTH = "dang ky khai sinh can giay to gi", LAW = "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?";
after(done);
// KHUE_ONLY=word runs the tests whose names have the word.
const test = (name, work) => name.includes(process.env.KHUE_ONLY ?? "") && run(name, { timeout: 60000 }, () => work().catch(explain));

/** Nothing is wider than the page. */
const reflows = page => page.evaluate(() => document.scrollingElement.scrollWidth <= window.innerWidth);
const active = page => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.outerHTML ?? "");

test("on somebody else's strict page: question, card, source, rating", async () => {
  const { page, close } = await open(portal);
  const before = await page.locator("h1").boundingBox();
  await launch(page);
  assert.deepEqual(await page.locator("h1").boundingBox(), before, "the page is moved");
  assert.match(await active(page), /textarea/, "the field has the focus");
  await shot(page, "widget-desktop-first");
  await accessible(page, "the first view");
  await ask(page, BIRTH);
  const answer = page.locator("article.turn:not(.you)");
  assert.equal(await answer.count(), 1);
  await answer.getByText("Đã trả lời theo nguồn.").waitFor();
  await page.getByText("Toàn bộ thông tin về thủ tục này").click();
  await page.getByText("Mã thủ tục: 1.001193").waitFor();
  await shot(page, "widget-desktop-answer");
  await accessible(page, "an answer");
  // The source: verbatim words, state, full text; Escape gives the focus back to its number.
  const chip = page.locator(".chip").first();
  await chip.focus();
  await page.keyboard.press("Enter");
  const sheet = page.locator("dialog.sheet");
  await sheet.getByText("Còn hiệu lực").first().waitFor();
  await sheet.locator("dl").waitFor();
  await accessible(page, "a source");
  await shot(page, "widget-desktop-source");
  await page.keyboard.press("Escape");
  assert.match(await active(page), /class="chip"/);
  // A rating with its reasons reaches the people who run this.
  await page.getByRole("button", { name: "Chưa đúng ý" }).click();
  await page.getByLabel("Thiếu").check();
  await page.getByLabel("Viết thêm").fill("Thiếu nơi nộp, gọi tôi 0912345678");
  await accessible(page, "the form of a rating");
  await page.getByRole("button", { name: "Gửi góp ý" }).click();
  await page.getByText("Cảm ơn anh/chị.").waitFor();
  const [{ value, reasons, note }] = await (await fetch(server + "/test/feedback")).json();
  assert.deepEqual([value, reasons], [-1, ["missing"]]);
  assert.ok(note.includes("Thiếu nơi nộp") && !note.includes("0912345678"), note);
  await page.keyboard.press("Escape");
  assert.match(await active(page), /class="launcher"/, "the launcher has the focus again");
  await close();
});

test("a stream comes in order, is announced once, and can be stopped", async () => {
  const { page, close } = await open(server + "/");
  await field(page).fill(LAW);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  // The clause is there long before the model has written.
  await page.locator(".body > article[aria-busy=true] blockquote").first().waitFor();
  assert.equal(await page.locator(".log article:not(.you)").count(), 0, "a running answer is not in the log");
  await finished(page);
  assert.equal(await page.locator(".log article:not(.you)").count(), 1);
  await page.getByText("Câu chữ do máy soạn").waitFor();
  await field(page).fill(LAW);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await page.locator(".body > article[aria-busy=true] blockquote").first().waitFor();
  await page.getByRole("button", { name: "Dừng" }).click();
  await page.getByText("Đã dừng.").waitFor();
  assert.equal(await field(page).inputValue(), LAW, "the question is still there");
  await page.getByText("Câu trả lời này chưa trọn vẹn.").waitFor();
  await close();
});

test("a connection that breaks is taken up again, and nothing is answered twice", async () => {
  const between = await proxy();
  const { page, close } = await open(between.url + "/");
  await field(page).fill(LAW);
  between.cut(2);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await finished(page);
  assert.equal(between.asks(), 3);
  assert.equal(await page.locator(".log article:not(.you)").count(), 1);
  assert.ok((await page.locator(".log article:not(.you) .text").innerText()).includes("60 ngày"));
  await close({ expect: ["ERR_"] });
  between.close();
});

test("away and back: the question is kept, and sent again", async () => {
  const { page, context, close } = await open(server + "/");
  await ask(page, BIRTH);
  await context.setOffline(true);
  await field(page).fill(LAW);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await page.getByText("Mất kết nối. Đang nối lại…").waitFor();
  await context.setOffline(false);
  await finished(page);
  await page.locator(".log").getByText("60 ngày").first().waitFor();
  await close({ expect: ["ERR_INTERNET_DISCONNECTED"] });
});

test("a page that is reloaded in the middle of an answer takes it up again", async () => {
  const { page, close } = await open(server + "/");
  await field(page).fill(LAW);
  await page.getByRole("button", { name: "Gửi", exact: true }).click();
  await page.locator(".body > article[aria-busy=true] blockquote").first().waitFor();
  await page.reload();
  await finished(page);
  assert.equal(await page.locator(".log article:not(.you)").count(), 1);
  assert.equal(await page.locator(".log article.you").count(), 1);
  await page.getByText("Câu chữ do máy soạn").waitFor();
  await close();
});

test("a panel that is closed and opened keeps what was typed and said", async () => {
  const { page, close } = await open(portal);
  await launch(page);
  await ask(page, BIRTH);
  await field(page).fill("đang viết dở");
  await page.getByRole("button", { name: "Đóng" }).click();
  await page.locator(".panel").waitFor({ state: "hidden" });
  await launch(page);
  assert.equal(await field(page).inputValue(), "đang viết dở");
  assert.equal(await page.locator(".log article:not(.you)").count(), 1);
  await close();
});

test("a reloaded page has its conversation, with sources that open", async () => {
  const { page, close } = await open(server + "/");
  await ask(page, BIRTH);
  await page.reload();
  await page.locator(".log .chip").first().click();
  await page.locator("dialog.sheet").getByText("Còn hiệu lực").first().waitFor();
  await page.keyboard.press("Escape");
  // Erased, it is gone here and there.
  await page.getByRole("button", { name: "Thêm" }).click();
  await page.getByRole("button", { name: "Xoá hội thoại" }).click();
  await accessible(page, "the question whether to erase");
  await page.getByRole("button", { name: "Xoá hết" }).click();
  await page.getByText("Đã xoá cuộc trò chuyện.").waitFor();
  assert.equal(await page.locator(".log > *").count(), 0);
  await page.reload();
  await page.getByText("Có thể anh/chị muốn hỏi").waitFor();
  await close();
});

test("without storage everything works but the memory of a reload", async () => {
  const { page, context, close } = await open("about:blank");
  await context.addInitScript(() => {
    for (const name of ["sessionStorage", "localStorage"])
      Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
  });
  await page.goto(server + "/");
  await ask(page, BIRTH);
  await ask(page, "còn lệ phí?");
  assert.equal(await page.locator(".log article:not(.you)").count(), 2);
  await close();
});

test("to an officer and back", async () => {
  const { page, close } = await open(portal, { width: 390, height: 844 });
  await launch(page);
  await page.getByRole("button", { name: "Gặp cán bộ" }).click();
  await page.getByText("Đang chờ cán bộ.").waitFor();
  await page.getByRole("button", { name: "Để lại cách liên hệ" }).click();
  await page.getByRole("button", { name: "Gửi", exact: true }).first().click();
  await page.getByText("Hãy cho biết số điện thoại").waitFor();
  await accessible(page, "the form of a contact");
  await page.getByLabel("Số điện thoại hoặc thư điện tử").fill("0912345678");
  await page.locator(".desk").getByRole("button", { name: "Gửi", exact: true }).click();
  await page.getByText("Chỉ cán bộ trực xem được").waitFor();
  const { contacts } = await officer("look");
  assert.equal(contacts[0].reach, "0912345678");
  // While a person is waited for the assistant says nothing but that.
  await field(page).fill(BIRTH);
  await field(page).press("Enter");
  await page.getByText("hàng chờ cán bộ; trợ lý tạm ngừng").waitFor();
  await officer("take");
  await page.getByText("Cán bộ đã nhận cuộc trò chuyện.").waitFor();
  await officer("say", "Chào bác, <b>bác</b> cần gì ạ?");
  // What an officer wrote is not lost when the person writes before it was fetched.
  await field(page).fill("Cháu đây");
  await field(page).press("Enter");
  const words = page.getByText("Chào bác, <b>bác</b> cần gì ạ?");
  await words.waitFor();
  await page.waitForTimeout(700);
  await shot(page, "widget-phone-officer");
  await accessible(page, "an officer's words");
  await field(page).fill("Cháu hỏi khai sinh");
  await field(page).press("Enter");
  await page.getByText("Đã chuyển tới cán bộ.").waitFor();
  assert.equal(await page.locator("article.turn:not(.you):not(.human)").count(), 1, "the assistant is silent");
  await officer("back");
  await page.getByText("Trợ lý tự động trả lời tiếp").waitFor();
  await ask(page, BIRTH);
  await close();
});

test("Vietnamese input: Enter that ends a composition does not send, composed text does", async () => {
  const { page, context, close } = await open(server + "/");
  await field(page).focus();
  const keys = await context.newCDPSession(page);
  await keys.send("Input.imeSetComposition", { text: "khai sinh", selectionStart: 9, selectionEnd: 9 });
  await keys.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 });
  assert.equal(await page.locator("article").count(), 0);
  await keys.send("Input.insertText", { text: "đăng ký khai sinh ở đâu".normalize("NFD") });
  await field(page).press("Shift+Enter");
  assert.equal(await page.locator("article").count(), 0);
  await field(page).press("Enter");
  await finished(page);
  assert.equal(await page.locator("article.you p").innerText(), "đăng ký khai sinh ở đâu");
  await close();
});

test("by keyboard alone", async () => {
  const { page, close } = await open(portal);
  const tabs = async (mark, most = 40) => {
    for (let n = 0; n < most; n++) {
      await page.keyboard.press("Tab");
      if (mark.test(await active(page))) return;
    }
    assert.fail(`${mark} is not reached`);
  };
  await tabs(/launcher/);
  await page.keyboard.press("Enter");
  await ready(page);
  await page.keyboard.type(BIRTH);
  await page.keyboard.press("Enter");
  await finished(page);
  await page.keyboard.press("Shift+Tab");
  for (let n = 0; n < 30 && !/class="chip"/.test(await active(page)); n++) await page.keyboard.press("Shift+Tab");
  assert.match(await active(page), /class="chip"/);
  // What has the focus is not covered, once it has scrolled there.
  await page.waitForTimeout(600);
  const seen = await page.evaluate(() => {
    const root = document.querySelector("khue-assistant").shadowRoot, it = root.activeElement, box = it.getBoundingClientRect();
    const top = root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return it === top || it.contains(top);
  });
  assert.ok(seen, "the focus is covered");
  await page.keyboard.press("Enter");
  await page.locator("dialog.sheet").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  assert.match(await active(page), /launcher/);
  await close();
});

test("320 px, 400 % and dark", async () => {
  for (const [name, options] of [
    ["widget-320", { width: 320, height: 640 }],
    // 1280 × 1024 at 400 %.
    ["widget-400", { width: 320, height: 256 }],
    ["widget-phone-dark", { width: 390, height: 844, colorScheme: "dark", hasTouch: true }],
  ]) {
    const { page, close } = await open(portal, options);
    await launch(page);
    await ask(page, BIRTH);
    assert.ok(await reflows(page), name);
    const wide = await page.evaluate(() => [...document.querySelector("khue-assistant").shadowRoot.querySelectorAll("*")]
      .filter(it => it.getBoundingClientRect().right > window.innerWidth + 1).map(it => it.className || it.tagName));
    assert.deepEqual(wide, [], name);
    await accessible(page, name);
    await page.locator(".chip").first().scrollIntoViewIfNeeded();
    await shot(page, name);
    await page.locator(".chip").first().click();
    await page.locator("dialog.sheet dl, dialog.sheet .law").first().waitFor();
    await accessible(page, name + " source");
    await shot(page, name + "-source");
    await close();
  }
});

test("text of documents and people never becomes markup", async () => {
  const { page, close } = await open(server + "/");
  await ask(page, "Điều 1 98/2015/QH13 <img src=x onerror=alert(1)>");
  await page.locator(".log article:not(.you) .text").getByText("<svg onload=alert(1)>").first().waitFor();
  await page.locator(".chip").first().click();
  await page.locator("dialog.sheet .law").waitFor();
  const found = await page.evaluate(() => {
    const root = document.querySelector("khue-assistant").shadowRoot;
    return {
      bad: root.querySelectorAll("img, svg, script, iframe, object, embed, [onerror], [onload]").length,
      links: [...root.querySelectorAll("a")].map(a => a.protocol), turned: /[\u202a-\u202e]/.test(root.textContent),
    };
  });
  assert.equal(found.bad, 0);
  assert.ok(found.links.every(it => ["http:", "https:"].includes(it)));
  assert.ok(!found.turned);
  assert.notEqual(await page.title(), "bad");
  await close();
});

test("numbers of a person are warned of before they are sent", async () => {
  const { page, close } = await open(server + "/");
  await field(page).fill("Tôi là 001099012345, đăng ký khai sinh ở đâu?");
  await field(page).press("Enter");
  await page.getByText("số định danh hoặc số giấy tờ").waitFor();
  await accessible(page, "the warning");
  await page.getByRole("button", { name: "Che số rồi gửi" }).click();
  await finished(page);
  assert.equal(await page.locator("article.you p").innerText(), "Tôi là [số định danh], đăng ký khai sinh ở đâu?");
  await close();
});

test("who asks too fast waits, and loses nothing", async () => {
  const { page, close } = await open(server + "/");
  // The rate fills up again while a slow machine asks; sooner or later it is used up.
  const refused = page.getByText("Gửi quá nhanh"), answers = page.locator(".log article:not(.you)");
  for (let n = 0; n < 40 && !await refused.isVisible(); n++) {
    await field(page).fill(BIRTH);
    await field(page).press("Enter");
    await refused.or(answers.nth(n)).first().waitFor();
  }
  await refused.waitFor();
  assert.equal(await field(page).inputValue(), BIRTH);
  await page.getByRole("button", { name: /^Gửi \(\d+\)$/ }).waitFor();
  await accessible(page, "the wait");
  await close({ expect: ["429"] });
});

test("a choice, larger letters, English, a transcript", async () => {
  const { page, close } = await open(server + "/");
  await page.getByRole("button", { name: "Đăng ký khai sinh cho con ở đâu" }).click();
  await finished(page);
  await page.getByRole("button", { name: "Thêm" }).click();
  const size = () => page.locator(".khue").evaluate(it => getComputedStyle(it).fontSize);
  const before = await size();
  await page.getByRole("button", { name: "Cỡ chữ" }).click();
  assert.notEqual(await size(), before);
  await accessible(page, "the menu");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Tải bản ghi" }).click();
  const stream = await (await saved).createReadStream();
  let text = "";
  for await (const part of stream) text += part;
  assert.ok(text.includes("Đăng ký khai sinh cho con ở đâu") && text.includes("[1] 1.001193") && text.includes("Còn hiệu lực"), text);
  await page.getByRole("button", { name: "Thêm" }).click();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Send" }).waitFor();
  await accessible(page, "in English");
  await close();
});

test("the page without script answers by form, with the same sources", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await open(server + "/hoi", { javaScriptEnabled: false, width: 320, height: 640, colorScheme });
    await page.getByLabel("Câu hỏi của anh/chị").fill(BIRTH);
    await page.getByRole("button", { name: "Gửi câu hỏi" }).click();
    await page.getByText("còn hiệu lực").first().waitFor();
    await page.getByLabel("Câu hỏi của anh/chị").fill("còn lệ phí?");
    await page.getByRole("button", { name: "Gửi câu hỏi" }).click();
    await page.getByText("Lệ phí").first().waitFor();
    await shot(page, "form-" + colorScheme);
    await close();
  }
  const { page, close } = await open(server + "/hoi", { width: 320, height: 256 });
  await accessible(page, "the form");
  await page.getByLabel("Câu hỏi của anh/chị").fill(BIRTH);
  await page.getByRole("button", { name: "Gửi câu hỏi" }).click();
  await page.getByText("còn hiệu lực").first().waitFor();
  assert.ok(await reflows(page));
  await accessible(page, "the form's answer");
  await close();
});

test("a site that is not listed gets nothing", async () => {
  const reply = await fetch(server + "/api/v1/widget/session", {
    method: "POST", headers: { "content-type": "application/json", origin: "http://localhost:1" }, body: "{}",
  });
  assert.equal(reply.status, 403);
  assert.equal(reply.headers.get("access-control-allow-origin"), null);
  assert.equal((await reply.json()).type, "/problems/origin");
});
