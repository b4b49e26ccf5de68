//! What a library knows of documents beyond their own entries, gathered once: who amended whom, and which
//! documents others speak of.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use law::{Citation, Library, RelationKind};

/// One act that amended a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amender {
    /// The provision, or the whole act where no source says which.
    pub by: Citation,
    /// First day.
    pub from: Option<Date>,
}

/// Gathered from the whole library; some tenths of a second for seven thousand documents.
#[derive(Clone, Debug, Default)]
pub struct Known {
    amenders: HashMap<String, BTreeMap<String, Amender>>,
    spoken_of: HashSet<String>,
    /// Documents that others end as a whole.
    ended: HashMap<String, Amender>,
}

impl Known {
    /// Walks through a library.
    pub fn of(library: &Library) -> Known {
        let mut known = Known::default();
        for document in library.documents() {
            let add = |known: &mut Known, of: &str, by: Citation, from: Option<Date>| {
                let act = by.document.clone();
                let slot = known.amenders.entry(of.to_owned()).or_default();
                let narrower = slot.get(&act).is_none_or(|there| {
                    there.by.place.article.is_none() && by.place.article.is_some()
                });
                if narrower {
                    slot.insert(act, Amender { by, from });
                }
            };
            for relation in &document.relations {
                known.spoken_of.insert(relation.to.document.clone());
                match relation.kind {
                    RelationKind::AmendedBy => {
                        add(&mut known, &document.id, relation.to.clone(), relation.from);
                    }
                    RelationKind::Replaces | RelationKind::Repeals
                        if relation.to.place == law::Place::default() =>
                    {
                        let from = relation.from.or(document.effective);
                        let by = Citation::whole(&document.id);
                        let of = relation.to.document.clone();
                        known.ended.entry(of).or_insert(Amender { by, from });
                    }
                    RelationKind::Amends => {
                        let from = relation.from.or(document.effective);
                        add(&mut known, &relation.to.document, Citation::whole(&document.id), from);
                    }
                    _ => {}
                }
            }
            for version in document.articles.iter().flat_map(|article| &article.versions) {
                for act in &version.acts {
                    add(&mut known, &document.id, act.by.clone(), version.from.or(version.seen));
                }
            }
        }
        known
    }

    /// Acts that amended a document and were in force by a day, oldest first.
    pub fn amenders(&self, library: &Library, number: &str, by: Date) -> Vec<Amender> {
        let Some(acts) = self.amenders.get(number) else { return Vec::new() };
        let day = |act: &Amender| {
            act.from.or_else(|| library.document(&act.by.document).and_then(|it| it.effective))
        };
        let mut acts: Vec<&Amender> = acts
            .values()
            .filter(|act| act.by.document != number && day(act).is_some_and(|day| day <= by))
            .collect();
        acts.sort_by_key(|act| (day(act), act.by.document.clone()));
        acts.into_iter().cloned().collect()
    }

    /// What ended a document as a whole by a day, by the words of another.
    pub fn ended(&self, number: &str, by: Date) -> Option<&Amender> {
        self.ended.get(number).filter(|act| act.from.is_some_and(|from| from <= by))
    }

    /// Whether a document of the library speaks of this number.
    pub fn speaks_of(&self, number: &str) -> bool {
        self.spoken_of.contains(number)
    }
}
