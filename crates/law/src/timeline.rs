//! From changes to versions: which words an article had from when.
//!
//! A text is known in one state: as issued, or with amendments worked in. Changes that it already
//! holds are undone going back, those that come later are applied going forward. Where the words of an
//! earlier day are not held by any source, the version says so: they are never guessed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::amend::{Change, Deed, Proof, Spot};
use crate::citation::{Citation, Place};
use crate::document::{Clause, Problem};
use crate::wording::{GAP, REPEALED, Wording, is_repealed};

/// One state of an article, until the next version begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Version {
    /// First day; `None` for the first version of a text whose effect is not known, and for a later
    /// one whose day no source gives.
    pub from: Option<Date>,
    /// A day on which it is known to have held, where the first day is not.
    pub seen: Option<Date>,
    /// A day on which it had not begun yet, where the first day is not known.
    pub not_before: Option<Date>,
    /// Heading without "Điều 5.".
    pub heading: String,
    /// Clauses, as in [`Article`](crate::Article), in this version's text.
    pub clauses: Vec<Clause>,
    /// What these days are.
    pub state: State,
    /// Places whose words on these days no source holds; an empty place is the whole article.
    pub gaps: Vec<Place>,
    /// What opened this version; empty for the words as issued.
    pub acts: Vec<Act>,
}

/// Whether an article holds during a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It holds.
    #[default]
    Holds,
    /// It is repealed (bãi bỏ); the version has no words.
    Gone,
    /// It is suspended (ngưng hiệu lực).
    Suspended,
}

/// A change that opened a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The place it changed: the article, a clause or a point of it.
    pub place: Place,
    /// Which part of that place.
    #[serde(default)]
    pub spot: Spot,
    /// What was done to it: `replaced`, `added`, `repealed`, `phrase`, …
    pub deed: String,
    /// The provision that ordered it.
    pub by: Citation,
    /// How we know.
    pub proof: Proof,
}

/// A version with its words.
pub type Dated = (Version, String);

/// What is known of an article besides its changes.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Its place, without clause and point.
    pub place: &'a Place,
    /// First day of the article as issued.
    pub effective: Option<Date>,
    /// Its words in the state that we have.
    pub words: &'a Wording,
    /// Its words as issued, if another source has them.
    pub issued: Option<&'a Wording>,
    /// A day on which `words` were seen to hold.
    pub seen: Option<Date>,
    /// Its words on a day before some of its changes, if a source has them.
    pub earlier: Option<(Date, &'a Wording)>,
    /// Whether a change is worked into `words`; `None` decides by comparing.
    pub holds: &'a dyn Fn(&Change) -> Option<bool>,
}

