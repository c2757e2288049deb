//! Files of other origin: dashboards that people saved, rules, configuration.

use crate::side::files;
use dashwright::diff::{Diff, Kind, Level, Verb, diff};
use dashwright::report::{SideNames, Style, diff_markdown, diff_terminal};
use serde_json::{Value, json};

const NAMES: SideNames<'_> = SideNames {
    base: "before",
    head: "after",
};

fn said(diff: &Diff) -> String {
    diff_terminal(diff, NAMES, Style::PLAIN)
}

fn panel(id: u32, title: &str, expr: &str) -> Value {
    json!({
        "id": id, "title": title, "type": "timeseries", "gridPos": { "x": 0, "y": id, "w": 12, "h": 8 },
        "datasource": { "type": "prometheus", "uid": "old" },
        "targets": [{ "refId": "A", "expr": expr, "legendFormat": "{{instance}}" }],
    })
}

fn dashboard(panels: &[Value]) -> Value {
    json!({ "uid": "node", "title": "Node", "version": 3, "schemaVersion": 36, "panels": panels })
}

fn compared(before: &Value, after: &Value) -> Diff {
    diff(
        &files(&[("node.json", &before.to_string())]),
        &files(&[("node.json", &after.to_string())]),
    )
}

#[test]
fn a_dashboard_saved_again_has_not_changed() {
    let before = dashboard(&[panel(1, "CPU", "rate(cpu[5m])")]);
    let mut after = before.clone();
    after["version"] = json!(4);
    after["panels"][0]["targets"][0]["expr"] = json!("rate( cpu[300s] )");
    let found = compared(&before, &after);
    assert!(found.is_empty(), "{}", said(&found));
    assert_eq!(
        said(&found),
        "only the form changed: node.json\n\nbefore → after: no change in meaning; the form of 1 file changed\n"
    );
}

#[test]
fn ids_given_anew_do_not_make_new_panels() {
    let exprs = [
        "rate(cpu[5m])",
        "mem_free / mem_total",
        "rate(net[5m])",
        "disk_free",
    ];
    let of = |first: u32| -> Vec<Value> {
        let list = exprs.iter().zip(first..);
        list.map(|(expr, id)| panel(id, &format!("Panel {expr}"), expr))
            .collect()
    };
    let found = compared(&dashboard(&of(1)), &dashboard(&of(3)));
    assert!(
        found.all().all(|change| change.verb == Verb::Changed),
        "{}",
        said(&found)
    );
}

#[test]
fn the_same_change_of_many_panels_is_told_once() {
    let panels = |uid: &str| -> Vec<Value> {
        (1..=5)
            .map(|id| {
                let mut panel = panel(id, &format!("Panel {id}"), &format!("rate(m{id}[5m])"));
                panel["datasource"]["uid"] = json!(uid);
                panel
            })
            .collect()
    };
    let found = compared(&dashboard(&panels("old")), &dashboard(&panels("new")));
    assert_eq!(
        said(&found),
        "5 panels: datasource old → new\n    5 panels of Node (Panel 1, Panel 2, Panel 3, Panel 4, Panel 5)\n\n\
         before → after: 1 change, and with it 5 panels; nothing breaks, nobody is told less\n"
    );
}

#[test]
fn dashboards_of_old_schemas_have_panels_in_rows() {
    let old = |expr: &str| json!({ "title": "Old", "rows": [{ "title": "Row", "panels": [{ "id": 1, "title": "CPU", "type": "graph", "targets": [{ "refId": "A", "expr": expr }] }] }] });
    let found = compared(&old("rate(cpu[5m])"), &old("rate(cpu[10m])"));
    assert_eq!(
        said(&found).lines().next(),
        Some("panel CPU of Old: query A range 5m → 10m")
    );
}

const RULES: &str = "\
groups:
- name: node
  rules:
  - alert: Full
    expr: disk_free < 10
    for: 5m
    labels: { severity: warning }
  - alert: Full
    expr: disk_free < 5
    for: 5m
    labels: { severity: critical }
  - record: node:cpu:rate5m
    expr: sum by (instance) (rate(cpu[5m]))
";

const ROUTES: &str = "\
global: { resolve_timeout: 5m }
route:
  receiver: chat
  routes:
  - match: { severity: critical }
    receiver: pager
receivers:
- name: chat
- name: pager
";

