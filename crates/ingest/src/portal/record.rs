//! One record of the national portal to a procedure, with the guards against foreign and old content.

use law::{Basis, Due, Procedure, Warning, WarningKind};
use serde_json::{Map, Value};

use super::page::Page;
use super::{channels, is_code, papers};
use crate::lines::{date, tidy};

/// Reads a portal record. `twins` are other codes that show the very same page.
pub(super) fn read(record: &Map<String, Value>, twins: &[String]) -> Result<Procedure, String> {
    let raw = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or("");
    let field = |key: &str| said(&tidy(raw(key)));
    let code = field("ma_thu_tuc");
    if !is_code(&code) {
        return Err(format!("\"ma_thu_tuc\" {code:?} is not of the form 1.001193"));
    }
    let page = viet::clean(raw("raw_text"));
    let shown = shown_code(&page);
    match shown {
        Some(shown) if shown != code => {
            return Err(format!("the page shown is that of {shown}, another procedure"));
        }
        None if !twins.is_empty() => {
            return Err(format!(
                "the same page is given for {}; it cannot be told whose it is",
                twins.join(", ")
            ));
        }
        _ => {}
    }
    let name = field("ten_thu_tuc");
    if name.is_empty() {
        return Err("\"ten_thu_tuc\" is empty".to_owned());
    }
    let decision = field("so_quyet_dinh");
    let local = decision.to_uppercase().contains("QĐ-UBND");
    if local && !format!("{page} {name} {}", raw("co_quan_thuc_hien")).contains("Hà Nội") {
        return Err(format!("published by {decision}, a decision of another province"));
    }
    let mut warnings = Vec::new();
    // The crawler cut fields at the words of headings, wherever they stood; the page itself has them whole.
    let sections = Page::read(&page);
    let part = |section: Option<&str>, key: &str| match section {
        Some(section) => section.to_owned(),
        None => viet::clean(raw(key)),
    };
    let channels = channels::read(&part(sections.manner, "cach_thuc_thuc_hien"), &mut warnings);
    let cases = papers::read(&part(sections.papers, "thanh_phan_ho_so"));
    let steps = lines(&part(sections.steps, "trinh_tu_thuc_hien"));
    let handling = said(&tidy(&part(sections.handling, "co_quan_thuc_hien")));
    let authority =
        Some(field("co_quan_co_tham_quyen")).filter(|a| !a.is_empty()).unwrap_or(handling.clone());
    let place = place(&field("dia_chi_tiep_nhan"), &handling, &steps);
    let basis = basis(&part(sections.basis, "can_cu_phap_ly"));
    let as_of = date(raw("crawled"));
    channels::check(&channels, &steps.join("\n"), &mut warnings);
    let mut warn = |kind: WarningKind, what: String| warnings.push(Warning { kind, what });
    if cases.is_empty() {
        warn(WarningKind::NoPapers, String::new());
    }
    if let Some(city) = other_city(&place).or_else(|| other_city(&authority)) {
        warn(WarningKind::OtherCity, city.to_owned());
    }
    if !twins.is_empty() {
        warn(WarningKind::SamePage, twins.join(", "));
    }
    let mut procedure = Procedure {
        code,
        short: short(&name),
        name,
        field: field("linh_vuc"),
        levels: list(&field("cap_thuc_hien")),
        audience: list(&field("doi_tuong_thuc_hien")),
        decision,
        authority,
        place,
        cases,
        channels,
        steps,
        conditions: lines(&part(sections.conditions, "yeu_cau_dieu_kien")),
        result: result(&tidy(&part(sections.result, "ket_qua_xu_ly"))),
        basis,
        siblings: twins.to_vec(),
        warnings,
        as_of,
        source: tidy(raw("detail_url")),
        ..Procedure::default()
    };
    // Time and papers that are missing have warnings of their own.
    let missing = procedure.missing().into_iter();
    let missing: Vec<&str> =
        missing.filter(|due| !matches!(due, Due::Time | Due::Papers)).map(Due::label).collect();
    if !missing.is_empty() {
        let what = missing.join(", ");
        procedure.warnings.push(Warning { kind: WarningKind::Incomplete, what });
    }
    Ok(procedure)
}

/// Words that mean "nothing" become nothing.
pub(super) fn said(text: &str) -> String {
    match text.trim().trim_end_matches('.') {
        "Không có thông tin" | "Không có" | "Không" | "--" | "-" => String::new(),
        _ => text.trim().to_owned(),
    }
}

