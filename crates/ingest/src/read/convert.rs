//! Files that another program has to turn into something we read.

use std::path::{Path, PathBuf};

use super::child::read_in_child;
use super::format::{Format, sniff, stem};
use super::tool::{Workshop, clear_sockets, installed};
use super::{Limits, Refused, Text};

const OFFICE: [&str; 2] = ["soffice", "libreoffice"];
const PAINTER: [&str; 1] = ["pdftoppm"];
/// Dots per inch at which tesseract was trained to read.
const RESOLUTION: &str = "300";
/// Mean confidence, of 100, below which what was recognised is no text: on sharp scans it is over 85.
const SURE: f32 = 55.0;
/// Below this an editor is asked to compare.
const FAIRLY_SURE: f32 = 85.0;

/// Which helpers are installed, for a report: what they are for, and where.
pub fn helpers() -> Vec<(&'static str, Option<PathBuf>)> {
    vec![
        ("doc, rtf, odt: LibreOffice", installed(&OFFICE)),
        ("OCR: tesseract with vie", tesseract()),
        ("OCR of pdf: pdftoppm", installed(&PAINTER)),
    ]
}

/// Reads a stranger's file, each step in a process of its own: by ourselves where we can, through
/// another program where a format needs one and it is installed.
///
/// # Errors
/// Why it is not read, in words for the person who gave it.
pub fn read_file(exe: &Path, name: &str, bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    match sniff(name, bytes)? {
        Format::Office(kind) => {
            let docx = to_docx(exe, kind, bytes, limits)?;
            read_in_child(exe, &format!("{}.docx", stem(name)), &docx, limits)
        }
        Format::Picture(kind) => {
            let shop = Workshop::new(exe, limits)?;
            let page = format!("page.{kind}");
            shop.put(&page, bytes)?;
            let tesseract = tesseract().ok_or(Refused::NoText)?;
            text(vec![recognised(&shop, &tesseract, &page)?])
        }
        Format::Pdf => match read_in_child(exe, name, bytes, limits) {
            Err(Refused::NoText) => match (installed(&PAINTER), tesseract()) {
                (Some(painter), Some(tesseract)) => {
                    pages(&Workshop::new(exe, limits)?, &painter, &tesseract, bytes, limits)
                }
                _ => Err(Refused::NoText),
            },
            other => other,
        },
        _ => read_in_child(exe, name, bytes, limits),
    }
}

