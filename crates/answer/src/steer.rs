//! Where what people decided ([`Control`]) meets an answer.

use std::sync::Arc;

use jiff::civil::Date;
use law::{Citation, Procedure};
use search::Hit;
use sha2::{Digest, Sha256};

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::control::{Control, Curated, Off};
use crate::sight::Sight;
use crate::sources::quoted;
use crate::words::{Word, words};

/// Words around a question that change nothing of what is asked.
const COURTESY: &[&str] = &[
    "ad", "admin", "anh", "bạn", "chị", "cho", "dạ", "em", "giúp", "hỏi", "mình", "nhé", "thưa",
    "tôi", "vậy", "với", "xin", "à", "ơi", "ạ",
];

/// Why a curated answer is not given at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspended {
    /// The library does not hold, or the profile does not see, what it rests on; or it is switched off.
    Missing(Citation),
    /// What it rests on is not in force on the day.
    Ended(Citation),
    /// The words of what it rests on are others than when it was approved.
    Changed(Citation),
}

/// A short hash of the words of a provision, or of the record of a procedure, on a day: what a curated answer is bound
/// to. `None` for what is not in sight, and for a document as a whole.
pub(crate) fn fingerprint(sight: Sight<'_>, at: &Citation, on: Date) -> Option<String> {
    let words = match sight.procedure(&at.document) {
        Some(procedure) => {
            // What applies on the day, whatever the day of the crawl.
            let mut record = Procedure { as_of: None, ..procedure.clone() };
            record.overlays.retain(|overlay| overlay.applies(on));
            serde_json::to_string(&record).ok()?
        }
        None => {
            sight.document(&at.document)?;
            at.place.article.as_ref()?;
            sight.library.text_on(at, on)?
        }
    };
    Some(infer::hex(&Sha256::digest(words.as_bytes())[..8]))
}

/// Why a curated answer is not given on a day; `None` if it is.
pub(crate) fn suspended(sight: Sight<'_>, curated: &Curated, on: Date) -> Option<Suspended> {
    curated.rests_on.iter().find_map(|bond| {
        let at = bond.at.clone();
        let ends = || !at.is_procedure() && !sight.library.standing(&at, on).status.holds();
        match fingerprint(sight, &at, on) {
            None => Some(Suspended::Missing(at)),
            Some(_) if ends() => Some(Suspended::Ended(at)),
            Some(words) if words != bond.words => Some(Suspended::Changed(at)),
            Some(_) => None,
        }
    })
}

impl Assistant {
    /// The same assistant under what people have decided; `id` names the decisions in the versions of answers.
    pub fn under(&self, control: &Arc<Control>, id: &str) -> Assistant {
        let mut me = self.clone();
        me.control = Arc::clone(control);
        me.versions.control = id.to_owned();
        me
    }

    /// What people want said, or left unsaid, of a message in its readings; an answer of theirs is of today only.
    pub(crate) fn steered(&self, readings: &[&str], on: Date, today: Date) -> Option<Answer> {
        let curated = || readings.iter().find_map(|text| self.curated(text, on));
        if let Some(answer) = (on == today).then(curated).flatten() {
            return Some(answer);
        }
        self.closed(readings)
    }

    /// What is said on a topic on which nothing is.
    pub(crate) fn closed(&self, readings: &[&str]) -> Option<Answer> {
        let off = self.control.closed_topic(readings)?;
        Some(self.switched_off(Route::Law, &off.value, off))
    }

    /// The answer that people have written for a question.
    fn curated(&self, text: &str, on: Date) -> Option<Answer> {
        let for_us = |it: &&Curated| {
            (it.profiles.is_empty() || it.profiles.contains(&self.profile.name))
                && it.questions.iter().any(|listed| same(text, listed))
                && suspended(self.sight(), it, on).is_none()
        };
        let curated = self.control.answer.iter().find(for_us)?;
        let mut sources: Vec<Source> = Vec::new();
        for bond in &curated.rests_on {
            let n = sources.len() + 1;
            sources.extend(match self.sight().procedure(&bond.at.document) {
                Some(procedure) => Some(self.of_record(procedure, n, on).1),
                None => quoted(self.search.library(), &bond.at, n, on),
            });
        }
        Some(Answer {
            text: curated.text.trim().to_owned(),
            sources,
            curated: Some(curated.id.clone()),
            ..self.blank(Route::Law, Verdict::Answered)
        })
    }

    /// What is said of a procedure that is switched off.
    pub(crate) fn procedure_off(&self, procedure: &Procedure) -> Option<Answer> {
        let by_topic = || self.control.closed_topic(&[&procedure.name, procedure.short_name()]);
        let off = self.control.hidden(&procedure.code).or_else(by_topic)?;
        let name = format!("{} ({})", procedure.short_name(), procedure.code);
        Some(self.switched_off(Route::Procedure, &name, off))
    }

