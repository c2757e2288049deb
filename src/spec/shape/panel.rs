//! Panels of every kind.

use super::dashboard::{Position, Size};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::spec::node::{Node, Value};
use crate::spec::reader::{FromNode, Named, choice, record};
use crate::spec::schema::{Book, Schema};
use crate::spec::{Decimals, Quantity};
use std::sync::Arc;

choice! {
    /// How a time series is drawn.
    SeriesStyle {
        /// Lines.
        Lines = "lines",
        /// Bars.
        Bars = "bars",
        /// Points.
        Points = "points",
        /// Filled lines.
        Area = "area",
    }

    /// How series add up.
    Stack {
        /// Each on its own.
        None = "none",
        /// On top of each other.
        Normal = "normal",
        /// As shares of the whole.
        Percent = "percent",
    }

    /// How thresholds show in a graph.
    ThresholdStyle {
        /// Not at all.
        Off = "off",
        /// As lines.
        Line = "line",
        /// As dashed lines.
        Dashed = "dashed",
        /// As filled regions.
        Area = "area",
        /// As lines and regions.
        LineArea = "line+area",
    }

    /// Scale of an axis.
    Scale {
        /// Linear.
        Linear = "linear",
        /// Logarithmic, base 2.
        Log2 = "log2",
        /// Logarithmic, base 10.
        Log10 = "log10",
    }

    /// When points are drawn on lines.
    Points {
        /// When there is room.
        Auto = "auto",
        /// Never.
        Never = "never",
        /// Always.
        Always = "always",
    }

    /// Which axis a query's series belong to.
    Axis {
        /// The left one.
        Left = "left",
        /// The right one.
        Right = "right",
    }

    /// How a legend looks.
    LegendMode {
        /// Names in a row.
        List = "list",
        /// Names in a table, with calculated values.
        Table = "table",
        /// No legend.
        Hidden = "hidden",
    }

    /// Where a legend stands.
    LegendPlacement {
        /// Below.
        Bottom = "bottom",
        /// On the right.
        Right = "right",
    }

    /// How many values become one.
    Calc {
        /// The last value that is there.
        Last = "last",
        /// The first value that is there.
        First = "first",
        /// The average.
        Mean = "mean",
        /// The smallest.
        Min = "min",
        /// The largest.
        Max = "max",
        /// The sum.
        Sum = "sum",
        /// The number of values.
        Count = "count",
        /// Largest less smallest.
        Range = "range",
        /// Last less first.
        Diff = "diff",
    }

    /// What a stat colours.
    ColorMode {
        /// The value.
        Value = "value",
        /// The background.
        Background = "background",
        /// Nothing.
        None = "none",
    }

    /// Direction of bars.
    Orientation {
        /// As the panel's shape suggests.
        Auto = "auto",
        /// From left to right.
        Horizontal = "horizontal",
        /// From bottom to top.
        Vertical = "vertical",
    }

    /// How the bars of a bar gauge look.
    BarGaugeMode {
        /// A colour gradient.
        Gradient = "gradient",
        /// Like an LCD.
        Lcd = "lcd",
        /// One colour.
        Basic = "basic",
    }

    /// How a table cell shows its value.
    CellStyle {
        /// As text.
        Text = "text",
        /// As coloured text.
        Color = "color",
        /// On a coloured background.
        Background = "background",
        /// As a bar.
        Bar = "bar",
    }

    /// The shape of a pie chart.
    PieStyle {
        /// A full disc.
        Pie = "pie",
        /// A ring.
        Donut = "donut",
    }

    /// What stands on a slice.
    PieLabel {
        /// The series' name.
        Name = "name",
        /// Its value.
        Value = "value",
        /// Its share.
        Percent = "percent",
    }
}

record! {
    /// A panel: its place, and exactly one key for its kind.
    Panel {
        /// Its title.
        optional title "title": Spanned<Arc<str>>,
        /// What it shows; the help of its query if not given.
        optional description "description": Spanned<Arc<str>>,
        /// Its id, where one must be kept; else it follows from the key.
        optional id "id": Spanned<u32>,
        /// Size on the grid; each kind has its usual one.
        optional size "size": Spanned<Size>,
        /// Place on the grid; in flow with the others if not given.
        optional at "at": Spanned<Position>,
        /// Smallest step between samples.
        optional interval "interval": Spanned<Arc<str>>,
        /// What `$window` means in this panel.
        optional window "window": Spanned<Arc<str>>,
        /// Repeats the panel for each value of a variable.
        optional repeat "repeat": Spanned<Arc<str>>,
        /// Where a click on it may lead.
        list links "links": Vec<DataLink>,
        /// Drawn without a background.
        optional transparent "transparent": Spanned<bool>,
        /// JSON merged into the rendered panel, as the last word.
        optional raw "raw": Spanned<serde_json::Value>,
        /// Lines, bars, points or areas over time.
        boxed timeseries "timeseries": TimeSeries,
        /// A big number.
        boxed stat "stat": Stat,
        /// A dial.
        boxed gauge "gauge": Gauge,
        /// A bar for each series.
        boxed bargauge "bargauge": BarGauge,
        /// Rows and columns.
        boxed table "table": Table,
        /// Shares of a whole.
        boxed piechart "piechart": PieChart,
        /// A bar for each category.
        boxed barchart "barchart": BarChart,
        /// A histogram over time.
        boxed heatmap "heatmap": Heatmap,
        /// States over time.
        boxed state_timeline "state-timeline": StateTimeline,
        /// Words.
        optional text "text": Spanned<Text>,
        /// A heading for the panels that follow.
        optional row "row": Spanned<Row>,
    }

