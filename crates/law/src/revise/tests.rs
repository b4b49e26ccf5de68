use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, date};

use super::*;
use crate::{Earlier, Library, Status, Texts};

#[derive(Default)]
struct Words {
    own: HashMap<Citation, String>,
    versions: HashMap<(Citation, usize), String>,
}

impl Texts for Words {
    fn text(&self, at: &Citation) -> Option<String> {
        self.own.get(&at.to_article()).cloned()
    }

    fn version(&self, at: &Citation, version: usize) -> Option<String> {
        self.versions.get(&(at.to_article(), version)).cloned()
    }
}

/// A document read from its text; the number is given.
fn document(id: &str, title: &str, effective: Option<Date>, text: &str) -> Worded {
    let document = Document {
        id: id.into(),
        title: title.into(),
        kind: crate::kind_of(id).into(),
        effective,
        ..Document::default()
    };
    let read = Document::parse(document, text).value;
    (read.document, read.texts)
}

fn library(mut documents: Vec<Worded>) -> (Library, Vec<String>) {
    let revised = revise(&mut documents, &HashMap::new());
    let mut words = Words::default();
    let mut all = Vec::new();
    for (document, texts) in documents {
        for (article, text) in document.articles.iter().zip(texts) {
            words.own.insert(document.cite(article), text);
        }
        all.push(document);
    }
    words.versions = revised.texts.into_iter().map(|(at, n, text)| ((at, n), text)).collect();
    let problems = revised.problems.into_iter();
    let problems = problems.map(|(id, it)| format!("{id} {}: {}", it.at, it.what)).collect();
    (Library::new(all, Vec::new(), Arc::new(words)), problems)
}

fn base() -> Worded {
    let text = "Điều 1. Phạm vi\nMột.\nĐiều 2. Thời hạn\n1. Trong 60 ngày.\n2. Nộp tại huyện.\n3. Ba.\nĐiều 3. Hiệu lực thi hành\nLuật này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2016.";
    document("60/2014/QH13", "Luật Hộ tịch", None, text)
}

fn act(id: &str, effective: Date, orders: &str) -> Worded {
    let text =
        format!("Điều 1. Sửa đổi, bổ sung một số điều của Luật Hộ tịch số 60/2014/QH13\n{orders}");
    document(id, "Luật sửa đổi, bổ sung một số điều của Luật Hộ tịch", Some(effective), &text)
}

fn at(place: &str) -> Citation {
    format!("60/2014/QH13 {place}").parse().unwrap()
}

