//! How people ask: how often syllables and pairs of them stand in questions that were typed with all their marks.
//! Law's own texts say "tội" and "máy" where people mean "tôi" and "mấy". Counted by `khue fit speech`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Counts of syllables and pairs, in lower case with their marks.
#[derive(Debug, Default)]
pub(crate) struct Speech {
    /// Syllables, in the order of the file.
    pub(crate) single: Vec<(&'static str, u32)>,
    pairs: HashMap<&'static str, u32>,
}

impl Speech {
    /// The counts that ship with the program.
    pub(crate) fn shipped() -> &'static Speech {
        static SHIPPED: LazyLock<Speech> = LazyLock::new(|| read(include_str!("../speech.tsv")));
        &SHIPPED
    }

    /// How often two syllables stand side by side.
    pub(crate) fn together(&self, pair: &str) -> u32 {
        self.pairs.get(pair).copied().unwrap_or(0)
    }
}

/// Lines of a syllable or a pair, a tab, and its count.
fn read(text: &'static str) -> Speech {
    let mut speech = Speech::default();
    for line in text.lines() {
        let Some((words, count)) = line.split_once('\t') else { continue };
        let Ok(count) = count.parse() else { continue };
        match words.contains(' ') {
            true => _ = speech.pairs.insert(words, count),
            false => speech.single.push((words, count)),
        }
    }
    speech
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_what_law_does_not() {
        let speech = Speech::shipped();
        assert!(speech.single.len() > 1000);
        assert!(speech.together("mấy ngày") > speech.together("máy ngày"));
        assert!(speech.together("mẹ vợ") > 0);
    }
}
