//! The basis (căn cứ): checks 4 to 9.
//!
//! NĐ 78/2025/NĐ-CP điều 62: only normative documents of higher rank, in force, or adopted and in force no later than
//! the draft; điều 68 khoản 1: an amended document is named with those that amended it.

use jiff::civil::Date;
use law::{Document, Status, canonical, kind_of};

use super::catalogue::{exists, plain, without_year};
use crate::case::{Case, Cited, Found, Ground};
use crate::check::identity::Level;
use crate::finding::{Against, Severity};

/// Laws on the organisation of local government: the authority basis of local documents.
const AUTHORITY: &str = "luat to chuc chinh quyen dia phuong";

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    if case.grounds.is_empty() {
        return found.not_applicable(&[4, 5, 6, 7, 8], "dự thảo không có căn cứ ban hành");
    }
    for ground in &case.grounds {
        let Some(main) = &ground.main else { continue };
        if party(case, ground, found) || individual(case, ground, main, found) {
            continue;
        }
        let known = exists(case, &ground.span, main, true, found);
        for amender in &ground.amenders {
            exists(case, &ground.span, amender, true, found);
        }
        order(case, main, &ground.amenders, found);
        rank(case, ground, main, found);
        if main.document.is_none() {
            ended_elsewhere(case, ground, main, found);
        }
        let Some(document) = main.document.filter(|_| known) else { continue };
        in_force(case, ground, main, document, found);
        amended(case, ground, main, document, found);
    }
    authority(case, found);
}

/// Text of the Party ("57-NQ/TW"): no basis.
fn party(case: &Case<'_>, ground: &Ground<'_>, found: &mut Found) -> bool {
    let words = case.draft.words(&ground.span);
    // What a document of the state is called after, or carries out, does not make it one of the Party.
    if law::numbers(words).first().is_some_and(|(number, _)| number.matches('/').count() == 2) {
        return false;
    }
    let symbol =
        words.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(')).any(|word| {
            let upper = word.to_uppercase();
            upper.split_once('/').is_some_and(|(number, body)| {
                number.contains('-')
                    && number.starts_with(|c: char| c.is_ascii_digit())
                    && ["TW", "TU", "TƯ", "ĐU", "BCT", "BBT"]
                        .iter()
                        .any(|known| body.trim_end_matches('.') == *known)
            })
        });
    let issuers = [
        "của Bộ Chính trị",
        "của Ban Bí thư",
        "của Ban Chấp hành Trung ương",
        "của Thành ủy",
        "của Tỉnh ủy",
        "của Đảng ủy",
        "Ban Chấp hành Đảng bộ",
    ];
    let named = issuers.iter().any(|issuer| words.contains(issuer));
    if symbol || named {
        case.find(6, "party", ground.span.clone()).put(found);
    }
    symbol || named
}

/// An individual or administrative document: its number has no year.
fn individual(case: &Case<'_>, ground: &Ground<'_>, main: &Cited<'_>, found: &mut Found) -> bool {
    let number = &main.number;
    let normative = number.contains("UBTVQH") || number.contains("/QH");
    let two = number.matches('/').count() == 1 && number.contains('-');
    let administrative = ["KH", "CV", "TB", "TTr", "BC", "CTr", "HD", "QĐ", "NQ", "CT", "ĐA", "CĐ"];
    let symbol = number.split('/').nth(1).unwrap_or_default();
    let kind = symbol.split('-').next().unwrap_or_default();
    let hit = two && !normative && administrative.contains(&kind);
    // Chính phủ's "12/CT-TTg", "1658/QĐ-TTg" are individual as well.
    if hit {
        case.find(6, "individual", ground.span.clone()).value("number", number).put(found);
    }
    hit
}

/// An amending act is not older than what it amends, and a basis not younger than the draft.
fn order(case: &Case<'_>, main: &Cited<'_>, amenders: &[Cited<'_>], found: &mut Found) {
    let year = |number: &str| number.split('/').nth(1).and_then(|year| year.parse::<i16>().ok());
    for amender in amenders {
        if let (Some(own), Some(act)) = (year(&main.number), year(&amender.number))
            && act < own
        {
            let span = main.span.start..amender.span.end;
            let new = case.find(9, "amender_older", span).value("number", &main.number);
            new.value("amender", &amender.number).put(found);
        }
    }
    let issued = main.document.and_then(|it| it.issued);
    if let Some(issued) =
        issued.filter(|day| case.draft.signed().is_some_and(|signed| *day > signed))
    {
        let new = case.find(9, "younger", main.span.clone()).value("number", &main.number);
        let against = main.document.and_then(|it| title_of(case, it));
        new.value("issued", shown(issued))
            .value("signed", shown(case.signed))
            .against(against)
            .put(found);
    }
}

pub(crate) fn shown(day: Date) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}

