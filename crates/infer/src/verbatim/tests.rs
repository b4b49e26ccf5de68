use proptest::prelude::*;

use super::*;

const BIRTH: &str = "1. Trong thời hạn 60 ngày kể từ ngày sinh con, cha hoặc mẹ\n  có trách nhiệm \
    đăng ký khai sinh cho con; lệ phí 8.000 đồng.";
const OFFICE: &str =
    "Thay cụm từ “cấp huyện” bằng “cấp xã” [3]. Cơ quan đăng ký khai sinh – hộ tịch.";

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An answer so far, and tokens for the next pieces.
fn written(sources: &[&str], text: &str, next: &[&str]) -> Verbatim {
    let tokens = [text].into_iter().chain(next.iter().copied()).map(|token| token.into());
    let mut verbatim =
        Verbatim::new(&strings(sources), Arc::new(Vocabulary::new(tokens)), &[u32::MAX]);
    assert!(verbatim.allows(0), "{text}");
    verbatim.accept(0);
    verbatim
}

#[test]
fn what_may_come_next() {
    for (text, yes, no) in [
        // Prose is free but for what it opens.
        (
            "Luật ghi ",
            &["abc", "“", "“Trong", " “lệ phí 8.000 đồng” [1].", "«", "\"cha"][..],
            &["“trong", "“ Trong", "“”", "“rong", "“lệ phí 8” [1]", "\"\""][..],
        ),
        // Letter for letter, a line feed as one blank, to the end of a word.
        ("“cha hoặc", &[" mẹ có", "” a", "” [1]"], &[" mẹ\n", " mẹ  có", " và", " ”", "\"", "»"]),
        ("“cha hoặc ", &["mẹ", "m"], &["”", "\n", " "]),
        ("“cha h", &["oặc”"], &["”", " "]),
        ("\"lệ phí 8", &[".000\" [1]"], &["\"", ".0\"", ".\""]),
        ("«lệ phí", &["» ", " 8.000 đồng.» [1]"], &["”", "\""]),
        // The end of a source: nothing but the mark.
        ("“8.000 đồng.", &["”", "”. Xong"], &[" ", "a", "“"]),
        // A piece ends where its source has a mark or a bracket.
        ("“Thay cụm từ", &["” ", "”,"], &[" ", " “", " cấp"]),
        ("“cấp xã", &["”", "” [2]"], &[" ", "” [1]", "”]” [3]", "["]),
        // A sign that begins like the closing mark.
        ("“khai sinh", &[" –", " – hộ", " cho", "”"], &["–", " — "]),
        ("“khai sinh –", &[" hộ", "”"], &["hộ"]),
        // A citation names a source.
        (
            "Phí [",
            &["1", "1]", "2][1", "1, 2]", "1,2]"],
            &["0", "3", "12", " 1", "1 ]", "a", "]", "1,  2", "1,]", "1-2]", "1, 3"],
        ),
        ("Phí", &[" [1].", "[2]"], &[" [3]", "[a", "[]", "[\"", "[01]", "[ 1]"]),
        // After a quotation, one that holds it; its sentence keeps to it.
        ("“cấp xã” theo ", &["[2]", "[2, 2]"], &["[1]", "[2, 1]", "[2][1]"]),
        ("“khai sinh” ", &["[1]", "[2]", "[1][2]", "[2, 1]"], &["[3]"]),
        ("“khai sinh – hộ”, “khai sinh” ", &["[1][2]", "[2][1]"], &[]),
        ("“cấp xã”, “60 ngày” ", &["[1]", "[1][2]"], &["[2]"]),
        ("Theo [2], ", &["“cấp", "“khai sinh – hộ tịch.” [2]"], &["“lệ phí", "“khai sinh cho"]),
        ("Theo [1][2], ", &["“cấp", "“lệ phí"], &[]),
        ("Theo [2], “khai sinh” ", &["[1]", "[2]"], &[]),
        // The next sentence is free again; a citation after the full stop is not yet in it.
        ("“cấp xã”. ", &["[2]", "Xong [1]", "Xong [1] “lệ phí”"], &["[1]"]),
        ("“8.000 đồng.” ", &["[1]", "Xong [2]"], &["[2]"]),
        ("“cấp xã”…” ", &["Xong [1]"], &["[1]"]),
        ("“cấp xã”\n", &["Xong [1]"], &["[1]"]),
        ("“cấp xã” tại TP.HCM, ", &["[2]"], &["[1]"]),
        ("Một [2]. Hai ", &["“lệ phí"], &[]),
        ("Một. [2] Hai ", &["“lệ phí"], &[]),
        ("Một [2]; ", &["“lệ phí"], &[]),
        // Closing marks and single marks in prose open nothing.
        ("” » ’ ‘", &["’abc", "”"], &["“bc"]),
    ] {
        let next: Vec<&str> = [yes, no].concat();
        let verbatim = written(&[BIRTH, OFFICE], text, &next);
        for (id, piece) in (1..).zip(&next) {
            let expect = id as usize <= yes.len();
            assert_eq!(verbatim.allows(id), expect, "{text:?} then {piece:?}");
            assert_eq!(verbatim.allowed(&[id]), usize::from(expect));
        }
    }
}

