//! Medians of both sides and their ratios.

use serde_json::{Map, Value, json};

/// A compared metric.
struct Metric {
    name: &'static str,
    unit: &'static str,
    /// Seconds rather than speeds: less is better.
    time: bool,
    /// The row in which `khue bench` counts the tokens that were read.
    count: Option<&'static str>,
    /// The least ratio that we want.
    goal: f64,
}

const METRICS: [Metric; 4] = [
    Metric { name: "embed", unit: "tokens/s", time: false, count: Some("tokens"), goal: 3.5 },
    Metric { name: "query", unit: "ms", time: true, count: None, goal: 5.0 },
    Metric { name: "prefill", unit: "tokens/s", time: false, count: Some("prompt"), goal: 2.0 },
    Metric { name: "decode", unit: "tokens/s", time: false, count: None, goal: 1.25 },
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
                    let count = metric.count.and_then(|count| row(ours, count));
                    pair.ours.add(our, count.and_then(|count| count["median"].as_f64()));
                    pair.theirs.add(their, their["tokens"].as_f64());
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
            let mut entry = json!({"metric": metric.name, "unit": metric.unit});
            let fields = entry.as_object_mut()?;
            fields.extend(pair.ours.summary());
            fields.insert("theirs".to_string(), pair.theirs.summary().into());
            fields.insert("ratio".to_string(), json!(rounded(ratio)));
            fields.insert("goal".to_string(), json!(metric.goal));
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
                (None, _) if metric.count.is_some() => {
                    Some(format!("{name}: khue bench does not tell how many tokens it read"))
                }
                _ => None,
            }
        });
        told.collect()
    }
}

impl Side {
    fn add(&mut self, row: &Value, tokens: Option<f64>) {
        self.medians.extend(row["median"].as_f64());
        self.tokens = tokens.map(|tokens| tokens as u64);
    }

    fn summary(&self) -> Map<String, Value> {
        let least = self.medians.iter().copied().reduce(f64::min);
        let most = self.medians.iter().copied().reduce(f64::max);
        let fields = [
            ("median", json!(median(&self.medians).map(rounded))),
            ("min", json!(least.map(rounded))),
            ("max", json!(most.map(rounded))),
            ("n", json!(self.medians.len())),
            ("tokens", json!(self.tokens)),
        ];
        fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(rows: &[(&str, f64)]) -> Value {
        let rows = rows.iter().map(|(metric, median)| json!({"metric": metric, "median": median}));
        json!({"results": rows.collect::<Vec<_>>()})
    }

    fn theirs(rows: &[(&str, f64, u64)]) -> Value {
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
        for (our, their) in [(900.0, 600.0), (1000.0, 800.0), (1100.0, 4000.0)] {
            let ours = ours(&[("embed", our), ("query", 30.0), ("tokens", 100.0), ("other", 1.0)]);
            let theirs = theirs(&[("embed", their, 101), ("query", 60.0, 20)]);
            figures.add(&ours, &theirs).unwrap();
        }
        let results = figures.results();
        assert_eq!(results.len(), 2);
        assert_eq!(
            results[0],
            json!({
                "metric": "embed", "unit": "tokens/s", "median": 1000.0, "min": 900.0,
                "max": 1100.0, "n": 3, "tokens": 100, "ratio": 1.25, "goal": 3.5,
                "theirs": {"median": 800.0, "min": 600.0, "max": 4000.0, "n": 3, "tokens": 101},
            })
        );
        assert_eq!((&results[1]["metric"], &results[1]["ratio"]), (&json!("query"), &json!(2.0)));
        assert!(figures.warnings().is_empty());
    }

    #[test]
    fn other_work_is_told() {
        for (count, expect) in [
            (Some(98.0), None),
            (Some(97.0), Some("prefill: 97 tokens here, 100 there")),
            (Some(103.0), Some("not the same")),
            (None, Some("does not tell")),
        ] {
            let mut rows = vec![("prefill", 1.0), ("decode", 1.0)];
            rows.extend(count.map(|count| ("prompt", count)));
            let mut figures = Figures::default();
            let theirs = theirs(&[("prefill", 1.0, 100), ("decode", 1.0, 64)]);
            figures.add(&ours(&rows), &theirs).unwrap();
            let warnings = figures.warnings();
            assert_eq!(warnings.len(), usize::from(expect.is_some()), "{warnings:?}");
            assert!(expect.is_none_or(|part| warnings[0].contains(part)), "{warnings:?}");
        }
    }

    #[test]
    fn a_side_that_measured_less_is_an_error() {
        let (some, none) = (theirs(&[("prefill", 1.0, 1)]), theirs(&[]));
        let mut figures = Figures::default();
        assert!(figures.add(&none, &some).unwrap_err().contains("khue bench measured no prefill"));
        assert!(figures.add(&some, &none).unwrap_err().contains("other side measured no prefill"));
        assert_eq!(figures.add(&none, &none), Ok(()));
    }

    #[test]
    fn a_line_for_each_process() {
        let document = ours(&[("query", 20.0), ("embed", 9.0), ("other", 1.0)]);
        assert_eq!(line(&document), "embed 9.0 tokens/s, query 20.0 ms");
    }
}
