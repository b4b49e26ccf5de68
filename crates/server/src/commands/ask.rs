//! `khue ask`: answers, one question or many.

use answer::{Event, Question, Said, Verdict};
use clap::Args;
use jiff::civil::Date;
use serde_json::json;

use super::batch::{self, Questions};
use super::out::Out;
use super::{Done, Usage, opened, parse_date};
use crate::app::{App, Setup};
use crate::clock::today;
use crate::wire::{self, Turn};

#[derive(Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    questions: Questions,
    /// Who asks
    #[arg(long, default_value = "citizen", value_name = "P")]
    profile: String,
    /// The day that the answer is about [default: today]
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
    /// As a chat shows it: without marks, choices by number, all at once
    #[arg(long, conflicts_with = "batch")]
    plain: bool,
    /// Where the Word file of a draft goes ("soạn công văn …", for staff)
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    docx: Option<std::path::PathBuf>,
    /// Verbatim clauses only, no prose
    #[arg(long)]
    no_generate: bool,
}

pub(crate) async fn run(setup: Setup, args: AskArgs, out: &Out) -> anyhow::Result<Done> {
    let app = opened(setup, !args.no_generate, out)?;
    if let Some(files) = args.questions.files() {
        return batch::each(files, "answering", out, async |asked| {
            let history = asked.history.into_iter().map(Turn::said).collect();
            let on = asked.on.or(args.on);
            let answer = ask(&app, &args, (asked.question, on, history), |_| {}).await?;
            Ok(json!(answer))
        })
        .await;
    }
    let text = args.questions.text.clone().unwrap_or_default();
    let asked = text.clone();
    let answer = ask(&app, &args, (text, args.on, Vec::new()), |event| match event {
        Event::Text(text) if !args.plain => out.piece(text),
        Event::Text(_)
        | Event::Working { .. }
        | Event::Card(_)
        | Event::Sources(_)
        | Event::Done(_) => {}
    })
    .await?;
    out.document(&answer)?;
    if args.plain {
        out.piece(&answer.answer.plain());
    }
    if answer.answer.verdict == Verdict::Refused {
        out.piece(&answer.answer.text);
    }
    if let Some(path) = &args.docx {
        // The file keeps the names that the answer masks.
        let corpus = app.corpus()?;
        let assistant = corpus.assistants.get(&args.profile);
        let draft = assistant.and_then(|it| app.steered(it).draft(&asked));
        let asks = "no draft was asked for; try: khue ask --profile staff \"Soạn công văn gửi … về việc …\"";
        let file = draft.ok_or_else(|| Usage(asks.into()))?.docx().map_err(anyhow::Error::msg)?;
        fs_err::write(path, file)?;
        out.note(format!("written to {}", path.display()));
    }
    out.line("");
    out.note(format!("khue replay {}", answer.answer_id));
    for source in &answer.answer.sources {
        out.line(format!("[{}] {} ({})", source.n, source.citation, source.status.name()));
    }
    let refused = answer.answer.verdict == Verdict::Refused;
    Ok(if refused { Done::Partly } else { Done::Well })
}

async fn ask(
    app: &App,
    args: &AskArgs,
    (text, on, history): (String, Option<Date>, Vec<Said>),
    each: impl FnMut(&Event),
) -> anyhow::Result<chat::Given> {
    let corpus = app.corpus()?;
    let assistant = corpus
        .assistants
        .get(&args.profile)
        .ok_or_else(|| Usage(format!("there is no profile {:?}", args.profile)))?;
    let assistant = app.steered(assistant);
    let generate = !args.no_generate;
    let question = Question { text, on, today: today(), generate, history };
    match wire::collect(assistant.ask(question), each).await {
        Ok(answer) => {
            // A process that ends at once would end before it.
            app.keep(&answer, false).await?;
            Ok(answer)
        }
        Err(error) => {
            let refusal = assistant.refusal(&error).map(wire::at_once);
            refusal.ok_or_else(|| error.into())
        }
    }
}
