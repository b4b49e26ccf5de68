//! The checks, one file a family. Each takes the case and puts what it finds; none reads what another thinks of the
//! draft, none takes the draft at its word.

pub(crate) mod amounts;
pub(crate) mod basis;
pub(crate) mod bodies;
pub(crate) mod catalogue;
pub(crate) mod cited;
pub(crate) mod cues;
pub(crate) mod form;
pub(crate) mod identity;
pub(crate) mod likeness;
pub(crate) mod look;
pub(crate) mod machine;
pub(crate) mod private;
pub(crate) mod spelling;
pub(crate) mod structure;
pub(crate) mod targets;
pub(crate) mod terms;
pub(crate) mod time;

use crate::case::{Case, Found};

/// A family: the numbers of its checks, and how it is run.
type Family = (&'static [u8], fn(&Case<'_>, &mut Found));

/// In the order of work: what the draft is, what it cites, when it holds, how it is built, what it changes, whom it
/// names, what it sets up, how it compares.
pub(crate) const ALL: [Family; 15] = [
    (&[1, 2], identity::run),
    (&[35, 36], form::run),
    (&[35], look::run),
    (&[4, 5, 6, 7, 8, 9], basis::run),
    (&[9, 10], cited::run),
    (&[14, 15, 16], time::run),
    (&[12, 13], structure::run),
    (&[18, 19], targets::run),
    (&[31, 37], bodies::run),
    (&[3, 17, 21, 24, 27, 28, 29, 30], cues::run),
    (&[32, 33], terms::run),
    (&[34], spelling::run),
    (&[39], private::run),
    (&[38], machine::run),
    (&[11, 20, 22, 23], likeness::run),
];
