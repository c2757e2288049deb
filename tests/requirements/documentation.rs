//! The page beside the dashboards.

use crate::reference::Generated;

fn page() -> String {
    Generated::reference().read("monitoring/dashboards/README.md")
}

#[test]
fn the_page_has_every_section() {
    let page = page();
    for section in [
        "Dashboards",
        "Access",
        "Making changes",
        "Variables",
        "Alerts",
        "Thresholds",
        "Metrics",
        "Queries",
        "Troubleshooting",
        "Performance",
    ] {
        assert!(page.contains(&format!("\n## {section}\n")), "no {section}");
    }
}

#[test]
fn at_least_thirty_queries_are_documented_each_with_its_unit() {
    let page = page();
    let (_, queries) = page.split_once("\n## Queries\n").unwrap();
    let (queries, _) = queries.split_once("\n## ").unwrap();
    let documented: Vec<&str> = queries.split("\n### ").skip(1).collect();
    assert!(documented.len() >= 30, "{}", documented.len());
    for query in documented {
        let (_, rest) = query.split_once("\n```promql\n").unwrap();
        let (expr, facts) = rest.split_once("\n```\n").unwrap();
        assert!(!expr.trim().is_empty() && !expr.contains('$'), "{query}");
        assert!(facts.contains("- Unit: "), "{query}");
        assert!(facts.contains("- Used by: "), "{query}");
    }
}

#[test]
fn the_page_names_every_metric_variable_alert_and_address() {
    let page = page();
    for name in [
        "agent_tasks_started_total",
        "agent_tasks_completed_total",
        "agent_tasks_failed_total",
        "agent_active_tasks",
        "agent_task_duration_seconds",
        "agent_cost_per_day_usd",
        "agent_total_cost_per_day_usd",
        "skill_access_allowed_total",
        "skill_access_denied_total",
        "permission_escalation_requests_total",
        "active_permissions_granted",
        "audit_violations_logged_total",
        "task_approval_requests_total",
        "approval_response_time_seconds",
        "pending_approvals_count",
        "approval_auto_escalated_total",
        "$agent",
        "$timerange",
        "$model",
        "$skill",
        "$violation_type",
        "HighErrorRate",
        "HighDailyCost",
        "ApprovalBacklog",
        "ApprovalSlaBreach",
        "HighViolationRate",
        "AgentOverloaded",
        "PrometheusScrapeFailure",
    ] {
        assert!(page.contains(&format!("`{name}`")), "no {name}");
    }
    for port in [3001, 9090, 9093] {
        assert!(
            page.contains(&format!("http://localhost:{port}")),
            "no {port}"
        );
    }
}
