//! Specs to items: what they define, as far as no file says the same.

use super::item::{Fields, Item, Kind, flatten, shown};
use super::side::Side;
use crate::model::Model;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The sections whose entries are items.
const SECTIONS: [(&str, Kind); 6] = [
    ("thresholds", Kind::Threshold),
    ("metrics", Kind::Metric),
    ("labels", Kind::Label),
    ("queries", Kind::Query),
    ("events", Kind::Event),
    ("emitters", Kind::Emitter),
];

/// Everything that a side defines and that its files do not say.
pub(crate) fn definitions(side: &Side) -> Vec<Item> {
    let mut items = Vec::new();
    for definition in &side.definitions {
        let name = definition.name.as_str();
        if let Some((_, kind)) = SECTIONS
            .iter()
            .find(|(section, _)| *section == definition.section)
        {
            let mut item = Item::new(*kind, name, name);
            match definition.value.as_object() {
                Some(event) if *kind == Kind::Event => updates(event, &mut item.fields),
                _ => flatten("", &definition.value, &mut item.fields),
            }
            items.push(item);
        } else if definition.section == "external" {
            let mut catalog = Item::new(Kind::Catalog, name, name);
            for (key, value) in definition.value.as_object().into_iter().flatten() {
                if key != "metrics" {
                    flatten(key, value, &mut catalog.fields);
                }
            }
            items.push(catalog);
        }
    }
    for (name, profile) in &side.profiles {
        items.push(Item::new(Kind::Profile, name, name).with(profile));
    }
    for (path, text) in &side.templates {
        let mut template = Item::new(Kind::Template, path, path);
        template
            .fields
            .insert("content".to_owned(), text.as_str().into());
        items.push(template);
    }
    if let Some(model) = &side.model {
        order_arguments(model, &mut items);
        items.extend(external(model));
        let url = model
            .grafana
            .as_ref()
            .and_then(|grafana| grafana.url.as_ref());
        items.extend(
            url.map(|url| Item::new(Kind::Grafana, "url", "url").with(&json!({ "url": url }))),
        );
    }
    items
}

/// What an event says, each of its updates as one text: `observe latency (value
/// seconds)`. They have no names to go by.
fn updates(event: &Map<String, Value>, fields: &mut Fields) {
    for (key, value) in event {
        match value.as_array() {
            Some(updates) if key == "do" => {
                let said = updates.iter().map(|update| {
                    let mut parts: Vec<_> = update.as_object().into_iter().flatten().collect();
                    parts.sort_by_key(|(key, _)| !UPDATES.contains(&key.as_str()));
                    let mut parts = parts
                        .into_iter()
                        .map(|(key, value)| format!("{key} {}", shown(value)));
                    let what = parts.next().unwrap_or_default();
                    let rest: Vec<_> = parts.collect();
                    Value::from(match rest.as_slice() {
                        [] => what,
                        rest => format!("{what} ({})", rest.join(", ")),
                    })
                });
                fields.insert(key.clone(), said.collect());
            }
            _ => flatten(key, value, fields),
        }
    }
}

/// Adds the order of arguments, which is that of calls, and which no mapping
/// keeps.
fn order_arguments(model: &Model, items: &mut [Item]) {
    for item in items.iter_mut().filter(|item| item.kind == Kind::Event) {
        let Some(event) = model.events.get(item.name.as_str()) else {
            continue;
        };
        let names = event.args.iter().map(|arg| Value::from(&*arg.name));
        item.fields.insert("order/args".to_owned(), names.collect());
    }
}

/// What an update may do, before to how much and of which series.
const UPDATES: [&str; 5] = ["inc", "dec", "add", "set", "observe"];

/// The metrics of other people's exporters, declared or read from a file.
fn external(model: &Model) -> impl Iterator<Item = Item> {
    model.external.iter().flat_map(|(catalog, external)| {
        external.metrics.values().map(move |metric| {
            let said = json!({
                "type": metric.kind.word(), "help": metric.help, "labels": metric.labels,
            });
            Item::new(
                Kind::Metric,
                format!("{catalog}/{}", metric.name),
                &*metric.name,
            )
            .with(&said)
        })
    })
}

/// Adds what only people are told of recording rules, which is in no rule file.
pub(crate) fn describe_records(model: &Model, items: &mut Vec<Item>) {
    let places: HashMap<String, usize> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.kind == Kind::Record)
        .map(|(at, item)| (item.key.clone(), at))
        .collect();
    for group in &model.groups {
        for record in &group.records {
            let Some(help) = &record.help else { continue };
            let help = Value::from(&**help);
            let key = format!("{}/{}", group.name, record.name);
            match places.get(&key) {
                Some(at) => drop(items[*at].fields.insert("help".to_owned(), help)),
                None => items.push(Item {
                    fields: Fields::from([("help".to_owned(), help)]),
                    ..Item::new(Kind::Record, key, &*record.name).inside(
                        Kind::Group,
                        &group.name,
                        &group.name,
                    )
                }),
            }
        }
    }
}
