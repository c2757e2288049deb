//! Panel kinds and their options.

use super::Scope;
use super::data::{self, Asked, Asking};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Column, Fields, PanelKind, State, Target, TargetFormat, TextMode};
use crate::promql::Flow;
use crate::resolve::dashboard::FULL_WIDTH;
use crate::resolve::{legend, query};
use crate::spec::shape::{
    self, BarGaugeMode, Calc, CellStyle, ColorMode, Data, LegendMode, LegendPlacement, Orientation,
    PieStyle, Points, Scale, SeriesStyle, Size, Stack, Text, ThresholdStyle,
};
use std::sync::Arc;

/// What a panel's kind comes to.
pub(super) struct Shown {
    pub(super) targets: Vec<Target>,
    pub(super) fields: Fields,
    pub(super) kind: PanelKind,
    pub(super) help: Option<Arc<str>>,
    /// Labels of the first query's series.
    pub(super) flow: Option<Flow>,
}

impl Shown {
    /// What a link says to get the value that the label has where somebody
    /// clicks; `None` if nothing there has the label. In a table, labels are no
    /// longer those of a series: they stand in the columns of the row.
    pub(super) fn clicked(&self, label: &str) -> Option<String> {
        let known = || {
            let mut labels = self.flow.iter().flat_map(|flow| flow.labels.iter());
            labels.any(|own| own == label)
        };
        let in_a_row = |is_there: bool| is_there.then(|| format!("${{__data.fields.{label}}}"));
        match &self.kind {
            PanelKind::Table { columns, .. } if columns.is_empty() => in_a_row(known()),
            PanelKind::Table { columns, .. } => {
                let mut fields = columns.iter().flat_map(|column| &column.fields);
                in_a_row(fields.any(|field| field == label))
            }
            PanelKind::BarChart { by, .. } => in_a_row(**by == *label),
            _ => known().then(|| format!("${{__field.labels.{label}}}")),
        }
    }
}

/// The kinds that a panel names, as key and place.
fn kinds(spec: &shape::Panel) -> Vec<(&'static str, Span)> {
    let all = [
        ("timeseries", spec.timeseries.as_ref().map(|kind| kind.span)),
        ("stat", spec.stat.as_ref().map(|kind| kind.span)),
        ("gauge", spec.gauge.as_ref().map(|kind| kind.span)),
        ("bargauge", spec.bargauge.as_ref().map(|kind| kind.span)),
        ("table", spec.table.as_ref().map(|kind| kind.span)),
        ("piechart", spec.piechart.as_ref().map(|kind| kind.span)),
        ("barchart", spec.barchart.as_ref().map(|kind| kind.span)),
        ("heatmap", spec.heatmap.as_ref().map(|kind| kind.span)),
        (
            "state-timeline",
            spec.state_timeline.as_ref().map(|kind| kind.span),
        ),
        ("text", spec.text.as_ref().map(|kind| kind.span)),
        ("row", spec.row.as_ref().map(|kind| kind.span)),
    ];
    all.into_iter()
        .filter_map(|(key, span)| Some((key, span?)))
        .collect()
}

/// The size of a panel that is given none.
pub(in crate::resolve) fn usual_size(spec: &shape::Panel) -> Size {
    match kinds(spec).first().map(|(kind, _)| *kind) {
        Some("stat") => Size {
            width: 6,
            height: 4,
        },
        Some("gauge" | "piechart") => Size {
            width: 6,
            height: 8,
        },
        Some("text") => FULL_WIDTH,
        Some("row") => Size {
            height: 1,
            ..FULL_WIDTH
        },
        _ => Size {
            width: 12,
            height: 8,
        },
    }
}

