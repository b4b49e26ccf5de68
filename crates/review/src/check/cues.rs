//! What a draft sets up that only a higher text may: checks 3, 17, 21, 24, 27 to 30. Words give it away; whether a
//! law or decree allows it, the cited provisions or the drafter say.

use std::ops::Range;

use law::RelationKind;

use crate::case::{Case, Found};
use crate::check::amounts;
use crate::check::identity::Level;
use crate::draft::Unit;
use crate::finding::Severity;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    if !case.issuer.is_local() {
        found.not_applicable(
            &[3, 17, 21, 24, 25, 27, 28, 29, 30],
            "không phải văn bản của chính quyền địa phương",
        );
        return;
    }
    for unit in case.draft.clauses() {
        let zone = case.draft.recipients.clone();
        if zone.is_some_and(|zone| zone.contains(&unit.span.start)) {
            continue;
        }
        procedure(case, &unit, found);
        sanction(case, &unit, found);
        fee(case, &unit, found);
        licence(case, &unit, found);
        unequal(case, &unit, found);
    }
    territory(case, found);
    delegation(case, found);
    transition(case, found);
}

/// The words of a unit in small letters, its number left out, and where they begin.
fn lower(case: &Case<'_>, unit: &Unit) -> String {
    case.draft.words(&unit.span).to_lowercase()
}

fn any(text: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| text.contains(cue))
}

/// Whether a sum of money is named: "hội đồng" and "hợp đồng" are none.
fn money(words: &str) -> bool {
    amounts::amounts(words).iter().any(|it| it.measure == amounts::Measure::Money)
}

/// The trimmed words of a unit: what a finding about all of it points at.
fn whole(case: &Case<'_>, unit: &Unit) -> Range<usize> {
    let words = case.draft.words(&unit.span);
    unit.span.start..unit.span.start + words.trim_end().len()
}

/// Whether a unit rests on a provision of law or decree that it names.
fn rests_on(case: &Case<'_>, unit: &Unit) -> bool {
    case.cited.iter().any(|cited| {
        unit.span.contains(&cited.span.start)
            && (cited.document.is_some_and(|it| law::rank(&it.id) < 10)
                || cited.number.matches('/').count() == 2 && law::rank(&cited.number) < 10
                || cited.name.is_some())
    })
}

/// Parts of an administrative procedure (NĐ 63/2010/NĐ-CP điều 8 khoản 2) close together: papers that people hand in,
/// and a deadline, a form, a fee or a permit.
fn procedure(case: &Case<'_>, unit: &Unit, found: &mut Found) {
    let words = lower(case, unit);
    let people = any(
        &words,
        &[
            "người ",
            "cá nhân",
            "tổ chức",
            "hộ gia đình",
            "công dân",
            "doanh nghiệp",
            "hộ kinh doanh",
            "hòa giải viên",
            "chủ ",
        ],
    );
    let submit = any(
        &words,
        &[
            "nộp ",
            "gửi hồ sơ",
            "gửi đơn",
            "làm đơn",
            "lập hồ sơ đề nghị",
            "đăng ký tại",
            "xin phép",
        ],
    );
    let papers = any(
        &words,
        &[
            "hồ sơ gồm",
            "bộ hồ sơ",
            "nộp hồ sơ",
            "đơn đề nghị",
            "đơn đăng ký",
            "đơn xin",
            "giấy xác nhận",
            "bản cam kết",
            "giấy khám",
            "bản sao",
            "sơ yếu lý lịch",
        ],
    );
    let term = any(&words, &["thời hạn", "ngày làm việc", "ngày kể từ", "trong vòng"])
        && words.contains("ngày");
    let form = any(&words, &["theo mẫu", "mẫu số"]);
    let fee = any(&words, &["lệ phí", "phí "]) && money(&words);
    let permit = any(
        &words,
        &[
            "giấy phép",
            "xin phép",
            "cấp phép",
            "cấp phiếu",
            "xét duyệt",
            "chấp thuận",
            "cấp giấy",
            "giải quyết",
        ],
    );
    let parts = [papers, term, form, fee, permit].iter().filter(|it| **it).count();
    if people && submit && papers && parts >= 3 {
        let kind = if rests_on(case, unit) { "procedure_cited" } else { "procedure" };
        let law = case.rule(&[
            "63/2010/NĐ-CP điều 8 khoản 3",
            "63/2010/NĐ-CP điều 8",
            "63/2010/NĐ-CP điều 8 khoản 1",
        ]);
        let law = law.into_iter().take(1);
        let severity = if rests_on(case, unit) { Severity::Q } else { Severity::A };
        case.find(24, kind, whole(case, unit)).against(law).severity(severity).put(found);
        complete(case, unit, &words, found);
    }
}

