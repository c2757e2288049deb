//! For programs: one document, whose shape is stable.

use super::SideNames;
use super::words::{at_risk, followers, form_only};
use crate::diff::{self, Diff, Kind, Level};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    base: &'a str,
    head: &'a str,
    summary: Summary,
    changes: Vec<Change<'a>>,
    follows: Vec<&'a str>,
    form_only: Vec<&'a str>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Summary {
    changes: usize,
    breaks: usize,
    silences: usize,
    costs: usize,
}

#[derive(Serialize)]
pub(super) struct Change<'a> {
    kind: &'static str,
    key: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'a str>,
    verb: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    fields: Vec<Field<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<&'static str, usize>,
    risks: Vec<Risk<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    moves: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    path: &'a str,
    label: &'a str,
    before: &'a Option<Value>,
    after: &'a Option<Value>,
    text: &'a str,
}

#[derive(Serialize)]
struct Risk<'a> {
    level: &'static str,
    text: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    changes: usize,
}

/// The comparison as a JSON document.
pub fn json(diff: &Diff, names: SideNames<'_>) -> String {
    let document = Document {
        base: names.base,
        head: names.head,
        summary: Summary {
            changes: diff.changes.len(),
            breaks: at_risk(diff, Level::Breaks),
            silences: at_risk(diff, Level::Silences),
            costs: at_risk(diff, Level::Costs),
        },
        changes: diff.changes.iter().map(change).collect(),
        follows: followers(diff),
        form_only: form_only(diff),
        files: diff
            .files
            .iter()
            .map(|file| File {
                path: &file.path,
                changes: file.changes,
            })
            .collect(),
    };
    // Text and numbers always serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn change(change: &diff::Change) -> Change<'_> {
    Change {
        kind: change.kind.name(),
        key: &change.key,
        name: &change.name,
        inside: change.inside.as_deref(),
        verb: change.verb.name(),
        from: match &change.verb {
            diff::Verb::Renamed { from } => Some(from),
            _ => None,
        },
        fields: change
            .fields
            .iter()
            .map(|field| Field {
                path: &field.path,
                label: &field.label,
                before: &field.before,
                after: &field.after,
                text: &field.said,
            })
            .collect(),
        parts: change
            .parts
            .iter()
            .map(|(kind, count)| (Kind::name(*kind), *count))
            .collect(),
        risks: change
            .risks
            .iter()
            .map(|risk| Risk {
                level: risk.level.name(),
                text: risk.text,
                detail: &risk.detail,
            })
            .collect(),
        moves: change.effects.iter().map(self::change).collect(),
    }
}
