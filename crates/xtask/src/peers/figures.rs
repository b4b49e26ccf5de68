//! Medians of both sides, their ratios, and the page that shows them.

use serde_json::{Value, json};

/// A compared metric.
struct Metric {
    name: &'static str,
    unit: &'static str,
    /// Seconds rather than speeds: less is better.
    time: bool,
    /// The least ratio that we want.
    goal: f64,
}

const METRICS: [Metric; 4] = [
    Metric { name: "embed", unit: "tokens/s", time: false, goal: 1.0 },
    Metric { name: "query", unit: "ms", time: true, goal: 1.0 },
    Metric { name: "prefill", unit: "tokens/s", time: false, goal: 1.0 },
    Metric { name: "decode", unit: "tokens/s", time: false, goal: 1.0 },
];

/// Counts of tokens may differ by this share before it is told.
const TOLERANCE: f64 = 0.02;

/// What the rounds gave, in the order of [`METRICS`].
#[derive(Default)]
pub(super) struct Figures([Pair; METRICS.len()]);

#[derive(Default)]
struct Pair {
    ours: Side,
    theirs: Side,
}

#[derive(Default)]
struct Side {
    /// The median of each round.
    medians: Vec<f64>,
    /// Tokens of one pass.
    tokens: Option<u64>,
}

impl Figures {
    /// Takes what one process of each side measured.
    pub(super) fn add(&mut self, ours: &Value, theirs: &Value) -> Result<(), String> {
        for (metric, pair) in METRICS.iter().zip(&mut self.0) {
            match (row(ours, metric.name), row(theirs, metric.name)) {
                (Some(our), Some(their)) => {
                    pair.ours.add(our);
                    pair.theirs.add(their);
                }
                (None, None) => {}
                (None, _) => return Err(format!("khue bench measured no {}", metric.name)),
                (_, None) => return Err(format!("the other side measured no {}", metric.name)),
            }
        }
        Ok(())
    }

    /// One entry for each metric that was measured, as in `bench --json`, with the other side.
    pub(super) fn results(&self) -> Vec<Value> {
        let measured = METRICS.iter().zip(&self.0);
        let measured = measured.filter_map(|(metric, pair)| {
            let (ours, theirs) = (median(&pair.ours.medians)?, median(&pair.theirs.medians)?);
            let ratio = if metric.time { theirs / ours } else { ours / theirs };
            let mut entry = pair.ours.summary();
            entry["metric"] = json!(metric.name);
            entry["unit"] = json!(metric.unit);
            entry["theirs"] = pair.theirs.summary();
            entry["ratio"] = json!(rounded(ratio));
            entry["goal"] = json!(metric.goal);
            Some(entry)
        });
        measured.collect()
    }

    /// Where the two sides did not do the same work.
    pub(super) fn warnings(&self) -> Vec<String> {
        let measured = METRICS.iter().zip(&self.0);
        let measured = measured.filter(|(_, pair)| !pair.ours.medians.is_empty());
        let told = measured.filter_map(|(metric, pair)| {
            let name = metric.name;
            match (pair.ours.tokens, pair.theirs.tokens) {
                (Some(ours), Some(theirs))
                    if ours.abs_diff(theirs) as f64 > TOLERANCE * theirs as f64 =>
                {
                    Some(format!("{name}: {ours} tokens here, {theirs} there: not the same work"))
                }
                (Some(_), Some(_)) => None,
                _ => Some(format!("{name}: a side does not tell how many tokens it read")),
            }
        });
        told.collect()
    }
}

impl Side {
    fn add(&mut self, row: &Value) {
        self.medians.extend(row["median"].as_f64());
        self.tokens = row["tokens"].as_u64();
    }

    fn summary(&self) -> Value {
        let least = self.medians.iter().copied().reduce(f64::min);
        let most = self.medians.iter().copied().reduce(f64::max);
        json!({
            "median": median(&self.medians).map(rounded), "min": least.map(rounded),
            "max": most.map(rounded), "n": self.medians.len(), "tokens": self.tokens,
        })
    }
}

/// The row of a metric in a document of either side.
fn row<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let rows = document["results"].as_array()?;
    rows.iter().find(|row| row["metric"] == name && row["median"].is_number())
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        0 => Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0),
        _ => Some(upper),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// What one process measured, in a line.
