//! Spelling: check 34. Doubled words, syllables that no text puts beside these neighbours, letters of other alphabets
//! and letters typed apart from their marks (NĐ 30/2020/NĐ-CP phụ lục I: TCVN 6909:2001, Unicode).

use std::ops::Range;

use crate::case::{Case, Found};
use crate::draft::lines_in;

/// Words that are rightly doubled (từ láy).
const TWICE: [&str; 40] = [
    "luôn",
    "dần",
    "ngày",
    "người",
    "nhà",
    "đời",
    "từ",
    "xa",
    "thường",
    "chuyên",
    "mãi",
    "ngành",
    "vừa",
    "cùng",
    "rất",
    "hằng",
    "nơi",
    "đêm",
    "tháng",
    "năm",
    "lần",
    "sâu",
    "xanh",
    "đều",
    "gần",
    "nhanh",
    "chậm",
    "thật",
    "tầng",
    "lớp",
    "hàng",
    "trùng",
    "khăng",
    "rành",
    "oang",
    "ầm",
    "chốn",
    "muôn",
    "ba",
    "bà",
];

/// Words that are never doubled, however often copies of the law have them so.
const PARTICLES: [&str; 25] = [
    "được", "và", "các", "của", "theo", "tại", "cho", "là", "có", "không", "trong", "với", "về",
    "đến", "những", "này", "phải", "bị", "do", "khi", "để", "thì", "hoặc", "bằng", "như",
];

/// Fewest texts in which a pair must stand for its slip to be one.
const USUAL: u32 = 40;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    for piece in &case.draft.pieces {
        for span in [piece.line.clone(), piece.body.clone()] {
            for (line, words) in lines_in(case.draft.clean(), span) {
                if case.draft.recipients.as_ref().is_some_and(|it| it.contains(&line.start)) {
                    continue;
                }
                doubled(case, &line, words, found);
                misspelled(case, &line, words, found);
            }
        }
    }
    mixed(case, found);
}

fn doubled(case: &Case<'_>, line: &Range<usize>, words: &str, found: &mut Found) {
    let tokens = viet::syllables(words);
    let lower: Vec<String> = tokens.iter().map(|it| it.text.to_lowercase()).collect();
    for (i, pair) in lower.windows(2).enumerate() {
        let letters = pair[0].chars().all(char::is_alphabetic);
        let between = &words[tokens[i].span.end..tokens[i + 1].span.start];
        // "Đảng ủy Ủy ban": the second begins another name.
        let name = tokens[i + 1].text.starts_with(char::is_uppercase);
        // "phân khu khu vực": the end of one word and the beginning of another.
        let beside = |a: usize, b: usize| {
            lower.get(a).zip(lower.get(b)).is_some_and(|(a, b)| case.usage.pair(a, b) >= USUAL)
        };
        let two_words = i > 0 && beside(i - 1, i) && beside(i + 1, i + 2);
        if pair[0] == pair[1]
            && letters
            && between.trim().is_empty()
            && !name
            && !TWICE.contains(&pair[0].as_str())
            && (PARTICLES.contains(&pair[0].as_str())
                || !two_words && case.usage.pair(&pair[0], &pair[1]) < USUAL)
        {
            let from = i.saturating_sub(1);
            let to = (i + 2).min(tokens.len() - 1);
            let span = line.start + tokens[from].span.start..line.start + tokens[to].span.end;
            case.find(34, "doubled", span).value("word", tokens[i].text).put(found);
        }
    }
    phrases(case, line, words, &tokens, &lower, found);
}

