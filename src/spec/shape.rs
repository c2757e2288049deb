//! The shapes of the specs language: what may be written, with the place of
//! every value. `docs/specs.md` is their description for users.

mod alerting;
mod catalog;
mod checks;
mod dashboard;
mod emitter;
mod event;
mod panel;
mod settings;

pub use alerting::{Alert, AlertTest, Record, RuleGroup, TestSample, TestSeries};
pub use catalog::{
    External, Label, Level, Metric, MetricType, Query, Thresholds, Unfiltered, Worse,
};
pub use checks::{Checks, RuleLevel};
pub use dashboard::{CustomOption, Dashboard, Hide, Position, Size, Sort, Variable};
pub use emitter::{Emitter, Language};
pub use event::{Arg, ArgType, Event, Guard, LabelSource, SeriesChoice, Update, Updates};
pub use panel::{
    Axis, BarChart, BarGauge, BarGaugeMode, Calc, CellStyle, ColorMode, Column, Data, DataLink,
    Gauge, Heatmap, LegendMode, LegendPlacement, Orientation, Panel, PanelQuery, PieChart,
    PieLabel, PieStyle, Points, Row, Scale, SeriesStyle, Stack, Stat, StateTimeline, Table, Text,
    ThresholdStyle, TimeSeries,
};
pub use settings::{
    Alertmanager, BasicAuth, Datasource, DatasourceReference, Email, Folder, Grafana, InhibitRule,
    Job, PagerDuty, Receiver, Route, Scheme, Scrape, Service, Slack, Smtp, Stack as ComposeStack,
    TimeInterval, TimeRange, Tls, Way, Webhook,
};

use super::node::Entry;
use super::overlay::NAMED;
use super::reader::{FromNode, Named, named_in_parallel};
use crate::diagnostic::{Code, Diagnostic, Sink, nearest};

/// All sections of a run's specs, profile applied.
#[derive(Debug, Default)]
pub struct Specs {
    /// `metrics`: what the user's own services emit.
    pub metrics: Vec<Named<Metric>>,
    /// `external`: catalogs of metrics that others emit.
    pub external: Vec<Named<External>>,
    /// `labels`: what a label may hold.
    pub labels: Vec<Named<Label>>,
    /// `thresholds`: levels with their bounds.
    pub thresholds: Vec<Named<Thresholds>>,
    /// `queries`: named expressions.
    pub queries: Vec<Named<Query>>,
    /// `dashboards`.
    pub dashboards: Vec<Named<Dashboard>>,
    /// `alerts`.
    pub alerts: Vec<Named<Alert>>,
    /// `records`: recording rules.
    pub records: Vec<Named<Record>>,
    /// `rule_groups`: settings of the groups that rules are put in.
    pub rule_groups: Vec<Named<RuleGroup>>,
    /// `events`: what happens in the user's services.
    pub events: Vec<Named<Event>>,
    /// `scrape`: Prometheus's own configuration.
    pub scrape: Option<Scrape>,
    /// `grafana`: datasource, folder, links.
    pub grafana: Option<Grafana>,
    /// `alertmanager`: receivers and routing.
    pub alertmanager: Option<Alertmanager>,
    /// `stack`: the compose file.
    pub stack: Option<ComposeStack>,
    /// `emitters`: the languages that emitters are rendered in.
    pub emitters: Vec<Named<Emitter>>,
    /// `checks`: what the project makes of findings.
    pub checks: Option<Checks>,
}

/// The settings sections, beside the named ones.
const SETTINGS: [&str; 6] = [
    "scrape",
    "grafana",
    "alertmanager",
    "stack",
    "emitters",
    "checks",
];

impl Specs {
    /// Decodes merged sections.
    pub(crate) fn decode(sections: Vec<Entry<'_>>, sink: &mut Sink) -> Self {
        let mut specs = Self::default();
        for section in sections {
            match &*section.key {
                "metrics" => specs.metrics = named_in_parallel(section.value, sink),
                "external" => specs.external = named_in_parallel(section.value, sink),
                "labels" => specs.labels = named_in_parallel(section.value, sink),
                "thresholds" => specs.thresholds = named_in_parallel(section.value, sink),
                "queries" => specs.queries = named_in_parallel(section.value, sink),
                "dashboards" => specs.dashboards = named_in_parallel(section.value, sink),
                "alerts" => specs.alerts = named_in_parallel(section.value, sink),
                "records" => specs.records = named_in_parallel(section.value, sink),
                "rule_groups" => specs.rule_groups = named_in_parallel(section.value, sink),
                "events" => specs.events = named_in_parallel(section.value, sink),
                "scrape" => specs.scrape = FromNode::from_entry(&section, sink),
                "grafana" => specs.grafana = FromNode::from_entry(&section, sink),
                "alertmanager" => specs.alertmanager = FromNode::from_entry(&section, sink),
                "stack" => specs.stack = FromNode::from_entry(&section, sink),
                "emitters" => {
                    specs.emitters = FromNode::from_entry(&section, sink).unwrap_or_default();
                }
                "checks" => specs.checks = FromNode::from_entry(&section, sink),
                // Room for anchors, as in compose files.
                neutral if neutral.starts_with("x-") => {}
                unknown => {
                    let known = NAMED.iter().chain(&SETTINGS).copied();
                    let diagnostic = Diagnostic::new(
                        Code::UnknownKey,
                        format!("there is no section `{unknown}`"),
                    );
                    sink.push(match nearest(unknown, known.clone()) {
                        Some(name) => {
                            diagnostic.at(section.key_span, format!("did you mean `{name}`?"))
                        }
                        None => {
                            let list: Vec<_> = known.map(|name| format!("`{name}`")).collect();
                            diagnostic
                                .at(section.key_span, "unknown section")
                                .help(format!("the sections are {}", list.join(", ")))
                        }
                    });
                }
            }
        }
        specs
    }
}
