//! From lines to articles: headings, articles, attached regulations, annexes.

use std::collections::{HashMap, HashSet};

use super::clauses::split_article;
use super::layout::{Opens, opens, without_notes};
use super::lines::{Line, lines, shouts, stripped};
use crate::amend::{self, Mark};
use crate::citation::{Part, Place};
use crate::document::{Article, Problem};

/// A jump further than this may be a reference at the start of a line, not a gap.
const JUMP: u32 = 10;
/// Most problems told of lines that look like articles and are none.
const TOLD: usize = 20;

/// One article with its words.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) article: Article,
    pub(super) text: String,
    /// Where the marks of a consolidated text's notes stood.
    pub(super) marks: Vec<(u32, Mark)>,
}

/// Cuts a document's text. The first piece is what stands before the first article, if anything.
/// Marks of the notes in `noted` are taken out of the words.
pub(super) fn cut(text: &str, noted: &HashSet<u32>, problems: &mut Vec<Problem>) -> Vec<Piece> {
    let lines = lines(text);
    let events: Vec<(usize, Opens<'_>)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.quoted)
        .filter_map(|(i, line)| opens(line.text).map(|opens| (i, opens)))
        .collect();
    let mut last = HashMap::new();
    for (i, event) in &events {
        if let Opens::Article { number, letter, sure: true, .. } = event
            && letter.is_empty()
        {
            last.insert(*number, *i);
        }
    }
    let mut cutter = Cutter {
        lines: &lines,
        events: &events,
        last,
        problems,
        pieces: Vec::new(),
        above: Vec::new(),
        noted: Vec::new(),
    };
    cutter.run();
    let mut pieces = cutter.pieces;
    finish(&mut pieces, noted, problems);
    pieces
}

struct Cutter<'a> {
    lines: &'a [Line<'a>],
    events: &'a [(usize, Opens<'a>)],
    /// The last line on which an article of this number may begin.
    last: HashMap<u32, usize>,
    problems: &'a mut Vec<Problem>,
    pieces: Vec<Piece>,
    above: Vec<(u8, String)>,
    /// Marks in headings since the last article.
    noted: Vec<u32>,
}

