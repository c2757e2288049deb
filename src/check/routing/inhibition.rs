//! Inhibitions that silence nothing.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Holds, RouteMatcher, all_hold};
use crate::spec::shape::InhibitRule;
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
