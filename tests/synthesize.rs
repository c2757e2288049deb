//! Series made for a query, and texts rendered for an alert, against the real
//! promtool: just below a threshold nothing fires, just above it the alert
//! fires with exactly the labels and annotations foretold.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dashwright::promql::{
    Catalog, Conditions, PromDuration, Query, Series, SeriesKind, Synthesis, synthesize,
};
use dashwright::template::Template;

const MINUTE: u64 = 60_000;

/// How long every alert waits: three evaluations.
const FOR: u64 = 3 * MINUTE;

struct Declared;

impl Catalog for Declared {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        use SeriesKind::{Counter, Gauge, HistogramBucket, HistogramCount, HistogramSum};
        let (metric, kind, labels): (&'static str, _, &[&'static str]) = match series {
            "agent_tasks_failed_total" => ("agent_tasks_failed_total", Counter, &["agent"]),
            "agent_tasks_started_total" => ("agent_tasks_started_total", Counter, &["agent"]),
            "audit_violations_logged_total" => (
                "audit_violations_logged_total",
                Counter,
                &["violation_type"],
            ),
            "requests_total" => (
                "requests_total",
                Counter,
                &["code", "route", "job", "instance"],
            ),
            "agent_total_cost_per_day_usd" => ("agent_total_cost_per_day_usd", Gauge, &[]),
            "pending_approvals_count" => ("pending_approvals_count", Gauge, &[]),
            "agent_active_tasks" => ("agent_active_tasks", Gauge, &["agent", "job", "instance"]),
            "memory_used_bytes" => ("memory_used_bytes", Gauge, &["pod"]),
            "memory_limit_bytes" => ("memory_limit_bytes", Gauge, &["pod"]),
            "last_success_timestamp_seconds" => ("last_success_timestamp_seconds", Gauge, &["job"]),
            "pod_info" => ("pod_info", Gauge, &["pod", "team"]),
            "approval_response_time_seconds_bucket" => (
                "approval_response_time_seconds",
                HistogramBucket,
                &["le", "team"],
            ),
            "approval_response_time_seconds_sum" => {
                ("approval_response_time_seconds", HistogramSum, &["team"])
            }
            "approval_response_time_seconds_count" => {
                ("approval_response_time_seconds", HistogramCount, &["team"])
            }
            _ => return None,
        };
        Some(Series {
            metric,
            kind,
            labels: labels.to_vec(),
            optional: Vec::new(),
            fixed: Vec::new(),
            defined: None,
            unit: None,
            labels_defined: None,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }
}

fn promtool(directory: &Path, arguments: &[&str]) -> Output {
    Command::new("promtool")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("promtool is needed for this test: {error}"))
}

fn made(expr: &str, target: f64, exact: bool) -> Synthesis {
    let query = Query::parse(expr).unwrap();
    let conditions = Conditions {
        interval: PromDuration::from_millis(MINUTE),
        hold: PromDuration::from_millis(FOR + 10 * MINUTE),
        exact,
        catalog: &Declared,
        label_value: &|label| format!("{label}-\"a\""),
        buckets: &|_| Some(vec![0.5, 1.0, 5.0, 30.0, 60.0, 300.0]),
    };
    synthesize(&query, target, &conditions).unwrap_or_else(|| panic!("nothing for {expr}"))
}

