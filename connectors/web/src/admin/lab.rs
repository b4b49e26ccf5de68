//! The retrieval lab: what each list finds, and why something was not found.

use maud::{Markup, html};
use serde_json::Value;

use crate::house::{self, address, plain, table};

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// The day.
    pub on: String,
    /// For whom.
    pub profile: String,
    /// What should have been found.
    pub expected: String,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// How the question was read.
    pub read: String,
    /// Hits, best first, as programs get them.
    pub hits: Vec<Value>,
    /// The time, in milliseconds.
    pub ms: u64,
    /// Of what should have been found.
    pub expected: Option<Expected>,
}

/// Why something was or was not found, in the order in which it may have been lost.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// As it was read.
    pub citation: String,
    /// Steps: what was looked at, whether it holds, in words.
    pub steps: Vec<(&'static str, bool, String)>,
}

/// The page.
pub fn lab(asked: &Asked, profiles: &[String], found: Option<&Found>) -> Markup {
    html! {
        form method="get" action="/admin/lab" {
            p class="field" { label for="q" { "Câu hỏi" } input type="text" id="q" name="q" value=(asked.question) required maxlength="1000"; }
            div class="row" {
                (house::date("on", "Tính đến ngày (bỏ trống: hôm nay)", &asked.on))
                p class="field" { label for="profile" { "Nhóm người dùng" } select id="profile" name="profile" {
                    @for name in profiles { option value=(name) selected[*name == asked.profile] { (name) } }
                } }
                p class="field grow" { label for="expected" { "Lẽ ra phải thấy (điều khoản hoặc mã thủ tục)" } input type="text" id="expected" name="expected" value=(asked.expected) maxlength="200"; }
                p { button type="submit" class="main" { "Thử" } }
            }
        }
        @if let Some(found) = found {
            p class="soft" { "Đọc là: “" (found.read) "”. Mất " (found.ms) " ms." }
            @if let Some(expected) = &found.expected {
                h2 { "Vì sao không thấy: " (expected.citation) }
                ol { @for (what, holds, words) in &expected.steps {
                    li { strong { (what) ": " (if *holds { "được" } else { "KHÔNG" }) } " " (words) }
                } }
            }
            h2 { "Tìm thấy" }
            (table("Tìm thấy, theo từng danh sách", &["Hạng", "Điều khoản", "Điểm", "Hạng theo nghĩa", "Hạng theo từ (điều)", "Hạng theo từ (khoản)", "Nêu tên", "Hiệu lực"],
                &found.hits.iter().enumerate().map(|(n, hit)| {
                    let text = |key: &str| hit[key].as_str().unwrap_or_default();
                    let rank = |key: &str| hit["ranks"][key].as_u64().map_or_else(|| "–".to_owned(), |it| it.to_string());
                    let to = match hit["code"].as_str() {
                        Some(code) => format!("/staff/procedures/{code}"),
                        None => address("/staff/law", &[("at", text("citation")), ("on", &asked.on)]),
                    };
                    vec![
                        plain((n + 1).to_string()),
                        html! { a href=(to) { (text("citation")) } " " (text("title")) },
                        plain(hit["score"].to_string()),
                        plain(rank("dense")), plain(rank("articles")), plain(rank("clauses")),
                        plain(if hit["ranks"]["named"] == true { "có" } else { "" }),
                        plain(crate::staff::status(text("status"))),
                    ]
                }).collect::<Vec<_>>()))
        }
    }
}
