//! The series that exist: declared metrics, external catalogs, recorded
//! series, and those that Prometheus makes itself.

use super::Jobs;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned, nearest};
use crate::model::{External, Label, Metric};
use crate::promql::{self, Series, SeriesKind};
use crate::spec::shape::{self, MetricType, Specs};
use crate::spec::{ExposedMetric, Files, Named, read_exposition};
use std::collections::{BTreeMap, HashMap};
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
    defined: Option<Span>,
    labels_defined: Option<Span>,
    buckets: Vec<f64>,
    /// In Prometheus's words, if it is declared.
    unit: Option<Arc<str>>,
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
        for series in SCRAPE_SERIES {
            let labels = jobs.all_labels().into_iter().map(Arc::from).collect();
            let name = Arc::from(series);
            catalog.insert(
                Arc::clone(&name),
                &name,
                SeriesKind::Gauge,
                labels,
                None,
                None,
            );
        }
        for series in ALERT_SERIES {
            let name = Arc::from(series);
            catalog.insert(
                Arc::clone(&name),
                &name,
                SeriesKind::Open,
                Vec::new(),
                None,
                None,
            );
        }
        catalog
    }

    /// Whether the series of that name carry the label.
    pub(super) fn carries(&self, series: &str, label: &str) -> bool {
        self.series
            .get(series)
            .is_some_and(|known| known.labels.iter().any(|own| &**own == label))
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
                metric: name.value.clone(),
                kind: SeriesKind::Broken,
                labels: Vec::new(),
                defined: Some(name.span),
                labels_defined: None,
                buckets: Vec::new(),
                unit: None,
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
    pub(super) fn record(
        &mut self,
        name: &Spanned<Arc<str>>,
        labels: Vec<Arc<str>>,
        labels_span: Span,
    ) {
        let known = Known {
            metric: name.value.clone(),
            kind: SeriesKind::Untyped,
            labels,
            defined: Some(name.span),
            labels_defined: Some(labels_span),
            buckets: Vec::new(),
            unit: None,
        };
        // A name that is taken has been reported; its users mean the first.
        self.series.entry(name.value.clone()).or_insert(known);
    }

    fn insert(
        &mut self,
        series: Arc<str>,
        metric: &Arc<str>,
        kind: SeriesKind,
        mut labels: Vec<Arc<str>>,
        defined: Option<Span>,
        labels_defined: Option<Span>,
    ) {
        for label in TARGET_LABELS {
            if !labels.iter().any(|own| &**own == label) {
                labels.push(label.into());
            }
        }
        let known = Known {
            metric: metric.clone(),
            kind,
            labels,
            defined,
            labels_defined,
            buckets: Vec::new(),
            unit: None,
        };
        self.series.insert(series, known);
    }

    /// Whether the series belong to something that is defined but broken.
    pub(super) fn is_broken(&self, series: &str) -> bool {
        self.series
            .get(series)
            .is_some_and(|known| known.kind == SeriesKind::Broken)
    }

    /// Says what a metric measures.
    fn set_unit(&mut self, metric: &Metric) {
        for series in metric.series() {
            if let Some(known) = self.series.get_mut(series.as_str()) {
                known.unit.clone_from(&metric.unit);
            }
        }
    }

    fn set_buckets(&mut self, metric: &str, buckets: &[f64]) {
        if let Some(known) = self.series.get_mut(format!("{metric}_bucket").as_str()) {
            known.buckets = buckets.to_vec();
        }
    }

    /// Adds the series that a metric of this type exposes.
    fn insert_metric(
        &mut self,
        name: &Arc<str>,
        kind: Option<MetricType>,
        labels: &[Arc<str>],
        defined: Option<Span>,
        labels_defined: Option<Span>,
    ) {
        let mut add = |suffix: &str, kind: SeriesKind, extra: Option<&str>| {
            let series = Arc::from(format!("{name}{suffix}"));
            let labels = labels.iter().cloned().chain(extra.map(Arc::from)).collect();
            self.insert(series, name, kind, labels, defined, labels_defined);
        };
        match kind {
            Some(MetricType::Counter) => add("", SeriesKind::Counter, None),
            Some(MetricType::Gauge) => add("", SeriesKind::Gauge, None),
            Some(MetricType::Histogram) => {
                add("", SeriesKind::HistogramBase, None);
                add("_bucket", SeriesKind::HistogramBucket, Some("le"));
                add("_sum", SeriesKind::HistogramSum, None);
                add("_count", SeriesKind::HistogramCount, None);
            }
            Some(MetricType::Summary) => {
                add("", SeriesKind::SummaryQuantile, Some("quantile"));
                add("_sum", SeriesKind::SummarySum, None);
                add("_count", SeriesKind::SummaryCount, None);
            }
            None => add("", SeriesKind::Untyped, None),
        }
    }
}

