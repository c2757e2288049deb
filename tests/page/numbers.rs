//! A page whose numbers come from a real Prometheus.

use crate::server::{Server, free_ports};
use crate::{page, tell};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Series with values that are known beforehand.
const RULES: &str = "\
groups:
- name: known
  interval: 1s
  rules:
  - { record: shop_orders, expr: vector(42), labels: { part: web } }
  - { record: shop_orders, expr: vector(7), labels: { part: api } }
  - { record: shop_seconds_bucket, expr: vector(2), labels: { le: '1' } }
  - { record: shop_seconds_bucket, expr: vector(5), labels: { le: '2.5' } }
  - { record: shop_seconds_bucket, expr: vector(9), labels: { le: '10' } }
  - { record: shop_seconds_bucket, expr: vector(10), labels: { le: '+Inf' } }
  - { record: shop_open, expr: vector(1) }
";

fn prometheus(directory: &Path, port: u16) -> Server {
    fs::write(directory.join("rules.yml"), RULES).unwrap();
    fs::write(
        directory.join("prometheus.yml"),
        "rule_files: [rules.yml]\n",
    )
    .unwrap();
    let arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"];
    let arguments = arguments.map(str::to_owned);
    let server = Server::start(&["prometheus"], port, directory, &arguments);
    server.wait("the rules to be evaluated", |server| {
        let answer = server.ask(
            "/api/v1/query",
            &[("query", "count(shop_orders) + shop_open")],
        );
        (answer["data"]["result"][0]["value"][1] == "3").then_some(())
    });
    server
}

fn panel(id: u32, title: &str, kind: &str, expr: &str) -> Value {
    json!({
        "id": id, "title": title, "type": kind,
        "gridPos": { "x": 0, "y": 8 * id, "w": 12, "h": 8 },
        "targets": [{ "refId": "A", "expr": expr, "legendFormat": "{{part}}" }],
    })
}

/// A page on a dashboard with `panels`, asking `address` for numbers.
fn numbers(work: &Path, panels: &[Value], address: &str) -> Value {
    for (side, refresh) in [("before", "1m"), ("after", "30s")] {
        let variable = |name: &str, multi: bool| json!({ "name": name, "type": "query", "multi": multi, "query": "label_values(shop_orders, part)" });
        let dashboard = json!({
            "uid": "shop", "title": "Shop", "refresh": refresh, "panels": panels,
            "templating": { "list": [variable("parts", true), variable("part", false)] },
        });
        fs::create_dir_all(work.join(side)).unwrap();
        fs::write(work.join(side).join("shop.json"), dashboard.to_string()).unwrap();
    }
    let arguments = ["before", "after", "--prometheus", address];
    tell("numbers.mjs", &page(work, &arguments), &[])
}

#[test]
fn numbers_are_those_of_the_server_that_was_named() {
    let work = TempDir::new().unwrap();
    let [port] = free_ports();
    let _server = prometheus(work.path(), port);
    let mut buckets = panel(9, "Buckets", "heatmap", "shop_seconds_bucket");
    buckets["targets"][0]["format"] = json!("heatmap");
    let panels = [
        panel(1, "Total", "stat", "sum(shop_orders)"),
        panel(2, "Parts", "bargauge", "shop_orders{part=~\"$parts\"}"),
        panel(
            3,
            "Part",
            "timeseries",
            "sum by (part) (shop_orders{part=\"$part\"})",
        ),
        panel(4, "Open", "state-timeline", "shop_open"),
        panel(5, "Heat", "heatmap", "shop_orders"),
        panel(6, "Nothing", "stat", "shop_returns"),
        panel(7, "Broken", "stat", "sum(shop_orders"),
        panel(
            8,
            "But one",
            "bargauge",
            "shop_orders{part!=\"$part\",part!~\"$parts\"}",
        ),
        buckets,
    ];
    let seen = numbers(work.path(), &panels, &format!("http://127.0.0.1:{port}/"));
    assert_eq!(seen["errors"], json!([]));
    assert_eq!(seen["hosts"], json!([format!("127.0.0.1:{port}")]));
    assert_eq!(
        seen["source"],
        format!(
            "The numbers come from http://127.0.0.1:{port}; layout, colours and bounds are those of the files."
        )
    );
    let says = |at: usize| seen["panels"][at]["says"].as_str().unwrap();
    let note = |at: usize| seen["panels"][at]["note"].as_str().unwrap();
    assert_eq!(says(0), "stat panel Total, values: Total 49");
    assert_eq!(says(1), "bargauge panel Parts, values: api 7, web 42");
    assert_eq!(says(2), "timeseries panel Part, values: api 7, web 42");
    assert_eq!(says(3), "state-timeline panel Open, values: Open 1");
    // A mark for each minute of the hour, and for each part.
    assert_eq!(seen["panels"][3]["shapes"], 61);
    assert_eq!(seen["panels"][4]["shapes"], 2 * 61);
    assert_eq!(says(7), "bargauge panel But one, values: api 7, web 42");
    // 2, 3, 4 and 1 are in the buckets, from the lowest on.
    assert_eq!(seen["panels"][8]["shapes"], 4 * 61);
    assert_eq!(
        seen["panels"][8]["shades"],
        json!(["0.50", "0.75", "1.00", "0.25"])
    );
    for at in [0, 1, 2, 3, 4, 7, 8] {
        assert_eq!(note(at), "", "{}", says(at));
    }
    assert!(says(5).contains("sample values"), "{}", says(5));
    assert_eq!(note(5), "no data in Prometheus: sample data");
    assert!(
        note(6).starts_with("Prometheus refuses the query: ") && note(6).ends_with(": sample data"),
        "{}",
        note(6)
    );
}

#[test]
fn a_server_that_does_not_answer_leaves_sample_data_that_are_called_so() {
    let work = TempDir::new().unwrap();
    let [port] = free_ports();
    let panels = [panel(1, "Total", "stat", "sum(shop_orders)")];
    let seen = numbers(work.path(), &panels, &format!("http://127.0.0.1:{port}"));
    let panel = &seen["panels"][0];
    assert_eq!(panel["note"], "no answer from Prometheus: sample data");
    let says = panel["says"].as_str().unwrap();
    assert!(
        says.starts_with("stat panel Total, sample values: "),
        "{says}"
    );
}