/// Where the reading stands.
#[derive(Default)]
struct State {
    part: Option<Part>,
    attached: u16,
    annexes: u16,
    number: u32,
    letter: String,
    /// First line since the last article that announces an attached text.
    announced: Option<usize>,
    /// Whether "(Ban hành kèm theo …)" or "Nơi nhận" was seen since the last article.
    closed: bool,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let mut state = State::default();
        self.open(Place { article: Some("0".into()), ..Place::default() }, "", "");
        let mut next = 0;
        let mut i = 0;
        while i < self.lines.len() {
            let event = self.events.get(next).filter(|(at, _)| *at == i).map(|(_, event)| event);
            next += usize::from(event.is_some());
            let taken = event.and_then(|event| self.event(&mut state, i, next, event));
            match taken {
                Some(to) => i = to,
                None => {
                    self.push(i);
                    i += 1;
                }
            }
            while self.events.get(next).is_some_and(|(at, _)| *at < i) {
                next += 1;
            }
        }
    }

    /// Deals with an event on line `i`; the line to go on with if it was no text.
    fn event(
        &mut self,
        state: &mut State,
        i: usize,
        next: usize,
        event: &Opens<'_>,
    ) -> Option<usize> {
        let in_annex = matches!(state.part, Some(Part::Annex(_)));
        match event {
            Opens::Article { number, letter, rest, sure } if !in_annex => {
                if !self.accepts(state, i, next, *number, letter, *sure) {
                    return None;
                }
                if *number == 1 && letter.is_empty() && state.number >= 1 {
                    state.attached += 1;
                    state.part = Some(Part::Attached(state.attached));
                    self.detach(state, i);
                }
                (state.number, state.letter) = (*number, letter.clone());
                (state.announced, state.closed) = (None, false);
                Some(self.article(state, i, rest))
            }
            Opens::Heading { level, label, title } if !in_annex => {
                self.heading(i, *level, label, title)
            }
            Opens::Annex(label) => {
                if !in_annex && self.goes_on(state, i) {
                    return None;
                }
                state.annexes += 1;
                let label = label.clone().unwrap_or_else(|| state.annexes.to_string());
                Some(self.annex(state, i, label))
            }
            Opens::Form(label) if !in_annex && state.number > 0 && !self.goes_on(state, i) => {
                Some(self.annex(state, i, label.clone()))
            }
            Opens::Notes if state.number > 0 && !self.goes_on(state, i) => {
                Some(self.annex(state, i, "chú-thích".into()))
            }
            Opens::Title if !in_annex && state.number > 0 => {
                state.announced.get_or_insert(i);
                None
            }
            Opens::IssuedWith if !in_annex && state.number > 0 => {
                let start = *state.announced.get_or_insert(i);
                state.closed = true;
                // Without articles of its own it is a list or a plan: an annex.
                if self.goes_on(state, i) || self.last.get(&1).is_some_and(|&at| at > i) {
                    return None;
                }
                state.annexes += 1;
                let label = state.annexes.to_string();
                self.annex(state, start, label);
                (start..i).for_each(|line| self.push(line));
                None
            }
            Opens::Recipients => {
                state.closed = true;
                None
            }
            _ => None,
        }
    }

    /// Whether a later line goes on counting the articles of this part.
    fn goes_on(&self, state: &State, i: usize) -> bool {
        self.last.get(&(state.number + 1)).is_some_and(|&at| at > i)
    }

    fn accepts(
        &mut self,
        state: &State,
        i: usize,
        next: usize,
        number: u32,
        letter: &str,
        sure: bool,
    ) -> bool {
        let cur = state.number;
        if number == cur + 1 && letter.is_empty() {
            return true;
        }
        if !sure {
            return false;
        }
        if number == cur
            && cur > 0
            && (letter.chars().count(), letter) > (state.letter.chars().count(), &state.letter)
        {
            return true;
        }
        let at = || format!("dòng {}", i + 1);
        let follower = self.events[next..].iter().find_map(|(_, event)| match event {
            Opens::Article { number, sure: true, .. } => Some(*number),
            _ => None,
        });
        let restarts = number == 1 && letter.is_empty() && cur >= 1;
        if restarts
            && (state.announced.is_some()
                || (state.closed || follower == Some(2)) && !self.goes_on(state, i))
        {
            return true;
        }
        // Consolidated texts leave repealed articles out, so a far jump is one if the count goes on.
        let near = cur == 0 || number.saturating_sub(cur) <= JUMP || follower == Some(number + 1);
        let ahead = number > cur && !self.goes_on(state, i) && near;
        if ahead && number > cur + 1 {
            self.tell(at(), format!("thiếu Điều {} trước Điều {number}{letter}", cur + 1));
        } else if !ahead {
            self.tell(at(), format!("Điều {number}{letter} không theo thứ tự, coi là lời văn"));
        }
        ahead
    }

    fn tell(&mut self, at: String, what: String) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem { at, what });
        }
    }

    /// Moves the lines that announce an attached text out of the article before.
    fn detach(&mut self, state: &State, i: usize) {
        self.above.clear();
        let place =
            Place { part: state.part.clone(), article: Some("0".into()), ..Place::default() };
        let Some(start) = state.announced else {
            return;
        };
        if let Some(piece) = self.pieces.last_mut() {
            let announced: Vec<&str> = self.lines[start..i].iter().map(|line| line.text).collect();
            let mut lines: Vec<&str> = piece.text.lines().collect();
            let keep = lines
                .iter()
                .rposition(|line| Some(line) == announced.first())
                .unwrap_or(lines.len());
            let moved = lines.split_off(keep).join("\n");
            piece.text = lines.join("\n");
            self.open(place, "", &moved);
        }
        // Chapters of the attached text that were met before its first article.
        for (line, event) in self.events.iter().filter(|(line, _)| (start..i).contains(line)) {
            if let Opens::Heading { level, label, title } = event {
                let (title, _) = self.title(*line, title);
                self.above.retain(|(there, _)| there < level);
                self.above.push((
                    *level,
                    if title.is_empty() { label.clone() } else { format!("{label}. {title}") },
                ));
            }
        }
    }

    fn open(&mut self, place: Place, heading: &str, text: &str) {
        let above = self.above.iter().map(|(_, heading)| heading.clone()).collect();
        let article = Article { place, heading: heading.to_owned(), above, ..Article::default() };
        let marks = self.noted.drain(..).map(|n| (n, Mark::Above)).collect();
        self.pieces.push(Piece { article, text: text.to_owned(), marks });
    }

    fn push(&mut self, line: usize) {
        if let Some(piece) = self.pieces.last_mut() {
            if !piece.text.is_empty() {
                piece.text.push('\n');
            }
            piece.text.push_str(self.lines[line].text);
        }
    }

    fn annex(&mut self, state: &mut State, i: usize, label: String) -> usize {
        let same = |piece: &&Piece| matches!(&piece.article.place.part, Some(Part::Annex(there)) if there.split('_').next() == Some(&label));
        let label = match self.pieces.iter().filter(same).count() {
            0 => label,
            n => format!("{label}_{}", n + 1),
        };
        state.part = Some(Part::Annex(label));
        self.above.clear();
        // What was taken for the tail of the last article is the head of the annex.
        if let Some(start) = state.announced.take().filter(|&start| start == i)
            && let Some(piece) = self.pieces.last_mut()
            && let Some(keep) = piece.text.rfind(self.lines[start].text)
        {
            piece.text.truncate(keep);
        }
        let place =
            Place { part: state.part.clone(), article: Some("0".into()), ..Place::default() };
        self.open(place, stripped(self.lines[i].text), "");
        i + 1
    }

    /// The title of a heading on line `i`, and the line after it.
    fn title(&self, i: usize, title: &str) -> (String, usize) {
        let mut words = vec![without_notes(title).trim().to_owned()];
        let mut end = i + 1;
        let mut taken = 0;
        for line in i + 1..self.lines.len() {
            let text = stripped(self.lines[line].text);
            let event = self.events.binary_search_by_key(&line, |(at, _)| *at).is_ok();
            let open = title.is_empty() || shouts(title) && shouts(text);
            if event && !matches!(self.event_at(line), Some(Opens::Title))
                || taken == 4
                || !text.is_empty() && !open
            {
                break;
            }
            if !text.is_empty() {
                words.push(without_notes(text).trim().to_owned());
                taken += 1;
                end = line + 1;
            }
        }
        words.retain(|words| !words.is_empty());
        (words.join(" "), end)
    }

    fn event_at(&self, line: usize) -> Option<&Opens<'_>> {
        self.events.binary_search_by_key(&line, |(at, _)| *at).ok().map(|i| &self.events[i].1)
    }

    /// A heading, if an article or another heading follows it and its title.
    fn heading(&mut self, i: usize, level: u8, label: &str, title: &str) -> Option<usize> {
        let (title, end) = self.title(i, title);
        let follower =
            (end..self.lines.len()).find(|&line| !stripped(self.lines[line].text).is_empty())?;
        if !matches!(self.event_at(follower), Some(Opens::Heading { .. } | Opens::Article { .. })) {
            return None;
        }
        for line in i..end {
            self.noted.extend(marks_in(self.lines[line].text));
        }
        self.above.retain(|(there, _)| *there < level);
        self.above.push((
            level,
            if title.is_empty() { label.to_owned() } else { format!("{label}. {title}") },
        ));
        Some(end)
    }

    /// An article that begins on line `i`; the line to go on with.
    fn article(&mut self, state: &State, i: usize, rest: &str) -> usize {
        let label = format!("{}{}", state.number, state.letter);
        let place = Place { part: state.part.clone(), article: Some(label), ..Place::default() };
        let mut heading = without_notes(rest).trim().to_owned();
        let mut end = i + 1;
        // A heading that a copy broke goes on in lower case.
        while end < self.lines.len()
            && end - i <= 3
            && !heading.is_empty()
            && !heading.ends_with(['.', ';', ':'])
            && !self.lines[end].quoted
            && self.event_at(end).is_none()
            && is_broken(stripped(self.lines[end].text))
        {
            heading = format!("{heading} {}", without_notes(stripped(self.lines[end].text)));
            end += 1;
        }
        // A first line that is a sentence is the article's words, not its heading.
        let sentence = heading.ends_with(['.', ';', ':', ','])
            || heading.starts_with("1. ")
            || heading.chars().count() > 300;
        if sentence {
            self.open(place, "", rest);
            // "Điều 8.[8] Chính phủ": a mark between number and words is the article's.
            let line = self.lines[i].text;
            let before = line.find(rest).map_or("", |at| &line[..at]);
            self.mark_heading(marks_in(before));
            return i + 1;
        }
        self.open(place, &heading, "");
        let marks = (i..end).flat_map(|line| marks_in(self.lines[line].text)).collect();
        self.mark_heading(marks);
        end
    }

    fn mark_heading(&mut self, marks: Vec<u32>) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.marks.extend(marks.into_iter().map(|n| (n, Mark::Heading)));
        }
    }
}

