//! Metrics that nobody reads, that nothing moves, or that will go.

use crate::check::context::{Context, Expression, items};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, nearest};
use crate::spec::shape::{Metric, MetricType};
use foldhash::{HashMap, HashSet};

/// Metrics of the user's own services that no expression and no variable names.
pub(in crate::check) fn unused(context: &Context<'_>, sink: &mut Sink) {
    let stays = |spec: &Metric| spec.renamed_to.is_none() && spec.deprecated.is_none();
    let metrics = context.specs.metrics.iter();
    let mut unread: HashMap<&str, Span> = metrics
        .filter(|named| named.item.as_ref().is_none_or(stays))
        .map(|named| (named.name.as_str(), named.name.span))
        .collect();
    // As a rule, a few dashboards read them all.
    for query in context.asked() {
        if unread.is_empty() {
            return;
        }
        for selector in query.selectors() {
            // Without a name, a selector may read any metric.
            let Some(name) = selector.metric_name() else {
                return;
            };
            let metric = context.metric(name);
            metric.and_then(|metric| unread.remove(&*metric.name));
        }
    }
    for (_, dashboard) in items(&context.specs.dashboards) {
        for (_, variable) in items(&dashboard.variables) {
            let from = variable.from.as_ref();
            from.and_then(|from| unread.remove(from.as_str()));
        }
    }
    for (name, span) in unread {
        sink.push(
            Diagnostic::new(
                Code::MetricUnused,
                format!("nothing reads the metric `{name}`"),
            )
            .at(span, "in no query, variable or rule"),
        );
    }
}

/// Metrics that emitters expose and no event moves.
pub(in crate::check) fn not_moved(context: &Context<'_>, sink: &mut Sink) {
    let model = context.model;
    let events = model.events.values();
    let moved: HashSet<&str> = events
        .flat_map(|event| &event.updates)
        .map(|update| &*update.metric)
        .collect();
    if context.specs.emitters.is_empty() || moved.is_empty() {
        return;
    }
    for named in &context.specs.metrics {
        let (Some(metric), Some(spec)) = (context.metric(named.name.as_str()), &named.item) else {
            continue;
        };
        let goes = spec.renamed_to.is_some() || spec.deprecated.is_some();
        // Emitters have no summaries.
        let is_emitted = metric.kind != MetricType::Summary;
        if goes || !is_emitted || moved.contains(&*metric.name) {
            continue;
        }
        sink.push(
            Diagnostic::new(
                Code::MetricNotMoved,
                format!("no event moves the metric `{}`", metric.name),
            )
            .at(named.name.span, "in no event's `do`"),
        );
    }
}

/// Metrics that take the place of others must be there.
pub(in crate::check) fn successors(context: &Context<'_>, sink: &mut Sink) {
    for (name, spec) in items(&context.specs.metrics) {
        let Some(successor) = &spec.renamed_to else {
            continue;
        };
        let known = context.metric(successor.as_str());
        if known.is_some_and(|metric| *metric.name == *successor.value && &*metric.name != name) {
            continue;
        }
        let all = context.model.metrics.keys().map(|own| &**own);
        let near = nearest(successor.as_str(), all.filter(|own| *own != name));
        sink.push(
            Diagnostic::new(
                Code::UnknownMetric,
                format!("`{name}` is renamed to `{successor}`, which is no other metric"),
            )
            .at(
                successor.span,
                near.map_or("in no catalog".to_owned(), |near| {
                    format!("did you mean `{near}`?")
                }),
            ),
        );
    }
}

/// Metrics that an expression should no longer read.
pub(in crate::check) fn deprecated(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for selector in expression.query.selectors() {
        let Some((series, range)) = selector.metric_place() else {
            continue;
        };
        let Some((name, spec)) = context.declared(series) else {
            continue;
        };
        let (message, under) = match (&spec.renamed_to, &spec.deprecated) {
            (Some(successor), _) => {
                // A histogram's series keep their suffixes under the new name.
                let suffix = series.strip_prefix(name.as_str()).unwrap_or_default();
                (
                    format!("the metric `{name}` is renamed to `{successor}`"),
                    format!("read `{successor}{suffix}`"),
                )
            }
            (None, Some(_)) => (
                format!("the metric `{name}` will go"),
                "deprecated".to_owned(),
            ),
            (None, None) => continue,
        };
        let found = Diagnostic::new(Code::DeprecatedMetric, message)
            .at(context.span(expression, range), under)
            .because(name.span, "defined here");
        sink.push(match &spec.deprecated {
            Some(why) => found.help(why.to_string()),
            None => found,
        });
    }
}
