//! Puts what was moved under what moved it.

use super::compare::{Change, FieldChange, Verb};
use super::expression::{Difference, Nature};
use super::field::{Holds, differences};
use super::item::{Id, Kind, shown};
use super::risk;
use super::uses::Uses;
use std::collections::{BTreeMap, BTreeSet};

/// From so many items on, the same change of each is one change of all.
const COMMON: usize = 3;

/// The changes that stand for themselves, each with what it moved.
pub(crate) fn attribute(changes: &[Change], uses: &Uses<'_>) -> Vec<Change> {
    let causes = Causes::new(changes);
    // Each change's own rest, and what it moved.
    let mut own: Vec<Option<Change>> = Vec::with_capacity(changes.len());
    let mut effects: Vec<Vec<Change>> = vec![Vec::new(); changes.len()];
    // The cause that took all of a change.
    let mut absorbed: Vec<Option<usize>> = vec![None; changes.len()];
    for (at, change) in changes.iter().enumerate() {
        let mut parts: BTreeMap<usize, Vec<FieldChange>> = BTreeMap::new();
        let mut rest = Vec::new();
        for field in &change.fields {
            let cause = match change.verb {
                Verb::Changed | Verb::Renamed { .. } => causes
                    .of(change)
                    .filter(|cause| *cause != at)
                    .find(|cause| explains(&changes[*cause], change, field, uses)),
                Verb::Added | Verb::Removed => None,
            };
            match cause {
                Some(cause) => parts
                    .entry(root(cause, &absorbed))
                    .or_default()
                    .push(field.clone()),
                None => rest.push(field.clone()),
            }
        }
        if rest.is_empty()
            && change.verb == Verb::Changed
            && let Some((first, _)) = parts.first_key_value()
        {
            absorbed[at] = Some(*first);
        }
        let near = causes
            .alert_of(change, changes)
            .or_else(|| causes.announced(change, changes));
        if let Some(cause) = near {
            // A unit test of an alert is told with the alert, and a metric with
            // the one whose place it takes.
            let cause = root(cause, &absorbed);
            absorbed[at] = Some(cause);
            effects[cause].push(change.clone());
            own.push(None);
            continue;
        }
        for (cause, fields) in parts {
            effects[cause].push(change.with_fields(fields));
        }
        own.push(absorbed[at].is_none().then(|| Change {
            fields: rest,
            ..change.clone()
        }));
    }
    let changes = own
        .into_iter()
        .zip(effects)
        .filter_map(|(change, effects)| Some(assessed(change?, effects)))
        .collect();
    let mut changes = common(changes);
    changes.sort_by(|one, other| (one.kind, &one.key).cmp(&(other.kind, &other.key)));
    changes
}

/// With the risks of the change and of what it moved; none is told twice.
fn assessed(mut change: Change, effects: Vec<Change>) -> Change {
    change.risks = risk::assess(&change);
    change.effects = effects;
    // Under another name they are told all the same.
    let is_same_people =
        change.kind == Kind::Receiver && matches!(change.verb, Verb::Renamed { .. });
    for effect in &mut change.effects {
        let risks = risk::assess(effect);
        effect.risks = risks
            .into_iter()
            .filter(|risk| !change.risks.contains(risk) && !is_same_people)
            .collect();
    }
    change
}

fn root(mut cause: usize, absorbed: &[Option<usize>]) -> usize {
    while let Some(above) = absorbed[cause] {
        cause = above;
    }
    cause
}

/// The changes that may be why others happened, found without looking at all.
struct Causes {
    /// Of anything, in the order in which they are to be tried.
    general: Vec<usize>,
    /// Variables, by their dashboard.
    variables: BTreeMap<Id, Vec<usize>>,
    alerts: Vec<usize>,
}

