//! PDF: glyphs by position to rows, rows to paragraphs.
//!
//! `lopdf` reads the objects; its own text extraction ignores positions and prefers a font's
//! nominal encoding to its Unicode map, so pages are interpreted here.

mod cmap;
mod font;
mod layout;
mod page;
mod rows;

use lopdf::{Document, LoadOptions};

use super::{Limits, Refused, Text};

/// A page with fewer letters carries a picture, perhaps with a stamp on it.
const LETTERS_OF_A_PAGE: usize = 25;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    let options =
        LoadOptions { max_decompressed_size: Some(limits.text_bytes), ..LoadOptions::default() };
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|error| refused(&error, bytes))?;
    if document.is_encrypted() {
        return Err(Refused::Encrypted);
    }
    let mut pages = Vec::new();
    let mut budget = limits.text_bytes;
    let mut unreadable: Vec<u32> = Vec::new();
    for (number, id) in document.get_pages() {
        match page::rows(&document, id, &mut budget) {
            Ok(rows) => pages.push((number, rows)),
            Err(page::Failed::Budget) => {
                return Err(Refused::Bomb {
                    why: format!("pages inflate to more than {} bytes", limits.text_bytes),
                });
            }
            Err(page::Failed::Page) => unreadable.push(number),
        }
    }
    if pages.is_empty() {
        return Err(match cut(bytes) {
            true => Refused::Truncated {
                why: "no page can be found and the end mark is missing".to_owned(),
            },
            false => Refused::Damaged { why: "it has no page that can be read".to_owned() },
        });
    }
    let scanned: Vec<u32> = pages
        .iter()
        .filter(|(_, rows)| letters(rows) < LETTERS_OF_A_PAGE)
        .map(|(number, _)| *number)
        .collect();
    if scanned.len() == pages.len() {
        return Err(Refused::NoText);
    }
    let (lost, all) = pages.iter().flat_map(|(_, rows)| rows).fold((0, 0), |(lost, all), row| {
        (lost + row.text.matches('\u{fffd}').count(), all + row.text.chars().count())
    });
    if lost * 5 > all {
        return Err(Refused::NoText);
    }
    let mut warnings = Vec::new();
    if lost > 0 {
        warnings.push(format!(
            "{lost} ký tự không giải mã được (hiện là \u{fffd}); cần đối chiếu hoặc OCR"
        ));
    }
    // A last page often holds only the rest of a signature block.
    let last = pages.last().map(|(number, _)| *number);
    if scanned.iter().any(|page| Some(*page) != last) {
        warnings.push(format!("trang {} không có lớp chữ (cần OCR)", list(&scanned)));
    }
    if !unreadable.is_empty() {
        warnings.push(format!("không đọc được trang {}", list(&unreadable)));
    }
    if cut(bytes) {
        warnings.push("tệp thiếu phần cuối, có thể không đủ trang".to_owned());
    }
    let rows: Vec<_> = pages.into_iter().map(|(_, rows)| rows).collect();
    let title = title(&document);
    let (text, aside) = layout::text(rows);
    if text.trim().is_empty() {
        // Only what a signing program or a scanner printed on pictures.
        return Err(Refused::NoText);
    }
    Ok(Text { text, title, warnings, aside, ..Text::default() })
}

fn letters(rows: &[rows::Row]) -> usize {
    rows.iter().map(|row| row.text.chars().filter(|c| c.is_alphabetic()).count()).sum()
}

fn list(numbers: &[u32]) -> String {
    let shown: Vec<String> = numbers.iter().take(12).map(u32::to_string).collect();
    let more = if numbers.len() > 12 {
        format!(" và {} trang khác", numbers.len() - 12)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// Whether the end mark is missing.
fn cut(bytes: &[u8]) -> bool {
    !bytes[bytes.len().saturating_sub(2048)..].windows(5).any(|window| window == b"%%EOF")
}

fn refused(error: &lopdf::Error, bytes: &[u8]) -> Refused {
    use lopdf::Error;
    match error {
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => {
            Refused::Encrypted
        }
        Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }) => {
            Refused::Bomb { why: "a stream inflates beyond the limit".to_owned() }
        }
        _ if cut(bytes) => Refused::Truncated { why: format!("pdf: {error}") },
        _ => Refused::Damaged { why: format!("pdf: {error}") },
    }
}

fn title(document: &Document) -> Option<String> {
    let info = document
        .trailer
        .get(b"Info")
        .and_then(|info| document.dereference(info))
        .ok()?
        .1
        .as_dict()
        .ok()?;
    let title = lopdf::decode_text_string(info.get(b"Title").ok()?).ok()?.trim().to_owned();
    // Programs write their own file names there.
    let file_name = title.starts_with("Microsoft Word")
        || title.to_lowercase().ends_with(".doc")
        || title.contains(".docx");
    (!title.is_empty() && !file_name && title.contains(' ')).then_some(title)
}