pub(super) fn line(document: &Value) -> String {
    let told = METRICS.iter().filter_map(|metric| {
        let median = row(document, metric.name)?["median"].as_f64()?;
        Some(format!("{} {median:.1} {}", metric.name, metric.unit))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The whole document for a person: what was compared on what, then the table.
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
        plain(&result["tokens"]),
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

    fn measured(rows: &[(&str, f64, u64)]) -> Value {
        let rows = rows.iter().map(|(metric, median, tokens)| {
            json!({"metric": metric, "median": median, "tokens": tokens})
        });
        json!({"results": rows.collect::<Vec<_>>()})
    }

    #[test]
    fn medians() {
        for (values, expect) in [
            (&[][..], None),
            (&[3.0], Some(3.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[4.0, 1.0, 2.0, 9.0], Some(3.0)),
        ] {
            assert_eq!(median(values), expect, "{values:?}");
        }
    }

    #[test]
    fn a_ratio_over_one_is_ours() {
        let mut figures = Figures::default();
        for (ours, theirs) in [(900.0, 600.0), (1000.0, 800.0), (1100.0, 4000.0)] {
            let ours = measured(&[("embed", ours, 100), ("query", 30.0, 20), ("other", 1.0, 1)]);
            let theirs = measured(&[("embed", theirs, 101), ("query", 60.0, 20)]);
            figures.add(&ours, &theirs).unwrap();
        }
        let results = figures.results();
        assert_eq!(results.len(), 2);
        assert_eq!(
            results[0],
            json!({
                "metric": "embed", "unit": "tokens/s", "median": 1000.0, "min": 900.0,
                "max": 1100.0, "n": 3, "tokens": 100, "ratio": 1.25, "goal": 1.0,
                "theirs": {"median": 800.0, "min": 600.0, "max": 4000.0, "n": 3, "tokens": 101},
            })
        );
        assert_eq!((&results[1]["metric"], &results[1]["ratio"]), (&json!("query"), &json!(2.0)));
        assert!(figures.warnings().is_empty());
    }

    #[test]
    fn other_work_is_told() {
        for (ours, theirs, expect) in
            [(98, 100, None), (97, 100, Some("97 tokens")), (103, 100, Some("not the same"))]
        {
            let mut figures = Figures::default();
            let side = |tokens| measured(&[("decode", 1.0, tokens)]);
            figures.add(&side(ours), &side(theirs)).unwrap();
            let warnings = figures.warnings();
            assert_eq!(warnings.len(), usize::from(expect.is_some()), "{ours} {theirs}");
            assert!(expect.is_none_or(|part| warnings[0].contains(part)), "{warnings:?}");
        }
        let mut figures = Figures::default();
        let silent = json!({"results": [{"metric": "embed", "median": 1.0}]});
        figures.add(&silent, &silent).unwrap();
        assert!(figures.warnings()[0].contains("does not tell"));
    }

    #[test]
    fn a_side_that_measured_less_is_an_error() {
        let some = measured(&[("prefill", 1.0, 1)]);
        let none = measured(&[]);
        let mut figures = Figures::default();
        assert!(figures.add(&none, &some).unwrap_err().contains("khue bench measured no prefill"));
        assert!(figures.add(&some, &none).unwrap_err().contains("other side measured no prefill"));
        assert_eq!(figures.add(&none, &none), Ok(()));
    }

    #[test]
    fn the_page_tells_what_was_compared() {
        let mut figures = Figures::default();
        let (ours, theirs) = ([("decode", 30.0, 48)], [("decode", 40.0, 48)]);
        figures.add(&measured(&ours), &measured(&theirs)).unwrap();
        let page = page(&json!({
            "machine": {"cpu": "A CPU", "cores": 2, "features": ["fma"], "load": "0.1 0.2 0.3"},
            "runs": 1, "results": figures.results(), "warnings": ["busy"],
            "software": {"generate": {"llama-cpp-python": "0.3"}},
            "settings": {"generate": {"threads": 2}},
        }));
        for part in [
            "A CPU, 2 cores, fma; load at the start 0.1 0.2 0.3",
            "generate there: llama-cpp-python 0.3; threads 2",
            "warning: busy",
            "30.0 (30.0–30.0)",
            "0.75  ≥ 1.00 missed",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert_eq!(
            line(&measured(&[("query", 20.0, 1), ("embed", 9.0, 1)])),
            "embed 9.0 tokens/s, query 20.0 ms"
        );
    }
}
