//! What must hold for every text.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

/// Pieces that meet in official texts, so that random texts are not all noise.
const PIECES: &[&str] = &[
    "hoà",
    "quý",
    "qúy",
    "thuỷ",
    "Ủy",
    "UỶ",
    "khoẻ",
    "đồng",
    "ngày",
    "tháng",
    "năm",
    "mười",
    "lăm",
    "triệu",
    "tỷ",
    "nghìn",
    "rưỡi",
    "linh",
    "trăm",
    "mươi",
    "hai",
    "không",
    "Điều",
    "TP.",
    "v.v.",
    "1.",
    "a)",
    "50.000",
    "1,5",
    "01/7/2025",
    "2025",
    "NÐ-CP",
    "/",
    "-",
    "–",
    "%",
    "(",
    ")",
    "…",
    ";",
    "\r\n",
    "\r",
    "\n",
    "\t",
    " ",
    "  ",
    "\u{a0}",
    "\u{200b}",
    "\u{ad}",
    "\u{301}",
    "\u{323}",
    "\u{302}",
    "\u{feff}",
    "\u{e0041}",
    "C«ng",
    "hßa",
    "Coäng",
    "hoøa",
    "µ",
    "한",
    "\u{1100}",
    "\u{1161}",
    "İ",
    "ﬀ",
    "Å",
    "\u{344}",
    "q",
    "o",
    "a",
    "à",
    "e",
    "y",
    "u",
    "ỷ",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => proptest::char::range('\u{a0}', '\u{1ff}').prop_map(String::from),
    ];
    let mixed = proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let wild = proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter);
    prop_oneof![3 => mixed, 1 => wild]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forms_are_idempotent(text in texts()) {
        let clean = viet::clean(&text);
        prop_assert_eq!(&viet::clean(&clean), &clean);
        let normal = viet::normalize(&text);
        prop_assert_eq!(&viet::normalize(&normal), &normal);
        prop_assert_eq!(&viet::normalize(&clean), &normal);
        let fold = viet::fold(&text);
        prop_assert_eq!(&viet::fold(&fold), &fold);
        prop_assert_eq!(&viet::fold(&normal), &fold);
    }

    #[test]
    fn composed_and_decomposed_are_one(text in texts()) {
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(viet::normalize(&decomposed), viet::normalize(&text));
        prop_assert_eq!(viet::fold(&decomposed), viet::fold(&text));
        let clean = viet::clean(&text);
        let decomposed: String = clean.nfd().collect();
        prop_assert_eq!(viet::has_marks(&decomposed), viet::has_marks(&clean));
    }

    #[test]
    fn forms_are_clean(text in texts()) {
        for form in [viet::clean(&text), viet::normalize(&text), viet::fold(&text), viet::repair(&text).0] {
            prop_assert!(unicode_normalization::is_nfc(&form));
            let unseen = ['\u{200b}', '\u{ad}', '\u{a0}', '\r', '\u{feff}', '\0'];
            prop_assert!(!form.contains(unseen));
        }
        prop_assert!(!viet::normalize(&text).contains("  "));
        prop_assert!(!viet::has_marks(&viet::fold(&text)));
    }

    #[test]
    fn spans_are_slices_in_order(text in texts()) {
        let mut end = 0;
        for token in viet::syllables(&text) {
            prop_assert_eq!(&text[token.span.clone()], token.text);
            prop_assert!(token.span.start >= end && !token.text.is_empty());
            end = token.span.end;
        }
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        let kept = viet::syllables(&text).iter().flat_map(|t| t.text.chars()).filter(|c| c.is_alphanumeric()).count();
        prop_assert_eq!(letters, kept);
        for spans in [
            viet::dates(&text).into_iter().map(|(_, span)| span).collect::<Vec<_>>(),
            viet::numbers(&text).into_iter().map(|(_, span)| span).collect(),
        ] {
            let mut end = 0;
            for span in spans {
                prop_assert!(span.start >= end && span.end > span.start);
                prop_assert!(!text[span.clone()].trim().is_empty());
                end = span.end;
            }
        }
    }

    #[test]
    fn sentences_are_slices_in_order(text in texts()) {
        let mut rest = text.as_str();
        for sentence in viet::sentences(&text) {
            prop_assert!(!sentence.is_empty() && sentence == sentence.trim() && !sentence.contains('\n'));
            let at = sentence.as_ptr() as usize - rest.as_ptr() as usize;
            // Everything between sentences is blank or punctuation.
            prop_assert!(!rest[..at].contains(char::is_alphanumeric));
            prop_assert!(rest[at..].starts_with(sentence));
            rest = &rest[at + sentence.len()..];
        }
        prop_assert!(!rest.contains(char::is_alphanumeric));
    }

    #[test]
    fn any_bytes_decode(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in texts()) {
        let (decoded, _) = viet::decode(&bytes);
        prop_assert_eq!(viet::clean(&decoded), decoded);
        let (repaired, encoding) = viet::repair(&text);
        if encoding.is_none() {
            prop_assert_eq!(repaired, viet::clean(&text));
        }
    }

    #[test]
    fn days_are_read_back(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28) {
        for text in [
            format!("từ ngày {day:02} tháng {month} năm {year}, người dân"),
            format!("từ {day}/{month:02}/{year}."),
            format!("({day:02}.{month:02}.{year})"),
            format!("{day}-{month}-{year};"),
            format!("{year}-{month:02}-{day:02}"),
        ] {
            let found = viet::dates(&text);
            prop_assert_eq!(found.len(), 1, "{}", text);
            let date = found[0].0;
            prop_assert_eq!((date.year(), date.month(), date.day()), (year, month, day));
            prop_assert!(viet::numbers(&text).is_empty(), "{}", text);
        }
    }

    #[test]
    fn sums_are_read_back(value in 1000u64..1_000_000_000_000) {
        let digits = value.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        for text in [format!("phí {digits} đồng"), format!("{grouped} VNĐ"), format!("{}đ", grouped.replace('.', ","))] {
            let found = viet::numbers(&text);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].0.value, &digits);
            prop_assert_eq!(&found[0].0.unit, "đồng");
        }
    }

    #[test]
    fn words_are_read_back(value in 11u64..1_000_000) {
        // "năm" for five after a hundred is read as "years" by design; the speller uses "linh năm".
        let text = format!("{} đồng", spell(value));
        let found = viet::numbers(&text);
        prop_assert_eq!(found.len(), 1, "{}", text);
        prop_assert_eq!(&found[0].0.value, &value.to_string(), "{}", text);
        prop_assert_eq!(&found[0].0.unit, "đồng");
    }
}

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// The formal spelling of a number below a million.
fn spell(value: u64) -> String {
    let (thousands, rest) = (value / 1000, value % 1000);
    if thousands == 0 {
        return spell_group(rest, false);
    }
    let head = format!("{} nghìn", spell_group(thousands, false));
    if rest == 0 { head } else { format!("{head} {}", spell_group(rest, true)) }
}

