//! Everything that is generated works, as `verify` sees it; then every alert is
//! driven to fire and to resolve, by what the orchestrator does, and arrives at a
//! webhook as the specs promise.

use crate::demo::Demo;
use crate::live::Live;
use crate::verify;
use crate::webhook::Webhook;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);

/// Times of the demo pass twenty times as fast: three seconds of waiting are
/// a minute of it, which is longer than an approval may take.
const DEMO: [&str; 4] = ["--scenario", "idle", "--speed", "20"];

/// Much happens of everything that the specs measure.
fn eventful() -> Value {
    json!({
        "scenario": "incident",
        "tasks_per_minute": 120,
        "task_seconds": 10,
        "approval_ratio": 0.5,
        "approval_seconds": 40,
    })
}

/// Tasks come, and nothing is wrong with them.
fn calm() -> Value {
    json!({
        "scenario": "idle",
        "tasks_per_minute": 30,
        "task_seconds": 2,
        "failure_ratio": 0,
        "call_usd": 0,
        "denial_ratio": 0,
        "approval_ratio": 0,
        "approval_seconds": 1,
        "violations_per_minute": 0,
    })
}

/// The specs' own alerts, with windows and delays that a test can wait for,
/// and somebody to tell.
fn hasty(webhook: &Webhook) -> String {
    let soon = json!({ "for": "1s" });
    let windowed = json!({ "for": "1s", "window": "5s" });
    json!({
        "alerts": {
            "HighErrorRate": windowed,
            "HighDailyCost": soon,
            "ApprovalBacklog": soon,
            "ApprovalSlaBreach": windowed,
            "HighViolationRate": windowed,
            "AgentOverloaded": soon,
            // More, so that one slow scrape of a busy machine is no failure.
            "PrometheusScrapeFailure": { "for": "3s" },
        },
        "alertmanager": {
            "receivers": { "default": { "webhook": [{ "url": webhook.url() }] } },
            "route": { "group_wait": "100ms", "group_interval": "1s" },
        },
    })
    .to_string()
}

