//! Who issues, in which form, under which number: checks 1 and 2.
//!
//! Luật 64/2025/QH15 điều 4 as amended by Luật 87/2025/QH15: who may issue what, from when; điều 7 khoản 3 and
//! NĐ 78/2025/NĐ-CP điều 71: number / year / kind-issuer.

use jiff::civil::{Date, date};

use crate::case::{Case, Found};
use crate::draft::{Draft, bare, line_at};
use crate::finding::Identity;

/// Bodies that a draft may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Central,
    Province,
    Chairman,
    District,
    Commune,
    /// A body that issues no normative documents: a department, a standing committee, …
    None,
    Unknown,
}

/// The issuer, as the head of the draft names it.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    pub(crate) level: Level,
    /// Whether it is a council (Hội đồng nhân dân).
    pub(crate) council: bool,
    /// Its name, one line.
    pub(crate) name: String,
}

/// When the district level ended, and the commune level and chairmen of provinces began to issue (Luật
/// 87/2025/QH15 điều 1 khoản 1; Luật 72/2025/QH15 điều 51 khoản 3).
const REFORM: Date = date(2025, 7, 1);
/// When communes ceased to issue (Luật 64/2025/QH15 điều 4, as first published).
const PAUSE: Date = date(2025, 4, 1);

impl Issuer {
    pub(crate) fn of(draft: &Draft) -> Issuer {
        let name =
            draft.head.issuer.clone().map_or(String::new(), |span| one_line(draft.words(&span)));
        let folded = viet::fold(&name);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let text = words.join(" ");
        let has = |part: &str| format!(" {text} ").contains(&format!(" {part} "));
        let council = has("hoi dong nhan dan");
        let committee = has("uy ban nhan dan");
        let level = if text.is_empty() {
            Level::Unknown
        } else if text.starts_with("thuong truc")
            || text.starts_with("van phong")
            || text.starts_with("so ")
            || text.starts_with("phong ")
            || text.starts_with("ban ")
            || text.starts_with("chi cuc")
            || text.starts_with("trung tam")
            || text.starts_with("thanh tra")
            || text.starts_with("cong an")
        {
            Level::None
        } else if text.starts_with("chu tich") && committee {
            if has("tinh") || has("thanh pho") { Level::Chairman } else { Level::None }
        } else if council || committee {
            let after = text.split("nhan dan").last().unwrap_or_default().trim().to_owned();
            if after.starts_with("xa ")
                || after.starts_with("phuong ")
                || after.starts_with("dac khu")
            {
                Level::Commune
            } else if after.starts_with("quan ")
                || after.starts_with("huyen ")
                || after.starts_with("thi xa")
            {
                Level::District
            } else if after.starts_with("thi tran") {
                Level::Commune
            } else if after.starts_with("tinh") || after.starts_with("thanh pho") {
                Level::Province
            } else {
                Level::Unknown
            }
        } else if text.starts_with("bo ")
            || text.starts_with("chinh phu")
            || text.starts_with("quoc hoi")
            || text.starts_with("thu tuong")
            || text.starts_with("ngan hang nha nuoc")
        {
            Level::Central
        } else {
            Level::Unknown
        };
        Issuer { level, council, name }
    }

    /// Days between adoption and effect (Luật 64/2025/QH15 điều 53 khoản 1).
    pub(crate) fn days_to_effect(&self) -> i32 {
        if self.level == Level::Central { 45 } else { 10 }
    }