/// An expression, how it is compared, and with what.
const CASES: &[(&str, &str, f64)] = &[
    (
        "sum(rate(agent_tasks_failed_total[5m])) / sum(rate(agent_tasks_started_total[5m]))",
        ">",
        0.05,
    ),
    ("agent_total_cost_per_day_usd", ">", 25.0),
    ("pending_approvals_count", ">", 5.0),
    (
        "histogram_quantile(0.95, sum by (le) (rate(approval_response_time_seconds_bucket[5m])))",
        ">",
        60.0,
    ),
    ("sum(rate(audit_violations_logged_total[5m]))", ">", 1.0),
    ("agent_active_tasks", ">", 20.0),
    ("sum by (agent) (agent_active_tasks)", ">", 20.0),
    (
        "histogram_quantile(0.5, rate(approval_response_time_seconds_bucket{team=\"x\"}[10m]))",
        "<",
        0.4,
    ),
    (
        "1000 * histogram_quantile(0.99, sum by (le, team) (increase(approval_response_time_seconds_bucket[5m])))",
        ">=",
        2500.5,
    ),
    (
        "rate(approval_response_time_seconds_sum[5m]) / rate(approval_response_time_seconds_count[5m])",
        ">",
        2.5,
    ),
    (
        "sum(rate(requests_total{code=~\"5..\"}[5m])) / sum(rate(requests_total[5m]))",
        ">",
        0.01,
    ),
    (
        "sum by (route) (rate(requests_total{code=~\"5..|429\"}[5m])) / sum by (route) (rate(requests_total{code!~\"5..\"}[5m])) * 100",
        ">",
        5.0,
    ),
    (
        "sum(rate(agent_tasks_failed_total[15m])) / (sum(rate(agent_tasks_failed_total[15m])) + sum(rate(agent_tasks_started_total[15m])))",
        ">",
        0.1,
    ),
    (
        "1 - avg(memory_used_bytes) / avg(memory_limit_bytes)",
        "<",
        0.1,
    ),
    ("memory_used_bytes / memory_limit_bytes", ">", 0.9),
    (
        "max by (pod) (memory_used_bytes / on (pod) memory_limit_bytes)",
        ">",
        0.9,
    ),
    (
        "memory_used_bytes * on (pod) group_left (team) pod_info",
        ">",
        1e9,
    ),
    ("sum(increase(agent_tasks_failed_total[1h]))", ">", 10.0),
    ("irate(agent_tasks_failed_total[5m]) * 60", ">", 12.0),
    ("avg_over_time(pending_approvals_count[10m])", ">", 7.0),
    ("max_over_time(agent_active_tasks{job=\"x\"}[5m])", ">", 7.0),
    (
        "max_over_time(sum(rate(agent_tasks_failed_total[5m]))[30m:1m])",
        ">",
        2.0,
    ),
    ("sum(agent_active_tasks) or vector(0)", ">", 3.0),
    ("clamp_max(pending_approvals_count, 100)", ">", 90.0),
    ("-(delta(pending_approvals_count[10m]))", ">", 4.0),
    ("deriv(pending_approvals_count[10m])", ">", 0.1),
    ("predict_linear(memory_used_bytes[30m], 3600)", "<", 1e6),
    ("time() - last_success_timestamp_seconds", ">", 300.0),
    (
        "sum(rate(agent_tasks_started_total[5m] offset 10m))",
        ">",
        2.0,
    ),
    ("sqrt(avg(agent_active_tasks)) + 3", ">", 9.0),
    (
        "topk(1, sum by (agent) (rate(agent_tasks_failed_total[5m])))",
        ">",
        0.25,
    ),
    (
        "sum without (instance, job, code) (rate(requests_total[2m]))",
        ">",
        100.0,
    ),
    ("min(agent_active_tasks)", "<", 2.0),
    (
        "quantile_over_time(0.9, pending_approvals_count[10m])",
        ">=",
        3.0,
    ),
];

const ROUNDED: &str = "{{ $labels.agent | title }}: {{ $value | humanize }}, {{ .Value | humanizePercentage }}, \
     {{ printf \"%.3f\" $value }}, {{ humanize1024 $value }}{{ if $labels.pod }} in {{ $labels.pod }}{{ end }}";

