//! A draft as law: the text as typed, the same text in clean form, and what the parser of law makes of it, all
//! tied together by places in the text.

mod head;
mod typed;

use std::ops::Range;

use ingest::look::{Face, Line, Look};
use jiff::civil::Date;
use law::{Article, Clause, Document, Part, Place};

pub use head::{Basis, Head};
use typed::Typed;

/// A draft that has been read. Ranges are bytes of [`Draft::clean`].
#[derive(Clone, Debug)]
pub struct Draft {
    typed: Typed,
    /// What the parser of law made of it.
    pub document: Document,
    /// What stands before the first article.
    pub head: Head,
    /// Its articles, in reading order.
    pub pieces: Vec<Piece>,
    /// Titles of the attached texts ("Quy chế", "Quy định"), the first word of each place in them.
    pub attached: Vec<Attached>,
    /// Nơi nhận and what follows, of the covering text.
    pub recipients: Option<Range<usize>>,
    /// Words that are quoted for another document ("… như sau: “…”").
    pub quoted: Vec<Range<usize>>,
    /// Sentences that are addressed to a program: shown to the officer, read by no check.
    pub to_machines: Vec<Range<usize>>,
    /// What the parser could not read.
    pub problems: Vec<law::Problem>,
    /// How its Word file is set, if it came as one.
    pub look: Option<Look>,
    pub(crate) set: Vec<SetLine>,
}

/// A line as it is set, at its place in the text.
#[derive(Clone, Debug)]
pub(crate) struct SetLine {
    pub(crate) line: Line,
    /// Its words in the clean text.
    pub(crate) clean: Range<usize>,
    /// Its words as typed.
    typed: Range<usize>,
}

/// An article of the draft, or what stands before the first one of a part.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Part and number; `0` is what stands before the first article of a part.
    pub place: Place,
    /// Heading without "Điều 5."; empty if there is none.
    pub heading: String,
    /// The line "Điều 5. …"; empty for article `0`.
    pub line: Range<usize>,
    /// Its words.
    pub body: Range<usize>,
    /// Its clauses.
    pub clauses: Vec<Clause>,
}

/// A text that is issued with the draft.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// What it is: `Quy chế`, `Quy định`, `Phụ lục I`.
    pub name: String,
    /// Its head: title and "(Ban hành kèm theo …)".
    pub head: Range<usize>,
    /// The words after the kind, one line.
    pub title: String,
}

/// A piece of the draft that stands alone: a lead-in, a clause or a point.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Where.
    pub place: Place,
    /// Its words.
    pub span: Range<usize>,
}

/// Why a file is not reviewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDraft {
    /// Nothing that could be reviewed.
    #[error("there are no words in it; upload the file again")]
    Empty,
    /// No article and no head of a normative document.
    #[error(
        "no draft of a normative document (văn bản quy phạm pháp luật): it has no article (Điều) under a basis (căn cứ), a number or a kind. Resolutions, decisions, circulars and what is issued with them are reviewed"
    )]
    NoLaw,
    /// A document of another kind.
    #[error(
        "no draft of a normative document (văn bản quy phạm pháp luật) but \"{0}\". Resolutions, decisions, circulars and what is issued with them are reviewed"
    )]
    Other(String),
}

/// Documents that have articles and a basis too, and set no rules for everybody.
const OTHERS: [&str; 9] = [
    "HỢP ĐỒNG",
    "PHỤ LỤC HỢP ĐỒNG",
    "BIÊN BẢN",
    "THỎA THUẬN",
    "TỜ TRÌNH",
    "BÁO CÁO",
    "ĐƠN ",
    "BẢN ÁN",
    "GIẤY ",
];

impl Draft {
    /// Reads a draft from its text as typed (one paragraph a line, as `ingest` gives it with
    /// `Limits::as_typed`).
    ///
    /// # Errors
    /// [`NotDraft`] for what is no draft of a normative document.
    pub fn read(text: &str) -> Result<Draft, NotDraft> {
        if text.trim().is_empty() {
            return Err(NotDraft::Empty);
        }
        let mut typed = Typed::new(text);
        let to_machines = crate::check::machine::addressed(typed.clean());
        let harmless = |span: &&Range<usize>| {
            !crate::check::machine::may_hide(&typed.clean()[(*span).clone()])
        };
        let blank: Vec<Range<usize>> = to_machines.iter().filter(harmless).cloned().collect();
        typed.blank(&blank);
        let parsed = Document::parse(Document::default(), typed.clean());
        let law::ParsedDocument { document, texts } = parsed.value;
        let pieces = pieces(typed.clean(), &document.articles, &texts);
        let head = Head::read(typed.clean(), &pieces);
        if head.kind.is_none()
            && let Some(other) = other_kind(typed.clean(), &head)
        {
            return Err(NotDraft::Other(other));
        }
        let articles = pieces.iter().filter(|piece| !piece.is_opening()).count();
        if articles == 0 || head.bases.is_empty() && head.number.is_none() && head.kind.is_none() {
            return Err(NotDraft::NoLaw);
        }
        let recipients = recipients(typed.clean(), &pieces);
        let attached = attached(typed.clean(), &pieces);
        let quoted = quoted(typed.clean());
        let problems = parsed.problems;
        Ok(Draft {
            typed,
            document,
            head,
            pieces,
            attached,
            recipients,
            quoted,
            to_machines,
            problems,
            look: None,
            set: Vec::new(),
        })
    }

