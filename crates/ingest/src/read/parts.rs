//! Parts of a Word file that hold remarks: comments, their relation to the document, and what follows the last page.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::Refused;
use super::annotate::{Block, Remarks};
use super::docx::{Drafted, attribute, damaged, local};

pub(super) const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
pub(super) const STRICT: &str = "http://purl.oclc.org/ooxml/wordprocessingml/main";
const KINDS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
const STRICT_KINDS: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/";

/// The namespace of a part: its prefix, and what declares it where the part has none.
pub(super) struct Space {
    pub(super) prefix: String,
    pub(super) declared: String,
    pub(super) strict: bool,
}

impl Space {
    pub(super) fn new(prefix: &str, strict: bool) -> Space {
        Space { prefix: prefix.to_owned(), declared: String::new(), strict }
    }

    pub(super) fn of(xml: &str) -> Result<Space, Refused> {
        let mut reader = Reader::from_str(xml);
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) => {
                    let bound = e.attributes().with_checks(false).flatten().find_map(|it| {
                        let uri = it.value.as_ref();
                        let known = uri == W || uri == STRICT;
                        let prefix = it.key.as_ref().strip_prefix("xmlns:")?.to_owned();
                        known.then_some((prefix, uri == STRICT))
                    });
                    return Ok(match bound {
                        Some((prefix, strict)) => Space::new(&prefix, strict),
                        None => {
                            let strict = xml.contains(STRICT);
                            let mut space = Space::new("khue", strict);
                            space.declared = format!(" xmlns:khue=\"{}\"", space.uri());
                            space
                        }
                    });
                }
                Event::Eof => {
                    return Err(Refused::Damaged {
                        why: "word/document.xml has no root".to_owned(),
                    });
                }
                _ => {}
            }
        }
    }

    pub(super) fn uri(&self) -> &'static str {
        if self.strict { STRICT } else { W }
    }

    /// Elements of another part of the same kind, written with the prefix `w`, with the prefix declared on each.
    pub(super) fn declared(&self, comments: &str) -> String {
        comments.replace("<w:comment ", &format!("<w:comment xmlns:w=\"{}\" ", self.uri()))
    }

    /// What follows the last page, on a page of its own; `width` in twentieths of a point.
    pub(super) fn blocks(&self, blocks: &[Block], width: u32) -> String {
        let Space { prefix: w, declared: ns, .. } = self;
        // The strict form has no left and right.
        let (left, right) = if self.strict { ("start", "end") } else { ("left", "right") };
        let mut out = String::new();
        let run = |text: &str, size: u32, bold: bool| {
            let bold = if bold { format!("<{w}:b/>") } else { String::new() };
            format!(
                "<{w}:r><{w}:rPr><{w}:rFonts {w}:ascii=\"Times New Roman\" {w}:hAnsi=\"Times New Roman\" {w}:cs=\"Times New Roman\"/>{bold}<{w}:sz {w}:val=\"{size}\"/></{w}:rPr><{w}:t xml:space=\"preserve\">{}</{w}:t></{w}:r>",
                escape(legal(text))
            )
        };
        let paragraph = |ns: &str, text: &str, size: u32, bold: bool, more: &str| {
            format!(
                "<{w}:p{ns}><{w}:pPr>{more}<{w}:spacing {w}:before=\"60\" {w}:after=\"60\" {w}:line=\"240\" {w}:lineRule=\"auto\"/><{w}:ind {w}:{left}=\"0\" {w}:{right}=\"0\" {w}:firstLine=\"0\"/><{w}:jc {w}:val=\"{left}\"/></{w}:pPr>{}</{w}:p>",
                run(text, size, bold)
            )
        };
        let mut new_page = true;
        for block in blocks {
            let (more, first) = match std::mem::take(&mut new_page) {
                true => (format!("<{w}:pageBreakBefore/>"), true),
                false => (String::new(), false),
            };
            match block {
                Block::Heading(text) => out.push_str(&paragraph(ns, text, 28, true, &more)),
                Block::Text(text) => out.push_str(&paragraph(ns, text, 24, false, &more)),
                Block::Table(shares, rows) => {
                    if first {
                        out.push_str(&paragraph(ns, "", 24, false, &more));
                    }
                    let all: u32 = shares.iter().sum::<u32>().max(1);
                    let columns: Vec<u32> = shares.iter().map(|it| width * it / all).collect();
                    let side = |name| {
                        format!(
                            "<{w}:{name} {w}:val=\"single\" {w}:sz=\"4\" {w}:space=\"0\" {w}:color=\"auto\"/>"
                        )
                    };
                    let sides: String =
                        ["top", left, "bottom", right, "insideH", "insideV"].map(side).concat();
                    let _ = write!(
                        out,
                        "<{w}:tbl{ns}><{w}:tblPr><{w}:tblW {w}:w=\"{width}\" {w}:type=\"dxa\"/><{w}:tblBorders>{sides}</{w}:tblBorders><{w}:tblLayout {w}:type=\"fixed\"/></{w}:tblPr><{w}:tblGrid>"
                    );
                    for column in &columns {
                        let _ = write!(out, "<{w}:gridCol {w}:w=\"{column}\"/>");
                    }
                    let _ = write!(out, "</{w}:tblGrid>");
                    for (i, row) in rows.iter().enumerate() {
                        // A row goes on over pages, else one with long quotations leaves the page before it empty.
                        let head = match i {
                            0 => format!("<{w}:trPr><{w}:cantSplit/><{w}:tblHeader/></{w}:trPr>"),
                            _ => String::new(),
                        };
                        let _ = write!(out, "<{w}:tr>{head}");
                        for (cell, column) in row.iter().zip(&columns) {
                            let _ = write!(
                                out,
                                "<{w}:tc><{w}:tcPr><{w}:tcW {w}:w=\"{column}\" {w}:type=\"dxa\"/></{w}:tcPr>"
                            );
                            let mut lines = cell.lines().peekable();
                            if lines.peek().is_none() {
                                out.push_str(&paragraph("", "", 22, false, ""));
                            }
                            for line in lines {
                                out.push_str(&paragraph("", line, 22, i == 0, ""));
                            }
                            let _ = write!(out, "</{w}:tc>");
                        }
                        let _ = write!(out, "</{w}:tr>");
                    }
                    let _ = write!(out, "</{w}:tbl>");
                    // A table may not be the last thing of a document.
                    out.push_str(&paragraph(ns, "", 24, false, ""));
                }
            }
        }
        out
    }
}

