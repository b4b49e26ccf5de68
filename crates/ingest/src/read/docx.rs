//! Word files: paragraphs to lines, table rows to one line, automatic numbers written out.

use std::ops::Range;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::archive::Archive;
use super::hygiene;
use super::hygiene::is_frame;
use super::numbering::Numbering;
use super::styles::{Props, Styles, Theme, mm};
use super::trace::{Piece, Placed, Trace, Traced};
use super::{Limits, Refused, Text};
use crate::look::{Look, Page, PageNumbers};

/// A document for the library: its words.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    Ok(whole(bytes, limits, None)?.text)
}

/// A draft: its words as typed, and how they are set.
pub(super) fn draft(bytes: &[u8], limits: &Limits) -> Result<Drafted, Refused> {
    let mut it = whole(bytes, limits, Some(Trace::default()))?;
    it.text = hygiene::as_typed(it.text);
    // Letters that were read through an old font are not those of the file: they have no place in it.
    if !it.text.warnings.iter().any(|note| note == hygiene::REPAIRED) {
        it.lines = it.trace.lines(&it.text.text, &it.styles);
        it.text.look = Some(Look {
            pages: it.trace.pages.clone(),
            numbers: it.numbers,
            lines: it.lines.iter().map(|placed| placed.line.clone()).collect(),
        });
    }
    Ok(it)
}

/// A Word file that has been read.
pub(super) struct Drafted {
    pub(super) text: Text,
    /// `word/document.xml`.
    pub(super) xml: String,
    pub(super) trace: Trace,
    /// The lines of the text, each with its paragraph.
    pub(super) lines: Vec<Placed>,
    styles: Styles,
    numbers: PageNumbers,
}

fn whole(bytes: &[u8], limits: &Limits, trace: Option<Trace>) -> Result<Drafted, Refused> {
    let mut archive = Archive::open(bytes, limits)?;
    let names = archive.names();
    let pictures = names.iter().any(|name| name.starts_with("word/media/"));
    let heads: Vec<String> = names
        .into_iter()
        .filter(|name| name.starts_with("word/header") || name.starts_with("word/footer"))
        .collect();
    let mut part = |name: &str| -> Result<Option<String>, Refused> {
        archive.entry(name)?.map(|bytes| utf8(name, &bytes)).transpose()
    };
    let mut numbering = Numbering::default();
    if let Some(xml) = part("word/numbering.xml")? {
        numbering.read(&xml)?;
    }
    let traced = trace.is_some();
    let mut styles = Styles::default();
    if traced && let Some(xml) = part("word/theme/theme1.xml")? {
        styles.theme = Theme::read(&xml)?;
    }
    if let Some(xml) = part("word/styles.xml")? {
        numbering.read_styles(&xml)?;
        if traced {
            styles = Styles::read(&xml, styles.theme)?;
        }
    }
    let mut body = Body::new(numbering);
    (body.trace, body.theme) = (trace, styles.theme.clone());
    let Some(xml) = part("word/document.xml")? else {
        return Err(Refused::Damaged { why: "word/document.xml is missing".to_owned() });
    };
    body.read(&xml)?;
    let trace = body.trace.take().unwrap_or_default();
    let mut numbers = PageNumbers { first_apart: body.first_apart, ..PageNumbers::default() };
    // Heads of pages and what is printed across them: marks of secrecy and of drafts stand there.
    let mut aside = std::mem::take(&mut body.across);
    for name in &heads {
        if let Some(xml) = part(name)? {
            let mut head = Body::new(Numbering::default());
            head.read(&xml)?;
            let top = name.starts_with("word/header");
            *(if top { &mut numbers.top } else { &mut numbers.bottom }) |= head.numbered;
            aside.extend(head.out.lines().map(str::to_owned));
            aside.append(&mut head.across);
        }
    }
    if body.out.trim().is_empty() && pictures {
        return Err(Refused::NoText);
    }
    let cited = std::mem::take(&mut body.notes);
    for (kind, file) in [("footnote", "word/footnotes.xml"), ("endnote", "word/endnotes.xml")] {
        if cited.iter().any(|(cited, _)| cited == kind)
            && let Some(xml) = part(file)?
        {
            body.read_notes(&xml, kind, &cited)?;
        }
    }
    let title = match part("docProps/core.xml")? {
        Some(xml) => core_title(&xml),
        None => None,
    };
    let mut warnings = Vec::new();
    if body.hidden > 0 {
        warnings.push(format!("đã bỏ {} ký tự ẩn hoặc chữ trắng", body.hidden));
    }
    if body.deleted {
        warnings.push(
            "có phần đã xoá còn trong chế độ theo dõi thay đổi, không đọc phần đó".to_owned(),
        );
    }
    aside.retain(|line| !line.trim().is_empty());
    let text = Text { text: body.out, title, warnings, aside, ..Text::default() };
    Ok(Drafted { text, xml, trace, lines: Vec::new(), styles, numbers })
}

