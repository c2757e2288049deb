//! A small model with something of everything, for the tests of the renderers.

use crate::model::{
    Alert, Alertmanager, BasicAuth, Condition, Dashboard, Datasource, DatasourceRef, Email,
    External, Fields, Grafana, Grid, InhibitRule, InputSeries, Job, Label, Level, Metric, Model,
    PagerDuty, Panel, PanelKind, Query, QueryUse, Receiver, Record, Route, RuleGroup, Scrape,
    Service, Slack, Smtp, Stack, Step, Target, TargetFormat, Thresholds, TimeInterval, Tls, Unit,
    UnitTest, UnitTestAlert, Variable, VariableKind, Webhook,
};
use crate::promql::{self, PromDuration};
use crate::spec::shape::{Calc, DatasourceReference, MetricType, Scheme, Sort, Worse};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

fn duration(text: &str) -> PromDuration {
    PromDuration::parse(text).unwrap()
}

fn texts(list: &[&str]) -> Vec<Arc<str>> {
    list.iter().map(|text| Arc::from(*text)).collect()
}

fn map(entries: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
    entries
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect()
}

/// Nothing at all.
pub(in crate::render) fn empty() -> Model {
    Model {
        metrics: BTreeMap::new(),
        external: BTreeMap::new(),
        labels: BTreeMap::new(),
        thresholds: BTreeMap::new(),
        queries: BTreeMap::new(),
        dashboards: Vec::new(),
        groups: Vec::new(),
        events: BTreeMap::new(),
        emitters: Vec::new(),
        scrape: Scrape {
            interval: duration("1m"),
            timeout: None,
            evaluation_interval: duration("1m"),
            external_labels: BTreeMap::new(),
            jobs: Vec::new(),
        },
        grafana: None,
        alertmanager: None,
        stack: None,
    }
}

/// Something of everything.
pub(in crate::render) fn full() -> Model {
    let thresholds = Arc::new(thresholds());
    Model {
        metrics: BTreeMap::from([("tasks_failed_total".into(), metric())]),
        external: BTreeMap::from([(
            "node".into(),
            External {
                job: Some("node".into()),
                metrics: BTreeMap::from([("node_load1".into(), metric())]),
            },
        )]),
        labels: BTreeMap::from([(
            "agent".into(),
            Label {
                help: "Agent | worker".into(),
                values: texts(&["a|b"]),
                limit: Some(200),
            },
        )]),
        thresholds: BTreeMap::from([("error_ratio".into(), thresholds.clone())]),
        queries: BTreeMap::from([("error_ratio".into(), query(&thresholds))]),
        dashboards: vec![dashboard()],
        groups: vec![
            RuleGroup {
                name: "empty".into(),
                interval: None,
                limit: None,
                records: vec![],
                alerts: vec![],
            },
            RuleGroup {
                name: "tasks".into(),
                interval: Some(duration("30s")),
                limit: Some(50),
                records: vec![Record {
                    name: "job:tasks_failed:rate5m".into(),
                    help: Some("Failed tasks per second".into()),
                    expr: "sum by (job) (rate(tasks_failed_total[5m]))".into(),
                    source: parsed("sum by (job) (rate(tasks_failed_total[$window]))"),
                    query: None,
                    labels: map(&[("team", "on")]),
                }],
                alerts: vec![alert(&thresholds)],
            },
        ],
        events: BTreeMap::new(),
        emitters: Vec::new(),
        scrape: scrape(),
        grafana: Some(grafana()),
        alertmanager: Some(alertmanager()),
        stack: Some(stack()),
    }
}

fn thresholds() -> Thresholds {
    let level = |name: &str, value, written: &str, color: &str| Level {
        name: name.into(),
        value,
        written: written.into(),
        color: color.into(),
        good: false,
    };
    let levels = vec![
        level("warning", 0.05, "5%", "yellow"),
        level("critical", 0.1, "10%", "red"),
    ];
    let steps = Thresholds::compute_steps(Worse::Higher, &levels, &"green".into());
    assert_eq!(
        steps[0],
        Step {
            value: None,
            color: "green".into()
        }
    );
    Thresholds {
        name: "error_ratio".into(),
        worse: Worse::Higher,
        levels,
        steps,
    }
}

fn metric() -> Metric {
    Metric {
        name: "tasks_failed_total".into(),
        kind: MetricType::Counter,
        help: "Tasks that <failed>\nor were dropped | lost".into(),
        unit: None,
        labels: texts(&["agent"]),
        buckets: vec![],
        job: Some("orchestrator".into()),
    }
}

fn query(thresholds: &Arc<Thresholds>) -> Query {
    Query {
        name: "error_ratio".into(),
        help: "Share of started tasks that failed".into(),
        expr: Arc::new(promql::Query::parse("sum(rate(tasks_failed_total[$window]))").unwrap()),
        example: "sum(rate(tasks_failed_total[5m]))".into(),
        unit: Unit::new("percentunit"),
        thresholds: Some(thresholds.clone()),
        used_by: vec![
            QueryUse::Panel {
                dashboard: "Agents".into(),
                panel: "Errors".into(),
            },
            QueryUse::Alert("HighErrorRate".into()),
        ],
    }
}

