//! Changes in words: what is the tool's own and what comes from files is kept
//! apart, so that each format can put the latter out of action.

use crate::diff::{Change, Diff, FieldChange, Kind, Level, Risk, SUCCESSOR, Verb};
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

/// As it is, for what shows text as text.
pub(super) fn plain(sentence: &Sentence) -> String {
    let pieces = sentence.iter();
    let texts = pieces.map(|(Piece::Word(text) | Piece::Text(text))| text.as_str());
    texts.collect()
}

/// What changed: `panel Error Rate of Agents`.
pub(super) fn subject(change: &Change) -> Sentence {
    if change.key.is_empty() {
        return vec![word(change.name.clone())];
    }
    let what = match change.kind {
        // Named after the file that they are in.
        Kind::Alertmanager | Kind::Prometheus | Kind::Stack => {
            format!("{}s in ", change.kind.name())
        }
        kind => format!("{} ", kind.name()),
    };
    let mut sentence = vec![word(what), text(change.name.clone())];
    if let (Some(inside), Kind::Panel | Kind::Variable) = (&change.inside, change.kind) {
        sentence.extend([word(" of "), text(inside.clone())]);
    }
    sentence
}

/// What happened to it, behind its name; empty if its fields say that.
pub(super) fn happened(change: &Change) -> Sentence {
    match &change.verb {
        Verb::Added => vec![word(" added")],
        Verb::Removed => match change.successor() {
            Some(new) => vec![word(" removed, "), text(new), word(" takes its place")],
            None => vec![word(" removed")],
        },
        // What they say is their name.
        Verb::Renamed { from } if matches!(change.kind, Kind::Route | Kind::Inhibition) => {
            vec![word(", was "), text(from.clone())]
        }
        Verb::Renamed { from } => vec![word(", was called "), text(from.clone())],
        Verb::Changed => match old_title(change) {
            Some(from) => vec![word(", was called "), text(from)],
            None => Vec::new(),
        },
    }
}

/// The former title of what is known by its title.
fn old_title(change: &Change) -> Option<&str> {
    let title = change.fields.iter().find(|field| field.path == "title")?;
    let is_shown = title.after.as_ref().and_then(Value::as_str) == Some(&change.name);
    let before = title.before.as_ref()?.as_str()?;
    (is_shown && !before.is_empty()).then_some(before)
}

/// What is told of new and removed things, by kind and the start of paths.
#[rustfmt::skip]
const TELLING: &[(Kind, &[&str])] = &[
    (Kind::Threshold, &[""]),
    (Kind::Metric, &["type", "labels"]),
    (Kind::Label, &["limit", "values"]),
    (Kind::Query, &["expr"]),
    (Kind::Event, &["args/", "do"]),
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
            let retitled = old_title(change).is_some();
            let mut fields: Vec<_> = change
                .fields
                .iter()
                .filter(|field| !(retyped && is_drawing(&field.path)))
                .filter(|field| !(retitled && field.path == "title"))
                .filter(|field| !follows_the_panel(field, change))
                .collect();
            // What it is and asks comes before how that is shown and described.
            fields.sort_by_key(|field| match field.path.as_str() {
                "type" => 0,
                path if path == "expr" || path.ends_with("/expr") => 1,
                path if is_prose(path) || path.ends_with("/color") => 3,
                _ => 2,
            });
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

/// Whether it is the datasource of a query, and no other than that of its panel.
fn follows_the_panel(field: &FieldChange, change: &Change) -> bool {
    let of_panel = |other: &FieldChange| {
        field.path.ends_with(&format!("/{}", other.path)) && field.said == other.said
    };
    field.path.starts_with("targets/")
        && change
            .fields
            .iter()
            .filter(|other| other.path.starts_with("datasource/"))
            .any(of_panel)
}

fn is_name(path: &str) -> bool {
    matches!(
        path,
        "name" | "title" | "alert" | "record" | "job_name" | "uid" | "matchers" | SUCCESSOR
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
    // A route is known by whom it leads to.
    let is_said = |field: &&FieldChange| {
        change.kind == Kind::Route && change.name.ends_with(&format!(" to {}", field.said))
    };
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
        .filter(|field| !is_said(field))
        .take(6)
        .map(detail)
        .collect()
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
        let side = |value: &Option<Value>| value.as_ref().map_or("?".to_owned(), Value::to_string);
        panels
            .entry(panel)
            .or_insert((&field.label, BTreeMap::new()))
            .1
            .insert(axis, (side(&field.before), side(&field.after)));
    }
    let (resized, moved): (Vec<_>, Vec<_>) = panels
        .values()
        .partition(|(_, axes)| axes.contains_key("w") || axes.contains_key("h"));
    let sizes = |axes: &Axes<'_>| {
        let sizes = [("w", "width"), ("h", "height")]
            .into_iter()
            .filter_map(|(axis, name)| {
                let (before, after) = axes.get(axis)?;
                Some(format!("{name} {before} → {after}"))
            });
        format!(": {}", sizes.collect::<Vec<_>>().join(", "))
    };
    let resized = resized.iter().map(|(name, axes)| (*name, sizes(axes)));
    let moved = moved.iter().map(|(name, _)| (*name, String::new()));
    let mut sentence = few("resized", resized.collect());
    let moved = few("moved", moved.collect());
    if !sentence.is_empty() && !moved.is_empty() {
        sentence.push(word(", "));
    }
    sentence.extend(moved);
    sentence
}

