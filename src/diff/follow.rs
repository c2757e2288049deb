//! Which changes a file follows from that only repeats what the specs say:
//! documentation, tests, generated code.

use super::compare::{Change, Verb};
use super::field::Holds;
use super::item::{Kind, shown};
use std::collections::{BTreeMap, BTreeSet};

/// A file that changed because other things did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Its path.
    pub path: String,
    /// The changes that it follows from, as positions among all changes that
    /// stand for themselves. Never empty.
    pub causes: BTreeSet<usize>,
}

/// What becomes of changes of files that repeat what others say.
#[derive(Default)]
pub(crate) struct Followed {
    /// The files that follow from changes, by path.
    pub(crate) files: Vec<Follower>,
    /// What changed in them.
    pub(crate) derived: Vec<Change>,
    /// What follows from a change of form, and is no more than that.
    pub(crate) form: Vec<Change>,
    /// What follows from nothing.
    pub(crate) alone: Vec<Change>,
}

/// Finds out what each of `derived` follows from: one of `changes`, or of those
/// that are only in `form`.
pub(crate) fn follow(changes: &[Change], form: &[Change], derived: Vec<Change>) -> Followed {
    let mut files: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut add = |change: &Change, causes: &BTreeSet<usize>| {
        for path in change.files() {
            files.entry(path.to_owned()).or_default().extend(causes);
        }
    };
    for (at, change) in changes.iter().enumerate() {
        // Tests are told of with their alerts.
        for effect in change.effects.iter().filter(|one| one.kind.is_derived()) {
            add(effect, &BTreeSet::from([at]));
        }
    }
    let mut found = Followed::default();
    for change in derived {
        let causes = causes(&change, changes);
        if !causes.is_empty() {
            add(&change, &causes);
            found.derived.push(change);
        } else if form.iter().any(|one| may_cause(one, &change)) {
            found.form.push(change);
        } else {
            found.alone.push(change);
        }
    }
    let files = files.into_iter();
    found.files = files
        .map(|(path, causes)| Follower { path, causes })
        .collect();
    found
}

/// The changes that a file of this kind is made from; of these only those that
/// its changed text names, if it names any.
fn causes(derived: &Change, changes: &[Change]) -> BTreeSet<usize> {
    let of = |keep: &dyn Fn(&Change) -> bool| -> BTreeSet<usize> {
        let kept = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| keep(change));
        kept.map(|(at, _)| at).collect()
    };
    // A package comes and goes as a whole.
    let language = derived.files().next().and_then(language);
    let whole = of(&|change| {
        change.kind == Kind::Emitter
            && change.verb == derived.verb
            && change.verb != Verb::Changed
            && Some(change.key.as_str()) == language
    });
    if !whole.is_empty() {
        return whole;
    }
    let possible = of(&|change| may_cause(change, derived));
    if possible.len() <= 1 {
        return possible;
    }
    let text = changed_text(derived);
    let words: BTreeSet<&str> = text.split(|c: char| !is_in_names(c)).collect();
    // By their words, since prose and code spell signs in their own ways.
    let is_named = |name: &str| {
        let mut parts = name.split(|c: char| !is_in_names(c));
        parts.all(|part| part.is_empty() || words.contains(part))
    };
    let named: BTreeSet<usize> = possible
        .iter()
        .copied()
        .filter(|at| names(&changes[*at]).any(is_named))
        .collect();
    if named.is_empty() { possible } else { named }
}

fn is_in_names(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What the change and everything that it moved are and were called.
fn names(change: &Change) -> impl Iterator<Item = &str> {
    let all = std::iter::once(change).chain(&change.effects);
    all.flat_map(|change| {
        let before = match &change.verb {
            Verb::Renamed { from } => Some(from.as_str()),
            _ => None,
        };
        std::iter::once(change.name.as_str()).chain(before)
    })
    .filter(|name| !name.is_empty())
}

/// Whether files such as that one are made from things such as that change is of.
fn may_cause(change: &Change, derived: &Change) -> bool {
    let all = || std::iter::once(change).chain(&change.effects);
    let template = |of: &str| change.kind == Kind::Template && change.key.starts_with(of);
    let file = derived.files().next().unwrap_or_default();
    if derived.kind == Kind::AlertTest || file.ends_with(".test.yml") {
        return all().any(|one| {
            matches!(
                one.kind,
                Kind::Threshold
                    | Kind::Metric
                    | Kind::Query
                    | Kind::Alert
                    | Kind::Record
                    | Kind::Group
                    | Kind::Job
                    | Kind::Prometheus
            )
        });
    }
    if let Some(language) = language(file) {
        return template(&format!("emitter/{language}/"))
            || all().any(|one| match one.kind {
                Kind::Emitter => one.key == language,
                kind => matches!(kind, Kind::Metric | Kind::Label | Kind::Event),
            });
    }
    match change.kind {
        Kind::Emitter => false,
        Kind::Template => template("docs/"),
        Kind::Receiver | Kind::Route | Kind::Inhibition | Kind::TimeInterval => false,
        Kind::Alertmanager => false,
        _ => true,
    }
}

/// The language of the package that a file is in.
fn language(file: &str) -> Option<&str> {
    match file.split('/').next()? {
        "emitter" => Some("rust"),
        package => package.strip_prefix("emitter-"),
    }
}

/// The lines that only one side has, or the values.
fn changed_text(change: &Change) -> String {
    let mut text = String::new();
    for field in &change.fields {
        let side =
            |value: &Option<serde_json::Value>| value.as_ref().map(shown).unwrap_or_default();
        let (before, after) = (side(&field.before), side(&field.after));
        let (one, other): (BTreeSet<&str>, BTreeSet<&str>) = match field.holds {
            Holds::Content => (before.lines().collect(), after.lines().collect()),
            _ => (BTreeSet::from([&*before]), BTreeSet::from([&*after])),
        };
        for line in one.symmetric_difference(&other) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
