//! Alerts that fire reach the Alertmanager as the specs describe them.

use crate::live::Live;
use serde_json::{Value, json};

/// The durations of two alerts, shortened to what a test can wait for.
const AT_ONCE: &str = "
alerts:
  AgentOverloaded: { for: 1s }
  PrometheusScrapeFailure: { for: 1s }
";

/// The alert of this name and these labels, once the Alertmanager has it.
fn received(live: &Live, filters: &[&str]) -> Value {
    let parameters: Vec<(&str, &str)> = filters.iter().map(|filter| ("filter", *filter)).collect();
    live.alertmanager.wait(&filters.join(", "), |alertmanager| {
        let alerts = alertmanager.ask("/api/v2/alerts", &parameters);
        alerts.as_array()?.first().cloned()
    })
}

/// Where the panel of this title is, as the alert links to it.
fn panel_address(live: &Live, dashboard: &str, title: &str) -> String {
    let file = format!("monitoring/dashboards/{dashboard}.json");
    let json: Value = serde_json::from_str(&live.generated.read(&file)).unwrap();
    let panels = json["panels"].as_array().unwrap();
    let panel = panels.iter().find(|panel| panel["title"] == title).unwrap();
    format!(
        "http://127.0.0.1:3000/d/{dashboard}?viewPanel={}",
        panel["id"]
    )
}

#[test]
fn firing_alerts_arrive_with_their_labels_and_texts() {
    let mut live = Live::start_with(AT_ONCE);

    let overloaded = received(&live, &["alertname=AgentOverloaded", "agent=planner"]);
    assert_eq!(
        overloaded["labels"],
        json!({ "alertname": "AgentOverloaded", "agent": "planner", "severity": "warning" })
    );
    let annotations = &overloaded["annotations"];
    assert_eq!(
        annotations["summary"],
        "planner is working on 30 tasks at once"
    );
    let description = annotations["description"].as_str().unwrap();
    assert!(
        description.contains("no more than 20 tasks"),
        "{description}"
    );
    assert_eq!(
        annotations["dashboard_url"],
        panel_address(&live, "agent-performance", "Active Tasks per Agent")
    );

    let instance = live.instance();
    live.stop_orchestrator();
    let down = received(&live, &["alertname=PrometheusScrapeFailure"]);
    assert_eq!(
        down["labels"],
        json!({
            "alertname": "PrometheusScrapeFailure",
            "instance": instance,
            "job": "orchestrator",
            "severity": "critical",
        })
    );
    assert_eq!(
        down["annotations"]["summary"],
        format!("{instance} of the job orchestrator cannot be scraped")
    );
}
