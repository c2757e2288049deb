//! What the rendered package exposes once every event was called is the catalog.

use crate::judges::Exposition;
use crate::package::{Package, reference, run};
use crate::parser::{Family, family, value};
use dashwright::model::{Metric, Model};
use dashwright::spec::shape::MetricType;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_package_exposes_the_catalog() {
    let model = reference();
    let package = Package::render(&model);
    package.is_clean();
    let [plain, open] = exposition(&model, &package).families();
    // The examples in the documentation are true as well.
    package.cargo(&["test", "--quiet", "--doc"]);
    is_the_catalog(&plain, &model, false);
    is_the_catalog(&open, &model, true);
    numbers_are_right(&plain);
    numbers_are_right(&open);
}

/// What the Rust package exposes after every event was called.
pub(crate) fn rust_exposition(model: &Model) -> Exposition {
    exposition(model, &Package::render(model))
}

fn exposition(model: &Model, package: &Package) -> Exposition {
    let examples = package.path().join("examples");
    fs::create_dir(&examples).unwrap();
    let calls = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emitter/calls.rs");
    let source = fs::read_to_string(&calls).unwrap();
    for event in model.events.keys() {
        assert!(
            source.contains(&format!("{event}(")),
            "{} does not call `{event}`",
            calls.display()
        );
    }
    fs::copy(calls, examples.join("calls.rs")).unwrap();
    let (text, open) = (package.path().join("text"), package.path().join("open"));
    package.cargo(&[
        "run",
        "--quiet",
        "--example",
        "calls",
        "--",
        text.to_str().unwrap(),
        open.to_str().unwrap(),
    ]);
    prometheus_agrees(&text);
    Exposition::read("rust", [text, open])
}

pub(crate) fn is_the_catalog(families: &[Family], model: &Model, open: bool) {
    let mut names: Vec<String> = model.metrics.values().map(|m| exposed(m, open)).collect();
    let own = |name: &str| name.starts_with("emitter_");
    let mut found: Vec<_> = families.iter().map(|family| family.name.clone()).collect();
    found.retain(|name| !own(name));
    found.sort();
    names.sort();
    assert_eq!(found, names);
    for metric in model.metrics.values() {
        let family = family(families, &exposed(metric, open));
        assert_eq!(family.kind, metric.kind.word(), "{}", metric.name);
        assert_eq!(family.help, &*metric.help, "{}", metric.name);
        let unit = metric.unit.as_deref().filter(|_| open);
        assert_eq!(family.unit.as_deref(), unit, "{}", metric.name);
        assert!(!family.samples.is_empty(), "{} never moved", metric.name);
        let mut bounds = Vec::new();
        for sample in &family.samples {
            let labels: Vec<_> = sample
                .labels
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            let (le, labels): (Vec<_>, Vec<_>) = labels.into_iter().partition(|l| *l == "le");
            let mut declared: Vec<_> = metric.labels.iter().map(|label| &**label).collect();
            declared.sort_unstable();
            assert_eq!(sorted(labels), declared, "{}", sample.name);
            assert_eq!(le.is_empty(), !sample.name.ends_with("_bucket"));
            bounds.extend(sample.label("le").map(str::to_owned));
        }
        if metric.kind == MetricType::Histogram {
            let expected = metric.buckets.iter().map(|bound| format!("{bound:?}"));
            let expected: Vec<_> = expected.chain(["+Inf".to_owned()]).collect();
            for series in bounds.chunks(expected.len()) {
                assert_eq!(series, expected, "{}", metric.name);
            }
        }
    }
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

/// The name of the family.
fn exposed(metric: &Metric, open: bool) -> String {
    let name = &*metric.name;
    match metric.kind {
        MetricType::Counter if open => name.strip_suffix("_total").unwrap_or(name).to_owned(),
        _ => name.to_owned(),
    }
}

pub(crate) fn numbers_are_right(families: &[Family]) {
    let agent = |name: &'static str| [("agent", name)];
    for (name, labels, expected) in [
        ("agent_tasks_started_total", &agent("planner")[..], 3.0),
        ("agent_tasks_started_total", &agent("guarded"), 3.0),
        ("agent_tasks_completed_total", &agent("guarded"), 1.0),
        ("agent_tasks_failed_total", &agent("guarded"), 2.0),
        ("agent_active_tasks", &agent("planner"), 1.0),
        ("agent_active_tasks", &agent("coder"), 0.0),
        ("agent_active_tasks", &agent("guarded"), 0.0),
        ("agent_task_duration_seconds_sum", &agent("planner"), 703.0),
        ("agent_task_duration_seconds_count", &agent("guarded"), 3.0),
        (
            "agent_task_duration_seconds_bucket",
            &[("agent", "planner"), ("le", "5.0")],
            1.0,
        ),
        (
            "agent_cost_per_day_usd",
            &[("agent", "planner"), ("model", "gpt-4o-mini")],
            0.0,
        ),
        (
            "agent_cost_per_day_usd",
            &[("agent", "coder"), ("model", "claude-sonnet")],
            0.5,
        ),
        ("agent_total_cost_per_day_usd", &[], 0.75),
        ("active_permissions_granted", &[("skill", "shell")], 1.0),
        ("task_approval_requests_total", &[], 7.0),
        ("approval_auto_escalated_total", &[], 2.0),
        ("approval_response_time_seconds_count", &[], 2.0),
        ("pending_approvals_count", &[], 1.0),
    ] {
        assert_eq!(value(families, name, labels), expected, "{name} {labels:?}");
    }
}

/// Prometheus's own tool finds one thing: a name that the reference system fixes.
pub(crate) fn prometheus_agrees(exposition: &Path) {
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::from(fs::File::open(exposition).unwrap()))
        .output()
        .expect("this test needs promtool, which comes with Prometheus, in the PATH");
    let said = String::from_utf8([promtool.stdout, promtool.stderr].concat()).unwrap();
    assert_eq!(
        said.trim_end(),
        "pending_approvals_count non-histogram and non-summary metrics should not have \"_count\" suffix"
    );
}

/// The runtime is carried over with its tests, which pass there.
#[test]
fn a_package_without_events_stands_alone() {
    let package = Package::render(&crate::package::model(
        "metrics: { up_seconds: { type: gauge, help: Time since the start, unit: seconds } }\n\
         emitters: { rust: { package: bare-metrics } }\n",
    ));
    package.is_clean();
    package.cargo(&["test", "--quiet"]);
    let tree = run(Command::new(env!("CARGO"))
        .args([
            "tree",
            "--prefix",
            "none",
            "--no-default-features",
            "-e",
            "normal",
        ])
        .current_dir(package.path()));
    assert!(!tree.contains("hyper"), "{tree}");
}
