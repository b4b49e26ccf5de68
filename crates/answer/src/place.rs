//! Communes, wards and bodies that a question names: what they are now.

use infer::Prompts;
use law::{Asked, Citation, Places, Unit};
use serde::Serialize;

use crate::answer::{Choice, Source};
use crate::render;
use crate::sight::Sight;
use crate::sources::cited;
use crate::talk::Said;

/// A unit that a question names, and where it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// As the record has it: `phường Nhân Chính`, with its former district; a district alone.
    pub was: String,
    /// The units of today.
    pub now: Vec<String>,
    /// Whether it is certain which of them: only one, and nothing else bears the name.
    pub sure: bool,
}

/// What is told of the places and bodies that a question names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Sentences, one a line.
    pub(crate) lines: Vec<String>,
    /// The places.
    pub(crate) places: Vec<Place>,
    /// The unit of today where it must be asked which.
    pub(crate) options: Vec<Choice>,
    /// The provisions that it rests on.
    pub(crate) at: Vec<String>,
    /// The question without the places.
    pub(crate) rest: String,
}

/// Reads the places and bodies of a question; `None` if it names none.
pub(crate) fn told(prompts: &Prompts, places: &Places, text: &str) -> Option<Told> {
    let asked = places.asked(text);
    let mut told = Told { rest: text.to_owned(), ..Told::default() };
    for one in asked.iter().rev() {
        told.rest.replace_range(one.span.clone(), " ");
    }
    let gone = places.gone(&told.rest);
    // What bodies elsewhere became is not known here.
    let elsewhere = asked.iter().any(|one| one.elsewhere)
        || asked.is_empty() && !gone.is_empty() && places.elsewhere(&told.rest);
    for (body, _) in gone.iter().filter(|_| !elsewhere) {
        let on = body.ended.map(render::date).unwrap_or_default();
        let key = if on.is_empty() { "body_gone" } else { "body_gone_since" };
        let values =
            [("body", body.body.as_str()), ("on", on.as_str()), ("now", body.now.as_str())];
        told.say(prompts, key, &values);
        told.at.extend(body.basis.split(';').map(|at| at.trim().to_owned()));
    }
    let mut spans: Vec<_> = gone.into_iter().map(|(_, span)| span).collect();
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    // Spans are of the text before any of them is taken out.
    let whole = told.rest.clone();
    let mut from = whole.len();
    for mut span in spans {
        // "bảo hiểm xã hội quận | Đống Đa": the district is read from its kind on.
        span.end -= kind_at_end(whole.get(span.clone()).unwrap_or_default());
        // Names of bodies may overlap: "phòng tư pháp cấp huyện", "cấp huyện".
        if span.end <= from {
            from = span.start;
            told.rest.replace_range(span, " ");
        }
    }
    let district = places.district(&told.rest);
    if let Some(district) = &district {
        told.rest.replace_range(district.span.clone(), " ");
    }
    if elsewhere {
        told.say(prompts, "place_elsewhere", &[]);
        return Some(told);
    }
    for one in &asked {
        tell(prompts, one, &mut told);
    }
    if let Some(district) = district.filter(|_| asked.is_empty()) {
        let names: Vec<String> = district.units.iter().map(|unit| unit.unit.clone()).collect();
        let units = names.join(", ");
        told.say(prompts, "place_district", &[("district", district.name), ("units", &units)]);
        told.places.push(Place { was: district.name.to_owned(), now: names, sure: false });
        told.at.push(RESOLUTION.to_owned());
    }
    (!told.lines.is_empty()).then_some(told)
}

/// Bytes of the kind of district that a body's name ends with.
fn kind_at_end(name: &str) -> usize {
    let lower = name.to_lowercase();
    let kinds = ["thị xã", "thi xa", "quận", "huyện", "quan", "huyen"];
    let kind = kinds.iter().find(|kind| lower.ends_with(*kind));
    // Capitals are as long as small letters but for a few that are not ours.
    kind.filter(|_| lower.len() == name.len()).map_or(0, |kind| kind.len())
}

impl Told {
    /// Adds a sentence; it begins with a capital though names of units do not.
    fn say(&mut self, prompts: &Prompts, key: &str, values: &[(&str, &str)]) {
        let sentence = prompts.say(key, values);
        let mut letters = sentence.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        self.lines.push(first.chain(letters).collect());
    }
}

/// Where the commune of today has its seat that was named for certain in what was said before, in a sentence.
pub(crate) fn seat_before(prompts: &Prompts, places: &Places, history: &[Said]) -> Option<String> {
    let said = history.iter().rev().filter(|said| !said.by_assistant);
    let unit = said.filter_map(|said| {
        let asked = places.asked(&said.text);
        let [only] = asked.as_slice() else { return None };
        match (only.now, only.former.as_slice()) {
            // A name that an old unit bore too is certain only if that is wholly in the new one.
            (Some(now), former) => {
                let same = |unit: &&Unit| unit.unit == now.unit;
                former.iter().all(|(_, units)| units.iter().all(same)).then_some(now)
            }
            (None, [(_, units)]) if units.len() == 1 => units.first().copied(),
            _ => None,
        }
    });
    let unit = unit.into_iter().next()?;
    let values = [("unit", unit.unit.as_str()), ("seat", unit.seat.as_str())];
    (!unit.seat.is_empty()).then(|| prompts.say("place_seat", &values))
}

