//! Cutting a text into sentences.

/// Words that end in a dot without ending a sentence, in lower case. Place, title and contact words
/// of official letters; short words that also end sentences ("ra.") are not here.
const ABBREVIATIONS: [&str; 40] = [
    "tp", "tx", "tt", "q", "p", "h", "x", "đ", "kp", "kcn", "kđt", "ths", "ts", "tskh", "gs",
    "pgs", "bs", "bsck", "ks", "kts", "ls", "cn", "nxb", "stt", "đt", "sđt", "tel", "fax", "mr",
    "mrs", "ms", "dr", "vd", "tk", "tm", "kt", "tl", "tuq", "st", "no",
];

/// Words whose number, at the start of a line, is a heading: "Điều 5. Lệ phí" is one sentence.
const HEADINGS: [&str; 8] = ["điều", "chương", "mục", "phần", "khoản", "bước", "câu", "lục"];

/// The sentences in order, each a trimmed slice of the text.
///
/// A sentence ends at a line feed, or at `.` `!` `?` `…` `;` before a blank. Numbers (8.000),
/// abbreviations (TP., ThS., v.v.), document numbers and labels at the start of a line ("1.", "a)",
/// "Điều 5.") do not end one. Pieces without any letter or digit are left out.
///
/// ```
/// let text = "1. Lệ phí là 8.000 đồng; nộp tại UBND TP. Hà Nội. Không thu thêm";
/// let expect = ["1. Lệ phí là 8.000 đồng;", "nộp tại UBND TP. Hà Nội.", "Không thu thêm"];
/// assert_eq!(viet::sentences(text), expect);
/// ```
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.split(['\n', '\r']) {
        let line = line.trim();
        let mut rest = 0;
        let mut last_word = 0..0;
        let mut in_word = false;
        let mut letters = line.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter.is_alphanumeric() || unicode_normalization::char::is_combining_mark(letter) {
                let start = if in_word { last_word.start } else { at };
                last_word = start..at + letter.len_utf8();
                in_word = true;
                continue;
            }
            in_word = false;
            if !matches!(letter, '.' | '!' | '?' | '…' | ';') {
                continue;
            }
            // Further end signs and closing quotes belong to the sentence they close.
            let mut end = at + letter.len_utf8();
            let mut alone = true;
            while let Some(&(next_at, next)) = letters.peek()
                && matches!(
                    next,
                    '.' | '!' | '?' | '…' | ';' | '"' | '”' | '’' | '»' | ')' | ']' | '\''
                )
            {
                alone &= !matches!(next, '.' | '!' | '?' | '…' | ';');
                end = next_at + next.len_utf8();
                letters.next();
            }
            let next = letters.peek().map(|&(_, next)| next);
            if next.is_some_and(|next| !next.is_whitespace()) {
                continue;
            }
            // A word ends at this dot, so it lies in the current sentence.
            if letter == '.' && alone && last_word.end == at && last_word.start >= rest {
                let (lead, word) = (&line[rest..last_word.start], &line[last_word.clone()]);
                if goes_on(line, rest == 0, lead, word, end) {
                    continue;
                }
            }
            push(&mut found, &line[rest..end]);
            rest = end;
        }
        push(&mut found, &line[rest..]);
    }
    found
}

fn push<'a>(found: &mut Vec<&'a str>, piece: &'a str) {
    if piece.contains(char::is_alphanumeric) {
        found.push(piece.trim());
    }
}

