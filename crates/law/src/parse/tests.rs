use proptest::prelude::*;

use super::*;
use crate::Part;
use crate::document::{Clause, RelationKind};

const DECREE: &str = "\
CHÍNH PHỦ
Số: 123/2015/NĐ-CP
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Hà Nội, ngày 15 tháng 11 năm 2015
NGHỊ ĐỊNH
QUY ĐỊNH CHI TIẾT MỘT SỐ ĐIỀU CỦA LUẬT HỘ TỊCH
Căn cứ Luật Tổ chức Chính phủ ngày 25 tháng 12 năm 2001;
Căn cứ Luật Hộ tịch số 60/2014/QH13;
Theo đề nghị của Bộ trưởng Bộ Tư pháp,
Chính phủ ban hành Nghị định.
Chương I
NHỮNG QUY ĐỊNH CHUNG
**Điều 1. Phạm vi điều chỉnh**
Nghị định này quy định về hộ tịch theo
Điều 6 Luật Hộ tịch.
Điều 2. Giấy tờ
1. Người yêu cầu xuất trình:
a) Hộ chiếu;
b) Giấy tờ khác.
2. Lệ phí là 8.000 đồng.
Mục 1. ĐĂNG KÝ
Điều 3. Hiệu lực thi hành
1. Nghị định này có hiệu lực thi hành kể từ ngày 01 tháng 01 năm 2016.
2. Nghị định này thay thế Nghị định số 158/2005/NĐ-CP ngày 27 tháng 12 năm 2005 đã được sửa đổi, bổ sung theo Nghị định số 06/2012/NĐ-CP.
3. Bãi bỏ khoản 2 Điều 5 Nghị định số 24/2013/NĐ-CP.
Nơi nhận:
1. Ban Bí thư;
PHỤ LỤC I
(Ban hành kèm theo Nghị định số 123/2015/NĐ-CP)
Điều 1. Mẫu hợp đồng
";

fn parse(text: &str) -> Parsed<ParsedDocument> {
    Document::parse(Document::default(), text)
}

fn outline(clauses: &[Clause]) -> String {
    let point = |clause: &Clause| {
        clause.points.iter().map(|point| point.letter.as_str()).collect::<Vec<_>>().join("")
    };
    let clause = |clause: &Clause| format!("{}({})", clause.number, point(clause));
    clauses.iter().map(clause).collect::<Vec<_>>().join(" ").replace("()", "")
}

#[test]
fn a_decree_is_read_whole() {
    let read = parse(DECREE);
    assert_eq!(read.problems, []);
    let document = &read.value.document;
    assert_eq!(
        (document.id.as_str(), document.kind.as_str(), document.issuer.as_str()),
        ("123/2015/NĐ-CP", "Nghị định", "Chính phủ")
    );
    assert_eq!(document.title, "Nghị định quy định chi tiết một số điều của Luật Hộ tịch");
    assert_eq!(document.issued.unwrap().to_string(), "2015-11-15");
    assert_eq!(document.effective.unwrap().to_string(), "2016-01-01");

    let places: Vec<String> =
        document.articles.iter().map(|article| article.place.to_string()).collect();
    assert_eq!(places, ["mở đầu", "điều 1", "điều 2", "điều 3", "phụ lục i mở đầu"]);
    assert_eq!(document.articles[1].heading, "Phạm vi điều chỉnh");
    assert_eq!(document.articles[1].above, ["Chương I. NHỮNG QUY ĐỊNH CHUNG"]);
    assert_eq!(document.articles[3].above, ["Chương I. NHỮNG QUY ĐỊNH CHUNG", "Mục 1. ĐĂNG KÝ"]);
    assert_eq!(outline(&document.articles[2].clauses), "1(ab) 2");
    assert_eq!(outline(&document.articles[3].clauses), "1 2 3");
    assert_eq!(read.value.texts[1], "Nghị định này quy định về hộ tịch theo\nĐiều 6 Luật Hộ tịch.");
    assert!(read.value.texts[3].ends_with("1. Ban Bí thư;"));
    assert_eq!(read.value.texts.len(), document.articles.len());
}

#[test]
fn relations_are_those_of_this_document() {
    let relations: Vec<(RelationKind, String)> = parse(DECREE)
        .value
        .document
        .relations
        .into_iter()
        .map(|r| (r.kind, r.to.to_string()))
        .collect();
    assert_eq!(
        relations,
        [
            (RelationKind::BasedOn, "60/2014/QH13".to_owned()),
            (RelationKind::Replaces, "158/2005/NĐ-CP".to_owned()),
            (RelationKind::Repeals, "24/2013/NĐ-CP điều 5 khoản 2".to_owned()),
        ]
    );
}

