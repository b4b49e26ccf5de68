//! Units in running text: "điểm a, b khoản 1 và khoản 3 Điều 15", either way round.

use super::tokens::*;
use crate::citation::Part;
use crate::syllable::{BAR, BREVE, HAT, HOI, HORN, HUYEN, NANG, SAC, Syllable};

/// Letters of points (điểm) in their order: no f, j, w, z (NĐ 78/2025/NĐ-CP điều 63).
pub const POINTS: [&str; 23] = [
    "a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
    "u", "v", "x", "y",
];

/// Most units that a range may stand for.
const RANGE: usize = 50;

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Unit {
    Point,
    Clause,
    Article,
    Annex,
}

/// Units named together; an empty list where the text names none of that kind.
#[derive(Clone, Default)]
pub(super) struct Group {
    pub(super) part: Option<Part>,
    pub(super) articles: Vec<String>,
    pub(super) clauses: Vec<String>,
    pub(super) points: Vec<String>,
    /// "Điều này": the article is the one that speaks.
    pub(super) here: bool,
}

/// Words after a number that make it an amount.
const MEASURES: [Syllable; 22] = [
    Syllable::known(b"ngay", HUYEN, 0),
    Syllable::known(b"thang", SAC, 0),
    NAM,
    Syllable::known(b"gio", HUYEN, 0),
    Syllable::known(b"phut", SAC, 0),
    Syllable::known(b"dong", HUYEN, HAT | BAR),
    Syllable::known(b"trieu", NANG, HAT),
    Syllable::known(b"ty", HOI, 0),
    Syllable::known(b"ti", HOI, 0),
    Syllable::known(b"nghin", HUYEN, 0),
    Syllable::known(b"ngan", HUYEN, 0),
    Syllable::known(b"nguoi", HUYEN, HORN),
    Syllable::known(b"lan", HUYEN, HAT),
    Syllable::known(b"tuoi", HOI, HAT),
    Syllable::known(b"ban", HOI, 0),
    Syllable::known(b"truong", HUYEN, HORN),
    Syllable::known(b"met", SAC, 0),
    Syllable::known(b"phan", HUYEN, HAT),
    Syllable::known(b"loai", NANG, 0),
    Syllable::known(b"to", HOI, HAT),
    Syllable::known(b"bo", NANG, HAT),
    Syllable::known(b"nhom", SAC, 0),
];

/// Words that end in "điểm" and name no point: địa điểm, thời điểm, quan điểm, …
const BEFORE_DIEM: [Syllable; 14] = [
    Syllable::known(b"dia", NANG, BAR),
    Syllable::known(b"thoi", HUYEN, HORN),
    Syllable::known(b"quan", 0, 0),
    Syllable::known(b"dac", NANG, BREVE | BAR),
    Syllable::known(b"uu", 0, HORN),
    Syllable::known(b"nhuoc", NANG, HORN),
    Syllable::known(b"trong", NANG, 0),
    Syllable::known(b"thi", SAC, 0),
    Syllable::known(b"khuyet", SAC, HAT),
    Syllable::known(b"luan", NANG, HAT),
    Syllable::known(b"cao", 0, 0),
    Syllable::known(b"yeu", SAC, HAT),
    Syllable::known(b"tam", 0, HAT),
    Syllable::known(b"cham", SAC, HAT),
];

/// A unit word at `i`: what it is, and where its label stands.
fn unit(t: &Tokens<'_>, i: usize) -> Option<(Unit, usize)> {
    let word = t.word(i)?;
    if word.is(DIEU) {
        return Some((Unit::Article, i + 1));
    }
    let before = |words: &[Syllable]| i > 0 && t.is_any(i - 1, words);
    // "khoan" without its mark is a word of its own in a text that has marks.
    let near = |i: usize| t.is(i, DIEU) || t.is(i, DIEM);
    let sure = !word.is_bare() || t.bare || near(i + 2) || (i >= 2 && near(i - 2));
    if word.is(KHOAN) && sure && !before(&[TAI_, DIEU]) {
        return Some((Unit::Clause, i + 1));
    }
    if word.is(DIEM) && !before(&BEFORE_DIEM) {
        return Some((Unit::Point, i + 1));
    }
    (word.is(PHU) && t.is(i + 1, LUC)).then_some((Unit::Annex, i + 2))
}

/// A short form at `i`, as people type it: `k1`, `đ15`, `Đ.15`. Only in short texts.
fn short(t: &Tokens<'_>, i: usize, inside: bool) -> Option<(Unit, String, usize)> {
    if t.text_len() > 300 {
        return None;
    }
    let typed = t.slice(i);
    let mut chars = typed.chars();
    let unit = match chars.next()? {
        'k' | 'K' => Unit::Clause,
        'đ' | 'Đ' | 'Ð' => Unit::Article,
        'd' | 'D' if inside => Unit::Article,
        _ => return None,
    };
    match t.kind(i)? {
        Kind::Mixed => Some((unit, numeral(chars.as_str())?, i + 1)),
        Kind::Word(_) if chars.as_str().is_empty() && t.mark(i + 1, '.') => {
            Some((unit, numeral(t.slice(i + 2))?, i + 3))
        }
        _ => None,
    }
}