    /// A link from a panel to another dashboard or an address.
    DataLink {
        /// The dashboard to open.
        optional dashboard "dashboard": Spanned<Arc<str>>,
        /// The panel of it to open.
        optional panel "panel": Spanned<Arc<str>>,
        /// An address outside Grafana.
        optional url "url": Spanned<Arc<str>>,
        /// What the link says; the dashboard's title if not given.
        optional title "title": Spanned<Arc<str>>,
    }

    /// What a panel shows: one query, an expression, or several.
    Data {
        /// A named query.
        optional query "query": Spanned<Arc<str>>,
        /// PromQL in place of a named query.
        optional expr "expr": Spanned<Arc<str>>,
        /// Several of them.
        list queries "queries": Vec<PanelQuery>,
        /// Legend of the series, with `{{label}}`.
        optional legend "legend": Spanned<Arc<str>>,
        /// Grafana unit.
        optional unit "unit": Spanned<Arc<str>>,
        /// Thresholds, or `none` for none.
        optional thresholds "thresholds": Spanned<Arc<str>>,
        /// Decimals to show.
        optional decimals "decimals": Decimals,
        /// Lower end.
        optional min "min": Spanned<Quantity>,
        /// Upper end.
        optional max "max": Spanned<Quantity>,
        /// Colors of series by name.
        list colors "colors": Vec<Named<Spanned<Arc<str>>>>,
    }

    /// One of several queries of a panel.
    PanelQuery {
        /// A named query.
        optional query "query": Spanned<Arc<str>>,
        /// PromQL in place of a named query.
        optional expr "expr": Spanned<Arc<str>>,
        /// Legend of its series.
        optional legend "legend": Spanned<Arc<str>>,
        /// Grafana unit, if the panel's queries differ.
        optional unit "unit": Spanned<Arc<str>>,
        /// The axis of its series.
        optional axis "axis": Axis,
        /// What `$window` means in it.
        optional window "window": Spanned<Arc<str>>,
        /// Color of its series.
        optional color "color": Spanned<Arc<str>>,
    }

    /// Options of a `timeseries` panel.
    TimeSeries {
        /// What it shows.
        part data "": Data,
        /// How series are drawn.
        optional style "style": SeriesStyle,
        /// How they add up.
        optional stack "stack": Stack,
        /// How thresholds show.
        optional show_thresholds "show_thresholds": ThresholdStyle,
        /// How the legend looks.
        optional legend_as "legend_as": LegendMode,
        /// Where the legend stands.
        optional legend_at "legend_at": LegendPlacement,
        /// What the legend calculates for each series.
        list legend_values "legend_values": Vec<Calc>,
        /// Percent of opacity below lines.
        optional fill "fill": Spanned<u32>,
        /// Width of lines in pixels.
        optional line_width "line_width": Spanned<u32>,
        /// Points on lines.
        optional points "points": Points,
        /// What the axis says.
        optional axis_label "axis_label": Spanned<Arc<str>>,
        /// Scale of the axis.
        optional scale "scale": Scale,
        /// Whether lines bridge gaps.
        optional connect_nulls "connect_nulls": bool,
    }

    /// Options of a `stat` panel.
    Stat {
        /// What it shows.
        part data "": Data,
        /// Whether the past is drawn behind the number; true if not given.
        optional sparkline "sparkline": bool,
        /// What is coloured.
        optional color "color": ColorMode,
        /// How many values become one.
        optional calc "calc": Calc,
    }

    /// Options of a `gauge` panel.
    Gauge {
        /// What it shows.
        part data "": Data,
        /// How many values become one.
        optional calc "calc": Calc,
        /// Whether the bounds are written at the dial.
        optional threshold_labels "threshold_labels": bool,
    }

    /// Options of a `bargauge` panel.
    BarGauge {
        /// What it shows.
        part data "": Data,
        /// How many values become one.
        optional calc "calc": Calc,
        /// Direction of the bars.
        optional orientation "orientation": Orientation,
        /// How they look.
        optional mode "mode": BarGaugeMode,
    }

