//! Expositions that are not as the catalog declares them.

use crate::case::{EXPOSED, Edit, SPECS, edited, write};
use crate::docs::Row;
use crate::run::verify;
use std::fs;
use tempfile::TempDir;

struct Case {
    name: &'static str,
    breaks: &'static str,
    codes: &'static [&'static str],
    exposed: &'static [Edit],
    /// What comes at the end.
    more: &'static str,
}

const NOTHING: Case = Case {
    name: "",
    breaks: "",
    codes: &[],
    exposed: &[],
    more: "",
};

const CASES: &[Case] = &[
    Case {
        name: "as_declared",
        breaks: "nothing",
        ..NOTHING
    },
    Case {
        name: "missing",
        breaks: "a metric is not exposed",
        codes: &["metric-not-exposed"],
        exposed: &[("app_queue", "app_queue_length")],
        ..NOTHING
    },
    Case {
        name: "other_type",
        breaks: "a metric is exposed with another type",
        codes: &["exposed-type"],
        exposed: &[("app_queue gauge", "app_queue counter")],
        ..NOTHING
    },
    Case {
        name: "other_help",
        breaks: "a metric is exposed with another help",
        codes: &["exposed-help"],
        exposed: &[("Requests that wait", "Requests that wait.")],
        ..NOTHING
    },
    Case {
        name: "other_unit",
        breaks: "a metric is exposed with another unit",
        codes: &["exposed-unit"],
        exposed: &[(
            "# TYPE app_seconds histogram",
            "# TYPE app_seconds histogram\n# UNIT app_seconds milliseconds",
        )],
        ..NOTHING
    },
    Case {
        name: "other_label",
        breaks: "a metric is exposed with another label",
        codes: &["exposed-labels"],
        exposed: &[("app_queue{queue=", "app_queue{name=")],
        ..NOTHING
    },
    Case {
        name: "without_label",
        breaks: "a metric is exposed without its label",
        codes: &["exposed-labels"],
        exposed: &[
            ("app_queue{queue=\"fast\"}", "app_queue"),
            ("app_queue{queue=\"slow\"} 5\n", ""),
        ],
        ..NOTHING
    },
    Case {
        name: "other_buckets",
        breaks: "a histogram is exposed with other buckets",
        codes: &["exposed-buckets"],
        exposed: &[(
            "app_seconds_bucket{le=\"0.1\"}",
            "app_seconds_bucket{le=\"0.5\"}",
        )],
        ..NOTHING
    },
    Case {
        name: "strange_value",
        breaks: "a label has a value outside its closed set",
        codes: &["exposed-label-value"],
        exposed: &[("queue=\"slow\"", "queue=\"slwo\"")],
        ..NOTHING
    },
    Case {
        name: "too_many_values",
        breaks: "a label has more values than its limit",
        codes: &["label-limit"],
        more: "app_requests_total{route=\"/1\"} 1\napp_requests_total{route=\"/2\"} 1\n",
        ..NOTHING
    },
    Case {
        name: "folded",
        breaks: "the emitter had to fold label values",
        codes: &["label-values-folded"],
        more: "# TYPE emitter_label_values_folded_total counter\nemitter_label_values_folded_total{metric=\"app_requests_total\",label=\"route\"} 12\n",
        ..NOTHING
    },
    Case {
        name: "twice",
        breaks: "a series is exposed twice",
        codes: &["duplicate-series"],
        more: "app_queue{queue=\"slow\"} 6\n",
        ..NOTHING
    },
    Case {
        name: "broken_line",
        breaks: "an exposition has a line that is none",
        codes: &["exposition-syntax"],
        more: "app_queue{queue=\"slow} 6\n",
        ..NOTHING
    },
    Case {
        name: "behind_the_end",
        breaks: "an exposition goes on after its end",
        codes: &["exposition-syntax"],
        exposed: &[("# TYPE app_queue gauge", "# TYPE app_queue gauge\n# EOF")],
        ..NOTHING
    },
    Case {
        name: "undeclared",
        breaks: "others are exposed as well",
        more: "process_cpu_seconds_total 3\npython_info 1\nmystery_total 7\n",
        ..NOTHING
    },
    Case {
        name: "silent",
        breaks: "a metric has no series yet",
        exposed: &[
            ("app_queue{queue=\"fast\"} @\n", ""),
            ("app_queue{queue=\"slow\"} 5\n", ""),
            ("app_queue{queue=\"fast\"} 3\n", ""),
        ],
        ..NOTHING
    },
];

/// The rows that these cases add to the table in the documentation.
pub(crate) fn rows() -> Vec<Row> {
    CASES
        .iter()
        .filter(|case| !case.codes.is_empty())
        .map(|case| (case.breaks, case.codes))
        .collect()
}

#[test]
fn every_deviation_is_placed_in_specs_and_exposition() {
    let root = TempDir::new().unwrap();
    for case in CASES {
        let directory = write(root.path(), case.name, &SPECS.replace("PORT", "9100"));
        let edits: Vec<Edit> = case
            .exposed
            .iter()
            .copied()
            .filter(|(old, _)| EXPOSED.contains(old))
            .collect();
        let exposed = edited(EXPOSED, &edits).replace('@', "10") + case.more;
        fs::write(directory.join("app.prom"), exposed).unwrap();
        let run = verify(&directory, &["--metrics", "app.prom"]);
        insta::assert_snapshot!(format!("exposed-{}", case.name), run.said);
        assert_eq!(run.codes(), case.codes, "{}\n{}", case.name, run.said);
        let has_errors = run.said.contains("\nerror[") || run.said.starts_with("error[");
        assert_eq!(
            run.status,
            i32::from(has_errors),
            "{}\n{}",
            case.name,
            run.said
        );
    }
}

#[test]
fn warnings_can_be_denied() {
    let root = TempDir::new().unwrap();
    let directory = write(root.path(), "denied", &SPECS.replace("PORT", "9100"));
    let exposed = edited(EXPOSED, &[("Requests that wait", "Waiting")]).replace('@', "10");
    fs::write(directory.join("app.prom"), exposed).unwrap();
    let args = ["--metrics", "app.prom"];
    assert_eq!(verify(&directory, &args).status, 0);
    let denied = verify(&directory, &["--metrics", "app.prom", "--deny", "warnings"]);
    assert_eq!(denied.status, 1, "{}", denied.said);
    let quiet = verify(&directory, &["--metrics", "app.prom", "-q"]);
    assert!(!quiet.said.contains("as declared"), "{}", quiet.said);
}

#[test]
fn programs_get_one_document() {
    let root = TempDir::new().unwrap();
    let directory = write(root.path(), "json", &SPECS.replace("PORT", "9100"));
    let exposed = edited(EXPOSED, &[("app_queue gauge", "app_queue counter")]).replace('@', "10");
    fs::write(directory.join("app.prom"), exposed).unwrap();
    let run = verify(&directory, &["--metrics", "app.prom", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.said).unwrap();
    assert_eq!(document["diagnostics"][0]["code"], "exposed-type");
    assert_eq!(
        document["diagnostics"][0]["primary"]["path"],
        "specs/main.yaml"
    );
    assert_eq!(
        document["diagnostics"][0]["secondary"][0]["path"],
        "app.prom"
    );
    assert_eq!(
        document["checks"],
        serde_json::json!([
            { "what": "expositions", "well": "readable", "good": 1, "all": 1 },
            { "what": "metrics", "well": "exposed as declared", "good": 3, "all": 4 }
        ])
    );
}