fn shown_code(page: &str) -> Option<&str> {
    let mark = "Mã thủ tục";
    page.match_indices(mark)
        .filter_map(|(at, _)| page[at + mark.len()..].trim_start().get(..8))
        .find(|code| is_code(code))
}

/// Where one files: the address with its office, else the office. A person (who decides) is no place, and
/// neither are whole steps that the portal has in that cell; then what the steps say.
fn place(address: &str, handling: &str, steps: &[String]) -> String {
    let person = |text: &str| {
        ["Chủ tịch", "Bộ trưởng", "Thủ tướng", "Giám đốc", "Cục trưởng", "Thống đốc"]
            .iter()
            .any(|title| text.trim_start().starts_with(title))
    };
    let told = |text: &str| text.chars().count() > 700 || text.contains("Bước ");
    let office = |text: &str| !text.is_empty() && !told(text) && !person(text);
    let street = address.starts_with(|c: char| c.is_ascii_digit())
        || ["Số ", "số ", "Lô ", "Tầng "].iter().any(|word| address.starts_with(word));
    match (office(address), office(handling)) {
        (true, true) if street && !address.contains(handling) => format!("{handling}, {address}"),
        (true, _) => address.to_owned(),
        (false, true) => handling.to_owned(),
        (false, false) => filed_at(steps).unwrap_or_default(),
    }
}

/// "nộp hồ sơ tại Sở Tư pháp", "gửi 01 bộ hồ sơ đến …": the first office that steps send a dossier to.
fn filed_at(steps: &[String]) -> Option<String> {
    const OFFICES: [&str; 9] =
        ["Sở ", "Ủy ban", "Uỷ ban", "UBND", "Trung tâm", "Bộ ", "Cục ", "Công an", "Bộ phận"];
    steps.iter().find_map(|step| {
        let at = ["nộp ", "gửi "].iter().filter_map(|word| step.find(word)).min()?;
        let rest = &step[at..];
        let (from, office) =
            OFFICES.iter().filter_map(|office| Some((rest.find(office)?, office))).min()?;
        let led = [" tại ", " đến ", " cho ", " về ", " tới "];
        let before = &rest[..from];
        if from > 160 || !led.iter().any(|word| before.ends_with(word)) || office.is_empty() {
            return None;
        }
        let office = &rest[from..];
        let signs = office.find(['.', ';', ',', '(', ':', '\n']);
        let words = [" 0", " 1 ", " qua ", " theo ", " hoặc ", " để ", " trong "];
        let ends = words.iter().filter_map(|word| office.find(word)).chain(signs);
        let end = from + ends.min().unwrap_or(office.len());
        Some(rest[from..end].trim().to_owned()).filter(|office| office.len() <= 200)
    })
}

fn lines(text: &str) -> Vec<String> {
    let clean = viet::clean(text);
    clean.lines().map(tidy).map(|line| said(&line)).filter(|line| !line.is_empty()).collect()
}

/// Parts between commas, brackets kept whole; a part that begins with a small letter goes on with the one
/// before it: "Cán bộ, công chức, viên chức".
fn list(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let parts = text.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth <= 0 && (c == ',' || c == ';')
    });
    let mut out: Vec<String> = Vec::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        match out.last_mut() {
            Some(last) if part.starts_with(char::is_lowercase) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => out.push(part.to_owned()),
        }
    }
    out
}

