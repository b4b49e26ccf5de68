//! What one note of a consolidated text says: of which place, what was done, by which act, from when.

use jiff::civil::Date;

use super::masks::{mask, quotes};
use super::notes::{Act, Mark, Marked};
use super::{Deed, Spot};
use crate::citation::{Citation, Place};
use crate::document::Article;
use crate::mention::mentions;

/// Place, part of it, deed, act and day.
pub(super) type Told = (Citation, Spot, Deed, Citation, Option<Date>);

/// The subject of a note.
pub(super) enum Subject {
    /// "Khoản này": the unit of this kind.
    Unit(Level, Spot),
    /// "Cụm từ “…”", with its words.
    Words(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Above,
    Article,
    Clause,
    Point,
    /// Whatever holds the mark.
    Innermost,
}

pub(super) fn read_one(
    base: &str,
    marked: &Marked<'_>,
    mark: Mark,
    words: &str,
    acts: &[Act],
) -> Result<Vec<Told>, &'static str> {
    let mut told = Vec::new();
    let mut subject = None;
    // One sentence an act, mostly; "lần thứ nhất …; được sửa đổi lần thứ hai …" tells of two.
    for part in parts(words) {
        if let Some(named) = self::subject(part) {
            subject = Some(named);
        }
        let Some(named) = &subject else {
            return Err("không rõ chú thích nói về phần nào");
        };
        let (at, spot) = place(base, marked, mark, named)?;
        let listed = listed(base, named, part);
        let Some(deed) = deed(named, part) else { return Err("không rõ thay đổi gì") };
        let by = match act(part, acts) {
            Some(by) => by,
            // "…; đối với quy định về … được sửa đổi có hiệu lực kể từ ngày …" qualifies the day of a
            // part of the same change; it is shown with the note's words.
            None if !told.is_empty() => continue,
            None => return Err("không rõ theo quy định nào"),
        };
        if listed.is_empty() {
            told.push((at, spot, deed, by, day(part)));
        } else {
            let each = |at| (at, Spot::Whole, deed.clone(), by.clone(), day(part));
            told.extend(listed.into_iter().map(each));
        }
    }
    // The date may stand once, behind the last of several acts of one day.
    let last = told.last().and_then(|told| told.4);
    if told.iter().any(|told| told.4.is_none()) {
        let acts: Vec<String> = told.iter().map(|told| told.3.document.clone()).collect();
        for told in told.iter_mut().filter(|told| told.4.is_none()) {
            if acts.iter().all(|act| *act == told.3.document) {
                told.4 = last;
            }
        }
    }
    for told in told.iter_mut().filter(|told| told.4.is_none()) {
        let listed = acts.iter().find(|act| act.number == told.3.document);
        told.4 = listed.and_then(|act| act.effective);
    }
    if told.is_empty() { Err("không đọc được") } else { Ok(told) }
}

/// The articles of "Chương này bao gồm các điều 68, 69 và 70 được bãi bỏ": what is done to a chapter is
/// done to them.
fn listed(base: &str, subject: &Subject, part: &str) -> Vec<Citation> {
    let (Subject::Unit(Level::Above, Spot::Whole), Some(at)) = (subject, part.find("bao gồm"))
    else {
        return Vec::new();
    };
    let end = part[at..]
        .find(" được ")
        .or_else(|| part[at..].find(" bị "))
        .map_or(part.len(), |end| at + end);
    mentions(&part[at..end])
        .into_iter()
        .filter(|mention| mention.citation.place.article.is_some())
        .map(|mention| Citation { document: base.to_owned(), place: mention.citation.place })
        .collect()
}