/// `15`, `12a`; at most three digits, zeros in front dropped.
fn numeral(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text[digits..].chars();
    let letter = rest.next();
    let lower = letter.map(|c| if c == 'Đ' { 'đ' } else { c.to_ascii_lowercase() });
    let fits = (1..=3).contains(&digits)
        && rest.next().is_none()
        && lower.is_none_or(|c| c.is_ascii_lowercase() || c == 'đ');
    let number: u16 = if fits { text[..digits].parse().ok()? } else { return None };
    (number > 0).then(|| format!("{number}{}", lower.map(String::from).unwrap_or_default()))
}

/// The label at `i` for a unit.
fn label(t: &Tokens<'_>, unit: Unit, i: usize, listed: bool) -> Option<(String, usize)> {
    match unit {
        Unit::Point => {
            let typed = t.slice(i).to_lowercase();
            let mut chars = typed.chars();
            let letter = chars.next()?;
            let index = chars.as_str();
            let fits = POINTS.contains(&letter.to_string().as_str())
                && index.len() <= 2
                && index.bytes().all(|byte| byte.is_ascii_digit());
            let follows = [VA, HOAC, HAY, KHOAN, DIEU, DEN, TOI, CUA, TAI, THUOC, DIEM, THEO];
            let alone = !listed || t.word(i + 1).is_none() || t.is_any(i + 1, &follows);
            (fits && alone).then_some((typed, i + 1))
        }
        Unit::Annex => {
            let typed = t.slice(i);
            let roman = !typed.is_empty() && typed.bytes().all(|byte| b"IVXLC".contains(&byte));
            let fits = roman
                || numeral(typed).is_some()
                || (typed.len() == 1 && typed.is_ascii() && ("A"..="Z").contains(&typed));
            let small = t.bare || t.text_len() < 300;
            let fits = fits
                || small && !typed.is_empty() && typed.bytes().all(|byte| b"ivx".contains(&byte));
            let fits = fits || (t.kind(i) == Some(Kind::Number) && typed.len() <= 3);
            fits.then(|| (typed.to_lowercase(), i + 1))
        }
        Unit::Article | Unit::Clause => {
            let number = numeral(t.slice(i))?;
            let plain = t.kind(i) == Some(Kind::Number);
            let joined = t.touches_next(i)
                && matches!(t.kind(i + 1), Some(Kind::Mark('.' | ',' | '/')))
                && t.touches_next(i + 1)
                && t.digits(i + 2)
                    .is_some_and(|_| !t.mark(i + 1, ',') || t.slice(i + 2).len() == 3);
            let amount = t.is_any(i + 1, &MEASURES) || t.mark(i + 1, '%');
            (!plain || !(joined || amount)).then_some((number, i + 1))
        }
    }
}

/// A unit with its labels: "khoản 1, 2 và 3", "từ Điều 5 đến Điều 7", "Điều này" (no labels).
fn list(t: &Tokens<'_>, i: usize, inside: bool) -> Option<(Unit, Vec<String>, usize)> {
    let (unit, first, mut end) = match unit(t, i) {
        Some((unit, at)) if unit != Unit::Annex && t.is(at, NAY) => {
            return Some((unit, Vec::new(), at + 1));
        }
        Some((unit, at)) => {
            let (first, end) = label(t, unit, at, false)?;
            (unit, first, end)
        }
        None => short(t, i, inside)?,
    };
    let mut labels = vec![first];
    loop {
        let range = t.is_any(end, &[DEN, TOI]) || (t.dash(end) && t.digits(end + 1).is_some());
        let mut next = end;
        if range {
            next += 1;
        } else {
            next += usize::from(t.mark(next, ','));
            next += usize::from(t.is_any(next, &[VA, HOAC, HAY]));
            if next == end {
                break;
            }
        }
        // A repeated unit word may begin a group of its own: "điểm a khoản 1, khoản 2 Điều 5".
        let named = self::unit(t, next).filter(|(next, _)| *next == unit);
        if named.is_some() && inside {
            break;
        }
        let at = named.map_or(next, |(_, at)| at);
        let Some((label, stop)) = label(t, unit, at, named.is_none()) else { break };
        if range {
            extend(&mut labels, unit, &label);
        } else {
            labels.push(label);
        }
        end = stop;
    }
    Some((unit, labels, end))
}

