//! What a document says of itself: number, kind, title, issuer, dates.

use jiff::ToSpan;
use jiff::civil::Date;

use super::articles::Piece;
use super::lines::{shouts, stripped};
use crate::document::{Document, Problem};
use crate::issuers::issuer_of;
use crate::mention::mentions;
use crate::number::{kind_of, numbers};

/// Kinds as they head a document, longest first.
const KINDS: [&str; 14] = [
    "Thông tư liên tịch",
    "Nghị quyết liên tịch",
    "Văn bản hợp nhất",
    "Bộ luật",
    "Pháp lệnh",
    "Nghị định",
    "Nghị quyết",
    "Quyết định",
    "Thông tư",
    "Chỉ thị",
    "Sắc lệnh",
    "Kế hoạch",
    "Thông báo",
    "Luật",
];

/// Fills the fields that are empty from the document's own words.
pub(super) fn fill(document: &mut Document, pieces: &[Piece], problems: &mut Vec<Problem>) {
    let head = head(pieces);
    let head = head.as_slice();

    if document.id.is_empty() {
        document.id = number(head).unwrap_or_default();
        if document.id.is_empty() {
            problems.push(Problem {
                at: "mở đầu".into(),
                what: "không thấy số, ký hiệu của văn bản".into(),
            });
        }
    }
    // "LUẬT" and below it "LUẬT SƯ": a line that is the kind and nothing else comes first.
    let alone = |line: &&str| KINDS.iter().copied().find(|kind| **line == kind.to_uppercase());
    let named =
        head.iter().enumerate().rev().find_map(|(i, line)| heading(line).map(|kind| (i, kind)));
    let heading =
        head.iter().enumerate().find_map(|(i, line)| alone(line).map(|kind| (i, kind))).or(named);
    if document.kind.is_empty() {
        document.kind = heading.map_or_else(|| kind_of(&document.id), |(_, kind)| kind).to_owned();
    }
    if document.title.is_empty()
        && let Some((i, kind)) = heading
    {
        document.title = title(kind, head[i], &head[i + 1..]);
    }
    if document.issuer.is_empty() {
        let local = || local_issuer(head);
        let known = issuer_of(&document.id);
        document.issuer =
            if known.is_empty() { local().unwrap_or_default() } else { known.to_owned() };
    }
    if document.issued.is_none() {
        document.issued = issued(head);
    }
    dates(document, pieces);
}

/// The lines before the basis ("Căn cứ …") of the opening, if there is one.
fn head(pieces: &[Piece]) -> Vec<&str> {
    let opening = pieces.first().filter(|piece| piece.article.place.part.is_none());
    let opening = opening.filter(|piece| piece.article.place.article.as_deref() == Some("0"));
    let opening = opening.map_or("", |piece| piece.text.as_str());
    let mut head: Vec<&str> =
        opening.lines().map(stripped).filter(|line| !line.is_empty()).collect();
    let basis = head.iter().position(|line| starts(line, "căn cứ ")).unwrap_or(head.len());
    head.truncate(basis);
    head
}

/// Fills the days of issue and of effect: from the letterhead and the last articles.
pub(super) fn dates(document: &mut Document, pieces: &[Piece]) {
    if document.issued.is_none() {
        document.issued = passed(pieces).or_else(|| issued(&head(pieces)));
    }
    if document.effective.is_none() {
        document.effective = effective(pieces, document.issued);
    }
}

fn starts(line: &str, words: &str) -> bool {
    let mut there = line.chars().flat_map(char::to_lowercase);
    words.chars().all(|c| there.next() == Some(c))
}

/// The number of the letterhead: after "Số:" with nothing but place and date behind it, or at the end
/// of a line that names the document. A number in any other line may be another document's.
fn number(head: &[&str]) -> Option<String> {
    let title = head.iter().position(|line| heading(line).is_some()).unwrap_or(head.len());
    let labelled = head.iter().find_map(|line| {
        let (number, span) = numbers(line).into_iter().next()?;
        let before = line[..span.start].trim_end().to_lowercase();
        let label = before.trim_end_matches([':', '*', '|', ' ']);
        let colon = label.len() < before.len() || label.ends_with("luật số");
        let labels = [
            "số",
            "sohieu",
            "số ký hiệu",
            "luật số",
            "pháp lệnh số",
            "nghị quyết số",
            "nghị định số",
        ];
        let after = line[span.end..].trim();
        let alone = after.is_empty() || after.contains(", ngày") || after.starts_with('|');
        (colon
            && alone
            && labels.iter().any(|known| label.ends_with(known))
            && label.chars().count() < 60)
            .then_some(number)
    });
    labelled.or_else(|| {
        head[..title].iter().find_map(|line| {
            let (number, span) = numbers(line).into_iter().next_back()?;
            let named = line[..span.start].trim_end().ends_with(" số")
                && !line.to_lowercase().contains("sửa đổi");
            let kind = KINDS.iter().any(|kind| starts(line, &kind.to_lowercase()));
            (kind && named && line[span.end..].trim().is_empty()).then_some(number)
        })
    })
}

