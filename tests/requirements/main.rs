//! The reference system, row by row: the files that it consists of, and what
//! each of them must hold.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

#[path = "../engines/reference.rs"]
mod reference;

mod alerts;
mod dashboards;
mod documentation;
mod json;
mod panels;
mod provisioning;
mod stack;
