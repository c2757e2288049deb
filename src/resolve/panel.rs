//! Panels: what they ask, and how they show it.

mod data;
mod kind;

pub(super) use kind::usual_size;

use super::Context;
use super::dashboard::{PanelIds, usual_title};
use super::query::BoundQuery;
use super::variable::Variables;
use super::{not_exactly_one, place, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Grid, Link, Panel, grafana_duration};
use crate::promql::PromDuration;
use crate::spec::shape;
use std::sync::Arc;

/// What the panels of a dashboard are resolved in.
pub(super) struct Scope<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) name: &'s Spanned<Arc<str>>,
    pub(super) spec: &'s shape::Dashboard,
    pub(super) variables: &'s Variables<'s>,
    pub(super) ids: &'s PanelIds<'s>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(
        context: &'s Context<'s>,
        name: &'s Spanned<Arc<str>>,
        spec: &'s shape::Dashboard,
        variables: &'s Variables<'s>,
        ids: &'s PanelIds<'s>,
    ) -> Self {
        Self {
            context,
            name,
            spec,
            variables,
            ids,
        }
    }

    /// The range that `$window` becomes in a panel: the nearest of those that
    /// the panel's query, the panel, the named query and the dashboard give.
    fn window(
        &self,
        nearest_first: &[Option<&Spanned<Arc<str>>>],
        instant: bool,
        sink: &mut Sink,
    ) -> Option<String> {
        let Some(given) = nearest_first.iter().flatten().next() else {
            return Some(
                if instant {
                    "$__range"
                } else {
                    "$__rate_interval"
                }
                .to_owned(),
            );
        };
        let text = given.as_str();
        if let Some(duration) = PromDuration::parse(text) {
            if duration.as_millis() == 0 {
                sink.push(
                    Diagnostic::new(Code::InvalidValue, "a window must be longer than zero")
                        .at(given.span, "no time at all"),
                );
                return None;
            }
            return Some(text.to_owned());
        }
        let name = text.strip_prefix('$').unwrap_or(text);
        if let "__range" | "__rate_interval" | "__interval" = name {
            return Some(format!("${name}"));
        }
        if self.variables.is_interval(name) {
            return Some(format!("${name}"));
        }
        let intervals = self
            .variables
            .names()
            .filter(|name| self.variables.is_interval(name));
        sink.push(
            unknown(Code::UnknownVariable, "interval variable", given, intervals)
                .help("a window is a duration such as `5m`, an interval variable of the dashboard, or `$__range`"),
        );
        None
    }
}

/// Resolves a panel; `None` if it is broken, which has been reported.
pub(super) fn resolve(
    name: &Spanned<Arc<str>>,
    spec: &shape::Panel,
    grid: Grid,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Panel> {
    let title = super::value(spec.title.as_ref()).unwrap_or_else(|| usual_title(name.as_str()));
    check_keys(spec, sink);
    let shown = kind::resolve(name, spec, &title, scope, sink)?;
    let links = spec
        .links
        .iter()
        .filter_map(|link| data_link(link, &shown, scope, sink))
        .collect();
    let repeat = spec.repeat.as_ref().and_then(|repeat| {
        if scope.variables.defined(repeat.as_str()).is_none() {
            sink.push(unknown(
                Code::UnknownVariable,
                "variable",
                repeat,
                scope.variables.names(),
            ));
            return None;
        }
        Some(repeat.value.clone())
    });
    Some(Panel {
        id: scope
            .ids
            .get(scope.name.as_str(), name.as_str())
            .unwrap_or(1),
        key: name.value.clone(),
        title,
        description: super::value(spec.description.as_ref()).or(shown.help),
        grid,
        interval: interval(spec.interval.as_ref(), scope, sink),
        repeat,
        links,
        transparent: spec.transparent.as_ref().is_some_and(|given| given.value),
        raw: raw(spec.raw.as_ref(), sink),
        targets: shown.targets,
        fields: shown.fields,
        kind: shown.kind,
    })
}

/// Reports keys that panels of this kind have no use for.
fn check_keys(spec: &shape::Panel, sink: &mut Sink) {
    let of_data = [
        ("interval", place(&spec.interval)),
        ("window", place(&spec.window)),
    ];
    let of_panels = [
        ("description", place(&spec.description)),
        ("size", place(&spec.size)),
        ("at", place(&spec.at)),
        ("links", spec.links.first().map(|link| link.span)),
        ("transparent", place(&spec.transparent)),
    ];
    let (kind, label, keys) = match (&spec.row, &spec.text) {
        (Some(_), _) => (
            "row",
            "not here: a row is a heading above the panels that follow",
            [&of_data[..], &of_panels[..]].concat(),
        ),
        (None, Some(_)) => ("text", "not here: a text asks nothing", of_data.to_vec()),
        (None, None) => return,
    };
    for (key, given) in keys {
        if let Some(span) = given {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!("a {kind} has no use for `{key}`"),
                )
                .at(span, label),
            );
        }
    }
}

