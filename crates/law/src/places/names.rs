//! Communes, wards and districts that a text names.

use super::words::{Words, syllables};
use super::{Asked, District, Entry, Places, bare, key};

impl Places {
    /// The units that a text names with their kind ("phường Nhân Chính cũ", "p. nhan chinh"), in order. Marks
    /// that are typed count; a name that is not known is not replaced by one that sounds alike.
    pub fn asked(&self, text: &str) -> Vec<Asked<'_>> {
        let words = Words::of(text);
        let spaced = format!(" {} ", words.folded.join(" "));
        let past = PAST.iter().any(|cue| spaced.contains(cue));
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let named = kind(&words, at).and_then(|(kind, start)| {
                let (start, old, named) = match self.named(&words, start, kind) {
                    Some(named) => (start, false, named),
                    // "phường cũ Nhân Chính"
                    None if words.is(start, "cũ") => {
                        (start + 1, true, self.named(&words, start + 1, kind)?)
                    }
                    None => return None,
                };
                Some((start, old, named))
            });
            let Some((start, old_before, (length, entries))) = named else {
                at += 1;
                continue;
            };
            let end = start + length;
            let old = old_before || words.is(end, "cũ") || past;
            let new = words.is(end, "mới");
            let around = self.around(&words, end);
            let mut span = words.span(at, end);
            at = end;
            if let Around::District(_, after) = &around {
                span.end = words.span(at, *after).end;
                at = *after;
            }
            let mut asked = Asked { span, now: None, former: Vec::new(), elsewhere: false };
            let district = match around {
                Around::Elsewhere => {
                    asked.elsewhere = true;
                    found.push(asked);
                    continue;
                }
                Around::District(district, _) => Some(district),
                Around::Nothing => None,
            };
            for entry in &entries {
                match *entry {
                    Entry::Now(i) if !old && district.is_none() => asked.now = Some(&self.units[i]),
                    Entry::Former(i, j) if !new => self.past(&mut asked, i, j, district.as_deref()),
                    _ => {}
                }
            }
            // "xã Tân Dân huyện Sóc Sơn" of a name that never lay there: better all than none.
            if asked.former.is_empty() && asked.now.is_none() {
                for entry in &entries {
                    match *entry {
                        Entry::Now(i) => asked.now = Some(&self.units[i]),
                        Entry::Former(i, j) => self.past(&mut asked, i, j, None),
                    }
                }
            }
            found.push(asked);
        }
        found
    }

    /// The first district that a text names, with the units of today that hold any part of it. Without its
    /// kind it is one only as the place where somebody is: "tôi ở Hà Đông".
    pub fn district(&self, text: &str) -> Option<District<'_>> {
        let words = Words::of(text);
        let (at, (found, end)) = (0..words.len()).find_map(|at| {
            let by_kind =
                district_kind(&words, at).and_then(|start| self.district_at(&words, start));
            let by_place = || {
                let stays = at > 0 && ["ở", "tại"].iter().any(|word| words.is(at - 1, word));
                self.district_at(&words, at).filter(|_| stays && words.goes_on(at))
            };
            Some((at, by_kind.or_else(by_place)?))
        })?;
        let units = self.units.iter().filter(|unit| unit.of.iter().any(|it| it.district == found));
        let name = self.districts.get(&key(bare(&found)))?.0.as_str();
        Some(District { span: words.span(at, end), name, units: units.collect() })
    }

    /// Whether a text speaks of a district or province outside Hà Nội: "UBND huyện Củ Chi".
    pub fn elsewhere(&self, text: &str) -> bool {
        let words = Words::of(text);
        (0..words.len()).any(|at| {
            district_kind(&words, at).is_some_and(|start| {
                // "h" and "q" alone may be anything.
                words.folded[at].len() > 2
                    && words.capital(start)
                    && words.goes_on(start)
                    && self.district_at(&words, start).is_none()
                    // "Quận Ủy", "UBND Quận Nào" are no names.
                    && !NO_NAMES.iter().any(|word| words.is(start, word))
            }) || province(&words, at)
        })
    }

    fn past<'a>(&'a self, asked: &mut Asked<'a>, i: usize, j: usize, district: Option<&str>) {
        let (unit, former) = (&self.units[i], &self.units[i].of[j]);
        if district.is_some_and(|district| former.district != district) {
            return;
        }
        let same =
            |other: &super::Former| other.was == former.was && other.district == former.district;
        match asked.former.iter_mut().find(|(other, _)| same(other)) {
            Some((_, units)) => units.push(unit),
            None => asked.former.push((former, vec![unit])),
        }
    }

    /// The longest name at a place, and what it means: as typed where marks are, of the kind that is said,
    /// else of any.
    fn named(&self, words: &Words<'_>, start: usize, kind: &str) -> Option<(usize, Vec<Entry>)> {
        let longest = self.longest.min(words.len().saturating_sub(start));
        (1..=longest).rev().find_map(|length| {
            let all = self.names.get(&words.folded[start..start + length].join(" "))?;
            let name = |entry: &Entry| match *entry {
                Entry::Now(i) => self.units[i].unit.as_str(),
                Entry::Former(i, j) => self.units[i].of[j].was.as_str(),
            };
            let fitting = |fits: &dyn Fn(&[String]) -> bool| -> Vec<Entry> {
                all.iter().copied().filter(|it| fits(&syllables(bare(name(it))))).collect()
            };
            let mut entries = fitting(&|name| words.are(start, name));
            let exact = fitting(&|name| words.are_exactly(start, name));
            if !exact.is_empty() && !entries.is_empty() {
                entries = exact;
            }
            let of_kind: Vec<Entry> =
                entries.iter().copied().filter(|it| name(it).starts_with(kind)).collect();
            let entries = if of_kind.is_empty() { entries } else { of_kind };
            (!entries.is_empty()).then_some((length, entries))
        })
    }

    /// What stands round a name, from the word after it: "…, huyện Sóc Sơn", "…, Phú Xuyên", "…, tỉnh Hưng Yên".
    fn around(&self, words: &Words<'_>, at: usize) -> Around {
        let mut start = at;
        while ["cũ", "mới", "thuộc"].iter().any(|word| words.is(start, word)) {
            start += 1;
        }
        let mut district = None;
        if let Some(name) = district_kind(words, start) {
            match self.district_at(words, name) {
                Some((found, end)) => {
                    district = Some((found, end));
                    start = end;
                }
                None if words.capital(name) => return Around::Elsewhere,
                None => {}
            }
        } else if words.after_comma(start) {
            district = self.district_at(words, start);
        }
        // "…, Hoàn Kiếm, Hà Nội" ends it; another province may come a few words later.
        let near = (start..words.len()).take(4);
        if near.into_iter().any(|at| province(words, at)) {
            return Around::Elsewhere;
        }
        district.map_or(Around::Nothing, |(found, end)| Around::District(found, end))
    }

    /// The district of Hà Nội whose name stands at a place, and the word after it.
    fn district_at(&self, words: &Words<'_>, start: usize) -> Option<(String, usize)> {
        (1..=3).rev().find_map(|length| {
            let key = words.folded.get(start..start + length)?.join(" ");
            let (name, syllables) = self.districts.get(&key)?;
            words.are(start, syllables).then(|| (name.clone(), start + length))
        })
    }
}