/// Check 25: the parts that a procedure must have, where one is set.
fn complete(case: &Case<'_>, unit: &Unit, words: &str, found: &mut Found) {
    let parts = [
        ("thành phần, số lượng hồ sơ", any(words, &["hồ sơ", "đơn "])),
        (
            "trình tự, cách thức thực hiện",
            any(words, &["trực tiếp", "trực tuyến", "bưu chính", "nộp "]),
        ),
        ("thời hạn giải quyết", words.contains("thời hạn")),
        ("cơ quan thực hiện", any(words, &["ủy ban", "sở ", "trung tâm", "phòng "])),
        ("kết quả thực hiện", any(words, &["cấp ", "quyết định", "kết quả"])),
    ];
    let missing: Vec<&str> =
        parts.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let new =
            case.find(25, "incomplete", crate::check::form::first_words(case, &unit.span, 80));
        new.value("missing", missing.join("; ")).severity(Severity::Q).put(found);
    }
}

/// Fines and other sanctions. The council of Hà Nội may raise fines that a decree sets, in listed fields (Luật Thủ đô
/// 39/2024/QH15 điều 33); nothing else.
fn sanction(case: &Case<'_>, unit: &Unit, found: &mut Found) {
    let text = case.draft.words(&unit.span);
    let words = lower(case, unit);
    let fine = any(&words, &["phạt tiền", "bị phạt", "nộp phạt", "tiền phạt từ", "xử phạt từ"])
        && money(&words);
    let other = any(
        &words,
        &[
            "bị tịch thu",
            "tịch thu phương tiện",
            "tước quyền",
            "tước giấy",
            "đình chỉ hoạt động",
            "bị cấm ",
            "cưỡng chế thu",
            "bị cắt điện",
            "bị cắt nước",
            "bị ngừng cung cấp",
        ],
    );
    let title = case
        .draft
        .head
        .title
        .clone()
        .map_or(String::new(), |span| case.draft.words(&span).to_lowercase());
    let raises =
        title.contains("tiền phạt") && case.issuer.council && case.issuer.level != Level::Commune;
    // "… xử lý theo quy định của pháp luật" sets nothing.
    let by_law = any(
        &words,
        &["theo quy định của pháp luật về xử lý vi phạm", "theo quy định của pháp luật"],
    ) && !fine;
    let decree = rests_on(case, unit);
    let hit = if raises {
        other && !text.contains("Luật Thủ đô")
    } else {
        (fine || other && !decree) && !by_law
    };
    let forbids = other
        && words.contains("bị cấm ")
        && !any(&words, &["tháng", "năm", "ngày", "vĩnh viễn"])
        && !fine;
    if !hit || forbids {
        return;
    }
    let law = case.rule(&["15/2012/QH13 điều 4"]).into_iter().chain(match raises {
        true => case.rule(&["39/2024/QH15 điều 33 khoản 1"]),
        false => Vec::new(),
    });
    let kind = if raises { "beyond_fines" } else { "sanction" };
    let at = narrowed(
        case,
        unit,
        &["phạt", "tịch thu", "tước", "đình chỉ", "bị cấm", "bị cắt", "bị ngừng"],
    );
    case.find(28, kind, at).against(law).put(found);
}

/// The sentence of a unit that holds the cue; all of it where it is one sentence.
fn narrowed(case: &Case<'_>, unit: &Unit, cues: &[&str]) -> Range<usize> {
    let words = case.draft.words(&unit.span).to_lowercase();
    let at = cues.iter().filter_map(|cue| words.find(cue)).min().unwrap_or(0);
    let sentence = case.draft.sentence(unit.span.start + at);
    let start = sentence.start.max(unit.span.start);
    let line = crate::draft::line_at(case.draft.clean(), start);
    // With the number of its clause, where it is the first sentence.
    let start =
        if case.draft.words(&(line.start..start)).trim().len() <= 3 { line.start } else { start };
    start..sentence.end.min(unit.span.end).max(start)
}

/// Fees: a council may set those of the list that the Law gives it (97/2015/QH13 điều 21), a committee none.
fn fee(case: &Case<'_>, unit: &Unit, found: &mut Found) {
    let words = lower(case, unit);
    let sets = any(
        &words,
        &[
            "mức thu phí",
            "mức thu lệ phí",
            "phải nộp phí",
            "phải nộp lệ phí",
            "thu phí",
            "thu lệ phí",
            "lệ phí ",
        ],
    ) && money(&words);
    if sets && !case.issuer.council && !rests_on(case, unit) {
        let law = case.rule(&["97/2015/QH13 điều 21", "97/2015/QH13 điều 22"]).into_iter().take(1);
        let at = narrowed(case, unit, &["phí"]);
        case.find(27, "fee", at).against(law).put(found);
    }
}

