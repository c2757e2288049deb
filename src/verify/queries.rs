//! Asks every panel's and every documented query, for each choice of the
//! variables that a viewer can make, and says why those without data have none.

use super::finding::{Finding, User, put_together};
use super::narrow::Narrowing;
use super::place::{Part, Places, Written};
use super::prometheus::{Group, Metadata, Prometheus, Refusal, Series, Target};
use super::sending::{self, Choice, Choices, Timing};
use super::words::list;
use super::{Tally, parallel};
use crate::diagnostic::{Code, Severity, Sink, Span};
use crate::model::{self, Dashboard, Model, Panel, Variable, VariableKind};
use crate::promql::Query;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Values of a variable that are tried, besides the opening choice.
const SAMPLED: usize = 5;

/// What all queries are asked with.
pub(super) struct Asking<'a> {
    pub(super) prometheus: &'a Prometheus<'a>,
    pub(super) model: &'a Model,
    pub(super) places: Places<'a>,
    pub(super) targets: &'a [Target],
    pub(super) metadata: &'a BTreeMap<String, Vec<Metadata>>,
    /// The rules that are loaded.
    pub(super) rules: &'a [Group],
}

/// What came of all queries.
pub(super) struct Outcome {
    pub(super) panels: Tally,
    pub(super) queries: Tally,
    pub(super) variables: Tally,
    /// What has no data because of the targets of a job.
    pub(super) blind: BTreeMap<String, BTreeSet<User>>,
}

/// One user of expressions and what it sends.
enum Work<'a> {
    Panel(&'a Dashboard, &'a Panel),
    Query(&'a model::Query),
}

type Offered = BTreeMap<Arc<str>, Vec<Arc<str>>>;

/// Asks everything.
pub(super) fn judge(asking: &Asking<'_>, sink: &mut Sink) -> Outcome {
    let mut found = Vec::new();
    let mut variables = Tally::default();
    let mut offered: BTreeMap<&str, Offered> = BTreeMap::new();
    for dashboard in &asking.model.dashboards {
        let values = asking.offered(dashboard, &mut variables, &mut found);
        offered.insert(&dashboard.key, values);
    }
    let nothing = Offered::new();
    let panels = asking.model.dashboards.iter().flat_map(|dashboard| {
        let panels = dashboard
            .all_panels()
            .filter(|panel| !panel.targets.is_empty());
        panels.map(move |panel| Work::Panel(dashboard, panel))
    });
    let work: Vec<_> = panels
        .chain(asking.model.queries.values().map(Work::Query))
        .collect();
    let results = parallel(&work, |work| match work {
        Work::Panel(dashboard, panel) => {
            let offered = offered.get(&*dashboard.key).unwrap_or(&nothing);
            asking.panel(dashboard, panel, offered)
        }
        Work::Query(query) => asking.documented(query),
    });
    let (mut panels, mut queries) = (Tally::default(), Tally::default());
    for (work, own) in work.iter().zip(results) {
        let tally = match work {
            Work::Panel(..) => &mut panels,
            Work::Query(_) => &mut queries,
        };
        let bad = own
            .iter()
            .any(|finding| finding.code.default_severity() != Severity::Hint);
        tally.count(!bad);
        found.extend(own);
    }
    Outcome {
        panels,
        queries,
        variables,
        blind: put_together(found, asking.model, sink),
    }
}

