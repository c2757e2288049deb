//! What the template of the page may name.

use super::{facts, markdown};
use crate::model::{
    Alert, Dashboard, Model, Panel, PanelKind, Query, Thresholds, grafana_duration, variables_in,
};
use minijinja::value::{Enumerator, Object, Value};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Serialize)]
pub(super) struct Context<'a> {
    title: String,
    sections: Vec<&'static str>,
    dashboards: Vec<DashboardFacts<'a>>,
    panel_count: usize,
    has_variables: bool,
    services: Vec<facts::ServiceFacts<'a>>,
    restart: Vec<&'static str>,
    login: Option<&'a str>,
    default_password: bool,
    has_grafana: bool,
    grafana_url: Option<String>,
    prometheus_url: Option<String>,
    folder: Option<&'a str>,
    dashboards_path: Option<&'a str>,
    editable: bool,
    datasource_name: Option<&'a str>,
    datasource_uid: Option<&'a str>,
    datasource_url: Option<&'a str>,
    network: Option<&'a str>,
    jobs: Vec<JobFacts<'a>>,
    scrape_interval: String,
    alerts: Vec<AlertFacts<'a>>,
    has_tests: bool,
    records: Vec<RecordFacts<'a>>,
    thresholds: Vec<ThresholdFacts<'a>>,
    metrics: Vec<MetricFacts<'a>>,
    external: Vec<CatalogFacts<'a>>,
    labels: Vec<LabelFacts<'a>>,
    queries: Vec<QueryFacts<'a>>,
}

#[derive(Serialize)]
struct DashboardFacts<'a> {
    title: &'a str,
    description: Option<&'a str>,
    file: String,
    uid: &'a str,
    address: String,
    tags: &'a [Arc<str>],
    refresh: Option<String>,
    range: String,
    variables: Vec<facts::VariableFacts<'a>>,
    /// Each panel is a [`PanelFacts`].
    panels: Vec<Value>,
    /// All of them as rows of a table: large sites have thousands of panels,
    /// and templates take their time over each.
    panel_rows: String,
}

/// What is known of a panel, for templates that ask.
#[derive(Debug)]
struct PanelFacts {
    title: Arc<str>,
    kind: &'static str,
    shows: Arc<str>,
    queries: Vec<Arc<str>>,
}

impl Object for PanelFacts {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "title" => Value::from(Arc::clone(&self.title)),
            "kind" => Value::from(self.kind),
            "shows" => Value::from(Arc::clone(&self.shows)),
            "queries" => self.queries.iter().cloned().map(Value::from).collect(),
            "row" => Value::from(row(self)),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["title", "kind", "shows", "queries", "row"])
    }
}

#[derive(Serialize)]
struct JobFacts<'a> {
    name: &'a str,
    endpoints: Vec<String>,
}

#[derive(Serialize)]
struct AlertFacts<'a> {
    name: &'a str,
    query: Option<&'a str>,
    operator: Option<&'static str>,
    bound: Option<String>,
    expr: &'a str,
    r#for: Option<String>,
    severity: &'a str,
    summary: &'a str,
    description: Option<&'a str>,
    runbook: Option<&'a str>,
    panel: Option<String>,
}

#[derive(Serialize)]
struct RecordFacts<'a> {
    name: &'a str,
    help: Option<&'a str>,
    labels: Vec<String>,
}

#[derive(Serialize)]
struct ThresholdFacts<'a> {
    name: &'a str,
    worse: &'static str,
    levels: Vec<LevelFacts<'a>>,
}

#[derive(Serialize)]
struct LevelFacts<'a> {
    name: &'a str,
    side: &'static str,
    bound: &'a str,
    color: &'a str,
}

#[derive(Serialize)]
struct MetricFacts<'a> {
    name: &'a str,
    kind: &'static str,
    labels: &'a [Arc<str>],
    unit: Option<&'a str>,
    help: &'a str,
    job: Option<&'a str>,
}

#[derive(Serialize)]
struct CatalogFacts<'a> {
    name: &'a str,
    count: usize,
    job: Option<&'a str>,
}

#[derive(Serialize)]
struct LabelFacts<'a> {
    name: &'a str,
    help: &'a str,
    values: &'a [Arc<str>],
    limit: Option<u32>,
}

#[derive(Serialize)]
struct QueryFacts<'a> {
    name: &'a str,
    help: &'a str,
    example: &'a str,
    /// What of the example only a dashboard can fill in.
    variables: BTreeSet<&'a str>,
    unit: Option<&'a str>,
    thresholds: Option<ThresholdFacts<'a>>,
    used_by: Vec<String>,
}

