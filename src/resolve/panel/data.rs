//! The queries of a panel: bound, filtered by the dashboard's variables, and
//! with its window in them.

use super::{Scope, Source};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Family, Fields, SeriesColor, Target, TargetFormat, Unit};
use crate::promql::{Flow, NewMatcher, Rewrite, Selector};
use crate::resolve::expression::{Expression, is_own};
use crate::resolve::query::{self, require_vector};
use crate::resolve::threshold::convert_or_report;
use crate::resolve::{condition, legend, not_exactly_one, place, unknown};
use crate::spec::shape::{Axis, Data, PanelQuery};
use std::sync::Arc;

/// How the panel's kind asks.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    pub(super) instant: bool,
    pub(super) format: TargetFormat,
    /// Whether the panel shows thresholds at all.
    pub(super) judged: bool,
    /// Rows to keep, if there is a limit.
    pub(super) top: Option<u32>,
}

/// What the queries of a panel come to.
pub(super) struct Asked<'s> {
    pub(super) targets: Vec<Target>,
    pub(super) fields: Fields,
    /// The expression and labels of each target.
    pub(super) sources: Vec<(Expression<'s>, Flow)>,
    pub(super) help: Option<Arc<str>>,
}

/// One query of a panel, whichever way it is written.
struct Wanted<'s> {
    query: Option<&'s Spanned<Arc<str>>>,
    expr: Option<&'s Spanned<Arc<str>>>,
    legend: Option<&'s Spanned<Arc<str>>>,
    unit: Option<&'s Spanned<Arc<str>>>,
    window: Option<&'s Spanned<Arc<str>>>,
    color: Option<&'s Spanned<Arc<str>>>,
    axis: Option<Axis>,
}

/// Resolves the queries of a panel; `None` if none is usable.
pub(super) fn resolve<'s>(
    name: &Spanned<Arc<str>>,
    title: &Arc<str>,
    data: &'s Data,
    panel_window: Option<&'s Spanned<Arc<str>>>,
    asking: Asking,
    scope: &Scope<'s>,
    sink: &mut Sink,
) -> Option<Asked<'s>> {
    let wanted_all = wanted(name, data, sink)?;
    let unit_written = data.unit.as_ref();
    let own_unit = query::unit(unit_written, sink);
    let mut targets = Vec::with_capacity(wanted_all.len());
    let mut sources = Vec::with_capacity(wanted_all.len());
    let mut help = None;
    let mut first: Option<(Option<Unit>, Source<'s>)> = None;
    for wanted in &wanted_all {
        let Some(bound) = bind(wanted, scope, sink) else {
            continue;
        };
        let (source, expression, flow) = bound;
        let target = target(
            wanted,
            &source,
            &expression,
            &flow,
            title,
            panel_window,
            targets.len(),
            asking,
            scope,
            sink,
        );
        let written_unit = query::unit(wanted.unit, sink);
        let query_unit = match &source {
            Source::Named(query) => query.unit.clone(),
            Source::Written => None,
        };
        if let (Some(own), Some(other), Some(at)) = (
            &query_unit,
            written_unit.as_ref().or(own_unit.as_ref()),
            wanted.unit.or(unit_written),
        ) {
            check_override(own, other, at, sink);
        }
        let unit = written_unit.or_else(|| own_unit.clone()).or(query_unit);
        // One query's help describes a panel; that of one among several does not.
        if let (Source::Named(query), [_]) = (&source, wanted_all.as_slice()) {
            help = Some(query.spec.help.value.clone());
        }
        let panel_unit = first.get_or_insert((unit.clone(), source)).0.clone();
        targets.extend(target.map(|target| Target {
            unit: unit.filter(|unit| panel_unit.as_ref() != Some(unit)),
            ..target
        }));
        sources.push((expression, flow));
    }
    let (unit, source) = first?;
    let fields = fields(data, unit, &source, asking, scope, sink);
    Some(Asked {
        targets,
        fields,
        sources,
        help,
    })
}

/// Another unit for the same quantity would show the same numbers as other
/// amounts: half a second as half a millisecond.
fn check_override(own: &Unit, other: &Unit, at: &Spanned<Arc<str>>, sink: &mut Sink) {
    let scales = match (own.family(), other.family()) {
        (Family::Share(own), Family::Share(other))
        | (Family::Time(own), Family::Time(other))
        | (Family::Data(own), Family::Data(other)) => (own, other),
        _ => return,
    };
    if scales.0 != scales.1 {
        sink.push(
            Diagnostic::new(
                Code::UnitMismatch,
                format!("the query's values are in `{own}`, and `{other}` would show them wrongly"),
            )
            .at(at.span, "another scale")
            .help(format!(
                "leave it out: Grafana chooses a fitting scale of `{own}` by itself"
            )),
        );
    }
}

