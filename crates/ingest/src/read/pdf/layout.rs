//! Rows of all pages to lines of text: furniture out, broken lines joined.

use std::collections::HashMap;

use super::rows::Row;

/// Rows page by page to text, one paragraph a line; footnotes at the end, as Word files have them. With it
/// what was left out of heads and feet of pages, each once.
pub(super) fn text(mut pages: Vec<Vec<Row>>) -> (String, Vec<String>) {
    let aside = drop_furniture(&mut pages);
    let notes = take_notes(&mut pages);
    let mut out = String::new();
    paragraphs(&pages, &mut out);
    paragraphs(&notes, &mut out);
    (out, aside)
}

fn paragraphs(pages: &[Vec<Row>], out: &mut String) {
    let mut open: Option<(String, bool)> = None;
    for rows in pages {
        let (left, right) = edges(rows);
        for row in rows {
            let text = unspaced(row.text.trim());
            // Full: the next word had no room.
            let full = row.right > right - (right - left) * 0.12;
            let indented = row.left > left + 1.2 * row.size;
            open = Some(match open.take() {
                Some((line, true)) if continues(&line, &text, indented) => {
                    (joined(line, &text), full)
                }
                Some((line, _)) => {
                    out.push_str(&line);
                    out.push('\n');
                    (text, full)
                }
                None => (text, full),
            });
        }
    }
    if let Some((line, _)) = open {
        out.push_str(&line);
        out.push('\n');
    }
}

/// Takes the footnotes off the feet of pages: from the row that begins with the next note's mark to the end
/// of the page, and small rows at the foot of the next page when a note goes on there. Left in place, a note
/// would stand in the middle of an article.
fn take_notes(pages: &mut [Vec<Row>]) -> Vec<Vec<Row>> {
    let mut taken = Vec::new();
    let (mut last, mut going_on) = (0, false);
    for rows in pages {
        let mut sizes: Vec<f32> = rows.iter().map(|row| row.size).collect();
        sizes.sort_by(f32::total_cmp);
        // Most of a page may be notes, so the largest of common sizes is that of its text.
        let body = sizes.get(sizes.len() * 9 / 10).copied().unwrap_or(0.0);
        let small = |row: &Row| row.size < 0.95 * body;
        let marked = rows.iter().position(|row| note_mark(&row.text) == Some(last + 1));
        let foot = rows.len() - rows.iter().rev().take_while(|row| small(row)).count();
        let start = match marked {
            // Small letters to the end of the page, or letters of one size without an article among them: a row of
            // text may also begin with a mark.
            Some(at)
                if foot <= at
                    || rows[at..].iter().all(|row| {
                        row.size <= rows[at].size && !row.text.trim_start().starts_with("Điều ")
                    }) =>
            {
                // The end of an earlier note may stand above it.
                if going_on { at.min(foot) } else { at }
            }
            None if going_on && foot < rows.len() => foot,
            _ => {
                going_on = false;
                continue;
            }
        };
        let notes = rows.split_off(start);
        for number in notes.iter().filter_map(|row| note_mark(&row.text)) {
            if number == last + 1 {
                last = number;
            }
        }
        going_on = true;
        taken.push(notes);
    }
    taken
}

/// The number that a footnote begins with: `[12] Điểm này …`.
fn note_mark(row: &str) -> Option<usize> {
    let (number, rest) = row.trim_start().strip_prefix('[')?.split_once(']')?;
    number.parse().ok().filter(|_| rest.starts_with(' ') || rest.starts_with(char::is_alphabetic))
}

/// Left and right edge of a page's running text.
fn edges(rows: &[Row]) -> (f32, f32) {
    let long: Vec<&Row> = rows.iter().filter(|row| row.text.chars().count() > 40).collect();
    let of = |mut values: Vec<f32>, share: f32| {
        values.sort_by(f32::total_cmp);
        let at = ((values.len().saturating_sub(1)) as f32 * share).round() as usize;
        values.get(at).copied()
    };
    let left = of(long.iter().map(|row| row.left).collect(), 0.1);
    let right = of(long.iter().map(|row| row.right).collect(), 0.9);
    (left.unwrap_or(0.0), right.unwrap_or(f32::MAX))
}

/// Whether a row goes on with the line above it, which reached the right edge.
fn continues(line: &str, next: &str, indented: bool) -> bool {
    if begins_unit(next) || line.contains(" | ") || next.contains(" | ") {
        return false;
    }
    let lower = next.chars().next().is_some_and(char::is_lowercase);
    if lower {
        return true;
    }
    let ended = line.trim_end_matches(['"', '”', '’', ')']).ends_with(['.', ';', ':', '!', '?']);
    let shouted = |text: &str| !text.chars().any(char::is_lowercase);
    // A heading in capitals goes on in capitals only.
    !indented && shouted(line) == shouted(next) || (!indented && !ended && !shouted(line))
}

