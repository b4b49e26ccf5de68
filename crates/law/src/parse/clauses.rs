//! Clauses (khoản) and points (điểm) inside one article.

use std::collections::HashMap;
use std::ops::Range;

use super::layout::begins_with;
use super::lines::{Line, lines};
use crate::document::{Clause, Point, Problem};
use crate::mention::units::POINTS;
use crate::syllable::{HAT, HORN, NANG, Syllable};

/// Most problems that are told of one article.
const TOLD: usize = 8;

const NOI: Syllable = Syllable::known(b"noi", 0, HORN);
const NHAN: Syllable = Syllable::known(b"nhan", NANG, HAT);

/// What a line begins with.
struct Mark<'a> {
    line: usize,
    number: u32,
    letter: &'a str,
}

/// Finds the clauses (`1.`, `3a.`, `2)`) and points (`a)`, `đ)`, `a1)`) in one article's text.
///
/// The numbers must go up, and the letters by the alphabet of Vietnamese law (a b c d đ e g …): a
/// line out of order is text, and a problem; a gap is kept, and a problem. What is quoted, and what
/// follows "Nơi nhận", opens nothing. What stands before the first clause, and the clauses, put
/// together, are the text byte for byte; so are the points of a clause with what stands before them.
/// Points of an article without clauses cannot be held and are left as text.
pub fn split_article(text: &str) -> (Vec<Clause>, Vec<Problem>) {
    let mut lines = lines(text);
    if let Some(end) = lines.iter().position(|line| begins_with(line.text, &[NOI, NHAN])) {
        lines.truncate(end);
    }
    let mut problems = Vec::new();
    let marks = lines.iter().enumerate().filter(|(_, line)| !line.quoted);
    let marks = marks.filter_map(|(i, line)| {
        clause_mark(line.text).map(|(number, letter)| Mark { line: i, number, letter })
    });
    let starts = in_order(marks.collect(), &mut problems);
    let mut clauses = Vec::with_capacity(starts.len());
    for (i, mark) in starts.iter().enumerate() {
        let next = starts.get(i + 1);
        let end = next.map_or(text.len(), |next| lines[next.line].start);
        let number = format!("{}{}", mark.number, mark.letter);
        let inside = &lines[mark.line + 1..next.map_or(lines.len(), |next| next.line)];
        let points = points(inside, end, &number, &mut problems);
        clauses.push(Clause { number, span: lines[mark.line].start..end, points });
    }
    if problems.len() > TOLD {
        let more = problems.len() - TOLD;
        problems.truncate(TOLD);
        problems
            .push(Problem { at: String::new(), what: format!("còn {more} chỗ tương tự") });
    }
    (clauses, problems)
}

/// Keeps the marks whose numbers go up.
fn in_order<'a>(marks: Vec<Mark<'a>>, problems: &mut Vec<Problem>) -> Vec<Mark<'a>> {
    let mut kept: Vec<Mark<'a>> = Vec::new();
    // The last mark of each number: a number that is still to come makes a higher one text.
    let last_of: HashMap<u32, usize> =
        marks.iter().enumerate().map(|(i, mark)| (mark.number, i)).collect();
    for (i, mark) in marks.iter().enumerate() {
        let (last, letter) = kept.last().map_or((0, ""), |mark| (mark.number, mark.letter));
        let follows = mark.number == last + 1 && mark.letter.is_empty();
        let added = mark.number == last
            && last > 0
            && !mark.letter.is_empty()
            && after(mark.letter, letter);
        let ahead = mark.number > last && !follows;
        let at = || format!("khoản {}{}", mark.number, mark.letter);
        if ahead && last_of.get(&(last + 1)).is_some_and(|&later| later > i) {
            problems
                .push(Problem {
                    at: at(), what: "số không theo thứ tự, coi là lời văn".into()
                });
            continue;
        }
        if ahead {
            problems.push(Problem { at: at(), what: format!("thiếu khoản {}", last + 1) });
        }
        if follows || added || ahead {
            kept.push(Mark { line: mark.line, number: mark.number, letter: mark.letter });
        } else {
            problems.push(Problem {
                at: at(), what: "số lặp lại hoặc lùi, coi là lời văn".into()
            });
        }
    }
    kept
}

