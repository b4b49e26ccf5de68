//! Units and multipliers, in the spellings that people use.

use crate::lexer::{Kind, Pieces};

/// Spelling, and the unit it stands for.
const UNITS: [(&str, &str); 38] = [
    ("ngày làm việc", "ngày làm việc"),
    ("ngày", "ngày"),
    ("việt nam đồng", "đồng"),
    ("vn đồng", "đồng"),
    ("đồng việt nam", "đồng"),
    ("đồng", "đồng"),
    ("vnđ", "đồng"),
    ("vnd", "đồng"),
    ("đ", "đồng"),
    ("usd", "USD"),
    ("đô la mỹ", "USD"),
    ("đô la", "USD"),
    ("phần trăm", "%"),
    ("giờ", "giờ"),
    ("h", "giờ"),
    ("phút", "phút"),
    ("tuần", "tuần"),
    ("tháng", "tháng"),
    ("năm", "năm"),
    ("quý", "quý"),
    ("tuổi", "tuổi"),
    ("bản", "bản"),
    ("trang", "trang"),
    ("trường hợp", "trường hợp"),
    ("lần", "lần"),
    ("người", "người"),
    ("ki lô mét", "km"),
    ("kilômét", "km"),
    ("kilomet", "km"),
    ("km", "km"),
    ("mét vuông", "m2"),
    ("mét", "m"),
    ("m", "m"),
    ("ki lô gam", "kg"),
    ("kilôgam", "kg"),
    ("kilogam", "kg"),
    ("kg", "kg"),
    ("lít", "lít"),
];

/// The same without marks, for texts typed without them. Words that are too often something else
/// without marks (ban, lan, quy) are not here.
const UNITS_WITHOUT_MARKS: [(&str, &str); 13] = [
    ("ngay lam viec", "ngày làm việc"),
    ("ngay", "ngày"),
    ("dong", "đồng"),
    ("phan tram", "%"),
    ("gio", "giờ"),
    ("phut", "phút"),
    ("tuan", "tuần"),
    ("thang", "tháng"),
    ("nam", "năm"),
    ("tuoi", "tuổi"),
    ("truong hop", "trường hợp"),
    ("nguoi", "người"),
    ("met vuong", "m2"),
];

/// A unit word followed by one of these is the first half of another word ("đồng chí", "trang thiết bị").
const OTHER_WORDS: [(&str, &str); 20] = [
    ("đồng", "chí"),
    ("đồng", "phạm"),
    ("đồng", "thời"),
    ("đồng", "sở"),
    ("đồng", "tác"),
    ("đồng", "chủ"),
    ("đồng", "bào"),
    ("đồng", "nghiệp"),
    ("quý", "khách"),
    ("quý", "vị"),
    ("quý", "ông"),
    ("quý", "bà"),
    ("quý", "cơ"),
    ("trang", "thiết"),
    ("trang", "trại"),
    ("trang", "bị"),
    ("trang", "phục"),
    ("tuần", "tra"),
    ("bản", "thân"),
    ("bản", "chất"),
];

const FACTORS: [(&str, u128); 11] = [
    ("nghìn", 1_000),
    ("ngàn", 1_000),
    ("nghin", 1_000),
    ("ngan", 1_000),
    ("triệu", 1_000_000),
    ("trieu", 1_000_000),
    ("tỷ", 1_000_000_000),
    ("tỉ", 1_000_000_000),
    ("ty", 1_000_000_000),
    ("trăm", 100),
    ("tram", 100),
];

/// The product of the multipliers that follow, 1 if there is none, and the piece after them.
pub(super) fn factor(pieces: &Pieces<'_>, mut end: usize) -> (u128, usize) {
    let mut product = 1u128;
    loop {
        let at = pieces.skip_blank(end);
        let word = pieces.word(at);
        let glued = at == end;
        let factor = match &*word {
            "k" if glued => 1_000,
            "tr" if glued => 1_000_000,
            word => FACTORS.iter().find(|(name, _)| *name == word).map_or(1, |&(_, factor)| factor),
        };
        // "tỷ lệ", "triệu chứng", "triệu tập" are words of their own.
        let next = pieces.word(pieces.skip_blank(at + 1));
        let other = matches!(
            (&*word, &*next),
            ("tỷ" | "tỉ", "lệ" | "giá" | "số" | "suất" | "trọng" | "phú")
                | ("triệu", "chứng" | "tập" | "hồi")
        );
        let raised =
            product.checked_mul(factor).filter(|&raised| raised <= 1_000_000_000_000_000_000);
        let Some(raised) = raised.filter(|_| factor > 1 && !other) else {
            return (product, end);
        };
        (product, end) = (raised, at + 1);
    }
}

/// The unit that follows and the piece after it. `bare` says that the text is typed without marks.
pub(super) fn read(pieces: &Pieces<'_>, end: usize, bare: bool) -> Option<(&'static str, usize)> {
    let at = pieces.skip_blank(end);
    match pieces.sign(at) {
        Some('%') => return Some(("%", at + 1)),
        Some('₫') => return Some(("đồng", at + 1)),
        _ => {}
    }
    if !pieces.is(at, Kind::Word) {
        return None;
    }
    let word = pieces.word(at);
    let without_marks: &[_] = if bare { &UNITS_WITHOUT_MARKS } else { &[] };
    let spellings = UNITS.iter().chain(without_marks);
    let (unit, after) = spellings
        .filter(|(spelling, _)| spelling.split(' ').next() == Some(&*word))
        .filter_map(|(spelling, unit)| Some((*unit, phrase_end(pieces, at, spelling)?)))
        .max_by_key(|&(_, after)| after)?;
    let is_square =
        word == "m" && pieces.get(after).is_some_and(|next| matches!(next.text, "2" | "²"));
    if is_square {
        return Some(("m2", after + 1));
    }
    // Digits that stick to the unit make it a code: "5m3", "8h30".
    let sticks = pieces.is(after, Kind::Digits);
    (!sticks && is_unit_here(pieces, end, at, after)).then_some((unit, after))
}

/// Whether the word at this place, up to `after`, is a unit and not the start of something else.
fn is_unit_here(pieces: &Pieces<'_>, end: usize, at: usize, after: usize) -> bool {
    let next_at = pieces.skip_blank(after);
    let glued = at == end;
    match &*pieces.word(at) {
        "h" => glued,
        // A lone "đ" is also a point of an article: after a blank it needs thousands before it.
        "đ" => glued || pieces.before(end).is_some_and(|piece| piece.text.len() == 3),
        "năm" | "nam" => pieces.digits(next_at).is_none_or(|digits| digits.len() != 4),
        // "15 tháng 8" is a day, "6 tháng 15 ngày" a duration.
        "tháng" | "thang" if pieces.is(next_at, Kind::Digits) => {
            matches!(
                &*pieces.word(pieces.skip_blank(next_at + 1)),
                "ngày" | "ngay" | "tuần" | "giờ"
            )
        }
        word => !OTHER_WORDS.contains(&(word, &*pieces.word(next_at))),
    }
}

/// The piece after a spelling of one or more words that begins here.
fn phrase_end(pieces: &Pieces<'_>, at: usize, spelling: &str) -> Option<usize> {
    let mut end = at;
    for (count, part) in spelling.split(' ').enumerate() {
        let word_at = if count == 0 { at } else { pieces.skip_blank(end) };
        if pieces.word(word_at) != part {
            return None;
        }
        end = word_at + 1;
    }
    Some(end)
}
