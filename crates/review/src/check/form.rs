//! Components and their order in the text: checks 35 and 36. What only the file shows (fonts, margins) is looked at
//! elsewhere.
//!
//! NĐ 78/2025/NĐ-CP điều 71 khoản 2 and phụ lục I: quốc hiệu, tiêu ngữ; a basis a line, ";" after each; "Ban hành kèm
//! theo … số … ngày …" filled in, its title that of điều 1 (điều 63 khoản 4).

use std::ops::Range;

use law::Part;

use crate::case::{Case, Found, pairs};
use crate::check::identity::{head_line, is_individual};
use crate::draft::{bare, line_at, lines_in};

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    heading(case, found);
    punctuation(case, found);
    components(case, found);
    resolution(case, found);
    attached(case, found);
    annexes(case, found);
}

/// Quốc hiệu and tiêu ngữ.
fn heading(case: &Case<'_>, found: &mut Found) {
    let head = &case.draft.head;
    // A text that begins with its title, as a copy of a law does, has no letterhead to judge.
    if head.issuer.is_none() && head.number.is_none() && head.country.is_none() {
        return;
    }
    match (&head.country, &head.motto) {
        (Some(_), Some(_)) => {}
        (None, motto) => {
            let near = motto.clone().or(head.issuer.clone()).unwrap_or_else(|| head_line(case, 0));
            let new = case.find(35, if motto.is_some() { "country" } else { "both" }, near);
            new.at_place("Quốc hiệu").put(found);
        }
        (Some(country), None) => {
            case.find(35, "motto", country.clone()).at_place("Quốc hiệu").put(found);
        }
    }
}

/// Each basis on a line of its own, ending in ";".
fn punctuation(case: &Case<'_>, found: &mut Found) {
    let proposals = &case.draft.head.proposals;
    let grounds: Vec<_> = case.grounds.iter().filter(|it| !it.second).collect();
    for (i, ground) in grounds.iter().enumerate() {
        if ground.joined {
            let before = &grounds[i - 1];
            let span = before.span.start..ground.span.end;
            case.find(35, "basis_joined", span).put(found);
            continue;
        }
        let next_joined = grounds.get(i + 1).is_some_and(|next| next.joined);
        if next_joined {
            continue;
        }
        let words = bare(case.draft.words(&ground.span));
        let last = i + 1 == grounds.len() && proposals.is_empty();
        let ok = words.ends_with(';') || last && words.ends_with(['.', ',']);
        if !ok {
            case.find(35, "basis_end", ground.span.clone()).put(found);
        }
    }
}

/// What a normative draft cannot do without.
fn components(case: &Case<'_>, found: &mut Found) {
    let head = &case.draft.head;
    if case.grounds.is_empty() && head.kind.is_some() {
        let near = head.title.clone().or(head.kind.clone()).unwrap_or(0..0);
        case.find(35, "no_basis", near).at_place("Căn cứ").put(found);
    }
    // Order: the basis comes after the title, the kind before it.
    if let (Some(kind), Some(first)) = (&head.kind, case.grounds.first())
        && first.span.start < kind.start
    {
        case.find(35, "order", first.span.clone()).put(found);
    }
    let cover_ends = case.draft.articles_of(None).last();
    if let Some(last) = cover_ends
        && case.draft.recipients.is_none()
        && head.issuer.is_some()
    {
        let text = case.draft.words(&last.body).trim_end();
        let from = text.rfind('\n').map_or(0, |at| at + 1);
        let span = last.body.start + from..last.body.start + text.len();
        case.find(35, "no_recipients", span).at_place("Nơi nhận").put(found);
    }
}

/// What a council's resolution says in its own way, and what no normative document writes (NĐ 187/2025/NĐ-CP phụ lục
/// III, mẫu 17): the line that enacts, the sentence that it was adopted, no "V/v" before the title.
fn resolution(case: &Case<'_>, found: &mut Found) {
    let head = &case.draft.head;
    if let Some(title) = &head.title {
        let lower = case.draft.words(title).trim_start().to_lowercase();
        if lower.starts_with("v/v") {
            case.find(35, "about", title.clone()).put(found);
        }
    }
    if !case.issuer.council
        || !case.identity.kind.to_lowercase().starts_with("nghị quyết")
        || is_individual(&case.identity.number)
    {
        return;
    }
    let old = lines_in(case.draft.clean(), head.span.clone())
        .find(|(_, line)| bare(line).to_uppercase().starts_with("QUYẾT NGHỊ"));
    if let Some((span, line)) = old {
        case.find(35, "enacts", span.start..span.start + line.trim_end().len()).put(found);
    }
    let Some(last) = case.draft.articles_of(None).last() else { return };
    let folded = viet::fold(case.draft.words(&last.body));
    if !(folded.contains("nghi quyet nay") && folded.contains("thong qua ngay")) {
        let near = if last.line.is_empty() { last.body.clone() } else { last.line.clone() };
        case.find(35, "closing", first_words(case, &near, 100)).put(found);
    }
}

