//! Which state of an article, and of a place in it, a day falls in.

use std::ops::Range;

use jiff::civil::Date;
use serde::Serialize;

use crate::amend::Spot;
use crate::citation::{Citation, Place};
use crate::document::{Article, Clause, Document, RelationKind};
use crate::revise::start;
use crate::status::{Standing, Status};
use crate::timeline::{Act, State, Version, overlaps};

/// A stretch of time during which an article's words do not change, for indexing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Which of [`Article::versions`] has the words; `None` for the article's own.
    pub version: Option<usize>,
    /// First day; `None` if not known.
    pub from: Option<Date>,
    /// First day on which it no longer holds.
    pub to: Option<Date>,
}

/// One interval of a place, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// First day, if known.
    pub from: Option<Date>,
    /// First day on which it no longer holds, if it ends.
    pub to: Option<Date>,
    /// What the place is during these days.
    pub status: Status,
    /// What opened it; `None` for the words as issued.
    pub opened: Option<Act>,
    /// The words; `None` where no source holds them, and where the place is repealed.
    pub text: Option<String>,
}

impl Article {
    /// The version that a day falls in and whether that is sure; `None` before the first.
    pub(crate) fn version_on(&self, on: Date) -> Option<(usize, bool)> {
        let begins = |version: &Version| version.from.or(version.seen);
        let i = self
            .versions
            .iter()
            .rposition(|version| begins(version).is_none_or(|day| day <= on))?;
        // The next may have begun already, on a day that no source gives.
        let sure = self
            .versions
            .get(i + 1)
            .is_none_or(|next| next.from.is_some() || next.not_before.is_some_and(|day| on <= day));
        Some((i, sure))
    }

    /// Index of the version whose words are the article's own.
    pub fn own_version(&self) -> usize {
        self.versions.iter().rposition(|version| version.state != State::Gone).unwrap_or(0)
    }

    /// Heading and clauses of a version.
    pub fn layout(&self, version: Option<usize>) -> (&str, &[Clause]) {
        match version.and_then(|i| self.versions.get(i)) {
            Some(version) => (&version.heading, &version.clauses),
            None => (&self.heading, &self.clauses),
        }
    }
}