#[test]
fn sentences_state_relations() {
    for (sentence, expect) in [
        (
            "Thông tư này bãi bỏ Thông tư số 04/2020/TT-BTP.",
            vec![(RelationKind::Repeals, "04/2020/TT-BTP")],
        ),
        (
            "Nghị định số 10/2010/NĐ-CP hết hiệu lực kể từ ngày này.",
            vec![(RelationKind::Repeals, "10/2010/NĐ-CP")],
        ),
        (
            "Thay thế cụm từ “huyện” bằng “xã” tại Điều 5 Nghị định số 10/2010/NĐ-CP",
            vec![(RelationKind::Amends, "10/2010/NĐ-CP điều 5")],
        ),
        (
            "Các văn bản sau đây hết hiệu lực:\na) Thông tư số 01/2010/TT-BTP;\nb) Thông tư số 02/2010/TT-BTP.",
            vec![
                (RelationKind::Repeals, "01/2010/TT-BTP"),
                (RelationKind::Repeals, "02/2010/TT-BTP"),
            ],
        ),
        (
            "Thực hiện theo Nghị định số 10/2010/NĐ-CP đã được sửa đổi bởi Nghị định số 11/2011/NĐ-CP.",
            vec![],
        ),
        ("“1. Thay thế Nghị định số 10/2010/NĐ-CP.”", vec![]),
    ] {
        let text = format!("Điều 1. Hiệu lực\n{sentence}\n");
        let found: Vec<(RelationKind, String)> = parse(&text)
            .value
            .document
            .relations
            .into_iter()
            .map(|r| (r.kind, r.to.to_string()))
            .collect();
        let expect: Vec<(RelationKind, String)> =
            expect.into_iter().map(|(kind, to)| (kind, to.to_owned())).collect();
        assert_eq!(found, expect, "{sentence}");
    }
}

#[test]
fn what_a_law_quotes_opens_nothing_in_it() {
    for (open, close) in [("“", "”"), ("\"", "\""), ("“", "\"")] {
        let text = format!(
            "Điều 1. Sửa đổi Luật Hộ tịch\n1. Bổ sung Điều 12a như sau:\n{open}Điều 12a. Tên gọi\n1. Một;\n2. Hai.\n\
             a) Ba.{close}.\n2. Bãi bỏ Điều 13.\nĐiều 2. Hiệu lực\nLuật này có hiệu lực từ ngày ký.\n"
        );
        let document = parse(&text).value.document;
        let places: Vec<String> =
            document.articles.iter().map(|article| article.place.to_string()).collect();
        assert_eq!(places, ["điều 1", "điều 2"], "{open}{close}");
        assert_eq!(outline(&document.articles[0].clauses), "1 2", "{open}{close}");
    }
}

#[test]
fn an_attached_regulation_counts_anew() {
    let text = "QUYẾT ĐỊNH\nĐiều 1. Ban hành kèm theo Quyết định này Quy chế tiếp công dân.\nĐiều 2. Hiệu lực từ ngày ký.\n\
                Nơi nhận:\nQUY CHẾ\nTiếp công dân\n(Ban hành kèm theo Quyết định số 12/2020/QĐ-UBND)\nChương I\nCHUNG\n\
                Điều 1. Phạm vi\nA.\nĐiều 2. Đối tượng\nB.\n";
    let read = parse(text);
    let document = &read.value.document;
    let places: Vec<String> =
        document.articles.iter().map(|article| article.place.to_string()).collect();
    assert_eq!(
        places,
        [
            "mở đầu",
            "điều 1",
            "điều 2",
            "kèm theo 1 mở đầu",
            "kèm theo 1 điều 1",
            "kèm theo 1 điều 2"
        ]
    );
    assert_eq!(document.articles[4].place.part, Some(Part::Attached(1)));
    assert_eq!(document.articles[4].above, ["Chương I. CHUNG"]);
    assert_eq!(read.value.texts[1], "Ban hành kèm theo Quyết định này Quy chế tiếp công dân.");
    assert_eq!(read.value.texts[2], "Hiệu lực từ ngày ký.\nNơi nhận:");
}

#[test]
fn the_number_of_another_document_is_never_taken() {
    for (head, expect) in [
        ("Luật số: 60/2014/QH13\nLUẬT\nHỘ TỊCH", "60/2014/QH13"),
        ("Số: 74/2025/QĐ-UBND Hà Nội, ngày 28 tháng 11 năm 2025", "74/2025/QĐ-UBND"),
        ("Luật Cảnh vệ số 13/2017/QH14\nLUẬT\nCảnh vệ", "13/2017/QH14"),
        ("Số:      /2025/QĐ-UBND", ""),
        (
            "LUẬT\nCHĂN NUÔI\nLuật Chăn nuôi số 32/2018/QH14 ngày 19 tháng 11 năm 2018, được sửa đổi, bổ sung bởi:\n\
          Luật số 146/2025/QH15 ngày 11 tháng 12 năm 2025 của Quốc hội",
            // A consolidated text is an edition of its base document.
            "32/2018/QH14",
        ),
        ("Căn cứ Luật Hộ tịch số 60/2014/QH13", ""),
    ] {
        let read = parse(&format!("{head}\nĐiều 1. Phạm vi\nMột.\n"));
        assert_eq!(read.value.document.id, expect, "{head}");
        assert_eq!(
            read.problems.iter().any(|problem| problem.what.contains("ký hiệu")),
            expect.is_empty(),
            "{head}"
        );
    }
}

