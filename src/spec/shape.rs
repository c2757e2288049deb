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
use super::reader::{FromNode, Named, named_in_parallel};
use super::schema::Keys;
use crate::diagnostic::{Code, Diagnostic, Sink, nearest};

/// Declares the sections: `named` ones and those `listed` are items by name,
/// `settings` are one mapping each.
macro_rules! sections {
    (@type settings $type:ty) => { Option<$type> };
    (@type $mode:ident $type:ty) => { Vec<Named<$type>> };
    (@take named $section:ident $sink:ident) => { named_in_parallel($section.value, $sink) };
    (@take listed $section:ident $sink:ident) => { FromNode::from_entry(&$section, $sink).unwrap_or_default() };
    (@take settings $section:ident $sink:ident) => { FromNode::from_entry(&$section, $sink) };
    ($($(#[doc = $about:literal])* $mode:ident $name:ident: $type:ty,)*) => {
        /// All sections of a run's specs, profile applied.
        #[derive(Debug, Default)]
        pub struct Specs {
            $($(#[doc = $about])* pub $name: sections!(@type $mode $type),)*
        }

        /// The names of all sections.
        const SECTIONS: &[&str] = &[$(stringify!($name)),*];

        impl Specs {
            /// Says what each section holds.
            pub(crate) fn keys(keys: &mut Keys<'_>) {
                $(keys.key::<sections!(@schema $mode $type)>(stringify!($name), &[$($about),*]);)*
            }

            /// Decodes merged sections.
            pub(crate) fn decode(sections: Vec<Entry<'_>>, sink: &mut Sink) -> Self {
                let mut specs = Self::default();
                for section in sections {
                    match &*section.key {
                        $(stringify!($name) => specs.$name = sections!(@take $mode section sink),)*
                        // Room for anchors, as in compose files.
                        neutral if neutral.starts_with("x-") => {}
                        _ => sink.push(unknown_section(&section)),
                    }
                }
                specs
            }
        }
    };
    (@schema settings $type:ty) => { $type };
    (@schema $mode:ident $type:ty) => { Vec<Named<$type>> };
}

sections! {
    /// What your own services emit.
    named metrics: Metric,
    /// Catalogs of metrics that others emit.
    named external: External,
    /// What a label may hold.
    named labels: Label,
    /// Levels with their bounds.
    named thresholds: Thresholds,
    /// Named expressions.
    named queries: Query,
    /// Dashboards, by the names of their files.
    named dashboards: Dashboard,
    /// Alerts.
    named alerts: Alert,
    /// Recording rules, by the series that they make.
    named records: Record,
    /// Settings of the groups that rules are put in.
    named rule_groups: RuleGroup,
    /// What happens in your services, and how it moves the metrics.
    named events: Event,
    /// Prometheus's own configuration.
    settings scrape: Scrape,
    /// Datasource, folder, links.
    settings grafana: Grafana,
    /// Receivers and routing.
    settings alertmanager: Alertmanager,
    /// The compose file.
    settings stack: ComposeStack,
    /// The languages that emitters are rendered in.
    listed emitters: Emitter,
    /// What the project makes of findings.
    settings checks: Checks,
}

fn unknown_section(section: &Entry<'_>) -> Diagnostic {
    let unknown = &section.key;
    let diagnostic = Diagnostic::new(Code::UnknownKey, format!("there is no section `{unknown}`"));
    match nearest(unknown, SECTIONS.iter().copied()) {
        Some(name) => diagnostic.at(section.key_span, format!("did you mean `{name}`?")),
        None => {
            let list: Vec<_> = SECTIONS.iter().map(|name| format!("`{name}`")).collect();
            diagnostic
                .at(section.key_span, "unknown section")
                .help(format!("the sections are {}", list.join(", ")))
        }
    }
}
