//! Grafana's dashboards, those of old schemas included, as items.

mod parts;

use super::item::{Item, Kind, Names, flatten};
use super::side::Side;
use crate::model::Dashboard;
use parts::Parts;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The keys that panels have in the specs.
#[derive(Default)]
pub(crate) struct PanelKeys<'m>(HashMap<&'m str, Vec<&'m Dashboard>>);

impl<'m> PanelKeys<'m> {
    /// Of both sides; empty where there are only files.
    pub(crate) fn new(sides: [&'m Side; 2]) -> Self {
        if !sides.iter().all(|side| side.defines()) {
            return Self::default();
        }
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

/// A dashboard, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardView<'j> {
    /// Its uid, or else the name of its file.
    pub uid: String,
    /// Its title, or else its uid.
    pub title: String,
    /// The dashboard itself, as it stands in its file.
    pub json: &'j str,
}

impl<'j> DashboardView<'j> {
    /// The dashboard in the JSON document at `path`, if there is one, as [`find`]
    /// finds it.
    pub(crate) fn new(json: &'j str, path: &str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(json).ok()?;
        let parts = Parts::read(json)?;
        if parts
            .setting("dashboard")
            .is_some_and(|raw| raw.starts_with('{'))
        {
            let wrapped: Wrapped<'j> = serde_json::from_str(json).ok()?;
            return Self::new(wrapped.dashboard.get(), path);
        }
        let text = |key| serde_json::from_str::<String>(parts.setting(key)?).ok();
        let is_list = |key| parts.setting(key).is_some_and(|raw| raw.starts_with('['));
        let is_dashboard =
            parts.has_panels || is_list("rows") || parts.setting("templating").is_some();
        is_dashboard.then(|| {
            let (uid, title) = (text("uid"), text("title"));
            let [uid, title] = names(uid.as_deref(), title.as_deref(), path).map(str::to_owned);
            Self { uid, title, json }
        })
    }
}

/// What tells a dashboard from others and what people call it: its uid and its
/// title, or what stands in for one that is missing or empty.
fn names<'d>(uid: Option<&'d str>, title: Option<&'d str>, path: &'d str) -> [&'d str; 2] {
    let file = path.rsplit('/').next().unwrap_or(path);
    let given = |name: &&str| !name.is_empty();
    let uid = uid.filter(given);
    let uid = uid.unwrap_or_else(|| file.trim_end_matches(".json"));
    [uid, title.filter(given).unwrap_or(uid)]
}

/// A dashboard as Grafana's API wraps it.
#[derive(Deserialize)]
struct Wrapped<'j> {
    #[serde(borrow)]
    dashboard: &'j RawValue,
}

/// Both versions of a dashboard as items, without the panels and settings that
/// are the same text in both; `None` if these are not two versions of one, as
/// their uids tell.
pub(crate) fn versions(
    texts: [&str; 2],
    path: &str,
    keys: &PanelKeys<'_>,
) -> Option<[Vec<Item>; 2]> {
    let (one, other) = (Parts::read(texts[0])?, Parts::read(texts[1])?);
    let is_plain =
        |parts: &Parts<'_>| !parts.panels.is_empty() && parts.setting("dashboard").is_none();
    let uid = one.setting("uid")?;
    if !is_plain(&one) || !is_plain(&other) || other.setting("uid") != Some(uid) {
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
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    let [uid, title] = names(text("uid"), text("title"), path);
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
