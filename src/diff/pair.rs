//! Which item of one side is which of the other: by key, by name, or, after a
//! rename, by content.

use super::item::{Id, Item, Kind, SUCCESSOR, shown};
use std::collections::{BTreeMap, BTreeSet};

/// An item before and after; one of them if it was added or removed.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) base: Option<Item>,
    pub(crate) head: Option<Item>,
}

impl Pair {
    pub(crate) fn kind(&self) -> Kind {
        self.any().kind
    }

    /// The item after the change, if it still exists.
    pub(crate) fn any(&self) -> &Item {
        match (&self.head, &self.base) {
            (Some(item), _) | (None, Some(item)) => item,
            (None, None) => unreachable!("a pair holds an item"),
        }
    }
}

/// More candidates for a rename than that are not compared with each other.
const MOST_CANDIDATES: usize = 400;

/// From this share of equal fields on, two items are the same under two names.
const ALIKE: f64 = 0.75;

/// Pairs the items of both sides, in the order of kinds and keys.
pub(crate) fn pairs(base: Vec<Item>, head: Vec<Item>) -> Vec<Pair> {
    let mut base: BTreeMap<Id, Item> = base.into_iter().map(|item| (item.id(), item)).collect();
    let mut head: BTreeMap<Id, Item> = head.into_iter().map(|item| (item.id(), item)).collect();
    let mut pairs = Vec::new();

    let same: Vec<Id> = base
        .keys()
        .filter(|id| head.contains_key(id))
        .cloned()
        .collect();
    for id in same {
        if is_plausible(&base[&id], &head[&id]) {
            take(&mut base, &mut head, &id, &id, &mut pairs);
        }
    }
    for (before, after) in successions(&base, &head) {
        take(&mut base, &mut head, &before, &after, &mut pairs);
    }
    // Containers first: what is in them is only looked for there.
    let kinds: BTreeSet<Kind> = base.keys().map(|(kind, _)| *kind).collect();
    let mut kinds: Vec<Kind> = kinds.into_iter().collect();
    kinds.sort_by_key(|kind| !matches!(kind, Kind::Dashboard | Kind::Group));
    for kind in kinds {
        let renamed: BTreeMap<Id, Id> = pairs
            .iter()
            .filter_map(|pair: &Pair| Some((pair.base.as_ref()?.id(), pair.head.as_ref()?.id())))
            .collect();
        for (before, after) in matches(kind, &base, &head, &renamed) {
            take(&mut base, &mut head, &before, &after, &mut pairs);
        }
    }
    pairs.extend(base.into_values().map(|item| Pair {
        base: Some(item),
        head: None,
    }));
    pairs.extend(head.into_values().map(|item| Pair {
        base: None,
        head: Some(item),
    }));
    pairs.sort_by(|one, other| {
        let (one, other) = (one.any(), other.any());
        (one.kind, &one.key).cmp(&(other.kind, &other.key))
    });
    pairs
}

/// Metrics that are left on one side and say themselves what takes their
/// place, or took it: the latter where a change is undone.
fn successions(base: &BTreeMap<Id, Item>, head: &BTreeMap<Id, Item>) -> Vec<(Id, Id)> {
    let of = |items: &BTreeMap<Id, Item>, others: &BTreeMap<Id, Item>| -> Vec<(Id, Id)> {
        let metrics = items.values().filter(|item| item.kind == Kind::Metric);
        metrics
            .filter_map(|item| Some((item.id(), (item.kind, item.text(SUCCESSOR)?.to_owned()))))
            .filter(|(_, new)| others.contains_key(new))
            .collect()
    };
    let undone = of(head, base).into_iter().map(|(old, new)| (new, old));
    of(base, head).into_iter().chain(undone).collect()
}

fn take(
    base: &mut BTreeMap<Id, Item>,
    head: &mut BTreeMap<Id, Item>,
    before: &Id,
    after: &Id,
    pairs: &mut Vec<Pair>,
) {
    if !base.contains_key(before) {
        return;
    }
    if let Some(after) = head.remove(after) {
        pairs.push(Pair {
            base: base.remove(before),
            head: Some(after),
        });
    }
}

