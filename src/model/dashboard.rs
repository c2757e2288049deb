//! Dashboards, ready to be written.

use super::{Thresholds, Unit, variables_in};
use crate::promql::{self, PromDuration};
use crate::spec::shape::{
    Axis, BarGaugeMode, Calc, CellStyle, ColorMode, Hide, LegendMode, LegendPlacement, Orientation,
    PieLabel, PieStyle, Points, Scale, SeriesStyle, Sort, Stack, ThresholdStyle,
};
use std::borrow::Cow;
use std::sync::Arc;

/// A dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The key in the specs; also the file's name.
    pub key: Arc<str>,
    /// Its uid in Grafana.
    pub uid: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// Its tags, sorted.
    pub tags: Vec<Arc<str>>,
    /// How often it reloads.
    pub refresh: Option<PromDuration>,
    /// The range up to now that it shows.
    pub range: PromDuration,
    /// `browser`, `utc` or an IANA name.
    pub timezone: Arc<str>,
    /// Whether it may be edited in the browser.
    pub editable: bool,
    /// The datasource of its panels.
    pub datasource: DatasourceRef,
    /// Its variables, in the order in which they are shown.
    pub variables: Vec<Variable>,
    /// Its panels in reading order; those of a collapsed row are inside it.
    pub panels: Vec<Panel>,
    /// Links to other dashboards.
    pub links: Vec<DashboardLink>,
}

/// How a panel names its datasource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasourceRef {
    /// By uid.
    Uid(Arc<str>),
    /// By the dashboard variable of this name.
    Variable(Arc<str>),
}

/// A link in a dashboard's head to all dashboards with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardLink {
    /// What the link says.
    pub title: Arc<str>,
    /// The tags that linked dashboards have.
    pub tags: Vec<Arc<str>>,
}

/// A dashboard variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name, as in `$name`.
    pub name: Arc<str>,
    /// The name shown.
    pub title: Arc<str>,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// What is hidden.
    pub hide: Option<Hide>,
    /// The label that it filters.
    pub label: Option<Arc<str>>,
    /// What it offers.
    pub kind: VariableKind,
}

/// What a variable offers.
#[derive(Debug, Clone)]
pub enum VariableKind {
    /// Values of a label.
    Values {
        /// `label_values(metric{…}, label)`.
        query: String,
        /// Regular expression that offered values must match.
        regex: Option<Arc<str>>,
        /// Their order.
        sort: Sort,
        /// Whether several may be chosen.
        multi: bool,
        /// Whether "All" is offered.
        all: bool,
        /// What is chosen at first; "All", else the first.
        default: Option<Arc<str>>,
    },
    /// Durations.
    Interval {
        /// The durations, as written.
        options: Vec<Arc<str>>,
        /// If the interval may follow the range: its shortest value.
        auto: Option<PromDuration>,
        /// What is chosen at first.
        default: Arc<str>,
    },
    /// A list of texts and values.
    Custom {
        /// As shown, and as queries use it.
        options: Vec<(Arc<str>, Arc<str>)>,
        /// Whether several may be chosen.
        multi: bool,
        /// Whether "All" is offered.
        all: bool,
        /// The value chosen at first; `None` for "All".
        default: Option<Arc<str>>,
    },
    /// A fixed value.
    Constant(Arc<str>),
    /// Free text, with its first value.
    Textbox(Arc<str>),
    /// Datasources of a type.
    Datasource {
        /// The type.
        plugin: Arc<str>,
        /// Uid of the one chosen at first, if it is known.
        default: Option<(Arc<str>, Arc<str>)>,
    },
}

/// Cells that a panel covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Column of the left edge, from 0.
    pub x: u32,
    /// Row of the upper edge, from 0.
    pub y: u32,
    /// Columns, of 24.
    pub w: u32,
    /// Rows of 30 pixels.
    pub h: u32,
}

/// A panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The key in the specs.
    pub key: Arc<str>,
    /// Its id, unique in the dashboard.
    pub id: u32,
    /// Its title.
    pub title: Arc<str>,
    /// What it shows.
    pub description: Option<Arc<str>>,
    /// Its place.
    pub grid: Grid,
    /// Smallest step between samples: a duration or an interval variable.
    pub interval: Option<Arc<str>>,
    /// The variable for each of whose values it is repeated.
    pub repeat: Option<Arc<str>>,
    /// Where a click may lead.
    pub links: Vec<Link>,
    /// Drawn without a background.
    pub transparent: bool,
    /// JSON merged over the rendered panel.
    pub raw: Option<serde_json::Value>,
    /// What it asks Prometheus.
    pub targets: Vec<Target>,
    /// How values look.
    pub fields: Fields,
    /// Its kind.
    pub kind: PanelKind,
}