/// What made the units of today.
const RESOLUTION: &str = "1656/NQ-UBTVQH15 điều 1";

fn tell(prompts: &Prompts, asked: &Asked<'_>, told: &mut Told) {
    let options = told.options.len();
    for (former, units) in &asked.former {
        // A name that stayed and only grew needs no word, unless the old unit was asked for.
        let same =
            |unit: &&Unit| Some(unit.unit.as_str()) == asked.now.map(|now| now.unit.as_str());
        if asked.now.is_some() && units.iter().all(same) {
            continue;
        }
        let names: Vec<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
        let was = format!("{}, {}", former.was, former.district);
        let sure = units.len() == 1 && asked.former.len() == 1 && asked.now.is_none();
        let key = if units.len() == 1 { "place_one" } else { "place_split" };
        let values = [("was", was.as_str()), ("units", &names.join(", "))];
        told.say(prompts, key, &values);
        let now: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        told.places.push(Place { was, now, sure });
        if !sure {
            for name in &names {
                let choice = Choice { label: (*name).to_owned(), value: format!("{name} mới") };
                if !told.options.contains(&choice) {
                    told.options.push(choice);
                }
            }
        }
        told.at.extend(units.iter().map(|unit| unit.at.clone()));
        if let ([unit], true) = (units.as_slice(), sure) {
            seat(prompts, unit, told);
        }
    }
    if let Some(unit) = asked.now {
        let part = |whole: bool| {
            let of = unit.of.iter().filter(|former| former.whole == whole);
            of.map(|former| former.was.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (whole, some) = (part(true), part(false));
        let key = match (whole.is_empty(), some.is_empty()) {
            (false, true) => "place_now_whole",
            (true, _) => "place_now_parts",
            (false, false) => "place_now",
        };
        let values = [("unit", unit.unit.as_str()), ("whole", &whole), ("parts", &some)];
        told.say(prompts, key, &values);
        seat(prompts, unit, told);
        told.at.push(unit.at.clone());
        let sure = told.options.len() == options;
        told.places.push(Place { was: unit.unit.clone(), now: vec![unit.unit.clone()], sure });
    }
    if told.options.len() > options {
        // Of several villages of one name each lies in one unit: the district tells which.
        let by_district = asked.former.len() > 1
            && asked.now.is_none()
            && asked.former.iter().all(|(_, units)| units.len() == 1);
        told.say(prompts, if by_district { "place_ask_district" } else { "place_ask" }, &[]);
    }
}

fn seat(prompts: &Prompts, unit: &Unit, told: &mut Told) {
    if !unit.seat.is_empty() {
        let values = [("unit", unit.unit.as_str()), ("seat", unit.seat.as_str())];
        told.say(prompts, "place_seat", &values);
    }
}

/// The provisions that a statement about places rests on: their words, where the library has them, else the
/// record of the document, once.
pub(crate) fn sources(
    sight: Sight<'_>,
    prompts: &Prompts,
    at: &[String],
    on: jiff::civil::Date,
) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for at in at {
        let Ok(mut citation) = at.parse::<Citation>() else { continue };
        let Some(document) = sight.document(&citation.document) else { continue };
        let words = sight.library.text_in_context(&citation);
        if words.is_none() {
            citation = Citation::whole(&document.id);
        }
        if sources.iter().any(|source| source.citation == citation) {
            continue;
        }
        let quote = words.unwrap_or_else(|| render::record(prompts, sight, document));
        let (title, n) = (render::document_name(document), sources.len() + 1);
        sources.push(cited(sight.library, document, citation, title, quote, n, on));
    }
    sources
}

/// What is asked of a place alone, folded.
const ABOUT_PLACES: &[&str] = &[
    "nay thuoc",
    "bay gio thuoc",
    "hien thuoc",
    "hien nay thuoc",
    "thuoc phuong nao",
    "thuoc xa nao",
    "thuoc phuong xa nao",
    "thuoc xa phuong nao",
    "thuoc dau",
    "thuoc don vi nao",
    "la phuong nao",
    "la xa nao",
    "phuong nao",
    "xa nao",
    "phuong moi",
    "xa moi",
    "sap nhap",
    "sat nhap",
    "nhap vao",
    "doi ten",
    "doi thanh",
    "chia thanh",
    "chia ve",
    "gom nhung",
    "gom",
    "thanh phuong",
    "thanh xa",
    "ten moi",
    "ten goi moi",
    "dia chi moi",
    "dia chi",
    "tru so",
    "uy ban",
    "uy ban nhan dan",
    "ubnd",
    "gio",
    "chia",
    "o dau",
    "con khong",
    "con ton tai khong",
    "bay gio",
    "hien nay",
    "sau sap nhap",
    "nha",
    "song",
    "o",
    "cu",
    "moi",
    "truoc day",
    "truoc kia",
    "ngay truoc",
    "nhung",
    "nao",
    "gi",
    "phuong",
    "xa",
    "quan",
    "huyen",
    "ha noi",
    "tp",
    "thanh pho",
    "da",
    "duoc",
    "tai",
    "thuoc",
    "va",
    "vao",
    "thanh",
    "ve",
    "dau",
];

/// Whether a question asks about the place itself: nothing is left of it but words about places.
pub(crate) fn asks_place(told: &Told) -> bool {
    crate::route::only(&told.rest, ABOUT_PLACES)
}