impl Causes {
    fn new(changes: &[Change]) -> Self {
        let mut causes = Self {
            general: Vec::new(),
            variables: BTreeMap::new(),
            alerts: Vec::new(),
        };
        for (at, change) in changes.iter().enumerate() {
            let changed = |path: &str| change.fields.iter().any(|field| field.path == path);
            match change.kind {
                Kind::Variable => {
                    let of = change.container.iter().cloned();
                    of.for_each(|id| causes.variables.entry(id).or_default().push(at));
                }
                Kind::Panel if changed("id") => causes.general.push(at),
                Kind::Dashboard if changed("uid") => causes.general.push(at),
                Kind::Panel | Kind::Dashboard => {}
                Kind::Alert => causes.alerts.push(at),
                _ => causes.general.push(at),
            }
        }
        causes
    }

    fn of<'c>(&'c self, change: &'c Change) -> impl Iterator<Item = usize> + 'c {
        let near = change
            .container
            .as_ref()
            .and_then(|id| self.variables.get(id));
        self.general
            .iter()
            .chain(near.into_iter().flatten())
            .copied()
    }

    /// The metric that names a new one as what takes its place.
    fn announced(&self, change: &Change, changes: &[Change]) -> Option<usize> {
        let is_new = change.kind == Kind::Metric && change.verb == Verb::Added;
        let mut metrics = self
            .general
            .iter()
            .copied()
            .filter(|at| is_new && changes[*at].kind == Kind::Metric);
        metrics.find(|at| {
            let old = &changes[*at];
            old.verb == Verb::Changed && succession(old).is_some_and(|(_, new)| new == change.name)
        })
    }

    /// The changed alert that a unit test is of.
    fn alert_of(&self, change: &Change, changes: &[Change]) -> Option<usize> {
        if change.kind != Kind::AlertTest {
            return None;
        }
        let is_of = |name: &str| {
            change
                .name
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(": "))
        };
        self.alerts.iter().copied().find(|at| {
            let alert = &changes[*at];
            is_of(&alert.name) || matches!(&alert.verb, Verb::Renamed { from } if is_of(from))
        })
    }
}

