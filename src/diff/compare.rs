//! Pairs of items to changes.

use super::field::{self, Holds};
use super::item::{Fields, Id, Item, Kind, SUCCESSOR};
use super::pair::Pair;
use super::risk::Risk;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// What changed about one item.
#[derive(Debug, Clone)]
pub struct Change {
    /// What it is.
    pub kind: Kind,
    /// What tells it from others of its kind.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The name of what it is in: a panel's dashboard, an alert's group.
    pub inside: Option<String>,
    /// What happened to it.
    pub verb: Verb,
    /// What is said of it now and was not before.
    pub fields: Vec<FieldChange>,
    /// What came or went with it, by kind.
    pub parts: BTreeMap<Kind, usize>,
    /// What it breaks, silences or makes dearer.
    pub risks: Vec<Risk>,
    /// What it moved.
    pub effects: Vec<Change>,
    /// Key of what it is in.
    pub(crate) container: Option<Id>,
    /// Files that say so.
    pub(crate) files: BTreeSet<String>,
    /// Ids of the panels that it is about, on either side.
    pub(crate) panels: BTreeSet<u64>,
}

/// What happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another name.
    Renamed {
        /// The name that it had.
        from: String,
    },
    /// Something is said of it that was not before.
    Changed,
}

impl Verb {
    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed { .. } => "renamed",
            Self::Changed => "changed",
        }
    }
}

/// A field that differs.
#[derive(Debug, Clone)]
pub struct FieldChange {
    /// Its path in the file or definition.
    pub path: String,
    /// What people call it; empty where the change speaks for itself.
    pub label: String,
    /// Its value before.
    pub before: Option<Value>,
    /// Its value after.
    pub after: Option<Value>,
    /// The change in words.
    pub said: String,
    pub(crate) holds: Holds,
}

impl FieldChange {
    /// Whether it is the text of a whole file.
    pub fn is_content(&self) -> bool {
        self.holds == Holds::Content
    }

    /// Whether it names recorded series that mean something else now, although
    /// nothing of their reader changed.
    pub fn is_reading(&self) -> bool {
        self.holds == Holds::Read
    }
}

/// A file whose bytes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// How many changes in meaning it takes part in; without any, only its
    /// form changed.
    pub changes: usize,
}

impl Change {
    /// Of `item`, and with nothing said yet.
    pub(crate) fn new(item: &Item, verb: Verb) -> Self {
        Self {
            kind: item.kind,
            key: item.key.clone(),
            name: item.name.clone(),
            inside: item.inside.as_ref().map(|(_, name)| name.clone()),
            verb,
            fields: Vec::new(),
            parts: BTreeMap::new(),
            risks: Vec::new(),
            effects: Vec::new(),
            container: item.inside.as_ref().map(|(id, _)| id.clone()),
            files: item.file.iter().cloned().collect(),
            panels: panel_id(item).into_iter().collect(),
        }
    }

    pub(crate) fn id(&self) -> Id {
        (self.kind, self.key.clone())
    }

    /// The same item with other fields and nothing else.
    pub(crate) fn with_fields(&self, fields: Vec<FieldChange>) -> Self {
        Self {
            kind: self.kind,
            key: self.key.clone(),
            name: self.name.clone(),
            inside: self.inside.clone(),
            verb: Verb::Changed,
            fields,
            parts: BTreeMap::new(),
            risks: Vec::new(),
            effects: Vec::new(),
            container: self.container.clone(),
            files: self.files.clone(),
            panels: self.panels.clone(),
        }
    }

    /// The metric that takes its place, or would have, as it says or said.
    pub(crate) fn successor(&self) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.path == SUCCESSOR)?;
        field.after.as_ref().or(field.before.as_ref())?.as_str()
    }

    /// Files that say so.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The uid of the dashboard that it is about, if it is about panels of one,
    /// and their ids.
    pub fn panels(&self) -> Option<(&str, impl Iterator<Item = u64>)> {
        let uid = match (self.kind, &self.container) {
            (Kind::Panel, Some((_, uid))) => uid,
            _ if self.is_layout() => &self.key,
            _ => return None,
        };
        Some((uid, self.panels.iter().copied()))
    }

    /// The uid of the dashboard on which it can be seen, if it can be.
    pub fn dashboard(&self) -> Option<&str> {
        match (self.kind, &self.container) {
            (Kind::Panel | Kind::Variable, Some((_, uid))) => Some(uid),
            (Kind::Dashboard, _) => Some(&self.key),
            _ => None,
        }
    }

    /// Whether it is about the places of a dashboard's panels.
    pub fn is_layout(&self) -> bool {
        self.kind == Kind::Dashboard
            && !self.fields.is_empty()
            && self.fields.iter().all(|field| field.holds == Holds::Place)
    }
}