/// One open paragraph.
#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    list: Option<String>,
    level: Option<usize>,
    /// Where its letters stand, of a draft.
    pieces: Vec<Piece>,
    props: Props,
}

/// One open table.
#[derive(Default)]
struct Table {
    cells: Vec<Vec<String>>,
    shaded: bool,
}

struct Body {
    out: String,
    numbering: Numbering,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Kind and id of each note cited, in order.
    notes: Vec<(String, String)>,
    hidden: usize,
    deleted: bool,
    /// Words drawn across the page (watermarks).
    across: Vec<String>,
    /// Where everything stands, of a draft.
    trace: Option<Trace>,
    theme: Theme,
    /// The event that is being read: its bytes.
    event: Range<usize>,
    /// How many elements are open around the one that is being read.
    inside: usize,
    /// Of the names of this part's own elements; drawings have another.
    prefix: String,
    /// The instruction of the open field.
    field: String,
    /// Whether a field numbers the pages here.
    numbered: bool,
    /// Whether the first page has a head of its own.
    first_apart: bool,
    page: Page,
}

/// What a run's own properties say.
#[derive(Default)]
struct Run {
    hidden: bool,
    white: bool,
    shaded: bool,
}

impl Body {
    fn new(numbering: Numbering) -> Body {
        Body {
            out: String::new(),
            numbering,
            paragraphs: Vec::new(),
            tables: Vec::new(),
            notes: Vec::new(),
            hidden: 0,
            deleted: false,
            across: Vec::new(),
            trace: None,
            theme: Theme::default(),
            event: 0..0,
            inside: 0,
            prefix: String::new(),
            field: String::new(),
            numbered: false,
            first_apart: false,
            page: Page::default(),
        }
    }

    fn read(&mut self, xml: &str) -> Result<(), Refused> {
        self.walk(&mut Reader::from_str(xml), None)?;
        // A file cut inside a table still gives what stood in it.
        while let Some(paragraph) = self.paragraphs.pop() {
            self.end_paragraph(paragraph);
        }
        while self.tables.last().is_some() {
            self.end_row();
            self.tables.pop();
        }
        Ok(())
    }

