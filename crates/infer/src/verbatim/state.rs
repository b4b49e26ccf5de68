//! What may be written next, byte by byte: prose, a quotation, or a citation such as `[1]`.
//!
//! The rules are those by which answers are checked: the same pairs of marks, numbers in square
//! brackets with commas between them, and a sentence as the reach of its citations.

use super::sources::{Place, Sources};

/// Marks that open and close a quotation. Single marks stand in names (M'gar) and are none.
const MARKS: [(&[u8], &[u8]); 3] =
    [("“".as_bytes(), "”".as_bytes()), ("«".as_bytes(), "»".as_bytes()), (b"\"", b"\"")];

/// Where an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    mode: Mode,
    sentence: Sentence,
    end: End,
    /// The last two bytes: marks and the sign … have three.
    tail: [u8; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Prose,
    Quotation(Quotation),
    Citation {
        /// The number so far, 0 before its first digit.
        number: u32,
        /// Whether one blank may come: after a comma.
        blank: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quotation {
    /// Its index in [`MARKS`].
    mark: usize,
    /// The sources that it may be taken from.
    from: u64,
    /// None when only the rest of the closing mark can follow.
    place: Option<Place>,
    /// Bytes of the closing mark that are written.
    closing: usize,
    /// The sources that hold the quotation, once it is closing.
    held_by: u64,
}

/// What a sentence has cited and quoted: sets of sources, 0 for nothing yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sentence {
    cited: u64,
    /// Those that hold the last quotation, until one of them is cited.
    uncited: u64,
    /// Those that hold any quotation.
    quoted: u64,
}

/// How near a sentence is to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    No,
    /// After `.` `!` `?` `…` `;` and what closes behind them.
    Sign,
    /// After a blank too, or a line feed. Only a citation still belongs to the sentence.
    Over,
}

impl State {
    /// Before the first byte.
    pub(super) fn new() -> State {
        State { mode: Mode::Prose, sentence: Sentence::default(), end: End::No, tail: [0; 2] }
    }

    /// Whether neither a quotation nor a citation is open.
    pub(super) fn in_prose(&self) -> bool {
        self.mode == Mode::Prose
    }

    /// One byte on, `None` if it is not allowed. Some byte always is.
    pub(super) fn step(mut self, sources: &Sources, byte: u8) -> Option<State> {
        self.mode = match self.mode {
            Mode::Prose => self.prose(sources, byte)?,
            Mode::Quotation(quotation) => self.quotation(sources, quotation, byte)?,
            Mode::Citation { number, blank } => self.citation(sources, number, blank, byte)?,
        };
        self.tail = [self.tail[1], byte];
        Some(self)
    }

    /// Leaves what a byte that is not allowed has broken.
    pub(super) fn broken(self, byte: u8) -> State {
        State { mode: Mode::Prose, tail: [self.tail[1], byte], ..self }
    }

    fn prose(&mut self, sources: &Sources, byte: u8) -> Option<Mode> {
        if self.end == End::Over && byte != b'[' && !is_blank(byte) {
            self.sentence = Sentence::default();
        }
        if byte == b'[' {
            let open = self.may_cite(sources) != 0;
            return open.then_some(Mode::Citation { number: 0, blank: false });
        }
        self.end = self.end_after(byte);
        let [before, last] = self.tail;
        let written = [before, last, byte];
        let Some(mark) = MARKS.iter().position(|(open, _)| written.ends_with(open)) else {
            return Some(Mode::Prose);
        };
        let cited = if self.sentence.cited == 0 { u64::MAX } else { self.sentence.cited };
        let from = cited & sources.quotable();
        let place = Some(Sources::start());
        let quotation = Quotation { mark, from, place, closing: 0, held_by: 0 };
        (from != 0).then_some(Mode::Quotation(quotation))
    }

    fn quotation(&mut self, sources: &Sources, quotation: Quotation, byte: u8) -> Option<Mode> {
        let Quotation { mark, from, place, closing, held_by } = quotation;
        let (_, close) = MARKS[mark];
        // The first byte of a mark may also be that of a sign such as –, so both ways stay open.
        let held_by = match closing {
            0 if byte == close[0] => place.map_or(0, |place| sources.ending(place)),
            _ => held_by,
        };
        let closes = byte == close[closing] && held_by & from != 0;
        let closing = if closes { closing + 1 } else { 0 };
        if closing == close.len() {
            self.end = self.end_after(byte);
            self.sentence.uncited = held_by;
            self.sentence.quoted |= held_by;
            return Some(Mode::Prose);
        }
        let place = place
            .and_then(|place| sources.next(place, byte))
            .filter(|place| sources.holding(*place) & from != 0);
        // A blank within a quotation does not end the sentence around it.
        self.end = if is_blank(byte) { End::No } else { self.end_after(byte) };
        let goes_on = closes || place.is_some();
        goes_on.then_some(Mode::Quotation(Quotation { place, closing, held_by, ..quotation }))
    }

    fn citation(&mut self, sources: &Sources, number: u32, blank: bool, byte: u8) -> Option<Mode> {
        let may = self.may_cite(sources);
        match byte {
            b'0'..=b'9' => {
                let number = 10 * number + u32::from(byte - b'0');
                let begins = |n: u32| n == number || n / 10 == number;
                let found = (1..=64).any(|n| may & bit(n) != 0 && begins(n));
                (found && number > 0).then_some(Mode::Citation { number, blank: false })
            }
            b' ' => blank.then_some(Mode::Citation { number, blank: false }),
            b']' | b',' if may & bit(number) != 0 => {
                self.sentence.cited |= bit(number);
                self.sentence.uncited = 0;
                let list = Mode::Citation { number: 0, blank: true };
                Some(if byte == b',' { list } else { Mode::Prose })
            }
            _ => None,
        }
    }

    /// The sources that a citation may name here: those that hold the quotation before it.
    fn may_cite(&self, sources: &Sources) -> u64 {
        match self.sentence {
            Sentence { uncited: 0, quoted: 0, .. } => sources.all(),
            Sentence { uncited: 0, quoted, .. } => quoted,
            Sentence { uncited, .. } => uncited,
        }
    }

    fn end_after(&self, byte: u8) -> End {
        let sign = matches!(byte, b'.' | b'!' | b'?' | b';')
            || [self.tail[0], self.tail[1], byte] == *"…".as_bytes();
        // Bytes of the marks ” ’ » and of … do not take back a sign before them.
        let keeps = matches!(byte, b')' | b']' | b'\'' | b'"')
            || matches!(byte, 0xe2 | 0x80 | 0x99 | 0x9d | 0xa6 | 0xc2 | 0xbb);
        match self.end {
            _ if sign => End::Sign,
            _ if matches!(byte, b'\n' | b'\r') => End::Over,
            End::Sign if keeps => End::Sign,
            End::Sign | End::Over if is_blank(byte) => End::Over,
            _ => End::No,
        }
    }
}

/// The set of one source; empty for a number that no source can have.
fn bit(number: u32) -> u64 {
    number.checked_sub(1).and_then(|at| 1u64.checked_shl(at)).unwrap_or(0)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
