//! Remarks into a Word file: comments at its words and a table after its last page. What is there stays as it was: parts
//! that are not touched are copied as they are packed, and into `word/document.xml` only markers are put, between runs or
//! where a run is cut in two for them, with `xml:space` on the words that were cut (ECMA-376 part 1, 17.13.4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::archive::Archive;
use super::docx::{Drafted, draft, utf8};
use super::parts::{Space, comment, comments_part, into_root, next_id, related, whole, width};
use super::trace::Piece;
use super::{Limits, Refused};

/// What is to be written into a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks {
    /// Who remarks, as Word shows it.
    pub author: String,
    /// Short for it.
    pub initials: String,
    /// When, as in RFC 3339.
    pub date: String,
    /// The remarks.
    pub remarks: Vec<Remark>,
    /// What follows the last page.
    pub end: Vec<Block>,
}

/// One remark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Characters of the draft's text as [`super::read`] gives it as typed; each span gets the comment.
    pub spans: Vec<[usize; 2]>,
    /// Its paragraphs.
    pub lines: Vec<String>,
}

/// What stands after the last page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table: shares of the width in hundredths, and rows of which the first is the head.
    Table(Vec<u32>, Vec<Vec<String>>),
}

/// A draft with its remarks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarked {
    /// The Word file.
    #[serde(with = "super::as_base64")]
    pub bytes: Vec<u8>,
    /// Places in [`Remarks::remarks`] of those with a span for which no words were found; it has no comment.
    pub unplaced: Vec<usize>,
}

const CONTENT: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";
const DOCUMENT: &str = "word/document.xml";
const RELATIONS: &str = "word/_rels/document.xml.rels";
const TYPES: &str = "[Content_Types].xml";

/// Writes remarks into a Word file. Meant to run inside the child.
pub(super) fn annotate(
    bytes: &[u8],
    remarks: &Remarks,
    limits: &Limits,
) -> Result<Remarked, Refused> {
    let drafted = draft(bytes, limits)?;
    let mut archive = Archive::open(bytes, limits)?;
    let mut part = |name: &str| -> Result<Option<String>, Refused> {
        archive.entry(name)?.map(|bytes| utf8(name, &bytes)).transpose()
    };
    let space = Space::of(&drafted.xml)?;
    let relations = part(RELATIONS)?;
    let there = relations.as_deref().map(comments_part).transpose()?.flatten();
    let comments = match &there {
        Some(name) => part(name)?,
        None => None,
    };
    let first = comments.as_deref().map(next_id).transpose()?.unwrap_or(0);
    let mut marks = Marks::new(&drafted, &space, first);
    let mut unplaced = Vec::new();
    let mut written = String::new();
    for (at, remark) in remarks.remarks.iter().enumerate() {
        for span in &remark.spans {
            match marks.put(*span) {
                Some(id) => comment(&mut written, id, remarks, &remark.lines),
                None if unplaced.last() != Some(&at) => unplaced.push(at),
                None => {}
            }
        }
    }
    let end = space.blocks(&remarks.end, width(&drafted));
    let document = marks.document(&end);
    let mut changed: Vec<(String, String)> = vec![(DOCUMENT.to_owned(), document)];
    let name = there.clone().unwrap_or_else(|| {
        let taken = |name: &str| archive.names().iter().any(|it| it == name);
        let free = ["word/comments.xml", "word/comments-1.xml", "word/comments-2.xml"];
        (*free.iter().find(|name| !taken(name)).unwrap_or(&free[0])).to_owned()
    });
    if !written.is_empty() {
        let own = Space::new("w", space.strict);
        changed.push((name.clone(), match comments {
            Some(xml) => into_root(&xml, "comments", &space.declared(&written))?,
            None => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:comments xmlns:w=\"{}\">{written}</w:comments>",
                own.uri()
            ),
        }));
        if there.is_none() {
            changed.push((RELATIONS.to_owned(), related(relations.as_deref(), &name, &space)?));
        }
        let types = archive.entry(TYPES)?.map(|bytes| utf8(TYPES, &bytes)).transpose()?;
        let types = types.unwrap_or_default();
        if !types.contains(&format!("\"/{name}\"")) {
            let one = format!("<Override PartName=\"/{name}\" ContentType=\"{CONTENT}\"/>");
            changed.push((TYPES.to_owned(), into_root(&types, "Types", &one)?));
        }
    }
    for (name, xml) in &changed {
        whole(name, xml)?;
    }
    Ok(Remarked { bytes: packed(bytes, changed)?, unplaced })
}

