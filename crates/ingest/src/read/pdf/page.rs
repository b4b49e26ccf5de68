//! One page: its drawing operators to glyphs with their places.

use std::collections::BTreeMap;
use std::rc::Rc;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::font::{Font, number};
use super::rows::{Glyph, Row, rows_of};

/// Why a page gave nothing.
pub(super) enum Failed {
    /// All pages together inflate to too much.
    Budget,
    /// This page cannot be read.
    Page,
}

type Matrix = [f32; 6];

const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// Forms drawn inside forms; deeper is no document.
const DEPTH: usize = 5;
/// Glyphs of one page; a dense page of print has 8 000.
const GLYPHS: usize = 200_000;

/// Interprets a page.
pub(super) fn rows(
    document: &Document,
    id: ObjectId,
    budget: &mut usize,
) -> Result<Vec<Row>, Failed> {
    let content = document.get_page_content_with_limit(id, *budget).map_err(failed)?;
    *budget = budget.saturating_sub(content.len());
    if *budget == 0 {
        return Err(Failed::Budget);
    }
    let mut glyphs = Vec::new();
    let (own, inherited) = document.get_page_resources(id).map_err(|_| Failed::Page)?;
    let resources: Vec<&Dictionary> = own
        .into_iter()
        .chain(inherited.into_iter().filter_map(|id| document.get_dictionary(id).ok()))
        .collect();
    draw(document, &content, &resources, turned(document, id), budget, 0, &mut glyphs)?;
    Ok(rows_of(glyphs))
}

fn failed(error: lopdf::Error) -> Failed {
    match error {
        lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }) => {
            Failed::Budget
        }
        _ => Failed::Page,
    }
}

/// The matrix that undoes a page's rotation.
fn turned(document: &Document, page: ObjectId) -> Matrix {
    let mut at = page;
    for _ in 0..20 {
        let Ok(dictionary) = document.get_dictionary(at) else { break };
        if let Ok(turn) = dictionary.get(b"Rotate") {
            return match (number(document, turn) as i32).rem_euclid(360) {
                90 => [0.0, -1.0, 1.0, 0.0, 0.0, 0.0],
                180 => [-1.0, 0.0, 0.0, -1.0, 0.0, 0.0],
                270 => [0.0, 1.0, -1.0, 0.0, 0.0, 0.0],
                _ => UNIT,
            };
        }
        match dictionary.get(b"Parent").and_then(Object::as_reference) {
            Ok(parent) => at = parent,
            Err(_) => break,
        }
    }
    UNIT
}

/// `inner` applied first, then `outer`.
fn times(inner: Matrix, outer: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = inner;
    let [p, q, r, s, t, u] = outer;
    [
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    ]
}

fn moved(x: f32, y: f32, matrix: Matrix) -> Matrix {
    times([1.0, 0.0, 0.0, 1.0, x, y], matrix)
}

#[derive(Clone)]
struct State<'f> {
    ctm: Matrix,
    font: Option<Rc<Font<'f>>>,
    size: f32,
    letter_gap: f32,
    word_gap: f32,
    stretch: f32,
    leading: f32,
    rise: f32,
}

fn draw(
    document: &Document,
    content: &[u8],
    resources: &[&Dictionary],
    ctm: Matrix,
    budget: &mut usize,
    depth: usize,
    glyphs: &mut Vec<Glyph>,
) -> Result<(), Failed> {
    let content = Content::decode(content).map_err(|_| Failed::Page)?;
    let dictionaries = fonts(document, resources);
    let fonts: BTreeMap<&[u8], Rc<Font<'_>>> = dictionaries
        .iter()
        .map(|(name, font)| (*name, Rc::new(Font::new(document, font, *budget))))
        .collect();
    let mut state = State {
        ctm,
        font: None,
        size: 1.0,
        letter_gap: 0.0,
        word_gap: 0.0,
        stretch: 1.0,
        leading: 0.0,
        rise: 0.0,
    };
    let mut saved: Vec<State<'_>> = Vec::new();
    let (mut text, mut line) = (UNIT, UNIT);
    for operation in &content.operations {
        let operands = &operation.operands;
        let n = |at: usize| operands.get(at).map_or(0.0, |object| number(document, object));
        match operation.operator.as_str() {
            "q" if saved.len() < 512 => saved.push(state.clone()),
            "Q" => state = saved.pop().unwrap_or(state),
            "cm" => state.ctm = times([n(0), n(1), n(2), n(3), n(4), n(5)], state.ctm),
            "BT" => (text, line) = (UNIT, UNIT),
            "Tf" => {
                state.font = operands
                    .first()
                    .and_then(|name| name.as_name().ok())
                    .and_then(|n| fonts.get(n).cloned());
                state.size = n(1);
            }
            "Tc" => state.letter_gap = n(0),
            "Tw" => state.word_gap = n(0),
            "Tz" => state.stretch = n(0) / 100.0,
            "TL" => state.leading = n(0),
            "Ts" => state.rise = n(0),
            "Tm" => {
                line = [n(0), n(1), n(2), n(3), n(4), n(5)];
                text = line;
            }
            operator @ ("Td" | "TD") => {
                if operator == "TD" {
                    state.leading = -n(1);
                }
                line = moved(n(0), n(1), line);
                text = line;
            }
            "T*" => {
                line = moved(0.0, -state.leading, line);
                text = line;
            }
            operator @ ("Tj" | "'" | "\"") => {
                if operator != "Tj" {
                    line = moved(0.0, -state.leading, line);
                    text = line;
                }
                if operator == "\"" {
                    (state.word_gap, state.letter_gap) = (n(0), n(1));
                }
                if let Some(string) = operands.last().and_then(|string| string.as_str().ok()) {
                    show(string, &state, &mut text, glyphs);
                }
            }
            "TJ" => {
                for piece in
                    operands.first().and_then(|list| list.as_array().ok()).into_iter().flatten()
                {
                    match piece.as_str() {
                        Ok(string) => show(string, &state, &mut text, glyphs),
                        Err(_) => {
                            let shift =
                                -number(document, piece) / 1000.0 * state.size * state.stretch;
                            text = moved(shift, 0.0, text);
                        }
                    }
                }
            }
            "Do" if depth < DEPTH => {
                let name =
                    operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
                form(document, name, resources, state.ctm, budget, depth, glyphs)?;
            }
            _ => {}
        }
        if glyphs.len() > GLYPHS {
            return Err(Failed::Page);
        }
    }
    Ok(())
}

