//! Every query that dashboards and documentation hold finds data in a real
//! Prometheus that scrapes every metric of the catalog.

use crate::grafana::Dashboard;
use crate::live::Live;
use crate::server::Server;
use serde_json::Value;
use std::collections::BTreeSet;

/// The series that an answer holds; what is wrong, if it holds none.
fn series(answer: &Value) -> Result<usize, String> {
    if answer["status"] != "success" {
        return Err(format!("is refused: {}", answer["error"]));
    }
    match answer["data"]["result"].as_array() {
        Some(found) if !found.is_empty() => Ok(found.len()),
        _ => Err("finds nothing".to_owned()),
    }
}

fn instant(prometheus: &Server, query: &str) -> Result<usize, String> {
    series(&prometheus.ask("/api/v1/query", &[("query", query)]))
}

fn range(prometheus: &Server, query: &str) -> Result<usize, String> {
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

/// A stack that has scraped the orchestrator often enough to know rates.
fn scraped() -> Live {
    let live = Live::start();
    live.prometheus.wait("a few scrapes", |prometheus| {
        let scrapes = r#"count_over_time(up{job="orchestrator"}[1m]) >= 3"#;
        instant(prometheus, scrapes).ok()
    });
    live
}

#[test]
fn every_query_of_every_panel_finds_data() {
    let live = scraped();
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in live.generated.dashboards() {
        for sent in Dashboard::open(&path).queries() {
            let ask = if sent.instant { instant } else { range };
            if let Err(reason) = ask(&live.prometheus, &sent.expr) {
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