/// The parts of a note that tell of one change each.
fn parts(words: &str) -> Vec<&str> {
    let masked = mask(words);
    let verbs = ["được ", "bị "];
    let tells = |at: usize| {
        let rest = &masked[at..];
        let verb = verbs.iter().find_map(|verb| rest.strip_prefix(verb));
        verb.is_some_and(|rest| {
            [
                "sửa đổi",
                "bổ sung",
                "bãi bỏ",
                "hủy bỏ",
                "huỷ bỏ",
                "thay ",
                "bỏ ",
                "đính chính",
                "ngưng",
                "chuyển",
                "đổi",
            ]
            .iter()
            .any(|deed| rest.starts_with(deed))
        })
    };
    let mut starts = Vec::new();
    let mut last_end = 0;
    // A slip that leaves the verb's "được" out, or the verb; "hết hiệu lực kể từ ngày …".
    let others = ["hết hiệu lực", "thay thế bởi", "thay thế bằng", "bằng cụm từ"];
    if !masked.contains("được ")
        && !masked.contains("bị ")
        && others.iter().any(|verb| masked.contains(verb))
    {
        return vec![words];
    }
    for (at, _) in masked.match_indices(['đ', 'b']) {
        if at < last_end || !tells(at) {
            continue;
        }
        // "của Luật X đã được sửa đổi theo Luật Y" speaks of the act.
        let before = masked[..at].trim_end();
        if ["đã", "mà"].iter().any(|word| before.ends_with(word)) || inside_act(&masked[..at]) {
            continue;
        }
        // A sentence begins its part, so that its subject is in it.
        let start = masked[..at].rfind([';', '\n']).into_iter().chain(masked[..at].rfind(". "));
        starts.push(start.max().map_or(0, |at| at + 1));
        last_end = at + 1;
    }
    starts.dedup();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([words.len()]).collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    starts.into_iter().zip(ends).filter_map(|(start, end)| words.get(start..end)).collect()
}

/// Whether the verb stands in the name of an act: after "theo quy định tại", with no date between.
fn inside_act(before: &str) -> bool {
    let sentence = before.rfind(['.', ';', '\n']).map_or(before, |at| {
        // A full stop inside a number ends no sentence.
        if before[at..].starts_with(". ") || !before[at..].starts_with('.') {
            &before[at..]
        } else {
            before
        }
    });
    sentence.rfind("theo ").is_some_and(|at| !sentence[at..].contains("có hiệu lực"))
}

fn subject(part: &str) -> Option<Subject> {
    let masked = mask(part).to_lowercase();
    let words = masked.trim_start_matches(|c: char| !c.is_alphabetic());
    let of_words = [
        "cụm từ",
        "từ ",
        "cụm ",
        "số ",
        "dấu ",
        "các từ",
        "các cụm từ",
        "chữ ",
        "đoạn “",
        "dòng “",
    ];
    if of_words.iter().any(|word| words.starts_with(word)) {
        return match quotes(part).into_iter().next() {
            Some(quote) => Some(Subject::Words(quote.to_owned())),
            // "Cụm từ này được bổ sung": which one, the mark alone would tell.
            None => Some(Subject::Unit(Level::Innermost, Spot::Paragraph)),
        };
    }
    let units = [
        ("tên điều này", Level::Article, Spot::Heading),
        ("tên điều", Level::Article, Spot::Heading),
        ("tiêu đề điều này", Level::Article, Spot::Heading),
        ("điều này", Level::Article, Spot::Whole),
        ("khoản này", Level::Clause, Spot::Whole),
        ("tên khoản này", Level::Clause, Spot::Lead),
        ("điểm này", Level::Point, Spot::Whole),
        ("tên điểm này", Level::Point, Spot::Lead),
        ("tên chương", Level::Above, Spot::Heading),
        ("tên mục", Level::Above, Spot::Heading),
        ("tên phần", Level::Above, Spot::Heading),
        ("chương này", Level::Above, Spot::Whole),
        ("mục này", Level::Above, Spot::Whole),
        ("phần này", Level::Above, Spot::Whole),
        ("tiểu mục này", Level::Above, Spot::Whole),
    ];
    if let Some((_, level, spot)) = units.into_iter().find(|(word, ..)| words.starts_with(word)) {
        return Some(Subject::Unit(level, spot));
    }
    let leads =
        ["đoạn mở đầu", "đoạn đầu", "khổ đầu", "đoạn dẫn", "câu dẫn", "lời dẫn", "phần mở đầu"];
    if leads.iter().any(|word| words.starts_with(word)) {
        return Some(Subject::Unit(Level::Innermost, Spot::Lead));
    }
    let others = [
        "đoạn",
        "nội dung",
        "ngành, nghề",
        "phụ lục",
        "mẫu",
        "biểu mẫu",
        "gạch đầu dòng",
        "khổ",
        "câu",
        "dòng này",
        "tiết",
        "bảng",
        "số thứ tự",
        "tên phụ lục",
        "tên mẫu",
        "tiêu đề",
        "hàng",
        "cột",
        "tiểu tiết",
        "chú thích",
        "ghi chú",
        "ý này",
        "quy định về",
        "căn cứ này",
        "tên văn bản",
        "điều",
        "khoản",
        "điểm",
    ];
    let this = words
        .split(" được ")
        .next()
        .and_then(|this| this.split(" hết hiệu lực").next())
        .unwrap_or_default();
    others
        .iter()
        .any(|word| words.starts_with(word))
        .then(|| this.trim_end().ends_with("này") || this.chars().count() < 120)?
        .then_some(Subject::Unit(Level::Innermost, Spot::Paragraph))
}

