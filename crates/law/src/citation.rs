//! The one identity everywhere: a document number and a place in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A place in the law: `60/2014/QH13 điều 15 khoản 1 điểm a`, or a procedure's code.
///
/// [`Display`](fmt::Display) and [`FromStr`] are inverse; serde uses the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Citation {
    /// The canonical number (see [`crate::canonical`]), with the issuer in brackets where two
    /// issuers share it: `33/2021/QĐ-UBND [Hà Nội]`; a procedure's code; or `tep:<hash>`.
    pub document: String,
    /// Where in the document; empty means the whole.
    pub place: Place,
}

/// A place inside one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// An attached regulation or annex, which numbers its articles anew.
    pub part: Option<Part>,
    /// Article (điều): `15`, `12a`; `0` is what stands before the first article.
    pub article: Option<String>,
    /// Clause (khoản): `1`, `3a`.
    pub clause: Option<String>,
    /// Point (điểm): `a`, `đ`, `a1`.
    pub point: Option<String>,
}

/// A part of a document with its own numbering.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The n-th regulation issued with the document ("ban hành kèm theo"), from 1.
    Attached(u16),
    /// An annex (phụ lục) by its own label, lower case: `i`, `01`.
    Annex(String),
}

/// What is wrong with a text that should be a citation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a citation: {why}; write it like \"60/2014/QH13 điều 15 khoản 1\"")]
pub struct BadCitation {
    /// The text as given.
    pub text: String,
    /// What could not be read.
    pub why: &'static str,
}

impl Citation {
    /// The whole document.
    pub fn whole(document: impl Into<String>) -> Citation {
        Citation { document: document.into(), place: Place::default() }
    }

    /// An article of the main text.
    pub fn article(document: impl Into<String>, article: impl Into<String>) -> Citation {
        let place = Place { article: Some(article.into()), ..Place::default() };
        Citation { document: document.into(), place }
    }

    /// The same citation without clause and point: what is shown to people as one text.
    pub fn to_article(&self) -> Citation {
        Citation { document: self.document.clone(), place: self.place.to_article() }
    }

    /// Whether this names a procedure by its national code, like `1.001193`.
    pub fn is_procedure(&self) -> bool {
        let code = self.document.as_bytes();
        code.len() == 8
            && code[1] == b'.'
            && code.iter().enumerate().all(|(i, c)| i == 1 || c.is_ascii_digit())
    }
}

impl Place {
    /// The place without clause and point.
    pub fn to_article(&self) -> Place {
        Place { clause: None, point: None, ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        match &self.part {
            Some(Part::Attached(n)) => words.push(format!("kèm theo {n}")),
            Some(Part::Annex(label)) => words.push(format!("phụ lục {label}")),
            None => {}
        }
        match self.article.as_deref() {
            Some("0") => words.push("mở đầu".into()),
            Some(article) => words.push(format!("điều {article}")),
            None => {}
        }
        words.extend(self.clause.iter().map(|clause| format!("khoản {clause}")));
        words.extend(self.point.iter().map(|point| format!("điểm {point}")));
        f.write_str(&words.join(" "))
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document)?;
        if self.place != Place::default() {
            write!(f, " {}", self.place)?;
        }
        Ok(())
    }
}

impl FromStr for Citation {
    type Err = BadCitation;

