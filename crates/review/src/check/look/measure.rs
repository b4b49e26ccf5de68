//! What is measured of the letters and paragraphs of a component, held against what its form asks.

use ingest::look::{Align, Height};

use super::{Asks, NEAR, NO, Part, Regime, YES, figure};
use crate::case::{Case, Found};
use crate::draft::SetLine;

/// Share of a component's letters that may be set in another way: a footnote mark, a filled-in number.
const STRAY: f32 = 0.1;
/// Share of the paragraphs of the body that may stand in another way: a formula, a centred line.
const APART: f32 = 0.2;

/// Sizes, bold and italic letters of a component.
pub(super) fn faces(
    case: &Case<'_>,
    asks: &Asks,
    lines: &[&SetLine],
    regime: &Regime,
    found: &mut Found,
) {
    let mut sizes: Wrong<'_> = Wrong::default();
    let (mut thin, mut thick, mut upright, mut slanted) =
        (Wrong::default(), Wrong::default(), Wrong::default(), Wrong::default());
    for line in lines {
        // Of an article only "Điều 5." is sure to be its number: what follows may be its first sentence.
        let label = || case.draft.words(&line.clean).chars().position(|c| c == '.').unwrap_or(8);
        let most = if asks.part == Part::Article { label() } else { usize::MAX };
        let letters = case.draft.letters(line, most);
        let all: usize = letters.iter().map(|(_, count)| count).sum();
        let share = |of: &dyn Fn(&ingest::look::Face) -> bool| {
            let some: usize = letters.iter().filter(|(face, _)| of(face)).map(|it| it.1).sum();
            some as f32 / all.max(1) as f32
        };
        let [least, most] = asks.size;
        let off = |size: f32| size < least - 0.1 || size > most + 0.1;
        if share(&|face| face.size.is_some_and(off)) > STRAY {
            sizes.lines.push(line);
            let wrong = letters.iter().filter_map(|(face, _)| face.size).filter(|size| off(*size));
            sizes.measured.extend(wrong.map(figure));
        }
        let mostly = |of: &dyn Fn(&ingest::look::Face) -> bool| share(of) > 1.0 - STRAY;
        for (wrong, asked, plain) in [
            (&mut thin, asks.bold == YES, mostly(&|face| !face.bold)),
            (&mut thick, asks.bold == NO, mostly(&|face| face.bold)),
            (&mut upright, asks.italic == YES, mostly(&|face| !face.italic)),
            (&mut slanted, asks.italic == NO, mostly(&|face| face.italic)),
        ] {
            if asked && plain {
                wrong.lines.push(line);
            }
        }
    }
    let required = match asks.size {
        [least, most] if least == most => figure(least),
        [least, most] => format!("{} đến {}", figure(least), figure(most)),
    };
    let size = regime.fault("size", "size_30");
    sizes.put(case, size, [asks.name, &required], regime.doubted, found);
    let styles = [
        (thin, "không đậm", "chữ đậm"),
        (thick, "đậm", "chữ không đậm"),
        (upright, "đứng", "chữ nghiêng"),
        (slanted, "nghiêng", "chữ đứng"),
    ];
    for (mut wrong, measured, required) in styles {
        wrong.measured.push(measured.to_owned());
        let style = regime.fault("style", "style_30");
        wrong.put(case, style, [asks.name, required], regime.doubted, found);
    }
}

pub(super) fn aligned(
    case: &Case<'_>,
    asks: &Asks,
    align: Align,
    lines: &[&SetLine],
    found: &mut Found,
) {
    let mut wrong = Wrong::default();
    wrong.lines.extend(lines.iter().filter(|it| it.line.align != Some(align)));
    if (wrong.lines.len() as f32) < lines.len() as f32 * APART {
        return;
    }
    wrong.measured.extend(wrong.lines.iter().map(|it| aligned_as(it.line.align).to_owned()));
    wrong.put(case, "align", [asks.name, aligned_as(Some(align))], false, found);
}

fn aligned_as(align: Option<Align>) -> &'static str {
    match align {
        None => "dóng trái",
        Some(Align::Center) => "căn giữa",
        Some(Align::Right) => "dóng phải",
        Some(Align::Both) => "căn đều hai lề",
    }
}

