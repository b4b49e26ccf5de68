//! How a fee is set. The portal's column is not an answer: it says "Miễn phí" beside notes that hold a price.

use serde::{Deserialize, Serialize};

use super::Channel;

/// What the portal's column says of a procedure without a fee.
pub const FREE: &str = "Miễn phí";
/// What a record says when the portal's column is silent; neither free nor a fee.
pub const UNKNOWN_FEE: &str = "cổng không nêu mức phí";

/// Words by which a note itself says that nothing is paid.
const NOTHING: [&str; 7] = [
    "không thu",
    "không quy định",
    "không được quy định",
    "chưa quy định",
    "miễn phí",
    "miễn lệ phí",
    "được miễn",
];

/// How a fee is set, read from column and note together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// Nothing is paid, and nothing speaks against it.
    Free,
    /// A sum is named.
    Amount,
    /// The People's Council of the province (Hội đồng nhân dân cấp tỉnh) sets it.
    Council,
    /// Another document sets it, and no sum is named.
    Rule,
    /// Not stated.
    #[default]
    Unknown,
}

impl Channel {
    /// How the fee of this way to file is set. A council beats a sum, for the sum is then an example of one
    /// province; a sum in the note beats the column.
    pub fn fee_kind(&self) -> FeeKind {
        let note = self.fee_note.to_lowercase();
        let column = self.fee.to_lowercase();
        let council = |text: &str| text.contains("hội đồng nhân dân") || text.contains("hđnd");
        if council(&note) || council(&column) {
            FeeKind::Council
        } else if priced(&note) || priced(&column) {
            FeeKind::Amount
        } else if refers(&note) || refers(&column) {
            FeeKind::Rule
        } else if column.starts_with("miễn") || column.starts_with("không thu") {
            FeeKind::Free
        } else {
            FeeKind::Unknown
        }
    }

    /// Whether the column must not be shown: it says "free" and the note does not, or its sum has lost its thousands.
    pub fn column_loses(&self) -> bool {
        self.lost_thousands() || self.free_beside_a_price()
    }

    /// Whether the column names a sum under 1,000 đồng, which nobody pays: "700 VNĐ" for 700.000.
    pub fn lost_thousands(&self) -> bool {
        viet::numbers(&self.fee).iter().any(|(number, _)| {
            number.unit == "đồng"
                && number.value.parse::<f64>().is_ok_and(|sum| sum > 0.0 && sum < 1000.0)
        })
    }

    fn free_beside_a_price(&self) -> bool {
        self.fee.split("; ").any(|part| part == FREE)
            && matches!(self.fee_kind(), FeeKind::Amount | FeeKind::Council | FeeKind::Rule)
    }
}

/// Whether a text names a sum of money that is not nothing.
pub(super) fn priced(text: &str) -> bool {
    viet::numbers(text).into_iter().any(|(number, _)| {
        matches!(number.unit.as_str(), "đồng" | "usd" | "USD" | "eur" | "EUR")
            && number.value.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
    }) || per_piece(text)
        || ["usd", "eur"].iter().any(|unit| {
            text.match_indices(unit)
                .any(|(at, _)| text[..at].trim_end().ends_with(|c: char| c.is_ascii_digit()))
        })
}

/// A sum without its currency: "8.000.000/lần", "150.000/giấy".
fn per_piece(text: &str) -> bool {
    text.match_indices(".000/").any(|(at, mark)| {
        text[..at].ends_with(|c: char| c.is_ascii_digit())
            && text[at + mark.len()..].starts_with(char::is_alphabetic)
    })
}

/// Whether a note leaves the sum to another document.
fn refers(text: &str) -> bool {
    let rule = ["thông tư", "nghị định", "nghị quyết", "luật phí", "pháp luật về phí", "biểu phí"];
    let set = [
        "theo quy định",
        "thực hiện theo",
        "quy định tại",
        "cấp tỉnh quy định",
        "cấp tỉnh quyết định",
    ];
    // What a note begins with, its bullets and "phí:" aside.
    let begins = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let begins =
        ["lệ phí", "phí"].iter().find_map(|word| begins.strip_prefix(word)).unwrap_or(begins);
    let begins = begins.trim_start_matches(|c: char| !c.is_alphabetic());
    (rule.iter().any(|word| text.contains(word)) || set.iter().any(|word| text.contains(word)))
        && !NOTHING.iter().any(|word| begins.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_and_note_together_tell_how_a_fee_is_set() {
        use FeeKind::{Amount, Council, Free, Rule, Unknown};
        for (fee, note, kind, loses) in [
            ("Miễn phí", "", Free, false),
            ("Miễn phí", "Không", Free, false),
            ("Miễn phí", "Không thu lệ phí theo Nghị định 10/2022/NĐ-CP", Free, false),
            ("Miễn phí", "- Lệ phí cấp: 135.000 đồng/lần.", Amount, true),
            ("Miễn phí", "Miễn phí cho người nghèo; trường hợp khác 5.000 đồng", Amount, true),
            ("Miễn phí", "0 đồng", Free, false),
            ("Miễn phí", "Hội đồng nhân dân cấp tỉnh quyết định, khoảng 8.000 đồng", Council, true),
            ("Miễn phí", "Thực hiện theo Thông tư số 244/2016/TT-BTC", Rule, true),
            ("Miễn phí", "theo quy định của Luật phí và lệ phí", Rule, true),
            ("50,000 Việt Nam Đồng", "", Amount, false),
            ("10 USD", "/bản", Amount, false),
            ("cổng không nêu mức phí", "", Unknown, false),
            ("cổng không nêu mức phí", "theo quy định của Bộ Tài chính", Rule, false),
            ("Theo nghị quyết của Hội đồng nhân dân Thành phố", "", Council, false),
            ("Miễn phí; 8,000 VNĐ", "", Amount, true),
            ("Miễn phí", "- Miễn lệ phí (Thông tư số 47/2019/TT-BTC)", Free, false),
            ("Miễn phí", "Phí: Không được quy định tại Biểu phí", Free, false),
            ("Miễn phí", "Cho một loại hình: 8.000.000/lần; thay đổi: 2.000.000/lần", Amount, true),
        ] {
            let channel = Channel { fee: fee.into(), fee_note: note.into(), ..Channel::default() };
            assert_eq!(
                (channel.fee_kind(), channel.column_loses()),
                (kind, loses),
                "{fee} | {note}"
            );
        }
    }
}