/// What changed in meaning, and what in form only, in the order of the pairs.
pub(crate) fn changes(pairs: &[Pair]) -> (Vec<Change>, Vec<Change>) {
    let whole: BTreeSet<Id> = pairs
        .iter()
        .filter(|pair| pair.base.is_none() != pair.head.is_none())
        .map(|pair| pair.any().id())
        .collect();
    let mut changes: Vec<Change> = Vec::new();
    let mut form = Vec::new();
    let mut layouts: BTreeMap<Id, Change> = BTreeMap::new();
    let mut parts: BTreeMap<Id, BTreeMap<Kind, usize>> = BTreeMap::new();
    for pair in pairs {
        let item = pair.any();
        let verb = match (&pair.base, &pair.head) {
            (None, _) => Verb::Added,
            (_, None) => Verb::Removed,
            (Some(base), Some(head)) if base.name != head.name && base.key != head.key => {
                Verb::Renamed {
                    from: base.name.clone(),
                }
            }
            _ => Verb::Changed,
        };
        // A panel of a new dashboard is part of that news.
        if let (Some((container, _)), Verb::Added | Verb::Removed) = (&item.inside, &verb)
            && container.0 == Kind::Dashboard
            && whole.contains(container)
        {
            *parts
                .entry(container.clone())
                .or_default()
                .entry(item.kind)
                .or_default() += 1;
            continue;
        }
        let mut change = Change::new(item, verb);
        change
            .files
            .extend(pair.base.as_ref().and_then(|item| item.file.clone()));
        change.panels.extend(pair.base.as_ref().and_then(panel_id));
        let (meaning, bookkeeping) = fields(pair);
        if !bookkeeping.is_empty() {
            form.push(change.with_fields(bookkeeping));
        }
        let (place, meaning): (Vec<_>, Vec<_>) = meaning
            .into_iter()
            .partition(|field| field.holds == Holds::Place);
        if let (Some((container, name)), false) = (&item.inside, place.is_empty()) {
            let layout = layouts.entry(container.clone()).or_insert_with(|| {
                let dashboard = Item::new(container.0, &container.1, name);
                Change::new(&dashboard, Verb::Changed)
            });
            layout.files.extend(change.files.clone());
            layout.panels.extend(change.panels.clone());
            layout
                .fields
                .extend(place.into_iter().map(|field| FieldChange {
                    path: format!("{}/{}", item.key, field.path),
                    label: item.name.clone(),
                    ..field
                }));
        }
        change.fields = meaning;
        if change.verb == Verb::Changed && change.fields.is_empty() {
            continue;
        }
        if change.kind == Kind::Group && is_bare(&change) {
            form.push(change);
        } else {
            changes.push(change);
        }
    }
    for change in &mut changes {
        change.parts = parts.remove(&change.id()).unwrap_or_default();
    }
    changes.extend(layouts.into_values());
    (changes, form)
}

fn panel_id(item: &Item) -> Option<u64> {
    let id = item.fields.get("id").filter(|_| item.kind == Kind::Panel);
    id.and_then(Value::as_u64)
}

/// Whether a group came or went with nothing but its name: its rules tell more.
fn is_bare(group: &Change) -> bool {
    matches!(group.verb, Verb::Added | Verb::Removed)
        && group.fields.iter().all(|field| field.path == "name")
}

/// The fields of a pair that differ: in meaning, and in form only.
fn fields(pair: &Pair) -> (Vec<FieldChange>, Vec<FieldChange>) {
    let none = BTreeMap::new();
    let base = pair.base.as_ref().map_or(&none, |item| &item.fields);
    let head = pair.head.as_ref().map_or(&none, |item| &item.fields);
    let is_whole = pair.base.is_none() || pair.head.is_none();
    let mut meaning = Vec::new();
    let mut form = Vec::new();
    for (path, before, after) in differing(base, head) {
        let (label, holds) = field::describe(pair.kind(), path);
        let change = FieldChange {
            path: path.clone(),
            label,
            said: match (before, after) {
                (Some(value), None) | (None, Some(value)) if is_whole => {
                    field::say_whole(holds, value)
                }
                _ => field::say(holds, before, after),
            },
            before: before.cloned(),
            after: after.cloned(),
            holds,
        };
        if is_whole || !field::same(holds, before, after) {
            meaning.push(change);
        } else {
            form.push(change);
        }
    }
    if let (Some(base), Some(head)) = (&pair.base, &pair.head)
        && let (Some((before, one)), Some((after, other))) = (&base.inside, &head.inside)
        && before.0 == Kind::Group
        && before != after
    {
        meaning.push(FieldChange {
            path: "group".to_owned(),
            label: "group".to_owned(),
            said: format!("{one} → {other}"),
            before: Some(one.as_str().into()),
            after: Some(other.as_str().into()),
            holds: Holds::Plain,
        });
    }
    if is_whole {
        // The place of what is new or gone is part of that, and no move.
        for field in &mut meaning {
            if field.holds == Holds::Place {
                field.holds = Holds::Plain;
            }
        }
    }
    (meaning, form)
}

/// The paths at which two sets of fields differ, in order, with what is there.
fn differing<'f>(
    base: &'f Fields,
    head: &'f Fields,
) -> Vec<(&'f String, Option<&'f Value>, Option<&'f Value>)> {
    let (mut ours, mut theirs) = (base.iter().peekable(), head.iter().peekable());
    let mut found = Vec::new();
    loop {
        let order = match (ours.peek(), theirs.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return found,
        };
        let before = ours.next_if(|_| order.is_le());
        let after = theirs.next_if(|_| order.is_ge());
        let (before_value, after_value) = (before.map(|own| own.1), after.map(|own| own.1));
        if let Some((path, _)) = before.or(after)
            && before_value != after_value
        {
            found.push((path, before_value, after_value));
        }
    }
}

/// Every differing file, and how many changes take part in it. What is part of
/// a new or removed thing is no change of its own, but still one of the file.
pub(crate) fn files<'c>(
    differing: &BTreeSet<String>,
    pairs: &'c [Pair],
    changes: impl Iterator<Item = &'c Change>,
) -> Vec<FileChange> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in changes.flat_map(Change::files) {
        *counts.entry(path).or_default() += 1;
    }
    let whole = pairs
        .iter()
        .filter(|pair| pair.base.is_none() || pair.head.is_none());
    for path in whole.filter_map(|pair| pair.any().file.as_deref()) {
        counts.entry(path).or_insert(1);
    }
    let change = |path: &String| FileChange {
        path: path.clone(),
        changes: counts.get(path.as_str()).copied().unwrap_or_default(),
    };
    differing.iter().map(change).collect()
}
