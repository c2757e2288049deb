//! Who reads what rules record: with a record change the alerts, panels and
//! other records that stand on it, although no word of theirs does.

use super::compare::{Change, FieldChange, Verb};
use super::dashboard::PanelKeys;
use super::field::Holds;
use super::item::{Id, Item, Kind};
use super::pair::Pair;
use super::read;
use super::risk::{self, Level, Risk};
use super::side::Side;
use crate::model::RouteMatcher;
use crate::promql::Query;
use memchr::memmem;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Puts what reads a changed record below what changed the record.
pub(crate) fn put_below(changes: &mut [Change], pairs: &[Pair], sides: [&Side; 2]) {
    let names: BTreeSet<&str> = changes.iter().flat_map(moved).map(|one| one.name).collect();
    if names.is_empty() {
        return;
    }
    let readers = Readers::new(&names, pairs, sides);
    for change in changes {
        let below = readers.of(&moved(change).collect::<Vec<_>>());
        change.effects.extend(below);
    }
}

/// A recorded series that means something else now.
struct Moved<'c> {
    name: &'c str,
    /// What changed of its rule; `None` if there is no such rule any more.
    fields: Option<&'c [FieldChange]>,
}

/// The recorded series that a change moved, by itself or below it.
fn moved(change: &Change) -> impl Iterator<Item = Moved<'_>> {
    let all = std::iter::once(change).chain(&change.effects);
    let records = all.filter(|one| one.kind == Kind::Record);
    records.filter_map(|record| {
        let (name, fields) = match &record.verb {
            Verb::Added => return None,
            Verb::Removed => (&record.name, None),
            Verb::Renamed { from } => (from, None),
            Verb::Changed => (&record.name, Some(record.fields.as_slice())),
        };
        // What else is said of a rule is no part of its series.
        let is_of_series =
            |field: &FieldChange| field.path == "expr" || field.path.starts_with("labels/");
        let is_moved = fields.is_none_or(|fields| fields.iter().any(is_of_series));
        is_moved.then_some(Moved { name, fields })
    })
}

/// Series that are read, each with the matchers of every selector that does so.
type Reads = BTreeMap<String, Vec<Vec<RouteMatcher>>>;

/// Something that reads recorded series, before and after.
struct Reader {
    /// The reader, with nothing said of it yet.
    change: Change,
    reads: Reads,
}

/// The readers of recorded series that moved, rules before panels.
struct Readers {
    all: Vec<Reader>,
    /// Who reads a series.
    of: BTreeMap<String, Vec<usize>>,
    /// Series that some rule still records.
    recorded: BTreeSet<String>,
}

impl Readers {
    /// Of `names`, and of all that is recorded from them.
    fn new(names: &BTreeSet<&str>, pairs: &[Pair], sides: [&Side; 2]) -> Self {
        let rules = pairs
            .iter()
            .filter(|pair| matches!(pair.kind(), Kind::Alert | Kind::Record));
        let head = rules.clone().filter_map(|pair| pair.head.as_ref());
        let recorded = head.filter(|item| item.kind == Kind::Record);
        let mut readers = Self {
            all: Vec::new(),
            of: BTreeMap::new(),
            recorded: recorded.map(|item| item.name.clone()).collect(),
        };
        for pair in rules {
            if let (Some(base), Some(head)) = (&pair.base, &pair.head) {
                readers.add(base, head);
            }
        }
        let names = readers.recorded_from(names);
        let finders: Vec<_> = names.iter().map(memmem::Finder::new).collect();
        let keys = PanelKeys::new(sides);
        let [base, head] = sides.map(|side| {
            read::parts_of_dashboards(side, &keys, |text| {
                finders.iter().any(|name| name.find(text).is_some())
            })
        });
        let before: BTreeMap<Id, Item> = base.into_iter().map(|item| (item.id(), item)).collect();
        let renamed: BTreeMap<Id, Id> = pairs
            .iter()
            .filter_map(|pair| Some((pair.head.as_ref()?.id(), pair.base.as_ref()?.id())))
            .collect();
        for item in &head {
            let id = item.id();
            if let Some(base) = before.get(renamed.get(&id).unwrap_or(&id)) {
                readers.add(base, item);
            }
        }
        readers
    }

    /// Notes what an item reads on both sides: what it has come to read is a
    /// change of its own.
    fn add(&mut self, base: &Item, head: &Item) {
        let before = read_by(base);
        let mut reads = read_by(head);
        reads.retain(|name, _| before.contains_key(name));
        if reads.is_empty() {
            return;
        }
        for name in reads.keys() {
            let of = self.of.entry(name.clone()).or_default();
            of.push(self.all.len());
        }
        let mut change = Change::new(head, Verb::Changed);
        // No file says so.
        change.files.clear();
        self.all.push(Reader { change, reads });
    }

