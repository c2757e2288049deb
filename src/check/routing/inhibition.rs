//! Inhibitions that silence nothing.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Holds, all_hold};
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
        let passes = |matchers: &[Arc<str>], wanted: Holds| {
            let mut rules = context.alert_rules();
            rules.any(|rule| all_hold(matchers, &context.alert_label(rule.alert)) >= wanted)
        };
        for (matchers, side, verb) in [
            (&rule.source, &written.source, "silence others"),
            (&rule.target, &written.target, "be silenced"),
        ] {
            if !passes(matchers, Holds::Perhaps) {
                sink.push(
                    Diagnostic::new(
                        Code::InhibitionUnmet,
                        format!("there is no alert that could {verb} here"),
                    )
                    .at(place(side, written), "matches no alert"),
                );
            }
        }
        let both: Vec<Arc<str>> = rule.source.iter().chain(&rule.target).cloned().collect();
        let on_both = context
            .alert_rules()
            .find(|rule| all_hold(&both, &context.alert_label(rule.alert)) == Holds::Always);
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
