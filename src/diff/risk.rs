//! What a change breaks, silences or makes dearer.

use super::compare::{Change, FieldChange, Verb};
use super::expression::Nature;
use super::field::{Holds, differences};
use super::item::{Kind, shown};
use crate::promql::{BinaryOp, PromDuration};
use serde_json::Value;

/// What is at risk, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// More series or more work.
    Costs,
    /// Somebody is told less, or later.
    Silences,
    /// What worked no longer does.
    Breaks,
}

impl Level {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Costs => "costs",
            Self::Silences => "silences",
            Self::Breaks => "breaks",
        }
    }
}

/// A risk of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// What is at risk.
    pub level: Level,
    /// Why, in words.
    pub text: &'static str,
    /// What the words are about, from the files; may be empty.
    pub detail: String,
}

/// The risks of `change` as far as its own verb and fields go.
pub(crate) fn assess(change: &Change) -> Vec<Risk> {
    let mut risks = Vec::new();
    let mut add = |level, text, detail| {
        let risk = Risk {
            level,
            text,
            detail,
        };
        if !risks.contains(&risk) {
            risks.push(risk);
        }
    };
    if let Some((level, text)) = of_verb(change.kind, &change.verb) {
        add(level, text, String::new());
    }
    if !matches!(change.verb, Verb::Added | Verb::Removed) {
        for field in &change.fields {
            of_field(change.kind, field, &mut add);
        }
    }
    risks
}

fn of_verb(kind: Kind, verb: &Verb) -> Option<(Level, &'static str)> {
    use Level::{Breaks, Silences};
    Some(match (verb, kind) {
        (Verb::Removed, Kind::Alert) => (Silences, "nobody is told of it any more"),
        (Verb::Removed, Kind::Dashboard | Kind::Panel) => (Breaks, "links to it lead nowhere"),
        (Verb::Removed, Kind::Variable) => (Breaks, "links that set it no longer filter"),
        (Verb::Removed, Kind::Metric) => (Breaks, "whatever reads it gets nothing"),
        (Verb::Removed, Kind::Record) => (Breaks, "whatever reads its series gets nothing"),
        (Verb::Removed, Kind::Job) => (Breaks, "nothing scrapes its targets any more"),
        (Verb::Removed, Kind::Datasource) => (Breaks, "panels that name it show nothing"),
        (Verb::Removed, Kind::Event) => (Breaks, "code that calls it no longer compiles"),
        (Verb::Removed, Kind::Emitter) => (Breaks, "code that uses its package no longer compiles"),
        (Verb::Added, Kind::Inhibition) => {
            (Silences, "the target is silent while the source fires")
        }
        (Verb::Renamed { .. }, Kind::Metric | Kind::Record) => {
            (Breaks, "whatever reads it by its old name gets nothing")
        }
        (Verb::Renamed { .. }, Kind::Event) => (Breaks, "code that calls it no longer compiles"),
        (Verb::Renamed { .. }, Kind::Alert) => {
            (Breaks, "silences and routes by its old name no longer fit")
        }
        (Verb::Renamed { .. }, Kind::Variable) => (Breaks, "links that set it no longer filter"),
        (Verb::Renamed { .. }, Kind::Job) => (Breaks, "queries by its old name get nothing"),
        _ => return None,
    })
}