/// Words after the kind of a district that begin no name.
const NO_NAMES: [&str; 9] = ["ủy", "uỷ", "đoàn", "nơi", "nào", "và", "cũ", "mới", "hà"];

/// What the words after a name say.
enum Around {
    Nothing,
    /// A district of Hà Nội, and the word after it.
    District(String, usize),
    Elsewhere,
}

/// Cues that the units before the change are meant.
const PAST: [&str; 5] =
    [" truoc day ", " truoc kia ", " ngay truoc ", " hoi truoc ", " truoc sap nhap "];

/// A kind of unit at a place: its full form and where the name begins.
fn kind(words: &Words<'_>, at: usize) -> Option<(&'static str, usize)> {
    let before = at.checked_sub(1).map_or("", |at| words.folded[at].as_str());
    let short = |word: &str| words.is(at, word) && words.capital(at + 1) | !words.capital(at);
    if words.is(at, "phường") && before != "dia" || short("p") || short("f") {
        Some(("phường", at + 1))
    } else if words.is(at, "thị") && words.is(at + 1, "trấn") {
        Some(("thị trấn", at + 2))
    } else if short("tt") {
        Some(("thị trấn", at + 1))
    } else if (words.is(at, "xã") || short("x")) && !["thi", "tac"].contains(&before) {
        // "thị xã Sơn Tây" is a district, "hợp tác xã" a cooperative.
        Some(("xã", at + 1))
    } else {
        None
    }
}

