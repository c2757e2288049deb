//! A dashboard with every kind of panel and variable.

use crate::model::{
    Column, Dashboard, DashboardLink, DatasourceRef, Fields, Grid, Link, Panel, PanelKind,
    SeriesColor, State, Step, Target, TargetFormat, TextMode, Thresholds, Unit, Variable,
    VariableKind,
};
use crate::promql::{PromDuration, Query};
use crate::spec::shape::{
    Axis, BarGaugeMode, Calc, CellStyle, ColorMode, Hide, LegendMode, LegendPlacement, Orientation,
    PieLabel, PieStyle, Points, Scale, SeriesStyle, Sort, Stack, ThresholdStyle, Worse,
};
use std::sync::Arc;

/// The dashboard.
pub(crate) fn gallery() -> Dashboard {
    Dashboard {
        key: "gallery".into(),
        uid: "gallery".into(),
        title: "Gallery".into(),
        description: Some("One of each.".into()),
        tags: vec!["generated".into(), "test".into()],
        refresh: Some(duration("30s")),
        range: duration("6h"),
        timezone: "browser".into(),
        editable: true,
        datasource: DatasourceRef::Variable("datasource".into()),
        variables: variables(),
        panels: panels(),
        links: vec![DashboardLink {
            title: "Other dashboards".into(),
            tags: vec!["generated".into()],
        }],
    }
}

/// A dashboard without anything optional.
pub(crate) fn bare(panels: Vec<Panel>) -> Dashboard {
    Dashboard {
        description: None,
        tags: Vec::new(),
        refresh: None,
        timezone: "utc".into(),
        editable: false,
        datasource: DatasourceRef::Uid("prometheus".into()),
        variables: Vec::new(),
        panels,
        links: Vec::new(),
        ..gallery()
    }
}

/// A panel without anything optional.
pub(crate) fn panel(id: u32, title: &str, kind: PanelKind) -> Panel {
    Panel {
        key: title.to_lowercase().into(),
        id,
        title: title.into(),
        description: None,
        grid: Grid {
            x: 12 * (id % 2),
            y: 8 * (id / 2),
            w: 12,
            h: 8,
        },
        interval: None,
        repeat: None,
        links: Vec::new(),
        transparent: false,
        raw: None,
        targets: vec![target("A", "up")],
        fields: Fields::default(),
        kind,
    }
}

/// A query for series over time.
pub(crate) fn target(ref_id: &str, expr: &str) -> Target {
    Target {
        ref_id: ref_id.into(),
        expr: expr.into(),
        legend: "__auto".into(),
        instant: false,
        interval: None,
        format: TargetFormat::TimeSeries,
        source: Arc::new(Query::parse(expr).unwrap()),
        query: None,
        unit: None,
        axis: None,
        color: None,
        labels: None,
    }
}

/// A query for rows with these labels.
pub(crate) fn rows(ref_id: &str, expr: &str, labels: &[&str]) -> Target {
    Target {
        instant: true,
        format: TargetFormat::Table,
        labels: Some(labels.iter().map(|label| Arc::from(*label)).collect()),
        ..target(ref_id, expr)
    }
}

/// Green, from 1 % on yellow, from 5 on red.
pub(crate) fn thresholds() -> Arc<Thresholds> {
    let step = |value, color: &str| Step {
        value,
        color: color.into(),
    };
    Arc::new(Thresholds {
        name: "error_ratio".into(),
        worse: Worse::Higher,
        levels: Vec::new(),
        steps: vec![
            step(None, "green"),
            step(Some(0.01), "yellow"),
            step(Some(5.0), "red"),
        ],
    })
}

/// A time series with plain options.
pub(crate) fn time_series() -> PanelKind {
    PanelKind::TimeSeries {
        style: SeriesStyle::Lines,
        stack: Stack::None,
        show_thresholds: ThresholdStyle::Off,
        legend: LegendMode::List,
        placement: LegendPlacement::Bottom,
        legend_values: Vec::new(),
        fill: 10,
        line_width: 1,
        points: Points::Auto,
        axis_label: "".into(),
        scale: Scale::Linear,
        connect_nulls: false,
    }
}

/// A column for `fields`.
pub(crate) fn column(fields: &[&str], title: &str) -> Column {
    Column {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        title: title.into(),
        unit: None,
        decimals: None,
        cell: CellStyle::Text,
        width: None,
        thresholds: None,
    }
}

