//! Markdown: the words stay, the marks go.

use super::Text;

pub(super) fn read(bytes: &[u8], as_typed: bool) -> Text {
    let (source, warnings) = super::hygiene::decode(bytes, as_typed);
    let mut title = None;
    let mut out = String::with_capacity(source.len());
    let mut lines = source.lines().peekable();
    // Front matter is metadata, not text.
    if lines.peek().is_some_and(|line| line.trim_end() == "---")
        && source.lines().skip(1).any(|l| l.trim_end() == "---")
    {
        lines.next();
        for line in lines.by_ref() {
            if line.trim_end() == "---" {
                break;
            }
            if let Some(value) = line.strip_prefix("title:") {
                title = Some(value.trim().trim_matches(['"', '\'']).to_owned())
                    .filter(|t| !t.is_empty());
            }
        }
    }
    for line in lines {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || is_rule(trimmed) || is_table_rule(trimmed) {
            continue;
        }
        let heading = trimmed.trim_start_matches('#');
        let level = trimmed.len() - heading.len();
        let body = match (1..=6).contains(&level) && heading.starts_with(' ') {
            true => heading.trim().trim_end_matches('#').trim_end(),
            false => trimmed.trim_start_matches('>').trim_start(),
        };
        let body = match body.strip_prefix('|').and_then(|row| row.strip_suffix('|')) {
            Some(row) => row.split('|').map(str::trim).collect::<Vec<_>>().join(" | "),
            None => body.to_owned(),
        };
        let plain = inline(&body);
        if level > 0 && title.is_none() && !plain.trim().is_empty() && body.len() != trimmed.len() {
            title = Some(plain.trim().to_owned());
        }
        out.push_str(&plain);
        out.push('\n');
    }
    Text { text: out, title, warnings, ..Text::default() }
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && ["-", "*", "_"].iter().any(|mark| line.replace([' '], "").replace(mark, "").is_empty())
}

fn is_table_rule(line: &str) -> bool {
    line.starts_with('|')
        && line.contains("--")
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

/// Drops emphasis, turns links and pictures into their words, undoes escapes.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let mut after = rest[1..].chars();
            match after.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => {
                    out.push(escaped);
                    rest = after.as_str();
                    continue;
                }
                _ => {}
            }
        }
        let picture = rest.starts_with("![");
        if (c == '[' || picture)
            && let Some((words, after)) = link(&rest[usize::from(picture)..])
        {
            if !picture {
                out.push_str(&inline(words));
            }
            rest = after;
            continue;
        }
        if let Some(after) =
            ["**", "__", "~~", "<br>", "<br/>", "<br />"].iter().find_map(|m| rest.strip_prefix(m))
        {
            if rest.starts_with('<') {
                out.push(' ');
            }
            // A run of dots or underscores to fill in ("______") is part of a form.
            if rest.starts_with("____") {
                let run = rest.len() - rest.trim_start_matches('_').len();
                out.push_str(&rest[..run]);
                rest = &rest[run..];
                continue;
            }
            rest = after;
            continue;
        }
        let next = rest[c.len_utf8()..].chars().next();
        let before = out.chars().next_back();
        // A single star is emphasis when it touches a word on one side only.
        let opens =
            before.is_none_or(char::is_whitespace) && next.is_some_and(|n| !n.is_whitespace());
        let closes =
            before.is_some_and(|b| !b.is_whitespace()) && next.is_none_or(|n| !n.is_alphanumeric());
        if c == '`' || (c == '*' && (opens || closes)) {
            rest = &rest[1..];
            continue;
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// `[words](address)` at the beginning: its words and what follows it.
fn link(text: &str) -> Option<(&str, &str)> {
    let (words, after) = text.strip_prefix('[')?.split_once(']')?;
    let (address, rest) = after.strip_prefix('(')?.split_once(')')?;
    (!address.contains('\n') && !words.contains('[')).then_some((words, rest))
}
