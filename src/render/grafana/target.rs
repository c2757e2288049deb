//! Datasources and the queries that panels send to them.

use crate::model::{DatasourceRef, Target, TargetFormat, grafana_duration};
use serde::{Serialize, Serializer};

/// A reference to a datasource.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Datasource<'a> {
    r#type: &'static str,
    uid: Uid<'a>,
}

#[derive(Clone, Copy)]
enum Uid<'a> {
    Own(&'a str),
    Variable(&'a str),
}

impl<'a> Datasource<'a> {
    /// Grafana's own, which holds its annotations.
    pub(super) const GRAFANA: Self = Self {
        r#type: "grafana",
        uid: Uid::Own("-- Grafana --"),
    };

    /// A Prometheus.
    pub(super) fn new(datasource: &'a DatasourceRef) -> Self {
        let uid = match datasource {
            DatasourceRef::Uid(uid) => Uid::Own(uid),
            DatasourceRef::Variable(name) => Uid::Variable(name),
        };
        Self {
            r#type: "prometheus",
            uid,
        }
    }
}

impl Serialize for Uid<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own(uid) => serializer.serialize_str(uid),
            Self::Variable(name) => serializer.collect_str(&format_args!("${{{name}}}")),
        }
    }
}

/// A panel's queries.
pub(super) struct Targets<'a> {
    /// The queries.
    pub(super) targets: &'a [Target],
    /// Where they are sent.
    pub(super) datasource: Datasource<'a>,
}

impl Serialize for Targets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.targets.iter().map(|target| TargetJson {
            datasource: self.datasource,
            editor_mode: "code",
            expr: &target.expr,
            format: match target.format {
                TargetFormat::TimeSeries => None,
                TargetFormat::Table => Some("table"),
                TargetFormat::Heatmap => Some("heatmap"),
            },
            instant: target.instant,
            interval: target.interval.map(grafana_duration),
            // A heatmap takes its rows' names from its series' names.
            legend_format: match target.format {
                TargetFormat::Heatmap if &*target.legend == AUTO => "{{le}}",
                _ => &target.legend,
            },
            range: !target.instant,
            ref_id: &target.ref_id,
        }))
    }
}

/// The legend by which Grafana names series after the labels that differ.
pub(super) const AUTO: &str = "__auto";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetJson<'a> {
    datasource: Datasource<'a>,
    editor_mode: &'static str,
    expr: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    instant: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    legend_format: &'a str,
    range: bool,
    ref_id: &'a str,
}
