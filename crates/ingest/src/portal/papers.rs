//! The portal's flattened tables of papers, one table a case.

use law::{Case, Duty, Paper};

use super::record::said;
use crate::lines::tidy;

/// What each table begins with.
pub(super) const HEAD: &str = "Tên giấy tờMẫu đơn, tờ khaiSố lượng";

/// Reads the cases. Titles "Giấy tờ phải nộp" and "Giấy tờ phải xuất trình" are duties, not cases.
pub(super) fn read(text: &str) -> Vec<Case> {
    let mut parts = text.split(HEAD);
    let mut title = tidy(parts.next().unwrap_or(""));
    let mut cases: Vec<Case> = Vec::new();
    let parts: Vec<&str> = parts.collect();
    if parts.is_empty() {
        let text = said(&title);
        let paper = Paper { text, duty: Duty::Note, ..Paper::default() };
        return if paper.text.is_empty() {
            Vec::new()
        } else {
            vec![Case { name: String::new(), papers: vec![paper] }]
        };
    }
    for (i, part) in parts.iter().enumerate() {
        let (rows, rest) = rows(part);
        let duty_only = duty_of(&title);
        let papers = rows
            .into_iter()
            .map(|(text, count)| paper(text, count, duty_only.unwrap_or(Duty::Submit)));
        match (duty_only, cases.last_mut()) {
            (Some(Duty::Show | Duty::Note), Some(last)) => last.papers.extend(papers),
            _ => {
                let name = if duty_only.is_some() { String::new() } else { said(&title) };
                let name = name
                    .trim_start_matches(['-', '*', '+', '•', ' '])
                    .trim_end_matches([':', ' '])
                    .to_owned();
                cases.push(Case { name, papers: papers.collect() });
            }
        }
        title = tidy(rest);
        // Words behind the last quantity of the last table are a remark.
        if i + 1 == parts.len()
            && !said(&title).is_empty()
            && let Some(last) = cases.last_mut()
        {
            last.papers.push(Paper {
                text: std::mem::take(&mut title),
                duty: Duty::Note,
                ..Paper::default()
            });
        }
    }
    cases.retain(|case| !case.papers.is_empty());
    cases
}

/// The duty that a title states, if it states nothing else.
fn duty_of(title: &str) -> Option<Duty> {
    let title = title.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if title.chars().count() > 60 {
        return None;
    }
    match title.as_str() {
        t if t.contains("phải xuất trình") && !t.contains("nộp") => Some(Duty::Show),
        t if t.starts_with("lưu ý") || t.starts_with("ghi chú") => Some(Duty::Note),
        t if t.contains("giấy tờ phải nộp") || t == "giấy tờ nộp" => {
            Some(Duty::Submit)
        }
        _ => None,
    }
}

/// Splits a table at its quantities; what follows the last one is the next case's title.
fn rows(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some((start, end)) = quantity(text, from) {
        out.push((&text[from..start], &text[start..end]));
        from = end;
    }
    (out, &text[from..])
}

/// The next quantity cell: `1 bản chính`, `0 bản chính,1 bản sao`. In running text a number stands
/// between blanks ("nộp 01 bản chính tờ khai"); a cell's is glued to its neighbours.
fn quantity(text: &str, from: usize) -> Option<(usize, usize)> {
    for (at, _) in text[from..].match_indices(" bản ") {
        let at = from + at;
        let head = &text[from..at];
        let digits = head.len() - head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (start, number) = (at - digits, &text[at - digits..at]);
        let Some(mut end) = copies(text, start) else { continue };
        if number.len() > 1 && number.starts_with('0') {
            // "… :01 bản chính" belongs to the text; "…20250 bản chính" ends in a year and a cell.
            continue;
        }
        if let Some(second) = text[end..].strip_prefix(',').and_then(|_| copies(text, end + 1)) {
            end = second;
        }
        let before = text[from..start].chars().next_back();
        let mut after = text[end..].chars();
        let goes_on = match (after.next(), after.next()) {
            (Some(' '), Some(next)) => next.is_lowercase() || next == '(',
            // A cell may begin with its label: "…bản saob) Đơn đề nghị".
            (Some(next), _) => ");.:,/".contains(next),
            (None, _) => false,
        };
        if !goes_on && before != Some('(') {
            // A name that ends in a digit is glued to the count: only its last digit is the count.
            let glued =
                number.len() > 2 || number.len() == 2 && before.is_some_and(char::is_whitespace);
            let start = if glued { at - 1 } else { start };
            return Some((start, end));
        }
    }
    None
}

/// `N bản chính` or `N bản sao` at `start`: where it ends.
fn copies(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let kind = [" bản chính", " bản sao"].iter().find(|kind| rest[digits..].starts_with(**kind))?;
    (digits > 0).then_some(start + digits + kind.len())
}

fn paper(text: &str, quantity: &str, duty: Duty) -> Paper {
    let count: Vec<&str> =
        quantity.split(',').map(str::trim).filter(|part| !part.starts_with("0 ")).collect();
    let (text, file) = form_file(&tidy(text));
    let text = text.trim_start_matches(['-', '+', '*', '•', ' ']).to_owned();
    let form = form_number(&text).unwrap_or(file);
    // "0 bản chính" is the portal's way to put a remark into the table.
    let duty = if count.is_empty() { Duty::Note } else { duty };
    Paper { text, duty, form, count: count.join(", ") }
}

/// Takes a file name off the end: "…17/2025/TT-BNNMTPhụ lục I Đơn đề nghị.docx".
fn form_file(text: &str) -> (String, String) {
    let lower = text.to_lowercase();
    if ![".doc", ".docx", ".pdf", ".xls", ".xlsx", ".rtf"].iter().any(|ext| lower.ends_with(ext)) {
        return (text.to_owned(), String::new());
    }
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let word = text.rfind(' ').map_or(0, |at| at + 1);
    let boundary = (1..letters.len().saturating_sub(1)).rev().find(|i| {
        let (before, here, after) = (letters[i - 1].1, letters[*i].1, letters[i + 1].1);
        let glued = !before.is_whitespace() && !"/-(_.".contains(before)
            || ".)".contains(before) && *i + 8 < letters.len();
        here.is_uppercase() && glued && (after.is_lowercase() || ").;".contains(before))
            || here.is_ascii_digit() && ").;".contains(before) && *i + 8 < letters.len()
    });
    match boundary.map(|i| letters[i].0) {
        // A file name without blanks may hold capitals of its own.
        Some(at) if at > word && word > 0 => {
            let dot = text.rfind('.').unwrap_or(text.len());
            let start = text[word..dot].find([')', ';', '.']).map_or(at, |i| word + i + 1);
            (
                text[..start].trim().to_owned(),
                text[start..].trim_start_matches(['.', ' ']).to_owned(),
            )
        }
        Some(at) => (text[..at].trim().to_owned(), text[at..].to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// `Mẫu CT01 ban hành kèm theo Thông tư số 53/2025/TT-BCA`: from "Mẫu" to the first number after it.
fn form_number(text: &str) -> Option<String> {
    let at = ["Mẫu ", "mẫu số ", "mẫu "].iter().filter_map(|mark| text.find(mark)).min()?;
    let rest = &text[at..];
    let end = law::numbers(rest).into_iter().map(|(_, span)| span.end).find(|end| *end < 240)?;
    rest.get(..end).map(str::to_owned)
}
