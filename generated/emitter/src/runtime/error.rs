//! Why a metric could not be registered.

use std::error::Error;
use std::fmt;

/// Why a metric could not be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is not one that Prometheus allows.
    InvalidName {
        /// The metric.
        metric: String,
    },
    /// A label name that Prometheus does not allow or keeps for itself, or
    /// `le` on a histogram.
    InvalidLabel {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
    },
    /// A label is named twice.
    DuplicateLabel {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
    },
    /// A name that the metric would expose belongs to another metric: its
    /// own, one with `_bucket`, `_sum` or `_count`, or the family that a
    /// counter has in `OpenMetrics`.
    NameTaken {
        /// The metric.
        metric: String,
        /// The name that both would expose.
        name: String,
    },
    /// The upper bounds of the buckets are not finite, not in strictly
    /// ascending order, or there are none.
    InvalidBuckets {
        /// The metric.
        metric: String,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { metric } => write!(f, "`{metric}` is not a metric name"),
            Self::InvalidLabel { metric, label } => {
                write!(f, "metric `{metric}` cannot have a label `{label}`")
            }
            Self::DuplicateLabel { metric, label } => {
                write!(f, "metric `{metric}` has label `{label}` twice")
            }
            Self::NameTaken { metric, name } => {
                write!(
                    f,
                    "metric `{metric}` exposes `{name}`, as another metric does"
                )
            }
            Self::InvalidBuckets { metric } => write!(
                f,
                "the buckets of metric `{metric}` need finite bounds, at least one, in strictly ascending order"
            ),
        }
    }
}

impl Error for RegisterError {}
