//! Systems that are broken on purpose: `dashwright verify` names the cause of
//! each. Real Prometheus and Alertmanager judge with it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what is not as expected fails its test"
)]

#[path = "../engines/http.rs"]
mod http;
#[path = "../engines/program.rs"]
#[allow(dead_code, reason = "judges of files are asked elsewhere")]
mod program;
#[path = "../engines/server.rs"]
#[allow(dead_code, reason = "other servers are asked more")]
mod server;

mod case;
mod run;
mod service;

mod docs;
mod exposed;
mod hostile;
mod routing;
mod scraped;
