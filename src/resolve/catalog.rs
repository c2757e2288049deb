//! Metrics, those of others and labels, as the specs declare them.

use super::Jobs;
use super::series::{Carried, SeriesCatalog};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{External, Label, Metric};
use crate::spec::shape::{self, MetricType, Specs};
use crate::spec::{ExposedMetric, Files, Named, read_exposition};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

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
        let labels_defined = match (spec.labels.first(), spec.labels.last()) {
            (Some(first), Some(last)) => Some(Span {
                end: last.span.end,
                ..first.span
            }),
            _ => Some(name.span),
        };
        let carried = Carried {
            labels: [labels.clone(), jobs.labels(job.as_ref())].concat(),
            optional: jobs.optional(job.as_ref(), &labels),
            fixed: jobs.fixed(job.as_ref(), &labels),
            job: job.clone(),
            defined: labels_defined,
        };
        let metric = Metric {
            name: name.value.clone(),
            kind: spec.kind.value,
            help: spec.help.value.clone(),
            unit: super::value(spec.unit.as_ref()),
            labels,
            buckets,
            job,
        };
        report_taken(name, &metric, catalog, sink);
        catalog.insert_metric(&name.value, Some(metric.kind), &carried, Some(name.span));
        catalog.set_buckets(name.as_str(), &metric.buckets);
        catalog.set_unit(&metric);
        metrics.insert(name.value.clone(), metric);
    }
    metrics
}

/// Reports a metric whose series are those of another one, or of Prometheus.
fn report_taken(
    name: &Spanned<Arc<str>>,
    metric: &Metric,
    catalog: &SeriesCatalog,
    sink: &mut Sink,
) {
    let taken = metric.series().find_map(|series| {
        let (first, _) = catalog.defined(&series)?;
        (!catalog.is_broken(&series)).then_some((series, first))
    });
    let Some((series, first)) = taken else {
        return;
    };
    let diagnostic = Diagnostic::new(
        Code::DuplicateName,
        format!("the series `{series}` exists already"),
    )
    .at(name.span, "would make it again");
    sink.push(match first {
        Some(first) => diagnostic.because(first, "makes it"),
        None => diagnostic.help("Prometheus makes it by itself, and every query knows it"),
    });
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

/// Resolves the `external` section and enters it into the catalog. Exporters
/// have metrics in common, such as those of their language's runtime.
pub(super) fn external(
    specs: &Specs,
    files: &Files,
    jobs: &Jobs<'_>,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> BTreeMap<Arc<str>, External> {
    let mut all = BTreeMap::new();
    let mut kinds: HashMap<Arc<str>, Option<MetricType>> = HashMap::new();
    for Named { name, item } in &specs.external {
        let Some(spec) = item else { continue };
        let job = jobs.find(spec.job.as_ref(), sink);
        check_labels(&spec.labels, sink);
        let extra = super::values(&spec.labels);
        let mut metrics: BTreeMap<Arc<str>, Metric> = BTreeMap::new();
        let mut add = |metric: Arc<str>,
                       kind: Option<MetricType>,
                       help: Arc<str>,
                       labels: Vec<Arc<str>>,
                       optional: Vec<Arc<str>>,
                       at: Span,
                       sink: &mut Sink| {
            let of_others = kinds.get(&metric).copied();
            let of_others = of_others.filter(|_| !metrics.contains_key(&metric));
            if of_others != Some(kind)
                && let Some((Some(first), _)) = catalog.defined(&metric)
            {
                sink.push(twice(&metric, kind, at, of_others, first));
                return;
            }
            let own = [&*labels, &*extra].concat();
            let carried = Carried {
                fixed: jobs.fixed(job.as_ref(), &own),
                optional: [optional, jobs.optional(job.as_ref(), &own)].concat(),
                labels: [own, jobs.labels(job.as_ref())].concat(),
                job: job.clone(),
                defined: Some(at),
            };
            match of_others {
                Some(_) => catalog.share_metric(&metric, kind, &carried),
                None => catalog.insert_metric(&metric, kind, &carried, Some(at)),
            }
            kinds.insert(Arc::clone(&metric), kind);
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
                Vec::new(),
                declared.name.span,
                sink,
            );
        }
        if let Some(file) = &spec.file {
            let shared = |labels: Vec<String>| labels.into_iter().map(Arc::from).collect();
            for (metric, exposed) in saved(file, files, sink) {
                let ExposedMetric { kind, help, .. } = exposed;
                let (labels, optional) = (shared(exposed.labels), shared(exposed.optional));
                let (metric, help) = (metric.into(), help.into());
                add(metric, kind, help, labels, optional, file.span, sink);
            }
        }
        all.insert(name.value.clone(), External { job, metrics });
    }
    forget_jobs_of_shared(&mut all);
    all
}

/// Of a metric that several jobs expose, it is not known which one does.
fn forget_jobs_of_shared(all: &mut BTreeMap<Arc<str>, External>) {
    let mut jobs: HashMap<Arc<str>, BTreeSet<Option<Arc<str>>>> = HashMap::new();
    for metric in all.values().flat_map(|own| own.metrics.values()) {
        let of_metric = jobs.entry(Arc::clone(&metric.name)).or_default();
        of_metric.insert(metric.job.clone());
    }
    for metric in all.values_mut().flat_map(|own| own.metrics.values_mut()) {
        if jobs.get(&metric.name).is_some_and(|jobs| jobs.len() > 1) {
            metric.job = None;
        }
    }
}

/// A metric that is there already, of `another` type if another exporter has it.
fn twice(
    metric: &str,
    kind: Option<MetricType>,
    at: Span,
    another: Option<Option<MetricType>>,
    first: Span,
) -> Diagnostic {
    let word = |kind: Option<MetricType>| kind.map_or("untyped", MetricType::word);
    let found = |message| Diagnostic::new(Code::DuplicateName, message);
    match another {
        Some(another) => found(format!(
            "the metric `{metric}` is `{}` in one catalog and `{}` in another",
            word(another),
            word(kind)
        ))
        .at(at, word(kind))
        .because(first, word(another))
        .help("exporters may have metrics in common if these have the same type; leave one out"),
        None => found(format!("the metric `{metric}` is defined twice"))
            .at(at, "defined again")
            .because(first, "first defined here"),
    }
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
pub(super) fn labels(specs: &Specs, sink: &mut Sink) -> BTreeMap<Arc<str>, Label> {
    let labels = specs.labels.iter().filter_map(|named| {
        let spec = named.item.as_ref()?;
        if let Some(limit) = spec.limit.as_ref().filter(|limit| limit.value == 0) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("the label `{}` could have no value", named.name),
                )
                .at(limit.span, "at least 1"),
            );
        }
        report_twice(&spec.values, "the value", sink);
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

/// Reports what stands twice in a list.
pub(super) fn report_twice(list: &[Spanned<Arc<str>>], what: &str, sink: &mut Sink) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for item in list {
        if let Some(first) = seen.insert(item.as_str(), item.span) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("{what} `{item}` is given twice"),
                )
                .at(item.span, "given again")
                .because(first, "first given here"),
            );
        }
    }
}

fn check_labels(labels: &[Spanned<Arc<str>>], sink: &mut Sink) {
    report_twice(labels, "the label", sink);
    for label in labels {
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
    }
}
