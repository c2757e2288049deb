//! Who uses what: the edges between everything that has a name.

use super::{Dashboard, Metric, Model, Panel, PanelKind, VariableKind};
use crate::promql::Query;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// Something with a name in the specs. The order is that of reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A metric, without a histogram's suffix: declared, external, or one of
    /// Prometheus's own.
    Metric(Arc<str>),
    /// Named thresholds.
    Thresholds(Arc<str>),
    /// A named query.
    Query(Arc<str>),
    /// A recording rule.
    Record(Arc<str>),
    /// A variable of a dashboard.
    Variable {
        /// Key of the dashboard.
        dashboard: Arc<str>,
        /// Name of the variable.
        variable: Arc<str>,
    },
    /// A panel.
    Panel {
        /// Key of the dashboard.
        dashboard: Arc<str>,
        /// Key of the panel.
        panel: Arc<str>,
    },
    /// An alert.
    Alert(Arc<str>),
    /// An event of the emitters.
    Event(Arc<str>),
}

/// The uses within a model, in both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// What each item names itself, sorted.
    uses: HashMap<Item, Vec<Item>>,
    /// Who names each item, sorted.
    users: HashMap<Item, Vec<Item>>,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(name) => write!(f, "metric {name}"),
            Self::Thresholds(name) => write!(f, "threshold {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Record(name) => write!(f, "recording rule {name}"),
            Self::Variable {
                dashboard,
                variable,
            } => write!(f, "variable {dashboard}/{variable}"),
            Self::Panel { dashboard, panel } => write!(f, "panel {dashboard}/{panel}"),
            Self::Alert(name) => write!(f, "alert {name}"),
            Self::Event(name) => write!(f, "event {name}"),
        }
    }
}

impl Uses {
    /// Follows every name in `model`.
    pub fn of(model: &Model) -> Self {
        let mut found = Self::default();
        let series = Series::of(model);
        for query in model.queries.values() {
            let user = Item::Query(query.name.clone());
            found.add_query(&user, &query.expr, &series);
            if let Some(thresholds) = &query.thresholds {
                found.add(&user, Item::Thresholds(thresholds.name.clone()));
            }
        }
        for record in model.groups.iter().flat_map(|group| &group.records) {
            let user = Item::Record(record.name.clone());
            found.add_query(&user, &record.source, &series);
            found.add_all(&user, record.query.iter().cloned().map(Item::Query));
        }
        for (_, alert) in model.alerts() {
            let user = Item::Alert(alert.name.clone());
            found.add_query(&user, &alert.source, &series);
            if let Some(condition) = &alert.condition {
                found.add(&user, Item::Query(condition.query.clone()));
                found.add(&user, Item::Thresholds(condition.thresholds.name.clone()));
            }
            if let Some((dashboard, panel)) = alert.panel.clone() {
                found.add(&user, Item::Panel { dashboard, panel });
            }
        }
        for dashboard in &model.dashboards {
            found.add_dashboard(dashboard, &series);
        }
        for event in model.events.values() {
            let metrics = event.updates.iter().map(|update| update.metric.clone());
            let user = Item::Event(event.name.clone());
            found.add_all(&user, metrics.map(Item::Metric));
        }
        found.sort();
        found
    }

    /// What `item` names itself, sorted.
    pub fn uses_of(&self, item: &Item) -> impl Iterator<Item = &Item> {
        self.uses.get(item).into_iter().flatten()
    }

    /// Who names `item`, sorted.
    pub fn users_of(&self, item: &Item) -> impl Iterator<Item = &Item> {
        self.users.get(item).into_iter().flatten()
    }

    /// Everything that a change to `item` may reach: its users, theirs, and so
    /// on, each with what it names on the way. Who links to a panel is reached
    /// from that panel only: what it shows changes nothing for others.
    pub fn reached_from(&self, item: &Item) -> BTreeMap<&Item, &Item> {
        let mut reached: BTreeMap<&Item, &Item> = BTreeMap::new();
        let start = self.users.get_key_value(item).map(|(item, _)| item);
        let mut pending: VecDeque<&Item> = start.into_iter().collect();
        while let Some(through) = pending.pop_front() {
            if through != item && matches!(through, Item::Panel { .. }) {
                continue;
            }
            for user in self.users_of(through) {
                if user != item && !reached.contains_key(user) {
                    reached.insert(user, through);
                    pending.push_back(user);
                }
            }
        }
        reached
    }

    fn sort(&mut self) {
        for items in self.uses.values_mut().chain(self.users.values_mut()) {
            items.sort_unstable();
            items.dedup();
        }
    }

    /// Notes a use; [`Self::sort`] is to follow.
    fn add(&mut self, user: &Item, used: Item) {
        let users = self.users.entry(used.clone()).or_default();
        users.push(user.clone());
        let uses = self.uses.entry(user.clone()).or_default();
        uses.push(used);
    }

    fn add_all(&mut self, user: &Item, used: impl Iterator<Item = Item>) {
        for used in used {
            self.add(user, used);
        }
    }

