//! How letters and paragraphs of a Word file are set: their own properties over those of their styles over the
//! document's defaults (ECMA-376 part 1, 17.7).

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Refused;
use super::docx::{attribute, damaged, local, on};
use crate::look::{Align, Height};

/// Twentieths of a point to points, and to millimetres.
const TWIPS: f32 = 20.0;
const TWIPS_A_MM: f32 = 1440.0 / 25.4;

/// The blank that Word puts where a paragraph of the web leaves it to the program, in points.
const AUTO: f32 = 14.0;

/// Styles that rest on one another; Word allows no more than eleven.
const DEEPEST: usize = 16;

pub(super) fn mm(measure: &str) -> Option<f32> {
    Some(twips(measure, 1.0)? / TWIPS_A_MM)
}

/// A measure in twentieths of a point: a bare number of `bare` of them, or one with a unit, as strict files write
/// (ECMA-376 part 1, 22.9.2.15).
fn twips(measure: &str, bare: f32) -> Option<f32> {
    let units = [
        ("mm", TWIPS_A_MM),
        ("cm", TWIPS_A_MM * 10.0),
        ("in", 1440.0),
        ("pt", TWIPS),
        ("pc", 240.0),
        ("pi", 240.0),
    ];
    let unit = units.iter().find_map(|(unit, each)| Some((measure.strip_suffix(unit)?, *each)));
    let (number, each) = unit.unwrap_or((measure, bare));
    Some(number.trim().parse::<f32>().ok()? * each)
}

/// What one place says; what it leaves open, the next place below decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Props {
    font: Option<String>,
    size: Option<f32>,
    bold: Option<bool>,
    italic: Option<bool>,
    color: Option<String>,
    /// `Some(None)` is left.
    align: Option<Option<Align>>,
    indent: Option<f32>,
    before: Option<f32>,
    after: Option<f32>,
    height: Option<Height>,
}

/// Everything decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Set {
    pub(super) font: Option<String>,
    pub(super) size: Option<f32>,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) color: Option<String>,
    pub(super) align: Option<Align>,
    pub(super) indent: Option<f32>,
    pub(super) before: Option<f32>,
    pub(super) after: Option<f32>,
    pub(super) height: Option<Height>,
}

impl Props {
    /// Takes what an element of `w:rPr` or `w:pPr` says.
    pub(super) fn take(&mut self, e: &BytesStart<'_>, theme: &Theme) {
        let value = || attribute(e, "val");
        match local(e.name().as_ref()) {
            "rFonts" => {
                let font = |named: &str, themed: &str| {
                    let by_theme = attribute(e, themed).and_then(|name| theme.font(&name));
                    by_theme.or_else(|| attribute(e, named))
                };
                // Letters with Vietnamese marks are of the second kind, the others of the first.
                let both = (font("ascii", "asciiTheme"), font("hAnsi", "hAnsiTheme"));
                self.font = match both {
                    (Some(plain), Some(marked)) if plain != marked => {
                        Some(format!("{plain}, {marked}"))
                    }
                    (plain, marked) => marked.or(plain).or(self.font.take()),
                };
            }
            "sz" => self.size = value().and_then(|it| twips(&it, TWIPS / 2.0)).map(|it| it / TWIPS),
            "b" => self.bold = Some(on(e)),
            "i" => self.italic = Some(on(e)),
            "color" => self.color = value(),
            "jc" => {
                self.align = value().map(|it| match it.as_str() {
                    "center" => Some(Align::Center),
                    "right" | "end" => Some(Align::Right),
                    "both" | "distribute" => Some(Align::Both),
                    _ => None,
                });
            }
            "ind" => {
                let first = attribute(e, "firstLine").and_then(|it| mm(&it));
                let hanging = attribute(e, "hanging").and_then(|it| mm(&it)).map(|it| -it);
                self.indent = hanging.or(first).or(self.indent);
            }
            "spacing" => {
                let points =
                    |name| attribute(e, name).and_then(|it| twips(&it, 1.0)).map(|it| it / TWIPS);
                let auto = |name| {
                    let set = attribute(e, name)
                        .is_some_and(|it| matches!(it.as_str(), "1" | "true" | "on"));
                    set.then_some(AUTO)
                };
                self.before = auto("beforeAutospacing").or(points("before")).or(self.before);
                self.after = auto("afterAutospacing").or(points("after")).or(self.after);
                if let Some(line) = points("line") {
                    self.height = Some(match attribute(e, "lineRule").as_deref() {
                        Some("exact") => Height::Exactly(line),
                        Some("atLeast") => Height::AtLeast(line),
                        _ => Height::Lines(line * TWIPS / 240.0),
                    });
                }
            }
            _ => {}
        }
    }

