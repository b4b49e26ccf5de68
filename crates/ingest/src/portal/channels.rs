//! The portal's flattened table: way of filing, time, fee, note.

use law::{Channel, ChannelKind, FREE, FeeKind, Term, TimeUnit, UNKNOWN_FEE, Warning, WarningKind};

use super::record::said;
use crate::lines::tidy;

const HEAD: &str = "Hình thức nộpThời gianPhí, lệ phíMô tả";

const KINDS: [(&str, ChannelKind); 3] = [
    ("Trực tuyến", ChannelKind::Online),
    ("Trực tiếp", ChannelKind::InPerson),
    ("Dịch vụ bưu chính", ChannelKind::Post),
];

const UNITS: [&str; 12] = [
    "Ngày làm việc",
    "ngày làm việc",
    "Ngày",
    "ngày",
    "Giờ làm việc",
    "Giờ",
    "giờ",
    "Tháng",
    "tháng",
    "Năm",
    "Tuần",
    "Phút",
];

const CURRENCIES: [&str; 5] = ["Việt Nam Đồng", "VNĐ", "VND", "USD", "EUR"];

const NO_WORD: &str = "Không có thông tin";

/// Reads the table's rows.
pub(super) fn read(text: &str, warnings: &mut Vec<Warning>) -> Vec<Channel> {
    let text = text.trim();
    let text = text.strip_prefix(HEAD).unwrap_or(text);
    let starts: Vec<(usize, &str, ChannelKind)> = starts(text);
    let ends = starts.iter().skip(1).map(|(at, ..)| *at).chain([text.len()]);
    let mut out = Vec::new();
    for ((at, name, kind), end) in starts.iter().zip(ends) {
        out.push(row(*kind, &text[at + name.len()..end], warnings));
    }
    if out.is_empty() && !said(text).is_empty() {
        warnings.push(Warning { kind: WarningKind::Unread, what: String::new() });
    }
    out
}

/// Where rows begin: a way of filing glued to its time.
fn starts(text: &str) -> Vec<(usize, &'static str, ChannelKind)> {
    let mut out = Vec::new();
    for (name, kind) in KINDS {
        for (at, _) in text.match_indices(name) {
            let rest = &text[at + name.len()..];
            let glued = rest.starts_with(|c: char| c.is_ascii_digit())
                || rest.starts_with("Không")
                || rest.starts_with(FREE);
            let in_words = text[..at].ends_with(' ')
                && at > 0
                && !text[..at].trim_end().ends_with(['.', ';', ')']);
            if at == 0 || glued && !in_words {
                out.push((at, name, kind));
            }
        }
    }
    out.sort_by_key(|(at, ..)| *at);
    out
}

fn row(kind: ChannelKind, text: &str, warnings: &mut Vec<Warning>) -> Channel {
    let mut channel = Channel { kind, ..Channel::default() };
    let rest = time(text, &mut channel, warnings);
    let rest = fees(rest, &mut channel);
    channel.note = block(rest);
    channel
}

/// Takes the time off the beginning.
fn time<'a>(text: &'a str, channel: &mut Channel, warnings: &mut Vec<Warning>) -> &'a str {
    if let Some(rest) = text.strip_prefix(NO_WORD) {
        return rest;
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 {
        // Words in place of a time, up to the fee.
        let end =
            [FREE, NO_WORD].iter().filter_map(|mark| text.find(mark)).min().filter(|at| *at < 400);
        let Some(end) = end else { return text };
        channel.time = said(&tidy(&text[..end]));
        return &text[end..];
    }
    let (number, rest) = text.split_at(digits);
    if let Some(unit) = UNITS.iter().find(|unit| rest.trim_start().starts_with(**unit)) {
        channel.time = format!("{number} {}", unit.to_lowercase());
        return &rest.trim_start()[unit.len()..];
    }
    if amount(text).is_none() {
        channel.time = unitless(number);
        return rest;
    }
    // "1100 VNĐ": the time "1" and the fee "100 VNĐ" without anything between them.
    let whole = &text[..amount(text).unwrap_or(digits)];
    let split = (1..digits.min(3)).find(|at| grouped(&text[*at..]));
    let glued = Warning { kind: WarningKind::FeeGlued, what: tidy(whole) };
    if !warnings.contains(&glued) {
        warnings.push(glued);
    }
    // Times without a unit have one digit almost always.
    match split {
        Some(at) => {
            channel.time = unitless(&text[..at]);
            &text[at..]
        }
        None => text,
    }
}

fn unitless(number: &str) -> String {
    format!("{number} (cổng không ghi đơn vị)")
}

/// Whether a text begins with an amount whose thousands are set apart as they should be.
fn grouped(text: &str) -> bool {
    let number = &text
        [..text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',').len()];
    let mut groups = number.split(',');
    let first = groups.next().unwrap_or("");
    !first.starts_with('0')
        && (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3)
}

/// Bytes of an amount with its currency at the beginning.
fn amount(text: &str) -> Option<usize> {
    let digits = text.len()
        - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',' || c == '.').len();
    let rest = &text[digits..];
    let blank = rest.len() - rest.trim_start_matches(' ').len();
    let currency = CURRENCIES.iter().find(|currency| rest[blank..].starts_with(**currency))?;
    (digits > 0).then_some(digits + blank + currency.len())
}

