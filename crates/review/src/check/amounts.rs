//! Amounts in a sentence of law: a number with what it counts, and whether it is a floor, a cap or the thing itself.

use std::collections::HashSet;
use std::ops::Range;

use crate::case::pairs;

/// What is counted; only the same is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Days,
    Hours,
    Months,
    Years,
    Age,
    Share,
    Times,
    Money,
    People,
    Households,
}

/// How a number binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Exact,
    AtMost,
    AtLeast,
}

/// An amount.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Amount {
    pub(crate) value: f64,
    pub(crate) measure: Measure,
    /// Working days.
    pub(crate) working: bool,
    pub(crate) bound: Bound,
    /// Its bytes in the sentence.
    pub(crate) span: Range<usize>,
    /// Its words.
    pub(crate) words: String,
}

impl Amount {
    /// Whether a rule of the draft keeps within this amount of the law: the same, shorter than a cap, over a floor.
    pub(crate) fn agrees(&self, draft: &Amount) -> bool {
        let same = (self.value - draft.value).abs() < 1e-9;
        if self.working != draft.working && self.measure == Measure::Days {
            // Ten working days are more than ten days.
            return self.bound != Bound::AtLeast && !draft.working && draft.value <= self.value;
        }
        match self.bound {
            _ if same => true,
            Bound::AtMost => draft.value < self.value,
            // Another threshold is another rule; what lies over it keeps to it.
            Bound::AtLeast => draft.bound != Bound::AtLeast && draft.value > self.value,
            Bound::Exact => false,
        }
    }
}

/// Sentences of a provision: lines, cut at semicolons and full stops before a blank.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut from = 0;
        let bytes = line.as_bytes();
        for (at, c) in line.char_indices() {
            let stops = c == ';'
                || c == '.' && bytes.get(at + 1).is_none_or(|next| *next == b' ') && at - from > 4;
            if stops {
                found.push(line[from..at].to_owned());
                from = at + 1;
            }
        }
        found.push(line[from..].to_owned());
    }
    found.retain(|sentence| sentence.trim().chars().count() > 15);
    found
}

/// Fractions in words, as shares of a hundred.
const FRACTIONS: [(&str, f64); 6] = [
    ("hai phần ba", 200.0 / 3.0),
    ("2/3", 200.0 / 3.0),
    ("một phần hai", 50.0),
    ("ba phần tư", 75.0),
    ("quá nửa", 50.0),
    ("một phần ba", 100.0 / 3.0),
];

/// The amounts of a sentence; numbers of articles, documents and days of the calendar are none.
pub(crate) fn amounts(sentence: &str) -> Vec<Amount> {
    let lower = sentence.to_lowercase();
    if lower.len() != sentence.len() {
        return Vec::new();
    }
    let dates = viet::dates(sentence);
    let cited: Vec<Range<usize>> = law::mentions(sentence).into_iter().map(|it| it.span).collect();
    let inside = |span: &Range<usize>| {
        dates.iter().any(|(_, there)| there.contains(&span.start))
            || cited.iter().any(|there| there.contains(&span.start))
    };
    let mut found = Vec::new();
    for (number, span) in viet::numbers(sentence) {
        let Some((measure, working)) = measure(&number.unit, &lower[span.end..]) else { continue };
        if inside(&span) {
            continue;
        }
        let Ok(value) = number.value.parse::<f64>() else { continue };
        let bound = bound(&lower, &span);
        let words = sentence[span.clone()].to_owned();
        found.push(Amount { value, measure, working, bound, span, words });
    }
    for (words, value) in FRACTIONS {
        if let Some(at) = lower.find(words) {
            let span = at..at + words.len();
            let bound = bound(&lower, &span);
            let words = sentence[span.clone()].to_owned();
            found.push(Amount {
                value,
                measure: Measure::Share,
                working: false,
                bound,
                span,
                words,
            });
        }
    }
    found
}

fn measure(unit: &str, after: &str) -> Option<(Measure, bool)> {
    let plain = match unit {
        "ngày làm việc" => return Some((Measure::Days, true)),
        "ngày" => Measure::Days,
        "giờ" => Measure::Hours,
        "tháng" => Measure::Months,
        "năm" => Measure::Years,
        "tuổi" => Measure::Age,
        "%" => Measure::Share,
        "lần" => Measure::Times,
        "đồng" => Measure::Money,
        "người" => Measure::People,
        "hộ" => Measure::Households,
        _ if after.trim_start().starts_with("lần ") => Measure::Times,
        _ => return None,
    };
    Some((plain, false))
}