/// Permits and conditions of business (Luật Đầu tư điều 7): not for local texts.
fn licence(case: &Case<'_>, unit: &Unit, found: &mut Found) {
    let words = lower(case, unit);
    let permit = any(
        &words,
        &[
            "phải có giấy phép",
            "phải được cấp phép",
            "phải xin phép",
            "phải được chấp thuận bằng văn bản",
            "phải có văn bản đồng ý",
            "điều kiện kinh doanh",
        ],
    );
    let business =
        any(&words, &["kinh doanh", "doanh nghiệp", "cơ sở", "hộ kinh doanh", "thương nhân"]);
    if permit && business && !rests_on(case, unit) && !found.has(&[24], &unit.span) {
        let at = narrowed(
            case,
            unit,
            &["giấy phép", "cấp phép", "xin phép", "chấp thuận", "đồng ý", "điều kiện"],
        );
        case.find(29, "licence", at).suspected().put(found);
    }
}

/// Rules that set people apart by residence, register, sex or form of ownership.
fn unequal(case: &Case<'_>, unit: &Unit, found: &mut Found) {
    let words = lower(case, unit);
    let cues = [
        "có hộ khẩu",
        "người ngoại tỉnh",
        "không có hộ khẩu",
        "chỉ nam",
        "chỉ nữ",
        "nam giới được",
        "doanh nghiệp tư nhân không được",
        "người tỉnh ngoài",
    ];
    if let Some(cue) = cues.iter().find(|cue| words.contains(*cue)) {
        let at = narrowed(case, unit, &[cue]);
        case.find(30, "unequal", at).put(found);
    }
}

/// Where it holds.
fn territory(case: &Case<'_>, found: &mut Found) {
    let normative = matches!(case.issuer.level, Level::Province | Level::Commune | Level::Chairman);
    let Some(title) = case.draft.head.title.clone().filter(|_| normative) else {
        return found.not_applicable(&[17], "chưa rõ cơ quan ban hành hoặc tên văn bản");
    };
    let place = case.issuer.name.to_lowercase();
    let place = place.rsplit("nhân dân").next().unwrap_or_default().trim().to_owned();
    let name = place.split_once(' ').map_or(place.as_str(), |(_, name)| name).trim().to_owned();
    let scope: String = case
        .draft
        .articles()
        .take(1)
        .chain(case.draft.articles().filter(|it| it.heading.to_lowercase().contains("phạm vi")))
        .map(|it| case.draft.words(&it.body).to_lowercase())
        .collect();
    let title_words = case.draft.words(&title).to_lowercase();
    let there = [&title_words, &scope].iter().any(|text| {
        text.contains("địa bàn")
            || !name.is_empty() && text.contains(&name)
            || text.contains("thành phố")
            || text.contains("của tỉnh")
    });
    if !there {
        case.find(17, "nowhere", title).put(found);
    }
}

/// Words by which a law or decree gives a power to local bodies.
const GIVES: [&str; 8] = [
    "hội đồng nhân dân",
    "ủy ban nhân dân",
    "cấp tỉnh quy định",
    "địa phương quy định",
    "căn cứ tình hình thực tế",
    "theo phân cấp",
    "theo thẩm quyền",
    "cơ quan có thẩm quyền quy định",
];

/// Check 3, as far as words go: the provision that gives the power, if the draft names one.
fn delegation(case: &Case<'_>, found: &mut Found) {
    let named = case.cited.iter().filter(|cited| {
        cited.citation.place.article.is_some()
            && cited.document.is_some_and(|it| law::rank(&it.id) < 10)
    });
    let gives = named.filter(|cited| {
        case.law_words(&cited.citation).is_some_and(|words| {
            let words = words.to_lowercase();
            GIVES.iter().any(|cue| words.contains(cue))
                && (words.contains("quy định") || words.contains("quyết định"))
        })
    });
    if gives.count() > 0 {
        return;
    }
    let check = 3;
    found.questions.push(case.asked(check));
}

/// Check 21: pending cases, where a rule is replaced or a condition is new.
fn transition(case: &Case<'_>, found: &mut Found) {
    let replaces = case
        .draft
        .document
        .relations
        .iter()
        .any(|it| matches!(it.kind, RelationKind::Replaces | RelationKind::Repeals));
    let there = case.draft.articles().any(|it| {
        it.heading.to_lowercase().contains("chuyển tiếp")
            || case.draft.words(&it.body).to_lowercase().contains("chuyển tiếp")
    });
    if replaces && !there {
        found.questions.push(case.asked(21));
    } else if !replaces {
        found.not_applicable(&[21], "dự thảo không thay thế, bãi bỏ quy định đang áp dụng");
    }
}
