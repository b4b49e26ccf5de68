//! `khue fit`: labelled questions to the weights that ship with the program.

use clap::{Args, Subcommand};

use super::Done;
use super::out::Out;
use crate::app::Setup;

mod choice;
mod ranker;
mod routes;
mod speech;
mod sure;

#[derive(Args)]
pub(crate) struct FitArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What a question is about: which procedure, the law, or nothing that we have
    #[command(
        after_help = "Example: khue fit choice labels/ --every 20 --ridge 0.0003 --out crates/answer/choice.json"
    )]
    Choice(choice::ChoiceArgs),
    /// In which order found provisions are shown
    #[command(after_help = "Example: khue fit ranker labels.jsonl --out crates/search/ranker.json")]
    Ranker(ranker::RankerArgs),
    /// What sort of message it is: danger, small talk, what we must not do, or an ordinary question
    #[command(
        after_help = "Example: khue fit routes eval/routes/learn.jsonl --check eval/routes/tune.jsonl --out crates/answer/routes.json"
    )]
    Routes(routes::RoutesArgs),
    /// How sure an answer is to be right, and from where on it is given without a doubt
    #[command(
        after_help = "Example: khue fit sure answers.jsonl law.jsonl --every 5 --out crates/answer/sure.json"
    )]
    Sure(sure::SureArgs),
    /// How people ask: counts by which marks that were left out are restored
    #[command(after_help = "Example: khue fit speech questions.jsonl --out crates/viet/speech.tsv")]
    Speech(speech::SpeechArgs),
}

pub(crate) async fn run(setup: Setup, args: FitArgs, out: &Out) -> anyhow::Result<Done> {
    match args.what {
        What::Choice(args) => choice::run(setup, args, out).await,
        What::Ranker(args) => ranker::run(setup, args, out).await,
        What::Routes(args) => routes::run(setup, args, out),
        What::Sure(args) => sure::run(setup, args, out).await,
        What::Speech(args) => speech::run(setup, args, out),
    }
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
