//! What a sentence of an amending act orders: "sửa đổi, bổ sung khoản 2 Điều 5", "bổ sung Điều 12a
//! vào sau Điều 12", "thay thế cụm từ … bằng …", "bãi bỏ điểm a khoản 3 Điều 7".

use super::Spot;
use super::masks::mask;
use super::outline::BLOCK;
use crate::citation::Place;
use crate::mention::mentions;

/// What is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verb {
    #[default]
    Replace,
    Insert,
    Repeal,
    /// Words in place of other words.
    Words,
    AddWords,
    DropWords,
    Suspend,
    Renumber,
}

/// A place that an order is about, as far as the sentence names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    pub(super) document: String,
    pub(super) name: Option<String>,
    pub(super) place: Place,
    pub(super) spot: Spot,
}

/// One order of a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Order {
    pub(super) verb: Verb,
    pub(super) targets: Vec<Target>,
    /// What new places come after.
    pub(super) anchor: Option<Target>,
    /// Old and new words.
    pub(super) words: Vec<(String, String)>,
    /// How many quoted texts stood before it and in it.
    pub(super) blocks: std::ops::Range<usize>,
    /// Whether it names some provisions only ("một số điều"): then the units below say which.
    pub(super) some: bool,
    /// The part that it is about where it names no place: "sửa đổi tên điều như sau".
    pub(super) spot: Spot,
    /// Whether the verb is "thay thế": what is replaced without new words is gone.
    pub(super) replaces: bool,
}

const VERBS: [(&str, Verb); 17] = [
    ("sửa đổi, bổ sung", Verb::Replace),
    ("sửa đổi và bổ sung", Verb::Replace),
    ("bổ sung, sửa đổi", Verb::Replace),
    ("sửa đổi", Verb::Replace),
    ("bổ sung", Verb::Insert),
    ("bãi bỏ", Verb::Repeal),
    ("hủy bỏ", Verb::Repeal),
    ("huỷ bỏ", Verb::Repeal),
    ("lược bỏ", Verb::Repeal),
    ("thay thế", Verb::Replace),
    ("thay", Verb::Words),
    ("bỏ", Verb::DropWords),
    ("đính chính", Verb::Replace),
    ("ngưng hiệu lực", Verb::Suspend),
    ("đánh số lại", Verb::Renumber),
    ("đổi tên", Verb::Replace),
    ("chuyển", Verb::Renumber),
];

/// The orders of a sentence, in order; empty if it orders nothing.
pub(super) fn orders(head: &str) -> Vec<Order> {
    let masked = mask(head);
    let lower = masked.to_lowercase();
    if lower.len() != masked.len() {
        return Vec::new();
    }
    let verbs = verbs(&lower);
    if verbs.is_empty() {
        return passive(&masked, &lower);
    }
    let mut orders = Vec::new();
    let blocks = |text: &str| text.chars().filter(|c| *c == BLOCK).count();
    // Counted on from verb to verb: a list may hold thousands.
    let (mut seen, mut counted) = (0, 0);
    for (i, &(at, length, verb)) in verbs.iter().enumerate() {
        let end = verbs.get(i + 1).map_or(head.len(), |next| next.0);
        // What stands before the first verb may name the place: "Tại khoản 1 Điều 5, thay thế …".
        let before = if i == 0 { &masked[..at] } else { "" };
        let of_words = matches!(verb, Verb::Words | Verb::AddWords | Verb::DropWords);
        let mut found = match of_words {
            true => words_orders(verb, head, &masked, &lower, at + length..end),
            false => vec![order(verb, &masked, &lower, at + length..end)],
        };
        (seen, counted) = (seen + blocks(&head[counted..at]), at);
        let within = blocks(&head[at..end]);
        for order in &mut found {
            order.replaces = lower[at..].starts_with("thay thế");
            if order.targets.is_empty() {
                order.targets = targets(before).0;
            }
            order.blocks = seen..seen + within;
        }
        orders.extend(found);
    }
    // "Sửa đổi, bổ sung khoản 1 và bổ sung khoản 1a vào sau khoản 1 Điều 5": the article stands last.
    for i in (0..orders.len().saturating_sub(1)).rev() {
        let next = orders[i + 1].targets.first().or(orders[i + 1].anchor.as_ref()).cloned();
        if let Some(next) = next {
            for target in &mut orders[i].targets {
                take(target, &next);
            }
        }
    }
    orders
}

