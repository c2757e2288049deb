//! `fieldConfig.defaults.custom`: how values look in one kind of panel only.

use crate::model::PanelKind;
use crate::spec::shape::{Scale, SeriesStyle};
use serde::Serialize;

/// The custom defaults of one kind of panel.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Custom<'a> {
    /// Of a time series.
    Graph(Graph<'a>),
    /// Of a bar chart.
    Bars(Bars),
    /// Of a table.
    Table(Table),
    /// Of a pie chart.
    Pie(Pie),
    /// Of a heatmap.
    Heatmap(Heatmap),
    /// Of a state timeline.
    States(States),
}

impl<'a> Custom<'a> {
    /// The custom defaults of panels of this kind, if it has any.
    pub(super) fn new(kind: &'a PanelKind) -> Option<Self> {
        Some(match kind {
            PanelKind::TimeSeries {
                style,
                stack,
                show_thresholds,
                fill,
                line_width,
                points,
                axis_label,
                scale,
                connect_nulls,
                ..
            } => Self::Graph(Graph {
                axis_border_show: false,
                axis_centered_zero: false,
                axis_color_mode: "text",
                axis_label,
                axis_placement: "auto",
                bar_alignment: 0,
                bar_width_factor: 0.6,
                draw_style: match style {
                    SeriesStyle::Lines | SeriesStyle::Area => "line",
                    SeriesStyle::Bars => "bars",
                    SeriesStyle::Points => "points",
                },
                fill_opacity: *fill,
                gradient_mode: "none",
                hide_from: NOWHERE,
                line_interpolation: "linear",
                line_width: *line_width,
                point_size: 5,
                scale_distribution: Distribution::new(*scale),
                show_points: points.word(),
                span_nulls: *connect_nulls,
                stacking: Stacking {
                    group: "A",
                    mode: stack.word(),
                },
                thresholds_style: Mode {
                    mode: show_thresholds.word(),
                },
            }),
            PanelKind::BarChart { .. } => Self::Bars(Bars {
                axis_border_show: false,
                axis_centered_zero: false,
                axis_color_mode: "text",
                axis_label: "",
                axis_placement: "auto",
                fill_opacity: 80,
                gradient_mode: "none",
                hide_from: NOWHERE,
                line_width: 1,
                scale_distribution: LINEAR,
                thresholds_style: Mode { mode: "off" },
            }),
            PanelKind::Table { .. } => Self::Table(Table {
                align: "auto",
                cell_options: Cell {
                    mode: None,
                    r#type: "auto",
                },
                inspect: false,
            }),
            PanelKind::PieChart { .. } => Self::Pie(Pie { hide_from: NOWHERE }),
            PanelKind::Heatmap { .. } => Self::Heatmap(Heatmap {
                hide_from: NOWHERE,
                scale_distribution: LINEAR,
            }),
            PanelKind::StateTimeline { .. } => Self::States(States {
                axis_placement: "auto",
                fill_opacity: 70,
                hide_from: NOWHERE,
                insert_nulls: false,
                line_width: 0,
                span_nulls: false,
            }),
            PanelKind::Stat { .. }
            | PanelKind::Gauge { .. }
            | PanelKind::BarGauge { .. }
            | PanelKind::Text { .. }
            | PanelKind::Row { .. } => return None,
        })
    }
}

/// How a table's cell shows its value.
#[derive(Serialize)]
pub(super) struct Cell {
    /// The variant, for types that have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<&'static str>,
    /// The type.
    pub(super) r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Graph<'a> {
    axis_border_show: bool,
    axis_centered_zero: bool,
    axis_color_mode: &'static str,
    axis_label: &'a str,
    axis_placement: &'static str,
    bar_alignment: u32,
    bar_width_factor: f64,
    draw_style: &'static str,
    fill_opacity: u32,
    gradient_mode: &'static str,
    hide_from: HideFrom,
    line_interpolation: &'static str,
    line_width: u32,
    point_size: u32,
    scale_distribution: Distribution,
    show_points: &'static str,
    span_nulls: bool,
    stacking: Stacking,
    thresholds_style: Mode,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bars {
    axis_border_show: bool,
    axis_centered_zero: bool,
    axis_color_mode: &'static str,
    axis_label: &'static str,
    axis_placement: &'static str,
    fill_opacity: u32,
    gradient_mode: &'static str,
    hide_from: HideFrom,
    line_width: u32,
    scale_distribution: Distribution,
    thresholds_style: Mode,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Table {
    align: &'static str,
    cell_options: Cell,
    inspect: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pie {
    hide_from: HideFrom,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Heatmap {
    hide_from: HideFrom,
    scale_distribution: Distribution,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct States {
    axis_placement: &'static str,
    fill_opacity: u32,
    hide_from: HideFrom,
    insert_nulls: bool,
    line_width: u32,
    span_nulls: bool,
}

#[derive(Serialize)]
struct HideFrom {
    legend: bool,
    tooltip: bool,
    viz: bool,
}

const NOWHERE: HideFrom = HideFrom {
    legend: false,
    tooltip: false,
    viz: false,
};

#[derive(Serialize)]
struct Distribution {
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<u32>,
    r#type: &'static str,
}

const LINEAR: Distribution = Distribution {
    log: None,
    r#type: "linear",
};

impl Distribution {
    fn new(scale: Scale) -> Self {
        match scale {
            Scale::Linear => LINEAR,
            Scale::Log2 => Self {
                log: Some(2),
                r#type: "log",
            },
            Scale::Log10 => Self {
                log: Some(10),
                r#type: "log",
            },
        }
    }
}

#[derive(Serialize)]
struct Mode {
    mode: &'static str,
}

#[derive(Serialize)]
struct Stacking {
    group: &'static str,
    mode: &'static str,
}
