//! Judges the samples of one metric: type, labels and their values, buckets.

use super::{Exposed, at};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, nearest};
use crate::model::{Label, Metric, Model};
use crate::spec::shape::MetricType;
use crate::verify::exposition::{Family, Sample};
use crate::verify::place::Places;
use crate::verify::words::list;
use std::collections::{BTreeMap, BTreeSet};

/// The series that emitters fold further label values into.
const OVERFLOW: &str = "_other";

/// Compares a family of samples with the metric as it is declared.
pub(super) fn compare(
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
    if said != metric.kind.word() {
        let line = family.kind.as_ref().map_or(&family.line, |kind| &kind.line);
        let finding = Diagnostic::new(
            Code::ExposedType,
            format!(
                "`{}` is exposed as {}, and declared as {}",
                metric.name,
                article(said),
                article(metric.kind.word())
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
        "untyped" | "unknown" => kind.to_owned(),
        "info" => format!("an {kind}"),
        _ => format!("a {kind}"),
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
