//! YAML as plain values, without places: for what is compared and not compiled.

use super::node::{Entry, Node, Value as NodeValue};
use super::{Files, yaml};
use crate::diagnostic::{Sink, Sources};
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// A definition, as written once profiles are laid over it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its section: `metrics`, `queries`, …
    pub section: String,
    /// Its name there.
    pub name: String,
    /// What is said of it.
    pub value: Value,
}

/// Sections whose entries show in files only by what they bring about.
const SECTIONS: [&str; 7] = [
    "thresholds",
    "metrics",
    "external",
    "labels",
    "queries",
    "events",
    "emitters",
];

/// The entries of those sections.
pub(super) fn definitions(sections: &[Entry<'_>]) -> Vec<Definition> {
    let mut found = Vec::new();
    let known = sections
        .iter()
        .filter(|section| SECTIONS.contains(&&*section.key));
    for section in known {
        if let NodeValue::Map(entries) = &section.value.value {
            found.extend(entries.iter().map(|entry| Definition {
                section: section.key.to_string(),
                name: entry.key.to_string(),
                value: value(&entry.value),
            }));
        }
    }
    found
}

/// All profiles beside the specs as written, chosen or not, by name.
pub fn profiles(files: &Files) -> BTreeMap<String, Value> {
    let texts = files.profiles().into_iter();
    let read = |texts: Vec<String>| {
        let mut all = serde_json::Map::new();
        for document in texts.iter().filter_map(|text| read_yaml(text)).flatten() {
            if let Value::Object(map) = document {
                all.extend(map);
            }
        }
        Value::Object(all)
    };
    texts.map(|(name, texts)| (name, read(texts))).collect()
}

/// The documents of a YAML text, `None` if it is none. Takes what specs may
/// not say, such as tags, and keeps to the same limits.
pub fn read_yaml(text: &str) -> Option<Vec<Value>> {
    let mut sources = Sources::default();
    let id = sources.add("", "");
    let documents = yaml::parse(id, text, &mut Sink::default());
    let is_empty = documents.iter().all(Node::is_empty);
    (!is_empty).then(|| documents.iter().map(value).collect())
}

fn value(node: &Node<'_>) -> Value {
    match &node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Scalar { text, plain: true } => match &**text {
            "true" | "True" | "TRUE" => true.into(),
            "false" | "False" | "FALSE" => false.into(),
            text => number(text).map_or_else(|| text.into(), Value::Number),
        },
        NodeValue::Scalar { text, .. } => (**text).into(),
        NodeValue::Seq(items) => items.iter().map(value).collect(),
        NodeValue::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), value(&entry.value)))
            .collect(),
    }
}

fn number(text: &str) -> Option<Number> {
    let is_numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    if !is_numeric {
        return None;
    }
    match text.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
    }
}

#[cfg(test)]
mod tests {
    use super::read_yaml;
    use crate::diagnostic::Sink;
    use crate::spec::{Files, decode_defined};
    use serde_json::json;

    #[test]
    fn plain_words_have_types_and_quoted_ones_are_text() {
        assert_eq!(
            read_yaml("a: [1, 1.5, -2, 5m, 1.2.3, true, ~, '1', 0x1f]\nb: {c: !x y}"),
            Some(vec![json!({
                "a": [1, 1.5, -2, "5m", "1.2.3", true, null, "1", "0x1f"],
                "b": { "c": "y" }
            })])
        );
        assert_eq!(read_yaml("a: [1"), None);
        assert_eq!(read_yaml("# nothing"), None);
    }

    #[test]
    fn definitions_are_those_under_the_profile() {
        let files = Files::from_memory([
            (
                "specs/a.yaml",
                "thresholds:\n  t: { warning: 5%, critical: 10% }\n",
            ),
            (
                "specs/profiles/p.yaml",
                "thresholds:\n  t: { warning: 4%, critical: null }\n",
            ),
        ]);
        let (_, found) = decode_defined(&files, &mut Sink::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].value, json!({ "warning": "4%" }));
    }
}
