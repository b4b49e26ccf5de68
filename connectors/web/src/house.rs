//! The frame around the pages of those who sign in: one head, one menu, the same places for the same things.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use people::{Person, Right};

/// What a page says above its content after something was done or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Note {
    /// Nothing.
    #[default]
    None,
    /// It is done.
    Done(String),
    /// It is not.
    Wrong(String),
}

/// A page's place among the others.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Its title.
    pub title: &'a str,
    /// The address of its entry in the menu.
    pub here: &'a str,
    /// For whom.
    pub person: &'a Person,
    /// Whether it is of the administration, which has a menu and an address of its own.
    pub admin: bool,
    /// What was done.
    pub note: &'a Note,
}

/// Entries of a menu: address, words, what they need.
type Entries = &'static [(&'static str, &'static str, Right)];

const WORK: Entries = &[
    ("/staff", "Hỏi đáp", Right::LookUp),
    ("/staff/law", "Văn bản", Right::LookUp),
    ("/staff/procedures", "Thủ tục", Right::LookUp),
    ("/staff/draft", "Soạn thảo", Right::LookUp),
    ("/staff/history", "Lịch sử của tôi", Right::LookUp),
    ("/desk", "Bàn trực", Right::Desk),
];

const RUN: Entries = &[
    ("/admin", "Tổng quan", Right::Figures),
    ("/admin/corpus", "Kho dữ liệu", Right::Figures),
    ("/admin/control", "Công tắc", Right::Figures),
    ("/admin/gaps", "Chưa trả lời được", Right::Content),
    ("/admin/feedback", "Góp ý", Right::Content),
    ("/admin/lab", "Thử tìm", Right::Figures),
    ("/admin/eval", "Đánh giá", Right::Figures),
    ("/admin/talks", "Hội thoại", Right::Talks),
    ("/admin/people", "Tài khoản", Right::Users),
    ("/admin/audit", "Nhật ký", Right::Audit),
];

/// The whole page.
pub fn page(frame: &Frame<'_>, body: &Markup) -> String {
    let (before, after) = halves(frame);
    format!("{before}{}{after}", body.0)
}

/// A page in two halves, so that the middle can be sent when it is there.
pub fn halves(frame: &Frame<'_>) -> (String, String) {
    let Frame { title, here, person, admin, note } = *frame;
    let entries = if admin { RUN } else { WORK };
    let body = html! {
        a class="skip" href="#main" { "Tới nội dung" }
        header class="top" {
            span class="emblem" aria-hidden="true" {}
            p class="name" { "Khuê" span { (if admin { "quản trị" } else { "nội bộ" }) } }
            nav aria-label="Các trang" {
                ul {
                    @for (at, words, _) in entries.iter().filter(|(_, _, right)| person.may(*right)) {
                        li { a href=(at) aria-current=[(*at == here).then_some("page")] { (words) } }
                    }
                }
            }
            div class="me" {
                a href="/signin/account" { (person.full_name) }
                (posted(person, "/signout", &html! { button type="submit" { "Đăng xuất" } }))
            }
        }
        main id="main" tabindex="-1" {
            h1 { (title) }
            (told(note))
            (PreEscaped(GAP))
        }
        dialog id="idle" aria-labelledby="idle-title" data-over="Phiên đã hết hạn nên chưa gửi được. Hãy sao chép những gì đã viết, đăng nhập lại ở một thẻ khác, rồi gửi lại." {
            h2 id="idle-title" { "Phiên sắp hết hạn" }
            p { "Vì lý do an toàn, phiên làm việc sẽ kết thúc sau 1 phút nếu không có thao tác nào." }
            p { button type="button" class="main" { "Tiếp tục làm việc" } }
        }
    };
    let idle = person.idle.to_string();
    let whole = shell(title, &body, &[("data-idle", &idle), ("data-form", &person.form)]);
    let (before, after) = whole.split_once(GAP).unwrap_or((&whole, ""));
    (before.to_owned(), after.to_owned())
}

