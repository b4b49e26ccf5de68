//! Word's automatic numbers: "1.", "a)" and "Điều 5." that stand in no run of text.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Refused;
use super::docx::{attribute, damaged, local};

/// Number formats and how far each list has counted.
#[derive(Default)]
pub(super) struct Numbering {
    /// `w:num` to its abstract list and its own starts.
    lists: HashMap<String, (String, HashMap<usize, i64>)>,
    levels: HashMap<String, HashMap<usize, Level>>,
    /// Paragraph style to (list, level).
    styles: HashMap<String, (String, usize)>,
    counters: HashMap<String, HashMap<usize, i64>>,
    started: HashMap<String, bool>,
}

#[derive(Clone, Default)]
struct Level {
    start: i64,
    format: String,
    text: String,
}

impl Numbering {
    /// Reads `word/numbering.xml`.
    pub(super) fn read(&mut self, xml: &str) -> Result<(), Refused> {
        let mut reader = Reader::from_str(xml);
        let (mut list, mut abstract_list, mut level) = (None::<String>, None::<String>, 0usize);
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) | Event::Empty(e) => {
                    let value = || attribute(&e, "val").unwrap_or_default();
                    match local(e.name().as_ref()) {
                        "abstractNum" => {
                            (abstract_list, list) = (attribute(&e, "abstractNumId"), None)
                        }
                        "num" => (list, abstract_list) = (attribute(&e, "numId"), None),
                        "lvl" | "lvlOverride" => level = ilvl(&e),
                        "abstractNumId" => {
                            if let Some(list) = &list {
                                self.lists.insert(list.clone(), (value(), HashMap::new()));
                            }
                        }
                        "startOverride" => {
                            if let Some((_, starts)) =
                                list.as_ref().and_then(|list| self.lists.get_mut(list))
                            {
                                starts.insert(level, value().parse().unwrap_or(1));
                            }
                        }
                        name @ ("start" | "numFmt" | "lvlText") => {
                            // Levels redefined inside a `w:num` are rare and left to the abstract list.
                            if let Some(id) = &abstract_list {
                                let slot = self
                                    .levels
                                    .entry(id.clone())
                                    .or_default()
                                    .entry(level)
                                    .or_default();
                                match name {
                                    "start" => slot.start = value().parse().unwrap_or(1),
                                    "numFmt" => slot.format = value(),
                                    _ => slot.text = value(),
                                }
                            }
                        }
                        _ => {}
                    }
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads which styles carry a list from `word/styles.xml`.
    pub(super) fn read_styles(&mut self, xml: &str) -> Result<(), Refused> {
        let mut reader = Reader::from_str(xml);
        let (mut style, mut list, mut level) = (String::new(), None::<String>, 0usize);
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) | Event::Empty(e) => match local(e.name().as_ref()) {
                    "style" => {
                        (style, list, level) =
                            (attribute(&e, "styleId").unwrap_or_default(), None, 0);
                    }
                    "ilvl" => {
                        level =
                            attribute(&e, "val").and_then(|v| v.parse().ok()).unwrap_or(0).min(8)
                    }
                    "numId" => list = attribute(&e, "val"),
                    _ => {}
                },
                Event::End(e) if local(e.name().as_ref()) == "style" => {
                    if let Some(list) = list.take() {
                        self.styles.insert(std::mem::take(&mut style), (list, level));
                    }
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// The list and level that a paragraph style brings.
    pub(super) fn of_style(&self, style: &str) -> Option<(String, usize)> {
        self.styles.get(style).cloned()
    }

    /// The next number of a list at a level, as Word prints it.
    pub(super) fn next(&mut self, list: &str, level: usize) -> Option<String> {
        let (id, starts) = self.lists.get(list)?;
        let levels = self.levels.get(id)?;
        let here = levels.get(&level)?;
        let counters = self.counters.entry(id.clone()).or_default();
        // A list with a start of its own begins anew when it is first met.
        if !self.started.insert(list.to_owned(), true).unwrap_or(false) {
            for at in starts.keys() {
                counters.remove(at);
            }
        }
        let first =
            |at: usize| starts.get(&at).copied().or(levels.get(&at).map(|l| l.start)).unwrap_or(1);
        let count = counters.get(&level).map_or(first(level), |n| n.saturating_add(1));
        counters.insert(level, count);
        counters.retain(|at, _| *at <= level);
        let mut out = String::new();
        let mut chars = here.text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let Some(at) = chars.next().and_then(|c| c.to_digit(10)).map(|n| n as usize) else {
                continue;
            };
            let at = at.saturating_sub(1);
            let n = counters.get(&at).copied().unwrap_or_else(|| first(at));
            let format = levels.get(&at).map_or("decimal", |level| level.format.as_str());
            out.push_str(&written(n, format));
        }
        match here.format.as_str() {
            "bullet" => Some("-".to_owned()),
            _ => Some(out).filter(|out| !out.trim().is_empty()),
        }
    }
}

fn ilvl(e: &BytesStart<'_>) -> usize {
    attribute(e, "ilvl").and_then(|value| value.parse().ok()).unwrap_or(0).min(8)
}

fn written(n: i64, format: &str) -> String {
    match format {
        "none" => String::new(),
        "decimalZero" => format!("{n:02}"),
        "lowerLetter" => letters(n),
        "upperLetter" => letters(n).to_uppercase(),
        "lowerRoman" => roman(n).to_lowercase(),
        "upperRoman" => roman(n),
        _ => n.to_string(),
    }
}

/// a … z, aa, bb: Word repeats the letter, and knows no "đ".
fn letters(n: i64) -> String {
    if !(1..=780).contains(&n) {
        return n.to_string();
    }
    let letter = char::from(b'a' + u8::try_from((n - 1) % 26).unwrap_or(0));
    letter.to_string().repeat(usize::try_from((n - 1) / 26).unwrap_or(0) + 1)
}

fn roman(n: i64) -> String {
    if !(1..4000).contains(&n) {
        return n.to_string();
    }
    let marks = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut rest = n;
    let mut out = String::new();
    for (value, mark) in marks {
        while rest >= value {
            out.push_str(mark);
            rest -= value;
        }
    }
    out
}
