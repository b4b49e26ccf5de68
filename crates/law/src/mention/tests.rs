use proptest::prelude::*;

use super::*;

/// Mentions as text: the citation, then the name in braces.
fn read(text: &str) -> Vec<String> {
    let show = |mention: Mention| {
        let name = mention.name.map(|name| format!(" {{{name}}}")).unwrap_or_default();
        format!("{}{name}", mention.citation).trim().to_owned()
    };
    mentions(text).into_iter().map(show).collect()
}

#[test]
fn references_are_read_as_they_are_written() {
    for (text, expect) in [
        ("điểm a khoản 1 Điều 15 Luật Hộ tịch", vec!["điều 15 khoản 1 điểm a {Luật Hộ tịch}"]),
        ("Điều 15 của Luật số 60/2014/QH13", vec!["60/2014/QH13 điều 15"]),
        (
            "điều 15 khoản 1 luật hộ tịch 60/2014/QH13",
            vec!["60/2014/QH13 điều 15 khoản 1 {Luật Hộ tịch}"],
        ),
        ("60/2014/QH13 điều 15 khoản 1 điểm a", vec!["60/2014/QH13 điều 15 khoản 1 điểm a"]),
        ("60/2014/QH13 mở đầu", vec!["60/2014/QH13 mở đầu"]),
        (
            "33/2021/QĐ-UBND [Hà Nội] kèm theo 1 điều 5",
            vec!["33/2021/QĐ-UBND [Hà Nội] kèm theo 1 điều 5"],
        ),
        ("12/2025/TT-BCA phụ lục xii", vec!["12/2025/TT-BCA phụ lục xii"]),
        ("k1 đ15 luật hộ tịch", vec!["điều 15 khoản 1 {Luật Hộ tịch}"]),
        ("k1 d15 luat ho tich", vec!["điều 15 khoản 1 {Luật Hộ tịch}"]),
        ("Đ.15 Luật Hộ tịch nói gì", vec!["điều 15 {Luật Hộ tịch}"]),
        ("NĐ 123/2015/NĐ-CP", vec!["123/2015/NĐ-CP"]),
        ("TT 04/2020/TT-BTP", vec!["04/2020/TT-BTP"]),
        ("dieu 15 luat ho tich", vec!["điều 15 {Luật Hộ tịch}"]),
        (
            "dieu 15 khoan 2 luat dat dai 2024 quy dinh gi",
            vec!["điều 15 khoản 2 {Luật Đất đai 2024}"],
        ),
        ("nghi dinh 123/2015", vec!["123/2015/NĐ-CP"]),
        ("nghị định 123/2015 có hiệu lực chưa", vec!["123/2015/NĐ-CP"]),
        ("nghị định 168 năm 2024", vec!["168/2024/NĐ-CP"]),
        ("nghị định 168 phạt bao nhiêu", vec!["{Nghị định 168}"]),
        ("thông tư 4/2020", vec!["04/2020"]),
        ("luật hộ tịch 60/2014", vec!["60/2014 {Luật Hộ tịch}"]),
        ("Nghị quyết số 66.7/2025/NQ-CP", vec!["66.7/2025/NQ-CP"]),
        ("Luật Đất đai năm 2024", vec!["{Luật Đất đai 2024}"]),
        (
            "Bộ luật Dân sự 2015 và Hiến pháp năm 2013",
            vec!["{Bộ luật Dân sự 2015}", "{Hiến pháp 2013}"],
        ),
        ("Điều 623 BLDS 2015", vec!["điều 623 {Bộ luật Dân sự 2015}"]),
        ("Luật Đất đai ngày 18 tháng 01 năm 2024", vec!["{Luật Đất đai}"]),
        ("ĐIỀU 15 LUẬT HỘ TỊCH", vec!["điều 15 {Luật Hộ tịch}"]),
        ("Luật Phòng, chống ma túy quy định", vec!["{Luật Phòng, chống ma túy}"]),
        ("theo Luật Vũ trụ thì sao", vec!["{Luật Vũ trụ}"]),
        ("điều 3 luật vũ trụ quy định", vec!["điều 3 {Luật vũ trụ}"]),
        ("Điều 5 Nghị định của Chính phủ số 123/2015/NĐ-CP", vec!["123/2015/NĐ-CP điều 5"]),
        ("Điều 12a, khoản 3b Điều 4", vec!["điều 12a", "điều 4 khoản 3b"]),
        ("khoản 2 Điều 5 Luật này", vec!["điều 5 khoản 2"]),
        ("khoản 1 Điều này", vec!["khoản 1"]),
        (
            "Điều 5 Quy chế tiếp công dân ban hành kèm theo Quyết định số 12/2020/QĐ-UBND",
            vec!["12/2020/QĐ-UBND kèm theo 1 điều 5"],
        ),
        (
            "Phụ lục I ban hành kèm theo Nghị định số 104/2022/NĐ-CP",
            vec!["104/2022/NĐ-CP phụ lục i"],
        ),
        ("Luật Hộ tịch, điều 15", vec!["điều 15 {Luật Hộ tịch}"]),
        ("điều 15 luật hộ tịch khoản 1", vec!["điều 15 khoản 1 {Luật Hộ tịch}"]),
        (
            "Điều 5 Luật Hộ tịch và Điều 7 Nghị định 123/2015/NĐ-CP",
            vec!["điều 5 {Luật Hộ tịch}", "123/2015/NĐ-CP điều 7"],
        ),
    ] {
        assert_eq!(read(text), expect, "{text}");
    }
}

