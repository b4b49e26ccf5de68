//! Procedures by what people call them: official and short names, everyday names, situations. Pure.
//!
//! Words weigh by how few procedures use them, so that "giấy", "đăng ký" prove little and "chứng sinh" much.

use std::collections::{HashMap, HashSet};

use law::{Library, Procedure};

/// How well a procedure's names fit a question; each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fit {
    /// Share of the best saying that stands in the question.
    pub said: f32,
    /// Share of the question's telling words that this saying holds.
    pub said_covers: f32,
    /// Share of the official or short name that stands in the question.
    pub named: f32,
    /// Share of the question's telling words that any of its names holds.
    pub covers: f32,
}

/// The names of all procedures of a library.
#[derive(Debug, Default)]
pub struct Names {
    /// Weight of each syllable, by its number.
    weights: Vec<f32>,
    numbers: HashMap<String, u32>,
    /// Sayings that hold a syllable.
    holding: Vec<Vec<u32>>,
    phrases: Vec<Phrase>,
    /// Syllables of all names of a procedure, sorted.
    words: Vec<Vec<u32>>,
}

#[derive(Debug)]
struct Phrase {
    procedure: u32,
    /// Whether it is the official or the short name.
    name: bool,
    syllables: Vec<u32>,
    weight: f32,
    pairs: f32,
}

/// Syllables that tell nothing of what somebody needs, folded and sorted: persons, politeness, questions, and
/// what is asked of any procedure.
const SILENT: &[&str] = &[
    "a", "ai", "an", "anh", "ap", "ban", "bao", "bi", "boi", "cac", "can", "chi", "cho", "chu",
    "chua", "co", "con", "cu", "cua", "cung", "da", "dang", "dau", "day", "de", "di", "dung",
    "duoc", "em", "gi", "gio", "giup", "ha", "hay", "het", "hoac", "hoi", "khi", "khong", "la",
    "lam", "lau", "luc", "ma", "minh", "moi", "mot", "muon", "nao", "nay", "nen", "ngay", "nhe",
    "nhieu", "nhu", "nhung", "o", "oi", "phai", "qua", "ra", "rang", "roi", "sao", "sau", "se",
    "tai", "the", "theo", "thi", "thu", "toi", "trong", "tu", "tuc", "va", "vay", "ve", "voi",
    "xin", "xong",
];

/// Whether a folded syllable tells nothing of what somebody needs.
pub fn silent(syllable: &str) -> bool {
    SILENT.binary_search(&syllable).is_ok()
}

/// A question as the names see it.
struct Asked {
    /// Telling syllables, each once.
    telling: Vec<(Option<u32>, f32)>,
    all: HashSet<u32>,
    pairs: HashSet<(u32, u32)>,
    weight: f32,
}

impl Names {
    /// Reads the names of a library's procedures.
    pub fn new(library: &Library) -> Names {
        let mut names = Names::default();
        for (i, procedure) in library.procedures().iter().enumerate() {
            let mut words = Vec::new();
            for (name, phrase) in phrases(procedure) {
                let folded = viet::fold(phrase);
                let syllables: Vec<u32> =
                    viet::syllables(&folded).iter().map(|it| names.number(it.text)).collect();
                words.extend_from_slice(&syllables);
                names.phrases.push(Phrase {
                    procedure: i as u32,
                    name,
                    syllables,
                    weight: 0.0,
                    pairs: 0.0,
                });
            }
            words.sort_unstable();
            words.dedup();
            names.words.push(words);
        }
        let all = names.words.len() as f32;
        let mut used = vec![0.0_f32; names.weights.len()];
        for &word in names.words.iter().flatten() {
            used[word as usize] += 1.0;
        }
        for (word, &number) in &names.numbers {
            let weight = (1.0 + all / used[number as usize].max(1.0)).ln();
            names.weights[number as usize] = if silent(word) { 0.1 * weight } else { weight };
        }
        names.holding = vec![Vec::new(); names.weights.len()];
        for (at, phrase) in names.phrases.iter_mut().enumerate() {
            let mut once = phrase.syllables.clone();
            once.sort_unstable();
            once.dedup();
            phrase.weight = once.iter().map(|&word| names.weights[word as usize]).sum();
            phrase.pairs =
                pairs(&phrase.syllables).map(|pair| pair_weight(&names.weights, pair)).sum();
            for word in once {
                names.holding[word as usize].push(at as u32);
            }
        }
        names
    }

    fn number(&mut self, syllable: &str) -> u32 {
        if let Some(&number) = self.numbers.get(syllable) {
            return number;
        }
        let number = self.weights.len() as u32;
        self.numbers.insert(syllable.to_owned(), number);
        self.weights.push(0.0);
        number
    }

    /// How telling a folded syllable is; one that no name holds is most telling.
    pub fn weight(&self, syllable: &str) -> f32 {
        match self.numbers.get(syllable) {
            Some(&number) => self.weights[number as usize],
            None if silent(syllable) => 0.1,
            None => (1.0 + self.words.len() as f32).ln(),
        }
    }