/// "(Ban hành kèm theo Quyết định số … ngày …)" and the title of the attached text.
fn attached(case: &Case<'_>, found: &mut Found) {
    if case.draft.attached.is_empty() {
        return found.not_applicable(&[36], "dự thảo không có văn bản ban hành kèm theo");
    }
    for part in &case.draft.attached {
        let line = lines_in(case.draft.clean(), part.head.clone())
            .find(|(_, line)| bare(line).to_lowercase().contains("kèm theo"));
        let Some((span, line)) = line else {
            let end = line_at(case.draft.clean(), part.head.start);
            case.find(36, "no_line", end).value("part", &part.name).put(found);
            continue;
        };
        let number = line.find("số").map(|at| (at, &line[at + "số".len()..]));
        let blank = number.is_some_and(|(_, rest)| {
            let rest =
                rest.trim_start_matches(|c: char| c.is_whitespace() || ".…_-[]()xX:".contains(c));
            rest.starts_with('/')
        });
        // A draft without a number yet has none to fill in.
        let numbered = case.identity.number.starts_with(|c: char| c.is_ascii_digit());
        if blank && !numbered {
            continue;
        }
        if blank {
            let (at, _) = number.unwrap_or((0, ""));
            let end = line.rfind(')').unwrap_or(line.len());
            let end = line[at..].find(" của ").map_or(end, |i| at + i);
            let span = span.start + at..span.start + end;
            let should = case.identity.number.clone();
            case.find(36, "blank", span).value("should", should).put(found);
        } else if let Some((written, at)) = law::numbers(line).into_iter().next() {
            let own = law::canonical(&case.identity.number);
            let filled = own.starts_with(|c: char| c.is_ascii_digit());
            if filled && own != written {
                let span = span.start + at.start..span.start + at.end;
                let new = case.find(36, "other_number", span).value("written", &written);
                new.value("should", &own).put(found);
            }
        }
        title(case, part, found);
    }
}

/// The title that article 1 of the cover announces, against that of the attached text.
fn title(case: &Case<'_>, part: &crate::draft::Attached, found: &mut Found) {
    if part.title.is_empty() {
        return;
    }
    let Some(first) = case.draft.articles_of(None).next() else { return };
    let words = case.draft.words(&first.body);
    let lower = words.to_lowercase();
    let Some(at) = lower.find(&part.name.to_lowercase()).filter(|_| lower.len() == words.len())
    else {
        return;
    };
    let announced =
        words[at + part.name.len()..].split(['.', ';', '\n']).next().unwrap_or_default();
    let (own, there) = (pairs(&part.title), pairs(announced.trim()));
    if own.is_empty() || there.is_empty() || own == there {
        return;
    }
    // "của Thành phố" for "thành phố Hà Nội" says the same; another subject does not.
    let common = own.intersection(&there).count() as f32;
    if common / (own.len().min(there.len()) as f32) < 0.6 {
        let span = first.body.start + at..first.body.start + at + part.name.len() + announced.len();
        let new = case.find(36, "title", span).value("part", &part.name);
        new.value("title", &part.title).put(found);
    }
}

/// Annexes that the articles name, and those that stand in the file.
fn annexes(case: &Case<'_>, found: &mut Found) {
    let there: Vec<String> = case
        .draft
        .pieces
        .iter()
        .filter_map(|piece| match &piece.place.part {
            Some(Part::Annex(label)) => Some(label.to_lowercase()),
            _ => None,
        })
        .collect();
    let mut told: Vec<String> = Vec::new();
    for unit in case.draft.units() {
        let words = case.draft.words(&unit.span);
        for (at, _) in words.match_indices("Phụ lục ") {
            let rest = &words[at + "Phụ lục ".len()..];
            let label: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            let numbered =
                !label.is_empty() && label.chars().all(|c| "IVXLC0123456789".contains(c));
            let after = rest[label.len()..].trim_start();
            // An annex of another document is not this draft's.
            let end = after.find([';', '.', ',']).unwrap_or(after.len());
            let of_others =
                ["của Nghị định", "của Luật", "của Thông tư", "Nghị định", "Thông tư", "Luật"];
            let foreign = !law::numbers(&after[..end]).is_empty()
                || of_others.iter().any(|cue| after.starts_with(cue));
            let span = unit.span.start + at..unit.span.start + at + "Phụ lục ".len() + label.len();
            if numbered
                && !foreign
                && !case.draft.is_quoted(span.start)
                && !there.contains(&label.to_lowercase())
                && !told.contains(&label)
            {
                told.push(label.clone());
                case.find(36, "annex", span).value("label", &label).put(found);
            }
        }
    }
}

/// The first words of a range, for findings that point at a line.
pub(crate) fn first_words(case: &Case<'_>, span: &Range<usize>, most: usize) -> Range<usize> {
    let words = case.draft.words(span);
    let line = words.lines().next().unwrap_or_default();
    let end = line
        .char_indices()
        .nth(most)
        .map_or(line.len(), |(at, _)| line[..at].rfind(' ').unwrap_or(at));
    span.start..span.start + end
}