    fn read_notes(
        &mut self,
        xml: &str,
        kind: &str,
        cited: &[(String, String)],
    ) -> Result<(), Refused> {
        let mut reader = Reader::from_str(xml);
        let mut found: Vec<(usize, String)> = Vec::new();
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) if local(e.name().as_ref()) == kind => {
                    let id = attribute(&e, "id").unwrap_or_default();
                    let mut note = Body::new(Numbering::default());
                    note.walk(&mut reader, Some(kind))?;
                    if let Some(at) = cited.iter().position(|(k, i)| k == kind && *i == id) {
                        found.push((
                            at + 1,
                            note.out.split_whitespace().collect::<Vec<_>>().join(" "),
                        ));
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        found.sort_by_key(|(n, _)| *n);
        for (n, text) in found {
            self.out.push_str(&format!("[{n}] {text}\n"));
        }
        Ok(())
    }

    /// Reads to the end, or to the end tag named.
    fn walk(&mut self, reader: &mut Reader<&[u8]>, until: Option<&str>) -> Result<(), Refused> {
        let mut run = Run::default();
        let (mut in_run, mut in_text, mut in_cell_props, mut depth) = (false, false, false, 0usize);
        let (mut props, mut in_props, mut in_mark) = (0, false, false);
        loop {
            let begins = position(reader);
            let event = reader.read_event().map_err(damaged)?;
            self.event = begins..position(reader);
            let empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(e) | Event::Empty(e) => {
                    let name = e.name();
                    let name = local(name.as_ref());
                    if !empty {
                        depth += 1;
                        if depth > 2_000 {
                            return Err(Refused::Bomb {
                                why: "elements nested 2000 deep".to_owned(),
                            });
                        }
                    }
                    self.inside = depth - usize::from(!empty);
                    if self.inside == 0 {
                        prefix(e.name().as_ref()).clone_into(&mut self.prefix);
                    }
                    match name {
                        // Not part of the text as it stands; `Fallback` repeats what `Choice` said.
                        // What a property was before a tracked change is no property.
                        "del" | "moveFrom" | "Fallback" | "delText" | "rPrChange" | "pPrChange"
                        | "sectPrChange" | "tblPrChange" | "tblPrExChange" | "trPrChange"
                        | "tcPrChange" | "tblGridChange" | "numberingChange"
                            if !empty =>
                        {
                            self.deleted |= matches!(name, "del" | "moveFrom");
                            reader.read_to_end(e.name()).map_err(damaged)?;
                            depth -= 1;
                        }
                        "instrText" if !empty => {
                            // Word cuts an instruction over runs as it likes.
                            self.field.push_str(&reader.read_text(e.name()).map_err(damaged)?);
                            depth -= 1;
                        }
                        "fldChar" => {
                            let field = std::mem::take(&mut self.field);
                            self.numbered |= numbers_pages(&field);
                        }
                        "fldSimple" => {
                            self.numbered |=
                                attribute(&e, "instr").is_some_and(|it| numbers_pages(&it));
                        }
                        "textpath" => self.across.extend(attribute(&e, "string")),
                        "p" if empty => self.out_line(""),
                        "p" => self.paragraphs.push(Paragraph::default()),
                        "tbl" if !empty => self.tables.push(Table::default()),
                        "tc" if !empty => {
                            if let Some(table) = self.tables.last_mut() {
                                table.cells.push(Vec::new());
                                table.shaded = false;
                            }
                        }
                        "tcPr" => in_cell_props = !empty,
                        "r" => {
                            (in_run, run) = (!empty, Run::default());
                            let foreign = prefix(e.name().as_ref()) != self.prefix;
                            if let Some(trace) = self.trace.as_mut().filter(|_| !empty) {
                                trace.open_run(&self.event, depth, foreign);
                            }
                        }
                        "rPr" if in_run => (props, in_props) = (begins, !empty),
                        // How the mark at a paragraph's end is set says nothing of its words.
                        "rPr" => in_mark = !empty,
                        "pPr" => in_props = !empty,
                        "t" => {
                            in_text = !empty;
                            self.element();
                        }
                        "tab" if in_run => self.push(" ", &run),
                        "br" | "cr" if in_run => self.push("\n", &run),
                        "noBreakHyphen" => self.push("-", &run),
                        // Fonts of before Unicode have a letter there; `hygiene` drops the others.
                        // No Vietnamese word has that letter twice: one of two is a mark of hyphenation.
                        "softHyphen" => {
                            let twice = self
                                .paragraphs
                                .last()
                                .is_some_and(|it| it.text.ends_with('\u{ad}'));
                            if !twice {
                                self.push("\u{ad}", &run);
                            }
                        }
                        "pStyle" => self.paragraph(|p| p.style = attribute(&e, "val")),
                        "numId" => self.paragraph(|p| p.list = attribute(&e, "val")),
                        "ilvl" => {
                            self.paragraph(|p| {
                                p.level = attribute(&e, "val").and_then(|v| v.parse().ok())
                            });
                        }
                        "vanish" | "webHidden" if in_run => run.hidden |= on(&e),
                        "sz" if in_run => {
                            let half_points =
                                attribute(&e, "val").and_then(|v| v.parse::<f32>().ok());
                            run.hidden |= half_points.is_some_and(|size| size <= 4.0);
                        }
                        "color" if in_run => {
                            run.white |= attribute(&e, "val")
                                .is_some_and(|v| v.eq_ignore_ascii_case("ffffff"));
                        }
                        "highlight" if in_run => run.shaded = true,
                        "shd" if in_run => run.shaded |= fills(&e),
                        "shd" if in_cell_props => {
                            if let Some(table) = self.tables.last_mut() {
                                table.shaded |= fills(&e);
                            }
                        }
                        "rStyle" => {
                            let style = attribute(&e, "val");
                            self.traced(|trace| trace.run_style(style));
                        }
                        "txbxContent" if !empty => self.traced(Trace::open_box),
                        "oMath" if !empty => self.traced(|trace| trace.formula(true)),
                        "titlePg" => self.first_apart |= on(&e),
                        "sectPr" if depth + usize::from(empty) == 3 => {
                            self.traced(|trace| trace.end = Some(begins));
                        }
                        "pgSz" => {
                            let side = |name| attribute(&e, name).and_then(|it| mm(&it));
                            self.page.width = side("w").unwrap_or_default();
                            self.page.height = side("h").unwrap_or_default();
                        }
                        "pgMar" => {
                            let side = |name| {
                                attribute(&e, name).and_then(|it| mm(&it)).unwrap_or_default()
                            };
                            self.page.top = side("top");
                            self.page.bottom = side("bottom");
                            self.page.left = side("left") + side("gutter");
                            self.page.right = side("right");
                        }
                        kind @ ("footnoteReference" | "endnoteReference") => {
                            let kind = kind.trim_end_matches("Reference").to_owned();
                            self.notes.push((kind, attribute(&e, "id").unwrap_or_default()));
                            let mark = format!("[{}]", self.notes.len());
                            self.push(&mark, &run);
                        }
                        _ => {}
                    }
                    if in_props && !in_mark {
                        self.set(&e, in_run);
                    }
                }
                Event::End(e) => {
                    depth = depth.saturating_sub(1);
                    match local(e.name().as_ref()) {
                        name if until == Some(name) => return Ok(()),
                        "pPr" => in_props = false,
                        "rPr" if in_run => {
                            in_props = false;
                            let at = props..self.event.end;
                            self.traced(|trace| trace.run_props(at));
                        }
                        "rPr" => in_mark = false,
                        "txbxContent" => self.traced(Trace::close_box),
                        "oMath" => self.traced(|trace| trace.formula(false)),
                        "sectPr" => {
                            let page = std::mem::take(&mut self.page);
                            self.traced(|trace| trace.pages.push(page));
                        }
                        "body" => {
                            self.traced(|trace| trace.end = trace.end.or(Some(begins)));
                        }
                        "p" => {
                            if let Some(paragraph) = self.paragraphs.pop() {
                                self.end_paragraph(paragraph);
                            }
                        }
                        "r" => {
                            in_run = false;
                            if let Some(trace) = &mut self.trace {
                                trace.close_run(&self.event);
                            }
                        }
                        "t" => {
                            in_text = false;
                            if let Some(trace) = &mut self.trace {
                                trace.close_element(&self.event);
                            }
                        }
                        "tcPr" => in_cell_props = false,
                        "tr" => self.end_row(),
                        "tbl" => {
                            self.tables.pop();
                        }
                        _ => {}
                    }
                }
                Event::Text(e) if in_text => self.push_words(&e.xml10_content(), &run, true),
                Event::CData(e) if in_text => self.push_words(&e.xml10_content(), &run, false),
                Event::GeneralRef(e) if in_text => match e.resolve_char_ref() {
                    Ok(Some(c)) => self.push_words(c.encode_utf8(&mut [0; 4]), &run, false),
                    _ => {
                        let words = resolve_xml_entity(&e.xml10_content()).unwrap_or("");
                        self.push_words(words, &run, false);
                    }
                },
                Event::DocType(_) => {
                    return Err(Refused::Bomb {
                        why: "the document declares entities of its own".to_owned(),
                    });
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, change: impl FnOnce(&mut Paragraph)) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            change(paragraph);
        }
    }

    fn traced(&mut self, note: impl FnOnce(&mut Trace)) {
        if let Some(trace) = &mut self.trace {
            note(trace);
        }
    }

    /// What an element of a draft says of how the letters of its run, or its paragraph, are set.
    fn set(&mut self, e: &BytesStart<'_>, in_run: bool) {
        let Some(trace) = &mut self.trace else { return };
        if in_run {
            if let Some(own) = trace.own() {
                own.take(e, &self.theme);
            }
        } else if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.props.take(e, &self.theme);
        }
    }