/// Equal or lower rank.
fn rank(case: &Case<'_>, ground: &Ground<'_>, main: &Cited<'_>, found: &mut Found) {
    let number = &main.number;
    if number.is_empty() {
        return;
    }
    let own = case.issuer.rank(&canonical(&case.identity.number));
    // Who issued it stands right behind number and date: "… của Ủy ban nhân dân phường Nghĩa Đô".
    let after =
        case.draft.words(&(main.span.end..ground.span.end.max(main.span.end))).to_lowercase();
    let issuer = after.split_once("của ").map_or("", |(_, rest)| rest);
    let issuer = [" quy định", " về ", " ban hành", " sửa đổi", ";"]
        .iter()
        .fold(issuer, |text, cue| text.split(cue).next().unwrap_or(text));
    let of =
        |levels: &[&str]| levels.iter().any(|level| issuer.contains(&format!("nhân dân {level} ")));
    let of_commune = of(&["phường", "xã", "đặc khu"]);
    let of_district = of(&["quận", "huyện", "thị xã"]);
    let local = number.contains("HĐND") || number.contains("UBND") || number.ends_with("QĐ-UB");
    let council = number.contains("HĐND");
    let there = match (local, of_commune, of_district) {
        (true, true, _) => {
            if council {
                15
            } else {
                16
            }
        }
        (true, _, true) => {
            if council {
                13
            } else {
                14
            }
        }
        _ => law::rank(number),
    };
    if there < own || there >= 20 {
        return;
    }
    // The document that the draft amends or ends stands in its title; to name it as basis is a question.
    let title = case.draft.head.title.clone().map_or("", |span| case.draft.words(&span));
    let amends = law::numbers(title).iter().any(|(other, _)| other == number);
    let kind = if amends {
        "amended_as_basis"
    } else if there == own {
        "same_rank"
    } else {
        "lower_rank"
    };
    let against = main.document.and_then(|it| title_of(case, it));
    case.find(6, kind, ground.span.clone()).value("number", number).against(against).put(found);
}

/// In force on the day that counts.
fn in_force(
    case: &Case<'_>,
    ground: &Ground<'_>,
    main: &Cited<'_>,
    document: &Document,
    found: &mut Found,
) {
    let standing = document.standing(&law::Place::default(), case.day);
    let number = &document.id;
    match standing.status {
        Status::Ended => {
            let by = standing.by.as_ref().map(|by| by.document.clone()).or_else(|| {
                document
                    .relations
                    .iter()
                    .find(|it| {
                        matches!(
                            it.kind,
                            law::RelationKind::ReplacedBy | law::RelationKind::RepealedBy
                        )
                    })
                    .map(|it| it.to.document.clone())
            });
            let by = by.or_else(|| younger_namesake(case, document));
            let running = number.split(" [").next().unwrap_or(number);
            let proof = by.as_deref().and_then(|by| {
                let says = ["hết hiệu lực", "thay thế", "bãi bỏ"]
                    .iter()
                    .find_map(|verb| case.saying(by, &[running, verb]));
                says.or_else(|| case.saying(by, &[running]))
                    .or_else(|| case.library.document(by).and_then(|it| title_of(case, it)))
            });
            let to = standing.to.map_or_else(|| "không rõ ngày".to_owned(), shown);
            let own = title_of(case, document);
            let new = case.find(
                5,
                if by.is_some() { "ended" } else { "ended_alone" },
                ground.span.clone(),
            );
            let new = new.value("number", running).value("to", to).value("day", shown(case.day));
            let should = by.as_deref().and_then(|by| case.library.document(by)).map_or_else(
                || by.clone().unwrap_or_default(),
                |it| format!("{} số {}", it.title, it.id),
            );
            let severity = if carries(case, main) { Severity::A } else { Severity::B };
            new.value("by", should).severity(severity).against(proof).against(own).put(found);
        }
        // A day years after the document was issued is that of a later text of it.
        Status::NotYet
            if standing
                .from
                .zip(document.issued)
                .is_some_and(|(from, issued)| from.year() > issued.year() + 3) => {}
        Status::NotYet => {
            let from = standing.from.map_or_else(|| "không rõ ngày".to_owned(), shown);
            let new = case.find(5, "not_yet", ground.span.clone()).value("number", number);
            new.value("from", from)
                .value("day", shown(case.day))
                .against(title_of(case, document))
                .put(found);
        }
        Status::Suspended => {
            let new = case.find(5, "suspended", ground.span.clone()).value("number", number);
            new.against(title_of(case, document)).put(found);
        }
        _ => {}
    }
}

