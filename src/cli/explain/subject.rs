//! What there is to tell of each kind of name.

use super::story::{Expression, Reach, ReceiverEnd, Step, Story, Use, levels, summary};
use crate::cli::compile::Compiled;
use crate::diagnostic::Spanned;
use crate::model::{Alert, Dashboard, Item, Metric, Model, Panel, RuleGroup, Uses, VariableKind};
use crate::promql::{self, Catalog, Query};
use crate::resolve;
use crate::spec::Named;
use crate::spec::shape::Way;
use std::sync::Arc;

/// Everything that names are looked up in.
pub(super) struct Subjects<'c> {
    compiled: &'c Compiled,
    model: &'c Model,
    uses: Uses,
    catalog: Box<dyn Catalog + 'c>,
}

impl<'c> Subjects<'c> {
    pub(super) fn new(compiled: &'c Compiled, model: &'c Model) -> Self {
        Self {
            compiled,
            model,
            uses: Uses::of(model),
            catalog: Box::new(resolve::series(&compiled.specs, &compiled.files)),
        }
    }

    pub(super) fn metric(&self, name: &str) -> Option<Story> {
        self.own_metric(name).or_else(|| self.record(name))
    }

    fn own_metric(&self, name: &str) -> Option<Story> {
        let external = self
            .model
            .external
            .values()
            .flat_map(|own| own.metrics.values());
        let metric = self
            .model
            .metrics
            .values()
            .chain(external)
            .find(|own| *own.name == *name)?;
        let declared = self.compiled.specs.external.iter();
        let declared = declared
            .flat_map(|own| own.item.iter())
            .flat_map(|own| &own.metrics);
        let declared: Vec<_> = declared.map(|own| &own.name).collect();
        let own = self.compiled.specs.metrics.iter().map(|own| &own.name);
        let defined = own.chain(declared).find(|own| own.as_str() == name);
        let mut story = self.story(
            "metric",
            name,
            &metric.help,
            defined,
            &Item::Metric(metric.name.clone()),
            None,
        );
        story.facts = self.facts_of_metric(metric);
        Some(story)
    }

    fn facts_of_metric(&self, metric: &Metric) -> Vec<(&'static str, String)> {
        let mut facts = vec![("type", metric.kind.word().to_owned())];
        facts.extend(metric.unit.as_ref().map(|unit| ("unit", unit.to_string())));
        facts.extend(metric.job.as_ref().map(|job| ("job", job.to_string())));
        for series in metric.series() {
            if let Some(known) = self.catalog.metric(&series)
                && known.kind != promql::SeriesKind::HistogramBase
            {
                facts.push(("series", by_labels(&series, &known)));
            }
        }
        if !metric.buckets.is_empty() {
            let bounds: Vec<_> = metric.buckets.iter().map(ToString::to_string).collect();
            facts.push(("buckets", bounds.join(", ")));
        }
        facts
    }

    /// A series that a rule records.
    fn record(&self, name: &str) -> Option<Story> {
        let groups = self.model.groups.iter();
        let mut all = groups.flat_map(|group| group.records.iter().map(move |own| (group, own)));
        let (group, record) = all.find(|(_, own)| *own.name == *name)?;
        let defined = name_of(&self.compiled.specs.records, name);
        let item = Item::Record(record.name.clone());
        let help = record.help.as_deref().unwrap_or_default();
        let mut story = self.story("recording rule", name, help, defined, &item, None);
        let mut fact = |name, value: String| story.facts.push((name, value));
        fact("group", self.evaluated(group));
        if let Some(query) = &record.query {
            fact("query", query.to_string());
        }
        for (label, value) in &record.labels {
            fact("label", format!("{label}={value}"));
        }
        if let Some(known) = self.catalog.metric(name) {
            fact("series", by_labels(name, &known));
        }
        story.expressions.push(Expression {
            what: "as written",
            expr: record.source.text().to_owned(),
        });
        if record.expr != record.source.text() {
            story.expressions.push(Expression {
                what: "as Prometheus evaluates it",
                expr: record.expr.clone(),
            });
        }
        if let Ok(query) = Query::parse(record.expr.as_str()) {
            story.steps = self.steps(&query);
        }
        Some(story)
    }

    /// A group of rules, and how often it is evaluated.
    fn evaluated(&self, group: &RuleGroup) -> String {
        let usual = self.model.scrape.evaluation_interval;
        let interval = group.interval.unwrap_or(usual);
        format!("{}, evaluated every {interval}", group.name)
    }

