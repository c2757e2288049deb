//! Changes in words: what is the tool's own and what comes from files is kept
//! apart, so that each format can put the latter out of action.

use crate::diff::{Change, Diff, FieldChange, Kind, Level, Verb};
use crate::report::count::counted;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// The tool's own words.
    Word(String),
    /// Text from files.
    Text(String),
}

pub(super) type Sentence = Vec<Piece>;

pub(super) fn word(text: impl Into<String>) -> Piece {
    Piece::Word(text.into())
}

fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// What changed: `panel Error Rate (Agents)`.
pub(super) fn subject(change: &Change) -> Sentence {
    if change.key.is_empty() {
        return vec![word(change.name.clone())];
    }
    let mut sentence = vec![
        word(format!("{} ", change.kind.name())),
        text(change.name.clone()),
    ];
    if let (Some(inside), Kind::Panel | Kind::Variable) = (&change.inside, change.kind) {
        sentence.extend([word(" of "), text(inside.clone())]);
    }
    sentence
}

/// What happened to it, behind its name; empty if its fields say that.
pub(super) fn happened(change: &Change) -> Sentence {
    match &change.verb {
        Verb::Added => vec![word(" added")],
        Verb::Removed => match successor(change) {
            Some(new) => vec![word(" removed, "), text(new), word(" takes its place")],
            None => vec![word(" removed")],
        },
        Verb::Renamed { from } => vec![word(", was called "), text(from.clone())],
        Verb::Changed => Vec::new(),
    }
}

/// The metric that a removed one said would take its place.
fn successor(change: &Change) -> Option<&str> {
    let mut fields = change.fields.iter();
    let field = fields.find(|field| field.path == "renamed_to")?;
    field.before.as_ref()?.as_str()
}

/// What is told of new and removed things, by kind and the start of paths.
#[rustfmt::skip]
const TELLING: &[(Kind, &[&str])] = &[
    (Kind::Threshold, &[""]),
    (Kind::Metric, &["type", "labels"]),
    (Kind::Label, &["limit", "values"]),
    (Kind::Query, &["expr"]),
    (Kind::Event, &["args/"]),
    (Kind::Receiver, &["slack_configs", "email_configs", "webhook_configs", "pagerduty_configs"]),
    (Kind::Route, &["receiver", "group_by"]),
    (Kind::Alert, &["expr", "for", "labels/severity", "told"]),
    (Kind::Record, &["expr"]),
    (Kind::Datasource, &["url"]),
    (Kind::Variable, &["query/query"]),
    (Kind::Panel, &["type", "targets/A/expr"]),
    (Kind::Job, &["static_configs/0/targets"]),
    (Kind::Service, &["image", "ports"]),
];

/// What is said of a change, a sentence each.
pub(super) fn details(change: &Change) -> Vec<Sentence> {
    match change.verb {
        Verb::Added | Verb::Removed => whole(change),
        Verb::Renamed { .. } => change
            .fields
            .iter()
            .filter(|field| !is_name(&field.path))
            .map(detail)
            .collect(),
        Verb::Changed if change.is_layout() => vec![layout(change)],
        Verb::Changed => {
            let retyped = change.fields.iter().any(|field| field.path == "type");
            let mut fields: Vec<_> = change
                .fields
                .iter()
                .filter(|field| !(retyped && is_drawing(&field.path)))
                .collect();
            // What it asks comes before how that is described.
            fields.sort_by_key(|field| (is_prose(&field.path), field.path != "type"));
            fields.into_iter().map(detail).collect()
        }
    }
}

/// Options that each kind of panel has of its own, and that change with it.
fn is_drawing(path: &str) -> bool {
    let starts = [
        "options/",
        "fieldConfig/defaults/custom/",
        "fieldConfig/defaults/color/",
    ];
    starts.iter().any(|start| path.starts_with(start))
}

fn is_name(path: &str) -> bool {
    matches!(
        path,
        "name" | "title" | "alert" | "record" | "job_name" | "uid" | "matchers" | "renamed_to"
    )
}

fn is_prose(path: &str) -> bool {
    path.starts_with("annotations/") || path == "description"
}

fn detail(field: &FieldChange) -> Sentence {
    let mut sentence = Vec::new();
    if !field.label.is_empty() {
        sentence.extend([text(field.label.clone()), word(" ")]);
    }
    sentence.push(text(field.said.clone()));
    sentence
}

fn whole(change: &Change) -> Vec<Sentence> {
    let parts = counts(&change.parts);
    if !parts.is_empty() {
        return vec![vec![word(format!("with {parts}"))]];
    }
    let telling = TELLING
        .iter()
        .find(|(kind, _)| *kind == change.kind)
        .map_or(&[][..], |(_, paths)| paths);
    let fields = telling.iter().flat_map(|start| {
        change.fields.iter().filter(move |field| match *start {
            "" => true,
            start => {
                field.path == start
                    || field
                        .path
                        .starts_with(&format!("{}/", start.trim_end_matches('/')))
            }
        })
    });
    fields
        .filter_map(|field| {
            let value = field.after.as_ref().or(field.before.as_ref())?;
            let mut sentence = Vec::new();
            if !field.label.is_empty() {
                sentence.extend([text(field.label.clone()), word(" ")]);
            }
            sentence.push(text(shown(value)));
            Some(sentence)
        })
        .take(6)
        .collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        _ => value.to_string(),
    }
}

