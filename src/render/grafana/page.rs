//! A dashboard's head: everything around its panels and variables.

use super::panel::Panels;
use super::target::Datasource;
use super::variable::Variables;
use crate::model::{Dashboard, DashboardLink, grafana_duration};
use crate::promql::PromDuration;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// The last version of the classic format. Grafana 11 to 13 open it without a
/// migration.
const SCHEMA_VERSION: u32 = 42;

/// `graphTooltip`: the crosshair is shared by all panels.
const SHARED_CROSSHAIR: u32 = 1;

/// A dashboard as Grafana writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    annotations: List<[Annotation; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    editable: bool,
    fiscal_year_start_month: u32,
    graph_tooltip: u32,
    links: Links<'a>,
    panels: Panels<'a>,
    preload: bool,
    refresh: Refresh,
    schema_version: u32,
    tags: &'a [Arc<str>],
    templating: List<Variables<'a>>,
    time: Time,
    timepicker: Empty,
    timezone: &'a str,
    title: &'a str,
    uid: &'a str,
    version: u32,
    week_start: &'static str,
}

impl<'a> Page<'a> {
    /// The page of `dashboard`.
    pub(super) fn new(dashboard: &'a Dashboard) -> Self {
        let datasource = Datasource::new(&dashboard.datasource);
        Self {
            annotations: List { list: [BUILT_IN] },
            description: dashboard.description.as_deref(),
            editable: dashboard.editable,
            fiscal_year_start_month: 0,
            graph_tooltip: SHARED_CROSSHAIR,
            links: Links(&dashboard.links),
            panels: Panels {
                panels: &dashboard.panels,
                datasource,
            },
            preload: false,
            refresh: Refresh(dashboard.refresh),
            schema_version: SCHEMA_VERSION,
            tags: &dashboard.tags,
            templating: List {
                list: Variables {
                    variables: &dashboard.variables,
                    datasource,
                },
            },
            time: Time {
                from: Since(dashboard.range),
                to: "now",
            },
            timepicker: Empty {},
            timezone: &dashboard.timezone,
            title: &dashboard.title,
            uid: &dashboard.uid,
            version: 1,
            week_start: "",
        }
    }
}

/// An object without keys.
#[derive(Serialize)]
pub(super) struct Empty {}

#[derive(Serialize)]
struct List<T> {
    list: T,
}

#[derive(Serialize)]
struct Time {
    from: Since,
    to: &'static str,
}

/// A time so long ago.
struct Since(PromDuration);

impl Serialize for Since {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("now-{}", grafana_duration(self.0)))
    }
}

struct Refresh(Option<PromDuration>);

impl Serialize for Refresh {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(every) => serializer.collect_str(&grafana_duration(every)),
            None => serializer.serialize_str(""),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotation {
    built_in: u32,
    datasource: Datasource<'static>,
    enable: bool,
    hide: bool,
    icon_color: &'static str,
    name: &'static str,
    r#type: &'static str,
}

/// The annotation that Grafana adds to a dashboard without it.
const BUILT_IN: Annotation = Annotation {
    built_in: 1,
    datasource: Datasource::GRAFANA,
    enable: true,
    hide: true,
    icon_color: "rgba(0, 211, 255, 1)",
    name: "Annotations & Alerts",
    r#type: "dashboard",
};

struct Links<'a>(&'a [DashboardLink]);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|link| LinkJson {
            as_dropdown: false,
            icon: "external link",
            include_vars: true,
            keep_time: true,
            tags: &link.tags,
            target_blank: false,
            title: &link.title,
            tooltip: "",
            r#type: "dashboards",
            url: "",
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    as_dropdown: bool,
    icon: &'static str,
    include_vars: bool,
    keep_time: bool,
    tags: &'a [Arc<str>],
    target_blank: bool,
    title: &'a str,
    tooltip: &'static str,
    r#type: &'static str,
    url: &'static str,
}
