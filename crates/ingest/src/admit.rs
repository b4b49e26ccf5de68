//! What must not enter the library, told by the head of its text: state secrets and drafts.

use crate::read::Refused;

/// Lines of a text's head: what stands above its first article, and no more than this.
const HEAD: usize = 40;

/// Looks at the head of a text, and at what stands beside it (heads of pages, watermarks, the subject of a
/// letter). What is let in with a doubt gets a warning.
///
/// Marks of secrecy are those of Luật Bảo vệ bí mật nhà nước 29/2018/QH14 điều 8: tuyệt mật, tối mật, mật,
/// stamped as a word of their own.
///
/// # Errors
/// [`Refused::Quarantined`] and [`Refused::Draft`].
pub(crate) fn admitted(name: &str, text: &str, aside: &[String]) -> Result<Vec<String>, Refused> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Điều 1."))
        .take(HEAD)
        .collect();
    let head: Vec<String> = aside
        .iter()
        .map(String::as_str)
        .chain(lines.iter().copied())
        // A row of many cells is a table, where "mật" may be honey.
        .flat_map(|line| match line.matches('|').count() {
            0 | 1 => line.split('|').flat_map(apart).collect(),
            _ => Vec::new(),
        })
        .collect();
    if let Some(mark) = head.iter().find_map(|line| secrecy(line)) {
        return Err(Refused::Quarantined { mark: mark.to_owned() });
    }
    let before = std::iter::once("").chain(head.iter().map(String::as_str));
    if let Some((line, _)) = head.iter().zip(before).find(|(line, before)| says_draft(line, before))
    {
        return Err(Refused::Draft { why: format!("its head says {line:?}") });
    }
    let folded = viet::fold(name.rsplit(['/', '\\']).next().unwrap_or(name));
    if folded.replace(['_', '-', '.'], " ").contains("du thao") {
        let why = "its file is named so; if it is issued, rename the file";
        return Err(Refused::Draft { why: why.to_owned() });
    }
    let number = lines.iter().any(|line| blank_number(line));
    let day = lines.iter().any(|line| blank_day(line));
    if number && day {
        let why = "number and day of issue are blank; if it is issued, fill them in";
        return Err(Refused::Draft { why: why.to_owned() });
    }
    Ok(match number {
        true => vec!["văn bản chưa ghi số; hãy kiểm tra đã ban hành hay chưa".to_owned()],
        false => Vec::new(),
    })
}

/// The parts of a line that wide gaps set apart, each with single blanks; letters that are spaced out
/// ("T Ố I   M Ậ T") are words again.
fn apart(line: &str) -> Vec<String> {
    let single = line.split_whitespace().filter(|word| word.chars().count() == 1).count();
    let spaced = single >= 3 && single == line.split_whitespace().count();
    // Two blanks are a slip, more are a gap.
    let gaps = line.split("   ").map(str::trim).filter(|part| !part.is_empty());
    if spaced {
        let words = line.split("  ").map(|word| word.replace(' ', ""));
        return vec![words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")];
    }
    gaps.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A mark, alone or with the words that stand round one on a stamp.
fn secrecy(line: &str) -> Option<&'static str> {
    const AROUND: [&str; 21] = [
        "ĐỘ",
        "MẬT",
        "MỨC",
        "BẢO",
        "TÀI",
        "LIỆU",
        "VĂN",
        "BẢN",
        "KHẨN",
        "HỎA",
        "HOẢ",
        "TỐC",
        "THƯỢNG",
        "DẤU",
        "CHỈ",
        "BÍ",
        "NHÀ",
        "NƯỚC",
        "VÀ",
        "THEO",
        "LOẠI",
    ];
    // What is said in brackets is no part of it: "Độ mật: MẬT (theo …)".
    let plain = line.split(" (").next().unwrap_or(line);
    let plain = if plain.trim().is_empty() { line } else { plain };
    if !plain.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(char::is_uppercase) {
        return None;
    }
    let upper = plain.to_uppercase();
    let words: Vec<&str> =
        upper.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let urgent = |word: &&&str| ["HỎA", "HOẢ", "TỐC", "KHẨN", "THƯỢNG"].contains(*word);
    let end = words.len() - words.iter().rev().take_while(urgent).count();
    let (mark, rest) = match &words[..end] {
        [rest @ .., "TUYỆT", "MẬT"] => ("TUYỆT MẬT", rest),
        [rest @ .., "TỐI", "MẬT"] => ("TỐI MẬT", rest),
        // "Độ mật:" without a mark, "Bảo mật", "Bí mật" are none.
        [.., "ĐỘ" | "BẢO" | "BÍ" | "KHÔNG", "MẬT"] => return None,
        [rest @ .., "MẬT"] => ("MẬT", rest),
        _ => return None,
    };
    (words.len() <= 9 && rest.iter().all(|word| AROUND.contains(word))).then_some(mark)
}

/// "DỰ THẢO", "Dự thảo lần 2", "(Dự thảo ngày 1/2/2026)", "TOÀN VĂN DỰ THẢO LUẬT": not a title that breaks
/// before these words.
fn says_draft(line: &str, before: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let upper = line.to_uppercase();
    let Some(at) = upper.find("DỰ THẢO") else { return false };
    let lead = upper[..at].trim();
    if !["", "BẢN", "TOÀN VĂN", "HỒ SƠ"].contains(&lead) {
        return false;
    }
    let rest = upper[at + "DỰ THẢO".len()..].trim();
    let version = rest.chars().next().is_none_or(|c| !c.is_alphabetic())
        || ["LẦN ", "NGÀY ", "THÁNG "].iter().any(|word| rest.starts_with(word));
    let kinds = [
        "LUẬT",
        "BỘ LUẬT",
        "NGHỊ ĐỊNH",
        "NGHỊ QUYẾT",
        "THÔNG TƯ",
        "QUYẾT ĐỊNH",
        "PHÁP LỆNH",
        "QUY CHẾ",
        "QUY ĐỊNH",
        "KẾ HOẠCH",
        "CÔNG VĂN",
        "TỜ TRÌNH",
    ];
    let kind = kinds.iter().any(|kind| rest == *kind || rest.starts_with(&format!("{kind} ")));
    let goes_on = before.ends_with(',')
        || ["VỀ", "CỦA", "VÀ", "CÁC", "CHO", "THEO", "VỚI", "THẢO"]
            .contains(&before.to_uppercase().split(' ').next_back().unwrap_or_default());
    let capital = line.starts_with(char::is_uppercase);
    version && (capital || rest.starts_with("LẦN ")) || kind && capital && !goes_on
}

/// "Số:      /2026/NĐ-CP", "Luật số: …/2026/QH16", "Số xx/QĐ-UBND".
fn blank_number(line: &str) -> bool {
    let Some(at) = line.find("Số").or_else(|| line.find(" số").map(|at| at + 1)) else {
        return false;
    };
    let kind = line[..at].trim();
    if !["", "Luật", "Bộ luật", "Nghị quyết", "Nghị định", "Pháp lệnh"].contains(&kind)
    {
        return false;
    }
    let rest = line[at + "Số".len()..].trim_start_matches([':', ' ']);
    let blank = |c: char| c.is_whitespace() || ".…_-[]()xX".contains(c);
    let rest = rest.trim_start_matches(blank);
    rest.strip_prefix('/')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || blank(c)))
}

