//! Dashboards hold what Grafana's published types and its SDK know, and
//! nothing else.

use crate::judge::{gallery, node, python};
use crate::program::{accepts, verdict};
use crate::reference::Generated;
use std::fs;

/// The newest version of the types, that of the stack's Grafana, and the last
/// of the generation before.
const TYPES: [&str; 3] = ["@grafana/schema", "grafana-schema-12", "grafana-schema-11"];

#[test]
fn dashboards_have_the_published_types() {
    let (reference, gallery) = (Generated::reference(), gallery());
    for types in TYPES {
        let said = accepts(
            node("types.mjs")
                .arg(types)
                .args(reference.dashboards())
                .args(gallery.dashboards()),
        );
        assert!(said.contains("4 dashboards"), "{said}");
    }
}

#[test]
fn the_published_types_refuse_a_misspelt_key_and_a_value_of_another_type() {
    let reference = Generated::reference();
    let file = "monitoring/dashboards/agent-performance.json";
    let dashboard = reference.read(file);
    let wrong = [
        (r#""lineWidth": 2"#, r#""lineWidth": "2""#),
        (r#""showThresholdLabels""#, r#""showThresholdLabel""#),
        (r#""mode": "normal""#, r#""mode": "value""#),
        (r#""refresh": 2"#, r#""refresh": 7"#),
    ];
    for (right, wrong) in wrong {
        assert!(dashboard.contains(right), "no {right}");
        fs::write(reference.path(file), dashboard.replace(right, wrong)).unwrap();
        let mut judge = node("types.mjs");
        let (accepted, said) = verdict(judge.arg(TYPES[0]).arg(reference.path(file)));
        assert!(!accepted && said.contains(wrong), "{wrong}: {said}");
    }
}

#[test]
fn dashboards_survive_decoding_and_encoding_by_the_sdk() {
    let (reference, gallery) = (Generated::reference(), gallery());
    let said = accepts(
        python("roundtrip.py")
            .args(reference.dashboards())
            .args(gallery.dashboards()),
    );
    assert!(said.contains("4 dashboards, 0 differences"), "{said}");
}

#[test]
fn the_sdk_loses_what_it_does_not_know() {
    let reference = Generated::reference();
    let file = "monitoring/dashboards/cost-tracking.json";
    let misspelt = reference.read(file).replace("graphMode", "graphmode");
    fs::write(reference.path(file), misspelt).unwrap();
    let (accepted, said) = verdict(python("roundtrip.py").arg(reference.path(file)));
    assert!(
        !accepted && said.contains("options.graphmode is lost"),
        "{said}"
    );
}