    pub(super) fn query(&self, name: &str, dashboard: Option<&str>) -> Option<Story> {
        let query = self.model.queries.get(name)?;
        let defined = name_of(&self.compiled.specs.queries, name);
        let item = Item::Query(query.name.clone());
        let mut story = self.story("query", name, &query.help, defined, &item, dashboard);
        story.facts.extend(
            query
                .unit
                .as_ref()
                .map(|unit| ("unit", unit.id().to_string())),
        );
        story.facts.extend(
            query
                .thresholds
                .as_ref()
                .map(|own| ("thresholds", format!("{} ({})", own.name, levels(own)))),
        );
        story.expressions.push(Expression {
            what: "as written",
            expr: query.expr.text().to_owned(),
        });
        if query.example != query.expr.text() {
            story.expressions.push(Expression {
                what: "to paste into Prometheus",
                expr: query.example.clone(),
            });
        }
        story.steps = self.steps(&query.expr);
        Some(story)
    }

    pub(super) fn threshold(&self, name: &str) -> Option<Story> {
        let thresholds = self.model.thresholds.get(name)?;
        let defined = name_of(&self.compiled.specs.thresholds, name);
        let item = Item::Thresholds(thresholds.name.clone());
        let mut story = self.story("threshold", name, "", defined, &item, None);
        story.facts.push(("levels", levels(thresholds)));
        Some(story)
    }

