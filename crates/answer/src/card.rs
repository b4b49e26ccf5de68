//! A procedure's record as people read it. Everything is taken from the record, nothing is generated.

use infer::Prompts;
use jiff::civil::Date;
use law::{Channel, ChannelKind, Due, Duty, FeeKind, Library, Paper, Procedure, Term, Warning};
use serde::Serialize;

use crate::sight::Sight;

/// A card: code, name and fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// National code.
    pub code: String,
    /// Short name.
    pub name: String,
    /// What is shown.
    pub fields: Fields,
    /// Ways to file as data: for programs, and for tables.
    pub channels: Vec<Way>,
    /// The documents that it rests on, with their state on the day.
    pub documents: Vec<Basis>,
    /// Procedures that are easily taken for it: code and name.
    pub siblings: Vec<(String, String)>,
    /// What the record does not state of what Nghị định 63/2010/NĐ-CP điều 8 asks for.
    pub missing: Vec<Due>,
    /// Kinds of warnings with what they are about.
    pub flags: Vec<Warning>,
}

/// A way to file as data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// Which way.
    pub kind: ChannelKind,
    /// Number and unit of the time, where it is stated so.
    pub term: Option<Term>,
    /// The time as published.
    pub time: String,
    /// How the fee is set.
    pub fee_kind: FeeKind,
    /// The column of the record; not to be shown alone where `column_loses`.
    pub fee: String,
    /// Whether the note contradicts the column.
    pub column_loses: bool,
    /// The note on the fee, word for word.
    pub fee_note: String,
    /// What this way means.
    pub note: String,
}

/// A legal basis resolved to a document of the library.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Basis {
    /// Its number.
    pub document: String,
    /// Whether the library knows it, and whether with its words.
    pub held: bool,
    /// Whether the library has its words.
    pub words: bool,
    /// Its state on the day.
    pub status: law::Status,
    /// First day in force.
    pub from: Option<Date>,
    /// First day no longer in force.
    pub to: Option<Date>,
}

/// Fields of a card; empty ones are left out on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Fields {
    /// Fee with its note, for each way to file where they differ.
    pub fee: String,
    /// Time, for each way to file where they differ.
    pub time: String,
    /// Papers; a case begins with its name and a colon.
    pub papers: Vec<String>,
    /// Where to file.
    #[serde(rename = "where")]
    pub place: String,
    /// Conditions, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Steps.
    pub steps: Vec<String>,
    /// Legal basis.
    pub basis: Vec<String>,
    /// By when the person must do it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deadline: String,
    /// What one gets.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub result: String,
    /// What applies in Hà Nội on the day, with its rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overlay: Vec<String>,
    /// What must be told about the record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// State of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl Card {
    /// The card for somebody who does not see all: of the rest it tells neither procedures nor whether a document is
    /// held.
    pub(crate) fn open_to(mut self, sight: Sight<'_>) -> Card {
        self.siblings.retain(|(code, _)| sight.procedure(code).is_some());
        for basis in &mut self.documents {
            if sight.hides(&basis.document) {
                let (held, words, status) = (false, false, law::Status::Unknown);
                *basis = Basis {
                    held,
                    words,
                    status,
                    from: None,
                    to: None,
                    document: basis.document.clone(),
                };
            }
        }
        self
    }

    /// The card of a procedure on a day: overlays that do not apply then are left out, and what the day
    /// makes doubtful is told in the words of `prompts`.
    pub fn of(library: &Library, prompts: &Prompts, procedure: &Procedure, on: Date) -> Card {
        let mut flags = law::doubts(library, procedure, on);
        // A sum that the portal garbled is not repeated.
        let garbled = [law::WarningKind::FeeThousands, law::WarningKind::FeeGlued];
        for flag in flags.iter_mut().filter(|flag| garbled.contains(&flag.kind)) {
            flag.what.clear();
        }
        let fields = Fields {
            fee: by_channel(&procedure.channels, fee),
            time: by_channel(&procedure.channels, |channel| channel.time.clone()),
            papers: papers(procedure),
            place: place(library, prompts, procedure),
            conditions: procedure.conditions.clone(),
            steps: procedure.steps.clone(),
            basis: procedure.basis.iter().map(basis).collect(),
            deadline: procedure.deadline.clone(),
            result: procedure.result.clone(),
            overlay: procedure
                .overlays
                .iter()
                .filter(|overlay| overlay.applies(on))
                .map(|overlay| match overlay.basis.as_str() {
                    "" => overlay.text.clone(),
                    basis => format!("{} ({basis})", overlay.text),
                })
                .collect(),
            warnings: flags.iter().map(|flag| told(prompts, flag)).collect(),
            as_of: procedure.as_of,
            source: procedure.source.clone(),
        };
        let sibling = |code: &String| {
            library.procedure(code).map(|it| (code.clone(), it.short_name().to_owned()))
        };
        Card {
            code: procedure.code.clone(),
            name: procedure.short_name().to_owned(),
            fields,
            channels: procedure.channels.iter().map(way).collect(),
            documents: documents(library, procedure, on),
            siblings: procedure.siblings.iter().filter_map(sibling).collect(),
            missing: procedure.missing(),
            flags,
        }
    }

    /// Every word of the card, for checking sentences against it.
    pub fn words(&self) -> String {
        let Fields {
            fee,
            time,
            papers,
            place,
            conditions,
            steps,
            basis,
            deadline,
            result,
            overlay,
            warnings,
            ..
        } = &self.fields;
        let lists =
            [papers, conditions, steps, basis, overlay, warnings].map(|list| list.join("\n"));
        let single =
            [&self.name, fee, time, place, deadline, result].map(String::as_str).join("\n");
        format!("{single}\n{}", lists.join("\n"))
    }
}

