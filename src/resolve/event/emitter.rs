//! What holds for all metrics once an emitter is to expose them.

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned, nearest};
use crate::model::{Emitter, Metric};
use crate::spec::Files;
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
    files: &Files,
    metrics: &BTreeMap<Arc<str>, Metric>,
    sink: &mut Sink,
) -> Vec<Emitter> {
    if specs.emitters.is_empty() {
        return Vec::new();
    }
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
    let mut emitters = Vec::new();
    for named in &specs.emitters {
        check_language(&named.name, files, sink);
        let Some(spec) = &named.item else { continue };
        check_package(named.name.as_str(), &spec.package, sink);
        let options = spec.options.iter();
        emitters.push(Emitter {
            language: named.name.value.clone(),
            package: spec.package.value.clone(),
            options: options
                .filter_map(|option| Some((option.name.value.clone(), option.item.clone()?.value)))
                .collect(),
        });
    }
    emitters.sort_by(|a, b| a.language.cmp(&b.language));
    emitters
}

/// A language is the project's own, or there are templates for it.
fn check_language(name: &Spanned<Arc<str>>, files: &Files, sink: &mut Sink) {
    let own = |path: &str| -> Option<String> {
        let (language, _) = path.strip_prefix("emitter/")?.split_once('/')?;
        Some(language.to_owned())
    };
    let mut known: Vec<String> = files
        .templates()
        .filter_map(|(path, _)| own(path))
        .collect();
    known.extend(Emitter::LANGUAGES.map(str::to_owned));
    known.sort();
    known.dedup();
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.as_str().chars().all(word) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` cannot be the name of a language"),
            )
            .at(name.span, "lower-case letters, digits, `-` and `_`"),
        );
    } else if !known.iter().any(|known| known == name.as_str()) {
        let list: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
        let diagnostic = Diagnostic::new(
            Code::UnknownEmitter,
            format!("there are no templates for an emitter in `{name}`"),
        )
        .help(format!(
            "the languages are {}; templates of your own lie in `templates/{}` of the specs",
            list.join(", "),
            Emitter::templates(name.as_str())
        ));
        let meant = nearest(name.as_str(), known.iter().map(String::as_str));
        sink.push(match meant {
            Some(meant) => diagnostic.at(name.span, format!("did you mean `{meant}`?")),
            None => diagnostic.at(name.span, "unknown language"),
        });
    }
}

/// Package managers have rules for names.
fn check_package(language: &str, name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = name.as_str();
    let (valid, what, rule) = match language {
        "rust" => (
            is_crate_name(text),
            "a Rust package",
            "lower-case letters, digits, `-` and `_`, a letter in front, no word of Rust's own",
        ),
        "typescript" => (
            is_npm_name(text),
            "an npm package",
            "lower-case letters, digits, `-`, `_` and `.`, a letter or digit in front; perhaps `@scope/` before it",
        ),
        "python" => (
            is_python_name(text),
            "a Python package",
            "letters, digits, `-`, `_` and `.`, a letter in front, a letter or digit at the end",
        ),
        _ => (
            !text.is_empty() && !text.contains(char::is_control),
            "a package",
            "visible characters",
        ),
    };
    if !valid {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` cannot be the name of {what}"),
            )
            .at(name.span, rule),
        );
    }
}

fn is_npm_name(text: &str) -> bool {
    let part = |part: &str| {
        let valid =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.chars().all(valid)
    };
    let own = match text.strip_prefix('@').map(|rest| rest.split_once('/')) {
        Some(Some((scope, name))) => part(scope) && part(name),
        Some(None) => false,
        None => part(text),
    };
    own && text.len() <= 214 && text != "node_modules" && text != "favicon.ico"
}

fn is_python_name(text: &str) -> bool {
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(valid)
}

fn is_crate_name(text: &str) -> bool {
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
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    // The name is also a crate's, which no keyword can be.
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(valid)
        && !RESERVED.contains(&text)
        && !crate::model::is_rust_keyword(text)
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
        if OWN_METRICS.contains(&declared.name.as_str()) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("every emitter has a metric `{}` already", declared.name),
                )
                .at(declared.name.span, "reserved")
                .help("if others expose it, declare it under `external`"),
            );
            continue;
        }
        let mut clash = None;
        for exposed in exposed_names(metric) {
            let entry = (declared.name.as_str(), Some(declared.name.span));
            if let Some((other, at)) = seen.insert(exposed.clone(), entry)
                && at != Some(declared.name.span)
            {
                clash = clash.or(Some((exposed, other, at)));
            }
        }
        // Series that two metrics make have been reported, emitter or not.
        let makes = |name: &str, series: &str| {
            let metric = metrics.get(name);
            metric.is_some_and(|metric| metric.series().any(|own| own == series))
        };
        if let Some((exposed, other, at)) = clash {
            if makes(declared.name.as_str(), &exposed) && makes(other, &exposed) {
                continue;
            }
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
