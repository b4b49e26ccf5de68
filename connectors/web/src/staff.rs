//! Pages for officers: a question with its sources beside the answer, provisions as they stand on a day, procedures,
//! drafts, one's own history. What they show comes as the JSON that programs get over HTTP.

mod law;
mod procedures;

use chat::{Author, Message, Talk};
use maud::{Markup, html};
use people::Person;
use serde_json::Value;

use crate::house::{self, address};
use crate::shown::{Say, badge, moment, prose, verdict};

pub(crate) use law::status;
pub use law::{Compared, law, provision};
pub use procedures::{Listed, card, procedures};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The question as typed.
    pub question: String,
    /// The day, `2026-11-30`; empty is today.
    pub on: String,
    /// Whether a model may write.
    pub prose: bool,
}

/// The form of a question. `going`: there is a conversation that it goes on with.
pub fn ask(me: &Person, asked: &Asked, going: bool) -> Markup {
    let fields = html! {
        p class="field grow" {
            label for="question" { "Câu hỏi" }
            textarea id="question" name="question" rows="3" required maxlength="4000" { (asked.question) }
        }
        div class="row" {
            (house::date("on", "Tính đến ngày (bỏ trống: hôm nay)", &asked.on))
            p class="check" {
                input type="checkbox" id="prose" name="prose" value="1" checked[asked.prose];
                label for="prose" { "Để máy viết thêm vài câu tóm tắt (chậm hơn)" }
            }
            p { button type="submit" class="main" { "Hỏi" } }
        }
    };
    html! {
        (house::posted(me, "/staff", &fields))
        @if going {
            div class="row" {
                p class="soft" { "Câu hỏi tiếp theo được hiểu theo những gì đã hỏi trước." }
                (house::posted(me, "/staff/new", &html! { button type="submit" { "Bắt đầu việc khác" } }))
            }
        }
    }
}

/// What stands on the page until the answer is there.
pub fn working(question: &str) -> Markup {
    html! {
        section class="asked" aria-labelledby="asked" { h2 id="asked" { "Đã hỏi" } p class="you" { (question) } }
        p class="working" role="status" { "Đang tìm căn cứ…" }
    }
}

/// An answer with its sources beside it. `searched`: the collections in which it was looked for.
pub fn answered(answer: &Value, on: &str, searched: &str, me: &Person, say: Say<'_>) -> Markup {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    // The question may name its day itself.
    let on = answer["on"].as_str().unwrap_or(on);
    let none = Vec::new();
    let list = |key: &str| answer[key].as_array().unwrap_or(&none);
    html! {
        div class="beside" {
            section aria-labelledby="answer" {
                h2 id="answer" { "Trả lời" }
                div class="turn" {
                    @if answer["generated"] == true { p class="label" { (say("disclaimer")) } }
                    @if let Some(verdict) = verdict(answer) { p class="verdict" { (say(verdict)) } }
                    (prose(text("text")))
                    @if !list("options").is_empty() {
                        @for option in list("options") {
                            (house::posted(me, "/staff", &html! {
                                input type="hidden" name="on" value=(on);
                                button type="submit" name="question" value=(option["value"].as_str().unwrap_or_default()) { (option["label"].as_str().unwrap_or_default()) }
                            }))
                        }
                    }
                    @if let Some(code) = answer["card"]["code"].as_str() {
                        p { a href=(address(&format!("/staff/procedures/{code}"), &[("on", on)])) { "Toàn bộ thủ tục " (code) } }
                    }
                }
                p class="soft" { "Đã tìm trong: " (searched) "."
                    @if let Some(id) = answer["answer_id"].as_str() { " Mã câu trả lời: " code { (id) } }
                }
                @if let Some(id) = answer["answer_id"].as_str() { (rate(me, id)) }
            }
            aside aria-labelledby="sources" {
                h2 id="sources" { "Căn cứ" }
                @if list("sources").is_empty() { p class="none" { "Không có căn cứ nào cho câu trả lời này." } }
                ol class="sources" {
                    @for source in list("sources") { (cited(source, on, say)) }
                }
            }
        }
    }
}

fn cited(source: &Value, on: &str, say: Say<'_>) -> Markup {
    let citation = source["citation"].as_str().unwrap_or_default();
    html! {
        li value=(source["n"].as_u64().unwrap_or(1)) {
            p { strong { (citation) } " " (source["title"].as_str().unwrap_or_default()) }
            p class=(format!("badge {}", source["status"].as_str().unwrap_or("unknown"))) { (badge(source, say)) }
            blockquote { (source["quote"].as_str().unwrap_or_default()) }
            p { a href=(opened(citation, on)) { "Mở " (citation) } }
        }
    }
}

/// Where a citation is shown: a provision, or a procedure by its code.
fn opened(citation: &str, on: &str) -> String {
    let code = citation.chars().all(|c| c.is_ascii_digit() || c == '.') && citation.contains('.');
    match code {
        true => address(&format!("/staff/procedures/{citation}"), &[("on", on)]),
        false => address("/staff/law", &[("at", citation), ("on", on)]),
    }
}

