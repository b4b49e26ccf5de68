//! Numbers in digits: grouping, and what is a part of something else.

use super::decimal::Decimal;
use super::{Read, units, words};
use crate::lexer::{Kind, Pieces};

/// The number that begins here, if it is one, and where to go on if it is not.
pub(super) fn read(pieces: &Pieces<'_>, at: usize) -> (Option<Read>, usize) {
    let (value, end) = chunk(pieces, at);
    if is_part_of_code(pieces, at, end) {
        return (None, end);
    }
    let read = value.and_then(|value| multiplied(pieces, value, end));
    (read, end)
}

/// Digits with dots and commas between them. `None` if the groups make no number.
fn chunk(pieces: &Pieces<'_>, at: usize) -> (Option<Decimal>, usize) {
    let mut groups: Vec<&str> = pieces.digits(at).into_iter().collect();
    let mut signs = Vec::new();
    let mut end = at + 1;
    while let Some(sign @ ('.' | ',')) = pieces.sign(end)
        && let Some(group) = pieces.digits(end + 1)
    {
        signs.push(sign);
        groups.push(group);
        end += 2;
    }
    (value(&groups, &signs), end)
}

fn value(groups: &[&str], signs: &[char]) -> Option<Decimal> {
    let (first, others) = groups.split_first()?;
    let Some((last, middle)) = others.split_last() else {
        return Decimal::parse(first, "");
    };
    let (&last_sign, signs) = signs.split_last()?;
    let thousands = |groups: &[&str]| {
        first.len() <= 3 && !first.starts_with('0') && groups.iter().all(|group| group.len() == 3)
    };
    let join = |groups: &[&str]| format!("{first}{}", groups.concat());
    if signs.iter().any(|&sign| sign != signs[0]) {
        return None;
    }
    match signs.first() {
        None if last_sign == '.' && first.len() == 1 && last.len() == 6 => None, // a procedure code
        None if thousands(others) => Decimal::parse(&join(others), ""),
        None => Decimal::parse(first, last),
        Some(&sign) if sign == last_sign && thousands(others) => Decimal::parse(&join(others), ""),
        Some(&sign) if sign != last_sign && thousands(middle) => {
            Decimal::parse(&join(middle), last)
        }
        Some(_) => None, // 2.5.3
    }
}

/// Document numbers, codes, times: `60/2014/QH13`, `QĐ-123`, `A4`, `44.5.NĐ.8`, `8:30`.
fn is_part_of_code(pieces: &Pieces<'_>, at: usize, end: usize) -> bool {
    let glued_to_digits = at > 1 && pieces.is(at - 2, Kind::Digits);
    let glued_to_capital = at > 1 && pieces.is_capital(at - 2);
    let before = match pieces.before(at) {
        Some(piece) => match piece.text {
            "/" => glued_to_digits || glued_to_capital,
            "-" | "_" | "." => glued_to_capital,
            ":" => glued_to_digits,
            _ => piece.kind == Kind::Word,
        },
        None => false,
    };
    before
        || match pieces.sign(end) {
            Some('/' | '_') => pieces.is(end + 1, Kind::Digits) || pieces.is_capital(end + 1),
            Some('-') => pieces.is_capital(end + 1),
            Some(':') => pieces.is(end + 1, Kind::Digits),
            // A capital letter alone may begin a sentence that lost its blank; a symbol does not.
            Some('.') => is_symbol(pieces, end + 1),
            _ => false,
        }
}

fn is_symbol(pieces: &Pieces<'_>, at: usize) -> bool {
    let Some(piece) = pieces.get(at).filter(|piece| piece.kind == Kind::Word) else {
        return false;
    };
    let mut letters = piece.text.chars();
    letters.all(char::is_uppercase)
        && (piece.text.chars().nth(1).is_some() || pieces.is(at + 1, Kind::Digits))
}

/// "1 triệu 500 nghìn", "1,5 tỷ", "50k", "2 triệu rưỡi"
fn multiplied(pieces: &Pieces<'_>, value: Decimal, end: usize) -> Option<Read> {
    let (mut factor, mut end) = units::factor(pieces, end);
    let mut total = value.times(factor)?;
    while factor > 1 {
        let at = pieces.skip_blank(end);
        if at == end || !pieces.is(at, Kind::Digits) {
            break;
        }
        let (value, after) = chunk(pieces, at);
        let (smaller, after) = units::factor(pieces, after);
        let Some(value) = value.filter(|_| smaller > 1 && smaller < factor) else {
            break;
        };
        total = total.plus(value.times(smaller)?)?;
        (factor, end) = (smaller, after);
    }
    if let Some(half_end) = words::half(pieces, end).filter(|_| factor > 1) {
        total = total.plus(Decimal::whole(factor / 2))?;
        end = half_end;
    }
    Some(Read { value: total, end, words: 2 })
}
