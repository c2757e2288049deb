//! Alerts that contradict or repeat each other.

use crate::check::context::{AlertRule, Context};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Condition;
use crate::promql::PromDuration;
use crate::spec::shape::Worse;
use std::collections::HashMap;

/// Severities that everybody orders in the same way, from the mildest on.
const SEVERITIES: [&[&str]; 5] = [
    &["info", "none"],
    &["notice"],
    &["warning", "warn"],
    &["error", "high"],
    &["critical", "page", "emergency"],
];

/// Alerts on one query: the higher the severity, the worse the value.
pub(in crate::check) fn severities(context: &Context<'_>, sink: &mut Sink) {
    let mut by_query: HashMap<&str, Vec<(usize, &Condition, AlertRule<'_>)>> = HashMap::new();
    for rule in context.alert_rules() {
        if let (Some(condition), Some(rank)) = (&rule.alert.condition, rank(&rule.alert.severity)) {
            let of_query = by_query.entry(&condition.query).or_default();
            of_query.push((rank, condition, rule));
        }
    }
    for rules in by_query.values() {
        for (rank, condition, rule) in rules {
            let milder = rules.iter().find(|(other_rank, other, other_rule)| {
                other_rank < rank && !comes_later(condition, rule, other, other_rule)
            });
            let Some((_, other, milder)) = milder else {
                continue;
            };
            let at = rule
                .spec
                .fires_at
                .as_ref()
                .map_or(rule.name.span, |level| level.span);
            sink.push(
                Diagnostic::new(
                    Code::SeverityOrder,
                    format!(
                        "the alert `{}` ({}) does not come after `{}` ({})",
                        rule.name, rule.alert.severity, milder.name, milder.alert.severity
                    ),
                )
                .at(at, format!("fires at {}", condition.bound))
                .because(milder.name.span, format!("fires at {}", other.bound)),
            );
        }
    }
}

fn rank(severity: &str) -> Option<usize> {
    SEVERITIES
        .iter()
        .position(|names| names.contains(&severity.to_ascii_lowercase().as_str()))
}

/// Whether what is worse takes a worse value, or more time with the same one.
fn comes_later(
    condition: &Condition,
    rule: &AlertRule<'_>,
    milder: &Condition,
    milder_rule: &AlertRule<'_>,
) -> bool {
    let worse = match condition.thresholds.worse {
        Worse::Higher => condition.bound > milder.bound,
        Worse::Lower => condition.bound < milder.bound,
    };
    let waits = |rule: &AlertRule<'_>| rule.alert.r#for.map_or(0, PromDuration::as_millis);
    // Other windows are other conditions, which cannot be put in order.
    let windows = condition.expr.text() != milder.expr.text();
    worse || windows || (condition.bound == milder.bound && waits(rule) > waits(milder_rule))
}

/// Alerts that differ in nothing but their names and texts.
pub(in crate::check) fn duplicates(context: &Context<'_>, sink: &mut Sink) {
    let mut seen: HashMap<(String, String), AlertRule<'_>> = HashMap::new();
    for rule in context.alert_rules() {
        let words: Vec<_> = rule.alert.expr.split_whitespace().collect();
        let key = (words.join(" "), format!("{:?}", rule.alert.labels));
        if let Some(first) = seen.get(&key) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateAlert,
                    format!(
                        "the alerts `{}` and `{}` say the same",
                        first.name, rule.name
                    ),
                )
                .at(rule.name.span, "the same condition, the same labels")
                .because(first.name.span, "the other one"),
            );
        } else {
            seen.insert(key, rule);
        }
    }
}
