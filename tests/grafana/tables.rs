//! Tables, after Grafana's own transformations.

use crate::judge::{gallery, node};
use crate::program::accepts;
use crate::reference::Generated;
use serde_json::{Value, json};
use std::fs;

/// What a panel shows: headings, rows, and where a click on a row leads, once
/// for each of its cells.
type Table = (Vec<String>, Vec<Vec<Value>>, Vec<Vec<String>>);

/// What a panel shows for these answers of Prometheus.
fn table(generated: &Generated, dashboard: &str, panel: &str, answers: &Value) -> Table {
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
        let (headings, rows, _) = table(&generated, dashboard, panel, &answers);
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
    let (headings, rows, _) = table(&gallery(), "gallery", "Ranking", &answers);
    assert_eq!(headings, ["Handler", "Requests", "Failures"]);
    assert_eq!(
        rows,
        [
            [json!("search"), json!(50), json!(2)],
            [json!("login"), json!(5), json!(1)],
        ]
    );
}

#[test]
fn a_click_on_a_row_takes_its_labels_along() {
    let answers = json!({ "A": [row("coder & co", 1.5), row("planner", 12.0)] });
    let generated = Generated::reference();
    let (.., links) = table(
        &generated,
        "cost-tracking",
        "Top 10 Agents by Cost",
        &answers,
    );
    let to = |agent: &str| format!("/d/agent-performance?${{__url_time_range}}&var-agent={agent}");
    assert_eq!(
        links,
        [["planner"; 2], ["coder%20%26%20co"; 2]].map(|row| row.map(to).to_vec())
    );
}