/// Panels of every kind.
pub(crate) fn panels() -> Vec<Panel> {
    vec![
        Panel {
            targets: Vec::new(),
            ..panel(
                1,
                "Overview",
                PanelKind::Row {
                    collapsed: false,
                    panels: Vec::new(),
                },
            )
        },
        busy_time_series(),
        Panel {
            fields: Fields {
                unit: unit("reqps"),
                ..Fields::default()
            },
            repeat: Some("job".into()),
            transparent: true,
            ..panel(
                3,
                "Rate",
                PanelKind::Stat {
                    sparkline: true,
                    color: ColorMode::Value,
                    calc: Calc::Last,
                },
            )
        },
        Panel {
            fields: Fields {
                unit: unit("percentunit"),
                decimals: Some(2),
                min: Some(0.0),
                max: Some(1.0),
                thresholds: Some(thresholds()),
                ..Fields::default()
            },
            ..panel(
                4,
                "Error ratio",
                PanelKind::Gauge {
                    calc: Calc::Max,
                    threshold_labels: true,
                },
            )
        },
        panel(
            5,
            "Queues",
            PanelKind::BarGauge {
                calc: Calc::First,
                orientation: Orientation::Horizontal,
                mode: BarGaugeMode::Lcd,
            },
        ),
        table(),
        Panel {
            fields: Fields {
                colors: vec![SeriesColor {
                    series: "500".into(),
                    color: "red".into(),
                }],
                ..Fields::default()
            },
            ..panel(
                7,
                "By status",
                PanelKind::PieChart {
                    style: PieStyle::Donut,
                    calc: Calc::Last,
                    show: vec![PieLabel::Name, PieLabel::Percent],
                    legend: LegendMode::Table,
                    placement: LegendPlacement::Right,
                },
            )
        },
        bar_chart(),
        Panel {
            targets: vec![Target {
                format: TargetFormat::Heatmap,
                ..target("A", "sum by (le) (rate(x_bucket[5m]))")
            }],
            fields: Fields {
                unit: unit("s"),
                decimals: Some(1),
                min: Some(0.5),
                max: Some(10.0),
                ..Fields::default()
            },
            ..panel(
                9,
                "Latency",
                PanelKind::Heatmap {
                    scheme: "Turbo".into(),
                },
            )
        },
        Panel {
            fields: Fields {
                thresholds: Some(thresholds()),
                ..Fields::default()
            },
            ..panel(
                10,
                "Up",
                PanelKind::StateTimeline {
                    states: vec![state("1", "up", Some("green")), state("0", "down", None)],
                    merge: true,
                },
            )
        },
        Panel {
            targets: Vec::new(),
            description: Some("Words.".into()),
            links: vec![link("Manual", "https://example.com/?a=b&c", true)],
            ..panel(
                11,
                "Notes",
                PanelKind::Text {
                    mode: TextMode::Markdown,
                    content: "Requests of **$job**.".into(),
                },
            )
        },
        Panel {
            targets: Vec::new(),
            repeat: Some("job".into()),
            ..panel(
                12,
                "Details",
                PanelKind::Row {
                    collapsed: true,
                    panels: vec![Panel {
                        raw: Some(serde_json::json!({
                            "options": {"tooltip": {"mode": "none"}, "timezone": ["utc"]},
                            "fieldConfig": {"defaults": {"custom": {"lineStyle": {"fill": "dash", "dash": [10, 10]}}}},
                            "targets": null,
                        })),
                        ..panel(13, "Raw", time_series())
                    }],
                },
            )
        },
    ]
}

fn busy_time_series() -> Panel {
    Panel {
        description: Some("How long requests take.".into()),
        interval: Some("$timerange".into()),
        links: vec![link("Details", "/d/details?${__url_time_range}", false)],
        targets: vec![
            Target {
                legend: "p95 {{job}}".into(),
                color: Some("blue".into()),
                ..target("A", "latency")
            },
            Target {
                axis: Some(Axis::Right),
                unit: unit("reqps"),
                ..target("B", "sum(rate(requests_total[5m]))")
            },
        ],
        fields: Fields {
            unit: unit("s"),
            min: Some(0.0),
            thresholds: Some(thresholds()),
            colors: vec![SeriesColor {
                series: "p95 api".into(),
                color: "#ff0000".into(),
            }],
            ..Fields::default()
        },
        ..panel(
            2,
            "Latency by quantile",
            PanelKind::TimeSeries {
                style: SeriesStyle::Area,
                stack: Stack::Normal,
                show_thresholds: ThresholdStyle::LineArea,
                legend: LegendMode::Table,
                placement: LegendPlacement::Right,
                legend_values: vec![Calc::Mean, Calc::Last],
                fill: 70,
                line_width: 2,
                points: Points::Never,
                axis_label: "seconds".into(),
                scale: Scale::Log10,
                connect_nulls: true,
            },
        )
    }
}

