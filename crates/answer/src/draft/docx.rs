//! A draft as a Word file in the form of Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, margins of 20, 30, 20 and 15 mm,
//! Times New Roman in black, page numbers at the top from the second page on.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, BorderType, Docx, Header, LineSpacing, PageMargin, PageNum, Paragraph,
    ParagraphBorder, ParagraphBorderPosition, ParagraphBorders, Run, RunFonts, SpecialIndentType,
    Table, TableCell, TableLayoutType, TableRow, WidthType,
};

use super::{Draft, Head, Line, MOTTO, STATE};

/// Twentieths of a point in a millimetre.
fn mm(millimetres: f32) -> i32 {
    (millimetres * 56.693).round() as i32
}

/// Width of the text: 210 mm less the margins.
const WIDTH: f32 = 165.0;
/// Widths of the two halves of the head, in millimetres.
const HEAD: (f32, f32) = (63.0, 102.0);

/// How words are set: size in half points.
#[derive(Clone, Copy)]
struct Set {
    size: usize,
    bold: bool,
    italic: bool,
}

const PLAIN: Set = Set { size: 28, bold: false, italic: false };
const BOLD: Set = Set { bold: true, ..PLAIN };

impl Draft {
    /// The document as a Word file.
    ///
    /// # Errors
    /// What the writer says; nothing in a draft should bring it about.
    pub fn docx(&self) -> Result<Vec<u8>, String> {
        let font = "Times New Roman";
        let fonts = RunFonts::new().ascii(font).hi_ansi(font).cs(font).east_asia(font);
        let margin = PageMargin {
            top: mm(20.0),
            bottom: mm(20.0),
            left: mm(30.0),
            right: mm(15.0),
            header: mm(10.0),
            footer: mm(10.0),
            gutter: 0,
        };
        let number = Paragraph::new().align(AlignmentType::Center).add_page_num(PageNum::new());
        let mut docx = Docx::new()
            .default_fonts(fonts)
            .default_size(PLAIN.size)
            .page_size(mm(210.0).unsigned_abs(), mm(297.0).unsigned_abs())
            .page_margin(margin)
            .header(Header::new().add_paragraph(number))
            .first_header(Header::new().add_paragraph(Paragraph::new()))
            .title_pg();
        for line in self.lines() {
            docx = add(docx, line);
        }
        let mut bytes = Cursor::new(Vec::new());
        docx.build().pack(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes.into_inner())
    }
}

fn add(docx: Docx, line: Line) -> Docx {
    match line {
        Line::Head(it) => docx.add_table(head(&it)),
        Line::Title(name, about) => docx
            .add_paragraph(centred(&name, BOLD).line_spacing(LineSpacing::new().before(360)))
            .add_paragraph(centred(&about, BOLD))
            .add_paragraph(rule(WIDTH, 0.3)),
        Line::To(to) => match to.as_slice() {
            [only] => docx.add_paragraph(
                centred(&format!("Kính gửi: {only}"), PLAIN)
                    .line_spacing(LineSpacing::new().before(360).after(240)),
            ),
            many => {
                let indent = Some(mm(35.0));
                let line = |text: String| said(&text, PLAIN).indent(indent, None, None, None);
                let first = line("Kính gửi:".into()).line_spacing(LineSpacing::new().before(360));
                let docx = docx.add_paragraph(first);
                let last = many.len() - 1;
                many.iter().enumerate().fold(docx, |docx, (i, it)| {
                    let end = if i == last { "." } else { ";" };
                    docx.add_paragraph(line(format!("- {it}{end}")))
                })
            }
        },
        Line::Text(text) => docx.add_paragraph(
            said(&text, PLAIN)
                .align(AlignmentType::Both)
                .indent(None, Some(SpecialIndentType::FirstLine(mm(10.0))), None, None)
                .line_spacing(LineSpacing::new().before(120).line(276)),
        ),
        Line::End(left, right) => {
            docx.add_paragraph(Paragraph::new()).add_table(end(&left, &right))
        }
    }
}