/// Resolves the kind of a panel and what it shows.
pub(super) fn resolve(
    name: &Spanned<Arc<str>>,
    spec: &shape::Panel,
    title: &Arc<str>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Shown> {
    match kinds(spec).as_slice() {
        [_] => {}
        [] if !spec.broken.is_empty() => return None,
        [] => {
            sink.push(
                Diagnostic::new(Code::PanelKind, format!("the panel `{name}` does not say what kind it is"))
                    .at(name.span, "needs a key for its kind")
                    .help(
                        "give one of `timeseries`, `stat`, `gauge`, `bargauge`, `table`, `piechart`, `barchart`, \
                         `heatmap`, `state-timeline`, `text`, `row`",
                    ),
            );
            return None;
        }
        [(first, at), (second, again), ..] => {
            sink.push(
                Diagnostic::new(
                    Code::PanelKind,
                    format!("the panel `{name}` is a {first} and a {second} at once"),
                )
                .at(*again, format!("`{second}`"))
                .because(*at, format!("`{first}`")),
            );
            return None;
        }
    }
    let ask = |data, asking, sink: &mut Sink| {
        data::resolve(name, title, data, spec.window.as_ref(), asking, scope, sink)
    };
    let range = Asking {
        instant: false,
        format: TargetFormat::TimeSeries,
        judged: true,
        top: None,
    };
    let instant = Asking {
        instant: true,
        ..range
    };
    let rows = Asking {
        format: TargetFormat::Table,
        ..instant
    };

    if let Some(Spanned { value, .. }) = &spec.timeseries {
        let style = value.show_thresholds.unwrap_or(ThresholdStyle::Off);
        let judged = style != ThresholdStyle::Off;
        let asked = ask(&value.data, Asking { judged, ..range }, sink)?;
        if judged && asked.fields.thresholds.is_none() {
            report_no_thresholds(name, &value.data, sink);
        }
        return Some(asked.with(time_series(value, style, sink)));
    }
    if let Some(Spanned { value, .. }) = &spec.stat {
        let sparkline = value.sparkline.unwrap_or(true);
        let asked = ask(&value.data, if sparkline { range } else { instant }, sink)?;
        let color = value.color.unwrap_or(ColorMode::Value);
        return Some(asked.with(PanelKind::Stat {
            sparkline,
            color,
            calc: value.calc.unwrap_or(Calc::Last),
        }));
    }
    if let Some(Spanned { value, .. }) = &spec.gauge {
        let asked = ask(&value.data, range, sink)?.with_ends();
        let threshold_labels = value.threshold_labels.unwrap_or(false);
        return Some(asked.with(PanelKind::Gauge {
            calc: value.calc.unwrap_or(Calc::Last),
            threshold_labels,
        }));
    }
    if let Some(Spanned { value, .. }) = &spec.bargauge {
        let asked = ask(&value.data, range, sink)?.with_ends();
        return Some(asked.with(PanelKind::BarGauge {
            calc: value.calc.unwrap_or(Calc::Last),
            orientation: value.orientation.unwrap_or(Orientation::Horizontal),
            mode: value.mode.unwrap_or(BarGaugeMode::Gradient),
        }));
    }
    if let Some(Spanned { value, .. }) = &spec.table {
        let top = value.top.as_ref().map(|top| top.value);
        if let Some(zero) = value.top.as_ref().filter(|top| top.value == 0) {
            sink.push(
                Diagnostic::new(Code::InvalidValue, "a table of no rows shows nothing")
                    .at(zero.span, "at least 1"),
            );
        }
        if let (Some(top), [_, second, ..]) = (&value.top, value.data.queries.as_slice()) {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    "`top` keeps rows of one query, and others would bring theirs",
                )
                .at(top.span, "of which query?")
                .because(second.span, "brings rows too")
                .help(
                    "leave `top` out, and write `topk(…)` in the queries that are to bring fewer",
                ),
            );
        }
        let asked = ask(&value.data, Asking { top, ..rows }, sink)?;
        if let (Some(top), Some((expression, flow))) = (&value.top, asked.sources.first()) {
            query::require_series(flow, expression, top.span, "`top`", sink);
        }
        let kind = table(value, &asked, scope, sink);
        return Some(asked.with(kind));
    }
    if let Some(Spanned { value, .. }) = &spec.piechart {
        let asked = ask(
            &value.data,
            Asking {
                judged: false,
                ..instant
            },
            sink,
        )?;
        return Some(
            asked.with(PanelKind::PieChart {
                style: value.style.unwrap_or(PieStyle::Pie),
                calc: value.calc.unwrap_or(Calc::Last),
                show: value
                    .show
                    .clone()
                    .unwrap_or_else(|| vec![shape::PieLabel::Percent]),
                legend: value.legend_as.unwrap_or(LegendMode::Table),
                placement: value.legend_at.unwrap_or(LegendPlacement::Right),
            }),
        );
    }
    if let Some(Spanned { value, .. }) = &spec.barchart {
        let asked = ask(&value.data, rows, sink)?;
        for (expression, flow) in &asked.sources {
            let by = &value.by;
            legend::require(
                by.as_str(),
                by.span,
                "the bar chart",
                expression,
                flow,
                scope.context.files,
                sink,
            );
        }
        return Some(asked.with(PanelKind::BarChart {
            by: value.by.value.clone(),
            orientation: value.orientation.unwrap_or(Orientation::Auto),
            stack: value.stack.unwrap_or(Stack::None),
        }));
    }
    if let Some(Spanned { value, .. }) = &spec.heatmap {
        let asked = ask(
            &value.data,
            Asking {
                format: TargetFormat::Heatmap,
                judged: false,
                ..range
            },
            sink,
        )?;
        for (expression, flow) in &asked.sources {
            legend::require(
                "le",
                value.data.span,
                "a heatmap",
                expression,
                flow,
                scope.context.files,
                sink,
            );
        }
        let scheme =
            crate::resolve::value(value.scheme.as_ref()).unwrap_or_else(|| "Oranges".into());
        return Some(asked.with(PanelKind::Heatmap { scheme }));
    }
    if let Some(Spanned { value, .. }) = &spec.state_timeline {
        let asked = ask(&value.data, range, sink)?;
        let states = value.states.iter().filter_map(|named| {
            let state = named.item.as_ref()?;
            Some(State {
                value: named.name.value.clone(),
                text: state.text.value.clone(),
                color: crate::resolve::value(state.color.as_ref()),
            })
        });
        let kind = PanelKind::StateTimeline {
            states: states.collect(),
            merge: value.merge.unwrap_or(true),
        };
        return Some(asked.with(kind));
    }
    let kind = match (&spec.text, &spec.row) {
        (Some(text), _) => match &text.value {
            Text::Markdown(content) => PanelKind::Text {
                mode: TextMode::Markdown,
                content: content.value.clone(),
            },
            Text::Html(content) => PanelKind::Text {
                mode: TextMode::Html,
                content: content.value.clone(),
            },
        },
        (None, row) => {
            let collapsed = row
                .as_ref()
                .and_then(|row| row.value.collapsed)
                .unwrap_or(false);
            PanelKind::Row {
                collapsed,
                panels: Vec::new(),
            }
        }
    };
    Some(Shown {
        targets: Vec::new(),
        fields: Fields::default(),
        kind,
        help: None,
        flow: None,
    })
}