/// A document that the library does not hold, but another ends.
fn ended_elsewhere(case: &Case<'_>, ground: &Ground<'_>, main: &Cited<'_>, found: &mut Found) {
    let Some(act) = case.known.ended(&main.number, case.day) else { return };
    let by = &act.by.document;
    let proof = case.saying(by, &[&main.number]);
    let new = case.find(5, "ended", ground.span.clone()).value("number", &main.number);
    let should = case
        .library
        .document(by)
        .map_or_else(|| by.clone(), |it| format!("{} số {}", it.title, it.id));
    let to = act.from.map_or_else(|| "không rõ ngày".to_owned(), shown);
    let severity = if carries(case, main) { Severity::A } else { Severity::B };
    let new = new.value("to", to).value("day", shown(case.day)).value("by", should);
    new.severity(severity).against(proof).put(found);
}

/// A later document of the same title, where no source says what replaced one that has ended.
fn younger_namesake(case: &Case<'_>, document: &Document) -> Option<String> {
    let titled = case.library.titled(&document.title);
    let younger = titled.filter(|it| it.issued > document.issued && it.id != document.id);
    younger.max_by_key(|it| it.issued).map(|it| it.id.clone())
}

/// Whether the draft rests on this basis: its articles cite it, or no other basis has to do with its matter.
fn carries(case: &Case<'_>, main: &Cited<'_>) -> bool {
    let same = |cited: &Cited<'_>| {
        !main.number.is_empty() && cited.number == main.number
            || match (&cited.name, &main.name) {
                (Some(a), Some(b)) => plain(without_year(a)) == plain(without_year(b)),
                _ => false,
            }
    };
    let title =
        case.draft.head.title.clone().map_or(String::new(), |span| plain(case.draft.words(&span)));
    let name = main.document.map(|it| plain(&it.title)).unwrap_or_default();
    let matter =
        name.strip_prefix("luat ").or_else(|| name.strip_prefix("phap lenh ")).unwrap_or(&name);
    case.cited.iter().any(same) || !matter.is_empty() && title.contains(matter)
}

/// An amended document is named with what amended it.
fn amended(
    case: &Case<'_>,
    ground: &Ground<'_>,
    main: &Cited<'_>,
    document: &Document,
    found: &mut Found,
) {
    // Rules of local bodies and circulars are named alone in practice; điều 68 speaks of laws first.
    if document.standing(&law::Place::default(), case.day).status == Status::Ended {
        return;
    }
    let acts = case.known.amenders(case.library, &document.id, case.day);
    // Also where the amending law has a line of its own.
    let all = case.grounds.iter().flat_map(|it| it.main.iter().chain(&it.amenders));
    let named: Vec<&str> = all.map(|it| it.number.as_str()).collect();
    let running = document.id.split(" [").next().unwrap_or(&document.id);
    // Only what an act orders in so many words is held against the draft.
    let proven: Vec<_> = acts
        .iter()
        .filter_map(|act| Some((act, amending(case, &act.by.document, running)?)))
        .collect();
    let missing: Vec<_> =
        proven.iter().filter(|(act, _)| !named.contains(&act.by.document.as_str())).collect();
    if missing.is_empty() {
        return;
    }
    let list: Vec<&str> = missing.iter().map(|(act, _)| act.by.document.as_str()).collect();
    let proofs: Vec<_> = missing.iter().map(|(_, proof)| proof.clone()).take(4).collect();
    let kind = if ground.amenders.is_empty() { "amended" } else { "amended_more" };
    let acts: Vec<&str> = acts
        .iter()
        .map(|act| act.by.document.as_str())
        .filter(|it| named.contains(it) || list.contains(it))
        .collect();
    let list_all =
        acts.iter().map(|it| format!("{} số {it}", word_for(it))).collect::<Vec<_>>().join(", ");
    let new = case.find(8, kind, main.span.clone()).value("number", &document.id);
    new.value("missing", list.join(", ")).value("all", list_all).against(proofs).put(found);
}

