//! Specs as written to specs as meant: binds every name, converts every
//! quantity, lays out every panel, and reports all that does not fit.

mod alert;
mod catalog;
mod condition;
mod dashboard;
mod event;
mod expression;
mod layout;
mod legend;
mod panel;
mod query;
mod record;
mod route;
mod series;
mod settings;
mod threshold;
mod variable;

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned, nearest};
use crate::model::Model;
use crate::promql::{self, PromDuration};
use crate::spec::shape::Specs;
use crate::spec::{Files, Named};
use expression::Expressions;
use rayon::prelude::*;
use series::SeriesCatalog;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Findings after which all that a file defines is missing.
const UNREAD: [Code; 6] = [
    Code::Unreadable,
    Code::NotUtf8,
    Code::TooLarge,
    Code::Syntax,
    Code::TooDeep,
    Code::AliasBomb,
];

/// Findings that may only say that a file could not be read.
const UNBOUND: [Code; 12] = [
    Code::UnknownMetric,
    Code::UnknownQuery,
    Code::UnknownThreshold,
    Code::UnknownReceiver,
    Code::UnknownDashboard,
    Code::UnknownPanel,
    Code::UnknownJob,
    Code::UnknownGroup,
    Code::UnknownTimeInterval,
    Code::UnknownVariable,
    Code::VariableUnused,
    Code::Untested,
];

/// What the specs come to.
// There is one of it in a run.
#[allow(clippy::large_enum_variant)]
pub enum Bound {
    /// All of it, for nothing is wrong.
    Whole(Model),
    /// What is left without that which has an error: not to be rendered.
    Parts(Model),
}

/// Binds `specs` into a model. Everything that is wrong is reported; `None`
/// if any of it is an error, whoever found it.
pub fn resolve(specs: &Specs, files: &Files, sink: &mut Sink) -> Option<Model> {
    match bind(specs, files, sink) {
        Bound::Whole(model) => Some(model),
        Bound::Parts(_) => None,
    }
}

/// Binds as much of `specs` as can be. Everything that is wrong is reported.
pub fn bind(specs: &Specs, files: &Files, sink: &mut Sink) -> Bound {
    let unread = sink.iter().any(|found| UNREAD.contains(&found.code));
    let model = model(specs, files, sink);
    sink.settle();
    let failed = sink.has_errors();
    if unread {
        sink.forget(&UNBOUND);
    }
    match failed {
        true => Bound::Parts(model),
        false => Bound::Whole(model),
    }
}

/// The series that the specs declare and record, and those of Prometheus. What
/// is wrong with them is not reported again.
pub fn series(specs: &Specs, files: &Files) -> impl promql::Catalog + use<> {
    let mut sink = Sink::default();
    let scrape = settings::scrape(specs.scrape.as_ref(), &mut sink);
    let jobs = Jobs::new(specs, &scrape);
    let mut catalog = SeriesCatalog::new(&jobs);
    catalog::metrics(specs, &jobs, &mut catalog, &mut sink);
    catalog::external(specs, files, &jobs, &mut catalog, &mut sink);
    let thresholds = threshold::Thresholds::new(&specs.thresholds, &mut sink);
    let expressions = Expressions::new(files, &thresholds);
    let parsed = query::parse(&specs.queries, &expressions, &mut sink);
    let records = &specs.records;
    record::resolve(
        records,
        &parsed,
        &expressions,
        files,
        &mut catalog,
        &mut sink,
    );
    catalog
}

