//! Judges the rules that Prometheus has loaded: those of the specs, as they
//! are generated, healthy and evaluated.

use super::clock::rfc3339;
use super::prometheus::{Group, Rule};
use super::words::{counted, list, seconds};
use super::{Tally, place::Places};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::{Alert, Model, Record, RuleGroup};
use crate::promql::{PromDuration, Query};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Evaluations that may be missed before a rule counts as forgotten.
const MISSED: f64 = 3.0;

/// A rule as it is generated.
struct Expected<'m> {
    kind: &'static str,
    name: &'m str,
    expr: &'m str,
    r#for: Option<PromDuration>,
    keep_firing_for: Option<PromDuration>,
    labels: &'m BTreeMap<Arc<str>, Arc<str>>,
    annotations: Option<&'m BTreeMap<Arc<str>, Arc<str>>>,
    span: Option<Span>,
}

/// Judges all rules.
pub(super) fn judge(
    model: &Model,
    loaded: &[Group],
    now: f64,
    places: Places<'_>,
    sink: &mut Sink,
) -> Tally {
    let mut tally = Tally::default();
    let groups: Vec<(&RuleGroup, Vec<Expected<'_>>)> = model
        .groups
        .iter()
        .map(|group| {
            let records = group.records.iter().map(|record| of_record(record, places));
            let alerts = group.alerts.iter().map(|alert| of_alert(alert, places));
            (group, records.chain(alerts).collect())
        })
        .collect();
    let mut absent = Vec::new();
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (group, rules) in &groups {
        // Several files may have a group of the same name.
        let own: Vec<&Group> = loaded
            .iter()
            .filter(|own| *own.name == *group.name)
            .collect();
        for rule in rules {
            tally.all += 1;
            known.insert((&group.name, rule.name));
            let found = own
                .iter()
                .flat_map(|own| &own.rules)
                .find(|own| own.name == rule.name && own.r#type == rule.kind);
            let Some(found) = found else {
                absent.push((*group, rule));
                continue;
            };
            let mut wrong = Sink::default();
            compare(rule, found, &mut wrong);
            health(rule, found, &mut wrong);
            tally.good += usize::from(!wrong.has_errors());
            sink.absorb(wrong);
        }
        if let [own] = own.as_slice() {
            schedule(model, group, rules, own, now, sink);
        }
    }
    not_loaded(&absent, tally.all, loaded, sink);
    others(loaded, &known, sink);
    tally
}

fn of_record<'m>(record: &'m Record, places: Places<'_>) -> Expected<'m> {
    Expected {
        kind: "recording",
        name: &record.name,
        expr: &record.expr,
        r#for: None,
        keep_firing_for: None,
        labels: &record.labels,
        annotations: None,
        span: places.record(&record.name),
    }
}

fn of_alert<'m>(alert: &'m Alert, places: Places<'_>) -> Expected<'m> {
    Expected {
        kind: "alerting",
        name: &alert.name,
        expr: &alert.expr,
        r#for: alert.r#for,
        keep_firing_for: alert.keep_firing_for,
        labels: &alert.labels,
        annotations: Some(&alert.annotations),
        span: places.alert(&alert.name).map(|named| named.name.span),
    }
}

fn at(diagnostic: Diagnostic, span: Option<Span>, label: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, label),
        None => diagnostic,
    }
}