/// Numbers of the notes that a line bears marks of.
fn marks_in(line: &str) -> Vec<u32> {
    amend::strip(line, |_| true).1.into_iter().map(|(n, _)| n).collect()
}

/// Whether a line goes on with the sentence above: a lower-case word, not a point like `a)`.
fn is_broken(line: &str) -> bool {
    let mut chars = line.chars();
    chars.next().is_some_and(char::is_lowercase) && chars.next().is_some_and(char::is_alphabetic)
}

/// Trims the texts, finds their clauses, and drops empty openings.
fn finish(pieces: &mut Vec<Piece>, noted: &HashSet<u32>, problems: &mut Vec<Problem>) {
    for piece in pieces.iter_mut() {
        piece.text = piece.text.trim_matches(|c: char| c.is_whitespace() && c != '\t').to_owned();
        if !noted.is_empty() {
            let (text, marks) = amend::strip(&piece.text, |n| noted.contains(&n));
            piece.text = text;
            piece.marks.extend(marks.into_iter().map(|(n, at)| (n, Mark::Text(at))));
        }
        let place = &piece.article.place;
        if place.article.as_deref() == Some("0") {
            continue;
        }
        if piece.text.is_empty() {
            // "Điều 3. Nghị quyết này có hiệu lực từ ngày ký" without a full stop.
            piece.text = std::mem::take(&mut piece.article.heading);
        }
        if piece.text.is_empty() {
            problems.push(Problem {
                at: place.to_string(), what: "điều không có nội dung".into()
            });
        }
        let (clauses, found) = split_article(&piece.text);
        piece.article.clauses = clauses;
        problems.extend(found.into_iter().map(|problem| Problem {
            at: format!("{place} {}", problem.at).trim_end().to_owned(),
            what: problem.what,
        }));
    }
    pieces.retain(|piece| {
        piece.article.place.article.as_deref() != Some("0") || !piece.text.is_empty()
    });
}
