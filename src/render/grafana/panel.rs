//! Panels and rows.

use super::field::{DataLinks, FieldConfig};
use super::options::Options;
use super::table::{self, Transformation};
use super::target::{Datasource, Targets};
use crate::model::{Grid, Panel, PanelKind};
use crate::render::merge::merge;
use serde::ser::Error;
use serde::{Serialize, Serializer};

/// Panels, one after the other.
pub(super) struct Panels<'a> {
    /// The panels.
    pub(super) panels: &'a [Panel],
    /// Where they send their queries.
    pub(super) datasource: Datasource<'a>,
}

impl Serialize for Panels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.panels.iter().map(|panel| WithRaw {
            panel,
            datasource: self.datasource,
        }))
    }
}

/// A panel with its `raw` JSON merged in.
struct WithRaw<'a> {
    panel: &'a Panel,
    datasource: Datasource<'a>,
}

impl Serialize for WithRaw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let panel = PanelJson::new(self.panel, self.datasource);
        match &self.panel.raw {
            None => panel.serialize(serializer),
            Some(raw) => {
                let mut value = serde_json::to_value(panel).map_err(Error::custom)?;
                merge(&mut value, raw);
                value.serialize(serializer)
            }
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum PanelJson<'a> {
    Data(DataPanel<'a>),
    Text(TextPanel<'a>),
    Row(RowPanel<'a>),
}

impl<'a> PanelJson<'a> {
    fn new(panel: &'a Panel, datasource: Datasource<'a>) -> Self {
        let description = panel.description.as_deref();
        let grid_pos = GridPos::new(panel.grid);
        let repeat = panel.repeat.as_deref();
        match &panel.kind {
            PanelKind::Row { collapsed, panels } => Self::Row(RowPanel {
                collapsed: *collapsed,
                grid_pos,
                id: panel.id,
                panels: Panels { panels, datasource },
                repeat,
                title: &panel.title,
                r#type: "row",
            }),
            PanelKind::Text { .. } => Self::Text(TextPanel {
                datasource,
                description,
                field_config: FieldConfig::none(),
                grid_pos,
                id: panel.id,
                links: DataLinks(&panel.links),
                options: Options::new(panel),
                repeat,
                repeat_direction: repeat.map(|_| "h"),
                title: &panel.title,
                transparent: panel.transparent,
                r#type: "text",
            }),
            kind => Self::Data(DataPanel {
                datasource,
                description,
                field_config: FieldConfig::new(panel),
                grid_pos,
                id: panel.id,
                interval: panel.interval.as_deref(),
                options: Options::new(panel),
                repeat,
                repeat_direction: repeat.map(|_| "h"),
                targets: Targets {
                    targets: &panel.targets,
                    datasource,
                },
                title: &panel.title,
                transformations: table::transformations(panel),
                transparent: panel.transparent,
                r#type: type_name(kind),
            }),
        }
    }
}

/// The id of the Grafana plugin that shows panels of this kind.
fn type_name(kind: &PanelKind) -> &'static str {
    match kind {
        PanelKind::TimeSeries { .. } => "timeseries",
        PanelKind::Stat { .. } => "stat",
        PanelKind::Gauge { .. } => "gauge",
        PanelKind::BarGauge { .. } => "bargauge",
        PanelKind::Table { .. } => "table",
        PanelKind::PieChart { .. } => "piechart",
        PanelKind::BarChart { .. } => "barchart",
        PanelKind::Heatmap { .. } => "heatmap",
        PanelKind::StateTimeline { .. } => "state-timeline",
        PanelKind::Text { .. } => "text",
        PanelKind::Row { .. } => "row",
    }
}

/// A panel that shows the answers to queries.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataPanel<'a> {
    datasource: Datasource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    field_config: FieldConfig<'a>,
    grid_pos: GridPos,
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<&'a str>,
    options: Options<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_direction: Option<&'static str>,
    targets: Targets<'a>,
    title: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transformations: Vec<Transformation<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    transparent: bool,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TextPanel<'a> {
    datasource: Datasource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    field_config: FieldConfig<'a>,
    grid_pos: GridPos,
    id: u32,
    #[serde(skip_serializing_if = "DataLinks::is_empty")]
    links: DataLinks<'a>,
    options: Options<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_direction: Option<&'static str>,
    title: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    transparent: bool,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowPanel<'a> {
    collapsed: bool,
    grid_pos: GridPos,
    id: u32,
    panels: Panels<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<&'a str>,
    title: &'a str,
    r#type: &'static str,
}

#[derive(Serialize)]
struct GridPos {
    h: u32,
    w: u32,
    x: u32,
    y: u32,
}

impl GridPos {
    fn new(Grid { x, y, w, h }: Grid) -> Self {
        Self { h, w, x, y }
    }
}