/// Issuer and number on the left, motto and date on the right (Phụ lục I, mục V: ô số 1 to 5b).
fn head(head: &Head) -> Table {
    let spaced =
        |text: &str, set: Set| centred(text, set).line_spacing(LineSpacing::new().before(120));
    let names = Set { size: 24, ..PLAIN };
    let mut left: Vec<Paragraph> = Vec::new();
    left.extend(head.superior.as_ref().map(|text| centred(text, names)));
    left.push(centred(&head.issuer, Set { bold: true, ..names }));
    left.push(rule(HEAD.0, 0.4));
    left.push(spaced(&head.number, Set { size: 26, ..PLAIN }));
    left.extend(head.matter.as_ref().map(|text| centred(text, names)));
    let right = vec![
        centred(STATE, Set { bold: true, ..names }),
        centred(MOTTO, Set { size: 26, ..BOLD }),
        rule(HEAD.1, 0.7),
        spaced(&head.dated, Set { italic: true, ..PLAIN }),
    ];
    halves(HEAD, left, right)
}

/// Recipients on the left, who signs on the right (ô số 9b, 7a and 7b).
fn end(left: &[String], right: &[String]) -> Table {
    let mut recipients = vec![said("Nơi nhận:", Set { size: 24, bold: true, italic: true })];
    recipients
        .extend(left.iter().map(|text| said(&format!("- {text}"), Set { size: 22, ..PLAIN })));
    let mut signs: Vec<Paragraph> = Vec::new();
    for (i, text) in right.iter().enumerate() {
        if i == 1 {
            // Room for a signature and a seal.
            signs.extend((0..4).map(|_| centred("", PLAIN)));
        }
        signs.push(centred(text, BOLD));
    }
    halves((WIDTH / 2.0, WIDTH / 2.0), recipients, signs)
}

fn halves(widths: (f32, f32), left: Vec<Paragraph>, right: Vec<Paragraph>) -> Table {
    let cell = |width: f32, paragraphs: Vec<Paragraph>| {
        let cell = TableCell::new().width(mm(width).unsigned_abs() as usize, WidthType::Dxa);
        paragraphs.into_iter().fold(cell, TableCell::add_paragraph)
    };
    let row = TableRow::new(vec![cell(widths.0, left), cell(widths.1, right)]);
    let grid = vec![mm(widths.0).unsigned_abs() as usize, mm(widths.1).unsigned_abs() as usize];
    Table::without_borders(vec![row]).set_grid(grid).layout(TableLayoutType::Fixed)
}

fn said(text: &str, set: Set) -> Paragraph {
    let mut paragraph = Paragraph::new();
    // Blanks are marked, so that none is overlooked.
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, blank) = match (rest.find('['), rest.find(']')) {
            (Some(0), Some(end)) => (&rest[..=end], true),
            (Some(begin), _) if begin > 0 => (&rest[..begin], false),
            _ => (rest, false),
        };
        let mut run = Run::new().add_text(piece).size(set.size);
        run = if set.bold { run.bold() } else { run };
        run = if set.italic { run.italic() } else { run };
        run = if blank { run.highlight("yellow") } else { run };
        paragraph = paragraph.add_run(run);
        rest = &rest[piece.len()..];
    }
    paragraph
}

fn centred(text: &str, set: Set) -> Paragraph {
    said(text, set).align(AlignmentType::Center)
}

/// A line under what stands above, over a share of a width.
fn rule(width: f32, share: f32) -> Paragraph {
    let aside = mm(width * (1.0 - share) / 2.0);
    let line = ParagraphBorder::new(ParagraphBorderPosition::Top).val(BorderType::Single).size(6);
    let mut paragraph = Paragraph::new()
        .indent(Some(aside), None, Some(aside), None)
        .line_spacing(LineSpacing::new().line(120))
        .size(8);
    paragraph.property = paragraph.property.set_borders(ParagraphBorders::with_empty().set(line));
    paragraph
}