#[test]
fn answers_end_only_where_nothing_is_open() {
    for (text, free) in [
        ("Xin chào", true),
        ("“cha", false),
        ("“cha”", true),
        ("“cha\u{20}hoặc mẹ” [", false),
        ("“cha” [1", false),
        ("“cha” [1]", true),
    ] {
        let mut verbatim = written(&[BIRTH, OFFICE], text, &[]);
        // A stop, and an id that no token has.
        for token in [u32::MAX, 9] {
            assert_eq!((verbatim.free(), verbatim.allows(token)), (free, free), "{text}");
            let before = verbatim.state;
            verbatim.accept(token);
            assert_eq!(verbatim.state, before);
        }
    }
}

#[test]
fn without_sources_nothing_can_be_quoted_or_cited() {
    for sources in [&[][..], &["", "…"]] {
        let verbatim = written(sources, "Xin ", &["chào", "“", "\"", "«", "[3"]);
        let allowed: Vec<u32> = (1..6).filter(|id| verbatim.allows(*id)).collect();
        assert_eq!(allowed, [1]);
    }
    let mut many = vec!["đăng ký"; 70];
    many[11] = "khai sinh";
    let verbatim = written(&many, "“đăng ký” ", &["[7]", "[12]", "[64]", "[65]", "[70]", "[641]"]);
    let allowed: Vec<u32> = (1..7).filter(|id| verbatim.allows(*id)).collect();
    assert_eq!(allowed, [1, 3]);
    // The first digit alone would name a source that does not hold it.
    let verbatim = written(&many, "“khai sinh” ", &["[1", "[12", "[12]", "[1]", "[11", "[2"]);
    let allowed: Vec<u32> = (1..7).filter(|id| verbatim.allows(*id)).collect();
    assert_eq!(allowed, [1, 2, 3]);
}

