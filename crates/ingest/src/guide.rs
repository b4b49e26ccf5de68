//! A guide: a Markdown file with a title and sections, which is no law. Its sections are kept as
//! articles, so that one can be found and shown alone.

use law::{Article, Document, ParsedDocument, Place};

use crate::contents::nameless;
use crate::read::{self, Limits, Refused};

/// Markdown with sections and without articles of law.
pub(crate) fn is_guide(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let article = |line: &str| {
        let line = line.trim_start_matches(['#', '*', ' ']);
        // "Điều 5." or "Điều 5:" begins an article; "Điều 21 Nghị quyết …" mentions one.
        line.strip_prefix("Điều ").is_some_and(|rest| {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            rest.starts_with(['.', ':'])
        })
    };
    text.lines().any(|line| line.starts_with("## ")) && !text.lines().any(article)
}

/// Title from the first heading, one article for each section, counted from 1; what stands before the
/// first section is number 0. The first date in the head ("Cập
/// nhật: …") is the day from which it holds.
pub(crate) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<ParsedDocument, Refused> {
    let text = read_markdown(name, bytes, limits)?;
    let source = String::from_utf8_lossy(bytes);
    let mut head = String::new();
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in source.lines() {
        match (line.strip_prefix("## "), sections.last_mut()) {
            (Some(heading), _) => sections.push((viet::clean(heading.trim()), String::new())),
            (None, Some((_, body))) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {
                head.push_str(line);
                head.push('\n');
            }
        }
    }
    let updated = viet::dates(&head).first().map(|(date, _)| *date);
    // What stands before the first section is one too, but for the title and the line of the update.
    let opening: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.starts_with("Cập nhật"))
        .collect();
    sections.insert(0, (String::new(), opening.join("\n")));
    let mut document = Document {
        id: nameless(bytes),
        kind: "Hướng dẫn".into(),
        title: text.title.unwrap_or_else(|| name.to_owned()),
        issuer: "Khuê".into(),
        issued: updated,
        effective: updated,
        checked: updated,
        source: name.to_owned(),
        guide: true,
        ..Document::default()
    };
    let mut texts = Vec::new();
    for (i, (heading, body)) in sections.into_iter().enumerate() {
        if body.trim().is_empty() {
            continue;
        }
        let place = Place { article: Some(i.to_string()), ..Place::default() };
        document.articles.push(Article { place, heading, ..Article::default() });
        texts.push(read_markdown(name, body.as_bytes(), limits)?.text.trim().to_owned());
    }
    Ok(ParsedDocument { document, texts })
}

/// Markdown is text, so it needs no child process.
fn read_markdown(name: &str, bytes: &[u8], limits: &Limits) -> Result<crate::read::Text, Refused> {
    read::read(name, bytes, limits)
}