    /// The same draft with how its file is set; places of `look` are characters of the text that it was read from.
    #[must_use]
    pub fn set_as(mut self, look: Option<Look>) -> Draft {
        let text = self.typed.text();
        let mut bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let mut next = 0;
        let mut byte = |char: usize| {
            let at = bytes.nth(char.checked_sub(next)?);
            next = char + 1;
            at
        };
        self.set = Vec::new();
        for line in look.iter().flat_map(|look| &look.lines) {
            let [from, until] = line.span;
            let Some(start) = byte(from) else { break };
            let Some(end) = (if until > from { byte(until) } else { Some(start) }) else { break };
            let typed = start..end;
            let clean = self.typed.clean_range(&typed);
            self.set.push(SetLine { line: line.clone(), clean, typed });
        }
        self.look = look;
        self
    }

    /// Letters and digits among the first `most` characters of a line, counted by how they are set.
    pub(crate) fn letters<'s>(&self, set: &'s SetLine, most: usize) -> Vec<(&'s Face, usize)> {
        let words: Vec<char> = self.typed.text()[set.typed.clone()].chars().take(most).collect();
        let faces = set.line.faces.iter().filter_map(|face| {
            let [from, until] = face.span.map(|at| at.saturating_sub(set.line.span[0]));
            let letters = words.get(from.min(words.len())..until.min(words.len()))?;
            let count = letters.iter().filter(|c| c.is_alphanumeric()).count();
            (count > 0).then_some((face, count))
        });
        faces.collect()
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        self.typed.text()
    }

    /// The text in clean form; the same words, other bytes where letters were typed apart.
    pub fn clean(&self) -> &str {
        self.typed.clean()
    }

    /// Clean words at a range.
    pub fn words(&self, span: &Range<usize>) -> &str {
        self.typed.clean().get(span.clone()).unwrap_or_default()
    }

    /// The words as typed at a range, with its characters (not bytes) in the text as typed.
    pub fn as_typed(&self, span: &Range<usize>) -> (&str, [usize; 2]) {
        self.typed.at(span)
    }

    /// The range of clean words for bytes of the text as typed.
    pub fn clean_range(&self, span: &Range<usize>) -> Range<usize> {
        self.typed.clean_range(span)
    }

    /// Whether a place lies in words that are quoted for another document.
    pub fn is_quoted(&self, at: usize) -> bool {
        self.quoted.iter().any(|span| span.contains(&at))
    }

    /// The day on which it is signed, as its head says.
    pub fn signed(&self) -> Option<Date> {
        self.head.date.or(self.document.issued)
    }

    /// The article that a byte lies in.
    pub fn piece_at(&self, at: usize) -> Option<&Piece> {
        self.pieces.iter().rev().find(|piece| {
            piece.body.contains(&at)
                || piece.line.contains(&at)
                || piece.body.end == at && !piece.body.is_empty()
        })
    }

    /// Articles without those that stand before a first one.
    pub fn articles(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| !piece.is_opening())
    }

    /// Articles of one part.
    pub fn articles_of(&self, part: Option<&Part>) -> impl Iterator<Item = &Piece> {
        self.articles().filter(move |piece| piece.place.part.as_ref() == part)
    }

    /// Lead-ins, clauses and points, in reading order; recipients are none.
    pub fn units(&self) -> Vec<Unit> {
        self.articles().flat_map(|piece| piece.units(true)).collect()
    }

    /// Lead-ins and whole clauses, in reading order.
    pub fn clauses(&self) -> Vec<Unit> {
        self.articles().flat_map(|piece| piece.units(false)).collect()
    }

    /// What a place is called: `Điều 5 khoản 2`, `Quy chế, Điều 5`, `Căn cứ`.
    pub fn place_name(&self, span: &Range<usize>) -> String {
        let at = span.start;
        if let Some(zone) = self.head.zone(at) {
            return zone.to_owned();
        }
        if self.recipients.as_ref().is_some_and(|zone| zone.contains(&at)) {
            return "Nơi nhận".to_owned();
        }
        let Some(piece) = self.piece_at(at) else { return "Toàn văn".to_owned() };
        self.called(&piece.place_of(at))
    }

    /// A place in words.
    pub fn called(&self, place: &Place) -> String {
        let part = match &place.part {
            None => String::new(),
            Some(Part::Annex(label)) => format!("Phụ lục {}", label.to_uppercase()),
            Some(Part::Attached(n)) => {
                let name = self.attached.get(usize::from(*n).saturating_sub(1));
                name.map_or("Văn bản kèm theo", |it| it.name.as_str()).to_owned()
            }
        };
        let mut words = Vec::new();
        match place.article.as_deref() {
            Some("0") | None if matches!(place.part, Some(Part::Attached(_))) => {
                return format!("{part}, phần ban hành kèm theo");
            }
            Some("0") | None => {
                return if part.is_empty() { "Mở đầu".to_owned() } else { part };
            }
            Some(article) => words.push(format!("Điều {article}")),
        }
        words.extend(place.clause.iter().map(|clause| format!("khoản {clause}")));
        words.extend(place.point.iter().map(|point| format!("điểm {point}")));
        let words = words.join(" ");
        if part.is_empty() { words } else { format!("{part}, {words}") }
    }

    /// The sentence round a byte, cut at line ends, full stops before a blank, and semicolons.
    pub fn sentence(&self, at: usize) -> Range<usize> {
        let text = self.clean();
        let at = boundary(text, at);
        let line = line_at(text, at);
        // "1. Người …": the number of a clause ends no sentence; neither does "05.12".
        let stops = |i: usize| {
            let rest = text.get(i + 1..line.end).unwrap_or_default();
            i - line.start > 3 && (rest.is_empty() || rest.starts_with(' '))
        };
        let from = text[line.start..at.max(line.start)]
            .rmatch_indices(['.', ';'])
            .map(|(i, _)| line.start + i)
            .find(|&i| stops(i))
            .map(|i| i + 1);
        let to =
            text[at..line.end].match_indices(['.', ';']).map(|(i, _)| at + i).find(|&i| stops(i));
        let from = from.unwrap_or(line.start);
        let blanks = text[from..].len() - text[from..].trim_start().len();
        from + blanks..to.unwrap_or(line.end).max(from + blanks)
    }
}

