//! One Prometheus that scrapes many broken systems, each asked about with
//! specs of its own.

use crate::case::{EXPOSED, Edit, SPECS, edited, write};
use crate::docs::Row;
use crate::run::verify;
use crate::server::{Server, free_ports};
use crate::service::{Request, Service, reply};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A way to break the system.
struct Case {
    /// Also the name of its system: letters and `_`.
    name: &'static str,
    breaks: &'static str,
    /// The codes that must be reported, and no other.
    codes: &'static [&'static str],
    specs: &'static [Edit],
    exposed: &'static [Edit],
    how: How,
}

/// What else is broken.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Nothing,
    /// Prometheus has no such job.
    NoJob,
    /// Prometheus scrapes it where nobody listens.
    NobodyListens,
    /// Prometheus scrapes another target.
    OtherTarget,
    /// Answers with this status line and body.
    Answers(&'static str, &'static str),
    /// Prometheus scrapes it this often.
    Interval(&'static str),
    /// The same, and its series say that they are of another job.
    Elsewhere(&'static str),
    /// The rules are not loaded.
    NoRules,
    /// Rules with this edit are loaded.
    Rules(Edit),
    /// After so many scrapes, this is no longer exposed.
    Until(u32, &'static str),
    /// Counters are 0 at each second scrape.
    Restarts,
}

/// A rule beside the alert.
const RECORDS: Edit = (
    "rule_groups:",
    "records:\n  \"app:queue\": { expr: sum by (queue) (app_queue), group: app }\nrule_groups:",
);

const NOTHING: Case = Case {
    name: "",
    breaks: "",
    codes: &[],
    specs: &[],
    exposed: &[],
    how: How::Nothing,
};

const CASES: &[Case] = &[
    Case {
        name: "healthy",
        breaks: "nothing",
        ..NOTHING
    },
    Case {
        name: "not_emitted",
        breaks: "the service does not emit a metric",
        codes: &["metric-never-seen"],
        exposed: &[
            (
                "# TYPE app_queue gauge\napp_queue{queue=\"fast\"} 3\napp_queue{queue=\"slow\"} 5\n",
                "",
            ),
            ("# HELP app_queue Requests that wait\n", ""),
        ],
        ..NOTHING
    },
    Case {
        name: "metric_renamed",
        breaks: "a metric is renamed in the service",
        codes: &["metric-never-seen"],
        exposed: &[("app_queue", "app_queued")],
        ..NOTHING
    },
    Case {
        name: "no_event_yet",
        breaks: "no event has happened that makes a series",
        codes: &["nothing-happened"],
        exposed: &[
            ("app_failures_total{route=\"/cart\"} @\n", ""),
            ("app_failures_total{route=\"/pay\"} @\n", ""),
        ],
        ..NOTHING
    },
    Case {
        name: "gone",
        breaks: "a metric is no longer exposed",
        codes: &["metric-gone"],
        how: How::Until(2, "app_queue{"),
        ..NOTHING
    },
    Case {
        name: "label_renamed",
        breaks: "a label is renamed in the service",
        codes: &["label-absent"],
        specs: &[(
            "expr: sum by (queue) (app_queue)",
            "expr: sum by (queue) (app_queue{queue=\"fast\"})",
        )],
        exposed: &[("queue=", "queue_name=")],
        ..NOTHING
    },
    Case {
        name: "value_absent",
        breaks: "no series has the label value that a query asks for",
        codes: &["label-value-absent"],
        specs: &[(
            "expr: sum by (queue) (app_queue)",
            "expr: sum by (queue) (app_queue{queue=\"slow\"})",
        )],
        exposed: &[("queue=\"slow\"", "queue=\"slower\"")],
        ..NOTHING
    },
    Case {
        name: "never_together",
        breaks: "the matchers of a query select no series together",
        codes: &["matchers-disagree"],
        specs: &[
            ("labels: [queue]", "labels: [queue, zone]"),
            (
                "expr: sum by (queue) (app_queue)",
                "expr: sum by (queue) (app_queue{queue=\"fast\", zone=\"b\"})",
            ),
        ],
        exposed: &[
            ("queue=\"fast\"", "queue=\"fast\",zone=\"a\""),
            ("queue=\"slow\"", "queue=\"slow\",zone=\"b\""),
        ],
        ..NOTHING
    },
    Case {
        name: "target_down",
        breaks: "the service is down, or on another port",
        codes: &["target-down"],
        how: How::NobodyListens,
        ..NOTHING
    },
    Case {
        name: "not_found",
        breaks: "the path of the metrics is wrong",
        codes: &["target-down"],
        how: How::Answers("404 Not Found", "no such page"),
        ..NOTHING
    },
    Case {
        name: "html",
        breaks: "the target answers with a web page",
        codes: &["target-down"],
        how: How::Answers("200 OK", "<!doctype html>\n<p>It works!</p>\n"),
        ..NOTHING
    },
    Case {
        name: "secured",
        breaks: "the target wants to know who asks",
        codes: &["target-down"],
        how: How::Answers("401 Unauthorized", ""),
        ..NOTHING
    },
    Case {
        name: "no_job",
        breaks: "Prometheus does not have the job",
        codes: &["job-not-scraped"],
        how: How::NoJob,
        ..NOTHING
    },
    Case {
        name: "other_target",
        breaks: "Prometheus scrapes another address",
        codes: &["job-not-scraped"],
        how: How::OtherTarget,
        ..NOTHING
    },
    Case {
        name: "slow_scrape",
        breaks: "a window is too short for the scrape interval",
        codes: &["scrape-interval", "window-too-short"],
        specs: &[(
            "rate(app_failures_total[$window])",
            "rate(app_failures_total[5s])",
        )],
        how: How::Interval("6s"),
        ..NOTHING
    },
    Case {
        name: "elsewhere",
        breaks: "a window is too short for the samples of another job",
        codes: &["scrape-interval", "window-too-short"],
        specs: &[(
            "rate(app_failures_total[$window])",
            "rate(app_failures_total[5s])",
        )],
        exposed: &[("app_failures_total{", "app_failures_total{job=\"far\",")],
        how: How::Elsewhere("6s"),
    },
    Case {
        name: "slow_recording",
        breaks: "a window is too short for how often a rule records",
        codes: &["evaluation-interval", "window-too-short"],
        specs: &[
            RECORDS,
            (
                "expr: sum by (queue) (app_queue)\n",
                "expr: sum by (queue) (max_over_time(app:queue[1m]) + delta(app:queue[4s]))\n",
            ),
        ],
        how: How::Rules(("- name: app", "- name: app\n  interval: 5s")),
        ..NOTHING
    },
    Case {
        name: "unrecorded",
        breaks: "a rule that records what a query asks for has not been evaluated yet",
        codes: &["rule-not-evaluated", "too-early"],
        specs: &[
            RECORDS,
            (
                "expr: sum by (queue) (app_queue)\n",
                "expr: sum by (queue) (app:queue)\n",
            ),
            (
                "rule_groups: { app: {} }",
                "rule_groups: { app: { interval: 52w } }",
            ),
        ],
        ..NOTHING
    },
    Case {
        name: "unfed",
        breaks: "a rule has nothing to record, since nothing has happened",
        codes: &["nothing-happened"],
        specs: &[
            RECORDS,
            (
                "expr: sum by (queue) (app_queue)\n",
                "expr: sum by (queue) (app:queue)\n",
            ),
            (
                "expr: sum by (queue) (app_queue), group",
                "expr: sum by (queue) (app_jobs), group",
            ),
            (
                "  app_queue: {",
                "  app_jobs: { type: gauge, help: Jobs of a queue, labels: [queue], job: app }\n  app_queue: {",
            ),
        ],
        exposed: &[(
            "# HELP app_queue",
            "# TYPE app_jobs gauge\n# HELP app_queue",
        )],
        ..NOTHING
    },
    Case {
        name: "no_rules",
        breaks: "the rules are not loaded",
        codes: &["rule-not-loaded"],
        how: How::NoRules,
        ..NOTHING
    },
    Case {
        name: "old_rules",
        breaks: "rules of an older version are loaded",
        codes: &["rule-differs"],
        how: How::Rules(("app_queue > 1000", "app_queue > 500")),
        ..NOTHING
    },
    Case {
        name: "other_for",
        breaks: "a rule waits for another time",
        codes: &["rule-differs"],
        how: How::Rules(("for: 1m", "for: 5m")),
        ..NOTHING
    },
    Case {
        name: "slow_rules",
        breaks: "rules are evaluated at another interval",
        codes: &["evaluation-interval"],
        how: How::Rules(("- name: app", "- name: app\n  interval: 2s")),
        ..NOTHING
    },
    Case {
        name: "failing_rule",
        breaks: "a rule and a query cannot be evaluated",
        codes: &["query-fails", "rule-fails"],
        specs: &[
            (
                "expr: app_queue > 1000",
                "expr: (app_queue * on () group_left () app_queue) > 1000",
            ),
            (
                "expr: sum by (queue) (app_queue)",
                "expr: sum by (queue) (app_queue * on () group_left () app_queue)",
            ),
        ],
        ..NOTHING
    },
    Case {
        name: "idle",
        breaks: "there is no traffic: a ratio is 0/0",
        codes: &["nothing-happened"],
        exposed: &[
            ("total{route=\"/cart\"} @", "total{route=\"/cart\"} 7"),
            ("total{route=\"/pay\"} @", "total{route=\"/pay\"} 0"),
        ],
        ..NOTHING
    },
    Case {
        name: "unobserved",
        breaks: "a histogram has no observations",
        codes: &["nothing-happened"],
        exposed: &[
            (
                "app_seconds_bucket{le=\"0.1\"} @",
                "app_seconds_bucket{le=\"0.1\"} 0",
            ),
            (
                "app_seconds_bucket{le=\"1\"} @",
                "app_seconds_bucket{le=\"1\"} 0",
            ),
            (
                "app_seconds_bucket{le=\"+Inf\"} @",
                "app_seconds_bucket{le=\"+Inf\"} 0",
            ),
        ],
        ..NOTHING
    },
    Case {
        name: "not_a_number",
        breaks: "the service exposes NaN",
        codes: &["not-a-number"],
        exposed: &[
            (
                "app_queue{queue=\"fast\"} 3",
                "app_queue{queue=\"fast\"} NaN",
            ),
            (
                "app_queue{queue=\"slow\"} 5",
                "app_queue{queue=\"slow\"} NaN",
            ),
        ],
        ..NOTHING
    },
    Case {
        name: "strangers",
        breaks: "the two sides of an operator have no labels in common",
        codes: &["sides-do-not-match"],
        specs: &[
            (
                "  app_queue: {",
                "  app_workers: { type: gauge, help: Workers of a queue, labels: [queue], job: app }\n  app_queue: {",
            ),
            (
                "expr: sum by (queue) (app_queue)",
                "expr: sum by (queue) (app_queue) / sum by (queue) (app_workers)",
            ),
        ],
        exposed: &[(
            "# HELP app_queue",
            "# TYPE app_workers gauge\napp_workers{queue=\"other\"} 1\n# HELP app_queue",
        )],
        ..NOTHING
    },
    Case {
        name: "filtered",
        breaks: "no value passes a comparison",
        codes: &["comparison-filters-all"],
        specs: &[(
            "expr: sum by (queue) (app_queue)",
            "expr: sum by (queue) (app_queue) > 50",
        )],
        ..NOTHING
    },
    Case {
        name: "too_young",
        breaks: "a query looks back to before there was data",
        codes: &["not-that-long-ago"],
        specs: &[(
            "expr: sum by (queue) (app_queue)",
            "expr: sum by (queue) (app_queue offset 1d)",
        )],
        ..NOTHING
    },
    Case {
        name: "crowded",
        breaks: "a panel shows more series than anybody can read",
        codes: &["too-many-series"],
        exposed: &[(
            "app_queue{queue=\"slow\"} 5\n",
            "app_queue{queue=\"1\"} 1\napp_queue{queue=\"2\"} 1\napp_queue{queue=\"3\"} 1\napp_queue{queue=\"4\"} 1\napp_queue{queue=\"5\"} 1\napp_queue{queue=\"6\"} 1\napp_queue{queue=\"7\"} 1\napp_queue{queue=\"8\"} 1\napp_queue{queue=\"9\"} 1\napp_queue{queue=\"10\"} 1\napp_queue{queue=\"11\"} 1\napp_queue{queue=\"12\"} 1\n",
        )],
        ..NOTHING
    },
    Case {
        name: "restarting",
        breaks: "counters start from zero again and again",
        codes: &["counter-resets"],
        how: How::Restarts,
        ..NOTHING
    },
    Case {
        name: "other_type",
        breaks: "a counter is exposed as a gauge",
        codes: &["exposed-type"],
        exposed: &[(
            "# TYPE app_failures_total counter",
            "# TYPE app_failures_total gauge",
        )],
        ..NOTHING
    },
    Case {
        name: "no_alertmanager",
        breaks: "Prometheus sends alerts to nobody",
        codes: &["alertmanager-not-used"],
        specs: &[(
            "scrape:\n",
            "alertmanager: { targets: [\"127.0.0.1:9093\"] }\nscrape:\n",
        )],
        ..NOTHING
    },
    Case {
        name: "without_failures",
        breaks: "a value of a variable has no data yet",
        exposed: &[("app_failures_total{route=\"/pay\"} @\n", "")],
        ..NOTHING
    },
    Case {
        name: "empty_variable",
        breaks: "a variable offers no value",
        codes: &["variable-empty"],
        specs: &[
            (
                "variables:\n",
                "variables:\n      zone: { label: zone, from: app_queue }\n",
            ),
            ("labels: [queue]", "labels: [queue, zone]"),
        ],
        ..NOTHING
    },
];

/// The rows that these cases add to the table in the documentation.
pub(crate) fn rows() -> Vec<Row> {
    CASES
        .iter()
        .filter(|case| !case.codes.is_empty())
        .map(|case| (case.breaks, case.codes))
        .collect()
}

impl Case {
    fn specs(&self, port: u16) -> String {
        edited(SPECS, self.specs)
            .replace("app", self.name)
            .replace("App", &title(self.name))
            .replace("PORT", &port.to_string())
    }

    /// What it exposes at its scrape number `scrape`, `seconds` after the start.
    fn exposed(&self, scrape: u32, seconds: f64) -> String {
        let mut text = edited(EXPOSED, self.exposed);
        if let How::Until(last, prefix) = self.how
            && scrape > last
        {
            text = text
                .lines()
                .filter(|line| !line.starts_with(prefix))
                .map(|line| format!("{line}\n"))
                .collect();
        }
        let restarted = self.how == How::Restarts && scrape % 2 == 1;
        let grown = if restarted {
            0.0
        } else {
            1000.0 + 10.0 * seconds
        };
        text.replace('@', &grown.to_string())
            .replace("app", self.name)
    }
}

/// The name as that of an alert.
fn title(name: &str) -> String {
    name.split('_')
        .map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..]))
        .collect()
}

