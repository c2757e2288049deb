//! Grafana's dashboards, those of old schemas included, as items.

use super::item::{Item, Kind, Names, flatten};
use super::side::Side;
use crate::model::Dashboard;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The keys that panels have in the specs.
#[derive(Default)]
pub(crate) struct PanelKeys<'m>(HashMap<&'m str, Vec<&'m Dashboard>>);

impl<'m> PanelKeys<'m> {
    /// Of both sides; empty where there are only files.
    pub(crate) fn new(sides: [&'m Side; 2]) -> Self {
        let mut boards: HashMap<_, Vec<_>> = HashMap::new();
        for model in sides.into_iter().filter_map(|side| side.model.as_ref()) {
            for board in &model.dashboards {
                boards.entry(&*board.uid).or_default().push(board);
            }
        }
        Self(boards)
    }

    fn of(&self, uid: &str, id: u64) -> Option<String> {
        let boards = self.0.get(uid)?.iter().rev();
        let mut panels = boards.flat_map(|board| board.all_panels());
        let panel = panels.find(|panel| u64::from(panel.id) == id)?;
        Some(panel.key.to_string())
    }
}

/// A JSON document that is a dashboard, taken apart so far that its parts can
/// be compared as text.
#[derive(Default)]
struct Parts<'j> {
    settings: BTreeMap<Cow<'j, str>, &'j RawValue>,
    panels: Vec<&'j RawValue>,
    has_panels: bool,
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Parts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a dashboard")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut parts = Parts::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "panels" => {
                            parts.panels = map.next_value()?;
                            parts.has_panels = true;
                        }
                        _ => drop(parts.settings.insert(key, map.next_value()?)),
                    }
                }
                Ok(parts)
            }
        }
        deserializer.deserialize_map(Whole)
    }
}

impl Parts<'_> {
    /// Without what `other` has in the same words: settings but those that name
    /// the dashboard, and panels up to the first that differs and from behind
    /// the last one.
    fn unlike(&self, other: &Self) -> Option<Map<String, Value>> {
        let mut rest = Map::new();
        for (key, value) in &self.settings {
            let is_same = other
                .settings
                .get(key)
                .is_some_and(|other| other.get() == value.get());
            if !is_same || matches!(&**key, "uid" | "title") {
                rest.insert(key.to_string(), serde_json::from_str(value.get()).ok()?);
            }
        }
        let same = |(one, other): &(&&RawValue, &&RawValue)| one.get() == other.get();
        let (own, theirs) = (&self.panels, &other.panels);
        let shorter = own.len().min(theirs.len());
        let start = own.iter().zip(theirs).take_while(same).count();
        let end = own.iter().rev().zip(theirs.iter().rev());
        let end = end.take_while(same).count().min(shorter - start);
        let panels = own[start..own.len() - end].iter();
        let panels: Result<Vec<Value>, _> = panels
            .map(|panel| serde_json::from_str(panel.get()))
            .collect();
        rest.insert("panels".to_owned(), panels.ok()?.into());
        Some(rest)
    }
}

/// A dashboard, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardView<'j> {
    /// Its uid; empty if it has none.
    pub uid: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// The dashboard itself, as it stands in its file.
    pub json: &'j str,
}

impl<'j> DashboardView<'j> {
    /// The dashboard in a JSON document, if there is one, as [`find`] finds it.
    pub(crate) fn new(json: &'j str) -> Option<Self> {
        let parts: Parts<'_> = serde_json::from_str(json).ok()?;
        let inner = parts.settings.get("dashboard").map(|inner| inner.get());
        if let Some(inner) = inner.filter(|inner| inner.starts_with('{')) {
            return Self::new(inner);
        }
        let text = |key| {
            let raw = parts.settings.get(key)?;
            serde_json::from_str::<String>(raw.get()).ok()
        };
        let is_list = |key| {
            parts
                .settings
                .get(key)
                .is_some_and(|raw| raw.get().starts_with('['))
        };
        let is_dashboard =
            parts.has_panels || is_list("rows") || parts.settings.contains_key("templating");
        is_dashboard.then(|| Self {
            uid: text("uid").unwrap_or_default(),
            title: text("title").unwrap_or_default(),
            json,
        })
    }
}

/// Both versions of a dashboard as items, without the panels and settings that
/// are the same text in both; `None` if these are not two versions of one, as
/// their uids tell.
pub(crate) fn versions(
    texts: [&str; 2],
    path: &str,
    keys: &PanelKeys<'_>,
) -> Option<[Vec<Item>; 2]> {
    let read = |text| serde_json::from_str::<Parts<'_>>(text).ok();
    let (one, other) = (read(texts[0])?, read(texts[1])?);
    let uid = |parts: &Parts<'_>| parts.settings.get("uid").map(|uid| uid.get().to_owned());
    let is_plain =
        |parts: &Parts<'_>| !parts.panels.is_empty() && !parts.settings.contains_key("dashboard");
    if !is_plain(&one) || !is_plain(&other) || uid(&one).is_none() || uid(&one) != uid(&other) {
        return None;
    }
    let items = |map: &Map<String, Value>| items(map, path, keys);
    Some([items(&one.unlike(&other)?), items(&other.unlike(&one)?)])
}

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
pub(crate) fn items(map: &Map<String, Value>, path: &str, keys: &PanelKeys<'_>) -> Vec<Item> {
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
            .and_then(|id| keys.of(uid, id))
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
