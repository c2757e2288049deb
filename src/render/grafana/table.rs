//! Panels over rows in place of series: tables and bar charts. Both turn the
//! queries' answers into one table first.

use super::page::Empty;
use super::target::AUTO;
use crate::model::{Column, Panel, PanelKind, Target};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A step on the way from the queries' answers to what is shown.
#[derive(Serialize)]
pub(super) struct Transformation<'a> {
    id: &'static str,
    options: Step<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Step<'a> {
    Merge(Empty),
    #[serde(rename_all = "camelCase")]
    Organize {
        exclude_by_name: BTreeMap<&'a str, bool>,
        include_by_name: Empty,
        index_by_name: BTreeMap<Cow<'a, str>, usize>,
        rename_by_name: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    },
    SortBy {
        fields: Empty,
        sort: [SortField<'a>; 1],
    },
}

#[derive(Serialize)]
struct SortField<'a> {
    desc: bool,
    field: &'a str,
}

/// The field that holds the time of an instant query.
const TIME: &str = "Time";

/// The panel's transformations; none for most kinds.
pub(super) fn transformations(panel: &Panel) -> Vec<Transformation<'_>> {
    match &panel.kind {
        PanelKind::Table { columns, sort } => {
            let mut steps = vec![merge(), organize_columns(panel, columns)];
            if let Some((field, desc)) = sort {
                steps.push(Transformation {
                    id: "sortBy",
                    options: Step::SortBy {
                        fields: Empty {},
                        sort: [SortField { desc: *desc, field }],
                    },
                });
            }
            steps
        }
        PanelKind::BarChart { by, .. } => {
            let organize = organize_bars(panel, by);
            // Grafana would join the queries' answers by time, not by label.
            if panel.targets.len() > 1 {
                vec![merge(), organize]
            } else {
                vec![organize]
            }
        }
        _ => Vec::new(),
    }
}

/// Joins rows that have the same labels.
fn merge() -> Transformation<'static> {
    Transformation {
        id: "merge",
        options: Step::Merge(Empty {}),
    }
}

fn organize_columns<'a>(panel: &'a Panel, columns: &'a [Column]) -> Transformation<'a> {
    let mut exclude = BTreeMap::from([(TIME, true)]);
    let mut index = BTreeMap::new();
    let mut rename = BTreeMap::new();
    for (position, column) in columns.iter().enumerate() {
        for field in &column.fields {
            index.entry(Cow::from(field)).or_insert(position);
            if **field != *column.title {
                rename
                    .entry(Cow::from(field))
                    .or_insert_with(|| Cow::from(&*column.title));
            }
        }
    }
    if !columns.is_empty() {
        exclude.extend(
            labels(panel)
                .filter(|label| !index.contains_key(*label))
                .map(|label| (label, true)),
        );
    }
    organize(exclude, index, rename)
}

fn organize_bars<'a>(panel: &'a Panel, by: &'a str) -> Transformation<'a> {
    let mut exclude = BTreeMap::from([(TIME, true)]);
    exclude.extend(
        labels(panel)
            .filter(|label| *label != by)
            .map(|label| (label, true)),
    );
    let mut index = BTreeMap::from([(Cow::from(by), 0)]);
    let mut rename = BTreeMap::new();
    for (position, (target, name)) in panel.targets.iter().zip(bar_names(panel)).enumerate() {
        // With an answer to one query only, Grafana leaves the query out of
        // the field's name.
        if position == 0 {
            index.insert(Cow::from("Value"), 1);
            rename.insert(Cow::from("Value"), name.clone());
        }
        let field = Cow::from(format!("Value #{}", target.ref_id));
        index.insert(field.clone(), position + 1);
        rename.insert(field, name);
    }
    organize(exclude, index, rename)
}

fn organize<'a>(
    exclude_by_name: BTreeMap<&'a str, bool>,
    index_by_name: BTreeMap<Cow<'a, str>, usize>,
    rename_by_name: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
) -> Transformation<'a> {
    Transformation {
        id: "organize",
        options: Step::Organize {
            exclude_by_name,
            include_by_name: Empty {},
            index_by_name,
            rename_by_name,
        },
    }
}

/// The labels that the panel's rows may have, as far as they are known.
fn labels(panel: &Panel) -> impl Iterator<Item = &str> {
    panel
        .targets
        .iter()
        .filter_map(|target| target.labels.as_deref())
        .flatten()
        .map(|label| &**label)
}

/// What a bar chart calls the values of each of its queries: no two alike,
/// since the names become names of columns.
pub(super) fn bar_names(panel: &Panel) -> Vec<Cow<'_, str>> {
    let mut names: Vec<Cow<'_, str>> = Vec::with_capacity(panel.targets.len());
    for target in &panel.targets {
        let name = bar_name(panel, target);
        names.push(if names.iter().any(|other| *other == name) {
            Cow::from(format!("{name} {}", target.ref_id))
        } else {
            Cow::from(name)
        });
    }
    names
}

fn bar_name<'a>(panel: &'a Panel, target: &'a Target) -> &'a str {
    let plain =
        !target.legend.is_empty() && &*target.legend != AUTO && !target.legend.contains("{{");
    if plain {
        return &target.legend;
    }
    let alone: Option<&Arc<str>> = (panel.targets.len() == 1).then_some(&panel.title);
    alone
        .or(target.query.as_ref())
        .map_or(target.ref_id.as_str(), |name| name)
}
