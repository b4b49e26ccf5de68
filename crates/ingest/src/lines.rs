//! Article lines: JSON objects, one article each, to documents.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use jiff::civil::Date;
use law::{
    Article, Citation, Document, Dropped, Edition, ParsedDocument, Part, Place, Relation,
    RelationKind,
};
use serde::Deserialize;
use serde_json::Value;

use crate::read::Refused;

/// A line longer than this is no article.
const LINE_BYTES: u64 = 16 << 20;

/// What a file of article lines gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// The documents, in the order in which they were first met.
    pub documents: Vec<ParsedDocument>,
    /// How many lines became an article.
    pub lines: usize,
    /// What an editor should look at.
    pub warnings: Vec<String>,
    /// Lines that were not read: number from 1, and why.
    pub refused: Vec<(usize, String)>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    text_id: Option<String>,
    doc: String,
    #[serde(default)]
    title: Option<String>,
    article: Value,
    #[serde(default)]
    heading: Option<String>,
    text: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    issued: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    effective: Option<String>,
    #[serde(default)]
    chapter: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    amended: Option<Value>,
    #[serde(default)]
    amended_by: Option<Value>,
    /// A heading of the codification (pháp điển): the words are amended until the snapshot.
    #[serde(default)]
    topic: Option<String>,
    /// Which snapshots of the codification have the article: `2026-01`, `both`, `2024-only`.
    #[serde(default)]
    snap: Option<String>,
    /// Number of the consolidated text that the words are from.
    #[serde(default)]
    vbhn: Option<String>,
    #[serde(default)]
    footnotes: Vec<Footnote>,
}

#[derive(Deserialize)]
struct Footnote {
    n: u32,
    text: String,
}

/// The later of the two snapshots of the codification that `snap` speaks of.
pub(crate) const SNAPSHOT: Date = jiff::civil::date(2026, 1, 1);
/// The earlier one is of 2024; its first day, so that nothing of that year is taken for sure.
pub(crate) const SNAPSHOT_BEFORE: Date = jiff::civil::date(2024, 1, 1);
const DROPPED: Dropped = Dropped { after: SNAPSHOT_BEFORE, by: SNAPSHOT };

/// One document while its lines come in.
struct Group {
    document: Document,
    /// What tells it from another document of the same number: `HANOI` of `…@HANOI#1`.
    issuer: String,
    warned: bool,
    /// Articles that the later snapshot of the codification has, and does not have.
    snapshots: (usize, usize),
    articles: Vec<(Article, String)>,
    places: HashMap<Place, String>,
}

/// What tells a resolution from a law of its number.
pub(crate) const RESOLUTION: &str = " [Nghị quyết]";

impl Group {
    fn is_resolution(&self) -> bool {
        let it = &self.document;
        is_resolution(&it.id, Some(&it.kind), Some(&it.title))
    }
}

/// Reads article lines, gzip included. A bad line is refused and the rest is read.
pub fn article_lines(bytes: &[u8]) -> Result<Lines, Refused> {
    let mut out = Lines::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut by_number: HashMap<(String, String, String, bool), usize> = HashMap::new();
    each_line(bytes, |number, line| {
        match serde_json::from_slice::<Line>(line).map_err(|error| error.to_string()) {
            Ok(line) => match add(line, number, &mut groups, &mut by_number, &mut out.warnings) {
                Ok(true) => out.lines += 1,
                Ok(false) => {}
                Err(why) => out.refused.push((number, why)),
            },
            Err(why) => out.refused.push((number, why)),
        }
    })?;
    tell_apart(&mut groups);
    out.documents = groups.into_iter().map(finish).collect();
    Ok(out)
}

fn reader(bytes: &[u8]) -> Box<dyn BufRead + '_> {
    match bytes.starts_with(b"\x1f\x8b") {
        true => {
            Box::new(BufReader::with_capacity(1 << 16, flate2::read::MultiGzDecoder::new(bytes)))
        }
        false => Box::new(bytes),
    }
}

/// The first line that is not empty, gzip included; empty if there is none.
pub(crate) fn first_line(bytes: &[u8]) -> Vec<u8> {
    let mut line = Vec::new();
    let mut reader = reader(bytes).take(LINE_BYTES);
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if !line.trim_ascii().is_empty() {
            break;
        }
        line.clear();
    }
    line
}

