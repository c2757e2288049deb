//! Alerts, and the groups that rules are evaluated in.

mod group;
mod test_input;
mod text;
mod unit_test;

pub(super) use group::groups;

use super::catalog::check_label_name;
use super::condition::compare;
use super::dashboard::PanelIds;
use super::expression::Expression;
use super::query::{require_series, require_vector};
use super::record::window_missing;
use super::{Context, texts, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Alert, Condition, Dashboard};
use crate::promql::{self, ExprKind, Flow, Rewrite};
use crate::spec::Named;
use crate::spec::shape;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An alert and the group that it asks for.
pub(super) struct BoundAlert<'s> {
    pub(super) group: Option<&'s Spanned<Arc<str>>>,
    pub(super) alert: Alert,
}

/// What an alert watches.
struct Watched<'s> {
    expression: Expression<'s>,
    flow: Flow,
    /// The condition, still without its window, if it is a query past a level.
    level: Option<Level>,
    unit: Option<crate::model::Unit>,
}

struct Level {
    query: Arc<str>,
    thresholds: Arc<crate::model::Thresholds>,
    level: crate::model::Level,
}

/// Resolves the `alerts` section.
pub(super) fn resolve<'c>(
    context: &Context<'c>,
    dashboards: &[Dashboard],
    ids: &PanelIds<'_>,
    sink: &mut Sink,
) -> Vec<BoundAlert<'c>> {
    let resolved: Vec<_> = context
        .specs
        .alerts
        .par_iter()
        .map(|Named { name, item }| {
            let mut sink = Sink::default();
            check_name(name, &mut sink);
            let alert = item.as_ref().and_then(|spec| {
                Some(BoundAlert {
                    group: spec.group.as_ref(),
                    alert: bind(name, spec, context, dashboards, ids, &mut sink)?,
                })
            });
            (alert, sink)
        })
        .collect();
    let gather = |(alert, found)| {
        sink.absorb(found);
        alert
    };
    resolved.into_iter().filter_map(gather).collect()
}

