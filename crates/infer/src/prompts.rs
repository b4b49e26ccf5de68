//! Texts shown to a model and fixed sentences shown to people, read from `prompts/`.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What a model is asked: its instruction and the user's turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// The system text.
    pub system: String,
    /// The user's turn, sources and question filled in.
    pub user: String,
    /// Bytes at the head of `user` that hold public texts only and are likely to come again: up to
    /// the end of the first source. What a model computes of them may be kept for other prompts.
    pub shared: usize,
    /// The sources that may be quoted; the first is `[1]`. Empty when nothing is to be quoted or cited,
    /// and then nothing keeps the model from it either.
    pub sources: Vec<String>,
}

/// A source as a model is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The number it is cited by, from 1.
    pub n: usize,
    /// What it is called.
    pub title: String,
    /// Its words, which may be quoted.
    pub text: String,
}

/// All texts of a `prompts/` folder: `*.md` files by name, the sentences of `say.toml`, and the phrases of
/// `routes.toml` that decide where a question goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompts {
    texts: BTreeMap<String, String>,
    sentences: BTreeMap<String, String>,
    phrases: BTreeMap<String, Vec<String>>,
    id: String,
}

impl Prompts {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`Error::Load`] when the folder, `say.toml` or `routes.toml` cannot be read.
    pub fn load(folder: &Path) -> Result<Prompts> {
        let fail = |why: String| Error::Load { model: "prompts".into(), why };
        let mut texts = BTreeMap::new();
        for entry in fs_err::read_dir(folder).map_err(|error| fail(error.to_string()))? {
            let path = entry.map_err(|error| fail(error.to_string()))?.path();
            if path.extension().is_some_and(|ending| ending == "md")
                && let Some(name) = path.file_stem().and_then(|name| name.to_str())
            {
                let text =
                    fs_err::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
                texts.insert(name.to_owned(), text.trim().to_owned());
            }
        }
        let say = fs_err::read_to_string(folder.join("say.toml"))
            .map_err(|error| fail(error.to_string()))?;
        let routes = fs_err::read_to_string(folder.join("routes.toml"))
            .map_err(|error| fail(error.to_string()))?;
        Prompts::new(texts, &say)?.with_phrases(&routes)
    }

    /// The same with the lists of a `routes.toml`.
    ///
    /// # Errors
    /// [`Error::Load`] when it is not a table of lists of strings.
    pub fn with_phrases(self, routes: &str) -> Result<Prompts> {
        let phrases: BTreeMap<String, Vec<String>> = toml::from_str(routes).map_err(|error| {
            Error::Load { model: "prompts".into(), why: format!("routes.toml: {error}") }
        })?;
        let lists = phrases.iter().map(|(name, list)| (name.clone(), list.join("\n")));
        let all = self.texts.iter().chain(&self.sentences).map(|(a, b)| (a.clone(), b.clone()));
        let id = hashed(all.chain(lists));
        Ok(Prompts { phrases, id, ..self })
    }

    /// Texts by name and the sentences of a `say.toml`.
    ///
    /// # Errors
    /// [`Error::Load`] when the sentences are not a table of strings.
    pub fn new(texts: BTreeMap<String, String>, say: &str) -> Result<Prompts> {
        let sentences: BTreeMap<String, String> = toml::from_str(say).map_err(|error| {
            Error::Load { model: "prompts".into(), why: format!("say.toml: {error}") }
        })?;
        let id = hashed(texts.iter().chain(&sentences).map(|(a, b)| (a.clone(), b.clone())));
        Ok(Prompts { texts, sentences, phrases: BTreeMap::new(), id })
    }

    /// A list of phrases of `routes.toml`; empty if it has none of that name.
    pub fn phrases(&self, name: &str) -> &[String] {
        self.phrases.get(name).map_or(&[], Vec::as_slice)
    }

    /// Short hash of all texts, so that an answer can be replayed.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The system text of a profile.
    pub fn system(&self, profile: &str) -> Option<&str> {
        self.texts.get(profile).map(String::as_str)
    }

    /// The prompt of a profile: its system text, and the user's turn of `question.md`, with sources
    /// by their numbers. What may be quoted of a source is its text, not its title.
    ///
    /// # Errors
    /// [`Error::Load`] when a file is missing.
    pub fn ask(&self, profile: &str, sources: &[Shown], question: &str) -> Result<Prompt> {
        let text = |name: &str| {
            self.texts.get(name).ok_or_else(|| Error::Load {
                model: "prompts".into(),
                why: format!("prompts/{name}.md is missing"),
            })
        };
        let (system, turn) = (text(profile)?.clone(), text("question")?);
        let shown: Vec<String> = sources
            .iter()
            .map(|shown| format!("[{}] {}\n{}", shown.n, shown.title, shown.text))
            .collect();
        let user = fill(turn, &[("sources", &shown.join("\n\n")), ("question", question)]);
        // The head is public only if the question does not stand in it.
        let head = turn.find("{sources}").filter(|at| !turn[..*at].contains("{question}"));
        let shared = match (head, shown.first()) {
            (Some(head), Some(first)) => head + first.len(),
            _ => 0,
        };
        let mut quotable = Vec::new();
        for Shown { n, text, .. } in sources {
            quotable.resize((*n).max(quotable.len()), String::new());
            if let Some(place) = n.checked_sub(1) {
                quotable[place].clone_from(text);
            }
        }
        Ok(Prompt { system, user, shared, sources: quotable })
    }

    /// A fixed sentence, its `{places}` filled. A key that is missing is shown as itself, so that a
    /// person still gets an answer and a test finds the gap.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.sentences.get(key).map_or_else(|| key.to_owned(), |sentence| fill(sentence, values))
    }

    /// A sentence as it is written, with its gaps.
    pub fn sentence(&self, key: &str) -> Option<&str> {
        self.sentences.get(key).map(String::as_str)
    }

    /// Whether a sentence exists.
    pub fn has(&self, key: &str) -> bool {
        self.sentences.contains_key(key)
    }
}

