//! Whether a word could be a Vietnamese syllable: how readings of unknown bytes are compared.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::letters;

const ONSETS: [&str; 28] = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh",
    "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x",
];

/// Everything that can follow the first consonants, without tone.
const RIMES: &str = "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu \
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong \
    ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un \
    ung uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyt uyp uyu uơ ư ưa ưc ưi ưm ưn ưng ươc \
    ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ych ynh yt";

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| RIMES.split_whitespace().collect());

/// Longer words are no syllables: "nghiêng" has seven letters.
const LONGEST: usize = 7;

/// Whether the word, in any case and in NFC, is spelled like a Vietnamese syllable.
pub(super) fn is_syllable(word: &str) -> bool {
    let mut bare = String::new();
    let mut tone = None;
    for (at, letter) in word.chars().enumerate() {
        if at == LONGEST {
            return false;
        }
        let (base, its_tone) = letters::split(letter).unwrap_or((letter, 0));
        if its_tone > 0 && tone.is_some() {
            return false;
        }
        tone = tone.or((its_tone > 0).then_some((at, its_tone)));
        bare.extend(base.to_lowercase());
    }
    // Syllables closed by a stop carry sắc or nặng only.
    let stopped = ["c", "ch", "p", "t"].iter().any(|stop| bare.ends_with(stop));
    if stopped && !matches!(tone, Some((_, 4 | 5))) {
        return false;
    }
    ONSETS.iter().any(|onset| {
        let rime =
            bare.strip_prefix(onset).filter(|rime| KNOWN.contains(rime) && agrees(onset, rime));
        rime.is_some_and(|rime| {
            tone.is_none_or(|(at, _)| carries_tone(rime, at, onset.chars().count()))
        })
    })
}

/// Some consonants are written in two ways, by the vowel that follows.
fn agrees(onset: &str, rime: &str) -> bool {
    let front = rime.starts_with(['e', 'ê', 'i', 'y']);
    match onset {
        "k" | "gh" | "ngh" => front,
        "c" | "ng" => !front,
        "g" => !rime.starts_with(['e', 'ê', 'y']),
        "qu" => !rime.starts_with(['o', 'u', 'ư']),
        _ => true,
    }
}

/// Whether the tone at letter `at` of the word stands on the right vowel, in either placement.
/// "xaõ" would be a syllable but for this, and is VNI for "xã".
fn carries_tone(rime: &str, at: usize, onset: usize) -> bool {
    let Some(at) = at.checked_sub(onset) else {
        return false;
    };
    let vowels: Vec<char> =
        rime.chars().take_while(|&letter| letters::split(letter).is_some()).collect();
    if let Some(shaped) = vowels.iter().rposition(|letter| !letter.is_ascii()) {
        return at == shaped;
    }
    let closed = vowels.len() < rime.chars().count();
    match vowels.len() {
        2 if closed => at == 1,
        2 => at == 0 || (at == 1 && matches!(rime, "oa" | "oe" | "uy")),
        3 => at == 1,
        _ => at == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_syllables_from_other_words() {
        for word in
            "Việt Nam nghiêng quyết định Giấy gì già quốc Ủy ủy hòa hoà khuỷu đường yêu oan ở"
                .split(' ')
        {
            assert!(is_syllable(word), "{word}");
        }
        for word in
            "ngế cẻ kó quục xaõ caùc nhaø taï élève français été très café für Noël õäc hßa Néi coäng xaõ đât lạmm w x·".split(' ')
        {
            assert!(!is_syllable(word), "{word}");
        }
    }

    #[test]
    fn knows_the_syllables_of_the_law() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/lang/syllables_legal.tsv");
        let Ok(table) = std::fs::read_to_string(path) else {
            println!("skipped: no {path}");
            return;
        };
        let (mut known, mut all) = (0.0, 0.0);
        for (word, count) in table.lines().filter_map(|line| line.split_once('\t')) {
            let count: f64 = count.parse().unwrap();
            if !word.is_ascii() {
                all += count;
                known += if is_syllable(word) { count } else { 0.0 };
            }
        }
        println!("{:.4} of the marked syllables in legal texts are known", known / all);
        assert!(known / all > 0.99);
    }
}