/// The points on these lines of a clause that ends at `end`.
fn points(lines: &[Line<'_>], end: usize, clause: &str, problems: &mut Vec<Problem>) -> Vec<Point> {
    let mut points: Vec<(usize, usize, &str)> = Vec::new();
    let marks: Vec<(usize, &str, &str)> = lines
        .iter()
        .filter(|line| !line.quoted)
        .filter_map(|line| point_mark(line.text).map(|(letter, index)| (line.start, letter, index)))
        .collect();
    let last_of: HashMap<&str, usize> =
        marks.iter().enumerate().map(|(i, (_, letter, _))| (*letter, i)).collect();
    for (i, &(start, letter, index)) in marks.iter().enumerate() {
        let at = || format!("khoản {clause} điểm {letter}{index}");
        let Some(place) = POINTS.iter().position(|point| *point == letter) else {
            problems.push(Problem {
                at: at(),
                what: "chữ không thuộc bảng chữ cái của điểm, coi là lời văn".into(),
            });
            continue;
        };
        let (next, last_index) =
            points.last().map_or((0, ""), |(_, place, index)| (place + 1, *index));
        let added = place + 1 == next && !index.is_empty() && after(index, last_index);
        let ahead = place > next;
        if ahead && last_of.get(POINTS[next]).is_some_and(|&later| later > i) {
            problems
                .push(Problem {
                    at: at(), what: "chữ không theo thứ tự, coi là lời văn".into()
                });
            continue;
        }
        if ahead {
            problems.push(Problem { at: at(), what: format!("thiếu điểm {}", POINTS[next]) });
        }
        if added || place >= next {
            points.push((start, place, index));
        } else {
            problems
                .push(Problem {
                    at: at(), what: "chữ lặp lại hoặc lùi, coi là lời văn".into()
                });
        }
    }
    let ends: Vec<usize> = points.iter().skip(1).map(|(start, ..)| *start).chain([end]).collect();
    let point = |((start, place, index), end): ((usize, usize, &str), usize)| {
        let span: Range<usize> = start..end;
        Point { letter: format!("{}{index}", POINTS[place]), span }
    };
    points.into_iter().zip(ends).map(point).collect()
}

/// Whether a suffix comes after another: b after a, 10 after 9.
fn after(this: &str, last: &str) -> bool {
    let order =
        |suffix: &str| (suffix.chars().count(), POINTS.iter().position(|point| *point == suffix));
    (order(this), this) > (order(last), last)
}

/// The line without blanks and emphasis in front.
fn opening(line: &str) -> &str {
    line.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '_' | '>' | '#' | '\u{feff}' | '\u{200b}')
    })
}

/// A footnote mark like `[12]` in front is passed over.
fn past_footnote(text: &str) -> &str {
    let close = text
        .strip_prefix('[')
        .and_then(|rest| rest.find(']').map(|i| (&rest[..i], &rest[i + 1..])));
    match close {
        Some((digits, rest))
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            rest
        }
        _ => text,
    }
}

/// `1.`, `3a.`, `12)`, with words after it.
pub(crate) fn clause_mark(line: &str) -> Option<(u32, &str)> {
    let line = past_footnote(opening(line));
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 =
        if (1..=3).contains(&digits) { line[..digits].parse().ok()? } else { return None };
    let rest = &line[digits..];
    let letters = rest
        .chars()
        .next()
        .filter(|c| c.is_ascii_lowercase() || *c == 'đ')
        .map_or(0, char::len_utf8);
    let (letter, rest) = rest.split_at(letters);
    let rest = past_footnote(rest).trim_start_matches(['*', '\\']);
    let rest = rest.strip_prefix('.').or_else(|| rest.strip_prefix(')'))?;
    let next = past_footnote(rest).chars().next();
    let words = next.is_none_or(|c| {
        c.is_whitespace() || c.is_alphabetic() || matches!(c, '*' | '_' | '-' | '“' | '"' | '[')
    });
    (number > 0 && words).then_some((number, letter))
}

/// `a)`, `đ)`, `a1)`; also `a.` with a blank after it.
pub(crate) fn point_mark(line: &str) -> Option<(&str, &str)> {
    let line = past_footnote(opening(line));
    let first = line.chars().next().filter(|c| c.is_ascii_lowercase() || *c == 'đ')?;
    let (letter, rest) = line.split_at(first.len_utf8());
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (index, rest) = if digits <= 2 { rest.split_at(digits) } else { return None };
    let rest = past_footnote(rest).trim_start_matches(['*', '\\']);
    let marked = rest.starts_with(')')
        || rest.strip_prefix('.').is_some_and(|rest| rest.starts_with([' ', '\t']));
    marked.then_some((letter, index))
}
