//! Sides that never match because of what scrape jobs and records say.

use crate::harness::compile;
use dashwright::diagnostic::Code;

/// The codes of what is found about an expression over two jobs.
fn found(expr: &str, scrape: &str) -> Vec<Code> {
    let specs = format!(
        r#"
metrics:
  requests_total: {{ type: counter, help: Requests, job: web, labels: [path] }}
  queries_total: {{ type: counter, help: Queries, job: db }}
  builds: {{ type: gauge, help: Builds that run somewhere }}
scrape:
  jobs:
    web: {{ targets: ["web:9100"], labels: {{ zone: a }}{scrape} }}
    db: {{ targets: ["db:9100"] }}
records:
  path:requests: {{ expr: 'sum by (path) (rate(requests_total[5m])) or sum(rate(queries_total[5m]))' }}
queries:
  asked: {{ help: Asked, expr: '{expr}' }}
checks: {{ severity: {{ metric-unused: off, metric-without-job: off, record-unused: off, alert-without-panel: off }} }}
"#
    );
    let outcome = compile(&[("specs/all.yaml".to_owned(), specs)]);
    outcome.found.iter().map(|finding| finding.code).collect()
}

#[test]
fn metrics_of_different_jobs_never_match() {
    let never = [Code::SidesCannotMatch];
    for expr in [
        "rate(queries_total[5m]) / ignoring (zone, instance, path) rate(requests_total[5m])",
        "rate(queries_total[5m]) / on (job) sum by (job) (rate(requests_total[5m]))",
        "rate(queries_total[5m]) and on (job) rate(requests_total[5m])",
        "up{zone=\"b\"} and on (zone) requests_total",
    ] {
        assert_eq!(found(expr, ""), never, "{expr}");
    }
}

#[test]
fn what_may_match_is_left_alone() {
    for expr in [
        "sum(rate(queries_total[5m])) / sum(rate(requests_total[5m]))",
        "rate(queries_total[5m]) / ignoring (zone, instance, path, job) rate(requests_total[5m])",
        "up{zone=\"a\"} and on (zone) requests_total",
        "up and on (zone) requests_total",
        "up and on (job, instance) queries_total",
        // Which job they are of is not known: it may have a zone.
        "builds and on (zone) requests_total",
        // Some of what is recorded has no path.
        "path:requests / ignoring () sum(rate(queries_total[5m]))",
    ] {
        assert_eq!(found(expr, ""), [], "{expr}");
    }
}

#[test]
fn a_job_that_relabels_may_be_called_anything() {
    let expr = "rate(queries_total[5m]) and on (job) rate(requests_total[5m])";
    for scrape in [", honor_labels: true", ", raw: { relabel_configs: [] }"] {
        assert_eq!(found(expr, scrape), [], "{scrape}");
    }
}
