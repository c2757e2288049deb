//! Sides that never match, and those that match too often.

use super::{checked, findings};

#[test]
fn sides_without_a_common_set_of_labels_never_match() {
    for (text, finding) in [
        (
            "sum by (agent) (active) / sum(active)",
            "sides-cannot-match: / <- sum",
        ),
        (
            "sum(active) / sum by (agent) (active)",
            "sides-cannot-match: / <- sum",
        ),
        (
            "sum by (job) (active) / sum by (agent) (active)",
            "sides-cannot-match: / <- by (agent)",
        ),
        ("active * vector(2)", "sides-cannot-match: *"),
        ("active > on (job) vector(2)", "sides-cannot-match: >"),
        ("active and build_info", "sides-cannot-match: and"),
        ("active unless build_info", "sides-cannot-match: unless"),
        ("active and absent(build_info)", "sides-cannot-match: and"),
        (
            "active / ignoring (version) build_info",
            "sides-cannot-match: /",
        ),
        (
            "active{agent=\"a\"} and active{agent=\"b\"}",
            "sides-cannot-match: and",
        ),
        (
            "sum by (agent) (active{agent=~\"a|b\"}) - sum by (agent) (active{agent=\"c\"})",
            "sides-cannot-match: -",
        ),
        (
            "active / on (agent) label_replace(active, \"agent\", \"x\", \"\", \"\") unless on (agent) active{agent=\"x\"}",
            "",
        ),
        (
            "active{agent=\"y\"} / on (agent) label_replace(active, \"agent\", \"x\", \"\", \"\")",
            "sides-cannot-match: /",
        ),
        (
            "active{agent=\"a\"} / on (job, agent) (active{agent=\"b\"} or active{agent=\"c\"})",
            "sides-cannot-match: /",
        ),
    ] {
        let expected: &[_] = if finding.is_empty() { &[] } else { &[finding] };
        assert_eq!(findings(text), expected, "{text}");
    }
}

#[test]
fn sides_that_may_match_are_left_alone() {
    for text in [
        "sum by (agent) (active) / on () group_left sum(active)",
        "sum by (agent) (active) or sum(active)",
        "active and on (job) build_info",
        "active / ignoring (agent, version) build_info",
        "active * on () group_left vector(2)",
        "active{agent=\"a\"} and active{agent=~\"a|b\"}",
        "active{agent=\"a\"} and active{agent!=\"b\"}",
        "active{agent=\"a\"} and active{agent=\"$agent\"}",
        "active{agent=\"a\"} / ignoring (agent) active{agent=\"b\"}",
        "active{agent=\"a\"} or active{agent=\"b\"}",
        "active{agent=\"a\"} / on (agent) (active{agent=\"b\"} or active{agent=\"a\"})",
        "sum without ($x) (active) / sum(active)",
        "active / ignoring ($x) build_info",
        "{__name__=~\"a.*\"} / active",
        "label_replace(active{agent=\"a\"}, \"agent\", \"$1\", \"job\", \"(.*)\") and active{agent=\"b\"}",
        "label_join(active{agent=\"a\"}, \"agent\", \"-\", \"job\") and active{agent=\"b\"}",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
}

#[test]
fn series_that_are_several_need_a_join() {
    for (text, place) in [
        (
            "rate(took_bucket[5m]) / ignoring (le) rate(took_count[5m])",
            "ignoring (le)",
        ),
        (
            "rate(took_count[5m]) / on (job, agent) rate(took_bucket[5m])",
            "on (job, agent)",
        ),
        (
            "sum by (le) (rate(took_bucket[5m])) - on () sum(rate(took_count[5m]))",
            "on ()",
        ),
        (
            "rate(took_bucket[5m]) * ignoring (le) group_left rate(took_bucket[5m])",
            "ignoring (le)",
        ),
        (
            "rate(took_count[5m]) > on (job, agent) rate(took_bucket[5m])",
            "on (job, agent)",
        ),
        (
            "rate(took_bucket[5m]) > bool ignoring (le) rate(took_count[5m])",
            "ignoring (le)",
        ),
        (
            "rate(took_bucket[5m]) == ignoring (le) group_right rate(took_count[5m])",
            "ignoring (le)",
        ),
    ] {
        assert_eq!(
            findings(text),
            [format!("several-matches: {place}")],
            "{text}"
        );
    }
    for text in [
        "rate(took_bucket[5m]) / ignoring (le) group_left rate(took_count[5m])",
        "rate(took_bucket{le=\"1\"}[5m]) / ignoring (le) rate(took_count[5m])",
        // A summary may have one quantile only.
        "rpc / ignoring (quantile) rate(rpc_count[5m])",
        "rate(took_bucket[5m]) / rate(took_bucket[5m])",
        "rate(took_bucket[5m]) and ignoring (le) rate(took_count[5m])",
        "topk(1, rate(took_bucket[5m])) / ignoring (le) rate(took_count[5m])",
        "(rate(took_bucket[5m]) > 1) / ignoring (le) rate(took_count[5m])",
        "sum without (le) (rate(took_bucket[5m])) / rate(took_count[5m])",
        "sum by ($x) (rate(took_bucket[5m])) / on () rate(took_count[5m])",
        // What is filtered out first does not count as a match.
        "rate(took_bucket[5m]) == ignoring (le) rate(took_bucket{le=\"1\"}[5m])",
        "rate(took_bucket[5m]) > ignoring (le) rate(took_count[5m])",
    ] {
        assert_eq!(findings(text), [""; 0], "{text}");
    }
}

#[test]
fn what_does_not_match_has_no_labels_that_contradict() {
    let (flow, _) = checked("active{agent=\"a\"} and active{agent=\"b\"}");
    assert!(flow.labels.is_known());
}
