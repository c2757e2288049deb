//! The file with recording rules and alerts.

use super::{Labels, some};
use crate::model::{Alert, Model, Record, RuleGroup};
use crate::render::yaml;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Rules<'a> {
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    interval: Option<String>,
    limit: Option<u32>,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    record: Option<&'a str>,
    alert: Option<&'a str>,
    expr: Cow<'a, str>,
    r#for: Option<String>,
    keep_firing_for: Option<String>,
    labels: Option<&'a Labels>,
    annotations: Option<&'a Labels>,
}

/// The file `alert-rules.yml`. Within a group, recording rules come before
/// the alerts that may read them. Groups without any rule are left out.
pub(in crate::render) fn rules(model: &Model) -> Vec<u8> {
    let groups = model
        .groups
        .iter()
        .filter(|group| has_rules(group))
        .map(group)
        .collect();
    yaml::document(&Rules { groups }, |line| line.starts_with("  - "))
}

/// Whether there is any rule.
pub(in crate::render) fn has_any(model: &Model) -> bool {
    model.groups.iter().any(has_rules)
}

fn has_rules(group: &RuleGroup) -> bool {
    !group.records.is_empty() || !group.alerts.is_empty()
}

fn group(group: &RuleGroup) -> Group<'_> {
    Group {
        name: &group.name,
        interval: group.interval.map(|interval| interval.to_string()),
        limit: group.limit,
        rules: group
            .records
            .iter()
            .map(record)
            .chain(group.alerts.iter().map(alert))
            .collect(),
    }
}

fn record(record: &Record) -> Rule<'_> {
    Rule {
        record: Some(&record.name),
        alert: None,
        expr: block(&record.expr),
        r#for: None,
        keep_firing_for: None,
        labels: some(&record.labels),
        annotations: None,
    }
}

fn alert(alert: &Alert) -> Rule<'_> {
    Rule {
        record: None,
        alert: Some(&alert.name),
        expr: block(&alert.expr),
        r#for: alert.r#for.map(|duration| duration.to_string()),
        keep_firing_for: alert.keep_firing_for.map(|duration| duration.to_string()),
        labels: some(&alert.labels),
        annotations: some(&alert.annotations),
    }
}

/// The expression without space at the ends of its lines, which YAML could
/// only write in one long line of escapes. A raw string may hold such space
/// and keeps it.
fn block(expr: &str) -> Cow<'_, str> {
    let expr = expr.trim();
    if expr.contains('`') || !expr.lines().any(|line| line.ends_with(char::is_whitespace)) {
        return Cow::Borrowed(expr);
    }
    Cow::Owned(
        expr.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n"),
    )
}