/// Where the middle goes.
const GAP: &str = "<!-- gap -->";

/// A page for somebody who is not signed in.
pub fn outside(title: &str, note: &Note, body: &Markup) -> String {
    let body = html! {
        main id="main" class="narrow" {
            div class="brand" { span class="emblem" aria-hidden="true" {} h1 { (title) } }
            (told(note))
            (body)
        }
    };
    shell(title, &body, &[])
}

fn told(note: &Note) -> Markup {
    html! {
        @match note {
            Note::None => {},
            Note::Done(words) => p class="done" role="status" { (words) },
            Note::Wrong(words) => p class="error" role="alert" { (words) },
        }
    }
}

fn shell(title: &str, body: &Markup, data: &[(&str, &str)]) -> String {
    let data = |name: &str| data.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
    let page = html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Khuê" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/page.css";
                link rel="stylesheet" href="/house.css";
                script src="/house.js" defer {}
            }
            body class="house" data-idle=[data("data-idle")] data-form=[data("data-form")] { (body) }
        }
    };
    page.into_string()
}

/// A form that changes something: its address carries what stands in this person's forms alone. It is no secret that
/// would be worth anything without their cookie.
pub fn posted(person: &Person, to: &str, fields: &Markup) -> Markup {
    html! { form method="post" action=(signed(person, to)) { (fields) } }
}

/// The address of such a form.
pub fn signed(person: &Person, to: &str) -> String {
    let mark = if to.contains('?') { '&' } else { '?' };
    format!("{to}{mark}form={}", person.form)
}

/// A field with its label.
pub fn field(name: &str, label: &str, input: &Markup) -> Markup {
    html! { p class="field" { label for=(name) { (label) } (input) } }
}

/// A line to type in.
pub fn line(name: &str, label: &str, value: &str) -> Markup {
    field(
        name,
        label,
        &html! { input type="text" id=(name) name=(name) value=(value) maxlength="400"; },
    )
}

/// A day; empty is today.
pub fn date(name: &str, label: &str, value: &str) -> Markup {
    field(
        name,
        label,
        &html! { input type="date" id=(name) name=(name) value=(value) min="1945-01-01" max="2100-12-31"; },
    )
}

/// A table with a caption, which scrolls inside itself where it is wider than the page.
pub fn table(caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
        @if rows.is_empty() { p class="none" { "Chưa có gì." } }
    }
}

/// Figures side by side.
pub fn figures(list: &[(&str, String)]) -> Markup {
    html! {
        dl class="figures" { @for (words, figure) in list { div { dt { (words) } dd { (figure) } } } }
    }
}

/// Text as markup.
pub fn plain(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

/// An address with what is asked of it.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let parts = query
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", escaped(value)));
    let query: Vec<String> = parts.collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_somebody_may_and_nothing_in_it_is_markup() {
        let mut person = Person::operator("<b>lan</b>");
        person.form = "f-1".into();
        let note = Note::Wrong("<script>x</script>".into());
        let frame = Frame {
            title: "Hỏi \"đáp\"",
            here: "/staff",
            person: &person,
            admin: false,
            note: &note,
        };
        let page = page(&frame, &html! { p { "giữa" } });
        assert!(page.contains("&lt;b&gt;lan") && page.contains("&lt;script&gt;x"), "{page}");
        assert!(page.contains("aria-current=\"page\"") && page.contains("<p>giữa</p></main>"));
        assert!(page.contains("action=\"/signout?form=f-1\""));
        // An operator does not sit at the desk.
        assert!(!page.contains("href=\"/desk\""));
        assert!(!page.contains("style=") && !page.contains("<script>"));
    }

    #[test]
    fn an_address_carries_any_text() {
        assert_eq!(
            address("/staff/law", &[("at", "Điều 1 & 2"), ("on", "")]),
            "/staff/law?at=%C4%90i%E1%BB%81u%201%20%26%202"
        );
        assert_eq!(address("/staff", &[]), "/staff");
    }
}