    pub(super) fn alert(&self, name: &str) -> Option<Story> {
        let (group, alert) = self.model.alerts().find(|(_, own)| *own.name == *name)?;
        let defined = name_of(&self.compiled.specs.alerts, name);
        let item = Item::Alert(alert.name.clone());
        let mut story = self.story("alert", name, summary(alert), defined, &item, None);
        let mut fact = |name, value: String| story.facts.push((name, value));
        fact("severity", alert.severity.to_string());
        if let Some(condition) = &alert.condition {
            let bound = format!(
                "{} of {}: {} {}",
                condition.level,
                condition.thresholds.name,
                condition.thresholds.operator(),
                condition.bound
            );
            fact("query", condition.query.to_string());
            fact("fires at", bound);
        }
        if let Some(r#for) = alert.r#for {
            fact("for", r#for.to_string());
        }
        fact("group", self.evaluated(group));
        for (label, value) in alert
            .labels
            .iter()
            .filter(|(label, _)| &***label != "severity")
        {
            fact("label", format!("{label}={value}"));
        }
        if let Some((dashboard, panel)) = &alert.panel {
            fact("shown by", format!("panel {dashboard}/{panel}"));
        }
        story.expressions.push(Expression {
            what: "as Prometheus evaluates it",
            expr: alert.expr.clone(),
        });
        if let Ok(query) = Query::parse(alert.expr.as_str()) {
            story.steps = self.steps(&query);
        }
        story.uses = self.uses.uses_of(&item).map(ToString::to_string).collect();
        story.receivers = self.ends(alert);
        Some(story)
    }

    pub(super) fn variable(&self, name: &str) -> Option<Story> {
        let (key, name) = name.rsplit_once('/')?;
        let dashboard = self.model.dashboards.iter().find(|own| *own.key == *key)?;
        let variable = dashboard.variables.iter().find(|own| *own.name == *name)?;
        let written = name_of_item(&self.compiled.specs.dashboards, key);
        let defined = written.and_then(|own| name_of(&own.variables, name));
        let item = Item::Variable {
            dashboard: dashboard.key.clone(),
            variable: variable.name.clone(),
        };
        let help = variable.description.as_deref().unwrap_or(&variable.title);
        let full = format!("{key}/{name}");
        let mut story = self.story("variable", &full, help, defined, &item, None);
        story.facts.extend(
            variable
                .label
                .as_ref()
                .map(|label| ("filters by", label.to_string())),
        );
        if let VariableKind::Values { query, .. } = &variable.kind {
            story.facts.push(("offers", query.clone()));
        }
        story.uses = self.uses.uses_of(&item).map(ToString::to_string).collect();
        if variable.label.is_some() {
            for panel in unfiltered(dashboard, name) {
                let text = format!("{} \"{}\"", panel.key, panel.title);
                story.facts.push(("leaves out", text));
            }
        }
        Some(story)
    }

    /// A story with all that follows from the uses of `item`.
    fn story(
        &self,
        kind: &'static str,
        name: &str,
        help: &str,
        defined: Option<&Spanned<Arc<str>>>,
        item: &Item,
        dashboard: Option<&str>,
    ) -> Story {
        let direct = self.uses.users_of(item);
        let wanted = |user: &&Item| match (dashboard, user) {
            (None, _) => true,
            (Some(key), Item::Panel { dashboard, .. }) => **dashboard == *key,
            (Some(_), _) => false,
        };
        let used_by = direct
            .filter(wanted)
            .flat_map(|user| self.sent(user, item))
            .collect();
        let reached = self.uses.reached_from(item);
        let reaches = reached
            .iter()
            .filter(|(_, through)| **through != item && dashboard.is_none())
            .map(|(reached, through)| Reach {
                item: reached.to_string(),
                through: through.to_string(),
            })
            .collect();
        let alerts = self.model.alerts().map(|(_, alert)| alert);
        let told = alerts.filter(|alert| reached.contains_key(&Item::Alert(alert.name.clone())));
        let receivers = match dashboard {
            None => told.flat_map(|alert| self.ends(alert)).collect(),
            Some(_) => Vec::new(),
        };
        Story {
            kind,
            name: name.to_owned(),
            help: help.to_owned(),
            defined: defined.map(|own| self.compiled.files.sources().describe(own.span)),
            facts: Vec::new(),
            expressions: Vec::new(),
            steps: Vec::new(),
            uses: self.uses.uses_of(item).map(ToString::to_string).collect(),
            used_by,
            reaches,
            receivers,
            only_dashboard: dashboard.map(str::to_owned),
        }
    }

    /// What `user` sends to Prometheus because of `item`.
    fn sent(&self, user: &Item, item: &Item) -> Vec<Use> {
        let one = |expr: Option<&str>| {
            vec![Use {
                user: user.to_string(),
                expr: expr.map(str::to_owned),
            }]
        };
        match user {
            Item::Query(name) => one(self.model.queries.get(name).map(|own| own.expr.text())),
            Item::Alert(name) => {
                let alert = self.model.alerts().find(|(_, own)| own.name == *name);
                one(alert.map(|(_, own)| own.expr.as_str()))
            }
            Item::Record(name) => {
                let mut all = self.model.groups.iter().flat_map(|group| &group.records);
                one(all
                    .find(|own| own.name == *name)
                    .map(|own| own.expr.as_str()))
            }
            Item::Panel { dashboard, panel } => self.sent_by_panel(dashboard, panel, user, item),
            Item::Variable { .. } | Item::Event(_) | Item::Metric(_) | Item::Thresholds(_) => {
                one(None)
            }
        }
    }

    fn sent_by_panel(&self, dashboard: &str, panel: &str, user: &Item, item: &Item) -> Vec<Use> {
        let Some(board) = self
            .model
            .dashboards
            .iter()
            .find(|own| *own.key == *dashboard)
        else {
            return Vec::new();
        };
        let Some(panel) = board.all_panels().find(|own| *own.key == *panel) else {
            return Vec::new();
        };
        let asks = |target: &&crate::model::Target| match item {
            Item::Query(name) => target.query.as_ref() == Some(name),
            _ => true,
        };
        let targets = panel.targets.iter().filter(asks);
        let uses = targets.map(|target| {
            let several = match panel.targets.len() {
                0 | 1 => String::new(),
                _ => format!(", query {}", target.ref_id),
            };
            Use {
                user: format!("{user} \"{}\"{several}", panel.title),
                expr: Some(target.expr.clone()),
            }
        });
        let uses: Vec<Use> = uses.collect();
        if uses.is_empty() {
            return vec![Use {
                user: format!("{user} \"{}\"", panel.title),
                expr: None,
            }];
        }
        uses
    }

    fn steps(&self, query: &Query) -> Vec<Step> {
        let steps = promql::trace(query, &*self.catalog);
        let parts = steps
            .iter()
            .map(|step| Step::new(&query.text()[step.range.bytes()], step.depth, &step.flow));
        parts.collect()
    }

    fn ends(&self, alert: &Alert) -> Vec<ReceiverEnd> {
        let Some(alertmanager) = &self.model.alertmanager else {
            return Vec::new();
        };
        let external = &self.model.scrape.external_labels;
        let router = alertmanager.router();
        let reached = router.reached(&|label| alert.label(label, external));
        let ends = reached.into_iter().map(|end| ReceiverEnd {
            alert: alert.name.to_string(),
            receiver: end.receiver.to_owned(),
            tells_by: alertmanager
                .receiver(end.receiver)
                .map(|receiver| receiver.ways().into_iter().map(Way::word).collect())
                .unwrap_or_default(),
            perhaps: !end.always,
            at_times: end.at_times,
        });
        ends.collect()
    }
}

/// A series, and the labels that it has.
fn by_labels(name: &str, series: &promql::Series<'_>) -> String {
    let mut labels = series.labels.clone();
    labels.sort_unstable();
    match labels.as_slice() {
        [] => name.to_owned(),
        labels => format!("{name} by {}", labels.join(", ")),
    }
}

/// Panels with queries that the variable has no part in.
fn unfiltered<'d>(dashboard: &'d Dashboard, variable: &str) -> Vec<&'d Panel> {
    dashboard
        .all_panels()
        .filter(|panel| !panel.targets.is_empty() && !panel.uses_variable(variable))
        .collect()
}

fn name_of<'s, T>(items: &'s [Named<T>], name: &str) -> Option<&'s Spanned<Arc<str>>> {
    items
        .iter()
        .map(|named| &named.name)
        .find(|own| own.as_str() == name)
}

fn name_of_item<'s, T>(items: &'s [Named<T>], name: &str) -> Option<&'s T> {
    let named = items.iter().find(|named| named.name.as_str() == name)?;
    named.item.as_ref()
}
