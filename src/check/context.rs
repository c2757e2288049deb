//! What rules look at: the model, and the specs for the places.

use crate::diagnostic::{Span, Spanned};
use crate::model::{Alert, Dashboard, Job, Known, Metric, Model, Panel, Record, RuleGroup, Target};
use crate::promql::{self, PromDuration, SeriesKind, TextRange};
use crate::spec::shape::{self, Data, MetricType, Specs};
use crate::spec::{Files, Named, locate};
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Everything that is known of a project.
pub(super) struct Context<'c> {
    pub(super) specs: &'c Specs,
    pub(super) model: &'c Model,
    files: &'c Files,
    series: HashMap<String, &'c Metric>,
    declared: HashMap<&'c str, (&'c Spanned<Arc<str>>, &'c shape::Metric)>,
    queries: HashMap<&'c str, &'c shape::Query>,
    dashboards: HashMap<&'c str, &'c Dashboard>,
    /// Expressions that are written outside dashboards.
    pub(super) shared: Vec<Expression<'c>>,
    alerts: HashMap<&'c str, (&'c RuleGroup, &'c Alert)>,
    records: HashMap<&'c str, &'c Record>,
    jobs: HashMap<&'c str, &'c Job>,
    /// The interval of all jobs, if they have one in common.
    common_interval: Option<PromDuration>,
}

/// An expression in the specs.
#[derive(Clone, Copy)]
pub(super) struct Expression<'c> {
    /// Its text, and where it stands.
    pub(super) text: &'c Spanned<Arc<str>>,
    /// The text, parsed.
    pub(super) query: &'c promql::Query,
}

/// An alert as written and as meant.
#[derive(Clone, Copy)]
pub(super) struct AlertRule<'c> {
    pub(super) name: &'c Spanned<Arc<str>>,
    pub(super) spec: &'c shape::Alert,
    pub(super) alert: &'c Alert,
    pub(super) group: &'c RuleGroup,
}

/// A dashboard as written and as meant.
pub(super) struct Board<'c> {
    pub(super) name: &'c Spanned<Arc<str>>,
    pub(super) spec: &'c shape::Dashboard,
    pub(super) model: &'c Dashboard,
    pub(super) panels: Vec<BoardPanel<'c>>,
}

/// A panel as written and as meant.
pub(super) struct BoardPanel<'c> {
    pub(super) name: &'c Spanned<Arc<str>>,
    pub(super) spec: &'c shape::Panel,
    pub(super) model: &'c Panel,
    /// Its queries, in order.
    pub(super) asks: Vec<Ask<'c>>,
}

/// A query of a panel.
pub(super) struct Ask<'c> {
    /// The entry among several queries, if there are several.
    pub(super) entry: Option<&'c shape::PanelQuery>,
    /// The named query behind it, as written.
    pub(super) named: Option<&'c shape::Query>,
    /// Where the panel names the query or writes the expression.
    pub(super) at: Span,
    /// What became of it.
    pub(super) target: &'c Target,
    /// Its expression, which is the named query's if there is one.
    pub(super) expression: Expression<'c>,
}

impl<'c> Context<'c> {
    pub(super) fn new(specs: &'c Specs, model: &'c Model, files: &'c Files) -> Self {
        let own = model.metrics.values();
        let foreign = model.external.values().flat_map(|own| own.metrics.values());
        let mut series = HashMap::new();
        for metric in own.chain(foreign) {
            series.extend(metric.series().map(|name| (name, metric)));
        }
        let jobs: HashMap<_, _> = model
            .scrape
            .jobs
            .iter()
            .map(|job| (&*job.name, job))
            .collect();
        let mut intervals = model
            .scrape
            .jobs
            .iter()
            .map(|job| job.interval.unwrap_or(model.scrape.interval));
        let first = intervals.next();
        let records = model.groups.iter().flat_map(|group| &group.records);
        let common_interval = first.filter(|first| intervals.all(|other| other == *first));
        let queries: HashMap<_, _> = items(&specs.queries).collect();
        let alerts: HashMap<_, _> = model
            .alerts()
            .map(|(group, alert)| (&*alert.name, (group, alert)))
            .collect();
        let records: HashMap<_, _> = records.map(|record| (&*record.name, record)).collect();
        let dashboards: HashMap<_, _> = model
            .dashboards
            .iter()
            .map(|dashboard| (&*dashboard.key, dashboard))
            .collect();
        Self {
            dashboards,
            shared: shared(specs, model, &alerts, &records),
            specs,
            model,
            files,
            series,
            declared: specs
                .metrics
                .iter()
                .filter_map(|named| {
                    Some((named.name.as_str(), (&named.name, named.item.as_ref()?)))
                })
                .collect(),
            queries,
            alerts,
            records,
            jobs,
            common_interval,
        }
    }

