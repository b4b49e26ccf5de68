//! A scanner for document numbers (số, ký hiệu) in running text, glued or not.
//!
//! Boundaries come from closed lists: "95/2024/NĐ-CPquy định" ends where the issuer ends,
//! "31/2013/NĐ-CP26/2005/…" begins again there, and the year in "Luật Cư trú 202068/2020/QH14"
//! belongs to the title.

use std::ops::Range;

use crate::issuers::ISSUERS;

/// Kinds in a symbol, longest first where one begins another. A pattern's `Đ` also takes `D`.
const KINDS: [&str; 26] = [
    "NQLT", "TTLT", "TTLB", "VBHN", "TTr", "CTr", "NĐ", "NQ", "QĐ", "TT", "CT", "PL", "KH", "CV",
    "TB", "BC", "HD", "CĐ", "ĐA", "KL", "PA", "GM", "HC", "SL", "SY", "L",
];

/// Kinds that bear no year: individual and administrative acts (and no others without a year).
const WITHOUT_YEAR: [&str; 15] =
    ["QĐ", "NQ", "CT", "KH", "CV", "TB", "TTr", "BC", "CTr", "HD", "CĐ", "ĐA", "VBHN", "TT", "NĐ"];

/// Every document number: canonical form and bytes in `text`.
pub(crate) fn scan(text: &str) -> Vec<(String, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = digits_end(bytes, at);
        match number(text, at, end) {
            Some((canonical, span)) => {
                at = span.end.max(at + 1);
                found.push((canonical, span));
            }
            None => at = end,
        }
    }
    found
}

/// The number that begins with the digits `at..end`, if it does.
fn number(text: &str, at: usize, end: usize) -> Option<(String, Range<usize>)> {
    let bytes = text.as_bytes();
    let before = text[..at].chars().next_back();
    if end - at <= 5 && before != Some('/') {
        let mut whole = end;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits_end(bytes, end + 1);
            if (1..=2).contains(&(fraction - end - 1)) {
                whole = fraction;
            }
        }
        if let Some((rest, stop)) = after_number(text, whole) {
            return Some((format!("{}{rest}", running(&text[at..whole])), at..stop));
        }
        if whole == end
            && let Some((rest, stop)) = party(text, end)
        {
            return Some((format!("{}{rest}", &text[at..end]), at..stop));
        }
    }
    // The year of a title glued to the number.
    if (5..=8).contains(&(end - at)) && matches!(&text[at..at + 2], "19" | "20") {
        let mut whole = end;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits_end(bytes, end + 1);
            if (1..=2).contains(&(fraction - end - 1)) {
                whole = fraction;
            }
        }
        if let Some((rest, stop)) = dated(text, whole) {
            return Some((format!("{}{rest}", running(&text[at + 4..whole])), at + 4..stop));
        }
    }
    None
}

/// A running number without needless zeros; two digits at least, as numbers are printed.
pub(crate) fn running(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let whole = whole.trim_start_matches('0');
    match fraction {
        Some(fraction) => format!("{}.{fraction}", if whole.is_empty() { "0" } else { whole }),
        None => format!("{whole:0>2}"),
    }
}

fn after_number(text: &str, at: usize) -> Option<(String, usize)> {
    dated(text, at).or_else(|| undated(text, at))
}

/// `/2015/NĐ-CP`.
fn dated(text: &str, at: usize) -> Option<(String, usize)> {
    let at = slash(text, at)?;
    let end = digits_end(text.as_bytes(), at);
    let year: u32 = if end - at == 4 { text[at..end].parse().ok()? } else { return None };
    if !(1945..2100).contains(&year) {
        return None;
    }
    let (symbol, stop) = symbol(text, slash(text, end)?, year)?;
    Some((format!("/{year}/{symbol}"), stop))
}

/// `/QĐ-UBND`: an act numbered without a year.
fn undated(text: &str, at: usize) -> Option<(String, usize)> {
    let at = slash(text, at)?;
    let loose = is_loose(text, at)?;
    let (kind, after) = kind(text, at, loose)?;
    let known = WITHOUT_YEAR.contains(&kind);
    let issuers_at = if known { hyphen(text, after)? } else { return None };
    let (issuers, stop) = issuers(text, issuers_at, loose, !matches!(kind, "TT" | "NĐ"))?;
    Some((format!("/{kind}-{issuers}"), stop))
}