impl Asking<'_> {
    /// The values that a dashboard's variables offer.
    fn offered(
        &self,
        dashboard: &Dashboard,
        tally: &mut Tally,
        found: &mut Vec<Finding>,
    ) -> Offered {
        let mut offered = Offered::new();
        for variable in &dashboard.variables {
            let VariableKind::Values { query, regex, .. } = &variable.kind else {
                continue;
            };
            let choices = sending::opening(dashboard, &offered);
            let timing = Timing {
                range: dashboard.range.as_secs_f64(),
                step: dashboard.range.as_secs_f64(),
                scrape: self.model.scrape.interval.as_secs_f64(),
            };
            let Some((selector, label)) = label_values(query) else {
                continue;
            };
            let Some(selector) = sending::fill(selector, dashboard, &choices, timing) else {
                continue;
            };
            let user = User::Variable(format!("{}/{}", dashboard.key, variable.name));
            let named = self.places.variable(&dashboard.key, &variable.name);
            let span = named.map(|named| named.name.span);
            let values = match self.prometheus.label_values(label, &selector, timing.range) {
                Ok(values) => values,
                Err(refusal) => {
                    tally.count(false);
                    found.push(refused(user, &refusal, span));
                    continue;
                }
            };
            let pattern = regex
                .as_deref()
                .and_then(|regex| regex_lite::Regex::new(regex.trim_matches('/')).ok());
            let kept = |value: &String| {
                pattern
                    .as_ref()
                    .is_none_or(|pattern| pattern.is_match(value))
            };
            let values: Vec<Arc<str>> = values.into_iter().filter(kept).map(Arc::from).collect();
            tally.count(!values.is_empty());
            if values.is_empty() {
                found.push(self.no_values(user, &selector, label, span));
            }
            offered.insert(variable.name.clone(), values);
        }
        offered
    }

    /// Why a variable offers nothing.
    fn no_values(&self, user: User, selector: &str, label: &str, span: Option<Span>) -> Finding {
        let mut finding = Finding::new(
            user,
            Code::VariableEmpty,
            format!("no series of `{selector}` has the label `{label}`"),
            span,
        );
        let Ok(sent) = Query::parse(selector) else {
            return finding;
        };
        match self.narrowing(&sent).explain() {
            Ok(Some(cause)) => {
                finding.code = cause.code;
                finding.take(cause, span, None);
            }
            Ok(None) => {}
            Err(refusal) => return refused(finding.user, &refusal, span),
        }
        finding
    }

    fn narrowing<'n>(&'n self, sent: &'n Query) -> Narrowing<'n> {
        Narrowing {
            prometheus: self.prometheus,
            model: self.model,
            targets: self.targets,
            metadata: self.metadata,
            rules: self.rules,
            depth: 0,
            sent,
        }
    }

    fn documented(&self, query: &model::Query) -> Vec<Finding> {
        let user = User::Query(query.name.to_string());
        let Some(written) = self.places.query(&query.name) else {
            return Vec::new();
        };
        let written = Written::new(written, self.places.sources);
        match self.ask(&user, &query.example, &written, None) {
            Ok(_) => Vec::new(),
            Err(finding) => vec![*finding],
        }
    }

    /// How many series `expr` yields now, or why none.
    fn ask(
        &self,
        user: &User,
        expr: &str,
        written: &Written<'_>,
        dashboard: Option<&Dashboard>,
    ) -> Result<usize, Box<Finding>> {
        let refused = |refusal| Box::new(refused(user.clone(), &refusal, Some(written.whole())));
        let series = self.prometheus.instant(expr).map_err(refused)?;
        if series.iter().any(Series::has_numbers) {
            return Ok(series.len());
        }
        let mut finding = Finding::new(
            user.clone(),
            Code::NoData,
            "its expression yields nothing",
            Some(written.whole()),
        );
        let Ok(sent) = Query::parse(expr) else {
            return Err(Box::new(finding));
        };
        if let Some(cause) = self.narrowing(&sent).explain().map_err(refused)? {
            let place = written.place(&sent, cause.part);
            let variable = match cause.part {
                Part::Matcher(_, label) if place.is_none() => dashboard.and_then(|dashboard| {
                    let mut variables = dashboard.variables.iter();
                    let own = variables.find(|own| own.label.as_deref() == Some(label))?;
                    let named = self.places.variable(&dashboard.key, &own.name)?;
                    Some((named.name.span, "this variable filters it".to_owned()))
                }),
                _ => None,
            };
            let metric = written.place(&sent, Part::Metric(cause.part.expr()));
            finding.take(cause, place.or(metric).or(Some(written.whole())), variable);
        }
        Err(Box::new(finding))
    }

    /// Asks all queries of a panel, with the choice that its dashboard opens
    /// with and with others.
    fn panel(&self, dashboard: &Dashboard, panel: &Panel, offered: &Offered) -> Vec<Finding> {
        let user = User::Panel(format!("{}/{}", dashboard.key, panel.key));
        let choices = sending::opening(dashboard, offered);
        let mut found = Vec::new();
        for (index, target) in panel.targets.iter().enumerate() {
            let named = target
                .query
                .as_deref()
                .and_then(|name| self.places.query(name));
            let own = || self.places.panel_expr(&dashboard.key, &panel.key, index);
            let Some(text) = named.or_else(own) else {
                continue;
            };
            let written = Written::new(text, self.places.sources);
            let scrape = target.interval.unwrap_or(self.model.scrape.interval);
            let timing = Timing::of(dashboard, panel, &choices, scrape);
            let Some(expr) = sending::fill(&target.expr, dashboard, &choices, timing) else {
                continue;
            };
            let most = sending::most_series(&panel.kind);
            let over_time =
                (!target.instant).then(|| self.prometheus.range(&expr, timing.range, timing.step));
            match (self.ask(&user, &expr, &written, Some(dashboard)), over_time) {
                (Ok(_), Some(Err(refusal))) => {
                    found.push(refused(user.clone(), &refusal, Some(written.whole())));
                }
                (Ok(now), over_time) => {
                    let count = over_time
                        .and_then(Result::ok)
                        .map_or(now, |series| series.len());
                    if count > most {
                        found.push(self.too_many(&user, dashboard, panel, count, most));
                    }
                    found.extend(self.other_choices(
                        &user, dashboard, panel, target, &written, &choices, offered,
                    ));
                }
                (Err(mut finding), over_time) => {
                    let earlier = over_time.is_some_and(|asked| {
                        asked.is_ok_and(|series| series.iter().any(Series::has_numbers))
                    });
                    if earlier {
                        finding
                            .notes
                            .push("the panel still shows earlier values".to_owned());
                    }
                    found.push(*finding);
                }
            }
        }
        found
    }

    fn too_many(
        &self,
        user: &User,
        dashboard: &Dashboard,
        panel: &Panel,
        count: usize,
        most: usize,
    ) -> Finding {
        let named = self.places.panel(&dashboard.key, &panel.key);
        let mut finding = Finding::new(
            user.clone(),
            Code::TooManySeries,
            format!(
                "it has {count} series, and more than {most} cannot be read in a panel of its kind"
            ),
            named.map(|named| named.name.span),
        );
        finding
            .help
            .push("aggregate them, or keep the first with `topk`".to_owned());
        finding
    }

    /// Asks with each value of each variable that the query uses.
    // What is asked, for whom, and with what are that many things.
    #[allow(clippy::too_many_arguments)]
    fn other_choices(
        &self,
        user: &User,
        dashboard: &Dashboard,
        panel: &Panel,
        target: &model::Target,
        written: &Written<'_>,
        opening: &Choices,
        offered: &Offered,
    ) -> Vec<Finding> {
        let Ok(query) = Query::parse(target.expr.as_str()) else {
            return Vec::new();
        };
        let used = query.variable_names();
        let mut found = Vec::new();
        for variable in dashboard
            .variables
            .iter()
            .filter(|own| used.contains(&*own.name))
        {
            let mut empty: Vec<(Arc<str>, Box<Finding>)> = Vec::new();
            let values = sending::values(variable, offered);
            let others = values
                .into_iter()
                .filter(|value| opening.get(&variable.name) != Some(&Choice::One(value.clone())));
            let sampled: Vec<_> = others.take(SAMPLED).collect();
            for value in &sampled {
                let mut choices = opening.clone();
                choices.insert(variable.name.clone(), Choice::One(value.clone()));
                let scrape = target.interval.unwrap_or(self.model.scrape.interval);
                let timing = Timing::of(dashboard, panel, &choices, scrape);
                let Some(expr) = sending::fill(&target.expr, dashboard, &choices, timing) else {
                    continue;
                };
                if let Err(finding) = self.ask(user, &expr, written, Some(dashboard)) {
                    empty.push((value.clone(), finding));
                }
            }
            let all = !sampled.is_empty() && empty.len() == sampled.len();
            found.extend(without_data(user, variable, empty, all));
        }
        found
    }
}

