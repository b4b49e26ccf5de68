//! Remarks in Word files: each comment stands at its words, and nothing else of the file changes.

use std::collections::BTreeMap;
use std::io::Read;

use super::annotate::annotate;
use super::parts::{STRICT, W};
use super::*;
use crate::look::{Face, Height, Line};

const CUT: [&str; 2] = ["word/document.xml", "word/_rels/document.xml.rels"];

fn word(root: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let parts = [("[Content_Types].xml", types), ("word/document.xml", root)];
    for (name, xml) in parts.iter().chain(more) {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, xml.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    word(&format!("<w:document xmlns:w=\"{W}\"><w:body>{body}</w:body></w:document>"), more)
}

fn parts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut entry = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    String::from_utf8(parts(bytes).remove(name).unwrap()).unwrap()
}

fn typed(bytes: &[u8]) -> Text {
    read("a.docx", bytes, &Limits { as_typed: true, ..Limits::default() }).unwrap()
}

/// The span of words in the text, in characters.
fn span(text: &str, words: &str) -> [usize; 2] {
    let at = text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    let start = text[..at].chars().count();
    [start, start + words.chars().count()]
}

fn remarks(spans: &[[usize; 2]]) -> Remarks {
    let remark =
        |span: &[usize; 2]| Remark { spans: vec![*span], lines: vec!["Sai & thiếu".into()] };
    Remarks {
        author: "Khuê".into(),
        initials: "K".into(),
        date: "2026-01-02T03:04:05Z".into(),
        remarks: spans.iter().map(remark).collect(),
        end: Vec::new(),
    }
}

/// What stands between the markers of a comment, tags left out and a cell's end as a blank.
fn marked(xml: &str, id: usize) -> String {
    let after = |mark: &str| {
        let at = xml.find(mark).unwrap_or_else(|| panic!("{mark} in {xml}"));
        (at, at + xml[at..].find('>').unwrap() + 1)
    };
    let prefix = if xml.contains("<w:commentRangeStart") { "w" } else { "khue" };
    let (start, _) = (xml.find(&format!(":id=\"{id}\"/>")).unwrap(), ());
    let from = start + format!(":id=\"{id}\"/>").len();
    let (until, _) = after(&ended(xml, prefix, id));
    let mut out = String::new();
    let mut inside = false;
    for c in xml[from..until].replace("</w:tc>", " ").replace("<w:tab/>", " ").chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.replace("&amp;", "&").replace("&#x111;", "đ")
}

fn ended(xml: &str, prefix: &str, id: usize) -> String {
    let ends: Vec<&str> =
        xml.split('<').filter(|it| it.starts_with(&format!("{prefix}:commentRangeEnd"))).collect();
    let one = ends.iter().find(|it| it.contains(&format!(":id=\"{id}\""))).unwrap();
    format!("<{}", one.split('>').next().unwrap())
}

#[test]
fn comments_stand_at_their_words() {
    let body = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Điều 1. Ph\u{1ea1}m vi</w:t></w:r><w:r><w:t xml:space=\"preserve\"> điều chỉnh &amp; &#x111;ối tượng</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Cột một</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>cột hai</w:t><w:tab/><w:t>rồi</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        <w:p><w:ins w:id=\"9\"><w:r><w:t>thêm vào</w:t></w:r></w:ins><w:del w:id=\"8\"><w:r><w:delText>bỏ đi</w:delText></w:r></w:del></w:p>";
    let bytes = docx(body, &[]);
    let text = typed(&bytes).text;
    let words = [
        "hai rồi",
        "Phạm vi điều",
        "vi",
        "Điều 1. Phạm vi",
        "chỉnh & đối",
        "& đối tượng",
        "Cột một",
        "cột hai",
        "thêm vào",
        "êm",
    ];
    let found: Vec<[usize; 2]> = words.iter().map(|it| span(&text, it)).collect();
    let done = annotate(&bytes, &remarks(&found), &Limits::default()).unwrap();
    assert_eq!(done.unplaced, [0_usize; 0]);
    let xml = part(&done.bytes, "word/document.xml");
    for (id, words) in words.iter().enumerate() {
        assert_eq!(marked(&xml, id).trim(), *words, "{xml}");
    }
    // Read again it is the same draft, letter for letter and in the same faces.
    assert_eq!(typed(&done.bytes), typed(&bytes));
    let comments = part(&done.bytes, "word/comments.xml");
    assert_eq!(comments.matches("Sai &amp; thiếu").count(), words.len());
    assert!(part(&done.bytes, "[Content_Types].xml").contains("/word/comments.xml"));
    assert!(part(&done.bytes, "word/_rels/document.xml.rels").contains("Target=\"comments.xml\""));
}

