//! The report of a draft review as a page of its own: grouped by how much a finding weighs, with a way in by place,
//! filters that need no script, and rows for what people judge. It prints as it is; nothing is loaded from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use review::{Against, At, By, Finding, Report, Severity, Sheet, State, written};

const STYLE: &str = include_str!("../pages/report.css");

/// The whole page.
pub fn page(report: &Report, sheet: &Sheet<'_>) -> String {
    let title = &sheet.words.title;
    let page = html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) ": " (sheet.file) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (head(report, sheet))
                    (filters(report))
                    @for severity in Severity::ALL {
                        (group(report, sheet, severity))
                    }
                    (places(report))
                    (questions(report))
                    (checks(report))
                    (human(sheet))
                }
                footer { p class="soft" { (sheet.made()) } }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report, sheet: &Sheet<'_>) -> Markup {
    let document = &report.document;
    let of = |severity| report.findings.iter().filter(|it| it.severity == severity).count();
    let states: Vec<String> = State::ALL
        .into_iter()
        .map(|state| (state, report.checks.iter().filter(|it| it.state == state).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.name()))
        .collect();
    html! {
        h1 { (sheet.words.title) }
        p class="of" {
            (document.kind) " " (document.number) " của " (document.issuer) ": " (document.title)
        }
        p {
            "Ngày ký: " (written(document.date)) ". Ngày có hiệu lực: " (written(document.effective))
            ". Đối chiếu với pháp luật ngày " (written(Some(report.on))) "."
        }
        p class="aid" { (sheet.words.aid) }
        @if !sheet.notes.is_empty() {
            ul { @for note in sheet.notes { li { (note) } } }
        }
        dl class="figures" {
            @for severity in Severity::ALL {
                (figure(&format!("Mức {severity:?}: {}", severity.name()), of(severity)))
            }
        }
        p { (report.checks.len()) " phép kiểm tra: " (states.join(", ")) "." }
    }
}

fn figure(words: &str, count: usize) -> Markup {
    html! { div { dt { (words) } dd { (count) } } }
}

fn filters(report: &Report) -> Markup {
    let suspected = report.findings.iter().any(|it| it.by == By::Model);
    let one = |id: &str, words: String| {
        let id = format!("show-{id}");
        html! { label for=(id) { input type="checkbox" id=(id) autocomplete="off" checked; (words) } }
    };
    html! {
        @if !report.findings.is_empty() {
            fieldset {
                legend { "Chỉ xem" }
                @for severity in Severity::ALL {
                    (one(&format!("{severity:?}"), format!("Mức {severity:?}")))
                }
                @if suspected {
                    (one("rule", "Máy tìm theo quy tắc".to_owned()))
                    (one("model", "Máy nghi ngờ".to_owned()))
                }
            }
        }
    }
}

fn group(report: &Report, sheet: &Sheet<'_>, severity: Severity) -> Markup {
    let found: Vec<(usize, &Finding)> =
        report.findings.iter().enumerate().filter(|(_, it)| it.severity == severity).collect();
    html! {
        @if !found.is_empty() {
            h2 { "Mức " (format!("{severity:?}")) ": " (severity.name()) " (" (found.len()) ")" }
            @for (at, finding) in found { (told(at + 1, finding, sheet)) }
        }
        @else if report.findings.is_empty() && severity == Severity::A {
            p { (sheet.words.nothing) }
        }
    }
}

fn told(no: usize, finding: &Finding, sheet: &Sheet<'_>) -> Markup {
    let by = if finding.by == By::Model { "model" } else { "rule" };
    let kind = format!("{:?} {by}", finding.severity);
    let others: Vec<&str> = finding.also.iter().map(|at: &At| at.place.as_str()).collect();
    html! {
        article class=(kind) id=(format!("f{no}")) {
            div class="head" {
                h3 { (no) ". " (finding.name) }
                span class="class" { (format!("{:?}", finding.severity)) }
                span class="soft" { "phép " (finding.check) }
                @if finding.by == By::Model { span class="soft" { (sheet.words.suspected) } }
            }
            p { (finding.why) }
            div class="sides" {
                div {
                    p class="label" { "Dự thảo, " (finding.at.place) }
                    blockquote { (finding.at.quote) }
                    @if !others.is_empty() {
                        p class="soft" { "Cũng ở: " (others.join("; ")) }
                    }
                }
                @if !finding.against.is_empty() {
                    div { @for against in &finding.against { (held(against, sheet)) } }
                }
            }
            @if !finding.suggestion.is_empty() {
                p class="todo" { "Đề nghị: " (finding.suggestion) }
            }
            p class="soft" {
                "Theo: " (finding.rule)
                @if finding.mark != "source" { " (" (sheet.words.unverified) ")" }
            }
        }
    }
}

fn held(against: &Against, sheet: &Sheet<'_>) -> Markup {
    html! {
        p class="label" {
            (against.citation) @if !against.title.is_empty() { ", " (against.title) }
            " (" ((sheet.status)(&against.status)) ")"
        }
        blockquote { (against.quote) }
    }
}

/// The same findings in the order of the draft.
fn places(report: &Report) -> Markup {
    let mut at: Vec<(&At, usize)> = Vec::new();
    for (no, finding) in report.findings.iter().enumerate() {
        at.extend(std::iter::once(&finding.at).chain(&finding.also).map(|it| (it, no + 1)));
    }
    at.sort_by_key(|(at, no)| (at.span[0], *no));
    let mut rows: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, no) in at {
        match rows.last_mut() {
            Some((place, numbers)) if *place == at.place => {
                if !numbers.contains(&no) {
                    numbers.push(no);
                }
            }
            _ => rows.push((&at.place, vec![no])),
        }
    }
    html! {
        @if !rows.is_empty() {
            h2 { "Theo thứ tự trong dự thảo" }
            table {
                thead { tr { th scope="col" { "Ở đâu" } th scope="col" { "Phát hiện" } } }
                tbody {
                    @for (place, numbers) in rows {
                        tr {
                            th scope="row" { (place) }
                            td { @for no in numbers { a href=(format!("#f{no}")) aria-label=(format!("Phát hiện {no}")) { (no) } " " } }
                        }
                    }
                }
            }
        }
    }
}

