//! Input series for `promtool test rules` that make a query yield a wanted
//! value.
//!
//! One series, or one family of buckets, stands for each selector. All but one
//! are given plain values, and that one is tuned until a simulation of
//! Prometheus yields the target. The simulation knows the arithmetic of
//! Prometheus 2, whose ranges include their left end, and of Prometheus 3,
//! whose ranges do not; only series on which both agree are returned.

mod histogram;
mod labels;
mod pattern;
mod plan;
mod range;
mod series;
mod simulate;
mod solve;
mod vector;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::ast::{DurationLit, DurationValue, Expr, ExprKind, Offset};
use super::catalog::Catalog;
use super::duration::PromDuration;
use super::newer::{Newer, Syntax};
use super::query::Query;
use plan::Plan;
use series::{Data, Detail};
use simulate::{Engine, Era};

/// Relative deviation from the target, and from one moment to another, that is
/// allowed for the sake of plain numbers.
const TOLERANCE: f64 = 1e-4;

/// The most intervals that it may take until every range is full.
const MAX_WARM_UP: i64 = 3_000;

/// The most samples of a series.
const MAX_SAMPLES: i64 = 100_000;

/// The most samples of all series: of a histogram, there is one a bucket.
const MAX_ALL_SAMPLES: i64 = 4_000_000;

/// The most samples that a search may look at, about a second's work: a
/// subquery in steps of milliseconds could take any time.
const MAX_WORK: u64 = 1 << 28;

/// What the series are made for.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// The time from one sample to the next, and from one evaluation to the
    /// next. The ranges in the query must hold two samples.
    pub interval: PromDuration,
    /// How long the value must hold, from [`Synthesis::settled_at`] on.
    pub hold: PromDuration,
    /// Whether the value should be foretold to its last bit, at the price of
    /// odd numbers in the series.
    pub exact: bool,
    /// The series that exist.
    pub catalog: &'a dyn Catalog,
    /// A value for a label.
    pub label_value: &'a dyn Fn(&str) -> String,
    /// The upper bounds of a histogram's buckets, less `+Inf`.
    pub buckets: &'a dyn Fn(&str) -> Option<Vec<f64>>,
}

/// A series and its samples, as promtool reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSeries {
    /// Name and labels: `up{job="node"}`.
    pub series: String,
    /// The samples: `0+30x40`.
    pub values: String,
}

/// Series that make a query yield a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthesis {
    /// The series.
    pub series: Vec<InputSeries>,
    /// What Prometheus computes from them.
    pub value: f64,
    /// Whether every version of Prometheus computes it to the last bit, from
    /// [`Synthesis::settled_at`] on.
    pub exact: bool,
    /// The labels of the one element of the result, without a metric name.
    pub labels: BTreeMap<String, String>,
    /// The first evaluation from which on the value holds, but for its last
    /// digits.
    pub ready_at: PromDuration,
    /// The first evaluation at which every range is full of samples, at
    /// [`Synthesis::ready_at`] or later.
    pub settled_at: PromDuration,
    /// What evaluations before that yield, where they yield something else
    /// than nothing.
    pub early: Vec<(PromDuration, f64)>,
}

/// Series on which `query`, which holds no variables, yields `target` to
/// within a ten-thousandth of it.
///
/// `None` if there are no such series or they are not found, and if it would
/// take thousands of intervals until the value holds.
pub fn synthesize(query: &Query, target: f64, conditions: &Conditions<'_>) -> Option<Synthesis> {
    synthesize_within(MAX_WORK, query, target, conditions)
}

fn synthesize_within(
    work: u64,
    query: &Query,
    target: f64,
    conditions: &Conditions<'_>,
) -> Option<Synthesis> {
    let interval = millis(conditions.interval)?;
    let simulated = |newer: &Newer| newer.syntax == Syntax::ComputedDuration;
    if interval == 0
        || !target.is_finite()
        || !query.variables().is_empty()
        || !query.newer().iter().all(simulated)
    {
        return None;
    }
    // Rounded up to whole intervals.
    let steps = |millis: i64| (millis - 1).div_euclid(interval) + 1;
    let settled = steps(reach(query.root())?);
    if settled > MAX_WARM_UP {
        return None;
    }
    let end = settled.checked_add(steps(millis(conditions.hold)?))?;
    if end > MAX_SAMPLES {
        return None;
    }
    let plan = Plan::new(query, conditions)?;
    let series: usize = plan.groups.iter().map(|group| group.members.len()).sum();
    if i64::try_from(series).ok()?.checked_mul(end)? > MAX_ALL_SAMPLES {
        return None;
    }
    let bench = Bench {
        root: query.root(),
        plan: &plan,
        target,
        interval,
        settled,
        end,
        work: Cell::new(work),
    };
    if conditions.exact
        && let Some(found) = bench.search(true)
    {
        return Some(found);
    }
    bench.search(false)
}

/// What a search works on; times are counted in intervals.
struct Bench<'q> {
    root: &'q Expr,
    plan: &'q Plan<'q>,
    target: f64,
    /// In milliseconds.
    interval: i64,
    /// When every range is filled.
    settled: i64,
    /// When the last sample is needed.
    end: i64,
    /// How many samples may still be looked at.
    work: Cell<u64>,
}

