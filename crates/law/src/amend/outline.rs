//! The outline of an amending article: each clause and point with what it orders and what it quotes.

use crate::citation::Place;
use crate::parse::{clause_mark, lines, point_mark, stripped};

/// Stands in [`Node::head`] where a quotation stood that is a text of its own.
pub(super) const BLOCK: char = '\u{1}';

/// An article's lead, a clause or a point of an amending act.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    /// Where it stands.
    pub(super) at: Place,
    /// 0 the article, 1 a clause, 2 a point.
    pub(super) level: usize,
    /// Its own words, with [`BLOCK`] for each quoted text.
    pub(super) head: String,
    /// The quoted texts, without their quotation marks.
    pub(super) blocks: Vec<String>,
}

/// The nodes of an article in reading order; the first is its heading and lead.
pub(super) fn outline(place: &Place, heading: &str, text: &str) -> Vec<Node> {
    let mut nodes =
        vec![Node { at: place.to_article(), head: heading.to_owned(), ..Node::default() }];
    let lines = lines(text);
    let mut clause: Option<String> = None;
    for (i, line) in lines.iter().enumerate() {
        let Some(last) = nodes.last_mut() else { return nodes };
        if line.quoted {
            if let Some(block) = last.blocks.last_mut() {
                block.push('\n');
                block.push_str(line.text);
            }
            continue;
        }
        if let Some((number, letter)) = clause_mark(line.text) {
            clause = Some(format!("{number}{letter}"));
            let at = Place { clause: clause.clone(), point: None, ..place.to_article() };
            nodes.push(Node { at, level: 1, ..Node::default() });
        } else if let Some((letter, index)) = point_mark(line.text) {
            let at = Place {
                clause: clause.clone(),
                point: Some(format!("{letter}{index}")),
                ..place.to_article()
            };
            nodes.push(Node { at, level: 2, ..Node::default() });
        }
        let goes_on = lines.get(i + 1).is_some_and(|next| next.quoted);
        if let Some(node) = nodes.last_mut() {
            add(node, line.text, goes_on);
        }
    }
    for node in &mut nodes {
        for block in &mut node.blocks {
            *block = unquoted(block);
        }
    }
    nodes
}

/// Adds a line that no quotation runs into; one may begin on it.
fn add(node: &mut Node, line: &str, goes_on: bool) {
    if !node.head.is_empty() {
        node.head.push('\n');
    }
    match block_start(line, goes_on) {
        Some(at) => {
            node.head.push_str(&line[..at]);
            node.head.push(BLOCK);
            node.blocks.push(line[at..].to_owned());
        }
        None => node.head.push_str(line),
    }
}

/// Where a text of its own begins on a line: a quotation that the line begins with, or that follows a
/// colon and runs to the end of the line or beyond.
fn block_start(line: &str, goes_on: bool) -> Option<usize> {
    let lead = line.len()
        - line
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '>'))
            .len();
    if line[lead..].starts_with(['“', '"']) {
        return Some(lead);
    }
    let closes = stripped(line).trim_end_matches(['.', ';', ',', ' ']).ends_with(['”', '"']);
    if !goes_on && !closes {
        return None;
    }
    let mut found = None;
    for (at, c) in line.char_indices() {
        if !matches!(c, '“' | '"') {
            continue;
        }
        let before = line[..at].trim_end();
        if before.ends_with(':') || before.ends_with("như sau") {
            found = Some(at);
            break;
        }
    }
    found
}

/// Without the outermost quotation marks and what punctuation stands behind the last.
fn unquoted(block: &str) -> String {
    let text = block.trim();
    let text = text.strip_prefix(['“', '"']).unwrap_or(text);
    let end =
        text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ';' | ',' | '*'));
    match end.strip_suffix(['”', '"']) {
        Some(inside) => inside.trim_end().to_owned(),
        None => text.to_owned(),
    }
}