#[test]
fn a_place_has_the_words_and_the_state_of_each_day() {
    let (library, problems) = library(vec![
        base(),
        act(
            "10/2020/QH14",
            date(2021, 7, 1),
            "1. Sửa đổi, bổ sung khoản 1 Điều 2 như sau:\n“1. Trong 30 ngày.”.\n2. Bổ sung khoản 2a vào sau khoản 2 Điều 2 như sau:\n“2a. Hai a.”.",
        ),
        act(
            "20/2025/QH15",
            date(2025, 7, 1),
            "1. Thay thế cụm từ “huyện” bằng cụm từ “xã” tại khoản 2 Điều 2.\n2. Bãi bỏ khoản 3 Điều 2.\n3. Bãi bỏ Điều 1.\n4. Bổ sung Điều 2a vào sau Điều 2 như sau:\n“Điều 2a. Mới\nHai a.”.",
        ),
    ]);
    assert_eq!(problems, Vec::<String>::new());
    for (place, on, status, from, to, text) in [
        (
            "điều 2 khoản 1",
            date(2015, 12, 31),
            Status::NotYet,
            Some(date(2016, 1, 1)),
            None,
            Some("1. Trong 60 ngày."),
        ),
        (
            "điều 2 khoản 1",
            date(2021, 6, 30),
            Status::InForce,
            Some(date(2016, 1, 1)),
            Some(date(2021, 7, 1)),
            Some("1. Trong 60 ngày."),
        ),
        (
            "điều 2 khoản 1",
            date(2021, 7, 1),
            Status::Amended,
            Some(date(2021, 7, 1)),
            None,
            Some("1. Trong 30 ngày."),
        ),
        (
            "điều 2 khoản 2",
            date(2021, 7, 1),
            Status::InForce,
            Some(date(2016, 1, 1)),
            Some(date(2025, 7, 1)),
            Some("2. Nộp tại huyện."),
        ),
        (
            "điều 2 khoản 2",
            date(2025, 7, 1),
            Status::Amended,
            Some(date(2025, 7, 1)),
            None,
            Some("2. Nộp tại xã."),
        ),
        ("điều 2 khoản 2a", date(2021, 6, 30), Status::NotYet, Some(date(2021, 7, 1)), None, None),
        (
            "điều 2 khoản 2a",
            date(2021, 7, 1),
            Status::InForce,
            Some(date(2021, 7, 1)),
            None,
            Some("2a. Hai a."),
        ),
        (
            "điều 2 khoản 3",
            date(2025, 6, 30),
            Status::InForce,
            Some(date(2016, 1, 1)),
            Some(date(2025, 7, 1)),
            Some("3. Ba."),
        ),
        (
            "điều 2 khoản 3",
            date(2025, 7, 1),
            Status::Ended,
            Some(date(2025, 7, 1)),
            Some(date(2025, 7, 1)),
            Some("3. (được bãi bỏ)"),
        ),
        (
            "điều 1",
            date(2025, 6, 30),
            Status::InForce,
            Some(date(2016, 1, 1)),
            Some(date(2025, 7, 1)),
            Some("Một."),
        ),
        (
            "điều 1",
            date(2025, 7, 1),
            Status::Ended,
            Some(date(2025, 7, 1)),
            Some(date(2025, 7, 1)),
            None,
        ),
        ("điều 2a", date(2025, 6, 30), Status::NotYet, Some(date(2025, 7, 1)), None, None),
        (
            "điều 2a",
            date(2025, 7, 1),
            Status::InForce,
            Some(date(2025, 7, 1)),
            None,
            Some("Hai a."),
        ),
        (
            "điều 3",
            date(2026, 1, 1),
            Status::InForce,
            Some(date(2016, 1, 1)),
            None,
            Some("Luật này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2016."),
        ),
    ] {
        let standing = library.standing(&at(place), on);
        let got = (standing.status, standing.from, standing.to);
        assert_eq!(got, (status, from, to), "{place} {on}: {standing:?}");
        assert_eq!(library.text_on(&at(place), on).as_deref(), text, "{place} {on}");
    }
    let whole = library.standing(&Citation::whole("60/2014/QH13"), date(2025, 7, 1));
    assert_eq!(whole.status, Status::Partly);
    let opened = library.standing(&at("điều 2 khoản 1"), date(2022, 1, 1)).opened.unwrap();
    assert_eq!(
        (opened.by.to_string().as_str(), opened.deed.as_str()),
        ("10/2020/QH14 điều 1 khoản 1", "replaced")
    );
    let history: Vec<_> =
        library.history(&at("điều 2 khoản 3")).into_iter().map(|it| (it.from, it.status)).collect();
    assert_eq!(
        history,
        [(Some(date(2016, 1, 1)), Status::InForce), (Some(date(2025, 7, 1)), Status::Ended)]
    );
}

#[test]
fn a_later_wording_is_not_overtaken_by_an_older_one() {
    // The text already holds the second amendment; the first must not come back over it.
    let text = "Điều 1. Một\n1. Trong 15 ngày.\nĐiều 2. Hai\nHai.\nĐiều 3. Hiệu lực\nLuật này có hiệu lực từ ngày 01 tháng 01 năm 2016.";
    let (library, problems) = library(vec![
        document("60/2014/QH13", "Luật Hộ tịch", None, text),
        act(
            "10/2020/QH14",
            date(2021, 7, 1),
            "1. Sửa đổi, bổ sung khoản 1 Điều 1 như sau:\n“1. Trong 30 ngày.”.",
        ),
        act(
            "20/2025/QH15",
            date(2025, 7, 1),
            "1. Sửa đổi, bổ sung khoản 1 Điều 1 như sau:\n“1. Trong 15 ngày.”.",
        ),
    ]);
    assert_eq!(problems, Vec::<String>::new());
    for (on, text) in [
        (date(2026, 1, 1), Some("1. Trong 15 ngày.")),
        (date(2022, 1, 1), Some("1. Trong 30 ngày.")),
        // What it was at first no source has.
        (date(2017, 1, 1), None),
    ] {
        assert_eq!(library.text_on(&at("điều 1 khoản 1"), on).as_deref(), text, "{on}");
    }
    let first = library.standing(&at("điều 1 khoản 1"), date(2017, 1, 1));
    assert!(first.gap && first.status == Status::Unknown, "{first:?}");
}