/// What of a loaded rule is not as generated.
fn compare(rule: &Expected<'_>, loaded: &Rule, sink: &mut Sink) {
    let mut differences = Vec::new();
    let same = match (Query::parse(rule.expr), Query::parse(loaded.query.as_str())) {
        (Ok(own), Ok(loaded)) => own.says_the_same_as(&loaded),
        _ => rule
            .expr
            .split_whitespace()
            .eq(loaded.query.split_whitespace()),
    };
    if !same {
        let own: Vec<_> = rule.expr.split_whitespace().collect();
        differences.push(("expr", own.join(" "), loaded.query.clone()));
    }
    let lasting = |duration: Option<PromDuration>| duration.map_or(0.0, PromDuration::as_secs_f64);
    for (field, own, loaded) in [
        ("for", lasting(rule.r#for), loaded.duration),
        (
            "keep_firing_for",
            lasting(rule.keep_firing_for),
            loaded.keep_firing_for,
        ),
    ] {
        if own != loaded {
            differences.push((field, seconds(own), seconds(loaded)));
        }
    }
    differences.extend(texts("label", rule.labels, &loaded.labels));
    if let Some(annotations) = rule.annotations {
        differences.extend(texts("annotation", annotations, &loaded.annotations));
    }
    if differences.is_empty() {
        return;
    }
    let fields: BTreeSet<_> = differences.iter().map(|(field, ..)| *field).collect();
    let finding = Diagnostic::new(
        Code::RuleDiffers,
        format!(
            "`{}` is loaded in another version: {} not as generated",
            rule.name,
            match fields.len() {
                1 => format!("its {} is", fields.first().copied().unwrap_or_default()),
                _ => format!("{} are", fields.into_iter().collect::<Vec<_>>().join(", ")),
            }
        ),
    );
    let mut finding = at(finding, rule.span, "defined here");
    for (field, own, loaded) in differences {
        finding = finding
            .note(format!("{field}, generated: {own}"))
            .note(format!("{field}, loaded: {loaded}"));
    }
    sink.push(finding.help("deploy the generated `alert-rules.yml`, and reload Prometheus"));
}

type Difference = (&'static str, String, String);

fn texts(
    what: &'static str,
    own: &BTreeMap<Arc<str>, Arc<str>>,
    loaded: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let names: BTreeSet<&str> = own
        .keys()
        .map(|name| &**name)
        .chain(loaded.keys().map(String::as_str))
        .collect();
    let shown = |name: &str, value: Option<&str>| {
        value.map_or_else(
            || format!("no `{name}`"),
            |value| format!("`{name}` is {value:?}"),
        )
    };
    names
        .into_iter()
        .filter_map(|name| {
            let (own, loaded) = (
                own.get(name).map(|text| &**text),
                loaded.get(name).map(String::as_str),
            );
            (own != loaded).then(|| (what, shown(name, own), shown(name, loaded)))
        })
        .collect()
}

/// Whether a rule can be evaluated; and if it fires now.
fn health(rule: &Expected<'_>, loaded: &Rule, sink: &mut Sink) {
    match loaded.health.as_str() {
        "err" => {
            let finding = Diagnostic::new(
                Code::RuleFails,
                format!("`{}` cannot be evaluated", rule.name),
            );
            sink.push(at(finding, rule.span, "").note(loaded.last_error.clone()).help(
                "until it can, it neither fires nor records: the error says which series are in the way",
            ));
        }
        "unknown" => {
            let finding = Diagnostic::new(
                Code::RuleNotEvaluated,
                format!("`{}` has not been evaluated yet", rule.name),
            );
            sink.push(
                at(finding, rule.span, "").help("wait for the first evaluation: `--wait` does"),
            );
        }
        _ => {}
    }
    let firing: Vec<_> = loaded
        .alerts
        .iter()
        .filter(|alert| alert.state == "firing")
        .collect();
    if let [first, ..] = firing.as_slice() {
        let times = match firing.len() {
            1 => String::new(),
            count => format!(", {count} times"),
        };
        let finding = Diagnostic::new(
            Code::AlertFiring,
            format!("`{}` is firing{times}", rule.name),
        );
        let finding = at(finding, rule.span, "");
        sink.push(match first.annotations.get("summary") {
            Some(summary) => finding.note(summary.clone()),
            None => finding,
        });
    }
}

/// Whether a group is evaluated, and as often as it should be.
fn schedule(
    model: &Model,
    group: &RuleGroup,
    rules: &[Expected<'_>],
    loaded: &Group,
    now: f64,
    sink: &mut Sink,
) {
    let span = rules.first().and_then(|rule| rule.span);
    let expected = group
        .interval
        .unwrap_or(model.scrape.evaluation_interval)
        .as_secs_f64();
    if expected != loaded.interval {
        let finding = Diagnostic::new(
            Code::EvaluationInterval,
            format!(
                "the rules of `{}` are evaluated every {}, and should be every {}",
                group.name,
                seconds(loaded.interval),
                seconds(expected)
            ),
        );
        sink.push(
            at(finding, span, "of this group")
                .help("reload the generated `prometheus.yml` and `alert-rules.yml`"),
        );
    }
    let last = rfc3339(&loaded.last_evaluation).filter(|last| *last > 0.0);
    if let Some(ago) = last
        .map(|last| now - last)
        .filter(|ago| *ago > MISSED * loaded.interval + 5.0)
    {
        let finding = Diagnostic::new(
            Code::RuleNotEvaluated,
            format!(
                "the rules of `{}` were evaluated {} ago, and should be every {}",
                group.name,
                seconds(ago),
                seconds(loaded.interval)
            ),
        );
        sink.push(at(finding, span, "of this group").help("do evaluations take longer than their interval? `prometheus_rule_group_last_duration_seconds` tells"));
    }
}

fn not_loaded(
    absent: &[(&RuleGroup, &Expected<'_>)],
    all: usize,
    loaded: &[Group],
    sink: &mut Sink,
) {
    let help = "is `alert-rules.yml` where `rule_files` looks, and was Prometheus reloaded since?";
    if absent.len() == all && all > 1 {
        let names = absent.iter().map(|(_, rule)| rule.name);
        let finding = Diagnostic::new(
            Code::RuleNotLoaded,
            format!("none of the {all} rules is loaded"),
        );
        let span = absent.first().and_then(|(_, rule)| rule.span);
        let there = match loaded.iter().map(|group| group.rules.len()).sum() {
            0 => "Prometheus has no rules at all".to_owned(),
            count => format!("Prometheus has {} of other groups", counted(count, "rule")),
        };
        sink.push(
            at(finding, span, "the first of them")
                .note(format!("these are {}", list(names)))
                .note(there)
                .help(help),
        );
        return;
    }
    for (group, rule) in absent {
        let elsewhere = loaded.iter().find(|other| {
            *other.name != *group.name && other.rules.iter().any(|own| own.name == rule.name)
        });
        let finding = Diagnostic::new(
            Code::RuleNotLoaded,
            format!(
                "`{}` is not loaded in the group `{}`",
                rule.name, group.name
            ),
        );
        let finding = at(finding, rule.span, "defined here");
        sink.push(match elsewhere {
            Some(other) => finding
                .note(format!(
                    "a rule of this name is in the group `{}`",
                    other.name
                ))
                .help(help),
            None => finding.help(help),
        });
    }
}

/// Rules that the specs do not have.
fn others(loaded: &[Group], known: &BTreeSet<(&str, &str)>, sink: &mut Sink) {
    let strange: BTreeSet<&str> = loaded
        .iter()
        .flat_map(|group| {
            group
                .rules
                .iter()
                .map(move |rule| (group.name.as_str(), rule.name.as_str()))
        })
        .filter(|rule| !known.contains(rule))
        .map(|(_, rule)| rule)
        .collect();
    if !strange.is_empty() {
        let verb = if strange.len() == 1 { "is" } else { "are" };
        sink.push(Diagnostic::new(
            Code::UndeclaredRule,
            format!(
                "{} {verb} loaded, which the specs do not have: {}",
                counted(strange.len(), "rule"),
                list(&strange)
            ),
        ));
    }
}
