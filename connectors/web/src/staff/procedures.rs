//! Procedures: by field and words, and one with everything that its record says.

use maud::{Markup, html};
use serde_json::Value;

use crate::house::{self, address, plain, table};

use super::opened;

/// One of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Field (lĩnh vực).
    pub field: String,
    /// Levels that settle it.
    pub levels: String,
}

/// The browser: fields with how many each has, and what was chosen.
pub fn procedures(
    query: &str,
    field: &str,
    fields: &[(String, usize)],
    list: &[Listed],
    all: usize,
) -> Markup {
    html! {
        form method="get" action="/staff/procedures" role="search" {
            div class="row" {
                p class="field grow" { label for="q" { "Tên, mã hoặc cách nói thường ngày" } input type="search" id="q" name="q" value=(query) maxlength="400"; }
                p class="field" {
                    label for="field" { "Lĩnh vực" }
                    select id="field" name="field" {
                        option value="" { "Tất cả" }
                        @for (name, count) in fields { option value=(name) selected[name == field] { (name) " (" (count) ")" } }
                    }
                }
                p { button type="submit" class="main" { "Tìm" } }
            }
        }
        p class="soft" role="status" { "Hiện " (list.len()) " trong " (all) " thủ tục." }
        (table("Thủ tục", &["Mã", "Tên", "Lĩnh vực", "Cấp"], &list.iter().map(|it| vec![
            plain(&it.code),
            html! { a href=(format!("/staff/procedures/{}", it.code)) { (it.name) } },
            plain(&it.field),
            plain(&it.levels),
        ]).collect::<Vec<_>>()))
    }
}

/// One procedure, field by field.
pub fn card(card: &Value, on: &str) -> Markup {
    let fields = &card["fields"];
    let code = card["code"].as_str().unwrap_or_default();
    html! {
        form method="get" action=(format!("/staff/procedures/{code}")) {
            div class="row" {
                (house::date("on", "Tính đến ngày (bỏ trống: hôm nay)", on))
                p { button type="submit" { "Xem ngày này" } }
            }
        }
        p { "Mã " strong { (code) } }
        @if !on.is_empty() {
            p class="label" {
                "Giấy tờ, phí và thời hạn là của bản ghi"
                @if let Some(day) = fields["as_of"].as_str() { " ngày " (crate::shown::day(day)) }
                ", không phải của ngày " (crate::shown::day(on)) ". Chỉ quy định riêng của Hà Nội và tình trạng văn bản được tính theo ngày đang xem."
            }
        }
        @for warning in strings(&fields["warnings"]) { p class="label" { (warning) } }
        dl class="card" {
            @for (key, words) in [("where", "Nơi nộp"), ("time", "Thời hạn"), ("fee", "Phí, lệ phí"), ("deadline", "Hạn phải làm"), ("result", "Kết quả")] {
                @if let Some(value) = fields[key].as_str().filter(|it| !it.is_empty()) {
                    dt { (words) } dd class="lines" { (value) }
                }
            }
            @for (key, words) in [("overlay", "Quy định riêng của Hà Nội"), ("papers", "Giấy tờ"), ("conditions", "Điều kiện"), ("steps", "Các bước"), ("basis", "Căn cứ")] {
                @if !strings(&fields[key]).is_empty() {
                    dt { (words) } dd { ul { @for value in strings(&fields[key]) {
                        // A case stands above its papers.
                        li class=(if value.ends_with(':') { "lines case" } else { "lines" }) { (value) }
                    } } }
                }
            }
            @if let Some(source) = fields["source"].as_str() { dt { "Nguồn" } dd { (source) } }
            @if let Some(day) = fields["as_of"].as_str() { dt { "Dữ liệu tính đến" } dd { (crate::shown::day(day)) } }
        }
        @let documents = card["documents"].as_array().map(Vec::as_slice).unwrap_or_default();
        @if !documents.is_empty() {
            h2 { "Văn bản làm căn cứ" }
            (table("Tình trạng của văn bản làm căn cứ", &["Văn bản", "Có trong thư viện", "Hiệu lực từ", "Đến trước"], &documents.iter().map(|it| {
                let number = it["document"].as_str().unwrap_or_default();
                vec![
                    html! { @if it["held"] == true { a href=(opened(number, on)) { (number) } } @else { (number) } },
                    plain(if it["words"] == true { "cả lời văn" } else if it["held"] == true { "chỉ có tên" } else { "chưa có" }),
                    plain(it["from"].as_str().map(crate::shown::day).unwrap_or_default()),
                    plain(it["to"].as_str().map(crate::shown::day).unwrap_or_default()),
                ]
            }).collect::<Vec<_>>()))
        }
        @let siblings = card["siblings"].as_array().map(Vec::as_slice).unwrap_or_default();
        @if !siblings.is_empty() {
            h2 { "Dễ nhầm với" }
            ul { @for it in siblings { li {
                a href=(address(&format!("/staff/procedures/{}", it[0].as_str().unwrap_or_default()), &[("on", on)])) { (it[1].as_str().unwrap_or_default()) }
            } } }
        }
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