/// "Điều 45 được sửa đổi, bổ sung như sau:", as laws were amended until about 2012: the place comes
/// first.
fn passive(masked: &str, lower: &str) -> Vec<Order> {
    let verbs = [
        ("được sửa đổi", Verb::Replace),
        ("được thay thế", Verb::Replace),
        ("được thay", Verb::Replace),
        ("được bổ sung", Verb::Insert),
        ("được bãi bỏ", Verb::Repeal),
        ("bị bãi bỏ", Verb::Repeal),
    ];
    let found = verbs.iter().filter_map(|(words, verb)| Some((lower.find(words)?, *verb)));
    let Some((at, verb)) = found.min_by_key(|(at, _)| *at) else { return Vec::new() };
    let head = masked[..at].trim_start_matches(|c: char| !c.is_alphabetic());
    let units = ["Điều ", "Khoản ", "Điểm ", "Các điều ", "Các khoản ", "Các điểm "];
    // "a) Khoản 1": the label is no word.
    let rest = head.split_once([')', '.']).map_or(head, |(_, rest)| rest.trim_start());
    if !units.iter().any(|unit| head.starts_with(unit) || rest.starts_with(unit)) {
        return Vec::new();
    }
    let blocks = lower.chars().filter(|c| *c == BLOCK).count();
    let (targets, _) = targets(&masked[..at]);
    vec![Order { verb, targets, blocks: 0..blocks, ..Order::default() }]
}

/// Fills what a target leaves out from another one.
pub(super) fn take(target: &mut Target, from: &Target) {
    if target.document.is_empty() && target.name.is_none() {
        target.document.clone_from(&from.document);
        target.name.clone_from(&from.name);
    }
    let loose = target.place.article.is_none() && target.place.part.is_none();
    if loose && (target.place.clause.is_some() || target.place.point.is_some()) {
        target.place.article.clone_from(&from.place.article);
        target.place.part.clone_from(&from.place.part);
        if target.place.clause.is_none() {
            target.place.clause.clone_from(&from.place.clause);
        }
    }
}