#[test]
fn who_is_told_is_followed_through_the_routes() {
    let after = ROUTES.replace("severity: critical", "severity: disaster");
    let found = diff(
        &files(&[("rules.yml", RULES), ("alertmanager.yml", ROUTES)]),
        &files(&[("rules.yml", RULES), ("alertmanager.yml", &after)]),
    );
    let told: Vec<_> = found
        .risks()
        .filter(|(change, _)| change.kind == Kind::Alert)
        .map(|(change, risk)| (change.key.as_str(), risk.level, risk.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [("node/Full (critical)", Level::Silences, "pager → chat")]
    );
}

#[test]
fn rules_lose_and_loosen() {
    let after = RULES
        .replace("disk_free < 5", "disk_free < 2")
        .replace("by (instance)", "by (instance, cpu)");
    let found = diff(
        &files(&[("rules.yml", RULES)]),
        &files(&[("rules.yml", &after)]),
    );
    let risks: Vec<_> = found
        .risks()
        .map(|(change, risk)| (change.kind, risk.text, risk.detail.as_str()))
        .collect();
    assert_eq!(
        risks,
        [
            (Kind::Alert, "fires later", "< 5 → < 2"),
            (
                Kind::Record,
                "gives more series",
                "by (instance) → by (cpu, instance)"
            ),
        ]
    );
    let crd = |rules: &str| {
        let indented: String = rules.lines().map(|line| format!("  {line}\n")).collect();
        format!("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n{indented}")
    };
    let found = diff(
        &files(&[("r.yaml", &crd(RULES))]),
        &files(&[("r.yaml", &crd(&after))]),
    );
    assert_eq!(found.risks().count(), 2);
}

#[test]
fn files_that_say_nothing_known_are_compared_as_text() {
    for (path, before, after) in [
        ("broken.json", "{ \"panels\": [", "{ \"panels\": [1"),
        ("broken.yml", "groups: [", "groups: [a"),
        ("notes.txt", "a\nb\n", "a\nc\n"),
        ("list.yml", "- a\n", "- b\n"),
        ("odd.json", "[1]", "[2]"),
        ("empty.yml", "", "# a comment\n"),
    ] {
        let found = diff(&files(&[(path, before)]), &files(&[(path, after)]));
        assert_eq!(found.changes.len(), 1, "{path}");
        assert_eq!(
            (found.changes[0].kind, found.files.len()),
            (Kind::File, 1),
            "{path}"
        );
    }
}

#[test]
fn a_comment_fits_whatever_changes() {
    let many = |word: &str| -> Vec<Value> {
        (0..3000)
            .map(|id| {
                panel(
                    id,
                    &format!("Panel {id}"),
                    &format!("rate({word}_{id}{{a=\"{}\"}}[5m])", "x".repeat(200)),
                )
            })
            .collect()
    };
    let found = compared(&dashboard(&many("before")), &dashboard(&many("after")));
    let text = diff_markdown(&found, NAMES);
    assert!(text.len() <= 65_536, "{} bytes", text.len());
    assert!(
        text.contains("**Cut here**"),
        "{}",
        &text[text.len() - 500..]
    );
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "<script>alert(1)</script> ``` | @all \u{1b}[2J\u{202e}\n# x";
    let mut after = dashboard(&[panel(1, hostile, "up"), panel(2, "B", "up")]);
    after["title"] = json!(hostile);
    let found = diff(
        &files(&[(
            "node.json",
            &dashboard(&[panel(2, "B", "down")]).to_string(),
        )]),
        &files(&[
            ("node.json", &after.to_string()),
            (&format!("{hostile}.txt"), hostile),
        ]),
    );
    let terminal = said(&found);
    assert!(
        !terminal.contains(|c: char| c.is_control() && c != '\n'),
        "{terminal:?}"
    );
    assert!(!terminal.contains('\u{202e}'), "{terminal:?}");
    let markdown = diff_markdown(&found, NAMES);
    assert!(
        !markdown.contains(|c: char| c.is_control() && c != '\n'),
        "{markdown:?}"
    );
    // Behind every code span that is open stands its end.
    let outside: String = without_code(&markdown);
    assert!(
        !outside.contains("script") && !outside.contains("@all"),
        "{outside}"
    );
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
    }
}

/// Markdown without its code spans.
fn without_code(markdown: &str) -> String {
    let mut outside = String::new();
    for line in markdown.lines() {
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            let fence = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            outside.push_str(&rest[..start]);
            let body = &rest[start + fence..];
            let mut end = 0;
            loop {
                let at = body[end..]
                    .find('`')
                    .unwrap_or_else(|| panic!("a code span never ends: {line}"))
                    + end;
                let run = body[at..].len() - body[at..].trim_start_matches('`').len();
                end = at + run;
                if run == fence {
                    break;
                }
            }
            rest = &body[end..];
        }
        outside.push_str(rest);
        outside.push('\n');
    }
    outside
}

#[test]
fn a_query_that_is_new_follows_from_no_variable() {
    let of = |values: &str, panels: &[Value]| {
        let mut all = dashboard(panels);
        all["templating"] =
            json!({ "list": [{ "name": "job", "type": "custom", "query": values }] });
        all
    };
    let before = panel(1, "CPU", "rate(cpu[5m])");
    let mut after = before.clone();
    let query = json!({ "refId": "B", "expr": "rate(net[5m])" });
    after["targets"].as_array_mut().unwrap().push(query);
    let found = compared(&of("a", &[before]), &of("a,b", &[after]));
    let kinds: Vec<_> = found.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Kind::Variable, Kind::Panel], "{}", said(&found));
}
