//! Documents in running text: "Luật Hộ tịch số 60/2014/QH13", "NĐ 123/2015", "Bộ luật Dân sự 2015".

use super::names;
use super::tokens::*;
use crate::number::canonical;
use crate::scan::running;
use crate::syllable::{HORN, HUYEN, SAC, Syllable};

/// A document as the text names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Named {
    pub(super) number: String,
    pub(super) name: Option<String>,
}

/// A word for a kind of document.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Named by words: Luật, Bộ luật, Pháp lệnh.
    Law,
    Constitution,
    /// Named by number; the symbol where the word alone gives it, and the word in full.
    Act(&'static str, &'static str),
}

/// Words beside "luật" that make it another word: luật sư, luật gia, luật hóa; kỷ luật.
const GIA: Syllable = Syllable::known(b"gia", 0, 0);
const SU: Syllable = Syllable::known(b"su", 0, HORN);
const HOA: Syllable = Syllable::known(b"hoa", SAC, 0);

/// Abbreviations of kinds as bare letters.
const SHORT: [(&[u8], Form); 6] = [
    (b"nd", Form::Act("NĐ-CP", "Nghị định")),
    (b"nq", Form::Act("", "Nghị quyết")),
    (b"qd", Form::Act("", "Quyết định")),
    (b"tt", Form::Act("", "Thông tư")),
    (b"ttlt", Form::Act("", "Thông tư liên tịch")),
    (b"ct", Form::Act("", "Chỉ thị")),
];

/// The kind word at `i` and where it ends.
fn form(t: &Tokens<'_>, i: usize) -> Option<(Form, usize)> {
    let word = t.word(i)?;
    let two = |second: Syllable| t.is(i + 1, second);
    if word.is(LUAT) {
        let before = i > 0 && (t.is_any(i - 1, &[PHAP, QUY, BO, KY]) && !t.is(i + 1, SO));
        let other = t.is_any(i + 1, &[PHAP, SU, GIA, DINH, HOA]) && names::known(t, i).is_none();
        return (!before && !other).then_some((Form::Law, i + 1));
    }
    if word.is(BO) && two(LUAT) || word.is(PHAP) && two(LENH) {
        return Some((Form::Law, i + 2));
    }
    if word.is(HIEN) && two(PHAP) {
        return Some((Form::Constitution, i + 2));
    }
    let joint = |at: usize| t.are(at, &[LIEN, TICH]);
    if word.is(NGHI) && two(DINH) {
        return Some((Form::Act("NĐ-CP", "Nghị định"), i + 2));
    }
    if word.is(NGHI) && two(QUYET) {
        return Some((Form::Act("", "Nghị quyết"), if joint(i + 2) { i + 4 } else { i + 2 }));
    }
    if word.is(QUYET) && two(DINH) {
        return Some((Form::Act("", "Quyết định"), i + 2));
    }
    if word.is(THONG) && two(TU_) {
        return Some((Form::Act("", "Thông tư"), if joint(i + 2) { i + 4 } else { i + 2 }));
    }
    if word.is(CHI) && two(THI) {
        return Some((Form::Act("", "Chỉ thị"), i + 2));
    }
    let short = SHORT.iter().find(|(letters, _)| *letters == word.letters())?;
    let upper = t.slice(i).chars().all(char::is_uppercase);
    let numbered = |at: usize| t.document(at).is_some() || t.digits(at).is_some();
    let follows = numbered(i + 1)
        || t.is(i + 1, SO) && numbered(i + 2)
        || t.mark(i + 1, '.') && numbered(i + 2);
    (follows && (upper || t.text_len() < 300)).then_some((short.1, i + 1))
}

/// Whether "Luật này", "Nghị định này", "Quy chế này" stands at `i`; where it ends.
pub(super) fn this(t: &Tokens<'_>, i: usize) -> Option<usize> {
    let (_, end) = form(t, i).or_else(|| {
        (t.is_any(i, &[QUY, DIEU]) && t.is(i + 2, NAY)).then_some((Form::Law, i + 2))
    })?;
    t.is(end, NAY).then_some(end + 1)
}