fn model(specs: &Specs, files: &Files, sink: &mut Sink) -> Model {
    let scrape = settings::scrape(specs.scrape.as_ref(), sink);
    let jobs = Jobs::new(specs, &scrape);
    let mut catalog = SeriesCatalog::new(&jobs);
    let metrics = catalog::metrics(specs, &jobs, &mut catalog, sink);
    let external = catalog::external(specs, files, &jobs, &mut catalog, sink);
    let labels = catalog::labels(specs, sink);

    let thresholds = threshold::Thresholds::new(&specs.thresholds, sink);
    let expressions = Expressions::new(files, &thresholds);
    let parsed = query::parse(&specs.queries, &expressions, sink);
    let records = record::resolve(
        &specs.records,
        &parsed,
        &expressions,
        files,
        &mut catalog,
        sink,
    );
    let context = Context {
        files,
        specs,
        queries: query::check(parsed, &thresholds, &catalog, files, sink),
        catalog: &catalog,
        thresholds: &thresholds,
        expressions: &expressions,
        grafana: settings::grafana(specs.grafana.as_ref(), sink),
        scrape: &scrape,
        metrics: &metrics,
        labels: &labels,
    };

    query::check_unfiltered(specs, sink);
    let ids = dashboard::panel_ids(&specs.dashboards, sink);
    let mut dashboards: Vec<_> = specs
        .dashboards
        .par_iter()
        .map(|named| {
            let mut sink = Sink::default();
            (dashboard::resolve(named, &context, &ids, &mut sink), sink)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|(dashboard, found)| {
            sink.absorb(found);
            dashboard
        })
        .collect();
    dashboards.sort_by(|a, b| a.key.cmp(&b.key));
    dashboard::check_unique(&dashboards, specs, sink);
    dashboard::check_files(specs, sink);

    let alerts = alert::resolve(&context, &dashboards, &ids, sink);
    let groups = alert::groups(&specs.rule_groups, records, alerts, sink);
    let alertmanager = specs
        .alertmanager
        .as_ref()
        .map(|spec| route::alertmanager(spec, sink));
    let stack = specs
        .stack
        .as_ref()
        .map(|spec| settings::stack::resolve(spec, sink));
    let events = event::events(specs, &metrics, &labels, sink);
    let emitters = event::emitters(specs, files, &metrics, sink);
    let queries = query::finish(&context, &dashboards, &groups);
    Model {
        thresholds: thresholds.finish(&queries),
        queries,
        external,
        dashboards,
        groups,
        grafana: context.grafana,
        scrape,
        metrics,
        labels,
        events,
        emitters,
        alertmanager,
        stack,
    }
}

/// What the resolution of dashboards and alerts looks things up in.
struct Context<'c> {
    files: &'c Files,
    specs: &'c Specs,
    catalog: &'c SeriesCatalog,
    thresholds: &'c threshold::Thresholds<'c>,
    expressions: &'c Expressions<'c>,
    queries: query::Queries<'c>,
    grafana: Option<crate::model::Grafana>,
    scrape: &'c crate::model::Scrape,
    metrics: &'c BTreeMap<Arc<str>, crate::model::Metric>,
    labels: &'c BTreeMap<Arc<str>, crate::model::Label>,
}

impl Context<'_> {
    /// The time between samples of the slowest series that the query reads, if
    /// it is longer than that of most.
    fn slow_interval(&self, query: &promql::Query) -> Option<PromDuration> {
        let usual = self.scrape.interval;
        // What is merged into a job may say something else.
        let jobs = self.scrape.jobs.iter().filter(|job| job.raw.is_none());
        let slow = jobs.filter_map(|job| Some((&job.name, job.interval?)));
        let mut slow = slow.filter(|(_, interval)| *interval > usual).peekable();
        slow.peek()?;
        let read: Vec<_> = query
            .selectors()
            .filter_map(|selector| self.catalog.job(selector.metric_name()?))
            .collect();
        slow.filter(|(job, _)| read.contains(job))
            .map(|(_, interval)| interval)
            .max()
    }
}

/// The scrape jobs, and which of them exposes a metric.
struct Jobs<'s> {
    names: HashMap<&'s str, Job<'s>>,
    only: Option<Arc<str>>,
}

/// A scrape job, and the labels that it gives its series.
struct Job<'s> {
    /// With their values, unless those are broken.
    labels: Vec<(&'s str, Option<&'s Arc<str>>)>,
    /// Whether nothing but its own configuration says what these labels hold.
    plain: bool,
}

impl Job<'_> {
    fn adds(&self, label: &str) -> bool {
        self.labels.iter().any(|(own, _)| *own == label)
    }
}

impl<'s> Jobs<'s> {
    fn new(specs: &'s Specs, scrape: &crate::model::Scrape) -> Self {
        let jobs = specs.scrape.iter().flat_map(|scrape| &scrape.jobs);
        let names = jobs
            .map(|job| {
                let labels = job.item.iter().flat_map(|item| &item.labels);
                let labels = labels.map(|label| {
                    let value = label.item.as_ref().map(|value| &value.value);
                    (label.name.as_str(), value)
                });
                let plain = job
                    .item
                    .as_ref()
                    .is_some_and(|item| item.raw.is_none() && item.honor_labels != Some(true));
                let labels = labels.collect();
                (job.name.as_str(), Job { labels, plain })
            })
            .collect();
        let only = match scrape.jobs.as_slice() {
            [job] => Some(job.name.clone()),
            _ => None,
        };
        Self { names, only }
    }

    /// The job that is named, or the only one there is; a wrong name is reported.
    fn find(&self, named: Option<&Spanned<Arc<str>>>, sink: &mut Sink) -> Option<Arc<str>> {
        let Some(named) = named else {
            return self.only.clone();
        };
        if self.names.contains_key(named.as_str()) {
            return Some(named.value.clone());
        }
        sink.push(unknown(
            Code::UnknownJob,
            "scrape job",
            named,
            self.names.keys().copied(),
        ));
        None
    }

