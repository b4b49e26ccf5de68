//! A text as typed beside its clean form, each byte of the one leading to the other.

use std::ops::Range;

/// Both forms.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    text: String,
    clean: String,
    /// Byte of the text as typed for each byte of the clean form, and one more for its end.
    back: Vec<u32>,
}

impl Typed {
    pub(super) fn new(text: &str) -> Typed {
        let mut clean = String::with_capacity(text.len());
        let mut back: Vec<u32> = Vec::with_capacity(text.len() + 1);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if viet::clean(line) == line {
                back.extend((at..at + line.len()).map(|i| i as u32));
                clean.push_str(line);
            } else {
                for (start, cluster) in clusters(line) {
                    let kept = viet::clean(cluster);
                    back.extend(std::iter::repeat_n((at + start) as u32, kept.len()));
                    clean.push_str(&kept);
                }
            }
            at += line.len();
        }
        back.push(text.len() as u32);
        Typed { text: text.to_owned(), clean, back }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn clean(&self) -> &str {
        &self.clean
    }

    /// Words as typed at a clean range, and their characters.
    pub(super) fn at(&self, span: &Range<usize>) -> (&str, [usize; 2]) {
        let byte = |at: usize| self.back[at.min(self.back.len() - 1)] as usize;
        // Blanks stand for letters of several bytes: a span may begin inside one.
        let down = |at: usize| (0..=at).rev().find(|&i| self.text.is_char_boundary(i)).unwrap_or(0);
        let start = down(byte(span.start));
        let range = start..down(byte(span.end)).max(start);
        let words = self.text.get(range.clone()).unwrap_or_default();
        let start = self.text[..range.start].chars().count();
        (words, [start, start + words.chars().count()])
    }

    /// Puts blanks in place of clean words; what was typed there stays.
    pub(super) fn blank(&mut self, spans: &[Range<usize>]) {
        for span in spans {
            let blanks = " ".repeat(span.len());
            self.clean.replace_range(span.clone(), &blanks);
        }
    }

    pub(super) fn clean_range(&self, span: &Range<usize>) -> Range<usize> {
        let clean = |at: usize| {
            let mut i = self.back.partition_point(|&there| (there as usize) < at);
            while !self.clean.is_char_boundary(i.min(self.clean.len())) {
                i += 1;
            }
            i.min(self.clean.len())
        };
        clean(span.start)..clean(span.end)
    }
}

/// Letters with the marks that follow them.
fn clusters(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_mark = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    let starts: Vec<usize> =
        line.char_indices().filter(|(i, c)| *i == 0 || !is_mark(*c)).map(|(i, _)| i).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([line.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| (start, &line[start..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_found_behind_its_clean_form() {
        // Decomposed letters, an Icelandic Ð, a zero-width blank.
        let text = "Phường Ngh\u{129}a Ðô\ntru\u{323} sơ\u{309} A\u{200b}B\n";
        let typed = Typed::new(text);
        assert_eq!(typed.clean(), "Phường Nghĩa Đô\ntrụ sở AB\n");
        for (clean, expect) in
            [("Đô", "Ðô"), ("trụ sở", "tru\u{323} sơ\u{309}"), ("Nghĩa", "Ngh\u{129}a")]
        {
            let at = typed.clean().find(clean).unwrap();
            let (words, [start, end]) = typed.at(&(at..at + clean.len()));
            assert_eq!(words, expect);
            let chars: String = text.chars().skip(start).take(end - start).collect();
            assert_eq!(chars, expect);
        }
        let at = text.find("sơ").unwrap();
        assert_eq!(
            typed.clean_range(&(at..at + 5)),
            typed.clean().find("sở").map(|i| i..i + 4).unwrap()
        );
    }
}