/// Where to file; a body that is gone is put right in the same breath.
fn place(library: &Library, prompts: &Prompts, procedure: &Procedure) -> String {
    let Procedure { place, authority, .. } = procedure;
    let mut place = if place.is_empty() { authority.clone() } else { place.clone() };
    let gone: Vec<&law::Body> =
        library.places().gone(&place).into_iter().map(|(body, _)| body).collect();
    if !procedure.own() && !gone.is_empty() {
        let now: Vec<&str> = gone.iter().map(|body| body.now.as_str()).collect();
        place = prompts.say("place_body_gone", &[("place", &place), ("now", &now.join(" "))]);
    }
    place
}

/// A warning in words for people.
fn told(prompts: &Prompts, warning: &Warning) -> String {
    match warning.kind {
        law::WarningKind::Told => warning.what.clone(),
        kind => prompts.say(&format!("warning_{}", kind.name()), &[("what", &warning.what)]),
    }
}

fn way(channel: &Channel) -> Way {
    let Channel { kind, time, fee, fee_note, note } = channel.clone();
    let (term, fee_kind) = (channel.term(), channel.fee_kind());
    // A sum without its thousands is not even data.
    let fee = if channel.lost_thousands() { String::new() } else { fee };
    Way { kind, term, time, fee_kind, fee, column_loses: channel.column_loses(), fee_note, note }
}

fn documents(library: &Library, procedure: &Procedure, on: Date) -> Vec<Basis> {
    let numbered = procedure.basis.iter().filter(|basis| !basis.document.is_empty());
    let resolved = numbered.map(|basis| {
        let document = library.document(&basis.document);
        let standing = library.standing(&law::Citation::whole(&basis.document), on);
        Basis {
            document: basis.document.clone(),
            held: document.is_some(),
            words: document.is_some_and(|document| !document.articles.is_empty()),
            status: standing.status,
            from: standing.from,
            to: standing.to,
        }
    });
    resolved.collect()
}

/// The fee never stands without its note: where the note holds a price or names who sets it, the column
/// "Miễn phí" is wrong and is left out.
fn fee(channel: &Channel) -> String {
    match (channel.fee.as_str(), channel.fee_note.as_str()) {
        ("", "") => String::new(),
        (_, note) if channel.column_loses() && !note.is_empty() => note.to_owned(),
        _ if channel.lost_thousands() => law::UNKNOWN_FEE.to_owned(),
        ("", note) => note.to_owned(),
        (fee, "") => fee.to_owned(),
        (fee, note) if note.contains(fee) => note.to_owned(),
        (fee, note) => format!("{fee}. {note}"),
    }
}