/// A data link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub title: Arc<str>,
    /// Where it leads, in Grafana's link syntax.
    pub url: String,
    /// Whether it opens a new tab.
    pub new_tab: bool,
}

/// A query of a panel, as Grafana sends it.
#[derive(Debug, Clone)]
pub struct Target {
    /// `A`, `B`, …
    pub ref_id: String,
    /// The expression, with Grafana's variables and macros.
    pub expr: String,
    /// Legend of the series; `__auto` if the specs give none.
    pub legend: Arc<str>,
    /// Whether one point in time is asked for, and not a range.
    pub instant: bool,
    /// The time between samples where it is longer than the datasource's. No
    /// step is shorter, and Grafana works out `$__rate_interval` from it.
    pub interval: Option<PromDuration>,
    /// Shape of the answer.
    pub format: TargetFormat,
    /// The expression as written, before variables and windows were put in.
    pub source: Arc<promql::Query>,
    /// The named query behind it.
    pub query: Option<Arc<str>>,
    /// Unit of its series where it differs from the panel's.
    pub unit: Option<Unit>,
    /// Axis of its series, if it is not the panel's usual one.
    pub axis: Option<Axis>,
    /// Color of its series.
    pub color: Option<Arc<str>>,
    /// Labels that its series can have, sorted; `None` if they are not known.
    pub labels: Option<Vec<Arc<str>>>,
}

/// Shape of a target's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetFormat {
    /// Series over time.
    TimeSeries,
    /// A row per series.
    Table,
    /// Histogram buckets.
    Heatmap,
}

/// How a panel's values look.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Their unit.
    pub unit: Option<Unit>,
    /// Decimals to show.
    pub decimals: Option<u32>,
    /// Lower end, in the unit.
    pub min: Option<f64>,
    /// Upper end, in the unit.
    pub max: Option<f64>,
    /// What they are judged by.
    pub thresholds: Option<Arc<Thresholds>>,
    /// Fixed colours of series.
    pub colors: Vec<SeriesColor>,
}

/// A fixed color of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesColor {
    /// The series' name, as its legend shows it.
    pub series: Arc<str>,
    /// The color.
    pub color: Arc<str>,
}

/// What kind of panel it is, with the options of that kind.
#[derive(Debug, Clone)]
pub enum PanelKind {
    /// Series over time.
    TimeSeries {
        /// How series are drawn.
        style: SeriesStyle,
        /// How they add up.
        stack: Stack,
        /// How thresholds show.
        show_thresholds: ThresholdStyle,
        /// How the legend looks.
        legend: LegendMode,
        /// Where the legend stands.
        placement: LegendPlacement,
        /// What the legend calculates.
        legend_values: Vec<Calc>,
        /// Percent of opacity below lines.
        fill: u32,
        /// Width of lines in pixels.
        line_width: u32,
        /// Points on lines.
        points: Points,
        /// What the axis says.
        axis_label: Arc<str>,
        /// Scale of the axis.
        scale: Scale,
        /// Whether lines bridge gaps.
        connect_nulls: bool,
    },
    /// A big number.
    Stat {
        /// Whether the past is drawn behind it.
        sparkline: bool,
        /// What is coloured.
        color: ColorMode,
        /// How many values become one.
        calc: Calc,
    },
    /// A dial.
    Gauge {
        /// How many values become one.
        calc: Calc,
        /// Whether bounds are written at the dial.
        threshold_labels: bool,
    },
    /// A bar for each series.
    BarGauge {
        /// How many values become one.
        calc: Calc,
        /// Direction of the bars.
        orientation: Orientation,
        /// How they look.
        mode: BarGaugeMode,
    },
    /// Rows and columns.
    Table {
        /// Columns in order; labels that are not listed are hidden.
        columns: Vec<Column>,
        /// Heading of the column to sort by, and whether descending.
        sort: Option<(Arc<str>, bool)>,
    },
    /// Shares of a whole.
    PieChart {
        /// Disc or ring.
        style: PieStyle,
        /// How many values become one.
        calc: Calc,
        /// What stands on the slices.
        show: Vec<PieLabel>,
        /// How the legend looks.
        legend: LegendMode,
        /// Where the legend stands.
        placement: LegendPlacement,
    },
    /// A bar for each category.
    BarChart {
        /// The label that names the bars.
        by: Arc<str>,
        /// Direction of the bars.
        orientation: Orientation,
        /// How bars of several queries add up.
        stack: Stack,
    },
    /// A histogram over time.
    Heatmap {
        /// Grafana's name of the color scheme.
        scheme: Arc<str>,
    },
    /// States over time.
    StateTimeline {
        /// What states are called.
        states: Vec<State>,
        /// Whether equal neighbours become one.
        merge: bool,
    },
    /// Words.
    Text {
        /// The markup that they are in.
        mode: TextMode,
        /// The words.
        content: Arc<str>,
    },
    /// A heading.
    Row {
        /// Whether its panels are folded away at first.
        collapsed: bool,
        /// Its panels, if it is collapsed; else they follow it.
        panels: Vec<Panel>,
    },
}

