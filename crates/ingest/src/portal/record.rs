//! One record of the national portal to a procedure, with the guards against foreign and old content.

use law::{Basis, Due, Procedure, Warning, WarningKind};
use serde_json::{Map, Value};

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
    let channels = channels::read(&viet::clean(raw("cach_thuc_thuc_hien")), &mut warnings);
    let cases = papers::read(&viet::clean(papers_text(raw("thanh_phan_ho_so"), &page)));
    let steps = lines(raw("trinh_tu_thuc_hien"));
    let handling = field("co_quan_thuc_hien");
    let authority =
        Some(field("co_quan_co_tham_quyen")).filter(|a| !a.is_empty()).unwrap_or(handling.clone());
    let place = Some(field("dia_chi_tiep_nhan")).filter(|p| !p.is_empty()).unwrap_or(handling);
    let basis = basis(&viet::clean(raw("can_cu_phap_ly")));
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
        conditions: lines(raw("yeu_cau_dieu_kien")),
        result: result(&tidy(raw("ket_qua_xu_ly"))),
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

/// The papers' table; where the crawler cut the page at the wrong words, from the whole page.
fn papers_text<'a>(field: &'a str, page: &'a str) -> &'a str {
    if field.contains(papers::HEAD) || field.trim().is_empty() {
        return field;
    }
    let from_page = || {
        let after = page.find("Hình thức nộpThời gian")?;
        let start = after + page[after..].find("Thành phần hồ sơ")? + "Thành phần hồ sơ".len();
        let end = start + page[start..].find("Căn cứ pháp lý")?;
        page.get(start..end).filter(|text| text.contains(papers::HEAD))
    };
    from_page().unwrap_or(field)
}

fn lines(text: &str) -> Vec<String> {
    let clean = viet::clean(text);
    clean.lines().map(tidy).map(|line| said(&line)).filter(|line| !line.is_empty()).collect()
}

/// Parts between commas, brackets kept whole.
fn list(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let parts = text.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth <= 0 && (c == ',' || c == ';')
    });
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
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
        let code = after.strip_prefix("KQ.G").unwrap_or(after);
        rest = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    }
    names.push(said(rest));
    names.retain(|name| !name.is_empty());
    names.join("; ")
}

const BASIS_HEAD: &str = "Tên văn bản pháp lýMã văn bản";

/// The table of titles and numbers, which run together. A number closes its row when it is glued to
/// the title before it; others are part of a title.
fn basis(text: &str) -> Vec<Basis> {
    let text = said(text.trim().strip_prefix(BASIS_HEAD).unwrap_or(text));
    let mut out: Vec<Basis> = Vec::new();
    let mut from = 0;
    for (number, span) in law::numbers(&text) {
        let before = text[..span.start].chars().next_back();
        let closes =
            span.start > 0 && before.is_some_and(|c| !c.is_whitespace() && !"(/-".contains(c));
        let alone = span.start == from && before.is_none();
        if !closes && !alone || span.start < from {
            continue;
        }
        let title = tidy(&text[from..span.start]);
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