/// A file as a Word file: as it is, or through another program; `None` for formats that are none of Word's kind.
///
/// # Errors
/// Why it cannot be converted.
pub(crate) fn as_word(
    exe: &Path,
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Refused> {
    match sniff(name, bytes)? {
        Format::Docx => Ok(Some(bytes.to_vec())),
        Format::Office(kind) => to_docx(exe, kind, bytes, limits).map(Some),
        _ => Ok(None),
    }
}

fn to_docx(exe: &Path, kind: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Refused> {
    let Some(office) = installed(&OFFICE) else {
        return Err(Refused::Unsupported {
            what: format!(
                "{kind} without LibreOffice on this machine; install it, or open the file in Word and save as docx"
            ),
        });
    };
    let shop = Workshop::new(exe, limits)?;
    let file = shop.put(&format!("in.{kind}"), bytes)?;
    let profile = format!("-env:UserInstallation=file://{}", shop.path("profile").display());
    let target = shop.path("out");
    let arguments: Vec<&std::ffi::OsStr> = vec![
        profile.as_ref(),
        "--headless".as_ref(),
        "--norestore".as_ref(),
        "--convert-to".as_ref(),
        "docx:MS Word 2007 XML".as_ref(),
        "--outdir".as_ref(),
        target.as_os_str(),
        file.as_os_str(),
    ];
    let ended = shop.run(&office, arguments);
    clear_sockets();
    let ended = ended?;
    match (shop.take("out/in.docx")?, ended) {
        (Some(docx), _) if !docx.is_empty() => Ok(docx),
        (_, Err(why)) => {
            Err(Refused::Damaged { why: format!("LibreOffice cannot read it: {why}") })
        }
        (_, Ok(())) => Err(Refused::Damaged { why: "LibreOffice cannot read it".to_owned() }),
    }
}

/// One page recognised: its lines, and the mean confidence over its words with their number.
struct Recognised {
    lines: String,
    confidence: f32,
    words: usize,
}

fn recognised(shop: &Workshop<'_>, tesseract: &Path, page: &str) -> Result<Recognised, Refused> {
    // Page segmentation 3: columns and blocks found by the program. Text and a table with confidences.
    let ended = shop.run(tesseract, [page, "page", "-l", "vie", "--psm", "3", "txt", "tsv"])?;
    if let Err(why) = ended {
        return Err(Refused::Damaged { why: format!("the picture cannot be read: {why}") });
    }
    let part = |name| {
        let bytes = shop.take(name)?.unwrap_or_default();
        Ok::<_, Refused>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (lines, table) = (part("page.txt")?, part("page.tsv")?);
    // Columns: level … conf text; words are of level 5.
    let confident: Vec<f32> = table
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|cells| cells.len() == 12 && cells[0] == "5" && !cells[11].trim().is_empty())
        .filter_map(|cells| cells[10].parse().ok())
        .collect();
    let words = confident.len();
    Ok(Recognised { lines, confidence: confident.iter().sum::<f32>() / words.max(1) as f32, words })
}

/// Each page as a picture, then recognised; one at a time, so that little is on the disk at once.
fn pages(
    shop: &Workshop<'_>,
    painter: &Path,
    tesseract: &Path,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Text, Refused> {
    shop.put("in.pdf", bytes)?;
    let mut all = Vec::new();
    for number in 1..=limits.ocr_pages + 1 {
        let n = number.to_string();
        let arguments = [
            "-r",
            RESOLUTION,
            "-gray",
            "-png",
            "-singlefile",
            "-f",
            &n,
            "-l",
            &n,
            "in.pdf",
            "page",
        ];
        let ended = shop.run(painter, arguments)?;
        let drawn = shop.path("page.png").is_file();
        match ended {
            Ok(()) if drawn => {}
            // Beyond the last page it leaves nothing, or ends with 99.
            Ok(()) => break,
            Err(why) if why.starts_with("exit status: 99") => break,
            Err(why) => {
                return Err(Refused::Damaged {
                    why: format!("page {number} cannot be drawn: {why}"),
                });
            }
        }
        if number > limits.ocr_pages {
            return Err(Refused::Unsupported {
                what: format!("a scan of more than {} pages; split it", limits.ocr_pages),
            });
        }
        all.push(recognised(shop, tesseract, "page.png")?);
    }
    if all.is_empty() {
        return Err(Refused::Damaged { why: "no page can be drawn".to_owned() });
    }
    text(all)
}

fn text(pages: Vec<Recognised>) -> Result<Text, Refused> {
    let words: usize = pages.iter().map(|page| page.words).sum();
    let sum: f32 = pages.iter().map(|page| page.confidence * page.words as f32).sum();
    let confidence = sum / words.max(1) as f32;
    if words == 0 {
        return Err(Refused::Unsupported {
            what: "a picture without words that can be recognised".to_owned(),
        });
    }
    if confidence < SURE {
        return Err(Refused::Unsupported {
            what: format!(
                "text recognition is only {confidence:.0} of 100 sure of {words} words, too little to rely on; scan it again, sharp and straight, at 300 dpi"
            ),
        });
    }
    let mut warnings = vec![format!(
        "chữ do máy nhận dạng từ ảnh (OCR), độ tin cậy trung bình {confidence:.0}/100; cần đối chiếu với bản gốc, nhất là số và ngày"
    )];
    for (at, page) in pages.iter().enumerate().filter(|(_, page)| page.confidence < FAIRLY_SURE) {
        let number = at + 1;
        warnings.push(match page.words {
            0 => format!("trang {number} không nhận dạng được chữ nào"),
            _ => format!("trang {number} chỉ đạt {:.0}/100", page.confidence),
        });
    }
    let text = pages.into_iter().map(|page| page.lines).collect::<Vec<_>>().join("\n");
    Ok(super::hygiene::clean(Text { text, warnings, ..Text::default() }))
}

/// tesseract, if it has its data for Vietnamese. Asked once a file: it is a process of its own.
fn tesseract() -> Option<PathBuf> {
    let program = installed(&["tesseract"])?;
    let listed = std::process::Command::new(&program).arg("--list-langs").output().ok()?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    listed.lines().any(|line| line.trim() == "vie").then_some(program)
}
