//! Dashboards: variables, panels in their places, links.

use super::Context;
use super::layout::{self, COLUMNS, Item};
use super::panel;
use super::variable::{Variables, humanise, valid_name};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{
    Dashboard, DashboardLink, DatasourceRef, Panel, PanelKind, Variable, VariableKind, variables_in,
};
use crate::promql::PromDuration;
use crate::spec::Named;
use crate::spec::shape::{self, DatasourceReference, Size, Specs};
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a dashboard shows unless it says otherwise.
const USUAL_RANGE: PromDuration = PromDuration::from_millis(6 * 3_600_000);

/// Ids of panels by key, by the keys of their dashboards.
pub(super) struct PanelIds<'s>(HashMap<&'s str, HashMap<&'s str, u32>>);

impl PanelIds<'_> {
    pub(super) fn get(&self, dashboard: &str, panel: &str) -> Option<u32> {
        self.0.get(dashboard)?.get(panel).copied()
    }

    /// All panels as `DASHBOARD/PANEL`, sorted.
    pub(super) fn paths(&self) -> Vec<String> {
        let path = |(dashboard, panels): (&&str, &HashMap<&str, u32>)| -> Vec<String> {
            let panels = panels.keys();
            panels.map(|panel| format!("{dashboard}/{panel}")).collect()
        };
        let mut all: Vec<String> = self.0.iter().flat_map(path).collect();
        all.sort();
        all
    }
}

/// The id of a panel follows from its key alone, so that inserting and moving
/// panels changes no other's. JavaScript and Grafana take it as a positive
/// 31-bit number.
fn id_of(key: &str) -> u32 {
    (xxhash_rust::xxh32::xxh32(key.as_bytes(), 0) & 0x7fff_ffff).max(1)
}

/// The ids of all panels; two of one dashboard with the same id are reported.
pub(super) fn panel_ids<'s>(specs: &'s [Named<shape::Dashboard>], sink: &mut Sink) -> PanelIds<'s> {
    let of_dashboard = |dashboard: &'s Named<shape::Dashboard>| {
        let mut sink = Sink::default();
        let mut ids = HashMap::new();
        let mut taken: HashMap<u32, &Spanned<Arc<str>>> = HashMap::new();
        for Named { name, item } in dashboard.item.iter().flat_map(|item| &item.panels) {
            let own = item.as_ref().and_then(|panel| panel.id.as_ref());
            let id = own.map_or_else(|| id_of(name.as_str()), |id| id.value);
            if let Some(own) = own.filter(|id| id.value == 0 || id.value > 0x7fff_ffff) {
                sink.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        "a panel's id is a positive number below 2147483648",
                    )
                    .at(own.span, "out of range"),
                );
            }
            if let Some(first) = taken.insert(id, name) {
                sink.push(
                    Diagnostic::new(
                        Code::PanelIdCollision,
                        format!("the panels `{first}` and `{name}` both have the id {id}"),
                    )
                    .at(own.map_or(name.span, |id| id.span), "taken")
                    .because(first.span, "this panel has it")
                    .help(format!(
                        "give one of them another, such as `id: {}`",
                        id_of(&format!("{name}+"))
                    )),
                );
            }
            ids.insert(name.as_str(), id);
        }
        (dashboard.name.as_str(), ids, sink)
    };
    let found: Vec<_> = specs.par_iter().map(of_dashboard).collect();
    let mut all = HashMap::with_capacity(found.len());
    for (dashboard, ids, found) in found {
        sink.absorb(found);
        all.insert(dashboard, ids);
    }
    PanelIds(all)
}

