//! What passes through recording rules: who reads a series is moved by what
//! changes in its rule.

use crate::side::{files, try_tree};
use dashwright::diff::{Diff, Kind, Level, Side, diff};
use dashwright::report::Page;
use dashwright::report::{SideNames, Style, diff_json, diff_markdown, diff_page, diff_terminal};

const SPECS: &str = r#"
metrics:
  http_requests_total: { type: counter, help: Requests, labels: [service, code] }
labels: { service: { help: S, values: [a, b] }, code: { help: C, values: ["200", "500"] } }
scrape: { interval: 15s, jobs: { app: { targets: ["app:9100"] } } }
grafana: { datasource: { url: "http://prometheus:9090" } }
records:
  "s:err:rate5m": { expr: 'sum by (service) (rate(http_requests_total{code="500"}[5m]))' }
  "s:err:max1h": { expr: "max_over_time(s:err:rate5m[1h])" }
  "s:all:rate5m": { expr: "sum(rate(http_requests_total[5m]))" }
alerts:
  Errors: { expr: "s:err:rate5m > 1", severity: warning, summary: Errors }
  ErrorsOfHour: { expr: "s:err:max1h > 1", severity: warning, summary: Errors }
  Idle: { expr: "s:all:rate5m < 1", severity: warning, summary: Idle }
dashboards:
  web:
    title: Web
    panels:
      errors: { title: Errors, stat: { expr: "s:err:rate5m", unit: short } }
      all: { title: All, stat: { expr: "s:all:rate5m", unit: short } }
"#;

const NAMES: SideNames<'_> = SideNames {
    base: "before",
    head: "after",
};

fn side(specs: &str) -> Side {
    try_tree(&[("main.yaml", specs)], None).unwrap()
}

#[track_caller]
fn edited(from: &str, to: &str) -> Side {
    assert!(SPECS.contains(from), "there is no `{from}`");
    side(&SPECS.replace(from, to))
}

fn said(diff: &Diff) -> String {
    diff_terminal(diff, NAMES, Style::PLAIN)
}

fn silenced(diff: &Diff) -> Vec<(Kind, &str, &str)> {
    diff.risks()
        .filter(|(_, risk)| risk.level == Level::Silences)
        .map(|(change, risk)| (change.kind, change.name.as_str(), risk.text))
        .collect()
}

#[test]
fn a_narrower_record_silences_the_alerts_that_read_it() {
    let (base, head) = (
        side(SPECS),
        edited("{code=\"500\"}", "{code=\"500\", service=\"a\"}"),
    );
    let found = diff(&base, &head);
    insta::assert_snapshot!(
        "record_gains_a_matcher",
        format!(
            "{}\n--- markdown\n{}\n--- json\n{}",
            said(&found),
            diff_markdown(&found, NAMES),
            diff_json(&found, NAMES)
        )
    );
    assert_eq!(found.worst(), Some(Level::Silences));
    let page = Page {
        names: NAMES,
        base: &base,
        head: &head,
        prometheus: None,
        live: false,
    };
    assert!(diff_page(&found, &page).contains("silences: looks at fewer series"));
}

#[test]
fn another_window_moves_alerts_without_silencing_them() {
    let found = diff(
        &side(SPECS),
        &edited("s:err:rate5m[1h]", "s:err:rate5m[2h]"),
    );
    assert_eq!(
        said(&found).lines().take(2).collect::<Vec<_>>(),
        [
            "recording rule s:err:max1h: range 1h → 2h",
            "    alert ErrorsOfHour: reads s:err:max1h",
        ]
    );
    assert_eq!(silenced(&found), []);
}

#[test]
fn what_moves_a_record_moves_its_readers() {
    let of = |matcher: &str| {
        let queries = format!(
            "queries:\n  errors: {{ help: Errors, expr: 'sum by (service) (rate(http_requests_total{matcher}[$window]))' }}\n"
        );
        let by_query = SPECS.replace(
            "expr: 'sum by (service) (rate(http_requests_total{code=\"500\"}[5m]))'",
            "query: errors, window: 5m",
        );
        side(&format!("{by_query}{queries}"))
    };
    let found = diff(&of(""), &of("{code=\"500\"}"));
    let text = said(&found);
    assert!(
        text.starts_with("query errors: adds code=\"500\"\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "    alert Errors: reads s:err:rate5m\n      ! silences: looks at fewer series"
        ),
        "{text}"
    );
    assert!(
        text.contains("    panel Errors of Web: reads s:err:rate5m\n"),
        "{text}"
    );
    assert!(!text.contains("Idle"), "{text}");
}

#[test]
fn who_comes_to_read_a_record_is_not_moved_by_it() {
    let head = SPECS
        .replace("s:all:rate5m < 1", "s:err:rate5m < 1")
        .replace("{code=\"500\"}", "{code=\"500\", service=\"a\"}");
    let found = diff(&side(SPECS), &side(&head));
    assert!(
        silenced(&found).iter().all(|(_, name, _)| *name != "Idle"),
        "{}",
        said(&found)
    );
}

