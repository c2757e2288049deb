//! Brings the output directory in line with what is rendered: a [`Directory`]
//! says what that takes, a [`Stage`] does it, all or nothing. No file is held
//! any longer than it takes to compare it and to write it to the stage.
//!
//! A manifest in the directory lists the files that the tool wrote, with their
//! fingerprints. Only those are ever replaced or deleted without being told
//! to, and an edit made by hand shows in its fingerprint.

mod error;
mod manifest;
mod place;
mod plan;
mod stage;

pub use error::OutputError;
pub use manifest::MANIFEST;
pub use plan::{Action, Change, Directory, Found, Plan};
pub use stage::{Options, Stage};
