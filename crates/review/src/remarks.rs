//! A report as remarks in the draft's own Word file: a comment at each finding, and after the last page the table of
//! them all, the questions and the rows that people fill in (layout of an appraisal report).

use ingest::read::{Block, Remark, Remarks};
use jiff::civil::Date;
use jiff::{Timestamp, tz};

use crate::case::cut;
use crate::finding::{Against, By, Finding, Report};
use crate::table::ReportWords;

/// What a report needs beside what was found.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The report's sentences.
    pub words: &'a ReportWords,
    /// The state of a provision in words: `in_force` to "còn hiệu lực".
    pub status: &'a dyn Fn(&str) -> String,
    /// Name of the file that was reviewed.
    pub file: &'a str,
    /// When it was made.
    pub at: Timestamp,
    /// What its reader should know of the file.
    pub notes: &'a [String],
    /// Which corpus, checks and program it was made with: name and version.
    pub versions: &'a [(String, String)],
}

impl Sheet<'_> {
    /// When it was made and with what, as people in Hà Nội read it.
    pub fn made(&self) -> String {
        let at = tz::offset(7).to_datetime(self.at).strftime("%d/%m/%Y %H:%M");
        let mut parts = vec![format!("Tệp {}; lập lúc {at}", self.file)];
        parts.extend(self.versions.iter().map(|(name, version)| format!("{name} {version}")));
        format!("{}.", parts.join("; "))
    }
}

/// A day as people write it; "chưa ghi" for one that the draft does not give.
pub fn written(day: Option<Date>) -> String {
    day.map_or_else(|| "chưa ghi".to_owned(), |day| day.strftime("%d/%m/%Y").to_string())
}

/// Letters of a quotation in a comment or a cell: enough to find it, not the whole article.
const QUOTE: usize = 400;

