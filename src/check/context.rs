//! What rules look at: the model, and the specs for the places.

use crate::diagnostic::{Span, Spanned};
use crate::model::{Alert, Dashboard, Job, Known, Metric, Model, Panel, Record, RuleGroup, Target};
use crate::promql::{self, PromDuration, TextRange};
use crate::spec::shape::{self, Data, Specs};
use crate::spec::{Files, Named, locate};
use std::collections::HashMap;
use std::sync::Arc;

/// Everything that is known of a project.
pub(super) struct Context<'c> {
    pub(super) specs: &'c Specs,
    pub(super) model: &'c Model,
    files: &'c Files,
    series: HashMap<String, &'c Metric>,
    queries: HashMap<&'c str, &'c shape::Query>,
    dashboards: HashMap<&'c str, &'c Dashboard>,
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
    pub(super) spec: &'c shape::Dashboard,
    pub(super) panels: Vec<BoardPanel<'c>>,
}

/// A panel as written and as meant.
pub(super) struct BoardPanel<'c> {
    pub(super) spec: &'c shape::Panel,
    /// Its queries, in order.
    pub(super) asks: Vec<Ask<'c>>,
}

/// A query of a panel.
pub(super) struct Ask<'c> {
    /// The entry among several queries, if there are several.
    pub(super) entry: Option<&'c shape::PanelQuery>,
    /// The named query behind it, as written.
    pub(super) named: Option<&'c shape::Query>,
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
        Self {
            specs,
            model,
            files,
            series,
            queries: items(&specs.queries).collect(),
            dashboards: model
                .dashboards
                .iter()
                .map(|dashboard| (&*dashboard.key, dashboard))
                .collect(),
            alerts: model
                .alerts()
                .map(|(group, alert)| (&*alert.name, (group, alert)))
                .collect(),
            records: records.map(|record| (&*record.name, record)).collect(),
            jobs,
            common_interval,
        }
    }

    /// The metric that the series of this name belong to, if it is declared.
    pub(super) fn metric(&self, series: &str) -> Option<&'c Metric> {
        self.series.get(series).copied()
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

    /// All expressions, each where it is written.
    pub(super) fn expressions(&self) -> Vec<Expression<'c>> {
        let queries = items(&self.specs.queries).filter_map(|(name, spec)| {
            let query = &self.model.queries.get(name)?.expr;
            Some(Expression {
                text: &spec.expr,
                query,
            })
        });
        let alerts = items(&self.specs.alerts).filter_map(|(name, spec)| {
            let query = &self.alert(name)?.source;
            Some(Expression {
                text: spec.expr.as_ref()?,
                query,
            })
        });
        let records = items(&self.specs.records).filter_map(|(name, spec)| {
            let query = &self.record(name)?.source;
            Some(Expression {
                text: spec.expr.as_ref()?,
                query,
            })
        });
        let panels = items(&self.specs.dashboards).flat_map(|(key, spec)| {
            let panels = self.pairs(key, spec);
            panels.flat_map(|(spec, panel)| {
                let data = spec.data();
                data.into_iter()
                    .flat_map(|data| zip(data, &panel.targets))
                    .filter_map(|(written, target)| {
                        let text = written.expr()?;
                        Some(Expression {
                            text,
                            query: &target.source,
                        })
                    })
            })
        });
        queries.chain(alerts).chain(records).chain(panels).collect()
    }

    /// Where a part of an expression stands.
    pub(super) fn span(&self, expression: &Expression<'_>, range: TextRange) -> Span {
        locate(self.files.sources(), expression.text, range.bytes())
    }

    /// The panels of a dashboard as written and as meant.
    fn pairs(
        &self,
        key: &str,
        spec: &'c shape::Dashboard,
    ) -> impl Iterator<Item = (&'c shape::Panel, &'c Panel)> + use<'c> {
        let panels: HashMap<&str, &Panel> = self
            .dashboards
            .get(key)
            .into_iter()
            .flat_map(|dashboard| dashboard.all_panels())
            .map(|panel| (&*panel.key, panel))
            .collect();
        items(&spec.panels).filter_map(move |(key, spec)| Some((spec, *panels.get(key)?)))
    }
}

impl<'c> Board<'c> {
    pub(super) fn new(named: &'c Named<shape::Dashboard>, context: &Context<'c>) -> Option<Self> {
        let spec = named.item.as_ref()?;
        let panels = context
            .pairs(named.name.as_str(), spec)
            .map(|(spec, panel)| {
                let data = spec.data().into_iter();
                let asks = data.flat_map(|data| zip(data, &panel.targets)).filter_map(
                    |(written, target)| {
                        let named = match written.query() {
                            Some(name) => Some(*context.queries.get(name.as_str())?),
                            None => None,
                        };
                        let text = named.map(|named| &named.expr).or(written.expr())?;
                        Some(Ask {
                            entry: written.entry(),
                            named,
                            expression: Expression {
                                text,
                                query: &target.source,
                            },
                        })
                    },
                );
                BoardPanel {
                    spec,
                    asks: asks.collect(),
                }
            });
        Some(Self {
            spec,
            panels: panels.collect(),
        })
    }
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
