//! What every text goes through, whatever its format: repair of legacy fonts, normal form, and
//! removal of lines that speak to machines instead of readers.

use viet::Encoding;

use super::Text;

/// Bytes to text: UTF-8, UTF-16 or an old Vietnamese encoding, with a warning if it was an old one.
/// As typed, Unicode is left as it came.
pub(super) fn decode(bytes: &[u8], as_typed: bool) -> (String, Vec<String>) {
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if as_typed
        && let Ok(text) = std::str::from_utf8(plain)
        && viet::repair(text).1.is_none()
    {
        return (text.replace("\r\n", "\n").replace('\r', "\n"), Vec::new());
    }
    let (text, encoding) = viet::decode(bytes);
    let warnings = match encoding {
        Encoding::Tcvn3 | Encoding::Vni => vec![REPAIRED.to_owned()],
        _ => Vec::new(),
    };
    (text, warnings)
}

pub(super) const REPAIRED: &str =
    "văn bản dùng phông chữ cũ (TCVN3 hoặc VNI), đã chuyển sang Unicode; cần đối chiếu";

pub(super) fn clean(raw: Text) -> Text {
    let Text { text, title, mut warnings, aside, members, look: _ } = raw;
    // Before anything is dropped: TCVN3 uses the soft hyphen as a letter.
    let (text, repaired) = viet::repair(&text);
    if repaired.is_some() && !warnings.iter().any(|warning| warning == REPAIRED) {
        warnings.push(REPAIRED.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut number = 0;
    for line in text.lines() {
        number += 1;
        let line = viet::clean(line);
        let line = line.trim();
        if speaks_to_machines(line) {
            warnings
                .push(format!("dòng {number} có nội dung hướng tới hệ thống AI, đã bỏ dòng này"));
            continue;
        }
        // One empty line may stand between paragraphs; more say nothing.
        if line.is_empty() && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    let title = title
        .map(|title| viet::clean(&viet::repair(&title).0).trim().to_owned())
        .filter(|title| !title.is_empty());
    let aside = aside.iter().map(|line| viet::clean(&viet::repair(line).0)).collect();
    Text { text: out, title, warnings, aside, members, look: None }
}

/// The text of a draft: a legacy font is read, blank lines are brought to one, and nothing else is touched.
pub(super) fn as_typed(raw: Text) -> Text {
    let Text { text, title, mut warnings, aside, members, look } = raw;
    let (repaired, legacy) = viet::repair(&text);
    let text = if legacy.is_some() { repaired } else { text };
    if legacy.is_some() && !warnings.iter().any(|warning| warning == REPAIRED) {
        warnings.push(REPAIRED.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        if line.is_empty() && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    Text { text: out, title, warnings, aside, members, look }
}

/// Whether a line is addressed to an AI system. Few phrases, each rare in law: a wrong hit loses a
/// line of law, a miss is only text that nobody obeys.
pub(crate) fn speaks_to_machines(line: &str) -> bool {
    let lower = line.to_lowercase();
    PHRASES.iter().any(|phrase| lower.contains(phrase))
}

const PHRASES: [&str; 20] = [
    "ignore previous instructions",
    "ignore all previous",
    "ignore the above instructions",
    "disregard previous instructions",
    "disregard all previous",
    "you are chatgpt",
    "you are an ai",
    "as an ai language model",
    "as a language model",
    "if you are an ai",
    "if you are a large language model",
    "note to ai",
    "instructions for ai",
    "system prompt",
    "bỏ qua mọi chỉ dẫn",
    "bỏ qua các chỉ dẫn",
    "bỏ qua các hướng dẫn trước",
    "bỏ qua hướng dẫn trước",
    "nếu bạn là mô hình ngôn ngữ",
    "chatgpt, gemini",
];

/// Whether a table row is the head of a document (issuer beside the state's name) or its foot
/// (recipients beside the signature): two columns for the eye only.
pub(super) fn is_frame(row: &str) -> bool {
    let lower = row.to_lowercase();
    ["cộng hòa xã hội chủ nghĩa", "cộng hoà xã hội chủ nghĩa", "nơi nhận:"]
        .iter()
        .any(|mark| lower.contains(mark))
}
