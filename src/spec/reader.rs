//! Decoding of [`Node`] trees into typed shapes, going on after an error so
//! that one run reports all of them.

use super::allow::{self, ALLOW};
use super::node::{Entry, Node, Value};
use super::schema::{Book, Keys, Schema};
use crate::diagnostic::{Code, Covers, Diagnostic, Sink, Span, Spanned, nearest};
use rayon::prelude::*;
use std::sync::Arc;

/// A shape that a YAML value can be decoded into.
pub(crate) trait FromNode: Sized + Schema {
    /// Decodes `node`; reports what is wrong and gives `None` if nothing
    /// usable is left.
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self>;

    /// Decodes the value of a key; findings about the value as a whole are
    /// placed at the key where that reads better.
    fn from_entry(entry: &Entry<'_>, sink: &mut Sink) -> Option<Self> {
        Self::from_node(&entry.value, sink)
    }
}

/// A shape that is read from the keys of a mapping.
pub(crate) trait FromMap: Sized {
    /// What the shape is called where it is described.
    const NAME: &'static str;
    /// What it is, in lines.
    const ABOUT: &'static [&'static str];

    /// Takes the keys that belong to the shape.
    fn from_map(map: &mut MapReader<'_, '_>, sink: &mut Sink) -> Option<Self>;

    /// Says which keys those are.
    fn keys(keys: &mut Keys<'_>);
}

impl<T: FromMap> Schema for T {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.mapping(T::NAME, T::ABOUT, T::keys)
    }
}

impl<T: Schema> Schema for Vec<T> {
    fn schema(book: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": ["array", "null"], "items": T::schema(book) })
    }
}

impl<T: Schema> Schema for Vec<Named<T>> {
    fn schema(book: &mut Book) -> serde_json::Value {
        let item = T::schema(book);
        book.named(item)
    }
}

/// One of a fixed set of words.
pub trait Choice: Copy + 'static {
    /// The words, with what each stands for.
    const WORDS: &'static [(&'static str, Self)];
}

/// An item of a section under its name. The item is `None` if it was broken,
/// which has been reported.
#[derive(Debug, Clone)]
pub struct Named<T> {
    /// The key.
    pub name: Spanned<Arc<str>>,
    /// What is defined.
    pub item: Option<T>,
}

/// Most shapes have fewer keys.
const USUAL_KEYS: usize = 24;

/// Hands out the entries of a mapping by key, and reports those that nobody
/// asked for.
pub(crate) struct MapReader<'n, 's> {
    span: Span,
    entries: &'n [Entry<'s>],
    asked: Vec<&'static str>,
    broken: Vec<&'static str>,
    /// Whether `allow` has been read, or has no meaning here.
    allows: bool,
}

