//! Recording rules, in the order in which they need each other.

use super::catalog::{check_label_name, check_metric_name};
use super::expression::{Expression, Expressions};
use super::query::{Parsed, require_vector};
use super::series::{Carried, SeriesCatalog};
use super::{not_exactly_one, texts, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model;
use crate::promql::{Has, Rewrite};
use crate::spec::shape::{self};
use crate::spec::{Files, Named};
use std::collections::{BTreeMap, HashMap, HashSet};
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
    expressions: &Expressions<'_>,
    files: &Files,
    catalog: &mut SeriesCatalog,
    sink: &mut Sink,
) -> Vec<BoundRecord<'s>> {
    let mut pending: BTreeMap<&str, Pending<'s>> = BTreeMap::new();
    let mut broken = Vec::new();
    for Named { name, item } in specs {
        check_metric_name(name, sink);
        let known = catalog.defined(name.as_str());
        if let Some((first, _)) = known {
            let diagnostic = Diagnostic::new(
                Code::DuplicateName,
                format!("the series `{name}` exists already"),
            )
            .at(name.span, "recorded here");
            sink.push(match first {
                Some(first) => diagnostic.because(first, "defined here"),
                None => diagnostic.help("Prometheus makes it by itself"),
            });
        }
        let expression = item
            .as_ref()
            .and_then(|spec| expression(name, spec, queries, expressions, sink));
        match (item, expression) {
            // A series that exists already stays what it is.
            _ if known.is_some() => {}
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
    for name in in_order(&pending) {
        if let Some(record) = pending.remove(name) {
            resolved.extend(bind(record, files, catalog, sink));
        }
    }
    report_circles(&pending, files, sink);
    for record in pending.values() {
        catalog.insert_broken(record.name);
    }
    resolved
}

/// The records in rounds, each of those that need only earlier ones, and by
/// name within a round; without those that need a circle.
fn in_order<'s>(pending: &BTreeMap<&'s str, Pending<'s>>) -> Vec<&'s str> {
    let mut open: BTreeMap<&'s str, usize> = pending.keys().map(|name| (*name, 0)).collect();
    let mut needed_by: HashMap<&'s str, Vec<&'s str>> = HashMap::new();
    for (reader, record) in pending {
        let read: HashSet<&str> = reads(record).collect();
        for read in read.into_iter().filter_map(|read| pending.get::<str>(read)) {
            *open.entry(reader).or_default() += 1;
            needed_by
                .entry(read.name.as_str())
                .or_default()
                .push(reader);
        }
    }
    let free = open.iter().filter(|(_, needed)| **needed == 0);
    let mut round: Vec<&str> = free.map(|(name, _)| *name).collect();
    let mut taken = Vec::with_capacity(pending.len());
    while !round.is_empty() {
        let mut next = Vec::new();
        for name in round {
            taken.push(name);
            for reader in needed_by.get(name).into_iter().flatten().copied() {
                if let Some(count) = open.get_mut(reader) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(reader);
                    }
                }
            }
        }
        next.sort_unstable();
        round = next;
    }
    taken
}

/// The names of the series that a record reads.
fn reads<'a>(record: &'a Pending<'_>) -> impl Iterator<Item = &'a str> {
    record
        .expression
        .query
        .selectors()
        .filter_map(|selector| selector.metric_name())
}

/// Reports those of `left` that need each other in a circle.
fn report_circles(left: &BTreeMap<&str, Pending<'_>>, files: &Files, sink: &mut Sink) {
    for record in left.values() {
        let used = record.expression.query.selectors().find_map(|selector| {
            let place = selector.metric_place();
            place.filter(|(name, _)| needs(name, record.name.as_str(), left))
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

/// Whether `reader` is `wanted`, or comes to read it by way of others.
fn needs(reader: &str, wanted: &str, records: &BTreeMap<&str, Pending<'_>>) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![reader];
    while let Some(name) = open.pop() {
        if name == wanted {
            return true;
        }
        if let Some(record) = records.get(name)
            && seen.insert(name)
        {
            open.extend(reads(record));
        }
    }
    false
}

fn expression<'s>(
    name: &Spanned<Arc<str>>,
    spec: &'s shape::Record,
    queries: &Parsed<'s>,
    expressions: &Expressions<'_>,
    sink: &mut Sink,
) -> Option<(Expression<'s>, bool)> {
    match (&spec.query, &spec.expr) {
        (None, Some(expr)) => Some((expressions.read(expr, sink)?, true)),
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
    let optional =
        |label: &&str| flow.labels.has(label) != Has::Yes && !labels.contains_key(*label);
    let of_flow = || flow.labels.iter();
    let carried = Carried {
        labels: of_flow()
            .map(Arc::from)
            .chain(labels.keys().cloned())
            .collect(),
        optional: of_flow().filter(optional).map(Arc::from).collect(),
        fixed: labels
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| (label.clone(), value.clone()))
            .collect(),
        job: None,
        defined: Some(expression.text.span),
    };
    catalog.record(name, carried);
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