/// A comment, with the prefix `w`.
pub(super) fn comment(out: &mut String, id: u64, by: &Remarks, lines: &[String]) {
    let (author, initials) = (escape(&by.author), escape(&by.initials));
    let _ = write!(
        out,
        "<w:comment w:id=\"{id}\" w:author=\"{author}\" w:date=\"{}\" w:initials=\"{initials}\">",
        escape(&by.date)
    );
    for (i, line) in lines.iter().enumerate() {
        let mark = if i == 0 { "<w:r><w:annotationRef/></w:r>" } else { "" };
        let _ = write!(
            out,
            "<w:p>{mark}<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
            escape(legal(line))
        );
    }
    out.push_str("</w:comment>");
}

/// Width of the text on the last pages, in twentieths of a point.
pub(super) fn width(drafted: &Drafted) -> u32 {
    let page = drafted.trace.pages.last();
    let mm = page.map_or(0.0, |page| page.width - page.left - page.right);
    if mm < 50.0 { 9_300 } else { (mm * 1440.0 / 25.4) as u32 }
}

/// Text without letters that XML does not know.
pub(super) fn legal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\t' | '\n'))
        .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

/// Puts elements before the end of a part's root.
pub(super) fn into_root(xml: &str, root: &str, more: &str) -> Result<String, Refused> {
    let mut reader = Reader::from_str(xml);
    loop {
        let begins = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event().map_err(damaged)? {
            Event::End(e) if local(e.name().as_ref()) == root => {
                return Ok(format!("{}{more}{}", &xml[..begins], &xml[begins..]));
            }
            Event::Empty(e) if local(e.name().as_ref()) == root => {
                let name = e.name().as_ref().to_owned();
                let ends = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                let open = xml[begins..ends].trim_end_matches('>').trim_end_matches('/');
                return Ok(format!("{}{open}>{more}</{name}>{}", &xml[..begins], &xml[ends..]));
            }
            Event::Eof => return Err(Refused::Damaged { why: format!("no end of {root}") }),
            _ => {}
        }
    }
}

/// The part that holds the comments, if the document has one.
pub(super) fn comments_part(relations: &str) -> Result<Option<String>, Refused> {
    let mut reader = Reader::from_str(relations);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if local(e.name().as_ref()) == "Relationship" => {
                let kind = attribute(&e, "Type").unwrap_or_default();
                if kind.ends_with("/comments") {
                    let target = attribute(&e, "Target").unwrap_or_default();
                    return Ok(Some(part_of("word", &target)));
                }
            }
            Event::Eof => return Ok(None),
            _ => {}
        }
    }
}

/// The name of a part in the archive, from a relation's target.
fn part_of(folder: &str, target: &str) -> String {
    let mut path: Vec<&str> = if target.starts_with('/') { Vec::new() } else { vec![folder] };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(path.pop()),
            step => path.push(step),
        }
    }
    path.join("/")
}

/// Whether a part that was written is well formed: an officer's file is given back whole or not at all.
pub(super) fn whole(name: &str, xml: &str) -> Result<(), Refused> {
    let mut reader = Reader::from_str(xml);
    let mut depth = 0_usize;
    let broken =
        |why: String| Refused::Crashed { why: format!("remarks would break {name}: {why}") };
    loop {
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(broken(format!("{depth} elements are not closed"))),
            _ => {}
        }
    }
}

/// An id that no comment has yet.
pub(super) fn next_id(comments: &str) -> Result<u64, Refused> {
    let mut reader = Reader::from_str(comments);
    let mut next = 0;
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if local(e.name().as_ref()) == "comment" => {
                let id = attribute(&e, "id").and_then(|id| id.parse::<u64>().ok()).unwrap_or(0);
                next = next.max(id.saturating_add(1));
            }
            Event::Eof => return Ok(next),
            _ => {}
        }
    }
}

/// The document's relations with one more, to its comments.
pub(super) fn related(
    relations: Option<&str>,
    part: &str,
    space: &Space,
) -> Result<String, Refused> {
    let empty = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"/>";
    let xml = relations.unwrap_or(empty);
    let id = (1..).map(|n| format!("rIdKhue{n}")).find(|id| !xml.contains(&format!("\"{id}\"")));
    let kinds = if space.strict { STRICT_KINDS } else { KINDS };
    let target = part.trim_start_matches("word/");
    let one = format!(
        "<Relationship Id=\"{}\" Type=\"{kinds}comments\" Target=\"{target}\"/>",
        id.unwrap_or_default()
    );
    into_root(xml, "Relationships", &one)
}
