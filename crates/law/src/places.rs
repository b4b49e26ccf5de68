//! The communes and wards (xã, phường) of Hà Nội, what they were before 1 July 2025, and who does now what
//! bodies did that are gone.
//!
//! Nghị quyết 1656/NQ-UBTVQH15 điều 1 made 126 units of 526; 200 of the old ones were divided, so an old name
//! alone often does not tell the new unit.

use std::collections::HashMap;
use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A unit as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Kind and name: `phường Hoàn Kiếm`.
    pub unit: String,
    /// Code of the General Statistics Office.
    pub code: String,
    /// The provision that made it: `1656/NQ-UBTVQH15 điều 1 khoản 1`.
    pub at: String,
    /// Where its offices are; may have moved since.
    #[serde(default)]
    pub seat: String,
    /// What it was made of.
    pub of: Vec<Former>,
}

/// A unit that was, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Former {
    /// Kind and name: `phường Hàng Bạc`.
    pub was: String,
    /// The district (quận, huyện, thị xã) that it lay in.
    pub district: String,
    /// Whether all of it went to the unit.
    pub whole: bool,
}

/// A body, unit or paper that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// What it was called.
    pub body: String,
    /// How texts and people name it, lower case.
    pub was: Vec<String>,
    /// First day on which it was no more.
    pub ended: Option<Date>,
    /// Who does its work now, for a person in Hà Nội.
    pub now: String,
    /// The provision that says so; empty where none was found.
    #[serde(default)]
    pub basis: String,
    /// Whether an editor is certain.
    #[serde(default)]
    pub sure: bool,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    units: Vec<Unit>,
    bodies: Vec<Body>,
    /// Folded name without its kind: units now, and formers as (unit, its index in `of`).
    names: HashMap<String, Vec<Entry>>,
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Now(usize),
    Former(usize, usize),
}

/// A unit that a text names.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'a> {
    /// Its bytes in the text, kind and name.
    pub span: Range<usize>,
    /// The unit of today that bears the name, unless the text says that the old one is meant.
    pub now: Option<&'a Unit>,
    /// The units of the past that bore it, each with those of today that hold it or a part of it.
    pub former: Vec<(&'a Former, Vec<&'a Unit>)>,
}

/// A district that a text names.
#[derive(Clone, Debug, PartialEq)]
pub struct District<'a> {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// Kind and name: `quận Thanh Xuân`.
    pub name: &'a str,
    /// The units of today that hold any part of it.
    pub units: Vec<&'a Unit>,
}

impl Places {
    /// Makes them findable.
    pub fn new(units: Vec<Unit>, bodies: Vec<Body>) -> Places {
        let mut places = Places { units, bodies, ..Places::default() };
        for (i, unit) in places.units.iter().enumerate() {
            let formers = unit.of.iter().enumerate();
            let entries = formers.map(|(j, former)| (former.was.as_str(), Entry::Former(i, j)));
            for (name, entry) in entries.chain([(unit.unit.as_str(), Entry::Now(i))]) {
                let key = key(bare(name));
                places.longest = places.longest.max(key.split(' ').count());
                places.names.entry(key).or_default().push(entry);
            }
        }
        places
    }

    /// The units of today.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// What is gone.
    pub fn bodies(&self) -> &[Body] {
        &self.bodies
    }

