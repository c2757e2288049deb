//! What stands on what: the definitions behind panels, variables and rules.

use super::item::{Id, Kind};
use super::pair::Pair;
use super::side::Side;
use crate::model::{Model, QueryUse, VariableKind};
use crate::promql::Query;
use std::collections::{BTreeMap, BTreeSet};

/// Which definitions an item stands on, directly or by others.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    direct: BTreeMap<Id, BTreeSet<Id>>,
    /// The profile that is laid over the specs.
    profiles: BTreeSet<String>,
    known: bool,
}

impl Uses {
    /// Of both sides at once; items that were renamed go by their new key.
    pub(crate) fn new(sides: [&Side; 2], pairs: &[Pair]) -> Self {
        let mut uses = Self {
            known: sides.iter().all(|side| side.defines()),
            ..Self::default()
        };
        for side in sides {
            uses.profiles.extend(side.profile.clone());
            if let Some(model) = &side.model {
                uses.add(model);
            }
        }
        let renamed: BTreeMap<Id, Id> = pairs
            .iter()
            .filter_map(|pair| Some((pair.base.as_ref()?.id(), pair.head.as_ref()?.id())))
            .filter(|(before, after)| before != after)
            .collect();
        if !renamed.is_empty() {
            let new = |id: Id| renamed.get(&id).cloned().unwrap_or(id);
            let mut direct: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
            for (user, used) in std::mem::take(&mut uses.direct) {
                direct
                    .entry(new(user))
                    .or_default()
                    .extend(used.into_iter().map(new));
            }
            uses.direct = direct;
        }
        uses
    }

    /// Whether `user` stands on `used`.
    pub(crate) fn reaches(&self, user: &Id, used: &Id) -> bool {
        let mut pending = vec![user];
        let mut seen = BTreeSet::new();
        while let Some(id) = pending.pop() {
            for next in self.direct.get(id).into_iter().flatten() {
                if next == used {
                    return true;
                }
                if seen.insert(next) {
                    pending.push(next);
                }
            }
        }
        false
    }

    /// Whether there are specs to know it from.
    pub(crate) fn are_known(&self) -> bool {
        self.known
    }

    /// Whether the profile was laid over the specs.
    pub(crate) fn applies(&self, profile: &str) -> bool {
        self.profiles.contains(profile)
    }

    fn link(&mut self, user: &Id, kind: Kind, used: &str) {
        self.direct
            .entry(user.clone())
            .or_default()
            .insert((kind, used.to_owned()));
    }

    fn metrics(&mut self, user: &Id, query: &Query, model: &Model) {
        for name in query
            .selectors()
            .filter_map(|selector| selector.metric_name())
        {
            for key in metric_keys(name, model) {
                self.link(user, Kind::Metric, &key);
            }
        }
    }

    fn text(&mut self, user: &Id, expr: &str, model: &Model) {
        if let Ok(query) = Query::parse(expr) {
            self.metrics(user, &query, model);
        }
    }

    fn add(&mut self, model: &Model) {
        for query in model.queries.values() {
            let id = (Kind::Query, query.name.to_string());
            self.metrics(&id, &query.expr, model);
            if let Some(thresholds) = &query.thresholds {
                self.link(&id, Kind::Threshold, &thresholds.name);
            }
        }
        for (name, metric) in &model.metrics {
            for label in &metric.labels {
                self.link(&(Kind::Metric, name.to_string()), Kind::Label, label);
            }
        }
        for dashboard in &model.dashboards {
            for panel in dashboard.all_panels() {
                let id = (Kind::Panel, format!("{}/{}", dashboard.uid, panel.key));
                for target in &panel.targets {
                    match &target.query {
                        Some(query) => self.link(&id, Kind::Query, query),
                        None => self.text(&id, &target.expr, model),
                    }
                }
                if let Some(thresholds) = &panel.fields.thresholds {
                    self.link(&id, Kind::Threshold, &thresholds.name);
                }
                if let crate::model::PanelKind::Table { columns, .. } = &panel.kind {
                    for thresholds in columns
                        .iter()
                        .filter_map(|column| column.thresholds.as_ref())
                    {
                        self.link(&id, Kind::Threshold, &thresholds.name);
                    }
                }
            }
            for variable in &dashboard.variables {
                let id = (
                    Kind::Variable,
                    format!("{}/{}", dashboard.uid, variable.name),
                );
                if let VariableKind::Values { query, .. } = &variable.kind {
                    let metric = query.split(['(', '{', ',']).nth(1).unwrap_or_default();
                    for key in metric_keys(metric.trim(), model) {
                        self.link(&id, Kind::Metric, &key);
                    }
                }
            }
        }
        for (group, alert) in model.alerts() {
            let id = (Kind::Alert, format!("{}/{}", group.name, alert.name));
            self.text(&id, &alert.expr, model);
            if let Some(condition) = &alert.condition {
                self.link(&id, Kind::Query, &condition.query);
                self.link(&id, Kind::Threshold, &condition.thresholds.name);
            }
            if let Some((dashboard, panel)) = &alert.panel {
                let uid = model
                    .dashboards
                    .iter()
                    .find(|board| board.key == *dashboard);
                let uid = uid.map_or(&**dashboard, |board| &*board.uid);
                self.link(&id, Kind::Panel, &format!("{uid}/{panel}"));
                self.link(&id, Kind::Dashboard, uid);
            }
        }
        for group in &model.groups {
            for record in &group.records {
                let id = (Kind::Record, format!("{}/{}", group.name, record.name));
                self.text(&id, &record.expr, model);
                let used = QueryUse::Record(record.name.clone());
                let behind = model
                    .queries
                    .values()
                    .filter(|query| query.used_by.contains(&used));
                for query in behind {
                    self.link(&id, Kind::Query, &query.name);
                }
            }
        }
    }
}

/// The keys of the metric that has a series of this name.
fn metric_keys(series: &str, model: &Model) -> Vec<String> {
    let bare = ["_bucket", "_sum", "_count"]
        .into_iter()
        .filter_map(|suffix| series.strip_suffix(suffix));
    let names: Vec<&str> = std::iter::once(series).chain(bare).collect();
    let own = names
        .iter()
        .filter(|name| model.metrics.contains_key(**name));
    let mut keys: Vec<String> = own.map(|name| (*name).to_owned()).collect();
    for (catalog, external) in &model.external {
        let found = names
            .iter()
            .filter(|name| external.metrics.contains_key(**name));
        keys.extend(found.map(|name| format!("{catalog}/{name}")));
    }
    keys
}
