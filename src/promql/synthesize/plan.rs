//! Which series a query needs: one, or one family of buckets, per selector.

use super::super::ast::{Expr, ExprKind, Selector};
use super::super::catalog::SeriesKind;
use super::super::function::SampleUse;
use super::super::number::bucket_label;
use super::super::query::Query;
use super::Conditions;
use super::labels::{SeriesLabels, add_label, selects};
use super::series::{Data, Detail};

/// The series behind a query.
pub(super) struct Plan<'q> {
    pub(super) groups: Vec<Group>,
    pub(super) bindings: Bindings<'q>,
}

/// Series that one knob moves.
pub(super) struct Group {
    pub(super) shape: Shape,
    /// Several for a histogram, one per bucket; else one.
    pub(super) members: Vec<SeriesLabels>,
}

/// How the samples of a group run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// They stay at the knob's setting.
    Constant,
    /// They grow by the knob's setting from one to the next; a counter's do
    /// not shrink.
    Linear { counter: bool },
    /// They are the time in seconds plus the knob's setting.
    Clock,
    /// Buckets with these bounds, whose quantile is the knob's setting.
    Histogram {
        bounds: Vec<f64>,
        quantile: f64,
        grows: bool,
    },
}

/// The series that each selector selects, by the selector's place in the text.
pub(super) struct Bindings<'q>(Vec<(&'q Selector, Vec<usize>)>);

impl Bindings<'_> {
    pub(super) fn of(&self, selector: &Selector) -> &[usize] {
        self.0
            .iter()
            .find(|(known, _)| known.range == selector.range)
            .map_or(&[], |(_, series)| series)
    }
}

/// A selector, and what the query does with it.
pub(super) struct Use<'q> {
    pub(super) selector: &'q Selector,
    pub(super) metric: &'q str,
    around: Around,
}

/// What stands around a selector.
#[derive(Clone, Copy, Default)]
struct Around {
    /// Its growth is used, not its value: a counter's or a gauge's.
    growth: Option<SampleUse>,
    /// A quantile is taken of it.
    quantile: Option<f64>,
}

impl<'q> Plan<'q> {
    pub(super) fn new(query: &'q Query, conditions: &Conditions<'_>) -> Option<Self> {
        let mut uses = Vec::new();
        collect(query.root(), Around::default(), &mut uses)?;
        let reads_clock = query.root().walk().any(is_time);
        let mentioned = mentioned_labels(query.root());
        let mut groups: Vec<Group> = Vec::new();
        for used in &uses {
            let series = conditions.catalog.metric(used.metric)?;
            if matches!(
                series.kind,
                SeriesKind::NativeHistogram | SeriesKind::HistogramBase
            ) {
                return None;
            }
            let mut labels = SeriesLabels::new();
            labels.insert("__name__".to_owned(), used.metric.to_owned());
            for label in &series.labels {
                let target = matches!(*label, "job" | "instance");
                let computed = *label == "le";
                if (target && !mentioned.contains(label)) || computed {
                    continue;
                }
                add_label(&mut labels, label, used, &uses, conditions)?;
            }
            for matcher in &used.selector.matchers {
                add_label(&mut labels, &matcher.name.text, used, &uses, conditions)?;
            }
            let shape = match used.around.quantile {
                Some(quantile) => {
                    let mut bounds = (conditions.buckets)(series.metric)?;
                    bounds.retain(|bound| bound.is_finite());
                    if bounds.is_empty() || !bounds.is_sorted_by(|a, b| a < b) {
                        return None;
                    }
                    Shape::Histogram {
                        bounds,
                        quantile,
                        grows: used.around.growth.is_some(),
                    }
                }
                None => match used.around.growth {
                    Some(growth) => Shape::Linear {
                        counter: growth == SampleUse::Counter,
                    },
                    None if reads_clock => Shape::Clock,
                    None => Shape::Constant,
                },
            };
            let members = shape.members(labels);
            match groups.iter().find(|group| group.members == members) {
                // The same series cannot run in two ways.
                Some(group) if group.shape != shape => return None,
                Some(_) => {}
                None => groups.push(Group { shape, members }),
            }
        }
        let series: Vec<&SeriesLabels> = groups.iter().flat_map(|group| &group.members).collect();
        let mut bindings = Vec::new();
        for used in &uses {
            let mut bound = Vec::new();
            for (index, labels) in series.iter().enumerate() {
                let named = labels
                    .get("__name__")
                    .is_some_and(|name| name == used.metric);
                if named && selects(&used.selector.matchers, labels)? {
                    bound.push(index);
                }
            }
            bindings.push((used.selector, bound));
        }
        Some(Self {
            groups,
            bindings: Bindings(bindings),
        })
    }

