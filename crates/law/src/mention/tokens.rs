//! Running text as words, numbers, marks and document numbers.

use std::ops::Range;

use crate::scan::scan;
use crate::syllable::{
    BAR, BREVE, HAT, HOI, HORN, HUYEN, NANG, NGA, SAC, Syllable, is_inside, is_mark,
};

/// What a token is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Word(Syllable),
    Number,
    /// Letters and digits mixed (`12a`, `đ15`), or a word longer than a syllable.
    Mixed,
    /// A document number, by its place in `Tokens::numbers`.
    Document(usize),
    Mark(char),
}

pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    numbers: Vec<String>,
    /// Whether the text was typed without any mark.
    pub(super) bare: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Tokens<'a> {
        let mut tokens = Vec::with_capacity(text.len() / 5);
        let (mut numbers, mut bare) = (Vec::new(), true);
        let mut documents = scan(text).into_iter().peekable();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if let Some((number, span)) = documents.next_if(|(_, span)| span.start <= at) {
                tokens.push(Token {
                    kind: Kind::Document(numbers.len()),
                    start: span.start,
                    end: span.end,
                });
                numbers.push(number);
                at = span.end;
                continue;
            }
            let start = at;
            if is_inside(c) && !is_mark(c) {
                let limit = documents.peek().map_or(text.len(), |(_, span)| span.start);
                let run = text[at..limit].char_indices().find(|&(_, c)| !is_inside(c));
                at = run.map_or(limit, |(i, _)| start + i);
                let word = &text[start..at];
                let kind = if word.bytes().all(|byte| byte.is_ascii_digit()) {
                    Kind::Number
                } else if let Some(syllable) = Syllable::of(word) {
                    bare &= syllable.is_bare();
                    Kind::Word(syllable)
                } else {
                    bare &= word.is_ascii();
                    Kind::Mixed
                };
                tokens.push(Token { kind, start, end: at });
            } else {
                at += c.len_utf8();
                if !(c.is_whitespace() || c == '*' || c == '\u{200b}' || c == '\u{ad}') {
                    tokens.push(Token { kind: Kind::Mark(c), start, end: at });
                }
            }
        }
        Tokens { text, tokens, numbers, bare }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    pub(super) fn word(&self, i: usize) -> Option<Syllable> {
        match self.kind(i) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether these words stand at `i`.
    pub(super) fn are(&self, i: usize, words: &[Syllable]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.is(i + n, *word))
    }

    pub(super) fn is(&self, i: usize, word: Syllable) -> bool {
        self.word(i).is_some_and(|there| there.is(word))
    }

    pub(super) fn is_any(&self, i: usize, words: &[Syllable]) -> bool {
        self.word(i).is_some_and(|there| words.iter().any(|word| there.is(*word)))
    }

    pub(super) fn mark(&self, i: usize, mark: char) -> bool {
        self.kind(i) == Some(Kind::Mark(mark))
    }

    pub(super) fn dash(&self, i: usize) -> bool {
        matches!(self.kind(i), Some(Kind::Mark('-' | '\u{2010}'..='\u{2015}')))
    }

    /// The token as typed; empty past the end.
    pub(super) fn slice(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |token| &self.text[token.start..token.end])
    }

    /// The digits of a plain number.
    pub(super) fn digits(&self, i: usize) -> Option<&'a str> {
        (self.kind(i) == Some(Kind::Number)).then(|| self.slice(i))
    }

    pub(super) fn document(&self, i: usize) -> Option<&str> {
        match self.kind(i) {
            Some(Kind::Document(n)) => self.numbers.get(n).map(String::as_str),
            _ => None,
        }
    }

    /// Whether nothing stands between a token and the next.
    pub(super) fn touches_next(&self, i: usize) -> bool {
        matches!((self.tokens.get(i), self.tokens.get(i + 1)), (Some(a), Some(b)) if a.end == b.start)
    }

    /// Bytes of the tokens `from..to`.
    pub(super) fn span(&self, from: usize, to: usize) -> Range<usize> {
        match (self.tokens.get(from), self.tokens.get(to.saturating_sub(1))) {
            (Some(first), Some(last)) => first.start..last.end.max(first.start),
            _ => 0..0,
        }
    }
}

macro_rules! words {
    ($($name:ident = $letters:literal $tone:expr, $marks:expr;)*) => {
        $(pub(super) const $name: Syllable = Syllable::known($letters, $tone, $marks);)*
    };
}

words! {
    DIEU = b"dieu" HUYEN, HAT | BAR;
    KHOAN = b"khoan" HOI, 0;
    DIEM = b"diem" HOI, HAT | BAR;
    PHU = b"phu" NANG, 0;
    LUC = b"luc" NANG, 0;
    MO = b"mo" HOI, HORN;
    DAU = b"dau" HUYEN, HAT | BAR;
    KEM = b"kem" HUYEN, 0;
    THEO = b"theo" 0, 0;
    LUAT = b"luat" NANG, HAT;
    BO = b"bo" NANG, HAT;
    PHAP = b"phap" SAC, 0;
    LENH = b"lenh" NANG, HAT;
    HIEN = b"hien" SAC, HAT;
    NGHI = b"nghi" NANG, 0;
    DINH = b"dinh" NANG, BAR;
    QUYET = b"quyet" SAC, HAT;
    THONG = b"thong" 0, HAT;
    TU_ = b"tu" 0, HORN;
    LIEN = b"lien" 0, HAT;
    TICH = b"tich" NANG, 0;
    CHI = b"chi" HOI, 0;
    THI = b"thi" NANG, 0;
    SO = b"so" SAC, HAT;
    NAM = b"nam" 0, BREVE;
    NAY = b"nay" HUYEN, 0;
    VA = b"va" HUYEN, 0;
    HOAC = b"hoac" NANG, BREVE;
    HAY = b"hay" 0, 0;
    DEN = b"den" SAC, HAT | BAR;
    TOI = b"toi" SAC, HORN;
    CUA = b"cua" HOI, 0;
    TAI = b"tai" NANG, 0;
    TRONG = b"trong" 0, 0;
    THUOC = b"thuoc" NANG, HAT | HORN;
    CAC = b"cac" SAC, 0;
    QUY = b"quy" 0, 0;
    KY = b"ky" HOI, 0;
    LE = b"le" NANG, HAT;
    NOI = b"noi" NANG, HAT;
    DANH = b"danh" 0, 0;
    MUC = b"muc" NANG, 0;
    HUONG = b"huong" SAC, HORN;
    DAN = b"dan" NGA, HAT;
    TAI_ = b"tai" HUYEN, 0;
}