impl Bench<'_> {
    fn search(&self, exact: bool) -> Option<Synthesis> {
        for knob in 0..self.plan.groups.len() {
            let alone = self.plan.groups.len() == 1 && self.plan.groups[0].members.len() == 1;
            for detail in Detail::all(exact) {
                if alone && detail.only_scales() {
                    continue;
                }
                let mut data = self.plan.data(self.interval, self.settled, detail);
                let Some(setting) = self.solve(&mut data, knob) else {
                    continue;
                };
                for rounded in data.candidates(knob, setting) {
                    data.set_rounded(knob, rounded);
                    let near = self
                        .value(&data, Era::LeftClosed, self.settled)
                        .is_some_and(|value| self.agrees(value));
                    if !near {
                        continue;
                    }
                    if let Some(found) = self.verified(&data)
                        && (found.exact || !exact)
                    {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    /// The setting of a knob at which the target is reached.
    fn solve(&self, data: &mut Data<'_>, knob: usize) -> Option<f64> {
        let domain = data.domain(knob, self.target);
        let mut at = |setting: f64| {
            data.set(knob, setting);
            self.value(data, Era::LeftClosed, self.settled)
        };
        solve::solve(&mut at, self.target, &domain)
    }

    fn agrees(&self, value: f64) -> bool {
        (value - self.target).abs() <= TOLERANCE * self.target.abs()
    }

    /// The value of the only element of the result.
    fn value(&self, data: &Data<'_>, era: Era, step: i64) -> Option<f64> {
        match self.elements(data, era, step)?.as_slice() {
            [element] => Some(element.value),
            _ => None,
        }
    }

    fn elements<'d>(
        &'d self,
        data: &'d Data<'_>,
        era: Era,
        step: i64,
    ) -> Option<Vec<vector::Element<'d>>> {
        Engine::new(data, &self.plan.bindings, era, &self.work)
            .vector(self.root, step * self.interval)
    }

    /// The result, if it holds in both eras from some time on.
    fn verified(&self, data: &Data<'_>) -> Option<Synthesis> {
        let data = data.extended(self.end);
        let reference = self.elements(&data, Era::LeftClosed, self.settled)?;
        let [reference] = reference.as_slice() else {
            return None;
        };
        let held = |step| {
            let [closed, open] = [Era::LeftClosed, Era::LeftOpen].map(|era| {
                let elements = self.elements(&data, era, step)?;
                let [element] = elements.as_slice() else {
                    return None;
                };
                let same = element.labels == reference.labels && self.agrees(element.value);
                same.then_some(element.value)
            });
            Some([closed?, open?])
        };
        let mut exact = data.sums_exactly();
        let middle = i64::midpoint(self.settled, self.end);
        for step in [self.settled, self.settled + 1, middle, self.end] {
            if step <= self.end {
                exact &= held(step)? == [reference.value; 2];
            }
        }
        let mut ready = self.settled;
        while ready > 0 && held(ready - 1).is_some() {
            ready -= 1;
        }
        let mut early = Vec::new();
        for step in 0..ready {
            for era in [Era::LeftClosed, Era::LeftOpen] {
                let at = self.duration(step)?;
                for element in self.elements(&data, era, step)? {
                    if early.last() != Some(&(at, element.value)) {
                        early.push((at, element.value));
                    }
                }
            }
        }
        Some(Synthesis {
            series: data.input(self.end),
            value: reference.value,
            exact,
            labels: reference
                .labels
                .iter()
                .filter(|(name, _)| *name != "__name__")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ready_at: self.duration(ready)?,
            settled_at: self.duration(self.settled)?,
            early,
        })
    }

    fn duration(&self, step: i64) -> Option<PromDuration> {
        let millis = u64::try_from(step * self.interval).ok()?;
        Some(PromDuration::from_millis(millis))
    }
}

/// How far back the expression looks, in milliseconds.
fn reach(expr: &Expr) -> Option<i64> {
    let parts = |parts: &[&Expr]| {
        parts.iter().try_fold(0, |farthest: i64, part| {
            reach(part).map(|reach| farthest.max(reach))
        })
    };
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => Some(0),
        ExprKind::Variable(_) => None,
        ExprKind::Selector(selector) => {
            let window = match &selector.lookback {
                Some(lookback) => fixed(&lookback.duration)?,
                None => 0,
            };
            window.checked_add(shift(selector.offset.as_ref())?)
        }
        ExprKind::Subquery(subquery) => fixed(&subquery.lookback)?
            .checked_add(shift(subquery.offset.as_ref())?)?
            .checked_add(reach(&subquery.expr)?),
        ExprKind::Paren(inner) => reach(inner),
        ExprKind::Unary(unary) => reach(&unary.operand),
        ExprKind::Binary(binary) => parts(&[&binary.left, &binary.right]),
        ExprKind::Aggregate(aggregate) => reach(&aggregate.expr),
        ExprKind::Call(call) => parts(&call.args.iter().collect::<Vec<_>>()),
    }
}

/// How far an offset points into the past; none into the future is followed.
fn shift(offset: Option<&Offset>) -> Option<i64> {
    match offset {
        None => Some(0),
        Some(offset) if offset.negative => None,
        Some(offset) => fixed(&offset.duration),
    }
}

fn fixed(duration: &DurationLit) -> Option<i64> {
    match duration.value {
        DurationValue::Fixed(duration) => millis(duration),
        DurationValue::Variable => None,
    }
}

fn millis(duration: PromDuration) -> Option<i64> {
    i64::try_from(duration.as_millis()).ok()
}

#[cfg(test)]
mod tests;
