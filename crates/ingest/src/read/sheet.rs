//! Workbooks (xlsx, xls, ods): each row a line, cells apart by `|`, sheets by their names.

use std::io::Cursor;

use calamine::{Data, Ods, Reader, SheetVisible, Xls, Xlsx};

use super::archive::Archive;
use super::hygiene::REPAIRED;
use super::{Limits, Refused, Text};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    let file = Cursor::new(bytes);
    if !bytes.starts_with(b"PK") {
        return rows(Xls::new(file).map_err(damaged)?, limits);
    }
    // The library inflates without a limit; what it will meet is measured first.
    let mut archive = Archive::open(bytes, limits)?;
    archive.measure()?;
    match archive.entry("content.xml")? {
        Some(_) => rows(Ods::new(file).map_err(damaged)?, limits),
        None => rows(Xlsx::new(file).map_err(damaged)?, limits),
    }
}

fn damaged(error: impl std::fmt::Display) -> Refused {
    let why = error.to_string();
    match why.to_lowercase().contains("password") {
        true => Refused::Encrypted,
        false => Refused::Damaged { why: format!("workbook: {why}") },
    }
}

fn rows<'a, R>(mut book: R, limits: &Limits) -> Result<Text, Refused>
where
    R: Reader<Cursor<&'a [u8]>>,
    R::Error: std::fmt::Display,
{
    let sheets = book.sheets_metadata().to_vec();
    let mut hidden = Vec::new();
    let mut out = String::new();
    let (mut legacy, mut size) = (false, 0);
    for sheet in &sheets {
        if sheet.visible != SheetVisible::Visible {
            hidden.push(sheet.name.clone());
            continue;
        }
        let range = match book.worksheet_range(&sheet.name) {
            Ok(range) => range,
            // A sheet with a chart only has no cells.
            Err(_) if sheet.typ != calamine::SheetType::WorkSheet => continue,
            Err(error) => return Err(damaged(error)),
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in range.rows() {
            // Empty cells hold their place: without them a fee would slide under another heading.
            let mut cells: Vec<String> = row.iter().map(shown).collect();
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            size += cells.iter().map(String::len).sum::<usize>();
            if size > limits.text_bytes {
                return Err(Refused::TooLarge {
                    bytes: size as u64,
                    limit: limits.text_bytes as u64,
                });
            }
            if !cells.is_empty() {
                rows.push(cells);
            }
        }
        legacy |= mend(&mut rows);
        if !rows.is_empty() {
            if sheets.len() > 1 {
                out.push_str(&format!("Trang tính {}\n", sheet.name));
            }
            for row in rows {
                out.push_str(&row.join(" | "));
                out.push('\n');
            }
            out.push('\n');
        }
    }
    let mut warnings = Vec::new();
    if legacy {
        warnings.push(REPAIRED.to_owned());
    }
    if !hidden.is_empty() {
        warnings.push(format!("đã bỏ trang tính ẩn: {}", hidden.join(", ")));
    }
    Ok(Text { text: out, warnings, ..Text::default() })
}

/// Repairs text of old fonts, each cell as a line: one may stand beside another in Unicode.
fn mend(rows: &mut [Vec<String>]) -> bool {
    let filled = |cell: &&mut String| !cell.is_empty();
    let cells: Vec<String> =
        rows.iter_mut().flatten().filter(filled).map(|cell| cell.clone()).collect();
    let (mended, encoding) = viet::repair(&cells.join("\n"));
    let lines: Vec<&str> = mended.lines().collect();
    if encoding.is_none() || lines.len() != cells.len() {
        return false;
    }
    for (cell, line) in rows.iter_mut().flatten().filter(filled).zip(lines) {
        *cell = line.to_owned();
    }
    true
}

/// A cell in one line: numbers without a needless fraction, days as Vietnamese write them. Formats of cells
/// (percent, leading zeros) are not known to the library that reads them.
fn shown(cell: &Data) -> String {
    let text = match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        // As many digits as a workbook shows of itself, ten; the rest is noise of binary fractions.
        Data::Float(number) if number.is_finite() => {
            let whole = number.abs().max(1.0).log10().floor() as usize + 1;
            let text = format!("{number:.*}", 10_usize.saturating_sub(whole));
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, _, _) = date.to_ymd_hms_milli();
            match (hour, minute) {
                (0, 0) => format!("{day:02}/{month:02}/{year}"),
                // A time without a day.
                _ if year < 1900 => format!("{hour:02}:{minute:02}"),
                _ => format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}"),
            }
        }
        Data::Error(_) => String::new(),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