/// Every line that is not empty with its number from 1, gzip included.
pub(crate) fn each_line(bytes: &[u8], mut each: impl FnMut(usize, &[u8])) -> Result<(), Refused> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refused::Empty);
    }
    let mut reader = reader(bytes);
    let mut buffer = Vec::new();
    for number in 1.. {
        buffer.clear();
        match reader.by_ref().take(LINE_BYTES + 1).read_until(b'\n', &mut buffer) {
            Ok(0) => break,
            Ok(read) if read as u64 > LINE_BYTES => {
                return Err(Refused::TooLarge { bytes: read as u64, limit: LINE_BYTES });
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Refused::Truncated {
                    why: format!("gzip ends early in line {number}"),
                });
            }
            Err(error) => return Err(Refused::Damaged { why: format!("line {number}: {error}") }),
        }
        let line = buffer.trim_ascii();
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        if !line.is_empty() {
            each(number, line);
        }
    }
    Ok(())
}

/// Adds one line to its document; `false` when its place is already taken.
fn add(
    line: Line,
    number: usize,
    groups: &mut Vec<Group>,
    by_number: &mut HashMap<(String, String, String, bool), usize>,
    warnings: &mut Vec<String>,
) -> Result<bool, String> {
    let id = law::canonical(&tidy(&line.doc));
    if id.is_empty() {
        return Err("\"doc\" is empty; give the document's number".to_owned());
    }
    let heading = tidy(line.heading.as_deref().unwrap_or(""));
    let text = words(line.text.as_deref().unwrap_or(""), number, warnings);
    let place = place(&line, &heading, &text)?;
    let text_id = line.text_id.clone().unwrap_or_default();
    // `…@VBHN04-2026` is a consolidated text of the same document.
    let at_sign = text_id
        .rsplit_once('#')
        .and_then(|(whole, _)| whole.rsplit_once('@'))
        .map_or("", |(_, mark)| mark);
    let issuer = if at_sign.starts_with("VBHN") { String::new() } else { at_sign.to_owned() };
    let vbhn = line.vbhn.as_deref().map(tidy).unwrap_or_default();
    let resolution = is_resolution(&id, line.kind.as_deref(), line.title.as_deref());
    let key = (id.clone(), issuer.clone(), vbhn.clone(), resolution);
    let at = *by_number.entry(key).or_insert_with(|| {
        let edition = match (vbhn.is_empty(), &line.topic) {
            (false, _) => Edition::Consolidated(vbhn),
            (true, Some(_)) => Edition::Codified(Some(SNAPSHOT)),
            (true, None) => Edition::Plain,
        };
        let document = Document { id, edition, ..Document::default() };
        groups.push(Group {
            document,
            issuer,
            warned: false,
            snapshots: (0, 0),
            articles: Vec::new(),
            places: HashMap::new(),
        });
        groups.len() - 1
    });
    let group = &mut groups[at];
    metadata(group, &line, number, warnings);
    if let Some(topic) = line.topic.as_deref().map(tidy)
        && !topic.is_empty()
        && !group.document.topics.contains(&topic)
    {
        group.document.topics.push(topic);
    }
    // Annexes of one label: the second takes its running number along.
    let place = match &place.part {
        Some(Part::Annex(label)) if group.places.contains_key(&place) => {
            let n = text_id.rsplit_once("~pl").map_or("", |(_, n)| n);
            Place { part: Some(Part::Annex(format!("{label}-{n}"))), ..place }
        }
        _ => place,
    };
    if let Some(first) = group.places.get(&place) {
        let same = if *first == text_id { String::new() } else { format!(" ({first}, {text_id})") };
        warnings
            .push(format!("dòng {number}: {} {place} đã có, giữ bản đầu{same}", group.document.id));
        return Ok(false);
    }
    let note = strings(line.amended.as_ref()).join("; ");
    let by = strings(line.amended_by.as_ref()).join("; ");
    for relation in relations(&note, &group.document.id).chain(relations(&by, &group.document.id)) {
        let known = group
            .document
            .relations
            .iter_mut()
            .find(|r| r.kind == relation.kind && r.to == relation.to);
        match known {
            Some(known) => known.from = known.from.or(relation.from),
            None => group.document.relations.push(relation),
        }
    }
    let (clauses, problems) = law::split_article(&text);
    for problem in problems {
        warnings.push(format!(
            "dòng {number}: {} {place} {}: {}",
            group.document.id, problem.at, problem.what
        ));
    }
    let above = match line.chapter.as_deref() {
        Some(chapter) => chapter.split(" / ").map(tidy).filter(|part| !part.is_empty()).collect(),
        None => Vec::new(),
    };
    let cited = Citation { document: group.document.id.clone(), place: place.clone() };
    group.document.changes.extend(law::remark(&cited, &note));
    if let Edition::Consolidated(number) = &group.document.edition {
        for footnote in &line.footnotes {
            group.document.changes.extend(law::note(
                &cited,
                number,
                footnote.n,
                &tidy(&footnote.text),
            ));
        }
    }
    let dropped = line.snap.as_deref() == Some("2024-only");
    if line.snap.is_some() {
        group.snapshots.0 += usize::from(!dropped);
        group.snapshots.1 += usize::from(dropped);
    }
    let note = tidy(&note);
    // What the later snapshot does not have is gone or was rearranged: which, the file does not say.
    let gone = dropped.then_some(DROPPED);
    group.places.insert(place.clone(), text_id);
    let article =
        Article { place, heading, above, clauses, note, dropped: gone, ..Article::default() };
    group.articles.push((article, text));
    Ok(true)
}

