//! Answers as text: cards in short form, verbatim clauses, sources for a model. Fixed words come from
//! `prompts/say.toml`.

use infer::{Prompts, Shown};
use law::{Article, Citation, Document, RelationKind, Status};

use crate::answer::{Route, Source};
use crate::card::Card;
use crate::papers;
use crate::route::Field;
use crate::sight::Sight;

/// "Điều 15. Trách nhiệm đăng ký khai sinh — Luật Hộ tịch"; a guide is named by section and title.
pub(crate) fn title(document: &Document, article: &Article) -> String {
    let number = match article.place.article.as_deref() {
        Some("0") | None => String::new(),
        Some(_) if document.guide => String::new(),
        Some(number) => format!("Điều {number}"),
    };
    let name = if document.title.is_empty() { &document.id } else { &document.title };
    let parts: Vec<&str> = [number.as_str(), article.heading.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    match parts.is_empty() {
        true => name.clone(),
        false => format!("{} — {name}", parts.join(". ")),
    }
}

/// What is said before the clauses themselves.
pub(crate) fn verbatim_lead(prompts: &Prompts, route: Route, sources: &[Source]) -> String {
    match (route, sources) {
        (Route::Citation, [only]) => {
            prompts.say("citation_lead", &[("citation", &only.citation.to_string())])
        }
        _ => prompts.say("law_lead", &[]),
    }
}

/// A provision with its number, title, status and words, and with what changed it if that may be `told`; lines of law
/// begin with "> ".
pub(crate) fn quoted(
    prompts: &Prompts,
    source: &Source,
    told: impl Fn(&Citation) -> bool,
) -> String {
    let mut text = String::new();
    text.push_str(&format!("\n\n[{}] {}", source.n, source.title));
    let label = prompts.say(&format!("label_status_{}", source.status.name()), &[]);
    text.push_str(&format!(" ({}, {label})", source.citation));
    let (key, day) = match source.status {
        Status::Ended => ("law_lead_ended", source.to),
        Status::NotYet => ("law_lead_not_yet", source.from),
        Status::Suspended => ("law_lead_suspended", source.from),
        Status::Unknown => ("law_lead_unknown", source.from),
        Status::InForce | Status::Amended | Status::Partly => ("", None),
    };
    // A sentence about a day needs the day; of what is not known, it is said in any case.
    if day.is_some() || source.status == Status::Unknown {
        let on = day.map(date).unwrap_or_default();
        text.push_str(&format!("\n{}", prompts.say(key, &[("on", &on)])));
    }
    for (key, by) in
        [("label_opened_by", &source.opened_by), ("label_closed_by", &source.closed_by)]
    {
        if let Some(by) = by.as_ref().filter(|by| told(by)) {
            text.push_str(&format!("\n{}", prompts.say(key, &[("by", &by.to_string())])));
        }
    }
    for line in source.quote.lines().filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!("\n> {}", line.trim()));
    }
    text
}