fn show(string: &[u8], state: &State<'_>, text: &mut Matrix, glyphs: &mut Vec<Glyph>) {
    let Some(font) = &state.font else { return };
    for code in string.chunks(if font.wide { 2 } else { 1 }) {
        let value = code.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
        let gap = if code == b" " { state.word_gap } else { 0.0 };
        let advance =
            (font.width(value) / 1000.0 * state.size + state.letter_gap + gap) * state.stretch;
        let drawn = (font.width(value) / 1000.0 * state.size) * state.stretch;
        let at = times(moved(0.0, state.rise, *text), state.ctm);
        let size = state.size * (at[2] * at[2] + at[3] * at[3]).sqrt();
        // Upright text only: what stands at an angle is a stamp or a watermark.
        if at[0] > 0.0 && at[1].abs() < at[0] * 0.1 && size.is_finite() && size.abs() > 0.5 {
            // A letter that cannot be told is shown as such, not left out in silence.
            let letters = font.letters(code, value).unwrap_or_else(|| "\u{fffd}".to_owned());
            if !letters.is_empty() {
                let end = at[4] + drawn * at[0];
                glyphs.push(Glyph { x: at[4], end, y: at[5], size: size.abs(), text: letters });
            }
        }
        *text = moved(advance, 0.0, *text);
    }
}

fn form(
    document: &Document,
    name: &[u8],
    resources: &[&Dictionary],
    ctm: Matrix,
    budget: &mut usize,
    depth: usize,
    glyphs: &mut Vec<Glyph>,
) -> Result<(), Failed> {
    let stream = resources
        .iter()
        .filter_map(|resources| {
            resources.get_deref(b"XObject", document).and_then(Object::as_dict).ok()
        })
        .find_map(|objects| objects.get_deref(name, document).and_then(Object::as_stream).ok());
    let Some(stream) = stream else { return Ok(()) };
    if !stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Form") {
        return Ok(());
    }
    let content = match stream.get_plain_content_with_limit(*budget) {
        Ok(content) => content,
        Err(error) => {
            return match failed(error) {
                Failed::Budget => Err(Failed::Budget),
                Failed::Page => Ok(()),
            };
        }
    };
    // One unit for the form itself: a small form drawn many times is bounded too.
    *budget = budget.saturating_sub(content.len() + 1024);
    if *budget == 0 {
        return Err(Failed::Budget);
    }
    let matrix = match stream.dict.get_deref(b"Matrix", document).and_then(Object::as_array) {
        Ok(m) if m.len() == 6 => std::array::from_fn(|at| number(document, &m[at])),
        _ => UNIT,
    };
    let own = stream.dict.get_deref(b"Resources", document).and_then(Object::as_dict).ok();
    let own: Vec<&Dictionary> = own.into_iter().chain(resources.iter().copied()).collect();
    match draw(document, &content, &own, times(matrix, ctm), budget, depth + 1, glyphs) {
        Err(Failed::Budget) => Err(Failed::Budget),
        _ => Ok(()),
    }
}

/// Fonts by name; the nearest resources win.
fn fonts<'a>(
    document: &'a Document,
    resources: &[&'a Dictionary],
) -> BTreeMap<&'a [u8], &'a Dictionary> {
    let mut out = BTreeMap::new();
    for resources in resources {
        let Ok(fonts) = resources.get_deref(b"Font", document).and_then(Object::as_dict) else {
            continue;
        };
        for (name, font) in fonts.iter() {
            if let Ok(font) = document.dereference(font).and_then(|(_, font)| font.as_dict()) {
                out.entry(name.as_slice()).or_insert(font);
            }
        }
    }
    out
}
