//! The seven alerts: what each one watches, past which bound, and who is told.

use crate::json::{list, text, tree};
use crate::reference::Generated;
use serde_json::{Value, json};

/// Name, expression without the layout, and severity.
const ALERTS: [(&str, &str, &str); 7] = [
    (
        "AgentOverloaded",
        "sum by (agent) (agent_active_tasks) > 20",
        "warning",
    ),
    (
        "ApprovalBacklog",
        "sum(pending_approvals_count) > 5",
        "warning",
    ),
    (
        "ApprovalSlaBreach",
        "histogram_quantile(0.95, sum by (le) (rate(approval_response_time_seconds_bucket[5m]))) > 60",
        "critical",
    ),
    (
        "HighDailyCost",
        "sum(agent_total_cost_per_day_usd) > 25",
        "warning",
    ),
    (
        "HighErrorRate",
        "( sum(rate(agent_tasks_failed_total[5m])) / sum(rate(agent_tasks_started_total[5m])) ) > 0.05",
        "warning",
    ),
    (
        "HighViolationRate",
        "sum(rate(audit_violations_logged_total[5m])) > 1",
        "critical",
    ),
    ("PrometheusScrapeFailure", "up == 0", "critical"),
];

fn rules() -> Vec<Value> {
    let rules = tree(&Generated::reference(), "monitoring/alert-rules.yml");
    let mut rules: Vec<Value> = list(&rules["groups"])
        .iter()
        .flat_map(|group| list(&group["rules"]).to_vec())
        .collect();
    rules.sort_by_key(|rule| text(&rule["alert"]).to_owned());
    rules
}

#[test]
fn alerts_watch_what_is_described() {
    let rules = rules();
    let found: Vec<_> = rules
        .iter()
        .map(|rule| {
            let words: Vec<&str> = text(&rule["expr"]).split_whitespace().collect();
            (
                text(&rule["alert"]),
                words.join(" "),
                text(&rule["labels"]["severity"]),
            )
        })
        .collect();
    let wanted = ALERTS.map(|(name, expr, severity)| (name, expr.to_owned(), severity));
    assert_eq!(found, wanted);
}

#[test]
fn alerts_wait_and_say_what_is_wrong_and_where_to_look() {
    for rule in rules() {
        assert!(!text(&rule["for"]).is_empty());
        for annotation in ["summary", "description"] {
            assert!(!text(&rule["annotations"][annotation]).is_empty());
        }
        if rule["alert"] != "PrometheusScrapeFailure" {
            let address = text(&rule["annotations"]["dashboard_url"]);
            assert!(address.starts_with("http://localhost:3001/d/"), "{address}");
        }
    }
}

#[test]
fn bounds_that_panels_and_alerts_share_are_equal() {
    let generated = Generated::reference();
    let shared = [
        ("agent-performance", "Error Rate %", "HighErrorRate"),
        ("cost-tracking", "Total Daily Cost", "HighDailyCost"),
        (
            "security-approvals",
            "Pending Approvals Queue",
            "ApprovalBacklog",
        ),
        (
            "security-approvals",
            "Security Violations Rate",
            "HighViolationRate",
        ),
    ];
    for (dashboard, title, alert) in shared {
        let json = tree(
            &generated,
            &format!("monitoring/dashboards/{dashboard}.json"),
        );
        let panel = crate::json::named(&json["panels"], "title", title);
        let steps = &panel["fieldConfig"]["defaults"]["thresholds"]["steps"];
        assert_eq!(steps[0]["value"], json!(null));
        let rules = rules();
        let rule = rules.iter().find(|rule| rule["alert"] == alert).unwrap();
        let (_, bound) = text(&rule["expr"]).rsplit_once(" > ").unwrap();
        assert_eq!(steps[1]["value"].as_f64(), bound.parse().ok(), "{alert}");
    }
}
