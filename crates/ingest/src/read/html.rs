//! Web pages: blocks to lines, table rows to one line, site furniture left out.

use scraper::{ElementRef, Html, Node, Selector};

use super::{Refused, Text};

/// Elements that hold nothing a reader came for.
const SKIPPED: [&str; 20] = [
    "script", "style", "nav", "header", "footer", "noscript", "template", "iframe", "svg",
    "textarea", "button", "select", "aside", "object", "embed", "canvas", "audio", "video", "head",
    "dialog",
];

const BLOCKS: [&str; 31] = [
    "p",
    "div",
    "section",
    "article",
    "main",
    "body",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "blockquote",
    "pre",
    "dl",
    "dt",
    "dd",
    "center",
    "figure",
    "figcaption",
    "hr",
    "address",
    "fieldset",
    "caption",
    "thead",
    "tbody",
];

/// Elements nested deeper than this are no page: the parser's time grows with the square of the depth.
const DEPTH: usize = 2_000;

/// Whether elements that must be closed are left open too deep.
fn too_deep(page: &str) -> bool {
    const CLOSED: [&str; 10] =
        ["div", "span", "table", "font", "b", "i", "blockquote", "section", "ul", "ol"];
    let mut depth = 0usize;
    for (at, _) in page.match_indices('<') {
        let rest = &page[at + 1..];
        let (closing, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        if end > 10 || !CLOSED.iter().any(|name| rest[..end].eq_ignore_ascii_case(name)) {
            continue;
        }
        depth = if closing { depth.saturating_sub(1) } else { depth + 1 };
        if depth > DEPTH {
            return true;
        }
    }
    false
}

pub(super) fn read(bytes: &[u8], as_typed: bool) -> Result<Text, Refused> {
    let (source, warnings) = super::hygiene::decode(bytes, as_typed);
    if too_deep(&source) {
        return Err(Refused::Bomb { why: format!("elements nested {DEPTH} deep") });
    }
    let page = Html::parse_document(&source);
    let title = Selector::parse("title")
        .ok()
        .and_then(|selector| page.select(&selector).next())
        .map(|title| {
            title.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .filter(|title| !title.is_empty());
    let mut lines = Lines::default();
    walk(page.root_element(), &mut lines);
    lines.end();
    Ok(Text { text: lines.out, title, warnings, ..Text::default() })
}

/// A line end inside a table's cell, until it is known what the table is.
const BREAK: char = '\u{1e}';

/// Lines of a frame, each trimmed.
fn broken(text: &str) -> String {
    let lines =
        text.split(['\n', BREAK]).map(str::trim).filter(|line| !line.is_empty() && *line != "|");
    lines.collect::<Vec<_>>().join("\n")
}

#[derive(Default)]
struct Lines {
    out: String,
    line: String,
    /// How many table rows are open: inside one, blocks do not break the line.
    rows: usize,
}

impl Lines {
    fn push(&mut self, text: &str) {
        for (i, word) in text.split_whitespace().enumerate() {
            let gap = i > 0 || text.starts_with(char::is_whitespace);
            if gap && !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
            self.line.push_str(word);
        }
        if text.ends_with(char::is_whitespace) && !self.line.is_empty() && !self.line.ends_with(' ')
        {
            self.line.push(' ');
        }
    }

    fn end(&mut self) {
        if self.rows > 0 {
            // In the head and the foot of a document a line in a cell is a line.
            if !self.line.is_empty() && !self.line.ends_with(BREAK) {
                self.line.push(BREAK);
            }
            return;
        }
        let line = self.line.trim();
        if !line.is_empty() {
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
    }
}

/// What to do when an element ends.
#[derive(Clone, Copy)]
enum End {
    Nothing,
    Block,
    Cell,
    Row,
}

/// Walks without recursion: a page may nest its elements as deep as its author likes.
fn walk(root: ElementRef<'_>, lines: &mut Lines) {
    let mut steps = vec![(Some(*root), End::Nothing)];
    while let Some((node, end)) = steps.pop() {
        let Some(node) = node else {
            match end {
                End::Nothing => {}
                End::Block => lines.end(),
                End::Cell => lines.push(" | "),
                End::Row => {
                    lines.rows -= 1;
                    let kept = lines.line.trim_end_matches([' ', '|']).len();
                    lines.line.truncate(kept);
                    // Head and foot of a document stand in two columns that are no table.
                    if lines.rows == 0 {
                        let flat = lines.line.replace(BREAK, " ");
                        lines.line = match super::hygiene::is_frame(&flat) {
                            true => broken(&lines.line.replace(" | ", "\n")),
                            false => flat.split_whitespace().collect::<Vec<_>>().join(" "),
                        };
                    }
                    lines.end();
                }
            }
            continue;
        };
        let mut end = End::Nothing;
        match node.value() {
            Node::Text(text) => lines.push(text),
            Node::Element(element) => {
                let name = element.name();
                if SKIPPED.contains(&name) || hidden(element) {
                    continue;
                }
                match name {
                    "br" => lines.end(),
                    "tr" => {
                        lines.end();
                        // A row of one cell is a frame round ordinary text.
                        let cells = node.children().filter(|child| is_cell(child.value())).count();
                        end = if cells > 1 || lines.rows > 0 { End::Row } else { End::Block };
                        lines.rows += usize::from(matches!(end, End::Row));
                    }
                    "td" | "th" if lines.rows > 0 => end = End::Cell,
                    _ if BLOCKS.contains(&name) || matches!(name, "td" | "th") => {
                        lines.end();
                        end = End::Block;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        steps.push((None, end));
        let from = steps.len();
        steps.extend(node.children().map(|child| (Some(child), End::Nothing)));
        steps[from..].reverse();
    }
}

fn is_cell(node: &Node) -> bool {
    node.as_element().is_some_and(|element| matches!(element.name(), "td" | "th"))
}

fn hidden(element: &scraper::node::Element) -> bool {
    let style = element.attr("style").unwrap_or("").to_lowercase().replace(' ', "");
    element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || ["display:none", "visibility:hidden", "font-size:0", "opacity:0;"]
            .iter()
            .any(|mark| style.contains(mark))
        || style.ends_with("opacity:0")
        || style
            .split(';')
            .any(|rule| matches!(rule, "color:#fff" | "color:#ffffff" | "color:white"))
            && !style.contains("background")
}
