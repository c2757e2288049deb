//! `explain`: codes and queries.

use crate::sandbox::{EXTRA, Sandbox};

#[test]
fn codes_are_explained_and_listed() {
    let sandbox = Sandbox::empty();
    let one = sandbox.run("explain unknown-label").succeeds();
    one.out_has("unknown-label (error): a metric does not carry the label\n")
        .out_has("\nwrong:\n    queries:\n")
        .out_has("\nright:\n    queries:\n")
        .out_has("It cannot be allowed");
    sandbox
        .run("explain metric-unused")
        .succeeds()
        .out_has("It can be allowed with a reason");
    sandbox
        .run("explain --markdown")
        .succeeds()
        .out_has("\n### unknown-label\n");
    let all = sandbox.run("explain").succeeds();
    assert!(
        all.out.lines().count() > 30 && all.out.lines().all(|line| !line.ends_with(' ')),
        "{}",
        all.out
    );
    all.out_has("\nempty-file ")
        .out_has(" warning  a spec file defines nothing\n");
    sandbox
        .run("explain unknown-lable")
        .exits(2)
        .err_has("did you mean `unknown-label`?");
}

#[test]
fn a_query_is_shown_as_written_and_as_everybody_sends_it() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/extra.yaml", EXTRA);
    sandbox.write(
        "specs/alerts.yaml",
        "thresholds:\n  rate: { warning: 100 }\n\
         queries:\n  total:\n    help: All requests\n    expr: sum(rate(app_requests_total[$window]))\n    thresholds: rate\n\
         alerts:\n  Busy: { query: total, fires_at: warning, window: 7m, severity: warning, summary: Busy }\n",
    );
    let run = sandbox.run("explain query request_rate").succeeds();
    run.out_has("request_rate: Requests per second\n")
        .out_has("  defined at  specs/main.yaml:5:3\n")
        .out_has("  unit        reqps\n")
        .out_has("as written\n    sum by (status) (rate(app_requests_total[$window]))\n")
        .out_has("panel app/rate \"Request rate\"\n    sum by (status) (rate(app_requests_total[$__rate_interval]))\n")
        .out_has("panel extra/rate \"Request rate\"\n");
    let one = sandbox
        .run("explain query request_rate --dashboard extra")
        .succeeds();
    assert!(
        one.out.contains("panel extra/rate") && !one.out.contains("panel app/rate"),
        "{}",
        one.out
    );
    let alert = sandbox.run("explain query total").succeeds();
    alert
        .out_has("  thresholds  rate (warning > 100)\n")
        .out_has("alert Busy\n")
        .out_has("[7m]")
        .out_has("> 100");
    sandbox
        .run("explain query total --dashboard app")
        .succeeds()
        .out_has("not used on dashboard `app`\n");
}

#[test]
fn queries_are_listed_and_misspelt_names_mended() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.run("explain query").succeeds().out,
        "request_rate  Requests per second\n"
    );
    sandbox
        .run("explain query request_rat")
        .exits(2)
        .err_has("did you mean `request_rate`?");
    sandbox
        .run("explain query request_rate --dashboard ap")
        .exits(2)
        .err_has("did you mean `app`?");
}

/// A metric, a record and an alert that hang on each other, and two receivers.
const CHAIN: &str = r#"
records:
  app:requests:rate5m: { query: request_rate, window: 5m, help: Requests per second }
thresholds:
  rate: { warning: 100 }
queries:
  total: { help: All requests, expr: "sum(app:requests:rate5m)", thresholds: rate }
alerts:
  Busy: { query: total, fires_at: warning, for: 5m, severity: warning, summary: Busy }
alertmanager:
  receivers:
    nobody: {}
    team: { webhook: [{ url: "http://bot:8080/alerts" }] }
  route:
    receiver: nobody
    routes:
      - { receiver: team, matchers: ['severity="warning"'], mute: [night], continue: true }
      - { receiver: nobody, matchers: ['status="500"'] }
  time_intervals: { night: [{ times: [{ start: "22:00", end: "24:00" }] }] }
dashboards:
  codes:
    title: Codes
    variables:
      status: { label: status, from: app_requests_total }
    panels:
      rate: { title: Requests of $status, stat: { query: request_rate } }
      all: { title: All, stat: { query: total, unit: short } }
      up: { title: Up, stat: { expr: "sum(up)", unit: short } }
"#;

fn chained() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("specs/chain.yaml", CHAIN);
    sandbox
}

