//! Prose of a model: cut into sentences as it comes, each kept only if it holds.

use crate::answer::Source;
use crate::check::{Fault, apt, check, cited, whole, without_marks};

/// A sentence that holds, with the numbers of the sources that say it.
///
/// # Errors
/// Why it does not hold.
pub(crate) fn hold(sentence: &str, question: &str, sources: &[Source]) -> Result<String, Fault> {
    let sentence = whole(sentence);
    let numbers = check(&sentence, sources)?;
    apt(&sentence, question, sources)?;
    if cited(&sentence) == numbers {
        return Ok(sentence);
    }
    let bare = without_marks(&sentence);
    let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
    let end = bare.trim_end().trim_end_matches(['.', '!', '?', ';']);
    Ok(format!("{end} {marks}."))
}

/// Prose as it comes in, cut into sentences.
#[derive(Default)]
pub(crate) struct Sentences {
    text: String,
    given: usize,
}

impl Sentences {
    pub(crate) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Sentences that are whole by now; at the end the rest, unless it was cut off by the token limit.
    pub(crate) fn whole(&mut self, ended: bool) -> Vec<String> {
        let rest = &self.text[self.given..];
        let mut sentences: Vec<&str> = viet::sentences(rest);
        let finished = |sentence: &str| sentence.ends_with(['.', '!', '?', ';', ']']);
        if !ended || sentences.last().is_some_and(|last| !finished(last)) {
            sentences.pop();
        }
        let Some(last) = sentences.last() else { return Vec::new() };
        // Each sentence is a slice of the text, so its end tells how far the text is used up.
        let end = last.as_ptr() as usize + last.len() - rest.as_ptr() as usize;
        let whole: Vec<String> = sentences.iter().map(|sentence| (*sentence).to_owned()).collect();
        self.given += end;
        whole.into_iter().filter(|sentence| viet::syllables(sentence).len() > 2).collect()
    }
}
