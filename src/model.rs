//! Specs as meant: every name bound, every value in its unit, every panel in
//! its place. What the renderers read; it knows neither YAML nor JSON layouts.

mod alerting;
mod catalog;
mod dashboard;
mod event;
mod routing;
mod rust;
mod settings;
mod threshold;
mod unit;
mod uses;

pub use alerting::{Alert, Condition, InputSeries, Record, RuleGroup, UnitTest, UnitTestAlert};
pub use catalog::{External, Label, Metric, Query, QueryUse};
pub use dashboard::{
    Column, Dashboard, DashboardLink, DatasourceRef, Fields, Grid, Link, Panel, PanelKind,
    SeriesColor, State, Target, TargetFormat, TextMode, Variable, VariableKind, grafana_duration,
};
pub use event::{
    Action, ArgKind, Emitter, Event, EventArg, Guard, LabelValue, Operand, Series, Update, When,
};
pub use routing::{Holds, Known, Reached, RouteMatcher, Router, all_hold};
pub use rust::{field_name, is_rust_keyword, rust_identifier};
pub use settings::{
    Alertmanager, BasicAuth, Datasource, Email, Grafana, InhibitRule, Job, PagerDuty, Receiver,
    Route, Scrape, Service, Slack, Smtp, Stack, TimeInterval, Tls, Webhook, secret_mount,
};
pub use threshold::{Level, Step, Thresholds};
pub use unit::{Family, Unit};
pub use uses::{Item, Names, Uses, variables_in};

use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole monitoring stack.
#[derive(Debug, Clone)]
pub struct Model {
    /// Metrics that the user's services emit, by name.
    pub metrics: BTreeMap<Arc<str>, Metric>,
    /// Catalogs of metrics that others emit, by name.
    pub external: BTreeMap<Arc<str>, External>,
    /// Labels with a description, by name.
    pub labels: BTreeMap<Arc<str>, Label>,
    /// Thresholds by name.
    pub thresholds: BTreeMap<Arc<str>, Arc<Thresholds>>,
    /// Named queries by name.
    pub queries: BTreeMap<Arc<str>, Query>,
    /// Dashboards, sorted by key.
    pub dashboards: Vec<Dashboard>,
    /// Rule groups with their rules, sorted by name.
    pub groups: Vec<RuleGroup>,
    /// Events by name.
    pub events: BTreeMap<Arc<str>, Event>,
    /// The emitters to render, sorted by language.
    pub emitters: Vec<Emitter>,
    /// Prometheus's configuration.
    pub scrape: Scrape,
    /// Grafana's datasource and folder; `None` if the specs have no `grafana`.
    pub grafana: Option<Grafana>,
    /// Alertmanager's configuration; `None` if the specs have none.
    pub alertmanager: Option<Alertmanager>,
    /// The compose stack; `None` if the specs have none.
    pub stack: Option<Stack>,
}

impl Model {
    /// All alerts, with the group that each is in.
    pub fn alerts(&self) -> impl Iterator<Item = (&RuleGroup, &Alert)> {
        self.groups
            .iter()
            .flat_map(|group| group.alerts.iter().map(move |alert| (group, alert)))
    }
}
