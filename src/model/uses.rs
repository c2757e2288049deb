//! Who uses what: the edges between everything that has a name.

use super::{
    Alert, Dashboard, Event, Metric, Model, Panel, PanelKind, Query, Record, Variable, VariableKind,
};
use crate::promql;
use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use rayon::prelude::*;
use std::collections::{BTreeMap, VecDeque};
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
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// Everything that takes part, each once. Others are named by their number.
    items: IndexSet<Item, RandomState>,
    edges: Vec<Edges>,
}

/// The uses of an item, by the numbers of the others.
#[derive(Debug, Clone, Default)]
struct Edges {
    /// What it names itself, in the order of items.
    uses: Vec<usize>,
    /// Who names it, in the order of items.
    users: Vec<usize>,
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
        let names = Names::of(model);
        for query in model.queries.values() {
            found.add(Item::Query(query.name.clone()), names.in_query(query));
        }
        for record in model.groups.iter().flat_map(|group| &group.records) {
            found.add(Item::Record(record.name.clone()), names.in_record(record));
        }
        for (_, alert) in model.alerts() {
            found.add(Item::Alert(alert.name.clone()), names.in_alert(alert));
        }
        let dashboards = model.dashboards.par_iter();
        let dashboards: Vec<_> = dashboards
            .map(|dashboard| Self::of_dashboard(dashboard, &names))
            .collect();
        dashboards.into_iter().for_each(|part| found.absorb(part));
        for event in model.events.values() {
            found.add(Item::Event(event.name.clone()), in_event(event));
        }
        found.sort();
        found
    }

    fn of_dashboard(dashboard: &Dashboard, names: &Names<'_>) -> Self {
        let mut found = Self::default();
        for variable in &dashboard.variables {
            let user = variable_item(dashboard, variable);
            found.add(user, names.in_variable(dashboard, variable));
        }
        for panel in dashboard.all_panels() {
            let user = Item::Panel {
                dashboard: dashboard.key.clone(),
                panel: panel.key.clone(),
            };
            found.add(user, names.in_panel(dashboard, panel));
        }
        found.sort();
        found
    }

    /// What `item` names itself, sorted.
    pub fn uses_of(&self, item: &Item) -> impl Iterator<Item = &Item> {
        self.named(self.edges(item).map_or(&[], |edges| &edges.uses))
    }

    /// Who names `item`, sorted.
    pub fn users_of(&self, item: &Item) -> impl Iterator<Item = &Item> {
        self.named(self.edges(item).map_or(&[], |edges| &edges.users))
    }

    fn edges(&self, item: &Item) -> Option<&Edges> {
        Some(&self.edges[self.items.get_index_of(item)?])
    }

    fn named(&self, numbers: &[usize]) -> impl Iterator<Item = &Item> {
        numbers.iter().map(|number| &self.items[*number])
    }

    /// Everything that a change to `item` may reach: its users, theirs, and so
    /// on, each with what it names on the way. Who links to a panel is reached
    /// from that panel only: what it shows changes nothing for others.
    pub fn reached_from(&self, item: &Item) -> BTreeMap<&Item, &Item> {
        let mut reached: BTreeMap<&Item, &Item> = BTreeMap::new();
        let start = self.items.get(item);
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
        let items = &self.items;
        let order = |one: &usize, other: &usize| items[*one].cmp(&items[*other]);
        for edges in &mut self.edges {
            for numbers in [&mut edges.uses, &mut edges.users] {
                numbers.sort_unstable_by(order);
                numbers.dedup();
            }
        }
    }

    /// The number of an item.
    fn number(&mut self, item: Item) -> usize {
        let (number, is_new) = self.items.insert_full(item);
        if is_new {
            self.edges.push(Edges::default());
        }
        number
    }

    /// Notes what an item names; [`Self::sort`] is to follow.
    fn add(&mut self, user: Item, named: Vec<Item>) {
        let user = self.number(user);
        for used in named {
            let used = self.number(used);
            self.edges[user].uses.push(used);
            self.edges[used].users.push(user);
        }
    }

    /// Adds the uses of other users; [`Self::sort`] is to follow.
    fn absorb(&mut self, others: Self) {
        let items = others.items.into_iter();
        let numbers: Vec<_> = items.map(|item| self.number(item)).collect();
        let numbered = |old: Vec<usize>| old.into_iter().map(|number| numbers[number]);
        for (number, edges) in numbers.iter().zip(others.edges) {
            let own = &mut self.edges[*number];
            own.uses.extend(numbered(edges.uses));
            own.users.extend(numbered(edges.users));
        }
    }
}

/// What the items of a model name themselves, found out for those that are
/// asked about.
pub struct Names<'m> {
    model: &'m Model,
    series: Series,
    dashboards: HashMap<&'m str, &'m Dashboard>,
    records: HashMap<&'m str, &'m Record>,
    alerts: HashMap<&'m str, &'m Alert>,
}