#[test]
fn words_of_an_earlier_snapshot_are_reached_by_day_or_not_at_all() {
    let article = |earlier: &str| {
        let (mut document, texts) = document(
            "5/2018/TT-BYT",
            "Thông tư",
            Some(date(2018, 3, 8)),
            "Điều 1. Một\nMới.\nĐiều 2. Hai\nHai.",
        );
        document.edition = Edition::Codified(Some(date(2026, 1, 1)));
        let earlier =
            Earlier { seen: date(2024, 1, 1), heading: "Một".into(), text: earlier.into() };
        document.articles[0].earlier = Some(Box::new(earlier));
        (document, texts)
    };
    let place: Citation = "5/2018/TT-BYT điều 1".parse().unwrap();
    let mut known = article("Cũ.");
    known.0.changes = crate::remark(
        &place,
        "có nội dung được sửa đổi bởi Điều 1 Thông tư số 9/2025/TT-BYT có hiệu lực thi hành kể từ ngày 01/07/2025",
    );
    let (with_day, _) = library(vec![known]);
    let (without, _) = library(vec![article("Cũ.")]);
    for (library, on, text, status) in [
        (&with_day, date(2025, 6, 30), Some("Cũ."), Status::InForce),
        (&with_day, date(2025, 7, 1), Some("Mới."), Status::Amended),
        (&without, date(2023, 6, 1), Some("Cũ."), Status::InForce),
        (&without, date(2024, 6, 1), None, Status::Unknown),
        (&without, date(2026, 1, 1), Some("Mới."), Status::InForce),
    ] {
        assert_eq!(library.text_on(&place, on).as_deref(), text, "{on}");
        assert_eq!(library.standing(&place, on).status, status, "{on}");
    }
}

#[test]
fn places_may_come_into_force_on_a_day_of_their_own() {
    let text = "Điều 1. Một\nMột.\nĐiều 2. Hai\n1. Một.\n2. Hai.\nĐiều 3. Hiệu lực thi hành\n1. Luật này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2026, trừ trường hợp quy định tại khoản 2 Điều này.\n2. Quy định tại khoản 2 Điều 2 của Luật này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2028.";
    let (library, _) = library(vec![document("60/2014/QH13", "Luật Hộ tịch", None, text)]);
    for (place, on, status) in [
        ("điều 2 khoản 1", date(2026, 1, 1), Status::InForce),
        ("điều 2 khoản 2", date(2027, 12, 31), Status::NotYet),
        ("điều 2 khoản 2", date(2028, 1, 1), Status::InForce),
        ("điều 1", date(2025, 12, 31), Status::NotYet),
    ] {
        assert_eq!(library.standing(&at(place), on).status, status, "{place} {on}");
    }
}