/// Neither does what is still recorded become less for those who ask for no more.
#[test]
fn who_asks_for_what_is_left_misses_nothing() {
    let of = |rule: &str| {
        let text = format!(
            "groups:\n- name: g\n  rules:\n  - record: r\n    expr: {rule}\n\
             \x20 - alert: Same\n    expr: r{{job=\"a\"}} > 1\n\
             \x20 - alert: Other\n    expr: r{{job=\"a\"}} / r > 1\n"
        );
        files(&[("rules.yml", &text)])
    };
    let other = (Kind::Alert, "Other", "looks at fewer series");
    let same = (Kind::Alert, "Same", "looks at fewer series");
    let narrowed = |before: &str, after: &str| diff(&of(before), &of(after));
    let found = narrowed("sum by (job) (x)", "sum by (job) (x{job=\"a\"})");
    assert_eq!(silenced(&found), [other], "{}", said(&found));
    assert!(said(&found).contains("alert Same: reads r\n"));
    for (before, after) in [
        ("sum by (job) (x)", "sum by (job) (x{zone=\"a\"})"),
        ("sum(x)", "sum(x{job=\"a\"})"),
        ("sum by (job) (x)", "sum by (job) (x{job=\"b\"})"),
    ] {
        let found = narrowed(before, after);
        assert_eq!(silenced(&found), [other, same], "{}", said(&found));
    }
}

/// A filter that lets less through leaves less to look at; a `bool` does not.
#[test]
fn a_stricter_filter_of_a_record_leaves_less_to_its_readers() {
    let rules = |compared: &str| {
        let text = format!(
            "groups:\n- name: g\n  rules:\n  - record: full\n    expr: disk_used > {compared}\n  - alert: Full\n    expr: count(full) > 3\n"
        );
        files(&[("rules.yml", &text)])
    };
    assert_eq!(
        silenced(&diff(&rules("5"), &rules("7"))),
        [(Kind::Alert, "Full", "looks at fewer series")]
    );
    assert_eq!(silenced(&diff(&rules("7"), &rules("5"))), []);
    assert_eq!(silenced(&diff(&rules("bool 5"), &rules("bool 7"))), []);
}

/// Rules and dashboards of other origin, in files that do not change.
#[test]
fn labels_of_a_record_are_missed_by_those_who_ask_for_them() {
    let records = |by: &str, team: &str| {
        format!(
            "groups:\n- name: r\n  rules:\n  - record: job:errors\n    expr: sum by ({by}) (errors)\n{team}"
        )
    };
    let labels = |team: &str| format!("    labels: {{ team: {team} }}\n");
    let alerts = "groups:\n- name: a\n  rules:\n\
        \x20 - alert: Db\n    expr: job:errors{team=\"db\"} > 1\n\
        \x20 - alert: Zone\n    expr: job:errors{zone=\"a\"} > 1\n\
        \x20 - alert: All\n    expr: job:errors > 1\n";
    let board = r#"{ "uid": "u", "title": "T", "panels": [
        { "id": 1, "title": "Errors", "type": "stat", "targets": [{ "refId": "A", "expr": "job:errors{job=\"$job\"}" }] }],
        "templating": { "list": [{ "name": "job", "type": "query", "query": { "query": "label_values(job:errors, job)" } }] } }"#;
    let side = |records: &str| {
        files(&[
            ("records.yml", records),
            ("alerts.yml", alerts),
            ("board.json", board),
        ])
    };
    let base = side(&records("job, zone", &labels("db")));
    let found = diff(&base, &side(&records("job", &labels("web"))));
    assert_eq!(
        said(&found),
        "\
recording rule job:errors: by (job, zone) → by (job); label team db → web
  ! breaks: what filters or groups by its label gets nothing: zone
  ! breaks: what filters or groups by its label gets nothing
    alert All: reads job:errors
      ! may silence: fires at other times: by (job, zone) → by (job)
    alert Db: reads job:errors
      ! may silence: fires at other times: by (job, zone) → by (job)
      ! silences: selects nothing any more: team=\"db\"
    alert Zone: reads job:errors
      ! may silence: fires at other times: by (job, zone) → by (job)
      ! silences: selects nothing any more: zone=\"a\"
    variable job of T: reads job:errors
    panel Errors of T: reads job:errors

before → after: 1 change, and with it 3 alerts, 1 variable and 1 panel; 1 breaks something, 2 tell somebody less, 3 may tell somebody less
"
    );
    // A rule that is gone leaves nothing to any of them.
    let found = diff(&base, &side("groups:\n- name: r\n  rules: []\n"));
    assert_eq!(silenced(&found).len(), 3, "{}", said(&found));
}

/// Many rules that change alike are one change, and their readers stand below it.
#[test]
fn readers_of_rules_that_change_alike() {
    let rules = |code: &str| {
        let mut text = "groups:\n- name: g\n  rules:\n".to_owned();
        for name in ["a", "b", "c"] {
            text += &format!("  - record: {name}:rate\n    expr: rate({name}_total{code}[5m])\n");
        }
        files(&[(
            "rules.yml",
            &(text + "  - alert: A\n    expr: a:rate > 1\n"),
        )])
    };
    let found = diff(&rules(""), &rules("{code=\"5\"}"));
    assert_eq!(
        said(&found),
        "\
3 recording rules: adds code=\"5\"
    3 recording rules (a:rate, b:rate, c:rate)
    alert A: reads a:rate
      ! silences: looks at fewer series: adds code=\"5\"

before → after: 1 change, and with it 1 alert and 3 recording rules; 1 tells somebody less
"
    );
}