fn wanted<'s>(
    name: &Spanned<Arc<str>>,
    data: &'s Data,
    sink: &mut Sink,
) -> Option<Vec<Wanted<'s>>> {
    let single = data.query.is_some() || data.expr.is_some();
    if single && !data.queries.is_empty() {
        let at = data
            .query
            .as_ref()
            .or(data.expr.as_ref())
            .map_or(name.span, |query| query.span);
        sink.push(
            Diagnostic::new(
                Code::ConflictingKeys,
                format!("the panel `{name}` has `queries` and a query beside them"),
            )
            .at(at, "move this into `queries`"),
        );
        return None;
    }
    if single {
        return Some(vec![Wanted {
            query: data.query.as_ref(),
            expr: data.expr.as_ref(),
            legend: data.legend.as_ref(),
            unit: None,
            window: None,
            color: None,
            axis: None,
        }]);
    }
    if data.queries.is_empty() {
        if ["query", "expr", "queries"]
            .iter()
            .any(|key| data.broken.contains(key))
        {
            return None;
        }
        sink.push(
            Diagnostic::new(Code::MissingKey, format!("the panel `{name}` asks nothing"))
                .at(data.span, "needs `query`, `expr` or `queries`"),
        );
        return None;
    }
    let each = |query: &'s PanelQuery| Wanted {
        query: query.query.as_ref(),
        expr: query.expr.as_ref(),
        legend: query.legend.as_ref().or(data.legend.as_ref()),
        unit: query.unit.as_ref(),
        window: query.window.as_ref(),
        color: query.color.as_ref(),
        axis: query.axis,
    };
    let mut wanted = Vec::new();
    for query in &data.queries {
        match (&query.query, &query.expr) {
            (Some(_), None) | (None, Some(_)) => wanted.push(each(query)),
            (query_name, _) => {
                sink.push(not_exactly_one(
                    query_name.is_some(),
                    "a query of a panel is a named `query` or an `expr`",
                    query.span,
                ));
            }
        }
    }
    Some(wanted)
}

fn bind<'s>(
    wanted: &Wanted<'s>,
    scope: &Scope<'s>,
    sink: &mut Sink,
) -> Option<(Source<'s>, Expression<'s>, Flow)> {
    let context = scope.context;
    match (wanted.query, wanted.expr) {
        (Some(name), None) => {
            let query = context.queries.find(name, sink)?;
            Some((
                Source::Named(query),
                query.expression.clone(),
                query.flow.clone(),
            ))
        }
        (None, Some(expr)) => {
            let expression = context.expressions.read(expr, sink)?;
            let flow = expression.check(context.catalog, context.files, sink);
            require_vector(&flow, &expression, sink);
            Some((Source::Written, expression, flow))
        }
        (query, _) => {
            let at = query.map_or(scope.name.span, |query| query.span);
            sink.push(not_exactly_one(
                true,
                "a panel asks a named `query` or an `expr`",
                at,
            ));
            None
        }
    }
}