fn spell_group(value: u64, inner: bool) -> String {
    let mut words: Vec<&str> = Vec::new();
    let (hundred, ten, one) =
        ((value / 100) as usize, (value / 10 % 10) as usize, (value % 10) as usize);
    if hundred > 0 || inner {
        words.extend([DIGITS[hundred], "trăm"]);
    }
    let low = value % 100;
    if low > 0 {
        match ten {
            0 if words.is_empty() => {}
            0 => words.push("linh"),
            1 => words.push("mười"),
            _ => words.extend([DIGITS[ten], "mươi"]),
        }
        match (ten, one) {
            (_, 0) => {}
            (2.., 1) => words.push("mốt"),
            (1.., 5) => words.push("lăm"),
            _ => words.push(DIGITS[one]),
        }
    }
    words.join(" ")
}

/// Texts made to provoke repeated scans: with square time this test would not end.
#[test]
fn long_texts_take_linear_time() {
    for piece in [
        "1 tháng ",
        "v.v. ",
        "A. ",
        "1.",
        "----A. ",
        "hai nghìn ",
        "\u{301}",
        " \u{200b}",
        "01/7/",
        "C«ng ",
        "(",
        "đ",
        ". ",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        let kept = viet::normalize(&text).len()
            + viet::fold(&text).len()
            + viet::syllables(&text).len()
            + viet::sentences(&text).len()
            + viet::dates(&text).len()
            + viet::numbers(&text).len()
            + viet::repair(&text).0.len();
        assert!(kept > 0, "{piece:?}");
    }
}
