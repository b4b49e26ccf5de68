//! Where the letters of a draft stand in its Word file, byte for byte: what remarks are anchored to, and what is
//! known of how each letter is set.

use std::ops::Range;

use super::styles::{Props, Set, Styles};
use crate::look::{Face, Line, Page};

/// A run (`w:r`) of the document; ranges are bytes of `word/document.xml`.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// From `<w:r>` to `</w:r>`.
    pub(super) at: Range<usize>,
    /// What it holds, without its properties.
    pub(super) inner: Range<usize>,
    /// `<w:rPr>…</w:rPr>`, empty if it has none.
    pub(super) props: Range<usize>,
    /// Whether it may be cut: a run in a formula or a text box may not.
    pub(super) whole: bool,
    /// The run of the page that holds the text box it stands in.
    pub(super) anchor: Option<usize>,
    depth: usize,
    style: Option<String>,
    own: Props,
}

/// Letters of a paragraph that stand together in the file.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) run: usize,
    /// Characters.
    pub(super) chars: usize,
    /// Their bytes.
    pub(super) bytes: Range<usize>,
    /// The element that they are the words of (`w:t`), or that stands for them (`w:tab`).
    pub(super) element: usize,
    /// Whether they are letters as they are, so that a byte is found by counting.
    pub(super) plain: bool,
}

/// A child of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) at: Range<usize>,
    /// Its start tag.
    pub(super) tag: Range<usize>,
    /// Whether it stands in something else inside its run (`mc:Choice`), so that the run cannot be cut at it.
    pub(super) deep: bool,
}

/// A paragraph as it went into the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Traced {
    /// Its words, an automatic number before them.
    pub(super) text: String,
    /// Characters of the automatic number and its blank.
    pub(super) number: usize,
    /// Blanks of the file that gave way to the number.
    pub(super) trimmed: usize,
    pub(super) pieces: Vec<Piece>,
    pub(super) props: Props,
    pub(super) style: Option<String>,
    pub(super) in_table: bool,
}

/// What is noted of a document while it is read.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) runs: Vec<Run>,
    pub(super) elements: Vec<Element>,
    /// Paragraphs in the order in which they went into the text.
    pub(super) paragraphs: Vec<Traced>,
    pub(super) pages: Vec<Page>,
    /// Where the properties of the last section begin, or the body ends.
    pub(super) end: Option<usize>,
    open: Vec<usize>,
    boxes: usize,
    formulas: usize,
    anchor: Option<usize>,
}

impl Trace {
    /// A run opens, inside of so many elements; a foreign one is a drawing's, not the document's.
    pub(super) fn open_run(&mut self, tag: &Range<usize>, depth: usize, foreign: bool) {
        let boxed = self.boxes > 0;
        let holder = if foreign && !boxed { self.open.first().copied() } else { self.anchor };
        self.open.push(self.runs.len());
        self.runs.push(Run {
            at: tag.clone(),
            inner: tag.end..tag.end,
            props: tag.end..tag.end,
            whole: boxed || foreign || self.formulas > 0,
            anchor: holder.filter(|_| boxed || foreign),
            depth,
            ..Run::default()
        });
    }

    pub(super) fn close_run(&mut self, tag: &Range<usize>) {
        if let Some(run) = self.open.pop().and_then(|at| self.runs.get_mut(at)) {
            run.at.end = tag.end;
            run.inner.end = tag.start;
        }
    }

    /// The properties of the open run, from the start tag's first byte to the end tag's last.
    pub(super) fn run_props(&mut self, at: Range<usize>) {
        if let Some(run) = self.open_one() {
            run.inner = at.end..at.end;
            run.props = at;
        }
    }

    pub(super) fn run_style(&mut self, style: Option<String>) {
        if let Some(run) = self.open_one() {
            run.style = style;
        }
    }

    pub(super) fn own(&mut self) -> Option<&mut Props> {
        self.open_one().map(|run| &mut run.own)
    }

    fn open_one(&mut self) -> Option<&mut Run> {
        let at = *self.open.last()?;
        self.runs.get_mut(at)
    }

    pub(super) fn element(&mut self, tag: &Range<usize>, inside: usize) {
        let deep = self.open.last().is_some_and(|&run| self.runs[run].depth != inside);
        self.elements.push(Element { at: tag.clone(), tag: tag.clone(), deep });
    }

    pub(super) fn close_element(&mut self, tag: &Range<usize>) {
        if let Some(element) = self.elements.last_mut() {
            element.at.end = tag.end;
        }
    }

    /// A text box opens: Word takes no remarks inside, so they go to the run that holds it.
    pub(super) fn open_box(&mut self) {
        self.boxes += 1;
        if self.boxes == 1 {
            self.anchor = self.open.first().copied();
        }
    }

    pub(super) fn close_box(&mut self) {
        self.boxes = self.boxes.saturating_sub(1);
    }

