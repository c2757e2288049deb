//! The series that exist: of declared metrics, external catalogs and recording
//! rules, and those that Prometheus makes itself.

use super::Jobs;
use crate::diagnostic::{Code, Diagnostic, Span, Spanned, nearest};
use crate::model::Metric;
use crate::promql::{self, Selector, Series, SeriesKind};
use crate::spec::shape::MetricType;
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// Labels that every scraped series gets from its target.
const TARGET_LABELS: [&str; 2] = ["instance", "job"];

/// Series that Prometheus makes of each scrape, with the labels of its targets.
const SCRAPE_SERIES: [&str; 7] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_sample_limit",
    "scrape_timeout_seconds",
];

/// Series that Prometheus makes of alerts, with whatever labels these have.
const ALERT_SERIES: [&str; 2] = ["ALERTS", "ALERTS_FOR_STATE"];

/// What is known about the series of one name.
#[derive(Debug)]
struct Known {
    metric: Arc<str>,
    kind: SeriesKind,
    labels: Vec<Arc<str>>,
    /// Those of the labels that not all of the series may have.
    optional: Vec<Arc<str>>,
    /// Labels that are the same on all series.
    fixed: Vec<(Arc<str>, Arc<str>)>,
    /// The scrape job that they are of, if that is known.
    job: Option<Arc<str>>,
    defined: Option<Span>,
    labels_defined: Option<Span>,
    buckets: Vec<f64>,
    /// In Prometheus's words, if it is declared.
    unit: Option<Arc<str>>,
}

impl Known {
    fn new(metric: Arc<str>, kind: SeriesKind) -> Self {
        Self {
            metric,
            kind,
            labels: Vec::new(),
            optional: Vec::new(),
            fixed: Vec::new(),
            job: None,
            defined: None,
            labels_defined: None,
            buckets: Vec::new(),
            unit: None,
        }
    }

    /// Series that targets expose, with their labels.
    fn exposed(
        metric: &Arc<str>,
        kind: SeriesKind,
        carried: &Carried,
        extra: Option<&str>,
        defined: Option<Span>,
    ) -> Self {
        let mut labels = carried.labels.clone();
        labels.extend(extra.map(Arc::from));
        for label in TARGET_LABELS {
            if !labels.iter().any(|own| &**own == label) {
                labels.push(label.into());
            }
        }
        Self {
            labels,
            optional: carried.optional.clone(),
            fixed: carried.fixed.clone(),
            job: carried.job.clone(),
            defined,
            labels_defined: carried.defined,
            ..Self::new(Arc::clone(metric), kind)
        }
    }

    /// Leaves what is also known of further series of the same name.
    fn join(&mut self, other: Self) {
        let lone = |these: &[Arc<str>], those: &[Arc<str>]| {
            let lone = these.iter().filter(|label| !those.contains(label));
            lone.cloned().collect::<Vec<_>>()
        };
        let added = lone(&other.labels, &self.labels);
        let missed = lone(&self.labels, &other.labels);
        let optional = [other.optional, missed, added.clone()].concat();
        self.optional.extend(lone(&optional, &self.optional));
        self.labels.extend(added);
        self.fixed.retain(|fixed| other.fixed.contains(fixed));
        if self.job != other.job {
            self.job = None;
        }
    }
}

/// The labels of a metric's series.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// All of them.
    pub(super) labels: Vec<Arc<str>>,
    /// Those that not all series may have.
    pub(super) optional: Vec<Arc<str>>,
    /// Those that are the same on all series, with their value.
    pub(super) fixed: Vec<(Arc<str>, Arc<str>)>,
    /// The scrape job that exposes them, if it is known.
    pub(super) job: Option<Arc<str>>,
    /// Where they are declared.
    pub(super) defined: Option<Span>,
}

/// All series by name.
#[derive(Debug)]
pub(super) struct SeriesCatalog {
    series: HashMap<Arc<str>, Known>,
}

