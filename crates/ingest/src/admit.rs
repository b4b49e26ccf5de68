//! What must not enter the library, told by the head of its text: state secrets and drafts.

use crate::read::Refused;

/// Lines of a text's head: what stands above its first article, and no more than this.
const HEAD: usize = 40;

/// Looks at the head of a text. What is let in with a doubt gets a warning.
///
/// Marks of secrecy are those of Luật Bảo vệ bí mật nhà nước 29/2018/QH14 điều 8: tuyệt mật, tối mật, mật,
/// stamped as a word of their own.
///
/// # Errors
/// [`Refused::Quarantined`] and [`Refused::Draft`].
pub(crate) fn admitted(name: &str, text: &str) -> Result<Vec<String>, Refused> {
    let head: Vec<&str> = text
        .lines()
        .flat_map(|line| line.split('|'))
        .map(str::trim)
        .take_while(|line| !line.starts_with("Điều 1."))
        .take(HEAD)
        .collect();
    if let Some(mark) = head.iter().find_map(|line| secrecy(line)) {
        return Err(Refused::Quarantined { mark: mark.to_owned() });
    }
    if let Some(line) = head.iter().find(|line| says_draft(line)) {
        return Err(Refused::Draft { why: format!("its head says {line:?}") });
    }
    let number = head.iter().any(|line| blank_number(line));
    let day = head.iter().any(|line| blank_day(line));
    let folded = viet::fold(name.rsplit(['/', '\\']).next().unwrap_or(name));
    let named = folded.replace(['_', '-', '.'], " ").contains("du thao");
    if number && (day || named) {
        let why = match named {
            true => "it is named so and has no number",
            false => "number and day of issue are blank",
        };
        return Err(Refused::Draft { why: why.to_owned() });
    }
    let mut doubts = Vec::new();
    if named {
        doubts.push("tên tệp nói là dự thảo, nhưng văn bản không ghi; hãy kiểm tra".to_owned());
    }
    if number {
        doubts.push("văn bản chưa ghi số; hãy kiểm tra đã ban hành hay chưa".to_owned());
    }
    Ok(doubts)
}

fn secrecy(line: &str) -> Option<&'static str> {
    let bare = line.trim_matches(|c: char| !c.is_alphabetic());
    let stated = bare.split_once(':').filter(|(what, _)| {
        matches!(viet::fold(what).trim(), "do mat" | "do khan, do mat" | "muc do mat")
    });
    let upper = stated.map(|(_, mark)| mark.trim().to_uppercase());
    let said = upper.as_deref().unwrap_or(bare);
    ["TUYỆT MẬT", "TỐI MẬT", "MẬT"].into_iter().find(|mark| *mark == said)
}

/// "DỰ THẢO", "Dự thảo lần 2", "(Dự thảo ngày 1/2/2026)", "DỰ THẢO NGHỊ ĐỊNH": not a line of running text
/// that begins so.
fn says_draft(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphabetic());
    if line.starts_with("DỰ THẢO") || line.starts_with("BẢN DỰ THẢO") {
        return true;
    }
    let Some(rest) = line.strip_prefix("Dự thảo").or_else(|| line.strip_prefix("Bản dự thảo"))
    else {
        return false;
    };
    let rest = rest.trim_start();
    rest.chars().next().is_none_or(|c| !c.is_alphabetic())
        || ["lần", "ngày", "tháng"].iter().any(|word| rest.starts_with(word))
}

/// "Số:      /2026/NĐ-CP", "Số: …/QĐ-UBND".
fn blank_number(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("Số").map(|rest| rest.trim_start()) else { return false };
    let Some(rest) = rest.strip_prefix(':') else { return false };
    let blank = |c: char| c.is_whitespace() || matches!(c, '.' | '…' | '_' | '-');
    rest.trim_start_matches(blank).starts_with('/')
}

/// "Hà Nội, ngày    tháng    năm 2026", with dots or without.
fn blank_day(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("ngày") else { return false };
    let Some((day, _)) = rest.split_once("tháng") else { return false };
    day.chars().count() <= 20 && !day.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_drafts_stay_out() {
        let secret = |mark: &str| Err(Refused::Quarantined { mark: mark.into() });
        for (text, expect) in [
            ("BỘ CÔNG AN\nMẬT\nSố: 12/QĐ", secret("MẬT")),
            ("BỘ CÔNG AN | TỐI MẬT\nSố: 12/QĐ", secret("TỐI MẬT")),
            ("[TUYỆT MẬT]", secret("TUYỆT MẬT")),
            ("Độ mật: Mật", secret("MẬT")),
            ("Độ mật: Không", Ok(vec![])),
            ("LUẬT\nBảo vệ bí mật nhà nước", Ok(vec![])),
            ("Điều 1. Mẫu dấu\nMẬT", Ok(vec![])),
        ] {
            assert_eq!(admitted("a.docx", text), expect, "{text}");
        }
        for draft in [
            "DỰ THẢO\nNGHỊ ĐỊNH",
            "CHÍNH PHỦ\n(Dự thảo lần 2)\nNGHỊ ĐỊNH",
            "Dự thảo ngày 12/3/2026",
            "DỰ THẢO 3",
            "CHÍNH PHỦ\nSố:      /2026/NĐ-CP\nHà Nội, ngày      tháng      năm 2026",
            "UBND\nSố: …/QĐ-UBND\nHà Nội, ngày ... tháng ... năm 2026",
        ] {
            assert!(matches!(admitted("a.docx", draft), Err(Refused::Draft { .. })), "{draft}");
        }
        let issued = "CHÍNH PHỦ\nSố: 12/2026/NĐ-CP\nHà Nội, ngày 1 tháng 2 năm 2026\nVề soạn thảo\ndự thảo văn bản";
        assert_eq!(admitted("a.docx", issued), Ok(vec![]));
        assert_eq!(admitted("Du_thao ND.docx", issued).map(|doubts| doubts.len()), Ok(1));
        let stamped = "Số:     /QĐ-UBND\nHà Nội, ngày 5 tháng 3 năm 2025";
        assert_eq!(admitted("a.pdf", stamped).map(|doubts| doubts.len()), Ok(1));
        assert!(matches!(admitted("Dự thảo 3.docx", stamped), Err(Refused::Draft { .. })));
    }
}