fn check_name(name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.as_str().is_empty() || !name.as_str().chars().all(valid) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` is no name for an alert"),
            )
            .at(name.span, "letters, digits and `_`"),
        );
    }
}

fn bind(
    name: &Spanned<Arc<str>>,
    spec: &shape::Alert,
    context: &Context<'_>,
    dashboards: &[Dashboard],
    ids: &PanelIds<'_>,
    sink: &mut Sink,
) -> Option<Alert> {
    let is_broken = |key: &str| spec.broken.contains(&key);
    let labels = labels(name, spec, sink);
    let watched = watched(name, spec, context, sink);
    let panel = panel(spec, watched.as_ref(), dashboards, ids, sink);
    // Texts are checked even if the condition is broken, but their labels only
    // against one that is not.
    let texts = text::Texts::parse(
        spec,
        watched
            .as_ref()
            .map(|watched| (&watched.expression, &watched.flow)),
        context,
        sink,
    );
    let severity = spec
        .severity
        .as_ref()
        .map(|severity| severity.value.clone());
    let severity = severity.or_else(|| labels.get("severity").cloned());
    let said = severity
        .as_ref()
        .is_some_and(|severity| !severity.trim().is_empty());
    if !said && !is_broken("severity") && !is_broken("labels") {
        let at = spec
            .severity
            .as_ref()
            .map_or(name.span, |severity| severity.span);
        sink.push(
            Diagnostic::new(Code::MissingSeverity, format!("the alert `{name}` has no severity"))
                .at(at, "needs `severity`")
                .help("routing, inhibition and readers rely on it; say `severity: warning` or `severity: critical`"),
        );
    }
    let watched = watched?;
    let clean = watched
        .expression
        .reject_variables(name, context.files, sink);
    if watched.expression.query.uses_window() && spec.window.is_none() {
        if !is_broken("window") {
            sink.push(window_missing(name, &watched.expression, context.files));
        }
        return None;
    }
    let (severity, texts) = (severity?, texts?);
    if !clean {
        return None;
    }
    let labels_of_series = &watched.flow.labels;
    let carries = labels_of_series
        .is_known()
        .then(|| labels_of_series.iter().map(Arc::from).collect());
    let window = spec.window.as_ref().map(ToString::to_string);
    let none = |_: &_| Vec::new();
    let rewritten = watched.expression.rewrite(&Rewrite {
        window: window.as_deref(),
        matchers: &none,
    });
    let (expr, condition) = match watched.level {
        Some(Level {
            query,
            thresholds,
            level,
        }) => {
            let compound = matches!(
                watched.expression.query.root().kind,
                ExprKind::Binary(_) | ExprKind::Unary(_)
            );
            let expr = compare(&rewritten, thresholds.operator(), level.value, compound);
            let windowed = match promql::Query::parse(rewritten) {
                Ok(windowed) => windowed,
                Err(error) => {
                    sink.push(error.diagnostic(&|_| watched.expression.text.span));
                    return None;
                }
            };
            let condition = Condition {
                query,
                expr: Arc::new(windowed),
                bound: level.value,
                level: level.name,
                thresholds,
            };
            (expr, Some(condition))
        }
        None => (rewritten, None),
    };
    let facts = text::Facts {
        condition: condition.as_ref(),
        unit: watched.unit.as_ref(),
        window: spec.window.as_ref().map(|window| window.value),
        r#for: spec.r#for.as_ref().map(|r#for| r#for.value),
        severity: &severity,
        broken: &spec.broken,
    };
    let mut annotations = texts.fill(&facts, sink)?;
    annotations.extend(
        panel
            .as_ref()
            .and_then(|panel| link(panel, context, dashboards)),
    );
    let mut alert = Alert {
        name: name.value.clone(),
        expr,
        source: watched.expression.query.clone(),
        condition,
        severity: severity.clone(),
        r#for: super::value(spec.r#for.as_ref()),
        keep_firing_for: super::value(spec.keep_firing_for.as_ref()),
        carries,
        labels,
        annotations,
        panel,
        tests: Vec::new(),
    };
    alert.labels.insert("severity".into(), severity);
    alert.tests = unit_test::resolve(name, spec, &alert, context, sink);
    Some(alert)
}

fn labels(
    name: &Spanned<Arc<str>>,
    spec: &shape::Alert,
    sink: &mut Sink,
) -> BTreeMap<Arc<str>, Arc<str>> {
    for label in &spec.labels {
        check_label_name(&label.name, sink);
        if label.name.as_str() == "alertname" {
            sink.push(
                Diagnostic::new(
                    Code::InvalidName,
                    "the label `alertname` is made by Prometheus",
                )
                .at(label.name.span, format!("is `{name}` already")),
            );
        }
        if let (Some(severity), "severity") = (&spec.severity, label.name.as_str()) {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!("the alert `{name}` has two severities"),
                )
                .at(label.name.span, "given again")
                .because(severity.span, "first given here"),
            );
        }
    }
    texts(&spec.labels)
}

fn watched<'s>(
    name: &Spanned<Arc<str>>,
    spec: &'s shape::Alert,
    context: &Context<'s>,
    sink: &mut Sink,
) -> Option<Watched<'s>> {
    match (&spec.query, &spec.fires_at, &spec.expr) {
        (None, None, Some(expr)) => {
            let expression = context.expressions.read(expr, sink)?;
            let flow = expression.check(context.catalog, context.files, sink);
            require_vector(&flow, &expression, sink);
            require_series(&flow, &expression, expr.span, "an alert", sink);
            Some(Watched {
                expression,
                flow,
                level: None,
                unit: None,
            })
        }
        (Some(query), Some(level), None) => {
            let bound = context.queries.find(query, sink)?;
            let Some(thresholds) = &bound.thresholds else {
                if bound.spec.thresholds.is_none() && !bound.spec.broken.contains(&"thresholds") {
                    sink.push(
                        Diagnostic::new(
                            Code::ThresholdsUnused,
                            format!("the alert `{name}` fires at a level, and its query has no thresholds"),
                        )
                        .at(level.span, "no such level")
                        .because(bound.name.span, "needs `thresholds`"),
                    );
                }
                return None;
            };
            let Some(found) = thresholds.level(level.as_str()) else {
                let levels = thresholds.levels.iter().map(|level| &*level.name);
                sink.push(
                    unknown(Code::UnknownLevel, "level", level, levels)
                        .because(query.span, "of this query's thresholds"),
                );
                return None;
            };
            if found.good {
                let at = context.thresholds.written(&thresholds.name, level.as_str());
                let diagnostic = Diagnostic::new(
                    Code::UnknownLevel,
                    format!(
                        "the alert `{name}` would fire when all is well: `{level}` is the good side"
                    ),
                )
                .at(level.span, "a good level");
                sink.push(match at {
                    Some(at) => diagnostic.because(at.span, "defined here"),
                    None => diagnostic,
                });
                return None;
            }
            if !require_series(&bound.flow, &bound.expression, query.span, "an alert", sink) {
                return None;
            }
            Some(Watched {
                expression: bound.expression.clone(),
                flow: bound.flow.clone(),
                level: Some(Level {
                    query: query.value.clone(),
                    thresholds: thresholds.clone(),
                    level: found.clone(),
                }),
                unit: bound.unit.clone(),
            })
        }
        _ if ["query", "fires_at", "expr"]
            .iter()
            .any(|key| spec.broken.contains(key)) =>
        {
            None
        }
        (query, level, expr) => {
            let diagnostic = match (query, level, expr) {
                (None, None, None) => Diagnostic::new(
                    Code::AlertCondition,
                    format!("the alert `{name}` has no condition"),
                )
                .at(name.span, "needs `query` and `fires_at`, or `expr`"),
                (Some(query), None, None) => Diagnostic::new(
                    Code::AlertCondition,
                    format!("the alert `{name}` does not say when it fires"),
                )
                .at(query.span, "needs `fires_at` beside it"),
                (None, Some(level), None) => Diagnostic::new(
                    Code::AlertCondition,
                    format!("the alert `{name}` has a level but no query"),
                )
                .at(level.span, "needs `query` beside it"),
                (_, _, Some(expr)) => {
                    let other = query
                        .as_ref()
                        .or(level.as_ref())
                        .map_or(name.span, |other| other.span);
                    Diagnostic::new(
                        Code::AlertCondition,
                        format!("the alert `{name}` has two conditions"),
                    )
                    .at(expr.span, "an expression")
                    .because(other, "and a query or level")
                }
                (Some(_), Some(_), None) => return None,
            };
            sink.push(diagnostic);
            None
        }
    }
}

/// The panel that shows the alert: the one that is named, else the first one
/// that asks the alert's query.
fn panel(
    spec: &shape::Alert,
    watched: Option<&Watched<'_>>,
    dashboards: &[Dashboard],
    ids: &PanelIds<'_>,
    sink: &mut Sink,
) -> Option<(Arc<str>, Arc<str>)> {
    if let Some(named) = &spec.panel {
        if let Some((dashboard, panel)) = named.as_str().split_once('/')
            && ids.get(dashboard, panel).is_some()
        {
            return Some((dashboard.into(), panel.into()));
        }
        sink.push(unknown(
            Code::UnknownPanel,
            "panel",
            named,
            ids.paths().iter().map(String::as_str),
        ));
        return None;
    }
    let query = &watched?.level.as_ref()?.query;
    dashboards.iter().find_map(|dashboard| {
        let shows = |panel: &&crate::model::Panel| {
            panel
                .targets
                .iter()
                .any(|target| target.query.as_ref() == Some(query))
        };
        dashboard
            .all_panels()
            .find(shows)
            .map(|panel| (dashboard.key.clone(), panel.key.clone()))
    })
}

/// The annotation that leads to a panel.
fn link(
    (dashboard, panel): &(Arc<str>, Arc<str>),
    context: &Context<'_>,
    dashboards: &[Dashboard],
) -> Option<(Arc<str>, Arc<str>)> {
    let url = context.grafana.as_ref()?.url.as_ref()?;
    let dashboard = dashboards.iter().find(|own| own.key == *dashboard)?;
    let panel = dashboard.all_panels().find(|own| own.key == *panel)?;
    Some((
        "dashboard_url".into(),
        format!("{url}/d/{}?viewPanel={}", dashboard.uid, panel.id).into(),
    ))
}