#[test]
fn marks_and_letters_may_be_split_across_tokens() {
    let tokens = ["x", "\u{e2}", "\u{80}", "\u{9c}", "\u{9d}", "lệ ph", "\u{c3}", "\u{ad}", "b"];
    let byte = |token: &str| match token.chars().next() {
        Some(letter @ '\u{80}'..='\u{ff}') => vec![letter as u8],
        _ => token.as_bytes().to_vec(),
    };
    let vocabulary = Arc::new(Vocabulary::new(tokens.iter().map(|token| byte(token))));
    assert_eq!((vocabulary.bytes(2), vocabulary.bytes(5)), (&[0x80][..], "lệ ph".as_bytes()));
    let mut verbatim = Verbatim::new(&strings(&[BIRTH]), vocabulary, &[]);
    for (token, next) in [
        (0, vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (1, vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (2, vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (3, vec![5]),
        (5, vec![6]),
        (6, vec![7]),
        (7, vec![1]),
        (1, vec![2]),
        (2, vec![4]),
        (4, vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ] {
        verbatim.accept(token);
        let allowed: Vec<u32> = (0..9).filter(|id| verbatim.allows(*id)).collect();
        assert_eq!(allowed, next, "after {token}");
    }
    // A draft is cut before its first token that may not come.
    assert_eq!(verbatim.allowed(&[0, 1, 2, 3, 5, 6, 0]), 6);
    assert_eq!(verbatim.allowed(&[]), 0);
}

#[test]
fn what_may_not_come_breaks_the_quotation_only() {
    let mut verbatim = written(&[BIRTH], "“cha ", &["xyz “", "bạn", "mẹ", "\" [9"]);
    verbatim.accept(1);
    assert!(!verbatim.free() && !verbatim.allows(2) && verbatim.allows(3));
    verbatim.accept(4);
    assert!(verbatim.free());
}

#[test]
fn the_best_token_is_the_best_allowed_one() {
    let verbatim = written(&[BIRTH], "“cha", &[" và", " hoặc", " h", "”"]);
    let nan = f32::NAN;
    for (logits, expect) in [
        (&[9.0, 8.0, 1.0, 2.0, 0.0][..], Some(3)),
        (&[9.0, 8.0, 2.0, 2.0, 2.0], Some(2)),
        (&[9.0, 8.0, nan, f32::NEG_INFINITY], Some(3)),
        (&[nan, 8.0], None),
        (&[nan], None),
        (&[], None),
    ] {
        assert_eq!(verbatim.choose(logits), expect, "{logits:?}");
    }
}

/// Small logits, so that many are equal.
fn logits(seed: &mut u64, count: usize) -> Vec<f32> {
    let mut logit = || {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as f32 % 50.0
    };
    (0..count).map(|_| logit()).collect()
}

/// The rules read from a whole answer: its quotations each stand in a source, its citations name
/// one, and the first after a quotation one that holds it.
fn faults(answer: &str, sources: &[String]) -> Vec<String> {
    let squash = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sources: Vec<String> = sources.iter().map(|source| squash(source)).collect();
    let mut faults = Vec::new();
    let mut rest = answer;
    let mut quote: Option<&str> = None;
    while let Some(at) = rest.find(['“', '"', '«', '[', '\n', '.', ';', '!', '?', '…']) {
        let (open, after) =
            rest[at..].split_at(rest[at..].chars().next().map_or(0, char::len_utf8));
        rest = after;
        let close = match open {
            "“" => "”",
            "«" => "»",
            "[" => "]",
            "\"" => "\"",
            // Any sign may end the sentence.
            _ => {
                quote = quote.filter(|_| rest.trim_start().starts_with('['));
                continue;
            }
        };
        // Unfinished at the end of the walk.
        let Some((inside, after)) = rest.split_once(close) else { break };
        rest = after;
        if close == "]" {
            for n in inside.split(',') {
                match n.trim().parse().ok().and_then(|n: usize| sources.get(n.checked_sub(1)?)) {
                    Some(source) if quote.take().is_none_or(|quote| source.contains(quote)) => {}
                    _ => faults.push(format!("[{inside}]")),
                }
            }
        } else {
            let stands = sources.iter().any(|source| source.contains(inside));
            if !stands || inside.trim() != inside || inside.is_empty() {
                faults.push(inside.to_owned());
            }
            let over = inside.ends_with(['.', ';', '!', '?', '…']);
            quote = Some(inside).filter(|_| !over || rest.trim_start().starts_with('['));
        }
    }
    faults
}

#[test]
fn faults_are_found() {
    for (answer, expect) in [
        ("Ghi “lệ phí 8.000 đồng” và [2]. “cấp xã” [1", &["[2]"][..]),
        ("Ghi “cấp xã”. [1] [4] “cấp tỉnh”", &["[1]", "[4]", "cấp tỉnh"]),
        ("Ghi “cấp xã”. Và [1] \"\" \"trách", &[""]),
    ] {
        assert_eq!(faults(answer, &strings(&[BIRTH, OFFICE])), expect, "{answer}");
    }
}

proptest! {
    /// A walk that takes allowed tokens never stands still and never breaks a rule.
    #[test]
    fn random_answers_quote_truly(
        sources in prop::collection::vec("([a-cđớẫ“\"\\[1-3,. \n–/]|đăng ký |\\. ){0,40}", 0..4),
        cuts in prop::collection::vec((0..200usize, 1..9usize), 0..40),
        mut seed: u64,
    ) {
        let text = format!("{}” [1]. “[2], \"Và «Ghi» […", sources.concat());
        let text = text.as_bytes();
        let pieces = cuts.iter().map(|(at, length)| {
            let at = at % text.len();
            text[at..text.len().min(at + length)].to_vec()
        });
        // Every byte, then pieces that split letters and hold marks, then the marks once more.
        let bytes = text.iter().chain(b"123,] ").chain("”»\"–".as_bytes()).map(|byte| vec![*byte]);
        let marks = ["“", "” ", "” [", "\"", " «", "».", " [", "], ", ". ", "", "</s>"];
        let tokens: Vec<Vec<u8>> = bytes.chain(pieces).chain(marks.map(Vec::from)).collect();
        let stop = tokens.len() as u32 - 1;
        let vocabulary = Arc::new(Vocabulary::new(tokens.clone().into_iter()));
        let mut verbatim = Verbatim::new(&sources, vocabulary, &[stop]);
        let mut answer = Vec::new();
        for _ in 0..150 {
            let mut logits = logits(&mut seed, tokens.len());
            // Marks come often, so that quotations are closed and cited.
            logits.iter_mut().rev().take(marks.len()).for_each(|logit| *logit += 20.0);
            let chosen = verbatim.choose(&logits);
            let highest = (0..tokens.len() as u32)
                .filter(|id| verbatim.allows(*id))
                .max_by(|a, b| logits[*a as usize].total_cmp(&logits[*b as usize]).then(b.cmp(a)));
            prop_assert_eq!(chosen, highest);
            prop_assert!(chosen.is_some(), "{:?}", String::from_utf8_lossy(&answer));
            let Some(token) = chosen.filter(|token| *token != stop) else { continue };
            verbatim.accept(token);
            answer.extend(&tokens[token as usize]);
        }
        let answer = String::from_utf8_lossy(&answer);
        prop_assert_eq!(faults(&answer, &sources), Vec::<String>::new(), "{}", answer);
    }

    /// Tokens are judged as the sum of their bytes, wherever they are cut.
    #[test]
    fn tokens_are_judged_byte_by_byte(
        text in "([a-c ]|“(a|b|c|ab| bc|ab c){1,3}”| \\[[123]\\]|\\. |[“”\\[\\]]){0,12}",
        cuts in prop::collection::vec(0..100usize, 0..6),
    ) {
        let sources = strings(&["ab c", "b a"]);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
        ends.extend([0, text.len()]);
        ends.sort_unstable();
        let tokens: Vec<Vec<u8>> =
            ends.windows(2).map(|cut| text.as_bytes()[cut[0]..cut[1]].to_vec()).collect();
        let all = (0..tokens.len() as u32).filter(|id| !tokens[*id as usize].is_empty());
        let all: Vec<u32> = all.collect();
        let vocabulary = Arc::new(Vocabulary::new(tokens.into_iter()));
        let verbatim = Verbatim::new(&sources, vocabulary, &[]);
        let one = Arc::new(Vocabulary::new([text.clone().into_bytes()].into_iter()));
        let one = Verbatim::new(&sources, one, &[]);
        prop_assert_eq!(verbatim.allowed(&all) == all.len(), one.allows(0), "{}", text);
        if one.allows(0) {
            prop_assert_eq!(faults(&text, &sources), Vec::<String>::new(), "{}", text);
        }
    }
}
