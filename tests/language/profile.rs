//! Profiles: a layer over the specs, key by key.

use crate::harness::{Outcome, SpecText, compile, reference, text_of};

fn with_profile(name: &str) -> Outcome {
    let path = format!("specs/profiles/{name}.yaml");
    let mut specs = reference();
    specs.push((path.clone(), text_of(&path)));
    compile(&specs)
}

fn overlaid(base: &str, profile: &str) -> Outcome {
    let file = |path: &str, text: &str| -> SpecText { (path.to_owned(), text.to_owned()) };
    compile(&[
        file("specs/base.yaml", base),
        file("specs/profiles/p.yaml", profile),
    ])
}

/// `prometheus.yml` of `base` with `profile` laid over it.
fn prometheus(base: &str, profile: &str) -> String {
    let mut rendered = overlaid(base, profile).clean();
    rendered.remove("monitoring/prometheus.yml").unwrap()
}

const SCRAPE: &str = "
scrape:
  interval: 15s
  external_labels: { cluster: eu, stage: test }
  jobs:
    app: { targets: ['a:1', 'b:1'], path: /stats }
    db: { targets: ['db:1'] }
";

#[test]
fn the_profiles_of_the_reference_specs_have_no_fault() {
    let base = compile(&reference()).clean();
    for (name, changed) in [
        (
            "local",
            &[
                "docker-compose.yml",
                "monitoring/alert-rules.test.yml",
                "monitoring/alert-rules.yml",
                "monitoring/alertmanager.yml",
                "monitoring/dashboards/README.md",
                "monitoring/datasources.yml",
                "monitoring/prometheus.yml",
            ][..],
        ),
        (
            "notify",
            &["docker-compose.yml", "monitoring/alertmanager.yml"][..],
        ),
    ] {
        let rendered = with_profile(name).clean();
        assert!(rendered.keys().eq(base.keys()), "{name}");
        let differ: Vec<_> = rendered
            .iter()
            .filter(|(path, text)| base[*path] != **text)
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(differ, changed, "{name}");
    }
}

#[test]
fn the_later_layer_wins_key_by_key() {
    let text = prometheus(
        SCRAPE,
        "scrape: { external_labels: { stage: live }, jobs: { app: { path: /metrics2 } } }\n",
    );
    assert!(text.contains("stage: live"), "{text}");
    assert!(text.contains("cluster: eu"), "{text}");
    assert!(text.contains("/metrics2"), "{text}");
    assert!(text.contains("a:1") && text.contains("db:1"), "{text}");
    assert!(text.contains("scrape_interval: 15s"), "{text}");
}

#[test]
fn null_removes() {
    let text = prometheus(SCRAPE, "scrape: { jobs: { db: null, app: { path: } } }\n");
    assert!(!text.contains("db"), "{text}");
    assert!(!text.contains("/stats"), "{text}");
    assert!(text.contains("a:1"), "{text}");
}

#[test]
fn null_removes_what_is_not_there_without_a_word() {
    let same = prometheus(SCRAPE, "grafana: null\nscrape: { timeout: null }\n");
    assert_eq!(same, prometheus(SCRAPE, "scrape: { interval: 15s }\n"));
    let outcome = overlaid(SCRAPE, "alertmanager: { receivers: { nobody: null } }\n");
    let rendered = outcome.clean();
    let config = &rendered["monitoring/alertmanager.yml"];
    assert!(!config.contains("nobody"), "{config}");
}

#[test]
fn lists_are_replaced_as_a_whole() {
    let text = prometheus(SCRAPE, "scrape: { jobs: { app: { targets: ['c:1'] } } }\n");
    assert!(text.contains("c:1"), "{text}");
    assert!(!text.contains("- a:1") && !text.contains("- b:1"), "{text}");
}

#[test]
fn a_section_may_be_removed_or_added() {
    let rendered = overlaid(SCRAPE, "scrape: null\n").clean();
    assert!(!rendered["monitoring/prometheus.yml"].contains("a:1"));
    let rendered = overlaid(SCRAPE, "alertmanager: { targets: ['am:1'] }\n").clean();
    assert!(rendered["monitoring/prometheus.yml"].contains("am:1"));
}

#[test]
fn a_profile_of_several_files_is_one_layer() {
    let file = |path: &str, text: &str| -> SpecText { (path.to_owned(), text.to_owned()) };
    let outcome = compile(&[
        file("specs/base.yaml", SCRAPE),
        file("specs/profiles/p/a.yaml", "scrape: { interval: 1s }\n"),
        file("specs/profiles/p/b.yaml", "scrape: { interval: 2s }\n"),
    ]);
    let found: Vec<_> = outcome
        .found
        .iter()
        .map(|found| found.code.name())
        .collect();
    assert_eq!(found, ["duplicate-name"]);
}
