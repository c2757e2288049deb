//! The real promtool, amtool, Prometheus and Alertmanager judge what is
//! generated from the reference specs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what is not as expected fails its test"
)]

mod demo;
mod grafana;
mod http;
mod live;
mod program;
mod random;
mod reference;
#[allow(dead_code, reason = "other tests start servers that speak TLS")]
mod server;
mod webhook;

mod files;
mod flow;
mod proof;
mod queries;
mod routes;
mod rules;
mod stack;
mod verify;
