//! Files built to harm whoever reads them, made byte by byte.

use std::fmt::Write as _;

use flate2::{Compress, Compression, FlushCompress};

/// A name, its bytes, and what must come of it.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expect: Expect,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expect {
    /// Refused for this reason (its name in JSON).
    Refused(&'static str),
    /// Refused, whatever the reason.
    AnyRefusal,
    /// Harmless once read: text comes out.
    Read,
    /// Text or a refusal, within the limits.
    Either,
}

use Expect::{AnyRefusal, Either, Read, Refused};

pub(crate) fn all() -> Vec<Hostile> {
    let file = |name, bytes, expect| Hostile { name, bytes, expect };
    let docx = |xml: Vec<u8>| zip(&[Entry::stored("word/document.xml", xml)]);
    let word = |body: &str| {
        format!("<?xml version=\"1.0\"?>{body}<w:document xmlns:w=\"w\"><w:body>").into_bytes()
    };
    let bomb = zeros(160, 64 << 20);
    let deep_xml = [word(""), b"<w:p>".repeat(100_000)].concat();
    let laughs = word(
        "<!DOCTYPE a [<!ENTITY a \"ha ha ha ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]>",
    );
    let outside = word("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>");
    let law = b"\xC4\x90i\xE1\xBB\x81u 1. Ph\xE1\xBA\xA1m vi\nQuy \xC4\x91\xE1\xBB\x8Bnh m\xE1\xBB\x99t vi\xE1\xBB\x87c.\n".to_vec();
    let plain = zip(&[Entry::stored("luat.txt", law.clone())]);
    let mut nested = plain.clone();
    for _ in 0..6 {
        nested = zip(&[Entry::stored("trong.zip", nested)]);
    }
    let sheet = |cell: &str| {
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>{cell}</sheetData></worksheet>"
        );
        workbook(sheet.into_bytes())
    };
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let objects = |list: &[&str]| pdf(list.iter().map(|it| it.as_bytes().to_vec()).collect(), "");
    let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    let page = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>";
    let stream = |dictionary: &str, bytes: &[u8]| {
        let head = format!("<<{dictionary}/Length {}>>stream\n", bytes.len());
        [head.as_bytes(), bytes, b"\nendstream"].concat()
    };
    let catalog = "<</Type/Catalog/Pages 2 0 R>>";
    let with_stream = |dictionary: &str, bytes: &[u8]| {
        let list = [catalog, pages, page].map(|it| it.as_bytes().to_vec());
        pdf([list.to_vec(), vec![stream(dictionary, bytes)]].concat(), "")
    };
    let deep_array = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut mail = String::new();
    for n in 0..5_000 {
        let _ = write!(mail, "Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    }
    vec![
        file("deflate-10gb.docx", zip(&[Entry::packed("word/document.xml", bomb.clone(), 10 << 30)]), Refused("bomb")),
        file("deflate-10gb.zip", zip(&[Entry::packed("a.txt", bomb.clone(), 10 << 30)]), Refused("bomb")),
        file("deflate-10gb.xlsx", zip(&[Entry::stored("xl/workbook.xml", b"<w/>".to_vec()), Entry::packed("xl/sharedStrings.xml", bomb, 10 << 30)]), Refused("bomb")),
        file("nested-7.zip", nested, Refused("bomb")),
        file("overlapping.zip", overlapping(), Refused("bomb")),
        file("entries-100000.zip", many(100_000), Refused("bomb")),
        file("climbing.zip", zip(&[Entry::stored("../../../../tmp/khue-climbed.txt", law.clone())]), Read),
        file("entities.docx", docx(laughs), Refused("bomb")),
        file("outside.docx", docx(outside), Refused("bomb")),
        file("deep-100000.docx", docx(deep_xml), Refused("bomb")),
        file("far-cell.xlsx", sheet(far), AnyRefusal),
        file("deep-div.html", [b"<html><body>".to_vec(), b"<div>".repeat(1_000_000)].concat(), Refused("bomb")),
        file("marks-1m.txt", [b"Ph".to_vec(), "\u{301}".repeat(1_000_000).into_bytes()].concat(), Either),
        file("multipart-5000.eml", format!("MIME-Version: 1.0\r\n{mail}").into_bytes(), Either),
        file("deep-array.pdf", objects(&[catalog, pages, &deep_array]), AnyRefusal),
        file("pages-cycle.pdf", objects(&[catalog, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]), AnyRefusal),
        file("parent-cycle.pdf", objects(&[catalog, "<</Type/Pages/Kids[3 0 R]/Count 1/Parent 3 0 R>>", page, "<<>>"]), AnyRefusal),
        file("prev-loop.pdf", pdf(vec![catalog.into(), pages.into(), page.into()], "/Prev 9"), AnyRefusal),
        file("objstm-self.pdf", with_stream("/Type/ObjStm/N 1/First 4/Extends 4 0 R", b"4 0 <<>>"), AnyRefusal),
        file("flate-predictor.pdf", with_stream("/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2000000000/Colors 32/BitsPerComponent 16>>", &zlib_zeros(64 << 20)), AnyRefusal),
        file("flate-640mb.pdf", with_stream("/Filter[/FlateDecode/FlateDecode]", &twice(&zlib_zeros(640 << 20))), AnyRefusal),
        file("wide-image.pdf", objects(&[catalog, pages, page, "<</Type/XObject/Subtype/Image/Width 2147483647/Height 2147483647/BitsPerComponent 16/Length 0>>stream\n\nendstream"]), AnyRefusal),
        file("xref-w.pdf", with_stream("/Type/XRef/Size 2147483647/W[8 8 8]/Index[0 2147483647]", b""), AnyRefusal),
        file("encrypted.pdf", pdf(vec![catalog.into(), pages.into(), page.into(), "<</Filter/Standard/V 1/R 2/O(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)/U(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)/P -4>>".into()], "/Encrypt 4 0 R/ID[(a)(a)]"), Refused("encrypted")),
        file("html-as.pdf", b"<html><body>x</body></html>".to_vec(), Refused("wrong_format")),
        file("pdf-as.docx", objects(&[catalog, pages, page]), Refused("wrong_format")),
        file("empty.docx", Vec::new(), Refused("empty")),
        file("blank.txt", b" \n \n".to_vec(), Refused("empty")),
        file("noise.bin", (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect(), AnyRefusal),
        file("luat.zip", plain, Read),
    ]
}

/// Samples of every format that we read ourselves, for cutting and flipping.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let law = "Điều 1. Phạm vi\nQuy định một việc.\nĐiều 2. Đối tượng\nMọi người.\n";
    let paragraphs: String =
        law.lines().map(|line| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>")).collect();
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{paragraphs}</w:body></w:document>"
    );
    let docx = zip(&[Entry::stored("word/document.xml", document.into_bytes())]);
    let text = b"BT /F1 12 Tf 50 700 Td (Dieu 1. Pham vi cua quy dinh nay la mot viec) Tj ET";
    let content = [
        format!("<</Length {}>>stream\n", text.len()).into_bytes(),
        text.to_vec(),
        b"\nendstream".to_vec(),
    ];
    let pdf = pdf(
        vec![
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>".to_vec(),
            content.concat(),
        ],
        "",
    );
    let sheet = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Biểu phí</t></is></c></row></sheetData></worksheet>";
    let mail = format!(
        "From: a@b.vn\r\nSubject: Van ban\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{law}\r\n--x\r\nContent-Type: application/octet-stream; name=\"a.txt\"\r\nContent-Disposition: attachment; filename=\"a.txt\"\r\n\r\n{law}\r\n--x--\r\n"
    );
    vec![
        ("a.docx", docx.clone()),
        ("a.pdf", pdf),
        ("a.xlsx", workbook(sheet.as_bytes().to_vec())),
        (
            "a.zip",
            zip(&[Entry::stored("a.txt", law.as_bytes().to_vec()), Entry::stored("b.docx", docx)]),
        ),
        ("a.eml", mail.into_bytes()),
        (
            "a.html",
            format!("<html><body><p>{law}</p><table><tr><td>1<td>2</table></body></html>")
                .into_bytes(),
        ),
    ]
}

struct Entry {
    name: &'static str,
    method: u16,
    bytes: Vec<u8>,
    size: u64,
}

impl Entry {
    fn stored(name: &'static str, bytes: Vec<u8>) -> Entry {
        let size = bytes.len() as u64;
        Entry { name, method: 0, bytes, size }
    }

    /// Deflated bytes that claim a size; the claim is cut to what the header holds.
    fn packed(name: &'static str, bytes: Vec<u8>, size: u64) -> Entry {
        Entry { name, method: 8, bytes, size }
    }

    fn header(&self, signature: &[u8], central: bool, offset: u32) -> Vec<u8> {
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX - 1).to_le_bytes();
        let mut out = signature.to_vec();
        if central {
            out.extend([20, 0]);
        }
        out.extend([20, 0, 0, 0]);
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        let sum = if self.method == 0 { crc(&self.bytes) } else { 0 };
        out.extend(sum.to_le_bytes());
        out.extend(small(self.bytes.len() as u64));
        out.extend(small(self.size));
        out.extend(u16::try_from(self.name.len()).unwrap_or(0).to_le_bytes());
        out.extend([0, 0]);
        if central {
            out.extend([0; 10]);
            out.extend(offset.to_le_bytes());
        }
        out.extend(self.name.as_bytes());
        out
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = u32::try_from(out.len()).unwrap_or(0);
        out.extend(entry.header(b"PK\x03\x04", false, 0));
        out.extend(&entry.bytes);
        central.extend(entry.header(b"PK\x01\x02", true, offset));
    }
    end(out, central, entries.len())
}

