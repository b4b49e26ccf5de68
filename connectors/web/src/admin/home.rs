//! How it goes: figures of the last answers, what waits, how fresh the corpus is, what is out of order.

use maud::{Markup, html};

use crate::house::{figures, plain, table};

/// What the first page tells.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// What somebody should look at now, in words.
    pub alerts: Vec<String>,
    /// Figures of answers, with what they are counted over.
    pub answers: Vec<(&'static str, String)>,
    /// Over how many answers, and since when.
    pub counted: String,
    /// Answers by verdict: name, how many, share.
    pub verdicts: Vec<(String, usize, String)>,
    /// Figures of the desk, channels, disk.
    pub house: Vec<(&'static str, String)>,
    /// Collections: name, documents, newest text, profiles.
    pub collections: Vec<[String; 4]>,
    /// Outgoing connections: what for, to where, which setting.
    pub outgoing: Vec<[String; 3]>,
    /// Versions of what answers are made with.
    pub versions: Vec<(&'static str, String)>,
}

/// The page.
pub fn home(it: &Home) -> Markup {
    html! {
        section aria-labelledby="alerts" {
            h2 id="alerts" { "Cần xem ngay" }
            @if it.alerts.is_empty() { p { "Không có gì bất thường." } }
            ul { @for alert in &it.alerts { li class="error" { (alert) } } }
        }
        h2 { "Câu trả lời" }
        p class="soft" { (it.counted) }
        (figures(&it.answers))
        (table("Theo kết quả", &["Kết quả", "Số câu", "Tỷ lệ"], &it.verdicts.iter().map(|(name, count, share)| {
            vec![plain(verdict(name)), plain(count.to_string()), plain(share)]
        }).collect::<Vec<_>>()))
        h2 { "Vận hành" }
        (figures(&it.house))
        h2 { "Độ mới của dữ liệu" }
        (table("Các bộ dữ liệu", &["Bộ dữ liệu", "Tệp", "Nhóm được xem", "Đường dẫn gốc"], &it.collections.iter().map(|row| {
            row.iter().map(plain).collect()
        }).collect::<Vec<_>>()))
        h2 { "Kết nối ra ngoài" }
        @if it.outgoing.is_empty() { p { "Không có: hệ thống không gọi máy nào khác." } } @else {
            (table("Kết nối ra ngoài", &["Để làm gì", "Tới đâu", "Tắt bằng khoá"], &it.outgoing.iter().map(|row| {
                row.iter().map(plain).collect()
            }).collect::<Vec<_>>()))
        }
        h2 { "Phiên bản" }
        (table("Phiên bản", &["Thành phần", "Tên"], &it.versions.iter().map(|(what, name)| {
            vec![plain(what), html! { code { (name) } }]
        }).collect::<Vec<_>>()))
    }
}

/// A verdict in words.
pub(super) fn verdict(name: &str) -> &str {
    match name {
        "answered" => "Trả lời được",
        "partial" => "Trả lời một phần",
        "ask_back" => "Hỏi lại",
        "no_basis" => "Không tìm thấy căn cứ",
        "out_of_scope" => "Ngoài phạm vi",
        "refused" => "Từ chối",
        other => other,
    }
}