/// Whether `cause` is why `field` of `effect` changed.
fn explains(cause: &Change, effect: &Change, field: &FieldChange, uses: &Uses<'_>) -> bool {
    let changed = |path: &str| cause.fields.iter().any(|field| field.path == path);
    let stands_on = || uses.reaches(&effect.id(), &cause.id());
    let path = field.path.as_str();
    let is_text = path.starts_with("annotations/") || path == "description";
    // An expression that is new differs in no way from one that was there.
    let differs_only = |is: &dyn Fn(&Difference) -> bool| {
        let all = differences(field.before.as_ref(), field.after.as_ref());
        !all.is_empty() && all.iter().all(is)
    };
    let is_whole = matches!(cause.verb, Verb::Added | Verb::Removed);
    match cause.kind {
        Kind::Profile => uses.applies(&cause.key) && overlays(cause, effect, field),
        Kind::Threshold if effect.kind == Kind::Query && path == "thresholds" => {
            is_rename(cause, field)
        }
        Kind::Threshold if !is_whole => {
            let is_bound = || {
                field.holds == Holds::Expression
                    && differs_only(&|one| {
                        matches!(one.nature, Nature::Bound { .. } | Nature::Other)
                            && one.text.chars().any(|c| c.is_ascii_digit())
                    })
            };
            effect.kind != Kind::Query
                && (field.holds == Holds::Steps
                    || path.contains("thresholds")
                    || is_text
                    || is_bound())
                && stands_on()
        }
        Kind::Metric => {
            let renamed = succession(cause);
            let is_of_it = match (field.holds, renamed) {
                (Holds::Expression, Some(renamed)) => differs_only(
                    &|one| matches!(&one.nature, Nature::Metric { from, to } if is_series(renamed, from, to)),
                ),
                (Holds::Expression, None) => {
                    (changed("labels") || changed("type"))
                        && differs_only(&|one| {
                            matches!(one.nature, Nature::Narrower { .. } | Nature::Wider)
                        })
                }
                (_, Some((old, new))) => {
                    matches!(effect.kind, Kind::Variable | Kind::Event)
                        && is_same_but(field, old, new)
                }
                _ => false,
            };
            is_of_it
                && (!is_whole || renamed.is_some())
                && (effect.kind == Kind::Event || stands_on())
        }
        Kind::Query if !is_whole => {
            let of = |cause: &str| match cause {
                "expr" | "window" => {
                    field.holds == Holds::Expression
                        || path == "interval"
                        || path.ends_with("legendFormat")
                }

                "unit" => {
                    path.ends_with("unit")
                        || field.holds == Holds::Steps
                        || path.ends_with("custom/axisLabel")
                }
                "thresholds" => {
                    field.holds == Holds::Steps
                        || path.contains("threshold")
                        || path == "expr"
                        || is_text
                }
                "help" => is_text,
                "legend" => path.ends_with("legendFormat"),
                "decimals" | "min" | "max" => path.ends_with(cause),
                _ => false,
            };
            cause.fields.iter().any(|field| of(&field.path)) && stands_on()
        }
        Kind::Variable => {
            let names = |text: &str| {
                [format!("${}", cause.name), format!("${{{}", cause.name)]
                    .iter()
                    .any(|name| text.contains(name.as_str()))
            };
            cause.container == effect.container
                && field.holds == Holds::Expression
                && differs_only(&|one| names(&one.text))
        }
        Kind::Receiver if effect.kind == Kind::Route => {
            matches!(cause.verb, Verb::Renamed { .. })
                && path == "receiver"
                && field
                    .after
                    .as_ref()
                    .is_some_and(|name| *name == cause.name.as_str())
        }
        Kind::Receiver | Kind::Route | Kind::Alertmanager => field.holds == Holds::Told,
        Kind::Prometheus => {
            let is_same = |interval: &FieldChange| {
                interval.path == "global/scrape_interval"
                    && interval.before == field.before
                    && interval.after == field.after
            };
            effect.kind == Kind::Datasource
                && path == "jsonData/timeInterval"
                && cause.fields.iter().any(is_same)
        }
        Kind::Datasource => changed("uid") && path.ends_with("datasource/uid"),
        Kind::Grafana => effect.kind == Kind::Alert && is_text,
        Kind::Panel => changed("id") && effect.kind == Kind::Alert && is_text && stands_on(),
        Kind::Dashboard => {
            changed("uid")
                && (effect.kind == Kind::Alert && is_text && stands_on()
                    || effect.kind == Kind::Panel && path.contains("links/"))
        }
        _ => false,
    }
}

/// The metric that goes and the one that takes its place, if that is what
/// happened or was announced.
fn succession(change: &Change) -> Option<(&str, &str)> {
    if let Verb::Renamed { from } = &change.verb {
        return Some((from, &change.name));
    }
    Some((&change.name, change.successor()?))
}

/// Whether a series of the one metric has become that of the other.
fn is_series((old, new): (&str, &str), from: &str, to: &str) -> bool {
    match (from.strip_prefix(old), to.strip_prefix(new)) {
        (Some(one), Some(other)) => {
            one == other && matches!(one, "" | "_bucket" | "_sum" | "_count")
        }
        _ => false,
    }
}

/// Whether `field` says the same but for the old and new name of `cause`.
fn is_rename(cause: &Change, field: &FieldChange) -> bool {
    match &cause.verb {
        Verb::Renamed { from } => is_same_but(field, from, &cause.name),
        _ => false,
    }
}

/// Whether `field` says the same but for one name in place of another.
fn is_same_but(field: &FieldChange, old: &str, new: &str) -> bool {
    let (Some(before), Some(after)) = (&field.before, &field.after) else {
        return false;
    };
    shown(before).replace(old, new) == shown(after)
}

