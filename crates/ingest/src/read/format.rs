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
    /// A workbook: xlsx, xls, ods.
    Sheet,
    /// What LibreOffice has to convert first, by its extension: `doc`, `rtf`, `odt`.
    Office(&'static str),
    /// A picture of a page, by its extension.
    Picture(&'static str),
    /// A folder packed into one file.
    Zip,
    /// An e-mail or a saved web archive.
    Mail,
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
        return ole(&named, head);
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
    for (magic, kind) in PICTURES {
        if head.starts_with(magic) {
            return match named.as_str() {
                "pdf" | "docx" | "doc" | "xlsx" | "xls" | "txt" | "html" => Err(wrong(kind)),
                _ => Ok(Format::Picture(kind)),
            };
        }
    }
    if head.starts_with(b"GIF8") {
        return Err(unsupported("a gif picture; save it as png"));
    }
    if head.starts_with(b"{\\rtf") {
        return match named.as_str() {
            // Word itself opens rtf under the name doc, and offices have many such files.
            "rtf" | "doc" | "" => Ok(Format::Office("rtf")),
            _ => Err(wrong("rtf")),
        };
    }
    for (magic, what) in [(&b"Rar!"[..], "rar"), (b"7z\xBC\xAF", "7z")] {
        if head.starts_with(magic) {
            return Err(unsupported(&format!("a {what} archive; pack it as zip, or unpack it")));
        }
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
    if is_mail(&start, &named) {
        return Ok(Format::Mail);
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
        "pdf" | "docx" | "doc" | "rtf" | "odt" | "xlsx" | "xls" | "ods" | "zip" | "png" | "jpg"
        | "jpeg" | "tif" | "tiff" => Err(wrong("plain text")),
        other => Err(Refused::Unsupported {
            what: format!(".{other} files; save it as docx, pdf or txt"),
        }),
    }
}

const PICTURES: [(&[u8], &str); 5] = [
    (b"\xFF\xD8\xFF", "jpg"),
    (b"\x89PNG", "png"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"RIFF", "webp"),
];

/// Whether a text is an e-mail: by its name and any header line, or by headers that only mail has.
fn is_mail(start: &str, named: &str) -> bool {
    let header = |line: &str| {
        line.split_once(':').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        })
    };
    let first = start.lines().next().unwrap_or_default();
    match named {
        // Mail folders begin a letter with "From " and no colon.
        "eml" | "mht" | "mhtml" => header(first) || first.starts_with("from "),
        "" | "txt" | "doc" | "html" | "htm" => {
            start.starts_with("mime-version:") && start.contains("content-type:")
        }
        _ => false,
    }
}

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

/// The name without folders and extension.
pub(super) fn stem(name: &str) -> &str {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}

fn ole(named: &str, head: &[u8]) -> Result<Format, Refused> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let has = |stream: &str| contains(head, &wide(stream));
    if has("EncryptedPackage") {
        return Err(Refused::Encrypted);
    }
    let (format, found) = if has("WordDocument") {
        (Some(Format::Office("doc")), "Word 97-2003 (doc)")
    } else if has("Workbook") || has("Book") {
        (Some(Format::Sheet), "Excel 97-2003 (xls)")
    } else if has("PowerPoint Document") {
        (None, "PowerPoint 97-2003 (ppt)")
    } else if has("__properties_version1.0") {
        (None, "an Outlook message (msg)")
    } else {
        (None, "an old Office file (OLE)")
    };
    match (named, format) {
        ("doc" | "dot" | "", Some(format @ Format::Office(_))) => Ok(format),
        ("xls" | "xlt" | "", Some(Format::Sheet)) => Ok(Format::Sheet),
        ("doc" | "xls" | "ppt" | "dot" | "xlt" | "msg" | "", _) if format.is_none() => {
            Err(Refused::Unsupported {
                what: format!("{found}; save it as docx, pdf or (mail) eml"),
            })
        }
        _ => Err(Refused::WrongFormat { named: named.to_owned(), found: found.to_owned() }),
    }
}

fn zip(named: &str, head: &[u8]) -> Result<Format, Refused> {
    // Names stand in clear both before each entry and in the directory at the end.
    let edge = head.len().min(64 << 10);
    let has = |part: &str| {
        contains(&head[..edge], part.as_bytes())
            || contains(&head[head.len() - edge..], part.as_bytes())
    };
    let wrong =
        |found: &str| Refused::WrongFormat { named: named.to_owned(), found: found.to_owned() };
    // A zip may hold documents whose own names say the same as their insides.
    let (format, found, names): (_, _, &[&str]) = if named == "zip" {
        (Some(Format::Zip), "a zip archive", &["zip"])
    } else if has("word/document") {
        (Some(Format::Docx), "docx", &["docx", "docm"])
    } else if has("xl/workbook") || has("xl/worksheets") {
        (Some(Format::Sheet), "a workbook (xlsx)", &["xlsx", "xlsm"])
    } else if has("ppt/presentation") || has("ppt/slides") {
        (None, "a presentation (pptx)", &[])
    } else if has("opendocument.text") {
        (Some(Format::Office("odt")), "OpenDocument text (odt)", &["odt", "ott"])
    } else if has("opendocument.spreadsheet") {
        (Some(Format::Sheet), "an OpenDocument workbook (ods)", &["ods"])
    } else if has("opendocument") {
        (None, "an OpenDocument file", &[])
    } else if matches!(named, "docx" | "docm") {
        // Perhaps only its beginning was given; the reader will tell.
        (Some(Format::Docx), "docx", &["docx", "docm"])
    } else if matches!(named, "xlsx" | "xlsm" | "ods") {
        (Some(Format::Sheet), "a workbook", &["xlsx", "xlsm", "ods"])
    } else {
        (Some(Format::Zip), "a zip archive", &["zip"])
    };
    match format {
        Some(format) if named.is_empty() || names.contains(&named) => Ok(format),
        Some(_) => Err(wrong(found)),
        None if matches!(named, "docx" | "pdf" | "txt" | "html" | "xlsx") => Err(wrong(found)),
        None => Err(Refused::Unsupported { what: format!("{found}; save it as docx or pdf") }),
    }
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
