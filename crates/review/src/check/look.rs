//! How the Word file is set: the half of check 35 that only the file shows. Each finding gives what was measured and
//! what the form asks for.
//!
//! Normative documents: NĐ 78/2025/NĐ-CP phụ lục I, mẫu 17 to 20, and NĐ 187/2025/NĐ-CP phụ lục III. A number without
//! a year is that of an administrative document: NĐ 30/2020/NĐ-CP phụ lục I. What the forms of NĐ 78 leave to the
//! general rules of layout (alignment, indents, height of lines, page numbers) is taken from NĐ 30 and marked so in
//! the table of checks.

mod measure;

use std::collections::BTreeMap;
use std::ops::Range;

use ingest::look::{Align, Page};

use crate::case::{Case, Found};
use crate::check::identity::{head_line, is_individual};
use crate::draft::{SetLine, bare};
use measure::{aligned, faces, fonts, paragraphs};

/// A component of a document that has a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Country,
    Motto,
    Issuer,
    Number,
    PlaceDate,
    Kind,
    Title,
    Basis,
    Article,
    Body,
    Closing,
    Recipients,
    Copies,
    Signer,
}

/// What a form asks of a component: its name, sizes in points, bold, italic, in the middle. `None`: not said.
struct Asks {
    part: Part,
    name: &'static str,
    size: [f32; 2],
    bold: Option<bool>,
    italic: Option<bool>,
    align: Option<Align>,
}

const fn asks(
    part: Part,
    name: &'static str,
    size: [f32; 2],
    bold: Option<bool>,
    italic: Option<bool>,
    align: Option<Align>,
) -> Asks {
    Asks { part, name, size, bold, italic, align }
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
const MIDDLE: Option<Align> = Some(Align::Center);

/// NĐ 78/2025/NĐ-CP phụ lục I, mẫu 17 to 20.
const NORMATIVE: [Asks; 14] = [
    asks(Part::Country, "Quốc hiệu", [12.0, 13.0], YES, NO, None),
    asks(Part::Motto, "Tiêu ngữ", [13.0, 14.0], YES, NO, None),
    asks(Part::Issuer, "Tên cơ quan ban hành", [12.0, 13.0], YES, NO, None),
    asks(Part::Number, "Số, ký hiệu", [13.0, 13.0], NO, NO, None),
    asks(Part::PlaceDate, "Địa danh, ngày tháng năm", [13.0, 14.0], NO, YES, None),
    asks(Part::Kind, "Tên loại văn bản", [14.0, 14.0], YES, NO, MIDDLE),
    asks(Part::Title, "Tên gọi văn bản", [13.0, 14.0], YES, NO, MIDDLE),
    asks(Part::Basis, "Căn cứ ban hành", [14.0, 14.0], None, YES, None),
    asks(Part::Article, "Số và tên điều", [13.0, 14.0], YES, NO, None),
    asks(Part::Body, "Nội dung", [13.0, 14.0], None, None, Some(Align::Both)),
    asks(Part::Closing, "Câu về việc thông qua nghị quyết", [13.0, 14.0], None, YES, None),
    asks(Part::Recipients, "Từ “Nơi nhận”", [12.0, 12.0], YES, YES, None),
    asks(Part::Copies, "Danh sách nơi nhận", [11.0, 12.0], None, NO, None),
    asks(Part::Signer, "Quyền hạn, chức vụ của người ký", [13.0, 14.0], YES, NO, None),
];

/// NĐ 30/2020/NĐ-CP phụ lục I, mục II, where it differs.
const ADMINISTRATIVE: [Asks; 4] = [
    // The body above the issuer is not bold.
    asks(Part::Issuer, "Tên cơ quan ban hành", [12.0, 13.0], None, NO, None),
    asks(Part::Kind, "Tên loại văn bản", [13.0, 14.0], YES, NO, MIDDLE),
    asks(Part::Basis, "Căn cứ ban hành", [13.0, 14.0], None, YES, None),
    asks(Part::Copies, "Danh sách nơi nhận", [11.0, 11.0], None, NO, None),
];

/// Margins in millimetres: upper and lower, left, right (mẫu 17 phụ lục III NĐ 187; NĐ 30 phụ lục I mục I.3).
struct Margins {
    upright: [f32; 2],
    left: [f32; 2],
    right: [f32; 2],
}

const OF_NORMATIVE: Margins =
    Margins { upright: [15.0, 20.0], left: [30.0, 35.0], right: [15.0, 20.0] };
const OF_ADMINISTRATIVE: Margins =
    Margins { upright: [20.0, 25.0], left: [30.0, 35.0], right: [15.0, 20.0] };

/// What programs round to: 2 cm is 20.001 mm.
const NEAR: f32 = 0.3;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    let Some(look) = &case.draft.look else {
        let why = "chỉ xem được lời văn: tệp không phải một tệp Word nên chưa xem phông, cỡ chữ, lề, giãn dòng";
        return found.partly(35, why);
    };
    let regime = Regime::of(case);
    pages(case, &look.pages, &regime, found);
    let mut parts: BTreeMap<Part, Vec<&SetLine>> = BTreeMap::new();
    for line in &case.draft.set {
        if let Some(part) = part_of(case, line) {
            parts.entry(part).or_default().push(line);
        }
    }
    for (part, lines) in &parts {
        let mut rows = ADMINISTRATIVE.iter().filter(|_| regime.individual).chain(&NORMATIVE);
        if let Some(asks) = rows.find(|it| it.part == *part) {
            faces(case, asks, lines, &regime, found);
            if let Some(align) = asks.align {
                aligned(case, asks, align, lines, found);
            }
        }
    }
    if let Some(body) = parts.get(&Part::Body) {
        paragraphs(case, body, found);
    }
    fonts(case, found);
    // A draft of one page has no page to number.
    let long = case.draft.clean().chars().count() > 4_000;
    let numbers = look.numbers;
    // Of a file with several sections the first may have no head at all.
    let on_first = numbers.top && !numbers.first_apart && look.pages.len() == 1;
    if long && (!numbers.top || on_first) {
        let fault = match (numbers.top, numbers.bottom) {
            (true, _) => "numbers_first",
            (_, true) => "numbers_below",
            _ => "no_numbers",
        };
        case.find(35, fault, head_line(case, 0)).at_place("Số trang").put(found);
    }
}

