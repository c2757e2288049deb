//! Stores metrics, writes them in the Prometheus text formats and serves them.
//!
//! Metrics are registered once, in a [`Registry`], and come back as families:
//! [`CounterFamily`], [`GaugeFamily`], [`HistogramFamily`]. A family takes the
//! values of its labels by position, as many as it was registered with, which
//! the compiler checks. For hot paths, `with` returns a handle to one series:
//! [`Counter`], [`Gauge`], [`Histogram`].
//!
//! # What a caller can rely on
//!
//! - **Updates do not wait for scrapes.** An update of a known series takes no
//!   lock and allocates nothing. The first update of a new label value
//!   allocates its series, under short locks that no scrape ever holds.
//! - **Memory is bounded.** Each open label has a limit. Values are admitted
//!   first come, first served; past the limit, updates go to the series whose
//!   value is [`OVERFLOW_VALUE`] and are counted in [`FOLDED_TOTAL`]. A
//!   label shared by several metrics is one set: a value admitted for one is
//!   admitted for all. Values are cut to [`MAX_VALUE_BYTES`].
//! - **Bad numbers do no harm.** What would make a series useless (not finite,
//!   or negative in a histogram) is not recorded, but counted in
//!   [`DROPPED_TOTAL`].
//! - **Nothing here panics.**
//!
//! # Exposition
//!
//! Names are written exactly as registered. Families come in the order of
//! registration, series sorted by their labels, so equal contents are equal
//! bytes. The `_count` of a histogram is the sum of the buckets it is written
//! with. In `OpenMetrics`, a counter `x_total` is the family `x`; a counter
//! with another name is exposed with type `unknown`, since the format does not
//! allow such counters. A unit is written only when the name ends in it, which
//! the format demands.

#![forbid(unsafe_code)]

mod accept;
mod cell;
mod error;
mod exposition;
mod family;
mod gate;
#[cfg(feature = "http")]
mod http;
mod index;
mod label;
mod metric;
mod registry;
mod store;
mod text;

pub use error::RegisterError;
#[cfg(feature = "http")]
pub use http::{ServeError, Server, ServerOptions};
pub use label::{Label, MAX_VALUE_BYTES, OVERFLOW_VALUE};
pub use metric::{Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily};
pub use registry::{DROPPED_TOTAL, FOLDED_TOTAL, Metric, Overflow, Registry, TRUNCATED_TOTAL};

/// The primitives under the store, named here once so that the tests can put
/// a model checker in their place.
mod sync {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
    pub(crate) use std::sync::{Mutex, OnceLock, PoisonError};
}