#[test]
fn a_document_ends_by_the_act_that_replaces_it() {
    let decree = |id: &str, title: &str, effective: Date, last: &str| {
        document(
            id,
            title,
            Some(effective),
            &format!("Điều 1. Phạm vi\nMột.\nĐiều 2. Hiệu lực thi hành\n{last}"),
        )
    };
    let old = || decree("158/2005/NĐ-CP", "Nghị định về đăng ký hộ tịch", date(2006, 4, 1), "Hai.");
    let whole = Citation::whole("158/2005/NĐ-CP");
    for (others, expect, problem) in [
        (
            vec![decree(
                "123/2015/NĐ-CP",
                "",
                date(2016, 1, 1),
                "Nghị định này thay thế Nghị định số 158/2005/NĐ-CP.",
            )],
            Status::Ended,
            "",
        ),
        // A part that is repealed is not the whole.
        (
            vec![decree(
                "123/2015/NĐ-CP",
                "",
                date(2016, 1, 1),
                "Bãi bỏ Điều 1 Nghị định số 158/2005/NĐ-CP.",
            )],
            Status::Partly,
            "",
        ),
        (
            vec![decree(
                "123/2015/NĐ-CP",
                "",
                date(2016, 1, 1),
                "Bãi bỏ các nội dung về phí tại Nghị định số 158/2005/NĐ-CP.",
            )],
            Status::Amended,
            "",
        ),
        // It stands in the name of what is replaced.
        (
            vec![decree(
                "123/2015/NĐ-CP",
                "",
                date(2016, 1, 1),
                "Nghị định này thay thế Thông tư số 01/2008/TT-BTP hướng dẫn thực hiện Nghị định số 158/2005/NĐ-CP.",
            )],
            Status::InForce,
            "",
        ),
        // A lower act does not end a higher one.
        (
            vec![decree(
                "04/2020/TT-BTP",
                "",
                date(2016, 1, 1),
                "Thông tư này thay thế Nghị định số 158/2005/NĐ-CP.",
            )],
            Status::InForce,
            "",
        ),
        // What is amended later cannot have ended before.
        (
            vec![
                decree(
                    "123/2015/NĐ-CP",
                    "",
                    date(2016, 1, 1),
                    "Nghị định này thay thế Nghị định số 158/2005/NĐ-CP.",
                ),
                decree(
                    "10/2020/NĐ-CP",
                    "",
                    date(2020, 1, 1),
                    "Bãi bỏ Điều 1 Nghị định số 158/2005/NĐ-CP.",
                ),
            ],
            Status::Unknown,
            "còn được 10/2020/NĐ-CP sửa đổi sau đó",
        ),
        // A law that it details ends, and it lives on (Luật 64/2025/QH15 điều 57 khoản 2).
        (
            vec![document(
                "60/2014/QH13",
                "Luật Hộ tịch",
                Some(date(2016, 1, 1)),
                "Điều 1. Một\nMột.\nĐiều 2. Hiệu lực\nLuật này thay thế Luật số 01/2000/QH10.",
            )],
            Status::InForce,
            "",
        ),
    ] {
        let (library, problems) = library([vec![old()], others].concat());
        let standing = library.standing(&whole, date(2019, 1, 1));
        assert_eq!(standing.status, expect, "{standing:?} {problems:?}");
        assert!(
            problem.is_empty() || problems.iter().any(|it| it.contains(problem)),
            "{problems:?}"
        );
        if expect == Status::Ended {
            assert_eq!(
                (standing.to, standing.by),
                (Some(date(2016, 1, 1)), Some(Citation::whole("123/2015/NĐ-CP")))
            );
            assert_eq!(library.standing(&whole, date(2015, 12, 31)).status, Status::InForce);
        }
    }
}

#[test]
fn what_is_repealed_stays_repealed_through_wider_changes() {
    let (library, _) = library(vec![
        base(),
        act("10/2020/QH14", date(2021, 7, 1), "1. Bãi bỏ khoản 3 Điều 2.\n2. Bãi bỏ Điều 1."),
        act(
            "20/2025/QH15",
            date(2025, 7, 1),
            "1. Thay thế cụm từ “huyện” bằng cụm từ “xã” tại Điều 2.\n2. Thay thế cụm từ “Một” bằng cụm từ “Hai” tại Điều 1.",
        ),
    ]);
    for place in ["điều 2 khoản 3", "điều 1"] {
        let standing = library.standing(&at(place), date(2026, 1, 1));
        assert_eq!(
            (standing.status, standing.to),
            (Status::Ended, Some(date(2021, 7, 1))),
            "{place}"
        );
        assert_eq!(standing.by.unwrap().document, "10/2020/QH14", "{place}");
    }
    assert_eq!(library.standing(&at("điều 2 khoản 2"), date(2026, 1, 1)).status, Status::Amended);
}

#[test]
fn what_only_sounds_like_an_end_ends_nothing() {
    let with = |last: &str| {
        let text = format!(
            "Điều 1. Một\nMột.\nĐiều 2. Điều khoản thi hành\n1. Luật này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2021.\n{last}"
        );
        document("68/2020/QH14", "Luật Cư trú", None, &text)
    };
    let whole = Citation::whole("68/2020/QH14");
    for (last, ended) in [
        (
            "3. Kể từ ngày Luật này có hiệu lực thi hành, Sổ hộ khẩu đã được cấp vẫn được sử dụng đến hết ngày 31 tháng 12 năm 2022.",
            None,
        ),
        ("3. Điều 1 của Luật này có hiệu lực thi hành đến hết ngày 31 tháng 12 năm 2022.", None),
        (
            "3. Luật này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2021 đến hết ngày 31 tháng 12 năm 2022.",
            Some(date(2023, 1, 1)),
        ),
    ] {
        let (library, _) = library(vec![with(last)]);
        assert_eq!(library.document("68/2020/QH14").unwrap().ended, ended, "{last}");
    }
    for (sentence, status) in [
        (
            "Thay thế các mẫu số 01, 02 ban hành kèm theo Luật Cư trú số 68/2020/QH14.",
            Status::Amended,
        ),
        ("Bãi bỏ Chương II Luật Cư trú số 68/2020/QH14.", Status::Amended),
        (
            "Luật Cư trú số 68/2020/QH14 và Luật số 10/2022/QH15 sửa đổi, bổ sung một số điều của Luật Cư trú số 68/2020/QH14 hết hiệu lực kể từ ngày 01 tháng 01 năm 2024.",
            Status::Ended,
        ),
        ("Luật Cư trú số 68/2020/QH14 hết hiệu lực, trừ Điều 1.", Status::Unknown),
    ] {
        let text = format!("Điều 1. Một\nMột.\nĐiều 2. Hiệu lực thi hành\n{sentence}");
        let (library, problems) =
            library(vec![with(""), document("1/2025/QH15", "", Some(date(2025, 1, 1)), &text)]);
        let standing = library.standing(&whole, date(2026, 1, 1));
        assert_eq!(standing.status, status, "{sentence} {problems:?}");
        if status == Status::Ended {
            assert_eq!(standing.to, Some(date(2024, 1, 1)));
        }
    }
}