    fn add_dashboard(&mut self, dashboard: &Dashboard, series: &Series) {
        let variables = |names: BTreeSet<String>| {
            let own = dashboard.variables.iter();
            own.filter(move |variable| names.contains(&*variable.name))
                .map(|variable| Item::Variable {
                    dashboard: dashboard.key.clone(),
                    variable: variable.name.clone(),
                })
        };
        for variable in &dashboard.variables {
            let user = Item::Variable {
                dashboard: dashboard.key.clone(),
                variable: variable.name.clone(),
            };
            if let VariableKind::Values { query, .. } = &variable.kind {
                let names = variables_in(query).map(str::to_owned).collect();
                self.add_all(&user, variables(names));
                if let Ok(selector) = Query::parse(label_values_selector(query)) {
                    self.add_query(&user, &selector, series);
                }
            }
        }
        for panel in dashboard.all_panels() {
            let user = Item::Panel {
                dashboard: dashboard.key.clone(),
                panel: panel.key.clone(),
            };
            self.add_all(&user, variables(panel.variables()));
            self.add_panel(&user, panel, series);
        }
    }

    fn add_panel(&mut self, user: &Item, panel: &Panel, series: &Series) {
        for target in &panel.targets {
            self.add_query(user, &target.source, series);
            self.add_all(user, target.query.iter().cloned().map(Item::Query));
        }
        let columns = match &panel.kind {
            PanelKind::Table { columns, .. } => columns.as_slice(),
            _ => &[],
        };
        let judged = columns
            .iter()
            .filter_map(|column| column.thresholds.as_ref());
        for thresholds in judged.chain(&panel.fields.thresholds) {
            self.add(user, Item::Thresholds(thresholds.name.clone()));
        }
    }

    fn add_query(&mut self, user: &Item, query: &Query, series: &Series) {
        for selector in query.selectors() {
            if let Some(name) = selector.metric_name() {
                self.add(user, series.item(name));
            }
        }
        for bound in query.threshold_names() {
            self.add(user, Item::Thresholds(bound.into()));
        }
    }
}

/// What the series of a name belong to.
struct Series(BTreeMap<String, Item>);

impl Series {
    fn of(model: &Model) -> Self {
        let external = model.external.values().flat_map(|all| all.metrics.values());
        let metrics = model.metrics.values().chain(external);
        let metrics = metrics.flat_map(|metric: &Metric| {
            let item = Item::Metric(metric.name.clone());
            metric.series().map(move |series| (series, item.clone()))
        });
        let records = model.groups.iter().flat_map(|group| &group.records);
        let records =
            records.map(|record| (record.name.to_string(), Item::Record(record.name.clone())));
        Self(metrics.chain(records).collect())
    }

    /// Series that nobody defines are Prometheus's own.
    fn item(&self, name: &str) -> Item {
        let known = self.0.get(name).cloned();
        known.unwrap_or_else(|| Item::Metric(name.into()))
    }
}

/// The selector in `label_values(selector, label)`.
fn label_values_selector(query: &str) -> &str {
    query
        .strip_prefix("label_values(")
        .and_then(|rest| rest.rsplit_once(','))
        .map_or("", |(selector, _)| selector)
}

/// Names of the variables that a text refers to.
pub fn variables_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('$').map(|(at, _)| {
        let rest = text[at + 1..].strip_prefix('{').unwrap_or(&text[at + 1..]);
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        &rest[..end]
    })
}

#[cfg(test)]
mod tests {
    use super::{Item, Uses, label_values_selector, variables_in};

    fn alert(name: &str) -> Item {
        Item::Alert(name.into())
    }

    #[test]
    fn a_change_reaches_users_of_users_once() {
        let mut uses = Uses::default();
        let metric = Item::Metric("m".into());
        let record = Item::Record("r".into());
        uses.add(&record, metric.clone());
        uses.add(&alert("A"), record.clone());
        uses.add(&alert("B"), record.clone());
        uses.add(&alert("B"), metric.clone());
        uses.add(&metric, alert("A"));
        uses.sort();
        let reached: Vec<_> = uses
            .reached_from(&metric)
            .into_iter()
            .map(|(item, through)| format!("{item} through {through}"))
            .collect();
        assert_eq!(
            reached,
            [
                "recording rule r through metric m",
                "alert A through recording rule r",
                "alert B through metric m",
            ]
        );
        assert_eq!(uses.uses_of(&alert("B")).count(), 2);
        assert!(uses.reached_from(&alert("Z")).is_empty());
    }

    #[test]
    fn links_to_panels_are_broken_by_panels_only() {
        let mut uses = Uses::default();
        let metric = Item::Metric("m".into());
        let panel = Item::Panel {
            dashboard: "d".into(),
            panel: "p".into(),
        };
        uses.add(&panel, metric.clone());
        uses.add(&alert("A"), panel.clone());
        uses.sort();
        assert!(uses.reached_from(&metric).into_keys().eq([&panel]));
        assert!(uses.reached_from(&panel).into_keys().eq([&alert("A")]));
    }

    #[test]
    fn names_are_found_in_texts() {
        let names: Vec<_> = variables_in("a $b ${c:regex} $").collect();
        assert_eq!(names, ["b", "c", ""]);
        let selector = label_values_selector("label_values(up{a=~\"$b\", c=\"d\"}, job)");
        assert_eq!(selector, "up{a=~\"$b\", c=\"d\"}");
    }
}
