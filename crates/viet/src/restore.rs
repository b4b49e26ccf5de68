//! Marks that were left out and slips of the keyboard: the likeliest reading of what was typed.

use std::collections::{BTreeMap, HashMap};

use crate::fold::fold;
use crate::letters;
use crate::normalize::normalize;
use crate::speech::Speech;
use crate::syllables::syllables;

/// The syllables that texts are made of, with how often each occurs.
#[derive(Clone, Debug, Default)]
pub struct Syllabary {
    /// Forms of a folded syllable, most frequent first.
    forms: HashMap<String, Vec<(String, u32)>>,
    total: f64,
}

/// Most forms of one syllable that are weighed.
const FORMS: usize = 8;
/// Weight of single syllables beside pairs.
const BACK_OFF: f64 = 30.0;
/// Logarithm of how likely a syllable is mistyped by one key.
const SLIP: f64 = -5.0;
/// What speaks for a word that no text has: names and foreign words are mended only where their neighbours say so.
const UNKNOWN: f64 = 4.5;
/// Longest text that is read, in syllables; the rest stays as typed.
const MOST: usize = 120;

/// How much a text of everyday speech counts beside one of the index, which holds few questions.
const SPEECH: u32 = 40;

/// Fewest folded syllables that must be known before an unknown one is taken for a slip: the language has some 2,500.
const ENOUGH: usize = 1000;

struct Candidate {
    text: String,
    /// Logarithm of what speaks for it besides its neighbours.
    bonus: f64,
    count: u32,
}

impl Syllabary {
    /// Takes syllables in lower case with their counts; figures and single letters are left out.
    pub fn new(counts: impl IntoIterator<Item = (String, u32)>) -> Syllabary {
        let mut groups: BTreeMap<String, Vec<(String, u32)>> = BTreeMap::new();
        let mut total = 0.0;
        let mut all: BTreeMap<String, u32> = BTreeMap::new();
        let speech = Speech::shipped().single.iter();
        let speech = speech.map(|(syllable, count)| ((*syllable).to_owned(), SPEECH * count));
        for (syllable, count) in counts.into_iter().chain(speech) {
            let known = all.entry(syllable).or_default();
            *known = known.saturating_add(count);
        }
        for (syllable, count) in all {
            let length = syllable.chars().count();
            if syllable.chars().all(char::is_alphabetic) && length <= 7 && count > 0 {
                total += f64::from(count);
                groups.entry(fold(&syllable)).or_default().push((syllable, count));
            }
        }
        for forms in groups.values_mut() {
            forms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            // A form that is a thousand times as rare as the first is a slip of some text.
            let least = forms[0].1 / 1000;
            forms.retain(|(_, count)| *count > least);
            forms.truncate(FORMS);
        }
        Syllabary { forms: groups.into_iter().collect(), total: total.max(1.0) }
    }