/// One line when all ways to file agree, else a line for each.
fn by_channel(channels: &[Channel], of: impl Fn(&Channel) -> String) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for channel in channels {
        let text = of(channel);
        if text.is_empty() {
            continue;
        }
        match lines.iter_mut().find(|(seen, _)| *seen == text) {
            Some((_, kinds)) => {
                if !kinds.contains(&channel.kind.label()) {
                    kinds.push(channel.kind.label());
                }
            }
            None => lines.push((text, vec![channel.kind.label()])),
        }
    }
    match lines.as_slice() {
        [(text, _)] => text.clone(),
        lines => lines
            .iter()
            .map(|(text, kinds)| format!("{}: {text}", kinds.join(", ")))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn papers(procedure: &Procedure) -> Vec<String> {
    let mut lines = Vec::new();
    for case in &procedure.cases {
        if procedure.cases.len() > 1 && !case.name.is_empty() {
            lines.push(format!("{}:", case.name.trim_end_matches(':')));
        }
        lines.extend(case.papers.iter().map(paper));
    }
    lines
}

fn paper(paper: &Paper) -> String {
    let mut text = match paper.duty {
        Duty::Submit => paper.text.clone(),
        Duty::Show => format!("Xuất trình: {}", paper.text),
        Duty::Note => format!("Lưu ý: {}", paper.text),
    };
    let extra: Vec<&str> = [paper.form.as_str(), paper.count.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty() && !paper.text.contains(part))
        .collect();
    if !extra.is_empty() {
        text.push_str(&format!(" ({})", extra.join("; ")));
    }
    text
}

fn basis(basis: &law::Basis) -> String {
    let parts = [basis.title.as_str(), basis.document.as_str(), basis.at.as_str()];
    let mut text = String::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !text.contains(part) {
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use law::{Case, ChannelKind, Overlay};

    fn card(procedure: &Procedure, on: Date) -> Card {
        let say = "warning_old_body = \"Không còn {what}.\"";
        let prompts = Prompts::new(std::collections::BTreeMap::new(), say).unwrap();
        let texts = std::collections::HashMap::new();
        let library = Library::new(vec![], vec![procedure.clone()], std::sync::Arc::new(texts));
        Card::of(&library, &prompts, procedure, on)
    }

    #[test]
    fn warnings_are_told_in_words_from_the_prompts() {
        let warning = |kind, what: &str| Warning { kind, what: what.into() };
        let warnings = vec![
            warning(law::WarningKind::Told, "Xem lại trước khi nộp."),
            warning(law::WarningKind::OldBody, "cấp huyện"),
        ];
        let procedure = Procedure { warnings, ..Procedure::default() };
        let card = card(&procedure, date(2026, 1, 1));
        assert_eq!(card.fields.warnings, ["Xem lại trước khi nộp.", "Không còn cấp huyện."]);
        assert_eq!(card.missing[0], Due::Name);
    }

    fn channel(kind: ChannelKind, fee: &str, fee_note: &str) -> Channel {
        Channel {
            kind,
            time: "3 ngày làm việc".into(),
            fee: fee.into(),
            fee_note: fee_note.into(),
            note: String::new(),
        }
    }

    #[test]
    fn a_fee_never_stands_without_its_note() {
        for (channels, expect) in [
            (vec![channel(ChannelKind::InPerson, "Miễn phí", "")], "Miễn phí"),
            (
                vec![channel(ChannelKind::InPerson, "Miễn phí", "135.000 đồng/lần")],
                "135.000 đồng/lần",
            ),
            (
                vec![channel(ChannelKind::InPerson, "Miễn phí", "Hội đồng nhân dân quyết định")],
                "Hội đồng nhân dân quyết định",
            ),
            (
                vec![channel(ChannelKind::InPerson, "Miễn phí", "Áp dụng cho mọi người")],
                "Miễn phí. Áp dụng cho mọi người",
            ),
            (vec![channel(ChannelKind::Online, "", "theo nghị quyết")], "theo nghị quyết"),
            (
                vec![
                    channel(ChannelKind::InPerson, "20.000 đồng", ""),
                    channel(ChannelKind::Online, "10.000 đồng", ""),
                    channel(ChannelKind::Post, "20.000 đồng", ""),
                ],
                "Trực tiếp, Qua bưu chính: 20.000 đồng\nTrực tuyến: 10.000 đồng",
            ),
        ] {
            assert_eq!(by_channel(&channels, fee), expect);
        }
    }

    #[test]
    fn an_overlay_shows_only_while_it_applies() {
        let overlay = Overlay {
            field: "fee".into(),
            text: "Nộp trực tuyến: 0 đồng".into(),
            basis: "77/2025/NQ-HĐND phụ lục I".into(),
            from: Some(date(2026, 1, 1)),
            to: None,
        };
        let procedure = Procedure { overlays: vec![overlay], ..Procedure::default() };
        assert!(card(&procedure, date(2025, 12, 31)).fields.overlay.is_empty());
        assert_eq!(
            card(&procedure, date(2026, 1, 1)).fields.overlay,
            ["Nộp trực tuyến: 0 đồng (77/2025/NQ-HĐND phụ lục I)"]
        );
    }

    #[test]
    fn papers_say_what_to_do_with_them() {
        let papers = [Duty::Submit, Duty::Show, Duty::Note].map(|duty| Paper {
            text: "Thẻ căn cước".into(),
            duty,
            form: String::new(),
            count: "1 bản chính".into(),
        });
        let case = |name: &str| Case { name: name.into(), papers: papers.to_vec() };
        let procedure = Procedure {
            cases: vec![case("Chính chủ"), case("Ủy quyền:")],
            ..Procedure::default()
        };
        let lines = super::papers(&procedure);
        assert_eq!(lines[0], "Chính chủ:");
        assert_eq!(lines[2], "Xuất trình: Thẻ căn cước (1 bản chính)");
        assert_eq!(lines[4], "Ủy quyền:");
    }
}
