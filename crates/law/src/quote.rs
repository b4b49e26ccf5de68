//! Whether words are quoted truly.

/// Whether `quote` stands in `source`, letter for letter, after both are cleaned (NFC, single
/// spaces). Case, marks and punctuation count; an empty quote stands nowhere.
pub fn quoted(source: &str, quote: &str) -> bool {
    let squash = |text: &str| viet::clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let quote = squash(quote);
    !quote.is_empty() && squash(source).contains(&quote)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quotation_is_true_letter_for_letter() {
        let source =
            "1. Cha, mẹ  có trách nhiệm\nđăng ký khai sinh cho con trong thời hạn 60 ngày.";
        for (quote, expect) in [
            ("trách nhiệm đăng ký khai sinh", true),
            ("trong thời hạn 60 ngày", true),
            ("trong thời hạn 30 ngày", false),
            ("Trách nhiệm", false),
            ("tra\u{301}ch nhie\u{323}\u{302}m", true),
            ("", false),
            (" ", false),
        ] {
            assert_eq!(quoted(source, quote), expect, "{quote}");
        }
    }
}
