//! A consolidated text as a witness: do the amendments, applied by us to the base text, give the words
//! that it prints?

use std::collections::{BTreeMap, BTreeSet};

use crate::amend::{Change, Deed, Spot};
use crate::citation::{Citation, Place};
use crate::revise::Worded;
use crate::timeline::{Known, State, overlaps, same, timeline};
use crate::wording::{Wording, is_repealed};

/// A provision that was amended, in our words and in those of the consolidated text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The provision: the widest place that one act changed.
    pub at: Citation,
    /// The provisions that ordered the changes.
    pub by: Vec<Citation>,
    /// Ours; `None` where it is repealed or not there.
    pub ours: Option<String>,
    /// Theirs.
    pub theirs: Option<String>,
    /// Whether they are the same, but for blanks, signs, case and the place of tone marks.
    pub equal: bool,
    /// What went wrong while applying.
    pub why: Vec<String>,
}

/// Applies `orders` to the base text and compares every provision that they touch with the consolidated
/// text. Provisions that the consolidated text says were changed by acts that are not among `orders`
/// cannot be compared and are left out.
pub fn compare(base: &Worded, consolidated: &Worded, orders: &[Change]) -> Vec<Compared> {
    let notes = &consolidated.0.changes;
    let acts: BTreeSet<&str> = notes.iter().map(|note| note.by.document.as_str()).collect();
    let mut by_article: BTreeMap<Place, Vec<&Change>> = BTreeMap::new();
    for order in orders.iter().filter(|order| acts.contains(order.by.document.as_str())) {
        if order.at.place.article.is_some() {
            by_article.entry(order.at.place.to_article()).or_default().push(order);
        }
    }
    let mut compared = Vec::new();
    for (place, mut own) in by_article {
        own.sort_by_key(|change| change.from);
        let known: BTreeSet<&str> = own.iter().map(|change| change.by.document.as_str()).collect();
        let other = |at: &Place| {
            notes.iter().any(|note| {
                overlaps(&note.at.place, at) && !known.contains(note.by.document.as_str())
            })
        };
        let theirs = words(consolidated, &place);
        let from = words(base, &place).or_else(|| {
            own.iter().find_map(|change| match &change.deed {
                Deed::Insert(Some(words)) if change.at.place == place => {
                    Some(crate::timeline::article(words))
                }
                _ => None,
            })
        });
        let Some(from) = from else { continue };
        let mut problems = Vec::new();
        let holds = |change: &Change| match &change.deed {
            Deed::Insert(Some(_)) if change.at.place == place && change.spot == Spot::Whole => {
                Some(true)
            }
            _ => None,
        };
        let it = Known {
            place: &place,
            effective: None,
            words: &from,
            issued: None,
            seen: None,
            earlier: None,
            holds: &holds,
        };
        let dated = timeline(it, &own, &mut problems);
        let last = dated.last();
        let gone = last.is_some_and(|(version, _)| version.state == State::Gone);
        let ours = last.map(|(version, text)| Wording {
            heading: version.heading.clone(),
            text: text.clone(),
        });
        for at in widest(&own) {
            if other(&at) {
                continue;
            }
            let by = own
                .iter()
                .filter(|change| overlaps(&change.at.place, &at))
                .map(|change| change.by.clone())
                .collect();
            let read = |wording: &Option<Wording>| {
                let words = wording.as_ref()?.at(&at)?;
                (!words.is_empty() && !is_repealed(words)).then(|| words.to_owned())
            };
            let (ours, theirs) = (if gone { None } else { read(&ours) }, read(&theirs));
            let equal = match (&ours, &theirs) {
                (Some(ours), Some(theirs)) => same(ours, theirs),
                (None, None) => true,
                _ => false,
            };
            let why = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.at, problem.what))
                .collect();
            let at = Citation { document: base.0.id.clone(), place: at };
            compared.push(Compared { at, by, ours, theirs, equal, why });
        }
    }
    compared
}

/// The changed places of one article, each inside no other.
fn widest(changes: &[&Change]) -> Vec<Place> {
    let mut places: Vec<Place> = changes.iter().map(|change| change.at.place.clone()).collect();
    places.sort();
    places.dedup();
    let all = places.clone();
    places.retain(|place| {
        !all.iter()
            .any(|outer| outer != place && overlaps(outer, place) && depth(outer) < depth(place))
    });
    places
}

fn depth(place: &Place) -> usize {
    usize::from(place.clause.is_some()) + usize::from(place.point.is_some())
}

fn words((document, texts): &Worded, place: &Place) -> Option<Wording> {
    let i = document.articles.iter().position(|article| article.place == *place)?;
    Some(Wording { heading: document.articles[i].heading.clone(), text: texts[i].clone() })
}