    fn element(&mut self) {
        if let Some(trace) = &mut self.trace {
            trace.element(&self.event, self.inside);
        }
    }

    /// What an element stands for.
    fn push(&mut self, text: &str, run: &Run) {
        self.element();
        self.push_words(text, run, false);
    }

    /// Words of a run; plain ones stand in the file letter for letter.
    fn push_words(&mut self, text: &str, run: &Run, plain: bool) {
        let shaded = run.shaded || self.tables.last().is_some_and(|table| table.shaded);
        if run.hidden || (run.white && !shaded) {
            self.hidden += text.chars().filter(|c| !c.is_whitespace()).count();
            return;
        }
        let chars = text.chars().count();
        let piece = self.trace.as_ref().and_then(|it| it.piece(chars, &self.event, plain));
        self.paragraph(|paragraph| {
            paragraph.text.push_str(text);
            paragraph.pieces.extend(piece);
        });
    }

    fn end_paragraph(&mut self, paragraph: Paragraph) {
        let styled = paragraph.style.as_deref().and_then(|style| self.numbering.of_style(style));
        let list = paragraph.list.or(styled.as_ref().map(|(list, _)| list.clone()));
        let level = paragraph.level.or(styled.map(|(_, level)| level)).unwrap_or(0).min(8);
        let mut text = paragraph.text;
        let (mut number_chars, mut trimmed) = (0, 0);
        // `0` takes a style's number away; an empty paragraph shows its number to nobody.
        if let Some(list) = list.filter(|list| list != "0" && !text.trim().is_empty())
            && let Some(number) = self.numbering.next(&list, level)
        {
            number_chars = number.chars().count() + 1;
            trimmed = text.chars().count() - text.trim_start().chars().count();
            text = format!("{number} {}", text.trim_start());
        }
        self.out_line(&text);
        if let Some(trace) = &mut self.trace {
            trace.paragraphs.push(Traced {
                text,
                number: number_chars,
                trimmed,
                pieces: paragraph.pieces,
                props: paragraph.props,
                style: paragraph.style,
                in_table: !self.tables.is_empty(),
            });
        }
    }