fn parsed(expr: &str) -> Arc<promql::Query> {
    Arc::new(promql::Query::parse(expr).unwrap())
}

fn alert(thresholds: &Arc<Thresholds>) -> Alert {
    let summary = "{{ $value | humanizePercentage }} of tasks are failing";
    Alert {
        name: "HighErrorRate".into(),
        expr: "(\n  sum(rate(tasks_failed_total[5m]))   \n) > 0.05\n".into(),
        source: parsed("sum(rate(tasks_failed_total[$window]))"),
        condition: Some(Condition {
            query: "error_ratio".into(),
            expr: parsed("sum(rate(tasks_failed_total[5m]))"),
            thresholds: thresholds.clone(),
            level: "warning".into(),
            bound: 0.05,
        }),
        severity: "warning".into(),
        r#for: Some(duration("5m")),
        keep_firing_for: Some(duration("10m")),
        carries: Some(Vec::new()),
        labels: map(&[("severity", "warning")]),
        annotations: map(&[
            ("summary", summary),
            ("description", "Look at the logs.\nThen restart."),
            ("runbook_url", "https://example.com/runbook"),
        ]),
        panel: Some(("agents".into(), "errors".into())),
        tests: vec![
            UnitTest {
                name: "fires above the bound".into(),
                interval: duration("15s"),
                series: vec![InputSeries {
                    series: r#"tasks_failed_total{agent="a"}"#.into(),
                    values: "0+15x80".into(),
                }],
                at: duration("15m"),
                fires: vec![UnitTestAlert {
                    labels: map(&[("severity", "warning")]),
                    annotations: map(&[
                        ("summary", "100% of tasks are failing"),
                        ("description", "Look at the logs.\nThen restart."),
                        ("runbook_url", "https://example.com/runbook"),
                    ]),
                }],
            },
            UnitTest {
                name: "is silent below it".into(),
                interval: duration("15s"),
                series: vec![InputSeries {
                    series: r#"tasks_failed_total{agent="a"}"#.into(),
                    values: "0x80".into(),
                }],
                at: duration("15m"),
                fires: vec![],
            },
        ],
    }
}

fn dashboard() -> Dashboard {
    let target = Target {
        ref_id: "A".into(),
        expr: "sum(rate(tasks_failed_total[$__rate_interval]))".into(),
        legend: "__auto".into(),
        instant: true,
        interval: None,
        format: TargetFormat::TimeSeries,
        source: parsed("sum(rate(tasks_failed_total[$window]))"),
        query: Some("error_ratio".into()),
        unit: None,
        axis: None,
        color: None,
        labels: None,
    };
    let panel = |key: &str, title: &str, targets, kind| Panel {
        key: key.into(),
        id: 1,
        title: title.into(),
        description: None,
        grid: Grid {
            x: 0,
            y: 0,
            w: 6,
            h: 8,
        },
        interval: None,
        repeat: None,
        links: vec![],
        transparent: false,
        raw: None,
        targets,
        fields: Fields::default(),
        kind,
    };
    let gauge = panel(
        "errors",
        "Errors",
        vec![target],
        PanelKind::Gauge {
            calc: Calc::Last,
            threshold_labels: false,
        },
    );
    Dashboard {
        key: "agents".into(),
        uid: "agents".into(),
        title: "Agents".into(),
        description: Some("How agents do".into()),
        tags: texts(&["orchestrator"]),
        refresh: Some(duration("30s")),
        range: duration("1h"),
        timezone: "browser".into(),
        editable: false,
        datasource: DatasourceRef::Uid("prometheus".into()),
        variables: vec![Variable {
            name: "agent".into(),
            title: "Agent".into(),
            description: Some("Which agents".into()),
            hide: None,
            label: Some("agent".into()),
            kind: VariableKind::Values {
                query: "label_values(tasks_failed_total, agent)".into(),
                regex: None,
                sort: Sort::None,
                multi: true,
                all: true,
                default: None,
            },
        }],
        panels: vec![panel(
            "folded",
            "Folded",
            vec![],
            PanelKind::Row {
                collapsed: true,
                panels: vec![gauge],
            },
        )],
        links: vec![],
    }
}

fn scrape() -> Scrape {
    let job = |name: &str, target: &str| Job {
        name: name.into(),
        targets: texts(&[target]),
        path: None,
        scheme: None,
        interval: None,
        timeout: None,
        labels: BTreeMap::new(),
        honor_labels: false,
        bearer_token_file: None,
        basic_auth: None,
        tls: None,
        raw: None,
    };
    Scrape {
        interval: duration("15s"),
        timeout: Some(duration("10s")),
        evaluation_interval: duration("15s"),
        external_labels: map(&[("region", "no")]),
        jobs: vec![
            Job {
                path: Some("/internal/metrics".into()),
                scheme: Some(Scheme::Https),
                interval: Some(duration("1m")),
                timeout: Some(duration("20s")),
                labels: map(&[("team", "core")]),
                honor_labels: true,
                bearer_token_file: Some("/run/secrets/token".into()),
                tls: Some(Tls {
                    ca_file: Some("/run/secrets/ca.pem".into()),
                    cert_file: None,
                    key_file: None,
                    server_name: Some("node.example.com".into()),
                    insecure_skip_verify: true,
                }),
                raw: Some(json!({
                    "honor_labels": null,
                    "tls_config": {"insecure_skip_verify": null},
                    "sample_limit": 5000,
                    "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": "go_.*", "action": "drop"}],
                })),
                ..job("node", "node:9100")
            },
            job("orchestrator", "orchestrator:9100"),
            Job {
                basic_auth: Some(BasicAuth {
                    username: "scraper".into(),
                    password_file: "/run/secrets/password".into(),
                }),
                ..job("protected", "protected:80")
            },
        ],
    }
}