    /// The units that a text names with their kind ("phường Nhân Chính cũ", "p. nhan chinh"), in order.
    pub fn asked(&self, text: &str) -> Vec<Asked<'_>> {
        let words = viet::syllables(text);
        let folded: Vec<String> = words.iter().map(|word| viet::fold(word.text)).collect();
        let past = PAST.iter().any(|cue| format!(" {} ", folded.join(" ")).contains(cue));
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let Some((kind, start)) = kind(&folded, at) else {
                at += 1;
                continue;
            };
            // "phường cũ Nhân Chính"
            let (old_before, start) = match folded.get(start).map(String::as_str) {
                Some("cu") => (true, start + 1),
                _ => (false, start),
            };
            let longest = self.longest.min(words.len().saturating_sub(start));
            let named = (1..=longest).rev().find_map(|length| {
                let name = folded[start..start + length].join(" ");
                let span = words[start].span.start..words[start + length - 1].span.end;
                let entries = self.meant(&name, &text[span], kind);
                (!entries.is_empty()).then_some((length, entries))
            });
            let Some((length, entries)) = named else {
                at += 1;
                continue;
            };
            let end = start + length;
            let after = folded.get(end).map(String::as_str);
            let old = old_before || after == Some("cu") || past;
            let new = after == Some("moi");
            let district = self.district_after(&folded, end).map(|(district, _)| district);
            let mut asked = Asked {
                span: words[at].span.start..words[end - 1].span.end,
                now: None,
                former: Vec::new(),
            };
            for entry in entries {
                match entry {
                    Entry::Now(i) if !old && district.is_none() => asked.now = Some(&self.units[i]),
                    Entry::Former(i, j) if !new => self.past(&mut asked, i, j, district.as_deref()),
                    _ => {}
                }
            }
            // "xã Tân Dân huyện Sóc Sơn" of a name that never lay there: better all than none.
            if asked.former.is_empty() && asked.now.is_none() {
                for entry in
                    self.names.get(&key(&folded[start..end].join(" "))).into_iter().flatten()
                {
                    match entry {
                        Entry::Now(i) => asked.now = Some(&self.units[*i]),
                        Entry::Former(i, j) => self.past(&mut asked, *i, *j, None),
                    }
                }
            }
            found.push(asked);
            at = end;
        }
        found
    }

    fn past<'a>(&'a self, asked: &mut Asked<'a>, i: usize, j: usize, district: Option<&str>) {
        let (unit, former) = (&self.units[i], &self.units[i].of[j]);
        if district.is_some_and(|district| key(&former.district) != district) {
            return;
        }
        let same = |other: &Former| other.was == former.was && other.district == former.district;
        match asked.former.iter_mut().find(|(other, _)| same(other)) {
            Some((_, units)) => units.push(unit),
            None => asked.former.push((former, vec![unit])),
        }
    }

    /// What a name means: of the kind that is said, else of any; with marks as typed, where marks are.
    fn meant(&self, folded: &str, typed: &str, kind: &str) -> Vec<Entry> {
        let Some(all) = self.names.get(folded) else { return Vec::new() };
        let name = |entry: &Entry| match *entry {
            Entry::Now(i) => self.units[i].unit.as_str(),
            Entry::Former(i, j) => self.units[i].of[j].was.as_str(),
        };
        let narrowed = |entries: Vec<Entry>, fits: &dyn Fn(&Entry) -> bool| {
            let some: Vec<Entry> = entries.iter().copied().filter(|it| fits(it)).collect();
            if some.is_empty() { entries } else { some }
        };
        let mut entries = all.clone();
        if viet::has_marks(typed) {
            let typed = viet::normalize(typed).to_lowercase();
            entries =
                narrowed(entries, &|it| viet::normalize(bare(name(it))).to_lowercase() == typed);
        }
        narrowed(entries, &|it| viet::fold(name(it)).starts_with(kind))
    }

    /// The district that follows a name, and the word after it: "xã Tân Dân, huyện Sóc Sơn".
    fn district_after(&self, folded: &[String], at: usize) -> Option<(String, usize)> {
        let mut start = at;
        while folded.get(start).is_some_and(|word| word == "cu" || word == "thuoc") {
            start += 1;
        }
        let kind = match folded.get(start).map(String::as_str)? {
            "quan" | "huyen" | "q" | "h" => 1,
            "tx" => 1,
            "thi" if folded.get(start + 1).is_some_and(|word| word == "xa") => 2,
            _ => return None,
        };
        let rest = folded.get(start + kind..)?;
        let formers = self.units.iter().flat_map(|unit| &unit.of);
        formers.map(|former| key(&former.district)).find_map(|district| {
            let name = district.split_once(' ').map_or(district.as_str(), |(_, name)| name);
            let name = name.strip_prefix("xa ").unwrap_or(name);
            let length = name.split(' ').count();
            let same = rest.get(..length)?.iter().map(String::as_str).eq(name.split(' '));
            same.then(|| (district.clone(), start + kind + length))
        })
    }

    /// The first district that a text names, with the units of today that hold any part of it.
    pub fn district(&self, text: &str) -> Option<District<'_>> {
        let words = viet::syllables(text);
        let folded: Vec<String> = words.iter().map(|word| viet::fold(word.text)).collect();
        let (at, (found, end)) = (0..words.len())
            .find_map(|at| self.district_after(&folded, at).map(|found| (at, found)))?;
        let inside = |former: &&Former| key(&former.district) == found;
        let units: Vec<&Unit> =
            self.units.iter().filter(|unit| unit.of.iter().any(|it| inside(&it))).collect();
        let name = units.iter().flat_map(|unit| &unit.of).find(inside)?.district.as_str();
        Some(District { span: words[at].span.start..words[end - 1].span.end, name, units })
    }

    /// The bodies that a text (NFC) names as if they were there, with the bytes of the first name; empty bytes
    /// where they cannot be told. What is said of the past does not count: "đã cấp trước ngày …", "cũ". A text
    /// without marks is compared without them.
    pub fn gone(&self, text: &str) -> Vec<(&Body, Range<usize>)> {
        let bare = !viet::has_marks(text);
        let lower = if bare { viet::fold(text) } else { text.to_lowercase() };
        // Spans are those of the text only while lengths agree; so they do for all but a few rare letters.
        let same = |span: Range<usize>| {
            if lower.len() == text.len() && text.is_char_boundary(span.start) { span } else { 0..0 }
        };
        let find = |phrase: &String| {
            let phrase = if bare { viet::fold(phrase) } else { phrase.clone() };
            lower.match_indices(&phrase).map(|(at, _)| at..at + phrase.len()).find(|span| {
                let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let whole = !letter(lower[..span.start].chars().next_back())
                    && !letter(lower[span.end..].chars().next());
                whole && !of_the_past(&lower, span.start, span.end)
            })
        };
        let found = self.bodies.iter().filter_map(|body| {
            // The longest of its names that stands there.
            let spans = body.was.iter().filter_map(find);
            Some((body, spans.max_by_key(|span| span.len())?))
        });
        found.map(|(body, span)| (body, same(span))).collect()
    }
}