/// Whether the sentence goes on after `lead`, `word` and a dot that ends at `end`.
fn goes_on(line: &str, at_line_start: bool, lead: &str, word: &str, end: usize) -> bool {
    if at_line_start && is_label(lead, word) {
        return true;
    }
    let letters = word.chars().count();
    if letters == 1 && lead.ends_with("v.") {
        // "v.v." closes a list inside a sentence, and sometimes the sentence.
        return line[end..].trim_start().starts_with(char::is_lowercase);
    }
    let capital = word.starts_with(char::is_uppercase);
    // "Nguyễn V. An": one capital letter is a name or a place word.
    if letters == 1 {
        return capital || matches!(word, "q" | "p" | "h" | "x" | "đ");
    }
    // Abbreviations have four letters at most; longer words are not looked up.
    letters <= 4
        && (capital || matches!(word, "tp" | "tx" | "tel" | "fax"))
        && ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// "1.", "1.2.", "a.", "IV.", "Điều 5." where a line begins.
fn is_label(lead: &str, word: &str) -> bool {
    // Labels are short; a limit also keeps the work per dot small on a long line.
    if lead.len() > 64 {
        return false;
    }
    let short = word.len() <= 4;
    let number = short && word.bytes().all(|byte| byte.is_ascii_digit());
    let roman = short && word.bytes().all(|byte| b"IVXLC".contains(&byte));
    let letter = word.chars().count() == 1;
    let lead = lead.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '-' | '+' | '*' | '•' | '“' | '"')
    });
    if lead.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && lead.len() <= 12 {
        return number || roman || letter;
    }
    // "Điều 5", "Điều 5a", "Phụ lục I"
    let numbered = number || roman || (short && word.starts_with(|c: char| c.is_ascii_digit()));
    let mut words = lead.split_whitespace();
    let heading = words.next_back().unwrap_or_default();
    numbered
        && lead.len() <= 24
        && words.count() <= 1
        && HEADINGS.contains(&heading.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_sentences_only() {
        for (input, expect) in [
            ("", vec![]),
            (" \n . ;\n…", vec![]),
            ("Một câu", vec!["Một câu"]),
            ("Xin chào. tôi hỏi?  Vâng!", vec!["Xin chào.", "tôi hỏi?", "Vâng!"]),
            ("Dòng một\r\nDòng hai\n\nDòng ba", vec!["Dòng một", "Dòng hai", "Dòng ba"]),
            ("Phí 8.000 đồng. Mã 1.001193. Hết.", vec!["Phí 8.000 đồng.", "Mã 1.001193.", "Hết."]),
            ("TP. Hà Nội, Q. 1, P. Bến Nghé. Hết", vec!["TP. Hà Nội, Q. 1, P. Bến Nghé.", "Hết"]),
            ("ThS. Nguyễn V. An; PGS. TS. Lê B.", vec!["ThS. Nguyễn V. An;", "PGS. TS. Lê B."]),
            ("Tp.HCM và TP.Hà Nội. Đúng", vec!["Tp.HCM và TP.Hà Nội.", "Đúng"]),
            ("sổ, giấy, v.v. thì nộp. Xong", vec!["sổ, giấy, v.v. thì nộp.", "Xong"]),
            ("sổ, giấy, v.v. Người nộp", vec!["sổ, giấy, v.v.", "Người nộp"]),
            (
                "1. Một. Hai.\na) Ba; bốn;\nb. Năm",
                vec!["1. Một.", "Hai.", "a) Ba;", "bốn;", "b. Năm"],
            ),
            ("1.2. Mục con. Hết\n- IV. Bốn", vec!["1.2. Mục con.", "Hết", "- IV. Bốn"]),
            ("Điều 5. Lệ phí\nChương II. Chung", vec!["Điều 5. Lệ phí", "Chương II. Chung"]),
            ("Theo khoản 2 Điều 5. Người nộp", vec!["Theo khoản 2 Điều 5.", "Người nộp"]),
            (
                "Luật số 60/2014/QH13. Năm 2025. Xong",
                vec!["Luật số 60/2014/QH13.", "Năm 2025.", "Xong"],
            ),
            ("Ông nói: “Được.” Rồi đi…  Hết", vec!["Ông nói: “Được.”", "Rồi đi…", "Hết"]),
            ("Chờ... rồi nộp?! Xong", vec!["Chờ...", "rồi nộp?!", "Xong"]),
            (
                "Số: …/2025 tại https://a.vn/?id=1. Hết",
                vec!["Số: …/2025 tại https://a.vn/?id=1.", "Hết"],
            ),
            ("Ông ấy ra. Bà vào", vec!["Ông ấy ra.", "Bà vào"]),
        ] {
            assert_eq!(sentences(input), expect, "{input:?}");
        }
    }
}