/// Whether a row begins something of its own: a heading, a clause, a point, an item.
fn begins_unit(row: &str) -> bool {
    let words: Vec<&str> = row.split_whitespace().take(2).collect();
    let Some(first) = words.first() else { return false };
    let second = words.get(1).copied().unwrap_or("");
    let numbered = |word: &str| {
        word.chars().next().is_some_and(|c| c.is_ascii_digit() || "IVXivx".contains(c))
    };
    match first.trim_matches(['"', '“']).to_lowercase().as_str() {
        // "… tại Điều 5" may break before "Điều"; a heading has a dot after the number.
        "điều" => numbered(second) && second.ends_with(['.', ':']),
        "chương" | "mục" | "phần" | "tiểu" | "phụ" => {
            first.starts_with(|c: char| c.is_uppercase() || c == '“' || c == '"')
                && (numbered(second)
                    || matches!(second.to_lowercase().as_str(), "lục" | "mục" | "thứ"))
        }
        "căn" => second.eq_ignore_ascii_case("cứ") && first.starts_with('C'),
        "-" | "–" | "+" | "*" | "•" | "./." => true,
        mark => {
            let label = mark.trim_end_matches(['.', ')']);
            label.len() < mark.len()
                && label.chars().count() <= 3
                && !label.is_empty()
                && (label.chars().all(|c| c.is_ascii_digit())
                    || label.chars().all(|c| "ivxl".contains(c))
                    || (mark.ends_with(')') && label.chars().all(char::is_alphanumeric))
                    || (label.chars().all(|c| "IVXL".contains(c))))
                || mark.starts_with(['-', '+', '*', '•'])
                    && mark.chars().nth(1).is_some_and(char::is_alphabetic)
        }
    }
}

fn joined(mut line: String, next: &str) -> String {
    line.push(' ');
    line.push_str(next);
    line
}

/// Drops page numbers, running heads and feet, and the marks that signing programs print.
fn drop_furniture(pages: &mut [Vec<Row>]) -> Vec<String> {
    let shape = |row: &Row| -> String {
        row.text
            .split_whitespace()
            .collect::<String>()
            .chars()
            .map(|c| if c.is_ascii_digit() { '#' } else { c })
            .collect()
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for rows in pages.iter() {
        let mut edge: Vec<String> = at_edge(rows.len()).map(|at| shape(&rows[at])).collect();
        edge.sort();
        edge.dedup();
        for shape in edge {
            *seen.entry(shape).or_default() += 1;
        }
    }
    // Left and right pages may have different heads.
    let often = (pages.len() * 3 / 10).max(3);
    let mut dropped: Vec<String> = Vec::new();
    for rows in pages.iter_mut() {
        let edge: Vec<usize> = at_edge(rows.len()).collect();
        let mut at = 0;
        rows.retain(|row| {
            let here = edge.contains(&at);
            at += 1;
            let number = row.text.trim_matches(|c: char| c.is_whitespace() || "-–—".contains(c));
            let is_number = !number.is_empty()
                && number.len() <= 4
                && number.bytes().all(|b| b.is_ascii_digit());
            let repeated = here && seen.get(&shape(row)).is_some_and(|count| *count >= often);
            let keep = !(here && is_number || repeated || signing_mark(&row.text));
            if !keep && !dropped.contains(&row.text) && dropped.len() < 100 {
                dropped.push(row.text.clone());
            }
            keep
        });
    }
    dropped
}

/// The first two and the last two of `rows` rows.
fn at_edge(rows: usize) -> impl Iterator<Item = usize> {
    (0..rows.min(2)).chain(rows.saturating_sub(2).max(2)..rows)
}

fn signing_mark(row: &str) -> bool {
    let marks = [
        "Ký bởi:",
        "Người ký:",
        "Ngày ký:",
        "Thời gian ký:",
        "Giờ ký:",
        "Digitally signed by",
        "Reason:",
    ];
    let short = row.chars().count() < 90;
    short && marks.iter().any(|mark| row.trim_start().starts_with(mark))
}

/// `N G H Ị  Đ Ị N H` to `NGHỊ ĐỊNH`; only where at least four letters stand alone in a row.
fn unspaced(row: &str) -> String {
    let words: Vec<&str> = row.split(' ').collect();
    let single = |word: &&str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    if words.iter().filter(|word| single(word)).count() < 4
        || words.iter().any(|w| w.chars().count() > 2)
    {
        return row.to_owned();
    }
    words
        .split(|word| word.is_empty())
        .map(|word| word.concat())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