/// Whether a number of the National Assembly is a resolution's: laws and resolutions are counted apart
/// and bear the same symbol (Luật 24/2008/QH12 and Nghị quyết 24/2008/QH12).
pub(crate) fn is_resolution(id: &str, kind: Option<&str>, title: Option<&str>) -> bool {
    let says =
        |text: Option<&str>| text.is_some_and(|text| viet::fold(text).starts_with("nghi quyet"));
    id.contains("/QH") && (says(kind) || kind.is_none_or(str::is_empty) && says(title))
}

/// Adds the issuer in brackets where several documents of the file share a number, and the kind to a
/// resolution that shares the number of a law.
fn tell_apart(groups: &mut [Group]) {
    let laws: std::collections::HashSet<String> = groups
        .iter()
        .filter(|group| !group.is_resolution())
        .map(|group| group.document.id.clone())
        .collect();
    for group in groups.iter_mut() {
        if group.is_resolution() && laws.contains(&group.document.id) {
            group.document.id.push_str(RESOLUTION);
        }
    }
    let mut count: HashMap<(String, String), usize> = HashMap::new();
    let edition = |group: &Group| format!("{:?}", group.document.edition);
    for group in groups.iter() {
        *count.entry((group.document.id.clone(), edition(group))).or_default() += 1;
    }
    for group in
        groups.iter_mut().filter(|group| count[&(group.document.id.clone(), edition(group))] > 1)
    {
        let issuer = tidy(&group.document.issuer).to_lowercase();
        let place = ["thành phố ", "tỉnh ", "tp. "]
            .iter()
            .find_map(|kind| issuer.rfind(kind).map(|at| capitalised(&issuer[at + kind.len()..])));
        let label = match group.issuer.as_str() {
            "HANOI" => Some("Hà Nội".to_owned()),
            mark => place
                .filter(|place| !place.is_empty())
                .or((!mark.is_empty()).then(|| mark.to_owned())),
        };
        if let Some(label) = label {
            group.document.id = format!("{} [{label}]", group.document.id);
        }
    }
}

