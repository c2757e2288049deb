//! Thresholds color values as the reference system asks: Grafana's own code
//! says which color a panel gives to a value.

use crate::judge::node;
use crate::program::verdict;
use crate::reference::Generated;
use serde_json::{Value, json};
use std::fs;

/// Dashboard, panel, the color below all bounds, and each bound with the color
/// from it on. A bound is part of what lies above it: so does Grafana
/// read every threshold.
type Colors = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(f64, &'static str)],
);

const COLORS: [Colors; 5] = [
    (
        "agent-performance",
        "Error Rate %",
        "green",
        &[(0.05, "yellow"), (0.1, "red")],
    ),
    (
        "security-approvals",
        "Approval SLA Compliance %",
        "red",
        &[(0.5, "yellow"), (0.75, "light-green"), (0.9, "green")],
    ),
    (
        "security-approvals",
        "Pending Approvals Queue",
        "green",
        &[(5.0, "yellow")],
    ),
    (
        "security-approvals",
        "Security Violations Rate",
        "green",
        &[(1.0, "red")],
    ),
    (
        "cost-tracking",
        "Total Daily Cost",
        "green",
        &[(25.0, "yellow")],
    ),
];

/// A value at each bound, the nearest ones below and above it, and nothing at all.
fn cases(generated: &Generated) -> Vec<Value> {
    let mut cases = Vec::new();
    for (dashboard, panel, lowest, bounds) in COLORS {
        let file = generated.path(&format!("monitoring/dashboards/{dashboard}.json"));
        let mut case = |value: f64, color: &str| {
            cases.push(json!({ "file": file, "panel": panel, "value": value, "color": color }));
        };
        case(0.0, lowest);
        let mut below = lowest;
        for &(bound, above) in bounds {
            case(bound.next_down(), below);
            case(bound, above);
            case(bound.next_up(), above);
            below = above;
        }
    }
    cases
}

fn judge(generated: &Generated, cases: &[Value]) -> (bool, String) {
    let file = generated.path("cases.json");
    fs::write(&file, Value::from(cases).to_string()).unwrap();
    verdict(node("thresholds.mjs").arg(file))
}

#[test]
fn grafana_colors_values_at_and_beside_every_bound() {
    let generated = Generated::reference();
    let cases = cases(&generated);
    let (accepted, said) = judge(&generated, &cases);
    assert!(accepted, "{said}");
    assert!(
        said.contains(&format!("{} values, 0 wrong", 5 + 8 * 3)),
        "{said}"
    );
}

#[test]
fn grafana_notices_a_bound_that_has_moved() {
    let generated = Generated::reference();
    let cases = cases(&generated);
    let file = "monitoring/dashboards/agent-performance.json";
    let moved = generated
        .read(file)
        .replace(r#""value": 0.05"#, r#""value": 0.04"#);
    fs::write(generated.path(file), moved).unwrap();
    let (accepted, said) = judge(&generated, &cases);
    assert!(!accepted && said.contains("Error Rate %"), "{said}");
}