/// Takes fees and their notes off the beginning; a cell may hold several.
fn fees<'a>(text: &'a str, channel: &mut Channel) -> &'a str {
    let (mut fees, mut notes): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = text;
    loop {
        let taken = if rest.starts_with(FREE) {
            FREE.len()
        } else if rest.starts_with(NO_WORD) {
            NO_WORD.len()
        } else if let Some(length) = amount(rest) {
            length
        } else {
            break;
        };
        let fee = match &rest[..taken] {
            NO_WORD => UNKNOWN_FEE.to_owned(),
            fee => tidy(fee),
        };
        if !fees.contains(&fee) {
            fees.push(fee);
        }
        rest = &rest[taken..];
        if rest.starts_with('(') {
            let end = closing(rest);
            let note = block(rest[1..end].trim());
            rest = rest.get(end + 1..).unwrap_or("");
            if !said(&note).is_empty() && !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    channel.fee = fees.join("; ");
    channel.fee_note = notes.join("\n");
    rest
}

/// Where the bracket that a text begins with is closed. List marks ("a)", "1)") do not count.
fn closing(text: &str) -> usize {
    let mut depth = 0usize;
    let mut last_open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => {
                depth += 1;
                last_open = at;
            }
            ')' => {
                let label: String =
                    text[..at].chars().rev().take_while(|c| c.is_alphanumeric()).take(3).collect();
                let before = text[..at].chars().rev().nth(label.chars().count());
                let short = match label.chars().count() {
                    1 => !label.contains(char::is_uppercase),
                    2 => label.bytes().all(|b| b.is_ascii_digit()),
                    _ => false,
                };
                let own_bracket = before == Some('(') && (last_open > 0 || depth > 1);
                let list_mark =
                    short && !own_bracket && before.is_none_or(|c| c.is_whitespace() || c == '(');
                if list_mark {
                    continue;
                }
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// A cell of several lines, each clean.
fn block(text: &str) -> String {
    text.lines().map(tidy).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a person must be told about times and fees; `steps` may say what the table does not.
pub(super) fn check(channels: &[Channel], steps: &str, warnings: &mut Vec<Warning>) {
    let glued = warnings.iter().any(|it| it.kind == WarningKind::FeeGlued);
    let mut warn = |kind: WarningKind, what: &str| {
        let warning = Warning { kind, what: what.to_owned() };
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    for channel in channels {
        match channel.fee_kind() {
            FeeKind::Council => warn(WarningKind::FeeCouncil, ""),
            FeeKind::Amount if channel.column_loses() => warn(WarningKind::FeeContradicted, ""),
            FeeKind::Rule if channel.column_loses() => warn(WarningKind::FeeRule, ""),
            _ => {}
        }
        if lost_thousands(&channel.fee) {
            warn(WarningKind::FeeThousands, &channel.fee);
        } else if let Some(fee) = differs(channel) {
            warn(WarningKind::FeeDiffers, fee);
        }
    }
    let terms: Vec<Term> = channels.iter().filter_map(Channel::term).collect();
    if channels.is_empty() || channels.iter().all(|channel| channel.time.is_empty()) {
        warn(WarningKind::TimeMissing, "");
    }
    let mut bare: Vec<String> = Vec::new();
    for term in terms.iter().filter(|term| term.unit == TimeUnit::None) {
        let count = term.count.to_string();
        if !bare.contains(&count) {
            bare.push(count);
        }
    }
    // A time that was told apart from a fee glued to it is a guess already.
    if !bare.is_empty() && !glued {
        warn(WarningKind::TimeUnitless, &bare.join(", "));
    }
    let differ = channels.iter().any(|channel| channel.time != channels[0].time);
    if differ {
        let each: Vec<String> = channels
            .iter()
            .map(|it| {
                let time = if it.time.is_empty() { "không ghi" } else { it.time.as_str() };
                format!("{}: {time}", it.kind.label().to_lowercase())
            })
            .collect();
        warn(WarningKind::TimesDiffer, &each.join("; "));
    }
    for channel in channels {
        let said = law::terms(&format!("{}\n{steps}", channel.note));
        let Some(term) = channel.term() else { continue };
        let day = |unit: TimeUnit| matches!(unit, TimeUnit::Day | TimeUnit::WorkingDay);
        // The same number of days, but of the other kind, and nowhere of this kind.
        if day(term.unit)
            && !said.contains(&term)
            && let Some(other) = said
                .iter()
                .find(|it| it.count == term.count && day(it.unit) && it.unit != term.unit)
        {
            let unit = if other.unit == TimeUnit::Day { "ngày" } else { "ngày làm việc" };
            warn(
                WarningKind::TimeContradicted,
                &format!("{} / {} {unit}", channel.time, other.count),
            );
        }
    }
}

/// A sum in the column that the note, which names sums, does not name.
fn differs(channel: &Channel) -> Option<&str> {
    let noted = sums(&channel.fee_note);
    let mut columns = channel.fee.split("; ");
    columns.find(|fee| {
        let sums = sums(fee);
        !noted.is_empty() && !sums.is_empty() && !sums.iter().any(|sum| noted.contains(sum))
    })
}

/// The digits of all sums in a text of at least a thousand: `50,000`, `2.000.000 đồng`.
fn sums(text: &str) -> Vec<String> {
    let number = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let runs = text.split(|c| !number(c));
    let grouped = |run: &&str| {
        let mut groups = run.trim_end_matches(['.', ',']).split(['.', ',']);
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        !first.is_empty() && !rest.is_empty() && rest.iter().all(|group| group.len() == 3)
    };
    runs.filter(grouped).map(|run| run.chars().filter(char::is_ascii_digit).collect()).collect()
}

/// `700 VNĐ`: no fee is that low.
fn lost_thousands(fee: &str) -> bool {
    fee.split("; ").any(|fee| {
        let number = fee.split(' ').next().unwrap_or("");
        let dong = fee.ends_with("VNĐ") || fee.ends_with("VND") || fee.ends_with("Việt Nam Đồng");
        dong && number.parse::<u32>().is_ok_and(|n| (1..1000).contains(&n))
    })
}
