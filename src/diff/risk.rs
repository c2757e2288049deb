//! What a change breaks, silences or makes dearer.

use super::compare::{Change, FieldChange, Verb};
use super::effect::Effect;
use super::expression::{Difference, Nature};
use super::field::{Holds, differences};
use super::item::{Kind, shown};
use super::labels;
use crate::model::{Holds as Matches, Known, RouteMatcher};
use crate::promql::PromDuration;
use serde_json::Value;

/// What is at risk, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// More series or more work.
    Costs,
    /// Somebody may be told less: what comes of it cannot be told from the
    /// change alone.
    Perhaps,
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
            Self::Perhaps => "may silence",
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
            of_field(change, field, &mut add);
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

fn of_field(
    change: &Change,
    field: &FieldChange,
    add: &mut impl FnMut(Level, &'static str, String),
) {
    let (kind, path) = (change.kind, field.path.as_str());
    let (before, after) = (field.before.as_ref(), field.after.as_ref());
    match (kind, path) {
        (Kind::Alert, "expr") => {
            for difference in differences(before, after) {
                if let Some((level, text)) = of_effect(&difference) {
                    add(level, text, difference.text.clone());
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
            let (gone, come) = gone_and_come(before, after);
            let is_quieter = match path {
                "mute_time_intervals" => !come.is_empty(),
                // With none, it tells at any time.
                _ => before.is_none() || (!gone.is_empty() && after.is_some()),
            };
            if is_quieter {
                add(Level::Silences, "silent at more times", field.said.clone());
            }
        }
        (Kind::TimeInterval, _) => add(
            Level::Perhaps,
            "routes that name it are silent at other times",
            field.said.clone(),
        ),
        (Kind::Inhibition, "equal") => {
            let (gone, _) = gone_and_come(before, after);
            if !gone.is_empty() {
                add(Level::Silences, "silences more", field.said.clone());
            }
        }
        (Kind::Inhibition, _) => {
            add(Level::Perhaps, "silences others", field.said.clone());
        }
        (Kind::Route, "group_wait" | "group_interval" | "repeat_interval") => {
            let at_root = (change.key == ROOT).then(|| default_wait(path));
            let wait = |value: Option<&Value>| match value {
                Some(value) => PromDuration::parse(&shown(value)).map(PromDuration::as_millis),
                None => at_root,
            };
            if let (Some(before), Some(after)) = (wait(before), wait(after))
                && after > before
            {
                add(
                    Level::Silences,
                    "tells later",
                    format!("{} {}", field.label, field.said),
                );
            }
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
            let (gone, come) = gone_and_come(before, after);
            if !gone.is_empty() {
                add(Level::Breaks, LABEL_GONE, gone.join(", "));
            }
            if !come.is_empty() {
                add(
                    Level::Costs,
                    "a series for each value of a label",
                    come.join(", "),
                );
            }
        }
        (Kind::Metric, "buckets") => {
            let (gone, come) = gone_and_come(before, after);
            if !gone.is_empty() {
                add(
                    Level::Breaks,
                    "what counts up to a bound of its own finds no bucket",
                    gone.join(", "),
                );
            }
            if come.len() > gone.len() {
                add(Level::Costs, "has more series", String::new());
            }
        }
        // All series of the rule or of the target have them.
        (Kind::Record | Kind::Job, _) if is_label(path) && before.is_some() => {
            let detail = format!("{} {}", field.label, field.said);
            add(Level::Breaks, LABEL_GONE, detail);
        }
        (Kind::Job, _) if path.ends_with("/targets") => {
            let (gone, come) = gone_and_come(before, after);
            if !gone.is_empty() && come.is_empty() {
                add(
                    Level::Breaks,
                    "nothing is known of it any more",
                    gone.join(", "),
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
        (Kind::Event, "order/args") => {
            // It may still compile, where two of them hold the same.
            let text = "code that calls it gives its arguments in another order";
            add(Level::Breaks, text, field.said.clone());
        }
        (Kind::Event, _) if path.starts_with("guard/") && breaks_guard(change, field) => {
            let detail = format!("{} {}", field.label, field.said);
            add(
                Level::Breaks,
                "code that uses its guard no longer compiles",
                detail,
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
            let text = match (before, after) {
                (None, _) => return,
                (_, None) => "fewer are told",
                _ if path.ends_with("_file") => "nobody is told unless the file is there",
                _ => "others are told",
            };
            add(Level::Silences, text, field.said.clone());
        }
        _ if field.holds == Holds::Told => {
            let (gone, come) = gone_and_come(before, after);
            match (gone.is_empty(), come.is_empty()) {
                (true, _) => {}
                (_, true) => add(Level::Silences, "fewer are told", field.said.clone()),
                _ => add(Level::Silences, "others are told", field.said.clone()),
            }
        }
        _ if field.holds == Holds::Expression => {
            let lost = lost_labels(field);
            if kind == Kind::Record && !lost.is_empty() {
                add(Level::Breaks, LABEL_GONE, lost.join(", "));
            }
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

/// The risks for an alert that reads a recorded series, of whose rule `fields`
/// changed: those that the same changes would have in the alert itself, and that
/// of asking for labels that are no longer there. `asks` are the matchers of each
/// selector by which it reads the series.
pub(crate) fn of_reading(fields: &[FieldChange], asks: &[Vec<RouteMatcher>]) -> Vec<Risk> {
    let mut risks: Vec<Risk> = Vec::new();
    let mut add = |level, text, detail: String| {
        let risk = Risk {
            level,
            text,
            detail,
        };
        if !risks.contains(&risk) {
            risks.push(risk);
        }
    };
    for field in fields.iter().filter(|field| field.path == "expr") {
        for difference in differences(field.before.as_ref(), field.after.as_ref()) {
            // Who only asks for what is left misses nothing.
            if let Nature::Narrower { label, matchers } = &difference.nature {
                let is_asked = |asked: &Vec<RouteMatcher>| {
                    let mut asked = asked.iter().map(spelt);
                    asked.any(|asked| matchers.len() == 1 && asked == matchers[0])
                };
                let rule = field.after.as_ref().map(shown).unwrap_or_default();
                let misses_nothing = !asks.is_empty() && asks.iter().all(is_asked);
                if misses_nothing && labels::passes_on(&rule, label) {
                    continue;
                }
            }
            match difference.effect {
                Effect::Fewer => add(Level::Silences, FEWER, difference.text),
                Effect::Others => add(Level::Perhaps, LESS, difference.text),
                Effect::More => {}
            }
        }
    }
    let fixed = fields.iter().filter_map(|field| {
        let label = field.path.strip_prefix("labels/")?;
        let before = field.before.as_ref().map(shown);
        Some((label.to_owned(), before, field.after.as_ref().map(shown)))
    });
    let lost = fields.iter().flat_map(lost_labels);
    for (label, before, after) in fixed.chain(lost.map(|label| (label, None, None))) {
        for matcher in asks
            .iter()
            .flatten()
            .filter(|matcher| matcher.label == label)
        {
            let fails = |value: &str| matcher.holds(&Known::Is(value.into())) == Matches::Never;
            if !before.as_deref().is_some_and(fails) && fails(after.as_deref().unwrap_or_default())
            {
                add(Level::Silences, "selects nothing any more", spelt(matcher));
            }
        }
    }
    risks
}

fn spelt(matcher: &RouteMatcher) -> String {
    format!("{}{}{:?}", matcher.label, matcher.op.name(), matcher.value)
}

/// The labels that the series of a rule no longer have.
fn lost_labels(field: &FieldChange) -> Vec<String> {
    match (&field.before, &field.after) {
        (Some(Value::String(before)), Some(Value::String(after)))
            if field.holds == Holds::Expression =>
        {
            labels::lost(before, after)
        }
        _ => Vec::new(),
    }
}

/// What a difference in its expression means for those whom an alert tells.
fn of_effect(difference: &Difference) -> Option<(Level, &'static str)> {
    match (difference.effect, &difference.nature) {
        (Effect::More, _) => None,
        (Effect::Fewer, Nature::Bound { .. }) => Some((Level::Silences, "fires later")),
        (Effect::Fewer, Nature::Narrower { .. }) => Some((Level::Silences, FEWER)),
        (Effect::Fewer, _) => Some((Level::Silences, "fires less often")),
        (Effect::Others, _) => Some((Level::Perhaps, LESS)),
    }
}

/// What an alert does that has less to look at.
const FEWER: &str = "looks at fewer series";

/// What it may do if it looks at something else.
const LESS: &str = "fires at other times";

/// What becomes of those who rely on a label of a metric, a record or a job.
const LABEL_GONE: &str = "what filters or groups by its label gets nothing";

/// Whether it is a label that a rule or a job gives to its series.
fn is_label(path: &str) -> bool {
    path.starts_with("labels/") || path.starts_with("static_configs/") && path.contains("/labels/")
}

/// Whether a change of a guard changes its public functions: which there are,
/// how they are called, and what they are given. One that comes or goes does so by
/// its name.
fn breaks_guard(event: &Change, field: &FieldChange) -> bool {
    if field.path == "guard/name" {
        return field.before.is_some();
    }
    let stays = |name: &FieldChange| name.before.is_some() && name.after.is_some();
    let mut names = event.fields.iter().filter(|one| one.path == "guard/name");
    names.all(stays)
        && match field.path.as_str() {
            "guard/elapsed" => true,
            path => path.starts_with("guard/ends/") && field.after.is_none(),
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

/// The key of the route that all alerts start at.
const ROOT: &str = "root";

/// What Alertmanager waits where no route says so, in milliseconds.
fn default_wait(path: &str) -> u64 {
    const SECOND: u64 = 1_000;
    match path {
        "group_wait" => 30 * SECOND,
        "group_interval" => 300 * SECOND,
        _ => 4 * 3600 * SECOND,
    }
}

/// What a list lost and gained.
fn gone_and_come(before: Option<&Value>, after: Option<&Value>) -> (Vec<String>, Vec<String>) {
    let list = |value: Option<&Value>| -> Vec<String> {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        list.map(shown).collect()
    };
    let but = |one: &[String], other: &[String]| -> Vec<String> {
        let own = one.iter().filter(|value| !other.contains(value));
        own.cloned().collect()
    };
    let (one, other) = (list(before), list(after));
    (but(&one, &other), but(&other, &one))
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
