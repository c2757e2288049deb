//! Results that are empty, too many, or not a number when it matters.

use crate::check::context::{Ask, Board, BoardPanel, Context, Expression, items};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{PanelKind, VariableKind};
use crate::promql::{
    AggregateOp, Binary, BinaryOp, Expr, ExprKind, MatchOp, Matcher, Query, SampleUse, Verdict,
    conflict, verdict,
};
use crate::spec::shape::Worse;
use std::collections::HashSet;

/// Matchers of a selector that contradict each other.
pub(in crate::check) fn contradictions(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for selector in expression.query.selectors() {
        let matchers = &selector.matchers;
        for (index, second) in matchers.iter().enumerate() {
            let earlier = matchers[..index]
                .iter()
                .filter(|first| first.name.text == second.name.text);
            for first in earlier {
                if contradict(first, second) || contradict(second, first) {
                    sink.push(
                        Diagnostic::new(
                            Code::EmptyResult,
                            format!("no value of `{}` passes both matchers", second.name.text),
                        )
                        .at(
                            context.span(expression, second.range),
                            "contradicts the other",
                        )
                        .because(context.span(expression, first.range), "the other"),
                    );
                }
            }
        }
        let nothing = matchers.iter().find(|matcher| {
            matcher.op == MatchOp::NotRegex && matches!(&*matcher.value.value, ".*" | "(.*)")
        });
        if let Some(matcher) = nothing {
            sink.push(
                Diagnostic::new(
                    Code::EmptyResult,
                    "everything matches `.*`, so nothing is left",
                )
                .at(
                    context.span(expression, matcher.range),
                    "excludes everything",
                ),
            );
        }
    }
}

/// Whether nothing that `first` wants passes `second`.
fn contradict(first: &Matcher, second: &Matcher) -> bool {
    if !matches!(first.op, MatchOp::Equal | MatchOp::Regex) {
        return false;
    }
    let (Some(wanted), Some(other)) = (first.literals(), second.literals()) else {
        return false;
    };
    wanted.iter().all(|value| match second.op {
        MatchOp::Equal | MatchOp::Regex => !other.contains(value),
        MatchOp::NotEqual | MatchOp::NotRegex => other.contains(value),
    })
}

/// Comparisons that never hold: of two numbers, of a count with none, of
/// values with what they cannot be; and conditions that exclude each other.
pub(in crate::check) fn conditions(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    let span = |range| context.span(expression, range);
    for expr in expression.query.root().walk() {
        if follows(expression.query, expr, context) {
            continue;
        }
        if let Some(message) = never(expr, context) {
            let found = Diagnostic::new(Code::EmptyResult, message)
                .at(span(expr.range), "never returns anything");
            sink.push(match counts(expr) {
                true => found.help("`absent(…)` is there when nothing else is"),
                false => found,
            });
        } else if let Some(conflict) = conflict(expression.query, expr) {
            let unless =
                matches!(&expr.kind, ExprKind::Binary(binary) if binary.op == BinaryOp::Unless);
            let (message, label) = match unless {
                true => (
                    "`unless` takes away all that is in front of it",
                    "has all of it",
                ),
                false => ("no value meets both conditions", "contradicts the other"),
            };
            sink.push(
                Diagnostic::new(Code::EmptyResult, message)
                    .at(span(conflict.second), label)
                    .because(span(conflict.first), "the other"),
            );
        }
    }
}

/// Whether something in `query` is a comparison that never holds.
pub(in crate::check) fn never_holds(query: &Query, context: &Context<'_>) -> bool {
    let mut parts = query.root().walk();
    parts.any(|expr| impossible(query, expr, context))
}

fn impossible(query: &Query, expr: &Expr, context: &Context<'_>) -> bool {
    never(expr, context).is_some() || conflict(query, expr).is_some()
}

/// Whether `expr` compares what is found to never return anything itself.
fn follows(query: &Query, expr: &Expr, context: &Context<'_>) -> bool {
    match &expr.kind {
        ExprKind::Binary(binary) if binary.op.is_comparison() => {
            let (side, ..) = compared(binary);
            impossible(query, side.unwrapped(), context)
        }
        _ => false,
    }
}

