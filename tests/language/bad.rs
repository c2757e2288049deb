//! Specs with mistakes: what is said about each, and where it points.
//!
//! `bad/*.yaml` are the cases. Each is compiled together with `base.yaml`; a
//! line `--- specs/NAME.yaml` starts another file of the same case.

use crate::harness::{Outcome, SpecText, compile, text_of};

const BASE: &str = "specs/base.yaml";

fn base() -> SpecText {
    (BASE.to_owned(), text_of("tests/language/base.yaml"))
}

/// The files of a case, with the base in front.
pub(crate) fn files_of(case: &str) -> Vec<SpecText> {
    let mut files = vec![base()];
    let mut path = "specs/case.yaml".to_owned();
    let mut text = String::new();
    for line in case.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("--- specs/") {
            if !text.is_empty() {
                files.push((path, std::mem::take(&mut text)));
            }
            path = format!("specs/{}", next.trim_end());
        } else {
            text.push_str(line);
        }
    }
    files.push((path, text));
    files
}

fn with_base(text: &str) -> Outcome {
    compile(&[base(), ("specs/case.yaml".to_owned(), text.to_owned())])
}

#[test]
fn the_base_has_no_fault() {
    compile(&[base()]).clean();
}

#[test]
fn every_mistake_is_explained() {
    let mut silent = Vec::new();
    insta::glob!("bad/*.yaml", |path| {
        let case = std::fs::read_to_string(path).unwrap();
        let outcome = compile(&files_of(&case));
        if outcome.found.is_empty() {
            silent.push(path.to_owned());
            return;
        }
        assert_eq!(
            outcome.artifacts.is_none(),
            outcome.failed(),
            "there is output exactly if there is no error"
        );
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("bad", outcome.report());
        });
    });
    assert!(silent.is_empty(), "nothing is found in {silent:?}");
}

#[test]
fn a_section_that_is_empty_as_yet_is_no_mistake() {
    with_base("alerts:\nrecords: {}\n").clean();
}

#[test]
fn an_empty_prefix_of_containers_is_none() {
    with_base("stack: { container_prefix: \"\", prometheus: { image: prom/prometheus:v3.5.0, port: 9090 } }\n").clean();
}

#[test]
fn a_range_that_takes_the_sample_before_it_may_be_short() {
    for edges in ["anchored", "smoothed"] {
        let records =
            format!("records:\n  tasks:grown: {{ expr: 'increase(tasks_total[10s] {edges})' }}\n");
        let checks = "checks: { severity: { experimental-syntax: off, record-unused: off } }\n";
        with_base(&format!("{records}{checks}")).clean();
    }
}

#[test]
fn nesting_without_end_is_stopped() {
    insta::assert_snapshot!(with_base(&"[".repeat(10_000)).report());
    let mut blocks = String::new();
    for depth in 0..10_000 {
        blocks.push_str(&" ".repeat(depth.min(200)));
        blocks.push_str("a:\n");
    }
    assert!(with_base(&blocks).failed());
    assert!(with_base(&"- ".repeat(10_000)).failed());
    assert!(with_base(&"{a: ".repeat(10_000)).failed());
    assert!(with_base(&"? ".repeat(10_000)).failed());
}

#[test]
fn aliases_that_multiply_are_stopped() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    insta::assert_snapshot!(with_base(&bomb).report());
}

#[test]
fn a_thousand_mistakes_are_all_reported() {
    let mut text = String::from("queries:\n");
    for number in 0..1000 {
        text.push_str(&format!(
            "  q{number}: {{ help: x, expr: nothing_{number} }}\n"
        ));
    }
    let outcome = with_base(&text);
    assert_eq!(outcome.found.len(), 1000);
    let places: Vec<_> = outcome
        .found
        .iter()
        .map(|finding| finding.primary.as_ref().unwrap().span)
        .collect();
    assert!(places.is_sorted());
}

#[test]
fn a_line_without_end_is_cut_in_the_report() {
    let text = format!(
        "queries:\n  long:\n    help: x\n    expr: sum(rate(tasks_total{{agent=~\"{}z\"}}[5m])) + nothing\n",
        "coder|".repeat(2_000)
    );
    let report = with_base(&text).report();
    assert!(report.contains("[5m])) + nothing"), "{report}");
    assert!(
        report.lines().all(|line| line.chars().count() <= 200),
        "{report}"
    );
}