pub(super) fn context(model: &Model) -> Context<'_> {
    let grafana = model.grafana.as_ref();
    let stack = model.stack.as_ref();
    let datasource = grafana.and_then(|grafana| grafana.datasource.as_ref());
    let grafana_url = facts::grafana_url(model);
    let dashboards: Vec<_> = model
        .dashboards
        .iter()
        .map(|each| dashboard(model, each, grafana_url.as_deref()))
        .collect();
    let mut context = Context {
        title: match grafana.and_then(|grafana| grafana.folder.as_deref()) {
            Some(folder) => format!("{folder}: dashboards, alerts and queries"),
            None => "Dashboards, alerts and queries".to_owned(),
        },
        sections: Vec::new(),
        panel_count: dashboards
            .iter()
            .map(|dashboard| dashboard.panels.len())
            .sum(),
        has_variables: dashboards
            .iter()
            .any(|dashboard| !dashboard.variables.is_empty()),
        dashboards,
        services: stack.map(facts::services).unwrap_or_default(),
        restart: stack.map(facts::generated_services).unwrap_or_default(),
        login: stack.and_then(facts::login),
        default_password: stack.is_some_and(facts::default_password),
        has_grafana: grafana.is_some(),
        grafana_url,
        prometheus_url: stack.and_then(facts::prometheus_url),
        folder: grafana.and_then(|grafana| grafana.folder.as_deref()),
        dashboards_path: grafana.map(|grafana| &*grafana.dashboards_path),
        editable: grafana.is_some_and(|grafana| grafana.editable),
        datasource_name: datasource.map(|source| &*source.name),
        datasource_uid: datasource.map(|source| &*source.uid),
        datasource_url: datasource.map(|source| &*source.url),
        network: stack.map(|stack| &*stack.network),
        jobs: model
            .scrape
            .jobs
            .iter()
            .map(|job| JobFacts {
                name: &job.name,
                endpoints: facts::endpoints(job),
            })
            .collect(),
        scrape_interval: model.scrape.interval.to_string(),
        alerts: model.alerts().map(|(_, each)| alert(model, each)).collect(),
        has_tests: model.alerts().any(|(_, alert)| !alert.tests.is_empty()),
        records: records(model),
        thresholds: model
            .thresholds
            .values()
            .map(|each| thresholds(each))
            .collect(),
        metrics: metrics(model),
        external: model
            .external
            .iter()
            .map(|(name, catalog)| CatalogFacts {
                name,
                count: catalog.metrics.len(),
                job: catalog.job.as_deref(),
            })
            .collect(),
        labels: model
            .labels
            .iter()
            .map(|(name, label)| LabelFacts {
                name,
                help: &label.help,
                values: &label.values,
                limit: label.limit,
            })
            .collect(),
        queries: model.queries.values().map(query).collect(),
    };
    context.sections = sections(&context);
    context
}

fn sections(context: &Context<'_>) -> Vec<&'static str> {
    let all = [
        ("Dashboards", !context.dashboards.is_empty()),
        ("Access", true),
        ("Making changes", true),
        ("Variables", context.has_variables),
        ("Alerts", !context.alerts.is_empty()),
        ("Recording rules", !context.records.is_empty()),
        ("Thresholds", !context.thresholds.is_empty()),
        (
            "Metrics",
            !context.metrics.is_empty() || !context.external.is_empty(),
        ),
        ("Queries", !context.queries.is_empty()),
        ("Troubleshooting", true),
        ("Performance", true),
    ];
    all.into_iter()
        .filter(|(_, present)| *present)
        .map(|(section, _)| section)
        .collect()
}

fn dashboard<'a>(
    model: &'a Model,
    dashboard: &'a Dashboard,
    grafana_url: Option<&str>,
) -> DashboardFacts<'a> {
    let shown = dashboard
        .all_panels()
        .filter(|panel| !matches!(panel.kind, PanelKind::Row { .. }));
    let panels: Vec<_> = shown.map(|each| panel(model, each)).collect();
    DashboardFacts {
        title: &dashboard.title,
        description: dashboard.description.as_deref(),
        file: format!("{}.json", dashboard.key),
        uid: &dashboard.uid,
        address: format!("{}/d/{}", grafana_url.unwrap_or_default(), dashboard.uid),
        tags: &dashboard.tags,
        refresh: dashboard.refresh.map(|refresh| refresh.to_string()),
        range: grafana_duration(dashboard.range),
        variables: dashboard.variables.iter().map(facts::variable).collect(),
        panel_rows: panels.iter().map(row).collect::<Vec<_>>().join("\n"),
        panels: panels.into_iter().map(Value::from_object).collect(),
    }
}

