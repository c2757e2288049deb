//! Ranges that hold fewer samples than their function needs.

use crate::check::context::{Board, Context, Expression, items};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::promql::{DurationValue, ExprKind, PromDuration, TextRange, ValueType};
use std::collections::HashSet;
use std::sync::Arc;

/// A selector whose range is read by a function that needs two samples.
struct Read<'q> {
    function: &'q str,
    series: &'q str,
    range: TextRange,
    length: DurationValue,
    /// Whether the sample before the range is read as well.
    reaches_back: bool,
    /// Whether one sample is not enough.
    needs_two: bool,
}

/// Ranges that expressions write out.
pub(in crate::check) fn written(
    expression: &Expression<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    for read in reads(expression) {
        if let DurationValue::Fixed(length) = read.length {
            let at = context.span(expression, read.range);
            judge(&read, length, at, None, context, sink);
        }
    }
}

/// Windows of alerts and records.
pub(in crate::check) fn of_rules(context: &Context<'_>, sink: &mut Sink) {
    let alerts = items(&context.specs.alerts).filter_map(|(name, spec)| {
        let source = &context.alert(name)?.source;
        Some((&spec.query, &spec.expr, spec.window.as_ref()?, source))
    });
    let records = items(&context.specs.records).filter_map(|(name, spec)| {
        let source = &context.record(name)?.source;
        Some((&spec.query, &spec.expr, spec.window.as_ref()?, source))
    });
    for (query, expr, window, source) in alerts.chain(records) {
        let named = query.as_ref().and_then(|name| context.query(name.as_str()));
        if let Some(text) = named.map(|named| &named.expr).or(expr.as_ref()) {
            let expression = Expression {
                text,
                query: source,
            };
            judge_window(&expression, window.value, window.span, context, sink);
        }
    }
}

/// Windows that panels, their queries and their dashboard give.
pub(in crate::check) fn of_panels(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let mut told = HashSet::new();
    for panel in &board.panels {
        for ask in &panel.asks {
            let nearest_first = [
                ask.entry.and_then(|entry| entry.window.as_ref()),
                panel.spec.window.as_ref(),
                ask.named.and_then(|named| named.window.as_ref()),
                board.spec.window.as_ref(),
            ];
            let window: Option<&Spanned<Arc<str>>> = nearest_first.into_iter().flatten().next();
            let Some(window) = window else { continue };
            if let Some(length) = PromDuration::parse(window.as_str()) {
                judge_window(&ask.expression, length, window.span, context, sink);
            }
            for option in options(board, window.as_str()) {
                // One panel tells of a choice that would do for none.
                if told.contains(&option.span) {
                    continue;
                }
                let mut found = Sink::default();
                let (expression, at) = (&ask.expression, option.span);
                judge_window(expression, option.value, at, context, &mut found);
                if found.iter().next().is_some() {
                    told.insert(at);
                }
                sink.absorb(found);
            }
        }
    }
}

/// The choices of the interval variable that a window names.
fn options<'c>(
    board: &Board<'c>,
    window: &str,
) -> impl Iterator<Item = &'c Spanned<PromDuration>> + use<'c> {
    let name = window.trim_start_matches('$').to_owned();
    let variables = board.spec.variables.iter();
    let named = variables.filter(move |variable| *variable.name.value == *name);
    named
        .filter_map(|variable| variable.item.as_ref()?.interval.as_ref())
        .flat_map(|options| &options.value)
}

/// Rates in panels that do not follow the resolution.
pub(in crate::check) fn fixed(board: &Board<'_>, context: &Context<'_>, sink: &mut Sink) {
    let asks = board.panels.iter().flat_map(|panel| &panel.asks);
    for ask in asks.filter(|ask| !ask.target.instant) {
        for read in reads(&ask.expression) {
            let (DurationValue::Fixed(length), "rate") = (read.length, read.function) else {
                continue;
            };
            sink.push(
                Diagnostic::new(
                    Code::FixedRange,
                    format!(
                        "`{}` looks back {length}, however long a time is shown",
                        read.function
                    ),
                )
                .at(context.span(&ask.expression, read.range), "stays as it is")
                .help(format!(
                    "write `$window`, and `window: {length}` at the panel if that length is meant"
                )),
            );
        }
    }
}

fn judge_window(
    expression: &Expression<'_>,
    window: PromDuration,
    at: Span,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    let Some(variable) = expression
        .query
        .variables()
        .iter()
        .find(|variable| variable.is_window())
    else {
        return;
    };
    let of_window = |range: TextRange| {
        let mut variables = expression.query.variables().iter();
        variables.any(|variable| variable.is_window() && range == variable.range)
    };
    let used = context.span(expression, variable.range);
    for read in reads(expression).filter(|read| of_window(read.range)) {
        judge(&read, window, at, Some(used), context, sink);
    }
}

fn reads<'q>(expression: &Expression<'q>) -> impl Iterator<Item = Read<'q>> {
    expression.query.root().walk().filter_map(|expr| {
        let ExprKind::Call(call) = &expr.kind else {
            return None;
        };
        let function = call.function?;
        let mut args = call.args.iter().enumerate();
        let (_, arg) = args.find(|(index, _)| function.arg(*index) == Some(ValueType::Matrix))?;
        let ExprKind::Selector(selector) = &arg.unwrapped().kind else {
            return None;
        };
        let lookback = selector.lookback.as_ref()?;
        Some(Read {
            function: function.name,
            series: selector.metric_name()?,
            range: lookback.duration.range,
            length: lookback.duration.value,
            reaches_back: selector.edges.is_some(),
            needs_two: function.needs_two_samples(),
        })
    })
}

fn judge(
    read: &Read<'_>,
    length: PromDuration,
    at: Span,
    used: Option<Span>,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    if read.reaches_back {
        return;
    }
    let Some(interval) = context.interval(read.series) else {
        return;
    };
    let (function, series) = (read.function, read.series);
    let twice = PromDuration::from_millis(2 * interval.as_millis());
    let found = if !read.needs_two {
        if length >= interval {
            return;
        }
        Diagnostic::new(
            Code::ShortRange,
            format!("a range of {length} holds a sample of `{series}` only at times"),
        )
    } else if length < interval {
        Diagnostic::new(
            Code::EmptyRange,
            format!(
                "`{function}` needs two samples, and a range of {length} never holds two of `{series}`"
            ),
        )
    } else if length < twice {
        Diagnostic::new(
            Code::ShortRange,
            format!(
                "`{function}` needs two samples, and a range of {length} holds two of `{series}` only at times"
            ),
        )
    } else {
        return;
    };
    let found = found.at(at, format!("a sample is taken every {interval}"));
    let found = found.help(format!(
        "four intervals, {}, survive a scrape that is lost",
        PromDuration::from_millis(4 * interval.as_millis())
    ));
    sink.push(match used {
        Some(used) => found.because(used, "used here"),
        None => found,
    });
}
