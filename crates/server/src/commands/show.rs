//! `khue show`: the words of a provision, or a procedure.

use answer::Card;
use clap::Args;
use jiff::civil::Date;
use law::{Citation, Library};
use search::Filter;
use serde_json::Value;

use super::out::Out;
use super::{Done, Usage, parse_date};
use crate::app::Setup;
use crate::clock::today;
use crate::{provision, wire};

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// "60/2014/QH13 điều 15 khoản 1", "khoản 1 Điều 15 Luật số 60/2014/QH13", "1.001193", "phường Nhân
    /// Chính cũ"
    citation: String,
    /// The day that decides its state [default: today]
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
}

pub(crate) fn run(setup: &Setup, args: &ShowArgs, out: &Out) -> anyhow::Result<Done> {
    let library = setup.library(&setup.current()?)?;
    let on = args.on.unwrap_or_else(today);
    let at = match citation(&library, &args.citation, on) {
        Ok(at) => at,
        Err(error) => {
            let Some(places) = wire::places(library.places(), &args.citation) else {
                return Err(error);
            };
            out.document(&places)?;
            print_places(out, &places);
            return Ok(Done::Well);
        }
    };
    if let Some(procedure) = library.procedure(&at.document) {
        let card = Card::of(&library, &*setup.prompts()?, procedure, on);
        out.document(&card)?;
        out.line(format!("{} {}\n\n{}", card.code, card.name, card.words()));
        return Ok(Done::Well);
    }
    let Some(value) = provision::shown(&library, &at, on, today()) else {
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

/// Our own form first, then as people write it: by number, else by the name of a law, which means the
/// one in force on the day.
fn citation(library: &Library, text: &str, on: Date) -> anyhow::Result<Citation> {
    let own = text
        .parse::<Citation>()
        .ok()
        .map(|at| Citation { document: law::canonical(&at.document), ..at });
    if let Some(at) = own.filter(|at| {
        at.is_procedure() || at.document.contains('/') || at.document.starts_with("tep:")
    }) {
        return Ok(at);
    }
    let mentions = law::mentions(text);
    if let Some(mention) =
        mentions.into_iter().find(|mention| !mention.citation.document.is_empty())
    {
        return Ok(mention.citation);
    }
    let filter = Filter { in_force_on: Some(on), ..Filter::default() };
    let named = search::named(library, text, &filter);
    let found = named.places.into_iter().chain(named.missing).chain(named.documents).next();
    found.ok_or_else(|| {
        Usage(format!("{text:?} names no document that is held; write it like \"60/2014/QH13 điều 15 khoản 1\"")).into()
    })
}

fn print_places(out: &Out, value: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let units = |value: &Value| {
        let units = value.as_array().into_iter().flatten();
        units.map(|unit| text(&unit["unit"])).collect::<Vec<_>>().join(", ")
    };
    if value["district"].is_string() {
        out.line(format!(
            "{} (until 2025-06-30) > {}",
            text(&value["district"]),
            units(&value["now"])
        ));
    }
    for place in value["places"].as_array().into_iter().flatten() {
        let now = &place["now"];
        if now.is_object() {
            out.line(format!(
                "{}: {}; {}",
                text(&now["unit"]),
                text(&now["at"]),
                text(&now["seat"])
            ));
        }
        for former in place["former"].as_array().into_iter().flatten() {
            let (was, district) = (text(&former["was"]), text(&former["district"]));
            out.line(format!("{was}, {district} (until 2025-06-30) > {}", units(&former["now"])));
        }
    }
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
    for (what, act) in [("opened by", &value["opened"]), ("ends by", &value["closed"])] {
        if !act.is_null() {
            out.line(format!(
                "{what}: {} ({} {})",
                text(&act["by"]),
                text(&act["deed"]),
                text(&act["place"])
            ));
            if let Some(words) = act["proof"]["words"].as_str() {
                out.line(format!(
                    "  {} [{}]: {words}",
                    text(&act["proof"]["document"]),
                    act["proof"]["n"]
                ));
            }
        }
    }
    if value["heading"].is_string() {
        let above: Vec<String> =
            value["above"].as_array().into_iter().flatten().map(text).collect();
        out.line(format!("\n{}\n{}\n", above.join(" / "), text(&value["heading"])));
        match (value["text"].as_str(), value["other_text"].as_str()) {
            (Some(words), _) => out.line(format!("{words}\n")),
            (None, Some(words)) => out.line(format!(
                "The words of {} are not in the library, or the place did not hold then. Words of another day:\n\n{words}\n",
                text(&value["on"])
            )),
            (None, None) => out.line("No words of this place are in the library.\n"),
        }
        if let Some(changes) = value["today"]["changes"].as_array() {
            let marked = |piece: &Value| match piece["change"].as_str() {
                Some("gone") => format!("[-{}-]", text(&piece["text"])),
                Some("new") => format!("{{+{}+}}", text(&piece["text"])),
                _ => text(&piece["text"]),
            };
            let words: String = changes.iter().map(marked).collect();
            out.line(format!("changes until {}:\n{words}\n", text(&value["today"]["on"])));
        }
        for interval in value["history"].as_array().unwrap_or(&Vec::new()) {
            let known =
                if interval["words_known"] == true { "" } else { "  (words not in the library)" };
            out.line(format!(
                "  {} – {}  {}  {}{known}",
                text(&interval["from"]),
                text(&interval["to"]),
                text(&interval["status"]),
                text(&interval["opened"]["by"]),
            ));
        }
        out.line(format!("before: {}   after: {}", text(&value["before"]), text(&value["after"])));
    }
    for article in value["articles"].as_array().unwrap_or(&Vec::new()) {
        out.line(format!("  {}  {}", text(&article["citation"]), text(&article["heading"])));
    }
}