    /// Those names, and the names of what is recorded from them.
    fn recorded_from(&self, names: &BTreeSet<&str>) -> BTreeSet<String> {
        let mut seen: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut pending: Vec<String> = seen.iter().cloned().collect();
        while let Some(name) = pending.pop() {
            for reader in self.who_reads(&name).map(|at| &self.all[at].change) {
                if reader.kind == Kind::Record && seen.insert(reader.name.clone()) {
                    pending.push(reader.name.clone());
                }
            }
        }
        seen
    }

    fn who_reads(&self, name: &str) -> impl Iterator<Item = usize> {
        self.of.get(name).into_iter().flatten().copied()
    }

    /// All that reads what moved, directly or by what is recorded from it.
    fn of(&self, moved: &[Moved<'_>]) -> Vec<Change> {
        let mut found: BTreeMap<usize, (BTreeSet<&str>, Vec<Risk>)> = BTreeMap::new();
        for start in moved {
            if start.fields.is_none() && self.recorded.contains(start.name) {
                // Another rule records it.
                continue;
            }
            let mut seen = BTreeSet::from([start.name]);
            let mut pending = vec![start.name];
            while let Some(name) = pending.pop() {
                for at in self.who_reads(name) {
                    let reader = &self.all[at];
                    let (by, risks) = found.entry(at).or_default();
                    by.insert(name);
                    for risk in reader.risks(start, name) {
                        if !risks.contains(&risk) {
                            risks.push(risk);
                        }
                    }
                    if reader.change.kind == Kind::Record && seen.insert(&reader.change.name) {
                        pending.push(&reader.change.name);
                    }
                }
            }
        }
        let is_told = |change: &Change| {
            change.kind == Kind::Record && moved.iter().any(|one| one.name == change.name)
        };
        found
            .into_iter()
            .filter(|(at, _)| !is_told(&self.all[*at].change))
            .map(|(at, (by, risks))| {
                let mut change = self.all[at].change.with_fields(vec![reading(&by)]);
                change.risks = risks;
                change
            })
            .collect()
    }
}

impl Reader {
    /// What it means for an alert that `start` moved, of which it learns by
    /// reading `name`.
    fn risks(&self, start: &Moved<'_>, name: &str) -> Vec<Risk> {
        if self.change.kind != Kind::Alert {
            return Vec::new();
        }
        let Some(fields) = start.fields else {
            return vec![Risk {
                level: Level::Silences,
                text: "nothing records what it reads",
                detail: start.name.to_owned(),
            }];
        };
        let asks = self.reads.get(name).filter(|_| name == start.name);
        risk::of_reading(fields, asks.map_or(&[], Vec::as_slice))
    }
}

/// That a reader reads `names`, as before.
fn reading(names: &BTreeSet<&str>) -> FieldChange {
    let value: Value = names.iter().copied().map(Value::from).collect();
    FieldChange {
        path: "reads".to_owned(),
        label: "reads".to_owned(),
        said: names.iter().copied().collect::<Vec<_>>().join(", "),
        before: Some(value.clone()),
        after: Some(value),
        holds: Holds::Read,
    }
}

/// The series that an item reads.
fn read_by(item: &Item) -> Reads {
    let mut found = Reads::new();
    for (path, value) in &item.fields {
        let asks = match item.kind {
            Kind::Panel => path.starts_with("targets/") && path.ends_with("/expr"),
            Kind::Variable => matches!(path.as_str(), "query" | "query/query"),
            _ => path == "expr",
        };
        let Some(text) = value.as_str().filter(|_| asks) else {
            continue;
        };
        // `label_values(selector, label)` is a function of Grafana's.
        let selector = text
            .strip_prefix("label_values(")
            .and_then(|rest| rest.rsplit_once(','));
        let Ok(query) = Query::parse(selector.map_or(text, |(selector, _)| selector)) else {
            continue;
        };
        for selector in query.selectors() {
            let Some(name) = selector.metric_name() else {
                continue;
            };
            let matchers = selector.matchers.iter().map(|one| {
                let (label, value) = (one.name.text.to_string(), one.value.value.to_string());
                RouteMatcher::new(label, one.op, value)
            });
            let own = found.entry(name.to_owned()).or_default();
            own.push(matchers.collect());
        }
    }
    found
}
