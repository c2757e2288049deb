//! Links from panels to other dashboards, and what they carry along.

use crate::harness::compile;
use serde_json::Value;

/// Where the link of a panel of this kind leads.
fn link(kind: &str) -> String {
    let specs = format!(
        "metrics:
  jobs_total: {{ type: counter, help: Jobs, labels: [queue, kind] }}
dashboards:
  jobs:
    title: Jobs
    variables:
      kind: {{ label: kind, from: jobs_total }}
      needle: {{ label: kind, textbox: '' }}
    panels:
      jobs: {{ links: [{{ dashboard: queue, panel: rate }}], {kind} }}
  queue:
    title: One queue
    uid: one-queue
    variables:
      name: {{ label: queue, from: jobs_total }}
      kind: {{ label: kind, from: jobs_total }}
      pace: {{ interval: [5m] }}
    panels:
      rate: {{ id: 7, window: pace, stat: {{ expr: 'sum(rate(jobs_total[$window]))' }} }}
"
    );
    let outcome = compile(&[("specs/jobs.yaml".to_owned(), specs)]);
    let report = outcome.report();
    let rendered = outcome.artifacts.expect(&report);
    let dashboard: Value =
        serde_json::from_str(&rendered["monitoring/dashboards/jobs.json"]).unwrap();
    let links = &dashboard["panels"][0]["fieldConfig"]["defaults"]["links"];
    assert_eq!(links.as_array().unwrap().len(), 1);
    links[0]["url"].as_str().unwrap().to_owned()
}

const BY_QUEUE: &str = "expr: 'sum by (queue) (rate(jobs_total[5m]))'";

#[test]
fn what_the_clicked_series_says_goes_before_what_is_chosen() {
    for kind in [
        "timeseries",
        "stat",
        "piechart",
        "bargauge",
        "state-timeline",
    ] {
        assert_eq!(
            link(&format!("{kind}: {{ {BY_QUEUE} }}")),
            "/d/one-queue?${__url_time_range}&var-name=${__field.labels.queue}&${kind:queryparam}&viewPanel=7",
            "{kind}"
        );
    }
}

#[test]
fn in_a_table_labels_stand_in_columns() {
    let by_row = "/d/one-queue?${__url_time_range}&var-name=${__data.fields.queue}&${kind:queryparam}&viewPanel=7";
    for kind in [
        format!("table: {{ {BY_QUEUE} }}"),
        format!("table: {{ {BY_QUEUE}, columns: {{ queue: {{ title: Which }}, value: {{}} }} }}"),
        format!("barchart: {{ {BY_QUEUE}, by: queue }}"),
    ] {
        assert_eq!(link(&kind), by_row, "{kind}");
    }
}

#[test]
fn a_column_that_is_not_shown_carries_nothing() {
    let chosen = "/d/one-queue?${__url_time_range}&${kind:queryparam}&viewPanel=7";
    assert_eq!(
        link(&format!(
            "table: {{ {BY_QUEUE}, columns: {{ value: {{}} }} }}"
        )),
        chosen
    );
    let both = "expr: 'sum by (queue, kind) (rate(jobs_total[5m]))'";
    assert_eq!(
        link(&format!("barchart: {{ {both}, by: kind }}")),
        "/d/one-queue?${__url_time_range}&var-kind=${__data.fields.kind}&viewPanel=7"
    );
}
