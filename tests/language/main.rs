//! The specs language: what it accepts, what it refuses and in which words,
//! and the laws that its compilation obeys.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allow;
mod bad;
mod chaos;
mod directory;
mod docs;
mod harness;
mod identity;
mod jobs;
mod joins;
mod links;
mod once;
mod open;
mod order;
mod outline;
mod profile;
mod rules;
mod schema;
mod variables;
