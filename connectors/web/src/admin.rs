//! Pages for those who run this: figures, corpora, decisions, feedback, conversations, accounts, the audit log.

mod accounts;
mod control;
mod corpus;
mod feedback;
mod home;
mod talks;

pub use accounts::{account, accounts, first_password, trail};
pub use control::{Curated, Held, control};
pub use corpus::{Job, JobState, SourceRow, VersionRow, corpus, job, jobs_table};
pub use feedback::{Row, feedback};
pub use home::{Home, home};
pub use talks::{TalkRow, talk, talks};