/// How an alert is brought about, and what it must say.
struct Promise {
    alert: &'static str,
    /// What is changed in a calm world.
    cause: Value,
    severity: &'static str,
    /// Its labels beside its name and severity.
    labels: Value,
    /// Before and after a number.
    summary: [&'static str; 2],
    description: &'static str,
    /// Dashboard and title of the panel that shows it.
    panel: Option<[&'static str; 2]>,
}

fn promises() -> [Promise; 6] {
    [
        Promise {
            alert: "HighErrorRate",
            cause: json!({ "failure_ratio": 1 }),
            severity: "warning",
            labels: json!({}),
            summary: ["", "% of tasks are failing"],
            description: "More than 5% of the tasks started over 5s have failed, for 1s now.",
            panel: Some(["agent-performance", "Error Rate %"]),
        },
        Promise {
            alert: "HighDailyCost",
            cause: json!({ "call_usd": 10 }),
            severity: "warning",
            labels: json!({}),
            summary: ["Today has cost $", " so far"],
            description: "Calls to models have cost more than $25 since midnight.",
            panel: Some(["cost-tracking", "Total Daily Cost"]),
        },
        Promise {
            alert: "HighViolationRate",
            cause: json!({ "violations_per_minute": 60 }),
            severity: "critical",
            labels: json!({}),
            summary: ["", " violations per second are being recorded"],
            description: "The audit log has recorded more than 1 violations/s over 5s.",
            panel: Some(["security-approvals", "Security Violations Rate"]),
        },
        Promise {
            alert: "AgentOverloaded",
            cause: json!({ "agent": "coder", "tasks_per_minute": 90, "task_seconds": 3600 }),
            severity: "warning",
            labels: json!({ "agent": "coder" }),
            summary: ["coder is working on ", " tasks at once"],
            description: "An agent should have no more than 20 tasks. \
                          Others may be idle, or the queue is too long.",
            panel: Some(["agent-performance", "Active Tasks per Agent"]),
        },
        Promise {
            alert: "ApprovalBacklog",
            cause: json!({ "approval_ratio": 1, "approval_seconds": 86400 }),
            severity: "warning",
            labels: json!({}),
            summary: ["", " approvals are waiting for an answer"],
            description: "More than 5 requests have been waiting for 1s. \
                          Agents stand still until they are answered.",
            panel: Some(["security-approvals", "Pending Approvals Queue"]),
        },
        // Those who wait are answered now, too late.
        Promise {
            alert: "ApprovalSlaBreach",
            cause: json!({ "approval_ratio": 1, "approval_seconds": 300 }),
            severity: "critical",
            labels: json!({}),
            summary: ["Approvals take ", " to be answered"],
            description: "5 % of the approvals of the last 5s took longer than that; \
                          the objective is 60s.",
            panel: Some(["security-approvals", "Approval SLA Compliance %"]),
        },
    ]
}

/// The first alert of this name and status that the webhook was told of.
fn told(webhook: &Webhook, alert: &str, status: &str, instance: Option<&str>) -> Value {
    let start = Instant::now();
    loop {
        let told = webhook.told();
        let found = told.into_iter().find(|one| {
            one["status"] == status
                && one["labels"]["alertname"] == alert
                && instance.is_none_or(|instance| one["labels"]["instance"] == instance)
        });
        if let Some(found) = found {
            return found;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "waited in vain for {alert}, {status}; the webhook was told {:#?}",
            webhook.told()
        );
        sleep(Duration::from_millis(100));
    }
}

fn is_as_promised(live: &Live, told: &Value, promise: &Promise) {
    let mut labels: Map<String, Value> = promise.labels.as_object().unwrap().clone();
    labels.insert("alertname".to_owned(), promise.alert.into());
    labels.insert("severity".to_owned(), promise.severity.into());
    assert_eq!(told["labels"], Value::Object(labels), "{}", promise.alert);
    let text = |name: &str| told["annotations"][name].as_str().unwrap_or_default();
    let [before, after] = promise.summary;
    let summary = text("summary");
    let number = summary
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after));
    assert!(
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit())),
        "{}: {summary}",
        promise.alert
    );
    assert_eq!(text("description"), promise.description);
    if let Some([dashboard, title]) = promise.panel {
        assert_eq!(text("dashboard_url"), panel_address(live, dashboard, title));
    }
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
fn every_alert_fires_and_resolves_and_arrives_as_promised() {
    let webhook = Webhook::start();
    let mut live = Live::start_with(&DEMO, &hasty(&webhook));
    live.demo.post("/api/scenario", &eventful());
    verify::everything_works(&live);
    all_is_calm_again(&live, &webhook);
    let promises = promises();
    for promise in &promises {
        let mut world = calm();
        for (key, value) in promise.cause.as_object().unwrap() {
            world[key] = value.clone();
        }
        live.demo.post("/api/scenario", &world);
        let fired = told(&webhook, promise.alert, "firing", None);
        is_as_promised(&live, &fired, promise);
        // One cause after the other: while the next begins, this one ends.
        live.demo.post("/api/scenario", &calm());
        live.demo.post("/api/midnight", &json!({}));
    }
    for promise in &promises {
        let resolved = told(&webhook, promise.alert, "resolved", None);
        is_as_promised(&live, &resolved, promise);
    }
    scrapes_fail_and_recover(&mut live, &webhook);

    // Nothing fired before its cause was there, and nothing that was not asked for.
    let mut fired = Vec::new();
    for one in webhook.told() {
        let name = one["labels"]["alertname"].as_str().unwrap().to_owned();
        // Servers can be slow for real on a busy machine.
        if name != "PrometheusScrapeFailure" && !fired.contains(&name) {
            fired.push(name);
        }
    }
    assert_eq!(fired, promises.map(|promise| promise.alert));
}

/// Ends what happens, and waits until all alerts of it have resolved.
fn all_is_calm_again(live: &Live, webhook: &Webhook) {
    live.demo.post("/api/scenario", &calm());
    live.demo.post("/api/midnight", &json!({}));
    live.prometheus.wait("all alerts to resolve", |prometheus| {
        let alerts = prometheus.ask("/api/v1/alerts", &[]);
        alerts["data"]["alerts"]
            .as_array()?
            .is_empty()
            .then_some(())
    });
    let names = |status: &str| -> BTreeSet<String> {
        let told = webhook.told().into_iter();
        let told = told.filter(|alert| alert["status"] == status);
        told.map(|alert| alert["labels"].to_string()).collect()
    };
    live.alertmanager
        .wait("the end of all alerts to be told", |_| {
            (names("firing") == names("resolved")).then_some(())
        });
    webhook.forget();
}

/// The last of the alerts: while it fires, others are held back.
fn scrapes_fail_and_recover(live: &mut Live, webhook: &Webhook) {
    let (alert, instance) = ("PrometheusScrapeFailure", live.instance());
    let ports = live.demo.ports();
    // Another takes its place only once the ports are free.
    std::mem::replace(&mut live.demo, Demo::start([0, 0], &DEMO)).stop();
    let fired = told(webhook, alert, "firing", Some(&instance));
    assert_eq!(
        fired["labels"],
        json!({
            "alertname": alert,
            "instance": instance,
            "job": "orchestrator",
            "severity": "critical",
        })
    );
    let annotations = &fired["annotations"];
    assert_eq!(
        annotations["summary"],
        format!("{instance} of the job orchestrator cannot be scraped")
    );
    assert_eq!(
        annotations["description"],
        "Prometheus has had no answer for 3s. Until it has, dashboards show gaps and other alerts are blind."
    );
    live.demo = Demo::start(ports, &DEMO);
    let resolved = told(webhook, alert, "resolved", Some(&instance));
    assert_eq!(resolved["labels"], fired["labels"]);
}
