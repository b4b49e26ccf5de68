//! Which piece of a source a sentence says again, and what it leaves out of it.

use super::{DENIALS, Fault, figures, syllables};
use crate::answer::Source;
use crate::words::whole;

/// Fewest syllables that stand side by side in a piece, from the beginning of a phrase or to its end, for them to be
/// taken from it: words put together one by one may say anything ("người lao động" of "người sử dụng lao động").
const RUN: usize = 3;

/// The same in the title and number of a source: "Điều 19", "Luật Cư trú".
const RUN_OF_TITLE: usize = 2;

/// What a figure counts for in a run.
const FIGURE: usize = 2;

/// Syllables that a sentence may add: they lead in and say nothing of the rule.
const ADDED: &[&str] = &[
    "theo", "quy", "định", "tại", "của", "trong", "là", "thì", "về", "luật", "ghi", "nêu", "việc",
];

/// Words that limit a rule to a case; a sentence that retells a piece with one says one too.
const LIMITS: &[&str] = &["nếu", "khi", "trường hợp", "đối với", "trừ", "chỉ", "với điều kiện"];

/// Words that oblige: a sentence that retells a piece with one says one too.
const DUTIES: &[&str] = &["phải", "bắt buộc", "có trách nhiệm", "có nghĩa vụ"];

/// A sentence of a source in small letters, and the line that leads it in ("… sau đây:"); empty if none does.
pub(super) struct Piece {
    lead: String,
    line: String,
}

/// The pieces of a source that a sentence says again: it is made of runs of words of the piece, its lead-in and the
/// title. What is put together of two pieces may say what neither says.
pub(super) fn retold(said: &str, source: &Source) -> Vec<Piece> {
    let said = tokens(said);
    let title = format!("{}, {}", source.citation, source.title.replace(" — ", ", "));
    let title = Phrases::new(&viet::normalize(&title).to_lowercase());
    let retells = |piece: &Piece| {
        let (lead, line) = (Phrases::new(&piece.lead), Phrases::new(&piece.line));
        made_of(&said, &[(&line, RUN), (&lead, RUN), (&title, RUN_OF_TITLE)])
    };
    pieces(&source.quote).into_iter().filter(retells).collect()
}

/// Syllables of a text, its figures as one token each by their values, however they are written.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut from = 0;
    let plain = |text: &str| syllables(text).into_iter().map(str::to_owned).collect::<Vec<_>>();
    for (number, span) in viet::numbers(text) {
        tokens.extend(plain(text.get(from..span.start).unwrap_or_default()));
        tokens.push(format!("#{} {}", number.value, number.unit));
        from = span.end;
    }
    tokens.extend(plain(text.get(from..).unwrap_or_default()));
    tokens
}

/// A text as tokens with the ends of its phrases: commas and other stops.
struct Phrases {
    tokens: Vec<String>,
    /// Whether a phrase begins or ends at each token.
    begins: Vec<bool>,
    ends: Vec<bool>,
}

impl Phrases {
    fn new(text: &str) -> Phrases {
        let mut all = Phrases { tokens: Vec::new(), begins: Vec::new(), ends: Vec::new() };
        // A stop within a figure ("400.000", "12,5") has no blank after it.
        let stops = [", ", "; ", ": ", ". ", " (", ") ", " - "];
        let mut text = text.to_owned();
        stops.iter().for_each(|stop| text = text.replace(stop, "\n"));
        for phrase in text.lines() {
            let tokens = tokens(phrase);
            let last = tokens.len().saturating_sub(1);
            all.begins.extend((0..tokens.len()).map(|i| i == 0));
            all.ends.extend((0..tokens.len()).map(|i| i == last));
            all.tokens.extend(tokens);
        }
        all
    }

