//! Variables that filter half of what a panel shows.

use crate::check::context::{Ask, Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::promql::{ExprKind, Selector};
use crate::spec::shape::Unfiltered;
use std::collections::HashSet;
use std::sync::Arc;

/// Expressions of which a variable filters one part and not another.
pub(in crate::check) fn partly(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let asks = board.panels.iter().flat_map(|panel| &panel.asks);
    // What reads one selector is filtered, or is not.
    let has_parts = |ask: &&Ask<'_>| ask.expression.query.selectors().nth(1).is_some();
    for ask in asks.filter(has_parts).filter(|ask| !joins(ask)) {
        for variable in &board.model.variables {
            let Some(label) = &variable.label else {
                continue;
            };
            if opts_out(ask, &variable.name) {
                continue;
            }
            let Some((with, without)) = sides(ask, label, context) else {
                continue;
            };
            let metric = without.metric_name().unwrap_or_default();
            let by = &variable.name;
            sink.push(
                Diagnostic::new(
                    Code::PartlyFiltered,
                    format!("the variable `{by}` filters a part of this expression only"),
                )
                .at(
                    context.span(&ask.expression, without.range),
                    format!("`{metric}` has no label `{label}`"),
                )
                .because(context.span(&ask.expression, with.range), "filtered")
                .help(format!(
                    "write `unfiltered: [{by}]` at the query if all of it is meant"
                )),
            );
        }
    }
}

/// Panels that a variable does not filter, though what they read comes from a
/// metric with its label.
pub(in crate::check) fn not_at_all(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    for panel in &board.panels {
        for variable in &board.model.variables {
            let Some(label) = &variable.label else {
                continue;
            };
            if panel.model.uses_variable(&variable.name) {
                continue;
            }
            let lost = panel.asks.iter().find_map(|ask| {
                let mut selectors = ask.expression.query.selectors();
                let mut seen = HashSet::new();
                let selector =
                    selectors.find(|selector| loses(selector, label, context, &mut seen))?;
                (!opts_out(ask, &variable.name)).then_some((ask, selector))
            });
            let Some((ask, selector)) = lost else {
                continue;
            };
            let under = match selector.metric_name() {
                Some(_) => format!("recorded without `{label}`"),
                None => format!("not all of these have `{label}`"),
            };
            let found = Diagnostic::new(
                Code::UnfilteredPanel,
                format!(
                    "the variable `{}` does not filter the panel \"{}\"",
                    variable.name, panel.model.title
                ),
            )
            .at(context.span(&ask.expression, selector.range), under);
            sink.push(match ask.named {
                Some(_) => found.because(ask.at, "shown here").help(format!(
                    "write `unfiltered: [{}]` at the query if all of it is meant",
                    variable.name
                )),
                None => found,
            });
        }
    }
}

/// Variables that offer the targets of one job, and filter what another one
/// exposes: as soon as a value is chosen, nothing is left.
pub(in crate::check) fn by_other_targets(
    board: &Board<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for variable in &board.spec.variables {
        let Some(spec) = &variable.item else { continue };
        let (Some(label), Some(from)) = (&spec.label, &spec.from) else {
            continue;
        };
        let Some(offered) =
            targets(from.as_str(), context).filter(|_| label.as_str() == "instance")
        else {
            continue;
        };
        let asks = board.panels.iter().flat_map(|panel| &panel.asks);
        for ask in asks.filter(|ask| !opts_out(ask, variable.name.as_str())) {
            let other = ask.expression.query.selectors().find(|selector| {
                let own = selector
                    .metric_name()
                    .and_then(|name| targets(name, context));
                !selector.constrains(label.as_str())
                    && own.is_some_and(|own| !own.iter().any(|target| offered.contains(target)))
            });
            let Some(other) = other else { continue };
            let metric = other.metric_name().unwrap_or_default();
            sink.push(
                Diagnostic::new(
                    Code::OtherTargets,
                    format!(
                        "the variable `{}` leaves nothing of `{metric}` as soon as a value is chosen",
                        variable.name
                    ),
                )
                .at(
                    context.span(&ask.expression, other.range),
                    "of the targets of another job",
                )
                .because(from.span, "the values are the targets of its job")
                .help(format!(
                    "write `unfiltered: [{}]` at the query, or filter by a label that both jobs have",
                    variable.name
                )),
            );
        }
    }
}

/// The targets of the job that a series is known to be of, if they become its
/// `instance` as they are.
fn targets<'c>(series: &str, context: &Context<'c>) -> Option<&'c [Arc<str>]> {
    let job = context.job(context.metric(series)?.job.as_deref()?)?;
    let as_they_are =
        job.raw.is_none() && !job.honor_labels && !job.labels.contains_key("instance");
    as_they_are.then_some(&*job.targets)
}

/// Whether the author has said that the variable is not to filter a query.
fn opts_out(ask: &Ask<'_>, variable: &str) -> bool {
    match ask.named.and_then(|named| named.unfiltered.as_ref()) {
        Some(Unfiltered::All(all)) => *all,
        Some(Unfiltered::Only(names)) => names.iter().any(|name| *name.value == *variable),
        None => false,
    }
}

/// Whether metrics behind a selector have the label, and what it selects is
/// recorded, or named by a pattern. Recordings that were `seen` do not count.
fn loses<'c>(
    selector: &Selector,
    label: &str,
    context: &Context<'c>,
    seen: &mut HashSet<&'c str>,
) -> bool {
    if selector.constrains(label) {
        return false;
    }
    let has = |series: &str| {
        let declared = context.declared(series);
        declared.is_some_and(|(_, spec)| spec.labels.iter().any(|own| own.as_str() == label))
    };
    match selector.metric_name() {
        Some(name) => context.record(name).is_some_and(|record| {
            let mut read = record.source.selectors();
            seen.insert(&record.name)
                && !record.labels.contains_key(label)
                && read.any(|read| {
                    read.metric_name().is_some_and(&has) && !read.constrains(label)
                        || loses(read, label, context, seen)
                })
        }),
        None => selector.name_pattern().is_some_and(|pattern| {
            context
                .series()
                .any(|name| pattern.accepts(name) && has(name))
        }),
    }
}

/// A selector that carries the label, and one that does not; `None` if all are
/// alike, or if what one carries is not known.
fn sides<'q>(
    ask: &Ask<'q>,
    label: &str,
    context: &Context<'_>,
) -> Option<(&'q Selector, &'q Selector)> {
    let (mut with, mut without) = (None, None);
    for selector in ask.expression.query.selectors() {
        let name = selector.metric_name()?;
        let (_, spec) = context.declared(name)?;
        let job = context
            .metric(name)
            .and_then(|metric| metric.job.as_deref());
        let by_job = job
            .and_then(|job| context.job(job))
            .is_some_and(|job| job.labels.contains_key(label));
        let target = matches!(label, "job" | "instance");
        if target || by_job || spec.labels.iter().any(|own| own.as_str() == label) {
            with = with.or(Some(selector));
        } else {
            without = without.or(Some(selector));
        }
    }
    Some((with?, without?))
}

/// Whether series are paired by labels that the author names, or only their
/// presence counts: the filter of one side then holds for both.
fn joins(ask: &Ask<'_>) -> bool {
    ask.expression
        .query
        .root()
        .walk()
        .any(|expr| match &expr.kind {
            ExprKind::Binary(binary) => binary.matching.labels.is_some() || binary.op.is_set(),
            _ => false,
        })
}
