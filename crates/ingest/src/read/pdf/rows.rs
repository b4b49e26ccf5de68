//! Glyphs of one page to rows of text.

/// A row of text on a page, left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) text: String,
    /// Left and right edge, and the height of its letters, in points.
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) size: f32,
    /// Baseline, growing upwards.
    pub(super) y: f32,
}

/// One code as drawn.
pub(super) struct Glyph {
    pub(super) x: f32,
    pub(super) end: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) text: String,
}

/// Glyphs to rows: same baseline, left to right, a gap where a space belongs.
pub(super) fn rows_of(mut glyphs: Vec<Glyph>) -> Vec<Row> {
    glyphs.retain(|glyph| glyph.x.is_finite() && glyph.y.is_finite() && glyph.end.is_finite());
    glyphs.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut groups: Vec<(f32, f32, Vec<Glyph>)> = Vec::new();
    for glyph in glyphs {
        match groups.last_mut() {
            // A footnote mark or a raised sign stands less than half a letter above its row.
            Some((y, size, row)) if *y - glyph.y < 0.5 * size.max(glyph.size) => {
                if glyph.size > *size {
                    (*y, *size) = (glyph.y, glyph.size);
                }
                row.push(glyph);
            }
            _ => groups.push((glyph.y, glyph.size, vec![glyph])),
        }
    }
    groups.into_iter().filter_map(|(y, size, row)| join(y, size, row)).collect()
}

fn join(y: f32, size: f32, mut row: Vec<Glyph>) -> Option<Row> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut out = Row { y, size, left: f32::MAX, right: f32::MIN, ..Row::default() };
    // Where spaces are drawn, a gap between letters is only loose setting.
    let spaces = row.iter().filter(|glyph| glyph.text.trim().is_empty()).count();
    let space = if spaces * 14 >= row.len() { 0.45 } else { 0.2 };
    let mut last: Option<&Glyph> = None;
    let mut mark = false;
    for glyph in &row {
        if glyph.text.trim().is_empty() {
            if !out.text.is_empty() && !out.text.ends_with(' ') {
                out.text.push(' ');
            }
            continue;
        }
        if let Some(last) = last {
            // Bold drawn as the same letter twice.
            if last.text == glyph.text && (glyph.x - last.x).abs() < 0.12 * glyph.size {
                continue;
            }
            let gap = glyph.x - last.end;
            let em = glyph.size.min(last.size).max(1.0);
            if gap > 4.0 * em {
                out.text.truncate(out.text.trim_end().len());
                out.text.push_str(" | ");
            } else if gap > space * em && !out.text.ends_with(' ') {
                out.text.push(' ');
            }
        }
        // A small raised figure is the mark of a footnote, unless it is the 2 of "m2".
        let raised = glyph.size < 0.8 * size
            && glyph.y > y + 0.15 * size
            && glyph.text.bytes().all(|b| b.is_ascii_digit());
        match (mark, raised) {
            (false, true) if !is_unit(&out.text) => {
                out.text.push('[');
                mark = true;
            }
            (true, false) => {
                let at = out.text.trim_end().len();
                out.text.insert(at, ']');
                mark = false;
            }
            _ => {}
        }
        out.left = out.left.min(glyph.x);
        out.right = out.right.max(glyph.end);
        out.text.push_str(&glyph.text);
        last = Some(glyph);
    }
    out.text.truncate(out.text.trim_end().len());
    if mark {
        out.text.push(']');
    }
    (!out.text.trim().is_empty()).then_some(out)
}

/// Whether a text ends in a unit of length, which carries a raised 2 or 3.
fn is_unit(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    matches!(word, "m" | "km" | "cm" | "dm" | "mm" | "M" | "CO" | "H")
}
