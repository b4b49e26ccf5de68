//! How a draft's Word file is set, and what a report writes into it. The text is invented.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ingest::look::{Align, Face, Height, Line, Look, Page, PageNumbers};
use ingest::read::Block;
use jiff::civil::date;
use law::Library;
use review::{Draft, Finding, Known, Report, Reviewer, Sheet, State, Table, Usage, remarks};

const HEAD: &str = "HỘI ĐỒNG NHÂN DÂN
THÀNH PHỐ HÀ NỘI
Số: 15/2026/NQ-HĐND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Hà Nội, ngày 10 tháng 03 năm 2026
NGHỊ QUYẾT
Quy định việc quản lý sân chơi công cộng trên địa bàn thành phố Hà Nội
Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;
Xét Tờ trình số 12/TTr-UBND ngày 02 tháng 3 năm 2026 của Ủy ban nhân dân thành phố Hà Nội;
Hội đồng nhân dân ban hành Nghị quyết quy định việc quản lý sân chơi công cộng.
Điều 1. Phạm vi điều chỉnh
Nghị quyết này quy định việc quản lý sân chơi công cộng trên địa bàn thành phố Hà Nội.
";

const TAIL: &str = "Điều 9. Hiệu lực thi hành
Nghị quyết này có hiệu lực thi hành từ ngày 01 tháng 4 năm 2026.
Nghị quyết này đã được Hội đồng nhân dân thành phố Hà Nội khóa XVII, kỳ họp thứ 30 thông qua ngày 10 tháng 3 năm 2026./.
Nơi nhận:
- Ủy ban nhân dân Thành phố;
- Lưu: VT.
CHỦ TỊCH
";

fn text() -> String {
    let articles = (2..9).map(|n| {
        let body = "Ủy ban nhân dân xã, phường giao đơn vị trực thuộc quản lý sân chơi trên địa bàn, công bố giờ mở cửa. ";
        format!("Điều {n}. Nội dung thứ {n}\n{}\n", body.repeat(6).trim())
    });
    format!("{HEAD}{}{TAIL}", articles.collect::<String>())
}

struct Nothing;

impl Usage for Nothing {
    fn pair(&self, _: &str, _: &str) -> u32 {
        0
    }
}

/// Each line as mẫu 17 asks for it.
fn look(text: &str) -> Look {
    let mut at = 0;
    let mut lines = Vec::new();
    for words in text.lines() {
        let end = at + words.chars().count();
        let is = |starts: &[&str]| starts.iter().any(|it| words.starts_with(it));
        let (size, bold, italic, align) = match () {
            () if is(&["Căn cứ", "Xét", "Nghị quyết này đã"]) => {
                (14.0, false, true, Some(Align::Both))
            }
            () if is(&["Hà Nội,"]) => (13.0, false, true, Some(Align::Center)),
            () if is(&["Số:"]) => (13.0, false, false, Some(Align::Center)),
            () if is(&["Điều "]) => (14.0, true, false, Some(Align::Both)),
            () if is(&["Nơi nhận"]) => (12.0, true, true, None),
            () if is(&["- "]) => (11.0, false, false, None),
            () if is(&["HỘI ", "ỦY BAN NHÂN DÂN", "THÀNH PHỐ", "CỘNG"]) => {
                (13.0, true, false, Some(Align::Center))
            }
            () if is(&["Độc", "NGHỊ", "QUYẾT", "Quy định", "CHỦ"]) => {
                (14.0, true, false, Some(Align::Center))
            }
            () => (14.0, false, false, Some(Align::Both)),
        };
        let font = Some("Times New Roman".to_owned());
        let face = Face { span: [at, end], font, size: Some(size), bold, italic, color: None };
        lines.push(Line {
            span: [at, end],
            align,
            indent: Some(if align == Some(Align::Both) { 12.7 } else { 0.0 }),
            before: Some(6.0),
            height: Some(Height::Lines(1.2)),
            faces: vec![face],
            ..Line::default()
        });
        at = end + 1;
    }
    let page =
        Page { width: 210.0, height: 297.0, top: 20.0, bottom: 20.0, left: 30.0, right: 15.0 };
    Look {
        pages: vec![page],
        numbers: PageNumbers { top: true, first_apart: true, ..PageNumbers::default() },
        lines,
    }
}

