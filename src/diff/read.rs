//! Files to items: what a file is shows in what it says, not in its name.

use super::dashboard::{self, DashboardView, PanelKeys};
use super::define::{definitions, describe_records};
use super::item::{Item, Kind, Names, flatten, shown};
use super::side::Side;
use super::told;
use crate::spec;
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Both sides as items.
pub(crate) struct Documents {
    pub(crate) base: Vec<Item>,
    pub(crate) head: Vec<Item>,
    /// Paths of the files whose bytes differ.
    pub(crate) differing: BTreeSet<String>,
}

pub(crate) fn documents(base: &Side, head: &Side) -> Documents {
    let paths: BTreeSet<&str> = [base, head]
        .into_iter()
        .flat_map(|side| side.artifacts.iter().map(|artifact| artifact.path.as_str()))
        .collect();
    let differing: BTreeSet<String> = paths
        .par_iter()
        .filter(|path| base.bytes(path) != head.bytes(path))
        .map(|path| (*path).to_owned())
        .collect();
    // Who is told of an alert depends on the rules and on the routes.
    let configuration = |path: &&str| is_yaml(path) && differing.iter().any(|path| is_yaml(path));
    let read: BTreeSet<&str> = paths
        .into_iter()
        .filter(|path| differing.contains(*path) || configuration(path))
        .collect();
    let defined = base.defines() && head.defines();
    let keys = PanelKeys::new([base, head]);
    let read: Vec<&str> = read.into_iter().collect();
    let found: Vec<[Contents; 2]> = read
        .par_iter()
        .map(|path| contents(path, [base.bytes(path), head.bytes(path)], &keys))
        .collect();
    let mut items = [base, head].map(|side| {
        if defined {
            definitions(side)
        } else {
            Vec::new()
        }
    });
    let mut trees = [None, None];
    for (path, sides) in read.iter().zip(found) {
        for (at, contents) in sides.into_iter().enumerate() {
            trees[at] = contents.routes.or(trees[at].take());
            items[at].extend(contents.items.into_iter().map(|item| Item {
                file: Some((*path).to_owned()),
                ..item
            }));
        }
    }
    for ((items, tree), side) in items.iter_mut().zip(&trees).zip([base, head]) {
        if let Some(model) = side.model.as_ref().filter(|_| defined) {
            describe_records(model, items);
        }
        make_unique(items);
        if let Some(tree) = tree {
            told::tell(tree, items);
        }
    }
    let [base, head] = items;
    Documents {
        base,
        head,
        differing,
    }
}

/// What a file says.
#[derive(Default)]
struct Contents {
    items: Vec<Item>,
    /// The routing tree, if it is Alertmanager's configuration.
    routes: Option<Value>,
}

/// What a file says on either side. Of dashboards, which are many and large,
/// parts that are the same text are left out.
fn contents(path: &str, bytes: [Option<&[u8]>; 2], keys: &PanelKeys<'_>) -> [Contents; 2] {
    if let [Some(base), Some(head)] = bytes
        && path.ends_with(".json")
        && let (Ok(base), Ok(head)) = (std::str::from_utf8(base), std::str::from_utf8(head))
        && let Some(versions) = dashboard::versions([base, head], path, keys)
    {
        return versions.map(|items| Contents {
            items,
            routes: None,
        });
    }
    bytes.map(|bytes| bytes.map_or_else(Contents::default, |bytes| file(path, bytes, keys)))
}

/// The panels and variables of a side, of those dashboards whose text `is_wanted`.
pub(crate) fn parts_of_dashboards(
    side: &Side,
    keys: &PanelKeys<'_>,
    is_wanted: impl Fn(&[u8]) -> bool + Sync,
) -> Vec<Item> {
    let files = side.artifacts.par_iter();
    files
        .filter(|artifact| artifact.path.ends_with(".json") && is_wanted(&artifact.bytes))
        .flat_map_iter(|artifact| file(&artifact.path, &artifact.bytes, keys).items)
        .filter(|item| matches!(item.kind, Kind::Panel | Kind::Variable))
        .collect()
}

/// The dashboards of a side, in the order of their files.
pub fn dashboards(side: &Side) -> Vec<DashboardView<'_>> {
    let files = side.artifacts.par_iter();
    files
        .filter(|artifact| artifact.path.ends_with(".json"))
        .filter_map(|artifact| {
            let text = std::str::from_utf8(&artifact.bytes).ok()?;
            DashboardView::new(text, &artifact.path)
        })
        .collect()
}

