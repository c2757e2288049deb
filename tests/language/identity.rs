//! A panel's id follows from its key, and from nothing else.

use crate::harness::{SpecText, compile, reference, reference_with};
use crate::outline::{self, Item};
use serde_json::Value;
use std::collections::BTreeMap;

const SPEC: &str = "specs/dashboards/agent-performance.yaml";
const RENDERED: &str = "monitoring/dashboards/agent-performance.json";
const PANELS: [&str; 3] = ["dashboards", "agent-performance", "panels"];

/// Ids of the dashboard's panels by title.
fn ids(specs: &[SpecText]) -> BTreeMap<String, u64> {
    let rendered = compile(specs).clean();
    let dashboard: Value = serde_json::from_str(&rendered[RENDERED]).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    panels
        .iter()
        .map(|panel| {
            (
                panel["title"].as_str().unwrap().to_owned(),
                panel["id"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn edited(change: &dyn Fn(Vec<Item>) -> Vec<Item>) -> Vec<SpecText> {
    reference_with(SPEC, |text| outline::edit(text, &PANELS, change))
}

fn panel(text: &str) -> Item {
    outline::items(text).remove(0)
}

#[test]
fn an_inserted_panel_changes_no_other_id() {
    let before = ids(&reference());
    for place in 0..=before.len() {
        let mut after = ids(&edited(&|mut panels| {
            panels.insert(
                place,
                panel("      new: { title: New, stat: { query: active_tasks } }"),
            );
            panels
        }));
        assert!(after.remove("New").is_some());
        assert_eq!(after, before, "inserted at {place}");
    }
}

#[test]
fn a_removed_panel_changes_no_other_id() {
    let before = ids(&reference());
    let after = ids(&edited(&|mut panels| {
        panels.remove(0);
        panels
    }));
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|(title, id)| before[title] == *id));
}

#[test]
fn a_moved_panel_changes_no_id() {
    let before = ids(&reference());
    let after = ids(&edited(&|mut panels| {
        panels.rotate_left(1);
        panels
    }));
    assert_eq!(after, before);
}

#[test]
fn a_new_title_changes_no_id() {
    let before = ids(&reference());
    let mut after = ids(&reference_with(SPEC, |text| {
        text.replace("title: Error Rate %", "title: Failures")
    }));
    let own = after.remove("Failures").unwrap();
    after.insert("Error Rate %".to_owned(), own);
    assert_eq!(after, before);
}

#[test]
fn another_key_is_another_panel() {
    let before = ids(&reference());
    let after = ids(&reference_with(SPEC, |text| {
        text.replace("      error-rate:", "      failures:")
    }));
    let changed: Vec<_> = before
        .iter()
        .filter(|(title, id)| after[*title] != **id)
        .map(|(title, _)| title.as_str())
        .collect();
    assert_eq!(changed, ["Error Rate %"]);
}

#[test]
fn an_inserted_panel_moves_others_and_changes_nothing_else() {
    let place_only = |specs: &[SpecText]| -> BTreeMap<String, Value> {
        let rendered = compile(specs).clean();
        let mut dashboard: Value = serde_json::from_str(&rendered[RENDERED]).unwrap();
        let panels = dashboard["panels"].as_array_mut().unwrap();
        panels
            .iter_mut()
            .map(|panel| {
                panel["gridPos"].take();
                (panel["title"].as_str().unwrap().to_owned(), panel.clone())
            })
            .collect()
    };
    let before = place_only(&reference());
    let mut after = place_only(&edited(&|mut panels| {
        panels.insert(
            0,
            panel("      new: { title: New, stat: { query: active_tasks } }"),
        );
        panels
    }));
    after.remove("New");
    assert_eq!(after, before);
}
