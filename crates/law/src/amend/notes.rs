//! The notes of a consolidated text: "[5] Khoản này được sửa đổi, bổ sung theo quy định tại khoản 4
//! Điều 11 của Luật số 28/2018/QH14, có hiệu lực kể từ ngày 01 tháng 01 năm 2019."
//!
//! Form: Pháp lệnh 01/2012/UBTVQH13 điều 12, Nghị định 250/2026/NĐ-CP.

use std::collections::HashMap;

use jiff::civil::Date;

use super::told::{Level, Subject, Told, place, read_one};
use super::{Change, Deed, Proof, Spot};
use crate::citation::{Citation, Place};
use crate::document::{Article, Problem};

/// Where a note's mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// In the heading of the article.
    Heading,
    /// In the heading of the chapter, section or annex above it.
    Above,
    /// At a byte of its text.
    Text(usize),
}

/// An article with the marks of notes that were taken out of it.
pub(crate) struct Marked<'a> {
    pub(crate) article: &'a Article,
    pub(crate) text: &'a str,
    pub(crate) marks: &'a [(u32, Mark)],
}

/// Takes marks like `[12]` out of a text, where a note of that number is there, with the byte at
/// which each stood in what is left.
pub(crate) fn strip(text: &str, known: impl Fn(u32) -> bool) -> (String, Vec<(u32, usize)>) {
    let mut kept = String::with_capacity(text.len());
    let mut marks = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let number = rest[open + 1..].split_once(']').and_then(|(number, after)| {
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let number: u32 = if digits { number.parse().ok()? } else { return None };
            known(number).then_some((number, after))
        });
        kept.push_str(&rest[..open]);
        match number {
            Some((number, after)) => {
                // "3.3[3] Người": some copies print the number before its mark once more.
                let twice = number.to_string();
                if kept.strip_suffix(&twice).is_some_and(|before| before.ends_with(['.', ')'])) {
                    kept.truncate(kept.len() - twice.len());
                }
                marks.push((number, kept.len()));
                rest = after;
            }
            None => {
                kept.push('[');
                rest = &rest[open + 1..];
            }
        }
    }
    kept.push_str(rest);
    (kept, marks)
}

/// The notes by number, from the text that holds them one after the other.
fn notes(text: &str) -> Vec<(u32, String)> {
    let mut notes: Vec<(u32, String)> = Vec::new();
    for line in text.lines() {
        let opens = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        let number = opens.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let number = number.and_then(|(number, rest)| {
            let rest = rest.trim_start();
            // "[8] 8 Điều 140": the number once more.
            let rest = rest.strip_prefix(&format!("{number} ")).unwrap_or(rest);
            Some((number.parse::<u32>().ok()?, rest))
        });
        match (number, notes.last_mut()) {
            // Numbers go up; "[1]" inside a note belongs to it.
            (Some((number, rest)), last) if last.as_ref().is_none_or(|(n, _)| number > *n) => {
                notes.push((number, rest.trim().to_owned()));
            }
            (_, Some((_, words))) => {
                words.push('\n');
                words.push_str(line.trim());
            }
            _ => {}
        }
    }
    notes
}

