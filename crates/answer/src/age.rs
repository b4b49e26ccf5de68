//! Ages: those that a question tells, and those that a procedure's name is for. Texts are folded, words set apart by
//! single blanks with one at each end.

/// Ages in years that a text tells: "con 9 tuổi", "đủ 14 tuổi". Months and limits ("dưới 14 tuổi") are none.
pub(crate) fn told(text: &str) -> Vec<u32> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut ages = Vec::new();
    for pair in words.windows(2) {
        if let (Ok(age), "tuoi") = (pair[0].parse::<u32>(), pair[1])
            && age < 130
        {
            ages.push(age);
        }
    }
    ages
}

/// Whether a name that is for an age is for one of these; `None` where it is for any, or no age is told.
pub(crate) fn fits(name: &str, ages: &[u32]) -> Option<bool> {
    if ages.is_empty() {
        return None;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let (mut least, mut most) = (0, u32::MAX);
    let mut bound = false;
    for (i, word) in words.iter().enumerate() {
        let Ok(age) = word.parse::<u32>() else { continue };
        if words.get(i + 1) != Some(&"tuoi")
            && !words[i + 1..].iter().take(5).any(|it| *it == "tuoi")
        {
            continue;
        }
        let before = |back: usize| i.checked_sub(back).map(|at| words[at]);
        match (before(2), before(1)) {
            (_, Some("duoi")) => most = most.min(age.saturating_sub(1)),
            (Some("tu"), Some("du")) | (_, Some("tu")) => least = least.max(age),
            (Some("den"), _) | (_, Some("den")) => most = most.min(age),
            _ => continue,
        }
        bound = true;
    }
    bound.then(|| ages.iter().any(|age| (least..=most).contains(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_and_compared() {
        assert_eq!(told(" con toi 9 tuoi va 15 tuoi 3 thang "), [9, 15]);
        for (name, age, expect) in [
            ("cap the can cuoc cho nguoi duoi 14 tuoi", 9, Some(true)),
            ("cap the can cuoc cho nguoi duoi 14 tuoi", 14, Some(false)),
            ("cap the can cuoc cho nguoi tu du 14 tuoi tro len", 14, Some(true)),
            ("cap the can cuoc cho nguoi tu du 14 tuoi tro len", 9, Some(false)),
            ("cap ho chieu", 9, None),
        ] {
            assert_eq!(fits(name, &[age]), expect, "{name} {age}");
        }
        assert_eq!(fits("duoi 14 tuoi", &[]), None);
    }
}