/// Cues that the units before the change are meant.
const PAST: [&str; 5] =
    [" truoc day ", " truoc kia ", " ngay truoc ", " hoi truoc ", " truoc sap nhap "];

/// Whether a phrase stands in a clause about the past.
fn of_the_past(text: &str, start: usize, end: usize) -> bool {
    const MARKS: [&str; 7] = [
        "trước đây",
        "trước kia",
        "trước ngày",
        "đã được cấp",
        "truoc day",
        "truoc kia",
        "truoc ngay",
    ];
    let ends = ['.', ';', '\n'];
    let from = text[..start].rfind(ends).map_or(0, |at| at + 1);
    let to = text[end..].find(ends).map_or(text.len(), |at| end + at);
    let after = text[end..to].trim_start();
    let old = ["cũ", "cu"].iter().any(|word| {
        after.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    old || MARKS.iter().any(|mark| text[from..to].contains(mark))
}

/// A kind of unit at a place among folded words: its full form and where the name begins.
fn kind(folded: &[String], at: usize) -> Option<(&'static str, usize)> {
    let next = folded.get(at + 1).map(String::as_str);
    match folded[at].as_str() {
        "phuong" | "p" | "f" => Some(("phuong", at + 1)),
        "thi" if next == Some("tran") => Some(("thi tran", at + 2)),
        "tt" => Some(("thi tran", at + 1)),
        // "thị xã Sơn Tây" is a district.
        "xa" | "x" if at == 0 || folded[at - 1] != "thi" => Some(("xa", at + 1)),
        _ => None,
    }
}

/// A name without its kind.
fn bare(name: &str) -> &str {
    ["phường ", "xã ", "thị trấn "].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

/// A name as it is compared: folded syllables.
fn key(name: &str) -> String {
    let folded = viet::fold(name);
    viet::syllables(&folded).iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let former = |was: &str, district: &str, whole: bool| Former {
            was: was.into(),
            district: district.into(),
            whole,
        };
        let unit = |unit: &str, of: Vec<Former>| Unit { unit: unit.into(), of, ..Unit::default() };
        let units = vec![
            unit(
                "phường Thanh Xuân",
                vec![
                    former("phường Nhân Chính", "quận Thanh Xuân", false),
                    former("phường Hạ Đình", "quận Thanh Xuân", true),
                ],
            ),
            unit("phường Yên Hòa", vec![former("phường Nhân Chính", "quận Thanh Xuân", false)]),
            unit("phường Cửa Nam", vec![former("phường Cửa Nam", "quận Hoàn Kiếm", false)]),
            unit("xã Sóc Sơn", vec![former("xã Tân Dân", "huyện Sóc Sơn", true)]),
            unit("xã Phú Xuyên", vec![former("xã Tân Dân", "huyện Phú Xuyên", true)]),
            unit("phường Văn Miếu - Quốc Tử Giám", vec![]),
        ];
        let bodies = vec![
            Body {
                body: "UBND cấp huyện".into(),
                was: vec!["ubnd quận".into(), "cấp huyện".into()],
                ..Body::default()
            },
            Body {
                body: "Thị trấn".into(), was: vec!["thị trấn".into()], ..Body::default()
            },
        ];
        Places::new(units, bodies)
    }

    #[test]
    fn an_old_name_gives_the_units_of_today() {
        let places = places();
        for (text, expect, former) in [
            (
                "tôi ở phường Nhân Chính cũ",
                "",
                "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa",
            ),
            ("toi o p nhan chinh", "", "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa"),
            ("Phường Hạ Đình nay thuộc đâu", "", "phường Hạ Đình > phường Thanh Xuân"),
            ("phường Cửa Nam cũ", "", "phường Cửa Nam > phường Cửa Nam"),
            ("phường Cửa Nam", "phường Cửa Nam", "phường Cửa Nam > phường Cửa Nam"),
            ("phường Cửa Nam mới", "phường Cửa Nam", ""),
            ("trước đây tôi ở phường Cửa Nam", "", "phường Cửa Nam > phường Cửa Nam"),
            ("xã Tân Dân, huyện Sóc Sơn", "", "xã Tân Dân > xã Sóc Sơn"),
            ("xã Tân Dân", "", "xã Tân Dân > xã Sóc Sơn; xã Tân Dân > xã Phú Xuyên"),
            ("P. Văn Miếu - Quốc Tử Giám", "phường Văn Miếu - Quốc Tử Giám", ""),
            ("thị xã Sơn Tây", "", ""),
            ("xa nhan chinh", "", "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa"),
        ] {
            let asked = places.asked(text);
            let now: Vec<&str> =
                asked.iter().filter_map(|it| it.now).map(|unit| unit.unit.as_str()).collect();
            let of = |(former, units): &(&Former, Vec<&Unit>)| {
                let units: Vec<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
                format!("{} > {}", former.was, units.join(", "))
            };
            let past: Vec<String> = asked.iter().flat_map(|it| it.former.iter().map(of)).collect();
            assert_eq!(
                (now.join("; ").as_str(), past.join("; ").as_str()),
                (expect, former),
                "{text}"
            );
        }
    }

    #[test]
    fn a_district_gives_the_units_in_it() {
        let places = places();
        for (text, name, count) in [
            ("quận Thanh Xuân nay chia thành phường nào", "quận Thanh Xuân", 2),
            ("toi o huyen soc son", "huyện Sóc Sơn", 1),
            ("phường Thanh Xuân", "", 0),
        ] {
            let found = places.district(text);
            let seen = found.map_or(("", 0), |district| (district.name, district.units.len()));
            assert_eq!(seen, (name, count), "{text}");
        }
    }

    #[test]
    fn what_is_gone_is_named_unless_it_is_history() {
        let places = places();
        for (text, expect) in [
            ("Nộp tại UBND quận nơi cư trú", "UBND cấp huyện"),
            ("nop tai ubnd quan", "UBND cấp huyện"),
            ("Phòng Tư pháp cấp huyện; UBND xã, thị trấn", "UBND cấp huyện; Thị trấn"),
            ("Quyết định do UBND quận đã được cấp trước ngày 01/7/2025", ""),
            ("địa chỉ thị trấn cũ", ""),
            ("UBND quận8", ""),
        ] {
            let found: Vec<&str> =
                places.gone(text).iter().map(|(body, _)| body.body.as_str()).collect();
            assert_eq!(found.join("; "), expect, "{text}");
        }
    }
}
