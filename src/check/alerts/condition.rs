//! Conditions that are none, or that values cannot meet or cannot help meeting.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::promql::{Query, SeriesKind, Verdict, is_condition, verdict};
use crate::spec::shape::MetricType;

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
        let found = match verdict(whole.root(), &|series| kind(series, context)) {
            _ if !is_condition(whole.root()) => Diagnostic::new(
                Code::NoCondition,
                format!("the alert `{name}` fires for every series that it finds"),
            )
            .at(at, "compares nothing")
            .help("say which values are bad, such as `… > 5`"),
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

/// The kind of a declared series.
fn kind(series: &str, context: &Context<'_>) -> Option<SeriesKind> {
    let metric = context.metric(series)?;
    let suffix = series.strip_prefix(&*metric.name)?;
    Some(match (metric.kind, suffix) {
        (MetricType::Counter, _) => SeriesKind::Counter,
        (MetricType::Histogram, "_bucket") => SeriesKind::HistogramBucket,
        (MetricType::Histogram, "_count") => SeriesKind::HistogramCount,
        (MetricType::Summary, "_count") => SeriesKind::SummaryCount,
        _ => return None,
    })
}
