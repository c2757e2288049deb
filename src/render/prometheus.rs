//! Prometheus's files: the configuration, the rules, and the tests of the
//! rules.

#[cfg(test)]
pub(in crate::render) mod example;
mod rules;
mod tests_file;

pub(super) use rules::has_any as has_rules;
pub(super) use rules::rules;
pub(super) use tests_file::rule_tests;

use super::merge::merge;
use super::yaml;
use crate::model::{Job, Model, Tls};
use crate::spec::shape::Scheme;
use serde::Serialize;
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the file with the rules, as the other files here refer to it.
const RULES_FILE: &str = "alert-rules.yml";

type Labels = BTreeMap<Arc<str>, Arc<str>>;

#[derive(Serialize)]
struct Config<'a> {
    global: Global<'a>,
    rule_files: Option<[&'static str; 1]>,
    alerting: Option<Alerting<'a>>,
    scrape_configs: Option<Vec<Value>>,
}

#[derive(Serialize)]
struct Global<'a> {
    scrape_interval: String,
    scrape_timeout: Option<String>,
    evaluation_interval: String,
    external_labels: Option<&'a Labels>,
}

#[derive(Serialize)]
struct Alerting<'a> {
    alertmanagers: [Targets<'a>; 1],
}

#[derive(Serialize)]
struct Targets<'a> {
    static_configs: [StaticConfig<'a>; 1],
}

#[derive(Serialize)]
struct StaticConfig<'a> {
    targets: &'a [Arc<str>],
    labels: Option<&'a Labels>,
}

#[derive(Serialize)]
struct ScrapeConfig<'a> {
    job_name: &'a str,
    honor_labels: Option<bool>,
    scrape_interval: Option<String>,
    scrape_timeout: Option<String>,
    metrics_path: Option<&'a str>,
    scheme: Option<&'static str>,
    authorization: Option<Authorization<'a>>,
    basic_auth: Option<BasicAuth<'a>>,
    tls_config: Option<TlsConfig<'a>>,
    static_configs: Option<[StaticConfig<'a>; 1]>,
}

#[derive(Serialize)]
struct Authorization<'a> {
    credentials_file: &'a str,
}

#[derive(Serialize)]
struct BasicAuth<'a> {
    username: &'a str,
    password_file: &'a str,
}

#[derive(Serialize)]
struct TlsConfig<'a> {
    ca_file: Option<&'a str>,
    cert_file: Option<&'a str>,
    key_file: Option<&'a str>,
    server_name: Option<&'a str>,
    insecure_skip_verify: Option<bool>,
}

/// The file `prometheus.yml`.
pub(super) fn config(model: &Model) -> Vec<u8> {
    let scrape = &model.scrape;
    let targets = model
        .alertmanager
        .as_ref()
        .map_or(&[][..], |alertmanager| &alertmanager.targets);
    let config = Config {
        global: Global {
            scrape_interval: scrape.interval.to_string(),
            scrape_timeout: scrape.timeout.map(|timeout| timeout.to_string()),
            evaluation_interval: scrape.evaluation_interval.to_string(),
            external_labels: some(&scrape.external_labels),
        },
        rule_files: has_rules(model).then_some([RULES_FILE]),
        alerting: yaml::non_empty(targets).map(|targets| Alerting {
            alertmanagers: [Targets {
                static_configs: [StaticConfig {
                    targets,
                    labels: None,
                }],
            }],
        }),
        scrape_configs: yaml::non_empty(&scrape.jobs).map(|jobs| jobs.iter().map(job).collect()),
    };
    yaml::document(&config, |line| line.starts_with("- job_name:"))
}