/// Whose form a document has.
struct Regime {
    /// NĐ 30's, of a document for one case.
    individual: bool,
    /// Whether the form was not read at its source: of NĐ 78's only those of council resolutions were.
    doubted: bool,
}

impl Regime {
    fn of(case: &Case<'_>) -> Regime {
        let resolution = case.identity.kind.to_lowercase().starts_with("nghị quyết");
        let doubted = !(case.issuer.council && resolution);
        Regime { individual: is_individual(&case.identity.number), doubted }
    }

    /// The name of a fault under this form.
    fn fault(&self, normative: &'static str, individual: &'static str) -> &'static str {
        if self.individual { individual } else { normative }
    }
}

/// Paper and margins of each section; sheets that lie (tables in an annex) have their own, and what the file does not
/// say is not judged.
fn pages(case: &Case<'_>, pages: &[Page], regime: &Regime, found: &mut Found) {
    let asked = if regime.individual { &OF_ADMINISTRATIVE } else { &OF_NORMATIVE };
    let pages = pages.iter().filter(|page| page.width > 0.0 && page.height > 0.0);
    let upright: Vec<&Page> = pages
        .clone()
        .filter(|page| page.height > page.width)
        .filter(|page| page.top + page.bottom + page.left + page.right > 0.0)
        .collect();
    let put = |found: &mut Found, fault, measured: String| {
        let new = case.find(35, fault, head_line(case, 0)).at_place("Định lề trang");
        new.unverified(regime.doubted).value("measured", measured).put(found);
    };
    let other = pages.clone().find(|page| {
        let (short, long) = (page.width.min(page.height), page.width.max(page.height));
        (short - 210.0).abs() > 1.0 || (long - 297.0).abs() > 1.0
    });
    if let Some(page) = other {
        let measured = format!("{} × {} mm", figure(page.width), figure(page.height));
        put(found, regime.fault("paper", "paper_30"), measured);
    }
    let mut wrong = Vec::new();
    let sides = ["trên", "dưới", "trái", "phải"];
    let ranges = [asked.upright, asked.upright, asked.left, asked.right];
    for (at, (side, [least, most])) in sides.into_iter().zip(ranges).enumerate() {
        let mut measured: Vec<String> = upright
            .iter()
            .map(|page| [page.top, page.bottom, page.left, page.right][at])
            .filter(|mm| *mm < least - NEAR || *mm > most + NEAR)
            .map(figure)
            .collect();
        measured.dedup();
        if !measured.is_empty() {
            wrong.push(format!(
                "lề {side} {} mm (quy định {} đến {} mm)",
                measured.join(", "),
                figure(least),
                figure(most)
            ));
        }
    }
    if !wrong.is_empty() {
        put(found, regime.fault("margins", "margins_30"), wrong.join("; "));
    }
}

