//! Rules on single texts: each a small pure function from a text to what is wrong with it, with
//! the line where a person should look.

/// A finding in one text: line from 1, and what is wrong.
pub(crate) type Found = (usize, String);

/// Words that do not belong in a product's repository: places on the machine of whoever wrote a
/// line, and the names of writing tools. Written in halves, for this file is read as well.
const STRANGERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("cla", "ude"),
    concat!("chat", "gpt wrote"),
];

/// Vietnamese is kept in NFC. A letter followed by a combining mark is the sign of NFD, which
/// neither a search nor a check of quotations would match.
pub(crate) fn not_nfc(text: &str) -> Vec<Found> {
    let decomposed = |line: &str| {
        let mut letter = false;
        line.chars().any(|c| {
            let mark = ('\u{300}'..='\u{36F}').contains(&c);
            let found = letter && mark;
            letter = c.is_alphabetic();
            found
        })
    };
    lines(text, |line| decomposed(line).then(|| "not in NFC: a mark stands apart".to_string()))
}

/// Placeholders are `{name}`: small ASCII letters, digits and `_`, starting with a letter. Any
/// other brace would reach a model or a person as it stands.
pub(crate) fn bad_placeholders(text: &str) -> Vec<Found> {
    lines(text, |line| {
        let mut rest = line;
        while let Some(at) = rest.find(['{', '}']) {
            let opened = rest[at..].strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = opened else {
                return Some("a brace without its partner".to_string());
            };
            if !is_name(name) {
                return Some(format!("{{{name}}} is no placeholder"));
            }
            rest = after;
        }
        None
    })
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Words of [`STRANGERS`], in any case. A path counts only from its beginning: `src/work/` is ours.
pub(crate) fn strangers(text: &str) -> Vec<Found> {
    lines(text, |line| {
        let line = line.to_lowercase();
        let begins = |at: usize| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "._-/~$}".contains(c))
        };
        let word =
            STRANGERS.iter().find(|word| line.match_indices(**word).any(|(at, _)| begins(at)))?;
        Some(format!("{word:?} does not belong in the repository"))
    })
}

/// Whether a crate root forbids unsafe code.
pub(crate) fn forbids_unsafe(text: &str) -> bool {
    text.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]")
}

fn lines(text: &str, rule: impl Fn(&str) -> Option<String>) -> Vec<Found> {
    let numbered = text.lines().enumerate();
    numbered.filter_map(|(at, line)| Some((at + 1, rule(line)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(found: &[Found]) -> Vec<usize> {
        found.iter().map(|(line, _)| *line).collect()
    }

    #[test]
    fn marks_apart() {
        for (text, expect) in [
            ("Hà Nội, quận Đống Đa", vec![]),
            ("một dòng\nHa\u{300} Nội", vec![2]),
            ("Nô\u{323}i", vec![1]),
            ("dấu \u{301} đứng một mình", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(at(&not_nfc(text)), expect, "{text}");
        }
    }

    #[test]
    fn placeholders() {
        for (text, expect) in [
            ("Xin chào {name}, mã {code_2}.", vec![]),
            ("no braces", vec![]),
            ("{}", vec![1]),
            ("ok\n{ name }", vec![2]),
            ("{Name}", vec![1]),
            ("{2nd}", vec![1]),
            ("{ten\n}", vec![1, 2]),
            ("{a} {b", vec![1]),
            ("{a} b}", vec![1]),
            ("{{a}}", vec![1]),
        ] {
            assert_eq!(at(&bad_placeholders(text)), expect, "{text}");
        }
    }

    #[test]
    fn words() {
        let path = concat!("/wo", "rk/");
        for (text, expect) in [
            (format!("see {path}main"), vec![1]),
            (format!("fine\n\"{path}x\""), vec![2]),
            (format!("src{path}mod.rs"), vec![]),
            (format!("https://hanoi.gov.vn{path}1"), vec![]),
            (format!("{{base}}{path}1"), vec![]),
            (concat!("Cla", "ude").to_string(), vec![1]),
            ("work and root".to_string(), vec![]),
        ] {
            assert_eq!(at(&strangers(&text)), expect, "{text}");
        }
    }

    #[test]
    fn unsafe_code() {
        for (text, expect) in [
            ("//! A crate.\n#![forbid(unsafe_code)]\n", true),
            ("// #![forbid(unsafe_code)]", false),
            ("#![deny(unsafe_code)]", false),
            ("", false),
        ] {
            assert_eq!(forbids_unsafe(text), expect, "{text}");
        }
    }
}