    /// What is said of a document that is named and switched off.
    pub(crate) fn document_off<'a>(
        &self,
        mut named: impl Iterator<Item = &'a Citation>,
    ) -> Option<Answer> {
        let (at, off) = named.find_map(|at| Some((at, self.control.hidden(&at.document)?)))?;
        if let Some(procedure) = self.search.library().procedure(&at.document) {
            return self.procedure_off(procedure);
        }
        Some(self.switched_off(Route::Citation, &at.document, off))
    }

    fn switched_off(&self, route: Route, what: &str, off: &Off) -> Answer {
        let values = [("what", what), ("reason", off.reason.trim())];
        self.refuse(route, Verdict::NoBasis, "switched_off", &values, "not_found_next")
    }

    /// What is said where the best provision that was found is of a document that is switched off: others would be
    /// another answer.
    pub(crate) fn best_is_off(&self, provisions: &[Hit]) -> Option<Answer> {
        self.document_off(provisions.first().map(|hit| &hit.citation).into_iter())
    }

    /// An answer as it may go out: not with words that are never said, and with what is told beside it. Whoever is in
    /// danger is answered whatever people have decided.
    pub(crate) fn steer(&self, mut answer: Answer, today: Date) -> Answer {
        // What changed a provision is told only to those who may see it.
        let sight = self.sight();
        for source in &mut answer.sources {
            for by in [&mut source.opened_by, &mut source.closed_by] {
                by.take_if(|at| sight.hides(&at.document));
            }
        }
        if answer.route == Route::Emergency {
            return answer;
        }
        if !answer.sources.is_empty() {
            let about: Vec<&str> =
                answer.sources.iter().map(|source| source.citation.document.as_str()).collect();
            answer.notices = self.control.notices(&self.profile.name, today, &about);
        }
        for notice in &answer.notices {
            let told = self.prompts.say("notice", &[("text", notice)]);
            answer.text.push_str(&format!("\n\n{told}"));
        }
        if self.control.forbidden.is_empty() {
            return answer;
        }
        let card = answer.card.as_ref().map(|card| card.words()).unwrap_or_default();
        let quotes = answer.sources.iter().map(|source| source.quote.as_str());
        let labels = answer.options.iter().map(|option| option.label.as_str());
        let all = quotes.chain(labels).chain([answer.text.as_str(), &card]);
        let all = all.collect::<Vec<_>>().join("\n");
        if self.control.forbids(&all).is_some() {
            let refused = Verdict::NoBasis;
            let certainty = answer.certainty;
            let held = self.refuse(answer.route, refused, "withheld", &[], "not_found_next");
            return Answer { certainty, ..held };
        }
        answer
    }
}

/// Words of a question without the courtesies around it; folded where it is compared with one that was typed without
/// marks.
fn content(text: &str, marked: bool) -> Vec<String> {
    let courtesy = |word: &Word| match marked {
        true => COURTESY.contains(&word.marked.as_str()),
        false => COURTESY.iter().any(|it| viet::fold(it) == word.folded),
    };
    let words = words(text);
    let from = words.iter().take_while(|word| courtesy(word)).count();
    let end = words.len() - words[from..].iter().rev().take_while(|word| courtesy(word)).count();
    let word = |word: &Word| if marked { word.marked.clone() } else { word.folded.clone() };
    words[from..end].iter().map(word).collect()
}

/// Whether a message asks what a listed wording asks: the same words in the same order, but for courtesies around them.
/// Nothing less will do: "chồng xin ly hôn vợ" and "vợ xin ly hôn chồng" have the same words.
fn same(text: &str, listed: &str) -> bool {
    let marked = viet::has_marks(text);
    let asked = content(text, marked);
    !asked.is_empty() && asked == content(listed, marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_question_is_heard_however_it_is_typed_and_no_other() {
        let listed = "Lệ phí cấp lại thẻ căn cước năm 2026 là bao nhiêu?";
        for (text, expect) in [
            ("lệ phí cấp lại thẻ căn cước năm 2026 là bao nhiêu", true),
            ("cho em hoi le phi cap lai the can cuoc nam 2026 la bao nhieu a", true),
            ("lệ phí cấp mới thẻ căn cước năm 2026 là bao nhiêu", false),
            ("lệ phí cấp lại thẻ căn cước năm 2025 là bao nhiêu", false),
            ("thời hạn cấp lại thẻ căn cước năm 2026 là bao lâu", false),
            ("lệ phí cấp lại thẻ bảo hiểm y tế năm 2026", false),
            ("lệ phí", false),
            ("", false),
        ] {
            assert_eq!(same(text, listed), expect, "{text}");
        }
        let listed = "Chồng xin ly hôn vợ đang mang thai có được không?";
        assert!(same("chồng xin ly hôn vợ đang mang thai có được không ạ", listed));
        assert!(!same("vợ xin ly hôn chồng đang mang thai có được không", listed));
        assert!(!same("tiền thế nào", "vay tiền thế nào"));
        assert!(!same("người đăng ký kết hôn", "người đã đăng ký kết hôn"));
    }
}
