//! Ages: those that a question tells, and those that a procedure's name is for. Texts are folded, words set apart by
//! single blanks with one at each end.

use std::ops::RangeInclusive;

/// Ages in years.
pub(crate) type Ages = RangeInclusive<u32>;

/// Ages that a text tells: "con 9 tuổi" is one, "dưới 14 tuổi" and "từ 14 đến 18 tuổi" are many. Months are none.
pub(crate) fn told(text: &str) -> Vec<Ages> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut ages = Vec::new();
    for i in 0..words.len() {
        let (Some(age), Some(&"tuoi")) = (age(words[i]), words.get(i + 1)) else { continue };
        let after = |these: [&str; 2]| words.get(i + 2..i + 4).is_some_and(|it| it == these);
        let before = |back: usize| i.checked_sub(back).map_or("", |at| words[at]);
        let from = before(2).parse().ok().filter(|from| before(3) == "tu" && *from <= age);
        ages.push(match (before(2), before(1)) {
            _ if after(["tro", "len"]) => age..=OLDEST,
            _ if after(["tro", "xuong"]) => 0..=age,
            ("khong", "duoi") => age..=OLDEST,
            (_, "duoi") | ("chua", "du" | "den") => 0..=age.saturating_sub(1),
            (_, "tren" | "hon") => age + 1..=OLDEST,
            (_, "tu") | ("tu", "du") => age..=OLDEST,
            (_, "den") => from.unwrap_or(0)..=age,
            ("khong", "qua") => 0..=age,
            _ => age..=age,
        });
    }
    ages
}

const OLDEST: u32 = 130;

fn age(word: &str) -> Option<u32> {
    word.parse().ok().filter(|age| *age < OLDEST)
}

/// Whether a name that is for an age is for one of these; `None` where it is for any, or no age is told.
pub(crate) fn fits(name: &str, ages: &[Ages]) -> Option<bool> {
    if ages.is_empty() {
        return None;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let (mut least, mut most) = (0, u32::MAX);
    let mut bound = false;
    for (i, word) in words.iter().enumerate() {
        let Some(age) = age(word) else { continue };
        if !words[i + 1..].iter().take(6).any(|it| *it == "tuoi") {
            continue;
        }
        let before = |back: usize| i.checked_sub(back).map_or("", |at| words[at]);
        match (before(2), before(1)) {
            (_, "duoi") => most = most.min(age.saturating_sub(1)),
            ("tu", "du") | (_, "tu") => least = least.max(age),
            ("den", _) | (_, "den") => most = most.min(age),
            _ => continue,
        }
        bound = true;
    }
    bound.then(|| ages.iter().any(|it| *it.start() <= most && *it.end() >= least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_limits_are_read() {
        assert_eq!(told(" con toi 9 tuoi va 15 tuoi 3 thang "), [9..=9, 15..=15]);
        assert_eq!(told(" tre duoi 14 tuoi "), [0..=13]);
        assert_eq!(told(" chua du 6 tuoi "), [0..=5]);
        assert_eq!(told(" tu du 14 tuoi "), [14..=OLDEST]);
        assert_eq!(told(" 60 tuoi tro len "), [60..=OLDEST]);
        assert_eq!(told(" tu 6 den 14 tuoi "), [6..=14]);
        assert_eq!(told(" 14 tuoi tro xuong "), [0..=14]);
        assert_eq!(told(" khong duoi 18 tuoi "), [18..=OLDEST]);
        assert_eq!(told(" tren 14 tuoi "), [15..=OLDEST]);
        assert_eq!(told(" 999 tuoi "), []);
    }

    #[test]
    fn names_are_for_ages() {
        let (child, grown) = ("cho nguoi duoi 14 tuoi", "cho nguoi tu du 14 tuoi tro len");
        for (name, ages, expect) in [
            (child, 9..=9, Some(true)),
            (child, 14..=14, Some(false)),
            (child, 0..=13, Some(true)),
            (grown, 0..=13, Some(false)),
            (grown, 14..=14, Some(true)),
            (grown, 9..=9, Some(false)),
            ("cap ho chieu", 9..=9, None),
        ] {
            assert_eq!(fits(name, std::slice::from_ref(&ages)), expect, "{name} {ages:?}");
        }
        assert_eq!(fits(child, &[]), None);
    }
}
