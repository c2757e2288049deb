//! The runtime of the metric emitters that dashwright generates.
//!
//! A generated package holds the [`runtime`] module as it is here, under typed
//! functions for the metrics and events of its specs. Everything that does not
//! depend on those specs is in this crate: the store, the text formats, the
//! HTTP server.
//!
//! ```
//! use dashwright_emitter_runtime::runtime::{Label, Metric, RegisterError, Registry};
//!
//! let registry = Registry::new();
//! let agent = Label::open("agent", 200);
//! let started = registry.counter(
//!     Metric { name: "agent_tasks_started_total", help: "Tasks started", unit: None },
//!     [&agent],
//! )?;
//!
//! started.inc(["planner"]);
//!
//! let (content_type, body) = registry.encode(None);
//! assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
//! assert!(String::from_utf8_lossy(&body).contains("agent_tasks_started_total{agent=\"planner\"} 1\n"));
//! # Ok::<(), RegisterError>(())
//! ```

pub mod runtime;