impl Piece {
    /// Whether it stands before the first article of its part.
    pub fn is_opening(&self) -> bool {
        self.place.article.as_deref() == Some("0")
    }

    /// The clause or point that a byte of the text lies in.
    pub fn place_of(&self, at: usize) -> Place {
        let mut place = self.place.clone();
        let Some(inside) = at.checked_sub(self.body.start) else { return place };
        if let Some(clause) = self.clauses.iter().find(|clause| clause.span.contains(&inside)) {
            place.clause = Some(clause.number.clone());
            let point = clause.points.iter().find(|point| point.span.contains(&inside));
            place.point = point.map(|point| point.letter.clone());
        }
        place
    }

    /// The range of a clause in the text.
    pub fn clause_span(&self, clause: &Clause) -> Range<usize> {
        self.body.start + clause.span.start..self.body.start + clause.span.end
    }

    fn units(&self, points: bool) -> Vec<Unit> {
        let shift = |span: &Range<usize>| self.body.start + span.start..self.body.start + span.end;
        let first = self.clauses.first().map_or(self.body.len(), |clause| clause.span.start);
        let mut units = Vec::new();
        if first > 0 {
            units.push(Unit { place: self.place.clone(), span: shift(&(0..first)) });
        }
        for clause in &self.clauses {
            let place = Place { clause: Some(clause.number.clone()), ..self.place.clone() };
            let lead = clause.points.first().filter(|_| points);
            let end = lead.map_or(clause.span.end, |point| point.span.start);
            units.push(Unit { place: place.clone(), span: shift(&(clause.span.start..end)) });
            for point in clause.points.iter().filter(|_| points) {
                let place = Place { point: Some(point.letter.clone()), ..place.clone() };
                units.push(Unit { place, span: shift(&point.span) });
            }
        }
        units
    }
}

/// Where each article stands in the text: the parser keeps lines as they are, so its texts are found again in
/// their order.
fn pieces(clean: &str, articles: &[Article], texts: &[String]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut from = 0;
    for (article, text) in articles.iter().zip(texts) {
        let opening = article.place.article.as_deref() == Some("0");
        let label = article.place.article.clone().unwrap_or_default();
        let line = match opening {
            true => from..from,
            false => article_line(clean, from, &label).unwrap_or(from..from),
        };
        // A first line that is a sentence is the article's words, on the line of its number.
        let after = if article.heading.is_empty() { line.start } else { line.end };
        let found = clean[after..].find(text.as_str()).filter(|_| !text.is_empty());
        let body = found.map_or(line.end..line.end, |at| after + at..after + at + text.len());
        from = body.end.max(line.end).max(from);
        let clauses = if body.is_empty() { Vec::new() } else { article.clauses.clone() };
        let heading = article.heading.clone();
        pieces.push(Piece { place: article.place.clone(), heading, line, body, clauses });
    }
    pieces
}

