//! Metrics, labels and named queries.

use super::{Thresholds, Unit};
use crate::promql;
use crate::spec::shape::MetricType;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A metric of the user's own service.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: MetricType,
    /// What it counts or measures.
    pub help: Arc<str>,
    /// Unit of its values, in Prometheus's words.
    pub unit: Option<Arc<str>>,
    /// Its labels, in declared order.
    pub labels: Vec<Arc<str>>,
    /// A histogram's upper bounds in ascending order, `+Inf` left out.
    pub buckets: Vec<f64>,
    /// The job that exposes it, if it is known.
    pub job: Option<Arc<str>>,
}

/// Metrics of somebody else's exporter.
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// The job that exposes them, if it is known.
    pub job: Option<Arc<str>>,
    /// The metrics by name.
    pub metrics: BTreeMap<Arc<str>, Metric>,
}

/// What a label may hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What it says.
    pub help: Arc<str>,
    /// Its values, or examples.
    pub values: Vec<Arc<str>>,
    /// How many different values it may take.
    pub limit: Option<u32>,
}

impl Metric {
    /// The names of the series that it exposes.
    pub fn series(&self) -> impl Iterator<Item = String> {
        let suffixes: &[&str] = match self.kind {
            MetricType::Counter | MetricType::Gauge => &[""],
            MetricType::Histogram => &["", "_bucket", "_sum", "_count"],
            MetricType::Summary => &["", "_sum", "_count"],
        };
        suffixes
            .iter()
            .map(|suffix| format!("{}{suffix}", self.name))
    }
}

impl Label {
    /// Whether `values` are all that there can be, and not only examples.
    pub fn is_closed(&self) -> bool {
        let all = self.values.len();
        let limit = self.limit.map(|limit| limit as usize);
        all > 0 && limit.is_none_or(|limit| limit <= all)
    }
}

/// A named query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its name.
    pub name: Arc<str>,
    /// The question that it answers.
    pub help: Arc<str>,
    /// The parsed expression, `$window` still in it.
    pub expr: Arc<promql::Query>,
    /// The expression to paste into Prometheus: `$window` has become a duration.
    pub example: String,
    /// Unit of its values.
    pub unit: Option<Unit>,
    /// The thresholds that its values are judged by.
    pub thresholds: Option<Arc<Thresholds>>,
    /// Where it is used, sorted.
    pub used_by: Vec<QueryUse>,
}

/// A place that uses a named query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryUse {
    /// A panel.
    Panel {
        /// Title of the dashboard.
        dashboard: Arc<str>,
        /// Title of the panel.
        panel: Arc<str>,
    },
    /// An alert.
    Alert(Arc<str>),
    /// A recording rule.
    Record(Arc<str>),
}
