//! For programs: one document, whose shape is stable.

use super::SideNames;
use super::words::{at_risk, form_only};
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
    follows: Vec<Follower<'a>>,
    form_only: Vec<&'a str>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Summary {
    changes: usize,
    breaks: usize,
    silences: usize,
    may_silence: usize,
    costs: usize,
}

#[derive(Serialize)]
struct Change<'a> {
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
    /// Whole texts are left out, here and below.
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    text: &'a str,
}

#[derive(Serialize)]
struct Risk<'a> {
    level: &'static str,
    text: &'a str,
    detail: &'a str,
}

/// A file, and the changes that it follows from.
#[derive(Serialize)]
struct Follower<'a> {
    path: &'a str,
    from: Vec<Cause<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    kind: &'static str,
    key: &'a str,
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
            may_silence: at_risk(diff, Level::Perhaps),
            costs: at_risk(diff, Level::Costs),
        },
        changes: diff.changes.iter().map(change).collect(),
        follows: diff
            .followers
            .iter()
            .map(|one| follower(one, diff))
            .collect(),
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

fn follower<'a>(follower: &'a diff::Follower, diff: &'a Diff) -> Follower<'a> {
    let causes = follower.causes.iter().map(|at| &diff.changes[*at]);
    Follower {
        path: &follower.path,
        from: causes
            .map(|cause| Cause {
                kind: cause.kind.name(),
                key: &cause.key,
            })
            .collect(),
    }
}

fn change(change: &diff::Change) -> Change<'_> {
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
                before: field.before.as_ref().filter(|_| !field.is_content()),
                after: field.after.as_ref().filter(|_| !field.is_content()),
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
