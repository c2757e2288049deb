//! Judges an exposition by the catalog: every declared metric is there as it
//! is declared.

use super::Tally;
use super::exposition::{Exposition, Family, Sample};
use super::place::Places;
use super::words::{counted, kin, list, number};
use crate::diagnostic::{Code, Diagnostic, Sink, SourceId, Span, nearest};
use crate::model::{Label, Metric, Model};
use crate::spec::shape::MetricType;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// Prefixes of metrics that client libraries expose about themselves.
const USUAL: [&str; 9] = [
    "process_",
    "python_",
    "nodejs_",
    "go_",
    "jvm_",
    "promhttp_",
    "scrape_",
    "net_",
    "tokio_",
];
/// What emitters say about themselves: a series for each metric and label
/// that they had to fold, cut or drop values of.
const OWN: [(&str, &str); 3] = [
    (
        "emitter_label_values_folded_total",
        "values beyond the label's limit were counted as `_other`",
    ),
    (
        "emitter_label_values_truncated_total",
        "values were longer than a label may be, and cut",
    ),
    (
        "emitter_values_dropped_total",
        "values were no numbers that the metric can take, and dropped",
    ),
];
/// The series that emitters fold further label values into.
const OVERFLOW: &str = "_other";

/// One target's exposition, and the source that it is shown as.
pub(super) struct Exposed<'t> {
    pub(super) id: SourceId,
    pub(super) exposition: Exposition<'t>,
    /// The job that the target belongs to, if that is known.
    pub(super) job: Option<Arc<str>>,
}

impl Exposed<'_> {
    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.id, range.start, range.end)
    }
}

/// Judges all expositions together: a metric may be in any of them.
pub(super) fn judge(
    exposed: &[Exposed<'_>],
    model: &Model,
    places: Places<'_>,
    sink: &mut Sink,
) -> Tally {
    for target in exposed {
        for fault in &target.exposition.faults {
            sink.push(
                Diagnostic::new(Code::ExpositionSyntax, "the exposition cannot be read")
                    .at(target.span(&fault.place), &fault.message)
                    .help("Prometheus takes nothing from an exposition with a line that it cannot read"),
            );
        }
        duplicates(target, sink);
    }
    let families: Vec<(&Exposed<'_>, &Family<'_>)> = exposed
        .iter()
        .flat_map(|target| {
            target
                .exposition
                .families
                .iter()
                .map(move |family| (target, family))
        })
        .collect();
    let unreadable = exposed
        .iter()
        .any(|target| !target.exposition.faults.is_empty());
    let undeclared = undeclared(&families, model);
    let mut tally = Tally::default();
    let mut silent = Vec::new();
    for metric in expected(exposed, &families, model) {
        tally.all += 1;
        let own: Vec<_> = families
            .iter()
            .filter(|(_, family)| family.metric() == *metric.name)
            .copied()
            .collect();
        let mut found = Sink::default();
        if own.is_empty() {
            // What cannot be read may hold it.
            if unreadable {
                tally.all -= 1;
                continue;
            }
            found.push(missing(metric, &undeclared, places));
        }
        for (target, family) in &own {
            compare(target, family, metric, model, places, &mut found);
        }
        if !own.is_empty() && own.iter().all(|(_, family)| family.samples.is_empty()) {
            silent.push(metric);
        }
        tally.good += usize::from(!found.has_errors());
        sink.absorb(found);
    }
    if let [first, ..] = silent.as_slice() {
        let names = silent.iter().map(|metric| &metric.name);
        let finding = Diagnostic::new(
            Code::NoSeriesYet,
            format!(
                "{} exposed without any series: {}",
                is_are(silent.len()),
                list(names)
            ),
        );
        sink.push(
            at(
                finding,
                places.metric(&first.name).map(|named| named.name.span),
                "",
            )
            .note("series with labels come into being with the first event that has their values"),
        );
    }
    list_undeclared(&undeclared, sink);
    own_metrics(&families, places, sink);
    tally
}

fn is_are(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, "metric"))
}

fn at(diagnostic: Diagnostic, span: Option<Span>, text: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, text),
        None => diagnostic,
    }
}

