//! Evaluates an expression on synthetic series, with the arithmetic of
//! Prometheus.
//!
//! Everything that is not simulated, comparisons among it, yields `None`.

use std::cell::Cell;

use super::super::ast::{Aggregate, Binary, Call, Expr, ExprKind, Selector, Subquery};
use super::histogram;
use super::plan::Bindings;
use super::range::{self, Outcome, Window};
use super::series::{Data, Series};
use super::vector::{self, Element, Labels, Vector};
use super::{fixed, shift};

/// In milliseconds.
const LOOKBACK: i64 = super::super::duration::LOOKBACK.as_millis() as i64;

/// What it takes to evaluate an expression less its parts, in samples looked at.
const NODE: usize = 16;

/// A version of Prometheus, as far as it shows in results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// Prometheus 2: a range includes both its ends.
    LeftClosed,
    /// Prometheus 3: a range does not include its left end.
    LeftOpen,
}

/// Evaluates expressions on series.
pub(super) struct Engine<'d> {
    data: &'d Data<'d>,
    bindings: &'d Bindings<'d>,
    era: Era,
    work: &'d Cell<u64>,
}

enum Value<'d> {
    Scalar(f64),
    Vector(Vector<'d>),
}

impl<'d> Engine<'d> {
    /// An engine that stops, knowing nothing more, when `work` is used up.
    pub(super) fn new(
        data: &'d Data<'_>,
        bindings: &'d Bindings<'_>,
        era: Era,
        work: &'d Cell<u64>,
    ) -> Self {
        Self {
            data,
            bindings,
            era,
            work,
        }
    }

    fn spend(&self, samples: usize) -> Option<()> {
        let left = self.work.get().checked_sub(samples as u64);
        self.work.set(left.unwrap_or(0));
        left.map(drop)
    }

    /// The elements of the result at a time in milliseconds; `None` if it is a
    /// number, or not known.
    pub(super) fn vector(&self, expr: &'d Expr, time: i64) -> Option<Vector<'d>> {
        match self.value(expr, time)? {
            Value::Vector(vector) => Some(vector),
            Value::Scalar(_) => None,
        }
    }

    fn scalar(&self, expr: &'d Expr, time: i64) -> Option<f64> {
        match self.value(expr, time)? {
            Value::Scalar(value) => Some(value),
            Value::Vector(_) => None,
        }
    }

    fn value(&self, expr: &'d Expr, time: i64) -> Option<Value<'d>> {
        self.spend(NODE)?;
        match &expr.kind {
            ExprKind::Number(number) => Some(Value::Scalar(*number)),
            ExprKind::Selector(selector) => self.instant(selector, time).map(Value::Vector),
            ExprKind::Paren(inner) => self.value(inner, time),
            ExprKind::Unary(unary) => match self.value(&unary.operand, time)? {
                value if !unary.negative => Some(value),
                Value::Scalar(value) => Some(Value::Scalar(-value)),
                Value::Vector(vector) => {
                    vector::map(vector, |value| Some(-value)).map(Value::Vector)
                }
            },
            ExprKind::Binary(binary) => self.binary(binary, time),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, time).map(Value::Vector),
            ExprKind::Call(call) => self.call(call, time),
            ExprKind::String(_) | ExprKind::Variable(_) | ExprKind::Subquery(_) => None,
        }
    }

    fn binary(&self, binary: &'d Binary, time: i64) -> Option<Value<'d>> {
        let left = self.value(&binary.left, time)?;
        let right = self.value(&binary.right, time)?;
        let op = binary.op;
        Some(match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                Value::Scalar(vector::arithmetic(op, left, right)?)
            }
            (Value::Vector(left), Value::Scalar(right)) => {
                Value::Vector(vector::map(left, |left| {
                    vector::arithmetic(op, left, right)
                })?)
            }
            (Value::Scalar(left), Value::Vector(right)) => {
                Value::Vector(vector::map(right, |right| {
                    vector::arithmetic(op, left, right)
                })?)
            }
            (Value::Vector(left), Value::Vector(right)) => Value::Vector(if op.is_set() {
                vector::set(binary, left, right)
            } else {
                vector::join(binary, left, right)?
            }),
        })
    }

