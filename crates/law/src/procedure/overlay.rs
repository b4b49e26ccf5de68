//! What Hà Nội's own rules change in national records.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Channel, ChannelKind, FeeKind, Procedure};

/// A change that Hà Nội's own rule makes to a national record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// Which field: `fee`, `time`, `place`, `papers`.
    pub field: String,
    /// What to tell the person.
    pub text: String,
    /// The rule: `77/2025/NQ-HĐND`, with its place.
    pub basis: String,
    /// From when it applies.
    pub from: Option<Date>,
    /// First day on which it no longer applies.
    pub to: Option<Date>,
}

impl Overlay {
    /// The number of the document that its rule stands in; empty if none is named.
    pub fn document(&self) -> &str {
        self.basis.split(' ').next().unwrap_or_default()
    }

    /// Whether it applies on a day.
    pub fn applies(&self, on: Date) -> bool {
        self.from.is_none_or(|from| from <= on) && self.to.is_none_or(|to| on < to)
    }
}

/// One rule of the city for all the records that fit it, so that a record of the national portal gets its
/// overlay without being written anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayRule {
    /// What it puts on a record.
    pub overlay: Overlay,
    /// Levels (cấp) of the records it is for; empty for all.
    #[serde(default)]
    pub levels: Vec<String>,
    /// Parts of names of the bodies that it is for; whoever settles the record must be one. Empty for all.
    #[serde(default)]
    pub bodies: Vec<String>,
    /// Parts of names of bodies and fields that it is not for: those of ministries (ngành dọc).
    #[serde(default)]
    pub except: Vec<String>,
    /// How a way to file must set its fee; empty for any.
    #[serde(default)]
    pub fee: Vec<FeeKind>,
    /// The way to file that the record must offer.
    #[serde(default)]
    pub channel: Option<ChannelKind>,
    /// Words of which the note on the fee must hold one, lower case; empty for any.
    #[serde(default)]
    pub note: Vec<String>,
    /// Words of which the note must hold one outside the titles of documents: `lệ phí`; empty for any.
    #[serde(default)]
    pub charge: Vec<String>,
    /// Words that take a way to file out when its note holds them and no other fee: `phí thẩm định`.
    #[serde(default)]
    pub without: Vec<String>,
    /// Words that take a record out when its name or a note on a fee holds them.
    #[serde(default)]
    pub never: Vec<String>,
    /// Only these codes; empty for all that fit.
    #[serde(default)]
    pub codes: Vec<String>,
}

impl OverlayRule {
    /// Whether a record gets this overlay.
    pub fn fits(&self, procedure: &Procedure) -> bool {
        let Procedure { levels, authority, place, field, decision, .. } = procedure;
        let bodies = [authority, place, field, decision].map(String::as_str).join("\n");
        let level = self.levels.is_empty()
            || levels.iter().any(|level| self.levels.iter().any(|wanted| wanted == level));
        let code = self.codes.is_empty() || self.codes.contains(&procedure.code);
        let excepted = self.except.iter().any(|name| bodies.contains(name.as_str()));
        let settles = self.bodies.is_empty()
            || self.bodies.iter().any(|name| authority.contains(name.as_str()));
        let notes = procedure.channels.iter().map(|channel| &channel.fee_note);
        let ruled_out = notes.chain([&procedure.name]).any(|text| {
            let text = text.to_lowercase();
            self.never.iter().any(|word| text.contains(word.as_str()))
        });
        let offered = self
            .channel
            .is_none_or(|kind| procedure.channels.iter().any(|channel| channel.kind == kind));
        code && level
            && settles
            && !excepted
            && !ruled_out
            && offered
            && procedure.channels.iter().any(|it| self.charges(it))
    }

    /// Whether a way to file has a fee that the rule speaks of. The desk's fee counts too: what is said of
    /// filing online often stands there alone.
    fn charges(&self, channel: &Channel) -> bool {
        let note = channel.fee_note.to_lowercase();
        let named = |words: &[String]| words.iter().any(|word| note.contains(word.as_str()));
        // "lệ phí" beside "phí thẩm định" is a fee of its own, but not in the title of a document.
        let own = without_titles(&note);
        let only_excepted = named(&self.without) && !own.contains("lệ phí");
        (self.fee.is_empty() || self.fee.contains(&channel.fee_kind()))
            && (self.note.is_empty() || named(&self.note))
            && (self.charge.is_empty()
                || self.charge.iter().any(|word| own.contains(word.as_str())))
            && !only_excepted
    }
}

/// A note in lower case without what follows the number of a document up to the end of the sentence: its
/// title, which may name any fee.
fn without_titles(note: &str) -> String {
    let mut out = String::new();
    for part in note.split_inclusive(['.', ';', '\n']) {
        let kinds = ["thông tư", "nghị định", "nghị quyết", "quyết định số"];
        let cut = kinds.iter().filter_map(|kind| part.find(kind)).min().unwrap_or(part.len());
        out.push_str(&part[..cut]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_rule_finds_its_records() {
        let rule = OverlayRule {
            overlay: Overlay { from: Some(date(2026, 1, 1)), ..Overlay::default() },
            levels: vec!["Cấp xã".into(), "Cấp tỉnh".into()],
            except: vec!["Công an".into()],
            fee: vec![FeeKind::Council],
            channel: Some(ChannelKind::Online),
            without: vec!["phí thẩm định".into()],
            bodies: vec!["UBND".into(), "Sở ".into()],
            never: vec!["thẩm định cấp".into()],
            ..OverlayRule::default()
        };
        let record = |level: &str, authority: &str, note: &str, kind: ChannelKind| Procedure {
            levels: vec![level.into()],
            authority: authority.into(),
            channels: vec![Channel {
                kind,
                fee: "Miễn phí".into(),
                fee_note: note.into(),
                ..Channel::default()
            }],
            ..Procedure::default()
        };
        let council = "Lệ phí do Hội đồng nhân dân cấp tỉnh quyết định";
        for (level, authority, note, kind, fits) in [
            ("Cấp xã", "UBND cấp xã", council, ChannelKind::Online, true),
            ("Cấp xã", "Công an cấp xã", council, ChannelKind::Online, false),
            ("Cấp bộ", "Bộ Tư pháp", council, ChannelKind::Online, false),
            ("Cấp xã", "UBND cấp xã", council, ChannelKind::InPerson, false),
            ("Cấp xã", "UBND cấp xã", "8.000 đồng/bản", ChannelKind::Online, false),
            (
                "Cấp tỉnh",
                "Sở Xây dựng",
                "Phí thẩm định do Hội đồng nhân dân quyết định",
                ChannelKind::Online,
                false,
            ),
            (
                "Cấp tỉnh",
                "Sở Xây dựng",
                "Phí thẩm định theo Nghị quyết của Hội đồng nhân dân về phí và lệ phí",
                ChannelKind::Online,
                false,
            ),
            ("Cấp tỉnh", "Cảng vụ", council, ChannelKind::Online, false),
            (
                "Cấp tỉnh",
                "Sở Xây dựng",
                &format!("{council}; thẩm định cấp lại"),
                ChannelKind::Online,
                false,
            ),
        ] {
            assert_eq!(
                rule.fits(&record(level, authority, note, kind)),
                fits,
                "{authority} {note}"
            );
        }
        assert!(
            !rule.overlay.applies(date(2025, 12, 31)) && rule.overlay.applies(date(2026, 1, 1))
        );
    }
}
