//! The table of checks: names, rules and sentences, from `prompts/checks.toml`. Report, settings and documentation
//! are made from it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::finding::Severity;

/// How a check finds what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum How {
    /// By rule.
    D,
    /// A rule finds, a person decides.
    H,
    /// A model suspects, a person decides.
    M,
    /// It asks.
    Q,
}

/// One check.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Number, 1 to 40.
    pub no: u8,
    /// Name.
    pub name: String,
    /// How it finds.
    pub how: How,
    /// What its findings weigh, unless a fault says otherwise.
    pub severity: Severity,
    /// Document and article of the rule.
    pub rule: String,
    /// `source` or `unverified`.
    pub mark: String,
    /// What is looked at, for the documentation.
    pub about: String,
    /// Why it is not done; empty for one that is.
    #[serde(default)]
    pub not_done: String,
    /// What of it no machine has looked at; empty where it looks at all of it.
    #[serde(default)]
    pub part: String,
    /// Whether it looks at nothing and only asks.
    #[serde(default)]
    pub asks: bool,
    /// A question to the drafter that belongs to it whatever the draft says.
    #[serde(default)]
    pub question: String,
    /// Faults by name.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
}

/// The sentences of a fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What is wrong.
    pub why: String,
    /// What to do; may be empty.
    #[serde(default)]
    pub suggestion: String,
    /// What it weighs, where not as the check.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Its rule, where not that of the check.
    #[serde(default)]
    pub rule: Option<String>,
    /// The mark of that rule.
    #[serde(default)]
    pub mark: Option<String>,
}

/// What a report says beside its findings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportWords {
    /// Its title.
    pub title: String,
    /// That it is a help, and who concludes.
    pub aid: String,
    /// What a rule's mark `unverified` means to its reader.
    pub unverified: String,
    /// That a finding is a suspicion.
    pub suspected: String,
    /// That nothing was found.
    pub nothing: String,
    /// That the draft came in another format and remarks stand in its plain text.
    pub of_text: String,
    /// That words of the findings `{list}` were not found in the Word file.
    pub unplaced: String,
    /// Over the rows that people fill in.
    pub human_head: String,
    /// What stays with people: a row each.
    pub human: Vec<String>,
}

/// All checks, by number.
#[derive(Clone, Debug)]
pub struct Table {
    checks: Vec<Check>,
    report: ReportWords,
    print: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    report: ReportWords,
    check: Vec<Check>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Where the text is no table of forty checks.
    pub fn read(text: &str) -> Result<Table, String> {
        let File { report, mut check } = toml::from_str(text).map_err(|error| error.to_string())?;
        check.sort_by_key(|check| check.no);
        if !check.iter().map(|check| check.no).eq(1..=40) {
            return Err("the checks are numbered 1 to 40, each once".to_owned());
        }
        // FNV-1a over the text: which sentences and severities a report was made with.
        let print = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Ok(Table { checks: check, report, print })
    }

    /// The table that ships with the product.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[expect(clippy::expect_used, reason = "a file of this repository, read by a test")]
    pub fn shipped() -> Table {
        Table::read(include_str!("../../../prompts/checks.toml")).expect("prompts/checks.toml")
    }

    /// A print of the table's text, for reports to name.
    pub fn print(&self) -> u64 {
        self.print
    }

    /// The report's own sentences.
    pub fn report(&self) -> &ReportWords {
        &self.report
    }

    /// All checks.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// A check by its number; the last for numbers out of range, which no caller has.
    pub fn check(&self, no: u8) -> &Check {
        &self.checks[usize::from(no.clamp(1, 40)) - 1]
    }
}

/// A sentence with its places filled.
pub(crate) fn filled(sentence: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(sentence.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