impl<'m> Names<'m> {
    /// Of the items of `model`.
    pub fn of(model: &'m Model) -> Self {
        let dashboards = model.dashboards.iter();
        let records = model.groups.iter().flat_map(|group| &group.records);
        Self {
            model,
            series: Series::of(model),
            dashboards: dashboards.map(|board| (&*board.key, board)).collect(),
            records: records.map(|record| (&*record.name, record)).collect(),
            alerts: model
                .alerts()
                .map(|(_, alert)| (&*alert.name, alert))
                .collect(),
        }
    }

    /// What `item` names, in the order in which it does so.
    pub fn in_item(&self, item: &Item) -> Vec<Item> {
        let found = match item {
            Item::Metric(_) | Item::Thresholds(_) => None,
            Item::Query(name) => {
                let query = self.model.queries.get(name);
                query.map(|query| self.in_query(query))
            }
            Item::Record(name) => {
                let record = self.records.get(&**name);
                record.map(|record| self.in_record(record))
            }
            Item::Alert(name) => {
                let alert = self.alerts.get(&**name);
                alert.map(|alert| self.in_alert(alert))
            }
            Item::Event(name) => self.model.events.get(name).map(in_event),
            Item::Variable {
                dashboard,
                variable,
            } => self.dashboards.get(&**dashboard).and_then(|board| {
                let mut own = board.variables.iter();
                let variable = own.find(|own| own.name == *variable)?;
                Some(self.in_variable(board, variable))
            }),
            Item::Panel { dashboard, panel } => {
                self.dashboards.get(&**dashboard).and_then(|board| {
                    let panel = board.all_panels().find(|own| own.key == *panel)?;
                    Some(self.in_panel(board, panel))
                })
            }
        };
        found.unwrap_or_default()
    }

    fn in_query(&self, query: &Query) -> Vec<Item> {
        let mut found = self.in_expression(&query.expr);
        let thresholds = query.thresholds.as_ref();
        found.extend(thresholds.map(|own| Item::Thresholds(own.name.clone())));
        found
    }

    fn in_record(&self, record: &Record) -> Vec<Item> {
        let mut found = self.in_expression(&record.source);
        found.extend(record.query.iter().cloned().map(Item::Query));
        found
    }

    fn in_alert(&self, alert: &Alert) -> Vec<Item> {
        let mut found = self.in_expression(&alert.source);
        if let Some(condition) = &alert.condition {
            found.push(Item::Query(condition.query.clone()));
            found.push(Item::Thresholds(condition.thresholds.name.clone()));
        }
        if let Some((dashboard, panel)) = alert.panel.clone() {
            found.push(Item::Panel { dashboard, panel });
        }
        found
    }

    fn in_variable(&self, dashboard: &Dashboard, variable: &Variable) -> Vec<Item> {
        let VariableKind::Values { query, .. } = &variable.kind else {
            return Vec::new();
        };
        let is_named = |name: &str| variables_in(query).any(|used| used == name);
        let mut found: Vec<_> = variable_items(dashboard, is_named).collect();
        if let Ok(selector) = promql::Query::parse(label_values_selector(query)) {
            found.extend(self.in_expression(&selector));
        }
        found
    }

    fn in_panel(&self, dashboard: &Dashboard, panel: &Panel) -> Vec<Item> {
        let is_named = |name: &str| panel.uses_variable(name);
        let mut found: Vec<_> = variable_items(dashboard, is_named).collect();
        for target in &panel.targets {
            found.extend(self.in_expression(&target.source));
            found.extend(target.query.iter().cloned().map(Item::Query));
        }
        let columns = match &panel.kind {
            PanelKind::Table { columns, .. } => columns.as_slice(),
            _ => &[],
        };
        let judged = columns
            .iter()
            .filter_map(|column| column.thresholds.as_ref());
        let judged = judged.chain(&panel.fields.thresholds);
        found.extend(judged.map(|thresholds| Item::Thresholds(thresholds.name.clone())));
        found
    }

    fn in_expression(&self, query: &promql::Query) -> Vec<Item> {
        let series = query.selectors().filter_map(|one| one.metric_name());
        let bounds = query.threshold_names().into_iter();
        series
            .map(|name| self.series.item(name))
            .chain(bounds.map(|name| Item::Thresholds(name.into())))
            .collect()
    }
}

fn in_event(event: &Event) -> Vec<Item> {
    let updates = event.updates.iter();
    updates
        .map(|update| Item::Metric(update.metric.clone()))
        .collect()
}

fn variable_item(dashboard: &Dashboard, variable: &Variable) -> Item {
    Item::Variable {
        dashboard: dashboard.key.clone(),
        variable: variable.name.clone(),
    }
}

/// The variables of a dashboard whose names are those wanted.
fn variable_items(
    dashboard: &Dashboard,
    is_wanted: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Item> {
    let variables = dashboard.variables.iter();
    variables
        .filter(move |variable| is_wanted(&variable.name))
        .map(|variable| variable_item(dashboard, variable))
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
        uses.add(record.clone(), vec![metric.clone()]);
        uses.add(alert("A"), vec![record.clone()]);
        uses.add(alert("B"), vec![record, metric.clone()]);
        uses.add(metric.clone(), vec![alert("A")]);
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
        uses.add(panel.clone(), vec![metric.clone()]);
        uses.add(alert("A"), vec![panel.clone()]);
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
