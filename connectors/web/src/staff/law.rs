//! A provision on a day: its words, its standing, what opened and closed each of its periods, another day beside it.

use maud::{Markup, html};
use people::Person;
use serde_json::Value;

use crate::house::{self, address, plain, table};
use crate::shown::{Say, badge, day};

use super::opened;

/// Two days of one provision beside each other.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The other day.
    pub with: String,
    /// Both days with the standing on each, the earlier first: day, name of the status.
    pub days: Vec<(String, String)>,
    /// Pieces that are the same, gone or new, from the earlier to the later day; none where words of a day are not
    /// known.
    pub pieces: Option<Vec<Value>>,
}

/// Looking for a provision: the form, and what was found where words were typed that name none.
pub fn law(query: &str, on: &str, hits: Option<&[Value]>, say: Say<'_>) -> Markup {
    html! {
        (search(query, on))
        @if let Some(hits) = hits {
            section aria-labelledby="found" {
                h2 id="found" { "Tìm thấy" }
                @if hits.is_empty() { p class="none" { "Không tìm thấy văn bản nào. Hãy thử số hiệu, ví dụ 60/2014/QH13, hoặc từ ngữ khác." } }
                ol class="sources" {
                    @for hit in hits {
                        li {
                            p { a href=(opened(text(hit, "citation"), on)) { strong { (text(hit, "citation")) } } " " (text(hit, "title")) }
                            p class=(format!("badge {}", text(hit, "status"))) { (badge(hit, say)) }
                        }
                    }
                }
            }
        }
    }
}

fn search(query: &str, on: &str) -> Markup {
    html! {
        form method="get" action="/staff/law" role="search" {
            div class="row" {
                p class="field grow" { label for="q" { "Số hiệu, điều khoản hoặc từ ngữ" } input type="search" id="q" name="q" value=(query) required maxlength="400"; }
                (house::date("on", "Tính đến ngày (bỏ trống: hôm nay)", on))
                p { button type="submit" class="main" { "Tìm" } }
            }
        }
    }
}

/// A provision, or a whole document with its articles.
pub fn provision(
    shown: &Value,
    on: &str,
    compared: Option<&Compared>,
    me: &Person,
    say: Say<'_>,
) -> Markup {
    let at = text(shown, "citation");
    let document = &shown["document"];
    html! {
        (search("", on))
        section aria-label=(at) {
            p { strong { (text(document, "title")) } " · " (text(document, "issuer")) }
            p class=(format!("badge {}", text(shown, "status"))) { (badge(shown, say)) }
            @if shown["document"]["doubted"] == true { p class="label" { "Ngày hiệu lực của văn bản này chưa được xác minh." } }
            @if let Some(by) = shown["by"].as_str() { p { "Theo: " (link(by, on)) } }
            @if shown["articles"].is_array() { (articles(shown, on, say)) } @else { (words(shown, on, compared)) }
            (relations(document, on))
            (asked(at, on, me))
        }
    }
}

fn words(shown: &Value, on: &str, compared: Option<&Compared>) -> Markup {
    let at = text(shown, "citation");
    let none = Vec::new();
    let history = shown["history"].as_array().unwrap_or(&none);
    html! {
        @for above in shown["above"].as_array().unwrap_or(&none) { p class="soft" { (above.as_str().unwrap_or_default()) } }
        @if !text(shown, "heading").is_empty() { h2 { (text(shown, "heading")) } }
        @match shown["text"].as_str() {
            Some(words) => blockquote class="law" { (words) },
            None => {
                p class="error" { "Thư viện không có lời văn của ngày này." }
                @if let Some(words) = shown["other_text"].as_str() {
                    details { summary { "Lời văn của một thời điểm khác (không dùng cho ngày đang xem)" } blockquote class="law" { (words) } }
                }
            }
        }
        p class="row" {
            @if let Some(before) = shown["before"].as_str() { a href=(opened(before, on)) { "← " (before) } }
            @if let Some(after) = shown["after"].as_str() { a href=(opened(after, on)) { (after) " →" } }
        }
        h2 { "Các thời kỳ" }
        (table("Lời văn theo thời gian", &["Từ ngày", "Đến trước ngày", "Tình trạng", "Do", "Xem"], &history.iter().enumerate().map(|(n, period)| {
            let from = text(period, "from");
            vec![
                plain(date(&period["from"], "không rõ")),
                plain(date(&period["to"], "nay")),
                plain(status(text(period, "status"))),
                match period["opened"]["by"].as_str() {
                    Some(by) => html! { (deed(text(&period["opened"], "deed"))) " " (link(by, on)) },
                    None if n == 0 && period["status"] == "in_force" => plain("ban hành"),
                    None => plain("không rõ"),
                },
                html! {
                    @if period["words_known"] == true && !from.is_empty() {
                        a href=(address("/staff/law", &[("at", at), ("on", from)])) { "Xem ngày " (day(from)) }
                    } @else if period["words_known"] != true { "không có lời văn" }
                },
            ]
        }).collect::<Vec<_>>()))
        h2 { "So sánh với ngày khác" }
        form method="get" action="/staff/law" {
            input type="hidden" name="at" value=(at);
            input type="hidden" name="on" value=(on);
            div class="row" {
                (house::date("with", "Ngày so sánh", compared.map_or("", |it| it.with.as_str())))
                p { button type="submit" { "So sánh" } }
            }
        }
        @if let Some(compared) = compared { (differences(compared)) }
    }
}