/// Where a panel stands or how large it is, before and after, by axis.
type Axes<'a> = BTreeMap<&'a str, (String, String)>;

/// Panels that stand elsewhere, in one line.
fn layout(change: &Change) -> Sentence {
    let mut panels: BTreeMap<&str, (&str, Axes<'_>)> = BTreeMap::new();
    for field in &change.fields {
        let (panel, axis) = match field.path.rsplit_once("/gridPos/") {
            Some(parts) => parts,
            None => continue,
        };
        let side = |value: &Option<Value>| value.as_ref().map_or("?".to_owned(), shown);
        panels
            .entry(panel)
            .or_insert((&field.label, BTreeMap::new()))
            .1
            .insert(axis, (side(&field.before), side(&field.after)));
    }
    let resized: Vec<_> = panels
        .values()
        .filter(|(_, axes)| axes.contains_key("w") || axes.contains_key("h"))
        .collect();
    let moved = panels.len() - resized.len();
    let mut sentence = Vec::new();
    if !resized.is_empty() {
        sentence.push(word(format!(
            "{} resized (",
            counted(resized.len(), "panel")
        )));
        for (index, (name, axes)) in resized.iter().take(3).enumerate() {
            let sizes = [("w", "width"), ("h", "height")]
                .into_iter()
                .filter_map(|(axis, name)| {
                    let (before, after) = axes.get(axis)?;
                    Some(format!("{name} {before} → {after}"))
                });
            let sizes = sizes.collect::<Vec<_>>().join(", ");
            let comma = if index > 0 { "; " } else { "" };
            sentence.extend([word(comma), text(*name), word(format!(": {sizes}"))]);
        }
        sentence.push(word(if resized.len() > 3 { ", …)" } else { ")" }));
    }
    if moved > 0 {
        let comma = if sentence.is_empty() { "" } else { ", " };
        sentence.push(word(format!("{comma}{} moved", counted(moved, "panel"))));
    }
    sentence
}

/// Equal effects of several items as one: what they are, and what is said.
pub(super) struct Moved<'c> {
    pub(super) changes: Vec<&'c Change>,
    pub(super) details: Vec<Sentence>,
}

pub(super) fn moved(change: &Change) -> Vec<Moved<'_>> {
    let mut groups: Vec<Moved<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for effect in change
        .effects
        .iter()
        .filter(|effect| !effect.kind.is_derived())
    {
        let details = if change.key.is_empty() {
            Vec::new()
        } else {
            details(effect)
        };
        let alike = (effect.kind, happened(effect), details.clone());
        let at = *places.entry(alike).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Moved {
                changes: Vec::new(),
                details,
            });
        }
        groups[at].changes.push(effect);
    }
    groups
}

/// From so many new or removed things of a kind on, they are named only.
const MANY: usize = 6;

/// The changes in order, those that are many and alike together.
pub(super) fn gathered(changes: &[Change]) -> Vec<Moved<'_>> {
    let alike = |change: &Change| {
        let is_plain =
            change.effects.is_empty() && change.risks.is_empty() && change.parts.is_empty();
        let is_whole = matches!(change.verb, Verb::Added | Verb::Removed);
        (is_plain && is_whole && change.kind != Kind::Alert)
            .then(|| (change.kind, change.verb.name()))
    };
    let mut numbers = BTreeMap::new();
    for key in changes.iter().filter_map(alike) {
        *numbers.entry(key).or_insert(0_usize) += 1;
    }
    let mut groups: Vec<Moved<'_>> = Vec::new();
    for change in changes {
        let key = alike(change).filter(|key| numbers.get(key).is_some_and(|count| *count >= MANY));
        let same = groups
            .iter_mut()
            .find(|group| key.is_some() && alike(group.changes[0]) == key);
        match same {
            Some(group) => group.changes.push(change),
            None => groups.push(Moved {
                changes: vec![change],
                details: Vec::new(),
            }),
        }
    }
    groups
}

/// Most names in one line.
const MOST_NAMES: usize = 6;

