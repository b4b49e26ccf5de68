//! Rank of normative documents, as data with dates: Luật 64/2025/QH15 điều 4 as amended by Luật
//! 87/2025/QH15.

use crate::number::kind_of;

/// Parts of a symbol and the rank of documents that bear it; 1 is the Constitution. The first that fits
/// counts.
const RANKS: [(&str, u8); 16] = [
    ("UBTVQH", 3),
    ("QH", 2),
    ("CTN", 4),
    ("NĐ-CP", 5),
    ("NQ-CP", 5),
    ("NQLT", 5),
    ("QĐ-TTg", 6),
    ("NQ-HĐTP", 7),
    ("TTLT", 9),
    ("TT-", 8),
    ("KTNN", 8),
    ("NQ-HĐND", 10),
    ("QĐ-CTUBND", 12),
    ("QĐ-UBND", 11),
    ("QĐ-UB", 11),
    ("CT-", 13),
];

/// The rank of a document by its number, lower is higher; 20 where the symbol tells none (công văn,
/// kế hoạch, internal documents).
pub fn rank(number: &str) -> u8 {
    let symbol = number.split_once('/').map_or("", |(_, symbol)| symbol);
    let found = RANKS.iter().find(|(part, _)| symbol.contains(part)).map(|(_, rank)| *rank);
    found.unwrap_or(if kind_of(number) == "Quyết định" { 14 } else { 20 })
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn laws_stand_above_decrees_and_circulars() {
        let order = [
            "60/2014/QH13",
            "02/2020/UBTVQH14",
            "123/2015/NĐ-CP",
            "22/2023/QĐ-TTg",
            "04/2020/TT-BTP",
            "10/2020/TTLT-BTC-BNV",
            "77/2025/NQ-HĐND",
            "74/2025/QĐ-UBND",
            "5710/QĐ-BCA-C06",
            "57/KH-UBND",
        ];
        assert!(
            order.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])),
            "{:?}",
            order.map(rank)
        );
    }
}