/// The versions of an article in order, with problems; one version if nothing changed it.
///
/// Changes of one day are applied in the order given: callers sort by rank and date of the acts
/// (Luật 64/2025/QH15 điều 58). A change without a day cannot be placed and is a problem.
pub fn timeline(known: Known<'_>, changes: &[&Change], problems: &mut Vec<Problem>) -> Vec<Dated> {
    let mut past: Vec<&Change> = Vec::new();
    let mut future: Vec<&Change> = Vec::new();
    let mut undated = false;
    for change in changes {
        if change.from.is_none() {
            undated = true;
            let what = format!("không rõ ngày {} có hiệu lực với {}", change.by, change.at);
            problems.push(Problem { at: change.at.place.to_string(), what });
            continue;
        }
        match (known.holds)(change).unwrap_or_else(|| done(change, known.words)) {
            true => past.push(change),
            false => future.push(change),
        }
    }
    // What was changed before a change that the text holds, it holds as well: older words must not come
    // back over newer ones.
    let mut later: Vec<&Change> = Vec::new();
    future.retain(|change| {
        let overtaken = past
            .iter()
            .any(|past| past.from > change.from && covers(&past.at.place, &change.at.place));
        if overtaken {
            later.push(change);
        }
        !overtaken
    });
    past.extend(later);
    past.sort_by_key(|change| change.from);
    future.sort_by_key(|change| change.from);
    let mut versions = back(known, &past);
    let (mut wording, mut gaps) = versions
        .last()
        .map(|(version, text)| {
            (Wording { heading: version.heading.clone(), text: text.clone() }, version.gaps.clone())
        })
        .unwrap_or_default();
    let mut state = versions.last().map_or(State::Holds, |(version, _)| version.state);
    for group in future.chunk_by(|a, b| a.from == b.from) {
        for change in group {
            if is_whole(change) && matches!(change.deed, Deed::Insert(_) | Deed::Replace(_)) {
                state = State::Holds;
            }
            if change.spot == Spot::Whole && matches!(change.deed, Deed::Replace(Some(_))) {
                gaps.retain(|gap| !covers(&change.at.place, gap));
            }
            match apply(&mut wording, known.place, change) {
                Outcome::Done => {}
                Outcome::Gone => state = State::Gone,
                Outcome::Suspended => state = State::Suspended,
                Outcome::Lost(place) => gaps.push(place),
                Outcome::Failed(why) => {
                    gaps.push(change.at.place.clone());
                    let what = format!("{} không áp dụng được: {why}", change.by);
                    problems.push(Problem { at: change.at.to_string(), what });
                }
            }
        }
        versions.push(version(group, &wording, state, &gaps));
    }
    carry(&mut versions);
    // A change whose day nobody gives may hold on any day: no day is sure.
    if undated {
        let last = versions.last().cloned();
        if let Some((version, text)) = last {
            versions.push((Version { from: None, acts: Vec::new(), ..version }, text));
        }
    }
    versions
}

/// What is repealed stays repealed, whatever wider change follows, until it is put there anew.
fn carry(versions: &mut [Dated]) {
    let mut state = State::Holds;
    for (version, text) in versions {
        let anew = version.acts.iter().any(|act| {
            act.place.clause.is_none()
                && act.spot == Spot::Whole
                && matches!(act.deed.as_str(), "added" | "replaced")
        });
        if version.state == State::Holds && state != State::Holds && !anew {
            version.state = state;
        }
        if version.state == State::Gone {
            text.clear();
        }
        state = version.state;
    }
}

/// Versions up to the known words, undoing what they hold.
fn back(known: Known<'_>, past: &[&Change]) -> Vec<Dated> {
    let mut wording = known.words.clone();
    let mut gaps: Vec<Place> = Vec::new();
    let mut versions: Vec<Dated> = Vec::new();
    // Words of another day that no change of ours explains: they ended on a day that nobody gives.
    let unexplained = known.earlier.filter(|(day, words)| {
        past.iter().all(|change| change.from <= Some(*day)) && !same(&words.text, &wording.text)
    });
    if let Some((_, words)) = unexplained {
        let (heading, clauses) = (wording.heading.clone(), wording.clauses());
        let not_before = known.earlier.map(|(day, _)| day);
        let now = Version { seen: known.seen, not_before, heading, clauses, ..Version::default() };
        versions.push((now, std::mem::replace(&mut wording, words.clone()).text));
    }
    let mut inserted = false;
    let mut rest = past;
    while let Some(last) = rest.last() {
        let start = rest.iter().position(|change| change.from == last.from).unwrap_or(0);
        let (earlier, group) = rest.split_at(start);
        let whole = |change: &&&Change| is_whole(change);
        let gone = group.iter().any(|change| is_whole(change) && change.deed == Deed::Repeal);
        let suspended = group.iter().filter(whole).any(|change| change.deed == Deed::Suspend);
        let state = match (gone, suspended) {
            (true, _) => State::Gone,
            (_, true) => State::Suspended,
            _ => State::Holds,
        };
        versions.push(version(group, &wording, state, &gaps));
        inserted = group.iter().filter(whole).any(|change| matches!(change.deed, Deed::Insert(_)));
        if inserted {
            break;
        }
        // The first change after a day of which the words are held ends just those words.
        let witness = known.earlier.filter(|(day, _)| {
            last.from > Some(*day) && earlier.last().is_none_or(|before| before.from <= Some(*day))
        });
        if let Some((_, words)) = witness {
            wording = words.clone();
            gaps.clear();
        } else {
            for change in group.iter().rev() {
                undo(&mut wording, &mut gaps, known, change, earlier);
            }
        }
        rest = earlier;
    }
    if !inserted {
        let first = Version {
            from: known.effective,
            heading: wording.heading.clone(),
            clauses: wording.clauses(),
            gaps: gaps.clone(),
            ..Version::default()
        };
        versions.push((first, wording.text));
    }
    versions.reverse();
    versions
}

