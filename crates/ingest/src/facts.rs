//! Facts of the product's own besides records and guides, one a line: communes and wards, bodies that are
//! gone, life events, what the city's rules change in national records, and how people ask and write.

use law::{Body, OverlayRule, Topic, Unit};
use serde::{Deserialize, Serialize};
use viet::Word;

use crate::lines::{each_line, first_line};
use crate::read::Refused;

/// A life event (sự kiện trong đời) and the procedures that it asks for, in the order of doing them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeEvent {
    /// Its name: `Sinh con`.
    pub event: String,
    /// How people tell it: `mới sinh con`.
    pub said: Vec<String>,
    /// Codes of procedures.
    pub codes: Vec<String>,
}

/// How people ask for one procedure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its code.
    pub asked: String,
    /// A short name that people understand, where the record has none.
    #[serde(default)]
    pub short: String,
    /// Everyday names and situations.
    pub said: Vec<String>,
}

/// What one file of facts holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Communes and wards.
    pub units: Vec<Unit>,
    /// Bodies that are gone.
    pub bodies: Vec<Body>,
    /// Life events.
    pub events: Vec<LifeEvent>,
    /// Rules of the city over national records.
    pub overlays: Vec<OverlayRule>,
    /// How people ask for procedures.
    pub asked: Vec<Asked>,
    /// Subjects that several procedures fit.
    pub topics: Vec<Topic>,
    /// Short forms and everyday words.
    pub words: Vec<Word>,
}

impl Facts {
    /// Takes what another file holds; what stands in both counts once.
    pub(crate) fn join(&mut self, other: Facts) {
        add(&mut self.units, other.units);
        add(&mut self.bodies, other.bodies);
        add(&mut self.events, other.events);
        add(&mut self.overlays, other.overlays);
        add(&mut self.asked, other.asked);
        add(&mut self.topics, other.topics);
        add(&mut self.words, other.words);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Facts::default()
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, new: Vec<T>) {
    // A file holds no line twice; only what other files gave is looked through.
    let known = all.len();
    for one in new {
        if !all[..known].contains(&one) {
            all.push(one);
        }
    }
}

/// The key that tells what a line is, and one that only such a line has beside it.
const KINDS: [(&str, &str); 7] = [
    ("unit", "of"),
    ("body", "was"),
    ("event", "said"),
    ("overlay", "basis"),
    ("asked", "said"),
    ("topic", "options"),
    ("word", "means"),
];

/// Whether a file is one of facts.
pub(crate) fn is_facts(bytes: &[u8]) -> bool {
    kind(&first_line(bytes)).is_some()
}

fn kind(line: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(line.trim_ascii()).ok()?;
    let begins = |key: &str| {
        let rest = text.strip_prefix('{').map(str::trim_start)?;
        rest.strip_prefix(&format!("\"{key}\""))?.trim_start().strip_prefix(':')
    };
    KINDS.iter().find_map(|(key, beside)| {
        (begins(key).is_some() && text.contains(&format!("\"{beside}\""))).then_some(*key)
    })
}

/// Reads the lines; those that cannot be read are named.
pub(crate) fn read(bytes: &[u8]) -> Result<(Facts, Vec<String>), Refused> {
    let (mut facts, mut warnings) = (Facts::default(), Vec::new());
    each_line(bytes, |i, line| {
        let read = match kind(line) {
            Some("unit") => serde_json::from_slice(line).map(|unit| facts.units.push(unit)),
            Some("body") => serde_json::from_slice(line).map(|body| facts.bodies.push(body)),
            Some("event") => serde_json::from_slice(line).map(|event| facts.events.push(event)),
            Some("asked") => serde_json::from_slice(line).map(|asked| facts.asked.push(asked)),
            Some("topic") => serde_json::from_slice(line).map(|topic| facts.topics.push(topic)),
            Some("word") => serde_json::from_slice(line).map(|word| facts.words.push(word)),
            Some(_) => serde_json::from_slice(line).map(|rule| facts.overlays.push(rule)),
            None => {
                warnings.push(format!(
                    "line {i} is refused: it begins with none of the keys {}",
                    KINDS.map(|(key, _)| format!("{key:?}")).join(", ")
                ));
                return;
            }
        };
        if let Err(error) = read {
            warnings.push(format!("line {i} is refused: {error}"));
        }
    })?;
    if facts.is_empty() {
        return Err(Refused::Damaged { why: warnings.join("; ") });
    }
    Ok((facts, warnings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_told_by_its_first_key() {
        let lines = concat!(
            "{\"unit\": \"phường Ba Đình\", \"code\": \"00004\", \"at\": \"1656/NQ-UBTVQH15 điều 1 khoản 3\", \"of\": []}\n",
            "{\"body\": \"Thị trấn\", \"was\": [\"thị trấn\"], \"ended\": \"2025-07-01\", \"now\": \"xã\"}\n",
            "{\"event\": \"Sinh con\", \"said\": [\"mới sinh\"], \"codes\": [\"1.001193\"]}\n",
            "{\"overlay\": {\"field\": \"fee\", \"basis\": \"77/2025/NQ-HĐND\"}, \"fee\": [\"council\"]}\n",
            "{\"event\": \"Sinh con\", \"said\": [], \"mã\": []}\n",
            "{\"asked\": \"1.001193\", \"said\": [\"vợ mới đẻ\"]}\n",
            "{\"topic\": \"Hộ chiếu\", \"said\": [\"hộ chiếu\"], \"options\": []}\n",
            "{\"word\": \"ubnd\", \"means\": \"Ủy ban nhân dân\"}\n",
            "{\"x\": 1}\n",
        );
        assert!(is_facts(lines.as_bytes()));
        let (facts, warnings) = read(lines.as_bytes()).unwrap();
        let counts =
            [facts.units.len(), facts.bodies.len(), facts.events.len(), facts.overlays.len()];
        assert_eq!(counts, [1; 4]);
        assert_eq!([facts.asked.len(), facts.topics.len(), facts.words.len()], [1; 3]);
        assert!(warnings[0].contains("line 5") && warnings[0].contains("`mã`"), "{warnings:?}");
        assert!(warnings[1].contains("none of the keys"), "{warnings:?}");
        assert!(!is_facts(b"{\"code\": \"1.001193\", \"event\": 1}"));
    }
}