/// The archive with some parts changed or added, the others as they are packed.
fn packed(bytes: &[u8], mut changed: Vec<(String, String)>) -> Result<Vec<u8>, Refused> {
    let damaged = |error: &dyn std::fmt::Display| Refused::Damaged { why: format!("zip: {error}") };
    let mut old = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for at in 0..old.len() {
        let entry = old.by_index_raw(at).map_err(|error| damaged(&error))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        match changed.iter().position(|(it, _)| *it == name) {
            Some(here) => {
                let (name, xml) = changed.remove(here);
                new.start_file(name, options).map_err(|error| damaged(&error))?;
                new.write_all(xml.as_bytes()).map_err(|error| damaged(&error))?;
            }
            None => new.raw_copy_file(entry).map_err(|error| damaged(&error))?,
        }
    }
    for (name, xml) in changed {
        new.start_file(name, options).map_err(|error| damaged(&error))?;
        new.write_all(xml.as_bytes()).map_err(|error| damaged(&error))?;
    }
    Ok(new.finish().map_err(|error| damaged(&error))?.into_inner())
}

/// What stands between two runs, or where one is cut.
#[derive(Default)]
struct Point {
    /// What closes a run that is cut here, and what opens its second half.
    cut: Option<(String, String)>,
    ends: String,
    starts: String,
}

/// Markers that are put into the document.
struct Marks<'a> {
    drafted: &'a Drafted,
    space: &'a Space,
    points: BTreeMap<usize, Point>,
    /// Start tags of words whose blanks at the ends count from now on.
    blanks: BTreeSet<usize>,
    next: u64,
}