#[test]
fn spans_without_words_are_told_and_comments_of_others_stay() {
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rIdKhue1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments\" Target=\"comments.xml\"/></Relationships>";
    let comments = format!(
        "<x:comments xmlns:x=\"{W}\"><x:comment x:id=\"4\" x:author=\"An\"><x:p><x:r><x:t>cũ</x:t></x:r></x:p></x:comment></x:comments>"
    );
    let body = "<w:p><w:commentRangeStart w:id=\"4\"/><w:r><w:t>Điều 1. Nội dung</w:t></w:r><w:commentRangeEnd w:id=\"4\"/><w:r><w:commentReference w:id=\"4\"/></w:r></w:p>";
    let bytes = docx(
        body,
        &[(CUT[1], relations), ("word/comments.xml", &comments), ("word/media/a.png", "PNG")],
    );
    let text = typed(&bytes).text;
    let done =
        annotate(&bytes, &remarks(&[span(&text, "Nội"), [900, 910]]), &Limits::default()).unwrap();
    assert_eq!(done.unplaced, [1]);
    let (before, after) = (parts(&bytes), parts(&done.bytes));
    for name in [CUT[1], "word/media/a.png"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    let xml = part(&done.bytes, "word/document.xml");
    assert_eq!(marked(&xml, 5), "Nội");
    let now = part(&done.bytes, "word/comments.xml");
    assert!(
        now.contains("cũ") && now.contains(&format!("<w:comment xmlns:w=\"{W}\" w:id=\"5\"")),
        "{now}"
    );
    // A second round finds the first one's comments as somebody's and adds to them.
    let again =
        annotate(&done.bytes, &remarks(&[span(&text, "dung")]), &Limits::default()).unwrap();
    assert_eq!(part(&again.bytes, "word/comments.xml").matches("<w:comment ").count(), 2);
    assert_eq!(typed(&again.bytes).text, text);
}

#[test]
fn numbers_that_word_writes_and_text_boxes_take_remarks_at_what_stands_by() {
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId=\"1\"><w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/></w:lvl></w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"1\"/></w:num></w:numbering>";
    let numbered = "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>Người có công</w:t></w:r></w:p>";
    let boxed = "<w:p><w:r><w:t>Ngoài</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Trong hộp</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>";
    let bytes = docx(&format!("{numbered}{boxed}"), &[("word/numbering.xml", numbering)]);
    let text = typed(&bytes).text;
    assert!(text.starts_with("1. Người có công"), "{text}");
    let found = [span(&text, "1. Người"), [0, 2], span(&text, "có công"), span(&text, "hộp")];
    let done = annotate(&bytes, &remarks(&found), &Limits::default()).unwrap();
    assert_eq!(done.unplaced, [0_usize; 0]);
    let xml = part(&done.bytes, "word/document.xml");
    assert_eq!(marked(&xml, 0), "Người");
    assert_eq!(marked(&xml, 1), "Người có công");
    assert_eq!(marked(&xml, 2), "có công");
    // Word takes no comment inside a text box: its mark is about the run that holds it.
    let start = xml.find("<w:commentRangeStart w:id=\"3\"/><w:r><w:pict>");
    assert!(start.is_some(), "{xml}");
    assert_eq!(typed(&done.bytes), typed(&bytes));
}

#[test]
fn other_prefixes_and_the_strict_form_are_written_as_they_are() {
    for (uri, prefix) in [(W, "w"), (STRICT, "w"), (W, "ns0")] {
        let p = |it: &str| it.replace("w:", &format!("{prefix}:"));
        let body = p("<w:body><w:p><w:r><w:t>Một hai ba</w:t></w:r></w:p><w:sectPr/></w:body>");
        let root =
            format!("<{prefix}:document xmlns:{prefix}=\"{uri}\">{body}</{prefix}:document>");
        let bytes = word(&root, &[]);
        let mut asked = remarks(&[span("Một hai ba", "hai")]);
        asked.end = vec![
            Block::Heading("Tổng hợp".into()),
            Block::Table(
                vec![20, 80],
                vec![vec!["TT".into(), "Nội dung".into()], vec!["1".into(), "a\nb".into()]],
            ),
        ];
        let done = annotate(&bytes, &asked, &Limits::default()).unwrap();
        let xml = part(&done.bytes, "word/document.xml");
        assert!(xml.contains(&p("<w:commentRangeStart w:id=\"0\"/><w:r><w:t xml:space=\"preserve\">hai</w:t></w:r><w:commentRangeEnd w:id=\"0\"/>")), "{xml}");
        assert!(
            xml.ends_with(&format!("<{prefix}:sectPr/></{prefix}:body></{prefix}:document>")),
            "{xml}"
        );
        assert_eq!(typed(&done.bytes).text, "Một hai ba\nTổng hợp\nTT | Nội dung\n1 | a b");
        assert!(part(&done.bytes, "word/comments.xml").contains(uri));
    }
}

#[test]
fn how_letters_are_set_comes_from_run_style_and_defaults() {
    let styles = "<w:styles><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Times New Roman\"/><w:sz w:val=\"28\"/></w:rPr></w:rPrDefault></w:docDefaults>\
        <w:style w:type=\"paragraph\" w:styleId=\"H\"><w:pPr><w:jc w:val=\"center\"/><w:spacing w:before=\"120\" w:line=\"360\" w:lineRule=\"auto\"/></w:pPr><w:rPr><w:b/></w:rPr></w:style></w:styles>";
    let body = "<w:p><w:pPr><w:pStyle w:val=\"H\"/></w:pPr><w:r><w:t>QUYẾT </w:t></w:r><w:r><w:rPr><w:b w:val=\"0\"/><w:i/><w:sz w:val=\"26\"/></w:rPr><w:t>ĐỊNH</w:t></w:r></w:p>\
        <w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1701\" w:gutter=\"0\"/></w:sectPr>";
    let look = typed(&docx(body, &[("word/styles.xml", styles)])).look.unwrap();
    let [page] = look.pages.as_slice() else { panic!("{look:?}") };
    assert_eq!([page.width, page.left, page.top].map(f32::round), [210.0, 30.0, 20.0]);
    let font = Some("Times New Roman".to_owned());
    let [Line { align, before, height, faces, .. }] = look.lines.as_slice() else {
        panic!("{look:?}")
    };
    assert_eq!(
        (*align, *before, *height),
        (Some(crate::look::Align::Center), Some(6.0), Some(Height::Lines(1.5)))
    );
    let face = |span, size, bold, italic| Face {
        span,
        font: font.clone(),
        size: Some(size),
        bold,
        italic,
        color: None,
    };
    assert_eq!(*faces, [face([0, 6], 14.0, true, false), face([6, 10], 13.0, false, true)]);
}

#[test]
fn parts_that_begin_with_a_mark_of_order_are_not_cut_in_their_tags() {
    let relations = "\u{feff}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>";
    let root = format!(
        "\u{feff}<?xml version=\"1.0\"?><w:document xmlns:w=\"{W}\"><w:body><w:p><w:r><w:t>Một hai</w:t></w:r></w:p></w:body></w:document>"
    );
    let bytes = word(&root, &[(CUT[1], relations)]);
    let done = annotate(&bytes, &remarks(&[span("Một hai", "hai")]), &Limits::default()).unwrap();
    assert_eq!(marked(&part(&done.bytes, CUT[0]), 0), "hai");
    assert!(part(&done.bytes, CUT[1]).ends_with("Target=\"comments.xml\"/></Relationships>"));
}

#[test]
fn runs_that_hold_their_words_deeper_are_marked_whole() {
    // Words in a choice between two ways to draw them, and those of a drawing, which are no runs of the document.
    let choice = "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"a\"><w:t>Chọn lựa</w:t></mc:Choice></mc:AlternateContent></w:r><w:r><w:t>sau đó</w:t></w:r></w:p>";
    let drawn = "<w:p><w:r><w:drawing><a:p><a:r><a:rPr b=\"1\"/><a:t>Trong hình</a:t></a:r></a:p></w:drawing></w:r></w:p>";
    let bytes = docx(&format!("{choice}{drawn}"), &[]);
    let text = typed(&bytes).text;
    let asked = remarks(&[span(&text, "lựa"), span(&text, "đó"), span(&text, "hình")]);
    let done = annotate(&bytes, &asked, &Limits::default()).unwrap();
    let xml = part(&done.bytes, CUT[0]);
    assert!(xml.contains("<w:commentRangeStart w:id=\"0\"/><w:r><mc:AlternateContent>"), "{xml}");
    assert_eq!((marked(&xml, 0).as_str(), marked(&xml, 1).as_str()), ("Chọn lựa", "đó"));
    assert!(
        xml.contains("<w:commentRangeStart w:id=\"2\"/><w:r><w:drawing><a:p><a:r><a:rPr"),
        "{xml}"
    );
    assert_eq!(typed(&done.bytes).text, text);
}

#[test]
fn letters_of_an_old_font_have_no_places() {
    // TCVN3: what is typed is not what is read, so that nothing can be tied to it.
    let line = "Quy\u{d5}t \u{ae}\u{de}nh v\u{d2} vi\u{d6}c qu\u{b6}n l\u{fd} \u{ae}\u{ca}t \u{ae}ai tr\u{aa}n \u{ae}\u{de}a b\u{b5}n th\u{b5}nh ph\u{e8}";
    let body = format!(
        "<w:p><w:r><w:rPr><w:rFonts w:ascii=\".VnTime\"/></w:rPr><w:t>{line}</w:t></w:r></w:p>"
    )
    .repeat(3);
    let read = typed(&docx(&format!("{body}<w:p><w:r><w:t>45</w:t></w:r></w:p>"), &[]));
    assert!(read.text.contains("Quyết định về việc quản lý đất đai"), "{}", read.text);
    assert_eq!(read.look, None);
}

#[test]
fn what_is_measured_is_what_holds_now_and_what_the_file_says() {
    let section = "<w:sectPr><w:headerReference w:id=\"1\"/><w:pgSz w:w=\"595.3pt\" w:h=\"29.7cm\"/><w:pgMar w:top=\"20mm\" w:bottom=\"20mm\" w:left=\"1701\" w:right=\"850\"/>\
        <w:sectPrChange w:id=\"3\"><w:sectPr><w:pgSz w:w=\"12240\" w:h=\"15840\"/></w:sectPr></w:sectPrChange></w:sectPr>";
    let paragraph = |props: &str, run: &str| {
        format!(
            "<w:p><w:pPr>{props}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:tab/><w:t>chữ</w:t></w:r></w:p>"
        )
    };
    let body = [
        paragraph("<w:spacing w:before=\"100\" w:beforeAutospacing=\"1\"/>", "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Arial\"/><w:sz w:val=\"14pt\"/>"),
        "<w:sdt><w:sdtPr><w15:color w:val=\"FF0000\"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>trong ô</w:t></w:r></w:p></w:sdtContent></w:sdt>".to_owned(),
    ];
    let header = "<w:hdr><w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText> PA</w:instrText></w:r><w:r><w:instrText>GE </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p></w:hdr>";
    let look =
        typed(&docx(&format!("{}{section}", body.concat()), &[("word/header1.xml", header)]))
            .look
            .unwrap();
    let [page] = look.pages.as_slice() else { panic!("{look:?}") };
    let sides = [page.width, page.height, page.top, page.left, page.right].map(f32::round);
    assert_eq!(sides, [210.0, 297.0, 20.0, 30.0, 15.0]);
    assert!(look.numbers.top && !look.numbers.bottom);
    let [tabbed, in_box] = look.lines.as_slice() else { panic!("{look:?}") };
    assert_eq!((tabbed.indent, tabbed.before), (None, Some(14.0)));
    assert_eq!(tabbed.faces[0].font.as_deref(), Some("Times New Roman, Arial"));
    assert_eq!(tabbed.faces[0].size, Some(14.0));
    assert_eq!((in_box.indent, in_box.faces[0].color.as_deref()), (Some(0.0), None));
}

/// Real drafts: a remark on every seventh line, on words in its middle; the draft is the same afterwards.
#[allow(clippy::print_stderr, reason = "says why it is skipped")]
#[test]
fn real_files_take_remarks() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/files/docx_vbpl");
    if !root.is_dir() {
        eprintln!("skipped: {} is not here", root.display());
        return;
    }
    let (mut files, mut placed) = (0, 0);
    for entry in fs_err::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs_err::read(&path).unwrap();
        let limits = Limits { as_typed: true, ..Limits::default() };
        let Ok(before) = read("a.docx", &bytes, &limits) else { continue };
        let letters: Vec<char> = before.text.chars().collect();
        let lines = &before.look.as_ref().unwrap().lines;
        let found: Vec<[usize; 2]> = lines
            .iter()
            .step_by(7)
            .filter(|line| line.faces.len() == 1 && line.span == line.faces[0].span)
            .map(|line| [line.span[0] + (line.span[1] - line.span[0]) / 3, line.span[1]])
            .filter(|span| span[0] < span[1])
            .collect();
        let done = annotate(&bytes, &remarks(&found), &Limits::default()).unwrap();
        assert_eq!(done.unplaced, [0_usize; 0], "{}", path.display());
        assert_eq!(typed(&done.bytes), before, "{}", path.display());
        let (old, new) = (parts(&bytes), parts(&done.bytes));
        let changed: Vec<&String> = old.keys().filter(|name| old[*name] != new[*name]).collect();
        let may = [CUT[0], CUT[1], "[Content_Types].xml", "word/comments.xml"];
        assert!(changed.iter().all(|name| may.contains(&name.as_str())), "{changed:?}");
        let xml = part(&done.bytes, CUT[0]);
        let first = xml.match_indices("commentRangeStart").count() - found.len();
        if first == 0 && xml.contains("<w:commentRangeStart w:id=\"0\"") {
            for (id, span) in found.iter().enumerate().take(20) {
                let words: String = letters[span[0]..span[1]].iter().collect();
                let there = marked(&xml, id)
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"");
                let bare = |it: &str| it.split_whitespace().collect::<String>();
                assert_eq!(bare(&there), bare(&words), "{}", path.display());
            }
        }
        files += 1;
        placed += found.len();
    }
    eprintln!("{files} files, {placed} remarks");
    assert!(files > 80 && placed > 500, "{files} files, {placed} remarks");
}
