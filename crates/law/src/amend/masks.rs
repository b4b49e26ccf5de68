//! Quotation marks in running text: what stands in them, and the text without it.

/// The text with what stands in quotation marks blanked, byte for byte.
pub(super) fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0u32;
    let mut straight = false;
    for c in text.chars() {
        match c {
            '“' => depth += 1,
            '”' if depth == 0 => straight = false,
            '”' => depth -= 1,
            '"' => straight = !straight,
            _ => {
                if depth > 0 || straight {
                    out.extend(std::iter::repeat_n(' ', c.len_utf8()));
                    continue;
                }
            }
        }
        out.push(c);
    }
    out
}

/// What stands in quotation marks, outermost pairs.
pub(super) fn quotes(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut straight) = (0u32, 0, None);
    for (at, c) in text.char_indices() {
        // A pair of one straight and one curly mark.
        if c == '”'
            && depth == 0
            && let Some(start) = straight.take()
        {
            found.push(&text[start..at]);
            continue;
        }
        match c {
            '“' => {
                if depth == 0 {
                    start = at + c.len_utf8();
                }
                depth += 1;
            }
            '”' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push(&text[start..at]);
                }
            }
            '"' if depth == 0 => match straight.take() {
                None => straight = Some(at + 1),
                Some(start) => found.push(&text[start..at]),
            },
            _ => {}
        }
    }
    found
}
