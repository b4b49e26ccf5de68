//! Personal identifiers out of what people type, before it is searched, logged, stored or shown to a model.
//!
//! The rules follow the structure of the numbers (Nghị định 137/2015/NĐ-CP điều 13 for the personal number) and
//! the words before them: after "CCCD" or "số tài khoản" a run of figures is taken out even if it fails, for
//! people mistype. Procedure codes, document numbers, dates and public lines stay.

use std::ops::Range;

use numbers::{plates, runs};
use persons::{addresses, births, mails, names, passwords};

mod numbers;
mod persons;

/// What was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// Số định danh, căn cước, chứng minh nhân dân.
    Identity,
    /// Điện thoại.
    Phone,
    /// Tài khoản, thẻ ngân hàng.
    Account,
    /// Mã số thuế.
    Tax,
    /// Sổ, thẻ bảo hiểm.
    Insurance,
    /// Hộ chiếu.
    Passport,
    /// Biển số xe.
    Plate,
    /// Mật khẩu, mã xác thực.
    Password,
    /// Thư điện tử.
    Mail,
    /// Họ tên.
    Name,
    /// Ngày sinh.
    Birth,
    /// Số nhà, ngõ, ngách.
    Address,
    /// Another number with an owner: giấy chứng sinh, sổ đỏ.
    Number,
    /// Mã hồ sơ.
    Case,
}

impl Secret {
    /// Whether a person must be told never to send it.
    pub fn is_dangerous(self) -> bool {
        matches!(self, Secret::Password | Secret::Account | Secret::Identity)
    }

    /// What stands in its place.
    pub fn mark(self) -> &'static str {
        match self {
            Secret::Identity => "[số định danh]",
            Secret::Phone => "[điện thoại]",
            Secret::Account => "[tài khoản]",
            Secret::Tax => "[mã số thuế]",
            Secret::Insurance => "[số bảo hiểm]",
            Secret::Passport => "[số hộ chiếu]",
            Secret::Plate => "[biển số]",
            Secret::Password => "[mã bí mật]",
            Secret::Mail => "[thư điện tử]",
            Secret::Name => "[họ tên]",
            Secret::Birth => "[ngày sinh]",
            Secret::Address => "[số nhà]",
            Secret::Number => "[số giấy tờ]",
            Secret::Case => "[mã hồ sơ]",
        }
    }
}

/// A text without personal identifiers, and what was taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text with marks like `[điện thoại]` in place of what was taken out.
    pub text: String,
    /// What was taken out, in the order of the text.
    pub secrets: Vec<Secret>,
}

impl Redacted {
    /// The text without the marks: what is searched.
    pub fn plain(&self) -> String {
        let mut text = self.text.clone();
        for secret in &self.secrets {
            text = text.replacen(secret.mark(), " ", 1);
        }
        text
    }
}

