//! How variables with a label filter the queries of their dashboard.

use crate::harness::compile;
use serde_json::Value;

/// What a panel and a variable within it ask, with the variable as given.
fn asked(variable: &str) -> (String, String) {
    let specs = format!(
        "metrics:
  jobs_total: {{ type: counter, help: Jobs, labels: [queue, kind] }}
dashboards:
  jobs:
    title: Jobs
    variables:
      queue: {{ label: queue, {variable} }}
      kind: {{ label: kind, from: jobs_total, within: [queue] }}
    panels:
      jobs: {{ title: Jobs, stat: {{ expr: 'sum(rate(jobs_total[$window]))' }} }}
"
    );
    let outcome = compile(&[("specs/jobs.yaml".to_owned(), specs)]);
    let rendered = outcome.artifacts.expect("the specs have no error");
    let dashboard: Value =
        serde_json::from_str(&rendered["monitoring/dashboards/jobs.json"]).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&dashboard["panels"][0]["targets"][0]["expr"]),
        text(&dashboard["templating"]["list"][1]["definition"]),
    )
}

/// Grafana escapes values for patterns only where several may be chosen: in a
/// pattern, the one value `a.b` would match `aXb`, and escaped by `:regex` it
/// would be no valid string of PromQL.
#[test]
fn one_value_is_compared_as_it_is() {
    let (panel, inner) = asked("from: jobs_total, multi: false, all: false");
    assert!(
        panel.contains(r#"jobs_total{queue="$queue", kind=~"$kind"}"#),
        "{panel}"
    );
    assert_eq!(inner, r#"label_values(jobs_total{queue="$queue"}, kind)"#);
}

#[test]
fn several_values_are_a_pattern() {
    for variable in [
        "from: jobs_total",
        "from: jobs_total, multi: false",
        "from: jobs_total, all: false",
        "custom: [a, b], multi: true",
    ] {
        let (panel, inner) = asked(variable);
        assert!(
            panel.contains(r#"jobs_total{queue=~"$queue", kind=~"$kind"}"#),
            "{panel}"
        );
        assert_eq!(inner, r#"label_values(jobs_total{queue=~"$queue"}, kind)"#);
    }
}

#[test]
fn typed_text_may_stand_anywhere() {
    let (panel, inner) = asked("textbox: ''");
    assert!(
        panel.contains(r#"jobs_total{queue=~".*$queue.*", kind=~"$kind"}"#),
        "{panel}"
    );
    assert_eq!(
        inner,
        r#"label_values(jobs_total{queue=~".*$queue.*"}, kind)"#
    );
}

/// Elsewhere than on a dashboard, a variable is no PromQL.
#[test]
fn the_page_of_queries_says_what_to_put_in() {
    let specs = "metrics:
  jobs: { type: gauge, help: Jobs, labels: [queue] }
queries:
  longest: { help: The longest queues, expr: 'topk($n, sum by (queue) (jobs{queue!~\"x$\"}))' }
  all: { help: All jobs, expr: 'sum(jobs)' }
dashboards:
  jobs:
    title: Jobs
    variables: { n: { custom: ['5', '10'] } }
    panels: { longest: { table: { query: longest } } }
";
    let outcome = compile(&[("specs/jobs.yaml".to_owned(), specs.to_owned())]);
    let report = outcome.report();
    let rendered = outcome.artifacts.expect(&report);
    let page = &rendered["monitoring/dashboards/README.md"];
    let said: Vec<_> = page
        .lines()
        .filter(|line| line.contains("Put values in place of"))
        .collect();
    assert_eq!(
        said,
        ["- Put values in place of `$n`, which a dashboard fills in"]
    );
}
