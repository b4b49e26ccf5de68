//! What is indexed: each clause (khoản) with its lead-in and titles, each procedure, and windows of
//! clauses for the vectors. Pure.

use law::{Article, Citation, Document, Procedure};

/// Most syllables of one passage; a longer clause is cut between points, then between sentences.
const PASSAGE_SYLLABLES: usize = 220;
/// Most syllables of the text of one vector, about 160 tokens.
const WINDOW_SYLLABLES: usize = 120;
/// Most syllables of a title: some documents have titles of a page.
const TITLE_SYLLABLES: usize = 40;

/// A piece of law or a procedure as the indexes see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The clause, the article where it has no clauses, or the procedure.
    pub(crate) citation: Citation,
    /// What it is called: heading and document title, or the procedure's name.
    pub(crate) title: String,
    /// The article's lead-in, shown before each of its clauses.
    pub(crate) lead: String,
    /// Its own words.
    pub(crate) text: String,
}

/// The passages of a version of an article in reading order, `None` for its own words; their texts
/// together are the version's text.
pub(crate) fn of_article(
    document: &Document,
    article: &Article,
    version: Option<usize>,
    text: &str,
) -> Vec<Passage> {
    let (heading, clauses) = article.layout(version);
    let title = title(document, heading);
    let at = document.cite(article);
    let head = clauses.first().map_or(text.len(), |clause| clause.span.start);
    let lead = text.get(..head).unwrap_or_default();
    if clauses.is_empty() {
        return cut(lead)
            .into_iter()
            .map(|piece| Passage {
                citation: at.clone(),
                title: title.clone(),
                lead: String::new(),
                text: piece,
            })
            .collect();
    }
    let lead = first_syllables(lead.trim(), WINDOW_SYLLABLES).to_owned();
    let mut passages = Vec::new();
    for clause in clauses {
        let mut citation = at.clone();
        citation.place.clause = Some(clause.number.clone());
        for piece in cut(text.get(clause.span.clone()).unwrap_or_default()) {
            passages.push(Passage {
                citation: citation.clone(),
                title: title.clone(),
                lead: lead.clone(),
                text: piece,
            });
        }
    }
    passages
}

/// The passage of a procedure's record: all ways to name it, and what people ask of it.
pub(crate) fn of_procedure(procedure: &Procedure) -> Passage {
    let mut lines =
        vec![procedure.aliases.join(". "), procedure.field.clone(), procedure.deadline.clone()];
    for event in &procedure.events {
        lines.push(format!("{}. {}", event.name, event.said.join(". ")));
    }
    lines.extend(procedure.cases.iter().map(|case| case.name.clone()));
    lines.extend(
        procedure.cases.iter().flat_map(|case| case.papers.iter().map(|paper| paper.text.clone())),
    );
    lines.push(procedure.result.clone());
    lines.extend(
        procedure.channels.iter().map(|channel| format!("{} {}", channel.fee_note, channel.note)),
    );
    lines.extend(procedure.steps.iter().cloned());
    lines.retain(|line| !line.trim().is_empty());
    let name = if procedure.short.is_empty() || procedure.name.starts_with(&procedure.short) {
        procedure.name.clone()
    } else {
        format!("{} ({})", procedure.short, procedure.name)
    };
    Passage {
        citation: Citation::whole(&procedure.code),
        title: first_syllables(&name, 2 * TITLE_SYLLABLES).to_owned(),
        lead: String::new(),
        text: lines.join("\n"),
    }
}

/// Everyday names and situations of a procedure, each a passage of its own: somebody who tells one of them
/// is to be found by it alone.
pub(crate) fn sayings(procedure: &Procedure) -> Vec<Passage> {
    let events = procedure.events.iter().flat_map(|event| &event.said);
    let said = procedure.aliases.iter().chain(&procedure.said).chain(events);
    said.map(|said| Passage {
        citation: Citation::whole(&procedure.code),
        title: first_syllables(procedure.short_name(), TITLE_SYLLABLES).to_owned(),
        lead: String::new(),
        text: said.clone(),
    })
    .collect()
}

