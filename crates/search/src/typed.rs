//! A question as it was typed, and as it is read: short forms written out, marks restored, slips mended, law's
//! words for everyday ones.

use law::Library;
use viet::Syllabary;

use crate::error::Result;
use crate::lexical::Lexical;

/// A question in the readings that are searched together; none is trusted alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// As typed, in clean form.
    pub raw: String,
    /// With short forms written out, marks restored and slips mended; equal to `raw` where nothing was.
    pub text: String,
    /// Law's words for the everyday words in it.
    pub in_law: Vec<String>,
    /// Whether it was typed without marks.
    pub unmarked: bool,
}

/// Reads a question. `words` is the index whose syllables and pairs are the model of the language.
pub(crate) fn read(library: &Library, syllabary: &Syllabary, words: &Lexical, raw: &str) -> Typed {
    let lexicon = library.lexicon();
    let unmarked = !viet::has_marks(raw);
    // Capitals are read as small letters: the model of meaning was taught those.
    let small = raw.chars().filter(|c| c.is_lowercase()).count();
    let large = raw.chars().filter(|c| c.is_uppercase()).count();
    let lower = if large > 2 * small { raw.to_lowercase() } else { raw.to_owned() };
    let spelled = lexicon.spell_out(&lower);
    let text = syllabary.restore(&spelled, |a, b| words.together(a, b));
    let in_law = lexicon.in_law(&text).into_iter().map(str::to_owned).collect();
    Typed { raw: raw.to_owned(), text, in_law, unmarked }
}

/// The syllables of an index.
pub(crate) fn syllabary(words: &Lexical) -> Result<Syllabary> {
    Ok(Syllabary::new(words.syllables()?))
}
