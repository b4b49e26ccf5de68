//! A consolidated text (văn bản hợp nhất): whose text it is, and what its notes tell.

use super::articles::Piece;
use super::lines::stripped;
use std::borrow::Cow;
use std::collections::HashSet;

use crate::amend::{Act, Marked, read_notes};
use crate::citation::Citation;
use crate::document::{Document, Edition, Notes, Problem, Relation, RelationKind};
use crate::number::{canonical, numbers};

/// A consolidated text, its notes apart.
pub(super) struct Consolidated {
    base: Base,
    text: String,
    /// Byte of `text` at which the notes begin.
    notes: usize,
}

impl Consolidated {
    /// The text without the notes.
    pub(super) fn body(&self) -> &str {
        &self.text[..self.notes]
    }

    /// The numbers of the notes.
    pub(super) fn numbers(&self) -> HashSet<u32> {
        self.text[self.notes..].lines().filter_map(note_number).collect()
    }
}

/// The parts of a text, if it says that it is a consolidated one.
pub(super) fn notes(text: &str) -> Option<Consolidated> {
    let base = base(text)?;
    let text = move_notes(text).into_owned();
    let mut at = 0;
    let mut marked: Vec<(usize, u32)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(number) = note_number(line) {
            marked.push((at, number));
        }
        at += line.len();
    }
    // The last run of notes: forms in annexes have notes of their own.
    let run = marked.windows(2).rposition(|pair| pair[0].1 >= pair[1].1).map_or(0, |i| i + 1);
    let notes = marked.get(run).map_or(text.len(), |(at, _)| *at);
    Some(Consolidated { base, text, notes })
}

/// The number of the note that a line begins.
fn note_number(line: &str) -> Option<u32> {
    let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let (number, _) = line.strip_prefix('[')?.split_once(']')?;
    number.parse().ok()
}

/// Makes the document the base document in this edition: its number and dates, the acts that amended
/// it, and the changes that the notes tell of.
pub(super) fn fill(
    document: &mut Document,
    it: &Consolidated,
    pieces: &[Piece],
    problems: &mut Vec<Problem>,
) {
    if document.id.is_empty() {
        document.id.clone_from(&it.base.number);
    }
    document.issued = document.issued.or(it.base.issued);
    document.effective = document.effective.or(it.base.effective);
    let number = own_number(it.body(), &document.source);
    if it.notes == it.text.len() && it.text.contains("[2]") {
        problems.push(Problem {
            at: "văn bản hợp nhất".into(),
            what: "có dấu chú thích mà không có chú thích".into(),
        });
    }
    let marked: Vec<Marked<'_>> = pieces
        .iter()
        .map(|piece| Marked { article: &piece.article, text: &piece.text, marks: &piece.marks })
        .collect();
    let acts = acts(it.body());
    let read = read_notes(&document.id, &number, &marked, &it.text[it.notes..], &acts, problems);
    document.edition = Edition::Consolidated(number);
    document.notes = Notes { total: read.notes, statements: read.statements };
    document.starts.extend(read.starts);
    for act in acts {
        let to = Citation::whole(act.number);
        document.relations.push(Relation {
            kind: RelationKind::AmendedBy,
            to,
            from: act.effective,
        });
    }
    document.changes.extend(read.changes);
}

/// Notes that a copy put where their marks stand, "c)[[3] Điểm này …][3] Cơ sở", moved to the end.
fn move_notes(text: &str) -> Cow<'_, str> {
    if !text.contains("[[") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut notes = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("[[") {
        let inner = &rest[open + 1..];
        let number = inner[1..].split_once(']').map_or("", |(number, _)| number);
        let close = format!("][{number}]");
        let end = inner
            .find(&close)
            .filter(|_| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        match end {
            Some(end) => {
                kept.push_str(&rest[..open]);
                kept.push_str(&close[1..]);
                notes.push('\n');
                notes.push_str(&inner[..end]);
                rest = &inner[end + close.len()..];
            }
            None => {
                kept.push_str(&rest[..open + 2]);
                rest = &rest[open + 2..];
            }
        }
    }
    kept.push_str(rest);
    kept.push_str(&notes);
    Cow::Owned(kept)
}

/// The acts that the head of the text lists, one on a line.
fn acts(opening: &str) -> Vec<Act> {
    let lines = opening.lines().map(stripped).skip_while(|line| base(line).is_none()).skip(1);
    let lines =
        lines.take_while(|line| !line.starts_with("Căn cứ") && !line.contains(" ban hành "));
    lines
        .filter_map(|line| {
            let line = line
                .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | ' '));
            let (number, span) = numbers(line).into_iter().next()?;
            let effect = line.rfind("có hiệu lực").filter(|at| *at > span.end);
            let effective = effect.and_then(|at| viet::dates(&line[at..]).into_iter().next());
            Some(Act { line: line.to_owned(), number, effective: effective.map(|(date, _)| date) })
        })
        .collect()
}

struct Base {
    number: String,
    issued: Option<jiff::civil::Date>,
    effective: Option<jiff::civil::Date>,
}

/// "Luật Trẻ em số 102/2016/QH13 ngày 05 tháng 4 năm 2016 của Quốc hội, có hiệu lực kể từ ngày 01
/// tháng 6 năm 2017, được sửa đổi, bổ sung bởi:", before the căn cứ.
fn base(opening: &str) -> Option<Base> {
    let lines = opening.lines().map(stripped).take_while(|line| !line.starts_with("Căn cứ"));
    let says =
        ["được sửa đổi, bổ sung", "được sửa đổi bởi", "được bổ sung bởi", "được đính chính bởi"];
    let verb = |line: &str| says.iter().filter_map(|words| line.find(words)).min();
    let line = lines.filter(|line| verb(line).is_some()).find(|line| {
        line.contains(" bởi")
            || line.contains(" theo:")
            || line.contains("một số điều theo")
            || line.contains("có hiệu lực")
    })?;
    let (number, span) = numbers(line).into_iter().next()?;
    let own = &line[..verb(line)?];
    let own = own.get(span.end..)?;
    let effect = own.find("có hiệu lực").unwrap_or(own.len());
    let first = |text: &str| viet::dates(text).into_iter().map(|(date, _)| date).next();
    Some(Base { number, issued: first(&own[..effect]), effective: first(&own[effect..]) })
}

/// The number of the consolidated text itself: of its letterhead, else of the file's name.
fn own_number(opening: &str, source: &str) -> String {
    let head = opening.lines().take(30).flat_map(numbers).map(|(number, _)| number);
    let mut head = head.filter(|number| number.contains("VBHN"));
    if let Some(number) = head.next() {
        return number;
    }
    // "108-VBHN-VPQH 2025 Luật Trẻ em.txt", "61-2026-VBHN-TT-BXD …".
    let mut words = source.split_whitespace();
    let name = words.next().unwrap_or_default();
    let Some(at) = name.find("-VBHN") else { return String::new() };
    let number = canonical(&format!("{}/{}", name[..at].replace('-', "/"), &name[at + 1..]));
    let year =
        words.next().filter(|year| year.len() == 4 && year.bytes().all(|c| c.is_ascii_digit()));
    match year {
        Some(year) => format!("{number} ({year})"),
        None => number,
    }
}
