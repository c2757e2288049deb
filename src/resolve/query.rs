//! Named queries.

use super::expression::{Expression, Expressions};
use super::series::SeriesCatalog;
use super::threshold::{Thresholds, convert_or_report};
use super::{Context, place, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{self, Dashboard, Family, QueryUse, RuleGroup, Unit};
use crate::promql::{Flow, Measure, PromDuration, Rewrite, ValueType};
use crate::spec::shape::{self, Specs, Unfiltered};
use crate::spec::{Files, Named};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What `$window` becomes where a reader is to paste an expression.
const EXAMPLE_WINDOW: &str = "5m";

/// A named query whose expression parses.
pub(super) struct ParsedQuery<'s> {
    pub(super) name: &'s Spanned<Arc<str>>,
    pub(super) spec: &'s shape::Query,
    pub(super) expression: Expression<'s>,
}

/// A named query, checked and bound.
pub(super) struct BoundQuery<'s> {
    pub(super) name: &'s Spanned<Arc<str>>,
    pub(super) spec: &'s shape::Query,
    pub(super) expression: Expression<'s>,
    pub(super) flow: Flow,
    pub(super) unit: Option<Unit>,
    pub(super) thresholds: Option<Arc<model::Thresholds>>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

/// Named queries by name; `None` for those that are defined but broken.
pub(super) struct Queries<'s>(HashMap<&'s str, Option<BoundQuery<'s>>>);

/// Parsed queries by name; `None` for those that are defined but broken.
pub(super) type Parsed<'s> = HashMap<&'s str, Option<ParsedQuery<'s>>>;

impl<'s> Queries<'s> {
    /// The query of that name, unless it is broken.
    pub(super) fn get(&self, name: &str) -> Option<&BoundQuery<'s>> {
        self.0.get(name)?.as_ref()
    }

    /// The query called `name`. `None` if there is none, which is reported,
    /// or if it is broken, which has been.
    pub(super) fn find(
        &self,
        name: &Spanned<Arc<str>>,
        sink: &mut Sink,
    ) -> Option<&BoundQuery<'s>> {
        match self.0.get(name.as_str()) {
            Some(found) => found.as_ref(),
            None => {
                sink.push(unknown(
                    Code::UnknownQuery,
                    "query",
                    name,
                    self.0.keys().copied(),
                ));
                None
            }
        }
    }
}

/// Parses the expressions of all named queries.
pub(super) fn parse<'s>(
    specs: &'s [Named<shape::Query>],
    expressions: &Expressions<'_>,
    sink: &mut Sink,
) -> Parsed<'s> {
    let parsed: Vec<_> = specs
        .par_iter()
        .map(|Named { name, item }| {
            let mut sink = Sink::default();
            let parsed = item.as_ref().and_then(|spec| {
                let expression = expressions.read(&spec.expr, &mut sink)?;
                Some(ParsedQuery {
                    name,
                    spec,
                    expression,
                })
            });
            (name.as_str(), parsed, sink)
        })
        .collect();
    let gather = |(name, query, found)| {
        sink.absorb(found);
        (name, query)
    };
    parsed.into_iter().map(gather).collect()
}

/// Checks all named queries against the catalog, and binds their units and
/// thresholds.
pub(super) fn check<'s>(
    parsed: Parsed<'s>,
    thresholds: &Thresholds<'_>,
    catalog: &SeriesCatalog,
    files: &Files,
    sink: &mut Sink,
) -> Queries<'s> {
    let bound: Vec<_> = parsed
        .into_par_iter()
        .map(|(name, query)| {
            let mut sink = Sink::default();
            let bound = query.map(|query| bind(query, thresholds, catalog, files, &mut sink));
            (name, bound, sink)
        })
        .collect();
    let gather = |(name, query, found)| {
        sink.absorb(found);
        (name, query)
    };
    Queries(bound.into_iter().map(gather).collect())
}

fn bind<'s>(
    query: ParsedQuery<'s>,
    thresholds: &Thresholds<'_>,
    catalog: &SeriesCatalog,
    files: &Files,
    sink: &mut Sink,
) -> BoundQuery<'s> {
    let ParsedQuery {
        name,
        spec,
        expression,
    } = query;
    check_name(name, sink);
    let flow = expression.check(catalog, files, sink);
    require_vector(&flow, &expression, sink);
    let unit = unit(spec.unit.as_ref(), sink);
    if let (Some(unit), Some(written)) = (&unit, &spec.unit) {
        check_measure(unit, written.span, flow.measure, &expression, sink);
    }
    let thresholds = spec
        .thresholds
        .as_ref()
        .and_then(|name| thresholds.bind(name, unit.as_ref(), spec.unit.as_ref(), sink));
    let min = convert_or_report(spec.min.as_ref(), unit.as_ref(), sink);
    let max = convert_or_report(spec.max.as_ref(), unit.as_ref(), sink);
    check_ends(min, max, (place(&spec.min), place(&spec.max)), sink);
    BoundQuery {
        name,
        spec,
        expression,
        flow,
        unit,
        thresholds,
        min,
        max,
    }
}