/// What a line is.
fn part_of(case: &Case<'_>, line: &SetLine) -> Option<Part> {
    let (draft, head) = (case.draft, &case.draft.head);
    let words = bare(draft.words(&line.clean));
    if words.is_empty() {
        return None;
    }
    let at = line.clean.start;
    let within =
        |span: &Option<Range<usize>>| span.as_ref().is_some_and(|it| it.start <= at && at < it.end);
    let folded = viet::fold(words);
    if head.span.contains(&at) {
        let capitals = words == words.to_uppercase() && words.chars().any(char::is_alphabetic);
        return Some(match () {
            () if folded.starts_with("cong hoa xa hoi chu nghia") => Part::Country,
            () if folded.starts_with("doc lap") && folded.contains("tu do") => Part::Motto,
            () if folded.starts_with("so:") || folded.starts_with("luat so") => Part::Number,
            () if within(&head.kind) => Part::Kind,
            () if within(&head.title) => Part::Title,
            () if within(&head.issuer) && capitals => Part::Issuer,
            () if head.bases.iter().any(|basis| basis.line.contains(&at)) => Part::Basis,
            () if folded.contains("ngay")
                && folded.contains("thang")
                && folded.contains("nam")
                && head.bases.first().is_none_or(|basis| at < basis.line.start)
                && words.chars().count() < 60 =>
            {
                Part::PlaceDate
            }
            () => return None,
        });
    }
    if draft.recipients.as_ref().is_some_and(|zone| zone.contains(&at)) {
        let signs = ["TM.", "KT.", "Q.", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "BỘ TRƯỞNG", "THỨ TRƯỞNG"];
        return match () {
            () if folded.starts_with("noi nhan") && words.chars().count() < 12 => {
                Some(Part::Recipients)
            }
            () if signs.iter().any(|it| words.starts_with(it)) => Some(Part::Signer),
            () if words.starts_with(['-', '–', '+']) => Some(Part::Copies),
            () => None,
        };
    }
    if line.line.in_table || draft.is_quoted(at) {
        return None;
    }
    let piece = draft.piece_at(at)?;
    if piece.is_opening() || matches!(piece.place.part, Some(law::Part::Annex(_))) {
        return None;
    }
    if piece.line.contains(&at) && !piece.body.contains(&at) {
        return Some(Part::Article);
    }
    if folded.starts_with("nghi quyet nay da duoc") && folded.contains("thong qua") {
        return Some(Part::Closing);
    }
    // Headings of chapters and sections between articles are no sentences.
    let sentence = words != words.to_uppercase() && words.chars().count() > 60;
    (piece.body.contains(&at) && sentence).then_some(Part::Body)
}

/// A measure as people write it: at most one place, with a comma.
fn figure(value: f32) -> String {
    let value = (value * 10.0).round() / 10.0;
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}").replace('.', ",")
    }
}
