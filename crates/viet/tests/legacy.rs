//! Real documents of 1995 to 2009 against their transcripts, where the test data is at hand.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::PathBuf;

use viet::{Encoding, decode, repair};

fn data() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/files/legacy_tcvn3_vni"
    ));
    if !path.is_dir() {
        println!("skipped: no {}", path.display());
        return None;
    }
    Some(path)
}

/// The text bytes of an RTF file, as its fonts showed them. Only what these files need.
fn rtf_bytes(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // For each open group: whether its text is hidden.
    let mut groups = vec![false];
    let mut at = 0;
    while at < file.len() {
        let hidden = *groups.last().unwrap_or(&true);
        match file[at] {
            b'{' => {
                let rest = &file[at + 1..file.len().min(at + 14)];
                let tables: [&[u8]; 8] = [
                    b"\\*",
                    b"\\fonttbl",
                    b"\\colortbl",
                    b"\\stylesheet",
                    b"\\info",
                    b"\\pict",
                    b"\\header",
                    b"\\footer",
                ];
                groups.push(hidden || tables.iter().any(|name| rest.starts_with(name)));
                at += 1;
            }
            b'}' => {
                groups.pop();
                at += 1;
            }
            b'\\' if file.get(at + 1) == Some(&b'\'') => {
                let code = std::str::from_utf8(&file[at + 2..at + 4]).unwrap();
                if !hidden {
                    out.push(u8::from_str_radix(code, 16).unwrap());
                }
                at += 4;
            }
            b'\\' => {
                let start = at + 1;
                at = start;
                while at < file.len() && file[at].is_ascii_alphabetic() {
                    at += 1;
                }
                if at == start {
                    at += 1;
                    // "\-" is a soft hyphen, "ư" in TCVN3.
                    if !hidden && matches!(file[start], b'-' | b'~') {
                        out.push(if file[start] == b'-' { 0xad } else { 0xa0 });
                    }
                    continue;
                }
                let word = &file[start..at];
                while at < file.len() && (file[at].is_ascii_digit() || file[at] == b'-') {
                    at += 1;
                }
                if file.get(at) == Some(&b' ') {
                    at += 1;
                }
                let byte = match word {
                    b"par" | b"line" | b"row" | b"sect" | b"page" => b'\n',
                    b"tab" | b"cell" => b'\t',
                    b"endash" => 0x96,
                    b"lquote" => 0x91,
                    b"rquote" => 0x92,
                    b"ldblquote" => 0x93,
                    b"rdblquote" => 0x94,
                    _ => continue,
                };
                if !hidden {
                    out.push(byte);
                }
            }
            b'\r' | b'\n' => at += 1,
            byte => {
                if !hidden {
                    out.push(byte);
                }
                at += 1;
            }
        }
    }
    out
}

/// How many letters and digits of `expect` are found in `found`, in order, and how many there are.
/// Words are aligned greedily with a window: layout differs, the words do not.
fn right_letters(found: &str, expect: &str) -> (usize, usize) {
    let found = viet::syllables(found);
    let expect = viet::clean(expect);
    let (mut right, mut all, mut at) = (0, 0, 0);
    for token in viet::syllables(&expect) {
        let letters = token.text.chars().count();
        all += letters;
        let window = &found[at..found.len().min(at + 200)];
        if let Some(offset) = window.iter().position(|other| other.text == token.text) {
            right += letters;
            at += offset + 1;
        }
    }
    (right, all)
}

#[test]
fn tcvn3_documents_match_their_transcripts() {
    let Some(data) = data() else { return };
    let (mut right, mut all) = (0, 0);
    for entry in fs::read_dir(data.join("corpus/public-domain/tcvn3")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let transcript = fs::read_to_string(data.join(format!("ground-truth/{name}.txt")));
        let (true, Ok(transcript)) = (path.extension().is_some_and(|ext| ext == "rtf"), transcript)
        else {
            continue;
        };
        let (text, encoding) = decode(&rtf_bytes(&fs::read(&path).unwrap()));
        let (its_right, its_all) = right_letters(&text, &transcript);
        println!(
            "{name}: {:.4} of {its_all} letters, {encoding:?}",
            its_right as f64 / its_all as f64
        );
        assert_eq!(encoding, Encoding::Tcvn3, "{name}");
        right += its_right;
        all += its_all;
    }
    println!("TCVN3 documents: {:.4} of {all} letters", right as f64 / all as f64);
    assert!(all > 0 && right as f64 / all as f64 >= 0.98);
}

