//! Allowances and severities: what they cover, and what is said about them.

use crate::harness::{Outcome, SpecText, compile, text_of};
use dashwright::diagnostic::Severity;

fn with_base(texts: &[(&str, &str)]) -> Outcome {
    let base = text_of("tests/language/base.yaml");
    let texts = texts.iter().map(|(path, text)| (*path, *text));
    let specs: Vec<SpecText> = [("specs/base.yaml", base.as_str())]
        .into_iter()
        .chain(texts)
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    compile(&specs)
}

fn codes(outcome: &Outcome) -> Vec<&'static str> {
    let found = outcome.found.iter();
    found.map(|finding| finding.code.name()).collect()
}

const RAW: &str = "\
queries:
  started: { help: Tasks started, expr: sum(tasks_total), allow: [{ rule: counter-without-rate, reason: A raw count }] }
";

#[test]
fn an_item_covers_what_is_written_in_it() {
    with_base(&[("specs/a.yaml", RAW)]).clean();
    let other = "queries:\n  failed: { help: Tasks failed, expr: sum(tasks_failed_total) }\n";
    let outcome = with_base(&[("specs/a.yaml", RAW), ("specs/b.yaml", other)]);
    assert_eq!(codes(&outcome), ["counter-without-rate"]);
}

#[test]
fn an_item_covers_what_points_at_it() {
    let text = "\
metrics:
  boots_total:
    type: counter
    help: Starts of the machine
    allow: [{ rule: counter-without-rate, reason: Never starts over }]
queries:
  boots: { help: Starts, expr: sum(boots_total) }
  boots_twice: { help: Starts, expr: 2 * sum(boots_total) }
";
    with_base(&[("specs/a.yaml", text)]).clean();
}

#[test]
fn an_item_covers_its_parts() {
    let text = "\
dashboards:
  tasks:
    title: Tasks
    description: How tasks start
    allow: [{ rule: counter-without-rate, reason: A wall display }]
    panels:
      started: { description: Tasks started, stat: { expr: sum(tasks_total), unit: short } }
";
    with_base(&[("specs/a.yaml", text)]).clean();
}

#[test]
fn a_file_covers_itself_only() {
    let allow = "allow: [{ rule: counter-without-rate, reason: A wall display }]\n";
    let text = "queries:\n  started: { help: Tasks started, expr: sum(tasks_total) }\n";
    with_base(&[("specs/a.yaml", &format!("{allow}{text}"))]).clean();
    let outcome = with_base(&[("specs/a.yaml", allow), ("specs/b.yaml", text)]);
    assert_eq!(codes(&outcome), ["counter-without-rate"]);
}

#[test]
fn a_profile_can_allow_and_be_allowed() {
    let base = "queries:\n  started: { help: Tasks started, expr: sum(tasks_total) }\n";
    let over =
        "queries:\n  started: { allow: [{ rule: counter-without-rate, reason: A raw count }] }\n";
    with_base(&[("specs/a.yaml", base), ("specs/profiles/p.yaml", over)]).clean();
}

#[test]
fn a_reason_is_required() {
    for (allow, code) in [
        ("[{ rule: metric-unused }]", "missing-key"),
        ("[{ rule: metric-unused, reason: '' }]", "invalid-value"),
        ("[{ rule: metric-unused, reason: '  ' }]", "invalid-value"),
        ("[{ reason: So it is }]", "missing-key"),
        (
            "[{ rule: metric-unused, reason: Meant, until: 2030 }]",
            "unknown-key",
        ),
        ("[metric-unused]", "wrong-type"),
        ("metric-unused", "wrong-type"),
    ] {
        let item = format!("metrics:\n  m: {{ type: gauge, help: M, allow: {allow} }}\n");
        let outcome = with_base(&[("specs/a.yaml", &item)]);
        assert!(
            outcome.failed() && codes(&outcome).contains(&code),
            "{allow}"
        );
        let file = format!("allow: {allow}\n");
        assert!(
            codes(&with_base(&[("specs/a.yaml", &file)])).contains(&code),
            "{allow}"
        );
        let project = format!("checks: {{ allow: {allow} }}\n");
        assert!(
            codes(&with_base(&[("specs/a.yaml", &project)])).contains(&code),
            "{allow}"
        );
    }
}

#[test]
fn severities_decide_over_output() {
    let severity = |word: &str| {
        let checks = format!("checks: {{ severity: {{ counter-without-rate: {word} }} }}\n");
        let text = "queries:\n  started: { help: Tasks started, expr: sum(tasks_total) }\n";
        with_base(&[("specs/a.yaml", text), ("specs/checks.yaml", &checks)])
    };
    let hint = severity("hint");
    assert_eq!(hint.found[0].severity, Severity::Hint);
    assert!(hint.artifacts.is_some());
    assert!(severity("error").artifacts.is_none());
    severity("off").clean();
    assert_eq!(
        codes(&severity("mild")),
        ["counter-without-rate", "invalid-value"]
    );
    let raised =
        "checks: { severity: { metric-unused: error } }\nmetrics:\n  m: { type: gauge, help: M }\n";
    assert!(with_base(&[("specs/a.yaml", raised)]).artifacts.is_none());
}

/// An allowance for something that an error has kept from being looked for is
/// not called unused.
#[test]
fn allowances_are_judged_once_all_rules_have_run() {
    let text = "\
queries:
  broken: { help: Broken, expr: sum(nothing) }
  fine: { help: Fine, expr: sum(queue_length), allow: [{ rule: short-range, reason: For a test }] }
";
    let outcome = with_base(&[("specs/a.yaml", text)]);
    assert_eq!(codes(&outcome), ["unknown-metric"]);
}

#[test]
fn free_keys_called_allow_stay_free() {
    let text = "\
metrics:
  allow: { type: gauge, help: Allowed, labels: [allow] }
queries:
  allow: { help: Allowed, expr: sum by (allow) (allow) }
";
    with_base(&[("specs/a.yaml", text)]).clean();
}