/// Joins the passages of one article into windows for the vectors, at most `limit` (0: all). A
/// window begins with the lead-in; its citation is the clause if it holds one, else the article.
pub(crate) fn windows(passages: &[Passage], limit: usize) -> Vec<Passage> {
    let mut windows: Vec<(Passage, usize)> = Vec::new();
    for passage in passages {
        let lead = count(&passage.lead);
        for piece in
            pieces(&passage.text, WINDOW_SYLLABLES.saturating_sub(lead).max(WINDOW_SYLLABLES / 2))
        {
            let size = count(piece);
            match windows.last_mut() {
                Some((window, total)) if *total + size <= WINDOW_SYLLABLES => {
                    *total += size;
                    window.text.push('\n');
                    window.text.push_str(piece.trim());
                    if window.citation != passage.citation {
                        window.citation = window.citation.to_article();
                    }
                }
                _ => windows.push((
                    Passage { text: piece.trim().to_owned(), ..passage.clone() },
                    lead + size,
                )),
            }
        }
    }
    let keep = if limit == 0 { windows.len() } else { limit };
    windows.into_iter().take(keep).map(|(window, _)| window).collect()
}

/// Heading and document title: "Nội dung khai sinh — Luật Hộ tịch".
fn title(document: &Document, heading: &str) -> String {
    let title = first_syllables(&document.title, TITLE_SYLLABLES);
    match (first_syllables(heading, TITLE_SYLLABLES), title) {
        ("", title) => title.to_owned(),
        (heading, "") => heading.to_owned(),
        (heading, title) => format!("{heading} — {title}"),
    }
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

fn first_syllables(text: &str, most: usize) -> &str {
    let end = words(text).nth(most).map_or(text.len(), |(start, _)| start);
    text[..end].trim_end()
}

/// Words with the byte at which each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

fn cut(text: &str) -> Vec<String> {
    pieces(text, PASSAGE_SYLLABLES).into_iter().map(str::to_owned).collect()
}

/// Pieces of at most `most` words, cut at the last line end, else sentence end, else word that fits.
/// Together they are the text; a text without words is one piece.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let Some((limit, _)) = words(rest).nth(most) else {
            pieces.push(rest);
            return pieces;
        };
        let head = &rest[..limit];
        // An early break would make many tiny pieces, so only the second half is looked at.
        let half = words(rest).nth(most / 2).map_or(0, |(start, _)| start);
        let at = head[half..]
            .rfind('\n')
            .or_else(|| {
                head[half..].rfind(". ").or_else(|| head[half..].rfind("; ")).map(|at| at + 1)
            })
            .map_or(limit, |at| half + at + 1);
        pieces.push(&rest[..at]);
        rest = &rest[at..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn article(text: &str) -> (Document, Article) {
        let (clauses, _) = law::split_article(text);
        let place = law::Place { article: Some("15".into()), ..law::Place::default() };
        let article =
            Article {
                place, heading: "Trách nhiệm đăng ký".into(), clauses, ..Article::default()
            };
        let document = Document {
            id: "60/2014/QH13".into(),
            title: "Luật Hộ tịch".into(),
            ..Document::default()
        };
        (document, article)
    }

    #[test]
    fn each_clause_is_a_passage_with_its_lead_in() {
        let text =
            "Người sau đây có trách nhiệm:\n1. Cha hoặc mẹ;\n2. Ông hoặc bà:\na) nội;\nb) ngoại.";
        let (document, article) = article(text);
        let passages = of_article(&document, &article, None, text);
        let seen: Vec<_> =
            passages.iter().map(|p| (p.citation.to_string(), p.text.trim())).collect();
        assert_eq!(
            seen,
            [
                ("60/2014/QH13 điều 15 khoản 1".to_owned(), "1. Cha hoặc mẹ;"),
                ("60/2014/QH13 điều 15 khoản 2".to_owned(), "2. Ông hoặc bà:\na) nội;\nb) ngoại."),
            ]
        );
        assert_eq!(passages[1].lead, "Người sau đây có trách nhiệm:");
        assert_eq!(passages[1].title, "Trách nhiệm đăng ký — Luật Hộ tịch");
        let windows = windows(&passages, 0);
        assert_eq!(windows.len(), 1);
        assert_eq!(windows[0].citation.to_string(), "60/2014/QH13 điều 15");
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in "([a-zđ]{1,4}[ \n.;]{1,2}){0,400}", most in 1usize..50) {
            let pieces = pieces(&text, most);
            prop_assert_eq!(pieces.concat(), text.as_str());
            prop_assert!(pieces.iter().all(|piece| count(piece) <= most));
        }
    }
}