const EXACT: &str =
    "{{ $value }} {{ printf \"%g %e\" $value $value }} {{ $value | humanizeDuration }}";

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One test group: the series, and which alerts are to fire when.
fn add_group(
    tests: &mut String,
    index: usize,
    made: &Synthesis,
    fires: &dyn Fn(f64) -> bool,
    exact: bool,
) {
    let minutes = |duration: PromDuration| duration.as_millis() / MINUTE;
    tests.push_str("- interval: 1m\n  input_series:\n");
    for series in &made.series {
        let (name, values) = (quoted(&series.series), quoted(&series.values));
        let _ = writeln!(tests, "  - {{series: {name}, values: {values}}}");
    }
    tests.push_str("  alert_rule_test:\n");
    let ready = minutes(made.ready_at);
    let settled = minutes(made.settled_at);
    let wait = FOR / MINUTE;
    let mut expect = |at: u64, fires: bool| {
        let _ = writeln!(tests, "  - eval_time: {at}m\n    alertname: A{index}");
        if !fires {
            tests.push_str("    exp_alerts: []\n");
            return;
        }
        tests.push_str("    exp_alerts:\n    - exp_labels:\n        severity: warning\n");
        for (name, value) in &made.labels {
            let _ = writeln!(tests, "        {name}: {}", quoted(value));
        }
        tests.push_str("      exp_annotations:\n");
        let text = if exact { EXACT } else { ROUNDED };
        let template = Template::parse(text).unwrap();
        assert_eq!(template.exact_value_needed(), exact);
        let rendered = template.render(&made.labels, made.value).unwrap();
        let _ = writeln!(tests, "        text: {}", quoted(&rendered));
    };
    if fires(made.value) {
        if !made.early.iter().any(|(_, value)| fires(*value)) {
            expect(ready + wait - 1, false);
        }
        expect(settled + wait, true);
        expect(settled + wait + 7, true);
    } else {
        expect(settled + wait, false);
        expect(settled + wait + 10, false);
    }
}

