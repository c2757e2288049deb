//! Tables, after Grafana's own transformations.

use crate::judge::{gallery, node};
use crate::program::accepts;
use crate::reference::Generated;
use serde_json::{Value, json};
use std::fs;

/// The headings and rows that a panel shows for these answers of Prometheus.
fn table(
    generated: &Generated,
    dashboard: &str,
    panel: &str,
    answers: &Value,
) -> (Vec<String>, Vec<Vec<Value>>) {
    let file = generated.path("answers.json");
    fs::write(&file, answers.to_string()).unwrap();
    let said = accepts(
        node("tables.mjs")
            .arg(generated.path(&format!("monitoring/dashboards/{dashboard}.json")))
            .arg(panel)
            .arg(file),
    );
    serde_json::from_str(&said).unwrap()
}

fn row(agent: &str, value: f64) -> Value {
    json!({ "labels": { "agent": agent }, "value": value })
}

#[test]
fn top_agents_stand_in_descending_order_under_the_headings_of_the_specs() {
    let generated = Generated::reference();
    let answers = json!({ "A": [row("coder", 1.5), row("planner", 12.0), row("reviewer", 3.0)] });
    let tables = [
        ("agent-performance", "Top 5 Agents", "Completed per minute"),
        ("cost-tracking", "Top 10 Agents by Cost", "Cost today"),
    ];
    for (dashboard, panel, heading) in tables {
        let (headings, rows) = table(&generated, dashboard, panel, &answers);
        assert_eq!(headings, ["Agent", heading]);
        assert_eq!(
            rows,
            [
                [json!("planner"), json!(12)],
                [json!("reviewer"), json!(3)],
                [json!("coder"), json!(1.5)],
            ]
        );
    }
}

#[test]
fn rows_of_several_queries_meet_by_their_labels() {
    let row =
        |handler: &str, value: f64| json!({ "labels": { "handler": handler }, "value": value });
    let answers = json!({
        "A": [row("login", 5.0), row("search", 50.0)],
        "B": [row("search", 2.0), row("login", 1.0)],
    });
    let (headings, rows) = table(&gallery(), "gallery", "Ranking", &answers);
    assert_eq!(headings, ["Handler", "Requests", "Failures"]);
    assert_eq!(
        rows,
        [
            [json!("search"), json!(50), json!(2)],
            [json!("login"), json!(5), json!(1)],
        ]
    );
}