    fn over(self, base: Props) -> Props {
        Props {
            font: self.font.or(base.font),
            size: self.size.or(base.size),
            bold: self.bold.or(base.bold),
            italic: self.italic.or(base.italic),
            color: self.color.or(base.color),
            align: self.align.or(base.align),
            indent: self.indent.or(base.indent),
            before: self.before.or(base.before),
            after: self.after.or(base.after),
            height: self.height.or(base.height),
        }
    }
}

/// The fonts that a document's theme names.
#[derive(Clone, Default)]
pub(super) struct Theme {
    major: Option<String>,
    minor: Option<String>,
}

impl Theme {
    fn font(&self, name: &str) -> Option<String> {
        if name.starts_with("major") { self.major.clone() } else { self.minor.clone() }
    }

    /// Reads `word/theme/theme1.xml`.
    pub(super) fn read(xml: &str) -> Result<Theme, Refused> {
        let mut reader = Reader::from_str(xml);
        let mut theme = Theme::default();
        let mut major = true;
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) | Event::Empty(e) => match local(e.name().as_ref()) {
                    "majorFont" => major = true,
                    "minorFont" => major = false,
                    "latin" => {
                        let font = if major { &mut theme.major } else { &mut theme.minor };
                        let named = attribute(&e, "typeface").filter(|it| !it.is_empty());
                        *font = font.take().or(named);
                    }
                    _ => {}
                },
                Event::Eof => return Ok(theme),
                _ => {}
            }
        }
    }
}

/// The styles of a document.
#[derive(Default)]
pub(super) struct Styles {
    pub(super) theme: Theme,
    defaults: Props,
    /// Style to the one it is based on, and its own properties.
    styles: HashMap<String, (Option<String>, Props)>,
    /// The style of paragraphs that name none.
    paragraph: Option<String>,
}

impl Styles {
    /// Reads `word/styles.xml`.
    pub(super) fn read(xml: &str, theme: Theme) -> Result<Styles, Refused> {
        let mut reader = Reader::from_str(xml);
        let mut styles = Styles { theme, ..Styles::default() };
        let mut open: Option<(String, Option<String>, Props)> = None;
        let mut in_defaults = false;
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) | Event::Empty(e) => match local(e.name().as_ref()) {
                    "docDefaults" => in_defaults = true,
                    "style" => {
                        let id = attribute(&e, "styleId").unwrap_or_default();
                        let of_paragraphs = attribute(&e, "type").as_deref() == Some("paragraph");
                        let default = attribute(&e, "default")
                            .is_some_and(|it| matches!(it.as_str(), "1" | "true" | "on"));
                        if of_paragraphs && default {
                            styles.paragraph = Some(id.clone());
                        }
                        open = Some((id, None, Props::default()));
                    }
                    "basedOn" => {
                        if let Some((_, based, _)) = &mut open {
                            *based = attribute(&e, "val");
                        }
                    }
                    _ => match &mut open {
                        Some((_, _, props)) => props.take(&e, &styles.theme),
                        None if in_defaults => styles.defaults.take(&e, &styles.theme),
                        None => {}
                    },
                },
                Event::End(e) => match local(e.name().as_ref()) {
                    "docDefaults" => in_defaults = false,
                    "style" => {
                        if let Some((id, based, props)) = open.take() {
                            styles.styles.insert(id, (based, props));
                        }
                    }
                    _ => {}
                },
                Event::Eof => return Ok(styles),
                _ => {}
            }
        }
    }

    /// How letters are set: the run's own properties, its style, the paragraph's, the paragraph's style, the
    /// defaults.
    pub(super) fn set(
        &self,
        run: &Props,
        run_style: Option<&str>,
        paragraph: &Props,
        style: Option<&str>,
    ) -> Set {
        let style = style.or(self.paragraph.as_deref());
        let all = run
            .clone()
            .over(self.of(run_style))
            .over(paragraph.clone())
            .over(self.of(style))
            .over(self.defaults.clone());
        let black = |color: &String| {
            color.eq_ignore_ascii_case("auto") || color.chars().all(|digit| digit == '0')
        };
        Set {
            font: all.font,
            size: all.size,
            bold: all.bold.unwrap_or(false),
            italic: all.italic.unwrap_or(false),
            color: all.color.filter(|color| !black(color)),
            align: all.align.flatten(),
            indent: Some(all.indent.unwrap_or(0.0)),
            before: all.before,
            after: all.after,
            height: all.height,
        }
    }

    /// A style with all that it is based on; a circle ends where it closes.
    fn of(&self, style: Option<&str>) -> Props {
        let mut props = Props::default();
        let mut next = style.map(str::to_owned);
        for _ in 0..DEEPEST {
            let Some((based, own)) = next.as_ref().and_then(|id| self.styles.get(id)) else {
                break;
            };
            props = props.over(own.clone());
            next.clone_from(based);
        }
        props
    }
}
