//! The emitters: what events the language refuses, and whether the rendered
//! package is good Rust that exposes exactly the catalog.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod contract;
mod package;
mod refused;
mod shapes;

/// The reader that the runtime's own tests use, written from the descriptions
/// of the formats.
#[path = "../../templates/emitter/rust/tests/runtime/parser.rs"]
#[allow(dead_code, reason = "shared with the tests of the runtime")]
mod parser;