/// Reports variables that a query is not to be filtered by, and that no
/// dashboard has.
pub(super) fn check_unfiltered(specs: &Specs, sink: &mut Sink) {
    if specs.dashboards.iter().any(|own| own.item.is_none()) {
        // Its variables are not known.
        return;
    }
    let dashboards = specs.dashboards.iter().filter_map(|own| own.item.as_ref());
    let variables: BTreeSet<&str> = dashboards
        .flat_map(|own| super::names(&own.variables))
        .collect();
    let queries = specs.queries.iter().filter_map(|own| own.item.as_ref());
    for query in queries {
        let Some(Unfiltered::Only(named)) = &query.unfiltered else {
            continue;
        };
        for name in named
            .iter()
            .filter(|name| !variables.contains(name.as_str()))
        {
            sink.push(unknown(
                Code::UnknownVariable,
                "variable of a dashboard",
                name,
                variables.iter().copied(),
            ));
        }
    }
}

/// Queries are named in headings, addresses and commands.
fn check_name(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let plain = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    if name.as_str().is_empty() || !name.as_str().chars().all(plain) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{}` is no name for a query", name.as_str().escape_debug()),
            )
            .at(name.span, "letters, digits, `_`, `-`, `.`, `:` and `/`"),
        );
    }
}

/// Reports a lower end that is not below the upper one, where the specs give
/// one of them here.
pub(super) fn check_ends(
    min: Option<f64>,
    max: Option<f64>,
    written: (Option<Span>, Option<Span>),
    sink: &mut Sink,
) {
    let (Some(min), Some(max)) = (min, max) else {
        return;
    };
    if min < max {
        return;
    }
    let message = format!("`min` is {min}, which is not below `max`, which is {max}");
    let diagnostic = Diagnostic::new(Code::InvalidValue, message);
    match written {
        (Some(min), Some(max)) => sink.push(diagnostic.at(max, "`max`").because(min, "`min`")),
        (Some(at), None) | (None, Some(at)) => {
            sink.push(diagnostic.at(at, "leaves nothing between them"));
        }
        (None, None) => {}
    }
}

/// Reports a unit that is not that of the values, where theirs is known.
fn check_measure(
    unit: &Unit,
    at: Span,
    measure: Measure,
    expression: &Expression<'_>,
    sink: &mut Sink,
) {
    let Measure::Known { time, data } = measure else {
        return;
    };
    let per_second = matches!(&**unit.id(), "Bps" | "binBps" | "bps" | "binbps");
    let (values, fits, instead) = match (time, data, unit.family()) {
        (1, 0, Family::Time(length)) => ("seconds", length == 1.0, "s"),
        (1, 0, Family::Data(_) | Family::Share(_)) => ("seconds", false, "s"),
        (0, 1, Family::Data(size)) => ("bytes", size == 1.0 && !per_second, "bytes"),
        (0, 1, Family::Time(_) | Family::Share(_)) => ("bytes", false, "bytes"),
        (-1, 1, Family::Data(size)) => ("bytes per second", size == 1.0 && per_second, "Bps"),
        (-1, 1, Family::Time(_) | Family::Share(_)) => ("bytes per second", false, "Bps"),
        _ => return,
    };
    if !fits {
        sink.push(
            Diagnostic::new(
                Code::UnitOfValues,
                format!("the values are {values}, and `{unit}` is another unit"),
            )
            .at(at, format!("`{instead}` would fit"))
            .because(expression.text.span, format!("gives {values}")),
        );
    }
}

/// Reports an expression that is a range or a string, which nothing can show.
pub(super) fn require_vector(flow: &Flow, expression: &Expression<'_>, sink: &mut Sink) {
    let what = match flow.ty {
        ValueType::Scalar | ValueType::Vector => return,
        ValueType::Matrix => "a range of samples",
        ValueType::String => "a string",
    };
    sink.push(
        Diagnostic::new(
            Code::PromqlType,
            format!("the expression gives {what}, and not a value per series"),
        )
        .at(expression.text.span, what)
        .help("apply a function such as `rate` or `avg_over_time`"),
    );
}

/// Reports a number without series where `user` needs series.
pub(super) fn require_series(
    flow: &Flow,
    expression: &Expression<'_>,
    at: Span,
    user: &str,
    sink: &mut Sink,
) -> bool {
    if flow.ty != ValueType::Scalar {
        return true;
    }
    sink.push(
        Diagnostic::new(
            Code::PromqlType,
            format!("{user} needs series, and the expression gives a lone number"),
        )
        .at(at, "a lone number")
        .because(expression.text.span, "the expression")
        .help("leave out `scalar(…)`, or put `vector(…)` around the number"),
    );
    false
}

/// The unit with this id; an unknown one is reported.
pub(super) fn unit(id: Option<&Spanned<Arc<str>>>, sink: &mut Sink) -> Option<Unit> {
    let id = id?;
    let unit = Unit::new(id.as_str());
    if unit.is_none() {
        let common = match id.as_str() {
            "seconds" | "sec" => Some("s"),
            "milliseconds" => Some("ms"),
            "minutes" => Some("m"),
            "hours" => Some("h"),
            "days" => Some("d"),
            "ratio" | "share" | "fraction" | "%" => Some("percentunit"),
            "USD" | "usd" | "dollars" | "$" => Some("currencyUSD"),
            "EUR" | "eur" => Some("currencyEUR"),
            "byte" | "B" => Some("bytes"),
            "req/s" | "rps" => Some("reqps"),
            other => crate::diagnostic::nearest(other, Unit::ids().iter().copied()),
        };
        let diagnostic = Diagnostic::new(Code::UnknownUnit, format!("Grafana has no unit `{id}`"));
        sink.push(match common {
            Some(near) => diagnostic.at(id.span, format!("did you mean `{near}`?")),
            None => diagnostic
                .at(id.span, "unknown unit")
                .help(format!("for a text behind the number, write `suffix:{id}`")),
        });
    }
    unit
}

impl BoundQuery<'_> {
    /// Whether the variable must not filter the query.
    pub(super) fn leaves_alone(&self, variable: &str) -> bool {
        match &self.spec.unfiltered {
            Some(Unfiltered::All(all)) => *all,
            Some(Unfiltered::Only(names)) => names.iter().any(|name| name.as_str() == variable),
            None => false,
        }
    }
}

/// The queries of the model, with all their uses.
pub(super) fn finish(
    context: &Context<'_>,
    dashboards: &[Dashboard],
    groups: &[RuleGroup],
) -> BTreeMap<Arc<str>, model::Query> {
    let mut uses = gather_uses(context, dashboards, groups);
    let queries = context.queries.0.values().flatten().map(|query| {
        let window = query
            .spec
            .window
            .as_ref()
            .filter(|window| PromDuration::parse(window.as_str()).is_some());
        let window = window.map_or(EXAMPLE_WINDOW, |window| window.as_str());
        let none = |_: &_| Vec::new();
        let rewrite = Rewrite {
            window: Some(window),
            matchers: &none,
        };
        let mut used_by = uses.remove(query.name.as_str()).unwrap_or_default();
        used_by.sort();
        used_by.dedup();
        let model = model::Query {
            name: query.name.value.clone(),
            help: query.spec.help.value.clone(),
            expr: query.expression.query.clone(),
            example: query.expression.rewrite(&rewrite),
            unit: query.unit.clone(),
            thresholds: query.thresholds.clone(),
            used_by,
        };
        (query.name.value.clone(), model)
    });
    queries.collect()
}

fn gather_uses(
    context: &Context<'_>,
    dashboards: &[Dashboard],
    groups: &[RuleGroup],
) -> HashMap<Arc<str>, Vec<QueryUse>> {
    let mut uses: HashMap<Arc<str>, Vec<QueryUse>> = HashMap::new();
    for dashboard in dashboards {
        for panel in dashboard.all_panels() {
            for query in panel
                .targets
                .iter()
                .filter_map(|target| target.query.clone())
            {
                let (dashboard, panel) = (dashboard.title.clone(), panel.title.clone());
                uses.entry(query)
                    .or_default()
                    .push(QueryUse::Panel { dashboard, panel });
            }
        }
    }
    for alert in groups.iter().flat_map(|group| &group.alerts) {
        if let Some(condition) = &alert.condition {
            uses.entry(condition.query.clone())
                .or_default()
                .push(QueryUse::Alert(alert.name.clone()));
        }
    }
    for Named { name, item } in &context.specs.records {
        if let Some(query) = item.as_ref().and_then(|record| record.query.as_ref()) {
            uses.entry(query.value.clone())
                .or_default()
                .push(QueryUse::Record(name.value.clone()));
        }
    }
    uses
}
