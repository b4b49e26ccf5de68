//! How a Word file is set (cách trình bày): what the page shows and its words do not. Measured, not judged: which
//! font or margin is right, `review` says.

use serde::{Deserialize, Serialize};

/// A Word file as it is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Its sections' pages, in order.
    pub pages: Vec<Page>,
    /// Where page numbers stand.
    pub numbers: PageNumbers,
    /// Each line of the text that a paragraph gave.
    pub lines: Vec<Line>,
}

/// The page of a section; millimetres, 0 where the file does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Width of the paper.
    pub width: f32,
    /// Height of the paper.
    pub height: f32,
    /// Upper margin.
    pub top: f32,
    /// Lower margin.
    pub bottom: f32,
    /// Left margin, the gutter with it.
    pub left: f32,
    /// Right margin.
    pub right: f32,
}

/// Fields that number the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageNumbers {
    /// In a header.
    pub top: bool,
    /// In a footer.
    pub bottom: bool,
    /// Whether the first page has a head of its own.
    pub first_apart: bool,
}

/// A line of the text and how it is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Characters of the text: first, and one past the last.
    pub span: [usize; 2],
    /// Whether it stands in a table.
    pub in_table: bool,
    /// How its paragraph is aligned; `None` is left.
    pub align: Option<Align>,
    /// First line's indent in millimetres; below zero it hangs. `None` where a tab, typed blanks or a number that the
    /// program writes stand before the first word.
    pub indent: Option<f32>,
    /// Blank before the paragraph, in points; `None` where the program decides.
    pub before: Option<f32>,
    /// Blank after it.
    pub after: Option<f32>,
    /// Height of its lines.
    pub height: Option<Height>,
    /// Stretches set alike, in order; they cover the line but for numbers that the program writes.
    pub faces: Vec<Face>,
}

/// How a paragraph is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// In the middle.
    Center,
    /// At the right.
    Right,
    /// At both sides.
    Both,
}

/// Height of lines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Height {
    /// Times the height of a single line.
    Lines(f32),
    /// Points, exactly.
    Exactly(f32),
    /// Points, at least.
    AtLeast(f32),
}

/// Letters set alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Characters of the text: first, and one past the last.
    pub span: [usize; 2],
    /// Font, if the file says it.
    pub font: Option<String>,
    /// Size in points, if the file says it.
    pub size: Option<f32>,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Colour as six digits, if it is another than black.
    pub color: Option<String>,
}
