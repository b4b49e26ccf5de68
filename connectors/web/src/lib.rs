//! The web: who may embed the widget ([`Origins`]), what a page proves about its conversation ([`Visit`]), what it
//! loads ([`assets`]), and the page that works without script ([`form`]). No HTTP here: the server serves it.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assets;
pub mod form;
mod origin;
mod visit;

pub use origin::{Origin, Origins};
pub use visit::{Denied, Visit};