fn of_field(kind: Kind, field: &FieldChange, add: &mut impl FnMut(Level, &'static str, String)) {
    let path = field.path.as_str();
    let (before, after) = (field.before.as_ref(), field.after.as_ref());
    match (kind, path) {
        (Kind::Alert, "expr") => {
            for difference in differences(before, after) {
                match difference.nature {
                    Nature::Bound { op, from, to } if is_looser(op, from, to) => {
                        add(Level::Silences, "fires later", difference.text.clone());
                    }
                    Nature::Narrower => {
                        add(
                            Level::Silences,
                            "looks at fewer series",
                            difference.text.clone(),
                        );
                    }
                    _ => {}
                }
            }
        }
        (Kind::Alert, "for") if duration(after) > duration(before) => {
            add(
                Level::Silences,
                "fires later",
                format!("for {}", field.said),
            );
        }
        (Kind::Alert, "labels/severity") if severity(after) < severity(before) => {
            add(Level::Silences, "less severe", field.said.clone());
        }
        (Kind::Route, "mute_time_intervals" | "active_time_intervals") => {
            add(Level::Silences, "silent at other times", field.said.clone());
        }
        (Kind::Panel, "id") => add(
            Level::Breaks,
            "links to it lead nowhere: its id changed",
            field.said.clone(),
        ),
        (Kind::Dashboard, "uid") => {
            add(
                Level::Breaks,
                "links to it lead nowhere: its uid changed",
                field.said.clone(),
            );
        }
        (Kind::Metric, "type") => {
            add(
                Level::Breaks,
                "queries of it mean something else",
                field.said.clone(),
            );
        }
        (Kind::Metric, "labels") => {
            let list = |value: Option<&Value>| -> Vec<Value> {
                value.and_then(Value::as_array).cloned().unwrap_or_default()
            };
            let (one, other) = (list(before), list(after));
            if let Some(gone) = one.iter().find(|label| !other.contains(label)) {
                add(
                    Level::Breaks,
                    "what filters or groups by its label gets nothing",
                    shown(gone),
                );
            }
            if let Some(come) = other.iter().find(|label| !one.contains(label)) {
                add(
                    Level::Costs,
                    "a series for each value of a label",
                    shown(come),
                );
            }
        }
        (Kind::Label, "limit") if number(after) > number(before) => {
            add(Level::Costs, "may have more series", field.said.clone());
        }
        (Kind::Event, _) if path.starts_with("args") => {
            add(
                Level::Breaks,
                "code that calls it no longer compiles",
                field.said.clone(),
            );
        }
        (Kind::Emitter, "package") => {
            add(
                Level::Breaks,
                "code that uses the package by its old name no longer compiles",
                field.said.clone(),
            );
        }
        (Kind::Datasource, "uid") => {
            add(
                Level::Breaks,
                "panels that name it by its old uid show nothing",
                field.said.clone(),
            );
        }
        (Kind::Receiver, _) if ADDRESSES.iter().any(|tail| path.ends_with(tail)) => {
            let side = |value: Option<&Value>| value.map_or("nobody".to_owned(), shown);
            add(
                Level::Silences,
                "others are told",
                format!("{} (before: {})", side(after), side(before)),
            );
        }
        _ if field.holds == Holds::Told => {
            let side = |value: Option<&Value>| value.map_or("nobody".to_owned(), shown);
            add(
                Level::Silences,
                "others are told",
                format!("{} (before: {})", side(after), side(before)),
            );
        }
        _ if field.holds == Holds::Expression => {
            for difference in differences(before, after) {
                match difference.nature {
                    Nature::Wider => {
                        add(Level::Costs, "reads more series", difference.text.clone());
                    }
                    Nature::Finer => {
                        add(Level::Costs, "gives more series", difference.text.clone());
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The ends of paths in receivers that say who or what is told.
const ADDRESSES: [&str; 6] = [
    "/channel",
    "/to",
    "/url",
    "_url_file",
    "/url_file",
    "_key_file",
];

fn is_looser(op: BinaryOp, from: f64, to: f64) -> bool {
    match op {
        BinaryOp::Greater | BinaryOp::GreaterEqual => to > from,
        BinaryOp::Less | BinaryOp::LessEqual => to < from,
        _ => false,
    }
}

/// In milliseconds; nothing is none.
fn duration(value: Option<&Value>) -> u64 {
    let text = value.map(shown).unwrap_or_default();
    PromDuration::parse(&text).map_or(0, PromDuration::as_millis)
}

fn number(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

/// The usual words from mild to bad; others are in between.
fn severity(value: Option<&Value>) -> u8 {
    match value.map(shown).unwrap_or_default().to_lowercase().as_str() {
        "critical" | "page" | "emergency" | "fatal" => 5,
        "error" | "high" | "major" => 4,
        "warning" | "warn" | "minor" | "ticket" => 2,
        "info" | "notice" | "low" | "none" | "debug" => 1,
        _ => 3,
    }
}
