//! Lines of a text, and which of them stand inside a quotation.
//!
//! Amending laws quote whole articles: “Điều 12a. …”. What is quoted opens nothing in the document
//! that quotes it.

/// How far the end of a quotation is looked for, in lines.
const FAR: usize = 1000;

/// A line without its end.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    /// Byte where it begins.
    pub(crate) start: usize,
    /// Whether it goes on with a quotation begun on an earlier line.
    pub(crate) quoted: bool,
}

pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        lines.push(Line { text: line.trim_end_matches(['\n', '\r']), start, quoted: false });
        start += line.len();
    }
    if !text.contains(['“', '"']) {
        return lines;
    }
    let marks: Vec<Marks> = lines.iter().map(|line| Marks::of(line.text)).collect();
    let mut i = 0;
    while i < lines.len() {
        let open = opens_quotation(lines[i].text) && marks[i].depth(0) > 0;
        let Some(end) = end(&marks, i).filter(|_| open) else {
            i += 1;
            continue;
        };
        lines[i + 1..=end].iter_mut().for_each(|line| line.quoted = true);
        i = end + 1;
    }
    lines
}

/// Quotation marks on a line. Copies mix curly and straight ones, even in one pair.
struct Marks {
    /// Opening minus closing curly marks.
    curly: i32,
    /// Whether the straight ones are odd.
    odd: bool,
    /// Whether the line ends with a mark, but for punctuation.
    last: bool,
}

impl Marks {
    fn of(line: &str) -> Marks {
        let curly = line.chars().map(|c| i32::from(c == '“') - i32::from(c == '”')).sum();
        let odd = line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        let last = line
            .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ';' | ',' | '*'));
        Marks { curly, odd, last: last.ends_with(['”', '"']) }
    }

    /// How deep in quotations the line ends that begins at a depth.
    fn depth(&self, before: i32) -> i32 {
        let straight = match (self.odd, before + self.curly > 0) {
            (true, true) if self.last => -1,
            (true, false) if !self.last => 1,
            _ => 0,
        };
        before + self.curly + straight
    }
}

/// The line on which the quotation begun on line `i` ends; nested pairs count.
fn end(marks: &[Marks], i: usize) -> Option<usize> {
    let far = marks.len().min(i + FAR);
    let mut depth = marks[i].depth(0);
    let nested = (i + 1..far).find(|&j| {
        depth = marks[j].depth(depth);
        depth <= 0
    });
    // An inner mark that nobody closed: then the first line that closes more than it opens.
    nested.or_else(|| (i + 1..far).find(|&j| marks[j].last && (marks[j].curly < 0 || marks[j].odd)))
}

/// Whether a quotation that goes on over lines can begin on this one.
fn opens_quotation(line: &str) -> bool {
    stripped(line).starts_with(['“', '"'])
        || [": “", ": \"", "như sau “", ":“", ":\""].iter().any(|open| line.contains(open))
}

/// A line without blanks and the marks of Markdown around it.
pub(crate) fn stripped(line: &str) -> &str {
    let edge = |c: char| {
        c.is_whitespace()
            || matches!(c, '#' | '*' | '_' | '>' | '|' | '`' | '~' | '\u{feff}' | '\u{200b}')
    };
    line.trim_matches(edge)
}

/// Whether every letter is a capital, and there are some.
pub(super) fn shouts(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(|c| !c.is_lowercase())
}