/// What a consolidated text says of its changes: every note that tells of one, at its place.
///
/// A note that only quotes the amending act (its căn cứ, its effect and transition clauses) changes
/// nothing. A note that tells of a change and cannot be read is a problem.
pub(crate) fn read(
    base: &str,
    consolidated: &str,
    articles: &[Marked<'_>],
    text: &str,
    acts: &[Act],
    problems: &mut Vec<Problem>,
) -> Read {
    let mut marks: HashMap<u32, (usize, Mark)> = HashMap::new();
    for (i, article) in articles.iter().enumerate() {
        for (n, mark) in article.marks {
            marks.entry(*n).or_insert((i, *mark));
        }
    }
    let mut out = Read::default();
    for (n, words) in notes(text) {
        out.notes += 1;
        let tells = ["sửa đổi", "bổ sung", "bỏ", "thay", "hiệu lực", "đính chính", "bằng"];
        if quotes_only(&words) || !tells.iter().any(|word| words.contains(word)) {
            out.statements += 1;
            continue;
        }
        let at = || format!("chú thích [{n}]");
        let Some(&(i, mark)) = marks.get(&n) else {
            problems.push(Problem {
                at: at(),
                what: "không thấy dấu của chú thích trong văn bản".into(),
            });
            continue;
        };
        if let Some((place, date)) = starts(&articles[i], mark, &words) {
            out.starts.push((place, date));
            continue;
        }
        match read_one(base, &articles[i], mark, &words, acts) {
            Ok(changes) => out.changes.extend(under(articles, i, changes).into_iter().map(
                |(at, spot, deed, by, from)| {
                    let (words, before) = (words.clone(), before(&articles[i], mark));
                    let proof = Proof::Note { document: consolidated.to_owned(), n, words, before };
                    Change { at, spot, deed, by, from, proof }
                },
            )),
            Err(what) => {
                let short: String = words.chars().take(160).collect();
                problems.push(Problem { at: at(), what: format!("{what}: {short}") });
            }
        }
    }
    out
}

/// The changes that one note tells of an article, where its mark is lost: what it says of "this clause"
/// is said of the article. Empty if it tells of no change or cannot be read.
pub fn note(at: &Citation, consolidated: &str, n: u32, words: &str) -> Vec<Change> {
    if quotes_only(words) {
        return Vec::new();
    }
    let article = Article { place: at.place.to_article(), ..Article::default() };
    let marked = Marked { article: &article, text: "", marks: &[] };
    let told = read_one(&at.document, &marked, Mark::Heading, words, &[]).unwrap_or_default();
    let proof = || Proof::Note {
        document: consolidated.to_owned(),
        n,
        words: words.to_owned(),
        before: String::new(),
    };
    let change = |(at, spot, deed, by, from)| {
        // The heading is not meant: only where the mark stood would tell.
        let spot = match (&deed, spot) {
            (Deed::Phrase { .. }, Spot::Heading) => Spot::Paragraph,
            _ => spot,
        };
        Change { at, spot, deed, by, from, proof: proof() }
    };
    told.into_iter().map(change).collect()
}

/// The words right before a mark, on its line: they find the place again once the mark is gone.
fn before(marked: &Marked<'_>, mark: Mark) -> String {
    let Mark::Text(at) = mark else { return String::new() };
    let head = marked.text.get(..at).unwrap_or_default();
    let line = head.rsplit('\n').next().unwrap_or_default();
    let skip = line.chars().count().saturating_sub(BEFORE);
    line.chars().skip(skip).collect()
}

/// Most characters kept of the words before a mark.
const BEFORE: usize = 60;

/// What the notes of a text told.
#[derive(Default)]
pub(crate) struct Read {
    /// Changes, each with its note.
    pub(crate) changes: Vec<Change>,
    /// Places with a day of their own: "Khoản này có hiệu lực thi hành từ ngày …".
    pub(crate) starts: Vec<(Place, Date)>,
    /// Notes.
    pub(crate) notes: usize,
    /// Notes that only quote an act, and tell of no change.
    pub(crate) statements: usize,
}

/// An act that the head of the text lists as having amended it.
pub(crate) struct Act {
    /// The line: "Luật Tư pháp người chưa thành niên số 59/2024/QH15 ngày …, có hiệu lực …".
    pub(crate) line: String,
    pub(crate) number: String,
    pub(crate) effective: Option<Date>,
}

/// A chapter that is repealed without a list of its articles: those whose numbers are left out before the
/// article that follows its heading.
fn under(articles: &[Marked<'_>], i: usize, told: Vec<Told>) -> Vec<Told> {
    let number = |marked: &Marked<'_>| {
        let place = &marked.article.place;
        place
            .article
            .as_deref()
            .and_then(|article| article.parse::<u32>().ok())
            .filter(|_| place.part.is_none())
    };
    let before = articles[..i].iter().rev().find_map(number).unwrap_or(0);
    let Some(next) = number(&articles[i]) else { return told };
    told.into_iter()
        .flat_map(|told| {
            let chapter = told.0.place == Place::default()
                && told.2 == Deed::Repeal
                && told.1 == Spot::Paragraph;
            if !chapter || next <= before + 1 || next - before > 200 {
                return vec![told];
            }
            let each = |n: u32| {
                let at = Citation::article(told.0.document.clone(), n.to_string());
                (at, Spot::Whole, told.2.clone(), told.3.clone(), told.4)
            };
            (before + 1..next).map(each).collect()
        })
        .collect()
}

/// "Điều này có hiệu lực thi hành từ ngày 01 tháng 8 năm 2024 theo quy định tại …".
fn starts(marked: &Marked<'_>, mark: Mark, words: &str) -> Option<(Place, Date)> {
    let lower = words.to_lowercase();
    let (unit, rest) = lower.split_once(" này có hiệu lực")?;
    let level = match unit {
        "điều" => Level::Article,
        "khoản" => Level::Clause,
        "điểm" => Level::Point,
        _ => return None,
    };
    let (at, spot) = place("", marked, mark, &Subject::Unit(level, Spot::Whole)).ok()?;
    let (date, _) = viet::dates(rest).into_iter().next()?;
    (spot == Spot::Whole).then_some((at.place, date))
}

/// "Luật số … có căn cứ ban hành như sau", "Điều 3 của Luật số … quy định như sau": the words of the
/// amending act, not a change at this place.
pub(crate) fn quotes_only(words: &str) -> bool {
    // What stands before the first quotation, in which the verb of a change would stand.
    let head = words.split(['“', '"', '\n']).next().unwrap_or_default();
    let lower = head.to_lowercase();
    let says = ["như sau", "căn cứ ban hành", "được quy định tại", "được thực hiện theo"];
    let begins = |words: &[&str]| words.iter().any(|word| lower.trim_start().starts_with(word));
    let acts =
        ["luật", "bộ luật", "nghị định", "thông tư", "pháp lệnh", "nghị quyết", "quyết định"];
    let provisions = ["điều ", "khoản ", "các điều", "hiệu lực thi hành", "việc thi hành", "điểm "];
    let subject = [" này "].iter().any(|word| lower.contains(word)) && !lower.contains("luật này");
    (begins(&acts) || begins(&provisions))
        && !(subject && lower.contains(" được "))
        && (says.iter().any(|word| lower.contains(word)) || begins(&acts))
}
