//! What `diff` says, story by story; and laws that hold for all of them.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

mod breaks;
mod foreign;
#[path = "../cli/git.rs"]
mod git;
mod laws;
mod records;
mod revisions;
mod side;
mod stories;
mod told;