/// `-NQ/TW`: the Party's documents.
fn party(text: &str, at: usize) -> Option<(String, usize)> {
    let at = eat(text, at, "-", false)?;
    let kinds = ["NQ", "CT", "KL", "QĐ", "HD"];
    let (kind, at) = kinds.iter().find_map(|kind| Some((kind, eat(text, at, kind, false)?)))?;
    let at = eat(text, at, "/", false)?;
    let by = ["TW", "TƯ", "TU"];
    let (by, at) = by.iter().find_map(|by| Some((by, eat(text, at, by, false)?)))?;
    ends(text, at).then(|| (format!("-{kind}/{by}"), at))
}

/// What follows the year: a term of the National Assembly, or kind and issuers.
fn symbol(text: &str, at: usize, year: u32) -> Option<(String, usize)> {
    let loose = is_loose(text, at)?;
    if let Some(found) = assembly(text, at, loose, year) {
        return Some(found);
    }
    let (kind, after) = kind(text, at, loose)?;
    let start = hyphen(text, after).or_else(|| slash_or_mark(text, after));
    if let Some(start) = start {
        if let Some((term, stop)) = assembly(text, start, loose, year) {
            // "NQ-QH15" is how some write a resolution whose number is "…/QH15".
            let symbol = if term.starts_with("QH") { term } else { format!("{kind}-{term}") };
            return Some((symbol, stop));
        }
        if let Some((issuers, stop)) = issuers(text, start, loose, true) {
            return Some((format!("{kind}-{issuers}"), stop));
        }
    } else if let Some((issuer, stop)) = known_issuer(text, spaces(text, after), loose)
        && ends(text, stop)
    {
        return Some((format!("{kind}-{issuer}"), stop));
    }
    // Only the Government issues decrees: a cut "NĐ-C" or "NĐ" can be nothing else.
    if kind != "NĐ" {
        return None;
    }
    let cut = start.and_then(|at| eat(text, at, "C", loose)).filter(|&stop| ends(text, stop));
    let stop = cut.or_else(|| ends(text, after).then_some(after))?;
    Some(("NĐ-CP".to_owned(), stop))
}

/// `QH15`, `UBTVQH14`.
fn assembly(text: &str, at: usize, loose: bool, year: u32) -> Option<(String, usize)> {
    let (name, at) = match eat(text, at, "UBTVQH", loose) {
        Some(at) => ("UBTVQH", at),
        None => ("QH", eat(text, at, "QH", loose)?),
    };
    let bytes = text.as_bytes();
    let end = digits_end(bytes, at);
    let term = |to: usize| text[at..to].parse::<u32>().ok();
    let glued = |from: usize| number(text, from, end).is_some_and(|(_, span)| span.start == from);
    let two =
        (end - at >= 2).then(|| term(at + 2)).flatten().filter(|term| (10..20).contains(term));
    if let Some(term) = two {
        return (end - at == 2 || glued(at + 2)).then(|| (format!("{name}{term}"), at + 2));
    }
    let one = if end > at { term(at + 1)? } else { return None };
    if one == 1 && end - at == 1 {
        // "QH1" and "3" on the next line: a term that was cut. Alone it says nothing.
        let next = spaces(text, end);
        let stop = digits_end(bytes, next);
        let term = 10 + text[next..stop].parse::<u32>().ok()?;
        let fits = stop - next == 1 && term_years(term).contains(&year) && ends(text, stop);
        return (fits && next > end).then(|| (format!("{name}{term}"), stop));
    }
    let whole = end - at == 1 || glued(at + 1);
    (one > 1 && whole).then(|| (format!("{name}{one}"), at + 1))
}

/// Years in which a National Assembly sat; boundary years belong to two of them.
fn term_years(term: u32) -> std::ops::RangeInclusive<u32> {
    match term {
        10 => 1997..=2002,
        11 => 2002..=2007,
        12 => 2007..=2011,
        13.. => 2011 + 5 * (term - 13)..=2016 + 5 * (term - 13),
        _ => 1946..=1997,
    }
}

fn kind(text: &str, at: usize, loose: bool) -> Option<(&'static str, usize)> {
    KINDS.iter().find_map(|kind| Some((*kind, eat(text, at, kind, loose)?)))
}

/// One or more issuers: `CP`, `BTC-BTP`, `BCA-C06`.
fn issuers(text: &str, at: usize, loose: bool, open: bool) -> Option<(String, usize)> {
    let (first, mut stop) = issuer(text, at, loose, open)?;
    // The Government and its head never sign with others.
    if matches!(first.as_str(), "CP" | "TTg") {
        return Some((first, stop));
    }
    let mut all = first;
    loop {
        let close = eat(text, stop, "-", false).and_then(|at| issuer(text, at, loose, open));
        let next = close.or_else(|| {
            let at = hyphen(text, stop).or_else(|| eat(text, stop, "/", false))?;
            known_issuer(text, at, loose).map(|(known, stop)| (known.to_owned(), stop))
        });
        let Some((next, end)) = next else { break };
        all.push('-');
        all.push_str(&next);
        stop = end;
    }
    Some((all, stop))
}