/// The name without "Thủ tục" before it.
fn short(name: &str) -> String {
    let rest = ["Thủ tục ", "THỦ TỤC ", "thủ tục "]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let mut letters = rest.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

/// Results without their codes and without the page's controls.
fn result(text: &str) -> String {
    let end = ["Từ khóa", "Từ khoá", "Chọn cơ quan thực hiện"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    // Several results each carry the controls "Từ khóa … Mô tả …" when the page is long.
    let text = &text[..end.unwrap_or(text.len())];
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("Mã:") {
        names.push(said(&rest[..at]));
        let after = rest[at + "Mã:".len()..].trim_start();
        rest = &after[code_of_result(after)..];
    }
    names.push(said(rest));
    names.retain(|name| !name.is_empty());
    names.join("; ")
}

/// Bytes of the code at the beginning: `KQ.G24.000042`, `000.00.00.G04-KQ1788`, `dsfas`. The name of the
/// next result may be glued to it.
fn code_of_result(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    let mut junk = true;
    while let Some((at, c)) = letters.next() {
        let next_small = letters.peek().is_some_and(|(_, next)| next.is_lowercase());
        let part = match c {
            '0'..='9' | '.' | '-' | '_' => {
                junk = false;
                true
            }
            'A'..='Z' => {
                junk = false;
                !next_small
            }
            'a'..='z' => junk,
            _ => false,
        };
        if !part {
            return at;
        }
    }
    text.len()
}

const BASIS_HEAD: &str = "Tên văn bản pháp lýMã văn bản";

/// The table of titles and numbers, which run together. A number closes its row when it is glued to
/// the title before it; others are part of a title.
fn basis(text: &str) -> Vec<Basis> {
    let text = said(text.trim().strip_prefix(BASIS_HEAD).unwrap_or(text));
    let mut out: Vec<Basis> = Vec::new();
    let mut from = 0;
    for (number, span) in law::numbers(&text) {
        if span.start < from {
            continue;
        }
        let Some(title_end) = cell_of_number(&text, from, &span) else { continue };
        let title = match tidy(&text[from..title_end]) {
            title if title.is_empty() && from < span.start => tidy(&text[from..span.end]),
            title => title,
        };
        from = span.end;
        if let Some(known) = out.iter_mut().find(|basis| basis.document == number) {
            if known.title.is_empty() {
                known.title = title;
            }
            continue;
        }
        out.push(Basis { document: number, at: String::new(), title });
    }
    let rest = tidy(&text[from..]);
    if !rest.is_empty() {
        let document =
            law::numbers(&rest).into_iter().next().map(|(number, _)| number).unwrap_or_default();
        if document.is_empty() || out.iter().all(|basis| basis.document != document) {
            out.push(Basis { document, at: String::new(), title: rest });
        }
    }
    out
}

/// Where the title ends before a number that stands in the cell of numbers; `None` for one that is part of
/// a title. The cell may hold words: "Luật số 32/2024/QH15", "Số: 12/2020/TT-BTP"; what shows it is that it is
/// glued to the title before it, or the next title to it.
fn cell_of_number(text: &str, from: usize, span: &std::ops::Range<usize>) -> Option<usize> {
    const WORDS: [&str; 14] = [
        "văn bản hợp nhất",
        "nghị quyết",
        "nghị định",
        "thông tư liên tịch",
        "thông tư",
        "quyết định",
        "pháp lệnh",
        "bộ luật",
        "luật",
        "chỉ thị",
        "số:",
        "số",
        "vbhn",
        "hiến pháp",
    ];
    let mut start = span.start;
    loop {
        let before = text[from..start].trim_end();
        let glued = before.len() == start - from
            && before.chars().next_back().is_some_and(|c| !"(/-".contains(c));
        if start == from {
            // A title may begin with its number: "Nghị định số 95/2024/NĐ-CP quy định …".
            break;
        }
        if glued {
            return Some(start);
        }
        // One more word of the cell.
        let word = WORDS.iter().find_map(|word| {
            let tail = before.len().checked_sub(word.len())?;
            let tail = before.get(tail..)?;
            (tail.to_lowercase() == *word).then_some(tail.len())
        });
        match word {
            Some(length) => start = from + before.len() - length,
            None => break,
        }
    }
    let mut after = text[span.end..].chars();
    if start == from && after.as_str().trim().is_empty() {
        return Some(start);
    }
    let next_title = after.next().is_some_and(char::is_uppercase)
        && after.next().is_some_and(|c| c.is_lowercase() || c.is_uppercase());
    next_title.then_some(span.start)
}

/// A city or province other than Hà Nội that an office's name ends with.
fn other_city(office: &str) -> Option<&'static str> {
    const OTHERS: [(&str, &str); 7] = [
        ("TP HCM", "Thành phố Hồ Chí Minh"),
        ("TP. HCM", "Thành phố Hồ Chí Minh"),
        ("Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("Đà Nẵng", "Đà Nẵng"),
        ("Hải Phòng", "Hải Phòng"),
        ("Cần Thơ", "Cần Thơ"),
        ("Hà Tĩnh", "Hà Tĩnh"),
    ];
    if office.contains("Hà Nội") {
        return None;
    }
    OTHERS.iter().find(|(name, _)| office.contains(name)).map(|(_, city)| *city)
}