impl<'n, 's> MapReader<'n, 's> {
    /// Reads a mapping; anything else is reported. `whole` is the place that
    /// stands for all of it, as mappings have no extent of their own.
    fn open(node: &'n Node<'s>, whole: Option<Span>, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(entries) => {
                let first = entries.first().map_or(node.span, |entry| entry.key_span);
                Some(Self {
                    span: whole.unwrap_or(first),
                    entries,
                    asked: Vec::with_capacity(USUAL_KEYS),
                    broken: Vec::new(),
                    allows: false,
                })
            }
            Value::Null => Some(Self {
                span: whole.unwrap_or(node.span),
                entries: &[],
                asked: Vec::new(),
                broken: Vec::new(),
                allows: false,
            }),
            Value::Scalar { .. } | Value::Seq(_) => {
                sink.push(wrong_type(node, "a mapping"));
                None
            }
        }
    }

    /// The place that stands for the mapping as a whole.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The value under `key`, if given.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'n Entry<'s>> {
        self.asked.push(key);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// An optional value; a broken one is reported and counts as absent.
    pub(crate) fn optional<T: FromNode>(
        &mut self,
        key: &'static str,
        sink: &mut Sink,
    ) -> Option<T> {
        let entry = self.get(key)?;
        let value = T::from_entry(entry, sink);
        if value.is_none() {
            self.broken.push(key);
        }
        value
    }

    /// Reads `allow`, which any item may have: it covers all that is written
    /// in the mapping. The shapes that an item is put together from ask again.
    pub(crate) fn allowances(&mut self, sink: &mut Sink) {
        if std::mem::replace(&mut self.allows, true) {
            return;
        }
        let Some(entry) = self.entries.iter().find(|entry| entry.key == ALLOW) else {
            return;
        };
        let mut places = vec![self.span];
        for entry in self.entries {
            entry.places(&mut places);
        }
        allow::read(&entry.value, &Covers::Item(places), sink);
    }

    /// The optional keys that were given broken values so far.
    pub(crate) fn broken(&self) -> Vec<&'static str> {
        self.broken.clone()
    }

    /// A required value; if it is missing or broken, that is reported.
    pub(crate) fn required<T: FromNode>(
        &mut self,
        key: &'static str,
        sink: &mut Sink,
    ) -> Option<T> {
        match self.get(key) {
            Some(entry) => {
                if let Value::Null = entry.value.value {
                    sink.push(
                        Diagnostic::new(Code::MissingKey, format!("`{key}` is given no value"))
                            .at(entry.key_span, "needs a value"),
                    );
                    return None;
                }
                T::from_entry(entry, sink)
            }
            None => {
                sink.push(
                    Diagnostic::new(Code::MissingKey, format!("`{key}` is missing"))
                        .at(self.span, format!("needs `{key}`")),
                );
                None
            }
        }
    }

    /// Entries that no field has asked for, for shapes with free keys.
    pub(crate) fn rest(&mut self) -> Vec<&'n Entry<'s>> {
        let rest = self
            .entries
            .iter()
            .filter(|entry| !self.asked.contains(&&*entry.key))
            .filter(|entry| !(self.allows && entry.key == ALLOW))
            .collect();
        self.entries = &[];
        rest
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn finish(self, sink: &mut Sink) {
        for entry in self.entries {
            if self.asked.contains(&&*entry.key) || (self.allows && entry.key == ALLOW) {
                continue;
            }
            let by_file = format!("{}_file", entry.key);
            if self.asked.contains(&&*by_file) {
                sink.push(
                    Diagnostic::new(
                        Code::SecretInline,
                        format!("`{}` is not written into specs", entry.key),
                    )
                    .at(entry.key_span, format!("name a file with `{by_file}`")),
                );
                continue;
            }
            let mut diagnostic = Diagnostic::new(
                Code::UnknownKey,
                format!("the key `{}` has no meaning here", entry.key),
            );
            diagnostic = match nearest(&entry.key, self.asked.iter().copied()) {
                Some(name) => diagnostic.at(entry.key_span, format!("did you mean `{name}`?")),
                None => {
                    let mut known: Vec<_> =
                        self.asked.iter().map(|key| format!("`{key}`")).collect();
                    known.sort();
                    known.dedup();
                    diagnostic
                        .at(entry.key_span, "unknown key")
                        .help(format!("the keys here are {}", known.join(", ")))
                }
            };
            sink.push(diagnostic);
        }
    }
}

/// "expected X, found Y" at a node.
pub(crate) fn wrong_type(node: &Node<'_>, expected: &str) -> Diagnostic {
    let found = node.describe();
    Diagnostic::new(
        Code::WrongType,
        format!("expected {expected}, found {found}"),
    )
    .at(node.span, format!("expected {expected}"))
}

impl<T: FromMap> FromNode for T {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        whole(MapReader::open(node, None, sink)?, sink)
    }

    fn from_entry(entry: &Entry<'_>, sink: &mut Sink) -> Option<Self> {
        whole(
            MapReader::open(&entry.value, Some(entry.key_span), sink)?,
            sink,
        )
    }
}

fn whole<T: FromMap>(mut map: MapReader<'_, '_>, sink: &mut Sink) -> Option<T> {
    let value = T::from_map(&mut map, sink);
    map.finish(sink);
    value
}

/// A list; broken items are reported and left out.
impl<T: FromNode> FromNode for Vec<T> {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Seq(items) => Some(
                items
                    .iter()
                    .filter_map(|item| T::from_node(item, sink))
                    .collect(),
            ),
            Value::Null => Some(Vec::new()),
            Value::Scalar { .. } | Value::Map(_) => {
                sink.push(wrong_type(node, "a list"));
                None
            }
        }
    }
}

/// Named items, in the order in which they are written.
impl<T: FromNode> FromNode for Vec<Named<T>> {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Seq(_) = node.value {
            sink.push(
                wrong_type(node, "a mapping")
                    .help("each item stands under its name, `name: { … }`, which is its identity"),
            );
            return None;
        }
        let map = MapReader::open(node, None, sink)?;
        Some(map.entries.iter().map(|entry| named(entry, sink)).collect())
    }
}

/// Like the decoding of any named items, on all cores, which free the trees
/// as well.
pub(crate) fn named_in_parallel<T: FromNode + Send>(
    node: Node<'_>,
    sink: &mut Sink,
) -> Vec<Named<T>> {
    let Value::Map(entries) = node.value else {
        return Vec::from_node(&node, sink).unwrap_or_default();
    };
    let decoded: Vec<_> = entries
        .into_par_iter()
        .map(|entry| {
            let mut sink = Sink::default();
            (named(&entry, &mut sink), sink)
        })
        .collect();
    decoded
        .into_iter()
        .map(|(item, found)| {
            sink.absorb(found);
            item
        })
        .collect()
}