fn questions(report: &Report) -> Markup {
    html! {
        @if !report.questions.is_empty() {
            h2 { "Câu hỏi với cơ quan soạn thảo" }
            ul class="ask" {
                @for it in &report.questions {
                    li { (it.question) " " span class="soft" { "Theo: " (it.rule) } }
                }
            }
        }
    }
}

fn checks(report: &Report) -> Markup {
    html! {
        h2 { "Các phép kiểm tra" }
        table {
            thead { tr { @for head in ["Số", "Phép kiểm tra", "Kết quả"] { th scope="col" { (head) } } } }
            tbody {
                @for it in &report.checks {
                    tr {
                        td { (it.check) }
                        td { (it.name) }
                        td {
                            (it.state.name())
                            @if it.findings > 0 { ": " (it.findings) }
                            @if !it.reason.is_empty() { " (" (it.reason) ")" }
                        }
                    }
                }
            }
        }
    }
}

fn human(sheet: &Sheet<'_>) -> Markup {
    html! {
        h2 { (sheet.words.human_head) }
        table {
            thead { tr { th scope="col" { "Nội dung" } th scope="col" { "Ý kiến" } } }
            tbody { @for row in &sheet.words.human { tr { td { (row) } td class="blank" {} } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use review::ReportWords;
    use serde_json::json;

    use super::*;

    fn shown(findings: &serde_json::Value) -> String {
        let report: Report = serde_json::from_value(json!({
            "document": {
                "number": "15/2026/QĐ-UBND", "kind": "Quyết định", "issuer": "Ủy ban nhân dân thành phố Hà Nội",
                "title": "Về <b>sân chơi</b>", "date": null, "effective": "2026-04-01",
            },
            "on": "2026-03-10",
            "findings": findings,
            "checks": [{"check": 5, "name": "Căn cứ còn hiệu lực", "state": "failed", "findings": 1, "reason": ""}],
            "questions": [{"check": 40, "question": "Đã đăng chưa?", "rule": "187/2025/NĐ-CP"}],
            "not_checked": [],
            "notes": [],
        }))
        .unwrap();
        let words = ReportWords {
            title: "Kết quả rà soát".into(),
            aid: "Người rà soát kết luận.".into(),
            nothing: "Không có phát hiện.".into(),
            unverified: "còn phải đối chiếu".into(),
            human: vec!["Sự cần thiết".into()],
            ..ReportWords::default()
        };
        let notes = ["tệp có <dấu vết>".to_owned()];
        let sheet = Sheet {
            words: &words,
            status: &|status| format!("[{status}]"),
            file: "a\"b.docx",
            at: "2026-03-10T01:02:03Z".parse().unwrap(),
            notes: &notes,
            versions: &[],
        };
        page(&report, &sheet)
    }

    #[test]
    fn a_report_groups_findings_and_takes_nothing_for_markup() {
        let finding = |severity: &str, place: &str, start: usize| {
            json!({
                "id": "5-1", "check": 5, "kind": "ended", "name": "Căn cứ còn hiệu lực", "severity": severity,
                "at": {"place": place, "quote": "Luật <script>", "span": [start, start + 5]}, "also": [],
                "against": [{"citation": "1/2020/QH14 điều 3", "title": "Luật A", "quote": "hết hiệu lực", "status": "ended"}],
                "why": "Hết hiệu lực.", "suggestion": "Thay bằng: 2/2024/QH15", "rule": "78/2025/NĐ-CP điều 62",
                "mark": "unverified", "by": "rule",
            })
        };
        let page = shown(&json!([finding("A", "Điều 9", 90), finding("B", "Căn cứ", 10)]));
        assert!(page.contains("Luật &lt;script&gt;") && !page.contains("<script"), "{page}");
        assert!(page.contains("Về &lt;b&gt;sân chơi") && page.contains("tệp có &lt;dấu vết&gt;"));
        for words in [
            "Mức A: có dấu hiệu trái pháp luật (1)",
            "Mức B: đề nghị sửa (1)",
            "1/2020/QH14 điều 3, Luật A ([ended])",
            "Đề nghị: Thay bằng: 2/2024/QH15",
            "(còn phải đối chiếu)",
            "Ngày ký: chưa ghi",
            "có hiệu lực: 01/04/2026",
            "Đã đăng chưa?",
            "lập lúc 10/03/2026 08:02",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // In the order of the draft the basis comes first, and leads to finding 2.
        let index = &page[page.find("Theo thứ tự").unwrap()..];
        assert!(index.find("Căn cứ</th>").unwrap() < index.find("Điều 9</th>").unwrap());
        assert!(
            index.contains("<a href=\"#f2\" aria-label=\"Phát hiện 2\">2</a>")
                && page.contains("id=\"f2\"")
        );
        // It stands alone: printed, mailed, opened without a network.
        assert!(!page.contains("http") && !page.contains("src=") && !page.contains("<link"));
        assert!(page.contains("for=\"show-A\"") && page.contains("#show-A:not(:checked)"));
    }

    #[test]
    fn a_draft_without_findings_says_so() {
        let page = shown(&json!([]));
        assert!(page.contains("Không có phát hiện.") && !page.contains("<fieldset>"));
    }
}
