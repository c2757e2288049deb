//! Random routing trees: the receivers that the model computes are those that
//! amtool names.

use crate::program::{accepts, find};
use crate::random::Random;
use dashwright::model::{Alertmanager, Known, Route};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

const TREES: u64 = 200;
const LABEL_SETS: u64 = 5;

const LABELS: [&str; 4] = ["severity", "team", "job", "a_b"];
const VALUES: [&str; 7] = ["warning", "critical", "x", "x y", "a\"b", "b\\c", ""];
const PATTERNS: [&str; 8] = [
    "warning|critical",
    "crit.*",
    ".*",
    ".+",
    "",
    "[a-w]+",
    "(x)?",
    "a\\\"b",
];

fn matcher(random: &mut Random) -> String {
    let label = random.pick(&LABELS);
    let space = random.pick(&["", " "]);
    if random.below(2) == 0 {
        let value = random.pick(&VALUES);
        let op = random.pick(&["=", "!="]);
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("{label}{space}{op}{space}\"{escaped}\"");
    }
    let op = random.pick(&["=~", "!~"]);
    format!("{label}{op}{space}\"{}\"", random.pick(&PATTERNS))
}

fn route(random: &mut Random, depth: u64) -> Route {
    let count = if depth == 0 { 0 } else { random.below(4) };
    Route {
        receiver: (random.below(4) > 0).then(|| format!("r{}", random.below(6)).into()),
        matchers: (0..random.below(3))
            .map(|_| matcher(random).into())
            .collect(),
        r#continue: random.below(3) == 0,
        routes: (0..count).map(|_| route(random, depth - 1)).collect(),
        ..Route::default()
    }
}

/// The configuration in Alertmanager's words.
fn configuration(root: &Route) -> String {
    let mut text = String::from("receivers:\n");
    for number in 0..6 {
        writeln!(text, "- name: r{number}").unwrap();
    }
    text.push_str("route:\n");
    write(root, 2, &mut text);
    text
}

fn write(route: &Route, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    writeln!(text, "{pad}continue: {}", route.r#continue).unwrap();
    if let Some(receiver) = &route.receiver {
        writeln!(text, "{pad}receiver: {receiver}").unwrap();
    }
    if !route.matchers.is_empty() {
        writeln!(text, "{pad}matchers:").unwrap();
        for matcher in &route.matchers {
            writeln!(text, "{pad}- '{matcher}'").unwrap();
        }
    }
    if !route.routes.is_empty() {
        writeln!(text, "{pad}routes:").unwrap();
        for below in &route.routes {
            writeln!(text, "{pad}-").unwrap();
            write(below, indent + 2, text);
        }
    }
}

#[test]
fn amtool_sends_alerts_where_the_model_does() {
    let mut random = Random::new(4);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("alertmanager.yml");
    let amtool = find(&["amtool"]);
    let mut several = 0;
    for tree in 0..TREES {
        let root = Route {
            receiver: Some("r0".into()),
            matchers: Vec::new(),
            r#continue: false,
            ..route(&mut random, 3)
        };
        std::fs::write(&file, configuration(&root)).unwrap();
        let alertmanager = Alertmanager {
            route: root,
            ..Alertmanager::default()
        };
        let router = alertmanager.router();
        for _ in 0..LABEL_SETS {
            let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
            for label in LABELS {
                if random.below(3) > 0 {
                    labels.insert(label, random.pick(&VALUES[..4]));
                }
            }
            let value = |label: &str| Known::Is(Arc::from(*labels.get(label).unwrap_or(&"")));
            let reached = router.reached(&value);
            assert!(reached.iter().all(|end| end.always), "{labels:?}");
            let ours: Vec<&str> = reached.iter().map(|end| end.receiver).collect();
            let given = labels
                .iter()
                .map(|(label, value)| format!("{label}={value}"));
            let theirs = accepts(
                Command::new(&amtool)
                    .args(["config", "routes", "test"])
                    .arg(format!("--config.file={}", file.display()))
                    .args(given),
            );
            let theirs: Vec<&str> = theirs.lines().next().unwrap().split(',').collect();
            assert_eq!(
                ours,
                theirs,
                "tree {tree}, {labels:?}:\n{}",
                configuration(&alertmanager.route)
            );
            several += usize::from(ours.len() > 1);
        }
    }
    assert!(
        several > 50,
        "only {several} label sets reach several receivers"
    );
}
