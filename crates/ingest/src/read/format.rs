//! What a file is, by its content first and by its name second.

use std::io::Read;

use super::Refused;

/// Formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Articles, one JSON object a line.
    ArticleLines,
    /// JSON lines with the words of articles in two snapshots of the codification.
    Snapshots,
    /// JSON lines that link articles.
    Links,
    /// Procedure records, JSON or one object a line.
    Procedures,
    /// Markdown.
    Markdown,
    /// Plain text in any Vietnamese encoding.
    Text,
    /// A web page.
    Html,
    /// Word since 2007.
    Docx,
    /// PDF.
    Pdf,
}

const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Tells the format. `head` is the beginning of the file; the whole file gives the best answer for
/// zip and OLE containers, whose directory stands at the end.
pub fn sniff(name: &str, head: &[u8]) -> Result<Format, Refused> {
    let named = extension(name);
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err(Refused::Empty);
    }
    let wrong =
        |found: &str| Refused::WrongFormat { named: named.clone(), found: found.to_owned() };
    let unsupported = |what: &str| Refused::Unsupported { what: what.to_owned() };
    if head.starts_with(OLE) {
        return Err(ole(&named, head));
    }
    if head[..head.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
        return if named == "pdf" || named.is_empty() {
            Ok(Format::Pdf)
        } else {
            Err(wrong("pdf"))
        };
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip(&named, head);
    }
    if head.starts_with(b"\x1f\x8b") {
        return match unzipped(head).as_deref().and_then(records) {
            Some(format) => Ok(format),
            None => Err(unsupported("a gzip file that holds no records; unpack it first")),
        };
    }
    for (magic, what) in PICTURES {
        if head.starts_with(magic) {
            let what = format!(
                "a picture ({what}); run text recognition (OCR) on it and save as docx or pdf"
            );
            return Err(Refused::Unsupported { what });
        }
    }
    if head.starts_with(b"{\\rtf") {
        return Err(unsupported("rtf; open it in Word and save as docx"));
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let utf16 = text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF");
    if !utf16 && text[..text.len().min(8192)].contains(&0) {
        return Err(match named.as_str() {
            "pdf" | "docx" => wrong("data of no known format"),
            _ => unsupported("binary data of no known format; save it as docx or pdf"),
        });
    }
    let start = String::from_utf8_lossy(&text[..text.len().min(4096)]).trim_start().to_lowercase();
    if start.starts_with("mime-version:") {
        return Err(unsupported("a saved web archive (mht); save it as html or docx"));
    }
    if start.contains("progid=\"word.document\"") {
        return Err(unsupported("Word 2003 xml; open it in Word and save as docx"));
    }
    if is_html(&start, &named) {
        return match named.as_str() {
            "html" | "htm" | "xhtml" | "" => Ok(Format::Html),
            _ => Err(wrong("html")),
        };
    }
    match named.as_str() {
        "md" | "markdown" => Ok(Format::Markdown),
        "txt" | "text" | "" => Ok(Format::Text),
        "html" | "htm" | "xhtml" => Ok(Format::Html),
        "json" | "jsonl" | "ndjson" => records(text).ok_or_else(|| {
            unsupported("json without articles or procedures; see the input shapes")
        }),
        "pdf" | "docx" | "doc" | "xlsx" | "xls" => Err(wrong("plain text")),
        other => Err(Refused::Unsupported {
            what: format!(".{other} files; save it as docx, pdf or txt"),
        }),
    }
}

const PICTURES: [(&[u8], &str); 6] = [
    (b"\xFF\xD8\xFF", "jpeg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"RIFF", "webp"),
];

/// Lower-case extension without the dot, a trailing `.gz` ignored.
fn extension(name: &str) -> String {
    let lower = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    let base = lower.strip_suffix(".gz").unwrap_or(&lower);
    match base.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() && ext.len() <= 8 && !ext.contains(' ') => {
            ext.to_owned()
        }
        _ => String::new(),
    }
}

fn ole(named: &str, head: &[u8]) -> Refused {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    if contains(head, &wide("EncryptedPackage")) {
        return Refused::Encrypted;
    }
    let (found, save) = if contains(head, &wide("WordDocument")) {
        ("Word 97-2003 (doc)", "docx")
    } else if contains(head, &wide("Workbook")) || contains(head, &wide("Book")) {
        ("Excel 97-2003 (xls)", "docx or pdf")
    } else if contains(head, &wide("PowerPoint Document")) {
        ("PowerPoint 97-2003 (ppt)", "docx or pdf")
    } else {
        ("an old Office file (OLE)", "docx")
    };
    match named {
        "doc" | "xls" | "ppt" | "dot" | "" => {
            Refused::Unsupported { what: format!("{found}; open it in Office and save as {save}") }
        }
        _ => Refused::WrongFormat { named: named.to_owned(), found: found.to_owned() },
    }
}

fn zip(named: &str, head: &[u8]) -> Result<Format, Refused> {
    // Names stand in clear both before each entry and in the directory at the end.
    let edge = head.len().min(64 << 10);
    let has = |part: &str| {
        contains(&head[..edge], part.as_bytes())
            || contains(&head[head.len() - edge..], part.as_bytes())
    };
    let found = if has("word/document") {
        return if named == "docx" || named == "docm" || named.is_empty() {
            Ok(Format::Docx)
        } else {
            Err(Refused::WrongFormat { named: named.to_owned(), found: "docx".to_owned() })
        };
    } else if has("xl/workbook") || has("xl/worksheets") {
        "a workbook (xlsx)"
    } else if has("ppt/presentation") || has("ppt/slides") {
        "a presentation (pptx)"
    } else if has("opendocument") {
        "an OpenDocument file (odt)"
    } else if named == "docx" {
        // Perhaps only its beginning was given; the reader will tell.
        return Ok(Format::Docx);
    } else {
        "a zip archive"
    };
    Err(match named {
        "docx" | "pdf" | "txt" | "html" => {
            Refused::WrongFormat { named: named.to_owned(), found: found.to_owned() }
        }
        _ => {
            Refused::Unsupported { what: format!("{found}; save it as docx or pdf, or unpack it") }
        }
    })
}

fn is_html(start: &str, named: &str) -> bool {
    let tag =
        ["<!doctype html", "<html", "<head", "<body", "<meta", "<table", "<div", "<p>", "<p "];
    let markup = tag.iter().any(|tag| start.starts_with(tag))
        || (start.starts_with("<?xml") || start.starts_with("<!--")) && start.contains("<html");
    // Markdown may begin with a bare tag.
    markup && (!matches!(named, "md" | "markdown" | "txt") || start.contains("<html"))
}

/// Which records a piece of JSON holds, by the keys of its first object.
fn records(text: &[u8]) -> Option<Format> {
    let start = String::from_utf8_lossy(&text[..text.len().min(64 << 10)]);
    if !start.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        return None;
    }
    let key = |key: &str| start.contains(&format!("\"{key}\""));
    if key("text_2024") && key("text_2026") {
        Some(Format::Snapshots)
    } else if key("text_id") && key("related") {
        Some(Format::Links)
    } else if key("ma_thu_tuc") || (key("code") && key("name") && !key("text_id")) {
        Some(Format::Procedures)
    } else if key("text_id") || (key("doc") && key("article")) {
        Some(Format::ArticleLines)
    } else {
        None
    }
}

/// The first 64 KiB of a gzip file.
fn unzipped(head: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // A cut head ends in an error after it gave what it had.
    let _ = flate2::read::MultiGzDecoder::new(head).take(64 << 10).read_to_end(&mut out);
    (!out.is_empty()).then_some(out)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
