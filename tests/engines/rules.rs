//! The generated unit tests of the alerts: they pass, and they would not if
//! the alerts were other ones.

use crate::program::{accepts, find, verdict};
use crate::reference::Generated;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

const TESTS: &str = "monitoring/alert-rules.test.yml";
const RULES: &str = "monitoring/alert-rules.yml";

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn rules_of(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    document["groups"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .flat_map(|group| group["rules"].as_array_mut().unwrap())
}

fn promtool_test() -> Command {
    let mut command = Command::new(find(&["promtool"]));
    command.args(["test", "rules", "alert-rules.test.yml"]);
    command
}

#[test]
fn the_unit_tests_of_the_alerts_pass() {
    let generated = Generated::reference();
    let said = accepts(promtool_test().current_dir(generated.path("monitoring")));
    assert!(said.contains("SUCCESS"), "{said}");
}

/// For two minutes, no input gives the quantile to its last bit.
#[test]
fn alerts_on_the_bounds_of_buckets_have_unit_tests_that_pass() {
    for bound in ["30s", "2m", "15m"] {
        let specs = TempDir::new().unwrap();
        crate::live::copy_specs(specs.path());
        let path = specs.path().join("thresholds.yaml");
        let before = fs::read_to_string(&path).unwrap();
        let after = before.replace("{ critical: 60s }", &format!("{{ critical: {bound} }}"));
        assert_ne!(before, after);
        fs::write(path, after).unwrap();
        let generated = Generated::from(specs.path(), None);
        assert!(
            generated.read(TESTS).contains("ApprovalSlaBreach"),
            "{bound}"
        );
        let said = accepts(promtool_test().current_dir(generated.path("monitoring")));
        assert!(said.contains("SUCCESS"), "{bound}: {said}");
    }
}

#[test]
fn every_alert_is_tested_firing_and_silent() {
    let generated = Generated::reference();
    let mut fires: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for test in yaml(&generated.read(TESTS))["tests"].as_array().unwrap() {
        for case in test["alert_rule_test"].as_array().unwrap() {
            let name = case["alertname"].as_str().unwrap().to_owned();
            let expected = case["exp_alerts"].as_array().unwrap();
            fires.entry(name).or_default().insert(!expected.is_empty());
        }
    }
    let mut rules = yaml(&generated.read(RULES));
    let alerts: Vec<&str> = rules_of(&mut rules)
        .map(|rule| rule["alert"].as_str().unwrap())
        .collect();
    assert_eq!(alerts.len(), 7);
    for alert in alerts {
        assert_eq!(
            fires.get(alert),
            Some(&BTreeSet::from([false, true])),
            "{alert}"
        );
    }
}

/// A rule with its bound times `factor`, if it ends in one.
fn with_bound_times(rule: &Value, factor: f64) -> Option<Value> {
    let (query, bound) = rule["expr"].as_str().unwrap().rsplit_once(" > ")?;
    let bound: f64 = bound.trim().parse().unwrap();
    let mut changed = rule.clone();
    changed["expr"] = format!("{query} > {}", bound * factor).into();
    Some(changed)
}

/// A rule with another severity, duration or summary.
fn with(rule: &Value, section: &[&str], value: &str) -> Option<Value> {
    let mut changed = rule.clone();
    let place = section
        .iter()
        .fold(&mut changed, |value, key| &mut value[key]);
    assert!(place.is_string(), "{rule}: no {section:?}");
    *place = value.into();
    Some(changed)
}

#[test]
fn the_unit_tests_notice_every_change_of_an_alert() {
    type Change = fn(&Value) -> Option<Value>;
    let changes: [(&str, Change); 6] = [
        ("a bound 2 % lower", |rule| with_bound_times(rule, 0.98)),
        ("a bound 2 % higher", |rule| with_bound_times(rule, 1.02)),
        ("no duration", |rule| with(rule, &["for"], "0s")),
        ("a longer duration", |rule| with(rule, &["for"], "1h")),
        ("another severity", |rule| {
            with(rule, &["labels", "severity"], "page")
        }),
        ("another summary", |rule| {
            with(rule, &["annotations", "summary"], "Something")
        }),
    ];
    let generated = Generated::reference();
    let directory = TempDir::new().unwrap();
    fs::copy(
        generated.path(TESTS),
        directory.path().join("alert-rules.test.yml"),
    )
    .unwrap();
    let original = yaml(&generated.read(RULES));
    let mut tried = 0;
    for position in 0..rules_of(&mut original.clone()).count() {
        for (what, change) in changes {
            let mut document = original.clone();
            let rule = rules_of(&mut document).nth(position).unwrap();
            let Some(changed) = change(rule) else {
                continue;
            };
            *rule = changed;
            let alert = rule["alert"].clone();
            let text = serde_yaml::to_string(&document).unwrap();
            fs::write(directory.path().join("alert-rules.yml"), text).unwrap();
            let (passes, said) = verdict(promtool_test().current_dir(directory.path()));
            assert!(
                !passes,
                "the tests of {alert} pass with {what}; promtool says:\n{said}"
            );
            tried += 1;
        }
    }
    // Each alert and each change, but `up == 0` has no bound to move.
    assert_eq!(tried, 7 * 6 - 2);
}