    /// How the procedures fit a question, by their index in the library; those that share no telling word
    /// with it are left out.
    pub fn fits(&self, question: &str) -> HashMap<usize, Fit> {
        let asked = self.read(question);
        let mut found: HashMap<u32, f32> = HashMap::new();
        for (word, weight) in
            asked.telling.iter().filter_map(|(word, weight)| word.map(|it| (it, *weight)))
        {
            for &phrase in &self.holding[word as usize] {
                *found.entry(phrase).or_default() += weight;
            }
        }
        let mut fits: HashMap<usize, (Fit, f32)> = HashMap::new();
        for (at, weight) in found {
            let phrase = &self.phrases[at as usize];
            // Most phrases share a common word only.
            if weight < 0.15 * phrase.weight && weight < 0.3 * asked.weight {
                continue;
            }
            let silent: f32 = phrase
                .syllables
                .iter()
                .filter(|word| asked.all.contains(*word))
                .map(|&word| self.weights[word as usize])
                .filter(|weight| *weight < 0.8)
                .sum();
            let loose = ((weight + silent).min(phrase.weight) / phrase.weight.max(0.1)).min(1.0);
            let together: f32 = pairs(&phrase.syllables)
                .filter(|pair| asked.pairs.contains(pair))
                .map(|pair| pair_weight(&self.weights, pair))
                .sum();
            let tight = if phrase.pairs > 0.0 { together / phrase.pairs } else { loose };
            let share = 0.5 * (loose + tight);
            let covers = (weight / asked.weight.max(0.1)).min(1.0);
            let (fit, best) = fits.entry(phrase.procedure as usize).or_default();
            if phrase.name {
                fit.named = fit.named.max(share);
            }
            // A saying that fits wholly and says much of the question is best.
            let value = share * (0.5 + covers);
            if value > *best {
                *best = value;
                (fit.said, fit.said_covers) = (share, covers);
            }
        }
        for (procedure, (fit, _)) in &mut fits {
            fit.covers = held(&asked, &self.words[*procedure]) / asked.weight.max(0.1);
        }
        fits.into_iter().map(|(at, (fit, _))| (at, fit)).collect()
    }

    /// How well the best name or saying of any procedure fits a text and its names cover it, 0 to 1.
    pub fn best(&self, text: &str) -> f32 {
        let fits = self.fits(text).into_values();
        fits.map(|fit| fit.said.max(fit.named) * fit.covers).fold(0.0, f32::max)
    }

    /// Share of the telling words of a text that a procedure's names hold; 1 for a text without any.
    pub fn holds(&self, procedure: usize, text: &str) -> f32 {
        let asked = self.read(text);
        match self.words.get(procedure) {
            Some(words) if asked.weight > 0.0 => held(&asked, words) / asked.weight,
            _ => 1.0,
        }
    }

    fn read(&self, question: &str) -> Asked {
        let folded = viet::fold(question);
        let syllables = viet::syllables(&folded);
        let numbers: Vec<Option<u32>> =
            syllables.iter().map(|it| self.numbers.get(it.text).copied()).collect();
        let mut telling: Vec<(Option<u32>, f32)> = Vec::new();
        let mut seen = HashSet::new();
        for (token, number) in syllables.iter().zip(&numbers) {
            let figures = token.text.bytes().all(|byte| byte.is_ascii_digit());
            if !silent(token.text) && !figures && seen.insert(token.text) {
                telling.push((*number, self.weight(token.text)));
            }
        }
        let weight = telling.iter().map(|(_, weight)| weight).sum();
        let pairs = numbers.windows(2).filter_map(|pair| Some((pair[0]?, pair[1]?))).collect();
        Asked { telling, all: numbers.into_iter().flatten().collect(), pairs, weight }
    }
}

/// Weight of the telling words that are among some.
fn held(asked: &Asked, words: &[u32]) -> f32 {
    let known = |word: &Option<u32>| word.is_some_and(|word| words.binary_search(&word).is_ok());
    asked.telling.iter().filter(|(word, _)| known(word)).map(|(_, weight)| weight).sum()
}

fn pairs(syllables: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    syllables.windows(2).map(|pair| (pair[0], pair[1]))
}

fn pair_weight(weights: &[f32], (a, b): (u32, u32)) -> f32 {
    weights[a as usize] + weights[b as usize]
}

fn phrases(procedure: &Procedure) -> impl Iterator<Item = (bool, &str)> {
    let names = [procedure.name.as_str(), procedure.short.as_str()].map(|name| (true, name));
    let events = procedure.events.iter().flat_map(|event| event.said.iter().chain([&event.name]));
    let said = procedure.aliases.iter().chain(&procedure.said).chain(events);
    let said = said.map(|said| (false, said.as_str()));
    names.into_iter().chain(said).filter(|(_, name)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_best_name_counts_and_common_words_prove_little() {
        let record = |code: &str, name: &str, said: &[&str]| Procedure {
            code: code.into(),
            name: name.into(),
            said: said.iter().map(|it| (*it).to_owned()).collect(),
            ..Procedure::default()
        };
        let records = vec![
            record("1", "Đăng ký khai sinh", &["vợ mới đẻ"]),
            record("2", "Đăng ký lại khai sinh", &["sổ gốc bị cháy"]),
            record("3", "Đăng ký kết hôn", &[]),
        ];
        let library = Library::new(vec![], records, Arc::new(HashMap::new()));
        let names = Names::new(&library);
        let fits = names.fits("vợ em mới đẻ hôm qua, đăng ký khai sinh thế nào");
        assert!(fits[&0].named > 0.99 && fits[&0].named > fits[&1].named, "{fits:?}");
        let fits = names.fits("so goc bi chay het roi");
        assert!(fits[&1].said > 0.9 && !fits.contains_key(&2), "{fits:?}");
        assert!(names.fits("thời tiết").is_empty());
        let mut sorted = SILENT.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, SILENT);
    }
}
