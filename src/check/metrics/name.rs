//! Names by Prometheus's conventions.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::spec::Choice;
use crate::spec::shape::{Metric, MetricType};
use std::sync::Arc;

/// Units that are no base units, with the base unit of each.
const NOT_BASE: [(&str, &str); 25] = [
    ("ns", "seconds"),
    ("nanoseconds", "seconds"),
    ("us", "seconds"),
    ("microseconds", "seconds"),
    ("ms", "seconds"),
    ("msec", "seconds"),
    ("milliseconds", "seconds"),
    ("sec", "seconds"),
    ("secs", "seconds"),
    ("second", "seconds"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kb", "bytes"),
    ("kib", "bytes"),
    ("kilobytes", "bytes"),
    ("mb", "bytes"),
    ("mib", "bytes"),
    ("megabytes", "bytes"),
    ("gb", "bytes"),
    ("gib", "bytes"),
    ("gigabytes", "bytes"),
    ("percent", "ratio"),
    ("fahrenheit", "celsius"),
];

/// Holds the names of the user's own metrics to the conventions.
pub(in crate::check) fn conventions(context: &Context<'_>, sink: &mut Sink) {
    for named in &context.specs.metrics {
        if let Some(spec) = &named.item {
            suffixes(&named.name, spec, sink);
            unit(&named.name, spec, sink);
            style(&named.name, sink);
        }
    }
    for (_, external) in items(&context.specs.external) {
        for named in &external.metrics {
            // Other people's names are theirs; only a wrong type is the user's.
            let is_gauge = named
                .item
                .as_ref()
                .is_some_and(|metric| metric.kind.value == MetricType::Gauge);
            if is_gauge && named.name.as_str().ends_with("_total") {
                sink.push(total(&named.name, named.name.span, "gauge"));
            }
        }
    }
}

fn total(name: &Spanned<Arc<str>>, at: Span, kind: &str) -> Diagnostic {
    Diagnostic::new(
        Code::CounterSuffix,
        format!("`{name}` is a {kind}, and only counters end in `_total`"),
    )
    .at(at, "reads like a counter")
    .help("if it only ever grows, its type is `counter`")
}

fn suffixes(name: &Spanned<Arc<str>>, spec: &Metric, sink: &mut Sink) {
    let kind = spec.kind.value;
    let text = name.as_str();
    if kind == MetricType::Counter && !text.ends_with("_total") {
        sink.push(
            Diagnostic::new(
                Code::CounterSuffix,
                format!("the counter `{name}` does not end in `_total`"),
            )
            .at(name.span, format!("`{name}_total` by convention"))
            .because(spec.kind.span, "a counter"),
        );
    } else if kind != MetricType::Counter && text.ends_with("_total") {
        sink.push(total(name, name.span, kind.word()));
    }
    let part = ["_bucket", "_sum", "_count"]
        .into_iter()
        .find(|suffix| text.ends_with(suffix));
    if let Some(part) = part {
        sink.push(
            Diagnostic::new(
                Code::ReservedSuffix,
                format!("`{name}` ends in `{part}`, like a part of a histogram"),
            )
            .at(name.span, "reads like a histogram's series"),
        );
    }
}

fn unit(name: &Spanned<Arc<str>>, spec: &Metric, sink: &mut Sink) {
    let stem = name
        .as_str()
        .strip_suffix("_total")
        .unwrap_or(name.as_str());
    let base_of = |unit: &str| NOT_BASE.iter().find(|(own, _)| *own == unit);
    let last = stem.rsplit('_').next().unwrap_or(stem);
    let found = match &spec.unit {
        Some(unit) => match base_of(&unit.as_str().to_lowercase()) {
            Some((_, base)) => Diagnostic::new(
                Code::UnitSuffix,
                format!("`{name}` is in `{unit}`, which is not a base unit"),
            )
            .at(unit.span, format!("`{base}` by convention")),
            None if stem.ends_with(&format!("_{unit}")) || stem == unit.as_str() => return,
            None => Diagnostic::new(
                Code::UnitSuffix,
                format!("`{name}` does not end in its unit, `{unit}`"),
            )
            .at(name.span, "does not say its unit")
            .because(unit.span, "the unit"),
        },
        None => match base_of(last).filter(|_| last.len() < stem.len()) {
            Some((_, base)) => Diagnostic::new(
                Code::UnitSuffix,
                format!("`{name}` ends in `{last}`, which is not a base unit"),
            )
            .at(name.span, format!("`{base}` by convention")),
            None => return,
        },
    };
    sink.push(found);
}

fn style(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = name.as_str();
    let stem = text.strip_suffix("_total").unwrap_or(text);
    let kind = MetricType::WORDS
        .iter()
        .map(|(word, _)| *word)
        .find(|kind| {
            stem.strip_suffix(kind)
                .is_some_and(|rest| rest.ends_with('_'))
        });
    let (message, under) = if text.contains(':') {
        (
            format!("`{name}` has a colon, and colons are for recording rules"),
            "reads like a recording rule",
        )
    } else if text.chars().any(|c| c.is_ascii_uppercase()) {
        (
            format!("`{name}` is not written in `snake_case`"),
            "upper-case letters",
        )
    } else if let Some(kind) = kind {
        (
            format!("`{name}` repeats its type, `{kind}`"),
            "says its type",
        )
    } else {
        return;
    };
    sink.push(Diagnostic::new(Code::MetricName, message).at(name.span, under));
}