impl promql::Catalog for SeriesCatalog {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        let known = self.series.get(series)?;
        Some(Series {
            metric: &known.metric,
            kind: known.kind,
            labels: known.labels.iter().map(|label| &**label).collect(),
            optional: known.optional.iter().map(|label| &**label).collect(),
            fixed: known
                .fixed
                .iter()
                .map(|(label, value)| (&**label, &**value))
                .collect(),
            unit: known.unit.as_deref(),
            defined: known.defined,
            labels_defined: known.labels_defined,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.series.keys().map(|name| &**name))
    }
}

impl SeriesCatalog {
    /// The series that every Prometheus with these jobs has.
    pub(super) fn new(jobs: &Jobs<'_>) -> Self {
        let mut catalog = Self {
            series: HashMap::new(),
        };
        let carried = Carried {
            labels: jobs.labels(None),
            optional: jobs.optional(None, &[]),
            ..Carried::default()
        };
        for series in SCRAPE_SERIES {
            let name = Arc::from(series);
            let known = Known::exposed(&name, SeriesKind::Gauge, &carried, None, None);
            catalog.series.insert(name, known);
        }
        for series in ALERT_SERIES {
            let name = Arc::from(series);
            let known = Known::new(Arc::clone(&name), SeriesKind::Open);
            catalog.series.insert(name, known);
        }
        catalog
    }

    /// Whether the series of that name carry the label.
    pub(super) fn carries(&self, series: &str, label: &str) -> bool {
        self.series
            .get(series)
            .is_some_and(|known| known.labels.iter().any(|own| &**own == label))
    }