fn end(mut out: Vec<u8>, central: Vec<u8>, count: usize) -> Vec<u8> {
    let start = u32::try_from(out.len()).unwrap_or(0);
    let count = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    out.extend(&central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(u32::try_from(central.len()).unwrap_or(0).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// Two entries of the directory over the same bytes.
fn overlapping() -> Vec<u8> {
    let one = Entry::stored("a.txt", vec![b'a'; 4096]);
    let mut out = one.header(b"PK\x03\x04", false, 0);
    out.extend(&one.bytes);
    let other = Entry { name: "b.txt", ..Entry::stored("", one.bytes.clone()) };
    let central =
        [one.header(b"PK\x01\x02", true, 0), other.header(b"PK\x01\x02", true, 0)].concat();
    end(out, central, 2)
}

/// More empty entries than the end record can count; the directory has them all.
fn many(count: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for n in 0..count {
        zip.start_file(format!("{n}.txt"), zip::write::SimpleFileOptions::default())
            .expect("an entry");
    }
    zip.finish().expect("a zip").into_inner()
}

fn workbook(sheet: Vec<u8>) -> Vec<u8> {
    let part = |name, text: &str| Entry::stored(name, text.as_bytes().to_vec());
    zip(&[
        part(
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        part(
            "_rels/.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        part(
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        ),
        part(
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        Entry::stored("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// A pdf of these objects, numbered from 1, the first being the catalogue.
fn pdf(objects: Vec<Vec<u8>>, trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut offsets = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).into_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(table, "{offset:010} 00000 n ");
    }
    let trailer = trailer.replace("/Prev 9", &format!("/Prev {start}"));
    let _ = write!(
        table,
        "trailer\n<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    out.extend(table.into_bytes());
    out
}

/// Raw deflate that inflates to `times` times `size` zeros.
fn zeros(times: usize, size: usize) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    let chunk = vec![0u8; size];
    let mut one = Vec::with_capacity(1 << 20);
    packer.compress_vec(&chunk, &mut one, FlushCompress::Full).expect("a block");
    let mut out = one.repeat(times);
    // The last block: stored, empty.
    out.extend([1, 0, 0, 0xFF, 0xFF]);
    out
}

fn zlib_zeros(size: usize) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), true);
    let chunk = vec![0u8; 16 << 20];
    let mut out = Vec::with_capacity(4 << 20);
    for _ in 0..size / chunk.len() {
        packer.compress_vec(&chunk, &mut out, FlushCompress::Full).expect("a block");
    }
    packer.compress_vec(&[], &mut out, FlushCompress::Finish).expect("the end");
    out
}

fn twice(bytes: &[u8]) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), true);
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    packer.compress_vec(bytes, &mut out, FlushCompress::Finish).expect("the end");
    out
}
