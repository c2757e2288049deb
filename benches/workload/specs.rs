//! Specs of any size, made up: what the benches compile and the whole-process
//! comparison feeds to the program.

use std::fmt::Write;

/// Panels of each dashboard.
pub(crate) const PANELS: usize = 20;

/// What the dashboards show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Five kinds of panels, each with an expression of its own: what the
    /// programs of `benches/peers` build as well.
    Plain,
    /// Every kind of panel. Expressions are named where panels share them.
    Mixed,
}

/// Spec files of `dashboards` dashboards, as path and text: one file for each
/// dashboard, beside those for what they have in common.
pub(crate) fn specs(dashboards: usize, mode: Mode) -> Vec<(String, String)> {
    let mut files = vec![
        ("metrics.yaml".to_owned(), metrics(mode)),
        ("thresholds.yaml".to_owned(), thresholds()),
        ("grafana.yaml".to_owned(), GRAFANA.to_owned()),
        ("scrape.yaml".to_owned(), SCRAPE.to_owned()),
    ];
    for number in 0..dashboards {
        let text = match mode {
            Mode::Plain => plain(number),
            Mode::Mixed => mixed(number),
        };
        files.push((format!("dashboards/svc-{number:04}.yaml"), text));
    }
    files
}

const GRAFANA: &str = "\
grafana:
  datasource: { name: Prometheus, uid: prometheus, url: \"http://prometheus:9090\" }
";

const SCRAPE: &str = "\
scrape:
  jobs:
    services: { targets: [\"services:9100\"] }
";

fn metrics(mode: Mode) -> String {
    let mut text = "metrics:\n".to_owned();
    for panel in 0..PANELS {
        let _ = write!(
            text,
            "  svc_metric_{panel}_total:\n    type: counter\n    help: Events of kind {panel}\n    \
             labels: [service, agent, model]\n"
        );
    }
    if mode == Mode::Mixed {
        text.push_str(
            "  svc_seconds:\n    type: histogram\n    help: Time that an event takes\n    \
             unit: seconds\n    labels: [service, agent, model]\n    \
             buckets: [0.1, 0.5, 1, 5, 10]\n",
        );
    }
    text
}

fn thresholds() -> String {
    let mut text = "thresholds:\n".to_owned();
    for panel in 0..PANELS {
        let (warning, critical) = (50 + panel, 80 + panel);
        let _ = writeln!(
            text,
            "  load_{panel}: {{ warning: {warning}, critical: {critical} }}"
        );
    }
    text
}

/// The dashboard's head, up to its panels.
fn head(number: usize) -> String {
    format!(
        "\
dashboards:
  svc-{number:04}:
    title: Service {number:04}
    tags: [generated]
    refresh: 30s
    range: 6h
    variables:
      agent: {{ label: agent, from: svc_metric_0_total }}
      model: {{ label: model, from: svc_metric_0_total }}
    panels:
"
    )
}

/// The rate of the panel's metric: of the whole service, or by agent.
fn rate(number: usize, panel: usize, by_agent: bool) -> String {
    let by = if by_agent { " by (agent) " } else { "" };
    format!("sum{by}(rate(svc_metric_{panel}_total{{service=\"svc-{number:04}\"}}[$window]))")
}

fn plain(number: usize) -> String {
    let mut text = head(number);
    for panel in 0..PANELS {
        let (kind, by_agent, unit, more) = match panel % 5 {
            0 => (
                "timeseries",
                true,
                "reqps",
                "legend: \"{{agent}}\"\n          fill: 10\n          show_thresholds: line",
            ),
            1 => ("stat", false, "reqps", "sparkline: true"),
            2 => (
                "gauge",
                false,
                "percent",
                "min: 0\n          max: 100\n          calc: last",
            ),
            3 => ("table", true, "reqps", "top: 10"),
            _ => (
                "piechart",
                true,
                "reqps",
                "legend: \"{{agent}}\"\n          style: donut",
            ),
        };
        let expr = rate(number, panel, by_agent);
        let _ = write!(
            text,
            "      panel-{panel}:
        title: Panel {panel}
        size: 8x8
        {kind}:
          expr: {expr}
          unit: {unit}
          thresholds: load_{panel}
          {more}
"
        );
    }
    text
}

fn mixed(number: usize) -> String {
    let mut text = head(number);
    let total = format!("svc_{number:04}_total");
    let by_agent = format!("svc_{number:04}_by_agent");
    let buckets = format!("svc_{number:04}_buckets");
    for panel in 0..PANELS {
        let expr = rate(number, panel, true);
        let body = match panel % 13 {
            0 => "row: {}".to_owned(),
            1 => format!(
                "timeseries:\n          queries:\n            \
                 - {{ query: {by_agent}, legend: \"of {{{{agent}}}}\" }}\n            \
                 - {{ query: {total}, axis: right, color: red }}\n          style: area\n          \
                 stack: normal\n          legend_as: table\n          legend_values: [last, max]"
            ),
            2 => format!("stat: {{ query: {total}, color: background, calc: mean }}"),
            3 => format!("gauge: {{ query: {total}, threshold_labels: true }}"),
            4 => format!("bargauge: {{ query: {by_agent}, mode: lcd }}"),
            5 => format!(
                "table:\n          query: {by_agent}\n          top: 10\n          columns:\n            \
                 agent: {{ title: Agent }}\n            value: {{ title: Rate, cell: bar }}\n          \
                 sort: -value"
            ),
            6 => format!("piechart: {{ query: {by_agent}, style: pie, show: [name, percent] }}"),
            7 => format!("barchart: {{ query: {by_agent}, by: agent }}"),
            8 => format!("heatmap: {{ query: {buckets}, scheme: Blues }}"),
            9 => format!(
                "state-timeline: {{ query: {by_agent}, states: {{ \"0\": {{ text: idle, color: green }} }} }}"
            ),
            10 => "text: \"What the agents of this service do, *per second*.\"".to_owned(),
            11 => format!(
                "timeseries:\n          expr: {expr}\n          unit: reqps\n          \
                 thresholds: load_{panel}\n          show_thresholds: line+area"
            ),
            _ => format!(
                "stat:\n          expr: {expr}\n          unit: reqps\n          \
                 thresholds: load_{panel}"
            ),
        };
        let _ = write!(
            text,
            "      panel-{panel}:\n        title: Panel {panel}\n        {body}\n"
        );
    }
    let _ = write!(
        text,
        "
queries:
  {total}:
    help: Events per second
    expr: {}
    unit: reqps
    thresholds: load_0
    max: 100
  {by_agent}:
    help: Events per second, by agent
    expr: {}
    unit: reqps
    thresholds: load_1
    legend: \"{{{{agent}}}}\"
  {buckets}:
    help: How the durations of events spread
    expr: sum by (le) (rate(svc_seconds_bucket{{service=\"svc-{number:04}\"}}[$window]))
    unit: s
",
        rate(number, 0, false),
        rate(number, 1, true),
    );
    text
}
