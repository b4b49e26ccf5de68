//! Subjects that people name without saying what they want of them.

use serde::{Deserialize, Serialize};

/// A subject that several procedures fit ("giấy phép xây dựng"): who names it and no more is asked which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its name: `Giấy phép xây dựng`.
    pub topic: String,
    /// How people name it: `xin phép xây dựng`.
    pub said: Vec<String>,
    /// What it may be about, the most asked first.
    pub options: Vec<TopicOption>,
}

/// One procedure of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicOption {
    /// Its code.
    pub code: String,
    /// What tells it from the others, in a few words: `Gia hạn`.
    pub label: String,
}
