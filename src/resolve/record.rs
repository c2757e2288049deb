//! Recording rules, in the order in which they need each other.

use super::catalog::{check_label_name, check_metric_name};
use super::expression::Expression;
use super::query::{Parsed, require_vector};
use super::series::SeriesCatalog;
use super::threshold::Thresholds;
use super::{not_exactly_one, texts, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model;
use crate::promql::Rewrite;
use crate::spec::shape::{self};
use crate::spec::{Files, Named};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A recording rule and the group that it asks for.
pub(super) struct BoundRecord<'s> {
    pub(super) group: Option<&'s Spanned<Arc<str>>>,
    pub(super) record: model::Record,
}

struct Pending<'s> {
    name: &'s Spanned<Arc<str>>,
    spec: &'s shape::Record,
    expression: Expression<'s>,
    own: bool,
}

/// Resolves the `records` section and enters the recorded series into the
/// catalog. Rules come after those that they read, else by name.
pub(super) fn resolve<'s>(
    specs: &'s [Named<shape::Record>],
    queries: &Parsed<'s>,
    thresholds: &Thresholds<'_>,
    files: &Files,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> Vec<BoundRecord<'s>> {
    let mut pending: BTreeMap<&str, Pending<'s>> = BTreeMap::new();
    let mut broken = Vec::new();
    for Named { name, item } in specs {
        check_metric_name(name, sink);
        if let Some((Some(first), _)) = catalog.defined(name.as_str()) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("the series `{name}` exists already"),
                )
                .at(name.span, "recorded here")
                .because(first, "defined here"),
            );
        }
        let expression = item
            .as_ref()
            .and_then(|spec| expression(name, spec, queries, thresholds, files, sink));
        match (item, expression) {
            (Some(spec), Some((expression, own))) => {
                pending.insert(
                    name.as_str(),
                    Pending {
                        name,
                        spec,
                        expression,
                        own,
                    },
                );
            }
            _ => broken.push(name),
        }
    }
    for name in broken {
        catalog.insert_broken(name);
    }

    let mut resolved = Vec::new();
    while !pending.is_empty() {
        let ready: Vec<&str> = pending
            .iter()
            .filter(|(_, record)| !reads(record).any(|name| pending.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if ready.is_empty() {
            report_cycle(&pending, files, sink);
            for record in pending.values() {
                catalog.record(record.name, Vec::new(), record.name.span);
            }
            break;
        }
        for name in ready {
            if let Some(record) = pending.remove(name) {
                resolved.extend(bind(record, files, catalog, sink));
            }
        }
    }
    resolved
}

/// The names of the series that a record reads.
fn reads<'a>(record: &'a Pending<'_>) -> impl Iterator<Item = &'a str> {
    record
        .expression
        .query
        .selectors()
        .filter_map(|selector| selector.metric_name())
}

fn report_cycle(pending: &BTreeMap<&str, Pending<'_>>, files: &Files, sink: &mut Sink) {
    let seen: HashSet<&str> = pending.keys().copied().collect();
    for record in pending.values() {
        let used = record.expression.query.selectors().find_map(|selector| {
            selector
                .metric_place()
                .filter(|(name, _)| seen.contains(name))
        });
        if let Some((used, range)) = used {
            sink.push(
                Diagnostic::new(
                    Code::RuleCycle,
                    format!(
                        "the recording rule `{}` needs `{used}`, which needs it in turn",
                        record.name
                    ),
                )
                .at(
                    record.expression.span(files, range.bytes()),
                    "part of a circle",
                )
                .because(record.name.span, "recorded here"),
            );
        }
    }
}

fn expression<'s>(
    name: &Spanned<Arc<str>>,
    spec: &'s shape::Record,
    queries: &Parsed<'s>,
    thresholds: &Thresholds<'_>,
    files: &Files,
    sink: &mut Sink,
) -> Option<(Expression<'s>, bool)> {
    match (&spec.query, &spec.expr) {
        (None, Some(expr)) => Some((Expression::parse(expr, thresholds, files, sink)?, true)),
        (Some(query), None) => match queries.get(query.as_str()) {
            Some(found) => found
                .as_ref()
                .map(|found| (found.expression.clone(), false)),
            None => {
                sink.push(unknown(
                    Code::UnknownQuery,
                    "query",
                    query,
                    queries.keys().copied(),
                ));
                None
            }
        },
        _ if spec.broken.contains(&"query") || spec.broken.contains(&"expr") => None,
        (query, _) => {
            sink.push(not_exactly_one(
                query.is_some(),
                format!("the record `{name}` needs one of `query` and `expr`"),
                spec.span,
            ));
            None
        }
    }
}

fn bind<'s>(
    pending: Pending<'s>,
    files: &Files,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> Option<BoundRecord<'s>> {
    let Pending {
        name,
        spec,
        expression,
        own,
    } = pending;
    // A query's own findings are reported once, where the query is checked.
    let mut elsewhere = Sink::default();
    let target = if own { &mut *sink } else { &mut elsewhere };
    let flow = expression.check(catalog, files, target);
    require_vector(&flow, &expression, target);
    expression.reject_variables(name, files, sink);
    for label in &spec.labels {
        check_label_name(&label.name, sink);
    }
    let labels = texts(&spec.labels);
    let mut carried: Vec<Arc<str>> = flow.labels.iter().map(Arc::from).collect();
    carried.extend(labels.keys().cloned());
    catalog.record(name, carried, expression.text.span);
    if expression.query.uses_window() && spec.window.is_none() {
        if !spec.broken.contains(&"window") {
            sink.push(window_missing(name, &expression, files));
        }
        return None;
    }
    let window = spec.window.as_ref().map(ToString::to_string);
    let none = |_: &_| Vec::new();
    let rewrite = Rewrite {
        window: window.as_deref(),
        matchers: &none,
    };
    let record = model::Record {
        name: name.value.clone(),
        help: super::value(spec.help.as_ref()),
        expr: expression.rewrite(&rewrite),
        source: expression.query.clone(),
        query: super::value(spec.query.as_ref()),
        labels,
    };
    Some(BoundRecord {
        group: spec.group.as_ref(),
        record,
    })
}

/// "`$window` is used, but the rule gives none".
pub(super) fn window_missing(
    name: &Spanned<Arc<str>>,
    expression: &Expression<'_>,
    files: &Files,
) -> Diagnostic {
    let place = expression
        .query
        .variables()
        .iter()
        .find(|variable| variable.is_window());
    let span = place.map_or(expression.text.span, |variable| {
        expression.span(files, variable.range.bytes())
    });
    Diagnostic::new(
        Code::WindowMissing,
        format!("the rule `{name}` gives no `window` for this expression"),
    )
    .at(name.span, "needs `window`")
    .because(span, "`$window` is used here")
    .help("add a range such as `window: 5m`")
}
