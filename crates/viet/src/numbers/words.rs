//! Numbers in words: "một triệu hai trăm nghìn", "mười lăm".

use super::decimal::Decimal;
use super::{Read, units};
use crate::lexer::{Kind, Pieces};

/// The number in words that begins here.
pub(super) fn read(pieces: &Pieces<'_>, at: usize) -> Option<Read> {
    let glued = pieces.before(at).is_some_and(|piece| piece.kind == Kind::Digits);
    if glued || pieces.word_before(at) == "thứ" {
        return None;
    }
    let mut total = Decimal::whole(0);
    let mut group = first_group(pieces, at)?;
    // The factor of the group before; groups come in falling order.
    let mut ceiling = u128::MAX;
    let mut words = 0;
    let end = loop {
        let (factor, end) = units::factor(pieces, group.end);
        words += group.words + (end - group.end) / 2;
        total = total.plus(Decimal::whole(group.value).times(factor)?)?;
        if let Some(half_end) = half(pieces, end).filter(|_| factor > 1) {
            total = total.plus(Decimal::whole(factor / 2))?;
            words += 1;
            break half_end;
        }
        ceiling = ceiling.min(factor);
        let Some(next) =
            next_word(pieces, end).filter(|_| factor > 1).and_then(|at| later_group(pieces, at))
        else {
            break end;
        };
        let (smaller, _) = units::factor(pieces, next.end);
        if smaller >= ceiling {
            break end;
        }
        if smaller == 1 && next.words == 1 {
            // "một triệu hai" is short for "một triệu hai trăm nghìn"; "hai nghìn năm" are years.
            if next.value == 5 {
                break end;
            }
            total = total.plus(Decimal::whole(next.value * factor / 10))?;
            words += 1;
            break next.end;
        }
        group = next;
    };
    Some(Read { value: total, end, words })
}

/// "rưỡi" after a multiplier: the piece after it.
pub(super) fn half(pieces: &Pieces<'_>, end: usize) -> Option<usize> {
    let at = next_word(pieces, end)?;
    (pieces.word(at) == "rưỡi").then_some(at + 1)
}

/// Before a lone "năm" these make it a year: "hằng năm người dân".
pub(super) fn is_year(before: &str) -> bool {
    matches!(
        before,
        "mỗi"
            | "hằng"
            | "hàng"
            | "một"
            | "các"
            | "cả"
            | "đầu"
            | "cuối"
            | "giữa"
            | "nửa"
            | "những"
            | "từng"
            | "quý"
            | "tháng"
            | "trước"
            | "sau"
            | "của"
            | "mấy"
            | "nhiều"
            | "vài"
            | "số"
            | "theo"
    )
}

/// A value below a thousand.
struct Group {
    value: u128,
    end: usize,
    words: usize,
}

fn first_group(pieces: &Pieces<'_>, at: usize) -> Option<Group> {
    if pieces.word(at) == "mười" {
        return Some(tens(pieces, at, 10, 1));
    }
    let digit = digit(&pieces.word(at))?;
    let alone = Group { value: digit, end: at + 1, words: 1 };
    let Some(second_at) = next_word(pieces, at + 1) else {
        return Some(alone);
    };
    Some(match &*pieces.word(second_at) {
        "mươi" | "chục" => tens(pieces, second_at, digit * 10, 2),
        "trăm" => hundreds(pieces, second_at, digit * 100),
        "mốt" => Group { value: digit * 10 + 1, end: second_at + 1, words: 2 },
        "lăm" | "nhăm" => Group { value: digit * 10 + 5, end: second_at + 1, words: 2 },
        _ => alone,
    })
}

/// A group after a multiplier may also begin with "không trăm", "linh" or "lẻ".
fn later_group(pieces: &Pieces<'_>, at: usize) -> Option<Group> {
    match &*pieces.word(at) {
        "không" => {
            let hundred_at = next_word(pieces, at + 1)?;
            (pieces.word(hundred_at) == "trăm").then(|| hundreds(pieces, hundred_at, 0))
        }
        "linh" | "lẻ" => {
            let digit_at = next_word(pieces, at + 1)?;
            let value = digit(&pieces.word(digit_at))?;
            Some(Group { value, end: digit_at + 1, words: 2 })
        }
        _ => first_group(pieces, at),
    }
}

/// What follows "trăm" at this place.
fn hundreds(pieces: &Pieces<'_>, at: usize, value: u128) -> Group {
    let plain = Group { value, end: at + 1, words: 2 };
    let rest = next_word(pieces, at + 1).and_then(|at| later_group(pieces, at));
    match rest {
        Some(rest) if rest.words > 1 && rest.value < 100 => {
            Group { value: value + rest.value, end: rest.end, words: rest.words + 2 }
        }
        Some(rest) if rest.value == 10 => Group { value: value + 10, end: rest.end, words: 3 },
        _ => plain,
    }
}

/// What follows "mươi" or "mười" at this place. "năm" there is the unit: five is "lăm" after tens.
fn tens(pieces: &Pieces<'_>, at: usize, value: u128, words: usize) -> Group {
    let plain = Group { value, end: at + 1, words };
    let Some(one_at) = next_word(pieces, at + 1) else {
        return plain;
    };
    let one = match &*pieces.word(one_at) {
        "mốt" => 1,
        "tư" => 4,
        "lăm" | "nhăm" => 5,
        "năm" => return plain,
        word => match digit(word) {
            Some(one) => one,
            None => return plain,
        },
    };
    Group { value: value + one, end: one_at + 1, words: words + 1 }
}

fn next_word(pieces: &Pieces<'_>, end: usize) -> Option<usize> {
    let at = pieces.skip_blank(end);
    (at > end && pieces.is(at, Kind::Word)).then_some(at)
}

fn digit(word: &str) -> Option<u128> {
    Some(match word {
        "một" => 1,
        "hai" => 2,
        "ba" => 3,
        "bốn" => 4,
        "năm" => 5,
        "sáu" => 6,
        "bảy" | "bẩy" => 7,
        "tám" => 8,
        "chín" => 9,
        _ => return None,
    })
}
