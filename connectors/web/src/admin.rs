//! Pages for those who run this: figures, corpora, decisions, feedback, conversations, accounts, the audit log.

mod accounts;
mod control;
mod corpus;
mod eval;
mod feedback;
mod gaps;
mod home;
mod lab;
mod talks;

pub use accounts::{account, accounts, first_password, trail};
pub use control::{Curated, Held, control};
pub use corpus::{Job, JobState, Outline, SourceRow, VersionRow, corpus, job, jobs_table, tree};
pub use eval::{Run, evaluations};
pub use feedback::{Row, feedback};
pub use gaps::gaps;
pub use home::{Home, home};
pub use lab::{Asked, Expected, Found, lab};
pub use talks::{TalkRow, talk, talks};
