//! Variables that filter half of what a panel shows.

use crate::check::context::{Ask, Board, Context};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::promql::{ExprKind, Selector};
use crate::spec::shape::Unfiltered;

/// Expressions of which a variable filters one part and not another.
pub(in crate::check) fn partly(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let asks = board.panels.iter().flat_map(|panel| &panel.asks);
    for ask in asks.filter(|ask| !joins(ask)) {
        for variable in &board.model.variables {
            let Some(label) = &variable.label else {
                continue;
            };
            let opted_out = match ask.named.and_then(|named| named.unfiltered.as_ref()) {
                Some(Unfiltered::All(all)) => *all,
                Some(Unfiltered::Only(names)) => {
                    names.iter().any(|name| *name.value == *variable.name)
                }
                None => false,
            };
            if opted_out {
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
