//! Layers: the sections of all files merged, and a profile laid over them.

use super::allow::{self, ALLOW};
use super::node::{Entry, Node, Value};
use super::reader::Named;
use crate::diagnostic::{Code, Covers, Diagnostic, Sink, Span};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Sections whose entries are names: each name is defined in one place.
pub(crate) const NAMED: [&str; 10] = [
    "metrics",
    "external",
    "labels",
    "thresholds",
    "queries",
    "dashboards",
    "alerts",
    "records",
    "rule_groups",
    "events",
];

/// The sections of one layer, gathered from its files.
#[derive(Debug, Default)]
pub(crate) struct Merged<'s> {
    sections: Vec<Entry<'s>>,
    names: HashMap<(usize, Cow<'s, str>), usize>,
}

impl<'s> Merged<'s> {
    /// Whether there is a section of that name.
    pub(crate) fn has(&self, section: &str) -> bool {
        self.sections.iter().any(|own| own.key == section)
    }

    /// Adds the sections of all documents of a file.
    pub(crate) fn add_all(&mut self, documents: Vec<Node<'s>>, sink: &mut Sink) {
        for document in documents {
            self.add(document, sink);
        }
    }

    fn add(&mut self, document: Node<'s>, sink: &mut Sink) {
        let entries = match document.value {
            Value::Map(entries) => entries,
            Value::Null => return,
            Value::Scalar { .. } | Value::Seq(_) => {
                sink.push(
                    Diagnostic::new(
                        Code::WrongType,
                        format!(
                            "a spec file is a mapping of sections, not {}",
                            document.describe()
                        ),
                    )
                    .at(document.span, "expected sections such as `metrics:`"),
                );
                return;
            }
        };
        for section in entries {
            // Holds for the file, so that it is no section to be merged.
            if section.key == ALLOW {
                let covers = Covers::File(section.key_span.source);
                allow::read(&section.value, &covers, sink);
                continue;
            }
            let Some(at) = self.sections.iter().position(|own| own.key == section.key) else {
                self.index(self.sections.len(), &section);
                self.sections.push(section);
                continue;
            };
            if NAMED.contains(&&*section.key) {
                self.merge_names(at, section, sink);
            } else {
                merge_settings(&mut self.sections[at], section, sink);
            }
        }
    }

    fn index(&mut self, at: usize, section: &Entry<'s>) {
        if let (true, Value::Map(entries)) = (NAMED.contains(&&*section.key), &section.value.value)
        {
            for (position, entry) in entries.iter().enumerate() {
                self.names.insert((at, entry.key.clone()), position);
            }
        }
    }

    fn merge_names(&mut self, at: usize, section: Entry<'s>, sink: &mut Sink) {
        let Value::Map(new) = section.value.value else {
            // Keeps the wrongly typed one, so that decoding reports it.
            if !section.value.is_empty() {
                self.sections[at] = section;
            }
            return;
        };
        let own = &mut self.sections[at];
        if let Value::Null = own.value.value {
            own.value.value = Value::Map(Vec::new());
        }
        let Value::Map(entries) = &mut own.value.value else {
            return;
        };
        for entry in new {
            match self.names.get(&(at, entry.key.clone())) {
                Some(first) => {
                    let first = entries[*first].key_span;
                    sink.push(duplicate(&entry.key, first, entry.key_span));
                }
                None => {
                    self.names.insert((at, entry.key.clone()), entries.len());
                    entries.push(entry);
                }
            }
        }
    }
}

/// Merges a settings section that is spread over several places: mappings
/// join, anything else may be given once.
fn merge_settings<'s>(own: &mut Entry<'s>, new: Entry<'s>, sink: &mut Sink) {
    match (&mut own.value.value, new.value.value) {
        (_, Value::Null) => {}
        (Value::Map(entries), Value::Map(more)) => {
            for entry in more {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => merge_settings(known, entry, sink),
                    None => entries.push(entry),
                }
            }
        }
        (mine @ Value::Null, value) => *mine = value,
        _ => sink.push(duplicate(&new.key, own.key_span, new.key_span)),
    }
}

fn duplicate(name: &str, first: Span, again: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, format!("`{name}` is defined twice"))
        .at(again, "defined again")
        .because(first, "first defined here")
}

/// Reports items whose names were taken by items before them, and drops them.
pub(crate) fn keep_first<T>(items: &mut Vec<Named<T>>, sink: &mut Sink) {
    let mut names: HashMap<Arc<str>, Span> = HashMap::with_capacity(items.len());
    items.retain(|item| {
        let first = *names
            .entry(Arc::clone(&item.name.value))
            .or_insert(item.name.span);
        if first != item.name.span {
            sink.push(duplicate(item.name.as_str(), first, item.name.span));
        }
        first == item.name.span
    });
}

/// Lays `over` on `base`, key by key; `null` removes.
pub(crate) fn apply<'s>(base: Merged<'s>, over: Merged<'s>) -> Vec<Entry<'s>> {
    let mut sections = base.sections;
    overlay(&mut sections, over.sections);
    sections
}

fn overlay<'s>(base: &mut Vec<Entry<'s>>, over: Vec<Entry<'s>>) {
    for entry in over {
        let at = base.iter().position(|own| own.key == entry.key);
        match (at, entry.value.value) {
            (Some(at), Value::Null) => {
                base.remove(at);
            }
            (None, Value::Null) => {}
            (Some(at), Value::Map(more)) if matches!(base[at].value.value, Value::Map(_)) => {
                if let Value::Map(entries) = &mut base[at].value.value {
                    overlay(entries, more);
                }
            }
            (Some(at), mut value) => {
                drop_nulls(&mut value);
                let value = Node {
                    value,
                    ..entry.value
                };
                base[at] = Entry { value, ..entry };
            }
            (None, mut value) => {
                drop_nulls(&mut value);
                let value = Node {
                    value,
                    ..entry.value
                };
                base.push(Entry { value, ..entry });
            }
        }
    }
}

/// In what a layer adds, `null` has nothing below it to remove.
fn drop_nulls(value: &mut Value<'_>) {
    if let Value::Map(entries) = value {
        entries.retain(|entry| !matches!(entry.value.value, Value::Null));
        for entry in entries {
            drop_nulls(&mut entry.value.value);
        }
    }
}