impl Asked<'_> {
    fn with(self, kind: PanelKind) -> Shown {
        let flow = self.sources.into_iter().next().map(|(_, flow)| flow);
        Shown {
            targets: self.targets,
            fields: self.fields,
            kind,
            help: self.help,
            flow,
        }
    }

    /// Shares have natural ends, which a dial needs.
    fn with_ends(mut self) -> Self {
        use crate::model::Family;
        if let Some(Family::Share(whole)) =
            self.fields.unit.as_ref().map(crate::model::Unit::family)
        {
            self.fields.min.get_or_insert(0.0);
            self.fields.max.get_or_insert(whole);
        }
        self
    }
}

fn time_series(
    spec: &shape::TimeSeries,
    show_thresholds: ThresholdStyle,
    sink: &mut Sink,
) -> PanelKind {
    let style = spec.style.unwrap_or(SeriesStyle::Lines);
    let stack = spec.stack.unwrap_or(Stack::None);
    let fill = match style {
        SeriesStyle::Bars => 100,
        SeriesStyle::Points => 0,
        SeriesStyle::Area if stack == Stack::None => 25,
        SeriesStyle::Area => 70,
        SeriesStyle::Lines => 10,
    };
    let usual_width = if matches!(style, SeriesStyle::Lines) {
        2
    } else {
        1
    };
    let mut at_most = |given: &Option<Spanned<u32>>, most: u32, usual: u32| match given {
        Some(given) if given.value > most => {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("{} is more than Grafana takes", given.value),
                )
                .at(given.span, format!("at most {most}")),
            );
            usual
        }
        Some(given) => given.value,
        None => usual,
    };
    PanelKind::TimeSeries {
        style,
        stack,
        show_thresholds,
        legend: spec.legend_as.unwrap_or(LegendMode::List),
        placement: spec.legend_at.unwrap_or(LegendPlacement::Bottom),
        legend_values: spec.legend_values.clone(),
        fill: at_most(&spec.fill, 100, fill),
        line_width: at_most(&spec.line_width, 10, usual_width),
        points: spec.points.unwrap_or(Points::Never),
        axis_label: crate::resolve::value(spec.axis_label.as_ref()).unwrap_or_default(),
        scale: spec.scale.unwrap_or(Scale::Linear),
        connect_nulls: spec.connect_nulls.unwrap_or(false),
    }
}