impl Document {
    /// When which words of an article hold, within the document's own days. Days of which no source has
    /// the words go with the words that come next: they are found, and their standing says what is
    /// missing.
    pub fn periods(&self, article: &Article) -> Vec<Period> {
        let first = start(&self.starts, &article.place).or(self.effective);
        let mut periods: Vec<Period> = Vec::new();
        let own = article.own_version();
        let mut waiting: Option<Option<Date>> = None;
        for (i, version) in article.versions.iter().enumerate() {
            let from = if i == 0 { version.from.or(first) } else { version.from.or(version.seen) };
            let next = article.versions.get(i + 1);
            let to = next.and_then(|next| next.from.or(next.seen));
            if version.state != State::Holds {
                continue;
            }
            if version.gaps.iter().any(|gap| gap.clause.is_none()) && i < own {
                waiting.get_or_insert(from);
                continue;
            }
            let from = waiting.take().unwrap_or(from);
            let version = (i != own).then_some(i);
            periods.push(Period { version, from, to });
        }
        if article.versions.is_empty() {
            periods.push(Period { version: None, from: first, to: None });
        }
        for period in &mut periods {
            period.to = match (period.to, self.ended) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        periods
            .retain(|period| period.to.is_none_or(|to| period.from.is_none_or(|from| from < to)));
        periods
    }

    /// Where a place of the document stands on a day.
    pub fn standing(&self, place: &Place, on: Date) -> Standing {
        let whole = Standing::of(self, on);
        if whole.status.holds() && self.doubted.is_some_and(|day| day <= on) {
            return Standing { status: Status::Unknown, ..whole };
        }
        if *place == Place::default() {
            return self.partly(whole, on);
        }
        let from = start(&self.starts, place).or(self.effective);
        let base = Standing { from, ..whole };
        if base.status == Status::Ended || base.status == Status::Suspended {
            return base;
        }
        let Some(article) = self.article(place).filter(|article| !article.versions.is_empty())
        else {
            return self.untold(base, from, on);
        };
        let Some((i, sure)) = article.version_on(on) else {
            let first = article.versions.first();
            let from = first.and_then(|version| version.from).or(from);
            let opened = first.and_then(|version| version.acts.first().cloned());
            return Standing { status: Status::NotYet, from, opened, ..base };
        };
        let touch = |version: &Version| touching(&version.acts, place).cloned();
        let touches = |version: &Version| touch(version).is_some() || version.state != State::Holds;
        let opening = (0..=i).rev().find(|&i| touches(&article.versions[i]));
        let closing = (i + 1..article.versions.len()).find(|&i| touches(&article.versions[i]));
        let opened = opening.and_then(|i| touch(&article.versions[i]));
        let closed = closing.and_then(|i| touch(&article.versions[i]));
        // What a later act adds is not there yet.
        if let (Some(i), Some(act)) = (closing, &closed)
            && act.deed == "added"
            && place.clause.is_some()
            && holds(&act.place, place)
            && sure
        {
            let from = article.versions[i].from;
            return Standing {
                status: Status::NotYet,
                from,
                to: None,
                opened: closed.clone(),
                closed: None,
                ..base
            };
        }
        let from = match opening {
            Some(i) if i > 0 || !article.versions[i].acts.is_empty() => article.versions[i].from,
            // A clause may begin later than its article.
            _ => article.versions[0].from.max(from),
        };
        let to = closing.and_then(|i| article.versions[i].from);
        let to = match (to, self.ended) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let version = &article.versions[i];
        let gap = version.gaps.iter().any(|gap| overlaps(gap, place));
        let by = opened.as_ref().map(|act| act.by.clone());
        let repealed = repealed(&article.versions[..=i], place);
        let suspended =
            opened.as_ref().is_some_and(|act| act.deed == "suspended" && holds(&act.place, place));
        // A wider change that followed is not what ended it.
        let (opened, by) = match &repealed {
            Some((_, act)) => (Some((*act).clone()), Some(act.by.clone())),
            None => (opened, by),
        };
        let (status, to) = match version.state {
            _ if !sure => (Status::Unknown, None),
            State::Gone if version.acts.is_empty() => (Status::Unknown, None),
            State::Gone => (Status::Ended, repealed.map_or(version.from, |(day, _)| day)),
            State::Suspended => (Status::Suspended, to),
            State::Holds if repealed.is_some() => {
                (Status::Ended, repealed.and_then(|(day, _)| day))
            }
            State::Holds if suspended => (Status::Suspended, to),
            // When the document itself began is not known.
            State::Holds if from.is_none() => (Status::Unknown, to),
            State::Holds if from.is_some_and(|from| on < from) => (Status::NotYet, to),
            // The place holds, but in words that we do not have.
            State::Holds if gap => (Status::Unknown, to),
            State::Holds => match &opened {
                Some(act) if act.deed != "added" => (Status::Amended, to),
                _ => (Status::InForce, to),
            },
        };
        Standing { status, from, to, by, opened, closed, gap }
    }

    /// The standing of a place that no change of ours touches.
    fn untold(&self, base: Standing, from: Option<Date>, on: Date) -> Standing {
        if self.is_lost(on) {
            return Standing { status: Status::Unknown, ..base };
        }
        let status = match from {
            None => Status::Unknown,
            Some(from) if on < from => Status::NotYet,
            // An act amended the document in places that we do not know: this may be one of them.
            Some(_) => {
                let by = self.amended_by(on).find(|act| self.untraced.contains(act)).cloned();
                let status = if by.is_some() { Status::Amended } else { Status::InForce };
                return Standing { status, by, ..base };
            }
        };
        Standing { status, by: None, ..base }
    }

    /// Whether the codification may have dropped it by a day, and no end that we know explains that.
    fn is_lost(&self, on: Date) -> bool {
        self.ended.is_none() && self.dropped.is_some_and(|gone| gone.after < on)
    }

    /// Acts that had amended the document by a day.
    pub(crate) fn amended_by(&self, on: Date) -> impl Iterator<Item = &Citation> {
        self.relations
            .iter()
            .filter(move |relation| {
                relation.kind == RelationKind::AmendedBy
                    && relation.from.is_none_or(|from| from <= on)
            })
            .map(|relation| &relation.to)
    }

    /// The whole of a document of which some articles no longer hold is in force in part.
    fn partly(&self, whole: Standing, on: Date) -> Standing {
        let gone = |article: &Article| {
            article.version_on(on).is_some_and(|(i, sure)| {
                sure && article.versions[i].state == State::Gone
                    && !article.versions[i].acts.is_empty()
            })
        };
        if self.is_lost(on) && whole.status.holds() {
            return Standing { status: Status::Unknown, ..whole };
        }
        if whole.status.holds() && self.articles.iter().any(gone) {
            return Standing { status: Status::Partly, ..whole };
        }
        whole
    }
}

/// The act of one day that says most of a place: one that repeals it, else the one closest to it.
fn touching<'a>(acts: &'a [Act], place: &Place) -> Option<&'a Act> {
    let near = |act: &&Act| overlaps(&act.place, place);
    let repeals =
        |act: &&Act| act.deed == "repealed" && act.spot == Spot::Whole && holds(&act.place, place);
    let depth =
        |place: &Place| usize::from(place.clause.is_some()) + usize::from(place.point.is_some());
    let distance = |act: &&Act| depth(&act.place).abs_diff(depth(place));
    acts.iter().filter(near).find(repeals).or_else(|| acts.iter().filter(near).min_by_key(distance))
}

/// The day and act that repealed a place, unless it was put there anew.
fn repealed<'a>(versions: &'a [Version], place: &Place) -> Option<(Option<Date>, &'a Act)> {
    let mut found = None;
    for version in versions {
        for act in
            version.acts.iter().filter(|act| act.spot == Spot::Whole && holds(&act.place, place))
        {
            match act.deed.as_str() {
                "repealed" => found = Some((version.from, act)),
                "added" | "replaced" => found = None,
                _ => {}
            }
        }
    }
    found
}

/// Whether the first place is the second or holds it.
fn holds(a: &Place, b: &Place) -> bool {
    overlaps(a, b)
        && (a.clause.is_none() || a.clause == b.clause)
        && (a.point.is_none() || a.point == b.point)
}

/// The bytes of a place in a version's text.
pub(crate) fn span_in(clauses: &[Clause], place: &Place, length: usize) -> Option<Range<usize>> {
    let Some(number) = &place.clause else { return Some(0..length) };
    let clause = clauses.iter().find(|clause| clause.number == *number)?;
    match &place.point {
        None => Some(clause.span.clone()),
        Some(letter) => clause
            .points
            .iter()
            .find(|point| point.letter == *letter)
            .map(|point| point.span.clone()),
    }
}