/// What is written into the Word file of the draft, and the number of the finding that each remark is of; finding 5 of
/// the report is comment and row 5.
pub fn remarks(report: &Report, sheet: &Sheet<'_>) -> (Remarks, Vec<usize>) {
    let mut remarks = Vec::new();
    let mut numbers = Vec::new();
    for (at, finding) in report.findings.iter().enumerate() {
        numbers.push(at + 1);
        remarks
            .push(Remark { spans: vec![finding.at.span], lines: comment(at + 1, finding, sheet) });
        if !finding.also.is_empty() {
            let spans = finding.also.iter().map(|at| at.span).collect();
            let line = format!("Như nhận xét {}: {}.", at + 1, finding.name);
            remarks.push(Remark { spans, lines: vec![line] });
            numbers.push(at + 1);
        }
    }
    // Word shows the time of a comment as it stands, whatever zone it is said to be of.
    let date = tz::offset(7).to_datetime(sheet.at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let all = Remarks {
        author: "Khuê".to_owned(),
        initials: "K".to_owned(),
        date,
        remarks,
        end: end(report, sheet),
    };
    (all, numbers)
}

fn comment(no: usize, finding: &Finding, sheet: &Sheet<'_>) -> Vec<String> {
    let doubt = if finding.by == By::Model { &sheet.words.suspected } else { "" };
    let doubt = if doubt.is_empty() { String::new() } else { format!(" ({doubt})") };
    let mut lines = vec![
        format!(
            "{no}. [{:?}: {}] {}{doubt}",
            finding.severity,
            finding.severity.name(),
            finding.name
        ),
        finding.why.clone(),
    ];
    lines.extend(finding.against.iter().map(|it| quoted(it, sheet)));
    if !finding.suggestion.is_empty() {
        lines.push(format!("Đề nghị: {}", finding.suggestion));
    }
    lines.push(rule(finding, sheet));
    lines
}

/// The rule with what its reader must still do.
fn rule(finding: &Finding, sheet: &Sheet<'_>) -> String {
    let doubt = match finding.mark.as_str() {
        "source" => String::new(),
        _ => format!(" ({})", sheet.words.unverified),
    };
    format!("Theo: {}{doubt}", finding.rule)
}

fn quoted(against: &Against, sheet: &Sheet<'_>) -> String {
    let status = (sheet.status)(&against.status);
    format!("{} ({status}): “{}”", against.citation, short(&against.quote))
}

fn short(quote: &str) -> String {
    let quote = quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = cut(&quote, QUOTE);
    if kept.len() < quote.len() { format!("{kept} …") } else { kept }
}

fn end(report: &Report, sheet: &Sheet<'_>) -> Vec<Block> {
    let document = &report.document;
    let mut blocks = vec![
        Block::Heading(sheet.words.title.to_uppercase()),
        Block::Text(format!(
            "{} {} của {}: {}",
            document.kind,
            document.number,
            document.issuer,
            document.title.replace('\n', " ")
        )),
        Block::Text(format!(
            "Ngày ký: {}. Ngày có hiệu lực: {}. Đối chiếu với pháp luật ngày {}. Tệp: {}.",
            written(document.date),
            written(document.effective),
            written(Some(report.on)),
            sheet.file
        )),
        Block::Text(sheet.words.aid.clone()),
    ];
    blocks.extend(sheet.notes.iter().map(|note| Block::Text(format!("Lưu ý: {note}"))));
    if report.findings.is_empty() {
        blocks.push(Block::Text(sheet.words.nothing.clone()));
    } else {
        blocks.push(findings(report, sheet));
    }
    if !report.questions.is_empty() {
        blocks.push(Block::Heading("Câu hỏi với cơ quan soạn thảo".to_owned()));
        let mut rows = vec![row(["Phép", "Câu hỏi", "Trả lời"])];
        rows.extend(report.questions.iter().map(|it| {
            vec![it.check.to_string(), format!("{}\nTheo: {}", it.question, it.rule), String::new()]
        }));
        blocks.push(Block::Table(vec![8, 57, 35], rows));
    }
    if !report.not_checked.is_empty() {
        blocks.push(Block::Heading("Phép kiểm tra chưa làm, hoặc mới làm một phần".to_owned()));
        let mut rows = vec![row(["Phép", "Tên", "Phần chưa làm, lý do"])];
        let name =
            |no: u8| report.checks.iter().find(|it| it.check == no).map(|it| it.name.clone());
        rows.extend(report.not_checked.iter().map(|it| {
            vec![it.check.to_string(), name(it.check).unwrap_or_default(), it.reason.clone()]
        }));
        blocks.push(Block::Table(vec![9, 36, 55], rows));
    }
    blocks.push(Block::Heading(sheet.words.human_head.clone()));
    let mut rows = vec![row(["Nội dung", "Ý kiến"])];
    rows.extend(sheet.words.human.iter().map(|it| vec![it.clone(), String::new()]));
    blocks.push(Block::Table(vec![50, 50], rows));
    blocks.push(Block::Text(sheet.made()));
    blocks
}

fn findings(report: &Report, sheet: &Sheet<'_>) -> Block {
    let mut rows = vec![row(["TT", "Mức", "Ở đâu, dự thảo viết", "Nhận xét và căn cứ", "Đề nghị"])];
    rows.extend(report.findings.iter().enumerate().map(|(at, finding)| {
        let mut places = vec![finding.at.place.as_str()];
        places.extend(finding.also.iter().map(|at| at.place.as_str()));
        places.dedup();
        let mut why = vec![format!("{}.", finding.name), finding.why.clone()];
        why.extend(finding.against.iter().map(|it| quoted(it, sheet)));
        why.push(rule(finding, sheet));
        vec![
            (at + 1).to_string(),
            format!("{:?}", finding.severity),
            format!("{}\n“{}”", places.join("; "), short(&finding.at.quote)),
            why.join("\n"),
            finding.suggestion.clone(),
        ]
    }));
    Block::Table(vec![6, 9, 26, 40, 19], rows)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