fn report_no_thresholds(name: &Spanned<Arc<str>>, data: &Data, sink: &mut Sink) {
    let at = data
        .query
        .as_ref()
        .or(data.expr.as_ref())
        .map_or(data.span, |query| query.span);
    sink.push(
        Diagnostic::new(
            Code::ThresholdsUnused,
            format!("the panel `{name}` shows thresholds, and its query has none"),
        )
        .at(at, "has no thresholds")
        .help("give the query or the panel `thresholds:`, or leave out `show_thresholds:`"),
    );
}

/// The columns and order of a table.
fn table(spec: &shape::Table, asked: &Asked<'_>, scope: &Scope<'_>, sink: &mut Sink) -> PanelKind {
    let value_fields = |index: usize| match asked.targets.len() {
        // Grafana calls the column `Value #A` as soon as another query answers too.
        0 | 1 => vec!["Value".to_owned(), "Value #A".to_owned()],
        _ if index == 0 => vec![
            "Value".to_owned(),
            format!("Value #{}", asked.targets[0].ref_id),
        ],
        _ => vec![format!("Value #{}", asked.targets[index].ref_id)],
    };
    let mut columns: Vec<Column> = Vec::new();
    let named: Vec<_> = spec
        .columns
        .iter()
        .filter_map(|named| Some((&named.name, named.item.as_ref()?)))
        .collect();
    for (name, column) in &named {
        let by_query = asked.targets.iter().position(|target| {
            target.query.as_deref() == Some(name.as_str()) && asked.targets.len() > 1
        });
        let fields = if name.as_str() == "value" {
            value_fields(0)
        } else if let Some(index) = by_query {
            value_fields(index)
        } else {
            for (expression, flow) in asked.sources.iter().take(1) {
                legend::require(
                    name.as_str(),
                    name.span,
                    "a column",
                    expression,
                    flow,
                    scope.context.files,
                    sink,
                );
            }
            vec![name.to_string()]
        };
        // A further query brings what is its own; the first one's is the table's.
        let further = by_query.filter(|index| *index > 0);
        let further = further.and_then(|_| scope.context.queries.get(name.as_str()));
        let written = query::unit(column.unit.as_ref(), sink);
        let inherited = further.filter(|_| written.is_none());
        let unit = written.or_else(|| further.and_then(|query| query.unit.clone()));
        let judged = match &column.thresholds {
            Some(thresholds) => {
                let unit = unit.as_ref().or(asked.fields.unit.as_ref());
                scope
                    .context
                    .thresholds
                    .bind(thresholds, unit, column.unit.as_ref(), sink)
            }
            None => inherited.and_then(|query| query.thresholds.clone()),
        };
        let title = crate::resolve::value(column.title.as_ref())
            .unwrap_or_else(|| crate::resolve::dashboard::usual_title(name.as_str()));
        columns.push(Column {
            fields,
            title,
            unit,
            decimals: column
                .decimals
                .or_else(|| further.and_then(|query| query.spec.decimals))
                .map(|decimals| decimals.0),
            cell: column.cell.unwrap_or(CellStyle::Text),
            width: crate::resolve::value(column.width.as_ref()),
            thresholds: judged,
        });
    }
    let sort = spec.sort.as_ref().map(|sort| {
        let (descending, key) = match sort.as_str().strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, sort.as_str()),
        };
        let found = named.iter().position(|(name, _)| name.as_str() == key);
        if let (None, false) = (found, named.is_empty()) {
            let keys: Vec<_> = named.iter().map(|(name, _)| format!("`{name}`")).collect();
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("the table has no column `{key}` to sort by"),
                )
                .at(sort.span, "not among the columns")
                .help(format!("its columns are {}", keys.join(", "))),
            );
        }
        if let (true, Some((expression, flow))) =
            (named.is_empty() && key != "value", asked.sources.first())
        {
            let at = sort.span;
            legend::require(
                key,
                at,
                "`sort`",
                expression,
                flow,
                scope.context.files,
                sink,
            );
        }
        let unnamed = if key == "value" {
            "Value".into()
        } else {
            Arc::from(key)
        };
        (
            found.map_or(unnamed, |index| columns[index].title.clone()),
            descending,
        )
    });
    PanelKind::Table { columns, sort }
}
