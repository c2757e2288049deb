//! A small healthy system, and ways to break it.

use std::fs;
use std::path::{Path, PathBuf};

/// The specs of the healthy system; `app` is its name, `PORT` its port.
pub(crate) const SPECS: &str = r#"
metrics:
  app_requests_total: { type: counter, help: Requests handled, labels: [route], job: app }
  app_failures_total: { type: counter, help: Requests that failed, labels: [route], job: app }
  app_seconds: { type: histogram, help: Time to handle a request, unit: seconds, buckets: [0.1, 1], job: app }
  app_queue: { type: gauge, help: Requests that wait, labels: [queue], job: app }
labels:
  route: { help: What is asked for, limit: 3 }
  queue: { help: Where it waits, values: [fast, slow] }
queries:
  request_rate:
    help: Requests per second
    expr: sum by (route) (rate(app_requests_total[$window]))
    unit: reqps
  failure_ratio:
    help: Share of requests that fail
    expr: sum(rate(app_failures_total[$window])) / sum(rate(app_requests_total[$window]))
    unit: percentunit
  p95:
    help: The time in which 95 % are handled
    expr: histogram_quantile(0.95, sum by (le) (rate(app_seconds_bucket[$window])))
    unit: s
  queued:
    help: Requests that wait
    expr: sum by (queue) (app_queue)
    unit: short
dashboards:
  app:
    title: App
    range: 5m
    window: 20s
    variables:
      route: { label: route, from: app_requests_total }
    panels:
      rate: { title: Requests, timeseries: { query: request_rate } }
      failures: { title: Failures, gauge: { query: failure_ratio } }
      p95: { title: Time, stat: { query: p95 } }
      queued: { title: Queue, stat: { query: queued } }
rule_groups: { app: {} }
alerts:
  AppQueueFull:
    expr: app_queue > 1000
    for: 1m
    severity: warning
    group: app
    summary: "{{ $labels.queue }} is full"
    tests: [{ name: full, series: [{ series: 'app_queue{queue="fast"}', values: 2000x9 }], at: 2m, fires: [{ labels: { queue: fast }, summary: fast is full, description: "" }] }]
scrape:
  interval: 1s
  jobs:
    app: { targets: ["127.0.0.1:PORT"], path: /app }
"#;

/// What the healthy system exposes; `@` grows with time.
pub(crate) const EXPOSED: &str = r#"# HELP app_requests_total Requests handled
# TYPE app_requests_total counter
app_requests_total{route="/cart"} @
app_requests_total{route="/pay"} @
# HELP app_failures_total Requests that failed
# TYPE app_failures_total counter
app_failures_total{route="/cart"} @
app_failures_total{route="/pay"} @
# HELP app_seconds Time to handle a request
# TYPE app_seconds histogram
app_seconds_bucket{le="0.1"} @
app_seconds_bucket{le="1"} @
app_seconds_bucket{le="+Inf"} @
app_seconds_sum @
app_seconds_count @
# HELP app_queue Requests that wait
# TYPE app_queue gauge
app_queue{queue="fast"} 3
app_queue{queue="slow"} 5
"#;

/// A change of a text: what is replaced, by what.
pub(crate) type Edit = (&'static str, &'static str);

/// `text` changed; every edit must find its place.
#[track_caller]
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "nothing says `{old}` in\n{text}");
        text = text.replace(old, new);
    }
    text
}

/// Writes `specs` to a directory of its own below `root`.
pub(crate) fn write(root: &Path, name: &str, specs: &str) -> PathBuf {
    let directory = root.join(name);
    fs::create_dir_all(directory.join("specs")).unwrap();
    fs::write(directory.join("specs/main.yaml"), specs.trim_start()).unwrap();
    directory
}