    /// Puts a finished line into the open cell, or into the text.
    fn out_line(&mut self, line: &str) {
        match self.tables.last_mut().and_then(|table| table.cells.last_mut()) {
            Some(cell) => cell
                .extend(line.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned)),
            None => {
                self.out.push_str(line.trim());
                self.out.push('\n');
            }
        }
    }

    fn end_row(&mut self) {
        let Some(cells) = self.tables.last_mut().map(|table| std::mem::take(&mut table.cells))
        else {
            return;
        };
        let mut row = cells.clone();
        while row.last().is_some_and(Vec::is_empty) {
            row.pop();
        }
        let used: Vec<Vec<String>> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        // A row of one cell is a frame round ordinary text: its paragraphs stay lines.
        let lines = match <[Vec<String>; 1]>::try_from(used) {
            Ok([only]) => only,
            Err(used) if used.is_empty() => return,
            Err(used) if used.iter().flatten().any(|line| is_frame(line)) => used.concat(),
            // An empty cell holds its place, so that what follows stays under its heading.
            Err(_) => {
                vec![row.iter().map(|cell| cell.join(" ")).collect::<Vec<_>>().join(" | ")]
            }
        };
        let outer =
            self.tables.len().checked_sub(2).and_then(|at| self.tables[at].cells.last_mut());
        match outer {
            Some(cell) => cell.extend(lines),
            None => {
                self.out.push_str(&lines.join("\n"));
                self.out.push('\n');
            }
        }
    }
}

/// The text of a part, without the mark that some programs begin one with: places are counted from its first letter.
pub(super) fn utf8(name: &str, bytes: &[u8]) -> Result<String, Refused> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(Refused::Damaged { why: format!("{name} is not UTF-8") });
    }
    Ok(String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned())
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Whether a field's instruction prints the number of the page.
fn numbers_pages(field: &str) -> bool {
    field.split_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case("PAGE"))
}

/// An on/off property: present means on.
pub(super) fn on(e: &BytesStart<'_>) -> bool {
    !attribute(e, "val").is_some_and(|value| matches!(value.as_str(), "0" | "false" | "off"))
}

fn fills(e: &BytesStart<'_>) -> bool {
    attribute(e, "fill").is_some_and(|fill| {
        !fill.eq_ignore_ascii_case("auto") && !fill.eq_ignore_ascii_case("ffffff")
    })
}

fn core_title(xml: &str) -> Option<String> {
    let start = xml.find("<dc:title>")? + "<dc:title>".len();
    let end = start + xml.get(start..)?.find("</dc:title>")?;
    let title = quick_xml::escape::unescape(&xml[start..end]).ok()?.trim().to_owned();
    // Programs put the first line of the page there, or a file's name.
    let told = title.contains(char::is_lowercase) || title.split_whitespace().count() > 3;
    (told && title.contains(' ') && !title.starts_with("Microsoft Word")).then_some(title)
}

/// A tag's name without its namespace prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The namespace prefix of a tag's name, empty if it has none.
fn prefix(name: &str) -> &str {
    name.rsplit_once(':').map_or("", |(prefix, _)| prefix)
}

/// An attribute by its name without prefix.
pub(super) fn attribute(e: &BytesStart<'_>, name: &str) -> Option<String> {
    e.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| local(attribute.key.as_ref()) == name)
        .and_then(|attribute| {
            attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
        })
}

pub(super) fn damaged(error: quick_xml::Error) -> Refused {
    Refused::Damaged { why: format!("xml: {error}") }
}