    fn aggregate(&self, aggregate: &'d Aggregate, time: i64) -> Option<Vector<'d>> {
        let parameter = match &aggregate.param {
            Some(parameter) => Some(self.scalar(parameter, time)?),
            None => None,
        };
        let vector = self.vector(&aggregate.expr, time)?;
        let grouping = aggregate.grouping.as_ref();
        vector::aggregate(aggregate.op, grouping, parameter, vector, self.era)
    }

    fn call(&self, call: &'d Call, time: i64) -> Option<Value<'d>> {
        let name = &*call.name.text;
        let seconds = time as f64 / 1000.0;
        match (name, call.args.as_slice()) {
            ("time", []) => Some(Value::Scalar(seconds)),
            ("pi", []) => Some(Value::Scalar(std::f64::consts::PI)),
            ("vector", [number]) => {
                let value = self.scalar(number, time)?;
                let labels = Labels::default();
                Some(Value::Vector(vec![Element { labels, value }]))
            }
            ("scalar", [vector]) => {
                let vector = self.vector(vector, time)?;
                Some(Value::Scalar(match vector.as_slice() {
                    [element] => element.value,
                    _ => f64::NAN,
                }))
            }
            ("sort" | "sort_desc", [vector]) => self.vector(vector, time).map(Value::Vector),
            ("histogram_quantile", [quantile, buckets]) => {
                let quantile = self.scalar(quantile, time)?;
                let buckets = self.vector(buckets, time)?;
                quantiles(quantile, buckets).map(Value::Vector)
            }
            ("quantile_over_time", [quantile, range]) => {
                let quantile = self.scalar(quantile, time)?;
                self.over_range(name, range, Some(quantile), time)
            }
            ("predict_linear", [range, ahead]) => {
                let ahead = self.scalar(ahead, time)?;
                self.over_range(name, range, Some(ahead), time)
            }
            (_, [range]) if is_range(range) => self.over_range(name, range, None, time),
            (_, [vector, numbers @ ..]) => {
                let vector = self.vector(vector, time)?;
                let mut parameters = Vec::with_capacity(numbers.len());
                for number in numbers {
                    parameters.push(self.scalar(number, time)?);
                }
                vector::map(vector, |value| apply(name, value, &parameters)).map(Value::Vector)
            }
            _ => None,
        }
    }

    fn selected(&self, selector: &Selector) -> impl Iterator<Item = &'d Series<'d>> {
        let data = self.data;
        let bound = self.bindings.of(selector).iter();
        bound.map(move |index| &data.series()[*index])
    }

    fn instant(&self, selector: &'d Selector, time: i64) -> Option<Vector<'d>> {
        if selector.is_range() {
            return None;
        }
        let time = time - shift(selector.offset.as_ref())?;
        let elements = self.selected(selector).filter_map(|series| {
            let (_, value) = self.points(series, time - LOOKBACK, time).next_back()?;
            Some(Element {
                labels: labels(series),
                value,
            })
        });
        Some(elements.collect())
    }

    /// The samples between two times; the era decides about the left one.
    fn points(
        &self,
        series: &Series<'_>,
        start: i64,
        end: i64,
    ) -> impl DoubleEndedIterator<Item = (i64, f64)> {
        let interval = self.data.interval();
        let index = |step: i64| usize::try_from(step).unwrap_or(0);
        let first = index(self.first_after(start, interval));
        let past = index(end.div_euclid(interval) + 1).min(series.samples.len());
        (first..past).map(move |step| (step as i64 * interval, series.samples[step]))
    }

    /// The first multiple of `step` in a range that begins at `start`.
    fn first_after(&self, start: i64, step: i64) -> i64 {
        match self.era {
            Era::LeftClosed => (start + step - 1).div_euclid(step),
            Era::LeftOpen => start.div_euclid(step) + 1,
        }
    }

    fn over_range(
        &self,
        function: &str,
        range: &'d Expr,
        parameter: Option<f64>,
        time: i64,
    ) -> Option<Value<'d>> {
        let windows = match &range.unwrapped().kind {
            ExprKind::Selector(selector) => self.windows(selector, time)?,
            ExprKind::Subquery(subquery) => self.subquery(subquery, time)?,
            _ => return None,
        };
        let mut vector = Vec::new();
        for (mut labels, window) in windows {
            let value = match range::apply(function, &window, parameter, self.era) {
                Outcome::Value(value) => value,
                Outcome::Nothing => continue,
                Outcome::Unknown => return None,
            };
            if function != "last_over_time" {
                labels.remove("__name__");
            }
            vector.push(Element { labels, value });
        }
        Some(Value::Vector(vector))
    }

    fn windows(&self, selector: &'d Selector, time: i64) -> Option<Vec<(Labels<'d>, Window)>> {
        let length = fixed(&selector.lookback.as_ref()?.duration)?;
        let end = time - shift(selector.offset.as_ref())?;
        let start = end - length;
        let windows = self.selected(selector).map(|series| {
            let points: Vec<_> = self.points(series, start, end).collect();
            self.spend(points.len())?;
            Some((labels(series), Window { start, end, points }))
        });
        windows.collect()
    }

    fn subquery(&self, subquery: &'d Subquery, time: i64) -> Option<Vec<(Labels<'d>, Window)>> {
        if subquery.at.is_some() {
            return None;
        }
        let length = fixed(&subquery.lookback)?;
        let step = match &subquery.step {
            Some(step) => fixed(step).filter(|step| *step > 0)?,
            None => self.data.interval(),
        };
        let end = time - shift(subquery.offset.as_ref())?;
        let start = end - length;
        let mut windows: Vec<(Labels<'d>, Window)> = Vec::new();
        let mut at = self.first_after(start, step) * step;
        while at <= end {
            for element in self.vector(&subquery.expr, at)? {
                let point = (at, element.value);
                match windows
                    .iter_mut()
                    .find(|(labels, _)| *labels == element.labels)
                {
                    Some((_, window)) => window.points.push(point),
                    None => windows.push((
                        element.labels,
                        Window {
                            start,
                            end,
                            points: vec![point],
                        },
                    )),
                }
            }
            at += step;
        }
        Some(windows)
    }
}

fn labels<'d>(series: &'d Series<'_>) -> Labels<'d> {
    let labels = series.labels.iter();
    Labels::from_sorted(labels.map(|(name, value)| (name.as_str(), value.as_str())))
}

fn is_range(expr: &Expr) -> bool {
    match &expr.unwrapped().kind {
        ExprKind::Selector(selector) => selector.is_range(),
        ExprKind::Subquery(_) => true,
        _ => false,
    }
}

/// The quantile of each histogram among the buckets.
fn quantiles(quantile: f64, buckets: Vector<'_>) -> Option<Vector<'_>> {
    let mut histograms: Vec<(Labels<'_>, Vec<(f64, f64)>)> = Vec::new();
    for mut bucket in buckets {
        bucket.labels.remove("__name__");
        let bound = bucket.labels.remove("le")?;
        let bound = if bound == "+Inf" {
            f64::INFINITY
        } else {
            bound.parse().ok()?
        };
        let count = (bound, bucket.value);
        match histograms
            .iter_mut()
            .find(|(labels, _)| *labels == bucket.labels)
        {
            Some((_, counts)) => counts.push(count),
            None => histograms.push((bucket.labels, vec![count])),
        }
    }
    let quantiles = histograms.into_iter().map(|(labels, counts)| Element {
        labels,
        value: histogram::quantile(quantile, counts),
    });
    Some(quantiles.collect())
}

/// Functions of one value.
fn apply(name: &str, value: f64, parameters: &[f64]) -> Option<f64> {
    Some(match (name, parameters) {
        ("abs", []) => value.abs(),
        ("ceil", []) => value.ceil(),
        ("floor", []) => value.floor(),
        ("exp", []) => value.exp(),
        ("ln", []) => value.ln(),
        ("log2", []) => value.log2(),
        ("log10", []) => value.log10(),
        ("sqrt", []) => value.sqrt(),
        ("sgn", []) if value == 0.0 => 0.0,
        ("sgn", []) => value.signum(),
        ("round", []) => (value + 0.5).floor(),
        ("round", [unit]) => {
            let inverse = 1.0 / unit;
            (value * inverse + 0.5).floor() / inverse
        }
        ("clamp_min", [least]) => value.max(*least),
        ("clamp_max", [most]) => value.min(*most),
        ("clamp", [least, most]) if least <= most => value.min(*most).max(*least),
        _ => return None,
    })
}
