//! dashwright compiles declarative specs into a whole Prometheus and Grafana
//! monitoring stack.
//!
//! The modules are rooms, listed in the order in which they may use each
//! other: each one uses only those above it. `docs/architecture.md` says what
//! belongs where; a test holds the order.

pub mod diagnostic;

pub mod promql;

pub mod template;

pub mod spec;

pub mod model;

pub mod resolve;

pub mod check;

pub mod render;

pub mod output;

pub mod diff;

pub mod verify;

pub mod report;

pub mod cli;
