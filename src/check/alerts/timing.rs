//! How long alerts wait, against how often they are evaluated.

use crate::check::context::{AlertRule, Context};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::promql::{Call, Expr, ExprKind, PromDuration};

/// `for` against the time between evaluations.
pub(in crate::check) fn against_evaluations(context: &Context<'_>, sink: &mut Sink) {
    for rule in context.alert_rules() {
        let Some(r#for) = &rule.spec.r#for else {
            continue;
        };
        let interval = context.evaluation_interval(rule.group);
        let (length, step) = (r#for.value.as_millis(), interval.as_millis());
        if length == 0 || step == 0 {
            continue;
        }
        let name = rule.name;
        if length < 2 * step {
            sink.push(
                Diagnostic::new(
                    Code::ShortFor,
                    format!("`for` of the alert `{name}` is over at its next evaluation or the one after it"),
                )
                .at(r#for.span, format!("evaluated every {interval}"))
                .help(format!(
                    "wait for {} or longer, so that one bad sample does not fire",
                    PromDuration::from_millis(2 * step)
                )),
            );
        } else if length % step != 0 {
            let ends = PromDuration::from_millis(length.div_ceil(step) * step);
            sink.push(
                Diagnostic::new(
                    Code::UnevenFor,
                    format!(
                        "the alert `{name}` fires after {ends}, not after {}",
                        r#for.value
                    ),
                )
                .at(r#for.span, format!("evaluated every {interval}")),
            );
        }
    }
}

/// Alerts on what is absent must outlast a scrape that is missed.
pub(in crate::check) fn of_absence(context: &Context<'_>, sink: &mut Sink) {
    for rule in context.alert_rules() {
        let Some(absence) = absence(rule.alert.source.root()) else {
            continue;
        };
        let series = absence.args.first().and_then(series_of);
        let interval = series
            .and_then(|series| context.interval(series))
            .unwrap_or(context.model.scrape.interval);
        // A range looks back by itself.
        let looks_back = &*absence.name.text == "absent_over_time";
        let waits = rule.alert.r#for.map_or(0, PromDuration::as_millis);
        if !looks_back && waits < 2 * interval.as_millis() {
            sink.push(finding(&rule, interval));
        }
    }
}

fn finding(rule: &AlertRule<'_>, interval: PromDuration) -> Diagnostic {
    let place = rule.spec.r#for.as_ref().map(|r#for| r#for.span);
    let text = match place {
        Some(_) => "too short",
        None => "needs `for`",
    };
    Diagnostic::new(
        Code::AbsentWithoutFor,
        format!(
            "the alert `{}` fires after a single scrape that went wrong, or a restart",
            rule.name
        ),
    )
    .at(place.unwrap_or(rule.name.span), text)
    .help(format!(
        "wait for {} or longer: twice the time between scrapes",
        PromDuration::from_millis(2 * interval.as_millis())
    ))
}

/// The call that asks what is absent, if the expression is one.
fn absence(expr: &Expr) -> Option<&Call> {
    match &expr.unwrapped().kind {
        ExprKind::Call(call) if call.name.text.starts_with("absent") => Some(call),
        ExprKind::Binary(binary) if binary.op.is_comparison() => absence(&binary.left),
        _ => None,
    }
}

fn series_of(expr: &Expr) -> Option<&str> {
    expr.walk().find_map(|part| match &part.kind {
        ExprKind::Selector(selector) => selector.metric_name(),
        _ => None,
    })
}
