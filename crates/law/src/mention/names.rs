//! Names of laws: a list of those known, whose ends are sure, and a rule for the others.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tokens::*;
use crate::syllable::{BAR, BREVE, HAT, HOI, HORN, HUYEN, NANG, NGA, SAC, Syllable};

/// Most syllables of a name that is not in the list.
const LONGEST: usize = 8;

struct Name {
    words: Vec<Syllable>,
    name: &'static str,
}

/// Names by the bare letters of their second word (the first is luật, bộ, pháp), longest first.
static NAMES: LazyLock<HashMap<Vec<u8>, Vec<Name>>> = LazyLock::new(|| {
    let mut names: HashMap<Vec<u8>, Vec<Name>> = HashMap::new();
    for line in include_str!("names.txt").lines() {
        let (typed, name) =
            line.split_once(" = ").map_or((line, line), |(typed, name)| (typed, name));
        // An abbreviation stands after luật, unless it says bộ luật itself.
        let prefix = if typed != name && !typed.starts_with("BL") { "luật " } else { "" };
        let words: Vec<Syllable> =
            format!("{prefix}{typed}").split([' ', ',']).filter_map(Syllable::of).collect();
        let key =
            words.get(1).or(words.first()).map(|word| word.letters().to_vec()).unwrap_or_default();
        names.entry(key).or_default().push(Name { words, name });
    }
    names
        .values_mut()
        .for_each(|list| list.sort_by_key(|name| std::cmp::Reverse(name.words.len())));
    names
});

/// The known name that stands at `i`, spelled as the law spells it, and where it ends.
pub(super) fn known(t: &Tokens<'_>, i: usize) -> Option<(&'static str, usize)> {
    let first = t.word(i)?;
    if !matches!(first.letters(), b"luat" | b"bo" | b"phap") {
        let is_short = first.letters().starts_with(b"bl") && !first.letters().starts_with(b"bla");
        let names = is_short.then(|| NAMES.get(first.letters())).flatten()?;
        return names.iter().find(|name| name.words.len() == 1).map(|name| (name.name, i + 1));
    }
    let names = NAMES.get(t.word(i + 1)?.letters())?;
    names.iter().find_map(|name| Some((name.name, matches(t, i, name)?)))
}

fn matches(t: &Tokens<'_>, i: usize, name: &Name) -> Option<usize> {
    let mut at = i;
    for (n, word) in name.words.iter().enumerate() {
        if n > 1 && t.mark(at, ',') {
            at += 1;
        }
        let there = t.word(at)?;
        // Short names mean other things without their marks: "luật gia" is no "Luật Giá".
        let unsure =
            name.words.len() <= 2 && n == 1 && there.is_bare() && !word.is_bare() && !t.bare;
        if !there.is(*word) || unsure {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// Words that end a name that is not in the list.
const STOPS: [Syllable; 44] = [
    SO,
    NAM,
    NAY,
    VA,
    HOAC,
    HAY,
    DEN,
    CUA,
    TAI,
    TRONG,
    THUOC,
    THEO,
    DIEU,
    KHOAN,
    DIEM,
    LUAT,
    QUY,
    Syllable::known(b"co", SAC, 0),
    Syllable::known(b"thi", HUYEN, 0),
    Syllable::known(b"la", HUYEN, 0),
    Syllable::known(b"nhu", 0, HORN),
    Syllable::known(b"the", SAC, HAT),
    Syllable::known(b"duoc", NANG, HORN | BAR),
    Syllable::known(b"da", NGA, BAR),
    Syllable::known(b"dang", 0, BAR),
    Syllable::known(b"se", NGA, 0),
    Syllable::known(b"ngay", HUYEN, 0),
    Syllable::known(b"ve", HUYEN, HAT),
    Syllable::known(b"do", 0, 0),
    Syllable::known(b"de", HOI, HAT | BAR),
    Syllable::known(b"khi", 0, 0),
    Syllable::known(b"neu", SAC, HAT),
    Syllable::known(b"ma", HUYEN, 0),
    Syllable::known(b"nao", HUYEN, 0),
    Syllable::known(b"gi", HUYEN, 0),
    Syllable::known(b"khong", 0, HAT),
    Syllable::known(b"phai", HOI, 0),
    Syllable::known(b"cho", 0, 0),
    Syllable::known(b"voi", SAC, HORN),
    Syllable::known(b"tu", HUYEN, HORN),
    Syllable::known(b"sua", HOI, HORN),
    Syllable::known(b"bi", NANG, 0),
    Syllable::known(b"hien", NANG, HAT),
    Syllable::known(b"bang", HUYEN, BREVE),
];

/// Where the name ends that begins at `i`, a kind word standing before it; `i` if there is none.
pub(super) fn unknown(t: &Tokens<'_>, i: usize) -> usize {
    let mut end = i;
    while end - i < LONGEST
        && t.word(end).is_some_and(|word| !STOPS.iter().any(|stop| word.is(*stop)))
    {
        end += 1;
    }
    end
}
