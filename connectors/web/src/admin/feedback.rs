//! The inbox of feedback: what people think of answers, who looks after it, what came of it.

use chat::{Feedback, Kind};
use maud::{Markup, html};
use people::Person;

use crate::house::posted;
use crate::shown::moment;

/// Feedback with what it is about.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was said.
    pub feedback: Feedback,
    /// The question of the answer, without identifiers, where it is still kept.
    pub question: String,
    /// How the answer ended.
    pub verdict: String,
}

/// The page. `open`: only what nobody has settled.
pub fn feedback(rows: &[Row], open: bool, me: &Person) -> Markup {
    html! {
        p { @if open { "Đang hiện những góp ý chưa xử lý xong. " a href="/admin/feedback?all=1" { "Xem tất cả" } }
            @else { "Đang hiện tất cả. " a href="/admin/feedback" { "Chỉ xem chưa xử lý" } } }
        @if rows.is_empty() { p class="none" { "Không có góp ý nào." } }
        @for row in rows {
            @let it = &row.feedback;
            article class="turn" {
                p class="soft" { (moment(it.at)) " · " (kind(it)) @if !it.reasons.is_empty() { " · " (it.reasons.iter().map(|name| reason(name)).collect::<Vec<_>>().join(", ")) } }
                @if !row.question.is_empty() { p class="you" { (row.question) } }
                @if !row.verdict.is_empty() { p class="soft" { "Kết quả: " (super::home::verdict(&row.verdict)) } }
                @if !it.note.is_empty() { blockquote { (it.note) } }
                p class="soft" { "Mã câu trả lời " code { (it.answer) } "; xem lại bằng lệnh " code { "khue replay " (it.answer) } }
                (posted(me, &format!("/admin/feedback/{}", it.id), &html! {
                    div class="row" {
                        p class="field" { label for=(format!("state-{}", it.id)) { "Tình trạng" } select id=(format!("state-{}", it.id)) name="state" {
                            @for (name, words) in STATES { option value=(name) selected[*name == it.state] { (words) } }
                        } }
                        p class="field" { label for=(format!("owner-{}", it.id)) { "Người xử lý" } input type="text" id=(format!("owner-{}", it.id)) name="owner" value=(it.owner.as_deref().unwrap_or(&me.name)) maxlength="60"; }
                        p class="field grow" { label for=(format!("outcome-{}", it.id)) { "Kết quả xử lý" } input type="text" id=(format!("outcome-{}", it.id)) name="outcome" value=(it.outcome) maxlength="400"; }
                        p { button type="submit" { "Lưu" } }
                    }
                }))
            }
        }
    }
}

/// States of feedback, in the order of work.
const STATES: &[(&str, &str)] =
    &[("new", "mới"), ("taken", "đang xử lý"), ("mended", "đã sửa"), ("fine", "không có lỗi")];

fn kind(it: &Feedback) -> &'static str {
    match (it.kind, it.value) {
        (Kind::Report, _) => "báo lỗi",
        (Kind::Rating, 1) => "hài lòng",
        (Kind::Rating, _) => "chưa hài lòng",
    }
}

fn reason(name: &str) -> &str {
    match name {
        "wrong" => "sai nội dung",
        "missing" => "thiếu",
        "unclear" => "khó hiểu",
        "outdated" => "hết hiệu lực",
        "authority" => "sai thẩm quyền",
        "place" => "không đúng địa phương",
        other => other,
    }
}