#[test]
fn the_day_of_effect_is_this_documents_own() {
    for (clause, expect) in [
        ("1. Luật này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2021.", Some("2021-07-01")),
        ("Luật này có hiệu lực kể từ ngày ký.", Some("2020-01-10")),
        ("Quyết định này có hiệu lực sau 10 ngày kể từ ngày ký.", Some("2020-01-20")),
        (
            "Giấy cấp trước ngày Luật này có hiệu lực có giá trị đến ngày 31 tháng 12 năm 2030.",
            None,
        ),
    ] {
        let text = format!("Hà Nội, ngày 10 tháng 01 năm 2020\nĐiều 1. Hiệu lực\n{clause}\n");
        let effective = parse(&text).value.document.effective.map(|day| day.to_string());
        assert_eq!(effective.as_deref(), expect, "{clause}");
    }
}

#[test]
fn clauses_and_points_go_up() {
    for (text, expect, problems) in [
        ("1. A\n2. B\n3. C", "1 2 3", 0),
        ("1) A\n2) B", "1 2", 0),
        ("Lời dẫn:\n1. A\na) x\nb) y\nc) z\nd) t\nđ) u\ne) v\ng) w\n2. B", "1(abcdđeg) 2", 0),
        ("**1.** A\n  a) x\n  a1) y\n  b) z\n1a. B\n2. C", "1(aa1b) 1a 2", 0),
        ("1.[2] A\n[3]2. B", "1 2", 0),
        ("1. A\n7. lạ\n2. B", "1 2", 1),
        ("1. A\n1. B\n2. C", "1 2", 1),
        ("1. A\n3. C", "1 3", 1),
        ("1. A\na) x\nf) y\nb) z", "1(ab)", 1),
        ("1. A\na) x\nc) y", "1(ac)", 1),
        ("1.000 đồng\n1.1. A\n20/11/2014", "", 0),
        ("a) x\nb) y", "", 0),
        ("1. A\nNơi nhận:\n2. B", "1", 0),
        // A mark in the middle of a sentence begins no quotation over lines.
        ("1. A “đầu\n2. trong” B\n2. C", "1 2", 1),
        ("1. Như sau:\n“2. trong\n3. trong”;\n2. C", "1 2", 0),
    ] {
        let (clauses, found) = split_article(text);
        assert_eq!(outline(&clauses), expect, "{text}");
        assert_eq!(found.len(), problems, "{text}: {found:?}");
    }
}

proptest! {
    #[test]
    fn clauses_give_back_the_text(lines in prop::collection::vec(
        "(\\*\\*)?([0-9]{1,2}[a-c]?[.)] |[a-zđ][0-9]?\\) |“|\"|Nơi nhận|Điều [0-9]{1,2}\\. )?\\PC{0,6}[”\"]?[.;]?", 0..16),
        end in "\r?\n") {
        let text = lines.join(&end);
        let (clauses, _) = split_article(&text);
        let mut at = clauses.first().map_or(text.len(), |clause| clause.span.start);
        for clause in &clauses {
            prop_assert_eq!(clause.span.start, at);
            at = clause.span.end;
            let mut inside = clause.points.first().map_or(at, |point| point.span.start);
            for point in &clause.points {
                prop_assert_eq!(point.span.start, inside);
                inside = point.span.end;
            }
            prop_assert_eq!(inside, at);
            prop_assert!(text.get(clause.span.clone()).is_some());
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn any_text_is_parsed(lines in prop::collection::vec(
        prop_oneof![
            "Điều [0-9]{1,3}[a-c]?[.:]? ?\\PC{0,5}", "Chương [IVX]{1,3}\\PC{0,4}", "Phụ lục [I1]?", "QUY CHẾ", "Mẫu số 0[1-9]",
            "\\(Ban hành kèm theo", "Số: [0-9]{2}/2020/NĐ-CP", "NGHỊ ĐỊNH", "Nơi nhận", "\\[1\\] a", "“\\PC{0,3}", "\\PC{0,8}”",
            "[0-9]{1,2}\\. thay thế Nghị định số 1/2010/NĐ-CP", "[a-e]\\) \\PC{0,4}", "\\PC{0,12}",
        ], 0..20)) {
        let read = parse(&lines.join("\n")).value;
        prop_assert_eq!(read.document.articles.len(), read.texts.len());
        for (article, text) in read.document.articles.iter().zip(&read.texts) {
            for clause in &article.clauses {
                prop_assert!(text.get(clause.span.clone()).is_some());
            }
        }
    }
}
