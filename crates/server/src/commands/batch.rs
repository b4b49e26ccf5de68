//! Many questions from a file, one result line each, in order.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Done;
use super::out::Out;
use crate::wire::Turn;

/// Options of a command that takes one question or many.
#[derive(Args)]
pub(crate) struct Questions {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) text: Option<String>,
    /// Questions, one JSON object a line: {"id", "question", "on"?, "history"?}
    #[arg(long, value_name = "IN.jsonl", requires = "out")]
    batch: Option<PathBuf>,
    /// Where their results go, one line each
    #[arg(long, value_name = "OUT.jsonl")]
    out: Option<PathBuf>,
}

/// One question of a file.
#[derive(Deserialize)]
pub(crate) struct Asked {
    id: Value,
    pub(crate) question: String,
    pub(crate) on: Option<Date>,
    #[serde(default)]
    pub(crate) history: Vec<Turn>,
}

impl Questions {
    /// The two files of a batch.
    pub(crate) fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.batch.as_deref()?, self.out.as_deref()?))
    }
}

/// Answers each question of a file and writes its line with its id. A line that cannot be read gets a
/// line too, with `error` in place of a result, and is listed. What stops one question for a reason
/// of the machine's would stop all, so it ends the batch; the lines written until then stay.
pub(crate) async fn each(
    (input, output): (&Path, &Path),
    what: &str,
    out: &Out,
    mut answer: impl AsyncFnMut(Asked) -> anyhow::Result<Value>,
) -> anyhow::Result<Done> {
    let text = fs_err::read_to_string(input)?;
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let mut writer = BufWriter::new(fs_err::File::create(output)?);
    let bar = out.bar(what, lines.len() as u64, false);
    let (mut done, mut refused) = (0, Vec::new());
    for (i, line) in &lines {
        let (id, result) = match serde_json::from_str::<Asked>(line) {
            Ok(asked) => {
                done += 1;
                let id = asked.id.clone();
                let result = match answer(asked).await {
                    Ok(result) => result,
                    Err(error) => {
                        writer.flush()?;
                        return Err(error.context(format!(
                            "stopped at line {}; {} holds the lines before it",
                            i + 1,
                            output.display()
                        )));
                    }
                };
                (id, result)
            }
            Err(error) => {
                refused.push(format!("line {}: {error}", i + 1));
                let known = serde_json::from_str::<Value>(line).unwrap_or_default();
                (known["id"].clone(), json!({"error": error.to_string()}))
            }
        };
        let mut value = json!({"id": id});
        if let (Some(value), Value::Object(result)) = (value.as_object_mut(), result) {
            value.extend(result);
        }
        serde_json::to_writer(&mut writer, &value)?;
        writer.write_all(b"\n")?;
        bar.inc(1);
    }
    writer.flush()?;
    bar.finish_and_clear();
    out.document(&json!({"questions": done, "refused": refused, "out": output}))?;
    out.line(format!("{done} questions to {}", output.display()));
    for line in &refused {
        out.note(format!("refused {line}"));
    }
    Ok(if refused.is_empty() { Done::Well } else { Done::Partly })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(
        text: &str,
        answer: impl AsyncFnMut(Asked) -> anyhow::Result<Value>,
    ) -> (anyhow::Result<Done>, Vec<Value>) {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::write(&input, text).unwrap();
        let done = each((&input, &output), "asking", &Out::new(false, true), answer).await;
        let lines = std::fs::read_to_string(&output).unwrap();
        (done, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    #[tokio::test]
    async fn every_line_in_gives_a_line_out() {
        let text = "{\"id\": 1, \"question\": \"a\"}\n\nnot json\n{\"id\": \"x\", \"question\": 5}\n{\"id\": 2, \"question\": \"b\"}\n";
        let (done, lines) = run(text, async |asked| Ok(json!({"said": asked.question}))).await;
        assert!(done.unwrap() == Done::Partly);
        let ids: Vec<&Value> = lines.iter().map(|line| &line["id"]).collect();
        assert_eq!(ids, [&json!(1), &json!(null), &json!("x"), &json!(2)]);
        assert_eq!(lines[3]["said"], "b");
        assert!(lines[2]["error"].as_str().unwrap().contains("expected a string"), "{lines:?}");
    }

    #[tokio::test]
    async fn a_broken_machine_stops_and_keeps_what_was_done() {
        let text = "{\"id\": 1, \"question\": \"a\"}\n{\"id\": 2, \"question\": \"b\"}\n";
        let (done, lines) = run(text, async |asked| match asked.question.as_str() {
            "a" => Ok(json!({})),
            _ => anyhow::bail!("the model is gone"),
        })
        .await;
        let error = format!("{:#}", done.err().unwrap());
        assert!(error.contains("line 2") && error.contains("the model is gone"), "{error}");
        assert_eq!(lines, [json!({"id": 1})]);
    }
}