fn reviewed(text: &str, look: Option<Look>) -> Report {
    let library = Library::new(Vec::new(), Vec::new(), Arc::new(HashMap::new()));
    let known = Known::of(&library);
    let table = Table::shipped();
    let off = BTreeMap::new();
    let reviewer =
        Reviewer { library: &library, known: &known, table: &table, usage: &Nothing, off };
    reviewer.review(&Draft::read(text).unwrap().set_as(look), date(2026, 3, 10))
}

fn form(report: &Report) -> Vec<(String, String, String)> {
    let of =
        |it: &Finding| (it.kind.clone(), it.at.quote.chars().take(12).collect(), it.why.clone());
    report.findings.iter().filter(|it| it.check == 35).map(of).collect()
}

#[test]
fn a_file_set_as_the_form_asks_has_nothing_to_mend() {
    let text = text();
    let report = reviewed(&text, Some(look(&text)));
    assert_eq!(form(&report), []);
    assert_eq!(report.checks[34].state, State::Passed);
    // Of a file without a look only the words were read, and that is said.
    let report = reviewed(&text, None);
    assert_eq!(report.checks[34].state, State::Partly);
    assert!(report.not_checked.iter().any(|it| it.check == 35 && it.reason.contains("Word")));
}

#[test]
fn what_a_machine_does_not_look_at_is_told_beside_what_it_finds() {
    let text = text().replacen("72/2025/QH15;", "72/2025/QH15", 1);
    let report = reviewed(&text, None);
    assert_eq!((report.checks[34].state, report.checks[34].findings), (State::Failed, 1));
    assert!(report.not_checked.iter().any(|it| it.check == 35 && it.reason.contains("Word")));
}

#[test]
fn an_article_whose_sentence_follows_its_number_is_bold_in_its_number_only() {
    let text = text().replacen("Điều 1. Phạm vi điều chỉnh\n", "Điều 1. ", 1);
    let mut look = look(&text);
    let at = text.lines().position(|line| line.starts_with("Điều 1. ")).unwrap();
    let line = &mut look.lines[at];
    let [start, end] = line.span;
    line.faces[0].span = [start, start + 7];
    let rest = Face { span: [start + 7, end], bold: false, ..line.faces[0].clone() };
    line.faces.push(rest);
    assert_eq!(form(&reviewed(&text, Some(look))), []);
}

type Change = fn(&str, &mut Line);

#[test]
fn each_thing_set_otherwise_is_measured_against_what_is_asked() {
    let changes: [(&str, Change, &str, &str, &[&str]); 15] = [
        (
            "size",
            |w, l| {
                if w.starts_with("CỘNG") {
                    l.faces[0].size = Some(15.0)
                }
            },
            "CỘNG HÒA XÃ ",
            "Quốc hiệu",
            &["15", "12 đến 13"],
        ),
        (
            "size",
            |w, l| {
                if w.starts_with("NGHỊ QUYẾT") {
                    l.faces[0].size = Some(13.0)
                }
            },
            "NGHỊ QUYẾT",
            "Tên loại",
            &["13", "quy định 14"],
        ),
        (
            "style",
            |w, l| {
                if w.starts_with("Căn cứ") {
                    l.faces[0].italic = false
                }
            },
            "Căn cứ Luật ",
            "Căn cứ",
            &["đứng", "chữ nghiêng"],
        ),
        (
            "style",
            |w, l| {
                if w.starts_with("Điều 3") {
                    l.faces[0].bold = false
                }
            },
            "Điều 3. Nội ",
            "tên điều",
            &["không đậm", "chữ đậm", "1 dòng"],
        ),
        (
            "style",
            |w, l| {
                if w.starts_with("Số:") {
                    l.faces[0].bold = true
                }
            },
            "Số: 15/2026/",
            "Số, ký hiệu",
            &["đậm", "không đậm"],
        ),
        (
            "style",
            |w, l| {
                if w.starts_with("Nghị quyết này đã") {
                    l.faces[0].italic = false
                }
            },
            "Nghị quyết n",
            "thông qua",
            &["nghiêng"],
        ),
        (
            "size",
            |w, l| {
                if w.starts_with("- ") {
                    l.faces[0].size = Some(14.0)
                }
            },
            "- Ủy ban nhâ",
            "Danh sách",
            &["14", "11 đến 12", "2 dòng"],
        ),
        (
            "style",
            |w, l| {
                if w.starts_with("Nơi nhận") {
                    l.faces[0].bold = false
                }
            },
            "Nơi nhận:",
            "Nơi nhận",
            &["chữ đậm"],
        ),
        (
            "font",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.faces[0].font = Some("Arial".into())
                }
            },
            "Ủy ban nhân ",
            "Arial",
            &["7 dòng"],
        ),
        (
            "colour",
            |w, l| {
                if w.starts_with("Điều 4") {
                    l.faces[0].color = Some("FF0000".into())
                }
            },
            "Điều 4. Nội ",
            "#FF0000",
            &["1 dòng"],
        ),
        (
            "align",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.align = None
                }
            },
            "Ủy ban nhân ",
            "dóng trái",
            &["căn đều hai lề"],
        ),
        (
            "indent",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.indent = Some(0.0)
                }
            },
            "Ủy ban nhân ",
            "0 mm",
            &["12,7 mm"],
        ),
        (
            "height",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.height = Some(Height::Lines(2.0))
                }
            },
            "Ủy ban nhân ",
            "2,00 dòng",
            &["1,5"],
        ),
        (
            "height",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.height = Some(Height::Exactly(12.0))
                }
            },
            "Ủy ban nhân ",
            "0,75 dòng",
            &["1,5"],
        ),
        (
            "blank",
            |w, l| {
                if w.starts_with("Ủy ban") {
                    l.before = Some(0.0)
                }
            },
            "Ủy ban nhân ",
            "0 pt",
            &["6 pt"],
        ),
    ];
    let text = text();
    for (kind, change, quote, part, more) in changes {
        let mut look = look(&text);
        for (words, line) in text.lines().zip(&mut look.lines) {
            change(words, line);
        }
        let report = reviewed(&text, Some(look));
        let [(found, at, why)] = &form(&report)[..] else {
            panic!("{kind} {quote}: {:?}", form(&report))
        };
        assert_eq!((found.as_str(), at.as_str()), (kind, quote), "{why}");
        for part in std::iter::once(&part).chain(more) {
            assert!(why.contains(part), "{why} lacks {part}");
        }
    }
}

