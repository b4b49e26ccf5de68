//! The figures as a person reads them: what was compared on what, then the table.

use serde_json::Value;

/// The document of `peers --json`, for a person.
pub(super) fn page(document: &Value) -> String {
    let machine = &document["machine"];
    let mut lines = vec![
        format!(
            "{}, {} cores, {}; load at the start {}",
            plain(&machine["cpu"]),
            plain(&machine["cores"]),
            plain(&machine["features"]),
            plain(&machine["load"])
        ),
        format!("{} rounds, each side a fresh process each time", plain(&document["runs"])),
    ];
    for (pair, software) in document["software"].as_object().into_iter().flatten() {
        let settings = plain(&document["settings"][pair]);
        lines.push(format!("{pair} there: {}; {settings}", plain(software)));
    }
    let warnings = document["warnings"].as_array().into_iter().flatten();
    lines.extend(warnings.map(|warning| format!("warning: {}", plain(warning))));
    lines.push(String::new());
    let head = ["metric", "unit", "tokens", "ours", "theirs", "ratio", "goal"].map(str::to_string);
    let results = document["results"].as_array().into_iter().flatten();
    lines.extend(std::iter::once(head).chain(results.map(cells)).map(|cells| {
        let [metric, unit, tokens, ours, theirs, ratio, goal] = cells;
        format!("{metric:<8} {unit:<9} {tokens:>7} {ours:>24} {theirs:>24} {ratio:>6}  {goal}")
    }));
    lines
        .push("ratio: over 1 when ours is faster (speeds: ours/theirs, times: theirs/ours)".into());
    lines.join("\n")
}

/// One line of the table; each side's median with its range over the rounds.
fn cells(result: &Value) -> [String; 7] {
    let number = |value: &Value| value.as_f64().map_or("–".to_string(), |v| format!("{v:.1}"));
    let side = |side: &Value| {
        let [median, min, max] = ["median", "min", "max"].map(|name| number(&side[name]));
        format!("{median} ({min}–{max})")
    };
    let (ratio, goal) = (result["ratio"].as_f64(), result["goal"].as_f64());
    let met = if ratio >= goal { "met" } else { "missed" };
    [
        plain(&result["metric"]),
        plain(&result["unit"]),
        plain(&result["theirs"]["tokens"]),
        side(result),
        side(&result["theirs"]),
        ratio.map_or("–".to_string(), |ratio| format!("{ratio:.2}")),
        format!("≥ {:.2} {met}", goal.unwrap_or_default()),
    ]
}

/// A value without the signs of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let told = fields.iter().map(|(name, value)| format!("{name} {}", plain(value)));
            told.collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_tells_what_was_compared() {
        let side = json!({"median": 40.0, "min": 38.25, "max": 41.0, "n": 1, "tokens": 64});
        let page = page(&json!({
            "machine": {"cpu": "A CPU", "cores": 2, "features": ["fma"], "load": "0.1 0.2 0.3"},
            "runs": 1, "warnings": ["busy"],
            "software": {"generate": {"llama-cpp-python": "0.3"}},
            "settings": {"generate": {"threads": 2}},
            "results": [{
                "metric": "decode", "unit": "tokens/s", "median": 30.0, "min": 30.0, "max": 30.0,
                "theirs": side, "ratio": 0.75, "goal": 1.0,
            }],
        }));
        for part in [
            "A CPU, 2 cores, fma; load at the start 0.1 0.2 0.3",
            "generate there: llama-cpp-python 0.3; threads 2",
            "warning: busy",
            "     64 ",
            "30.0 (30.0–30.0)",
            "40.0 (38.2–41.0)",
            "0.75  ≥ 1.00 missed",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