/// The metrics of the jobs that the targets belong to. Where that is not
/// known, those of every job of which any metric is exposed; and if there is
/// none, all.
fn expected<'m>(
    exposed: &[Exposed<'_>],
    families: &[(&Exposed<'_>, &Family<'_>)],
    model: &'m Model,
) -> Vec<&'m Metric> {
    let names: HashSet<_> = families.iter().map(|(_, family)| family.metric()).collect();
    let mut jobs: BTreeSet<Option<&str>> = exposed
        .iter()
        .filter_map(|target| target.job.as_deref().map(Some))
        .collect();
    if exposed.iter().any(|target| target.job.is_none()) {
        let met = model
            .metrics
            .values()
            .filter(|metric| names.contains(&*metric.name));
        jobs.extend(met.map(|metric| metric.job.as_deref()));
    }
    let all = |metric: &&Metric| {
        jobs.is_empty() || metric.job.is_none() || jobs.contains(&metric.job.as_deref())
    };
    model.metrics.values().filter(all).collect()
}

fn missing(metric: &Metric, undeclared: &[(Span, &str)], places: Places<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        Code::MetricNotExposed,
        format!("the metric `{}` is not exposed", metric.name),
    );
    let span = places.metric(&metric.name).map(|named| named.name.span);
    let finding = at(finding, span, "declared here");
    match kin(&metric.name, undeclared.iter().map(|(_, name)| *name)) {
        Some(name) => {
            let place = undeclared.iter().find(|(_, other)| *other == name);
            let finding = finding.help(format!("`{name}` is exposed and not declared: was one of them renamed?"));
            match place {
                Some((span, _)) => finding.because(*span, "a similar name"),
                None => finding,
            }
        }
        None => finding.help("call what emits it, or take it out of the specs; a library may expose it only after its first use"),
    }
}

fn compare(
    target: &Exposed<'_>,
    family: &Family<'_>,
    metric: &Metric,
    model: &Model,
    places: Places<'_>,
    sink: &mut Sink,
) {
    let spec = places
        .metric(&metric.name)
        .and_then(|named| named.item.as_ref());
    let name_span = places.metric(&metric.name).map(|named| named.name.span);
    let here = |span: Option<Span>| span.or(name_span);
    let said = family.kind.as_ref().map_or("untyped", |kind| &kind.text);
    if said != kind_word(metric.kind) {
        let line = family.kind.as_ref().map_or(&family.line, |kind| &kind.line);
        let finding = Diagnostic::new(
            Code::ExposedType,
            format!(
                "`{}` is exposed as {}, and declared as {}",
                metric.name,
                article(said),
                article(kind_word(metric.kind))
            ),
        );
        sink.push(
            at(
                finding,
                here(spec.map(|spec| spec.kind.span)),
                "declared here",
            )
            .because(target.span(line), format!("exposed as {}", article(said))),
        );
        // Labels and buckets of another type would say the same again.
        return;
    }
    if let Some(help) = &family.help
        && *help.text != *metric.help
    {
        let finding = Diagnostic::new(
            Code::ExposedHelp,
            format!("`{}` is exposed with another help", metric.name),
        );
        sink.push(
            at(
                finding,
                here(spec.map(|spec| spec.help.span)),
                "declared here",
            )
            .because(target.span(&help.line), "exposed here"),
        );
    }
    if let Some(unit) = &family.unit
        && Some(&*unit.text) != metric.unit.as_deref()
    {
        let declared = metric.unit.as_deref().unwrap_or("none");
        let finding = Diagnostic::new(
            Code::ExposedUnit,
            format!(
                "`{}` is exposed in `{}`, and its declared unit is `{declared}`",
                metric.name, unit.text
            ),
        );
        let place = spec
            .and_then(|spec| spec.unit.as_ref())
            .map(|unit| unit.span);
        sink.push(
            at(finding, here(place), "declared here")
                .because(target.span(&unit.line), "exposed here"),
        );
    }
    let labels_at = here(
        spec.and_then(|spec| spec.labels.first())
            .map(|label| label.span),
    );
    if let Some(finding) = labels(target, family, metric) {
        sink.push(at(finding, labels_at, "declared here"));
    } else {
        values(target, family, metric, model, places, sink);
    }
    let buckets_at = here(
        spec.and_then(|spec| spec.buckets.as_ref())
            .map(|buckets| buckets.span),
    );
    if let Some(finding) = buckets(target, family, metric) {
        sink.push(at(finding, buckets_at, "declared here"));
    }
}

fn article(kind: &str) -> String {
    match kind {
        "info" | "untyped" | "unknown" => format!("an {kind}")
            .replace("an unknown", "unknown")
            .replace("an untyped", "untyped"),
        _ => format!("a {kind}"),
    }
}

/// Prometheus's word for a type.
pub(super) fn kind_word(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Counter => "counter",
        MetricType::Gauge => "gauge",
        MetricType::Histogram => "histogram",
        MetricType::Summary => "summary",
    }
}