    pub(super) fn formula(&mut self, opens: bool) {
        self.formulas = if opens { self.formulas + 1 } else { self.formulas.saturating_sub(1) };
    }

    pub(super) fn piece(&self, chars: usize, bytes: &Range<usize>, plain: bool) -> Option<Piece> {
        let run = *self.open.last()?;
        let element = self.elements.len().checked_sub(1)?;
        Some(Piece { run, chars, bytes: bytes.clone(), element, plain })
    }

    /// Finds each paragraph's lines in the finished text, which holds them in this order, and says how they are set.
    pub(super) fn lines(&self, text: &str, styles: &Styles) -> Vec<Placed> {
        let mut placed = Vec::new();
        let (mut byte, mut char) = (0, 0);
        for (at, paragraph) in self.paragraphs.iter().enumerate() {
            let mut skipped = 0;
            for line in paragraph.text.split('\n') {
                let words = line.trim();
                let lead = skipped + line[..line.len() - line.trim_start().len()].chars().count();
                skipped += line.chars().count() + 1;
                if words.is_empty() {
                    continue;
                }
                // Between two lines stand only ends of lines and cells. Past anything else only a long line is
                // sure to be the same one; a short one stays without a place.
                let ahead = boundary(text, byte + words.len() + AHEAD);
                let found = text[byte..ahead].find(words).filter(|&at| {
                    words.chars().count() >= SURE
                        || !text[byte..byte + at].contains(char::is_alphanumeric)
                });
                let Some(found) = found else { continue };
                char += text[byte..byte + found].chars().count();
                let chars = words.chars().count();
                let line = self.line(paragraph, styles, lead, [char, char + chars]);
                placed.push(Placed { paragraph: at, lead, line });
                byte += found + words.len();
                char += chars;
            }
        }
        placed
    }

    fn line(&self, it: &Traced, styles: &Styles, lead: usize, span: [usize; 2]) -> Line {
        let style = it.style.as_deref();
        let own = styles.set(&Props::default(), None, &it.props, style);
        let mut faces: Vec<Face> = Vec::new();
        for Letters { of_line: chars, piece, .. } in it.letters(lead, span[1] - span[0]) {
            let Some(run) = self.runs.get(piece.run) else { continue };
            let Set { font, size, bold, italic, color, .. } =
                styles.set(&run.own, run.style.as_deref(), &it.props, style);
            let at = [span[0] + chars.start, span[0] + chars.end];
            let face = Face { span: at, font, size, bold, italic, color };
            match faces.last_mut() {
                Some(last) if last.span[1] == at[0] && alike(last, &face) => last.span[1] = at[1],
                _ => faces.push(face),
            }
        }
        Line {
            span,
            in_table: it.in_table,
            align: own.align,
            // A tab, typed blanks or the place of a number move the first word in their own way.
            indent: own.indent.filter(|_| lead == 0),
            before: own.before,
            after: own.after,
            height: own.height,
            faces,
        }
    }
}

/// Letters of a line that no other line is taken for.
const SURE: usize = 30;

/// Bytes beyond a line's own in which it is looked for: a row of empty cells and lines.
const AHEAD: usize = 4_096;

fn boundary(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len())
}

fn alike(a: &Face, b: &Face) -> bool {
    let Face { span: _, font, size, bold, italic, color } = a;
    (font, size, bold, italic, color) == (&b.font, &b.size, &b.bold, &b.italic, &b.color)
}

/// A line of the text with the paragraph that it came from.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) paragraph: usize,
    /// Characters of the paragraph before it.
    pub(super) lead: usize,
    pub(super) line: Line,
}

/// A piece, or a part of it, that gives letters of a line.
pub(super) struct Letters<'a> {
    /// Characters counted from the line's first.
    of_line: Range<usize>,
    /// Characters counted from the piece's first.
    pub(super) inside: Range<usize>,
    pub(super) piece: &'a Piece,
}

impl Traced {
    /// What gives so many characters from `lead` on.
    pub(super) fn letters(&self, lead: usize, chars: usize) -> impl Iterator<Item = Letters<'_>> {
        let mut at = 0;
        // In the paragraph's own letters: without the number, with the blanks that gave way to it.
        let own = |at: usize| (at + self.trimmed).saturating_sub(self.number);
        let begins_in_number = self.number.saturating_sub(lead).min(chars);
        let from = own(lead.max(self.number));
        let until = own((lead + chars).max(self.number));
        self.pieces.iter().filter_map(move |piece| {
            let here = at..at + piece.chars;
            at = here.end;
            let both = here.start.max(from)..here.end.min(until);
            (both.start < both.end).then(|| {
                let shift = |at: usize| begins_in_number + at - from;
                Letters {
                    of_line: shift(both.start)..shift(both.end),
                    inside: both.start - here.start..both.end - here.start,
                    piece,
                }
            })
        })
    }
}