/// Adds what lies after the last label up to `to`.
fn extend(labels: &mut Vec<String>, unit: Unit, to: &str) {
    let from = labels.last().cloned().unwrap_or_default();
    if unit == Unit::Point {
        let place = |letter: &str| POINTS.iter().position(|point| *point == letter);
        if let (Some(from), Some(to)) = (place(&from), place(to)) {
            labels.extend(POINTS.iter().take(to + 1).skip(from + 1).map(ToString::to_string));
            return;
        }
    } else if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
        labels.extend((from + 1..=to).take(RANGE - 1).map(|n| n.to_string()));
        return;
    }
    labels.push(to.to_owned());
}

/// Units that belong together, from `i`: "điểm a khoản 1 Điều 15" or "điều 15 khoản 1 điểm a".
pub(super) fn group(t: &Tokens<'_>, i: usize) -> Option<(Group, usize)> {
    let (first, labels, mut end) = list(t, i, false)?;
    let mut group = Group::default();
    put(&mut group, first, labels);
    let mut last = first;
    // Upwards: each next unit is wider.
    while last < Unit::Article {
        let mut at = end + usize::from(t.mark(end, ','));
        at += usize::from(t.is_any(at, &[CUA, THUOC, TAI]));
        match list(t, at, true) {
            Some((unit, labels, stop)) if last < unit && unit < Unit::Annex => {
                group.here |= unit == Unit::Article && labels.is_empty();
                put(&mut group, unit, labels);
                (last, end) = (unit, stop);
            }
            _ => break,
        }
    }
    // Downwards: each next unit is narrower, and no wider one follows to claim it.
    let mut narrow = first;
    while (last == first || last == Unit::Article) && narrow > Unit::Point && narrow < Unit::Annex {
        let at = end + usize::from(t.mark(end, ','));
        let Some((unit, labels, stop)) = list(t, at, true) else { break };
        let ahead = stop + usize::from(t.mark(stop, ','));
        let claimed =
            list(t, ahead, true).is_some_and(|(next, ..)| next > unit && next < Unit::Annex);
        let free = match unit {
            Unit::Clause => group.clauses.is_empty(),
            Unit::Point => group.points.is_empty(),
            _ => false,
        };
        if unit >= narrow || claimed || !free || labels.is_empty() {
            break;
        }
        put(&mut group, unit, labels);
        (narrow, end) = (unit, stop);
    }
    let named = !(group.articles.is_empty() && group.clauses.is_empty() && group.points.is_empty());
    (named || group.part.is_some()).then_some((group, end))
}

fn put(group: &mut Group, unit: Unit, labels: Vec<String>) {
    match unit {
        Unit::Point => group.points = labels,
        Unit::Clause => group.clauses = labels,
        Unit::Article => group.articles = labels,
        Unit::Annex => group.part = labels.into_iter().next().map(Part::Annex),
    }
}

/// Groups joined by "," and "và": "khoản 1 Điều 5, Điều 6 và khoản 2 Điều 7". What a group leaves out
/// it takes from the next one, else from the one before.
pub(super) fn groups(t: &Tokens<'_>, i: usize) -> Option<(Vec<Group>, usize)> {
    let loose = |group: &Group| group.articles.is_empty() && group.part.is_none() && !group.here;
    let (first, mut end) = group(t, i)?;
    let mut groups = vec![first];
    while groups.len() < RANGE {
        // "điểm a khoản 1; điểm b khoản 2 Điều 6": a semicolon joins what still lacks its article.
        let open = groups.last().is_some_and(loose);
        let mut at = end + usize::from(t.mark(end, ',') || open && t.mark(end, ';'));
        at += usize::from(t.is_any(at, &[VA, HOAC, HAY]));
        at += usize::from(t.is(at, CAC));
        if at == end || short(t, at, true).is_some() {
            break;
        }
        let Some((next, stop)) = group(t, at) else { break };
        groups.push(next);
        end = stop;
    }
    for i in (0..groups.len().saturating_sub(1)).rev() {
        let next = groups[i + 1].clone();
        if loose(&groups[i]) && next.part.is_none() {
            groups[i].articles = next.articles.into_iter().take(1).collect();
            groups[i].here = next.here;
            if groups[i].clauses.is_empty() && !next.points.is_empty() {
                groups[i].clauses = next.clauses.into_iter().take(1).collect();
            }
        }
    }
    for i in 1..groups.len() {
        let before = groups[i - 1].clone();
        if loose(&groups[i]) && before.part.is_none() {
            groups[i].articles = before.articles.into_iter().last().into_iter().collect();
            groups[i].here = before.here;
            if groups[i].clauses.is_empty() {
                groups[i].clauses = before.clauses.into_iter().last().into_iter().collect();
            }
        }
    }
    Some((groups, end))
}
