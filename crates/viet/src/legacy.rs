//! Text from before Unicode: bytes of unknown encoding, and text typed in a TCVN3 or VNI font.
//!
//! Such fonts drew Vietnamese letters in place of Western ones, so a converted file holds valid Unicode
//! that reads "C«ng hßa x· héi". A reading is accepted when it turns nearly all words with odd letters
//! into Vietnamese syllables and leaving the text alone does not.

mod decode;
mod repair;
mod spelling;
mod tables;

pub use decode::decode;
pub use repair::repair;

/// How a text was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// TCVN 5712 (ABC), fonts named .Vn…
    Tcvn3,
    /// VNI for Windows, fonts named VNI-…
    Vni,
    /// The Vietnamese code page of Windows, tones as combining marks.
    Windows1258,
    /// Western: Windows-1252, a superset of ISO 8859-1.
    Latin1,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_text_from_legacy_fonts() {
        for (input, expect, encoding) in [
            (
                "C«ng hßa x· héi chñ nghÜa ViÖt Nam",
                "Công hòa xã hội chủ nghĩa Việt Nam",
                Encoding::Tcvn3,
            ),
            ("NghÞ ®Þnh sè 36/CP", "Nghị định số 36/CP", Encoding::Tcvn3),
            ("N\u{ad}íc CéNG HßA, Bé N\u{ad}íc", "Nước CỘNG HÒA, Bộ Nước", Encoding::Tcvn3),
            ("§iÒu 5. LÖ phÝ\nQ§-UB", "Điều 5. Lệ phí\nQĐ-UB", Encoding::Tcvn3),
            ("COÄNG HOØA XAÕ HOÄI", "CỘNG HÒA XÃ HỘI", Encoding::Vni),
            ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc", Encoding::Vni),
            ("Soá 144/2002/QÑ-BTC, Chính phuû", "Số 144/2002/QĐ-BTC, Chính phủ", Encoding::Vni),
        ] {
            assert_eq!(repair(input), (expect.to_owned(), Some(encoding)), "{input:?}");
        }
    }

    #[test]
    fn lines_of_both_kinds_come_out_right() {
        let mixed = "Cộng hòa xã hội chủ nghĩa Việt Nam\nNghÞ ®Þnh cña ChÝnh phñ\nÔng François đến";
        let expect =
            "Cộng hòa xã hội chủ nghĩa Việt Nam\nNghị định của Chính phủ\nÔng François đến";
        assert_eq!(repair(mixed), (expect.to_owned(), Some(Encoding::Tcvn3)));
        let (text, _) = repair("¤ng François vµ Bé tr\u{ad}ëng Bé Tµi chÝnh");
        assert_eq!(text, "Ông François và Bộ trưởng Bộ Tài chính");
    }

    #[test]
    fn proper_text_is_not_touched() {
        for text in [
            "",
            "Plain English text, nothing odd.",
            "Nhà báo có cá, bà già và cô bé hát to",
            "có",
            "ý tò mò",
            "Thủ tục hành chính về hộ tịch",
            "Les élèves français étaient très fatigués; où est la clé ? L'été, à côté du théâtre, c'est sûr.",
            "Der Bär fährt über die Brücke, schön für Köln, Füße und Größe",
            "El niño está aquí; qué mañana, señor Muñoz habló así",
            "thickness 25 µm, torque 5 N·m, © 2024 Company®, § 5, «quoted»",
            "Noël, café, résumé, naïve, Zoë",
            "25 µm 30 µm 45 µm",
            "Hợp tác với các tổ chức\nquôc tê.\nvà khu vực",
        ] {
            assert_eq!(repair(text), (text.to_owned(), None));
            assert_eq!(decode(text.as_bytes()), (text.to_owned(), Encoding::Utf8));
        }
    }

    #[test]
    fn decodes_bytes() {
        let text = "Điều 5. Thẩm quyền của Ủy ban";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8),
            ([b"\xff\xfe", &le[..]].concat(), Encoding::Utf16Le),
            ([b"\xfe\xff", &be[..]].concat(), Encoding::Utf16Be),
            (le, Encoding::Utf16Le),
            (be, Encoding::Utf16Be),
            (
                b"\xd0i\xea\xcc\x75 5. Th\xe2\xd2m quy\xea\xccn cu\xd2\x61 U\xd2y ban".to_vec(),
                Encoding::Windows1258,
            ),
        ] {
            assert_eq!(decode(&bytes), (text.to_owned(), encoding));
        }
        assert_eq!(decode(b"caf\xe9 \x93r\xe9sum\xe9\x94").0, "café “résumé”");
        assert_eq!(decode(b"caf\xe9").1, Encoding::Latin1);
        assert_eq!(decode(b"").1, Encoding::Utf8);
        assert_eq!(decode(b"H\xc3\xa0 N\xe1\xbb\x99i, \xe1\xbb\x99\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0 \xff").1, Encoding::Utf8);
    }
}