    /// How many of the first tokens of a text stand side by side in this one, from the beginning of a phrase or to the
    /// end of one, weighing at least so much; 0 if none do.
    fn run(&self, said: &[String], least: usize) -> usize {
        let runs = (0..self.tokens.len()).map(|from| {
            let same = said.iter().zip(&self.tokens[from..]).take_while(|(a, b)| a == b).count();
            let whole = |len: &usize| self.begins[from] || self.ends[from + len - 1];
            (1..=same).rev().find(whole).unwrap_or(0)
        });
        let longest = runs.max().unwrap_or(0);
        let weight: usize = said[..longest]
            .iter()
            .map(|token| if token.starts_with('#') { FIGURE } else { 1 })
            .sum();
        // A text that is shorter than a run is taken whole.
        let all = longest > 0 && longest == self.tokens.len();
        if weight >= least || all { longest } else { 0 }
    }
}

/// Whether a text is made of runs of others, each at least so long; added words between them are let through.
fn made_of(said: &[String], of: &[(&Phrases, usize)]) -> bool {
    let (mut at, mut taken) = (0, 0);
    while at < said.len() {
        let longest = of.iter().map(|(text, least)| text.run(&said[at..], *least)).max();
        match longest.unwrap_or(0) {
            0 if ADDED.contains(&said[at].as_str()) => at += 1,
            0 => return false,
            longest => {
                taken += longest;
                at += longest;
            }
        }
    }
    taken > 0
}

