//! Grafana's dashboards, those of old schemas included, as items.

use super::item::{Item, Kind, Names, flatten};
use serde_json::{Map, Value};

/// The keys that panels have in the specs, by uid of the dashboard and id.
pub(crate) type PanelKeys = std::collections::BTreeMap<(String, u64), String>;

/// The dashboard in a JSON document, if there is one: itself, or wrapped as
/// Grafana's API wraps it.
pub(crate) fn find(document: &Value) -> Option<&Map<String, Value>> {
    let map = document.as_object()?;
    if let Some(inner) = map.get("dashboard").and_then(Value::as_object) {
        return Some(inner);
    }
    let has_list = |key: &str| map.get(key).is_some_and(Value::is_array);
    (has_list("panels") || has_list("rows") || map.contains_key("templating")).then_some(map)
}

/// The dashboard, its variables and its panels.
pub(crate) fn items(map: &Map<String, Value>, path: &str, keys: &PanelKeys) -> Vec<Item> {
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let stem = path
        .rsplit('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".json");
    let uid = if text("uid").is_empty() {
        stem
    } else {
        text("uid")
    };
    let title = if text("title").is_empty() {
        uid
    } else {
        text("title")
    };
    let inside = |item: Item| item.inside(Kind::Dashboard, uid, title);

    let mut dashboard = Item::new(Kind::Dashboard, uid, title);
    for (key, value) in map {
        if !matches!(key.as_str(), "panels" | "rows" | "templating") {
            flatten(key, value, &mut dashboard.fields);
        }
    }
    let mut variables = Vec::new();
    if let Some(templating) = map.get("templating") {
        let list = templating["list"].as_array().map_or(&[][..], Vec::as_slice);
        let mut names = Names::default();
        for variable in list {
            let name = names.unique(variable["name"].as_str().unwrap_or("unnamed").to_owned());
            variables.push(inside(
                Item::new(Kind::Variable, format!("{uid}/{name}"), name).with(variable),
            ));
        }
        let order = variables
            .iter()
            .map(|variable| Value::from(variable.name.as_str()));
        dashboard
            .fields
            .insert("order/variables".to_owned(), order.collect());
    }

    let mut panels = Vec::new();
    let list = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    for (index, row) in list("rows").enumerate() {
        for panel in row["panels"].as_array().into_iter().flatten() {
            panels.push(panel);
        }
        if let Some(row) = row.as_object() {
            for (key, value) in row.iter().filter(|(key, _)| *key != "panels") {
                flatten(&format!("rows/{index}/{key}"), value, &mut dashboard.fields);
            }
        }
    }
    for panel in list("panels") {
        panels.push(panel);
        panels.extend(panel["panels"].as_array().into_iter().flatten());
    }
    let mut names = Names::default();
    let panels = panels.into_iter().map(|panel| {
        let id = panel["id"].as_u64();
        let title = panel["title"].as_str().unwrap_or_default();
        let key = id
            .and_then(|id| keys.get(&(uid.to_owned(), id)).cloned())
            .or_else(|| id.map(|id| id.to_string()))
            .unwrap_or_else(|| title.to_owned());
        let name = match (title, panel["type"].as_str()) {
            ("", Some(kind)) => format!("{kind} {key}"),
            ("", None) => key.clone(),
            _ => title.to_owned(),
        };
        let mut item = Item::new(Kind::Panel, format!("{uid}/{}", names.unique(key)), name);
        for (key, value) in panel.as_object().into_iter().flatten() {
            // The panels of a folded row are items of their own.
            if key != "panels" || !value.is_array() {
                flatten(key, value, &mut item.fields);
            }
        }
        inside(item)
    });
    let panels: Vec<_> = panels.collect();
    let mut all = vec![dashboard];
    all.extend(variables);
    all.extend(panels);
    all
}