/// Words before or after a number that make it a floor or a cap.
fn bound(lower: &str, span: &Range<usize>) -> Bound {
    let before: String = {
        let head = &lower[..span.start];
        let from = head.char_indices().rev().nth(28).map_or(0, |(at, _)| at);
        head[from..].to_owned()
    };
    let after: String = lower[span.end..].chars().take(18).collect();
    let most = [
        "không quá",
        "tối đa",
        "chậm nhất",
        "không vượt quá",
        "trong thời hạn",
        "dưới",
        "không lớn hơn",
        "trong vòng",
        "không cao hơn",
        "cao nhất",
    ];
    let least = [
        "ít nhất",
        "tối thiểu",
        "từ đủ",
        "trên",
        "không thấp hơn",
        "không ít hơn",
        "không dưới",
        "từ",
    ];
    if most.iter().any(|cue| before.contains(cue)) {
        return Bound::AtMost;
    }
    let directly = before.trim_end();
    if least.iter().any(|cue| directly.ends_with(cue) || cue.len() > 5 && before.contains(cue))
        || after.contains("trở lên")
    {
        return Bound::AtLeast;
    }
    if after.contains("trở xuống") {
        return Bound::AtMost;
    }
    Bound::Exact
}

/// Words that a sentence has beside its amounts and what it cites.
pub(crate) fn context(sentence: &str, amounts: &[Amount]) -> HashSet<String> {
    let mut text = sentence.to_owned();
    for amount in amounts {
        text.replace_range(amount.span.clone(), &" ".repeat(amount.span.len()));
    }
    let empty = [
        "quy định",
        "theo quy",
        "định tại",
        "kể từ",
        "từ ngày",
        "thời hạn",
        "trong thời",
        "không quá",
        "chậm nhất",
        "nhất là",
        "ít nhất",
        "trường hợp",
        "ngày nhận",
    ];
    pairs(&text)
        .into_iter()
        .filter(|pair| !empty.contains(&pair.as_str()) && !pair.chars().any(|c| c.is_ascii_digit()))
        .collect()
}

/// The words round one amount: some twenty syllables before it and ten after.
pub(crate) fn near(sentence: &str, amount: &Amount, amounts: &[Amount]) -> HashSet<String> {
    let tokens = viet::syllables(sentence);
    let at = tokens.iter().position(|it| it.span.start >= amount.span.start).unwrap_or(0);
    let from = tokens.get(at.saturating_sub(20)).map_or(0, |it| it.span.start);
    let to = tokens.get(at + 12).map_or(sentence.len(), |it| it.span.end);
    let inside: Vec<Amount> = amounts
        .iter()
        .filter(|it| it.span.start >= from && it.span.end <= to)
        .map(|it| Amount { span: it.span.start - from..it.span.end - from, ..it.clone() })
        .collect();
    context(&sentence[from..to], &inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_caps_and_the_thing_itself() {
        for (text, value, measure, bound) in [
            ("Mỗi lần cấm tiếp xúc không quá 03 ngày", 3.0, Measure::Days, Bound::AtMost),
            ("chậm nhất là 10 ngày làm việc kể từ ngày nhận", 10.0, Measure::Days, Bound::AtMost),
            (
                "được ít nhất 10% tổng số hộ gia đình đồng thuận",
                10.0,
                Measure::Share,
                Bound::AtLeast,
            ),
            ("khi có trên 50% số đại diện hộ tán thành", 50.0, Measure::Share, Bound::AtLeast),
            ("Người cao tuổi từ đủ 80 tuổi trở lên", 80.0, Measure::Age, Bound::AtLeast),
            ("bằng 02 lần mức phạt đối với cá nhân", 2.0, Measure::Times, Bound::Exact),
            ("hỗ trợ 150.000 đồng/tháng để mua giấy", 150_000.0, Measure::Money, Bound::Exact),
        ] {
            let found = &amounts(text)[0];
            assert_eq!(
                (found.value, found.measure, found.bound),
                (value, measure, bound),
                "{text}"
            );
        }
        assert_eq!(amounts("theo khoản 2 Điều 5 ngày 01 tháng 7 năm 2025"), []);
    }

    #[test]
    fn a_stricter_rule_keeps_within_the_law() {
        let of = |text: &str| amounts(text).remove(0);
        for (law, draft, expect) in [
            ("không quá 03 ngày", "không quá 10 ngày", false),
            ("không quá 15 ngày", "trong thời hạn 10 ngày", true),
            ("chậm nhất là 10 ngày", "chậm nhất là 10 ngày làm việc", false),
            ("chậm nhất là 10 ngày làm việc", "chậm nhất là 10 ngày", true),
            ("ít nhất 10% số hộ", "ít nhất 30% số hộ", false),
            ("bằng 02 lần mức", "bằng 03 lần mức", false),
        ] {
            assert_eq!(of(law).agrees(&of(draft)), expect, "{law} / {draft}");
        }
    }
}