/// The words by which an act amends a document: a line whose first number is the document's, under a verb in it or in
/// the heading of its article. Numbers that follow another are in a list or a name.
fn amending(case: &Case<'_>, act: &str, number: &str) -> Option<Against> {
    let verb = |text: &str| {
        let lower = text.to_lowercase();
        ["sửa đổi", "bổ sung", "bãi bỏ", "thay thế", "bỏ cụm từ", "thay cụm từ"]
            .iter()
            .any(|verb| lower.contains(verb))
    };
    // A circular amends no decree.
    if law::rank(act) > law::rank(number) {
        return None;
    }
    let orders = |line: &str| {
        let lower = line.to_lowercase();
        let start =
            lower.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
        let start = match start.split_once([')', '.']) {
            Some((label, rest)) if label.chars().count() <= 3 => rest.trim_start(),
            _ => start,
        };
        ["sửa đổi", "bổ sung", "bãi bỏ", "thay thế", "bỏ ", "thay cụm từ", "hủy bỏ"]
            .iter()
            .any(|verb| start.starts_with(verb))
    };
    let act = case.library.document(act)?;
    for article in &act.articles {
        let at = act.cite(article);
        let first =
            |text: &str| law::numbers(text).first().is_some_and(|(there, _)| there == number);
        let heading = verb(&article.heading);
        if heading && first(&article.heading) {
            return case.evidence(&at);
        }
        let Some(text) = case.library.text(&at).filter(|text| text.contains(number)) else {
            continue;
        };
        let line =
            text.lines().find(|line| first(line) && orders(line) && !line.contains("hết hiệu lực"));
        if let Some(line) = line {
            let offset = text.find(line).unwrap_or(0);
            let clause = article
                .clauses
                .iter()
                .find(|it| it.span.contains(&offset))
                .map(|it| it.number.clone());
            let at = law::Citation { place: law::Place { clause, ..at.place }, ..at };
            return Some(case.against(&at, crate::case::cut(line, 600)));
        }
    }
    None
}

fn word_for(number: &str) -> &'static str {
    kind_of(number)
}

/// The title of a document, as evidence: the words of its first article that has any stand for the whole.
pub(crate) fn title_of(case: &Case<'_>, document: &Document) -> Option<crate::finding::Against> {
    let first = document.articles.iter().find_map(|article| {
        let at = document.cite(article);
        let words = case.library.text(&at).filter(|words| !words.trim().is_empty())?;
        Some(crate::case::cut(&words, 200))
    })?;
    let at = law::Citation::whole(&document.id);
    Some(case.against(&at, first))
}

/// Luật Tổ chức chính quyền địa phương among the basis of a local document.
fn authority(case: &Case<'_>, found: &mut Found) {
    if !matches!(
        case.issuer.level,
        Level::Province | Level::Commune | Level::District | Level::None | Level::Chairman
    ) {
        return found.not_applicable(&[7], "không phải văn bản của chính quyền địa phương");
    }
    let there = case
        .grounds
        .iter()
        .any(|ground| viet::fold(case.draft.words(&ground.span)).contains(AUTHORITY));
    let first = case.grounds.first().map(|ground| ground.span.clone());
    if let Some(span) = first {
        if !there {
            let now = case.library.titled("Luật Tổ chức chính quyền địa phương");
            let now = now.filter(|it| case.status(it).holds()).max_by_key(|it| it.issued);
            let should = now.map_or_else(String::new, |it| format!(" số {}", it.id));
            let against = now.and_then(|it| title_of(case, it));
            case.find(7, "authority", span).value("should", should).against(against).put(found);
        } else if case.grounds.len() == 1 {
            case.find(7, "content", span).severity(Severity::Q).put(found);
        }
    }
}
