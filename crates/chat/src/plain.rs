//! An answer for channels that show letters only: its words, then its sources with the state of each. Pure.

use answer::{Answer, Source};
use jiff::civil::Date;

/// The text without marks, and the numbered list of what it rests on.
pub(crate) fn plain<'a>(answer: &Answer, say: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut text = answer.plain();
    if answer.generated {
        text = format!("{}\n\n{text}", say("disclaimer").unwrap_or_default());
    }
    if answer.sources.is_empty() {
        return text;
    }
    text.push_str(&format!("\n\n{}:", say("form_sources").unwrap_or_default()));
    for source in &answer.sources {
        text.push_str(&format!("\n[{}] {}", source.n, line(source, &say)));
    }
    text
}

/// `60/2014/QH13 điều 15 (Luật Hộ tịch): còn hiệu lực, từ 01/01/2016`.
fn line<'a>(source: &Source, say: &impl Fn(&str) -> Option<&'a str>) -> String {
    let status = serde_json::to_value(source.status).unwrap_or_default();
    let status = say(&format!("label_status_{}", status.as_str().unwrap_or("unknown")));
    let mut parts = vec![status.unwrap_or_default().to_owned()];
    for (day, key) in
        [(source.from, "form_from"), (source.to, "form_to"), (source.checked, "form_checked")]
    {
        parts.extend(day.and_then(|day| Some(say(key)?.replace("{day}", &dated(day)))));
    }
    format!("{} ({}): {}", source.citation, source.title, parts.join(", "))
}

fn dated(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}