fn raw(spec: Option<&Spanned<serde_json::Value>>, sink: &mut Sink) -> Option<serde_json::Value> {
    let raw = spec?;
    if !raw.value.is_object() {
        sink.push(
            Diagnostic::new(
                Code::WrongType,
                "`raw` is merged into the panel, so it must be a mapping",
            )
            .at(raw.span, "not a mapping"),
        );
        return None;
    }
    for (key, instead) in [
        ("id", "id"),
        ("gridPos", "size` and `at"),
        ("targets", "queries"),
    ] {
        if raw.value.get(key).is_some() {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!("`{key}` of a panel is not merged from `raw`"),
                )
                .at(raw.span, format!("use `{instead}`"))
                .help("the compiler keeps ids unique, panels apart and queries checked"),
            );
        }
    }
    Some(raw.value.clone())
}

/// A smallest step: a duration, or an interval variable.
fn interval(
    spec: Option<&Spanned<Arc<str>>>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Arc<str>> {
    let interval = spec?;
    if let Some(duration) = PromDuration::parse(interval.as_str()) {
        return Some(grafana_duration(duration).into());
    }
    let name = interval.as_str().trim_start_matches('$');
    if scope.variables.is_interval(name) {
        return Some(format!("${name}").into());
    }
    let intervals = scope
        .variables
        .names()
        .filter(|name| scope.variables.is_interval(name));
    sink.push(
        unknown(
            Code::UnknownVariable,
            "interval variable",
            interval,
            intervals,
        )
        .help("an interval is a duration such as `1m`, or an interval variable of the dashboard"),
    );
    None
}

/// A link to an address, or to a dashboard with the variables carried along:
/// the value of a label where what is clicked has one, else the choice made on
/// this dashboard.
fn data_link(
    spec: &shape::DataLink,
    shown: &kind::Shown,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Link> {
    match (&spec.dashboard, &spec.url) {
        (Some(target), None) => {
            let specs = &scope.context.specs.dashboards;
            let Ok(found) = super::find(specs, target.as_str()) else {
                sink.push(unknown(
                    Code::UnknownDashboard,
                    "dashboard",
                    target,
                    super::names(specs),
                ));
                return None;
            };
            let dashboard = found?;
            let uid = dashboard.uid.as_ref().unwrap_or(target);
            let mut url = format!("/d/{uid}?${{__url_time_range}}");
            for variable in &dashboard.variables {
                let name = &variable.name;
                let label = variable.item.as_ref().and_then(|item| item.label.as_ref());
                if let Some(clicked) = label.and_then(|label| shown.clicked(label.as_str())) {
                    url.push_str(&format!("&var-{name}={clicked}"));
                } else if scope.variables.defined(name.as_str()).is_some() {
                    url.push_str(&format!("&${{{name}:queryparam}}"));
                }
            }
            if let Some(panel) = &spec.panel {
                let Some(id) = scope.ids.get(target.as_str(), panel.as_str()) else {
                    let panels = super::names(&dashboard.panels);
                    sink.push(
                        unknown(Code::UnknownPanel, "panel", panel, panels)
                            .because(target.span, "on this dashboard"),
                    );
                    return None;
                };
                url.push_str(&format!("&viewPanel={id}"));
            }
            let title =
                super::value(spec.title.as_ref()).unwrap_or_else(|| dashboard.title.value.clone());
            Some(Link {
                title,
                url,
                new_tab: false,
            })
        }
        (None, Some(url)) => {
            if let Some(panel) = &spec.panel {
                sink.push(
                    Diagnostic::new(
                        Code::ConflictingKeys,
                        "`panel` goes with `dashboard`, not with `url`",
                    )
                    .at(panel.span, "no dashboard to find it on"),
                );
            }
            let title = super::value(spec.title.as_ref()).unwrap_or_else(|| url.value.clone());
            Some(Link {
                title,
                url: url.to_string(),
                new_tab: true,
            })
        }
        (dashboard, _) => {
            sink.push(not_exactly_one(
                dashboard.is_some(),
                "a link leads to a `dashboard` or to a `url`",
                spec.span,
            ));
            None
        }
    }
}

/// Whether a named query or an expression is behind a target.
enum Source<'s> {
    Named(&'s BoundQuery<'s>),
    Written,
}
