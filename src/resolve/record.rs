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
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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
    let (ordered, circular) = in_order(&pending);
    for name in ordered {
        if let Some(record) = pending.remove(name) {
            resolved.extend(bind(record, files, catalog, sink));
        }
    }
    report_cycle(&circular, &pending, files, sink);
    for record in pending.values() {
        catalog.insert_broken(record.name);
    }
    resolved
}

/// The records in rounds, each of those that need only earlier ones, and by
/// name within a round; then those that need each other in a circle.
fn in_order<'s>(pending: &BTreeMap<&'s str, Pending<'s>>) -> (Vec<&'s str>, BTreeSet<&'s str>) {
    let mut needs: BTreeMap<&'s str, Vec<&'s str>> = BTreeMap::new();
    let mut needed_by: BTreeMap<&'s str, Vec<&'s str>> = BTreeMap::new();
    for (reader, record) in pending {
        let read: HashSet<&str> = reads(record).collect();
        for read in read.into_iter().filter_map(|read| pending.get::<str>(read)) {
            let name = read.name.as_str();
            needs.entry(reader).or_default().push(name);
            needed_by.entry(name).or_default().push(reader);
        }
    }
    let all: BTreeSet<&str> = pending.keys().copied().collect();
    let (ordered, left) = peel(all, &needs, &needed_by);
    // What nobody needs is not part of a circle, however much it needs one.
    let (_, circular) = peel(left, &needed_by, &needs);
    (ordered, circular)
}

/// Takes away, round after round, the names that need none of those that are
/// left. What remains can never be taken.
fn peel<'s>(
    mut left: BTreeSet<&'s str>,
    needs: &BTreeMap<&'s str, Vec<&'s str>>,
    needed_by: &BTreeMap<&'s str, Vec<&'s str>>,
) -> (Vec<&'s str>, BTreeSet<&'s str>) {
    let of = |edges: &BTreeMap<&'s str, Vec<&'s str>>, name: &str| {
        edges.get(name).cloned().unwrap_or_default()
    };
    let mut open: HashMap<&str, usize> = HashMap::new();
    for name in &left {
        let needed = of(needs, name);
        open.insert(
            name,
            needed.iter().filter(|need| left.contains(*need)).count(),
        );
    }
    let mut taken = Vec::with_capacity(left.len());
    let mut round: Vec<&str> = left
        .iter()
        .copied()
        .filter(|name| open[name] == 0)
        .collect();
    while !round.is_empty() {
        let mut next = Vec::new();
        for name in round {
            left.remove(name);
            taken.push(name);
            for reader in of(needed_by, name) {
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
    (taken, left)
}

/// The names of the series that a record reads.
fn reads<'a>(record: &'a Pending<'_>) -> impl Iterator<Item = &'a str> {
    record
        .expression
        .query
        .selectors()
        .filter_map(|selector| selector.metric_name())
}

fn report_cycle(
    circular: &BTreeSet<&str>,
    pending: &BTreeMap<&str, Pending<'_>>,
    files: &Files,
    sink: &mut Sink,
) {
    let records = circular.iter().filter_map(|name| pending.get(name));
    for record in records {
        let used = record.expression.query.selectors().find_map(|selector| {
            selector
                .metric_place()
                .filter(|(name, _)| circular.contains(name))
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
