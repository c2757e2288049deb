//! What holds for all metrics once an emitter is to expose them.

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Emitters, Metric, RustEmitter};
use crate::spec::shape::{MetricType, Specs};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Metrics that every emitter has by itself.
const OWN_METRICS: [&str; 3] = [
    "emitter_label_values_folded_total",
    "emitter_label_values_truncated_total",
    "emitter_values_dropped_total",
];

/// Resolves the `emitters` section.
pub(in crate::resolve) fn emitters(
    specs: &Specs,
    metrics: &BTreeMap<Arc<str>, Metric>,
    sink: &mut Sink,
) -> Emitters {
    let rust = specs.emitters.as_ref().and_then(|spec| spec.rust.as_ref());
    let Some(rust) = rust else {
        return Emitters::default();
    };
    check_package(&rust.package, sink);
    check_names(specs, metrics, sink);
    for metric in &specs.metrics {
        let Some(spec) = &metric.item else { continue };
        if spec.kind.value == MetricType::Summary {
            sink.push(
                Diagnostic::new(
                    Code::NotEmitted,
                    format!("the emitters leave out the summary `{}`", metric.name),
                )
                .at(spec.kind.span, "emitters have no summaries")
                .help("if others expose it, declare it under `external`; else make it a histogram"),
            );
        }
    }
    Emitters {
        rust: Some(RustEmitter {
            package: rust.package.value.clone(),
        }),
    }
}

fn check_package(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    const RESERVED: [&str; 8] = [
        "test",
        "core",
        "std",
        "alloc",
        "proc_macro",
        "proc-macro",
        "dep",
        "build",
    ];
    let text = name.as_str();
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let well_formed = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(valid)
        && !RESERVED.contains(&text);
    // The name is also a crate's, which no keyword can be.
    if !well_formed || crate::model::is_rust_keyword(text) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` cannot be the name of a Rust package"),
            )
            .at(
                name.span,
                "lower-case letters, digits, `-` and `_`, a letter in front, no word of Rust's own",
            ),
        );
    }
}

/// In one exposition, no two metrics may write the same name: neither as
/// series nor as family. Nor may two share a field of the emitter.
fn check_names(specs: &Specs, metrics: &BTreeMap<Arc<str>, Metric>, sink: &mut Sink) {
    let mut seen: HashMap<String, (&str, Option<Span>)> = HashMap::new();
    for own in OWN_METRICS {
        let family = own.trim_end_matches("_total");
        seen.insert(own.to_owned(), (own, None));
        seen.insert(family.to_owned(), (own, None));
    }
    let mut fields: HashMap<String, &Spanned<Arc<str>>> = HashMap::new();
    for declared in &specs.metrics {
        let Some(metric) = metrics.get(&declared.name.value) else {
            continue;
        };
        let mut clash = None;
        for exposed in exposed_names(metric) {
            let entry = (declared.name.as_str(), Some(declared.name.span));
            if let Some((other, at)) = seen.insert(exposed.clone(), entry)
                && at != Some(declared.name.span)
            {
                clash = clash.or(Some((exposed, other, at)));
            }
        }
        if let Some((exposed, other, at)) = clash {
            let mut diagnostic = Diagnostic::new(
                Code::DuplicateName,
                format!("`{}` exposes `{exposed}`, as `{other}` does", declared.name),
            )
            .at(declared.name.span, format!("exposes `{exposed}`"));
            diagnostic = match at {
                Some(at) => diagnostic.because(at, "exposes it too"),
                None => diagnostic.help("every emitter exposes that name itself"),
            };
            sink.push(diagnostic);
        } else if let Some(first) =
            fields.insert(crate::model::field_name(&metric.name), &declared.name)
        {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!(
                        "`{}` and `{first}` would be one field of the emitter",
                        declared.name
                    ),
                )
                .at(declared.name.span, "differs in case or `:` only")
                .because(first.span, "the other"),
            );
        }
    }
}

fn exposed_names(metric: &Metric) -> Vec<String> {
    let name = &*metric.name;
    let mut names = vec![name.to_owned()];
    match metric.kind {
        MetricType::Counter => names.extend(name.strip_suffix("_total").map(str::to_owned)),
        MetricType::Histogram => {
            names.extend(["bucket", "sum", "count"].map(|part| format!("{name}_{part}")));
        }
        MetricType::Gauge | MetricType::Summary => {}
    }
    names
}
