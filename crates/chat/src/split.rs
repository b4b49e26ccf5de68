//! Long texts in parts for channels with a limit. Pure.
//!
//! Letters are counted as UTF-16 units after NFC, for channels do not say what they count and this is never too few.

/// The end of the best cut within a limit, from the strongest: paragraph, line, sentence, space.
const CUTS: &[&str] = &["\n\n", "\n", ". ", "; ", ", ", " "];

/// Splits a text into parts of at most so many UTF-16 units. Rejoined they are the text but for white space at the
/// cuts; neither an address nor a mark of a source is cut.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let text = viet::clean(text);
    let mut rest = text.trim();
    let mut parts = Vec::new();
    while units(rest) > limit {
        let most = reach(rest, limit);
        let at = cut(rest, most);
        let (part, after) = rest.split_at(at);
        parts.push(part.trim_end().to_owned());
        rest = after.trim_start();
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

/// How many UTF-16 units a text has.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The longest beginning within a limit, in bytes.
fn reach(text: &str, limit: usize) -> usize {
    let mut left = limit;
    for (at, letter) in text.char_indices() {
        match left.checked_sub(letter.len_utf16()) {
            Some(rest) => left = rest,
            None => return at,
        }
    }
    text.len()
}

/// Where to cut a text of which the first `most` bytes fit. Parts are not cut short for a strong cut: it must lie in
/// the second half.
fn cut(text: &str, most: usize) -> usize {
    let head = &text[..most];
    for (rank, mark) in CUTS.iter().enumerate() {
        // A space is better than the middle of a word, however early it stands.
        let least = if rank + 1 == CUTS.len() { 1 } else { most / 2 };
        let found = head.rmatch_indices(mark).map(|(at, mark)| at + mark.len());
        if let Some(at) = found.take_while(|at| *at >= least).find(|at| !joined(text, *at)) {
            return at;
        }
    }
    // One word longer than the limit: not between a letter and its marks.
    let marked = |letter: char| ('\u{300}'..='\u{36f}').contains(&letter) || letter == '\u{200d}';
    let mut at = most;
    while at > 1 && (!text.is_char_boundary(at) || text[at..].starts_with(marked)) {
        at -= 1;
    }
    at.max(text.chars().next().map_or(1, char::len_utf8))
}

/// Whether a cut would part a mark of a source from the words that it stands for, or a number from its heading.
fn joined(text: &str, at: usize) -> bool {
    let after = text[at..].trim_start();
    let mark = after.strip_prefix('[').and_then(|it| it.split_once(']'));
    let mark = mark.is_some_and(|(n, _)| {
        n.len() <= 6 && n.bytes().all(|b| b.is_ascii_digit() || b", ".contains(&b))
    });
    let before = text[..at].trim_end();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let number = word
        .strip_suffix(['.', ')'])
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    mark || number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_a_reader_would_pause() {
        for (text, limit, expect) in [
            ("Ngắn thôi.", 2000, vec!["Ngắn thôi."]),
            ("", 10, vec![]),
            ("Đoạn một.\n\nĐoạn hai dài.", 15, vec!["Đoạn một.", "Đoạn hai dài."]),
            ("Câu một. Câu hai. Câu ba.", 18, vec!["Câu một. Câu hai.", "Câu ba."]),
            // A source stays with its sentence.
            ("Nộp trong 60 ngày [1]. Xong", 20, vec!["Nộp trong 60", "ngày [1]. Xong"]),
            // A number stays with what it counts.
            ("Gồm có:\n1. Tờ khai", 12, vec!["Gồm có:", "1. Tờ khai"]),
            // Decomposed letters count as they are shown.
            ("Ca\u{302}\u{301}p", 3, vec!["Cấp"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("🏛🏛🏛", 4, vec!["🏛🏛", "🏛"]),
            ("🏛🏛", 1, vec!["🏛", "🏛"]),
        ] {
            assert_eq!(split(text, limit), expect, "{text}");
        }
    }

    #[test]
    fn nothing_is_lost_and_no_part_is_too_long() {
        let url = "https://dichvucong.gov.vn/p/home/dvc-chi-tiet-thu-tuc.html?ma_thu_tuc=1.001193";
        let clause = "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1], [2]; xem ";
        let text = format!("{}\n\n{}", format!("{clause}{url}. ").repeat(40), "x".repeat(5000));
        for limit in [90, 500, 1900, 4096] {
            let parts = split(&text, limit);
            assert!(parts.iter().all(|part| units(part) <= limit && !part.is_empty()));
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(bare(&parts.concat()), bare(&text));
            if limit >= 500 {
                let whole: usize = parts.iter().map(|part| part.matches(url).count()).sum();
                assert_eq!(whole, 40);
            }
        }
    }
}