/// The label that a type adds to its series.
fn type_label(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Histogram => "le",
        MetricType::Summary => "quantile",
        MetricType::Counter | MetricType::Gauge => "",
    }
}

/// A finding on the first series whose labels are not those declared.
fn labels(target: &Exposed<'_>, family: &Family<'_>, metric: &Metric) -> Option<Diagnostic> {
    let declared: BTreeSet<&str> = metric.labels.iter().map(|label| &**label).collect();
    let own = |sample: &Sample<'_>| -> BTreeSet<String> {
        let names = sample.labels.iter().filter(|(_, value)| !value.is_empty());
        let names = names.map(|(name, _)| (*name).to_owned());
        names
            .filter(|name| name != type_label(metric.kind))
            .collect()
    };
    let sample = family.samples.iter().find(|sample| {
        own(sample)
            .iter()
            .map(String::as_str)
            .ne(declared.iter().copied())
    })?;
    let found = own(sample);
    let lacking: Vec<_> = declared
        .iter()
        .filter(|label| !found.contains(**label))
        .collect();
    let added: Vec<_> = found
        .iter()
        .filter(|label| !declared.contains(label.as_str()))
        .collect();
    let message = match (lacking.as_slice(), added.as_slice()) {
        ([label], [other]) => format!(
            "`{}` is exposed with the label `{other}`, and not with `{label}`",
            metric.name
        ),
        (lacking, []) => format!(
            "`{}` is exposed without the label {}",
            metric.name,
            list(lacking)
        ),
        ([], added) => format!(
            "`{}` is exposed with the label {}, which is not declared",
            metric.name,
            list(added)
        ),
        (lacking, added) => format!(
            "`{}` is exposed with {}, and without {}",
            metric.name,
            list(added),
            list(lacking)
        ),
    };
    let wrong = family
        .samples
        .iter()
        .filter(|other| own(other) == found)
        .count();
    Some(
        Diagnostic::new(Code::ExposedLabels, message)
            .because(target.span(&sample.series), "exposed here")
            .note(format!(
                "{} of {} series have these labels",
                wrong,
                family.samples.len()
            ))
            .help("every matcher, grouping and variable on the declared label finds nothing"),
    )
}

/// Judges the values of labels: closed sets, and limits.
fn values(
    target: &Exposed<'_>,
    family: &Family<'_>,
    metric: &Metric,
    model: &Model,
    places: Places<'_>,
    sink: &mut Sink,
) {
    for name in &metric.labels {
        let Some(label) = model.labels.get(name) else {
            continue;
        };
        let mut seen: BTreeMap<&str, &Sample<'_>> = BTreeMap::new();
        for sample in &family.samples {
            if let Some(value) = sample.label(name) {
                seen.entry(value).or_insert(sample);
            }
        }
        seen.remove(OVERFLOW);
        let allowed = limit(label);
        if let Some(allowed) = allowed.filter(|allowed| seen.len() > *allowed) {
            let finding = Diagnostic::new(
                Code::LabelLimit,
                format!(
                    "`{name}` of `{}` has {} values, and its limit is {allowed}",
                    metric.name,
                    seen.len()
                ),
            );
            sink.push(
                at(finding, places.label(name), "declared here")
                    .note(format!("among them {}", list(seen.keys().take(4))))
                    .help("each value is a series of its own: put what is unbounded (ids, addresses, messages) into logs, or raise the limit"),
            );
        }
        if !label.is_closed() {
            continue;
        }
        let unknown: Vec<_> = seen
            .iter()
            .filter(|(value, _)| !label.values.iter().any(|known| &**known == **value))
            .collect();
        if let [(value, sample), ..] = unknown.as_slice() {
            let more = match unknown.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            let finding = Diagnostic::new(
                Code::ExposedLabelValue,
                format!(
                    "`{name}` of `{}` has the value `{value}`{more}, which its closed set does not hold",
                    metric.name
                ),
            );
            let finding = at(finding, places.label(name), "declared here")
                .because(target.span(&sample.series), "exposed here");
            sink.push(match nearest(value, label.values.iter().map(|known| &**known)) {
                Some(known) => finding.help(format!("is `{known}` meant?")),
                None => finding.help("add it to `values`, or set a `limit` above their number to make them examples"),
            });
        }
    }
}

/// How many values a label may have.
fn limit(label: &Label) -> Option<usize> {
    label.limit.map(|limit| limit as usize)
}