fn panel(model: &Model, panel: &Panel) -> PanelFacts {
    let mut queries: Vec<Arc<str>> = Vec::new();
    for name in panel
        .targets
        .iter()
        .filter_map(|target| target.query.as_ref())
    {
        if !queries.contains(name) {
            queries.push(Arc::clone(name));
        }
    }
    let shows = panel.description.clone().unwrap_or_else(|| {
        let helps: Vec<_> = queries
            .iter()
            .filter_map(|name| model.queries.get(name))
            .map(|query| query.help.trim())
            .collect();
        helps.join("; ").into()
    });
    PanelFacts {
        title: Arc::clone(&panel.title),
        kind: facts::panel_kind(&panel.kind),
        shows,
        queries,
    }
}

fn row(panel: &PanelFacts) -> String {
    markdown::row(&[
        &markdown::cell(&panel.title),
        panel.kind,
        &markdown::cell(&panel.shows),
        &query_links(&panel.queries),
    ])
}

fn query_links(names: &[Arc<str>]) -> String {
    if names.is_empty() {
        return "–".to_owned();
    }
    let link = |name: &Arc<str>| format!("[{}](#{})", markdown::code(name), markdown::anchor(name));
    names.iter().map(link).collect::<Vec<_>>().join(", ")
}

fn alert<'a>(model: &'a Model, alert: &'a Alert) -> AlertFacts<'a> {
    let condition = alert.condition.as_ref();
    let annotation = |name: &str| alert.annotations.get(name).map(|text| &**text);
    AlertFacts {
        name: &alert.name,
        query: condition.map(|condition| &*condition.query),
        operator: condition.map(|condition| condition.thresholds.operator()),
        bound: condition.map(
            |condition| match condition.thresholds.level(&condition.level) {
                Some(level) => format!("{} ({})", level.written, level.name),
                None => condition.bound.to_string(),
            },
        ),
        expr: &alert.expr,
        r#for: alert
            .r#for
            .filter(|duration| duration.as_millis() > 0)
            .map(|duration| duration.to_string()),
        severity: &alert.severity,
        summary: annotation("summary").unwrap_or_default(),
        description: annotation("description"),
        runbook: annotation("runbook_url"),
        panel: alert
            .panel
            .as_ref()
            .and_then(|(dashboard, panel)| panel_title(model, dashboard, panel)),
    }
}

fn panel_title(model: &Model, dashboard: &str, panel: &str) -> Option<String> {
    let dashboard = model
        .dashboards
        .iter()
        .find(|each| *each.key == *dashboard)?;
    let panel = dashboard.all_panels().find(|each| *each.key == *panel)?;
    Some(format!("{} ({})", panel.title, dashboard.title))
}

fn records(model: &Model) -> Vec<RecordFacts<'_>> {
    let records = model.groups.iter().flat_map(|group| &group.records);
    records
        .map(|record| RecordFacts {
            name: &record.name,
            help: record.help.as_deref(),
            labels: record
                .labels
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        })
        .collect()
}

fn thresholds(thresholds: &Thresholds) -> ThresholdFacts<'_> {
    ThresholdFacts {
        name: &thresholds.name,
        worse: thresholds.worse.word(),
        levels: thresholds
            .levels
            .iter()
            .map(|level| LevelFacts {
                name: &level.name,
                side: facts::side(thresholds, level),
                bound: &level.written,
                color: &level.color,
            })
            .collect(),
    }
}

fn metrics(model: &Model) -> Vec<MetricFacts<'_>> {
    let metrics = model.metrics.values();
    metrics
        .map(|metric| MetricFacts {
            name: &metric.name,
            kind: metric.kind.word(),
            labels: &metric.labels,
            unit: metric.unit.as_deref(),
            help: &metric.help,
            job: metric.job.as_deref(),
        })
        .collect()
}

fn query(query: &Query) -> QueryFacts<'_> {
    QueryFacts {
        name: &query.name,
        help: &query.help,
        example: &query.example,
        variables: variables_in(&query.example)
            .filter(|name| !name.is_empty())
            .collect(),
        unit: query.unit.as_ref().map(|unit| &**unit.id()),
        thresholds: query.thresholds.as_deref().map(thresholds),
        used_by: query.used_by.iter().map(facts::query_use).collect(),
    }
}
