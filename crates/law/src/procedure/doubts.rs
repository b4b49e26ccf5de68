//! What must be told of a record on a day.

use jiff::civil::Date;

use super::{Procedure, Warning, WarningKind};
use crate::library::Library;
use crate::status::{Standing, Status};

/// The warnings of a record on a day: those that its reader found, and those that the day brings: a basis
/// that has ended, a reduction of the fee that is over.
pub fn doubts(library: &Library, procedure: &Procedure, on: Date) -> Vec<Warning> {
    let mut all = procedure.warnings.clone();
    let ended: Vec<String> = procedure
        .basis
        .iter()
        .filter_map(|basis| library.document(&basis.document))
        .filter_map(|document| {
            let standing = Standing::of(document, on);
            (standing.status == Status::Ended).then(|| {
                let day = standing.to.map_or_else(String::new, |day| {
                    format!(" {:02}/{:02}/{}", day.day(), day.month(), day.year())
                });
                let now =
                    standing.by.map_or_else(String::new, |by| format!("; nay: {}", by.document));
                format!("{} (hết hiệu lực{day}{now})", document.id)
            })
        })
        .collect();
    if !ended.is_empty() {
        all.push(Warning { kind: WarningKind::BasisEnded, what: ended.join("; ") });
    }
    // An editor's record says itself what is paid before and after a day.
    if !procedure.own() {
        let mut days: Vec<Date> = procedure
            .channels
            .iter()
            .flat_map(|channel| reductions_end(&channel.fee_note))
            .filter(|end| *end < on)
            .collect();
        days.sort_unstable();
        days.dedup();
        let list = |day: &Date| format!("{:02}/{:02}/{}", day.day(), day.month(), day.year());
        if !days.is_empty() {
            let what = days.iter().map(list).collect::<Vec<_>>().join(", ");
            all.push(Warning { kind: WarningKind::FeeExpired, what });
        }
    }
    all
}

/// The last days of reductions that a note on a fee names: "đến hết ngày 31/12/2025". The first of two
/// days of a span is no end: "từ ngày 01/7/2025 đến hết ngày 31/12/2026".
fn reductions_end(note: &str) -> Vec<Date> {
    let lower = note.to_lowercase();
    if lower.len() != note.len() {
        return Vec::new();
    }
    viet::dates(note)
        .into_iter()
        .filter(|(_, span)| {
            let before = lower[..span.start].trim_end();
            let before = before.strip_suffix("ngày").unwrap_or(before).trim_end();
            before.ends_with("đến hết") || before.ends_with("đến") || before.ends_with("hết")
        })
        .map(|(day, _)| day)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::citation::Citation;
    use crate::document::{Document, Relation, RelationKind};
    use crate::procedure::{Basis, Channel};

    #[test]
    fn a_day_brings_its_warnings() {
        let day = date(2025, 7, 1);
        let old = Document {
            id: "58/2014/QH13".into(),
            effective: Some(date(2016, 1, 1)),
            ended: Some(day),
            relations: vec![Relation {
                kind: RelationKind::ReplacedBy,
                to: Citation::whole("41/2024/QH15"),
                from: Some(day),
            }],
            ..Document::default()
        };
        let note =
            "- Giảm 50% từ ngày 01/7/2025 đến hết ngày 31/12/2025.\n- Nộp trước ngày 01/3/2024";
        let procedure = Procedure {
            basis: vec![Basis { document: "58/2014/QH13".into(), ..Basis::default() }],
            channels: vec![Channel { fee_note: note.into(), ..Channel::default() }],
            ..Procedure::default()
        };
        let own = Procedure { aliases: vec!["tên gọi".into()], ..procedure.clone() };
        let library = Library::new(vec![old], vec![], Arc::new(HashMap::new()));
        let said = |procedure: &Procedure, on: Date| -> Vec<String> {
            let all = doubts(&library, procedure, on);
            all.into_iter().map(|it| format!("{}: {}", it.kind.name(), it.what)).collect()
        };
        let basis = "basis_ended: 58/2014/QH13 (hết hiệu lực 01/07/2025; nay: 41/2024/QH15)";
        assert_eq!(said(&procedure, date(2025, 6, 30)), Vec::<String>::new());
        assert_eq!(said(&procedure, date(2025, 12, 31)), [basis]);
        assert_eq!(said(&procedure, date(2026, 1, 1)), [basis, "fee_expired: 31/12/2025"]);
        assert_eq!(said(&own, date(2026, 1, 1)), [basis]);
    }
}
