//! Selectors that name no metric, only what its name is like.

use crate::harness::compile;

/// What a panel asks, whose dashboard has variables for `job` and `agent`.
fn asked(selector: &str) -> String {
    let specs = format!(
        r#"
metrics:
  tasks_total: {{ type: counter, help: Tasks, labels: [agent] }}
  tasks_waiting: {{ type: gauge, help: Tasks that wait }}
scrape:
  jobs:
    app: {{ targets: ["app:9100"] }}
records:
  app:tasks: {{ expr: sum(tasks_waiting) }}
dashboards:
  home:
    title: Home
    description: Tasks
    variables:
      job: {{ label: job, from: tasks_waiting }}
      agent: {{ label: agent, from: tasks_total }}
    panels:
      all: {{ timeseries: {{ expr: 'count by (job) ({selector})', unit: short }}, description: All }}
      one: {{ timeseries: {{ expr: 'count by (agent) (rate(tasks_total[$window]))', unit: short }}, description: One }}
"#
    );
    let outcome = compile(&[("specs/all.yaml".to_owned(), specs)]);
    let report = outcome.report();
    let artifacts = outcome.artifacts.unwrap_or_else(|| panic!("{report}"));
    let text = &artifacts["monitoring/dashboards/home.json"];
    let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
    let expr = &dashboard["panels"][0]["targets"][0]["expr"];
    expr.as_str().unwrap().to_owned()
}

#[test]
fn variables_filter_by_labels_that_all_selected_series_have() {
    for (selector, filtered) in [
        (
            r#"{__name__=~"tasks_.+"}"#,
            r#"{__name__=~"tasks_.+", job=~"$job"}"#,
        ),
        (
            r#"{__name__=~"tasks_t.+"}"#,
            r#"{__name__=~"tasks_t.+", job=~"$job", agent=~"$agent"}"#,
        ),
        // What is recorded has lost its job.
        (r#"{__name__=~".*tasks.*"}"#, r#"{__name__=~".*tasks.*"}"#),
        (
            r#"{__name__=~".*tasks.*", __name__!~".*:.*"}"#,
            r#"{__name__=~".*tasks.*", __name__!~".*:.*", job=~"$job"}"#,
        ),
        (r#"{__name__=~"other_.+"}"#, r#"{__name__=~"other_.+"}"#),
        (
            r#"{__name__=~"tasks_.+", job="app"}"#,
            r#"{__name__=~"tasks_.+", job="app"}"#,
        ),
    ] {
        assert_eq!(
            asked(selector),
            format!("count by (job) ({filtered})"),
            "{selector}"
        );
    }
}

#[test]
fn recordings_of_recordings_are_looked_through_once() {
    let records: String = (1..40)
        .map(|level| {
            let below = format!("tasks:r{}", level - 1);
            format!("  tasks:r{level}: {{ expr: 'sum({below} / ({below} + {below}))' }}\n")
        })
        .collect();
    let specs = format!(
        r#"
metrics:
  tasks_total: {{ type: counter, help: Tasks, labels: [agent] }}
  tasks_waiting: {{ type: gauge, help: Tasks that wait }}
scrape:
  jobs:
    app: {{ targets: ["app:9100"] }}
records:
  tasks:r0: {{ expr: sum(tasks_waiting) }}
{records}
dashboards:
  home:
    title: Home
    description: Tasks
    variables:
      agent: {{ label: agent, from: tasks_total }}
    panels:
      one: {{ timeseries: {{ expr: 'sum by (agent) (rate(tasks_total[$window]))', unit: short }}, description: One }}
      all: {{ timeseries: {{ expr: 'tasks:r39', unit: short }}, description: All }}
"#
    );
    let outcome = compile(&[("specs/all.yaml".to_owned(), specs)]);
    assert!(!outcome.failed(), "{}", outcome.report());
}
