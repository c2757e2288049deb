//! The emitters: what events the language refuses, whether the rendered packages
//! are good code that exposes exactly the catalog, and templates of the user's own.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod contract;
mod judges;
mod languages;
mod package;
mod refused;
mod shapes;
mod taken;
mod templates;

/// The reader that the runtime's own tests use, written from the descriptions
/// of the formats.
#[path = "../../templates/emitter/rust/package/tests/runtime/parser.rs"]
#[allow(dead_code, reason = "shared with the tests of the runtime")]
mod parser;

#[path = "../engines/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the engines")]
mod http;
#[path = "../engines/program.rs"]
#[allow(dead_code, reason = "shared with the tests of the engines")]
mod program;
#[path = "../engines/server.rs"]
#[allow(dead_code, reason = "shared with the tests of the engines")]
mod server;