    /// Which labels all series carry that a selector selects. None, where it is
    /// not known which these are.
    pub(super) fn carried_by_all(&self, selector: &Selector) -> impl Fn(&str) -> bool + use<'_> {
        let selected: Vec<&Known> = match selector.metric_name() {
            Some(name) => self.series.get(name).into_iter().collect(),
            None => {
                let pattern = selector.name_pattern();
                let named = self.series.iter().filter(|(name, known)| {
                    let exists = known.kind != SeriesKind::HistogramBase;
                    exists && pattern.as_ref().is_some_and(|own| own.accepts(name))
                });
                named.map(|(_, known)| known).collect()
            }
        };
        move |label| {
            let carries = |known: &&Known| known.labels.iter().any(|own| &**own == label);
            !selected.is_empty() && selected.iter().all(carries)
        }
    }

    /// The scrape job that the series of that name are of, if it is known.
    pub(super) fn job(&self, series: &str) -> Option<&Arc<str>> {
        self.series.get(series)?.job.as_ref()
    }

    /// Whether there are series of that name.
    pub(super) fn contains(&self, series: &str) -> bool {
        self.series.contains_key(series)
    }

    /// Where the series of that name, and their labels, are defined.
    pub(super) fn defined(&self, series: &str) -> Option<(Option<Span>, Option<Span>)> {
        self.series
            .get(series)
            .map(|known| (known.defined, known.labels_defined))
    }

    /// "metric X has no label Y", with the nearest label of its series.
    pub(super) fn unknown_label(
        &self,
        series: &str,
        metric: &str,
        label: &str,
        at: Span,
    ) -> Diagnostic {
        let near = nearest(label, self.labels(series));
        let text = near.map_or("no such label".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        let found = Diagnostic::new(
            Code::UnknownLabel,
            format!("metric `{metric}` has no label `{label}`"),
        )
        .at(at, text);
        match self.defined(series) {
            Some((_, Some(declared))) => found.because(declared, "labels are declared here"),
            _ => found,
        }
    }

    /// The labels that series of that name carry.
    fn labels(&self, series: &str) -> impl Iterator<Item = &str> {
        self.series
            .get(series)
            .into_iter()
            .flat_map(|known| known.labels.iter().map(|label| &**label))
    }

    /// Adds what is defined but broken, so that its uses are not reported as
    /// well: any series that it may have meant.
    pub(super) fn insert_broken(&mut self, name: &Spanned<Arc<str>>) {
        for suffix in ["", "_bucket", "_sum", "_count"] {
            let known = Known {
                defined: Some(name.span),
                ..Known::new(name.value.clone(), SeriesKind::Broken)
            };
            let series = Arc::from(format!("{name}{suffix}"));
            self.series.entry(series).or_insert(known);
        }
    }

    /// The bounds of the buckets of a histogram's series, without `+Inf`.
    pub(super) fn buckets(&self, series: &str) -> &[f64] {
        self.series.get(series).map_or(&[], |known| &known.buckets)
    }

    /// Adds the series of a recording rule.
    pub(super) fn record(&mut self, name: &Spanned<Arc<str>>, carried: Carried) {
        let known = Known {
            labels: carried.labels,
            optional: carried.optional,
            fixed: carried.fixed,
            defined: Some(name.span),
            labels_defined: carried.defined,
            ..Known::new(name.value.clone(), SeriesKind::Untyped)
        };
        // A name that is taken has been reported; its users mean the first.
        self.series.entry(name.value.clone()).or_insert(known);
    }

    /// Whether the series belong to something that is defined but broken.
    pub(super) fn is_broken(&self, series: &str) -> bool {
        self.series
            .get(series)
            .is_some_and(|known| known.kind == SeriesKind::Broken)
    }

    /// Says what a metric measures.
    pub(super) fn set_unit(&mut self, metric: &Metric) {
        for series in metric.series() {
            if let Some(known) = self.series.get_mut(series.as_str()) {
                known.unit.clone_from(&metric.unit);
            }
        }
    }

    /// Gives a histogram's series the bounds of its buckets, without `+Inf`.
    pub(super) fn set_buckets(&mut self, metric: &str, buckets: &[f64]) {
        if let Some(known) = self.series.get_mut(format!("{metric}_bucket").as_str()) {
            known.buckets = buckets.to_vec();
        }
    }

    /// Adds the series that a metric of this type exposes.
    pub(super) fn insert_metric(
        &mut self,
        name: &Arc<str>,
        kind: Option<MetricType>,
        carried: &Carried,
        defined: Option<Span>,
    ) {
        for (suffix, kind, extra) in exposed(kind) {
            let known = Known::exposed(name, *kind, carried, *extra, defined);
            self.series
                .insert(Arc::from(format!("{name}{suffix}")), known);
        }
    }

    /// Adds that another job exposes a metric of that name and type as well.
    pub(super) fn share_metric(
        &mut self,
        name: &Arc<str>,
        kind: Option<MetricType>,
        carried: &Carried,
    ) {
        for (suffix, kind, extra) in exposed(kind) {
            if let Some(known) = self.series.get_mut(format!("{name}{suffix}").as_str()) {
                known.join(Known::exposed(name, *kind, carried, *extra, None));
            }
        }
    }
}

/// The series that a metric of a type exposes: what is behind its name, what
/// they are, and the label that they have beside the metric's.
fn exposed(
    kind: Option<MetricType>,
) -> &'static [(&'static str, SeriesKind, Option<&'static str>)] {
    match kind {
        Some(MetricType::Counter) => &[("", SeriesKind::Counter, None)],
        Some(MetricType::Gauge) => &[("", SeriesKind::Gauge, None)],
        Some(MetricType::Histogram) => &[
            ("", SeriesKind::HistogramBase, None),
            ("_bucket", SeriesKind::HistogramBucket, Some("le")),
            ("_sum", SeriesKind::HistogramSum, None),
            ("_count", SeriesKind::HistogramCount, None),
        ],
        Some(MetricType::Summary) => &[
            ("", SeriesKind::SummaryQuantile, Some("quantile")),
            ("_sum", SeriesKind::SummarySum, None),
            ("_count", SeriesKind::SummaryCount, None),
        ],
        None => &[("", SeriesKind::Untyped, None)],
    }
}