    /// Labels that the configuration of any job adds, sorted.
    fn all_labels(&self) -> BTreeSet<&'s str> {
        let all = self.names.values().flat_map(|job| &job.labels);
        all.map(|(label, _)| *label).collect()
    }

    /// Whether every job adds the label.
    fn all_have(&self, label: &str) -> bool {
        self.names.values().all(|job| job.adds(label))
    }

    fn get(&self, job: Option<&Arc<str>>) -> Option<&Job<'s>> {
        self.names.get(&**job?)
    }

    /// Labels that the job's own configuration adds to its series; those of
    /// all jobs, sorted, if the job is not known.
    fn labels(&self, job: Option<&Arc<str>>) -> Vec<Arc<str>> {
        if job.is_none() {
            return self.all_labels().into_iter().map(Arc::from).collect();
        }
        let labels = self.get(job).into_iter().flat_map(|job| &job.labels);
        labels.map(|(label, _)| Arc::from(*label)).collect()
    }

    /// Those of `labels` that not all series may have, unless they are the
    /// series' `own`: which job they are of may not be known.
    fn optional(&self, job: Option<&Arc<str>>, own: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut labels = match job {
            Some(_) => Vec::new(),
            None => self.labels(None),
        };
        labels.retain(|label| !self.all_have(label) && !own.contains(label));
        labels
    }

    /// What the job's own configuration says that labels hold on all its
    /// series, but for labels that the series have themselves.
    fn fixed(&self, job: Option<&Arc<str>>, own: &[Arc<str>]) -> Vec<(Arc<str>, Arc<str>)> {
        let (Some(name), Some(job)) = (job, self.get(job).filter(|job| job.plain)) else {
            return Vec::new();
        };
        let added = job.labels.iter();
        let added = added.filter_map(|(label, value)| Some((*label, (*value)?)));
        let all = [("job", name)]
            .into_iter()
            .filter(|(label, _)| !job.adds(label))
            .chain(added);
        all.filter(|(label, value)| !value.is_empty() && own.iter().all(|own| &**own != *label))
            .map(|(label, value)| (Arc::from(label), value.clone()))
            .collect()
    }
}

/// "there is no X called Y", with the nearest name as the label.
fn unknown<'n>(
    code: Code,
    what: &str,
    name: &Spanned<Arc<str>>,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(code, format!("there is no {what} called `{name}`"));
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_unstable();
    match nearest(name.as_str(), known.iter().copied()) {
        Some(near) => diagnostic.at(name.span, format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.at(name.span, "none is defined"),
        None => {
            let list: Vec<_> = known
                .iter()
                .take(12)
                .map(|name| format!("`{name}`"))
                .collect();
            let more = if known.len() > 12 { ", …" } else { "" };
            let verb = if known.len() == 1 { "is" } else { "are" };
            diagnostic
                .at(name.span, "not defined")
                .help(format!("there {verb} {}{more}", list.join(", ")))
        }
    }
}

/// Two keys exclude each other, and both are given (`given`) or neither is.
fn not_exactly_one(given: bool, message: impl Into<String>, at: Span) -> Diagnostic {
    let code = if given {
        Code::ConflictingKeys
    } else {
        Code::MissingKey
    };
    Diagnostic::new(code, message).at(at, "exactly one of them")
}

/// Names stand in files that others read, where none may be empty.
fn check_named(what: &str, name: &Spanned<Arc<str>>, sink: &mut Sink) {
    if name.as_str().trim().is_empty() {
        sink.push(
            Diagnostic::new(Code::InvalidName, format!("{what} needs a name"))
                .at(name.span, "empty"),
        );
    }
}

/// The item called `name`: `Err` if there is none, `Ok(None)` if it is broken.
fn find<'s, T>(items: &'s [Named<T>], name: &str) -> Result<Option<&'s T>, ()> {
    items
        .iter()
        .find(|named| named.name.as_str() == name)
        .map(|named| named.item.as_ref())
        .ok_or(())
}

fn names<T>(items: &[Named<T>]) -> impl Iterator<Item = &str> {
    items.iter().map(|named| named.name.as_str())
}

/// The values of named texts, sorted by name.
fn texts(items: &[Named<Spanned<Arc<str>>>]) -> BTreeMap<Arc<str>, Arc<str>> {
    items
        .iter()
        .filter_map(|named| Some((named.name.value.clone(), named.item.as_ref()?.value.clone())))
        .collect()
}

/// Where a key's value stands, if it is given.
fn place<T>(key: &Option<Spanned<T>>) -> Option<Span> {
    key.as_ref().map(|given| given.span)
}

/// The value without its place.
fn value<T: Clone>(spanned: Option<&Spanned<T>>) -> Option<T> {
    spanned.map(|spanned| spanned.value.clone())
}

fn values<T: Clone>(spanned: &[Spanned<T>]) -> Vec<T> {
    spanned
        .iter()
        .map(|spanned| spanned.value.clone())
        .collect()
}