/// The sentences of a source, each with the line that leads it in: of the article for its clauses, of a clause for its
/// points.
fn pieces(quote: &str) -> Vec<Piece> {
    let (mut of_article, mut of_clause) = (String::new(), String::new());
    let mut pieces = Vec::new();
    for line in quote.lines().map(|line| viet::normalize(line.trim()).to_lowercase()) {
        let numbered = line.split_once('.').is_some_and(|(n, _)| n.parse::<u16>().is_ok());
        if numbered {
            of_clause.clear();
        }
        if line.ends_with(':') {
            // "phải báo trước như sau:" leads in by its other words.
            let lead = line.trim_end_matches(':').trim_end_matches(" như sau");
            let lead = lead.trim_end_matches(" sau đây").trim_end_matches(" sau").to_owned();
            if numbered {
                of_clause = lead;
            } else {
                of_article = lead;
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let lead = if of_clause.is_empty() { &of_article } else { &of_clause };
        let sentences = line.split(". ").flat_map(|part| part.split("; "));
        pieces.extend(sentences.map(|it| Piece { lead: lead.clone(), line: it.to_owned() }));
    }
    pieces
}

/// What a sentence leaves out of the piece that it retells: one end of a range, the case that a rule is for, that it
/// is a duty, or what its lead-in excepts.
pub(super) fn limited(sentence: &str, said: &str, piece: &Piece) -> Option<Fault> {
    let said_figures = figures(sentence);
    let name =
        |number: &viet::Number| format!("{} {}", number.value, number.unit).trim().to_owned();
    for ends in viet::numbers(&piece.line).windows(2) {
        let [(low, first), (high, second)] = ends else { continue };
        let between = piece.line.get(first.end..second.start).unwrap_or_default().trim();
        let (low, high) = (name(low), name(high));
        let has = |end: &String| said_figures.contains(end);
        if between == "đến" && has(&low) != has(&high) {
            return Some(Fault::Figure(if has(&low) { high } else { low }));
        }
    }
    let has = |text: &str, words: &str| text.contains(&format!(" {words} "));
    let (said, line, lead) = (whole(said), whole(&piece.line), whole(&piece.lead));
    for words in [LIMITS, DUTIES] {
        if let Some(word) = words.iter().find(|word| has(&line, word))
            && !words.iter().any(|word| has(&said, word))
        {
            return Some(Fault::Mood(word));
        }
    }
    // "trừ những người sau đây: 1. Người thừa kế": an exception retold as the rule.
    let turns = DENIALS.iter().find_map(|kind| {
        let word = kind.iter().find(|word| has(&lead, word))?;
        let told = kind.iter().any(|word| has(&said, word));
        (!told).then_some(*word)
    });
    turns.map(Fault::Mood)
}

#[cfg(test)]
mod tests {
    use crate::answer::Source;
    use crate::check::{Fault, check};

    const QUOTE: &str = "1. Người lao động đơn phương chấm dứt hợp đồng lao động phải báo trước như sau:
a) Ít nhất 45 ngày nếu làm việc theo hợp đồng không xác định thời hạn;
b) Ít nhất 30 ngày nếu làm việc theo hợp đồng có thời hạn từ 12 tháng đến 36 tháng.
2. Phạt tiền từ 400.000 đồng đến 600.000 đồng đối với người đi bộ sang đường không đúng nơi quy định.
3. Mọi người có quyền làm chứng, trừ những người sau đây:
a) Người thừa kế theo di chúc của người lập di chúc;
4. Người lập di chúc phải minh mẫn. Người làm chứng ký vào di chúc.
5. Ủy ban nhân dân cấp xã nơi cư trú của người cha hoặc người mẹ thực hiện đăng ký khai sinh theo khoản 2 Điều 20.
6. Người sử dụng lao động phải trả lương cho người lao động đúng hạn.";

    fn source() -> Source {
        Source::example(1, "Điều 1. Thử — Luật Thử nghiệm", QUOTE)
    }

    #[test]
    fn a_sentence_says_one_piece_again_with_its_limits() {
        for sentence in [
            "Ít nhất 45 ngày nếu làm việc theo hợp đồng không xác định thời hạn [1].",
            "Người lao động phải báo trước ít nhất 45 ngày nếu làm việc theo hợp đồng không xác định thời hạn.",
            "Phạt tiền từ 400 nghìn đồng đến 600 nghìn đồng đối với người đi bộ sang đường không đúng nơi quy định [1].",
            "Theo Điều 1 Luật Thử nghiệm, người lập di chúc phải minh mẫn [1].",
            "Ủy ban nhân dân cấp xã nơi cư trú của người cha hoặc người mẹ thực hiện đăng ký khai sinh [1].",
        ] {
            assert_eq!(check(sentence, &[source()]), Ok(vec![1]), "{sentence}");
        }
        let figure = |figure: &str| Fault::Figure(figure.into());
        for (sentence, fault) in [
            // Limits left out.
            ("Người lao động phải báo trước ít nhất 45 ngày [1].", Fault::Mood("nếu")),
            (
                "Phạt tiền từ 400.000 đồng đối với người đi bộ sang đường không đúng nơi quy định [1].",
                figure("600000 đồng"),
            ),
            ("Người thừa kế theo di chúc của người lập di chúc [1].", Fault::Mood("trừ")),
            // Figures, bodies, numbers of provisions and people of elsewhere.
            (
                "Ít nhất 45 ngày nếu làm việc theo hợp đồng có thời hạn từ 12 tháng đến 36 tháng [1].",
                Fault::Words,
            ),
            (
                "Ủy ban nhân dân cấp tỉnh nơi cư trú của người cha hoặc người mẹ thực hiện đăng ký khai sinh [1].",
                Fault::Words,
            ),
            (
                "Ủy ban nhân dân cấp xã nơi cư trú của người cha và người mẹ thực hiện đăng ký khai sinh [1].",
                Fault::Words,
            ),
            (
                "Ủy ban nhân dân cấp xã nơi cư trú của người cha hoặc người mẹ thực hiện đăng ký khai sinh theo khoản 3 Điều 20 [1].",
                Fault::Words,
            ),
            ("Người lao động phải trả lương cho người lao động đúng hạn [1].", Fault::Words),
            ("Người làm chứng phải minh mẫn [1].", Fault::Words),
            // A duty told as a right.
            ("Người lập di chúc có thể minh mẫn [1].", Fault::Words),
        ] {
            assert_eq!(check(sentence, &[source()]), Err(fault), "{sentence}");
        }
    }
}
