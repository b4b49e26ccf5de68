// The pages of those who sign in, in Chromium. Run by `cargo nextest run inner_pages_work_in_a_browser`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test as run } from "node:test";
import { accessible, done, explain, open, server, shot } from "./harness.mjs";

const admin = process.env.KHUE_ADMIN, first = JSON.parse(process.env.KHUE_PEOPLE);
const PASSWORD = "Hoa sữa thu 2026!", COOKIE = "__Host-khue";
const BIRTH = "dang ky khai sinh can giay to gi", LAW = "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?";
after(done);
const test = (name, work) => name.includes(process.env.KHUE_ONLY ?? "") && run(name, { timeout: 90000 }, () => work().catch(explain));

const reflows = page => page.evaluate(() => document.scrollingElement.scrollWidth <= window.innerWidth);
const button = (page, name) => page.getByRole("button", { name, exact: true });
const code = async page => {
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  return (await fetch(`${server}/test/code/${secret}`)).text();
};

/** Everybody signs in for the first time once; then their cookie serves. */
const cookies = {};
async function signedIn(name, url, options = {}) {
  if (!cookies[name]) {
    const { page, context } = await open(server + "/signin");
    await page.getByLabel("Tên đăng nhập").fill(name);
    await page.getByLabel("Mật khẩu").fill(first[name]);
    await button(page, "Đăng nhập").click();
    await page.getByLabel("Mật khẩu mới", { exact: true }).fill(PASSWORD);
    await page.getByLabel("Gõ lại mật khẩu mới").fill(PASSWORD);
    await button(page, "Đặt mật khẩu").click();
    await page.waitForLoadState();
    if (await page.getByLabel("Mã 6 chữ số").isVisible()) {
      await page.getByLabel("Mã 6 chữ số").fill(await code(page));
      await button(page, "Hoàn tất").click();
      await page.waitForLoadState();
    }
    cookies[name] = await context.cookies();
    await context.close();
  }
  const it = await open("about:blank", options);
  await it.context.addCookies(cookies[name]);
  await it.page.goto(url);
  return { ...it, close: (more = {}) => it.close({ cookies: [COOKIE], ...more }) };
}