fn version(group: &[&Change], wording: &Wording, state: State, gaps: &[Place]) -> Dated {
    let act = |change: &&Change| Act {
        place: change.at.place.clone(),
        spot: change.spot,
        deed: change.deed.name().to_owned(),
        by: change.by.clone(),
        proof: change.proof.clone(),
    };
    let mut acts: Vec<Act> = Vec::new();
    for act in group.iter().map(act) {
        // A phrase that stands five times in a clause is one change of it.
        let same =
            |there: &Act| there.place == act.place && there.by == act.by && there.deed == act.deed;
        if !acts.iter().any(same) {
            acts.push(act);
        }
    }
    let version = Version {
        from: group.first().and_then(|change| change.from),
        seen: None,
        not_before: None,
        heading: wording.heading.clone(),
        clauses: wording.clauses(),
        state,
        gaps: gaps.to_vec(),
        acts,
    };
    (version, if state == State::Gone { String::new() } else { wording.text.clone() })
}

fn is_whole(change: &Change) -> bool {
    change.at.place.clause.is_none()
        && change.spot == Spot::Whole
        && !matches!(change.deed, Deed::Phrase { .. })
}

/// Whether a text already holds a change.
pub fn done(change: &Change, words: &Wording) -> bool {
    let place = &change.at.place;
    let there = words.at(place);
    match &change.deed {
        Deed::Replace(Some(new)) | Deed::Insert(Some(new)) => match (change.spot, is_whole(change))
        {
            (Spot::Heading, _) => same(&words.heading, new),
            (_, true) => same(&words.text, &article(new).text),
            (Spot::Lead, _) => words.lead(place).is_some_and(|span| same(&words.text[span], new)),
            (Spot::Paragraph, _) => there.is_some_and(|there| fold(there).contains(&fold(new))),
            _ => there.is_some_and(|there| same(there, new)),
        },
        Deed::Replace(None) | Deed::Insert(None) => false,
        // A number that is left out among others is gone; one beyond the last never was there.
        Deed::Repeal => match there {
            Some(words) => words.is_empty() || is_repealed(words),
            None => is_skipped(words, place),
        },
        Deed::Phrase { old, new } => there.is_some_and(|there| {
            // "Trung ương" and "trung ương" are one word to an amending act.
            let (there, old, new) = (there.to_lowercase(), old.to_lowercase(), new.to_lowercase());
            // "A" in "A và B": the old words count where they stand apart from the new ones.
            let left = match !new.is_empty() && new.contains(old.as_str()) {
                true => there.replace(new.as_str(), " "),
                false => there.clone(),
            };
            let gone = old.is_empty() || !left.contains(old.as_str());
            gone && (new.is_empty() || there.contains(new.as_str()))
        }),
        Deed::Suspend | Deed::Renumber(_) => false,
    }
}