/// What colleagues think of an answer.
fn rate(me: &Person, id: &str) -> Markup {
    let reasons = [
        ("wrong", "Sai nội dung"),
        ("missing", "Thiếu"),
        ("unclear", "Khó hiểu"),
        ("outdated", "Hết hiệu lực"),
        ("authority", "Sai thẩm quyền"),
        ("place", "Không đúng địa phương"),
    ];
    html! {
        details {
            summary { "Góp ý câu trả lời này" }
            (house::posted(me, "/staff/rate", &html! {
                input type="hidden" name="answer" value=(id);
                fieldset {
                    legend { "Câu trả lời" }
                    p class="check" { input type="radio" id="good" name="value" value="1" required; label for="good" { "Đúng, dùng được" } }
                    p class="check" { input type="radio" id="bad" name="value" value="-1"; label for="bad" { "Chưa đúng" } }
                }
                fieldset {
                    legend { "Vì" }
                    @for (name, words) in reasons {
                        p class="check" { input type="checkbox" id=(name) name=(name) value="1"; label for=(name) { (words) } }
                    }
                }
                p class="field" { label for="note" { "Viết thêm" } textarea id="note" name="note" rows="2" maxlength="2000" {} }
                p { button type="submit" { "Gửi góp ý" } }
            }))
        }
    }
}

/// Drafting: what is wanted, then the text with its blanks, and the file.
pub fn draft(me: &Person, request: &str, text: Option<(&str, &[&str])>) -> Markup {
    html! {
        p { "Viết yêu cầu như nói với đồng nghiệp. Chỗ nào yêu cầu không nói thì để trống trong [ngoặc vuông]; không có gì được bịa thêm. Thể thức theo Nghị định 30/2020/NĐ-CP." }
        (house::posted(me, "/staff/draft", &html! {
            p class="field" {
                label for="request" { "Yêu cầu" }
                textarea id="request" name="request" rows="4" required maxlength="4000" { (request) }
            }
            p class="soft" { "Ví dụ: Soạn công văn của UBND phường Láng gửi Sở Nội vụ về việc báo cáo kết quả cải cách hành chính quý III." }
            p { button type="submit" class="main" { "Soạn" } }
        }))
        @if let Some((text, missing)) = text {
            section aria-labelledby="draft" {
                h2 id="draft" { "Dự thảo" }
                @if !missing.is_empty() { p class="label" { "Còn trống: " (missing.join(", ")) "." } }
                pre class="paper" { (text) }
                (house::posted(me, "/staff/draft.docx", &html! {
                    input type="hidden" name="request" value=(request);
                    button type="submit" class="main" { "Tải tệp Word (.docx)" }
                }))
            }
        }
    }
}

/// One's own conversations, the newest first.
pub fn history(me: &Person, talks: &[(Talk, String)]) -> Markup {
    html! {
        p { "Chỉ anh/chị xem được danh sách này ở đây. Xoá là xoá hẳn, kể cả trong bản sao lưu." }
        @if talks.is_empty() { p class="none" { "Chưa có gì." } }
        ul class="queue" {
            @for (talk, first) in talks {
                li {
                    a href=(format!("/staff/history/{}", talk.id)) { (first) }
                    span class="soft" { (moment(talk.touched)) }
                    (erase(me, talk, first))
                }
            }
        }
    }
}

/// Erasing asks once more: nothing brings it back.
fn erase(me: &Person, talk: &Talk, what: &str) -> Markup {
    html! {
        details class="ask" {
            summary aria-label=(format!("Xoá {what}")) { "Xoá" }
            p { "Xoá hẳn, không lấy lại được." }
            (house::posted(me, &format!("/staff/history/{}/erase", talk.id), &html! { button type="submit" { "Xoá hẳn" } }))
        }
    }
}

/// One of them.
pub fn past(me: &Person, talk: &Talk, messages: &[Message], say: Say<'_>) -> Markup {
    html! {
        p { a href="/staff/history" { "← Lịch sử của tôi" } }
        @for message in messages {
            @match message.author {
                Author::Person => { h2 { (moment(message.at)) } p class="you" { (message.text) } },
                Author::Assistant => {
                    @let answer = message.answer.as_ref().unwrap_or(&Value::Null);
                    @let on = answer["on"].as_str().unwrap_or_default();
                    div class="turn" {
                        p class="soft" { "Trả lời ngày " (moment(message.at)) @if !on.is_empty() { ", theo quy định của ngày " (crate::shown::day(on)) } ". Tình trạng dưới đây là của ngày đó; mở từng căn cứ để xem hôm nay." }
                        @if answer["generated"] == true { p class="label" { (say("disclaimer")) } }
                        @if let Some(verdict) = verdict(answer) { p class="verdict" { (say(verdict)) } }
                        (prose(&message.text))
                        @if let Some(sources) = answer["sources"].as_array() {
                            ol class="sources" { @for source in sources { (cited(source, on, say)) } }
                        }
                    }
                },
                Author::Officer | Author::Notice => p { (message.text) },
            }
        }
        (erase(me, talk, "cuộc trò chuyện này"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sources_stand_beside_the_answer_and_lead_to_the_provision_on_the_day() {
        let answer = json!({
            "text": "**Có** [1]\n\n<img src=x>", "verdict": "partial", "generated": true, "answer_id": "a-1",
            "card": {"code": "1.001193"}, "options": [{"label": "Một", "value": "một"}],
            "sources": [{"n": 1, "citation": "60/2014/QH13 điều 15", "title": "Luật", "status": "ended", "quote": "<b>x</b>"},
                {"n": 2, "citation": "1.001193", "status": "in_force", "quote": "y"}],
        });
        let page = answered(&answer, "2020-01-02", "khue", &Person::operator("lan"), &|key| {
            format!("<{key}>")
        })
        .into_string();
        for part in [
            "&lt;disclaimer&gt;",
            "&lt;form_partial&gt;",
            "<strong>Có</strong>",
            "&lt;img src=x&gt;",
            "badge ended",
            "/staff/law?at=60%2F2014%2FQH13%20%C4%91i%E1%BB%81u%2015&amp;on=2020-01-02",
            "/staff/procedures/1.001193?on=2020-01-02",
            "&lt;b&gt;x&lt;/b&gt;",
            "value=\"một\"",
            "value=\"a-1\"",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
