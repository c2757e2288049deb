//! `options`: what a panel's plugin can be told.
//!
//! The gauge's are those of Grafana before 12.4: newer ones take them over and
//! older ones know no others.

use super::number::Number;
use crate::model::{Panel, PanelKind, TextMode};
use crate::spec::shape::{Calc, LegendMode, LegendPlacement, PieLabel};
use serde::{Serialize, Serializer};

/// The options of one kind of panel.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Options<'a> {
    /// Of a time series.
    Graph(Graph<'a>),
    /// Of a stat.
    Stat(Stat),
    /// Of a gauge.
    Gauge(Gauge),
    /// Of a bar gauge.
    BarGauge(BarGauge),
    /// Of a table.
    Table(Table<'a>),
    /// Of a pie chart.
    Pie(Pie<'a>),
    /// Of a bar chart.
    Bars(Bars<'a>),
    /// Of a heatmap.
    Heatmap(Heatmap<'a>),
    /// Of a state timeline.
    States(States<'a>),
    /// Of a text.
    Text(Text<'a>),
    /// A row has none.
    Row {},
}

impl<'a> Options<'a> {
    /// The options of `panel`.
    pub(super) fn new(panel: &'a Panel) -> Self {
        match &panel.kind {
            PanelKind::TimeSeries {
                legend,
                placement,
                legend_values,
                ..
            } => Self::Graph(Graph {
                legend: Legend::new(*legend, *placement, legend_values, None),
                tooltip: Tooltip {
                    mode: "multi",
                    sort: "desc",
                },
            }),
            PanelKind::Stat {
                sparkline,
                color,
                calc,
            } => Self::Stat(Stat {
                color_mode: color.word(),
                graph_mode: if *sparkline { "area" } else { "none" },
                justify_mode: "auto",
                orientation: "auto",
                reduce_options: Reduce::new(*calc),
                show_percent_change: false,
                text_mode: "auto",
                wide_layout: true,
            }),
            PanelKind::Gauge {
                calc,
                threshold_labels,
            } => Self::Gauge(Gauge {
                min_viz_height: 75,
                min_viz_width: 75,
                orientation: "auto",
                reduce_options: Reduce::new(*calc),
                show_threshold_labels: *threshold_labels,
                show_threshold_markers: true,
                sizing: "auto",
            }),
            PanelKind::BarGauge {
                calc,
                orientation,
                mode,
            } => Self::BarGauge(BarGauge {
                display_mode: mode.word(),
                max_viz_height: 300,
                min_viz_height: 16,
                min_viz_width: 8,
                name_placement: "auto",
                orientation: orientation.word(),
                reduce_options: Reduce::new(*calc),
                show_unfilled: true,
                sizing: "auto",
                value_mode: "color",
            }),
            PanelKind::Table { sort, .. } => Self::Table(Table {
                cell_height: "sm",
                show_header: true,
                sort_by: sort.as_ref().map(|(display_name, desc)| {
                    [SortBy {
                        desc: *desc,
                        display_name,
                    }]
                }),
            }),
            PanelKind::PieChart {
                style,
                calc,
                show,
                legend,
                placement,
            } => Self::Pie(Pie {
                display_labels: PieLabels(show),
                legend: Legend::new(*legend, *placement, &[], Some(["value", "percent"])),
                pie_type: style.word(),
                reduce_options: Reduce::new(*calc),
                tooltip: Tooltip::SINGLE,
            }),
            PanelKind::BarChart {
                by,
                orientation,
                stack,
            } => Self::Bars(Bars {
                bar_radius: 0,
                bar_width: 0.97,
                full_highlight: false,
                group_width: 0.7,
                // One query needs no legend: the bars are named below.
                legend: Legend::new(
                    if panel.targets.len() > 1 {
                        LegendMode::List
                    } else {
                        LegendMode::Hidden
                    },
                    LegendPlacement::Bottom,
                    &[],
                    None,
                ),
                orientation: orientation.word(),
                show_value: "auto",
                stacking: stack.word(),
                tooltip: Tooltip::SINGLE,
                x_field: by,
                x_tick_label_rotation: 0,
                x_tick_label_spacing: 0,
            }),
            PanelKind::Heatmap { scheme } => Self::Heatmap(Heatmap {
                calculate: false,
                cell_gap: 1,
                cell_values: CellValues {},
                color: Colors {
                    exponent: 0.5,
                    fill: "dark-orange",
                    mode: "scheme",
                    reverse: false,
                    scale: "exponential",
                    scheme,
                    steps: 64,
                },
                exemplars: Exemplars {
                    color: "rgba(255,0,255,0.7)",
                },
                filter_values: FilterValues { le: 1e-9 },
                legend: Shown { show: true },
                rows_frame: RowsFrame { layout: "auto" },
                show_value: "never",
                tooltip: HeatmapTooltip {
                    mode: "single",
                    show_color_scale: false,
                    y_histogram: false,
                },
                y_axis: YAxis {
                    axis_placement: "left",
                    decimals: panel.fields.decimals,
                    max: panel.fields.max.map(Number),
                    min: panel.fields.min.map(Number),
                    reverse: false,
                    unit: panel.fields.unit.as_ref().map(|unit| &**unit.id()),
                },
            }),
            PanelKind::StateTimeline { merge, .. } => Self::States(States {
                align_value: "left",
                legend: Legend::new(LegendMode::List, LegendPlacement::Bottom, &[], None),
                merge_values: *merge,
                row_height: 0.9,
                show_value: "auto",
                tooltip: Tooltip::SINGLE,
            }),
            PanelKind::Text { mode, content } => Self::Text(Text {
                code: Code {
                    language: "plaintext",
                    show_line_numbers: false,
                    show_mini_map: false,
                },
                content,
                mode: match mode {
                    TextMode::Markdown => "markdown",
                    TextMode::Html => "html",
                },
            }),
            PanelKind::Row { .. } => Self::Row {},
        }
    }
}

/// Grafana's id of a calculation. Its own `last` and `first` may be gaps.
fn reducer(calc: Calc) -> &'static str {
    match calc {
        Calc::Last => "lastNotNull",
        Calc::First => "firstNotNull",
        _ => calc.word(),
    }
}

/// How a series becomes one value.
#[derive(Serialize)]
struct Reduce {
    calcs: [&'static str; 1],
    fields: &'static str,
    values: bool,
}

impl Reduce {
    fn new(calc: Calc) -> Self {
        Self {
            calcs: [reducer(calc)],
            fields: "",
            values: false,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Legend<'a> {
    calcs: Calcs<'a>,
    display_mode: &'static str,
    placement: &'static str,
    show_legend: bool,
    /// A pie chart's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<[&'static str; 2]>,
}

impl<'a> Legend<'a> {
    fn new(
        mode: LegendMode,
        placement: LegendPlacement,
        calcs: &'a [Calc],
        values: Option<[&'static str; 2]>,
    ) -> Self {
        Self {
            calcs: Calcs(calcs),
            display_mode: match mode {
                LegendMode::Table => "table",
                // Grafana's own word `hidden` is dead.
                LegendMode::List | LegendMode::Hidden => "list",
            },
            placement: placement.word(),
            show_legend: mode != LegendMode::Hidden,
            values,
        }
    }
}

struct Calcs<'a>(&'a [Calc]);

impl Serialize for Calcs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|calc| reducer(*calc)))
    }
}

#[derive(Serialize)]
struct Tooltip {
    mode: &'static str,
    sort: &'static str,
}

impl Tooltip {
    const SINGLE: Self = Self {
        mode: "single",
        sort: "none",
    };
}

#[derive(Serialize)]
pub(super) struct Graph<'a> {
    legend: Legend<'a>,
    tooltip: Tooltip,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stat {
    color_mode: &'static str,
    graph_mode: &'static str,
    justify_mode: &'static str,
    orientation: &'static str,
    reduce_options: Reduce,
    show_percent_change: bool,
    text_mode: &'static str,
    wide_layout: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Gauge {
    min_viz_height: u32,
    min_viz_width: u32,
    orientation: &'static str,
    reduce_options: Reduce,
    show_threshold_labels: bool,
    show_threshold_markers: bool,
    sizing: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BarGauge {
    display_mode: &'static str,
    max_viz_height: u32,
    min_viz_height: u32,
    min_viz_width: u32,
    name_placement: &'static str,
    orientation: &'static str,
    reduce_options: Reduce,
    show_unfilled: bool,
    sizing: &'static str,
    value_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Table<'a> {
    cell_height: &'static str,
    show_header: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_by: Option<[SortBy<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SortBy<'a> {
    desc: bool,
    display_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pie<'a> {
    display_labels: PieLabels<'a>,
    legend: Legend<'a>,
    pie_type: &'static str,
    reduce_options: Reduce,
    tooltip: Tooltip,
}

struct PieLabels<'a>(&'a [PieLabel]);

impl Serialize for PieLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|label| label.word()))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bars<'a> {
    bar_radius: u32,
    bar_width: f64,
    full_highlight: bool,
    group_width: f64,
    legend: Legend<'a>,
    orientation: &'static str,
    show_value: &'static str,
    stacking: &'static str,
    tooltip: Tooltip,
    x_field: &'a str,
    x_tick_label_rotation: u32,
    x_tick_label_spacing: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Heatmap<'a> {
    calculate: bool,
    cell_gap: u32,
    cell_values: CellValues,
    color: Colors<'a>,
    exemplars: Exemplars,
    filter_values: FilterValues,
    legend: Shown,
    rows_frame: RowsFrame,
    show_value: &'static str,
    tooltip: HeatmapTooltip,
    y_axis: YAxis<'a>,
}

#[derive(Serialize)]
struct CellValues {}

#[derive(Serialize)]
struct Colors<'a> {
    exponent: f64,
    fill: &'static str,
    mode: &'static str,
    reverse: bool,
    scale: &'static str,
    scheme: &'a str,
    steps: u32,
}

#[derive(Serialize)]
struct Exemplars {
    color: &'static str,
}

/// Cells up to this value stay empty.
#[derive(Serialize)]
struct FilterValues {
    le: f64,
}

#[derive(Serialize)]
struct Shown {
    show: bool,
}

#[derive(Serialize)]
struct RowsFrame {
    layout: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeatmapTooltip {
    mode: &'static str,
    show_color_scale: bool,
    y_histogram: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct YAxis<'a> {
    axis_placement: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Number>,
    reverse: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct States<'a> {
    align_value: &'static str,
    legend: Legend<'a>,
    merge_values: bool,
    row_height: f64,
    show_value: &'static str,
    tooltip: Tooltip,
}

#[derive(Serialize)]
pub(super) struct Text<'a> {
    code: Code,
    content: &'a str,
    mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    language: &'static str,
    show_line_numbers: bool,
    show_mini_map: bool,
}
