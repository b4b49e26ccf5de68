//! What is made of a report for people: the page to read and print, the draft's Word file with remarks.

use std::sync::Arc;

use jiff::Timestamp;
use review::{Draft, Report, Sheet};

use super::Desk;
use crate::app::Setup;
use crate::clock::now;
use crate::commands::Usage;

/// What is made of a report for people.
pub(crate) struct Made<'a> {
    pub(super) desk: &'a Desk,
    pub(super) report: &'a Report,
    prompts: Arc<infer::Prompts>,
    pub(super) notes: Vec<String>,
    file: &'a str,
    at: Timestamp,
    versions: Vec<(String, String)>,
}

impl<'a> Made<'a> {
    pub(crate) fn new(
        setup: &Setup,
        desk: &'a Desk,
        report: &'a Report,
        notes: &[String],
        file: &'a str,
    ) -> anyhow::Result<Made<'a>> {
        let notes = notes.iter().chain(&report.notes).cloned().collect();
        let names = ["kho dữ liệu", "bảng phép kiểm tra", "chương trình"];
        let versions = desk.versions().map(|(_, version)| version);
        let versions = names.map(str::to_owned).into_iter().zip(versions).collect();
        Ok(Made { desk, report, prompts: setup.prompts()?, notes, file, at: now(), versions })
    }

    /// The page to read and print.
    pub(crate) fn html(&self) -> String {
        self.with(|sheet| web::report::page(self.report, sheet))
    }

    /// The draft's Word file with remarks, and what its reader should know of it.
    pub(crate) fn word(
        &self,
        bytes: &[u8],
        draft: &Draft,
    ) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
        let (remarks, numbers) = self.with(|sheet| review::remarks(self.report, sheet));
        let exe = std::env::current_exe()?;
        let (done, of_text) = ingest::remark_draft(
            &exe,
            self.file,
            bytes,
            draft.text(),
            draft.look.as_ref(),
            &remarks,
        )
        .map_err(|refused| Usage(format!("{}: {refused}", self.file)))?;
        let mut about = Vec::new();
        if of_text {
            about.push(self.desk.table.report().of_text.clone());
        }
        if !done.unplaced.is_empty() {
            let mut list: Vec<String> =
                done.unplaced.iter().map(|&at| numbers[at].to_string()).collect();
            list.dedup();
            about.push(self.desk.table.report().unplaced.replace("{list}", &list.join(", ")));
        }
        Ok((done.bytes, about))
    }

    pub(super) fn status(&self, status: &str) -> String {
        self.prompts.sentence(&format!("label_status_{status}")).unwrap_or(status).to_owned()
    }

    fn with<T>(&self, make: impl FnOnce(&Sheet<'_>) -> T) -> T {
        make(&Sheet {
            words: self.desk.table.report(),
            status: &|status| self.status(status),
            file: self.file,
            at: self.at,
            notes: &self.notes,
            versions: &self.versions,
        })
    }
}