fn table() -> Panel {
    let requests = Column {
        unit: unit("short"),
        decimals: Some(0),
        cell: CellStyle::Bar,
        width: Some(120),
        thresholds: Some(thresholds()),
        ..column(&["Value", "Value #A"], "Requests")
    };
    Panel {
        targets: vec![
            rows(
                "A",
                "topk(10, sum by (handler, job) (increase(requests_total[$__range])))",
                &["handler", "job"],
            ),
            rows(
                "B",
                "sum by (handler, job) (increase(errors_total[$__range]))",
                &["handler", "job"],
            ),
        ],
        ..panel(
            6,
            "Top handlers",
            PanelKind::Table {
                columns: vec![
                    column(&["handler"], "Handler"),
                    requests,
                    Column {
                        cell: CellStyle::Background,
                        ..column(&["Value #B"], "Errors")
                    },
                ],
                sort: Some(("Requests".into(), true)),
            },
        )
    }
}

fn bar_chart() -> Panel {
    Panel {
        targets: vec![
            Target {
                legend: "requests".into(),
                ..rows("A", "sum by (region, job) (requests)", &["job", "region"])
            },
            Target {
                query: Some("errors".into()),
                color: Some("red".into()),
                ..rows("B", "errors", &["region"])
            },
        ],
        ..panel(
            8,
            "By region",
            PanelKind::BarChart {
                by: "region".into(),
                orientation: Orientation::Auto,
                stack: Stack::Normal,
            },
        )
    }
}

/// Variables of every kind.
pub(crate) fn variables() -> Vec<Variable> {
    let variable = |name: &str, title: &str, kind| Variable {
        name: name.into(),
        title: title.into(),
        description: None,
        hide: None,
        label: None,
        kind,
    };
    let pair = |text: &str, value: &str| (Arc::from(text), Arc::from(value));
    vec![
        variable(
            "datasource",
            "Data source",
            VariableKind::Datasource {
                plugin: "prometheus".into(),
                default: Some(pair("Prometheus", "prometheus")),
            },
        ),
        Variable {
            description: Some("Whose requests.".into()),
            ..variable(
                "job",
                "Job",
                VariableKind::Values {
                    query: "label_values(requests_total, job)".into(),
                    regex: None,
                    sort: Sort::Alphabetical,
                    multi: true,
                    all: true,
                    default: None,
                },
            )
        },
        Variable {
            hide: Some(Hide::Label),
            ..variable(
                "instance",
                "Instance",
                VariableKind::Values {
                    query: "label_values(requests_total{job=~\"$job\"}, instance)".into(),
                    regex: Some("/api-.*/".into()),
                    sort: Sort::None,
                    multi: false,
                    all: false,
                    default: None,
                },
            )
        },
        variable(
            "timerange",
            "Rate window",
            VariableKind::Interval {
                options: vec!["1m".into(), "5m".into(), "1h".into()],
                auto: Some(duration("1m")),
                default: "5m".into(),
            },
        ),
        variable(
            "topn",
            "Top",
            VariableKind::Custom {
                options: vec![pair("5", "5"), pair("ten, or so", "10")],
                multi: false,
                all: false,
                default: Some("10".into()),
            },
        ),
        variable("cluster", "Cluster", VariableKind::Constant("eu-1".into())),
        variable("search", "Search", VariableKind::Textbox("error".into())),
    ]
}

fn state(value: &str, text: &str, color: Option<&str>) -> State {
    State {
        value: value.into(),
        text: text.into(),
        color: color.map(Arc::from),
    }
}

fn link(title: &str, url: &str, new_tab: bool) -> Link {
    Link {
        title: title.into(),
        url: url.into(),
        new_tab,
    }
}

fn unit(id: &str) -> Option<Unit> {
    Some(Unit::new(id).expect("a unit of Grafana's"))
}

fn duration(text: &str) -> PromDuration {
    text.parse().expect("a duration")
}