/// What is compared, how, and with which number, if with one: `5 < x` is about
/// an `x` that is more than 5.
fn compared(binary: &Binary) -> (&Expr, BinaryOp, Option<f64>) {
    match (binary.left.literal(), binary.right.literal()) {
        (Some(left), None) => (&binary.right, binary.op.flipped(), Some(left)),
        (_, right) => (&binary.left, binary.op, right),
    }
}

/// Why the comparison `expr` never holds.
fn never(expr: &Expr, context: &Context<'_>) -> Option<String> {
    let ExprKind::Binary(binary) = &expr.kind else {
        return None;
    };
    let filters = binary.op.is_comparison() && binary.matching.bool_range.is_none();
    if !filters || verdict(expr, &|series| context.kind(series)) != Verdict::Never {
        return None;
    }
    let (side, op, number) = compared(binary);
    let word = op.name();
    Some(match (constant(side), at_least_one(side), number) {
        (Some(value), _, Some(number)) => format!("`{value} {word} {number}` never holds"),
        (_, Some(what), Some(number)) if none_from_one_up(op, number) => {
            format!("`{what}` of nothing is nothing, and never {number}")
        }
        (_, _, Some(number)) => format!("no value here can be `{word} {number}`"),
        _ => format!("no value here can be `{word}` the other"),
    })
}

/// Whether `expr` compares a count with what no count is.
fn counts(expr: &Expr) -> bool {
    let ExprKind::Binary(binary) = &expr.kind else {
        return false;
    };
    let (side, op, number) = compared(binary);
    at_least_one(side).is_some() && number.is_some_and(|number| none_from_one_up(op, number))
}

/// The number that every sample of `expr` has.
fn constant(expr: &Expr) -> Option<f64> {
    match &expr.unwrapped().kind {
        ExprKind::Call(call) if &*call.name.text == "vector" => call.args.first()?.literal(),
        _ => expr.literal(),
    }
}

/// The name of an operation whose samples are all at least one.
fn at_least_one(expr: &Expr) -> Option<&'static str> {
    match &expr.unwrapped().kind {
        ExprKind::Aggregate(aggregate) if aggregate.op == AggregateOp::Count => Some("count"),
        ExprKind::Call(call) => match &*call.name.text {
            "absent" => Some("absent"),
            "count_over_time" => Some("count_over_time"),
            _ => None,
        },
        _ => None,
    }
}

/// Whether no number from one up passes `op right`.
fn none_from_one_up(op: BinaryOp, right: f64) -> bool {
    match op {
        BinaryOp::Equal | BinaryOp::LessEqual => right < 1.0,
        BinaryOp::Less => right <= 1.0,
        _ => false,
    }
}

/// Panels for one number whose query has a series per value of some label.
pub(in crate::check) fn several_series(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    for panel in &board.panels {
        let what = match panel.model.kind {
            PanelKind::Stat { .. } => "a stat",
            PanelKind::Gauge { .. } => "a gauge",
            _ => continue,
        };
        let told_apart = panel.spec.data().is_some_and(|data| data.legend.is_some());
        if told_apart {
            continue;
        }
        for ask in &panel.asks {
            let own = ask.entry.and_then(|entry| entry.legend.as_ref());
            let own = own.or(ask.named.and_then(|named| named.legend.as_ref()));
            let labels = open_labels(ask, panel, board);
            if own.is_some() || labels.is_empty() {
                continue;
            }
            let list: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            sink.push(
                Diagnostic::new(
                    Code::SeveralSeries,
                    format!(
                        "{what} shows one number, and this gives one for each {}",
                        list.join(", ")
                    ),
                )
                .at(ask.at, "several series")
                .help("aggregate them, or say with `legend` that each is meant"),
            );
        }
    }
}