/// The document named at `i`. `wanted`: a place of it was named just before, so that a name in lower
/// case is trusted too.
pub(super) fn document(t: &Tokens<'_>, i: usize, wanted: bool) -> Option<(Named, usize)> {
    if let Some((number, end)) = whole_number(t, i) {
        return Some((Named { number, name: None }, end));
    }
    if let Some((name, end)) = names::known(t, i) {
        let before = i > 0 && t.is_any(i - 1, &[PHAP, QUY, BO, KY]) && t.is(i, LUAT);
        return (!before).then(|| finish(t, name.to_owned(), end));
    }
    let (form, end) = form(t, i)?;
    match form {
        Form::Constitution => Some(finish(t, "Hiến pháp".to_owned(), end)),
        Form::Law => {
            let to = names::unknown(t, end);
            let titled = t.slice(end).chars().next().is_some_and(char::is_uppercase);
            let kind = if t.is(i, LUAT) {
                "Luật"
            } else if t.is(i, BO) {
                "Bộ luật"
            } else {
                "Pháp lệnh"
            };
            if to > end && (titled || wanted || numbered(t, to).is_some()) {
                let words: Vec<&str> = (end..to).map(|i| t.slice(i)).collect();
                return Some(finish(t, format!("{kind} {}", words.join(" ")), to));
            }
            let (number, end) = numbered(t, end)?;
            Some((Named { number, name: None }, end))
        }
        Form::Act(symbol, word) => {
            if let Some((number, end)) = numbered(t, end) {
                let partial =
                    number.matches('/').count() == 1 && !number.contains('-') && !symbol.is_empty();
                let number = if partial { format!("{number}/{symbol}") } else { number };
                return Some((Named { number, name: None }, end));
            }
            if t.is(end, CUA) {
                // "Nghị định của Chính phủ số 123/2015/NĐ-CP".
                let at =
                    (end + 2..end + 9).find(|&at| t.is(at, SO) && t.document(at + 1).is_some())?;
                let (number, end) = whole_number(t, at + 1)?;
                return Some((Named { number, name: None }, end));
            }
            // Only the running number, as people say it: "nghị định 168".
            let at = skip_so(t, end);
            let digits = t.digits(at).filter(|digits| {
                digits.len() <= 4 && !t.mark(at + 1, '/') && !t.mark(at + 1, '%')
            })?;
            let ordinary =
                t.word(at + 1).is_none_or(|word| !word.is(Syllable::known(b"ngay", HUYEN, 0)));
            let name = format!("{word} {digits}");
            ordinary.then(|| (Named { number: String::new(), name: Some(name) }, at + 1))
        }
    }
}

/// A name with the year and the number that follow it.
fn finish(t: &Tokens<'_>, mut name: String, mut end: usize) -> (Named, usize) {
    let at = end + usize::from(t.is(end, NAM));
    if let Some(year) = year(t, at).filter(|_| !t.mark(at + 1, '/')) {
        name = format!("{name} {year}");
        end = at + 1;
    }
    match numbered(t, end) {
        Some((number, end)) => (Named { number, name: Some(name) }, end),
        None => (Named { number: String::new(), name: Some(name) }, end),
    }
}

fn year<'a>(t: &Tokens<'a>, i: usize) -> Option<&'a str> {
    t.digits(i).filter(|digits| digits.len() == 4 && matches!(&digits[..2], "19" | "20"))
}

fn skip_so(t: &Tokens<'_>, i: usize) -> usize {
    let mut at = i;
    at += usize::from(t.mark(at, '.'));
    at += usize::from(t.mark(at, '('));
    at += usize::from(t.is(at, SO));
    at + usize::from(t.mark(at, ':') && at > i)
}

/// A number after an optional "số": whole, or `123/2015`, or "168 năm 2024".
fn numbered(t: &Tokens<'_>, i: usize) -> Option<(String, usize)> {
    let at = skip_so(t, i);
    if let Some(whole) = whole_number(t, at) {
        return Some(whole);
    }
    let digits = t.digits(at).filter(|digits| digits.len() <= 5)?;
    let mut number = digits.to_owned();
    let mut end = at + 1;
    if t.mark(end, '.')
        && t.touches_next(end)
        && t.digits(end + 1).is_some_and(|part| part.len() <= 2)
    {
        number = format!("{number}.{}", t.slice(end + 1));
        end += 2;
    }
    let slash = t.mark(end, '/');
    let year = year(t, end + 1).filter(|_| slash || t.is(end, NAM))?;
    let more = t.mark(end + 2, '/') && t.touches_next(end + 1) && t.digits(end + 3).is_some();
    (!more).then(|| (format!("{}/{year}", running(&number)), end + 2))
}

/// A whole number, with the issuer in brackets if our own form gives one.
fn whole_number(t: &Tokens<'_>, i: usize) -> Option<(String, usize)> {
    let number = t.document(i)?;
    if t.mark(i + 1, '[') && t.word(i + 2).is_some() {
        let close = (i + 3..i + 12).find(|&at| t.word(at).is_none())?;
        if t.mark(close, ']') {
            let words: Vec<&str> = (i + 2..close).map(|at| t.slice(at)).collect();
            return Some((canonical(&format!("{number} [{}]", words.join(" "))), close + 1));
        }
    }
    Some((number.to_owned(), i + 1))
}

const HANH: Syllable = Syllable::known(b"hanh", HUYEN, 0);

/// Whether words at `i` begin an attached text: quy định, quy chế, điều lệ, nội quy, danh mục, …
pub(super) fn attached(t: &Tokens<'_>, i: usize) -> bool {
    t.is(i, QUY) && t.word(i + 1).is_some()
        || t.are(i, &[DIEU, LE])
        || t.are(i, &[NOI, QUY])
        || t.are(i, &[DANH, MUC])
        || t.are(i, &[HUONG, DAN])
        || t.is(i, Syllable::known(b"ban", 0, 0)) && t.is(i + 1, HANH)
        || t.are(i, &[KEM, THEO])
}

/// The place after the next "kèm theo" before any stop.
pub(super) fn after_attached(t: &Tokens<'_>, i: usize) -> Option<usize> {
    let at = (i..i + 40).find(|&at| match t.kind(at) {
        Some(Kind::Mark(';' | '.' | ':')) | Some(Kind::Document(_)) | None => true,
        _ => t.are(at, &[KEM, THEO]),
    })?;
    t.are(at, &[KEM, THEO]).then_some(at + 2)
}
