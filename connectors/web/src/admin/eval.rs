//! Evaluation: sets, runs, how figures move.

use jiff::Timestamp;
use maud::{Markup, html};
use people::{Person, Right};
use serde_json::Value;

use crate::house::{plain, posted, table};
use crate::shown::moment;

/// A run of a set.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which set.
    pub set: String,
    /// When.
    pub at: Timestamp,
    /// The corpus version.
    pub corpus: String,
    /// Its report: the JSON of `khue eval`.
    pub report: Value,
}

/// So many figures of a run are shown.
const FIGURES: usize = 8;

/// The page. `running`: the set that runs, and what it says.
pub fn evaluations(
    sets: &[String],
    runs: &[Run],
    running: Option<(&str, &str)>,
    me: &Person,
) -> Markup {
    html! {
        p { "Mỗi lần chạy hỏi lại toàn bộ câu trong bộ trên dữ liệu đang phục vụ, không dùng phần máy viết. Chạy cạnh người đang hỏi, nên chậm." }
        @if let Some((set, said)) = running { p class="label" role="status" { "Đang chạy " (set) ": " (said) " " a href="/admin/eval" { "Tải lại" } } }
        @if me.may(Right::Content) {
            (posted(me, "/admin/eval/run", &html! {
                div class="row" {
                    p class="field" { label for="set" { "Bộ câu hỏi" } select id="set" name="set" { @for set in sets { option value=(set) { (set) } } } }
                    p { button type="submit" class="main" disabled[running.is_some() || sets.is_empty()] { "Chạy" } }
                }
            }))
        }
        @for set in sets {
            @let of: Vec<&Run> = runs.iter().filter(|it| it.set == *set).collect();
            @if let Some(last) = of.first() {
                h2 { (set) }
                @let names: Vec<&String> = last.report["scores"].as_object().into_iter().flatten().map(|(name, _)| name).take(FIGURES).collect();
                (table(set, &[&["Lúc", "Bản dữ liệu"], names.iter().map(|it| it.as_str()).collect::<Vec<_>>().as_slice()].concat(), &of.iter().enumerate().map(|(n, run)| {
                    let mut cells = vec![plain(moment(run.at)), html! { code { (run.corpus) } }];
                    for name in &names {
                        let now = run.report["scores"][name.as_str()].as_f64();
                        let before = of.get(n + 1).and_then(|it| it.report["scores"][name.as_str()].as_f64());
                        cells.push(html! {
                            @match (now, before) {
                                (Some(now), Some(before)) if (now - before).abs() > 0.0005 => { (format!("{now:.3}")) " (" (format!("{:+.3}", now - before)) ")" },
                                (Some(now), _) => { (format!("{now:.3}")) },
                                (None, _) => "–",
                            }
                        });
                    }
                    cells
                }).collect::<Vec<_>>()))
                @let failures = last.report["failures"].as_array().map(Vec::as_slice).unwrap_or_default();
                @if !failures.is_empty() {
                    details {
                        summary { "Câu chưa đạt ở lần cuối (" (failures.len()) ")" }
                        ul { @for it in failures.iter().take(200) { li {
                            code { (it["id"].as_str().unwrap_or_default()) } " " (it["outcome"].as_str().unwrap_or_default()) ": "
                            @for why in it["why"].as_array().into_iter().flatten() { (why.as_str().unwrap_or_default()) "; " }
                        } } }
                    }
                }
            }
        }
        @if runs.is_empty() { p class="none" { "Chưa chạy lần nào." } }
    }
}