    /// Options of a `table` panel.
    Table {
        /// What it shows.
        part data "": Data,
        /// How many rows at most, by the first query's value.
        optional top "top": Spanned<u32>,
        /// Columns, in order: a label, or `value`, or a query's name.
        list columns "columns": Vec<Named<Column>>,
        /// The column to sort by, with a leading `-` for descending.
        optional sort "sort": Spanned<Arc<str>>,
    }

    /// A column of a table.
    Column {
        /// Its heading.
        optional title "title": Spanned<Arc<str>>,
        /// Grafana unit of its values.
        optional unit "unit": Spanned<Arc<str>>,
        /// Decimals to show.
        optional decimals "decimals": Decimals,
        /// How cells show values.
        optional cell "cell": CellStyle,
        /// Width in pixels.
        optional width "width": Spanned<u32>,
        /// Thresholds that colour the cells.
        optional thresholds "thresholds": Spanned<Arc<str>>,
    }

    /// Options of a `piechart` panel.
    PieChart {
        /// What it shows.
        part data "": Data,
        /// Disc or ring.
        optional style "style": PieStyle,
        /// How many values of a series become one.
        optional calc "calc": Calc,
        /// What stands on the slices.
        optional show "show": Vec<PieLabel>,
        /// How the legend looks.
        optional legend_as "legend_as": LegendMode,
        /// Where the legend stands.
        optional legend_at "legend_at": LegendPlacement,
    }

    /// Options of a `barchart` panel.
    BarChart {
        /// What it shows.
        part data "": Data,
        /// The label that names the bars.
        required by "by": Spanned<Arc<str>>,
        /// Direction of the bars.
        optional orientation "orientation": Orientation,
        /// How the bars of several queries add up.
        optional stack "stack": Stack,
    }

    /// Options of a `heatmap` panel.
    Heatmap {
        /// What it shows: the buckets of a histogram, by `le`.
        part data "": Data,
        /// Grafana's name of a color scheme.
        optional scheme "scheme": Spanned<Arc<str>>,
    }

    /// Options of a `state-timeline` panel.
    StateTimeline {
        /// What it shows.
        part data "": Data,
        /// Texts of values, by value.
        list states "states": Vec<Named<State>>,
        /// Whether equal neighbours become one.
        optional merge "merge": bool,
    }

    /// What a state is called.
    State {
        /// Its name.
        required text "text": Spanned<Arc<str>>,
        /// Its color.
        optional color "color": Spanned<Arc<str>>,
    }

    /// Options of a `row`.
    Row {
        /// Whether its panels are folded away at first.
        optional collapsed "collapsed": bool,
    }

    /// Words in a markup.
    LongText {
        /// In Markdown.
        optional markdown "markdown": Spanned<Arc<str>>,
        /// In HTML.
        optional html "html": Spanned<Arc<str>>,
    }
}

impl Panel {
    /// What the panel asks, unless its kind asks nothing.
    pub fn data(&self) -> Option<&Data> {
        let all = [
            self.timeseries.as_ref().map(|kind| &kind.value.data),
            self.stat.as_ref().map(|kind| &kind.value.data),
            self.gauge.as_ref().map(|kind| &kind.value.data),
            self.bargauge.as_ref().map(|kind| &kind.value.data),
            self.table.as_ref().map(|kind| &kind.value.data),
            self.piechart.as_ref().map(|kind| &kind.value.data),
            self.barchart.as_ref().map(|kind| &kind.value.data),
            self.heatmap.as_ref().map(|kind| &kind.value.data),
            self.state_timeline.as_ref().map(|kind| &kind.value.data),
        ];
        all.into_iter().flatten().next()
    }
}

/// Words on a dashboard.
#[derive(Debug, Clone)]
pub enum Text {
    /// In Markdown.
    Markdown(Spanned<Arc<str>>),
    /// In HTML.
    Html(Spanned<Arc<str>>),
}

impl Schema for Text {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([<Arc<str>>::schema, |book| {
            let long = LongText::schema(book);
            book.with_one_of(&long, &["markdown", "html"])
        }])
    }
}

impl FromNode for Text {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let Value::Map(_) = node.value else {
            return FromNode::from_node(node, sink).map(Self::Markdown);
        };
        let long = LongText::from_node(node, sink)?;
        match (long.markdown, long.html) {
            (Some(text), None) => Some(Self::Markdown(text)),
            (None, Some(text)) => Some(Self::Html(text)),
            (markdown, _) => {
                let code = if markdown.is_some() {
                    Code::ConflictingKeys
                } else {
                    Code::MissingKey
                };
                sink.push(
                    Diagnostic::new(code, "a text is given as `markdown` or as `html`")
                        .at(long.span, ""),
                );
                None
            }
        }
    }
}
