//! The tree that YAML is read into: every node knows its place.

use crate::diagnostic::{SourceId, Span};
use std::borrow::Cow;

/// A YAML value and where it stands. For mappings and sequences the span
/// covers the opening only.
#[derive(Debug, Clone)]
pub(crate) struct Node<'s> {
    pub(crate) span: Span,
    pub(crate) value: Value<'s>,
}

/// The kinds of YAML value that specs are made of.
#[derive(Debug, Clone)]
pub(crate) enum Value<'s> {
    Null,
    /// Text as decoded; `plain` if it was written without quotes and may thus
    /// mean a number or a boolean.
    Scalar {
        text: Cow<'s, str>,
        plain: bool,
    },
    Seq(Vec<Node<'s>>),
    Map(Vec<Entry<'s>>),
}

/// One key of a mapping and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'s> {
    pub(crate) key: Cow<'s, str>,
    pub(crate) key_span: Span,
    pub(crate) value: Node<'s>,
}

impl<'s> Node<'s> {
    /// Takes out what a mapping has under `key` if that is a mapping, and
    /// leaves an empty one.
    pub(crate) fn take(&mut self, key: &str) -> Option<Node<'s>> {
        let Value::Map(entries) = &mut self.value else {
            return None;
        };
        let node = &mut entries.iter_mut().find(|entry| entry.key == key)?.value;
        let Value::Map(inner) = &mut node.value else {
            return None;
        };
        let value = Value::Map(std::mem::take(inner));
        Some(Node { value, ..*node })
    }
}

impl Node<'_> {
    /// Whether the node holds nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Map(entries) => entries.is_empty(),
            Value::Scalar { .. } | Value::Seq(_) => false,
        }
    }

    /// What the node is, in the words of a message.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar { text, plain: true } if text.parse::<f64>().is_ok() => "a number",
            Value::Scalar { text, plain: true } if matches!(&**text, "true" | "false") => {
                "a boolean"
            }
            Value::Scalar { .. } => "text",
        }
    }

    fn places(&self, places: &mut Vec<Span>) {
        places.push(self.span);
        match &self.value {
            Value::Null | Value::Scalar { .. } => {}
            Value::Seq(items) => items.iter().for_each(|item| item.places(places)),
            Value::Map(entries) => entries.iter().for_each(|entry| entry.places(places)),
        }
    }

    /// Number of nodes in the tree, this one included.
    pub(crate) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Null | Value::Scalar { .. } => 0,
            Value::Seq(items) => items.iter().map(Node::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
        }
    }
}

impl Entry<'_> {
    /// Adds the places of all keys and scalars below, and of the key itself.
    pub(crate) fn places(&self, places: &mut Vec<Span>) {
        places.push(self.key_span);
        self.value.places(places);
    }
}

/// The empty span at the start of a file.
pub(crate) fn start_of(source: SourceId) -> Span {
    Span::new(source, 0, 0)
}
