//! Which documents a library speaks of and does not hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::document::RelationKind;
use crate::library::Library;
use crate::number::{kind_of, numbers};

/// A document that others of the library speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Its number.
    pub document: String,
    /// Its title, if the catalogue has it.
    pub title: String,
    /// Whether the catalogue has its record, but no source its words.
    pub recorded: bool,
    /// How many articles of the library name it.
    pub cited: usize,
    /// Documents that it amends, as far as they are in the library: without it their words in time are
    /// not known.
    pub amends: BTreeSet<String>,
    /// Documents that name it as their basis or amend, replace or repeal it.
    pub by: BTreeSet<String>,
}

/// The missing documents, those first without which others are not known in time, then the most cited.
pub fn gaps(library: &Library) -> Vec<Gap> {
    let mut found: BTreeMap<String, Gap> = BTreeMap::new();
    let held = |number: &str| library.document(number).is_some_and(|it| !it.articles.is_empty());
    let entry = |found: &mut BTreeMap<String, Gap>, number: &str| {
        let gap = found.entry(number.to_owned()).or_default();
        if gap.document.is_empty() {
            gap.document = number.to_owned();
            let known = library.document(number);
            gap.recorded = known.is_some();
            gap.title = known.map(|it| it.title.clone()).unwrap_or_default();
        }
    };
    for document in library.documents().iter().filter(|it| !it.guide) {
        for relation in &document.relations {
            let number = &relation.to.document;
            if number == &document.id || held(number) || number.matches('/').count() < 1 {
                continue;
            }
            entry(&mut found, number);
            let Some(gap) = found.get_mut(number) else { continue };
            match relation.kind {
                RelationKind::AmendedBy
                | RelationKind::ReplacedBy
                | RelationKind::RepealedBy
                | RelationKind::SuspendedBy => {
                    gap.amends.insert(document.id.clone());
                }
                _ => {
                    gap.by.insert(document.id.clone());
                }
            }
        }
        for article in &document.articles {
            let Some(text) = library.text(&document.cite(article)) else { continue };
            let named: BTreeSet<String> =
                numbers(&text).into_iter().map(|(number, _)| number).collect();
            for number in named {
                // Plans and official letters are no law that a library should hold.
                let law = [
                    "Luật",
                    "Pháp lệnh",
                    "Nghị định",
                    "Nghị quyết",
                    "Thông tư",
                    "Thông tư liên tịch",
                    "Quyết định",
                ];
                if number == document.id
                    || held(&number)
                    || number.matches('/').count() != 2
                    || !law.contains(&kind_of(&number))
                {
                    continue;
                }
                entry(&mut found, &number);
                if let Some(gap) = found.get_mut(&number) {
                    gap.cited += 1;
                }
            }
        }
    }
    let mut gaps: Vec<Gap> = found.into_values().collect();
    gaps.sort_by_key(|gap| {
        (std::cmp::Reverse(gap.amends.len()), std::cmp::Reverse(gap.cited + gap.by.len()))
    });
    gaps
}
