//! What sort of message it is, by its words: danger, a wish for a person, small talk, what we must not do, what is
//! not ours, or an ordinary question. A softmax over words and pairs of them, folded, so that it hears messages
//! without marks as well; its weights are fitted by `khue fit routes` and stand in `routes.json`, where a person can
//! read what each word says. It takes microseconds and needs no model.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Sorts of messages, as the labels of `eval/routes` name them; the first six are dangers.
pub const SORTS: [&str; 12] = [
    "fire",
    "water",
    "police",
    "medical",
    "child",
    "despair",
    "handoff",
    "complaint",
    "greeting",
    "unsafe",
    "out_of_scope",
    "none",
];

/// How many of the [`SORTS`] are dangers: the first.
pub const DANGERS: usize = 6;

/// Weights of words with the report of their fitting, as `khue fit routes` writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// How they were fitted, and how well: for people.
    #[serde(default)]
    pub report: BTreeMap<String, serde_json::Value>,
    /// For each word or pair, folded, what it says for and against the sorts, by their index in [`SORTS`]; the empty
    /// word stands in every message.
    pub words: BTreeMap<String, BTreeMap<usize, f32>>,
}

impl Listener {
    /// The weights that ship with the program.
    pub fn shipped() -> &'static Listener {
        static SHIPPED: LazyLock<Listener> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../routes.json")).unwrap_or_default()
        });
        &SHIPPED
    }

    /// How likely a message is of each sort; together 1.
    pub fn likely(&self, text: &str) -> Likely {
        let grams = grams(text);
        let length = (grams.len().max(1) as f32).sqrt();
        // A text of which nothing is known is ordinary.
        if !grams.iter().any(|gram| self.words.contains_key(gram)) {
            let mut none = [0.0; SORTS.len()];
            none[SORTS.len() - 1] = 1.0;
            return Likely(none);
        }
        let mut scores = [0.0; SORTS.len()];
        for gram in &grams {
            for (i, weight) in self.words.get(gram).into_iter().flatten() {
                scores[*i] += weight / length;
            }
        }
        for (i, weight) in self.words.get("").into_iter().flatten() {
            scores[*i] += weight;
        }
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let parts = scores.map(|score| (score - top).exp());
        let all: f32 = parts.iter().sum();
        Likely(parts.map(|part| part / all))
    }
}

/// How likely a message is of each of the [`SORTS`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likely([f32; SORTS.len()]);

impl Likely {
    /// The likelihood of a sort by its name; 0 for a name that is none.
    pub fn of(&self, sort: &str) -> f32 {
        SORTS.iter().position(|name| *name == sort).map_or(0.0, |i| self.0[i])
    }

    /// The likelihood of any danger, and the likeliest of them.
    pub fn danger(&self) -> (f32, &'static str) {
        let likeliest = (0..DANGERS).max_by(|&a, &b| self.0[a].total_cmp(&self.0[b]));
        (self.0[..DANGERS].iter().sum(), SORTS[likeliest.unwrap_or_default()])
    }

    /// The likeliest sort.
    pub fn likeliest(&self) -> &'static str {
        let likeliest = (0..SORTS.len()).max_by(|&a, &b| self.0[a].total_cmp(&self.0[b]));
        SORTS[likeliest.unwrap_or_default()]
    }
}

/// The words and pairs of words that a message is heard by, folded, each once and in order. Figures say nothing.
pub fn grams(text: &str) -> Vec<String> {
    let folded = viet::fold(&text.to_lowercase());
    let words = viet::syllables(&folded).into_iter().map(|token| token.text);
    let words: Vec<&str> =
        words.filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())).collect();
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    let mut grams: Vec<String> = words.iter().map(|word| (*word).to_owned()).chain(pairs).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_is_what_was_typed_without_marks() {
        assert_eq!(grams("Cháy nhà 12! chay nha"), ["chay", "chay nha", "nha", "nha chay"]);
        let shipped = Listener::shipped();
        assert!(shipped.words.len() > 1000);
        for (text, sort) in [
            ("ông ngoại tự nhiên gục xuống, gọi hoài không trả lời", "medical"),
            ("ong ngoai tu nhien guc xuong goi hoai khong tra loi", "medical"),
            ("đăng ký khai sinh cho con cần giấy tờ gì", "none"),
            ("bồi thường tai nạn lao động thế nào", "none"),
        ] {
            assert_eq!(shipped.likely(text).likeliest(), sort, "{text}");
        }
    }
}
