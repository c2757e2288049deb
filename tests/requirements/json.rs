//! Generated files as trees.

use crate::reference::Generated;
use serde_json::Value;

/// The tree of a YAML or JSON file.
pub(crate) fn tree(generated: &Generated, file: &str) -> Value {
    let text = generated.read(file);
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

/// The element whose `key` is `name`.
pub(crate) fn named<'v>(elements: &'v Value, key: &str, name: &str) -> &'v Value {
    list(elements)
        .iter()
        .find(|element| element[key] == name)
        .unwrap_or_else(|| panic!("no {key} {name} in {elements}"))
}