fn grafana() -> Grafana {
    Grafana {
        url: None,
        datasource: Some(Datasource {
            name: "Prometheus".into(),
            uid: "prometheus".into(),
            url: "http://prometheus:9090".into(),
            reference: DatasourceReference::Uid,
            timeout: Some(duration("1m")),
        }),
        folder: Some("Big $pender".into()),
        folder_uid: Some("orchestrator".into()),
        dashboards_path: "/var/lib/grafana/dashboards".into(),
        editable: false,
    }
}

fn alertmanager() -> Alertmanager {
    let silent = Receiver {
        name: "default".into(),
        slack: vec![],
        email: vec![],
        webhook: vec![],
        pagerduty: vec![],
    };
    Alertmanager {
        url: Some("http://localhost:9093".into()),
        targets: texts(&["alertmanager:9093"]),
        resolve_timeout: Some(duration("5m")),
        smtp: Some(Smtp {
            host: "mail.example.com:587".into(),
            from: "alerts@example.com".into(),
            username: Some("alerts".into()),
            password_file: Some("/run/secrets/smtp".into()),
            require_tls: true,
        }),
        receivers: vec![
            silent.clone(),
            Receiver {
                name: "team".into(),
                slack: vec![Slack {
                    channel: "#alerts".into(),
                    api_url_file: "/run/secrets/slack".into(),
                    title: Some("{{ .CommonLabels.alertname }}".into()),
                    text: None,
                    send_resolved: true,
                }],
                email: vec![Email {
                    to: "a@example.com, b@example.com".into(),
                    send_resolved: false,
                }],
                webhook: vec![Webhook {
                    url: Some("http://hook:8080/alerts".into()),
                    url_file: None,
                    max_alerts: Some(10),
                    send_resolved: true,
                }],
                pagerduty: vec![PagerDuty {
                    routing_key_file: "/run/secrets/pagerduty".into(),
                    severity: Some("critical".into()),
                    send_resolved: true,
                }],
            },
        ],
        route: Route {
            receiver: Some("default".into()),
            group_by: Some(texts(&["alertname"])),
            group_wait: Some(duration("1m30s")),
            routes: vec![Route {
                receiver: Some("team".into()),
                matchers: texts(&[r#"severity=~"warning|critical""#]),
                group_by: Some(vec![]),
                mute: texts(&["nights"]),
                r#continue: true,
                ..Route::default()
            }],
            ..Route::default()
        },
        inhibit: vec![InhibitRule {
            source: texts(&[r#"severity="critical""#]),
            target: texts(&[r#"severity="warning""#]),
            equal: texts(&["alertname"]),
        }],
        time_intervals: BTreeMap::from([(
            "nights".into(),
            vec![TimeInterval {
                times: vec![("22:00".into(), "24:00".into())],
                weekdays: texts(&["monday:friday"]),
                days_of_month: texts(&["1:5", "-1"]),
                months: texts(&["january:march"]),
                years: texts(&["2030"]),
                location: Some("Europe/Berlin".into()),
            }],
        )]),
        templates: texts(&["/etc/alertmanager/templates/*.tmpl"]),
    }
}

fn stack() -> Stack {
    let service = |image: &str, port| Service {
        image: image.into(),
        port,
        environment: BTreeMap::new(),
        secrets: vec![],
    };
    Stack {
        container_prefix: "wagging-".into(),
        network: "orchestrator-net".into(),
        prometheus: Some(service("prom/prometheus:v3.5.0", 9090)),
        alertmanager: Some(Service {
            secrets: texts(&["${SECRETS:-./secrets}/slack:/run/secrets/slack"]),
            ..service("prom/alertmanager:v0.28.1", 9093)
        }),
        grafana: Some(Service {
            environment: map(&[("GF_SECURITY_ADMIN_USER", "root"), ("GF_LOG_LEVEL", "warn")]),
            ..service("grafana/grafana:12.1.0", 3001)
        }),
        services: BTreeMap::from([(
            "orchestrator".into(),
            json!({
                "build": ".",
                "ports": ["3000:3000", "9100:9100"],
                "environment": {"FROM_HOST": null},
                "volumes": ["state:/state", "./config:/config:ro", {"type": "volume", "source": "cache", "target": "/cache"}],
            }),
        )]),
    }
}
