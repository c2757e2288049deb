//! Laying raw JSON over a rendered value, for the `raw` keys of specs.

use serde_json::Value;

/// Merges `over` into `into`: `null` removes a key, objects merge key by key,
/// anything else replaces what was there.
pub(crate) fn merge(into: &mut Value, over: &Value) {
    match (into, over) {
        (Value::Object(into), Value::Object(over)) => {
            for (key, value) in over {
                if value.is_null() {
                    into.remove(key);
                } else {
                    merge(into.entry(key.as_str()).or_insert(Value::Null), value);
                }
            }
        }
        // A new object goes through the merge as well, so that its own nulls
        // never reach the output.
        (into, Value::Object(_)) => {
            *into = Value::Object(serde_json::Map::new());
            merge(into, over);
        }
        (into, over) => *into = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use serde_json::{Value, json};

    fn merged(mut into: Value, over: &Value) -> Value {
        merge(&mut into, over);
        into
    }

    #[test]
    fn objects_merge_at_any_depth() {
        assert_eq!(
            merged(
                json!({"a": {"b": 1, "c": 2}, "d": 3}),
                &json!({"a": {"c": 4, "e": 5}})
            ),
            json!({"a": {"b": 1, "c": 4, "e": 5}, "d": 3})
        );
    }

    #[test]
    fn null_removes_and_leaves_no_trace() {
        assert_eq!(
            merged(
                json!({"a": 1, "b": {"c": 2}}),
                &json!({"a": null, "b": {"c": null}})
            ),
            json!({"b": {}})
        );
        assert_eq!(
            merged(json!({}), &json!({"a": null, "b": {"c": null, "d": 1}})),
            json!({"b": {"d": 1}})
        );
    }

    #[test]
    fn anything_else_replaces() {
        assert_eq!(
            merged(json!({"a": [1, 2]}), &json!({"a": [3]})),
            json!({"a": [3]})
        );
        assert_eq!(
            merged(json!({"a": [1, 2]}), &json!({"a": {"b": null}})),
            json!({"a": {}})
        );
        assert_eq!(
            merged(json!({"a": {"b": 1}}), &json!({"a": "x"})),
            json!({"a": "x"})
        );
    }
}