/// Resolves the `metrics` section and enters it into the catalog.
pub(super) fn metrics(
    specs: &Specs,
    jobs: &Jobs<'_>,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> BTreeMap<Arc<str>, Metric> {
    let mut metrics = BTreeMap::new();
    for Named { name, item } in &specs.metrics {
        check_metric_name(name, sink);
        let Some(spec) = item else {
            catalog.insert_broken(name);
            continue;
        };
        check_labels(&spec.labels, sink);
        let buckets = buckets(name, spec, sink);
        let job = jobs.find(spec.job.as_ref(), sink);
        let labels: Vec<Arc<str>> = super::values(&spec.labels);
        let mut carried = labels.clone();
        carried.extend(jobs.labels(job.as_ref()));
        let labels_defined = match (spec.labels.first(), spec.labels.last()) {
            (Some(first), Some(last)) => Some(Span {
                end: last.span.end,
                ..first.span
            }),
            _ => Some(name.span),
        };
        catalog.insert_metric(
            &name.value,
            Some(spec.kind.value),
            &carried,
            Some(name.span),
            labels_defined,
        );
        catalog.set_buckets(name.as_str(), &buckets);
        let metric = Metric {
            name: name.value.clone(),
            kind: spec.kind.value,
            help: spec.help.value.clone(),
            unit: super::value(spec.unit.as_ref()),
            labels,
            buckets,
            job,
        };
        catalog.set_unit(&metric);
        metrics.insert(name.value.clone(), metric);
    }
    metrics
}

fn buckets(name: &Spanned<Arc<str>>, spec: &shape::Metric, sink: &mut Sink) -> Vec<f64> {
    match (spec.kind.value, &spec.buckets) {
        (MetricType::Histogram, Some(buckets)) => {
            if buckets.value.is_empty() {
                sink.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        format!("the histogram `{name}` has no bucket"),
                    )
                    .at(buckets.span, "needs at least one upper bound"),
                );
            }
            for pair in buckets.value.windows(2) {
                if pair[0].value >= pair[1].value {
                    sink.push(
                        Diagnostic::new(
                            Code::InvalidValue,
                            "buckets must have ascending upper bounds",
                        )
                        .at(pair[1].span, format!("not above {}", pair[0].value))
                        .because(pair[0].span, "the bound before it"),
                    );
                }
            }
            super::values(&buckets.value)
        }
        (MetricType::Histogram, None) => {
            sink.push(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("the histogram `{name}` has no `buckets`"),
                )
                .at(name.span, "needs `buckets`")
                .help(
                    "give upper bounds, such as `buckets: [0.1, 0.5, 1, 5, 30]`; `+Inf` is added",
                ),
            );
            Vec::new()
        }
        (kind, Some(buckets)) => {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!(
                        "only histograms have buckets, and `{name}` is a {}",
                        kind.word()
                    ),
                )
                .at(buckets.span, "not for this type")
                .because(spec.kind.span, "the type is given here"),
            );
            Vec::new()
        }
        (_, None) => Vec::new(),
    }
}