/// Resolves a dashboard; `None` if it is broken, which has been reported.
pub(super) fn resolve(
    named: &Named<shape::Dashboard>,
    context: &Context<'_>,
    ids: &PanelIds<'_>,
    sink: &mut Sink,
) -> Option<Dashboard> {
    let Named { name, item } = named;
    let spec = item.as_ref()?;
    let uid = spec.uid.as_ref().unwrap_or(name);
    check_key(name, uid, sink);
    if spec.title.as_str().trim().is_empty() {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("the title of the dashboard `{name}` is empty"),
            )
            .at(
                spec.title.span,
                "Grafana loads no dashboard without a title",
            ),
        );
    }
    let variables = Variables::resolve(&spec.variables, context, sink);
    let scope = panel::Scope::new(context, name, spec, &variables, ids);

    let items: Vec<_> = spec
        .panels
        .iter()
        .filter_map(|panel| Some((panel, panel.item.as_ref()?)))
        .collect();
    let placed: Vec<_> = items
        .iter()
        .map(|(named, panel)| Item {
            name: &named.name,
            size: panel
                .size
                .as_ref()
                .map_or_else(|| panel::usual_size(panel), |size| size.value),
            size_span: panel.size.as_ref().map(|size| size.span),
            at: panel.at,
            row: panel.row.is_some(),
        })
        .collect();
    let grids = layout::place(&placed, sink);
    let resolved: Vec<Panel> = items
        .iter()
        .zip(grids)
        .filter_map(|((named, spec), grid)| panel::resolve(&named.name, spec, grid, &scope, sink))
        .collect();
    report_unused(&variables, &scope, &resolved, sink);

    let (datasource, own_variable) = datasource(context, &variables);
    let mut tags: Vec<Arc<str>> = super::values(&spec.tags);
    tags.extend(common_tags(context.specs));
    tags.sort();
    tags.dedup();
    Some(Dashboard {
        key: name.value.clone(),
        uid: uid.value.clone(),
        title: spec.title.value.clone(),
        description: super::value(spec.description.as_ref()),
        tags,
        refresh: super::value(spec.refresh.as_ref()),
        range: spec.range.as_ref().map_or(USUAL_RANGE, |range| range.value),
        timezone: super::value(spec.timezone.as_ref()).unwrap_or_else(|| "browser".into()),
        editable: context
            .grafana
            .as_ref()
            .is_some_and(|grafana| grafana.editable),
        datasource,
        variables: own_variable.into_iter().chain(variables.resolved).collect(),
        panels: fold_rows(resolved),
        links: links(context),
    })
}