    /// Rank as `law::rank` counts it, where its documents share a symbol with those of other levels.
    pub(crate) fn rank(&self, number: &str) -> u8 {
        match (self.level, self.council) {
            (Level::Commune, true) => 15,
            (Level::Commune, false) => 16,
            (Level::District, true) => 13,
            (Level::District, false) => 14,
            (_, true) => 10,
            (Level::Province | Level::Unknown | Level::None, false) if number.is_empty() => 11,
            _ => law::rank(number),
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        self.level != Level::Central
    }
}

/// Whether a number is that of a document for one case: it has no year (NĐ 30/2020/NĐ-CP phụ lục I, against Luật
/// 64/2025/QH15 điều 7 khoản 3).
pub(crate) fn is_individual(number: &str) -> bool {
    let digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let number = number.trim();
    digit(number) && number.split('/').nth(1).is_some_and(|next| !digit(next))
}

pub(crate) fn one_line(text: &str) -> String {
    text.lines().map(bare).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What the draft says of itself.
pub(crate) fn identity(draft: &Draft, effective: Option<Date>) -> Identity {
    let words = |span: &Option<std::ops::Range<usize>>| {
        span.clone().map_or(String::new(), |span| one_line(draft.words(&span)))
    };
    let number = words(&draft.head.number);
    let number = number.split_once(':').map_or(number.as_str(), |(_, rest)| rest).trim().to_owned();
    let kind = match words(&draft.head.kind) {
        kind if kind.is_empty() => draft.document.kind.clone(),
        kind => sentence_case(&kind),
    };
    let issuer = match words(&draft.head.issuer) {
        issuer if issuer.is_empty() => draft.document.issuer.clone(),
        issuer => issuer,
    };
    Identity {
        number,
        kind,
        issuer,
        title: words(&draft.head.title),
        date: draft.signed(),
        effective,
    }
}

fn sentence_case(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    issuer(case, found);
    symbol(case, found);
}

fn issuer(case: &Case<'_>, found: &mut Found) {
    let Some(span) = case.draft.head.issuer.clone() else {
        return found.not_applicable(&[1], "không thấy tên cơ quan ban hành ở đầu văn bản");
    };
    let (level, day) = (case.issuer.level, case.signed);
    let law = || case.rule(&["87/2025/QH15 điều 1 khoản 1", "64/2025/QH15 điều 4"]);
    let name = &case.issuer.name;
    let district = || case.rule(&["72/2025/QH15 điều 51 khoản 3"]);
    match level {
        Level::District if day >= REFORM => {
            let new = case.find(1, "district", span).value("issuer", name).against(law());
            new.against(district()).put(found);
        }
        Level::Commune if name.to_lowercase().contains("thị trấn") && day >= REFORM => {
            case.find(1, "district", span).value("issuer", name).against(district()).put(found);
        }
        Level::Commune if day >= PAUSE && day < REFORM => {
            case.find(1, "commune", span).value("issuer", name).against(law()).put(found);
        }
        Level::Chairman if day < REFORM => {
            case.find(1, "chairman", span).value("issuer", name).against(law()).put(found);
        }
        Level::None => {
            case.find(1, "body", span).value("issuer", name).against(law()).put(found);
        }
        Level::Unknown => found.not_applicable(&[1], "chưa nhận ra cơ quan ban hành"),
        _ => {
            // A council resolves, a committee decides.
            let kind = case.identity.kind.to_lowercase();
            let wrong = case.issuer.council && kind == "quyết định"
                || !case.issuer.council
                    && kind == "nghị quyết"
                    && matches!(level, Level::Province | Level::Commune | Level::Chairman);
            if wrong {
                let new = case.find(1, "kind", span).value("issuer", name).value("kind", &kind);
                new.against(law()).put(found);
            }
        }
    }
}

fn symbol(case: &Case<'_>, found: &mut Found) {
    let Some(span) = case.draft.head.number.clone() else {
        return found.not_applicable(&[2], "dự thảo chưa có dòng số, ký hiệu");
    };
    let words = case.draft.words(&span);
    let line = bare(words);
    let at = span.start + words.find(line).unwrap_or(0);
    let span = at..at + line.len();
    let number = case.identity.number.clone();
    let parts: Vec<&str> = number.split('/').map(str::trim).collect();
    let expected = expected_symbol(case);
    let blank = |part: &str| !part.chars().any(|c| c.is_ascii_digit());
    let year = case.draft.signed().map(|day| day.year());
    let shown_year = year.map_or("…".to_owned(), |year| year.to_string());
    let whole = |symbol: &str| {
        let running = parts.first().filter(|part| !blank(part)).map_or("…", |part| *part);
        format!("{running}/{shown_year}/{symbol}")
    };
    let Some(symbol) = parts.last().filter(|_| parts.len() > 1) else {
        return;
    };
    let canonical = law::canonical(&format!("01/2025/{symbol}"));
    let symbol = canonical.rsplit('/').next().unwrap_or(symbol).to_owned();
    let should = expected.clone().unwrap_or_else(|| symbol.clone());
    let plain = |text: &str| text.to_uppercase().replace(' ', "");
    if parts.len() == 2 {
        let new = case.find(2, "no_year", span).value("number", &number);
        new.value("should", whole(&should)).put(found);
    } else if expected.as_ref().is_some_and(|expected| plain(expected) != plain(&symbol)) {
        let new = case
            .find(2, "symbol", span)
            .value("number", &number)
            .value("kind", &case.identity.kind);
        new.value("issuer", &case.issuer.name).value("should", whole(&should)).put(found);
    } else if let (Some(year), Ok(written)) = (year, parts[1].parse::<i16>())
        && year != written
    {
        let new = case.find(2, "year", span).value("number", &number).value("year", year);
        new.value("should", whole(&should)).put(found);
    }
}

/// The symbol that kind and issuer ask for, where both are known.
fn expected_symbol(case: &Case<'_>) -> Option<String> {
    let kind = match case.identity.kind.to_lowercase().as_str() {
        "nghị quyết" => "NQ",
        "quyết định" => "QĐ",
        "chỉ thị" => "CT",
        _ => return None,
    };
    let folded = viet::fold(&case.issuer.name);
    let body = if folded.contains("hoi dong nhan dan") {
        "HĐND"
    } else if folded.starts_with("chu tich") && folded.contains("uy ban nhan dan") {
        "CTUBND"
    } else if folded.contains("uy ban nhan dan") {
        "UBND"
    } else {
        return None;
    };
    Some(format!("{kind}-{body}"))
}

/// The line of the head that a byte stands on, for findings of what is missing there.
pub(crate) fn head_line(case: &Case<'_>, at: usize) -> std::ops::Range<usize> {
    line_at(case.draft.clean(), at)
}