fn job(job: &Job) -> Value {
    let typed = ScrapeConfig {
        job_name: &job.name,
        honor_labels: job.honor_labels.then_some(true),
        scrape_interval: job.interval.map(|interval| interval.to_string()),
        scrape_timeout: job.timeout.map(|timeout| timeout.to_string()),
        metrics_path: job.path.as_deref(),
        scheme: job.scheme.map(Scheme::word),
        authorization: job
            .bearer_token_file
            .as_deref()
            .map(|credentials_file| Authorization { credentials_file }),
        basic_auth: job.basic_auth.as_ref().map(|auth| BasicAuth {
            username: &auth.username,
            password_file: &auth.password_file,
        }),
        tls_config: job.tls.as_ref().map(tls),
        static_configs: yaml::non_empty(&job.targets).map(|targets| {
            [StaticConfig {
                targets,
                labels: some(&job.labels),
            }]
        }),
    };
    let typed = yaml::value(&typed);
    let Some(raw) = &job.raw else { return typed };
    let mut merged = serde_json::json!(typed);
    merge(&mut merged, raw);
    yaml::in_order_of(&typed, yaml::value(&merged))
}

fn tls(tls: &Tls) -> TlsConfig<'_> {
    TlsConfig {
        ca_file: tls.ca_file.as_deref(),
        cert_file: tls.cert_file.as_deref(),
        key_file: tls.key_file.as_deref(),
        server_name: tls.server_name.as_deref(),
        insecure_skip_verify: tls.insecure_skip_verify.then_some(true),
    }
}

fn some(labels: &Labels) -> Option<&Labels> {
    (!labels.is_empty()).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::{config, example, rule_tests, rules};
    use serde_json::{Value, json};

    fn read(bytes: &[u8]) -> Value {
        serde_yaml::from_slice(bytes).unwrap()
    }

    #[test]
    fn jobs_carry_their_settings_and_raw_keys_come_last() {
        let text = String::from_utf8(config(&example::full())).unwrap();
        let read = read(text.as_bytes());
        assert_eq!(read["rule_files"], json!(["alert-rules.yml"]));
        assert_eq!(
            read["alerting"],
            json!({"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]})
        );
        assert_eq!(
            read["scrape_configs"][0],
            json!({
                "job_name": "node",
                "scrape_interval": "1m",
                "scrape_timeout": "20s",
                "metrics_path": "/internal/metrics",
                "scheme": "https",
                "authorization": {"credentials_file": "/run/secrets/token"},
                "tls_config": {"ca_file": "/run/secrets/ca.pem", "server_name": "node.example.com"},
                "static_configs": [{"targets": ["node:9100"], "labels": {"team": "core"}}],
                "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": "go_.*", "action": "drop"}],
                "sample_limit": 5000,
            })
        );
        assert_eq!(
            read["scrape_configs"][2]["basic_auth"]["password_file"],
            "/run/secrets/password"
        );
        assert!(
            text.contains("- job_name: node\n  scrape_interval: 1m\n"),
            "{text}"
        );
        assert!(text.contains("region: 'no'\n"), "{text}");
    }

    #[test]
    fn nothing_to_load_is_nothing_said() {
        let read = read(&config(&example::empty()));
        assert_eq!(
            read,
            json!({"global": {"scrape_interval": "1m", "evaluation_interval": "1m"}})
        );
    }

    #[test]
    fn records_come_before_alerts_and_expressions_read_well() {
        let text = String::from_utf8(rules(&example::full())).unwrap();
        let (record, alert) = (
            text.find("- record:").unwrap(),
            text.find("- alert:").unwrap(),
        );
        assert!(record < alert);
        assert!(
            text.contains("    expr: |-\n      (\n        sum(rate(tasks_failed_total[5m]))\n      ) > 0.05\n    for: 5m\n"),
            "{text}"
        );
        assert!(!text.contains("name: empty"), "{text}");
        assert_eq!(read(&rules(&example::empty())), json!({"groups": []}));
    }

    #[test]
    fn tests_say_which_alerts_fire() {
        let read = read(&rule_tests(&example::full()).unwrap());
        assert_eq!(
            read["tests"][0]["name"],
            "HighErrorRate: fires above the bound"
        );
        assert_eq!(read["tests"][0]["external_labels"], json!({"region": "no"}));
        let expected = &read["tests"][0]["alert_rule_test"][0];
        assert_eq!(
            expected["exp_alerts"][0]["exp_labels"],
            json!({"severity": "warning"})
        );
        assert_eq!(
            read["tests"][1]["alert_rule_test"][0]["exp_alerts"],
            json!([])
        );
        assert_eq!(rule_tests(&example::empty()), None);
    }
}