/// The labels by which a query's series differ, without those of targets.
fn open_labels<'p>(ask: &Ask<'p>, panel: &BoardPanel<'p>, board: &Board<'p>) -> Vec<&'p str> {
    let mut pinned: HashSet<&str> = HashSet::from(["job", "instance"]);
    for variable in &board.model.variables {
        let one = match &variable.kind {
            VariableKind::Values { multi, all, .. } | VariableKind::Custom { multi, all, .. } => {
                !multi && !all
            }
            _ => false,
        };
        if one || panel.model.repeat.as_ref() == Some(&variable.name) {
            pinned.extend(variable.label.as_deref());
        }
    }
    let query = ask.expression.query;
    let equal = |label: &str| {
        query.selectors().all(|selector| {
            let mut matchers = selector.matchers.iter();
            matchers.any(|matcher| matcher.op == MatchOp::Equal && &*matcher.name.text == label)
        })
    };
    let labels = ask.target.labels.iter().flatten().map(|label| &**label);
    labels
        .filter(|label| !pinned.contains(label) && !equal(label))
        .collect()
}

/// Alerts on a low ratio that is no number when nothing happens.
pub(in crate::check) fn silent_when_idle(context: &Context<'_>, sink: &mut Sink) {
    for (name, spec) in items(&context.specs.alerts) {
        let Some(alert) = context.alert(name) else {
            continue;
        };
        let query = &*alert.source;
        let (text, place, root) = match (&alert.condition, &spec.expr) {
            (Some(condition), _) if condition.thresholds.worse == Worse::Lower => {
                let named = context.query(&condition.query);
                let (Some(named), Some(level)) = (named, &spec.fires_at) else {
                    continue;
                };
                (&named.expr, level.span, query.root())
            }
            (None, Some(expr)) => match &query.root().unwrapped().kind {
                ExprKind::Binary(binary)
                    if matches!(binary.op, BinaryOp::Less | BinaryOp::LessEqual)
                        && binary.right.literal().is_some() =>
                {
                    (expr, expr.span, &binary.left)
                }
                _ => continue,
            },
            _ => continue,
        };
        if let Some(division) = idle_division(root) {
            let expression = Expression { text, query };
            sink.push(
                Diagnostic::new(
                    Code::SilentWhenIdle,
                    format!("the alert `{name}` is silent when nothing happens at all"),
                )
                .at(place, "no comparison holds for what is not a number")
                .because(
                    context.span(&expression, division.op_range),
                    "zero by zero when idle",
                )
                // What `vector` makes has no labels: beside series that have some, it
                // would always be there.
                .help(match alert.carries.as_deref() {
                    Some([]) => "if idleness is as bad, guard the divisor with `> 0` and add `or vector(0)`, or watch for it with another alert",
                    _ => "if idleness is as bad, watch for it with another alert",
                }),
            );
        }
    }
}

/// A division by a rate that the value of `expr` is computed from.
fn idle_division(expr: &Expr) -> Option<&Binary> {
    let ExprKind::Binary(binary) = &expr.unwrapped().kind else {
        return None;
    };
    if binary.op.is_set() || binary.op.is_comparison() {
        return None;
    }
    if binary.op == BinaryOp::Div && is_rate(&binary.right) {
        return Some(binary);
    }
    idle_division(&binary.left).or_else(|| idle_division(&binary.right))
}

/// Whether the values of `expr` are zero when nothing happens.
fn is_rate(expr: &Expr) -> bool {
    match &expr.unwrapped().kind {
        ExprKind::Call(call) => call
            .function
            .is_some_and(|function| function.reads == SampleUse::Counter),
        ExprKind::Aggregate(aggregate) => {
            matches!(
                aggregate.op,
                AggregateOp::Sum | AggregateOp::Max | AggregateOp::Min | AggregateOp::Avg
            ) && is_rate(&aggregate.expr)
        }
        ExprKind::Binary(binary) => {
            matches!(binary.op, BinaryOp::Add | BinaryOp::Mul)
                && (is_rate(&binary.left) || binary.left.literal().is_some())
                && (is_rate(&binary.right) || binary.right.literal().is_some())
        }
        _ => false,
    }
}