fn differences(compared: &Compared) -> Markup {
    html! {
        ul { @for (on, standing) in &compared.days { li { "Ngày " (day(on)) ": " (status(standing)) } } }
        @let held = compared.days.iter().all(|(_, standing)| !matches!(standing.as_str(), "not_yet" | "ended"));
        @match &compared.pieces {
            _ if !held => p class="label" { "Một trong hai ngày, quy định chưa có hoặc đã hết hiệu lực, nên không so lời văn." },
            None => p class="error" { "Không so sánh được: thư viện không có lời văn của một trong hai ngày." },
            Some(pieces) if pieces.iter().all(|it| it["change"] == "same") => p { "Hai ngày có cùng lời văn." },
            Some(pieces) => {
                p class="soft" { "Gạch ngang: chỉ có ở ngày trước. Gạch chân: chỉ có ở ngày sau." }
                blockquote class="law" {
                    @for piece in pieces {
                        @match text(piece, "change") {
                            "gone" => del { span class="unseen" { "[bỏ: " } (text(piece, "text")) span class="unseen" { "]" } },
                            "new" => ins { span class="unseen" { "[thêm: " } (text(piece, "text")) span class="unseen" { "]" } },
                            _ => (text(piece, "text")),
                        }
                    }
                }
            }
        }
    }
}

fn articles(shown: &Value, on: &str, say: Say<'_>) -> Markup {
    html! {
        h2 { "Các điều" }
        ol class="articles" {
            @for article in shown["articles"].as_array().into_iter().flatten() {
                li {
                    a href=(opened(text(article, "citation"), on)) { (text(article, "citation")) } ". " (text(article, "heading"))
                    @if text(article, "status") != "in_force" { span class="badge" { (say(&format!("label_status_{}", text(article, "status")))) } }
                }
            }
        }
    }
}

fn relations(document: &Value, on: &str) -> Markup {
    let relations = document["relations"].as_array().filter(|it| !it.is_empty());
    html! {
        @if let Some(relations) = relations {
            details {
                summary { "Quan hệ với văn bản khác (" (relations.len()) ")" }
                ul { @for it in relations { li { (relation(text(it, "kind"))) ": " (link(text(it, "to"), on)) } } }
            }
        }
    }
}

fn asked(at: &str, on: &str, me: &Person) -> Markup {
    house::posted(
        me,
        "/staff",
        &html! {
            input type="hidden" name="on" value=(on);
            input type="hidden" name="question" value=(format!("{at} quy định gì?"));
            button type="submit" { "Hỏi về " (at) }
        },
    )
}

fn link(citation: &str, on: &str) -> Markup {
    html! { a href=(opened(citation, on)) { (citation) } }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn date(value: &Value, none: &str) -> String {
    value.as_str().map_or_else(|| none.to_owned(), day)
}

pub(crate) fn status(name: &str) -> &'static str {
    match name {
        "in_force" => "còn hiệu lực",
        "not_yet" => "chưa có hiệu lực",
        "amended" => "đã được sửa đổi",
        "ended" => "hết hiệu lực",
        "suspended" => "ngưng hiệu lực",
        "partly" => "còn hiệu lực một phần",
        _ => "chưa rõ",
    }
}

/// What an act did, by its name on the wire (`law::Deed::name`).
fn deed(name: &str) -> &'static str {
    match name {
        "replaced" | "phrase" => "sửa đổi bởi",
        "added" => "bổ sung bởi",
        "repealed" => "bãi bỏ bởi",
        "suspended" => "ngưng hiệu lực bởi",
        "renumbered" => "đánh số lại bởi",
        _ => "theo",
    }
}

fn relation(name: &str) -> &'static str {
    match name {
        "amends" => "sửa đổi",
        "amended_by" => "được sửa đổi bởi",
        "replaces" => "thay thế",
        "replaced_by" => "bị thay thế bởi",
        "repeals" => "bãi bỏ",
        "repealed_by" => "bị bãi bỏ bởi",
        "guides" => "quy định chi tiết, hướng dẫn",
        "based_on" => "căn cứ",
        "corrects" => "đính chính",
        "consolidates" => "hợp nhất",
        "suspends" => "ngưng hiệu lực",
        "suspended_by" => "bị ngưng hiệu lực bởi",
        _ => "liên quan",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_provision_shows_its_words_periods_and_what_is_missing() {
        let shown = json!({
            "citation": "1/2020/QH14 điều 2", "status": "ended", "from": "2021-01-01", "to": "2025-07-01",
            "document": {"title": "Luật Thử", "issuer": "Quốc hội", "relations": [{"kind": "amended_by", "to": "9/2024/QH15"}]},
            "heading": "Phạm vi", "text": null, "other_text": "lời khác", "before": "1/2020/QH14 điều 1",
            "history": [{"from": "2021-01-01", "to": null, "status": "in_force", "opened": {"by": "9/2024/QH15 điều 1", "deed": "replaced"}, "words_known": true}],
        });
        let pieces =
            vec![json!({"change": "gone", "text": "60"}), json!({"change": "new", "text": "<30>"})];
        let days = vec![("2022-01-01".to_owned(), "in_force".to_owned())];
        let compared = Compared { with: "2022-01-01".into(), days, pieces: Some(pieces) };
        let say = |key: &str| key.to_owned();
        let page = provision(&shown, "2026-01-01", Some(&compared), &Person::operator("lan"), &say)
            .into_string();
        for part in [
            "không có lời văn của ngày này",
            "lời khác",
            "sửa đổi bởi",
            "Xem ngày 01/01/2021",
            "60<span",
            "&lt;30&gt;<span",
            "Ngày 01/01/2022: còn hiệu lực",
            "được sửa đổi bởi",
            "value=\"2022-01-01\"",
            "1/2020/QH14 điều 1",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