/// "Hà Nội, ngày    tháng    năm 2026", "ngày …/…/2026".
fn blank_day(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("ngày") else { return false };
    let Some(end) = rest.find("tháng").or_else(|| rest.find('/')) else { return false };
    let day = &rest[..end];
    day.chars().count() <= 20 && !day.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_drafts_stay_out() {
        let of = |text: &str| admitted("a.docx", text, &[]);
        for (text, mark) in [
            ("BỘ CÔNG AN\nMẬT\nSố: 12/QĐ", "MẬT"),
            ("BỘ CÔNG AN | TỐI MẬT\nSố: 12/QĐ", "TỐI MẬT"),
            ("BỘ CÔNG AN      TỐI  MẬT", "TỐI MẬT"),
            ("[TUYỆT MẬT]", "TUYỆT MẬT"),
            ("T Ố I   M Ậ T", "TỐI MẬT"),
            ("Tuyệt mật", "TUYỆT MẬT"),
            ("MẬT - HỎA TỐC", "MẬT"),
            ("Độ mật: Mật", "MẬT"),
            ("Độ mật: MẬT (theo Quyết định 1)", "MẬT"),
            ("BÍ MẬT NHÀ NƯỚC ĐỘ: TỐI MẬT", "TỐI MẬT"),
            ("TÀI LIỆU MẬT", "MẬT"),
        ] {
            assert_eq!(of(text), Err(Refused::Quarantined { mark: mark.into() }), "{text}");
        }
        for text in [
            "Độ mật: Không",
            "Độ mật:",
            "LUẬT\nBẢO VỆ BÍ MẬT NHÀ NƯỚC",
            "Điều 1. Mẫu dấu\nMẬT",
            "STT | Hàng | MẬT | Giá",
            "văn bản mật",
        ] {
            assert_eq!(of(text), Ok(vec![]), "{text}");
        }
        for draft in [
            "DỰ THẢO\nNGHỊ ĐỊNH",
            "CHÍNH PHỦ\n(Dự thảo lần 2)\nNGHỊ ĐỊNH",
            "Dự thảo ngày 12/3/2026",
            "DỰ THẢO 3",
            "dự thảo lần 3",
            "CHÍNH PHỦ      DỰ  THẢO",
            "D Ự  T H Ả O",
            "Dự thảo Nghị định",
            "TOÀN VĂN DỰ THẢO LUẬT",
            "CHÍNH PHỦ\nSố:      /2026/NĐ-CP\nHà Nội, ngày      tháng      năm 2026",
            "UBND\nSố: …/QĐ-UBND\nHà Nội, ngày ... tháng ... năm 2026",
            "QUỐC HỘI\nLuật số:      /2026/QH16\nHà Nội, ngày …/…/2026",
        ] {
            assert!(matches!(of(draft), Err(Refused::Draft { .. })), "{draft}");
        }
        let issued = "CHÍNH PHỦ\nSố: 12/2026/NĐ-CP\nHà Nội, ngày 1 tháng 2 năm 2026\nVỀ VIỆC LẤY Ý KIẾN VỀ\nDỰ THẢO SỬA ĐỔI HIẾN PHÁP\nHƯỚNG DẪN VỀ\nDỰ THẢO LUẬT\ndự thảo văn bản";
        assert_eq!(of(issued), Ok(vec![]));
        let named = admitted("goi.zip/Du_thao ND.docx", issued, &[]);
        assert!(matches!(named, Err(Refused::Draft { .. })), "{named:?}");
        let stamped = "Số:     /QĐ-UBND\nHà Nội, ngày 5 tháng 3 năm 2025";
        assert_eq!(of(stamped).map(|doubts| doubts.len()), Ok(1));
        // In the head of the page, or across it.
        let beside = |words: &str| admitted("a.docx", issued, &[words.to_owned()]);
        assert!(matches!(beside("TỐI MẬT"), Err(Refused::Quarantined { .. })));
        assert!(matches!(beside("DỰ THẢO"), Err(Refused::Draft { .. })));
    }
}