    /// Whether it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// The likeliest reading of a text, by Viterbi over syllables and their pairs (`pair` tells how often
    /// two marked syllables in lower case stand side by side). Figures, separators and what is not known
    /// stay; so do marks that were typed, unless no text has the syllable.
    pub fn restore(&self, text: &str, mut pair: impl FnMut(&str, &str) -> u32) -> String {
        let tokens = syllables(text);
        if tokens.is_empty() || self.is_empty() {
            return text.to_owned();
        }
        let marked =
            tokens.iter().filter(|token| token.text.chars().any(letters::is_marked)).count();
        let share = marked as f64 / tokens.len() as f64;
        // Some two thirds of all syllables bear marks: where half do, those without are meant so.
        let meant = (share < 0.5).then_some(if share >= 0.12 { 1.0 } else { 0.0 });
        let columns: Vec<Vec<Candidate>> = tokens
            .iter()
            .enumerate()
            .map(|(i, token)| match i < MOST {
                true => self.candidates(token.text, meant),
                false => vec![as_typed(token.text)],
            })
            .collect();
        let speech = Speech::shipped();
        let mut key = String::new();
        let mut together = |a: &str, b: &str| {
            key.clear();
            key.extend([a, " ", b]);
            pair(a, b).saturating_add(SPEECH * speech.together(&key))
        };
        let chosen = self.best(&columns, &mut together);
        let mut out = String::with_capacity(text.len() + tokens.len());
        let mut from = 0;
        for (token, (column, &pick)) in tokens.iter().zip(columns.iter().zip(&chosen)) {
            let read = &column[pick].text;
            out.push_str(text.get(from..token.span.start).unwrap_or_default());
            let same = normalize(token.text).to_lowercase() == *read;
            out.push_str(if same { token.text } else { read });
            from = token.span.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// Whether a folded syllable is known.
    fn knows(&self, folded: &str) -> bool {
        self.forms.contains_key(folded)
    }

    fn candidates(&self, typed: &str, meant: Option<f64>) -> Vec<Candidate> {
        let lower = normalize(typed).to_lowercase();
        if !lower.chars().all(char::is_alphabetic) || lower.chars().count() < 2 && lower != "o" {
            return vec![as_typed(typed)];
        }
        let folded = fold(&lower);
        let is_marked = lower != folded;
        let forms = self.forms.get(&folded).map_or(&[][..], Vec::as_slice);
        let known = forms.iter().find(|(form, _)| *form == lower);
        if let Some((form, count)) = known.filter(|_| is_marked || meant.is_none()) {
            return vec![Candidate { text: form.clone(), bonus: 0.0, count: *count }];
        }
        let mut found: Vec<Candidate> = forms
            .iter()
            .map(|(form, count)| {
                let bonus = if *form == lower { meant.unwrap_or_default() } else { 0.0 };
                Candidate { text: form.clone(), bonus, count: *count }
            })
            .collect();
        let knows_enough = self.forms.len() >= ENOUGH;
        if found.is_empty()
            && knows_enough
            && let Some(parts) = self.apart(&folded)
        {
            return vec![Candidate { text: parts, bonus: 0.0, count: 1 }];
        }
        let foreign = folded.contains(['f', 'j', 'w', 'z']) || folded.len() > 7;
        if found.is_empty() && knows_enough && folded.len() >= 3 && !foreign {
            found = self.slips(&folded, &lower);
        }
        if found.is_empty() || known.is_none() && !is_marked {
            found.push(as_typed(typed));
        }
        found
    }

    /// Two or three known syllables that were run together: "khaisinh".
    fn apart(&self, folded: &str) -> Option<String> {
        if folded.len() < 5 || folded.len() > 18 || !folded.is_ascii() {
            return None;
        }
        let count = |part: &str| {
            let forms = self.forms.get(part)?;
            let sum: u32 = forms.iter().map(|(_, count)| count).sum();
            (part.len() >= 2).then_some(f64::from(sum))
        };
        let mut best: Option<(f64, String)> = None;
        let mut keep = |score: f64, text: String| {
            if best.as_ref().is_none_or(|(least, _)| score > *least) {
                best = Some((score, text));
            }
        };
        for cut in 2..folded.len() - 1 {
            let (head, tail) = folded.split_at(cut);
            let Some(first) = count(head) else { continue };
            if let Some(second) = count(tail) {
                keep(first.min(second), format!("{head} {tail}"));
            }
            for next in 2..tail.len().saturating_sub(1) {
                let (middle, last) = tail.split_at(next);
                if let (Some(second), Some(third)) = (count(middle), count(last)) {
                    // Three pieces are likelier by chance.
                    keep(first.min(second).min(third) / 50.0, format!("{head} {middle} {last}"));
                }
            }
        }
        // Rare syllables fit anything.
        best.filter(|(score, _)| *score * 20_000.0 > self.total).map(|(_, text)| text)
    }

    /// Known syllables one key away: a letter too much, too few, another, or two exchanged.
    fn slips(&self, folded: &str, lower: &str) -> Vec<Candidate> {
        let letters: Vec<char> = folded.chars().collect();
        let mut near: Vec<String> = Vec::new();
        let mut add = |word: Vec<char>| {
            let word: String = word.into_iter().collect();
            if word.len() >= 2 && self.knows(&word) && !near.contains(&word) {
                near.push(word);
            }
        };
        for i in 0..=letters.len() {
            let with = |letter: char, skip: usize| -> Vec<char> {
                let tail = letters.get(i + skip..).unwrap_or_default();
                letters[..i].iter().chain([&letter]).chain(tail).copied().collect()
            };
            if i < letters.len() {
                add(letters[..i].iter().chain(&letters[i + 1..]).copied().collect());
            }
            if i + 1 < letters.len() {
                let mut swapped = letters.clone();
                swapped.swap(i, i + 1);
                add(swapped);
            }
            for letter in 'a'..='z' {
                add(with(letter, 0));
                if i < letters.len() {
                    add(with(letter, 1));
                }
            }
        }
        let marks = |text: &str| text.chars().filter(|&c| letters::is_marked(c)).count();
        let mut found: Vec<Candidate> = Vec::new();
        for word in near {
            for (form, count) in &self.forms[&word] {
                // Marks that were typed are likely meant.
                let shared =
                    form.chars().filter(|c| letters::is_marked(*c) && lower.contains(*c)).count();
                let bonus =
                    SLIP + 2.0 * shared as f64 - 1.5 * marks(form).abs_diff(marks(lower)) as f64;
                found.push(Candidate { text: form.clone(), bonus, count: *count });
            }
        }
        let weight = |it: &Candidate| f64::from(it.count).ln() + it.bonus;
        found.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| a.text.cmp(&b.text)));
        found.truncate(FORMS);
        found
    }