/// Takes personal identifiers out. Idempotent; every text that is not one stays letter for letter.
pub fn redact(text: &str) -> Redacted {
    // Numbers of cases are known in wide letters too; then all is taken out of the plain form.
    let plain = viet::plain_forms(text);
    let hidden = crate::case::codes(text).len() < crate::case::codes(&plain).len();
    let text = if hidden { plain.as_str() } else { text };
    let mut found: Vec<(Range<usize>, Secret)> = Vec::new();
    found.extend(crate::case::codes(text).into_iter().map(|span| (span, Secret::Case)));
    mails(text, &mut found);
    passwords(text, &mut found);
    names(text, &mut found);
    births(text, &mut found);
    addresses(text, &mut found);
    plates(text, &mut found);
    runs(text, &mut found);
    // The last figures of a telephone number beside it prove whose case it is.
    found.extend(crate::case::figures(text).into_iter().map(|span| (span, Secret::Number)));
    found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = Redacted { text: String::with_capacity(text.len()), secrets: Vec::new() };
    let mut from = 0;
    for (span, secret) in found {
        if span.start < from {
            // Overlapping finds are one; the rest of a longer one goes too.
            from = from.max(span.end);
            continue;
        }
        out.text.push_str(&text[from..span.start]);
        out.text.push_str(secret.mark());
        out.secrets.push(secret);
        from = span.end;
    }
    out.text.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::numbers::{figure, tax};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_are_taken_out_and_public_numbers_stay() {
        for (text, expect) in [
            ("CCCD 001299000123 của tôi", "CCCD [số định danh] của tôi"),
            ("mất căn cước số 001.203.004.567 rồi", "mất căn cước số [số định danh] rồi"),
            ("001 203 004 567", "[số định danh]"),
            ("SĐT em 0912 345 678, hỏi chút", "SĐT em [điện thoại], hỏi chút"),
            ("gọi +84 (0)912-345-678", "gọi [điện thoại]"),
            ("số chứng sinh 778899, khai sinh", "số chứng sinh [số giấy tờ], khai sinh"),
            ("so bhxh cua toi 0123456789", "so bhxh cua toi [số bảo hiểm]"),
            ("Hộ chiếu B1234567 bị mất", "Hộ chiếu [số hộ chiếu] bị mất"),
            ("Xe 29X1-123.45 đứng tên tôi", "Xe [biển số] đứng tên tôi"),
            ("tài khoản nhận tiền 19001234567890", "tài khoản nhận tiền [tài khoản]"),
            ("nộp vào STK 0123456789. Đúng không?", "nộp vào STK [tài khoản]. Đúng không?"),
            (
                "Mật khẩu VNeID của em là Hanoi@2026, mã OTP 482913",
                "Mật khẩu VNeID của em là [mã bí mật], mã OTP [mã bí mật]",
            ),
            ("email nguyen.thu.mau@example.com nhé", "email [thư điện tử] nhé"),
            ("nhà số 7 ngách 12/34 phố Bịa", "nhà số [số nhà] ngách [số nhà] phố Bịa"),
            ("Tôi tên Trần Văn Thử, hỏi", "Tôi tên [họ tên], hỏi"),
            (
                "Con tôi là Lê Thị Mẫu sinh ngày 05/03/2026",
                "Con tôi là [họ tên] sinh ngày [ngày sinh]",
            ),
            (
                "hồ sơ H26.10-261125-0001 đến đâu, sđt 0912345678",
                "hồ sơ [mã hồ sơ] đến đâu, sđt [điện thoại]",
            ),
            ("000.00.01.H26-240101-0001", "[mã hồ sơ]"),
            ("H26.10-261125-0001 5678", "[mã hồ sơ] [số giấy tờ]"),
            ("H26.10 261125 0001 5678", "[mã hồ sơ] [số giấy tờ]"),
            ("h26.10.261125.0001 nhé", "[mã hồ sơ] nhé"),
            ("Ｈ２６．１０－２６１１２５－０００１ ５６７８", "[mã hồ sơ] [số giấy tờ]"),
            // These belong to nobody.
            ("Cấp lại thẻ căn cước (1.014064): 7 ngày", "Cấp lại thẻ căn cước (1.014064): 7 ngày"),
            (
                "thủ tục 1.001193 và 1.001193.000.00.00.H26",
                "thủ tục 1.001193 và 1.001193.000.00.00.H26",
            ),
            (
                "Nghị định 123/2015/NĐ-CP ngày 15/11/2015",
                "Nghị định 123/2015/NĐ-CP ngày 15/11/2015",
            ),
            ("lệ phí 5.000.000 đồng, 150000đ", "lệ phí 5.000.000 đồng, 150000đ"),
            ("gọi 1900 1234 hoặc 1022", "gọi 1900 1234 hoặc 1022"),
            ("từ 01/7/2025 đến 31/12/2026", "từ 01/7/2025 đến 31/12/2026"),
            ("điều 15 khoản 1 Luật Hộ tịch", "điều 15 khoản 1 Luật Hộ tịch"),
            ("bà ngoại Hà Nội", "bà ngoại Hà Nội"),
            ("quê tôi là Hà Nội", "quê tôi là Hà Nội"),
            ("CON ĐANG BỊ ĐÁNH, CỨU TÔI", "CON ĐANG BỊ ĐÁNH, CỨU TÔI"),
            ("EM ĐĂNG KÝ HỘ KINH DOANH", "EM ĐĂNG KÝ HỘ KINH DOANH"),
            ("TÔI TÊN TRẦN VĂN THỬ MUỐN HỎI", "TÔI TÊN [họ tên] MUỐN HỎI"),
            ("toi ten Tran Van Thu, hoi", "toi ten [họ tên], hoi"),
            ("gọi 0912345678 để hỏi", "gọi [điện thoại] để hỏi"),
            ("CCCD 001299000123 đã mất", "CCCD [số định danh] đã mất"),
            ("Tôi tên Nguyen Van An ạ", "Tôi tên [họ tên] ạ"),
            ("đóng bảo hiểm 4.500.000 thì sao", "đóng bảo hiểm 4.500.000 thì sao"),
            ("hộ chiếu hỏi tổng đài 19006368", "hộ chiếu hỏi tổng đài 19006368"),
            ("đóng BHXH 2010-2020 rút", "đóng BHXH 2010-2020 rút"),
            ("quên mật khẩu VNeID năm 2025", "quên mật khẩu VNeID năm 2025"),
            ("phí hộ chiếu 200.000 đồng", "phí hộ chiếu 200.000 đồng"),
            ("căn cước cấp 15-11-2015", "căn cước cấp 15-11-2015"),
            ("1. Cấp mới (1.008503)\n3. Cấp lại", "1. Cấp mới (1.008503)\n3. Cấp lại"),
            ("mã 1.008503\n2. mã khác", "mã 1.008503\n2. mã khác"),
        ] {
            assert_eq!(redact(text).text, expect, "{text}");
        }
    }

    #[test]
    fn no_form_of_a_number_gets_through() {
        for text in [
            "cccd 001299000123",
            "cccd 001 299 000 123",
            "cccd 001.299.000.123",
            "cccd 001-299-000-123",
            "cccd ００１２９９０００１２３",
            "cccd: 001299\n000123",
            "so can cuoc 001299😀000123",
        ] {
            let redacted = redact(text);
            let longest = redacted.text.split(|c: char| figure(c).is_none()).map(str::len).max();
            assert!(longest < Some(6) && redacted.secrets == [Secret::Identity], "{redacted:?}");
        }
        assert!(tax("0100233488") && !tax("0100233489") && tax("0314409058002"));
    }

    proptest! {
        #[test]
        fn it_is_idempotent_and_never_fails(text in "\\PC{0,60}") {
            let once = redact(&text);
            prop_assert_eq!(&redact(&once.text).text, &once.text);
        }
    }
}
