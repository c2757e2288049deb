//! Whether somebody is told less, may be, or is not.

use crate::side::try_tree;
use dashwright::diff::{Level, diff};
use dashwright::report::{SideNames, Style, diff_terminal};

const SPECS: &str = r#"
metrics:
  g: { type: gauge, help: G, labels: [a] }
scrape: { interval: 15s, jobs: { app: { targets: ["app:9100"] } } }
alerts:
  High: { expr: "sum by (a) (g) > 2", severity: warning, summary: High }
  Cold: { expr: "g unless g > 5", severity: critical, summary: Cold }
alertmanager:
  receivers: { nobody: {}, team: { webhook: [{ url: "http://bot:1/a" }] } }
  route:
    receiver: nobody
    routes: [{ receiver: team, matchers: ['severity="warning"'], mute: [w] }, { receiver: team, active: [o] }]
  inhibit:
    - { source: ['severity="critical"'], target: ['severity="warning"'], equal: [a] }
  time_intervals:
    w: [{ weekdays: [saturday] }]
    o: [{ times: [{ start: "08:00", end: "18:00" }] }]
"#;

/// The worst that comes of an edit.
#[track_caller]
fn worst(from: &str, to: &str) -> Option<Level> {
    assert!(SPECS.contains(from), "there is no `{from}`");
    let side = |text: &str| try_tree(&[("main.yaml", text)], None).unwrap();
    let found = diff(&side(SPECS), &side(&SPECS.replace(from, to)));
    assert!(!found.is_empty());
    found.worst()
}

#[test]
fn edits_of_expressions() {
    let high = "sum by (a) (g) > 2";
    for (to, expected) in [
        ("sum by (a) (g) > 3", Some(Level::Silences)),
        ("sum by (a) (g) > 1", None),
        (
            "sum by (a) (g) > 2 and on () vector(0) > 1",
            Some(Level::Silences),
        ),
        ("sum by (a) (g) < 2", Some(Level::Perhaps)),
        ("sum by (a) (g) / 2 > 2", Some(Level::Perhaps)),
    ] {
        assert_eq!(worst(high, to), expected, "{to}");
    }
    let cold = "g unless g > 5";
    assert_eq!(worst(cold, "g unless g > 6"), None);
    assert_eq!(worst(cold, "g unless g > 4"), Some(Level::Silences));
}

#[test]
fn edits_of_times_and_inhibitions() {
    for (from, to, expected) in [
        (", mute: [w]", "", None),
        ("mute: [w]", "mute: [w, o]", Some(Level::Silences)),
        (", active: [o]", "", None),
        ("active: [o]", "active: [o, w]", None),
        ("active: [o]", "active: [w]", Some(Level::Silences)),
        (
            "weekdays: [saturday]",
            "weekdays: [saturday, sunday]",
            Some(Level::Perhaps),
        ),
        (", equal: [a]", "", Some(Level::Silences)),
        ("equal: [a]", "equal: [a, b]", None),
    ] {
        assert_eq!(worst(from, to), expected, "{from}, {to}");
    }
}

#[test]
fn of_routes_for_the_same_alerts_the_one_that_changed_is_told() {
    let side = |first: &str| {
        let text = SPECS.replace(
            "routes: [",
            &format!(
                "routes: [{{ receiver: nobody, matchers: ['severity=\"warning\"'{first}], continue: true }}, "
            ),
        );
        try_tree(&[("main.yaml", &text)], None).unwrap()
    };
    let found = diff(&side(""), &side(", 'a!=\"x\"'"));
    let names = SideNames {
        base: "before",
        head: "after",
    };
    let said = diff_terminal(&found, names, Style::PLAIN);
    let narrower =
        r#"route a!="x", severity="warning" to nobody, was severity="warning" to nobody"#;
    assert!(said.contains(narrower), "{said}");
    assert!(!said.contains("to team"), "{said}");
}