/// "Điều 15 khoản 1": a place within its document.
pub(crate) fn place(at: &Citation) -> String {
    let whole = at.to_string();
    let place = whole.strip_prefix(&at.document).unwrap_or(&whole).trim();
    let mut letters = place.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// "Nghị định 123/2015/NĐ-CP — Quy định chi tiết …"; a title that names the kind stands alone.
pub(crate) fn document_name(document: &Document) -> String {
    let Document { id, kind, title, .. } = document;
    if document.guide || title.is_empty() {
        return if title.is_empty() { id.clone() } else { title.clone() };
    }
    match viet::fold(title).starts_with(&viet::fold(kind)) {
        true => format!("{title} ({id})"),
        false => format!("{kind} {id} — {title}").trim_start().to_owned(),
    }
}

/// What is known of a document besides its words, one line each; of documents that are held and not in sight nothing.
pub(crate) fn record(prompts: &Prompts, sight: Sight<'_>, document: &Document) -> String {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, date);
    let others = |kinds: &[RelationKind]| {
        let of_kind = document.relations.iter().filter(|relation| kinds.contains(&relation.kind));
        let of_kind = of_kind.filter(|relation| !sight.hides(&relation.to.document));
        of_kind.map(|relation| relation.to.to_string()).collect::<Vec<_>>().join("; ")
    };
    let lines = [
        ("label_issuer", document.issuer.clone()),
        ("label_issued", day(document.issued)),
        ("label_effective", day(document.effective)),
        ("label_ended", day(document.ended)),
        ("label_replaced_by", others(&[RelationKind::ReplacedBy, RelationKind::RepealedBy])),
        ("label_amended_by", others(&[RelationKind::AmendedBy])),
    ];
    let known = lines.into_iter().filter(|(_, value)| !value.is_empty());
    let line = |(key, value): (&str, String)| format!("{}: {value}", prompts.say(key, &[]));
    known.map(line).collect::<Vec<_>>().join("\n")
}

/// Documents as a whole, each with its status and record; `without_words` says that the library does
/// not hold what was asked for.
pub(crate) fn documents(prompts: &Prompts, sources: &[Source], without_words: bool) -> String {
    let mut parts = Vec::new();
    for source in sources {
        let label = prompts.say(&format!("label_status_{}", source.status.name()), &[]);
        parts.push(format!("[{}] {} ({label})\n{}", source.n, source.title, source.quote));
    }
    parts.push(prompts.say("document_record", &[]));
    if without_words {
        parts.push(prompts.say("document_without_words", &[]));
    }
    parts.join("\n\n")
}

/// What was asked of a procedure, or the short form; the deadline and Hà Nội's rules always.
/// `said` is what the person told, of which case it is.
pub(crate) fn procedure(prompts: &Prompts, card: &Card, asked: &[Field], said: &str) -> String {
    let whole = asked.contains(&Field::Papers);
    let all = [Field::Papers, Field::Place, Field::Time, Field::Fee];
    let asked = if asked.is_empty() { &all[..] } else { asked };
    let fields = &card.fields;
    let mut lines =
        vec![prompts.say("card_lead", &[("name", &format!("{} ({})", card.name, card.code))])];
    let mut line = |key: &str, text: &str| {
        if !text.trim().is_empty() {
            let label = prompts.say(&format!("label_{key}"), &[]);
            let text = text.trim_end().trim_end_matches('.');
            let gap = if text.starts_with('\n') { "" } else { " " };
            lines.push(format!("**{label}:**{gap}{text} [1]"));
        }
    };
    let list =
        |items: &[String]| items.iter().map(|item| format!("\n- {item}")).collect::<String>();
    for field in asked {
        match field {
            Field::Fee => line("fee", &fields.fee),
            Field::Papers => {
                let sorted = papers::by_case(&fields.papers, said);
                let (shown, more) = if whole { (&sorted[..], 0) } else { papers::short(&sorted) };
                let mut text = list(shown);
                if more > 0 {
                    let values = [("count", more.to_string())];
                    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
                    text.push_str(&format!("\n- {}", prompts.say("card_more", &values)));
                }
                line("papers", &text);
            }
            Field::Time => line("time", &fields.time),
            Field::Place => line("where", &fields.place),
            Field::Steps => line("steps", &list(&fields.steps)),
            Field::Basis => line("basis", &list(&fields.basis)),
            Field::Result => line("result", &fields.result),
        }
    }
    line("deadline", &fields.deadline);
    if asked.contains(&Field::Fee) {
        line("overlay", &list(&fields.overlay));
    }
    if !fields.warnings.is_empty() {
        lines.push(format!("{}{}", prompts.say("card_warning", &[]), list(&fields.warnings)));
    }
    if let Some(day) = fields.as_of {
        lines.push(prompts.say("card_as_of", &[("date", &date(day))]));
    }
    lines.join("\n\n")
}

/// Sources as the model reads them: in force only, shortened, numbered as in the answer.
pub(crate) fn for_model(sources: &[Source]) -> Vec<Shown> {
    let held = sources.iter().filter(|source| source.status.holds());
    held.map(|source| Shown {
        n: source.n,
        title: source.title.clone(),
        text: shorten(&source.quote, MODEL_QUOTE).to_owned(),
    })
    .collect()
}

/// Characters of one source that a model reads: its time to the first word grows with each.
const MODEL_QUOTE: usize = 900;

/// At most so many characters, ending at a line or a word.
pub(crate) fn shorten(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => {
            let cut = text[..end]
                .rfind('\n')
                .filter(|at| *at > end / 2)
                .or_else(|| text[..end].rfind(' '))
                .unwrap_or(end);
            text[..cut].trim_end()
        }
    }
}

pub(crate) fn date(day: jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}
