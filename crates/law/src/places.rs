//! The communes and wards (xã, phường) of Hà Nội, what they were before 1 July 2025, and who does now what
//! bodies did that are gone.
//!
//! Nghị quyết 1656/NQ-UBTVQH15 điều 1 made 126 units of 526; 199 of the old ones were divided, so an old name
//! alone often does not tell the new unit.

mod bodies;
mod names;
mod words;

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

/// All of them, findable by name.
#[derive(Clone, Debug, Default)]
pub struct Places {
    units: Vec<Unit>,
    bodies: Vec<Body>,
    /// Folded name without its kind: units now, and formers as (unit, its index in `of`).
    names: HashMap<String, Vec<Entry>>,
    /// Syllables of the longest name.
    longest: usize,
    /// Districts by the folded name without kind: kind and name, and its syllables with their marks.
    districts: HashMap<String, (String, Vec<String>)>,
    /// First folded syllable of a phrase: the body it names and all its syllables with their marks.
    phrases: HashMap<String, Vec<(usize, Vec<String>)>>,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Now(usize),
    Former(usize, usize),
}

/// A unit that a text names.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'a> {
    /// Its bytes in the text: kind and name, with the district of Hà Nội that follows.
    pub span: Range<usize>,
    /// The unit of today that bears the name, unless the text says that the old one is meant.
    pub now: Option<&'a Unit>,
    /// The units of the past that bore it, each with those of today that hold it or a part of it.
    pub former: Vec<(&'a Former, Vec<&'a Unit>)>,
    /// The text puts it into another province: it is none of these, and the others are empty.
    pub elsewhere: bool,
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
    /// Bodies, levels and papers that are gone.
    pub fn bodies(&self) -> &[Body] {
        &self.bodies
    }

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
            for former in &unit.of {
                let name = bare(&former.district);
                let found = (former.district.clone(), words::syllables(name));
                places.districts.entry(key(name)).or_insert(found);
            }
        }
        for (i, body) in places.bodies.iter().enumerate() {
            for phrase in &body.was {
                let syllables = words::syllables(phrase);
                if let Some(first) = syllables.first() {
                    let first = viet::fold(first);
                    places.phrases.entry(first).or_default().push((i, syllables));
                }
            }
        }
        places
    }
}

/// A name without its kind.
fn bare(name: &str) -> &str {
    ["phường ", "xã ", "thị trấn ", "quận ", "huyện ", "thị xã "]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name)
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
                was: vec!["ubnd quận".into(), "ủy ban nhân dân quận".into(), "cấp huyện".into()],
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
            ("Xã Nhân Chính", "", "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa"),
            // Marks that are typed count, and what is not known is not replaced by what sounds alike.
            ("phường Nhân Chỉnh", "", ""),
            ("phường Nhân Chinh", "", "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa"),
            ("xã Tân Đan, huyện Sóc Sơn", "", ""),
            ("nhà ở xa Sóc Sơn", "", ""),
            ("Hợp tác xã Sóc Sơn", "", ""),
            ("địa phương Cửa Nam", "", ""),
            // A name does not run over a comma or another kind.
            ("xã Tân, Dân số đông", "", ""),
            ("xã Tân Dân, Phú Xuyên", "", "xã Tân Dân > xã Phú Xuyên"),
            ("phường Cửa Nam, thành phố Nam Định", "", "elsewhere"),
            ("xã Tân Dân, huyện Khoái Châu, Hưng Yên", "", "elsewhere"),
            ("xa tan dan tinh hung yen", "", "elsewhere"),
            (
                "phường Cửa Nam, thành phố Hà Nội",
                "phường Cửa Nam",
                "phường Cửa Nam > phường Cửa Nam",
            ),
            ("xa nhan chinh", "", "phường Nhân Chính > phường Thanh Xuân, phường Yên Hòa"),
        ] {
            let asked = places.asked(text);
            let now: Vec<&str> =
                asked.iter().filter_map(|it| it.now).map(|unit| unit.unit.as_str()).collect();
            let of = |(former, units): &(&Former, Vec<&Unit>)| {
                let units: Vec<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
                format!("{} > {}", former.was, units.join(", "))
            };
            let mut past: Vec<String> =
                asked.iter().flat_map(|it| it.former.iter().map(of)).collect();
            past.extend(asked.iter().filter(|it| it.elsewhere).map(|_| "elsewhere".to_owned()));
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
            ("tôi ở Sóc Sơn", "huyện Sóc Sơn", 1),
            ("QUẬN THANH XUÂN", "quận Thanh Xuân", 2),
            ("hải quan Thanh Xuân", "", 0),
            ("co quan thanh xuan", "", 0),
            ("ở quán Thanh Xuân", "", 0),
        ] {
            let found = places.district(text);
            let seen = found.map_or(("", 0), |district| (district.name, district.units.len()));
            assert_eq!(seen, (name, count), "{text}");
        }
    }

    #[test]
    fn other_provinces_are_told_apart() {
        let places = places();
        for (text, elsewhere) in [
            ("UBND huyện Củ Chi", true),
            ("Công an quận Hải Châu, Đà Nẵng", true),
            ("UBND quận Thanh Xuân", false),
            ("UBND QUẬN GIẢI QUYẾT VIỆC GÌ", false),
            ("nộp hồ sơ ở UBND Quận Nào", false),
            ("UBND quận mở cửa lúc 8 h Thứ Hai", false),
        ] {
            assert_eq!(places.elsewhere(text), elsewhere, "{text}");
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
            ("Uỷ ban nhân dân Quận Ba Đình", "UBND cấp huyện"),
            ("ra ubnd quan Ba Đình", "UBND cấp huyện"),
            ("ubnd quan su", ""),
            ("UBND. Quận", ""),
            ("Thông tư số 16/2010/TT-BGTVT của UBND quận", ""),
            ("Ⱥ ubnd quận€ ẞ", "UBND cấp huyện"),
        ] {
            let gone = places.gone(text);
            let found: Vec<&str> = gone.iter().map(|(body, _)| body.body.as_str()).collect();
            assert_eq!(found.join("; "), expect, "{text}");
            assert!(gone.iter().all(|(_, span)| text.get(span.clone()).is_some()), "{text}");
        }
    }
}