/// Which items were moved: `panels A of D, B of D and 3 more`.
pub(super) fn subjects(moved: &Moved<'_>) -> Sentence {
    if let [only] = moved.changes[..] {
        let mut sentence = subject(only);
        sentence.extend(happened(only));
        return sentence;
    }
    let mut sentence = vec![word(format!(
        "{}: ",
        moved.changes[0].kind.counted(moved.changes.len())
    ))];
    // Many dashboards have panels of the same name.
    let mut names: Vec<(&str, Vec<&Change>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for change in &moved.changes {
        let at = *places.entry(&change.name).or_insert(names.len());
        if at == names.len() {
            names.push((&change.name, Vec::new()));
        }
        names[at].1.push(change);
    }
    for (index, (name, same)) in names.iter().take(MOST_NAMES).enumerate() {
        if index > 0 {
            sentence.push(word(", "));
        }
        sentence.push(text(*name));
        let dashboards: BTreeSet<_> = same.iter().filter_map(|one| one.dashboard()).collect();
        if dashboards.len() > 1 {
            let count = Kind::Dashboard.counted(dashboards.len());
            sentence.push(word(format!(" of {count}")));
        } else if same.len() > 1 {
            sentence.push(word(format!(" ({} times)", same.len())));
        }
    }
    if names.len() > MOST_NAMES {
        sentence.push(word(format!(" and {} more", names.len() - MOST_NAMES)));
    }
    sentence
}

/// Numbers of things by kind, in words; empty if there are none.
pub(super) fn counts(kinds: &BTreeMap<Kind, usize>) -> String {
    let parts: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| kind.counted(*count))
        .collect();
    match parts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// How many things a change moved, by kind; each once.
pub(super) fn reach(change: &Change) -> BTreeMap<Kind, usize> {
    let mut seen = BTreeSet::new();
    let mut kinds = BTreeMap::new();
    for effect in &change.effects {
        if seen.insert((effect.kind, &effect.key)) {
            *kinds.entry(effect.kind).or_default() += 1;
        }
    }
    kinds
}

/// The whole comparison in a line.
pub(super) fn summary(diff: &Diff) -> String {
    if diff.is_empty() {
        return match diff.files.len() {
            0 => "no change".to_owned(),
            count => format!(
                "no change in meaning; the form of {} changed",
                counted(count, "file")
            ),
        };
    }
    let mut all = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for change in &diff.changes {
        for effect in &change.effects {
            if !effect.kind.is_derived() && seen.insert((effect.kind, &effect.key)) {
                *all.entry(effect.kind).or_default() += 1;
            }
        }
    }
    let moved = if all.is_empty() {
        String::new()
    } else {
        format!("; moved by them: {}", counts(&all))
    };
    let risks: Vec<_> = [Level::Breaks, Level::Silences, Level::Costs]
        .into_iter()
        .map(|level| {
            (
                level,
                diff.risks().filter(|(_, risk)| risk.level == level).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .map(|(level, count)| match (level, count) {
            (Level::Breaks, 1) => "1 breaks something".to_owned(),
            (Level::Silences, 1) => "1 silences somebody".to_owned(),
            (Level::Costs, 1) => "1 costs more".to_owned(),
            (Level::Breaks, _) => format!("{count} break something"),
            (Level::Silences, _) => format!("{count} silence somebody"),
            (Level::Costs, _) => format!("{count} cost more"),
        })
        .collect();
    let risks = if risks.is_empty() {
        "nothing breaks, nobody is told less".to_owned()
    } else {
        risks.join(", ")
    };
    format!("{}{moved}; {risks}", counted(diff.changes.len(), "change"))
}

/// Files that changed without a change of their own, with what they follow
/// from: the names of a few causes, or `that` where there are more.
pub(super) fn followers(diff: &Diff) -> Vec<(Sentence, Vec<String>)> {
    /// From so many causes on, they are not named.
    const MANY: usize = 4;
    let mut groups: BTreeMap<&BTreeSet<usize>, Vec<&str>> = BTreeMap::new();
    for follower in &diff.followers {
        groups
            .entry(&follower.causes)
            .or_default()
            .push(&follower.path);
    }
    let (many, few): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|(causes, _)| causes.len() >= MANY || causes.len() == diff.changes.len());
    let mut that: Vec<&str> = many.into_iter().flat_map(|(_, files)| files).collect();
    that.sort_unstable();
    let named = few.into_iter().map(|(causes, files)| {
        let mut from = Sentence::new();
        for (index, at) in causes.iter().enumerate() {
            if index > 0 {
                let is_last = index + 1 == causes.len();
                from.push(word(if is_last { " and " } else { ", " }));
            }
            from.extend(subject(&diff.changes[*at]));
        }
        (from, by_directory(&files))
    });
    let that = (!that.is_empty()).then(|| (vec![word("that")], by_directory(&that)));
    that.into_iter().chain(named).collect()
}

/// Sorted paths, those of a package of many files as one.
pub(super) fn by_directory(paths: &[&str]) -> Vec<String> {
    const MANY: usize = 6;
    let top = |path: &str| path.split_once('/').map(|(top, _)| top.to_owned());
    let mut names = Vec::new();
    for group in paths.chunk_by(|one, other| top(one) == top(other)) {
        match top(group[0]) {
            Some(top) if group.len() >= MANY => {
                names.push(format!("{top}/ ({})", counted(group.len(), "file")));
            }
            _ => names.extend(group.iter().map(|path| (*path).to_owned())),
        }
    }
    names
}

/// Files of which only the form changed.
pub(super) fn form_only(diff: &Diff) -> Vec<&str> {
    let files = diff.files.iter().filter(|file| file.changes == 0);
    files.map(|file| file.path.as_str()).collect()
}