/// The place that a note at this mark speaks of.
pub(super) fn place(
    base: &str,
    marked: &Marked<'_>,
    mark: Mark,
    subject: &Subject,
) -> Result<(Citation, Spot), &'static str> {
    let article = marked.article;
    let cite = |place: Place| Citation { document: base.to_owned(), place };
    let whole = article.place.to_article();
    let (clause, point) = match mark {
        Mark::Text(at) => unit_at(article, at),
        Mark::Heading | Mark::Above => (None, None),
    };
    let inner = Place { clause: clause.clone(), point: point.clone(), ..whole.clone() };
    let (level, spot) = match subject {
        Subject::Words(_) if mark == Mark::Heading => return Ok((cite(whole), Spot::Heading)),
        Subject::Words(_) if mark == Mark::Above => (Level::Above, Spot::Heading),
        Subject::Words(_) => (Level::Innermost, Spot::Whole),
        Subject::Unit(level, spot) => (*level, *spot),
    };
    match level {
        // A chapter is no place of ours: the change is kept with the document.
        Level::Above => {
            Ok((cite(Place::default()), if spot == Spot::Whole { Spot::Paragraph } else { spot }))
        }
        Level::Article => Ok((cite(whole), spot)),
        Level::Clause if clause.is_some() => Ok((cite(Place { clause, ..whole }), spot)),
        Level::Point if point.is_some() => Ok((cite(inner), spot)),
        // Some texts call a paragraph without a number "khoản", and mark a unit in the heading.
        Level::Clause | Level::Point if mark == Mark::Heading => Ok((cite(whole), Spot::Paragraph)),
        Level::Clause | Level::Point => Ok((cite(inner), Spot::Paragraph)),
        Level::Innermost if mark == Mark::Above => Ok((cite(Place::default()), spot)),
        Level::Innermost => Ok((cite(inner), spot)),
    }
}

/// The clause and point that hold a byte of an article's text.
fn unit_at(article: &Article, at: usize) -> (Option<String>, Option<String>) {
    let clause =
        article.clauses.iter().find(|clause| clause.span.contains(&at) || clause.span.end == at);
    let clause = article.clauses.iter().find(|clause| clause.span.contains(&at)).or(clause);
    let Some(clause) = clause else { return (None, None) };
    let point = clause.points.iter().find(|point| point.span.contains(&at));
    let point = point.or_else(|| clause.points.iter().find(|point| point.span.end == at));
    (Some(clause.number.clone()), point.map(|point| point.letter.clone()))
}