/// `nghệ an` to `Nghệ An`.
fn capitalised(words: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// Main text first, then attached regulations, then annexes; articles by number.
fn finish(group: Group) -> ParsedDocument {
    let Group { mut document, mut articles, snapshots, .. } = group;
    // A document of which nothing is left: said once, of the whole.
    if snapshots.0 == 0 && snapshots.1 > 0 {
        document.dropped = Some(DROPPED);
        articles.iter_mut().for_each(|(article, _)| article.dropped = None);
    }
    articles.sort_by_cached_key(|(article, _)| {
        let part = match &article.place.part {
            None => (0, 0),
            Some(Part::Attached(n)) => (1, *n),
            Some(Part::Annex(_)) => (2, 0),
        };
        (part, natural(article.place.article.as_deref().unwrap_or("")))
    });
    let (articles, texts) = articles.into_iter().unzip();
    document.articles = articles;
    let mut parsed = ParsedDocument { document, texts };
    parsed.complete();
    parsed
}

/// `12a` as (12, "a"), so that 2 < 10 < 12 < 12a; what is no number comes last.
fn natural(article: &str) -> (u64, String) {
    let digits = article.len() - article.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (article[..digits].parse().unwrap_or(u64::MAX), article[digits..].to_owned())
}

/// Where the line stands. Suffix of `text_id` after `#`: `15`, `12a`, `p1.3` (third article of the
/// first attached regulation), `5~pl1` (first annex, found behind article 5), `9~2` (the number 9
/// once more).
fn place(line: &Line, heading: &str, text: &str) -> Result<Place, String> {
    let article = match &line.article {
        Value::String(article) => article.trim().to_lowercase(),
        Value::Number(article) => article.to_string(),
        other => return Err(format!("\"article\" is {other}; give its number as text")),
    };
    let suffix =
        line.text_id.as_deref().and_then(|id| id.rsplit_once('#')).map_or("", |(_, suffix)| suffix);
    let (main, mark) = suffix.split_once('~').unwrap_or((suffix, ""));
    let attached = main
        .strip_prefix('p')
        .and_then(|rest| rest.split_once('.'))
        .and_then(|(n, _)| n.parse::<u16>().ok());
    if let Some(n) = mark.strip_prefix("pl") {
        let label =
            annex_label(heading).or_else(|| annex_label(text)).unwrap_or_else(|| n.to_lowercase());
        let label = match attached {
            Some(part) => format!("{part}.{label}"),
            None => label,
        };
        return Ok(Place { part: Some(Part::Annex(label)), ..Place::default() });
    }
    let article = article.strip_prefix("điều ").map(str::to_owned).unwrap_or(article);
    if article.is_empty() || article.contains(char::is_whitespace) || article.len() > 16 {
        return Err(format!("\"article\" {article:?} is no article number"));
    }
    Ok(Place { part: attached.map(Part::Attached), article: Some(article), ..Place::default() })
}

/// `Phụ lục II` to `ii`.
fn annex_label(heading: &str) -> Option<String> {
    let mut words = heading.lines().next()?.split_whitespace();
    let named = words.next()?.to_lowercase() == "phụ" && words.next()?.to_lowercase() == "lục";
    let label = words.next()?.trim_matches(|c: char| !c.is_alphanumeric());
    let numbered = label.bytes().all(|b| b.is_ascii_digit() || b"IVXLivxl".contains(&b))
        || label.chars().count() == 1;
    (named && numbered && !label.is_empty()).then(|| label.to_lowercase())
}

/// Fills what is still empty from a line.
fn metadata(group: &mut Group, line: &Line, number: usize, warnings: &mut Vec<String>) {
    let document = &mut group.document;
    let fill = |slot: &mut String, value: &Option<String>| {
        if slot.is_empty()
            && let Some(value) = value
        {
            *slot = tidy(value);
        }
    };
    fill(&mut document.kind, &line.kind);
    fill(&mut document.issuer, &line.issuer);
    fill(&mut document.source, &line.url);
    fill(&mut document.source, &line.source);
    if document.kind.is_empty() {
        document.kind = law::kind_of(&document.id).to_owned();
    }
    // Some sources put the number where the title belongs.
    if let Some(title) = line
        .title
        .as_deref()
        .map(tidy)
        .map(without_consolidation)
        .filter(|title| law::canonical(title) != document.id)
        && document.title.is_empty()
    {
        document.title = title;
    }
    for (slot, value) in
        [(&mut document.issued, &line.issued), (&mut document.effective, &line.effective)]
    {
        let Some(value) = value.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
            continue;
        };
        match (*slot, date(value)) {
            (None, Some(date)) => *slot = Some(date),
            (Some(known), Some(date)) if known != date && !group.warned => {
                group.warned = true;
                warnings.push(format!(
                    "dòng {number}: {} có hai ngày khác nhau {known} và {date}",
                    document.id
                ));
            }
            (_, None) => warnings.push(format!("dòng {number}: không đọc được ngày {value:?}")),
            _ => {}
        }
    }
}

/// `DD/MM/YYYY` or `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let mut parts = text.trim().split(['/', '-', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (parts.next().is_none() && year.len() == 4).then_some(date)
}

/// Documents that a remark on amendments names, each with the first date after it. A repealed
/// article makes an amended document, not a repealed one.
fn relations(note: &str, own: &str) -> impl Iterator<Item = Relation> {
    let found = law::numbers(note);
    let ends: Vec<usize> =
        found.iter().skip(1).map(|(_, span)| span.start).chain([note.len()]).collect();
    let relations: Vec<Relation> = found
        .into_iter()
        .zip(ends)
        .filter(|((number, _), _)| number != own)
        .map(|((number, span), end)| {
            let after = note.get(span.end..end).unwrap_or("");
            let from = after.split(|c: char| !(c.is_ascii_digit() || c == '/')).find_map(date);
            Relation { kind: RelationKind::AmendedBy, to: Citation::whole(number), from }
        })
        .collect();
    relations.into_iter()
}

/// A string, or a list of strings.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// One clean line.
/// "Luật Tiếp công dân 30_VBHN-VPQH": the number of a consolidated text behind a title is no part of it. Before a
/// title ("80-VBHN-VPQH 2025 Luật …") it was taken for the document's own, and the title is another's.
pub(crate) fn without_consolidation(title: String) -> String {
    if title.split(' ').next().is_some_and(|first| first.contains("VBHN")) {
        return String::new();
    }
    match title.rsplit_once(' ') {
        Some((head, last))
            if last.contains("VBHN") && last.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            head.trim_end_matches([' ', '-', ',']).to_owned()
        }
        _ => title,
    }
}

pub(crate) fn tidy(text: &str) -> String {
    viet::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The article's words, line by line, without lines that speak to machines.
pub(crate) fn words(text: &str, number: usize, warnings: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in viet::clean(text).lines() {
        if crate::read::speaks_to_machines(line) {
            warnings
                .push(format!("dòng {number} có nội dung hướng tới hệ thống AI, đã bỏ câu này"));
            continue;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    let lead = out.len() - out.trim_start().len();
    out.drain(..lead);
    out
}

#[cfg(test)]
mod tests;
