//! What Prometheus, Grafana and Alertmanager load when they start.

use crate::json::{list, named, text, texts, tree};
use crate::reference::Generated;
use serde_json::Value;

#[test]
fn prometheus_scrapes_three_jobs_every_15_seconds() {
    let file = tree(&Generated::reference(), "monitoring/prometheus.yml");
    assert_eq!(file["global"]["scrape_interval"], "15s");
    let jobs = &file["scrape_configs"];
    assert_eq!(list(jobs).len(), 3);
    for (job, target) in [
        ("orchestrator", "orchestrator:9100"),
        ("prometheus", "localhost:9090"),
        ("alertmanager", "alertmanager:9093"),
    ] {
        let job = named(jobs, "job_name", job);
        assert_eq!(texts(&job["static_configs"][0]["targets"]), [target]);
        // Without a path, Prometheus asks for this one.
        let path = job.get("metrics_path").map_or("/metrics", text);
        assert_eq!(path, "/metrics");
    }
}

#[test]
fn prometheus_loads_the_rules_and_knows_the_alertmanager() {
    let file = tree(&Generated::reference(), "monitoring/prometheus.yml");
    assert_eq!(texts(&file["rule_files"]), ["alert-rules.yml"]);
    let alertmanager = &file["alerting"]["alertmanagers"][0]["static_configs"][0];
    assert_eq!(texts(&alertmanager["targets"]), ["alertmanager:9093"]);
}

#[test]
fn grafana_has_one_default_datasource_with_a_fixed_uid() {
    let file = tree(&Generated::reference(), "monitoring/datasources.yml");
    assert_eq!(file["apiVersion"], 1);
    let [datasource] = list(&file["datasources"]) else {
        panic!("{file}");
    };
    for (key, value) in [
        ("name", "Prometheus"),
        ("type", "prometheus"),
        ("uid", "prometheus"),
        ("url", "http://prometheus:9090"),
        ("access", "proxy"),
    ] {
        assert_eq!(datasource[key], value);
    }
    assert_eq!(datasource["isDefault"], true);
    // Drives `$__rate_interval`.
    assert_eq!(datasource["jsonData"]["timeInterval"], "15s");
}

#[test]
fn grafana_loads_the_dashboards_into_their_folder() {
    let generated = Generated::reference();
    let file = tree(&generated, "monitoring/providers.yml");
    assert_eq!(file["apiVersion"], 1);
    let [provider] = list(&file["providers"]) else {
        panic!("{file}");
    };
    assert_eq!(provider["type"], "file");
    assert_eq!(provider["folder"], "Orchestrator");
    assert_eq!(provider["allowUiUpdates"], false);
    let directory = text(&provider["options"]["path"]);
    let compose = tree(&generated, "docker-compose.yml");
    let mounts = texts(&compose["services"]["grafana"]["volumes"]);
    let mount = format!("./monitoring/dashboards:{directory}");
    assert!(
        mounts.iter().any(|found| found.starts_with(&mount)),
        "{mounts:?}"
    );
}

#[test]
fn alertmanager_starts_without_a_secret() {
    let file = tree(&Generated::reference(), "monitoring/alertmanager.yml");
    assert_eq!(file["route"]["receiver"], "default");
    assert_eq!(list(&file["receivers"]).len(), 1);
    assert_eq!(file.pointer("/global/smtp_smarthost"), None::<&Value>);
}