/// Whether the same key speaks for two items enough. Panel ids of dashboards
/// that people save are given anew on import, and of several routes for the same
/// alerts one takes the place of another that has changed.
fn is_plausible(base: &Item, head: &Item) -> bool {
    match base.kind {
        Kind::Panel => base.name == head.name || likeness(base, head) >= 0.5,
        Kind::Route => base.text("receiver") == head.text("receiver"),
        _ => true,
    }
}

/// The best matches among what is left of a kind, each item in one of them.
fn matches(
    kind: Kind,
    base: &BTreeMap<Id, Item>,
    head: &BTreeMap<Id, Item>,
    renamed: &BTreeMap<Id, Id>,
) -> Vec<(Id, Id)> {
    let of_kind = |items: &BTreeMap<Id, Item>| -> Vec<Item> {
        items
            .values()
            .filter(|item| item.kind == kind)
            .cloned()
            .collect()
    };
    let (gone, come) = (of_kind(base), of_kind(head));
    if gone.len() * come.len() > MOST_CANDIDATES * MOST_CANDIDATES {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for before in &gone {
        for after in &come {
            let near = match (&before.inside, &after.inside) {
                (Some((one, _)), Some((other, _))) => {
                    kind == Kind::Alert
                        || kind == Kind::Record
                        || renamed.get(one).unwrap_or(one) == other
                }
                (None, None) => true,
                _ => false,
            };
            if !near {
                continue;
            }
            let likeness = likeness(before, after);
            let named = match kind {
                Kind::Inhibition => false,
                Kind::Route => before.text("receiver") == after.text("receiver"),
                _ => before.name == after.name && before.text("type") == after.text("type"),
            };
            let same_id = before.key == after.key;
            let needed = if is_alike_only_if_equal(kind) {
                1.0
            } else {
                ALIKE
            };
            if named || likeness >= needed || same_id {
                // In whole steps, so that both directions agree on the order.
                let score = (likeness * 1000.0) as u32 + 2000 * u32::from(named);
                candidates.push((score, before.id(), after.id()));
            }
        }
    }
    let order = |(score, one, other): &(u32, Id, Id)| {
        let (least, most) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        (std::cmp::Reverse(*score), least.clone(), most.clone())
    };
    candidates.sort_by_key(order);
    let mut used_before = BTreeSet::new();
    let mut used_after = BTreeSet::new();
    candidates
        .into_iter()
        .filter(|(_, before, after)| {
            let free = !used_before.contains(before) && !used_after.contains(after);
            if free {
                used_before.insert(before.clone());
                used_after.insert(after.clone());
            }
            free
        })
        .map(|(_, before, after)| (before, after))
        .collect()
}

/// Kinds of which two items may well look almost the same.
fn is_alike_only_if_equal(kind: Kind) -> bool {
    kind.is_definition() && kind != Kind::Query || kind == Kind::File
}

/// The share of fields that two items have in common, names and places left
/// out. Nothing that says too little is like anything.
fn likeness(one: &Item, other: &Item) -> f64 {
    let counts = |path: &str| {
        !matches!(
            path,
            "uid"
                | "id"
                | "name"
                | "title"
                | "alert"
                | "record"
                | "job_name"
                | "told"
                | "gnetId"
                | "version"
                | "iteration"
                | "pluginVersion"
        ) && !path.starts_with("gridPos/")
            && !path.starts_with("order/")
    };
    let paths: BTreeSet<&String> = one
        .fields
        .keys()
        .chain(other.fields.keys())
        .filter(|path| counts(path))
        .collect();
    if paths.is_empty() {
        return 0.0;
    }
    let equal = paths
        .iter()
        .filter(|path| one.fields.get(**path) == other.fields.get(**path))
        .count();
    // What it asks says more of an item than how it is drawn.
    let asks = |item: &Item| -> Vec<String> {
        item.fields
            .iter()
            .filter(|(path, _)| path.ends_with("expr"))
            .map(|(_, value)| shown(value))
            .collect()
    };
    let (ours, theirs) = (asks(one), asks(other));
    let share = equal as f64 / paths.len() as f64;
    match (ours.is_empty() && theirs.is_empty(), ours == theirs) {
        (true, _) | (false, true) => share,
        (false, false) => share / 2.0,
    }
}
