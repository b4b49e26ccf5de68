//! What found no answer: put together, with an owner and a state; closed with what should answer.

use chat::{Gap, Unanswered};
use maud::{Markup, html};
use people::Person;

use crate::house::posted;
use crate::shown::moment;

/// So many wordings of a gap are shown.
const WORDINGS: usize = 5;

/// The page.
pub fn gaps(list: &[Gap], counted: usize, me: &Person) -> Markup {
    html! {
        p { "Trên " (counted) " câu gần nhất. Câu giống nhau gộp làm một. Đóng một mục cần ghi điều khoản hoặc thủ tục lẽ ra phải trả lời; mục đó thành một câu kiểm tra cho lần đánh giá sau." }
        @if list.is_empty() { p class="none" { "Không có câu nào chưa trả lời được." } }
        @for (n, gap) in list.iter().enumerate() {
            article class="turn" {
                h2 { (gap.question) }
                p class="soft" {
                    strong { (gap.asked.len()) " lần" } " · 7 ngày qua: " (gap.weeks[0]) ", 7 ngày trước nữa: " (gap.weeks[1])
                    @for (name, count) in &gap.verdicts { " · " (super::home::verdict(name)) ": " (count) }
                }
                @if gap.again() { p class="error" { "Đã đóng, nhưng vẫn có người hỏi mà không được trả lời." } }
                @let others: Vec<&Unanswered> = gap.asked.iter().filter(|it| it.question != gap.question).take(WORDINGS).collect();
                @if !others.is_empty() {
                    details { summary { "Các cách hỏi khác" } ul { @for it in others { li { (it.question) " " span class="soft" { (moment(it.at)) } } } } }
                }
                @let (state, owner, note) = gap.kept.as_ref().map_or(("open", "", ""), |it| (it.state.as_str(), it.owner.as_str(), it.note.as_str()));
                (posted(me, "/admin/gaps", &html! {
                    @if let Some(kept) = &gap.kept { input type="hidden" name="id" value=(kept.id); }
                    input type="hidden" name="question" value=(gap.question);
                    div class="row" {
                        p class="field" { label for=(format!("state-{n}")) { "Tình trạng" } select id=(format!("state-{n}")) name="state" {
                            @for (name, words) in [("open", "mới"), ("taken", "đang xử lý"), ("closed", "đóng")] { option value=(name) selected[name == state] { (words) } }
                        } }
                        p class="field" { label for=(format!("owner-{n}")) { "Người xử lý" } input type="text" id=(format!("owner-{n}")) name="owner" value=(if owner.is_empty() { me.name.as_str() } else { owner }) maxlength="60"; }
                        p class="field grow" { label for=(format!("note-{n}")) { "Ghi chú; khi đóng: điều khoản hoặc mã thủ tục phải trả lời, hoặc “ngoài phạm vi”" } input type="text" id=(format!("note-{n}")) name="note" value=(note) maxlength="400"; }
                        p { button type="submit" { "Lưu" } }
                    }
                }))
            }
        }
    }
}
