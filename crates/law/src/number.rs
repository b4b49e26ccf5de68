//! Document numbers (số, ký hiệu): one spelling for each, finding them in text, their kinds.

use std::ops::Range;

use crate::scan;

/// The one spelling of a document number, fit to compare: composed letters, `NĐ` for `ND` and `NÐ`,
/// no blanks, hyphens in the symbol, capitals (but `TTg`), and the running number with two digits at
/// least and no more zeros than that, as numbers are printed: `031/2025/QĐ-UBND` is
/// `31/2025/QĐ-UBND`, `4/2020/TT-BTP` is `04/2020/TT-BTP`.
///
/// An issuer in brackets stays (`33/2021/QĐ-UBND [Hà Nội]`). Text that is no number (a procedure's
/// code, `tep:…`) is only trimmed. Idempotent.
pub fn canonical(number: &str) -> String {
    let trimmed = number.trim();
    let (head, issuer) = match trimmed.split_once('[') {
        Some((head, rest)) if rest.trim_end().ends_with(']') => {
            let words: Vec<&str> =
                rest.trim_end().trim_end_matches(']').split_whitespace().collect();
            (head.trim_end(), viet::clean(&words.join(" ")).trim().to_owned())
        }
        _ => (trimmed, String::new()),
    };
    if !head.starts_with(|c: char| c.is_ascii_digit()) || !head.contains('/') {
        return trimmed.to_owned();
    }
    // One step may bring into order what the next one knows: "12 /CD-UBND" is "12/CĐ-UBND".
    let step = |head: &str| {
        let known =
            scan::scan(head).into_iter().next().filter(|(_, span)| *span == (0..head.len()));
        known.map_or_else(|| spelled(head), |(canonical, _)| canonical)
    };
    let mut head = step(head);
    for _ in 0..4 {
        let next = step(&head);
        if next == head {
            break;
        }
        head = next;
    }
    if issuer.is_empty() { head } else { format!("{head} [{issuer}]") }
}

/// A number of a form that the scanner does not know, spelled as far as its form allows.
fn spelled(head: &str) -> String {
    let upper: String = head
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '_' => '-',
            c => scan::latin(c),
        })
        .collect();
    // Last, because letters that come together may compose.
    let upper = viet::clean(&upper);
    let (first, rest) = upper.split_once('/').unwrap_or((&upper, ""));
    let is_number =
        first.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let first = if is_number && first.matches('.').count() < 2 {
        scan::running(first)
    } else {
        first.to_owned()
    };
    let rest = match rest.split_once('/') {
        Some((year, symbol)) if year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => {
            let symbol = spelled_symbol(&symbol.replace('/', "-"));
            // A symbol that lost its last figure: the year tells which it was.
            let term = (symbol == "QH1").then(|| term_of(year)).flatten();
            format!("{year}/{}", term.map_or(symbol, |term| format!("QH{term}")))
        }
        _ => spelled_symbol(rest),
    };
    format!("{first}/{rest}")
}

/// The term of the National Assembly that sat through a whole year; `None` for years of two terms
/// (2002, 2007, 2011, 2016, 2021, 2026).
fn term_of(year: &str) -> Option<u32> {
    let year: u32 = year.parse().ok()?;
    let terms = [
        (10, 1998, 2001),
        (11, 2003, 2006),
        (12, 2008, 2010),
        (13, 2012, 2015),
        (14, 2017, 2020),
        (15, 2022, 2025),
    ];
    terms.iter().find(|(_, from, to)| (*from..=*to).contains(&year)).map(|(term, ..)| *term)
}

fn spelled_symbol(symbol: &str) -> String {
    let part = |(i, part): (usize, &str)| match (i, part) {
        (0, "ND") => "NĐ".to_owned(),
        (0, "QD") => "QĐ".to_owned(),
        (0, "TTR") => "TTr".to_owned(),
        (0, "CTR") => "CTr".to_owned(),
        (_, "TTG") => "TTg".to_owned(),
        (_, part) => part.to_owned(),
    };
    symbol.split('-').enumerate().map(part).collect::<Vec<_>>().join("-")
}

/// Every document number in running text, in canonical form, with its bytes in `text`.
///
/// Normative numbers carry a year (`74/2025/QĐ-UBND`), administrative ones do not (`5710/QĐ-BCA-C06`).
/// Glued, broken and look-alike spellings are read; a cut one that can be nothing else is completed
/// (`118/2025/NĐ-C`), any other cut one is left out.
pub fn numbers(text: &str) -> Vec<(String, Range<usize>)> {
    scan::scan(text)
}