    /// A metric of the user's own services, as written, by the name of one of its series.
    pub(super) fn declared(
        &self,
        series: &str,
    ) -> Option<(&'c Spanned<Arc<str>>, &'c shape::Metric)> {
        self.declared.get(&*self.metric(series)?.name).copied()
    }

    /// Where a part of a text stands.
    pub(super) fn place(&self, text: &Spanned<Arc<str>>, range: Range<usize>) -> Span {
        locate(self.files.sources(), text, range)
    }

    /// The metric that the series of this name belong to, if it is declared.
    pub(super) fn metric(&self, series: &str) -> Option<&'c Metric> {
        self.series.get(series).copied()
    }

    /// The names of all series of declared metrics.
    pub(super) fn series(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(String::as_str)
    }

    /// What the samples of a declared series are, where that bounds them.
    pub(super) fn kind(&self, series: &str) -> Option<SeriesKind> {
        let metric = self.metric(series)?;
        let suffix = series.strip_prefix(&*metric.name)?;
        Some(match (metric.kind, suffix) {
            (MetricType::Counter, _) => SeriesKind::Counter,
            (MetricType::Histogram, "_bucket") => SeriesKind::HistogramBucket,
            (MetricType::Histogram, "_count") => SeriesKind::HistogramCount,
            (MetricType::Summary, "_count") => SeriesKind::SummaryCount,
            _ => return None,
        })
    }

    /// The named query, as written.
    pub(super) fn query(&self, name: &str) -> Option<&'c shape::Query> {
        self.queries.get(name).copied()
    }

    /// The alert of that name.
    pub(super) fn alert(&self, name: &str) -> Option<&'c Alert> {
        self.alerts.get(name).map(|(_, alert)| *alert)
    }

    /// All alerts, in the order of the specs.
    pub(super) fn alert_rules(&self) -> impl Iterator<Item = AlertRule<'c>> {
        self.specs.alerts.iter().filter_map(|named| {
            let (group, alert) = *self.alerts.get(named.name.as_str())?;
            Some(AlertRule {
                name: &named.name,
                spec: named.item.as_ref()?,
                alert,
                group,
            })
        })
    }

    /// What is known of the labels with which an alert comes to Alertmanager.
    pub(super) fn alert_label(&self, alert: &'c Alert) -> impl Fn(&str) -> Known {
        let external = &self.model.scrape.external_labels;
        move |label| alert.label(label, external)
    }

    /// The time between evaluations of a group.
    pub(super) fn evaluation_interval(&self, group: &RuleGroup) -> PromDuration {
        let usual = self.model.scrape.evaluation_interval;
        group.interval.unwrap_or(usual)
    }

    /// The scrape job of that name.
    pub(super) fn job(&self, name: &str) -> Option<&'c Job> {
        self.jobs.get(name).copied()
    }

    /// The recording rule of that name.
    pub(super) fn record(&self, name: &str) -> Option<&'c Record> {
        self.records.get(name).copied()
    }

    /// The time between the samples of a series; `None` if it is not known.
    pub(super) fn interval(&self, series: &str) -> Option<PromDuration> {
        if self.records.contains_key(series) {
            return None;
        }
        let job = self.metric(series).and_then(|metric| metric.job.as_deref());
        match job.and_then(|job| self.jobs.get(job)) {
            // What is merged into a job may say something else.
            Some(job)
                if job
                    .raw
                    .as_ref()
                    .is_some_and(|raw| raw.get("scrape_interval").is_some()) =>
            {
                None
            }
            Some(job) => Some(job.interval.unwrap_or(self.model.scrape.interval)),
            None => self.common_interval,
        }
    }

    /// All dashboards, each as long as it is looked at.
    pub(super) fn boards(&self) -> impl ParallelIterator<Item = Board<'c>> {
        self.specs.dashboards.par_iter().filter_map(|named| {
            let model = self.dashboards.get(named.name.as_str())?;
            Board::new(named, model, &self.queries)
        })
    }

    /// All that anything asks of Prometheus, wherever it is written.
    pub(super) fn asked(&self) -> impl Iterator<Item = &'c promql::Query> {
        let shared = self.shared.iter().map(|expression| expression.query);
        let panels = self.model.dashboards.iter().flat_map(Dashboard::all_panels);
        let targets = panels.flat_map(|panel| &panel.targets);
        shared.chain(targets.map(|target| &*target.source))
    }

    /// Where a part of an expression stands.
    pub(super) fn span(&self, expression: &Expression<'_>, range: TextRange) -> Span {
        locate(self.files.sources(), expression.text, range.bytes())
    }
}

