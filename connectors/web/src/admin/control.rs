//! What people decide over answers: switches, notices, forbidden phrases, answers by hand.

use jiff::Timestamp;
use maud::{Markup, html};
use people::{Person, Right};

use crate::house::{self, plain, posted, table};
use crate::shown::moment;

/// Something that holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// `off`, `forbidden`, `notice`.
    pub kind: &'static str,
    /// For `off`: `generation`, `topic`, `procedure`, `document`.
    pub what: String,
    /// Its name or value.
    pub value: String,
    /// Why, or its text.
    pub text: String,
    /// Who decided it.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// An answer that people wrote.
#[derive(Clone, Debug)]
pub struct Curated {
    /// Its name.
    pub id: String,
    /// Wordings that it answers.
    pub questions: Vec<String>,
    /// Its words.
    pub text: String,
    /// What it rests on.
    pub rests_on: Vec<String>,
    /// Who approved it.
    pub by: String,
    /// When.
    pub since: Timestamp,
    /// Why it is held back, where it is.
    pub suspended: Option<String>,
}

/// The page.
pub fn control(held: &[Held], curated: &[Curated], me: &Person) -> Markup {
    let (switches, content) = (me.may(Right::Switches), me.may(Right::Content));
    html! {
        p { "Mọi quyết định có hiệu lực trong một giây và được ghi vào nhật ký. Người gặp nguy hiểm luôn được trả lời, dù tắt gì." }
        h2 { "Đang có hiệu lực" }
        (table("Đang có hiệu lực", &["Loại", "Cái gì", "Lý do hoặc lời báo", "Ai", "Từ lúc", ""], &held.iter().enumerate().map(|(n, it)| vec![
            plain(kind(it.kind, &it.what)),
            plain(&it.value),
            plain(&it.text),
            plain(&it.by),
            plain(moment(it.since)),
            html! { @if switches { (posted(me, "/admin/control/undo", &html! {
                input type="hidden" name="kind" value=(it.kind);
                input type="hidden" name="what" value=(it.what);
                input type="hidden" name="value" value=(it.value);
                p class="field" { label for=(format!("undo-{n}")) { "Lý do" } input type="text" id=(format!("undo-{n}")) name="reason" required maxlength="400"; }
                button type="submit" aria-label=(format!("{} {}", if it.kind == "off" { "Bật lại" } else { "Bỏ" }, it.value)) { @if it.kind == "off" { "Bật lại" } @else { "Bỏ" } }
            })) } },
        ]).collect::<Vec<_>>()))
        @if switches {
            h2 { "Tắt" }
            (posted(me, "/admin/control/off", &html! {
                div class="row" {
                    p class="field" { label for="what" { "Tắt cái gì" } select id="what" name="what" {
                        option value="topic" { "Một chủ đề" } option value="procedure" { "Một thủ tục" }
                        option value="document" { "Một văn bản" } option value="generation" { "Toàn bộ phần máy viết" }
                    } }
                    (house::line("value", "Cụm từ, mã thủ tục hoặc số hiệu (phần máy viết: bỏ trống)", ""))
                    p class="field grow" { label for="reason" { "Lý do (người dân đọc được)" } input type="text" id="reason" name="reason" required maxlength="400"; }
                    p { button type="submit" class="main" { "Tắt" } }
                }
            }))
            h2 { "Thông báo kèm câu trả lời" }
            (posted(me, "/admin/control/notice", &html! {
                div class="row" {
                    (house::field("id", "Tên", &html! { input type="text" id="id" name="id" required maxlength="60"; }))
                    p class="field grow" { label for="notice" { "Lời báo" } input type="text" id="notice" name="text" required maxlength="400"; }
                    (house::date("from", "Từ ngày", "")) (house::date("until", "Đến ngày", ""))
                    p { button type="submit" { "Thông báo" } }
                }
            }))
            h2 { "Cụm từ cấm" }
            (posted(me, "/admin/control/forbid", &html! {
                div class="row" {
                    (house::field("phrase", "Cụm từ", &html! { input type="text" id="phrase" name="phrase" required maxlength="100"; }))
                    (house::field("forbid-why", "Lý do (nội bộ)", &html! { input type="text" id="forbid-why" name="reason" required maxlength="400"; }))
                    p { button type="submit" { "Cấm" } }
                }
            }))
        }
        h2 { "Câu trả lời do người viết" }
        p class="soft" { "Chỉ dùng khi mọi căn cứ còn hiệu lực và giữ nguyên lời văn như lúc duyệt; khác đi là tự tạm dừng." }
        @for it in curated {
            article class="turn" {
                h3 { (it.id) }
                @if let Some(why) = &it.suspended { p class="error" { "Đang tạm dừng: " (why) } }
                p class="soft" { "Câu hỏi: " (it.questions.join(" | ")) }
                p class="lines" { (it.text) }
                p class="soft" { "Căn cứ: " (it.rests_on.join("; ")) " · duyệt: " (it.by) ", " (moment(it.since)) }
                @if content {
                    div class="row" {
                        @if it.suspended.is_some() { (posted(me, "/admin/control/renew", &html! { input type="hidden" name="value" value=(it.id); button type="submit" { "Đã xem lại, duyệt tiếp" } })) }
                        (posted(me, "/admin/control/drop", &html! { input type="hidden" name="value" value=(it.id); button type="submit" { "Bỏ" } }))
                    }
                }
            }
        }
        @if curated.is_empty() { p class="none" { "Chưa có câu nào." } }
        @if content {
            details {
                summary { "Viết một câu trả lời" }
                (posted(me, "/admin/control/answer", &html! {
                    (house::field("answer-id", "Tên", &html! { input type="text" id="answer-id" name="id" required maxlength="60"; }))
                    p class="field" { label for="questions" { "Các cách hỏi, mỗi dòng một cách" } textarea id="questions" name="questions" rows="3" required maxlength="4000" {} }
                    p class="field" { label for="answer-text" { "Trả lời" } textarea id="answer-text" name="text" rows="5" required maxlength="8000" {} }
                    p class="field" { label for="rests_on" { "Căn cứ, mỗi dòng một điều khoản hoặc mã thủ tục" } textarea id="rests_on" name="rests_on" rows="2" required maxlength="2000" {} }
                    p { button type="submit" class="main" { "Duyệt và dùng" } }
                }))
            }
        }
    }
}

fn kind(kind: &str, what: &str) -> &'static str {
    match (kind, what) {
        ("off", "generation") => "Tắt phần máy viết",
        ("off", "topic") => "Tắt chủ đề",
        ("off", "procedure") => "Tắt thủ tục",
        ("off", _) => "Tắt văn bản",
        ("forbidden", _) => "Cụm từ cấm",
        _ => "Thông báo",
    }
}