/// The kind of document (loại văn bản) that a canonical number speaks of; empty when unknown.
///
/// `QH13` gives `Luật`, though codes (bộ luật) and resolutions of the National Assembly are numbered
/// in the same way: only the document's title tells. A bare `UBTVQH14` gives `Pháp lệnh` for small
/// running numbers and `Nghị quyết` for others, by custom, not by rule.
pub fn kind_of(number: &str) -> &'static str {
    let number = number.split('[').next().unwrap_or_default().trim();
    if let Some((_, party)) = number.split_once('-')
        && party.contains('/')
        && !number.split('-').next().unwrap_or_default().contains('/')
    {
        return named(party.split('/').next().unwrap_or_default());
    }
    let mut parts = number.split('/');
    let running = parts.next().unwrap_or_default();
    let Some(symbol) = parts.next_back() else {
        return "";
    };
    match symbol.split('-').next().unwrap_or_default() {
        kind if kind.starts_with("QH") => "Luật",
        kind if kind.starts_with("UBTVQH") => match running.parse() {
            Ok(0..=40u32) => "Pháp lệnh",
            _ => "Nghị quyết",
        },
        kind => named(kind),
    }
}

fn named(kind: &str) -> &'static str {
    match kind {
        "L" => "Luật",
        "PL" => "Pháp lệnh",
        "SL" => "Sắc lệnh",
        "NĐ" => "Nghị định",
        "NQ" => "Nghị quyết",
        "NQLT" => "Nghị quyết liên tịch",
        "QĐ" => "Quyết định",
        "TT" => "Thông tư",
        "TTLT" | "TTLB" => "Thông tư liên tịch",
        "CT" => "Chỉ thị",
        "VBHN" => "Văn bản hợp nhất",
        "KH" => "Kế hoạch",
        "CV" => "Công văn",
        "TB" => "Thông báo",
        "TTr" => "Tờ trình",
        "BC" => "Báo cáo",
        "CTr" => "Chương trình",
        "HD" => "Hướng dẫn",
        "CĐ" => "Công điện",
        "ĐA" => "Đề án",
        "KL" => "Kết luận",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (typed, expect) in [
            ("031/2025/QĐ-UBND", "31/2025/QĐ-UBND"),
            ("003/2025/TT-BNV", "03/2025/TT-BNV"),
            ("4/2020/TT-BTP", "04/2020/TT-BTP"),
            ("123/2015/ND-CP", "123/2015/NĐ-CP"),
            ("123/2015/nđ-cp", "123/2015/NĐ-CP"),
            ("123/2015/NÐ-CP", "123/2015/NĐ-CP"),
            ("60/2014/qh13", "60/2014/QH13"),
            ("1/2021/QD-TTG", "01/2021/QĐ-TTg"),
            (" 74/2025/QĐ - UBND ", "74/2025/QĐ-UBND"),
            ("85/2024/TT–BTС", "85/2024/TT-BTC"),
            ("55/2021/TT_BCA", "55/2021/TT-BCA"),
            ("55/2021/TT/BTC", "55/2021/TT-BTC"),
            ("66.7/2025/NQ-CP", "66.7/2025/NQ-CP"),
            ("206/2025/NQ-QH15", "206/2025/QH15"),
            ("26/2005/PL-UBTVQH11", "26/2005/PL-UBTVQH11"),
            ("10/2020/TTLT-BTC-BLDTBXH", "10/2020/TTLT-BTC-BLĐTBXH"),
            ("5710/QĐ-BCA-C06", "5710/QĐ-BCA-C06"),
            ("33/2021/qđ-ubnd  [ Hà  Nội ]", "33/2021/QĐ-UBND [Hà Nội]"),
            ("57-NQ/TW", "57-NQ/TW"),
            ("12/2020/XYZ-abc", "12/2020/XYZ-ABC"),
            ("52/2019/QH1", "52/2019/QH14"),
            ("52/2016/QH1", "52/2016/QH1"),
            ("1.001193", "1.001193"),
            ("tep:ab/12", "tep:ab/12"),
            ("", ""),
        ] {
            assert_eq!(canonical(typed), expect, "{typed}");
        }
    }

    #[test]
    fn numbers_are_found_in_portal_text() {
        for (text, expect) in [
            ("Luật Cư trú 202068/2020/QH14", vec!["68/2020/QH14"]),
            ("31/2013/NĐ-CP26/2005/PL-UBTVQH11", vec!["31/2013/NĐ-CP", "26/2005/PL-UBTVQH11"]),
            ("72/2020/QH1543/2024/QH15", vec!["72/2020/QH15", "43/2024/QH15"]),
            ("Nghị định 95/2024/NĐ-CPquy định chi tiết", vec!["95/2024/NĐ-CP"]),
            ("118/2025/NĐ-C;", vec!["118/2025/NĐ-CP"]),
            ("85/2024/TT-BTС ngày", vec!["85/2024/TT-BTC"]),
            ("36/2014/NÐ-CP", vec!["36/2014/NĐ-CP"]),
            ("07/2022/QĐ- UBND", vec!["07/2022/QĐ-UBND"]),
            ("102/2015/QH1\n3 quy định", vec!["102/2015/QH13"]),
            ("102/2015/QH1 quy định", vec![]),
            ("Nghị quyết số 66.7/2025/NQ-CP", vec!["66.7/2025/NQ-CP"]),
            ("74/2025/QĐ-UBND", vec!["74/2025/QĐ-UBND"]),
            ("5710/QĐ-BCA-C06 và 12/CT-TTg", vec!["5710/QĐ-BCA-C06", "12/CT-TTg"]),
            ("1656/NQ-UBTVQH15", vec!["1656/NQ-UBTVQH15"]),
            ("55/2021/TT_BCA, 5/2020/TT/BTC", vec!["55/2021/TT-BCA", "05/2020/TT-BTC"]),
            ("01/2016/TTLT-BTC-BTP-BCA ngày", vec!["01/2016/TTLT-BTC-BTP-BCA"]),
            ("nghị định 123/2015/nđ-cp và 07/2025/nd-cp", vec!["123/2015/NĐ-CP", "07/2025/NĐ-CP"]),
            ("số 57-NQ/TW ngày", vec!["57-NQ/TW"]),
            ("123\u{a0}/ 2015 /NĐ\u{200b}-CP", vec!["123/2015/NĐ-CP"]),
            ("1025/QĐ-BCA", vec!["1025/QĐ-BCA"]),
            ("12/2020/QĐ-UBQPAN của", vec!["12/2020/QĐ-UBQPAN"]),
            ("23-VBHN, ngày 20/11/2014, 15/2014, 1/2/3, 30/4/1975/abc", vec![]),
            ("TTr-Sở 12/TTr-Sở", vec![]),
        ] {
            let found: Vec<String> = numbers(text).into_iter().map(|(number, _)| number).collect();
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn spans_lie_in_the_text_as_given() {
        let text = "Luật 202068/2020/QH14, QĐ 07/2022/QĐ- UBNDquy định";
        let found: Vec<&str> = numbers(text).into_iter().map(|(_, span)| &text[span]).collect();
        assert_eq!(found, ["68/2020/QH14", "07/2022/QĐ- UBND"]);
    }

    #[test]
    fn kinds_are_read_from_the_symbol() {
        for (number, expect) in [
            ("60/2014/QH13", "Luật"),
            ("26/2005/PL-UBTVQH11", "Pháp lệnh"),
            ("02/2020/UBTVQH14", "Pháp lệnh"),
            ("326/2016/UBTVQH14", "Nghị quyết"),
            ("1656/NQ-UBTVQH15", "Nghị quyết"),
            ("123/2015/NĐ-CP", "Nghị định"),
            ("33/2021/QĐ-UBND [Hà Nội]", "Quyết định"),
            ("04/2020/TT-BTP", "Thông tư"),
            ("01/2016/TTLT-BTC-BTP", "Thông tư liên tịch"),
            ("57-NQ/TW", "Nghị quyết"),
            ("1.001193", ""),
            ("tep:ab", ""),
            ("", ""),
        ] {
            assert_eq!(kind_of(number), expect, "{number}");
        }
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(text in "[0-9]{1,8}(\\.[0-9]{1,2})?[ /]{1,2}([0-9]{4}/)?[A-ZĐa-zđƯС_./ –-]{0,12}[0-9]{0,2}( \\[[A-Za-z ]{0,5}\\])?") {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn any_text_is_read(text in "([0-9]{1,6}|/|[12][09][0-9]{2}|QH1|NĐ|-|CP|TT|UBND|\u{200b}|\u{31b}|U| |\n|.){0,24}") {
            let mut last = 0;
            for (number, span) in numbers(&text) {
                prop_assert!(text.get(span.clone()).is_some() && span.start >= last);
                prop_assert_eq!(canonical(&number), number);
                last = span.end;
            }
            prop_assert_eq!(canonical(&canonical(&text)), canonical(&text));
        }
    }
}
