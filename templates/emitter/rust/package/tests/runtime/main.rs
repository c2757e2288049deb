//! The runtime from outside, as a generated facade uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "a test may panic, and the numbers are exact"
)]

mod concurrency;
mod exposition;
mod facade;
mod guard;
mod parser;
mod promtool;
#[cfg(feature = "http")]
mod server;