impl<'a> Marks<'a> {
    fn new(drafted: &'a Drafted, space: &'a Space, next: u64) -> Marks<'a> {
        Marks { drafted, space, points: BTreeMap::new(), blanks: BTreeSet::new(), next }
    }

    /// Marks the words of a span; the id of the comment, if there are any.
    fn put(&mut self, span: [usize; 2]) -> Option<u64> {
        let letters = self.letters(span);
        let runs = &self.drafted.trace.runs;
        let free = |it: &&(usize, usize, &Piece)| !runs[it.2.run].whole;
        let (from, until) = match (letters.iter().find(free), letters.iter().rfind(free)) {
            (Some(&(begin, _, first)), Some(&(_, end, last))) => {
                (self.place(first, begin, true), self.place(last, end, false))
            }
            _ => {
                let anchor = letters.iter().find_map(|it| runs[it.2.run].anchor)?;
                (runs[anchor].at.start, runs[anchor].at.end)
            }
        };
        let id = self.next;
        self.next += 1;
        let Space { prefix: w, declared: ns, .. } = self.space;
        let start = format!("<{w}:commentRangeStart{ns} {w}:id=\"{id}\"/>");
        let end = format!(
            "<{w}:commentRangeEnd{ns} {w}:id=\"{id}\"/><{w}:r{ns}><{w}:commentReference {w}:id=\"{id}\"/></{w}:r>"
        );
        self.points.entry(from).or_default().starts.push_str(&start);
        self.points.entry(until).or_default().ends.push_str(&end);
        Some(id)
    }

    /// The pieces that give a span: first and past the last character within each.
    fn letters(&self, span: [usize; 2]) -> Vec<(usize, usize, &'a Piece)> {
        let lines = &self.drafted.lines;
        let first = lines.partition_point(|it| it.line.span[1] <= span[0]);
        let mut found = Vec::new();
        for placed in lines[first..].iter().take_while(|it| it.line.span[0] < span[1].max(1)) {
            let [start, end] = placed.line.span;
            let (from, until) = (start.max(span[0]), end.min(span[1]));
            if from >= until {
                continue;
            }
            let paragraph = &self.drafted.trace.paragraphs[placed.paragraph];
            let lead = placed.lead + (from - start);
            // An automatic number is no run: a remark on it goes to the words behind it.
            let (lead, chars) = match paragraph.number.checked_sub(lead) {
                Some(rest) if rest >= until - from => {
                    (paragraph.number, end - start - (paragraph.number - placed.lead))
                }
                _ => (lead, until - from),
            };
            found.extend(
                paragraph.letters(lead, chars).map(|it| (it.inside.start, it.inside.end, it.piece)),
            );
        }
        found
    }

    /// The byte before which a marker goes, so many characters into a piece.
    fn place(&mut self, piece: &Piece, chars: usize, starts: bool) -> usize {
        let trace = &self.drafted.trace;
        let run = &trace.runs[piece.run];
        let element = &trace.elements[piece.element];
        let at = match chars {
            0 => piece.bytes.start,
            all if all >= piece.chars => piece.bytes.end,
            some if piece.plain => {
                piece.bytes.start + bytes_of(&self.drafted.xml[piece.bytes.clone()], some)
            }
            // What stands for several letters, or is written in another way, is marked whole.
            _ if starts => piece.bytes.start,
            _ => piece.bytes.end,
        };
        let xml = &self.drafted.xml;
        let (props, r) = (&xml[run.props.clone()], name_at(xml, run.at.start));
        let words_end = xml[..element.at.end].rfind("</").unwrap_or(element.at.end);
        if element.deep {
            return if starts { run.at.start } else { run.at.end };
        }
        let (at, cut) = if element.at == element.tag {
            let at = if starts { element.at.start } else { element.at.end };
            (at, (format!("</{r}>"), format!("<{r}>{props}")))
        } else if at <= element.tag.end {
            (element.at.start, (format!("</{r}>"), format!("<{r}>{props}")))
        } else if at >= words_end {
            (element.at.end, (format!("</{r}>"), format!("<{r}>{props}")))
        } else {
            let t = name_at(xml, element.at.start);
            if !xml[element.tag.clone()].contains("xml:space") {
                self.blanks.insert(element.tag.end - 1);
            }
            let open = format!("<{r}>{props}<{t} xml:space=\"preserve\">");
            (at, (format!("</{t}></{r}>"), open))
        };
        if at <= run.inner.start {
            run.at.start
        } else if at >= run.inner.end {
            run.at.end
        } else {
            self.points.entry(at).or_default().cut = Some(cut);
            at
        }
    }

    /// The document with its markers, and what is put after its last page.
    fn document(self, end: &str) -> String {
        let xml = &self.drafted.xml;
        let mut out = String::with_capacity(xml.len() + end.len() + self.points.len() * 200);
        let mut put: BTreeMap<usize, String> = BTreeMap::new();
        for at in self.blanks {
            put.insert(at, " xml:space=\"preserve\"".to_owned());
        }
        for (at, point) in self.points {
            let (close, open) = point.cut.unwrap_or_default();
            let text = put.entry(at).or_default();
            let _ = write!(text, "{close}{}{}{open}", point.ends, point.starts);
        }
        if let Some(at) = self.drafted.trace.end {
            put.entry(at).or_default().push_str(end);
        }
        let mut from = 0;
        for (at, text) in put {
            out.push_str(&xml[from..at]);
            out.push_str(&text);
            from = at;
        }
        out.push_str(&xml[from..]);
        out
    }
}

/// The name in a start tag.
fn name_at(xml: &str, at: usize) -> &str {
    xml[at + 1..].split([' ', '>', '/', '\t', '\n', '\r']).next().unwrap_or_default()
}

/// Bytes of so many characters, ends of lines counted as XML counts them.
fn bytes_of(raw: &str, chars: usize) -> usize {
    let mut left = chars;
    for (at, c) in raw.char_indices() {
        if c == '\r' && raw[at + 1..].starts_with('\n') {
            continue;
        }
        if left == 0 {
            return at;
        }
        left -= 1;
    }
    raw.len()
}