/// The line that begins with "Điều N" from a byte on.
fn article_line(clean: &str, from: usize, label: &str) -> Option<Range<usize>> {
    let mut start = from;
    for line in clean[from..].split_inclusive('\n') {
        let bare = bare(line);
        let rest = bare.strip_prefix("Điều ").or_else(|| bare.strip_prefix("ĐIỀU "));
        let fits = rest
            .and_then(|rest| rest.trim_start().strip_prefix(label))
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        if fits {
            return Some(start..start + line.trim_end().len());
        }
        start += line.len();
    }
    None
}

/// A line without blanks and the marks of Markdown around it.
pub(crate) fn bare(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_' | '>' | '|' | '`'))
}

/// The next beginning of a letter: offsets found in small letters may be off where those are longer.
pub(crate) fn boundary(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len())
}

/// The line round a byte, without its end.
pub(crate) fn line_at(text: &str, at: usize) -> Range<usize> {
    let at = boundary(text, at);
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    start..end
}

/// Lines of a range, each with its bytes.
pub(crate) fn lines_in(
    text: &str,
    span: Range<usize>,
) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = span.start;
    text[span].split_inclusive('\n').map(move |line| {
        let from = start;
        start += line.len();
        let words = line.trim_end_matches('\n');
        (from..from + words.len(), words)
    })
}

/// The title of a contract, a report, a petition, among the first lines.
fn other_kind(clean: &str, head: &Head) -> Option<String> {
    let lines = lines_in(clean, head.span.clone())
        .map(|(_, line)| bare(line))
        .filter(|line| !line.is_empty());
    lines
        .take(15)
        .find(|line| {
            *line == line.to_uppercase() && OTHERS.iter().any(|other| line.starts_with(other))
        })
        .map(str::to_lowercase)
}

fn recipients(clean: &str, pieces: &[Piece]) -> Option<Range<usize>> {
    let last = pieces.iter().rfind(|piece| piece.place.part.is_none() && !piece.is_opening())?;
    let (line, _) = lines_in(clean, last.body.clone())
        .find(|(_, line)| bare(line).to_lowercase().starts_with("nơi nhận"))?;
    Some(line.start..last.body.end)
}

fn attached(clean: &str, pieces: &[Piece]) -> Vec<Attached> {
    const KINDS: [&str; 10] = [
        "Quy chế",
        "Quy định",
        "Quy trình",
        "Điều lệ",
        "Nội quy",
        "Danh mục",
        "Chương trình",
        "Kế hoạch",
        "Đề án",
        "Hướng dẫn",
    ];
    let openings = pieces
        .iter()
        .filter(|piece| matches!(piece.place.part, Some(Part::Attached(_))) && piece.is_opening());
    openings
        .map(|piece| {
            let mut name = "Văn bản kèm theo".to_owned();
            let mut title: Vec<&str> = Vec::new();
            let mut named = false;
            for (_, line) in lines_in(clean, piece.body.clone()) {
                let line = bare(line);
                if line.starts_with('(') || line.to_lowercase().starts_with("chương ") {
                    break;
                }
                let kind = KINDS
                    .iter()
                    .find(|kind| line.to_uppercase().starts_with(&kind.to_uppercase()) && !named);
                match kind {
                    Some(kind) => {
                        named = true;
                        name = (*kind).to_owned();
                        let rest = line.char_indices().nth(kind.chars().count());
                        title.extend(rest.map(|(at, _)| line[at..].trim()));
                    }
                    None if named => title.push(line),
                    None => {}
                }
            }
            title.retain(|line| !line.is_empty());
            Attached { name, head: piece.body.clone(), title: title.join(" ") }
        })
        .collect()
}

/// Ranges between curly quotation marks that begin a line or follow "như sau", over lines.
fn quoted(clean: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(at) = clean[from..].find('“').map(|at| from + at) {
        let line = line_at(clean, at);
        let begins = bare(&clean[line.start..at]).is_empty()
            || clean[line.start..at].trim_end().ends_with(':')
            || clean[line.start..at].trim_end().ends_with("như sau");
        let mut depth = 0i32;
        let end = clean[at..].char_indices().find_map(|(i, c)| {
            depth += i32::from(c == '“') - i32::from(c == '”');
            (depth == 0).then_some(at + i + c.len_utf8())
        });
        // One that nobody closes is a slip, and quotes nothing.
        let Some(end) = end else {
            from = at + '“'.len_utf8();
            continue;
        };
        if begins {
            found.push(at..end);
        }
        from = end;
    }
    found
}
