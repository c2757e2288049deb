//! Grafana's own published code judges the dashboards: its TypeScript types,
//! its SDK, and the functions that color values and arrange tables. Models of the
//! Compose Specification judge the stack.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

#[path = "../engines/program.rs"]
mod program;
#[path = "../engines/reference.rs"]
mod reference;

mod compose;
mod dashboards;
mod judge;
mod tables;
mod thresholds;
mod units;
