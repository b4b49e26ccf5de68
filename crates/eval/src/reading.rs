//! What was read of a file against what it should hold: its articles, its letters.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// Numbers of articles by a plain look at the lines: "Điều 5." or "Điều 12a:" at the beginning of one, as
/// long as they count on from 1. Independent of the parser.
pub fn headings(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['“', '"', ' ', '*', '#']);
        let Some(rest) = line.strip_prefix("Điều ").or_else(|| line.strip_prefix("ĐIỀU "))
        else {
            continue;
        };
        let Some(end) = rest.find(['.', ':']) else { continue };
        let number = &rest[..end];
        let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase() || c == 'đ');
        let Ok(n) = digits.parse::<u32>() else { continue };
        let last = found.last().map_or("0", String::as_str);
        let before: u32 = last.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        let counts_on = n == before + 1 && number == digits
            || n == before && number.len() > digits.len() && number != last;
        if counts_on {
            found.push(number.to_owned());
        }
    }
    found
}

/// Those of `expected` that are missing or out of their order in `found`.
pub fn in_order(expected: &[String], found: &[String]) -> Vec<String> {
    let mut rest = found.iter();
    let mut missing = Vec::new();
    for one in expected {
        let mut ahead = rest.clone();
        match ahead.any(|it| it == one) {
            true => rest = ahead,
            false => missing.push(one.clone()),
        }
    }
    missing
}

/// Wrong letters and letters of the truth, after NFC and with blanks and marks between cells (`|`) folded: a
/// run that was replaced counts by its longer side. `None` when the texts are too unlike to be aligned in half a minute.
pub fn characters(truth: &str, read: &str) -> Option<(usize, usize)> {
    let letters = |text: &str| -> Vec<char> {
        let clean = viet::clean(text).replace('|', " ");
        clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect()
    };
    let (truth, read) = (letters(truth), letters(read));
    let until = Instant::now() + Duration::from_secs(30);
    let steps = capture_diff_slices_deadline(Algorithm::Myers, &truth, &read, Some(until));
    if Instant::now() > until {
        return None;
    }
    let wrong = |step: &DiffOp| match *step {
        DiffOp::Equal { .. } => 0,
        DiffOp::Delete { old_len, .. } => old_len,
        DiffOp::Insert { new_len, .. } => new_len,
        DiffOp::Replace { old_len, new_len, .. } => old_len.max(new_len),
    };
    Some((steps.iter().map(wrong).sum(), truth.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_count_on() {
        let text = "Điều 1. A\nxem Điều 9.\nĐiều 2: B\nĐiều 2a. C\nĐiều 7. quoted\nĐiều 3. D\nĐiều 1. attached";
        assert_eq!(headings(text), ["1", "2", "2a", "3"]);
    }

    #[test]
    fn what_is_missing_or_misplaced_is_told() {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(in_order(&list("1 2 3"), &list("1 2 2a 3 1")), [""; 0]);
        assert_eq!(in_order(&list("1 2 3"), &list("1 3 2")), ["3"]);
        assert_eq!(in_order(&list("1 2 3"), &list("2 3")), ["1"]);
    }

    #[test]
    fn letters_are_counted() {
        assert_eq!(characters("Điều 1.  Phí", "Điều 1. Phi"), Some((1, 11)));
        assert_eq!(characters("a bc", "a | bc"), Some((0, 4)));
        assert_eq!(characters("abc", "xabcyz"), Some((3, 3)));
    }
}
