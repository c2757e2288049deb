//! What follows from which jobs expose a metric, and how often.

use crate::harness::{Outcome, compile};
use std::collections::BTreeMap;

const BASE: &str = "
scrape:
  interval: 15s
  jobs:
    node: { targets: ['node:9100'], interval: 1m }
    proxy: { targets: ['proxy:9100'], interval: 2m }
    app: { targets: ['app:9100'] }
external:
  node:
    job: node
    metrics:
      go_goroutines: { type: gauge }
      node_load1: { type: gauge, labels: [zone] }
      node_boots_total: { type: counter }
  proxy:
    job: proxy
    metrics:
      go_goroutines: { type: gauge, labels: [version] }
      proxy_requests_total: { type: counter }
metrics:
  tasks_total: { type: counter, help: Tasks, job: app }
";

fn with(specs: &str) -> Outcome {
    compile(&[
        ("specs/base.yaml".to_owned(), BASE.to_owned()),
        ("specs/case.yaml".to_owned(), specs.to_owned()),
    ])
}

/// The least step of the query of a panel that asks `expr`.
fn least_step(expr: &str) -> Option<String> {
    let panel = format!("timeseries: {{ expr: '{expr}', unit: short, legend: x }}");
    let specs = format!(
        "dashboards: {{ home: {{ title: Home, description: All, panels: {{ one: {{ description: One, {panel} }} }} }} }}"
    );
    let outcome = with(&specs);
    let report = outcome.report();
    let artifacts: BTreeMap<_, _> = outcome.artifacts.unwrap_or_else(|| panic!("{report}"));
    let text = &artifacts["monitoring/dashboards/home.json"];
    let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
    let interval = &dashboard["panels"][0]["targets"][0]["interval"];
    interval.as_str().map(str::to_owned)
}

#[test]
fn a_metric_of_several_exporters_has_the_series_of_all_of_them() {
    let specs = r#"
queries:
  goroutines:
    help: Goroutines by job and, where it is known, version
    expr: 'sum by (job, version) (go_goroutines) + sum by (job, version) (go_goroutines{job="proxy"})'
    unit: short
"#;
    let report = with(specs).report();
    assert!(!report.contains("error"), "{report}");
    // Neither job is the one that all its series are of.
    assert!(!report.contains("sides-cannot-match"), "{report}");
    let wrong = "queries: { q: { help: Q, expr: sum by (zone) (go_goroutines) } }";
    let report = with(wrong).report();
    assert!(report.contains("has no label `zone`"), "{report}");
}

#[test]
fn steps_are_no_shorter_than_the_time_between_the_slowest_samples() {
    let step = |expr: &str| least_step(expr);
    assert_eq!(step("sum(rate(tasks_total[$window]))"), None);
    assert_eq!(
        step("sum(rate(node_boots_total[$window]))").as_deref(),
        Some("1m")
    );
    assert_eq!(
        step("sum(rate(proxy_requests_total[$window])) / sum(rate(node_boots_total[$window]))")
            .as_deref(),
        Some("2m")
    );
    // Which of two jobs it is of is not known.
    assert_eq!(step("sum(go_goroutines)"), None);
}

#[test]
fn derived_tests_have_samples_as_often_as_the_job_is_scraped() {
    let specs = |interval: &str| {
        let base = BASE.replace("interval: 1m", &format!("interval: {interval}"));
        let case = "
thresholds: { load: { critical: 7 } }
queries: { load: { help: Load, expr: max(node_load1), unit: short, thresholds: load } }
alerts: { Busy: { query: load, fires_at: critical, for: 10m, severity: critical, summary: Busy } }
";
        compile(&[
            ("specs/base.yaml".to_owned(), base),
            ("specs/case.yaml".to_owned(), case.to_owned()),
        ])
    };
    let tests = specs("2m").artifacts.unwrap();
    let tests = &tests["monitoring/alert-rules.test.yml"];
    assert!(tests.contains("interval: 2m"), "{tests}");
    // Between samples so far apart, the alert would resolve.
    let report = specs("10m").report();
    assert!(report.contains("warning[alert-untested]"), "{report}");
    assert!(report.contains("warning[rare-scrape]"), "{report}");
}

#[test]
fn columns_of_further_queries_look_like_these() {
    let specs = r#"
thresholds: { share: { warning: 10%, critical: 20% } }
queries:
  boots: { help: Boots, expr: 'sum by (instance) (rate(node_boots_total[$window]))', unit: reqps }
  share: { help: Share, expr: 'sum by (instance) (node_load1) / 10', unit: percentunit, decimals: 1, thresholds: share }
dashboards:
  home:
    title: Home
    description: All
    panels:
      all:
        description: All
        table:
          queries: [{ query: boots }, { query: share }]
          columns: { instance: {}, boots: {}, share: { title: Share, cell: color } }
"#;
    let outcome = with(specs);
    let report = outcome.report();
    let artifacts = outcome.artifacts.unwrap_or_else(|| panic!("{report}"));
    let text = &artifacts["monitoring/dashboards/home.json"];
    let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
    let config = &dashboard["panels"][0]["fieldConfig"];
    let overrides = config["overrides"].as_array().unwrap();
    let share = overrides
        .iter()
        .find(|each| each["matcher"]["options"] == "Share")
        .unwrap_or_else(|| panic!("{config:#}"));
    let property = |id: &str| {
        let all = share["properties"].as_array().unwrap();
        let found = all.iter().find(|property| property["id"] == id);
        found.map_or(serde_json::Value::Null, |found| found["value"].clone())
    };
    assert_eq!(config["defaults"]["unit"], "reqps");
    assert_eq!(property("unit"), "percentunit");
    assert_eq!(property("decimals"), 1);
    assert_eq!(property("thresholds")["steps"][1]["value"], 0.1);
}

#[test]
fn messages_may_be_sent_at_once() {
    let outcome = with(
        "alertmanager: { receivers: { nobody: {} }, route: { receiver: nobody, group_wait: 0s } }",
    );
    let report = outcome.report();
    let artifacts = outcome.artifacts.unwrap_or_else(|| panic!("{report}"));
    let config = &artifacts["monitoring/alertmanager.yml"];
    assert!(config.contains("group_wait: 0s"), "{config}");
}
