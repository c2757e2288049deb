//! The stack runs, and its parts find each other.

use crate::live::Live;
use serde_json::Value;
use std::collections::BTreeSet;

fn texts<'v>(list: &'v Value, key: &str) -> BTreeSet<&'v str> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|item| item[key].as_str().unwrap())
        .collect()
}

#[test]
fn the_running_stack_scrapes_evaluates_and_finds_its_alertmanager() {
    let live = Live::start();

    let targets = live.prometheus.wait("all targets to be up", |prometheus| {
        let answer = prometheus.ask("/api/v1/targets", &[("state", "active")]);
        let targets = answer["data"]["activeTargets"].clone();
        (texts(&targets, "health") == BTreeSet::from(["up"])).then_some(targets)
    });
    assert_eq!(
        texts(&targets, "scrapePool"),
        BTreeSet::from(["alertmanager", "orchestrator", "prometheus"])
    );
    let orchestrator = format!("http://{}/metrics", live.instance());
    assert!(texts(&targets, "scrapeUrl").contains(&*orchestrator));

    let groups = live
        .prometheus
        .wait("all rules to be evaluated", |prometheus| {
            let groups = prometheus.ask("/api/v1/rules", &[])["data"]["groups"].take();
            let evaluated = groups.as_array()?.iter().all(|group| {
                let rules = group["rules"].as_array().unwrap();
                rules.iter().all(|rule| rule["health"] != "unknown")
            });
            evaluated.then_some(groups)
        });
    let rules: Vec<&Value> = groups
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap())
        .collect();
    assert_eq!(rules.len(), 7);
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule:#}");
    }

    let found = live.prometheus.wait("the Alertmanager", |prometheus| {
        let found = prometheus.ask("/api/v1/alertmanagers", &[])["data"].take();
        (!found["activeAlertmanagers"].as_array()?.is_empty()).then_some(found)
    });
    let port = live.alertmanager.port();
    let address = format!("http://127.0.0.1:{port}/api/v2/alerts");
    assert_eq!(
        texts(&found["activeAlertmanagers"], "url"),
        BTreeSet::from([&*address])
    );

    let loaded = live.prometheus.ask("/api/v1/status/config", &[]);
    let loaded = loaded["data"]["yaml"].as_str().unwrap();
    for job in ["alertmanager", "orchestrator", "prometheus"] {
        assert!(loaded.contains(&format!("job_name: {job}\n")), "{loaded}");
    }
    let status = live.alertmanager.ask("/api/v2/status", &[]);
    let loaded = status["config"]["original"].as_str().unwrap();
    assert!(loaded.contains("receiver: default"), "{loaded}");
}
