//! The file with unit tests of alerts, for `promtool test rules`.

use super::{Labels, RULES_FILE, some};
use crate::model::{Alert, Model, UnitTest};
use crate::render::yaml;
use serde::Serialize;

#[derive(Serialize)]
struct File<'a> {
    rule_files: [&'static str; 1],
    evaluation_interval: String,
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Test<'a> {
    name: String,
    interval: String,
    external_labels: Option<&'a Labels>,
    input_series: Vec<Series<'a>>,
    alert_rule_test: [Expectation<'a>; 1],
}

#[derive(Serialize)]
struct Series<'a> {
    series: &'a str,
    values: &'a str,
}

#[derive(Serialize)]
struct Expectation<'a> {
    eval_time: String,
    alertname: &'a str,
    exp_alerts: Vec<Firing<'a>>,
}

#[derive(Serialize)]
struct Firing<'a> {
    exp_labels: Option<&'a Labels>,
    exp_annotations: Option<&'a Labels>,
}

/// The file `alert-rules.test.yml`, or `None` if no alert has a test.
pub(in crate::render) fn rule_tests(model: &Model) -> Option<Vec<u8>> {
    let external_labels = some(&model.scrape.external_labels);
    let tests: Vec<_> = model
        .alerts()
        .flat_map(|(_, alert)| {
            alert
                .tests
                .iter()
                .map(move |test| unit_test(alert, test, external_labels))
        })
        .collect();
    let file = File {
        rule_files: [RULES_FILE],
        evaluation_interval: model.scrape.evaluation_interval.to_string(),
        tests,
    };
    (!file.tests.is_empty()).then(|| yaml::document(&file, |line| line.starts_with("- name:")))
}

fn unit_test<'a>(
    alert: &'a Alert,
    test: &'a UnitTest,
    external_labels: Option<&'a Labels>,
) -> Test<'a> {
    Test {
        name: format!("{}: {}", alert.name, test.name),
        interval: test.interval.to_string(),
        external_labels,
        input_series: test
            .series
            .iter()
            .map(|series| Series {
                series: &series.series,
                values: &series.values,
            })
            .collect(),
        alert_rule_test: [Expectation {
            eval_time: test.at.to_string(),
            alertname: &alert.name,
            exp_alerts: test
                .fires
                .iter()
                .map(|fires| Firing {
                    exp_labels: some(&fires.labels),
                    exp_annotations: some(&fires.annotations),
                })
                .collect(),
        }],
    }
}