/// Resolves the `external` section and enters it into the catalog.
pub(super) fn external(
    specs: &Specs,
    files: &Files,
    jobs: &Jobs<'_>,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> BTreeMap<Arc<str>, External> {
    let mut all = BTreeMap::new();
    for Named { name, item } in &specs.external {
        let Some(spec) = item else { continue };
        let job = jobs.find(spec.job.as_ref(), sink);
        check_labels(&spec.labels, sink);
        let mut extra = jobs.labels(job.as_ref());
        extra.extend(super::values(&spec.labels));
        let mut metrics = BTreeMap::new();
        let mut add = |metric: Arc<str>,
                       kind: Option<MetricType>,
                       help: Arc<str>,
                       labels: Vec<Arc<str>>,
                       at: Span,
                       sink: &mut Sink| {
            if let Some((Some(first), _)) = catalog.defined(&metric) {
                sink.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        format!("the metric `{metric}` is defined twice"),
                    )
                    .at(at, "defined again")
                    .because(first, "first defined here"),
                );
                return;
            }
            let carried: Vec<_> = labels.iter().chain(&extra).cloned().collect();
            catalog.insert_metric(&metric, kind, &carried, Some(at), Some(at));
            let kind = kind.unwrap_or(MetricType::Gauge);
            let entry = Metric {
                name: metric.clone(),
                kind,
                help,
                unit: None,
                labels,
                buckets: Vec::new(),
                job: job.clone(),
            };
            metrics.insert(metric, entry);
        };
        for declared in &spec.metrics {
            check_metric_name(&declared.name, sink);
            let Some(metric) = &declared.item else {
                continue;
            };
            check_labels(&metric.labels, sink);
            let help = super::value(metric.help.as_ref()).unwrap_or_default();
            let labels = super::values(&metric.labels);
            add(
                declared.name.value.clone(),
                Some(metric.kind.value),
                help,
                labels,
                declared.name.span,
                sink,
            );
        }
        if let Some(file) = &spec.file {
            for (metric, ExposedMetric { kind, help, labels }) in saved(file, files, sink) {
                let labels = labels
                    .iter()
                    .map(|label| Arc::from(label.as_str()))
                    .collect();
                add(metric.into(), kind, help.into(), labels, file.span, sink);
            }
        }
        all.insert(name.value.clone(), External { job, metrics });
    }
    all
}

fn saved(
    file: &Spanned<Arc<str>>,
    files: &Files,
    sink: &mut Sink,
) -> BTreeMap<String, ExposedMetric> {
    let text = match files.read_beside(file.as_str()) {
        Ok(text) => text,
        Err(error) => {
            sink.push(
                Diagnostic::new(
                    Code::Unreadable,
                    format!("cannot read the exposition `{file}`: {error}"),
                )
                .at(file.span, "named here")
                .help("the path is relative to the specs directory"),
            );
            return BTreeMap::new();
        }
    };
    read_exposition(&text).unwrap_or_else(|line| {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!(
                    "line {line} of `{file}` is neither a sample nor a comment of an exposition"
                ),
            )
            .at(file.span, "named here"),
        );
        BTreeMap::new()
    })
}

/// Resolves the `labels` section.
pub(super) fn labels(specs: &Specs) -> BTreeMap<Arc<str>, Label> {
    let labels = specs.labels.iter().filter_map(|named| {
        let spec = named.item.as_ref()?;
        let label = Label {
            help: spec.help.value.clone(),
            values: super::values(&spec.values),
            limit: super::value(spec.limit.as_ref()),
        };
        Some((named.name.value.clone(), label))
    });
    labels.collect()
}

pub(super) fn check_metric_name(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if name.as_str().is_empty()
        || name.as_str().starts_with(|c: char| c.is_ascii_digit())
        || !name.as_str().chars().all(valid)
    {
        sink.push(
            Diagnostic::new(Code::InvalidName, format!("`{name}` is no metric name"))
                .at(name.span, "letters, digits, `_` and `:`, no digit in front"),
        );
    }
}

/// Label names must be Prometheus's; those with two leading underscores are its own.
pub(super) fn check_label_name(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = name.as_str();
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(valid)
    {
        sink.push(
            Diagnostic::new(Code::InvalidName, format!("`{name}` is no label name"))
                .at(name.span, "letters, digits and `_`, no digit in front"),
        );
    } else if text.starts_with("__") {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("the label name `{name}` is Prometheus's own"),
            )
            .at(name.span, "`__` in front is reserved"),
        );
    }
}

fn check_labels(labels: &[Spanned<Arc<str>>], sink: &mut Sink) {
    for (index, label) in labels.iter().enumerate() {
        check_label_name(label, sink);
        if let "le" | "quantile" = label.as_str() {
            sink.push(
                Diagnostic::new(
                    Code::InvalidName,
                    format!("the label `{label}` is made by histograms and summaries"),
                )
                .at(label.span, "must not be declared"),
            );
        }
        if let Some(first) = labels[..index]
            .iter()
            .find(|earlier| earlier.value == label.value)
        {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("the label `{label}` is given twice"),
                )
                .at(label.span, "given again")
                .because(first.span, "first given here"),
            );
        }
    }
}