/// Where the sections of a profile show: section, kind of item.
#[rustfmt::skip]
const OVERLAID: &[(&str, Kind)] = &[
    ("thresholds", Kind::Threshold), ("metrics", Kind::Metric), ("labels", Kind::Label),
    ("queries", Kind::Query), ("events", Kind::Event), ("alerts", Kind::Alert),
    ("scrape/jobs", Kind::Job), ("scrape", Kind::Prometheus), ("dashboards", Kind::Dashboard),
    ("alertmanager/receivers", Kind::Receiver), ("alertmanager/route", Kind::Route),
    ("alertmanager/targets", Kind::Prometheus), ("alertmanager", Kind::Alertmanager),
    ("grafana/datasource", Kind::Datasource), ("grafana/url", Kind::Grafana), ("grafana/url", Kind::Alert),
    ("emitters", Kind::Emitter), ("external", Kind::Catalog),
    ("grafana", Kind::Provider), ("stack", Kind::Service), ("stack", Kind::Stack),
];

/// Whether a changed value of a profile is what `field` now says.
fn overlays(profile: &Change, effect: &Change, field: &FieldChange) -> bool {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    profile.fields.iter().any(|value| {
        let fits = OVERLAID.iter().any(|(section, kind)| {
            *kind == effect.kind
                && value.path.starts_with(section)
                && value.path[section.len()..].starts_with('/')
                    | (value.path.len() == section.len())
        });
        let names_it = matches!(
            effect.kind,
            Kind::Grafana
                | Kind::Prometheus
                | Kind::Alertmanager
                | Kind::Route
                | Kind::Datasource
                | Kind::Provider
                | Kind::Service
                | Kind::Stack
        ) || value.path.contains(&format!("/{}/", effect.name));
        let same = last(&value.path) == last(&field.path) || value.after == field.after;
        fits && (names_it || effect.kind == Kind::Alert) && same
    })
}

/// Makes the same change of many items, for which there is no cause in sight,
/// one change.
fn common(changes: Vec<Change>) -> Vec<Change> {
    let key = |change: &Change, field: &FieldChange| {
        let place = match field.holds {
            Holds::Expression => "expr".to_owned(),
            _ => field.path.clone(),
        };
        (change.kind, place, field.said.clone())
    };
    let mut counts = BTreeMap::new();
    for change in changes.iter().filter(|change| may_be_common(change)) {
        // Several queries of a panel are still one panel.
        let keys: BTreeSet<_> = change
            .fields
            .iter()
            .map(|field| key(change, field))
            .collect();
        for key in keys {
            *counts.entry(key).or_insert(0_usize) += 1;
        }
    }
    counts.retain(|_, count| *count >= COMMON);
    let mut groups: BTreeMap<_, Change> = BTreeMap::new();
    let mut rest = Vec::new();
    for mut change in changes {
        if !may_be_common(&change) {
            rest.push(change);
            continue;
        }
        let (shared, own): (Vec<_>, Vec<_>) = change
            .fields
            .drain(..)
            .collect::<Vec<_>>()
            .into_iter()
            .partition(|field| counts.contains_key(&key(&change, field)));
        for field in shared {
            let key = key(&change, &field);
            let group = groups.entry(key).or_insert_with(|| Change {
                key: String::new(),
                name: String::new(),
                inside: None,
                container: None,
                ..change.with_fields(vec![field.clone()])
            });
            group.files.extend(change.files.clone());
            match group.effects.last_mut() {
                Some(last) if last.id() == change.id() => last.fields.push(field),
                _ => group.effects.push(change.with_fields(vec![field])),
            }
        }
        change.fields = own;
        if !change.fields.is_empty() || !change.effects.is_empty() {
            change.risks = risk::assess(&change);
            rest.push(change);
        }
    }
    rest.extend(groups.into_values().map(|mut group| {
        group.name = group.kind.counted(group.effects.len());
        for effect in &mut group.effects {
            effect.risks = risk::assess(effect);
        }
        group
    }));
    rest
}

fn may_be_common(change: &Change) -> bool {
    change.verb == Verb::Changed
        && change.effects.is_empty()
        && !change.is_layout()
        && !change.kind.is_definition()
        // Each follows from something of its own.
        && !change.kind.is_derived()
}