/** Looks at a page wide, narrow and dark, with the rules of WCAG. */
async function looked(page, name) {
  await accessible(page, name);
  await shot(page, `${name}-desktop`, { fullPage: true });
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await reflows(page), `${name} is wider than 320 px`);
  await accessible(page, `${name} at 320 px`);
  await shot(page, `${name}-320`, { fullPage: true });
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page, `${name} in the dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 800 });
}

test("signing in for the first time: what is wrong is said, then a password and a code", async () => {
  const { page, context, close } = await open(server + "/staff/law?q=x");
  assert.match(page.url(), /\/signin\?then=%2Fstaff%2Flaw%3Fq%3Dx$/);
  await looked(page, "signin");
  const enter = async password => {
    await page.getByLabel("Tên đăng nhập").fill("quan-tri");
    await page.getByLabel("Mật khẩu").fill(password);
    await page.keyboard.press("Enter");
  };
  await enter("sai");
  await page.getByRole("alert").getByText("chưa đúng").waitFor();
  await enter(first["quan-tri"]);
  const fill = async (one, two) => {
    await page.getByLabel("Mật khẩu mới", { exact: true }).fill(one);
    await page.getByLabel("Gõ lại mật khẩu mới").fill(two);
    await button(page, "Đặt mật khẩu").click();
  };
  for (const [one, two, why] of [
    ["Hoa sữa thu 2026!", "Hoa sữa thu 2027!", "chưa giống nhau"], ["aaaaaaaaaa", "aaaaaaaaaa", "quá dễ đoán"],
    ["quan-tri-2026", "quan-tri-2026", "tên đăng nhập"],
  ]) {
    await fill(one, two);
    await page.getByRole("alert").getByText(why).waitFor();
  }
  await looked(page, "signin-password");
  await fill(PASSWORD, PASSWORD);
  await page.getByRole("img", { name: "Mã QR" }).waitFor();
  await looked(page, "signin-enrol");
  await page.getByLabel("Mã 6 chữ số").fill("000000");
  await button(page, "Hoàn tất").click();
  await page.getByRole("alert").getByText("Mã chưa đúng").waitFor();
  await page.getByLabel("Mã 6 chữ số").fill(await code(page));
  await button(page, "Hoàn tất").click();
  await page.getByRole("heading", { name: "Hỏi đáp" }).waitFor();
  cookies["quan-tri"] = await context.cookies();
  assert.deepEqual(cookies["quan-tri"].map(it => [it.name, it.secure, it.httpOnly, it.sameSite]), [[COOKIE, true, true, "Lax"]]);
  await page.getByRole("link", { name: "Trần Văn Quản" }).click();
  await looked(page, "account");
  await close({ cookies: [COOKIE], expect: ["401", "422"] });
});

test("a question of an officer: sources beside the answer, the provision on a day, another day", async () => {
  const { page, close } = await signedIn("lan", server + "/staff");
  await looked(page, "staff-first");
  await page.getByLabel("Câu hỏi").fill(LAW);
  await page.getByLabel("Để máy viết thêm").check();
  await button(page, "Hỏi").click();
  // What was asked is there at once, the answer later.
  await page.getByText("Đang tìm căn cứ…").waitFor();
  await page.getByRole("heading", { name: "Căn cứ" }).waitFor();
  assert.ok(!await page.getByText("Đang tìm căn cứ…").isVisible());
  await page.getByText("trí tuệ nhân tạo viết").waitFor();
  const source = page.getByRole("complementary", { name: "Căn cứ" });
  await source.getByText("còn hiệu lực").first().waitFor();
  await looked(page, "staff-answer");
  await page.getByText("Góp ý câu trả lời này").click();
  await page.getByLabel("Chưa đúng").check();
  await page.getByLabel("Thiếu").check();
  await page.getByLabel("Viết thêm", { exact: true }).fill("Thiếu khoản 2");
  await button(page, "Gửi góp ý").click();
  await page.getByText("Đã ghi góp ý").waitFor();
  // Back to the answer: it is there, and nothing is asked again.
  await page.goBack();
  await page.getByRole("complementary", { name: "Căn cứ" }).getByText("còn hiệu lực").first().waitFor();
  await page.goto(server + "/staff/law?q=" + encodeURIComponent("điều 15 luật hộ tịch"));
  await page.getByRole("heading", { name: "60/2014/QH13 điều 15" }).waitFor();
  await page.getByText("Trong thời hạn 60 ngày").first().waitFor();
  await page.getByLabel("Ngày so sánh").fill("2020-01-01");
  await button(page, "So sánh").click();
  await page.getByText("Hai ngày có cùng lời văn.").waitFor();
  // Before it began there is nothing to compare.
  await page.getByLabel("Ngày so sánh").fill("1990-01-01");
  await button(page, "So sánh").click();
  await page.getByText("nên không so lời văn").waitFor();
  await looked(page, "staff-law");
  await page.goto(server + "/staff/law?q=" + encodeURIComponent("dang ky khai sinh cho con"));
  await page.getByRole("link", { name: /60\/2014\/QH13/ }).first().waitFor();
  await page.goto(server + "/staff/law?q=" + encodeURIComponent("999/2099/NĐ-CP"));
  await looked(page, "staff-law-none");
  await close();
});

test("procedures, a draft as a Word file, one's own history", async () => {
  const { page, close } = await signedIn("lan", server + "/staff/procedures");
  await looked(page, "staff-procedures");
  await page.getByLabel("Tên, mã hoặc cách nói thường ngày").fill("lam giay khai sinh");
  await button(page, "Tìm").click();
  await page.getByRole("link", { name: /khai sinh/i }).first().click();
  await page.getByText("1.001193").first().waitFor();
  await looked(page, "staff-procedure");
  await page.getByRole("link", { name: "Soạn thảo" }).click();
  await page.getByLabel("Yêu cầu").fill("Soạn công văn của UBND phường Láng gửi Sở Nội vụ về việc báo cáo kết quả cải cách hành chính quý III.");
  await button(page, "Soạn").click();
  await page.getByText("Kính gửi: Sở Nội vụ").waitFor();
  await looked(page, "staff-draft");
  const [file] = await Promise.all([page.waitForEvent("download"), button(page, "Tải tệp Word (.docx)").click()]);
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), "PK");
  // By the keyboard alone.
  await page.goto(server + "/staff");
  await button(page, "Bắt đầu việc khác").click();
  await page.waitForURL(/\/staff$/);
  await page.goto(server + "/staff");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Tới nội dung");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type(BIRTH);
  for (let n = 0; n < 12 && await page.evaluate(() => document.activeElement.textContent) !== "Hỏi"; n += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Toàn bộ thủ tục 1.001193" }).waitFor();
  await looked(page, "staff-card");
  await page.getByRole("link", { name: "Lịch sử của tôi" }).click();
  const before = await page.locator(".queue li").count();
  assert.ok(before >= 1);
  await looked(page, "staff-history");
  await page.locator(".queue a").first().click();
  await page.getByText(BIRTH).waitFor();
  await page.getByText("Xoá", { exact: true }).click();
  await button(page, "Xoá hẳn").click();
  await page.getByRole("heading", { name: "Lịch sử của tôi" }).waitFor();
  assert.equal(await page.locator(".queue li").count(), before - 1);
  await close();
});

test("without script the pages work all the same", async () => {
  const { page, close } = await signedIn("lan", server + "/staff", { javaScriptEnabled: false });
  await page.getByLabel("Câu hỏi").fill(LAW);
  await button(page, "Hỏi").click();
  await page.getByRole("heading", { name: "Căn cứ" }).waitFor();
  await page.getByRole("link", { name: "Bàn trực" }).click();
  await page.getByRole("heading", { name: /Đang chờ/ }).waitFor();
  await close();
});

test("an officer at the desk: takes over, speaks, gives back, and the person sees all of it", async () => {
  const desk = await signedIn("lan", server + "/desk");
  const person = await open(server + "/");
  await desk.page.getByRole("heading", { name: "Đang chờ (0)" }).waitFor();
  await person.page.getByLabel("Câu hỏi của anh/chị").fill("số của tôi là 0912345678, cho tôi gặp cán bộ");
  await person.page.getByLabel("Câu hỏi của anh/chị").fill("gặp cán bộ");
  await person.page.getByRole("button", { name: "Gửi", exact: true }).click();
  // The list tells of it by itself.
  await desk.page.getByRole("heading", { name: "Đang chờ (1)" }).waitFor();
  await looked(desk.page, "desk");
  await desk.page.getByRole("button", { name: /^Nhận/ }).click();
  await desk.page.getByText("tôi đang trao đổi; trợ lý im lặng.").waitFor();
  await person.page.getByText("Cán bộ đã nhận").first().waitFor();
  await desk.page.getByLabel("Câu soạn sẵn").selectOption({ index: 1 });
  await button(desk.page, "Chèn vào ô trả lời").click();
  assert.match(await desk.page.getByLabel("Trả lời người dân").inputValue(), /^Chào anh\/chị/);
  await desk.page.getByLabel("Trả lời người dân").fill("Chào anh/chị, tôi là Lan. <img src=x onerror=alert(1)>");
  await button(desk.page, "Gửi").click();
  await person.page.getByText("tôi là Lan. <img src=x onerror=alert(1)>").waitFor();
  await person.page.getByLabel("Câu hỏi của anh/chị").fill("Em cần giấy gì ạ?");
  await person.page.getByRole("button", { name: "Gửi", exact: true }).click();
  await desk.page.getByText("Em cần giấy gì ạ?").waitFor();
  await looked(desk.page, "desk-talk");
  await button(desk.page, "Xong: trả lại cho trợ lý").click();
  await desk.page.getByRole("heading", { name: "Tôi đang trao đổi (0)" }).waitFor();
  await person.page.getByText(/[Tt]rợ lý (tự động )?trả lời/).last().waitFor();
  await person.close();
  await desk.close();
});

test("the administration: figures, switches that hold, accounts, feedback", async () => {
  const { page, close } = await signedIn("quan-tri", admin + "/admin");
  await page.getByText("Không có: hệ thống không gọi máy nào khác.").waitFor();
  await looked(page, "admin-home");
  await page.getByRole("link", { name: "Kho dữ liệu" }).click();
  await page.getByText("đang phục vụ", { exact: true }).waitFor();
  await looked(page, "admin-corpus");
  await page.getByRole("link", { name: "Công tắc" }).click();
  await page.getByLabel("Tắt cái gì").selectOption("procedure");
  await page.getByLabel(/Cụm từ, mã thủ tục/).fill("9.999999");
  await page.getByLabel("Lý do (người dân đọc được)").fill("Đang cập nhật mức lệ phí");
  await button(page, "Tắt").click();
  await page.getByRole("alert").getByText("Thư viện không có 9.999999").waitFor();
  await page.getByLabel("Tắt cái gì").selectOption("procedure");
  await page.getByLabel(/Cụm từ, mã thủ tục/).fill("1.001193");
  await page.getByLabel("Lý do (người dân đọc được)").fill("Đang cập nhật mức lệ phí");
  await button(page, "Tắt").click();
  await page.getByRole("cell", { name: "Đang cập nhật mức lệ phí" }).waitFor();
  const ask = async () => (await (await fetch(server + "/api/v1/ask", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ question: BIRTH }),
  })).json()).text;
  assert.match(await ask(), /Đang cập nhật mức lệ phí/);
  await page.getByText("Viết một câu trả lời").click();
  await page.getByLabel("Tên", { exact: true }).last().fill("khai-sinh");
  await page.getByLabel("Các cách hỏi").fill("khai sinh cho con thế nào");
  await page.getByLabel("Trả lời", { exact: true }).fill("Trong 60 ngày kể từ ngày sinh.");
  await page.getByLabel(/Căn cứ, mỗi dòng/).fill("60/2014/QH13 điều 15 khoản 1");
  await button(page, "Duyệt và dùng").click();
  await page.getByRole("heading", { name: "khai-sinh" }).waitFor();
  await looked(page, "admin-control");
  await page.getByRole("cell").getByLabel("Lý do").first().fill("Đã cập nhật xong");
  await page.getByRole("button", { name: "Bật lại 1.001193" }).click();
  await page.getByText("Đang cập nhật mức lệ phí").waitFor({ state: "detached" });
  assert.doesNotMatch(await ask(), /Đang cập nhật/);
  // What found no answer, however it was typed, stands together and is closed with what should answer it.
  for (const question of ["Xin cấp phép bay flycam ở đâu?", "xin cap phep bay flycam o dau"]) {
    await fetch(server + "/api/v1/ask", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ question }) });
  }
  await page.getByRole("link", { name: "Chưa trả lời được" }).click();
  await page.getByRole("heading", { name: /flycam/ }).waitFor();
  assert.equal(await page.getByRole("heading", { name: /flycam/ }).count(), 1);
  await looked(page, "admin-gaps");
  const gap = page.locator("article", { hasText: "flycam" });
  await gap.getByLabel("Tình trạng").selectOption("closed");
  await gap.getByLabel(/Ghi chú/).fill("9.999999");
  await gap.getByRole("button", { name: "Lưu" }).click();
  await page.getByRole("alert").getByText("Để đóng").waitFor();
  await gap.getByLabel("Tình trạng").selectOption("closed");
  await gap.getByLabel(/Ghi chú/).fill("60/2014/QH13 điều 15");
  await gap.getByRole("button", { name: "Lưu" }).click();
  await page.waitForFunction(() => !document.querySelector("[role=alert]"));
  assert.equal(await gap.getByLabel("Tình trạng").inputValue(), "closed");
  await page.getByRole("link", { name: "Đánh giá" }).click();
  assert.ok((await page.getByLabel("Bộ câu hỏi").innerText()).includes("cases"));
  await looked(page, "admin-eval");
  await page.getByRole("link", { name: "Thử tìm" }).click();
  await page.getByLabel("Câu hỏi").fill("đăng ký khai sinh cho con");
  await page.getByLabel(/Lẽ ra phải thấy/).fill("60/2014/QH13 điều 99");
  await button(page, "Thử").click();
  await page.getByText("bộ đọc chưa cắt ra").waitFor();
  await page.getByLabel(/Lẽ ra phải thấy/).fill("60/2014/QH13 điều 15");
  await button(page, "Thử").click();
  await page.getByText(/hạng \d/).waitFor();
  await looked(page, "admin-lab");
  await page.getByRole("link", { name: "Góp ý" }).click();
  await page.getByText("Thiếu khoản 2").waitFor();
  await looked(page, "admin-feedback");
  await page.getByLabel("Tình trạng").first().selectOption("mended");
  await button(page, "Lưu").first().click();
  await page.getByText("Thiếu khoản 2").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Tài khoản" }).click();
  await page.getByLabel(/Tên đăng nhập/).fill("moi.vao");
  await page.getByLabel("Họ và tên").fill("Người Mới");
  await page.getByLabel("cán bộ tra cứu").check();
  await button(page, "Thêm").click();
  await page.getByText("Chỉ hiện một lần").waitFor();
  await looked(page, "admin-first-password");
  await page.getByRole("link", { name: "← Tài khoản" }).click();
  await looked(page, "admin-people");
  await page.getByRole("link", { name: "quan-tri" }).click();
  await page.getByLabel("Lý do").fill("thử");
  await button(page, "Đóng tài khoản").click();
  await page.getByRole("alert").getByText("ít nhất một người quản trị").waitFor();
  await looked(page, "admin-person");
  await page.getByRole("link", { name: "Nhật ký" }).click();
  await page.getByText("Nhật ký nguyên vẹn").waitFor();
  await page.getByRole("cell", { name: "control.off" }).first().waitFor();
  await looked(page, "admin-audit");
  // Who runs the system reads no conversation.
  assert.equal(await page.getByRole("link", { name: "Hội thoại" }).count(), 0);
  const reply = await page.goto(admin + "/admin/talks");
  assert.equal(reply.status(), 403);
  await looked(page, "forbidden");
  await close({ expect: ["422", "403"] });
});

test("a conversation is read with a reason and a second person's word", async () => {
  const one = await signedIn("giam-sat-1", admin + "/admin/talks");
  await one.page.getByRole("heading", { name: "Gần đây" }).waitFor();
  await one.page.getByLabel("Lý do").first().fill("khiếu nại số 12 năm 2026");
  await button(one.page, "Đề nghị đọc").first().click();
  await one.page.getByText("đang chờ người khác").waitFor();
  assert.equal(await one.page.getByRole("link", { name: "Đọc", exact: true }).count(), 0);
  await looked(one.page, "admin-talks");
  const two = await signedIn("giam-sat-2", admin + "/admin/talks");
  await button(two.page, "Đồng ý").click();
  await two.page.getByText("đã đồng ý: giam-sat-2").waitFor();
  assert.equal(await two.page.getByRole("link", { name: "Đọc", exact: true }).count(), 0, "who agrees does not read");
  await one.page.reload();
  await one.page.getByRole("link", { name: "Đọc", exact: true }).click();
  await one.page.getByRole("heading", { name: "Các câu trả lời được làm ra thế nào" }).waitFor();
  await looked(one.page, "admin-talk");
  await one.page.goto(admin + "/admin/audit");
  await one.page.getByRole("cell", { name: "talk.read" }).first().waitFor();
  await two.close();
  await one.close();
});

test("a session that ends says so, and goes on for whoever is there", async () => {
  const { page, close } = await signedIn("lan", "about:blank");
  await page.clock.install();
  await page.goto(server + "/staff/draft");
  await page.clock.runFor(13 * 60 * 1000);
  assert.ok(!await page.getByRole("dialog").isVisible());
  // The page asks the server before it says so; only the page's clock was moved.
  await page.route("**/signin/left", route => route.fulfill({ body: "50" }));
  await page.clock.runFor(70 * 1000);
  await page.getByRole("dialog", { name: "Phiên sắp hết hạn" }).waitFor();
  await accessible(page, "the warning");
  await shot(page, "idle-desktop");
  await page.keyboard.press("Enter");
  await page.clock.runFor(5000);
  assert.ok(!await page.getByRole("dialog").isVisible());
  // Another page kept it alive: nothing is said. It is over, and something was typed: that is not lost.
  await page.unroute("**/signin/left");
  await page.clock.runFor(15 * 60 * 1000);
  assert.ok(!await page.getByRole("dialog").isVisible());
  await page.getByLabel("Yêu cầu").fill("Soạn công văn dở");
  await page.route("**/signin/left", route => route.fulfill({ status: 401, body: "" }));
  await page.clock.runFor(15 * 60 * 1000);
  await page.getByText("Hãy sao chép những gì đã viết").waitFor();
  assert.equal(await page.getByLabel("Yêu cầu").inputValue(), "Soạn công văn dở");
  await page.unroute("**/signin/left");
  await page.goto(server + "/staff/draft");
  await button(page, "Đăng xuất").click();
  await page.getByRole("heading", { name: "Đăng nhập" }).waitFor();
  delete cookies.lan;
  await close({ cookies: [], expect: ["401"] });
});
