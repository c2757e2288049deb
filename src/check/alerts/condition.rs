//! Conditions that are none, or that values cannot meet or cannot help meeting.

use crate::check::context::Context;
use crate::check::queries::result::never_holds;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::promql::{Query, Verdict, is_condition, verdict};

/// Alerts whose condition says nothing.
pub(in crate::check) fn judge(context: &Context<'_>, sink: &mut Sink) {
    for rule in context.alert_rules() {
        // Prometheus's own reading of what was written.
        let Ok(whole) = Query::parse(rule.alert.expr.as_str()) else {
            continue;
        };
        let written = rule.spec.fires_at.as_ref().or(rule.spec.expr.as_ref());
        let Some(at) = written.map(|written| written.span) else {
            continue;
        };
        let name = rule.name;
        let found = match verdict(whole.root(), &|series| context.kind(series)) {
            _ if !is_condition(whole.root()) => Diagnostic::new(
                Code::NoCondition,
                format!("the alert `{name}` fires for every series that it finds"),
            )
            .at(at, "compares nothing")
            .help("say which values are bad, such as `… > 5`"),
            // Where the author wrote that condition, it is reported there.
            Verdict::Never if never_holds(&rule.alert.source, context) => continue,
            Verdict::Never => Diagnostic::new(
                Code::NeverFires,
                format!("the alert `{name}` can never fire"),
            )
            .at(at, "no value is that high or low"),
            Verdict::Always => Diagnostic::new(
                Code::AlwaysFires,
                format!("the alert `{name}` fires whatever the value"),
            )
            .at(at, "every value passes"),
            Verdict::Depends => continue,
        };
        sink.push(match &rule.alert.condition {
            Some(condition) => found.help(format!(
                "the condition is `… {} {}`",
                condition.thresholds.operator(),
                condition.bound
            )),
            None => found,
        });
    }
}
