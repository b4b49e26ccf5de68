use std::io::Write;

use law::{Citation, RelationKind};

use super::*;

fn line(text_id: &str, article: &str, text: &str) -> String {
    serde_json::json!({"text_id": text_id, "doc": "60/2014/QH13", "title": "Luật Hộ tịch", "article": article,
        "heading": "", "text": text, "unknown": 1})
    .to_string()
}

fn places(lines: &Lines) -> Vec<String> {
    lines.documents.iter().flat_map(|d| &d.document.articles).map(|a| a.place.to_string()).collect()
}

#[test]
fn articles_are_grouped_and_sorted_by_number() {
    let source = [
        line("60/2014/QH13#10", "10", "mười"),
        line("60/2014/QH13#12a", "12a", "mười hai a"),
        line("60/2014/QH13#p1.3", "3", "kèm theo ba"),
        line("60/2014/QH13#5~pl1", "5", "Phụ lục II\nbiểu"),
        line("60/2014/QH13#12", "12", "mười hai"),
        line("60/2014/QH13#0", "0", "mở đầu"),
        line("60/2014/QH13#2", "2", "hai"),
    ]
    .join("\n");
    let lines = article_lines(source.as_bytes()).unwrap();
    assert_eq!(lines.lines, 7);
    let expect =
        ["mở đầu", "điều 2", "điều 10", "điều 12", "điều 12a", "kèm theo 1 điều 3", "phụ lục ii"];
    assert_eq!(places(&lines), expect);
    assert_eq!(lines.documents[0].texts[2], "mười");
    assert_eq!(lines.documents[0].document.title, "Luật Hộ tịch");
    // What the citations say can be said back.
    for place in places(&lines) {
        let at: Citation = format!("60/2014/QH13 {place}").parse().unwrap();
        assert!(lines.documents[0].document.article(&at.place).is_some(), "{place}");
    }
}

#[test]
fn metadata_notes_and_relations_are_taken() {
    let source = serde_json::json!({"text_id": "16/2003/QĐ-BGDĐT#1", "doc": "16/2003/QĐ-BGDĐT", "title": "Quyết định về hồ sơ",
        "article": 1, "heading": "Phạm vi", "text": "1. Một\n2. Hai", "issued": "05/04/2003", "effective": "2003-04-20",
        "issuer": "Bộ Giáo dục và Đào tạo", "chapter": "Chương I NHỮNG QUY ĐỊNH / Mục 1 CHUNG",
        "amended": "có nội dung được sửa đổi bởi Điều 1 Quyết định số 01/2004/QĐ-BGDĐT có hiệu lực thi hành kể từ ngày 25/02/2004"});
    let lines = article_lines(source.to_string().as_bytes()).unwrap();
    let document = &lines.documents[0].document;
    assert_eq!(document.issued, Some(jiff::civil::date(2003, 4, 5)));
    assert_eq!(document.effective, Some(jiff::civil::date(2003, 4, 20)));
    assert_eq!(document.articles[0].above, ["Chương I NHỮNG QUY ĐỊNH", "Mục 1 CHUNG"]);
    assert!(document.articles[0].note.starts_with("có nội dung được sửa đổi"));
    assert_eq!(document.relations.len(), 1);
    let relation = &document.relations[0];
    assert_eq!(
        (relation.kind, relation.to.to_string().as_str()),
        (RelationKind::AmendedBy, "01/2004/QĐ-BGDĐT")
    );
    assert_eq!(relation.from, Some(jiff::civil::date(2004, 2, 25)));
}

