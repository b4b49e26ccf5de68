//! What pages show in the same way: an answer's words, the state of a source, days.

use jiff::Timestamp;
use jiff::tz;
use maud::{Markup, html};
use serde_json::Value;

/// Words of a page, by their key in `prompts/say.toml`.
pub type Say<'a> = &'a dyn Fn(&str) -> String;

/// A moment as people in Hà Nội read it: `30/11/2026 14:05`.
pub(crate) fn moment(at: Timestamp) -> String {
    tz::offset(7).to_datetime(at).strftime("%d/%m/%Y %H:%M").to_string()
}

/// The key of what is said of an answer that is not simply one.
pub(crate) fn verdict(answer: &Value) -> Option<&'static str> {
    match answer["verdict"].as_str()? {
        "partial" => Some("form_partial"),
        "ask_back" => Some("form_ask_back"),
        "no_basis" => Some("form_no_basis"),
        _ => None,
    }
}

/// State, days and day of the check, in words.
pub(crate) fn badge(source: &Value, say: Say<'_>) -> String {
    let status = source["status"].as_str().unwrap_or("unknown");
    let day = |key: &str| source[key].as_str().map(day);
    let mut parts = vec![say(&format!("label_status_{status}"))];
    let dated = [("from", "form_from"), ("to", "form_to"), ("checked", "form_checked")];
    parts.extend(
        dated.iter().filter_map(|(key, words)| Some(say(words).replace("{day}", &day(key)?))),
    );
    parts.join(" · ")
}

/// `2026-11-20` as people write it.
pub(crate) fn day(text: &str) -> String {
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => text.to_owned(),
    }
}

/// Paragraphs, quotations and bold words; whatever else stands in a text is text.
pub(crate) fn prose(text: &str) -> Markup {
    let quoted = |line: &&str| line.starts_with('>');
    html! {
        @for block in text.split("\n\n").filter(|it| !it.trim().is_empty()) {
            @let lines: Vec<&str> = block.lines().collect();
            // A quotation may begin right below the line that leads to it.
            @for run in lines.chunk_by(|one, next| quoted(one) == quoted(next)) {
                @if run.iter().all(quoted) {
                    blockquote {
                        @for line in run { (bold(line.trim_start_matches('>').trim_start())) br; }
                    }
                } @else {
                    p { @for line in run { (bold(line)) br; } }
                }
            }
        }
    }
}

fn bold(line: &str) -> Markup {
    let parts: Vec<&str> = line.split("**").collect();
    // An odd mark at the end marks nothing.
    let whole = parts.len() % 2 == 1;
    html! {
        @for (n, part) in parts.iter().enumerate() {
            @if n % 2 == 1 && (whole || n + 1 < parts.len()) { strong { (part) } } @else { (part) }
        }
    }
}
