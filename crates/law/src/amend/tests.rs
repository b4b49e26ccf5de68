use jiff::civil::date;

use super::*;
use crate::document::{Article, Document, ParsedDocument};
use crate::{Edition, RelationKind};

/// An act of one article with this heading and text, in force from 1 July 2025.
fn act(heading: &str, text: &str) -> (Document, Vec<String>) {
    let place = crate::Place { article: Some("1".into()), ..crate::Place::default() };
    let article = Article { place, heading: heading.into(), ..Article::default() };
    let document = Document {
        id: "81/2025/QH15".into(),
        effective: Some(date(2025, 7, 1)),
        articles: vec![article],
        ..Document::default()
    };
    (document, vec![text.to_owned()])
}

/// Place, spot unless it is the whole, deed with its new words.
fn told(change: &Change) -> String {
    let spot = match change.spot {
        Spot::Whole => String::new(),
        spot => format!(" ({spot:?})"),
    };
    let words = match &change.deed {
        Deed::Replace(words) | Deed::Insert(words) => {
            format!(" {}", words.as_deref().unwrap_or("?").replace('\n', "⏎"))
        }
        Deed::Phrase { old, new } => format!(" {old}→{new}"),
        Deed::Renumber(to) => format!(" →{to}"),
        Deed::Repeal | Deed::Suspend => String::new(),
    };
    format!("{}{spot} {}{words}", change.at, change.deed.name())
}