    /// The series, every knob at its default.
    pub(super) fn data(&self, interval: i64, steps: i64, detail: Detail) -> Data<'_> {
        Data::new(&self.groups, interval, steps, detail)
    }
}

impl Shape {
    fn members(&self, labels: SeriesLabels) -> Vec<SeriesLabels> {
        let Self::Histogram { bounds, .. } = self else {
            return vec![labels];
        };
        let bounds = bounds.iter().copied().map(bucket_label);
        bounds
            .chain([bucket_label(f64::INFINITY)])
            .map(|bound| {
                let mut labels = labels.clone();
                labels.insert("le".to_owned(), bound);
                labels
            })
            .collect()
    }
}

/// Gathers the selectors, in the order of the text.
fn collect<'q>(expr: &'q Expr, around: Around, uses: &mut Vec<Use<'q>>) -> Option<()> {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => {}
        ExprKind::Variable(_) => return None,
        ExprKind::Selector(selector) => {
            let templated = selector
                .matchers
                .iter()
                .any(|matcher| matcher.name.templated);
            if selector.at.is_some() || templated {
                return None;
            }
            uses.push(Use {
                selector,
                metric: selector.metric_name()?,
                around,
            });
        }
        ExprKind::Subquery(subquery) => collect(&subquery.expr, around, uses)?,
        ExprKind::Paren(inner) => collect(inner, around, uses)?,
        ExprKind::Unary(unary) => collect(&unary.operand, around, uses)?,
        ExprKind::Binary(binary) => {
            collect(&binary.left, around, uses)?;
            collect(&binary.right, around, uses)?;
        }
        ExprKind::Aggregate(aggregate) => collect(&aggregate.expr, around, uses)?,
        ExprKind::Call(call) => {
            let mut around = around;
            match &*call.name.text {
                "rate" | "increase" | "irate" => around.growth = Some(SampleUse::Counter),
                "delta" | "idelta" | "deriv" => around.growth = Some(SampleUse::Gauge),
                "histogram_quantile" => match call.args.first()?.unwrapped().kind {
                    ExprKind::Number(quantile) => around.quantile = Some(quantile),
                    _ => return None,
                },
                _ => {}
            }
            for argument in &call.args {
                collect(argument, around, uses)?;
            }
        }
    }
    Some(())
}

fn is_time(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(call) if &*call.name.text == "time")
}

/// The labels that the query names.
fn mentioned_labels(root: &Expr) -> Vec<&str> {
    let mut mentioned = Vec::new();
    for expr in root.walk() {
        match &expr.kind {
            ExprKind::Selector(selector) => {
                mentioned.extend(selector.matchers.iter().map(|matcher| &*matcher.name.text));
            }
            ExprKind::Aggregate(aggregate) => {
                let labels = aggregate
                    .grouping
                    .iter()
                    .flat_map(|grouping| &grouping.labels);
                mentioned.extend(labels.map(|label| &*label.text));
            }
            ExprKind::Binary(binary) => {
                let on = binary.matching.labels.iter().flat_map(|on| &on.labels);
                let joined = binary.matching.join.iter().flat_map(|join| &join.labels);
                mentioned.extend(on.chain(joined).map(|label| &*label.text));
            }
            _ => {}
        }
    }
    mentioned
}
