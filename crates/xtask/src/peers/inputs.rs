//! What both sides read: passages of mixed length, a question and a chat prompt, made from the
//! repository's own texts, so that no figure rests on repeated or invented words.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A question of about 20 tokens, the embedder's own prompt included.
pub(super) const QUERY: &str = "Làm giấy khai sinh cho con cần những giấy tờ gì?";

const PASSAGES: usize = 64;

/// Characters of the passages, taken in turn: with the title about 60 to 400 tokens.
const LENGTHS: [usize; 6] = [150, 240, 380, 560, 800, 1150];

/// The guide that the chat prompt quotes, and how many characters of it: about 350 tokens in all.
const SOURCE: &str = "corpora/guides/sau-khi-sinh-con.md";
const QUOTE: usize = 330;

/// The files, in a folder that goes away with them.
pub(super) struct Inputs {
    /// Where they are; holds the scripts of the other side, too.
    pub(super) folder: PathBuf,
    /// One `{"title", "text"}` a line.
    pub(super) texts: PathBuf,
    /// `{"system", "user"}`.
    pub(super) prompt: PathBuf,
}

/// A guide or a procedure: its title, and everything it says as one text.
struct Document {
    title: String,
    text: String,
}

impl Inputs {
    /// Reads `corpora/` and `prompts/` of the checkout and writes into a new folder.
    pub(super) fn write(root: &Path, folder: PathBuf) -> Result<Inputs, String> {
        let mut documents = Vec::new();
        for path in listed(&root.join("corpora/guides"))? {
            documents.extend(guide(&read(&path)?));
        }
        for path in listed(&root.join("corpora/procedures"))? {
            let record = serde_json::from_str(&read(&path)?);
            documents
                .push(record_text(&record.map_err(|why| format!("{}: {why}", path.display()))?));
        }
        let passages = passages(&documents);
        if passages.len() < PASSAGES {
            return Err(format!("corpora/ gives {} passages of {PASSAGES}", passages.len()));
        }
        let lines: Vec<String> = passages
            .iter()
            .map(|(title, text)| json!({"title": title, "text": text}).to_string() + "\n")
            .collect();
        let source = guide(&read(&root.join(SOURCE))?).ok_or(format!("{SOURCE} has no title"))?;
        let user = read(&root.join("prompts/question.md"))?;
        let prompt = json!({
            "system": read(&root.join("prompts/citizen.md"))?.trim_end(),
            "user": question(&user, &source),
        });

        fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        let inputs = Inputs {
            texts: folder.join("texts.jsonl"),
            prompt: folder.join("prompt.json"),
            folder,
        };
        for (path, text) in [(&inputs.texts, lines.concat()), (&inputs.prompt, prompt.to_string())]
        {
            fs::write(path, text).map_err(|why| format!("{}: {why}", path.display()))?;
        }
        Ok(inputs)
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        // What stays is in the system's folder for what may go.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Files of a folder in the order of their names.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// A guide without its headings and the line that says where it comes from.
fn guide(text: &str) -> Option<Document> {
    let (title, rest) = text.split_once('\n')?;
    let lines = rest.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let title = title.strip_prefix("# ")?.to_string();
    Some(Document { title, text: lines.collect::<Vec<_>>().join("\n") })
}

/// The sentences of a procedure's record; codes, names and addresses are too short or have no blank.
fn record_text(record: &Value) -> Document {
    fn gather<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
        match value {
            Value::String(text) if text.chars().count() > 40 && text.contains(' ') => {
                into.push(text);
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
            Value::Object(fields) => fields.values().for_each(|field| gather(field, into)),
            _ => {}
        }
    }
    let mut sentences = Vec::new();
    gather(record, &mut sentences);
    let title = record["name"].as_str().unwrap_or_default().to_string();
    Document { title, text: sentences.join("\n") }
}

/// Passages from one document after the other, each going on where its last one ended.
fn passages(documents: &[Document]) -> Vec<(&str, &str)> {
    let mut unread: Vec<(&str, &str)> =
        documents.iter().map(|document| (&*document.title, &*document.text)).collect();
    let mut taken = Vec::new();
    while taken.len() < PASSAGES && !unread.is_empty() {
        let length = LENGTHS[taken.len() % LENGTHS.len()];
        let (title, text) = unread.remove(0);
        let head = cut(text, length);
        let rest = text[head.len()..].trim_start();
        // The end of a document that is too short for its turn would make the lengths uneven.
        if rest.is_empty() {
            continue;
        }
        taken.push((title, head.trim_end()));
        unread.push((title, rest));
    }
    taken
}

/// The first `length` characters, less the word that is cut through.
fn cut(text: &str, length: usize) -> &str {
    match text.char_indices().nth(length) {
        None => text,
        Some((end, _)) => {
            let end = text[..end].rfind(char::is_whitespace).unwrap_or(end);
            &text[..end]
        }
    }
}

/// The user's half of the chat, as khue fills it.
fn question(template: &str, source: &Document) -> String {
    let sources = format!("[1] {}\n{}", source.title, cut(&source.text, QUOTE));
    template.trim_end().replace("{sources}", &sources).replace("{question}", QUERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_and_records() {
        let read = guide("# Tên\nCập nhật: hôm nay\n\n## Phần\nMột câu.\n- Hai\n").unwrap();
        assert_eq!((read.title.as_str(), read.text.as_str()), ("Tên", "Một câu.\n- Hai"));
        assert!(guide("no heading").is_none());
        let long = "một câu dài hơn bốn mươi chữ cái thì được đọc";
        let record = json!({"name": "Tên", "code": "1.0", "cases": [{"papers": [long, "ngắn"]}]});
        let read = record_text(&record);
        assert_eq!((read.title.as_str(), read.text.as_str()), ("Tên", long));
    }

    #[test]
    fn words_stay_whole() {
        for (text, length, expect) in [
            ("giấy khai sinh", 9, "giấy"),
            ("giấy khai sinh", 10, "giấy khai"),
            ("giấy", 10, "giấy"),
            ("giấygiấy", 4, "giấy"),
            ("", 4, ""),
        ] {
            assert_eq!(cut(text, length), expect, "{text} {length}");
        }
    }

    #[test]
    fn passages_go_on_where_they_ended() {
        let words: Vec<String> = (0..2000).map(|n| n.to_string()).collect();
        let document = |title: &str| Document { title: title.to_string(), text: words.join(" ") };
        let documents = [document("a"), document("b")];
        let taken = passages(&documents);
        assert_eq!(taken[0].0, "a");
        assert_eq!(taken[1].0, "b");
        let of_a: Vec<&str> =
            taken.iter().filter(|(title, _)| *title == "a").map(|(_, text)| *text).collect();
        assert!(words.join(" ").starts_with(&of_a.join(" ")));
        assert!(passages(&[Document { title: "c".into(), text: "ngắn".into() }]).is_empty());
    }

    #[test]
    fn the_repository_gives_enough() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let inputs = Inputs::write(root, crate::peers::temporary("inputs")).unwrap();
        let texts = read(&inputs.texts).unwrap();
        let lines: Vec<Value> =
            texts.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), PASSAGES);
        assert!(lines.iter().all(|line| line["title"] != "" && line["text"] != ""));
        let prompt: Value = serde_json::from_str(&read(&inputs.prompt).unwrap()).unwrap();
        let user = prompt["user"].as_str().unwrap();
        assert!(user.contains(QUERY) && user.contains("[1] ") && !user.contains('{'), "{user}");
        let folder = inputs.folder.clone();
        drop(inputs);
        assert!(!folder.exists());
    }
}