/// First lines, blanks and heights of the body's paragraphs.
pub(super) fn paragraphs(case: &Case<'_>, lines: &[&SetLine], found: &mut Found) {
    let enough = |wrong: &Wrong<'_>| wrong.lines.len() as f32 >= lines.len() as f32 * APART;
    let mut indents = Wrong::default();
    let mut heights = Wrong::default();
    let mut blanks = Wrong::default();
    for line in lines {
        let it = &line.line;
        if let Some(indent) = it.indent.filter(|mm| *mm < 10.0 - NEAR || *mm > 12.7 + NEAR) {
            indents.lines.push(line);
            indents.measured.push(figure(indent));
        }
        let times = match it.height {
            Some(Height::Lines(times)) => times,
            // Points against the size of the letters; a single line of Times New Roman is 1,15 of it.
            Some(Height::Exactly(pt) | Height::AtLeast(pt)) => {
                let size = it.faces.iter().find_map(|face| face.size).unwrap_or(14.0);
                if matches!(it.height, Some(Height::AtLeast(_))) && pt < size * 1.15 {
                    1.0
                } else {
                    pt / (size * 1.15)
                }
            }
            None => 1.0,
        };
        // How high a single line is hangs on the font's own measures: what is near a limit is not judged.
        if !(0.95..=1.55).contains(&times) {
            heights.lines.push(line);
            heights.measured.push(format!("{times:.2}").replace('.', ","));
        }
        // Word puts the larger of two neighbours' blanks between them, or both: either way one of 6 points is there.
        let blank = it.before.unwrap_or(0.0).max(it.after.unwrap_or(0.0));
        if blank < 5.9 && (it.before.is_some() || it.after.is_some()) {
            blanks.lines.push(line);
            blanks.measured.push(figure(blank));
        }
    }
    for (wrong, fault) in [(indents, "indent"), (heights, "height"), (blanks, "blank")] {
        if enough(&wrong) {
            wrong.put(case, fault, ["Nội dung", ""], false, found);
        }
    }
}

/// Letters of another font, and coloured ones, anywhere.
pub(super) fn fonts(case: &Case<'_>, found: &mut Found) {
    let mut fonts = Wrong::default();
    let mut colours = Wrong::default();
    for line in &case.draft.set {
        for (face, letters) in case.draft.letters(line, usize::MAX) {
            if letters < 2 {
                continue;
            }
            let other = face.font.as_deref().filter(|font| !is_times(font));
            if let Some(font) = other {
                fonts.lines.push(line);
                fonts.measured.push(font.to_owned());
            }
            if let Some(color) = &face.color {
                colours.lines.push(line);
                colours.measured.push(format!("#{color}"));
            }
        }
    }
    fonts.lines.dedup_by_key(|it| it.clean.start);
    colours.lines.dedup_by_key(|it| it.clean.start);
    fonts.put(case, "font", ["", ""], false, found);
    colours.put(case, "colour", ["", ""], false, found);
}

/// Whether all the fonts of a stretch are; LibreOffice writes the name of the one that stands in for it.
fn is_times(fonts: &str) -> bool {
    fonts.to_lowercase().split(", ").all(|font| {
        font.starts_with("times new roman") || font == "times" || font == "liberation serif"
    })
}

/// Lines with the same thing wrong.
#[derive(Default)]
struct Wrong<'a> {
    lines: Vec<&'a SetLine>,
    measured: Vec<String>,
}

/// Most further places of a finding of form: it is mended by style, not line by line.
const PLACES: usize = 5;

impl Wrong<'_> {
    fn put(
        mut self,
        case: &Case<'_>,
        fault: &'static str,
        [name, required]: [&str; 2],
        doubted: bool,
        found: &mut Found,
    ) {
        let Some(first) = self.lines.first() else { return };
        self.measured.sort();
        self.measured.dedup();
        self.measured.truncate(6);
        let also = self.lines.iter().skip(1).take(PLACES).map(|it| it.clean.clone()).collect();
        let new = case.find(35, fault, first.clean.clone()).also(also);
        new.value("name", name)
            .value("measured", self.measured.join(", "))
            .value("required", required)
            .value("count", self.lines.len())
            .unverified(doubted)
            .put(found);
    }
}
