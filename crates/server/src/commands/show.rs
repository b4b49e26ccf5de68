//! `khue show`: the words of a provision, or a procedure.

use answer::Card;
use clap::Args;
use jiff::civil::Date;
use law::Citation;
use serde_json::Value;

use super::out::Out;
use super::{Done, Usage, parse_date};
use crate::app::Setup;
use crate::clock::today;
use crate::wire;

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// "60/2014/QH13 điều 15 khoản 1", "khoản 1 Điều 15 Luật số 60/2014/QH13", "1.001193"
    citation: String,
    /// The day that decides its state [default: today]
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
}

pub(crate) fn run(setup: &Setup, args: &ShowArgs, out: &Out) -> anyhow::Result<Done> {
    let library = setup.library(&setup.current()?)?;
    let on = args.on.unwrap_or_else(today);
    let at = citation(&args.citation)?;
    if let Some(procedure) = library.procedure(&at.document) {
        let card = Card::of(procedure, on);
        out.document(&card)?;
        out.line(format!("{} {}\n\n{}", card.code, card.name, card.words()));
        return Ok(Done::Well);
    }
    let Some(value) = wire::provision(&library, &at, on) else {
        let error = infer::Error::Load {
            model: "corpus".into(),
            why: format!("the library does not hold {at}"),
        };
        return Err(match library.document(&at.document) {
            Some(document) if document.articles.is_empty() => {
                anyhow::anyhow!(
                    "{} is known by its catalogue entry only ({}); its text is not in the library",
                    document.id,
                    document.title
                )
            }
            Some(document) => anyhow::anyhow!(
                "{} has {} articles, but not {}",
                document.id,
                document.articles.len(),
                at.place
            ),
            None => anyhow::anyhow!(error),
        });
    };
    if out.json {
        out.document(&value)?;
    } else {
        print(out, &value);
    }
    Ok(Done::Well)
}

/// Our own form first, then as people write it.
fn citation(text: &str) -> anyhow::Result<Citation> {
    let own = text
        .parse::<Citation>()
        .ok()
        .map(|at| Citation { document: law::canonical(&at.document), ..at });
    if let Some(at) = own.filter(|at| {
        at.is_procedure() || at.document.contains('/') || at.document.starts_with("tep:")
    }) {
        return Ok(at);
    }
    let mention =
        law::mentions(text).into_iter().find(|mention| !mention.citation.document.is_empty());
    mention.map(|mention| mention.citation).ok_or_else(|| {
        Usage(format!("{text:?} names no document by its number; write it like \"60/2014/QH13 điều 15 khoản 1\"")).into()
    })
}

fn print(out: &Out, value: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let document = &value["document"];
    out.line(format!("{}  {}", text(&value["citation"]), text(&document["title"])));
    out.line(format!(
        "{} · {} · {} from {} to {} (on {}, checked {})",
        text(&document["kind"]),
        text(&document["issuer"]),
        text(&value["status"]),
        text(&value["from"]),
        text(&value["to"]),
        text(&value["on"]),
        text(&value["checked"]),
    ));
    if let Some(relations) =
        document["relations"].as_array().filter(|relations| !relations.is_empty())
    {
        let list: Vec<String> = relations
            .iter()
            .take(12)
            .map(|r| format!("{} {}", text(&r["kind"]), text(&r["to"])))
            .collect();
        out.line(list.join(" · "));
    }
    if let Some(words) = value["text"].as_str() {
        let above: Vec<String> =
            value["above"].as_array().into_iter().flatten().map(text).collect();
        out.line(format!("\n{}\n{}\n\n{words}\n", above.join(" / "), text(&value["heading"])));
        out.line(format!("before: {}   after: {}", text(&value["before"]), text(&value["after"])));
    }
    for article in value["articles"].as_array().unwrap_or(&Vec::new()) {
        out.line(format!("  {}  {}", text(&article["citation"]), text(&article["heading"])));
    }
}