/// A known issuer, or else a whole word of capitals.
fn issuer(text: &str, at: usize, loose: bool, open: bool) -> Option<(String, usize)> {
    let known = known_issuer(text, at, loose);
    if loose || !open || known.is_some_and(|(name, _)| matches!(name, "CP" | "TTg")) {
        return known.map(|(name, stop)| (name.to_owned(), stop));
    }
    let mut word = String::new();
    let mut stop = at;
    while let Some((c, next)) = step(text, stop)
        && word.chars().count() < 14
        && (is_capital(c) || (c.is_ascii_digit() && !word.is_empty()))
    {
        word.push(c);
        stop = next;
    }
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    match known {
        // Digits after a known issuer begin the next number, or are a footnote.
        Some((name, end)) if letters.chars().count() <= name.chars().count() => {
            Some((name.to_owned(), end))
        }
        _ if word.chars().count() >= 2 && ends(text, stop) => Some((word, stop)),
        known => known.map(|(name, end)| (name.to_owned(), end)),
    }
}

/// The longest known issuer that begins here.
fn known_issuer(text: &str, at: usize, loose: bool) -> Option<(&'static str, usize)> {
    let fits = |(name, _): &(&'static str, &str)| Some((*name, eat(text, at, name, loose)?));
    ISSUERS.iter().filter_map(fits).max_by_key(|(_, stop)| *stop)
}

fn is_capital(c: char) -> bool {
    c.is_ascii_uppercase() || matches!(c, 'Đ' | 'Ư')
}

/// Whether the symbol is typed in lower case; `None` if no letter stands here.
fn is_loose(text: &str, at: usize) -> Option<bool> {
    step(text, at).filter(|(c, _)| c.is_alphabetic()).map(|(c, _)| c.is_lowercase())
}

/// Whether no letter or digit follows.
fn ends(text: &str, at: usize) -> bool {
    !step(text, at).is_some_and(|(c, _)| c.is_alphanumeric())
}

/// Eats a pattern of capitals; a pattern's `Đ` also takes `D`. `loose` takes lower case too.
fn eat(text: &str, at: usize, pattern: &str, loose: bool) -> Option<usize> {
    pattern.chars().try_fold(at, |at, wanted| {
        let (c, next) = step(text, at)?;
        let same = |c: char, wanted: char| {
            c == wanted || (c == 'D' && wanted == 'Đ') || (c == 'U' && wanted == 'Ư')
        };
        let upper = |c: char| c.to_uppercase().next().unwrap_or(c);
        let fits = same(c, wanted) || (loose || wanted == 'g') && same(upper(c), upper(wanted));
        fits.then_some(next)
    })
}

/// The next character as a symbol would have it, and where the one after begins: dashes are one,
/// blanks are one, look-alikes are Latin, invisible characters are not there.
fn step(text: &str, at: usize) -> Option<(char, usize)> {
    let mut chars = text[at..].char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let mut c = match c {
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{ad}' | '\u{feff}' => continue,
            c if c.is_ascii() => c,
            'Ð' => 'Đ',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c if c.is_whitespace() => ' ',
            c => latin(c),
        };
        let mut end = at + i + text[at + i..].chars().next().map_or(0, char::len_utf8);
        if let ('U' | 'u', Some((_, mark @ '\u{31b}'))) = (c, chars.peek().copied()) {
            c = if c == 'U' { 'Ư' } else { 'ư' };
            end += mark.len_utf8();
        }
        return Some((c, end));
    }
    None
}

/// Cyrillic letters that look Latin.
pub(crate) fn latin(c: char) -> char {
    match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'Х' => 'X',
        'У' => 'Y',
        c => c,
    }
}

/// Skips a few blanks.
fn spaces(text: &str, mut at: usize) -> usize {
    for _ in 0..3 {
        match step(text, at) {
            Some((c, next)) if c.is_whitespace() => at = next,
            _ => break,
        }
    }
    at
}

fn slash(text: &str, at: usize) -> Option<usize> {
    eat(text, spaces(text, at), "/", false).map(|at| spaces(text, at))
}

fn hyphen(text: &str, at: usize) -> Option<usize> {
    eat(text, spaces(text, at), "-", false).map(|at| spaces(text, at))
}

/// Marks that stand for a hyphen: `TT_BCA`, `TT/BTC`, `NQ.HĐTP`.
fn slash_or_mark(text: &str, at: usize) -> Option<usize> {
    ["_", "/", "."].iter().find_map(|mark| eat(text, at, mark, false))
}

fn digits_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}