#[test]
fn a_metric_leads_to_everything_that_would_break() {
    let sandbox = chained();
    sandbox
        .run("explain metric app_requests_total")
        .succeeds()
        .out_has("  type        counter\n")
        .out_has("  series      app_requests_total by ")
        .out_has("\nquery request_rate\n    sum by (status)")
        .out_has("a change also reaches\n")
        .out_has("\nrecording rule app:requests:rate5m\n    sum by (status)")
        .out_has("    query total      through recording rule app:requests:rate5m\n")
        .out_has("    alert Busy       through recording rule app:requests:rate5m\n")
        .out_has("who is told\n    Busy: team, by webhook, at times\n");
}

/// Recorded series are in the catalog like any other.
#[test]
fn a_recorded_series_leads_to_everything_that_would_break() {
    let sandbox = chained();
    sandbox
        .run("explain metric app:requests:rate5m")
        .succeeds()
        .out_has("app:requests:rate5m: Requests per second\n  defined at  specs/chain.yaml:3:3\n")
        .out_has("  group       records, evaluated every 1m\n")
        .out_has("  query       request_rate\n")
        .out_has("  series      app:requests:rate5m by status\n")
        .out_has("\nas written\n    sum by (status) (rate(app_requests_total[$window]))\n")
        .out_has(
            "\nas Prometheus evaluates it\n    sum by (status) (rate(app_requests_total[5m]))\n",
        )
        .out_has("\nlabels, step by step\n")
        .out_has("\nquery total\n    sum(app:requests:rate5m)\n")
        .out_has("\nalert Busy\n")
        .out_has("who is told\n    Busy: team, by webhook, at times\n");
    sandbox
        .run("explain metric")
        .succeeds()
        .out_has("app:requests:rate5m  Requests per second\n");
    sandbox
        .run("explain metric app:request:rate5m")
        .exits(2)
        .err_has("did you mean `app:requests:rate5m`?");
    let run = sandbox
        .run("explain metric app:requests:rate5m --format json")
        .succeeds();
    let stories: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(stories[0]["kind"], "recording rule");
    assert_eq!(stories[0]["uses"][1], "query request_rate");
}

/// What queries read of a histogram is not called as the histogram is.
#[test]
fn the_series_of_a_histogram_lead_to_it() {
    let sandbox = chained();
    sandbox.write(
        "specs/histogram.yaml",
        "metrics:\n  app_seconds: { type: histogram, help: Time, buckets: [1] }\n\
         queries:\n  p95: { help: Time, expr: \"histogram_quantile(0.95, sum by (le) (rate(app_seconds_bucket[$window])))\" }\n",
    );
    let whole = sandbox.run("explain metric app_seconds").succeeds();
    let whole = whole.out_has("app_seconds: Time\n").out_has("query p95\n");
    for suffix in ["_bucket", "_sum", "_count"] {
        let run = sandbox.run(&format!("explain metric app_seconds{suffix}"));
        assert_eq!(run.succeeds().out, whole.out);
    }
    sandbox
        .run("explain metric app_requests_total_bucket")
        .exits(2);
}

#[test]
fn an_alert_leads_to_its_receivers() {
    let sandbox = chained();
    let run = sandbox.run("explain alert Busy").succeeds();
    let run = run
        .out_has("  fires at    warning of rate: > 100\n")
        .out_has("  shown by    panel codes/all\n")
        .out_has("        app:requests:rate5m\n        -> status\n      sum(")
        .out_has("    sum(app:requests:rate5m) > 100\n    -> no label\n")
        .out_has("\nwho is told\n    team, by webhook, at times\n");
    assert!(!run.out.contains("nobody"), "{}", run.out);
}

#[test]
fn thresholds_and_variables_lead_to_what_they_change() {
    let sandbox = chained();
    sandbox
        .run("explain threshold rate")
        .succeeds()
        .out_has("  levels      warning > 100\n")
        .out_has("\nquery total\n")
        .out_has("\nalert Busy\n");
    let variable = sandbox.run("explain variable status").succeeds();
    let variable = variable
        .out_has("codes/status: Status\n")
        .out_has("  filters by  status\n")
        .out_has("  leaves out  up \"Up\"\n")
        .out_has("panel codes/rate \"Requests of $status\"\n");
    assert!(!variable.out.contains("alert"), "{}", variable.out);
    sandbox
        .run("explain variable codes/statu")
        .exits(2)
        .err_has("did you mean `codes/status`?");
}

#[test]
fn stories_are_for_programs_too() {
    let sandbox = chained();
    let run = sandbox
        .run("explain metric app_requests_total --format json")
        .succeeds();
    let stories: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let story = &stories[0];
    assert_eq!(story["kind"], "metric");
    assert_eq!(story["used_by"][0]["user"], "query request_rate");
    assert_eq!(story["receivers"][0]["tells_by"][0], "webhook");
    let run = sandbox.run("explain query --format json").succeeds();
    let names: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(names[0][0], "request_rate");
}