/// The kind that a line names: alone, or in capitals with the title after it.
fn heading(line: &str) -> Option<&'static str> {
    KINDS.iter().copied().find(|kind| {
        let rest = line.strip_prefix(&kind.to_uppercase());
        let titled = |rest: &str| {
            !rest.contains("SỐ") && !rest.contains("Số") && rest.chars().any(char::is_alphabetic)
        };
        line == *kind
            || rest.is_some_and(|rest| {
                rest.is_empty() || titled(rest) && (shouts(rest) || rest.starts_with(' '))
            })
    })
}

/// "LUẬT" and "HỘ TỊCH" are "Luật Hộ tịch".
fn title(kind: &str, line: &str, after: &[&str]) -> String {
    let same = line.strip_prefix(&kind.to_uppercase()).unwrap_or_default().trim();
    let stops = [
        "luật số",
        "số:",
        "căn cứ",
        "luật này",
        "theo đề nghị",
        "xét ",
        "thủ tướng chính phủ",
        "bộ trưởng",
        "chính phủ",
        "quốc hội",
        "ủy ban thường vụ",
        "uỷ ban thường vụ",
        "hội đồng nhân dân",
        "ủy ban nhân dân",
        "uỷ ban nhân dân",
        "chủ tịch ",
        "của quốc hội",
        "của chính phủ",
        "của bộ",
        "hội đồng thẩm phán",
    ];
    let stop = |line: &str| {
        line.starts_with(['(', '_', '-', '*']) || stops.iter().any(|words| starts(line, words))
    };
    let mut words: Vec<&str> = vec![same];
    for (i, line) in after.iter().take(8).enumerate() {
        // A title in capitals goes on in capitals, any other is one line.
        let goes_on = if same.is_empty() && i == 0 {
            true
        } else {
            shouts(line) && words.iter().all(|words| words.is_empty() || shouts(words))
        };
        if stop(line) || !goes_on || line.contains("được sửa đổi, bổ sung bởi") {
            break;
        }
        words.push(line);
    }
    let words = super::layout::without_notes(&words.join(" "));
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.trim_matches(['*', '_', '-', ' ']);
    let words = if shouts(words) {
        quiet(words, kind.ends_with("uật") || kind == "Pháp lệnh")
    } else {
        words.to_owned()
    };
    format!("{kind} {words}").trim_end().to_owned()
}

/// A title in capitals in common letters; names that occur in many titles keep theirs.
fn quiet(loud: &str, capital: bool) -> String {
    let mut words = loud.to_lowercase();
    for name in [
        "Việt Nam",
        "Hà Nội",
        "Quốc hội",
        "Chính phủ",
        "Hội đồng nhân dân",
        "Ủy ban nhân dân",
        "Nhà nước",
        "Luật",
        "Nghị định",
        "Thông tư",
    ] {
        words = words.replace(&name.to_lowercase(), name);
    }
    let mut words = words
        .replace("pháp Luật", "pháp luật")
        .replace("kỷ Luật", "kỷ luật")
        .replace("bộ Luật", "Bộ luật");
    for mention in mentions(&words.clone()).into_iter().rev() {
        let known = mention.name.filter(|name| {
            words
                .get(mention.span.clone())
                .is_some_and(|there| there.to_lowercase() == name.to_lowercase())
        });
        if let Some(name) = known {
            words.replace_range(mention.span, &name);
        }
    }
    let mut chars = words.chars();
    match chars.next() {
        Some(first) if capital => first.to_uppercase().chain(chars).collect(),
        _ => words,
    }
}

