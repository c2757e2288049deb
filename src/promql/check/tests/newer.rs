//! What syntax of Prometheus 3 does to types and labels.

use super::{checked, findings, labels};

#[test]
fn newer_syntax_is_told_with_its_flag() {
    assert_eq!(
        findings("rate(failed_total[5m * 2])"),
        ["experimental-syntax: 5m * 2"]
    );
    assert_eq!(
        findings("rate(failed_total[5m] anchored)"),
        ["experimental-syntax: anchored"]
    );
    let (_, found) = checked("active + fill_left (0) fill_right (0) active");
    assert_eq!(
        found,
        [
            "experimental-syntax: fill_left (0)",
            "experimental-syntax: fill_right (0)"
        ]
    );
}

#[test]
fn edges_are_for_functions_that_read_them() {
    for (text, place) in [
        ("avg_over_time(active[5m] anchored)", "anchored"),
        ("changes(active[5m] smoothed)", "smoothed"),
        ("active anchored", "anchored"),
    ] {
        let found = findings(text);
        assert!(
            found.contains(&format!("promql-type: {place}")),
            "{text}: {found:?}"
        );
    }
    for text in [
        "increase(failed_total[5m] smoothed)",
        "delta(active[5m] anchored)",
        "active smoothed",
    ] {
        let found = findings(text);
        let only = found
            .iter()
            .all(|line| line.starts_with("experimental-syntax"));
        assert!(only, "{text}: {found:?}");
    }
}

#[test]
fn what_is_filled_needs_no_match() {
    let text = "sum by (agent) (active) + fill (0) sum(active)";
    assert_eq!(findings(text), ["experimental-syntax: fill (0)"]);
    assert_eq!(labels(text), "agent?");
    assert_eq!(
        findings("active + fill (0) 1"),
        ["promql-type: fill (0)", "experimental-syntax: fill (0)"]
    );
}