/// What to say about the values of a variable for which there is no data.
fn without_data(
    user: &User,
    variable: &Variable,
    empty: Vec<(Arc<str>, Box<Finding>)>,
    all: bool,
) -> Option<Finding> {
    let names: Vec<_> = empty.iter().map(|(value, _)| value.clone()).collect();
    let (_, mut finding) = empty.into_iter().next()?;
    let with = format!("with {} for `${}`", list(&names), variable.name);
    // A refusal is one for every value, and so is a window that is too short.
    let interval = matches!(variable.kind, VariableKind::Interval { .. });
    if all || interval || finding.code == Code::QueryFails {
        finding.notes.insert(0, format!("that is so {with}"));
        return Some(*finding);
    }
    let mut hint = Finding::new(
        user.clone(),
        Code::NoDataForValue,
        format!("{with}: {}", finding.reason),
        finding.span,
    );
    hint.label = std::mem::take(&mut finding.label);
    Some(hint)
}

/// Selector and label of `label_values(selector, label)`.
fn label_values(query: &str) -> Option<(&str, &str)> {
    let inside = query
        .trim()
        .strip_prefix("label_values(")?
        .strip_suffix(')')?;
    let (selector, label) = inside.rsplit_once(',')?;
    Some((selector.trim(), label.trim()))
}

fn refused(user: User, refusal: &Refusal, span: Option<Span>) -> Finding {
    match refusal {
        Refusal::Engine(reason) => Finding::new(
            user,
            Code::QueryFails,
            format!("Prometheus refuses its query: {reason}"),
            span,
        ),
        Refusal::Trouble(trouble) => Finding::new(
            user,
            Code::Unreachable,
            format!("Prometheus could not be asked: {trouble}"),
            span,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::label_values;

    #[test]
    fn variables_ask_for_values_of_a_label() {
        assert_eq!(
            label_values(r#"label_values(cost{agent=~"$agent", x="a,b"}, model)"#),
            Some((r#"cost{agent=~"$agent", x="a,b"}"#, "model"))
        );
        assert_eq!(label_values("metrics(.*)"), None);
    }
}
