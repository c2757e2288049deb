//! The thirteen panels: their kinds and styles, in order.

use crate::json::{list, text, tree};
use crate::reference::Generated;
use serde_json::{Value, json};

/// A title, a type, and values at paths in the panel.
type Panel = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const DRAWN_AS: &str = "/fieldConfig/defaults/custom/drawStyle";
const STACKED: &str = "/fieldConfig/defaults/custom/stacking/mode";
const UNIT: &str = "/fieldConfig/defaults/unit";
const COLORED_BY: &str = "/fieldConfig/defaults/color/mode";

const PANELS: [(&str, &[Panel]); 3] = [
    (
        "agent-performance",
        &[
            (
                "Task Completion Rate",
                "timeseries",
                &[
                    (DRAWN_AS, "line"),
                    (STACKED, "none"),
                    (UNIT, "suffix: tasks/min"),
                    ("/targets/0/legendFormat", "{{agent}}"),
                ],
            ),
            (
                "Error Rate %",
                "gauge",
                &[(UNIT, "percentunit"), (COLORED_BY, "thresholds")],
            ),
            (
                "Active Tasks per Agent",
                "timeseries",
                &[
                    (DRAWN_AS, "bars"),
                    (STACKED, "normal"),
                    ("/targets/0/legendFormat", "{{agent}}"),
                ],
            ),
            ("Top 5 Agents", "table", &[("/targets/0/format", "table")]),
        ],
    ),
    (
        "cost-tracking",
        &[
            (
                "Total Daily Cost",
                "stat",
                &[
                    (UNIT, "currencyUSD"),
                    ("/options/graphMode", "area"),
                    (COLORED_BY, "thresholds"),
                ],
            ),
            (
                "Cost per Agent & Model",
                "timeseries",
                &[
                    (DRAWN_AS, "bars"),
                    (STACKED, "normal"),
                    (UNIT, "currencyUSD"),
                ],
            ),
            (
                "Cost Distribution by Model",
                "piechart",
                &[("/options/pieType", "donut"), (UNIT, "currencyUSD")],
            ),
            (
                "Top 10 Agents by Cost",
                "table",
                &[("/targets/0/format", "table"), (UNIT, "currencyUSD")],
            ),
        ],
    ),
    (
        "security-approvals",
        &[
            (
                "Approval SLA Compliance %",
                "gauge",
                &[(UNIT, "percentunit"), (COLORED_BY, "thresholds")],
            ),
            (
                "Pending Approvals Queue",
                "stat",
                &[(COLORED_BY, "thresholds")],
            ),
            (
                "Security Violations Rate",
                "gauge",
                &[(UNIT, "suffix: violations/s"), (COLORED_BY, "thresholds")],
            ),
            (
                "Skill Access: Allowed vs Denied",
                "timeseries",
                &[
                    (DRAWN_AS, "line"),
                    (STACKED, "normal"),
                    ("/targets/0/legendFormat", "Allowed"),
                    ("/targets/1/legendFormat", "Denied"),
                ],
            ),
            (
                "Violation Types",
                "piechart",
                &[("/options/pieType", "pie")],
            ),
        ],
    ),
];

fn panels(generated: &Generated, dashboard: &str) -> Vec<Value> {
    let json = tree(
        generated,
        &format!("monitoring/dashboards/{dashboard}.json"),
    );
    list(&json["panels"]).to_vec()
}

fn panel(dashboard: &str, title: &str) -> Value {
    let panels = panels(&Generated::reference(), dashboard);
    panels
        .into_iter()
        .find(|panel| panel["title"] == title)
        .unwrap_or_else(|| panic!("{dashboard} has no {title}"))
}

#[test]
fn panels_stand_in_order_each_of_its_kind() {
    let generated = Generated::reference();
    for (dashboard, wanted) in PANELS {
        let panels = panels(&generated, dashboard);
        let titles: Vec<_> = panels
            .iter()
            .map(|panel| (text(&panel["title"]), text(&panel["type"])))
            .collect();
        let wanted_titles: Vec<_> = wanted
            .iter()
            .map(|&(title, kind, _)| (title, kind))
            .collect();
        assert_eq!(titles, wanted_titles);
        for (panel, (title, _, details)) in panels.iter().zip(wanted) {
            for &(path, value) in *details {
                assert_eq!(panel.pointer(path), Some(&json!(value)), "{title}: {path}");
            }
        }
        let places: Vec<_> = panels
            .iter()
            .map(|panel| {
                (
                    panel["gridPos"]["y"].as_u64(),
                    panel["gridPos"]["x"].as_u64(),
                )
            })
            .collect();
        assert!(places.is_sorted(), "{dashboard}: {places:?}");
    }
}

#[test]
fn the_area_of_skill_access_is_filled() {
    let panel = panel("security-approvals", "Skill Access: Allowed vs Denied");
    let custom = &panel["fieldConfig"]["defaults"]["custom"];
    assert!(custom["fillOpacity"].as_u64().unwrap() >= 50, "{custom}");
}

#[test]
fn tables_show_the_top_of_their_order_at_one_moment() {
    let tables = [
        ("agent-performance", "Top 5 Agents", "topk(5,"),
        ("cost-tracking", "Top 10 Agents by Cost", "topk(10,"),
    ];
    for (dashboard, title, top) in tables {
        let panel = panel(dashboard, title);
        let target = &panel["targets"][0];
        assert!(text(&target["expr"]).starts_with(top), "{target}");
        assert_eq!(target["instant"], true);
        assert_eq!(target["range"], false);
        assert_eq!(panel["options"]["sortBy"][0]["desc"], true);
    }
}

#[test]
fn a_sparkline_has_a_range_to_draw() {
    for (dashboard, title) in [
        ("cost-tracking", "Total Daily Cost"),
        ("security-approvals", "Pending Approvals Queue"),
    ] {
        let panel = panel(dashboard, title);
        assert_eq!(panel["targets"][0]["range"], true, "{title}");
    }
}

#[test]
fn gauges_span_the_values_that_can_occur() {
    for (dashboard, title, max) in [
        ("agent-performance", "Error Rate %", 1.0),
        ("security-approvals", "Approval SLA Compliance %", 1.0),
        ("security-approvals", "Security Violations Rate", 2.0),
    ] {
        let panel = panel(dashboard, title);
        let defaults = &panel["fieldConfig"]["defaults"];
        assert_eq!(defaults["min"].as_f64(), Some(0.0), "{title}");
        assert_eq!(defaults["max"].as_f64(), Some(max), "{title}");
    }
}
