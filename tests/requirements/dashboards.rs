//! The three dashboards: what they are called, how they open, how they behave.

use crate::json::{list, text, texts, tree};
use crate::reference::Generated;
use dashwright::promql::PromDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Dashboard {
    uid: &'static str,
    title: &'static str,
    refresh: &'static str,
    range: &'static str,
    /// Names and types.
    variables: [(&'static str, &'static str); 2],
}

const DASHBOARDS: [Dashboard; 3] = [
    Dashboard {
        uid: "agent-performance",
        title: "Agent Performance Dashboard",
        refresh: "30s",
        range: "1h",
        variables: [("agent", "query"), ("timerange", "interval")],
    },
    Dashboard {
        uid: "cost-tracking",
        title: "Cost Tracking Dashboard",
        refresh: "60s",
        range: "30d",
        variables: [("agent", "query"), ("model", "query")],
    },
    Dashboard {
        uid: "security-approvals",
        title: "Security & Approvals Dashboard",
        refresh: "30s",
        range: "24h",
        variables: [("skill", "query"), ("violation_type", "query")],
    },
];

/// Every dashboard, as described and as generated.
fn dashboards() -> Vec<(Dashboard, Value)> {
    let generated = Generated::reference();
    assert_eq!(generated.dashboards().len(), 3);
    let read = |dashboard: Dashboard| {
        let file = format!("monitoring/dashboards/{}.json", dashboard.uid);
        let json = tree(&generated, &file);
        (dashboard, json)
    };
    DASHBOARDS.into_iter().map(read).collect()
}

/// Whether two durations are equally long, however they are written.
#[track_caller]
fn assert_same_duration(written: &str, wanted: &str) {
    let length = |text: &str| PromDuration::parse(text).unwrap().as_millis();
    assert_eq!(length(written), length(wanted), "{written} for {wanted}");
}

#[test]
fn dashboards_open_as_described() {
    for (dashboard, json) in dashboards() {
        assert_eq!(json["uid"], dashboard.uid);
        assert_eq!(json["title"], dashboard.title);
        assert_same_duration(text(&json["refresh"]), dashboard.refresh);
        assert_eq!(json["time"]["to"], "now");
        let from = text(&json["time"]["from"]).strip_prefix("now-").unwrap();
        assert_same_duration(from, dashboard.range);
        let variables: Vec<_> = list(&json["templating"]["list"])
            .iter()
            .map(|variable| (text(&variable["name"]), text(&variable["type"])))
            .collect();
        assert_eq!(variables, dashboard.variables);
    }
}

#[test]
fn dashboards_are_owned_by_their_specs_and_link_to_each_other() {
    let mut ids = BTreeSet::new();
    for (_, json) in dashboards() {
        assert_eq!(json["editable"], false);
        assert!(json.get("id").is_none_or(Value::is_null));
        assert_eq!(texts(&json["tags"]), ["orchestrator"]);
        let [link] = list(&json["links"]) else {
            panic!("{}", json["links"]);
        };
        assert_eq!(link["type"], "dashboards");
        assert_eq!(link["tags"], json["tags"]);
        assert_eq!(link["keepTime"], true);
        for panel in list(&json["panels"]) {
            let id = panel["id"].as_u64().unwrap();
            // Grafana keeps ids as 32-bit signed integers.
            assert!((1..=i32::MAX as u64).contains(&id), "{id}");
            assert!(
                ids.insert((text(&json["uid"]).to_owned(), id)),
                "{id} twice"
            );
        }
    }
    assert_eq!(ids.len(), 13);
}

#[test]
fn panels_lie_side_by_side_on_the_grid() {
    for (_, json) in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in list(&json["panels"]) {
            let edge = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            assert!(edge("w") > 0 && edge("h") > 0 && edge("x") + edge("w") <= 24);
            for x in edge("x")..edge("x") + edge("w") {
                for y in edge("y")..edge("y") + edge("h") {
                    assert!(taken.insert((x, y)), "{} overlaps", panel["title"]);
                }
            }
        }
    }
}

#[test]
fn panels_and_targets_name_the_provisioned_datasource() {
    let provisioned = tree(&Generated::reference(), "monitoring/datasources.yml");
    let uid = &provisioned["datasources"][0]["uid"];
    let datasource = json!({ "type": "prometheus", "uid": uid });
    for (_, json) in dashboards() {
        for panel in list(&json["panels"]) {
            assert_eq!(panel["datasource"], datasource, "{}", panel["title"]);
            for target in list(&panel["targets"]) {
                assert_eq!(target["datasource"], datasource, "{}", panel["title"]);
            }
        }
        for variable in list(&json["templating"]["list"]) {
            if variable["type"] == "query" {
                assert_eq!(variable["datasource"], datasource);
            }
        }
    }
}

#[test]
fn every_variable_takes_part_in_queries_and_filters_by_its_label() {
    for (dashboard, json) in dashboards() {
        let queries: Vec<&str> = list(&json["panels"])
            .iter()
            .flat_map(|panel| list(&panel["targets"]))
            .map(|target| text(&target["expr"]))
            .collect();
        for (name, kind) in dashboard.variables {
            let use_of = match kind {
                "interval" => format!("[${name}]"),
                _ => format!("{name}=~\"${name}\""),
            };
            assert!(
                queries.iter().any(|query| query.contains(&use_of)),
                "no {use_of} in {queries:#?}"
            );
        }
    }
}