/// The alerts of a side, each with who is told, and the routing tree.
pub fn alerting(side: &Side) -> (Vec<AlertView>, Option<Value>) {
    let mut tree = None;
    let mut items = Vec::new();
    let artifacts = side.artifacts.iter();
    for artifact in artifacts.filter(|artifact| is_yaml(&artifact.path)) {
        let contents = file(&artifact.path, &artifact.bytes, &PanelKeys::default());
        items.extend(contents.items);
        tree = contents.routes.or(tree);
    }
    make_unique(&mut items);
    if let Some(tree) = &tree {
        told::tell(tree, &mut items);
    }
    let alerts = items.into_iter().filter(|item| item.kind == Kind::Alert);
    let alerts = alerts.map(|item| {
        let field = |path: &str| item.fields.get(path).map(shown);
        AlertView {
            expr: field("expr").unwrap_or_default(),
            r#for: field("for"),
            severity: field("labels/severity"),
            told: field(told::TOLD),
            key: item.key,
            name: item.name,
        }
    });
    (alerts.collect(), tree)
}

/// An alert, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AlertView {
    /// What tells it from others.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its expression.
    pub expr: String,
    /// How long the condition must hold.
    pub r#for: Option<String>,
    /// How bad it is.
    pub severity: Option<String>,
    /// The receivers that hear of it.
    pub told: Option<String>,
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

/// Two files may define the same thing, as copies of a dashboard do.
fn make_unique(items: &mut [Item]) {
    let mut seen = BTreeSet::new();
    for item in items {
        let plain = item.key.clone();
        let mut count = 1;
        while !seen.insert(item.id()) {
            count += 1;
            item.key = format!("{plain}#{count}");
        }
    }
}

fn file(path: &str, bytes: &[u8], keys: &PanelKeys<'_>) -> Contents {
    let mut routes = None;
    let items = items(path, bytes, keys, &mut routes);
    Contents { items, routes }
}

/// What a file says; the routing tree in it goes to `tree`.
fn items(path: &str, bytes: &[u8], keys: &PanelKeys<'_>, tree: &mut Option<Value>) -> Vec<Item> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let mut item = Item::new(Kind::File, path, path);
        let content = format!("{} bytes that are no text", bytes.len());
        item.fields.insert("bytes".to_owned(), content.into());
        item.fields.insert(
            "fingerprint".to_owned(),
            xxhash_rust::xxh3::xxh3_64(bytes).into(),
        );
        return vec![item];
    };
    if path.ends_with(".json") {
        if let Ok(document) = serde_json::from_str::<Value>(text) {
            if let Some(map) = dashboard::find(&document) {
                return dashboard::items(map, path, keys);
            }
            if document.is_object() && !path.contains("/.") && !path.starts_with('.') {
                return vec![Item::new(Kind::File, path, path).with(&document)];
            }
        }
    } else if is_yaml(path)
        && let Some(documents) = spec::read_yaml(text)
    {
        let items: Option<Vec<_>> = documents
            .iter()
            .map(|document| yaml(path, document, tree))
            .collect();
        if let Some(items) = items
            && !items.is_empty()
        {
            return items.into_iter().flatten().collect();
        }
    }
    let mut item = Item::new(Kind::File, path, path);
    item.fields.insert("content".to_owned(), text.into());
    vec![item]
}

/// What a YAML document says; `None` if it is of no kind that is known.
fn yaml(path: &str, document: &Value, tree: &mut Option<Value>) -> Option<Vec<Item>> {
    let map = document.as_object()?;
    let has = |key: &str| map.contains_key(key);
    if document["kind"] == "PrometheusRule" {
        return Some(rules(document["spec"].as_object()?, path));
    }
    Some(if has("groups") {
        rules(map, path)
    } else if has("route") || has("receivers") {
        *tree = map.get("route").cloned();
        alertmanager(map, path)
    } else if has("scrape_configs") || has("rule_files") && has("global") {
        named(
            map,
            path,
            "scrape_configs",
            "job_name",
            Kind::Job,
            Kind::Prometheus,
        )
    } else if has("tests") && has("rule_files") {
        named(map, path, "tests", "name", Kind::AlertTest, Kind::File)
    } else if has("datasources") {
        named(
            map,
            path,
            "datasources",
            "uid",
            Kind::Datasource,
            Kind::File,
        )
    } else if has("providers") {
        named(map, path, "providers", "name", Kind::Provider, Kind::File)
    } else if has("services") {
        services(map, path)
    } else {
        return None;
    })
}

/// A list of things with names, and the settings around it.
fn named(
    map: &Map<String, Value>,
    path: &str,
    list: &str,
    key: &str,
    kind: Kind,
    around: Kind,
) -> Vec<Item> {
    let mut items = vec![settings(map, path, around, &[list])];
    for part in map
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = part[key].as_str().or(part["name"].as_str());
        let name = name.unwrap_or("unnamed");
        let title = part["name"].as_str().unwrap_or(name);
        items.push(Item::new(kind, name, title).with(part));
    }
    items
}

