//! Issuers (cơ quan ban hành) as they stand in document symbols.
//!
//! A closed list, because numbers are often glued to the next word or number: only a known symbol
//! says where it ends. It is data: a reform adds lines, it removes none, since old documents keep
//! their symbols.

/// A symbol and the issuer's name; an empty name where the symbol alone does not say who it is.
pub(crate) static ISSUERS: &[(&str, &str)] = &[
    // The state at the top.
    ("CP", "Chính phủ"),
    ("TTg", "Thủ tướng Chính phủ"),
    ("CTN", "Chủ tịch nước"),
    ("HĐTP", "Hội đồng Thẩm phán Tòa án nhân dân tối cao"),
    ("TANDTC", "Tòa án nhân dân tối cao"),
    ("VKSNDTC", "Viện kiểm sát nhân dân tối cao"),
    ("VKSTC", "Viện kiểm sát nhân dân tối cao"),
    ("KTNN", "Kiểm toán nhà nước"),
    ("VPQH", "Văn phòng Quốc hội"),
    ("VPCP", "Văn phòng Chính phủ"),
    ("TTCP", "Thanh tra Chính phủ"),
    ("NHNN", "Ngân hàng Nhà nước Việt Nam"),
    // Local government: the place is not in the symbol.
    ("HĐND", ""),
    ("UBND", ""),
    ("UB", ""),
    // Chairmen of provincial committees issue rules of their own from 01/7/2025.
    ("CTUBND", ""),
    ("TTPVHCC", "Trung tâm Phục vụ hành chính công"),
    // Ministries as of 2026.
    ("BCA", "Bộ Công an"),
    ("BQP", "Bộ Quốc phòng"),
    ("BNG", "Bộ Ngoại giao"),
    ("BTP", "Bộ Tư pháp"),
    ("BTC", "Bộ Tài chính"),
    ("BCT", "Bộ Công Thương"),
    ("BXD", "Bộ Xây dựng"),
    ("BYT", "Bộ Y tế"),
    ("BNV", "Bộ Nội vụ"),
    ("BGDĐT", "Bộ Giáo dục và Đào tạo"),
    ("BGD", "Bộ Giáo dục và Đào tạo"),
    ("BVHTTDL", "Bộ Văn hóa, Thể thao và Du lịch"),
    ("BKHCN", "Bộ Khoa học và Công nghệ"),
    ("BNNMT", "Bộ Nông nghiệp và Môi trường"),
    ("BDTTG", "Bộ Dân tộc và Tôn giáo"),
    // Ended in February 2025.
    ("BGTVT", "Bộ Giao thông vận tải"),
    ("BNNPTNT", "Bộ Nông nghiệp và Phát triển nông thôn"),
    ("BNN", "Bộ Nông nghiệp và Phát triển nông thôn"),
    ("BTNMT", "Bộ Tài nguyên và Môi trường"),
    ("BTTTT", "Bộ Thông tin và Truyền thông"),
    ("BKHĐT", "Bộ Kế hoạch và Đầu tư"),
    ("BKH", "Bộ Kế hoạch và Đầu tư"),
    ("BLĐTBXH", "Bộ Lao động - Thương binh và Xã hội"),
    ("LĐTBXH", "Bộ Lao động - Thương binh và Xã hội"),
    ("UBDT", "Ủy ban Dân tộc"),
    // Ended in 2007 or before.
    ("BTM", "Bộ Thương mại"),
    ("BCN", "Bộ Công nghiệp"),
    ("BTS", "Bộ Thủy sản"),
    ("BVHTT", "Bộ Văn hóa - Thông tin"),
    ("BBCVT", "Bộ Bưu chính, Viễn thông"),
    ("BKHCNMT", "Bộ Khoa học, Công nghệ và Môi trường"),
    ("UBTDTT", "Ủy ban Thể dục thể thao"),
    // Partners in joint texts, and the Party.
    ("ĐCTUBTWMTTQVN", "Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam"),
    ("UBTWMTTQVN", "Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam"),
    ("TLĐ", "Tổng Liên đoàn Lao động Việt Nam"),
    ("TW", ""),
];

/// The issuer's name behind a canonical number, if its symbol says it.
pub(crate) fn issuer_of(number: &str) -> &'static str {
    let symbol = number.rsplit('/').next().unwrap_or_default();
    if symbol.contains("UBTVQH") {
        return "Ủy ban Thường vụ Quốc hội";
    }
    if symbol.starts_with("QH") {
        return "Quốc hội";
    }
    let issuer = symbol.split('-').nth(1).unwrap_or_default();
    ISSUERS.iter().find(|(known, _)| *known == issuer).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::issuer_of;

    #[test]
    fn the_symbol_says_who_issued() {
        for (number, expect) in [
            ("60/2014/QH13", "Quốc hội"),
            ("02/2020/UBTVQH14", "Ủy ban Thường vụ Quốc hội"),
            ("26/2005/PL-UBTVQH11", "Ủy ban Thường vụ Quốc hội"),
            ("123/2015/NĐ-CP", "Chính phủ"),
            ("06/QĐ-TTg", "Thủ tướng Chính phủ"),
            ("04/2020/TT-BTP", "Bộ Tư pháp"),
            ("74/2025/QĐ-UBND", ""),
            ("tep:ab", ""),
        ] {
            assert_eq!(issuer_of(number), expect, "{number}");
        }
    }
}
