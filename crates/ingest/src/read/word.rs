//! A plain Word file of a text, for drafts that came in another format.

use std::io::{Cursor, Write};

use quick_xml::escape::escape;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Refused;
use super::parts::legal;

const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";

/// One paragraph a line, 14 points, A4 with the margins of an office document.
pub(crate) fn plain(text: &str) -> Result<Vec<u8>, Refused> {
    let mut body = String::with_capacity(text.len() * 2);
    for line in text.lines() {
        body.push_str("<w:p><w:r><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:cs=\"Times New Roman\"/><w:sz w:val=\"28\"/></w:rPr><w:t xml:space=\"preserve\">");
        body.push_str(&escape(legal(line)));
        body.push_str("</w:t></w:r></w:p>");
    }
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>"
    );
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, words: &str| {
        file.start_file(name, SimpleFileOptions::default())?;
        file.write_all(words.as_bytes())?;
        Ok::<(), zip::result::ZipError>(())
    };
    let written = put("[Content_Types].xml", TYPES)
        .and_then(|()| put("_rels/.rels", RELATIONS))
        .and_then(|()| put("word/document.xml", &document));
    let done = written.and_then(|()| file.finish());
    let done = done.map_err(|error| Refused::Crashed { why: format!("zip: {error}") })?;
    Ok(done.into_inner())
}