    fn best(
        &self,
        columns: &[Vec<Candidate>],
        pair: &mut impl FnMut(&str, &str) -> u32,
    ) -> Vec<usize> {
        let alone = |it: &Candidate| (f64::from(it.count) + 0.1) / self.total;
        let mut scores: Vec<f64> = columns[0].iter().map(|it| alone(it).ln() + it.bonus).collect();
        let mut back: Vec<Vec<usize>> = vec![Vec::new()];
        for (before, column) in columns.iter().zip(&columns[1..]) {
            let mut next = Vec::with_capacity(column.len());
            let mut from = Vec::with_capacity(column.len());
            for it in column {
                let mut best = (f64::NEG_INFINITY, 0);
                for (i, previous) in before.iter().enumerate() {
                    // Where neither has a choice, nothing is to be weighed.
                    let certain = before.len() == 1 && column.len() == 1;
                    let together = if certain { 0 } else { pair(&previous.text, &it.text) };
                    let given = (f64::from(together) + BACK_OFF * alone(it))
                        / (f64::from(previous.count) + BACK_OFF);
                    let score = scores[i] + given.ln();
                    if score > best.0 {
                        best = (score, i);
                    }
                }
                next.push(best.0 + it.bonus);
                from.push(best.1);
            }
            scores = next;
            back.push(from);
        }
        let mut at = (0..scores.len())
            .max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        let mut path = vec![0; columns.len()];
        for i in (0..columns.len()).rev() {
            path[i] = at;
            if i > 0 {
                at = back[i][at];
            }
        }
        path
    }
}

fn as_typed(typed: &str) -> Candidate {
    Candidate { text: normalize(typed).to_lowercase(), bonus: UNKNOWN, count: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "đăng ký khai sinh cho con. đăng ký tạm trú tại công an xã. mất bao nhiêu tiền. \
        không phải nộp lệ phí. khai báo tạm vắng. được cấp giấy khai sinh. tạm vắng. không được. \
        con trai mất tích. cơn bão. dang dở. không mất tiền. không. không. đăng ký. khai sinh.";

    fn read(text: &str) -> String {
        let mut single: HashMap<String, u32> = HashMap::new();
        let mut pairs: HashMap<(String, String), u32> = HashMap::new();
        for sentence in TEXT.split(". ") {
            let words: Vec<String> =
                syllables(sentence).iter().map(|it| it.text.to_owned()).collect();
            for word in &words {
                *single.entry(word.clone()).or_default() += 10;
            }
            for two in words.windows(2) {
                *pairs.entry((two[0].clone(), two[1].clone())).or_default() += 10;
            }
        }
        // The rest of a language.
        let letters = || 'a'..='z';
        let rest = letters().flat_map(|a| letters().map(move |b| (format!("w{a}{b}w"), 100)));
        let more = letters().flat_map(|a| letters().map(move |b| (format!("x{a}{b}x"), 100)));
        let syllabary = Syllabary::new(single.into_iter().chain(rest).chain(more));
        syllabary
            .restore(text, |a, b| pairs.get(&(a.to_owned(), b.to_owned())).copied().unwrap_or(0))
    }

    #[test]
    fn the_likeliest_reading_is_found() {
        for (typed, expect) in [
            ("dang ky khai sinh cho con", "đăng ký khai sinh cho con"),
            ("dang ky tam trú", "đăng ký tạm trú"),
            ("khogn phải nộp", "không phải nộp"),
            ("khai báo tạm vắg", "khai báo tạm vắng"),
            ("đựoc cấp giấy", "được cấp giấy"),
            ("dangky khaisinh", "dang ky khai sinh"),
            ("con 15 tháng, 8.000 đ", "con 15 tháng, 8.000 đ"),
            ("cơn bão", "cơn bão"),
            ("", ""),
            ("hello", "hello"),
        ] {
            assert_eq!(read(typed), expect, "{typed}");
        }
    }
}