fn named<T: FromNode>(entry: &Entry<'_>, sink: &mut Sink) -> Named<T> {
    let name = Spanned::new(Arc::from(&*entry.key), entry.key_span);
    let item = T::from_entry(entry, sink);
    Named { name, item }
}

/// Declares a shape that is read from a mapping: `required` fields are
/// decoded as they are, `optional` ones into an `Option`, `boxed` ones into an
/// `Option` that takes little room if they are absent, `list` ones into
/// something with a default. `"key"` names the YAML key where it differs.
macro_rules! record {
    (@take required $map:ident $sink:ident $key:expr) => { $map.required($key, $sink) };
    (@take optional $map:ident $sink:ident $key:expr) => { Some($map.optional($key, $sink)) };
    (@take boxed $map:ident $sink:ident $key:expr) => {
        Some($map.optional($key, $sink).map(|given: $crate::diagnostic::Spanned<_>| given.map(Box::new)))
    };
    (@take list $map:ident $sink:ident $key:expr) => { Some($map.optional($key, $sink).unwrap_or_default()) };
    (@take part $map:ident $sink:ident $key:expr) => { $crate::spec::reader::FromMap::from_map($map, $sink) };
    (@say required $keys:ident $key:literal $about:expr, $type:ty) => { $keys.required::<$type>($key, $about) };
    (@say optional $keys:ident $key:literal $about:expr, $type:ty) => { $keys.key::<$type>($key, $about) };
    (@say boxed $keys:ident $key:literal $about:expr, $type:ty) => { $keys.key::<$type>($key, $about) };
    (@say list $keys:ident $key:literal $about:expr, $type:ty) => { $keys.key::<$type>($key, $about) };
    (@say part $keys:ident $key:literal $about:expr, $type:ty) => { <$type as $crate::spec::reader::FromMap>::keys($keys) };
    (@type optional $type:ty) => { Option<$type> };
    (@type boxed $type:ty) => { Option<$crate::diagnostic::Spanned<Box<$type>>> };
    (@type $mode:ident $type:ty) => { $type };
    ($(
        $(#[doc = $about:literal])*
        $name:ident {
            $($(#[doc = $field_about:literal])* $mode:ident $field:ident $key:literal: $type:ty,)*
        }
    )*) => { $(
        $(#[doc = $about])*
        #[derive(Debug, Clone)]
        // Shapes that are only steps on the way to another one stay private and
        // need no place of their own.
        #[allow(dead_code, unreachable_pub)]
        pub struct $name {
            /// Where the mapping starts.
            pub span: $crate::diagnostic::Span,
            /// Optional keys whose values were broken, which has been reported.
            pub broken: Vec<&'static str>,
            $($(#[doc = $field_about])* pub $field: record!(@type $mode $type),)*
        }

        impl $crate::spec::reader::FromMap for $name {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static [&'static str] = &[$($about),*];

            fn keys(keys: &mut $crate::spec::schema::Keys<'_>) {
                $(record!(@say $mode keys $key &[$($field_about),*], $type);)*
                keys.allow();
            }

            fn from_map(
                map: &mut $crate::spec::reader::MapReader<'_, '_>,
                sink: &mut $crate::diagnostic::Sink,
            ) -> Option<Self> {
                map.allowances(sink);
                // All fields are taken before any may end the record, so that
                // one missing key hides no other finding.
                $(let $field = record!(@take $mode map sink $key);)*
                Some(Self { span: map.span(), broken: map.broken(), $($field: $field?,)* })
            }
        }
    )* };
}

/// Declares an enum of words.
macro_rules! choice {
    ($($(#[doc = $about:literal])* $name:ident { $($(#[doc = $word_about:literal])* $variant:ident = $word:literal,)* })*) => { $(
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[doc = $word_about])* $variant,)* }

        impl $crate::spec::schema::Schema for $name {
            fn schema(_: &mut $crate::spec::schema::Book) -> serde_json::Value {
                $crate::spec::schema::words(&[$(($word, &[$($word_about),*]),)*])
            }
        }

        impl $crate::spec::Choice for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];
        }

        impl $name {
            /// The word as specs (and, where it has one, the target system) write it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl $crate::spec::reader::FromNode for $name {
            fn from_node(
                node: &$crate::spec::node::Node<'_>,
                sink: &mut $crate::diagnostic::Sink,
            ) -> Option<Self> {
                $crate::spec::scalar::choice(node, sink)
            }
        }
    )* };
}

pub(crate) use {choice, record};
