//! The web: who may embed the widget ([`Origins`]), what a page proves about its conversation ([`Visit`]), what it
//! loads ([`assets`]), the page that works without script ([`form`]), and the pages of those who sign in: [`house`] the
//! frame around them, [`signin`], [`staff`], [`desk`], [`admin`]; and the [`report`] of a draft review. No HTTP here: the server serves it.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod admin;
pub mod assets;
pub mod desk;
pub mod form;
pub mod house;
mod origin;
pub mod report;
mod shown;
pub mod signin;
pub mod staff;
mod visit;

pub use origin::{Origin, Origins};
pub use shown::Say;
pub use visit::{Denied, Visit};