#[test]
fn what_does_not_fit_together_is_said() {
    let circle = |id: &str, other: &str| {
        document(
            id,
            "",
            Some(date(2020, 1, 1)),
            &format!(
                "Điều 1. Một\nMột.\nĐiều 2. Hiệu lực\nNghị định này thay thế Nghị định số {other}."
            ),
        )
    };
    let mut early = document(
        "7/2020/TT-BTP",
        "",
        Some(date(2020, 1, 1)),
        "Điều 1. Một\nMột.\nĐiều 2. Hai\nHai.",
    );
    early.0.issued = Some(date(2020, 5, 1));
    let unknown = Status::InForce;
    for (documents, problem, at, status) in [
        // An amendment to a document that is absent changes nothing else.
        (
            vec![
                base(),
                document(
                    "1/2020/QH14",
                    "",
                    Some(date(2021, 1, 1)),
                    "Điều 1. Sửa đổi, bổ sung Luật Lạ số 99/2001/QH10\n1. Bãi bỏ khoản 3 Điều 2.",
                ),
            ],
            "",
            "60/2014/QH13 điều 2 khoản 3",
            Status::InForce,
        ),
        // A place that is not there.
        (
            vec![base(), act("1/2020/QH14", date(2021, 1, 1), "1. Bãi bỏ khoản 9 Điều 2.")],
            "không thấy chỗ bị bãi bỏ",
            "60/2014/QH13 điều 2 khoản 1",
            Status::InForce,
        ),
        (
            vec![
                base(),
                act(
                    "1/2020/QH14",
                    date(2021, 1, 1),
                    "1. Thay thế cụm từ “tỉnh” bằng cụm từ “bộ” tại khoản 2 Điều 2.",
                ),
            ],
            "không thấy cụm từ",
            "60/2014/QH13 điều 2 khoản 2",
            Status::Unknown,
        ),
        (
            vec![base(), act("1/2020/QH14", date(2021, 1, 1), "1. Bãi bỏ khoản 1 Điều 88.")],
            "không có trong thư viện",
            "60/2014/QH13 điều 1",
            unknown,
        ),
        // Two acts on one day: both applied, and an editor is told.
        (
            vec![
                base(),
                act(
                    "1/2020/QH14",
                    date(2021, 1, 1),
                    "1. Sửa đổi, bổ sung khoản 1 Điều 2 như sau:\n“1. Một.”.",
                ),
                act(
                    "2/2020/QH14",
                    date(2021, 1, 1),
                    "1. Sửa đổi, bổ sung khoản 1 Điều 2 như sau:\n“1. Hai.”.",
                ),
            ],
            "cùng sửa trong ngày 2021-01-01",
            "60/2014/QH13 điều 2 khoản 1",
            Status::Amended,
        ),
        (
            vec![
                circle("01/2020/NĐ-CP", "02/2020/NĐ-CP"),
                circle("02/2020/NĐ-CP", "01/2020/NĐ-CP"),
            ],
            "thay thế lẫn nhau",
            "02/2020/NĐ-CP",
            Status::Unknown,
        ),
        (vec![early], "trước ngày ban hành", "7/2020/TT-BTP điều 1", Status::InForce),
    ] {
        let (library, problems) = library(documents);
        assert!(
            problem.is_empty() || problems.iter().any(|it| it.contains(problem)),
            "{problem}: {problems:?}"
        );
        let at: Citation = at.parse().unwrap();
        assert_eq!(library.standing(&at, date(2022, 1, 1)).status, status, "{at} {problems:?}");
    }
}