#[test]
fn paper_margins_and_page_numbers() {
    let text = text();
    let with = |change: fn(&mut Look)| {
        let mut look = look(&text);
        change(&mut look);
        form(&reviewed(&text, Some(look)))
    };
    let why =
        |found: Vec<(String, String, String)>| found.into_iter().map(|it| (it.0, it.2)).next();
    let (kind, said) = why(with(|it| it.pages[0].left = 20.0)).unwrap();
    assert!(kind == "margins" && said.contains("lề trái 20 mm (quy định 30 đến 35 mm)"), "{said}");
    let (kind, said) = why(with(|it| it.pages[0].width = 215.9)).unwrap();
    assert!(kind == "paper" && said.contains("215,9 × 297 mm"), "{said}");
    // A sheet that lies is an annex's table: it has margins of its own.
    let lying = |it: &mut Look| {
        let page = it.pages[0];
        it.pages.push(Page { width: page.height, height: page.width, left: 15.0, ..page });
    };
    assert_eq!(with(lying), []);
    assert_eq!(why(with(|it| it.numbers = PageNumbers::default())).unwrap().0, "no_numbers");
    let below = |it: &mut Look| it.numbers = PageNumbers { bottom: true, ..PageNumbers::default() };
    assert_eq!(why(with(below)).unwrap().0, "numbers_below");
    assert_eq!(why(with(|it| it.numbers.first_apart = false)).unwrap().0, "numbers_first");
    // What a file does not say is not judged.
    assert_eq!(with(|it| it.pages[0] = Page::default()), []);
}

#[test]
fn an_administrative_decision_has_the_margins_of_decree_30() {
    let text = text()
        .replace("15/2026/NQ-HĐND", "15/QĐ-UBND")
        .replace("HỘI ĐỒNG NHÂN DÂN\n", "ỦY BAN NHÂN DÂN\n")
        .replace("NGHỊ QUYẾT\n", "QUYẾT ĐỊNH\n");
    let mut look = look(&text);
    look.pages[0].top = 25.0;
    // 25 mm is too much for mẫu 17 and right under NĐ 30; a kind in 13 points too. The body above is not bold.
    look.lines[6].faces[0].size = Some(13.0);
    look.lines[0].faces[0].bold = false;
    assert_eq!(form(&reviewed(&text, Some(look.clone()))), []);
    look.pages[0].top = 30.0;
    let report = reviewed(&text, Some(look));
    let margins = report.findings.iter().find(|it| it.kind == "margins_30").unwrap();
    assert!(margins.rule.contains("30/2020/NĐ-CP") && margins.mark == "unverified", "{margins:?}");
}