/// "UBND Ủy ban nhân dân", "Ủy ban nhân dân Ủy ban nhân dân": a name twice over.
fn phrases(
    case: &Case<'_>,
    line: &Range<usize>,
    words: &str,
    tokens: &[viet::Token<'_>],
    lower: &[String],
    found: &mut Found,
) {
    for (short, long) in [("ubnd", "ủy ban nhân dân"), ("hđnd", "hội đồng nhân dân")] {
        let long: Vec<&str> = long.split(' ').collect();
        for i in 0..lower.len() {
            let at = |from: usize| {
                (0..long.len())
                    .all(|k| lower.get(from + k).is_some_and(|it| viet::normalize(it) == long[k]))
            };
            let twice = lower[i] == short && at(i + 1) || at(i) && at(i + long.len());
            let end = if lower[i] == short { i + long.len() } else { i + 2 * long.len() - 1 };
            if twice && end < tokens.len() {
                let gap = &words[tokens[i].span.end..tokens[i + 1].span.start];
                if gap.trim().is_empty() {
                    let span = line.start + tokens[i].span.start..line.start + tokens[end].span.end;
                    case.find(34, "doubled", span).value("word", long.join(" ")).put(found);
                }
            }
        }
    }
}

/// A syllable that no text puts beside its neighbours, where one with other marks or one other letter is usual beside
/// both.
fn misspelled(case: &Case<'_>, line: &Range<usize>, words: &str, found: &mut Found) {
    let tokens = viet::syllables(words);
    let lower: Vec<String> =
        tokens.iter().map(|it| viet::normalize(it.text).to_lowercase()).collect();
    let plain = |i: usize| {
        tokens.get(i).is_some_and(|it| {
            it.text.chars().all(char::is_alphabetic)
                && it.text.chars().skip(1).all(char::is_lowercase)
        })
    };
    let near = |i: usize| words[tokens[i].span.end..tokens[i + 1].span.start].trim().is_empty();
    let pair = |a: &str, b: &str| case.usage.pair(a, b);
    let mut skip = 0;
    for i in 0..tokens.len() {
        if i < skip || !plain(i) || lower[i].chars().count() < 2 {
            continue;
        }
        let left = (i > 0 && plain(i - 1) && near(i - 1)).then(|| i - 1);
        let right = (i + 1 < tokens.len() && plain(i + 1) && near(i)).then_some(i + 1);
        // One neighbour alone proves little: names and lists break the run.
        let (Some(left), Some(right)) = (left, right) else { continue };
        let (before, after) = (pair(&lower[left], &lower[i]), pair(&lower[i], &lower[right]));
        if before.min(after) > USUAL || before.max(after) > 60 * USUAL {
            continue;
        }
        let mut best: Option<(u32, String)> = None;
        for other in variants(&lower[i]) {
            let b = pair(&lower[left], &other);
            let a = pair(&other, &lower[right]);
            // Copies of the law have slips too: what counts is how much more often texts write it the other way.
            let ratio = |other: u32, own: u32| f64::from(other) / f64::from(own.max(1));
            let (x, y) = (ratio(b, before), ratio(a, after));
            let usual = b.min(a) >= USUAL && x.max(y) >= 150.0 && x.min(y) >= 6.0;
            if usual && best.as_ref().is_none_or(|(score, _)| b.max(a) > *score) {
                best = Some((b.max(a), other));
            }
        }
        let capital = tokens[i].text.starts_with(char::is_uppercase);
        // A name in capitals is nobody's slip.
        if let Some((_, right_word)) = best.filter(|_| !capital || i == 0) {
            let from = i.saturating_sub(1);
            let to = (i + 1).min(tokens.len() - 1);
            let span = line.start + tokens[from].span.start..line.start + tokens[to].span.end;
            let new = case.find(34, "misspelled", span).value("word", tokens[i].text);
            new.value("right", &right_word).suspected().put(found);
            skip = i + 2;
        }
    }
}

/// Vowels with their forms, tones and marks.
const VOWELS: [&str; 6] = [
    "aàáảãạăằắẳẵặâầấẩẫậ",
    "eèéẻẽẹêềếểễệ",
    "iìíỉĩị",
    "oòóỏõọôồốổỗộơờớởỡợ",
    "uùúủũụưừứửữự",
    "yỳýỷỹỵ",
];

/// The syllable with one letter's marks changed, `d` for `đ`, or the tone on the neighbouring vowel.
fn variants(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found = Vec::new();
    for (i, &letter) in letters.iter().enumerate() {
        let others: String = match VOWELS.iter().find(|group| group.contains(letter)) {
            Some(group) => (*group).to_owned(),
            None if letter == 'd' => "đ".to_owned(),
            None if letter == 'đ' => "d".to_owned(),
            None => continue,
        };
        for other in others.chars().filter(|other| *other != letter) {
            let mut changed = letters.clone();
            changed[i] = other;
            found.push(changed.into_iter().collect());
        }
    }
    found
}

/// Letters typed apart from their marks, of another alphabet, or that cannot be seen.
fn mixed(case: &Case<'_>, found: &mut Found) {
    let text = case.draft.text();
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut first = None;
        let mut last = 0;
        for (i, c) in line.char_indices() {
            if strange(c) {
                first.get_or_insert(i);
                last = i + c.len_utf8();
            }
        }
        if let Some(first) = first {
            // Whole words.
            let from = line[..first]
                .rfind(char::is_whitespace)
                .map_or(0, |i| i + line[i..].chars().next().map_or(1, char::len_utf8));
            let to =
                line[last..].find(char::is_whitespace).map_or(line.trim_end().len(), |i| last + i);
            let span = case.draft.clean_range(&(at + from..at + to.max(last)));
            if !span.is_empty() {
                spans.push(span);
            }
        }
        at += line.len();
    }
    let Some(first) = spans.first().cloned() else { return };
    case.find(34, "mixed", first).also(spans[1..].to_vec()).value("count", spans.len()).put(found);
}

/// Marks that stand alone, Ð of another alphabet, Cyrillic and Greek letters, what cannot be seen.
fn strange(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | 'Ð' | 'ð' | '\u{400}'..='\u{4ff}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\u{ff01}'..='\u{ff5e}')
}