#[test]
fn instructions_are_read_as_they_are_written() {
    let base = "Sửa đổi, bổ sung một số điều của Luật Tố cáo số 25/2018/QH14";
    for (heading, text, expect) in [
        (
            base,
            "1. Sửa đổi, bổ sung khoản 2 Điều 5 như sau:\n“2. Hai mới.”.",
            vec!["25/2018/QH14 điều 5 khoản 2 replaced 2. Hai mới."],
        ),
        (
            base,
            "1. Sửa đổi, bổ sung một số điểm, khoản của Điều 6 như sau:\na) Sửa đổi, bổ sung điểm a khoản 1 như sau:\n“a) Mới;”;\nb) Bãi bỏ khoản 3.",
            vec![
                "25/2018/QH14 điều 6 khoản 1 điểm a replaced a) Mới;",
                "25/2018/QH14 điều 6 khoản 3 repealed",
            ],
        ),
        (
            base,
            "2. Bổ sung Điều 12a vào sau Điều 12 như sau:\n“Điều 12a. Tên mới\n1. Một.\n2. Hai.”.",
            vec!["25/2018/QH14 điều 12a added Điều 12a. Tên mới⏎1. Một.⏎2. Hai."],
        ),
        (
            base,
            "3. Sửa đổi khoản 1 và bổ sung khoản 1a vào sau khoản 1 Điều 9 như sau:\n“1. Một.\n1a. Một a.”.",
            vec![
                "25/2018/QH14 điều 9 khoản 1 replaced 1. Một.",
                "25/2018/QH14 điều 9 khoản 1a added 1a. Một a.",
            ],
        ),
        (
            base,
            "4. Bãi bỏ khoản 2, điểm b khoản 3 Điều 7 và Điều 9.",
            vec![
                "25/2018/QH14 điều 7 khoản 2 repealed",
                "25/2018/QH14 điều 7 khoản 3 điểm b repealed",
                "25/2018/QH14 điều 9 repealed",
            ],
        ),
        (
            base,
            "5. Thay thế cụm từ “cấp huyện” bằng cụm từ “khu vực” tại khoản 1 Điều 5; điểm b khoản 2 Điều 6.",
            vec![
                "25/2018/QH14 điều 5 khoản 1 phrase cấp huyện→khu vực",
                "25/2018/QH14 điều 6 khoản 2 điểm b phrase cấp huyện→khu vực",
            ],
        ),
        (
            base,
            "6. Bỏ cụm từ “, cấp huyện” tại Điều 3; bổ sung cụm từ “, xã” vào sau cụm từ “tỉnh” tại Điều 4.",
            vec![
                "25/2018/QH14 điều 3 phrase , cấp huyện→",
                "25/2018/QH14 điều 4 phrase tỉnh→tỉnh, xã",
            ],
        ),
        (
            base,
            "7. Sửa đổi, bổ sung tên Điều 8 như sau:\n“Điều 8. Tên khác”.",
            vec!["25/2018/QH14 điều 8 (Heading) replaced Điều 8. Tên khác"],
        ),
        (
            "Sửa đổi, bổ sung một số điều của luật có liên quan",
            "1. Sửa đổi, bổ sung khoản 3 Điều 7 của Luật Trọng tài thương mại số 54/2010/QH12 đã được sửa đổi, bổ sung theo Luật số 35/2018/QH14 như sau:\n“3. Ba.”.",
            vec!["54/2010/QH12 điều 7 khoản 3 replaced 3. Ba."],
        ),
        (
            "Thay thế cụm từ tại một số luật",
            "1. Thay thế cụm từ “công nghệ thông tin” bằng cụm từ “công nghệ số” tại các luật sau đây:\na) Khoản 22 Điều 79 của Luật Đất đai số 31/2024/QH15;\nb) Điều 36a của Luật Đầu tư số 61/2020/QH14.",
            vec![
                "31/2024/QH15 điều 79 khoản 22 phrase công nghệ thông tin→công nghệ số",
                "61/2020/QH14 điều 36a phrase công nghệ thông tin→công nghệ số",
            ],
        ),
        // As laws were amended until about 2012.
        (
            base,
            "1. Điều 45 được sửa đổi, bổ sung như sau:\n“Điều 45. Tên\nLời.”",
            vec!["25/2018/QH14 điều 45 replaced Điều 45. Tên⏎Lời."],
        ),
        // A part of a place is not the place.
        (
            base,
            "1. Bãi bỏ các nội dung quy định về thuế tại Điều 34.",
            vec!["25/2018/QH14 điều 34 (Paragraph) repealed"],
        ),
        (
            "Hiệu lực thi hành",
            "1. Điều 9 của Luật Thi đua số 15/2003/QH11 hết hiệu lực kể từ ngày Luật này có hiệu lực.",
            vec!["15/2003/QH11 điều 9 repealed"],
        ),
        (
            "Hiệu lực thi hành",
            "3. Các quy định sau đây hết hiệu lực kể từ ngày Nghị định này có hiệu lực thi hành:\na) Khoản 2 Điều 30; Điều 32; Điều 65 của Nghị định số 102/2024/NĐ-CP;\nb) Điều 5, trừ khoản 2 của Nghị định số 71/2024/NĐ-CP.",
            vec![
                "102/2024/NĐ-CP điều 30 khoản 2 repealed",
                "102/2024/NĐ-CP điều 32 repealed",
                "102/2024/NĐ-CP điều 65 repealed",
            ],
        ),
        (
            base,
            "8. Bãi bỏ các điều 5, 6 và 7.",
            vec![
                "25/2018/QH14 điều 5 repealed",
                "25/2018/QH14 điều 6 repealed",
                "25/2018/QH14 điều 7 repealed",
            ],
        ),
        (
            base,
            "9. Bổ sung khoản 3 vào Điều 7 như sau:\n“3. Ba.”.",
            vec!["25/2018/QH14 điều 7 khoản 3 added 3. Ba."],
        ),
        (
            base,
            "10. Bổ sung, sửa đổi, bổ sung khoản 2 Điều 7 như sau:\n“2. Hai.”.",
            vec!["25/2018/QH14 điều 7 khoản 2 replaced 2. Hai."],
        ),
        (
            "Trình tự",
            "a) Hủy bỏ mã số giao dịch theo quy định tại Điều 12 Luật Chứng khoán số 54/2019/QH14.",
            vec![],
        ),
        (
            "Chuyển tiếp",
            "1. Giấy phép cấp theo Điều 12 Nghị định số 08/2020/NĐ-CP được sử dụng đến khi hết hiệu lực.",
            vec![],
        ),
        // What speaks of amending orders nothing.
        (
            "Trách nhiệm",
            "1. Chính phủ sửa đổi, bổ sung Danh mục quy định tại khoản 2 Điều 5 của Luật này.",
            vec![],
        ),
        (
            "Hồ sơ",
            "1. Hồ sơ đề nghị sửa đổi, bổ sung giấy phép theo Điều 8 Nghị định số 12/2020/NĐ-CP gồm: đơn.",
            vec![],
        ),
    ] {
        let (document, texts) = act(heading, text);
        let read = changes(&document, &texts, &|_| None);
        let all: Vec<String> = read.value.iter().map(told).collect();
        assert_eq!(all, expect, "{text}\n{:?}", read.problems);
        assert!(read.value.iter().all(|change| change.from == Some(date(2025, 7, 1))), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_a_problem_with_its_place() {
    for (heading, text, problem) in [
        (
            "Sửa đổi một số điều của Luật Nào đó",
            "1. Sửa đổi khoản 1 Điều 2 như sau:\n“1. Một.”.",
            "không rõ văn bản được sửa",
        ),
        (
            "Sửa đổi Luật số 25/2018/QH14",
            "1. Sửa đổi, bổ sung khoản 2 Điều 5 của Luật Tố cáo số 25/2018/QH14 như sau:\n“3. Ba.”.",
            "lời văn mới không có",
        ),
        (
            "Sửa đổi Luật số 25/2018/QH14",
            "1. Sửa đổi, bổ sung khoản 2 Điều 5 của Luật Tố cáo số 25/2018/QH14.",
            "không thấy lời văn mới",
        ),
    ] {
        let (document, texts) = act(heading, text);
        let read = changes(&document, &texts, &|_| None);
        assert!(
            read.problems.iter().any(|it| it.what.contains(problem) && it.at == "điều 1 khoản 1"),
            "{text}: {:?}",
            read.problems
        );
        let guessed =
            read.value.iter().any(|change| matches!(&change.deed, Deed::Replace(Some(_))));
        assert!(!guessed, "{text}: {:?}", read.value);
    }
}

/// A consolidated text with these lines for its third article and these notes.
fn consolidated(article: &str, notes: &str) -> ParsedDocument {
    let text = format!(
        "LUẬT\nTRẺ EM\nLuật Trẻ em số 102/2016/QH13 ngày 05 tháng 4 năm 2016 của Quốc hội, có hiệu lực kể từ ngày 01 tháng 6 năm 2017, được sửa đổi, bổ sung bởi:\n\
         1. Luật số 28/2018/QH14 ngày 15 tháng 6 năm 2018 của Quốc hội, có hiệu lực kể từ ngày 01 tháng 01 năm 2019;\n\
         2. Luật Tư pháp người chưa thành niên số 59/2024/QH15 ngày 30 tháng 11 năm 2024 của Quốc hội, có hiệu lực kể từ ngày 01 tháng 01 năm 2026.\n\
         Căn cứ Hiến pháp;\nQuốc hội ban hành Luật Trẻ em[1].\nĐiều 1. Trẻ em\nLà người dưới 16 tuổi.\nĐiều 2. Phạm vi\nMột.\n{article}\nĐiều 9. Hết\nHết.\n\
         [1] Luật số 28/2018/QH14 có căn cứ ban hành như sau:\n“Căn cứ Hiến pháp;”.\n{notes}\n"
    );
    let document =
        Document { source: "108-VBHN-VPQH 2025 Luật Trẻ em.txt".into(), ..Document::default() };
    Document::parse(document, &text).value
}

#[test]
fn notes_of_a_consolidated_text_tell_what_changed_where_and_when() {
    let by = "theo quy định tại khoản 1 Điều 11 của Luật số 28/2018/QH14 sửa đổi, bổ sung một số điều của 11 luật có liên quan đến quy hoạch, có hiệu lực kể từ ngày 01 tháng 01 năm 2019";
    for (article, note, expect) in [
        (
            "Điều 3. Ba\n1. Một.\n2.[2] Hai.",
            format!("Khoản này được sửa đổi, bổ sung {by}."),
            vec!["điều 3 khoản 2 replaced ?"],
        ),
        (
            "Điều 3. Ba\n1. Một:\na) x;\nb)[2] y.",
            format!("Điểm này được bổ sung {by}."),
            vec!["điều 3 khoản 1 điểm b added ?"],
        ),
        (
            "Điều 3. Ba[2]\n1. Một.",
            format!("Điều này được sửa đổi {by}."),
            vec!["điều 3 replaced ?"],
        ),
        (
            "Điều 3.[2] (được bãi bỏ)",
            format!("Điều này được bãi bỏ {by}."),
            vec!["điều 3 repealed"],
        ),
        (
            "Điều 3. Ba[2]\n1. Một.",
            format!("Tên Điều này được sửa đổi {by}."),
            vec!["điều 3 (Heading) replaced ?"],
        ),
        (
            "Điều 3. Ba\n1. Ở xã[2] này.",
            format!("Cụm từ “huyện” được thay thế bằng cụm từ “xã” {by}."),
            vec!["điều 3 khoản 1 phrase huyện→xã"],
        ),
        (
            "Điều 3. Ba\n1. Ở đó[2].",
            format!("Cụm từ “, cấp huyện” được bỏ {by}."),
            vec!["điều 3 khoản 1 phrase , cấp huyện→"],
        ),
        (
            "Điều 3. Ba\n1.[2] Một.",
            format!(
                "Khoản này được sửa đổi, bổ sung lần thứ nhất {by}; được sửa đổi lần thứ hai theo quy định tại khoản 4 Điều 177 của Luật Tư pháp người chưa thành niên, có hiệu lực kể từ ngày 01 tháng 01 năm 2026."
            ),
            vec!["điều 3 khoản 1 replaced ?", "điều 3 khoản 1 replaced ?"],
        ),
        // The articles that are left out where a whole chapter is repealed.
        (
            "Chương II[2] (được bãi bỏ)\nChương III\nHẾT\nĐiều 6. Sáu\nSáu.",
            format!("Chương này được bãi bỏ {by}."),
            vec!["điều 3 repealed", "điều 4 repealed", "điều 5 repealed"],
        ),
    ] {
        let read = consolidated(article, &format!("[2] {note}"));
        let all: Vec<String> =
            read.document.changes.iter().map(|it| told(it).replace("102/2016/QH13 ", "")).collect();
        assert_eq!(all, expect, "{note}");
        let first = &read.document.changes[0];
        assert_eq!(
            (first.by.to_string(), first.from),
            ("28/2018/QH14 điều 11 khoản 1".into(), Some(date(2019, 1, 1)))
        );
        assert!(!read.texts.iter().any(|text| text.contains("[2]")), "{:?}", read.texts);
        // The second act is named without its number: the head of the text has it.
        if let Some(second) = read.document.changes.get(1).filter(|it| it.from != first.from) {
            assert_eq!(
                (second.by.document.as_str(), second.from),
                ("59/2024/QH15", Some(date(2026, 1, 1)))
            );
        }
        assert_eq!(read.document.id, "102/2016/QH13");
        assert_eq!(read.document.edition, Edition::Consolidated("108/VBHN-VPQH (2025)".into()));
        assert_eq!((read.document.notes.total, read.document.notes.statements), (2, 1));
        let amended =
            read.document.relations.iter().filter(|it| it.kind == RelationKind::AmendedBy);
        assert_eq!(amended.count(), 2);
    }
}

#[test]
fn notes_that_stand_where_their_marks_are_move_to_the_end() {
    let note = "[2] Điểm này được bãi bỏ theo quy định tại khoản 1 Điều 11 của Luật số 28/2018/QH14, có hiệu lực kể từ ngày 01 tháng 01 năm 2019.";
    let read =
        consolidated(&format!("Điều 3. Ba\n1. Một:\na)[{note}][2] (được bãi bỏ)\nb) y."), "");
    assert_eq!(told(&read.document.changes[0]), "102/2016/QH13 điều 3 khoản 1 điểm a repealed");
    assert_eq!(read.texts[3], "1. Một:\na) (được bãi bỏ)\nb) y.");
}

#[test]
fn a_remark_of_the_codification_is_read() {
    let at: crate::Citation = "83/2014/NĐ-CP điều 24".parse().unwrap();
    for (words, deed, acts) in [
        (
            "có nội dung bị bãi bỏ, có nội dung được sửa đổi bởi Điều 1 Nghị định số 08/2018/NĐ-CP có hiệu lực thi hành kể từ ngày 15/01/2018; Điều 1 Nghị định số 95/2021/NĐ-CP có hiệu lực thi hành kể từ ngày 02/01/2022",
            "replaced",
            vec![
                ("08/2018/NĐ-CP điều 1", Some(date(2018, 1, 15))),
                ("95/2021/NĐ-CP điều 1", Some(date(2022, 1, 2))),
            ],
        ),
        (
            "bị bãi bỏ bởi Điều 3 Thông tư số 5/2020/TT-BTC có hiệu lực thi hành kể từ ngày 01/02/2020",
            "repealed",
            vec![("05/2020/TT-BTC điều 3", Some(date(2020, 2, 1)))],
        ),
        (
            "được bổ sung bởi Điều 1 Nghị định số 47/2023/NĐ-CP",
            "added",
            vec![("47/2023/NĐ-CP điều 1", None)],
        ),
        ("", "", vec![]),
        ("khoản 2 có hiệu lực thi hành từ ngày 01/01/2020", "", vec![]),
    ] {
        let read = remark(&at, words);
        let all: Vec<(String, _)> = read.iter().map(|it| (it.by.to_string(), it.from)).collect();
        let expect: Vec<(String, _)> =
            acts.into_iter().map(|(by, from)| (by.to_owned(), from)).collect();
        assert_eq!(all, expect, "{words}");
        assert!(read.iter().all(|it| it.deed.name() == deed), "{words}");
    }
}