fn run(exact: bool) {
    let directory = tempfile::tempdir().unwrap();
    let mut rules = String::from("groups:\n- name: all\n  rules:\n");
    let mut tests = String::from("rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n");
    for (index, (expr, op, threshold)) in CASES.iter().enumerate() {
        let text = quoted(if exact { EXACT } else { ROUNDED });
        let _ = writeln!(
            rules,
            "  - alert: A{index}\n    expr: {}\n    for: 3m\n    labels: {{severity: warning}}\n    annotations: {{text: {text}}}",
            quoted(&format!("({expr}) {op} {threshold}")),
        );
        let higher = op.starts_with('>');
        for (factor, fires) in [(1.01, higher), (0.99, !higher)] {
            let made = made(expr, threshold * factor, exact);
            let reached = |value: f64| {
                if higher {
                    value > *threshold
                } else {
                    value < *threshold
                }
            };
            assert_eq!(reached(made.value), fires, "{expr}: {}", made.value);
            if exact && !made.exact {
                continue;
            }
            add_group(&mut tests, index, &made, &reached, exact);
        }
    }
    fs::write(directory.path().join("rules.yml"), rules).unwrap();
    fs::write(directory.path().join("tests.yml"), &tests).unwrap();
    let output = promtool(directory.path(), &["test", "rules", "tests.yml"]);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn promtool_sees_the_values_that_were_aimed_at() {
    run(false);
}

#[test]
fn promtool_sees_exact_values_to_the_last_bit() {
    run(true);
}

/// Texts on which the parser and promtool must agree.
const TEMPLATES: &[&str] = &[
    "plain",
    "{{ $value | }}",
    "{{ tmpl \"x\" }}",
    "{{ toTime $value }}",
    "{{ $value | humanize | 5 }}",
    "{{ define \"a\" }}x{{ end }}",
    "{{ if true }}{{ define \"a\" }}x{{ end }}{{ end }}",
    "{{ break }}",
    "{{ else }}",
    "{{ end }}",
    "{{ /* x */ }}",
    "{{- /* x */ -}}",
    "{{/* x */}}",
    "{{/* x }}",
    "{{/* x */ }}",
    "{{ $a=1 }}",
    "{{ $a:=1 }}{{$a}}",
    "{{ . }",
    "{{ \"a }}",
    "{{ with $x := 1 }}{{else with 2}}{{end}}",
    "{{}}",
    "{{ }}",
    "{{ () }}",
    "{{ nil }}",
    "{{ 1.a }}",
    "{{ (1) }}",
    "{{ 08 }}",
    "{{ 1_000 }}",
    "{{ 3x }}",
    "{{ if }}a{{end}}",
    "{{ range $i, $e := $labels }}{{$i}}{{end}}",
    "{{ range $i, $e, $f := $labels }}{{$i}}{{end}}",
    "{{ if $a, $b := 1 }}{{end}}",
    "{{ block \"x\" . }}{{end}}",
    "{{ 'ab' }}",
    "{{ 'a' }}",
    "{{ $labels.a-b }}",
    "{{ $labels.é }}",
    "{{ -$value }}",
    "{{ $value + 1 }}",
    "{{ \"a\".\"b\" }}",
    "{{ template \"x\" . }}{{define \"x\"}}{{$labels}}{{end}}",
    "{{ template \"x\" . }}{{define \"x\"}}{{.}}{{end}}",
    "{{if 1}}a{{else}}b{{else}}c{{end}}",
    "{{if 1}}a{{else if 2}}b{{else}}c{{end}}",
    "{{if 1}}a{{else if 2}}b{{end}}{{end}}",
    "{{ range . }}{{ break }}{{ end }}",
    "{{ range . }}{{ break 1 }}{{ end }}",
    "{{ range . }}{{ if 1 }}{{ continue }}{{ end }}{{ end }}",
    "{{ end 1 }}",
    "{{- 3}}",
    "{{-3}}",
    "{{3 -}}",
    "{{3-}}",
    "{{ ..Labels }}",
    "{{ $.Labels.a }}",
    "{{ $labels. }}",
    "{{ .. }}",
    "{{ $ }}",
    "{{ $$ }}",
    "{{ @ }}",
    "{{ a{ }}",
    "{{ if true }}x",
    "{{ else",
    "x }} y",
    "{{ \"\\q\" }}",
    "{{ \"\\u00e9\\x41\" }}",
    "{{ 0x1p4 }}",
    "{{ 0x1F }}",
    "{{ 1i }}",
    "{{ $x }}",
    "{{ if $labels.a := 1 }}{{end}}",
    "{{ 99999999999999999999 }}",
    "{{define \"x\"}}{{break}}{{end}}",
    "{{ template x }}",
    "{{ define x }}{{end}}",
    "{{ true.x }}",
    "{{ foo.bar }}",
    "{{ (humanize 1 }}",
    "{{ humanize 1) }}",
    "{{ `a\nb` }}",
    "{{ humanize\n 1 }}",
    "{{ \"a\n\" }}",
    "{{ (index $labels \"a\") | title }}",
    "{{ (humanize 1).x }}",
    "{{ humanize(1) }}",
    "{{ print 1,2 }}",
    "{{ 1|print }}",
    "{{ if and true (or false $value) }}y{{ end }}",
    "{{ query \"up\" | first | value | humanize }}",
    "{{ range query \"up\" }}{{ .Labels.instance }}{{ .Value }}{{ end }}",
    "{{ with query \"up\" }}{{ . | first | label \"job\" }}{{ end }}",
    "{{ range query \"up\" | sortByLabel \"job\" }}{{ end }}",
    "{{ reReplaceAll \"a\" \"b\" $labels.x }} {{ match \"a\" \"b\" }}",
    "{{ printf \"%.2f\" $value }} {{ $externalLabels.x }} {{ $externalURL }}{{ externalURL }}",
    "{{ if $value }}{{ $z := 1 }}{{ end }}{{ $z }}",
    "{{ $z := 1 }}{{ if $value }}{{ $z = 2 }}{{ end }}{{ $z }}",
    "{{ \u{201c}x\u{201d} }}",
    "{{ $labels.a | }",
    "{{ :=1 }}",
    "{{ | humanize }}",
    "{{ 1 | | humanize }}",
    "{{template \"x\"}}{{block \"x\" 1}}{{end}}",
];

#[test]
fn templates_are_accepted_as_promtool_accepts_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut wrong = BTreeMap::new();
    for text in TEMPLATES {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        let escaped = escaped.replace('\n', "\\n");
        let rules = format!(
            "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: x > 0\n    annotations:\n      a: \"{escaped}\"\n"
        );
        fs::write(directory.path().join("rules.yml"), rules).unwrap();
        let output = promtool(directory.path(), &["check", "rules", "rules.yml"]);
        let parsed = Template::parse(text);
        if parsed.is_ok() != output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.insert(*text, (parsed.map(|_| ()), said));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
