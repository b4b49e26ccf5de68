//! Conversations: what they are about can be seen only with a reason and a second person's word.

use chat::{Message, Talk};
use maud::{Markup, html};
use people::{Permit, Person};
use serde_json::Value;

use crate::house::{plain, posted, table};
use crate::shown::moment;

/// A conversation in the list; not its words.
#[derive(Clone, Debug)]
pub struct TalkRow {
    /// It.
    pub talk: Talk,
    /// How many messages.
    pub messages: usize,
    /// Verdicts of its answers, and how many of each.
    pub verdicts: Vec<(String, usize)>,
    /// Whether this person may read it now.
    pub open: bool,
}

/// The list.
pub fn talks(rows: &[TalkRow], permits: &[Permit], me: &Person) -> Markup {
    html! {
        p { "Nội dung đã che định danh cá nhân. Đọc một cuộc trò chuyện cần lý do và một người thứ hai đồng ý; cả hai được ghi vào nhật ký; quyền đọc kéo dài 8 giờ." }
        h2 { "Đề nghị đọc" }
        (table("Đề nghị đọc", &["Lúc", "Ai", "Cuộc trò chuyện", "Lý do", "Tình trạng"], &permits.iter().map(|it| vec![
            plain(moment(it.at)), plain(&it.name), html! { code { (it.what.trim_start_matches("talk/").get(..8).unwrap_or_default()) } }, plain(&it.reason),
            html! {
                @match &it.giver {
                    Some(giver) => { "đã đồng ý: " (giver) },
                    None if it.name == me.name => { "đang chờ người khác" },
                    None => { (posted(me, "/admin/talks/permit", &html! { input type="hidden" name="id" value=(it.id); button type="submit" { "Đồng ý" } })) }
                }
            },
        ]).collect::<Vec<_>>()))
        h2 { "Gần đây" }
        (table("Các cuộc trò chuyện gần đây", &["Mã", "Kênh", "Nói gần nhất", "Số lời", "Kết quả", ""], &rows.iter().map(|row| {
            let id = row.talk.id;
            vec![
                html! { code { (id.to_string().get(..8).unwrap_or_default()) } },
                plain(row.talk.channel.name()),
                plain(moment(row.talk.touched)),
                plain(row.messages.to_string()),
                plain(row.verdicts.iter().map(|(name, count)| format!("{}: {count}", super::home::verdict(name))).collect::<Vec<_>>().join("; ")),
                html! {
                    @if row.open { a href=(format!("/admin/talks/{id}")) { "Đọc" } } @else {
                        (posted(me, "/admin/talks/ask", &html! {
                            input type="hidden" name="talk" value=(id);
                            p class="field" { label for=(format!("why-{id}")) { "Lý do" } input type="text" id=(format!("why-{id}")) name="reason" required minlength="8" maxlength="400"; }
                            button type="submit" { "Đề nghị đọc" }
                        }))
                    }
                },
            ]
        }).collect::<Vec<_>>()))
    }
}

/// One conversation, with how each answer came about. `again`: what is different in an answer that was made again.
pub fn talk(
    talk: &Talk,
    messages: &[Message],
    again: Option<(&str, &[String])>,
    me: &Person,
) -> Markup {
    html! {
        p { a href="/admin/talks" { "← Hội thoại" } }
        (crate::desk::said(messages))
        h2 { "Các câu trả lời được làm ra thế nào" }
        @for message in messages.iter().filter(|it| it.record.is_some()) {
            @let id = message.id.to_string();
            details open[again.is_some_and(|(it, _)| it == id)] {
                summary { (moment(message.at)) " · " code { (id) } }
                @if let Some(record) = &message.record {
                    @let trace = serde_json::to_value(&record.trace).unwrap_or_default();
                    (traced(&trace, &record.answer))
                }
                @if let Some((_, changes)) = again.filter(|(it, _)| *it == id) {
                    h3 { "Làm lại trên dữ liệu hiện nay" }
                    @if changes.is_empty() { p { "Giống hệt." } }
                    ul { @for change in changes { li { (change) } } }
                }
                (posted(me, &format!("/admin/talks/{}/replay", talk.id), &html! { input type="hidden" name="answer" value=(id); button type="submit" { "Làm lại để so" } }))
            }
        }
    }
}

fn traced(trace: &Value, answer: &Value) -> Markup {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let number = |value: &Value| value.as_f64().map(|it| format!("{it:.3}")).unwrap_or_default();
    html! {
        p class="soft" { "Hiểu là: " @for it in list(&trace["candidates"]).iter().take(4) { (it["what"].as_str().unwrap_or_default()) " " (number(&it["likely"])) "; " } }
        (table("Tìm thấy", &["Điều khoản", "Điểm", "Nghĩa", "Từ (điều)", "Từ (khoản)", "Nêu tên"], &list(&trace["passages"]).iter().map(|it| vec![
            plain(it["citation"].as_str().unwrap_or_default()),
            plain(number(&it["score"])), plain(number(&it["dense"])), plain(number(&it["articles"])), plain(number(&it["clauses"])),
            plain(if it["named"] == true { "có" } else { "" }),
        ]).collect::<Vec<_>>()))
        @for it in list(&trace["removed"]) { p class="soft" { "Câu bị bỏ: “" (it["sentence"].as_str().unwrap_or_default()) "” (" (it["why"].as_str().unwrap_or_default()) ")" } }
        p class="soft" { "Bản dữ liệu " code { (answer["versions"]["corpus"].as_str().unwrap_or_default()) } ", mất " (answer["total_ms"].to_string()) " ms." }
    }
}
