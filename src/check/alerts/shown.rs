//! Alerts that no panel shows.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};

/// Alerts on a named query that no panel asks: who is told has nothing to look at.
pub(in crate::check) fn on_a_panel(context: &Context<'_>, sink: &mut Sink) {
    if context.model.dashboards.is_empty() {
        return;
    }
    for rule in context.alert_rules() {
        if let (Some(query), None) = (&rule.spec.query, &rule.alert.panel) {
            sink.push(
                Diagnostic::new(
                    Code::AlertWithoutPanel,
                    format!("no panel shows what the alert `{}` watches", rule.name),
                )
                .at(query.span, "asked by no panel")
                .help(
                    "add a panel with the query, or name one that helps: `panel: dashboard/panel`",
                ),
            );
        }
    }
}