/// The key is a file's name, and the uid a part of addresses.
fn check_key(name: &Spanned<Arc<str>>, uid: &Spanned<Arc<str>>, sink: &mut Sink) {
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if !plain(name.as_str()) || name.as_str().is_empty() || name.as_str().len() > 100 {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{name}` is no key for a dashboard"),
            )
            .at(name.span, "letters, digits, `-` and `_`; it names the file"),
        );
    } else if !plain(uid.as_str()) || uid.as_str().is_empty() || uid.as_str().len() > 40 {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("`{uid}` is no uid for a dashboard"),
            )
            .at(uid.span, "at most 40 letters, digits, `-` and `_`")
            .help("give the dashboard a shorter one with `uid:`"),
        );
    }
}

/// Reports dashboards with keys that are one name of a file to some systems.
pub(super) fn check_files(specs: &Specs, sink: &mut Sink) {
    let mut taken: HashMap<String, &Spanned<Arc<str>>> = HashMap::new();
    for Named { name, .. } in &specs.dashboards {
        if let Some(first) = taken.insert(name.as_str().to_ascii_lowercase(), name)
            && first.value != name.value
        {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("the dashboards `{first}` and `{name}` may be one file"),
                )
                .at(name.span, "differs in case only")
                .because(first.span, "the other")
                .help(format!(
                    "many systems do not tell `{first}.json` from `{name}.json`; give one of them another key"
                )),
            );
        }
    }
}

/// Reports dashboards with the same uid or title: Grafana would then write none
/// of the folder's.
pub(super) fn check_unique(dashboards: &[Dashboard], specs: &Specs, sink: &mut Sink) {
    let mut uids: BTreeMap<&str, Span> = BTreeMap::new();
    let mut titles: BTreeMap<&str, Span> = BTreeMap::new();
    let written: HashMap<&str, (Span, Span)> = specs
        .dashboards
        .iter()
        .filter_map(|Named { name, item }| {
            let spec = item.as_ref()?;
            let uid = spec.uid.as_ref().map_or(name.span, |uid| uid.span);
            Some((name.as_str(), (uid, spec.title.span)))
        })
        .collect();
    for dashboard in dashboards {
        let Some((uid, title)) = written.get(&*dashboard.key).copied() else {
            continue;
        };
        for (what, taken, text, place) in [
            ("uid", &mut uids, &*dashboard.uid, uid),
            ("title", &mut titles, &*dashboard.title, title),
        ] {
            if let Some(first) = taken.insert(text, place) {
                sink.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        format!("two dashboards have the {what} `{text}`"),
                    )
                    .at(place, "given again")
                    .because(first, "first given here")
                    .help("Grafana loads nothing of a folder in which that happens"),
                );
            }
        }
    }
}

/// A variable that takes part in no query is most likely a mistake.
fn report_unused(
    variables: &Variables<'_>,
    scope: &panel::Scope<'_>,
    panels: &[Panel],
    sink: &mut Sink,
) {
    let is_datasource = |kind| matches!(kind, &VariableKind::Datasource { .. });
    let mut unused: Vec<&Variable> = variables.resolved.iter().collect();
    // A name that cannot be used has been reported.
    unused.retain(|variable| !is_datasource(&variable.kind) && valid_name(&variable.name));
    for variable in &variables.resolved {
        if let VariableKind::Values { query, .. } = &variable.kind {
            for name in variables_in(query) {
                unused.retain(|variable| &*variable.name != name);
            }
        }
    }
    for panel in panels {
        if unused.is_empty() {
            return;
        }
        unused.retain(|variable| !panel.uses_variable(&variable.name));
    }
    for variable in unused {
        let Some(span) = variables.defined(&variable.name) else {
            continue;
        };
        let title = &scope.spec.title;
        let mut diagnostic = Diagnostic::new(
            Code::VariableUnused,
            format!(
                "the variable `{}` takes part in no query of \"{title}\"",
                variable.name
            ),
        )
        .at(span, "changes nothing");
        if let Some(label) = &variable.label {
            let targets = panels.iter().flat_map(|panel| &panel.targets);
            let mut metrics = targets
                .flat_map(|target| target.source.selectors())
                .filter_map(|selector| selector.metric_name());
            diagnostic = diagnostic.help(
                if metrics.any(|metric| scope.context.catalog.carries(metric, label)) {
                    format!("the queries that read `{label}` constrain it themselves, or are `unfiltered`")
                } else {
                    format!("no metric of its panels carries the label `{label}`")
                },
            );
        }
        sink.push(diagnostic);
    }
}

/// How panels name the datasource, and the variable for it unless the
/// dashboard has one of its own.
fn datasource(
    context: &Context<'_>,
    variables: &Variables<'_>,
) -> (DatasourceRef, Option<Variable>) {
    let own = context
        .grafana
        .as_ref()
        .and_then(|grafana| grafana.datasource.as_ref());
    let given = variables
        .resolved
        .iter()
        .find(|variable| matches!(&variable.kind, VariableKind::Datasource { plugin, .. } if &**plugin == "prometheus"));
    if let Some(variable) = given {
        return (DatasourceRef::Variable(variable.name.clone()), None);
    }
    match own {
        Some(own) if own.reference == DatasourceReference::Variable => {
            let variable = Variable {
                name: "datasource".into(),
                title: "Data source".into(),
                description: None,
                hide: None,
                label: None,
                kind: VariableKind::Datasource {
                    plugin: "prometheus".into(),
                    default: Some((own.name.clone(), own.uid.clone())),
                },
            };
            (DatasourceRef::Variable("datasource".into()), Some(variable))
        }
        Some(own) => (DatasourceRef::Uid(own.uid.clone()), None),
        None => (DatasourceRef::Uid("prometheus".into()), None),
    }
}

/// Tags that the `grafana` section gives to all dashboards.
fn common_tags(specs: &Specs) -> impl Iterator<Item = Arc<str>> {
    specs
        .grafana
        .iter()
        .flat_map(|grafana| grafana.tags.iter().map(|tag| tag.value.clone()))
}

/// A menu of the other dashboards, where they have a tag in common.
fn links(context: &Context<'_>) -> Vec<DashboardLink> {
    let tags: Vec<_> = common_tags(context.specs).collect();
    if tags.is_empty() || context.specs.dashboards.len() < 2 {
        return Vec::new();
    }
    let folder = context
        .grafana
        .as_ref()
        .and_then(|grafana| grafana.folder.clone());
    vec![DashboardLink {
        title: folder.unwrap_or_else(|| "Dashboards".into()),
        tags,
    }]
}

/// Puts the panels that follow a collapsed row into it.
fn fold_rows(panels: Vec<Panel>) -> Vec<Panel> {
    let mut folded: Vec<Panel> = Vec::with_capacity(panels.len());
    for panel in panels {
        let is_row = matches!(panel.kind, PanelKind::Row { .. });
        match folded.last_mut().map(|last| &mut last.kind) {
            Some(PanelKind::Row {
                collapsed: true,
                panels,
            }) if !is_row => panels.push(panel),
            _ => folded.push(panel),
        }
    }
    folded
}

/// The title of a panel that is given none.
pub(super) fn usual_title(key: &str) -> Arc<str> {
    humanise(key).into()
}

/// The widest panel.
pub(super) const FULL_WIDTH: Size = Size {
    width: COLUMNS,
    height: 4,
};