/// Where verbs stand that order something.
fn verbs(lower: &str) -> Vec<(usize, usize, Verb)> {
    let mut found: Vec<(usize, usize, Verb)> = Vec::new();
    let mut seen: Vec<std::ops::Range<usize>> = Vec::new();
    for (word, verb) in VERBS {
        for (at, _) in lower.match_indices(word) {
            // What a longer verb covers is no verb of its own, whether that one orders or not.
            let taken = seen.iter().any(|span| span.start < at + word.len() && at < span.end);
            let after = &lower[at + word.len()..];
            let bounded = lower[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric())
                && after.chars().next().is_none_or(|c| !c.is_alphanumeric());
            if taken || !bounded {
                continue;
            }
            seen.push(at..at + word.len());
            if !orders_something(word, &lower[..at], after) {
                continue;
            }
            let of_words = names_words(after);
            let verb = match verb {
                Verb::Replace if of_words => Verb::Words,
                Verb::Insert if of_words => Verb::AddWords,
                Verb::Repeal if of_words => Verb::DropWords,
                verb => verb,
            };
            found.push((at, word.len(), verb));
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    // "Sửa đổi, thay thế" and "bãi bỏ, hủy bỏ" order once.
    let mut kept: Vec<(usize, usize, Verb)> = Vec::new();
    for (at, length, verb) in found {
        match kept.last_mut() {
            Some(last)
                if lower[last.0 + last.1..at].trim_matches([',', ' ']).is_empty()
                    || lower[last.0 + last.1..at].trim() == "và"
                    || lower[last.0 + last.1..at].trim() == "hoặc" =>
            {
                last.1 = at + length - last.0;
                if verb != Verb::Insert && last.2 != Verb::Words {
                    last.2 = verb;
                }
            }
            _ => kept.push((at, length, verb)),
        }
    }
    kept
}

fn names_words(after: &str) -> bool {
    let after = after.trim_start_matches([',', ' ', ':']);
    ["cụm từ", "các cụm từ", "một số cụm từ", "từ ", "các từ", "một số từ", "dấu ", "chữ ", "cụm "]
        .iter()
        .any(|words| after.starts_with(words))
}

/// Whether the word stands there as an order: not passive, not in the name of an act.
fn orders_something(word: &str, before: &str, after: &str) -> bool {
    let before = before.trim_end();
    let passive = [
        "được",
        "bị",
        "đã",
        "không",
        "chưa",
        "việc",
        "về",
        "phải",
        "hoặc",
        "sự",
        "hồ sơ",
        "quyền",
        "nội dung",
    ];
    if passive.iter().any(|word| before.ends_with(word)) {
        return false;
    }
    let after = after.trim_start();
    if word == "thay" || word == "bỏ" || word == "chuyển" {
        let units = [
            "cụm từ",
            "các cụm từ",
            "từ ",
            "các từ",
            "dấu ",
            "khoản ",
            "điểm ",
            "điều ",
            "đoạn ",
            "chữ ",
            "các khoản",
            "các điểm",
            "số ",
        ];
        if !units.iter().any(|unit| after.starts_with(unit)) {
            return false;
        }
    }
    // "Luật số 28/2018/QH14 sửa đổi, bổ sung một số điều của …" is a name: nothing but words of the
    // name stand between the number and the verb.
    let sentence = before.rfind([';', '\n']).map_or(before, |at| &before[at..]);
    let number = sentence.rfind('/').map(|at| &sentence[at..]);
    !number.is_some_and(|rest| {
        let rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        !rest.contains([':', ',', '('])
            && !rest.contains(" và ")
            && !rest.starts_with("và ")
            && !rest.ends_with(" và")
            && !rest.contains("như sau")
    })
}

/// The part of a place that an order is about, from its first words.
fn spot(verb: Verb, low: &str) -> Spot {
    let words = low.trim_start_matches([' ', ':']);
    let begins = |all: &[&str]| all.iter().any(|start| words.starts_with(start));
    if begins(&["tên điều", "tên của điều", "tiêu đề", "tên khoản"]) {
        Spot::Heading
    } else if begins(&[
        "đoạn mở đầu",
        "lời dẫn",
        "đoạn dẫn",
        "khổ đầu",
        "câu dẫn",
        "đoạn đầu",
        "phần mở đầu",
    ]) {
        Spot::Lead
    } else if begins(&["đoạn", "gạch đầu dòng", "câu "])
        // "Bãi bỏ các nội dung quy định về thuế tại Điều 34": a part of it, not all.
        || verb == Verb::Repeal && begins(&["nội dung", "các nội dung", "quy định về", "các quy định về", "một phần"])
    {
        Spot::Paragraph
    } else {
        Spot::Whole
    }
}

/// Orders about words. Each part between semicolons has its own words and places; places without words
/// belong to the words before, words without places to the places that come next.
fn words_orders(
    verb: Verb,
    head: &str,
    masked: &str,
    lower: &str,
    span: std::ops::Range<usize>,
) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    let mut start = span.start;
    for part in masked[span].split_inclusive([';', '\n']) {
        let range = start..start + part.len();
        start = range.end;
        let words = words(verb, &head[range.clone()], &lower[range]);
        let (targets, _) = targets(part);
        match orders.last_mut() {
            Some(last) if words.is_empty() => last.targets.extend(targets),
            _ if words.is_empty() => {}
            _ => orders.push(Order { verb, targets, words, ..Order::default() }),
        }
    }
    for i in (0..orders.len().saturating_sub(1)).rev() {
        if orders[i].targets.is_empty() {
            orders[i].targets = orders[i + 1].targets.clone();
        }
    }
    orders
}

fn order(verb: Verb, masked: &str, lower: &str, span: std::ops::Range<usize>) -> Order {
    let text = &masked[span.clone()];
    let low = &lower[span];
    let mut order = Order {
        verb,
        targets: Vec::new(),
        anchor: None,
        words: Vec::new(),
        blocks: 0..0,
        some: [
            "một số",
            "các điều sau",
            "các điều của",
            "các khoản của",
            "các điểm, khoản",
            "các khoản, điều",
            "các điểm của",
        ]
        .iter()
        .any(|words| low.trim_start().starts_with(words)),
        spot: spot(verb, low),
        replaces: false,
    };
    // "Hủy bỏ mã số giao dịch theo quy định tại Điều 12 Luật …": the place says how, not what.
    let first = mentions(text).into_iter().next().map_or(0, |mention| mention.span.start);
    let lead = low.get(..first).unwrap_or_default();
    if ["theo ", "hướng dẫn", "áp dụng"].iter().any(|words| lead.contains(words)) {
        return order;
    }
    let (found, starts) = targets(text);
    // What new places come after, or the words that this order replaces them by.
    let split = [
        " vào sau",
        " vào trước",
        " vào liền sau",
        " sau khi",
        " vào ngay sau",
        " tiếp sau",
        " vào khoản",
        " vào điều",
        " vào điểm",
    ]
    .iter()
    .filter_map(|words| low.find(words))
    .min();
    let split = split.filter(|_| verb == Verb::Insert);
    for (target, start) in found.into_iter().zip(starts) {
        match split {
            Some(split) if start > split => order.anchor.get_or_insert(target),
            _ => {
                order.targets.push(target);
                continue;
            }
        };
    }
    if order.spot == Spot::Paragraph {
        order.targets.iter_mut().for_each(|target| target.spot = Spot::Paragraph);
    }
    if let Some(anchor) = &order.anchor {
        for target in &mut order.targets {
            take(target, anchor);
        }
    }
    order
}

/// Old and new words: "cụm từ “A” bằng cụm từ “B”".
fn words(verb: Verb, text: &str, lower: &str) -> Vec<(String, String)> {
    let quotes = super::masks::quotes(text);
    let between = |from: usize, to: usize| lower.get(from..to).unwrap_or_default();
    let start = |quote: &str| quote.as_ptr() as usize - text.as_ptr() as usize;
    let mut pairs = Vec::new();
    match verb {
        Verb::DropWords => {
            pairs.extend(quotes.into_iter().map(|old| (old.to_owned(), String::new())));
        }
        Verb::AddWords => {
            // “X” vào sau cụm từ “Y”.
            let mut i = 0;
            while i < quotes.len() {
                let new = quotes[i];
                let next = quotes.get(i + 1);
                let gap = next.map_or("", |next| between(start(new) + new.len(), start(next)));
                match next {
                    Some(old) if gap.contains("sau") => {
                        pairs.push(((*old).to_owned(), join(old, new)));
                        i += 2;
                    }
                    Some(old) if gap.contains("trước") => {
                        pairs.push(((*old).to_owned(), join(new, old)));
                        i += 2;
                    }
                    _ => {
                        pairs.push((String::new(), new.to_owned()));
                        i += 1;
                    }
                }
            }
        }
        _ => {
            let mut olds: Vec<&str> = Vec::new();
            let mut end = 0;
            for quote in quotes {
                let gap = between(end, start(quote));
                end = start(quote) + quote.len();
                let by = ["bằng", "thành", "bởi"].iter().any(|word| gap.contains(word));
                if by && !olds.is_empty() {
                    pairs.extend(olds.drain(..).map(|old| (old.to_owned(), quote.to_owned())));
                } else {
                    olds.push(quote);
                }
            }
        }
    }
    pairs
}

fn join(left: &str, right: &str) -> String {
    let right = right.trim_start();
    if right.starts_with([',', ';', '.', ':']) {
        format!("{}{right}", left.trim_end())
    } else {
        format!("{} {right}", left.trim_end())
    }
}

/// Places and documents that a sentence names, with the byte where each stands.
pub(super) fn targets(masked: &str) -> (Vec<Target>, Vec<usize>) {
    let mut targets: Vec<Target> = Vec::new();
    let mut starts = Vec::new();
    let mut last_end = 0;
    for mention in mentions(masked) {
        let between = masked.get(last_end..mention.span.start).unwrap_or_default();
        last_end = mention.span.end;
        // "Điều 9 của Luật Một cái tên lạ số 15/2003/QH11": the name keeps the two apart.
        if mention.citation.place == Place::default()
            && mention.citation.document.contains('/')
            && [" của Luật ", " của Bộ luật ", " của Pháp lệnh "]
                .iter()
                .any(|of| between.starts_with(of))
            && !between.contains([';', '\n'])
        {
            let loose = |target: &&mut Target| target.document.is_empty() && target.name.is_none();
            for target in targets.iter_mut().rev().take_while(loose) {
                target.document.clone_from(&mention.citation.document);
            }
            continue;
        }
        let before = tail(&masked[..mention.span.start]).trim_end().to_lowercase();
        // "đã được sửa đổi, bổ sung theo Luật số 35/2018/QH14": only said to have amended it.
        let clause = before.rfind([';', '\n', '(']).map_or(before.as_str(), |at| &before[at..]);
        let passive =
            ["được sửa đổi", "được bổ sung", "đã sửa đổi", "được thay thế", "bị thay thế"];
        let names_act = passive.iter().any(|words| clause.contains(words));
        if names_act && mention.citation.place == Place::default() {
            continue;
        }
        let spot = if ends_with(&before, &["tên", "tên của", "tiêu đề", "tên gọi"]) {
            Spot::Heading
        } else if ends_with(
            &before,
            &[
                "đoạn mở đầu",
                "đoạn đầu",
                "khổ đầu",
                "lời dẫn",
                "đoạn dẫn",
                "phần mở đầu",
                "câu dẫn",
                "đoạn mở đầu của",
                "đoạn mở đầu tại",
                "đoạn thứ nhất",
                "đoạn 1",
            ],
        ) {
            Spot::Lead
        } else if before
            .rfind("đoạn")
            .is_some_and(|at| before.len() - at < 30 && !before[at..].contains([',', ';']))
            || ends_with(&before, &["gạch đầu dòng", "dòng", "câu", "câu cuối"])
        {
            Spot::Paragraph
        } else {
            Spot::Whole
        };
        let document = mention.citation.document;
        let document =
            if document.matches(['/', '-']).count() >= 2 { document } else { String::new() };
        targets.push(Target { document, name: mention.name, place: mention.citation.place, spot });
        starts.push(mention.span.start);
    }
    // "Điều 32; Điều 33 và Điều 65 của Nghị định số 102/2024/NĐ-CP": the document stands behind the last.
    for i in (0..targets.len().saturating_sub(1)).rev() {
        let loose = targets[i].document.is_empty() && targets[i].name.is_none();
        let between = masked.get(starts[i]..starts[i + 1]).unwrap_or_default();
        if loose && !between.contains(" này") {
            let (document, name) = (targets[i + 1].document.clone(), targets[i + 1].name.clone());
            (targets[i].document, targets[i].name) = (document, name);
        }
    }
    (targets, starts)
}

/// The last piece of a text: enough to see what a mention follows.
fn tail(text: &str) -> &str {
    let mut at = text.len().saturating_sub(400);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    &text[at..]
}

fn ends_with(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.ends_with(word))
}