fn deed(subject: &Subject, part: &str) -> Option<Deed> {
    let lower = mask(part).to_lowercase();
    // The verb follows the first "được"; the name of the act behind it holds verbs of its own.
    let verb = ["được ", "bị "]
        .iter()
        .flat_map(|passive| lower.match_indices(passive).map(|(at, word)| at + word.len()))
        .filter_map(|at| {
            Some((at, VERBS.iter().find(|(word, _)| lower[at..].starts_with(word))?.1))
        })
        .min_by_key(|(at, _)| *at)
        .map(|(_, verb)| verb);
    let slips = || {
        let swaps = ["thay thế b", "bằng cụm từ", "bằng từ"];
        match swaps.iter().any(|words| lower.contains(words)) {
            true => Some(Done::Replaced),
            false => lower.contains("hết hiệu lực").then_some(Done::Repealed),
        }
    };
    let verb = verb.or_else(slips)?;
    let Subject::Words(words) = subject else {
        return Some(match verb {
            Done::Replaced => Deed::Replace(None),
            Done::Added => Deed::Insert(None),
            Done::Repealed => Deed::Repeal,
            Done::Suspended => Deed::Suspend,
        });
    };
    let (old, empty) = (words.clone(), String::new);
    match verb {
        Done::Replaced => {
            let quotes = quotes(part);
            let new = quotes.iter().rev().find(|quote| **quote != old)?;
            Some(Deed::Phrase { old, new: (*new).to_owned() })
        }
        Done::Added => Some(Deed::Phrase { old: empty(), new: old }),
        Done::Repealed => Some(Deed::Phrase { old, new: empty() }),
        Done::Suspended => None,
    }
}

/// What a note says was done.
#[derive(Clone, Copy)]
enum Done {
    Replaced,
    Added,
    Repealed,
    Suspended,
}

/// Verbs behind "được", longer ones first.
const VERBS: [(&str, Done); 10] = [
    ("sửa đổi", Done::Replaced),
    ("bổ sung, sửa đổi", Done::Replaced),
    ("bổ sung", Done::Added),
    ("bãi bỏ", Done::Repealed),
    ("hủy bỏ", Done::Repealed),
    ("huỷ bỏ", Done::Repealed),
    ("bỏ", Done::Repealed),
    ("thay", Done::Replaced),
    ("đính chính", Done::Replaced),
    ("ngưng hiệu lực", Done::Suspended),
];

/// The provision of the amending act.
fn act(part: &str, acts: &[Act]) -> Option<Citation> {
    let masked = mask(part);
    let from = ["theo quy định tại", "quy định tại", "theo hướng dẫn tại", "bởi", "theo"]
        .iter()
        .find_map(|words| masked.find(words))
        .unwrap_or(0);
    let found: Vec<_> =
        mentions(&masked).into_iter().filter(|mention| mention.span.start >= from).collect();
    let numbered = |mention: &&crate::Mention| mention.citation.document.contains('/');
    let first = found.iter().find(numbered).or_else(|| found.first());
    let mut by = first.map(|mention| mention.citation.clone()).unwrap_or_default();
    // "khoản 5 Điều 1 của Luật sửa đổi … số 20/2012/QH13": the place stands apart from the number.
    if by.place == Place::default()
        && let Some(place) = found.iter().find(|mention| mention.citation.place.article.is_some())
    {
        by.place = place.citation.place.clone();
    }
    if !by.document.contains('/') {
        // "Luật Phục hồi, phá sản": the head of the text gives its number.
        let name = found.iter().find_map(|mention| mention.name.clone());
        let named = |act: &&Act| name.as_ref().is_some_and(|name| act.line.contains(name.as_str()));
        let words = &masked[from..];
        let spelled = |act: &&Act| {
            act.line.split(" số ").next().is_some_and(|name| name.len() > 8 && words.contains(name))
        };
        by.document = acts.iter().find(spelled).or_else(|| acts.iter().find(named))?.number.clone();
    }
    Some(by)
}

/// The day after "có hiệu lực", else the only date.
fn day(part: &str) -> Option<Date> {
    let masked = mask(part);
    let at = masked.rfind("có hiệu lực").or_else(|| masked.rfind("hiệu lực"))?;
    viet::dates(&masked[at..]).into_iter().map(|(date, _)| date).next()
}