#[test]
fn bad_lines_are_refused_by_number_and_the_rest_is_read() {
    let source = format!(
        "{}\n{{\"doc\": \"x\"\n\n{}\n{}\n{}\n",
        line("60/2014/QH13#1", "1", "một"),
        r#"{"doc": "", "article": "1", "text": "a"}"#,
        r#"{"doc": "61/2014/QH13", "article": ["1"], "text": "a"}"#,
        line("60/2014/QH13#1", "1", "lần hai"),
    );
    let lines = article_lines(source.as_bytes()).unwrap();
    assert_eq!(lines.refused.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [2, 4, 5]);
    assert!(lines.refused[1].1.contains("\"doc\" is empty"), "{:?}", lines.refused);
    assert_eq!(
        (lines.lines, lines.documents[0].texts.as_slice()),
        (1, ["một".to_owned()].as_slice())
    );
    assert!(
        lines.warnings.iter().any(|w| w.contains("dòng 6") && w.contains("giữ bản đầu")),
        "{:?}",
        lines.warnings
    );
    assert_eq!(article_lines(b" \n"), Err(Refused::Empty));
}

#[test]
fn two_issuers_of_one_number_are_told_apart() {
    let decision = |mark: &str, issuer: &str| {
        serde_json::json!({"text_id": format!("72/2025/QĐ-UBND@{mark}#1"), "doc": "72/2025/QĐ-UBND", "article": "1",
            "text": "một", "issuer": issuer}).to_string()
    };
    let source = [decision("HANOI", "TP. HÀ NỘI"), decision("BACNINH", "TỈNH BẮC NINH")].join("\n");
    let lines = article_lines(source.as_bytes()).unwrap();
    let ids: Vec<&str> = lines.documents.iter().map(|d| d.document.id.as_str()).collect();
    assert_eq!(ids, ["72/2025/QĐ-UBND [Hà Nội]", "72/2025/QĐ-UBND [Bắc Ninh]"]);
    let alone = article_lines(decision("HANOI", "TP. HÀ NỘI").as_bytes()).unwrap();
    assert_eq!(alone.documents[0].document.id, "72/2025/QĐ-UBND");
}

#[test]
fn gzip_of_several_members_is_read_and_a_cut_one_refused() {
    let mut bytes = Vec::new();
    for n in ["1", "2"] {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(format!("{}\n", line(&format!("60/2014/QH13#{n}"), n, "chữ")).as_bytes())
            .unwrap();
        bytes.extend(gz.finish().unwrap());
    }
    assert_eq!(article_lines(&bytes).unwrap().lines, 2);
    let cut = article_lines(&bytes[..bytes.len() - 12]);
    assert!(matches!(cut, Err(Refused::Truncated { .. })), "{cut:?}");
}

#[test]
fn dates_in_both_forms() {
    for (text, expect) in [
        ("05/04/2003", Some((2003, 4, 5))),
        ("5/4/2003", Some((2003, 4, 5))),
        ("2003-04-05", Some((2003, 4, 5))),
        ("31/02/2003", None),
        ("05/04/03", None),
        ("None", None),
        ("", None),
    ] {
        assert_eq!(date(text), expect.map(|(y, m, d)| jiff::civil::date(y, m, d)), "{text}");
    }
}

#[allow(clippy::print_stderr, reason = "says why it is skipped")]
#[test]
fn the_real_lines_are_read() {
    let root =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/corpora");
    if !root.is_dir() {
        eprintln!("skipped: {} is not here", root.display());
        return;
    }
    for (file, documents, least) in [
        ("vbhn_2025_2026.jsonl.gz", 85, 8_000),
        ("bench7k.jsonl.gz", 0, 7_200),
        ("local_2025.jsonl.gz", 0, 2_800),
    ] {
        let lines = article_lines(&fs_err::read(root.join(file)).unwrap()).unwrap();
        assert!(lines.lines >= least, "{file}: {} lines", lines.lines);
        assert!(
            documents == 0 || lines.documents.len() == documents,
            "{file}: {}",
            lines.documents.len()
        );
        for document in &lines.documents {
            assert_eq!(
                document.document.articles.len(),
                document.texts.len(),
                "{}",
                document.document.id
            );
        }
    }
}