/// Whether a clause or point is missing although later ones are there.
fn is_skipped(words: &Wording, place: &Place) -> bool {
    let clauses = words.clauses();
    let Some(number) = &place.clause else { return false };
    let order = crate::wording::number_order;
    let Some(letter) = &place.point else {
        return clauses.iter().any(|clause| order(&clause.number) > order(number));
    };
    let order = crate::wording::letter_order;
    let clause = clauses.iter().find(|clause| clause.number == *number);
    clause.is_some_and(|clause| {
        clause.points.iter().any(|point| order(&point.letter) > order(letter))
    })
}

enum Outcome {
    Done,
    Gone,
    Suspended,
    /// The change is known, its words are not.
    Lost(Place),
    Failed(&'static str),
}

/// Applies a change to the words of its article.
fn apply(wording: &mut Wording, article_place: &Place, change: &Change) -> Outcome {
    let place = &change.at.place;
    if place.article.is_some() && place.to_article() != *article_place {
        return Outcome::Failed("không phải điều này");
    }
    match &change.deed {
        Deed::Suspend if is_whole(change) => Outcome::Suspended,
        // A clause that is suspended keeps its words; its standing says what it is.
        Deed::Suspend => Outcome::Done,
        Deed::Renumber(_) => Outcome::Lost(place.clone()),
        Deed::Repeal if is_whole(change) => Outcome::Gone,
        Deed::Repeal => match (change.spot, wording.span(place)) {
            (Spot::Whole, Some(span)) => {
                let label = label(place);
                wording.put(span, &format!("{label} {REPEALED}"));
                Outcome::Done
            }
            (Spot::Whole, None) => Outcome::Failed("không thấy chỗ bị bãi bỏ"),
            _ => Outcome::Lost(place.clone()),
        },
        Deed::Phrase { old, new } => {
            let heading = change.spot == Spot::Heading;
            if heading && wording.heading.contains(old.as_str()) {
                wording.heading = wording.heading.replace(old.as_str(), new);
                return Outcome::Done;
            }
            let count = wording.swap(place, old, new);
            // "Trong toàn bộ Luật này": articles without the words are not touched.
            match count {
                0 if place.article.is_none() => Outcome::Done,
                0 if old.is_empty() => Outcome::Lost(place.clone()),
                0 if wording.span(place).is_none() => Outcome::Failed("không thấy chỗ được sửa"),
                0 => Outcome::Failed("không thấy cụm từ được thay"),
                _ => Outcome::Done,
            }
        }
        Deed::Replace(None) | Deed::Insert(None) => Outcome::Lost(place.clone()),
        Deed::Replace(Some(new)) | Deed::Insert(Some(new)) => match change.spot {
            Spot::Heading => {
                wording.heading = heading(new);
                Outcome::Done
            }
            Spot::Lead => match wording.lead(place) {
                Some(span) => {
                    let label = label(place);
                    let words = if new.starts_with(&label) || label.is_empty() {
                        new.clone()
                    } else {
                        format!("{label} {new}")
                    };
                    wording.put(span, &words);
                    Outcome::Done
                }
                None => Outcome::Failed("không thấy đoạn mở đầu"),
            },
            Spot::Paragraph => Outcome::Lost(place.clone()),
            Spot::Whole if place.clause.is_none() => {
                *wording = article(new);
                Outcome::Done
            }
            Spot::Whole => match (wording.span(place), &change.deed) {
                (Some(span), _) => {
                    wording.put(span, new);
                    Outcome::Done
                }
                // "Sửa đổi, bổ sung các khoản 1, 2 và 3": a number that comes next is a new one.
                (None, Deed::Replace(_)) if !comes_next(wording, place) => {
                    Outcome::Failed("không thấy chỗ được sửa")
                }
                (None, _) => match wording.insert(place, new) {
                    true => Outcome::Done,
                    false => Outcome::Failed("không thấy khoản để bổ sung điểm"),
                },
            },
        },
    }
}

/// Whether a clause or point would be the next one after the last that is there.
fn comes_next(wording: &Wording, place: &Place) -> bool {
    let clauses = wording.clauses();
    let number = |number: &String| number.parse::<u32>().ok();
    match (&place.clause, &place.point) {
        (Some(clause), None) => {
            let last = clauses.last().and_then(|last| number(&last.number));
            last.zip(number(clause)).is_some_and(|(last, this)| this == last + 1)
        }
        (Some(clause), Some(letter)) => {
            let last = clauses.iter().find(|there| there.number == *clause);
            let last = last.and_then(|clause| clause.points.last());
            let order = |letter: &str| crate::wording::letter_order(letter).0;
            last.is_some_and(|last| order(letter) == order(&last.letter) + 1)
        }
        _ => false,
    }
}

/// Takes a change back. The words before it are those that an earlier change gave the same place, or
/// those of the text as issued if no earlier change touched it; else a gap.
fn undo(
    wording: &mut Wording,
    gaps: &mut Vec<Place>,
    known: Known<'_>,
    change: &Change,
    earlier: &[&Change],
) {
    let place = &change.at.place;
    let before = words_before(known, change, earlier, wording);
    match &change.deed {
        Deed::Suspend => {}
        Deed::Phrase { old, new } => undo_words(wording, gaps, known, change, old, new),
        Deed::Insert(_) if change.spot == Spot::Whole => match wording.span(place) {
            Some(span) if place.clause.is_some() => wording.put(span, ""),
            _ => gaps.push(place.clone()),
        },
        _ if change.spot == Spot::Heading => {
            if let Some(issued) = known.issued.filter(|_| !touched(earlier, place)) {
                wording.heading.clone_from(&issued.heading);
            }
        }
        _ if change.spot != Spot::Whole => match (before, wording.span(place)) {
            (Some(old), Some(span)) => wording.put(span, &old.text),
            _ => gaps.push(place.clone()),
        },
        _ if place.clause.is_none() => match before {
            Some(old) => {
                let heading =
                    if old.heading.is_empty() { wording.heading.clone() } else { old.heading };
                *wording = Wording { heading, text: old.text };
            }
            None => {
                // A remark of the codification does not say which clause: nothing is known of before.
                wording.text = String::new();
                gaps.retain(|gap| gap.clause.is_none());
                gaps.push(place.clone());
            }
        },
        _ => {
            let lost = before.is_none();
            let words = before.map_or_else(|| format!("{} {GAP}", label(place)), |old| old.text);
            let put = match wording.span(place) {
                Some(span) => {
                    wording.put(span, &words);
                    true
                }
                None => wording.insert(place, &words),
            };
            if lost || !put {
                gaps.push(place.clone());
            }
        }
    }
}

/// Puts the old words back where the note's mark stood, else wherever the new ones stand.
fn undo_words(
    wording: &mut Wording,
    gaps: &mut Vec<Place>,
    known: Known<'_>,
    change: &Change,
    old: &str,
    new: &str,
) {
    let place = &change.at.place;
    if change.spot == Spot::Heading {
        if !new.is_empty() {
            wording.heading = wording.heading.replacen(new, old, 1);
        }
        return;
    }
    let Some(span) = wording.span(place) else {
        gaps.push(place.clone());
        return;
    };
    let words = wording.text[span.clone()].to_owned();
    let before = match &change.proof {
        Proof::Note { before, .. } => before.as_str(),
        _ => "",
    };
    let at = words.find(before).filter(|_| !before.is_empty()).map(|at| at..at + before.len());
    let changed = match at {
        Some(at) if new.is_empty() => {
            let blank = if old.starts_with([',', ';', ' ']) || words[..at.end].ends_with(' ') {
                ""
            } else {
                " "
            };
            Some(format!("{}{blank}{old}{}", &words[..at.end], &words[at.end..]))
        }
        // The mark stands behind the new words, or behind the sign after them.
        Some(at) => words[..at.end].rfind(new).filter(|i| at.end - i <= new.len() + 4).map(|i| {
            let rest = &words[i + new.len()..];
            format!("{}{old}{rest}", &words[..i])
        }),
        None => None,
    };
    let changed = changed.or_else(|| {
        // Which of several was the one, nobody can tell.
        let once = words.matches(new).count() == 1;
        (!new.is_empty() && once).then(|| words.replacen(new, old, 1))
    });
    match changed {
        Some(changed) => wording.text.replace_range(span, &changed),
        None => {
            let issued = known.issued.and_then(|issued| issued.at(place));
            match issued {
                Some(issued) => wording.text.replace_range(span, issued),
                None => gaps.push(place.clone()),
            }
        }
    }
}

/// The words of a place before a change: what an earlier change gave it, else the text as issued.
fn words_before(
    known: Known<'_>,
    change: &Change,
    earlier: &[&Change],
    now: &Wording,
) -> Option<Wording> {
    let place = &change.at.place;
    let Some(last) = earlier.iter().rev().find(|change| overlaps(&change.at.place, place)) else {
        let issued = known.issued?;
        let words = Wording { heading: issued.heading.clone(), text: issued.at(place)?.to_owned() };
        // A text "as issued" that already holds the change is no witness of what was before.
        return (!same(&words.text, now.at(place).unwrap_or_default())).then_some(words);
    };
    match &last.deed {
        Deed::Replace(Some(words)) | Deed::Insert(Some(words)) if last.spot == Spot::Whole => {
            if last.at.place == *place && place.clause.is_some() {
                return Some(Wording { heading: String::new(), text: words.clone() });
            }
            let given = article(words);
            let covers = last.at.place.clause.is_none();
            let text = covers.then(|| given.at(place).map(str::to_owned)).flatten()?;
            Some(Wording { heading: given.heading, text })
        }
        _ => None,
    }
}

fn touched(changes: &[&Change], place: &Place) -> bool {
    changes.iter().any(|change| overlaps(&change.at.place, place))
}

/// Whether one place holds the other.
pub(crate) fn overlaps(a: &Place, b: &Place) -> bool {
    let meets = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    a.article == b.article
        && a.part == b.part
        && meets(&a.clause, &b.clause)
        && meets(&a.point, &b.point)
}

/// Whether the first place is the second or holds it.
fn covers(a: &Place, b: &Place) -> bool {
    overlaps(a, b)
        && (a.clause.is_none() || a.clause == b.clause)
        && (a.point.is_none() || a.point == b.point)
}

/// `2.`, `a)`; nothing for an article.
fn label(place: &Place) -> String {
    match (&place.point, &place.clause) {
        (Some(letter), _) => format!("{letter})"),
        (None, Some(number)) => format!("{number}."),
        (None, None) => String::new(),
    }
}

/// "Điều 12a. Tên điều" and what stands below it.
pub(crate) fn article(words: &str) -> Wording {
    let (first, rest) = words.split_once('\n').unwrap_or((words, ""));
    match crate::parse::opens(first) {
        Some(crate::parse::Opens::Article { rest: title, .. }) => {
            // "Điều 8. Chính phủ quy định chi tiết Luật này." is a sentence, not a heading.
            if rest.is_empty() {
                Wording { heading: String::new(), text: title.to_owned() }
            } else {
                Wording { heading: title.trim().to_owned(), text: rest.trim().to_owned() }
            }
        }
        _ => Wording { heading: String::new(), text: words.to_owned() },
    }
}

/// A new heading, without "Điều 5.".
fn heading(words: &str) -> String {
    match crate::parse::opens(words) {
        Some(crate::parse::Opens::Article { rest, .. }) => rest.trim().to_owned(),
        _ => words.trim().to_owned(),
    }
}

/// Letters and digits only, in one spelling.
pub(crate) fn fold(text: &str) -> String {
    viet::normalize(text).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether two texts are the same but for blanks, signs, case and the place of tone marks.
pub fn same(a: &str, b: &str) -> bool {
    fold(a) == fold(b)
}