/// Markup of a text panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMode {
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
}

/// What a value of a state timeline is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The value, as text.
    pub value: Arc<str>,
    /// Its name.
    pub text: Arc<str>,
    /// Its color.
    pub color: Option<Arc<str>>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The fields that become this column: a label, or `Value` and
    /// `Value #A`, as Grafana names them.
    pub fields: Vec<String>,
    /// Its heading.
    pub title: Arc<str>,
    /// Unit of its values.
    pub unit: Option<Unit>,
    /// Decimals to show.
    pub decimals: Option<u32>,
    /// How cells show values.
    pub cell: CellStyle,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Thresholds that colour the cells.
    pub thresholds: Option<Arc<Thresholds>>,
}

/// A duration as Grafana reads it, which is by one unit: of `1h30m` it takes
/// the hour and drops the rest. Days are days, and a single one is hours, as in
/// its own lists of ranges (`30d`, `24h`).
pub fn grafana_duration(duration: PromDuration) -> String {
    const HOUR: u64 = 3_600_000;
    const DAY: u64 = 24 * HOUR;
    const UNITS: [(&str, u64); 6] = [
        ("y", 365 * DAY),
        ("d", DAY),
        ("h", HOUR),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    match duration.as_millis() {
        0 => "0s".to_owned(),
        DAY => "24h".to_owned(),
        millis => {
            let exact = UNITS.iter().find(|(_, unit)| millis.is_multiple_of(*unit));
            let (name, unit) = exact.unwrap_or(&("ms", 1));
            format!("{}{name}", millis / unit)
        }
    }
}

impl Panel {
    /// Whether its queries, texts or settings name the variable.
    pub fn uses_variable(&self, variable: &str) -> bool {
        self.repeat.as_deref() == Some(variable)
            || self
                .texts()
                .any(|text| variables_in(&text).any(|name| name == variable))
    }

    /// Where Grafana puts in values of variables.
    fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let content = match &self.kind {
            PanelKind::Text { content, .. } => Some(&**content),
            _ => None,
        };
        let exprs = self.targets.iter().map(|target| target.expr.as_str());
        exprs
            .chain([&*self.title])
            .chain(self.interval.as_deref())
            .chain(content)
            .map(Cow::Borrowed)
            .chain(self.raw.iter().map(|raw| Cow::Owned(raw.to_string())))
    }
}

impl Dashboard {
    /// All panels, those in collapsed rows included, in reading order.
    pub fn all_panels(&self) -> impl Iterator<Item = &Panel> {
        self.panels.iter().flat_map(|panel| {
            let inside: &[Panel] = match &panel.kind {
                PanelKind::Row { panels, .. } => panels,
                _ => &[],
            };
            std::iter::once(panel).chain(inside)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::grafana_duration;
    use crate::promql::PromDuration;

    #[test]
    fn grafana_is_given_one_unit() {
        for (written, read) in [
            ("30s", "30s"),
            ("60s", "1m"),
            ("90s", "90s"),
            ("1h30m", "90m"),
            ("24h", "24h"),
            ("1d", "24h"),
            ("36h", "36h"),
            ("1w", "7d"),
            ("90d", "90d"),
            ("1y", "1y"),
            ("1500ms", "1500ms"),
            ("1d1ms", "86400001ms"),
        ] {
            let duration = PromDuration::parse(written).unwrap();
            assert_eq!(grafana_duration(duration), read, "{written}");
        }
    }
}
