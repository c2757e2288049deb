//! Judges an exposition by the catalog: every declared metric is there as it
//! is declared.

mod family;

use super::Tally;
use super::exposition::{Exposition, Family};
use super::place::Places;
use super::words::{counted, kin, list, number};
use crate::diagnostic::{Code, Diagnostic, Sink, SourceId, Span};
use crate::model::{Metric, Model};
use std::collections::{BTreeSet, HashSet};
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
            family::compare(target, family, metric, model, places, &mut found);
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