/// "ỦY BAN NHÂN DÂN" and "THÀNH PHỐ HÀ NỘI" of a letterhead.
fn local_issuer(head: &[&str]) -> Option<String> {
    let bodies =
        ["ủy ban nhân dân", "uỷ ban nhân dân", "hội đồng nhân dân", "chủ tịch ủy ban nhân dân"];
    let i = head
        .iter()
        .position(|line| shouts(line) && bodies.iter().any(|body| starts(line, body)))?;
    let places =
        ["thành phố", "tỉnh", "quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu"];
    let mut words = head[i].to_lowercase();
    let next = head
        .get(i + 1)
        .filter(|line| shouts(line) && places.iter().any(|place| starts(line, place)));
    if let Some(next) = next {
        words = format!("{words} {}", next.to_lowercase());
    }
    for cut in [" cộng hòa", " cộng hoà", " -", "_"] {
        words.truncate(words.find(cut).unwrap_or(words.len()));
    }
    // The place's name, after the word for what it is, has capitals.
    let place = places
        .iter()
        .filter_map(|place| words.find(&format!("{place} ")).map(|at| at + place.len() + 1))
        .max();
    let place = place.unwrap_or(words.len());
    let name: Vec<String> = words[place..].split_whitespace().map(capital).collect();
    Some(format!("{}{}", capital(&words[..place]), name.join(" ")).trim().to_owned())
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// "Hà Nội, ngày 20 tháng 11 năm 2014".
fn issued(head: &[&str]) -> Option<Date> {
    let dated = head.iter().filter(|line| line.contains(", ngày") || starts(line, "ngày "));
    dated.filter(|line| line.chars().count() < 160).find_map(|line| first_date(line))
}

/// "Luật này được Quốc hội … thông qua ngày 20 tháng 11 năm 2014".
fn passed(pieces: &[Piece]) -> Option<Date> {
    let own = pieces.iter().rev().filter(|piece| piece.article.place.part.is_none());
    own.filter_map(|piece| {
        let at = piece
            .text
            .rfind("thông qua ngày")
            .or_else(|| piece.text.rfind("thông qua vào ngày"))?;
        first_date(&piece.text[at..])
    })
    .next()
}

fn first_date(text: &str) -> Option<Date> {
    viet::dates(text).into_iter().map(|(date, _)| date).next()
}

/// "Nghị định này có hiệu lực thi hành từ ngày …"; from signing, or days after it.
fn effective(pieces: &[Piece], issued: Option<Date>) -> Option<Date> {
    let own = pieces.iter().rev().filter(|piece| piece.article.place.part.is_none());
    own.flat_map(|piece| [&piece.text, &piece.article.heading]).find_map(|text| {
        // "Nghị quyết có hiệu lực" is said as well.
        let mut named =
            text.match_indices(" này có hiệu lực").chain(text.match_indices(" có hiệu lực"));
        let at = named.find(|(at, _)| begins_sentence(&text[..*at])).map(|(at, _)| at)?;
        let rest = &text[at..];
        let sentence = &rest[..rest.find(['\n', ';']).unwrap_or(rest.len())];
        let signing = [
            "ngày ký",
            "ngày thông qua",
            "ngày được thông qua",
            "ngày được Quốc hội thông qua",
            "ngày Quốc hội thông qua",
            "ngày được Ủy ban Thường vụ Quốc hội thông qua",
        ];
        let signed = signing.iter().filter_map(|words| sentence.find(words)).min();
        let dated = viet::dates(sentence).into_iter().next();
        match (signed, dated) {
            (Some(signed), dated) if dated.as_ref().is_none_or(|(_, span)| signed < span.start) => {
                let days = days_after(&sentence[..signed]);
                issued.and_then(|issued| issued.checked_add(days.days()).ok())
            }
            // The day stands right after the verb, or the sentence is about something else.
            (_, dated) => dated
                .filter(|(_, span)| sentence[..span.start].chars().count() < 60)
                .map(|(date, _)| date),
        }
    })
}

/// Whether the kind of a document and nothing else stands between here and the sentence's beginning:
/// "1. Luật", but not "kể từ ngày Luật".
pub(super) fn begins_sentence(before: &str) -> bool {
    let start = before.rfind(['\n', '.', ';', ':', ')', ']']).map_or(0, |at| at + 1);
    let words = before[start..].trim();
    KINDS.contains(&words)
}

/// The 45 in "có hiệu lực sau 45 ngày, kể từ …"; else 0.
fn days_after(words: &str) -> i64 {
    let words: Vec<&str> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let days =
        words.windows(2).filter(|pair| pair[1] == "ngày").find_map(|pair| pair[0].parse().ok());
    days.filter(|days| (1..=180).contains(days)).unwrap_or(0)
}
