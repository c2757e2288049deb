//! Each bound stands in one place, and everything follows it.

use crate::harness::{compile, reference, reference_with};
use std::fmt::Write;

/// The lines that differ, `-` before and `+` after.
pub(crate) fn line_diff(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let longest = old.len().min(new.len()) - same_start;
    let same_end = (old.iter().rev().zip(new.iter().rev()))
        .take(longest)
        .take_while(|(a, b)| a == b)
        .count();
    let old = &old[same_start..old.len() - same_end];
    let new = &new[same_start..new.len() - same_end];

    // Lengths of the longest common subsequences of what remains.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            common[i][j] = if a == b {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut diff = String::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            writeln!(diff, "-{}", old[i]).unwrap();
            i += 1;
        } else {
            writeln!(diff, "+{}", new[j]).unwrap();
            j += 1;
        }
    }
    diff
}

/// The files that a change of the reference specs changes, and how.
fn effect(path: &str, from: &str, to: &str) -> (Vec<String>, String) {
    let before = compile(&reference()).clean();
    let after = compile(&reference_with(path, |text| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands once");
        text.replace(from, to)
    }))
    .clean();
    assert!(before.keys().eq(after.keys()));
    let mut changed = Vec::new();
    let mut diff = String::new();
    for (path, text) in before.iter().filter(|(path, text)| after[*path] != **text) {
        writeln!(diff, "{path}\n{}", line_diff(text, &after[path])).unwrap();
        changed.push(path.clone());
    }
    (changed, diff)
}

#[test]
fn a_threshold_moves_gauge_alert_tests_and_docs_and_nothing_else() {
    let (changed, diff) = effect(
        "specs/thresholds.yaml",
        "error_ratio: { warning: 5%",
        "error_ratio: { warning: 4%",
    );
    assert_eq!(
        changed,
        [
            "monitoring/alert-rules.test.yml",
            "monitoring/alert-rules.yml",
            "monitoring/dashboards/README.md",
            "monitoring/dashboards/agent-performance.json",
        ]
    );
    insta::assert_snapshot!(diff);
}

#[test]
fn an_objective_moves_the_buckets_that_it_is_counted_from() {
    let (changed, diff) = effect(
        "specs/thresholds.yaml",
        "approval_response: { critical: 60s }",
        "approval_response: { critical: 5m }",
    );
    assert_eq!(
        changed,
        [
            "monitoring/alert-rules.test.yml",
            "monitoring/alert-rules.yml",
            "monitoring/dashboards/README.md",
            "monitoring/dashboards/security-approvals.json",
        ]
    );
    insta::assert_snapshot!(diff);
}

#[test]
fn a_title_changes_only_what_shows_it() {
    let (changed, _) = effect(
        "specs/dashboards/agent-performance.yaml",
        "title: Top 5 Agents",
        "title: Busiest agents",
    );
    assert_eq!(
        changed,
        [
            "monitoring/dashboards/README.md",
            "monitoring/dashboards/agent-performance.json",
        ]
    );
}

#[test]
fn a_line_diff_shows_what_differs() {
    assert_eq!(line_diff("a\nb\nc\nd", "a\nc\nx\nd"), "-b\n+x\n");
    assert_eq!(line_diff("a\n", "a\n"), "");
    assert_eq!(line_diff("", "a\n"), "+a\n");
}
