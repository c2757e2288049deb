//! Every query that dashboards and documentation hold finds data in a real
//! Prometheus that scrapes the demo, and every variable filters it.

use crate::grafana::{Dashboard, Sent};
use crate::live::Live;
use crate::reference::specs;
use crate::server::Server;
use serde_json::Value;
use std::collections::BTreeSet;

/// The labels of the series that an answer holds, those without any number left
/// out; what is wrong, if there are none.
fn series(answer: &Value) -> Result<Vec<Value>, String> {
    if answer["status"] != "success" {
        return Err(format!("is refused: {}", answer["error"]));
    }
    let found = answer["data"]["result"].as_array().unwrap();
    let numbers: Vec<Value> = found
        .iter()
        .filter(|series| {
            let samples = series["values"].as_array().into_iter().flatten();
            let mut samples = samples.chain(series.get("value"));
            samples.any(|sample| sample[1] != "NaN")
        })
        .map(|series| series["metric"].clone())
        .collect();
    if numbers.is_empty() {
        Err(format!("finds no number in {} series", found.len()))
    } else {
        Ok(numbers)
    }
}

fn instant(prometheus: &Server, query: &str) -> Result<Vec<Value>, String> {
    series(&prometheus.ask("/api/v1/query", &[("query", query)]))
}

fn range(prometheus: &Server, query: &str) -> Result<Vec<Value>, String> {
    let now = prometheus.ask("/api/v1/query", &[("query", "time()")]);
    let now = now["data"]["result"][0].as_f64().unwrap();
    let (start, end) = ((now - 60.0).to_string(), now.to_string());
    let parameters = [
        ("query", query),
        ("start", &*start),
        ("end", &*end),
        ("step", "5"),
    ];
    series(&prometheus.ask("/api/v1/query_range", &parameters))
}

/// As the panel asks.
fn ask(prometheus: &Server, sent: &Sent) -> Result<Vec<Value>, String> {
    let ask = if sent.instant { instant } else { range };
    ask(prometheus, &sent.expr)
}

/// A stack in which everything has happened that makes a metric move.
fn scraped() -> Live {
    let live = Live::start();
    // What takes longest to happen.
    for moved in [
        r#"count_over_time(up{job="orchestrator"}[1m]) >= 3"#,
        "rate(approval_response_time_seconds_count[1m]) > 0",
        "increase(approval_auto_escalated_total[1m]) > 0",
        "sum by (agent) (rate(agent_tasks_completed_total[1m])) > 0",
        "sum by (skill) (rate(permission_escalation_requests_total[1m])) > 0",
    ] {
        live.prometheus
            .wait(moved, |prometheus| instant(prometheus, moved).ok());
    }
    live
}

#[test]
fn every_query_of_every_panel_finds_data() {
    let live = scraped();
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in live.generated.dashboards() {
        for sent in Dashboard::open(&path).queries() {
            if let Err(reason) = ask(&live.prometheus, &sent) {
                wrong.push(format!("{} {reason}\n{}", sent.place, sent.expr));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // 13 panels, one of which has two queries.
    assert_eq!(count, 14);
}

#[test]
fn every_documented_query_finds_data() {
    let live = scraped();
    let readme = live.generated.read("monitoring/dashboards/README.md");
    let queries: Vec<&str> = readme
        .split("```promql\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let wrong: Vec<String> = queries
        .iter()
        .filter_map(|query| {
            let reason = instant(&live.prometheus, query).err()?;
            Some(format!("{query}{reason}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(queries.len() >= 30, "only {} queries", queries.len());
}

#[test]
fn every_variable_offers_the_values_of_its_label() {
    let live = scraped();
    let mut offered = BTreeSet::new();
    for path in live.generated.dashboards() {
        for variable in Dashboard::open(&path).variables() {
            let answer = live.prometheus.ask(
                &format!("/api/v1/label/{}/values", variable.label),
                &[("match[]", &variable.selector)],
            );
            let values = answer["data"].as_array();
            assert!(
                values.is_some_and(|values| !values.is_empty()),
                "{}: {answer}",
                variable.place
            );
            offered.insert(variable.label);
        }
    }
    let labels = ["agent", "model", "skill", "violation_type"];
    assert_eq!(offered, labels.map(str::to_owned).into());
}

/// The metrics of the specs that carry a label.
fn metrics_with(label: &str) -> Vec<String> {
    let text = std::fs::read_to_string(specs().join("metrics.yaml")).unwrap();
    let specs: Value = serde_yaml::from_str(&text).unwrap();
    let metrics = specs["metrics"].as_object().unwrap();
    let carries = |metric: &Value| {
        let labels = metric["labels"].as_array();
        labels.is_some_and(|labels| labels.iter().any(|one| one == label))
    };
    metrics
        .iter()
        .filter(|(_, metric)| carries(metric))
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn every_variable_filters_every_panel_whose_metrics_have_its_label() {
    let live = scraped();
    let mut filtered = Vec::new();
    for path in live.generated.dashboards() {
        let dashboard = Dashboard::open(&path);
        for variable in dashboard.variables() {
            let label = &*variable.label;
            let metrics = metrics_with(label);
            let all = dashboard.queries();
            let values = live.prometheus.ask(
                &format!("/api/v1/label/{label}/values"),
                &[("match[]", &variable.selector)],
            );
            let value = values["data"][0].as_str().unwrap();
            let chosen = dashboard.queries_with(&variable.name, value);
            let absent = dashboard.queries_with(&variable.name, "nobody");
            for ((all, chosen), absent) in all.iter().zip(chosen).zip(absent) {
                if !metrics.iter().any(|metric| all.expr.contains(metric)) {
                    assert_eq!(all.expr, chosen.expr, "{}: {label}", all.place);
                    continue;
                }
                let found = ask(&live.prometheus, &chosen)
                    .unwrap_or_else(|reason| panic!("{} {reason}\n{}", all.place, chosen.expr));
                for series in found {
                    assert!(
                        series.get(label).is_none_or(|shown| shown == value),
                        "{}: {label} is not {value} in {series}",
                        all.place
                    );
                }
                let found = ask(&live.prometheus, &absent);
                assert!(found.is_err(), "{}: {found:?}\n{}", all.place, absent.expr);
                filtered.push(format!("{label}: {}", all.place));
            }
        }
    }
    // Four of agents, six of costs, two each of skills and violations.
    assert_eq!(filtered.len(), 14, "{filtered:#?}");
}