    fn from_str(text: &str) -> Result<Citation, BadCitation> {
        let bad = |why| BadCitation { text: text.to_owned(), why };
        let words: Vec<&str> = text.split_whitespace().collect();
        let first = (0..words.len()).find(|&i| unit(&words[i..]).is_some()).unwrap_or(words.len());
        if first == 0 {
            return Err(bad("it names no document"));
        }
        let mut place = Place::default();
        let mut rest = &words[first..];
        while let Some((kind, skip)) = unit(rest) {
            let label = if kind == Unit::Opening {
                "0"
            } else {
                rest.get(skip).ok_or_else(|| bad("the last number is missing"))?
            };
            let label = label.to_lowercase();
            let slot = match kind {
                Unit::Attached => {
                    let n = label.parse().map_err(|_| bad("\"kèm theo\" wants a number"))?;
                    place.part = Some(Part::Attached(n));
                    rest = &rest[skip + 1..];
                    continue;
                }
                Unit::Annex => {
                    place.part = Some(Part::Annex(label));
                    rest = &rest[skip + 1..];
                    continue;
                }
                Unit::Opening | Unit::Article => &mut place.article,
                Unit::Clause => &mut place.clause,
                Unit::Point => &mut place.point,
            };
            if slot.replace(label).is_some() {
                return Err(bad("a unit is named twice"));
            }
            rest = &rest[if kind == Unit::Opening { skip } else { skip + 1 }..];
        }
        if !rest.is_empty() {
            return Err(bad("something stands after the place"));
        }
        if place.point.is_some() && place.clause.is_none() && place.article.is_none() {
            return Err(bad("a point (điểm) needs its article (điều)"));
        }
        Ok(Citation { document: words[..first].join(" "), place })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Attached,
    Annex,
    Opening,
    Article,
    Clause,
    Point,
}

/// The unit that these words begin with, and how many words name it.
fn unit(words: &[&str]) -> Option<(Unit, usize)> {
    let first = words.first()?.to_lowercase();
    let second = words.get(1).map(|word| word.to_lowercase());
    match (first.as_str(), second.as_deref()) {
        ("kèm", Some("theo")) => Some((Unit::Attached, 2)),
        ("phụ", Some("lục")) => Some((Unit::Annex, 2)),
        ("mở", Some("đầu")) => Some((Unit::Opening, 2)),
        ("điều", _) => Some((Unit::Article, 1)),
        ("khoản", _) => Some((Unit::Clause, 1)),
        ("điểm", _) => Some((Unit::Point, 1)),
        _ => None,
    }
}

impl Serialize for Citation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Citation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Citation, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_citation_says_why() {
        for (text, why) in [
            ("", "no document"),
            ("điều 5", "no document"),
            ("60/2014/QH13 điều", "number is missing"),
            ("60/2014/QH13 điều 5 điều 6", "named twice"),
            ("60/2014/QH13 điều 5 abc", "after the place"),
            ("60/2014/QH13 điểm a", "needs its article"),
            ("60/2014/QH13 kèm theo x điều 1", "wants a number"),
        ] {
            let error = text.parse::<Citation>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn procedures_are_known_by_their_codes() {
        for (document, expect) in
            [("1.001193", true), ("60/2014/QH13", false), ("1.00119", false), ("12001193", false)]
        {
            assert_eq!(Citation::whole(document).is_procedure(), expect, "{document}");
        }
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(
            document in "([0-9]{2,3}/20[0-9]{2}/(QH1[0-6]|NĐ-CP|TT-BGDĐT|QĐ-UBND( \\[Hà Nội\\])?))|[1-6]\\.[0-9]{6}|tep:[0-9a-f]{8}",
            part in prop::option::of(prop_oneof![
                (1u16..20).prop_map(Part::Attached),
                "[ivx]{1,4}|0[1-9]|mẫu-0[1-9]".prop_map(Part::Annex),
            ]),
            article in prop::option::of("0|[1-9][0-9]{0,2}[a-zđ]?"),
            clause in prop::option::of("[1-9][0-9]?[a-zđ]?"),
            point in prop::option::of("[a-eđ][1-9]?"),
        ) {
            let point = point.filter(|_| article.is_some() || clause.is_some());
            let citation = Citation { document, place: Place { part, article, clause, point } };
            prop_assert_eq!(citation.to_string().parse::<Citation>().unwrap(), citation.clone());
            let json = serde_json::to_string(&citation).unwrap();
            prop_assert_eq!(serde_json::from_str::<Citation>(&json).unwrap(), citation);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}( điều| khoản| điểm| kèm theo| phụ lục| mở đầu| [0-9a-z])*") {
            if let Ok(citation) = text.parse::<Citation>() {
                prop_assert_eq!(citation.to_string().parse::<Citation>().unwrap(), citation);
            }
        }
    }
}