#[test]
fn lists_and_ranges_give_one_mention_each() {
    let decision = "33/2021/QĐ-UBND";
    for (text, places) in [
        ("Điều 8, 11, 13 Quyết định 33/2021/QĐ-UBND", vec!["điều 8", "điều 11", "điều 13"]),
        ("từ Điều 5 đến Điều 7 Quyết định 33/2021/QĐ-UBND", vec!["điều 5", "điều 6", "điều 7"]),
        ("Điều 5 - 7 Quyết định 33/2021/QĐ-UBND", vec!["điều 5", "điều 6", "điều 7"]),
        (
            "các khoản 1, 2 và 3 Điều 5 Quyết định 33/2021/QĐ-UBND",
            vec!["điều 5 khoản 1", "điều 5 khoản 2", "điều 5 khoản 3"],
        ),
        (
            "điểm a, b và đ khoản 1 Điều 5 Quyết định 33/2021/QĐ-UBND",
            vec!["điều 5 khoản 1 điểm a", "điều 5 khoản 1 điểm b", "điều 5 khoản 1 điểm đ"],
        ),
        (
            "từ điểm c đến điểm e khoản 1 Điều 5 Quyết định 33/2021/QĐ-UBND",
            vec![
                "điều 5 khoản 1 điểm c",
                "điều 5 khoản 1 điểm d",
                "điều 5 khoản 1 điểm đ",
                "điều 5 khoản 1 điểm e",
            ],
        ),
        (
            "điểm a khoản 1, khoản 2 Điều 5 và Điều 9 Quyết định 33/2021/QĐ-UBND",
            vec!["điều 5 khoản 1 điểm a", "điều 5 khoản 2", "điều 9"],
        ),
        (
            "điểm a khoản 1; điểm b, điểm d khoản 4 Điều 6 Quyết định 33/2021/QĐ-UBND",
            vec!["điều 6 khoản 1 điểm a", "điều 6 khoản 4 điểm b", "điều 6 khoản 4 điểm d"],
        ),
        (
            "khoản 1 Điều 5, khoản 2 và khoản 3 Điều 6 Quyết định 33/2021/QĐ-UBND",
            vec!["điều 5 khoản 1", "điều 6 khoản 2", "điều 6 khoản 3"],
        ),
        ("điểm a, khoản 2, Điều 5 Quyết định 33/2021/QĐ-UBND", vec!["điều 5 khoản 2 điểm a"]),
    ] {
        let expect: Vec<String> =
            places.iter().map(|place| format!("{decision} {place}")).collect();
        assert_eq!(read(text), expect, "{text}");
    }
    assert_eq!(read("từ Điều 1 đến Điều 900").len(), 50);
}

#[test]
fn look_alikes_are_no_mentions() {
    for text in [
        "địa điểm an toàn",
        "thời điểm a",
        "điểm an toàn",
        "tài khoản 112",
        "khoản 5 triệu đồng",
        "khoản 5.000.000 đồng",
        "các điều khoản 5",
        "khoan 5 giếng nước ở chỗ này",
        "pháp luật về hộ tịch",
        "luật sư và luật gia bị kỷ luật",
        "ngày 01/7/2025, năm 2024",
        "quyết định ly hôn, thông tư mới",
        "theo Điều này và Luật này",
    ] {
        assert_eq!(read(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn an_amount_after_a_provision_is_no_provision() {
    assert_eq!(read("theo Điều 5, 30 ngày làm việc"), ["điều 5"]);
    assert_eq!(read("khoản 1 Điều 5, 2 người"), ["điều 5 khoản 1"]);
}

#[test]
fn the_span_is_the_whole_expression() {
    let text = "Theo điểm a khoản 1 Điều 15 của Luật Hộ tịch thì …";
    let span = mentions(text)[0].span.clone();
    assert_eq!(&text[span], "điểm a khoản 1 Điều 15 của Luật Hộ tịch");
}

#[test]
fn decomposed_letters_are_read() {
    let text = "đie\u{302}\u{300}u 15 lua\u{323}\u{302}t ho\u{323}\u{302} ti\u{323}ch";
    assert_eq!(read(text), ["điều 15 {Luật Hộ tịch}"]);
}

proptest! {
    #[test]
    fn any_text_is_read_with_spans_on_letters(words in prop::collection::vec(
        prop_oneof![
            Just("điều".to_owned()), Just("Khoản".to_owned()), Just("điểm".to_owned()), Just("phụ lục".to_owned()),
            Just("luật".to_owned()), Just("nghị định".to_owned()), Just("hộ tịch".to_owned()), Just("kèm theo".to_owned()),
            Just(",".to_owned()), Just("và".to_owned()), Just("đến".to_owned()), Just("-".to_owned()), Just("số".to_owned()),
            Just("60/2014/QH13".to_owned()), Just("đ".to_owned()), Just("[".to_owned()), Just("mở đầu".to_owned()),
            "[0-9]{1,3}[a-c]?", "[a-zđ]", "\\PC{0,3}",
        ], 0..24), gap in "[ \u{a0}]?") {
        let text = words.join(&gap);
        for mention in mentions(&text) {
            prop_assert!(text.get(mention.span.clone()).is_some_and(|words| !words.is_empty()));
        }
    }
}
