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
        let duty = duty_of(&title);
        let papers = rows
            .into_iter()
            .map(|(text, count)| paper(text, count, duty.map_or(Duty::Submit, |it| it.0)));
        match (duty, cases.last_mut()) {
            (Some((Duty::Show | Duty::Note, true)), Some(last)) => last.papers.extend(papers),
            _ => {
                let bare = duty.is_some_and(|(_, bare)| bare);
                let name = if bare { String::new() } else { said(&title) };
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
    // What stands under no title must not seem to belong to the one before it.
    cases.sort_by_key(|case| !case.name.is_empty());
    if let [first, _, ..] = cases.as_mut_slice()
        && first.name.is_empty()
    {
        first.name = EVERY_CASE.to_owned();
    }
    cases
}

/// The name of papers under no title beside those of single cases.
const EVERY_CASE: &str = "Giấy tờ chung (Cổng không ghi trường hợp)";

/// The duty that a title states, and whether it states nothing else.
fn duty_of(title: &str) -> Option<(Duty, bool)> {
    let title = title.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if title.chars().count() > 60 {
        return None;
    }
    let duty = match title.as_str() {
        t if t.contains("phải xuất trình") && !t.contains("nộp") => Duty::Show,
        t if t.starts_with("lưu ý") || t.starts_with("ghi chú") => {
            return Some((Duty::Note, true));
        }
        t if t.contains("giấy tờ phải nộp") || t == "giấy tờ nộp" => Duty::Submit,
        _ => return None,
    };
    let mut rest = title;
    for words in
        ["giấy tờ", "phải nộp", "phải xuất trình", "bao gồm", "gồm", "các", "có", "nộp", "sau"]
    {
        rest = rest.replace(words, "");
    }
    let bare = !rest.chars().any(|c| c.is_alphabetic());
    Some((duty, bare))
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
            // "(1 bản chính)" in running text; a bracket that nothing opened is the next cell's label.
            (Some(')'), _) => head.matches('(').count() > head.matches(')').count(),
            (Some(next), _) => ";.:,/".contains(next),
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

/// Takes file names off the end: "…17/2025/TT-BNNMTPhụ lục I Đơn đề nghị.docx".
fn form_file(text: &str) -> (String, String) {
    let mut rest = text;
    let mut files: Vec<&str> = Vec::new();
    while let Some(dot) = extension(rest) {
        // The end of the file before it, else where a capital is glued to the words.
        let body = &rest[..dot];
        let before = EXTENSIONS
            .iter()
            .filter_map(|ext| body.to_lowercase().rfind(ext).map(|at| at + ext.len()))
            .filter(|end| body.is_char_boundary(*end))
            .max();
        let Some(start) = before.or_else(|| seam(body)) else { break };
        files.push(rest[start..].trim_start_matches(['.', ' ', ',', ';']));
        rest = rest[..start].trim_end();
    }
    files.reverse();
    (rest.to_owned(), files.join("; "))
}

const EXTENSIONS: [&str; 6] = [".docx", ".doc", ".pdf", ".xlsx", ".xls", ".rtf"];

/// Where the extension begins that a text ends with.
fn extension(text: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    let ext = EXTENSIONS.iter().find(|ext| lower.ends_with(**ext))?;
    text.len().checked_sub(ext.len()).filter(|at| text.is_char_boundary(*at))
}

/// Longest name of a file, in bytes: longer ones are text.
const LONGEST_FILE: usize = 160;

/// Where a file's name is glued to the words before it: at the first capital or digit that follows a small
/// letter, a bracket or a full stop without a blank, and after which no sentence ends.
fn seam(text: &str) -> Option<usize> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let found = (1..letters.len()).find(|&i| {
        let (before, (at, here)) = (letters[i - 1].1, letters[i]);
        let next = letters.get(i + 1).map_or(' ', |letter| letter.1);
        let name = &text[at..];
        let glued = match here {
            _ if here.is_uppercase() => {
                before.is_lowercase()
                    || ").;”\"".contains(before)
                    || before.is_uppercase() && next.is_lowercase()
                    || before.is_ascii_digit() && next.is_lowercase()
            }
            _ if here.is_ascii_digit() => before == ')' || before.is_lowercase(),
            // "…nền trắng.mau so 12.doc"
            _ => ").;".contains(before) && i > 1 && !letters[i - 2].1.is_ascii_digit(),
        };
        glued
            && name.len() <= LONGEST_FILE
            && ![". ", "; ", ": "].iter().any(|end| name.contains(end))
    });
    // A whole row may be nothing but a file.
    found.map(|i| letters[i].0)
}

/// `Mẫu CT01 ban hành kèm theo Thông tư số 53/2025/TT-BCA`: from "Mẫu" to the first number after it.
fn form_number(text: &str) -> Option<String> {
    let at = ["Mẫu ", "mẫu số ", "mẫu "].iter().filter_map(|mark| text.find(mark)).min()?;
    let rest = &text[at..];
    let end = law::numbers(rest).into_iter().map(|(_, span)| span.end).find(|end| *end < 240)?;
    rest.get(..end).map(str::to_owned)
}