/// A kind of district at a place: where the name begins. Without marks "quan" ends other words.
fn district_kind(words: &Words<'_>, at: usize) -> Option<usize> {
    let before = at.checked_sub(1).map_or("", |at| words.folded[at].as_str());
    let quan = words.is(at, "quận") && !["co", "hai", "si", "lien", "tham"].contains(&before);
    if quan || ["huyện", "q", "h", "tx"].iter().any(|word| words.is(at, word)) {
        Some(at + 1)
    } else if words.is(at, "thị") && words.is(at + 1, "xã") {
        Some(at + 2)
    } else {
        None
    }
}

/// Whether another province than Hà Nội is named at a place: with its kind, or after a comma.
fn province(words: &Words<'_>, at: usize) -> bool {
    let start = if words.is(at, "tỉnh") || words.is(at, "tp") {
        at + 1
    } else if words.is(at, "thành") && words.is(at + 1, "phố") {
        at + 2
    } else {
        at
    };
    if start > at && words.capital(start) && words.goes_on(start) {
        // Any name but that of the city, what once was beside it, and its old towns.
        let own = ["ha noi", "hn", "ha tay", "ha dong", "son tay"];
        return !own.iter().any(|name| words.folded_are(start, name.split(' ')));
    }
    OTHERS.iter().any(|name| {
        words.folded_are(start, name.split(' ')) && (start > at || words.after_comma(start))
    })
}

/// The provinces and cities of the country but Hà Nội, before and after 1 July 2025 (Nghị quyết
/// 202/2025/QH15), folded.
const OTHERS: [&str; 64] = [
    "an giang",
    "ba ria vung tau",
    "bac giang",
    "bac kan",
    "bac lieu",
    "bac ninh",
    "ben tre",
    "binh dinh",
    "binh duong",
    "binh phuoc",
    "binh thuan",
    "ca mau",
    "can tho",
    "cao bang",
    "da nang",
    "dak lak",
    "dak nong",
    "dien bien",
    "dong nai",
    "dong thap",
    "gia lai",
    "ha giang",
    "ha nam",
    "ha tinh",
    "hai duong",
    "hai phong",
    "hau giang",
    "hoa binh",
    "hung yen",
    "khanh hoa",
    "kien giang",
    "kon tum",
    "lai chau",
    "lam dong",
    "lang son",
    "lao cai",
    "long an",
    "nam dinh",
    "nghe an",
    "ninh binh",
    "ninh thuan",
    "phu tho",
    "phu yen",
    "quang binh",
    "quang nam",
    "quang ngai",
    "quang ninh",
    "quang tri",
    "soc trang",
    "son la",
    "tay ninh",
    "thai binh",
    "thai nguyen",
    "thanh hoa",
    "thua thien hue",
    "hue",
    "tien giang",
    "ho chi minh",
    "tra vinh",
    "tuyen quang",
    "vinh long",
    "vinh phuc",
    "yen bai",
    "sai gon",
];
