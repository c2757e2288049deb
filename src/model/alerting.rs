//! Rules, ready to be written.

use super::{Known, Thresholds};
use crate::promql::{self, PromDuration};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A group of rules that are evaluated one after the other.
#[derive(Debug, Clone)]
pub struct RuleGroup {
    /// Its name.
    pub name: Arc<str>,
    /// How often it is evaluated; Prometheus's interval if not given.
    pub interval: Option<PromDuration>,
    /// Most series or alerts that a rule may make.
    pub limit: Option<u32>,
    /// Recording rules, each after those that it reads.
    pub records: Vec<Record>,
    /// Alerts, sorted by name.
    pub alerts: Vec<Alert>,
}

/// A recording rule.
#[derive(Debug, Clone)]
pub struct Record {
    /// Name of the recorded series.
    pub name: Arc<str>,
    /// What it holds.
    pub help: Option<Arc<str>>,
    /// The expression.
    pub expr: String,
    /// The expression as written, `$window` still in it.
    pub source: Arc<promql::Query>,
    /// The named query that it records, unless the expression is its own.
    pub query: Option<Arc<str>>,
    /// Labels added to the series.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
}

/// An alert.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its name.
    pub name: Arc<str>,
    /// The expression, over several lines where that reads better.
    pub expr: String,
    /// The expression as written: its own, or its query's without the level.
    pub source: Arc<promql::Query>,
    /// Where the expression comes from, unless it is a raw one.
    pub condition: Option<Condition>,
    /// How bad it is.
    pub severity: Arc<str>,
    /// How long the condition must hold.
    pub r#for: Option<PromDuration>,
    /// How long it goes on firing after the condition has ended.
    pub keep_firing_for: Option<PromDuration>,
    /// Labels that its series can have, sorted; `None` if they are not known.
    pub carries: Option<Vec<Arc<str>>>,
    /// All its labels, `severity` included.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// All its annotations, `summary` included.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// The panel that shows it, as keys of dashboard and panel.
    pub panel: Option<(Arc<str>, Arc<str>)>,
    /// Its unit tests.
    pub tests: Vec<UnitTest>,
}

impl Alert {
    /// What is known of a label that it has when it leaves Prometheus, which
    /// adds `external` labels.
    pub fn label(&self, label: &str, external: &BTreeMap<Arc<str>, Arc<str>>) -> Known {
        let carried = self
            .carries
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| **name == *label));
        match (label, self.labels.get(label)) {
            ("alertname", _) => Known::Is(self.name.clone()),
            (_, Some(template)) if template.contains("{{") => Known::Open,
            (_, Some(value)) => Known::Is(value.clone()),
            (_, None) if carried => Known::Open,
            (_, None) => Known::Is(external.get(label).cloned().unwrap_or_default()),
        }
    }
}

/// A query past a level.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Name of the query.
    pub query: Arc<str>,
    /// The query with the alert's window in it.
    pub expr: Arc<promql::Query>,
    /// The thresholds.
    pub thresholds: Arc<Thresholds>,
    /// Name of the level.
    pub level: Arc<str>,
    /// The bound.
    pub bound: f64,
}

/// A unit test of an alert, for `promtool test rules`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitTest {
    /// What it shows.
    pub name: String,
    /// Time between samples.
    pub interval: PromDuration,
    /// What is fed in.
    pub series: Vec<InputSeries>,
    /// When to look.
    pub at: PromDuration,
    /// The alerts that must fire then.
    pub fires: Vec<UnitTestAlert>,
}

/// A series fed into a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSeries {
    /// Name and labels.
    pub series: String,
    /// Samples in promtool's notation.
    pub values: String,
}

/// An alert that a test expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitTestAlert {
    /// All its labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// All its annotations, rendered.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
}
