//! Inhibitions that silence nothing.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Alert, Holds, Known, RouteMatcher, all_hold};
use crate::spec::shape::InhibitRule;
use std::collections::HashSet;
use std::sync::Arc;

/// Inhibitions for which there is no source or no target, and those that have
/// an alert on both sides.
pub(in crate::check) fn judge(context: &Context<'_>, sink: &mut Sink) {
    let (Some(spec), Some(model)) = (&context.specs.alertmanager, &context.model.alertmanager)
    else {
        return;
    };
    if context.alert_rules().next().is_none() {
        return;
    }
    for (written, rule) in spec.inhibit.iter().zip(&model.inhibit) {
        let sources = RouteMatcher::parse_all(&rule.source);
        let targets = RouteMatcher::parse_all(&rule.target);
        for (matchers, side, verb) in [
            (&sources, &written.source, "silence others"),
            (&targets, &written.target, "be silenced"),
        ] {
            let holds = |alert| all_hold(matchers, &context.alert_label(alert));
            let mut alerts = context.alert_rules().map(|rule| rule.alert);
            if !alerts.any(|alert| holds(alert) >= Holds::Perhaps) {
                sink.push(
                    Diagnostic::new(
                        Code::InhibitionUnmet,
                        format!("there is no alert that could {verb} here"),
                    )
                    .at(place(side, written), "matches no alert"),
                );
            }
        }
        never_equal(written, &sources, &targets, context, sink);
        let on_both = context.alert_rules().find(|rule| {
            let both = sources.iter().chain(&targets);
            all_hold(both, &context.alert_label(rule.alert)) == Holds::Always
        });
        if let Some(alert) = on_both {
            sink.push(
                Diagnostic::new(
                    Code::SelfInhibition,
                    format!("the alert `{}` is both a source and a target", alert.name),
                )
                .at(place(&written.target, written), "matches what silences, too")
                .because(alert.name.span, "this alert")
                .help("Alertmanager does not silence it while such an alert fires; exclude sources from `target`"),
            );
        }
    }
}

/// Reports an inhibition whose alerts never agree in all the labels that must
/// be equal.
fn never_equal(
    written: &InhibitRule,
    sources: &[RouteMatcher],
    targets: &[RouteMatcher],
    context: &Context<'_>,
    sink: &mut Sink,
) {
    let side = |matchers: &[RouteMatcher]| -> HashSet<Vec<Value>> {
        let alerts = context.alert_rules().map(|rule| rule.alert);
        let alerts = alerts
            .filter(|alert| all_hold(matchers, &context.alert_label(alert)) >= Holds::Perhaps);
        let values = |alert| {
            written
                .equal
                .iter()
                .map(move |label| value(alert, label.as_str(), context))
        };
        alerts.map(|alert| values(alert).collect()).collect()
    };
    let (sources, targets) = (side(sources), side(targets));
    // What no alert matches has been said.
    if sources.is_empty() || targets.is_empty() {
        return;
    }
    let apart = |position: usize| {
        let mut pairs = sources
            .iter()
            .flat_map(|source| targets.iter().map(move |target| (source, target)));
        pairs.all(|(source, target)| source[position].differs_from(&target[position]))
    };
    for (position, label) in written.equal.iter().enumerate() {
        if apart(position) {
            sink.push(
                Diagnostic::new(
                    Code::InhibitionUnmet,
                    format!("no source has the same `{label}` as a target"),
                )
                .at(label.span, "never equal")
                .help(format!(
                    "a label that only one of two alerts has is not equal; keep `{label}` in both expressions, or leave it out here"
                )),
            );
        }
    }
}

/// What a label of an alert holds, as far as it is known.
#[derive(PartialEq, Eq, Hash)]
enum Value {
    Is(Arc<str>),
    /// Something.
    Some,
    /// Something, or nothing.
    Open,
}

impl Value {
    fn differs_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(own), Self::Is(other)) => own != other,
            (Self::Is(own), Self::Some) | (Self::Some, Self::Is(own)) => own.is_empty(),
            _ => false,
        }
    }
}

fn value(alert: &Alert, label: &str, context: &Context<'_>) -> Value {
    let carried = alert.carries.iter().flatten().any(|own| **own == *label);
    match context.alert_label(alert)(label) {
        Known::Is(value) => Value::Is(value),
        Known::Open if carried && !alert.labels.contains_key(label) => Value::Some,
        Known::Open => Value::Open,
    }
}

/// Where matchers stand.
fn place(matchers: &[Spanned<Arc<str>>], rule: &InhibitRule) -> Span {
    match (matchers.first(), matchers.last()) {
        (Some(first), Some(last)) => Span {
            end: last.span.end,
            ..first.span
        },
        _ => rule.span,
    }
}
