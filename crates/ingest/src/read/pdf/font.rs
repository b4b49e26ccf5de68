//! One font of a page: codes to letters and widths.

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Encoding, Object};

use super::cmap;

/// How a font's strings are read.
pub(super) struct Font<'a> {
    map: HashMap<u32, String>,
    /// For simple fonts only: without a map the codes of a composite font are mere glyph numbers.
    encoding: Option<Encoding<'a>>,
    /// Composite fonts have codes of two bytes.
    pub(super) wide: bool,
    widths: HashMap<u32, f32>,
    missing: f32,
}

impl<'a> Font<'a> {
    pub(super) fn new(document: &'a Document, font: &'a Dictionary, limit: usize) -> Font<'a> {
        let wide =
            font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type0");
        let map = font
            .get_deref(b"ToUnicode", document)
            .and_then(Object::as_stream)
            .and_then(|stream| stream.get_plain_content_with_limit(limit))
            .map_or_else(|_| HashMap::new(), |source| cmap::parse(&source));
        let encoding = match wide {
            true => None,
            false => font.get_font_encoding_with_limit(document, limit).ok(),
        };
        let (widths, missing) =
            if wide { wide_widths(document, font) } else { simple_widths(document, font) };
        Font { map, encoding, wide, widths, missing }
    }

    /// Letters of one code; `None` when nobody can tell.
    pub(super) fn letters(&self, code: &[u8], value: u32) -> Option<String> {
        let text = match (self.map.get(&value), &self.encoding) {
            (Some(letters), _) => letters.clone(),
            // The soft hyphen is the letter "ư" in a TCVN3 font.
            (None, Some(_)) if code == b"\xAD" => return Some("\u{ad}".to_owned()),
            (None, Some(encoding)) => encoding.bytes_to_string(code).unwrap_or_default(),
            (None, None) => return None,
        };
        Some(text.chars().filter(|c| *c != '\u{fffd}' && (!c.is_control() || *c == '\t')).collect())
    }

    /// Advance of one code, in thousandths of the size.
    pub(super) fn width(&self, code: u32) -> f32 {
        self.widths.get(&code).copied().unwrap_or(self.missing)
    }
}

fn simple_widths(document: &Document, font: &Dictionary) -> (HashMap<u32, f32>, f32) {
    let first = font.get(b"FirstChar").and_then(Object::as_i64).unwrap_or(0);
    let first = u32::try_from(first).unwrap_or(0);
    let array = font.get_deref(b"Widths", document).and_then(Object::as_array);
    let widths: HashMap<u32, f32> = match array {
        Ok(array) => {
            (first..).zip(array.iter().take(256).map(|width| number(document, width))).collect()
        }
        Err(_) => HashMap::new(),
    };
    let described = font
        .get_deref(b"FontDescriptor", document)
        .and_then(Object::as_dict)
        .and_then(|descriptor| descriptor.get(b"MissingWidth"))
        .map(|width| number(document, width));
    // The fourteen standard fonts state no widths; half the size is their average.
    let missing = described.unwrap_or(if widths.is_empty() { 500.0 } else { 0.0 });
    (widths, missing)
}

fn wide_widths(document: &Document, font: &Dictionary) -> (HashMap<u32, f32>, f32) {
    let descendant = font
        .get_deref(b"DescendantFonts", document)
        .and_then(Object::as_array)
        .ok()
        .and_then(|fonts| fonts.first())
        .and_then(|font| document.dereference(font).ok())
        .and_then(|(_, font)| font.as_dict().ok());
    let Some(descendant) = descendant else { return (HashMap::new(), 1000.0) };
    let missing = descendant.get(b"DW").map_or(1000.0, |width| number(document, width));
    let mut widths = HashMap::new();
    let Ok(array) = descendant.get_deref(b"W", document).and_then(Object::as_array) else {
        return (widths, missing);
    };
    let mut rest = array.iter();
    while let Some(first) = rest.next() {
        let first = number(document, first) as u32;
        let Some(second) =
            rest.next().and_then(|object| document.dereference(object).ok()).map(|(_, o)| o)
        else {
            break;
        };
        match second.as_array() {
            Ok(list) => {
                widths.extend(
                    (first..).zip(list.iter().take(1 << 16).map(|width| number(document, width))),
                );
            }
            Err(_) => {
                let last = number(document, second) as u32;
                let Some(width) = rest.next().map(|width| number(document, width)) else { break };
                widths.extend((first..=last.min(0xFFFF)).map(|code| (code, width)));
            }
        }
    }
    (widths, missing)
}

/// A number, by reference or direct; anything else is 0.
pub(super) fn number(document: &Document, object: &Object) -> f32 {
    let value =
        document.dereference(object).map_or(0.0, |(_, object)| object.as_float().unwrap_or(0.0));
    if value.is_finite() { value } else { 0.0 }
}