/// `2 panels moved (A, B)`: the first few by name, each with what is said of it.
fn few(verb: &str, panels: Vec<(&str, String)>) -> Sentence {
    const MOST: usize = 3;
    if panels.is_empty() {
        return Vec::new();
    }
    let count = panels.len();
    let mut sentence = vec![word(format!("{} {verb} (", counted(count, "panel")))];
    for (index, (name, said)) in panels.into_iter().take(MOST).enumerate() {
        let comma = match (index, said.is_empty()) {
            (0, _) => "",
            (_, true) => ", ",
            (_, false) => "; ",
        };
        sentence.extend([word(comma), text(name), word(said)]);
    }
    sentence.push(word(if count > MOST { ", …)" } else { ")" }));
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
        // What is common to many is said above them.
        let is_common = change.key.is_empty() && !effect.fields.iter().any(FieldChange::is_reading);
        let details = if is_common {
            Vec::new()
        } else {
            details(effect)
        };
        // Who is silenced is told apart from those who only see other numbers.
        let risks = effect
            .risks
            .iter()
            .map(|risk| (risk.level, risk.text, &risk.detail));
        let risks: Vec<_> = risks.collect();
        let alike = (effect.kind, happened(effect), details.clone(), risks);
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

/// Which items were moved, and how if they came or went: `4 panels of D (A, B,
/// C and 1 more)`, `2 panels (A of D, B of E) added`.
pub(super) fn subjects(changes: &[&Change]) -> Sentence {
    let [first, others @ ..] = changes else {
        return Vec::new();
    };
    if others.is_empty() {
        let mut sentence = subject(first);
        sentence.extend(happened(first));
        return sentence;
    }
    let mut sentence = vec![word(first.kind.counted(changes.len()))];
    let place = |change: &Change| match change.kind {
        Kind::Panel | Kind::Variable => change.inside.clone(),
        _ => None,
    };
    let is_one_place = others.iter().all(|change| place(change) == place(first));
    if let Some(inside) = place(first).filter(|_| is_one_place) {
        sentence.extend([word(" of "), text(inside)]);
    }
    sentence.push(word(" ("));
    let names = by_name(changes);
    for (index, (name, same)) in names.iter().take(MOST_NAMES).enumerate() {
        if index > 0 {
            sentence.push(word(", "));
        }
        sentence.push(text(*name));
        if is_one_place {
            continue;
        }
        let dashboards: BTreeSet<_> = same.iter().filter_map(|one| one.dashboard()).collect();
        match (dashboards.len(), place(same[0])) {
            (0 | 1, Some(inside)) => sentence.extend([word(" of "), text(inside)]),
            (0 | 1, None) => {}
            (count, _) => sentence.push(word(format!(" of {}", Kind::Dashboard.counted(count)))),
        }
    }
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => ")".to_owned(),
        more => format!(" and {more} more)"),
    };
    sentence.push(word(more));
    if first.verb != Verb::Changed {
        sentence.push(word(format!(" {}", first.verb.name())));
    }
    sentence
}

/// Those of one name together, as many dashboards have panels of the same name.
fn by_name<'c>(changes: &[&'c Change]) -> Vec<(&'c str, Vec<&'c Change>)> {
    let mut names: Vec<(&str, Vec<&Change>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for change in changes {
        let at = *places.entry(&change.name).or_insert(names.len());
        if at == names.len() {
            names.push((&change.name, Vec::new()));
        }
        names[at].1.push(change);
    }
    names
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

/// What a risk is about, unless `details`, told beside it, say that.
pub(super) fn risk_detail<'r>(risk: &'r Risk, details: &[Sentence]) -> Option<&'r str> {
    let detail = risk.detail.as_str();
    let is_said = details.iter().any(|sentence| {
        let said = plain(sentence);
        said == detail || said.ends_with(&format!(" {detail}"))
    });
    (!detail.is_empty() && !is_said).then_some(detail)
}

/// How many things are at risk in this way, however many reasons there are.
pub(super) fn at_risk(diff: &Diff, level: Level) -> usize {
    diff.all()
        .filter(|change| change.risks.iter().any(|risk| risk.level == level))
        .map(|change| (change.kind, &change.key))
        .collect::<BTreeSet<_>>()
        .len()
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
    let moved = match (all.is_empty(), diff.changes.len()) {
        (true, _) => String::new(),
        (false, 1) => format!(", and with it {}", counts(&all)),
        (false, _) => format!(", and with them {}", counts(&all)),
    };
    let risks: Vec<_> = [Level::Breaks, Level::Silences, Level::Perhaps, Level::Costs]
        .into_iter()
        .map(|level| (level, at_risk(diff, level)))
        .filter(|(_, count)| *count > 0)
        .map(|(level, count)| match (level, count) {
            (Level::Breaks, 1) => "1 breaks something".to_owned(),
            (Level::Silences, 1) => "1 tells somebody less".to_owned(),
            (Level::Perhaps, 1) => "1 may tell somebody less".to_owned(),
            (Level::Costs, 1) => "1 costs more".to_owned(),
            (Level::Breaks, _) => format!("{count} break something"),
            (Level::Silences, _) => format!("{count} tell somebody less"),
            (Level::Perhaps, _) => format!("{count} may tell somebody less"),
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
    let files = diff
        .files
        .iter()
        .filter(|file| file.changes == 0 || diff.is_empty());
    files.map(|file| file.path.as_str()).collect()
}
