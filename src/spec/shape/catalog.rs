//! Metrics, labels, thresholds, queries.

use crate::diagnostic::{Sink, Spanned};
use crate::spec::node::{Node, Value};
use crate::spec::reader::{FromMap, FromNode, MapReader, Named, choice, record, wrong_type};
use crate::spec::schema::{Book, Keys, Schema};
use crate::spec::{Decimals, Quantity};
use std::sync::Arc;

choice! {
    /// Prometheus's metric types.
    MetricType {
        /// Only grows, but for restarts.
        Counter = "counter",
        /// Goes up and down.
        Gauge = "gauge",
        /// Counts observations in buckets.
        Histogram = "histogram",
        /// Quantiles computed by the service.
        Summary = "summary",
    }

    /// In which direction a value gets worse.
    Worse {
        /// High values are bad; the default.
        Higher = "higher",
        /// Low values are bad.
        Lower = "lower",
    }
}

record! {
    /// A metric that the user's own service emits.
    Metric {
        /// Its type.
        required kind "type": Spanned<MetricType>,
        /// What it counts or measures, in one sentence.
        required help "help": Spanned<Arc<str>>,
        /// Unit of its values, in Prometheus's words (`seconds`, `bytes`, `usd`).
        optional unit "unit": Spanned<Arc<str>>,
        /// Names of its labels, in the order in which the emitter takes them.
        list labels "labels": Vec<Spanned<Arc<str>>>,
        /// Upper bounds of a histogram's buckets, `+Inf` left out.
        optional buckets "buckets": Spanned<Vec<Spanned<f64>>>,
        /// The metric that takes its place.
        optional renamed_to "renamed_to": Spanned<Arc<str>>,
        /// Why it will go.
        optional deprecated "deprecated": Spanned<Arc<str>>,
        /// The scrape job that exposes it; may be left out if there is only one.
        optional job "job": Spanned<Arc<str>>,
    }

    /// Metrics that somebody else's exporter exposes: no emitter is made.
    External {
        /// A saved exposition to read names, types and labels from, relative
        /// to the specs directory.
        optional file "file": Spanned<Arc<str>>,
        /// Metrics declared in short.
        list metrics "metrics": Vec<Named<ExternalMetric>>,
        /// Labels that relabelling adds to all of them.
        list labels "labels": Vec<Spanned<Arc<str>>>,
        /// The scrape job that exposes them.
        optional job "job": Spanned<Arc<str>>,
    }

    /// A metric of somebody else's exporter.
    ExternalMetric {
        /// Its type.
        required kind "type": Spanned<MetricType>,
        /// What it counts or measures.
        optional help "help": Spanned<Arc<str>>,
        /// Names of its labels.
        list labels "labels": Vec<Spanned<Arc<str>>>,
    }

    /// What a label may hold.
    Label {
        /// What it says.
        required help "help": Spanned<Arc<str>>,
        /// The closed set of its values, or examples if `limit` allows more.
        list values "values": Vec<Spanned<Arc<str>>>,
        /// How many different values it may take.
        optional limit "limit": Spanned<u32>,
    }

    /// A named expression.
    Query {
        /// The question that it answers.
        required help "help": Spanned<Arc<str>>,
        /// PromQL; `$window` stands for the range that its user chooses.
        required expr "expr": Spanned<Arc<str>>,
        /// Grafana unit of the result.
        optional unit "unit": Spanned<Arc<str>>,
        /// The thresholds that its values are judged by.
        optional thresholds "thresholds": Spanned<Arc<str>>,
        /// Legend of its series, with `{{label}}`.
        optional legend "legend": Spanned<Arc<str>>,
        /// What `$window` means in panels unless they say otherwise.
        optional window "window": Spanned<Arc<str>>,
        /// Decimals to show.
        optional decimals "decimals": Decimals,
        /// Lower end of gauges and axes.
        optional min "min": Spanned<Quantity>,
        /// Upper end of gauges and axes.
        optional max "max": Spanned<Quantity>,
        /// Variables that must not filter it.
        optional unfiltered "unfiltered": Unfiltered,
    }
}

/// Which variables leave a query alone.
#[derive(Debug, Clone)]
pub enum Unfiltered {
    /// All of them (`true`) or none (`false`).
    All(bool),
    /// Those that are named.
    Only(Vec<Spanned<Arc<str>>>),
}

/// Levels by name, and the direction in which they get worse.
#[derive(Debug, Clone)]
pub struct Thresholds {
    /// Direction; `higher` if not given.
    pub worse: Worse,
    /// Color where no level applies.
    pub normal: Option<Spanned<Arc<str>>>,
    /// The levels, as written.
    pub levels: Vec<(Spanned<Arc<str>>, Level)>,
}

/// The bound of a level.
#[derive(Debug, Clone)]
pub struct Level {
    /// Where the level starts.
    pub value: Spanned<Quantity>,
    /// Its color, if it is not the level's usual one.
    pub color: Option<Spanned<Arc<str>>>,
}

record! {
    /// A level with a color of its own.
    LongLevel {
        /// Where the level starts.
        required value "value": Spanned<Quantity>,
        /// Its color.
        optional color "color": Spanned<Arc<str>>,
    }
}

impl Schema for Level {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([Quantity::schema, LongLevel::schema])
    }
}

impl FromNode for Level {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Map(_) = node.value {
            let long = LongLevel::from_node(node, sink)?;
            return Some(Self {
                value: long.value,
                color: long.color,
            });
        }
        Some(Self {
            value: FromNode::from_node(node, sink)?,
            color: None,
        })
    }
}

impl FromMap for Thresholds {
    const NAME: &'static str = "Thresholds";
    const ABOUT: &'static [&'static str] =
        &["Levels by name, each with its bound, and the direction in which they get worse."];

    fn keys(keys: &mut Keys<'_>) {
        keys.key::<Worse>("worse", &["In which direction values get worse."]);
        keys.key::<Arc<str>>("normal", &["Color where no level applies."]);
        keys.others::<Level>();
        keys.allow();
    }

    fn from_map(map: &mut MapReader<'_, '_>, sink: &mut Sink) -> Option<Self> {
        map.allowances(sink);
        let worse = map.optional("worse", sink).unwrap_or(Worse::Higher);
        let normal = map.optional("normal", sink);
        let levels: Vec<_> = map
            .rest()
            .into_iter()
            .map(|entry| {
                let name = Spanned::new(Arc::from(&*entry.key), entry.key_span);
                Some((name, Level::from_node(&entry.value, sink)?))
            })
            .collect();
        // With a level missing, uses of it would be reported as well.
        let levels = levels.into_iter().collect::<Option<_>>()?;
        Some(Self {
            worse,
            normal,
            levels,
        })
    }
}

impl Schema for Unfiltered {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([bool::schema, <Vec<Arc<str>>>::schema])
    }
}

impl FromNode for Unfiltered {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Seq(_) => Vec::from_node(node, sink).map(Self::Only),
            Value::Scalar { .. } => bool::from_node(node, sink).map(Self::All),
            Value::Null | Value::Map(_) => {
                sink.push(wrong_type(node, "`true` or a list of variables"));
                None
            }
        }
    }
}