/// Proper text goes through unharmed, and comes back after a trip through each legacy font.
#[test]
fn transcripts_survive_and_return() {
    let Some(data) = data() else { return };
    let (mut right, mut all) = ([0, 0], 0);
    for folder in ["ground-truth", "ground-truth-synthetic"] {
        for entry in fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let text = viet::clean(&text);
            if path.extension().is_none_or(|ext| ext != "txt") {
                continue;
            }
            let (same, _) = repair(&text);
            let changed = same.split('\n').zip(text.split('\n')).filter(|(new, old)| new != old);
            for (_, old) in changed {
                // One line of one transcript was itself left in the old font.
                assert!(old.starts_with("So víi xŭt khÈu"), "{}: {old}", path.display());
            }
            let marked =
                text.chars().filter(|&c| viet::has_marks(c.encode_utf8(&mut [0; 4]))).count();
            if marked < 20 {
                continue;
            }
            all += text.chars().filter(|c| !c.is_whitespace()).count();
            for (count, (typed, expect)) in right
                .iter_mut()
                .zip([(to_vni(&text), Encoding::Vni), (to_tcvn3(&text), Encoding::Tcvn3)])
            {
                let (back, encoding) = repair(&typed);
                assert_eq!(encoding, Some(expect), "{}", path.display());
                let (back, text) = match expect {
                    // Capitals with marks do not exist in TCVN3.
                    Encoding::Tcvn3 => (back.to_lowercase(), text.to_lowercase()),
                    _ => (back, text.clone()),
                };
                // Word by word: a letter too many spoils its own word only.
                let words = text.split_whitespace().zip(back.split_whitespace());
                *count += words
                    .filter(|(old, new)| old == new)
                    .map(|(old, _)| old.chars().count())
                    .sum::<usize>();
            }
        }
    }
    println!("round trip of {all} characters: VNI {}, TCVN3 {} right", right[0], right[1]);
    for count in right {
        assert!(count as f64 / all as f64 >= 0.98, "{count} of {all}");
    }
}

/// Types a text as a VNI keyboard did; an own table, so that it checks the one under test.
fn to_vni(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut out = String::new();
    for letter in text.chars() {
        let upper = letter.is_uppercase();
        let parts: Vec<char> = letter.to_lowercase().nfd().collect();
        let tone =
            parts.iter().position(|part| "\u{301}\u{300}\u{309}\u{303}\u{323}".contains(*part));
        let tone = tone.and_then(|at| {
            "\u{301}\u{300}\u{309}\u{303}\u{323}".chars().position(|c| c == parts[at])
        });
        let has = |mark| parts.contains(&mark);
        let nth = |row: &str| {
            tone.and_then(|at| row.chars().nth(at)).map(String::from).unwrap_or_default()
        };
        let typed = match parts[0] {
            'đ' => "ñ".to_owned(),
            'i' if tone.is_some() => nth("íìæóò"),
            'y' if tone == Some(4) => "î".to_owned(),
            base if has('\u{302}') => {
                format!("{base}{}", if tone.is_some() { nth("áàåãä") } else { "â".into() })
            }
            base if has('\u{306}') => {
                format!("{base}{}", if tone.is_some() { nth("éèúüë") } else { "ê".into() })
            }
            'o' if has('\u{31b}') => format!("ô{}", nth("ùøûõï")),
            'u' if has('\u{31b}') => format!("ö{}", nth("ùøûõï")),
            base if tone.is_some() => format!("{base}{}", nth("ùøûõï")),
            _ => {
                out.push(letter);
                continue;
            }
        };
        out.push_str(&if upper { typed.to_uppercase() } else { typed });
    }
    out
}

/// Types a text in a TCVN3 font, from the standard's order of letters.
fn to_tcvn3(text: &str) -> String {
    const LETTERS: &str =
        "ăâêôơưđ àảãáạ ằẳẵắ ặầẩẫấậè ẻẽéẹềểễếệìỉ ĩíịò ỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ";
    const CODES: &str =
        "¨©ª«¬\u{ad}® µ¶·¸¹ »¼½¾ ÆÇÈÉÊËÌ ÎÏÐÑÒÓÔÕÖ×Ø ÜÝÞß áâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ";
    let plain =
        |letter: char| "ĂÂÊÔƠƯĐ".chars().zip("¡¢£¤¥¦§".chars()).find(|(own, _)| *own == letter);
    text.chars()
        .map(|letter| {
            let lower = letter.to_lowercase().next().unwrap();
            let pair =
                LETTERS.chars().zip(CODES.chars()).find(|(own, _)| *own == lower && lower != ' ');
            plain(letter).or(pair).map_or(letter, |(_, code)| code)
        })
        .collect()
}