/// Serves every system below its name.
fn serve() -> Service {
    let start = Instant::now();
    let scrapes = Mutex::new(std::collections::HashMap::<&str, u32>::new());
    Service::start(
        move |request: &Request, out: &mut dyn Write| -> io::Result<()> {
            let Some(case) = CASES
                .iter()
                .find(|case| request.path == format!("/{}", case.name))
            else {
                return reply(out, "404 Not Found", "", "");
            };
            let scrape = {
                let mut scrapes = scrapes.lock().unwrap();
                let scrape = scrapes.entry(case.name).or_default();
                *scrape += 1;
                *scrape
            };
            if let How::Answers(status, body) = case.how {
                return reply(out, status, "Content-Type: text/html\r\n", body);
            }
            let text = case.exposed(scrape, start.elapsed().as_secs_f64());
            reply(
                out,
                "200 OK",
                "Content-Type: text/plain; version=0.0.4\r\n",
                &text,
            )
        },
    )
}

/// Generates what each case asks for, and a Prometheus that has all of it.
fn configure(root: &Path, port: u16, closed: u16) {
    let mut jobs = String::new();
    let mut files = String::new();
    for case in CASES {
        let target_port = if case.how == How::NobodyListens {
            closed
        } else {
            port
        };
        let directory = write(root, case.name, &case.specs(target_port));
        let generated = Command::new(env!("CARGO_BIN_EXE_dashwright"))
            .arg("generate")
            .current_dir(&directory)
            .output()
            .unwrap();
        assert!(
            generated.status.success(),
            "{}: {}",
            case.name,
            String::from_utf8_lossy(&generated.stderr)
        );
        if case.how != How::NoJob {
            let host = if case.how == How::OtherTarget {
                "localhost"
            } else {
                "127.0.0.1"
            };
            let interval = match case.how {
                How::Interval(interval) | How::Elsewhere(interval) => interval,
                _ => "1s",
            };
            let honor = matches!(case.how, How::Elsewhere(_));
            writeln!(
                jobs,
                "- {{ job_name: {name}, honor_labels: {honor}, metrics_path: /{name}, scrape_interval: {interval}, scrape_timeout: 1s, static_configs: [{{ targets: ['{host}:{target_port}'] }}] }}",
                name = case.name
            )
            .unwrap();
        }
        if case.how != How::NoRules {
            let rules = directory.join("generated/monitoring/alert-rules.yml");
            if let How::Rules((old, new)) = case.how {
                let text = fs::read_to_string(&rules).unwrap();
                let own = |text: &str| text.replace("app", case.name);
                assert!(text.contains(&own(old)), "{text}");
                fs::write(&rules, text.replace(&own(old), &own(new))).unwrap();
            }
            writeln!(files, "- {}", rules.display()).unwrap();
        }
    }
    let config = format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\nrule_files:\n{files}scrape_configs:\n{jobs}"
    );
    fs::write(root.join("prometheus.yml"), config).unwrap();
}