#[test]
fn councils_have_words_of_their_own() {
    for (from, to, kind) in [
        ("Hội đồng nhân dân ban hành Nghị quyết quy", "QUYẾT NGHỊ: quy", "enacts"),
        ("\nQuy định việc", "\nV/v quy định việc", "about"),
        ("Nghị quyết này đã được", "Nghị quyết này sẽ được", ""),
        (" thông qua ngày 10 tháng 3 năm 2026./.", ".", "closing"),
    ] {
        let text = text();
        assert!(text.contains(from), "{from}");
        let found = form(&reviewed(&text.replacen(from, to, 1), None));
        let kinds: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(kinds, if kind.is_empty() { vec![] } else { vec![kind] }, "{to}");
    }
}

#[test]
fn a_day_of_application_is_not_the_day_of_effect() {
    for (clause, day) in [
        (
            "có hiệu lực từ ngày 01 tháng 4 năm 2026, áp dụng từ ngày 01 tháng 01 năm 2027.",
            date(2026, 4, 1),
        ),
        ("có hiệu lực kể từ ngày ký và áp dụng từ ngày 01/01/2027.", date(2026, 3, 10)),
        ("có hiệu lực và được áp dụng từ ngày 01/5/2026.", date(2026, 5, 1)),
    ] {
        let text = text().replace("có hiệu lực thi hành từ ngày 01 tháng 4 năm 2026.", clause);
        assert_eq!(reviewed(&text, None).document.effective, Some(day), "{clause}");
    }
}

#[test]
fn remarks_say_of_each_finding_what_the_report_says() {
    let text = text().replacen(
        "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;",
        "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
        1,
    );
    let mut look = look(&text);
    for line in &mut look.lines {
        line.faces[0].font = Some("Arial".into());
    }
    let report = reviewed(&text, Some(look));
    let table = Table::shipped();
    let status = |it: &str| it.to_owned();
    let notes = ["tệp có dấu vết chỉnh sửa".to_owned()];
    let versions = [("corpus".to_owned(), "v1".to_owned())];
    let sheet = Sheet {
        words: table.report(),
        status: &status,
        file: "du-thao.docx",
        at: "2026-03-10T01:02:03Z".parse().unwrap(),
        notes: &notes,
        versions: &versions,
    };
    let (made, numbers) = remarks(&report, &sheet);
    assert_eq!(numbers.len(), made.remarks.len());
    assert_eq!(made.date, "2026-03-10T08:02:03Z");
    let own = made.remarks.iter().filter(|it| !it.lines[0].starts_with("Như nhận xét"));
    let letters: Vec<char> = text.chars().collect();
    for ((no, finding), remark) in report.findings.iter().enumerate().zip(own) {
        assert!(remark.lines[0].starts_with(&format!("{}. [", no + 1)), "{:?}", remark.lines);
        assert_eq!(remark.lines[1], finding.why);
        let [[start, end]] = remark.spans[..] else { panic!("{remark:?}") };
        assert_eq!(letters[start..end].iter().collect::<String>(), finding.at.quote);
    }
    assert!(
        made.remarks.iter().any(|it| it.lines[0].starts_with("Như nhận xét") && it.spans.len() > 1)
    );
    let tables: Vec<&Vec<Vec<String>>> = made
        .end
        .iter()
        .filter_map(|block| match block {
            Block::Table(_, rows) => Some(rows),
            _ => None,
        })
        .collect();
    assert_eq!(tables[0].len(), report.findings.len() + 1);
    assert!(tables.iter().all(|rows| rows.iter().all(|row| row.len() == rows[0].len())));
    // What people judge is left to them.
    assert_eq!(tables.last().unwrap().len(), table.report().human.len() + 1);
    assert!(tables.last().unwrap().iter().skip(1).all(|row| row[1].is_empty()));
    let said = |words: &str| {
        made.end.iter().any(|it| matches!(it, Block::Text(text) if text.contains(words)))
    };
    assert!(said("Lưu ý: tệp có dấu vết") && said("10/03/2026 08:02") && said("corpus v1"));
    // A report goes over the wire and comes back the same.
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
