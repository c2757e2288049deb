//! Brings the output directory in line with what was rendered: [`plan`] says
//! what that takes, [`apply`] does it, all or nothing.
//!
//! A manifest in the directory lists the files that the tool wrote, with their
//! fingerprints. Only those are ever replaced or deleted without being told
//! to, and an edit made by hand shows in its fingerprint.

mod apply;
mod error;
mod manifest;
mod place;
mod plan;

pub use apply::{Options, apply};
pub use error::OutputError;
pub use manifest::MANIFEST;
pub use plan::{Action, Change, Found, Plan, plan};