#[test]
fn every_cause_is_named() {
    let root = TempDir::new().unwrap();
    let service = serve();
    let [port, closed] = free_ports();
    configure(root.path(), service.port(), closed);
    let prometheus = Server::start(
        &["prometheus"],
        port,
        root.path(),
        &[
            format!(
                "--config.file={}",
                root.path().join("prometheus.yml").display()
            ),
            format!("--storage.tsdb.path={}", root.path().join("data").display()),
        ],
    );
    prometheus.wait("scrapes of every system", |prometheus| {
        let enough = "count(count_over_time(up[1m]) >= 12)";
        let slow = "count(count_over_time(up{job=~\"slow_scrape|elsewhere\"}[1m]) >= 2)";
        let found = |query| {
            let answer = prometheus.ask("/api/v1/query", &[("query", query)]);
            answer["data"]["result"][0]["value"][1]
                .as_str()?
                .parse::<usize>()
                .ok()
        };
        (found(enough)? == CASES.len() - 3 && found(slow)? == 2).then_some(())
    });
    let url = format!("http://127.0.0.1:{port}");
    let mut wrong = Vec::new();
    for case in CASES {
        // A scrape that comes late on a busy machine is no cause to be named.
        let mut run = verify(&root.path().join(case.name), &["--prometheus", &url]);
        for _ in 0..20 {
            if run.codes() == case.codes {
                break;
            }
            std::thread::sleep(Duration::from_millis(500));
            run = verify(&root.path().join(case.name), &["--prometheus", &url]);
        }
        if run.codes() != case.codes {
            wrong.push(format!(
                "{}: not {:?} but {:?}\n{}",
                case.name,
                case.codes,
                run.codes(),
                run.said
            ));
            continue;
        }
        insta::assert_snapshot!(format!("scraped-{}", case.name), run.own());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