fn settings(map: &Map<String, Value>, path: &str, kind: Kind, except: &[&str]) -> Item {
    let name = match kind {
        Kind::File => path,
        _ => path.rsplit('/').next().unwrap_or(path),
    };
    let mut item = Item::new(kind, name, name);
    for (key, value) in map {
        if !except.contains(&key.as_str()) {
            flatten(key, value, &mut item.fields);
        }
    }
    item
}

fn services(map: &Map<String, Value>, path: &str) -> Vec<Item> {
    let mut items = vec![settings(map, path, Kind::Stack, &["services"])];
    let services = map.get("services").and_then(Value::as_object);
    for (name, service) in services.into_iter().flatten() {
        items.push(Item::new(Kind::Service, name, name).with(service));
    }
    items
}

fn rules(map: &Map<String, Value>, path: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for group in map
        .get("groups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = group["name"].as_str().unwrap_or(path);
        if let Some(group) = group.as_object() {
            let mut item = Item::new(Kind::Group, name, name);
            for (key, value) in group.iter().filter(|(key, _)| *key != "rules") {
                flatten(key, value, &mut item.fields);
            }
            items.push(item);
        }
        let rules: Vec<_> = group["rules"].as_array().into_iter().flatten().collect();
        let called = |rule: &Value| {
            rule["alert"]
                .as_str()
                .or(rule["record"].as_str())
                .map(str::to_owned)
        };
        let mut names = Names::default();
        for rule in &rules {
            let Some(rule_name) = called(rule) else {
                continue;
            };
            let kind = if rule["alert"].is_string() {
                Kind::Alert
            } else {
                Kind::Record
            };
            // Alerts often come once per severity.
            let mut key = format!("{name}/{rule_name}");
            if let Some(severity) = rule["labels"]["severity"].as_str()
                && rules
                    .iter()
                    .filter(|other| called(other).as_ref() == Some(&rule_name))
                    .count()
                    > 1
            {
                key = format!("{key} ({severity})");
            }
            items.push(
                Item::new(kind, names.unique(key), rule_name)
                    .inside(Kind::Group, name, name)
                    .with(rule),
            );
        }
    }
    items
}

fn alertmanager(map: &Map<String, Value>, path: &str) -> Vec<Item> {
    let own = [
        "route",
        "receivers",
        "inhibit_rules",
        "time_intervals",
        "mute_time_intervals",
    ];
    let mut items = vec![settings(map, path, Kind::Alertmanager, &own)];
    let list = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    for receiver in list("receivers") {
        let name = receiver["name"].as_str().unwrap_or("unnamed");
        items.push(Item::new(Kind::Receiver, name, name).with(receiver));
    }
    for interval in list("time_intervals").chain(list("mute_time_intervals")) {
        let name = interval["name"].as_str().unwrap_or("unnamed");
        items.push(Item::new(Kind::TimeInterval, name, name).with(interval));
    }
    for rule in list("inhibit_rules") {
        // It has no name: it is what it says, without the order of its matchers.
        let part = |kind: &str| {
            let lists = [format!("{kind}_matchers"), format!("{kind}_match")];
            let mut all: Vec<_> = lists
                .iter()
                .flat_map(|key| told::matchers_text(&rule[key]))
                .collect();
            all.sort();
            all.join(", ")
        };
        let name = format!("{} silences {}", part("source"), part("target"));
        items.push(Item::new(Kind::Inhibition, &name, &name).with(rule));
    }
    if let Some(route) = map.get("route") {
        routes(route, "", &mut Names::default(), &mut items);
    }
    items
}

fn routes(route: &Value, above: &str, names: &mut Names, items: &mut Vec<Item>) {
    let matchers = told::route_matchers(route).join(", ");
    let key = match (above, matchers.as_str()) {
        ("", "") => "root".to_owned(),
        _ => format!("{above}/{matchers}"),
    };
    let key = names.unique(key);
    let name = if above.is_empty() {
        "root".to_owned()
    } else if matchers.is_empty() {
        "everything".to_owned()
    } else {
        matchers
    };
    let mut item = Item::new(Kind::Route, &key, name);
    let mut order = Vec::new();
    for (field, value) in route.as_object().into_iter().flatten() {
        if field != "routes" {
            flatten(field, value, &mut item.fields);
        }
    }
    let at = items.len();
    for child in route["routes"].as_array().into_iter().flatten() {
        order.push(Value::from(told::route_matchers(child).join(", ")));
        routes(child, &key, names, items);
    }
    if order.len() > 1 {
        item.fields.insert("order/routes".to_owned(), order.into());
    }
    if let Some(receiver) = item.fields.get("receiver").filter(|_| !above.is_empty()) {
        item.name = format!("{} to {}", item.name, shown(receiver));
    }
    items.insert(at, item);
}