// The parts of a target come from as many places.
#[allow(clippy::too_many_arguments)]
fn target(
    wanted: &Wanted<'_>,
    source: &Source<'_>,
    expression: &Expression<'_>,
    flow: &Flow,
    title: &Arc<str>,
    panel_window: Option<&Spanned<Arc<str>>>,
    index: usize,
    asking: Asking,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Target> {
    let (query_window, query_legend) = match source {
        Source::Named(query) => (query.spec.window.as_ref(), query.spec.legend.as_ref()),
        Source::Written => (None, None),
    };
    check_variables(source, expression, wanted, scope, sink);
    let legend = match wanted.legend.or(query_legend) {
        Some(written) => {
            legend::check(written, expression, flow, scope.context.files, sink);
            written.value.clone()
        }
        None if asking.format == TargetFormat::Heatmap => "{{le}}".into(),
        None => legend::usual(flow, title),
    };
    let windows = [
        wanted.window,
        panel_window,
        query_window,
        scope.spec.window.as_ref(),
    ];
    let window = match expression.query.uses_window() {
        true => Some(scope.window(&windows, asking.instant, sink)?),
        false => None,
    };
    let matchers = |selector: &Selector| filters(selector, source, scope);
    let rewrite = Rewrite {
        window: window.as_deref(),
        matchers: &matchers,
    };
    let mut expr = expression.rewrite(&rewrite);
    if let (Some(top), 0) = (asking.top, index) {
        expr = condition::top(&expr, top);
    }
    let labels = flow
        .labels
        .is_known()
        .then(|| flow.labels.iter().map(Arc::from).collect());
    Some(Target {
        ref_id: ref_id(index),
        expr,
        legend,
        instant: asking.instant,
        interval: match asking.instant {
            true => None,
            false => scope.context.slow_interval(&expression.query),
        },
        format: asking.format,
        source: expression.query.clone(),
        query: wanted.query.map(|query| query.value.clone()),
        unit: None,
        axis: wanted.axis,
        color: wanted.color.map(|color| color.value.clone()),
        labels,
    })
}

/// The matchers by which the dashboard's variables filter a selector: one for
/// each whose label all its series carry, unless the author has spoken already.
fn filters(selector: &Selector, source: &Source<'_>, scope: &Scope<'_>) -> Vec<NewMatcher> {
    let bindings = scope.variables.bindings.iter();
    let carried = scope.context.catalog.carried_by_all(selector);
    bindings
        .filter(|binding| match source {
            Source::Named(query) => !query.leaves_alone(binding.name.as_str()),
            Source::Written => true,
        })
        .filter(|binding| !selector.constrains(&binding.label))
        .filter(|binding| carried(&binding.label))
        .map(|binding| binding.matcher.clone())
        .collect()
}

/// Variables that the expression names must be those of the dashboard.
fn check_variables(
    source: &Source<'_>,
    expression: &Expression<'_>,
    wanted: &Wanted<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let files = scope.context.files;
    for variable in expression.query.variables() {
        if is_own(variable)
            || variable.is_builtin()
            || scope.variables.defined(&variable.name).is_some()
        {
            continue;
        }
        let at = Spanned::new(
            Arc::from(&*variable.name),
            expression.span(files, variable.range.bytes()),
        );
        let mut diagnostic = unknown(
            Code::UnknownVariable,
            "variable",
            &at,
            scope.variables.names(),
        );
        if let (Source::Named(_), Some(user)) = (source, wanted.query) {
            diagnostic = diagnostic.because(user.span, "this dashboard uses the query");
        } else {
            diagnostic = diagnostic.because(scope.name.span, "this dashboard has no such variable");
        }
        sink.push(diagnostic);
    }
    expression.check_variables(|name| scope.variables.multi(name), files, sink);
}

fn ref_id(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        rest => format!("{}{letter}", ref_id(rest - 1)),
    }
}

fn fields(
    data: &Data,
    unit: Option<Unit>,
    source: &Source<'_>,
    asking: Asking,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Fields {
    let query = match source {
        Source::Named(query) => Some(query),
        Source::Written => None,
    };
    let same_unit = query.is_some_and(|query| query.unit == unit);
    let inherited = query.filter(|_| same_unit);
    let thresholds = match &data.thresholds {
        _ if !asking.judged => None,
        Some(none) if none.as_str() == "none" => None,
        Some(name) => {
            let written = data
                .unit
                .as_ref()
                .or(query.and_then(|query| query.spec.unit.as_ref()));
            scope
                .context
                .thresholds
                .bind(name, unit.as_ref(), written, sink)
        }
        None => {
            match query.and_then(|query| query.spec.thresholds.as_ref().map(|name| (query, name))) {
                Some((query, _)) if same_unit => query.thresholds.clone(),
                Some((_, name)) => {
                    scope
                        .context
                        .thresholds
                        .bind(name, unit.as_ref(), data.unit.as_ref(), sink)
                }
                None => None,
            }
        }
    };
    let min = convert_or_report(data.min.as_ref(), unit.as_ref(), sink)
        .or_else(|| inherited.and_then(|query| query.min));
    let max = convert_or_report(data.max.as_ref(), unit.as_ref(), sink)
        .or_else(|| inherited.and_then(|query| query.max));
    query::check_ends(min, max, (place(&data.min), place(&data.max)), sink);
    Fields {
        decimals: data
            .decimals
            .or_else(|| query.and_then(|query| query.spec.decimals))
            .map(|decimals| decimals.0),
        min,
        max,
        thresholds,
        colors: data
            .colors
            .iter()
            .filter_map(|named| {
                let color = named.item.as_ref()?.value.clone();
                Some(SeriesColor {
                    series: named.name.value.clone(),
                    color,
                })
            })
            .collect(),
        unit,
    }
}

#[cfg(test)]
mod tests {
    use super::ref_id;

    #[test]
    fn ref_ids_go_on_after_z() {
        assert_eq!(
            [0, 1, 25, 26, 27, 702].map(ref_id),
            ["A", "B", "Z", "AA", "AB", "AAA"]
        );
    }
}