impl<'c> Board<'c> {
    fn new(
        named: &'c Named<shape::Dashboard>,
        model: &'c Dashboard,
        queries: &HashMap<&str, &'c shape::Query>,
    ) -> Option<Self> {
        let spec = named.item.as_ref()?;
        let mut panels: HashMap<&str, &Panel> = HashMap::with_capacity(spec.panels.len());
        panels.extend(model.all_panels().map(|panel| (&*panel.key, panel)));
        let panels = spec.panels.iter().filter_map(|named| {
            let spec = named.item.as_ref()?;
            let model = *panels.get(named.name.as_str())?;
            let data = spec.data().into_iter();
            let asks = data
                // Where some did not bind, it is not known which are left.
                .filter(|data| data.queries.len().max(1) == model.targets.len())
                .flat_map(|data| zip(data, &model.targets))
                .filter_map(|(written, target)| Ask::new(&written, target, queries))
                .collect();
            Some(BoardPanel {
                name: &named.name,
                spec,
                model,
                asks,
            })
        });
        Some(Self {
            name: &named.name,
            spec,
            model,
            panels: panels.collect(),
        })
    }

    /// The expressions that its panels write themselves.
    pub(super) fn expressions(&self) -> impl Iterator<Item = Expression<'c>> {
        let asks = self.panels.iter().flat_map(|panel| &panel.asks);
        asks.filter(|ask| ask.named.is_none())
            .map(|ask| ask.expression)
    }
}

impl<'c> Ask<'c> {
    fn new(
        written: &Written<'c>,
        target: &'c Target,
        queries: &HashMap<&str, &'c shape::Query>,
    ) -> Option<Self> {
        let (named, text, at) = match (written.query(), written.expr()) {
            (Some(name), _) => {
                let named = *queries.get(name.as_str())?;
                (Some(named), &named.expr, name.span)
            }
            (None, expr) => (None, expr?, expr?.span),
        };
        Some(Self {
            entry: written.entry(),
            named,
            at,
            target,
            expression: Expression {
                text,
                query: &target.source,
            },
        })
    }
}

/// The expressions of named queries, and those that rules write themselves.
fn shared<'c>(
    specs: &'c Specs,
    model: &'c Model,
    alerts: &HashMap<&str, (&'c RuleGroup, &'c Alert)>,
    records: &HashMap<&str, &'c Record>,
) -> Vec<Expression<'c>> {
    let of_queries = items(&specs.queries).filter_map(|(name, spec)| {
        let query = &model.queries.get(name)?.expr;
        Some(Expression {
            text: &spec.expr,
            query,
        })
    });
    let of_alerts = items(&specs.alerts).filter_map(|(name, spec)| {
        let query = &alerts.get(name)?.1.source;
        Some(Expression {
            text: spec.expr.as_ref()?,
            query,
        })
    });
    let of_records = items(&specs.records).filter_map(|(name, spec)| {
        let query = &records.get(name)?.source;
        Some(Expression {
            text: spec.expr.as_ref()?,
            query,
        })
    });
    of_queries.chain(of_alerts).chain(of_records).collect()
}

/// A query of a panel as written: the only one, or one of several.
enum Written<'c> {
    Only(&'c Data),
    One(&'c shape::PanelQuery),
}

impl<'c> Written<'c> {
    fn query(&self) -> Option<&'c Spanned<Arc<str>>> {
        match self {
            Self::Only(data) => data.query.as_ref(),
            Self::One(query) => query.query.as_ref(),
        }
    }

    fn expr(&self) -> Option<&'c Spanned<Arc<str>>> {
        match self {
            Self::Only(data) => data.expr.as_ref(),
            Self::One(query) => query.expr.as_ref(),
        }
    }

    fn entry(&self) -> Option<&'c shape::PanelQuery> {
        match self {
            Self::Only(_) => None,
            Self::One(query) => Some(query),
        }
    }
}

/// The queries of a panel with what became of each, which is in the same order.
fn zip<'c>(
    data: &'c Data,
    targets: &'c [Target],
) -> impl Iterator<Item = (Written<'c>, &'c Target)> {
    let only = data.queries.is_empty().then_some(Written::Only(data));
    only.into_iter()
        .chain(data.queries.iter().map(Written::One))
        .zip(targets)
}

/// Items by name, without those that are broken.
pub(super) fn items<T>(named: &[Named<T>]) -> impl Iterator<Item = (&str, &T)> {
    named
        .iter()
        .filter_map(|named| Some((named.name.as_str(), named.item.as_ref()?)))
}