/// A finding on the first series whose buckets are not those declared.
fn buckets(target: &Exposed<'_>, family: &Family<'_>, metric: &Metric) -> Option<Diagnostic> {
    if metric.kind != MetricType::Histogram {
        return None;
    }
    type Labels<'s> = Vec<(&'s str, &'s str)>;
    let mut series: BTreeMap<Labels<'_>, (Vec<f64>, &Sample<'_>)> = BTreeMap::new();
    for sample in &family.samples {
        let Some(le) = sample.label("le") else {
            continue;
        };
        let others = sample.labels.iter().filter(|(name, _)| *name != "le");
        let others = others.map(|(name, value)| (*name, &**value)).collect();
        let (bounds, _) = series.entry(others).or_insert_with(|| (Vec::new(), sample));
        bounds.extend(le.parse::<f64>());
    }
    let mut declared = metric.buckets.clone();
    declared.push(f64::INFINITY);
    let (mut bounds, sample) = series.into_values().find(|(bounds, _)| {
        let mut bounds = bounds.clone();
        bounds.sort_by(f64::total_cmp);
        bounds != declared
    })?;
    bounds.sort_by(f64::total_cmp);
    let all = |bounds: &[f64]| {
        bounds
            .iter()
            .map(|bound| bound.to_string().replace("inf", "+Inf"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Some(
        Diagnostic::new(
            Code::ExposedBuckets,
            format!("`{}` is exposed with other buckets", metric.name),
        )
        .because(target.span(&sample.series), "exposed here")
        .note(format!("declared: {}", all(&declared)))
        .note(format!("exposed:  {}", all(&bounds))),
    )
}

fn duplicates(target: &Exposed<'_>, sink: &mut Sink) {
    for family in &target.exposition.families {
        let mut seen = HashSet::new();
        let twice = family.samples.iter().find(|sample| {
            let mut labels: Vec<_> = sample
                .labels
                .iter()
                .map(|(name, value)| (*name, &**value))
                .collect();
            labels.sort_unstable();
            !seen.insert((sample.name, labels))
        });
        if let Some(sample) = twice {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateSeries,
                    format!("a series of `{}` is exposed twice", sample.name),
                )
                .at(target.span(&sample.series), "for the second time")
                .help("Prometheus keeps one of them, and nobody knows which"),
            );
        }
    }
}

/// Families that no catalog declares and no library is known to add.
fn undeclared<'f>(
    families: &[(&Exposed<'_>, &'f Family<'_>)],
    model: &Model,
) -> Vec<(Span, &'f str)> {
    let declared = |name: &str| {
        model.metrics.contains_key(name)
            || model
                .external
                .values()
                .any(|external| external.metrics.contains_key(name))
    };
    families
        .iter()
        .filter(|(_, family)| {
            let name = family.metric();
            !declared(&name)
                && !USUAL.iter().any(|prefix| name.starts_with(prefix))
                && !OWN.iter().any(|(own, _)| *own == name)
        })
        .map(|(target, family)| (target.span(&family.line), family.name))
        .collect()
}

fn list_undeclared(undeclared: &[(Span, &str)], sink: &mut Sink) {
    let [(span, _), ..] = undeclared else {
        return;
    };
    let names: BTreeSet<_> = undeclared.iter().map(|(_, name)| name).collect();
    sink.push(
        Diagnostic::new(
            Code::UndeclaredMetric,
            format!("{} exposed and not declared: {}", is_are(names.len()), list(&names)),
        )
        .at(*span, "the first of them")
        .help("declare what dashboards and alerts may use: `metrics` if it is your own, `external` if not"),
    );
}

/// What emitters had to fold, cut or drop.
fn own_metrics(families: &[(&Exposed<'_>, &Family<'_>)], places: Places<'_>, sink: &mut Sink) {
    for (target, family) in families {
        let name = family.metric();
        let Some((_, meaning)) = OWN.iter().find(|(own, _)| *own == name) else {
            continue;
        };
        for sample in family.samples.iter().filter(|sample| sample.value > 0.0) {
            let metric = sample.label("metric").unwrap_or_default();
            let of = match sample.label("label") {
                Some(label) => format!("`{label}` of `{metric}`"),
                None => format!("`{metric}`"),
            };
            let span = sample
                .label("label")
                .and_then(|label| places.label(label))
                .or_else(|| places.metric(metric).map(|named| named.name.span));
            let finding = Diagnostic::new(Code::LabelValuesFolded, format!("{of}: {meaning}"));
            sink.push(at(finding, span, "").because(
                target.span(&sample.series),
                format!("{} times", number(sample.value)),
            ));
        }
    }
}