/// Short hash of names and texts.
fn hashed(all: impl Iterator<Item = (String, String)>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in all {
        for part in [name, text] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Fills `{name}` places in one pass: what is filled in is never filled again.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest.find('}').and_then(|close| {
            let name = &rest[1..close];
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value, close))
        });
        match value {
            Some((value, close)) => {
                out.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_ends_before_the_question() {
        let texts = [("citizen", "Hệ thống"), ("question", "NGUỒN:\n{sources}\n\nHỎI: {question}")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let prompts = Prompts::new(texts.into_iter().collect(), "").unwrap();
        let shown = |n, text: &str| Shown { n, title: "Luật".into(), text: text.into() };
        let sources = [shown(1, "Điều một"), shown(3, "Điều ba")];
        let prompt = prompts.ask("citizen", &sources, "{sources} bí mật").unwrap();
        assert_eq!(&prompt.user[..prompt.shared], "NGUỒN:\n[1] Luật\nĐiều một");
        assert_eq!(prompt.sources, ["Điều một", "", "Điều ba"]);
        assert!(prompt.user.ends_with("[3] Luật\nĐiều ba\n\nHỎI: {sources} bí mật"));
        // A turn that begins with the question shares nothing.
        let texts = [("citizen", "Hệ thống"), ("question", "{question}\n{sources}")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let prompts = Prompts::new(texts.into_iter().collect(), "").unwrap();
        assert_eq!(prompts.ask("citizen", &sources, "bí mật").unwrap().shared, 0);
    }

    #[test]
    fn places_are_filled_once() {
        for (text, values, expect) in [
            ("Chào {name}!", vec![("name", "chị")], "Chào chị!"),
            ("{a}{b}", vec![("a", "{b}"), ("b", "2")], "{b}2"),
            ("{không} {a", vec![("a", "1")], "{không} {a"),
            ("giá {fee} đồng", vec![], "giá {fee} đồng"),
        ] {
            assert_eq!(fill(text, &values), expect);
        }
    }
}
