//! Counters, gauges and histograms: families, and handles to one series.

use std::fmt;
use std::sync::Arc;

use super::cell::{CounterCell, GaugeCell, HistogramCell};
use super::family::{Cell, Family, Series};
use super::text::{bound, integer, number};

/// One series of a [`CounterFamily`].
#[derive(Clone)]
pub struct Counter {
    series: Arc<Series<CounterCell>>,
}

impl Counter {
    pub(crate) fn of<const N: usize>(family: &Family<CounterCell, N>, values: &[&str; N]) -> Self {
        family.with(values, |series| Self {
            series: Arc::clone(series),
        })
    }

    /// Adds one.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `amount`.
    #[inline]
    pub fn add(&self, amount: u64) {
        self.series.cell.add(amount);
    }

    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.series.cell.get()
    }
}

/// One series of a [`GaugeFamily`].
#[derive(Clone)]
pub struct Gauge {
    series: Arc<Series<GaugeCell>>,
    dropped: Counter,
}

impl Gauge {
    /// Adds one.
    #[inline]
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Takes one away.
    #[inline]
    pub fn dec(&self) {
        self.add(-1.0);
    }

    /// Adds `delta`, which may be negative. Dropped if it, or the result, is
    /// not finite.
    #[inline]
    pub fn add(&self, delta: f64) {
        if !self.series.cell.add(delta) {
            self.dropped.inc();
        }
    }

    /// Replaces the value. Dropped if `value` is not finite.
    #[inline]
    pub fn set(&self, value: f64) {
        if value.is_finite() {
            self.series.cell.set(value);
        } else {
            self.dropped.inc();
        }
    }

    /// The value now.
    #[must_use]
    pub fn get(&self) -> f64 {
        self.series.cell.get()
    }
}

/// One series of a [`HistogramFamily`].
#[derive(Clone)]
pub struct Histogram {
    series: Arc<Series<HistogramCell>>,
    bounds: Arc<[f64]>,
    dropped: Counter,
}

impl Histogram {
    /// Records `value` in its bucket. Dropped if it is negative or not
    /// finite, or if the sum would not be finite any more.
    #[inline]
    pub fn observe(&self, value: f64) {
        if !(is_observable(value) && self.series.cell.observe(bucket(&self.bounds, value), value)) {
            self.dropped.inc();
        }
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.series.cell.counts().fold(0, u64::wrapping_add)
    }

    /// The sum of the values recorded.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.series.cell.sum()
    }
}

#[inline]
fn is_observable(value: f64) -> bool {
    (0.0..f64::INFINITY).contains(&value)
}

/// The place of the first bucket that takes `value`: how many bounds are
/// below it. Without a branch on the data, since that could not be predicted.
#[inline]
fn bucket(bounds: &[f64], value: f64) -> usize {
    bounds.iter().map(|&bound| usize::from(value > bound)).sum()
}

/// A counter with `N` labels.
#[derive(Clone)]
pub struct CounterFamily<const N: usize> {
    family: Arc<Family<CounterCell, N>>,
}

impl<const N: usize> CounterFamily<N> {
    pub(crate) fn new(family: Arc<Family<CounterCell, N>>) -> Self {
        Self { family }
    }

    /// Adds one to the series with these label values.
    #[inline]
    pub fn inc(&self, values: [&str; N]) {
        self.add(values, 1);
    }

    /// Adds `amount` to the series with these label values.
    #[inline]
    pub fn add(&self, values: [&str; N], amount: u64) {
        self.family.with(&values, |series| series.cell.add(amount));
    }

    /// A handle to the series with these label values, which from now on is
    /// exposed.
    #[must_use]
    pub fn with(&self, values: [&str; N]) -> Counter {
        Counter::of(&self.family, &values)
    }
}

/// A gauge with `N` labels.
#[derive(Clone)]
pub struct GaugeFamily<const N: usize> {
    family: Arc<Family<GaugeCell, N>>,
    dropped: Counter,
}

impl<const N: usize> GaugeFamily<N> {
    pub(crate) fn new(family: Arc<Family<GaugeCell, N>>, dropped: Counter) -> Self {
        Self { family, dropped }
    }

    /// Adds one to the series with these label values.
    #[inline]
    pub fn inc(&self, values: [&str; N]) {
        self.add(values, 1.0);
    }

    /// Takes one from the series with these label values.
    #[inline]
    pub fn dec(&self, values: [&str; N]) {
        self.add(values, -1.0);
    }

    /// Adds `delta`, which may be negative, to the series with these label
    /// values. Dropped if it, or the result, is not finite.
    #[inline]
    pub fn add(&self, values: [&str; N], delta: f64) {
        if !(delta.is_finite() && self.family.with(&values, |series| series.cell.add(delta))) {
            self.dropped.inc();
        }
    }

    /// Replaces the value of the series with these label values. Dropped if
    /// `value` is not finite.
    #[inline]
    pub fn set(&self, values: [&str; N], value: f64) {
        if value.is_finite() {
            self.family.with(&values, |series| series.cell.set(value));
        } else {
            self.dropped.inc();
        }
    }

    /// Replaces the value of every series that there is. One that another
    /// thread adds at the same time may keep its own. Dropped if `value` is
    /// not finite.
    pub fn set_all(&self, value: f64) {
        if value.is_finite() {
            self.family.each(|series| series.cell.set(value));
        } else {
            self.dropped.inc();
        }
    }

    /// A handle to the series with these label values, which from now on is
    /// exposed.
    #[must_use]
    pub fn with(&self, values: [&str; N]) -> Gauge {
        self.family.with(&values, |series| Gauge {
            series: Arc::clone(series),
            dropped: self.dropped.clone(),
        })
    }
}

/// A histogram with `N` labels.
#[derive(Clone)]
pub struct HistogramFamily<const N: usize> {
    family: Arc<Family<HistogramCell, N>>,
    dropped: Counter,
}

impl<const N: usize> HistogramFamily<N> {
    pub(crate) fn new(family: Arc<Family<HistogramCell, N>>, dropped: Counter) -> Self {
        Self { family, dropped }
    }

    /// Records `value` in the series with these label values. Dropped if it
    /// is negative or not finite, or if the sum would not be finite any more.
    #[inline]
    pub fn observe(&self, values: [&str; N], value: f64) {
        let recorded = is_observable(value) && {
            let bucket = bucket(&self.family.layout.bounds, value);
            self.family
                .with(&values, |series| series.cell.observe(bucket, value))
        };
        if !recorded {
            self.dropped.inc();
        }
    }

    /// A handle to the series with these label values, which from now on is
    /// exposed.
    #[must_use]
    pub fn with(&self, values: [&str; N]) -> Histogram {
        self.family.with(&values, |series| Histogram {
            series: Arc::clone(series),
            bounds: Arc::clone(&self.family.layout.bounds),
            dropped: self.dropped.clone(),
        })
    }
}

/// The text around the labels of a line that holds one number.
pub(crate) struct Line {
    before: Box<str>,
    after: &'static str,
}

impl Line {
    pub(crate) fn new(name: &str, labelled: bool) -> Self {
        let (open, after) = if labelled { ("{", "} ") } else { ("", " ") };
        Self {
            before: format!("{name}{open}").into(),
            after,
        }
    }

    #[inline]
    fn start(&self, labels: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.before.as_bytes());
        out.extend_from_slice(labels.as_bytes());
        out.extend_from_slice(self.after.as_bytes());
    }
}

impl Cell for CounterCell {
    type Layout = Line;

    fn new(_: &Line) -> Self {
        Self::new()
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.get()
    }

    #[inline]
    fn write(&self, line: &Line, labels: &str, out: &mut Vec<u8>) {
        line.start(labels, out);
        integer(out, self.get());
        out.push(b'\n');
    }
}

impl Cell for GaugeCell {
    type Layout = Line;

    fn new(_: &Line) -> Self {
        Self::new()
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.get().to_bits()
    }

    #[inline]
    fn write(&self, line: &Line, labels: &str, out: &mut Vec<u8>) {
        line.start(labels, out);
        number(out, self.get());
        out.push(b'\n');
    }
}

/// The bounds of a histogram, and the text around the labels of its lines.
pub(crate) struct HistogramLayout {
    /// The upper bound of each bucket but the last, which has none.
    pub(crate) bounds: Arc<[f64]>,
    /// What stands before the labels of a bucket.
    before: Box<str>,
    /// What stands between the labels and the bound.
    le: &'static str,
    /// The bound of each bucket, and what stands between it and the count.
    after: Box<[Box<str>]>,
    sum: Line,
    count: Line,
}

impl HistogramLayout {
    pub(crate) fn new(name: &str, labelled: bool, bounds: &[f64]) -> Self {
        let mut after: Vec<Box<str>> = Vec::with_capacity(bounds.len() + 1);
        after.extend(bounds.iter().map(|&b| format!("{}\"}} ", bound(b)).into()));
        after.push("+Inf\"} ".into());
        Self {
            bounds: bounds.into(),
            before: format!("{name}_bucket{{").into(),
            le: if labelled { ",le=\"" } else { "le=\"" },
            after: after.into(),
            sum: Line::new(&format!("{name}_sum"), labelled),
            count: Line::new(&format!("{name}_count"), labelled),
        }
    }
}

impl Cell for HistogramCell {
    type Layout = HistogramLayout;

    fn new(layout: &HistogramLayout) -> Self {
        Self::new(layout.after.len())
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.some_counts().fold(0, u64::wrapping_add)
    }

    fn write(&self, layout: &HistogramLayout, labels: &str, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(layout.before.as_bytes());
        out.extend_from_slice(labels.as_bytes());
        out.extend_from_slice(layout.le.as_bytes());
        let shared = start..out.len();
        let mut total = 0u64;
        for (i, (count, after)) in self.counts().zip(&layout.after).enumerate() {
            if i > 0 {
                out.extend_from_within(shared.clone());
            }
            total = total.wrapping_add(count);
            out.extend_from_slice(after.as_bytes());
            integer(out, total);
            out.push(b'\n');
        }
        layout.sum.start(labels, out);
        number(out, self.sum());
        out.push(b'\n');
        layout.count.start(labels, out);
        integer(out, total);
        out.push(b'\n');
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.get()).finish()
    }
}

impl fmt::Debug for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauge").field(&self.get()).finish()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count())
            .field("sum", &self.sum())
            .finish_non_exhaustive()
    }
}

impl<const N: usize> fmt::Debug for CounterFamily<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterFamily").finish_non_exhaustive()
    }
}

impl<const N: usize> fmt::Debug for GaugeFamily<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GaugeFamily").finish_non_exhaustive()
    }
}

impl<const N: usize> fmt::Debug for HistogramFamily<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramFamily").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_is_in_its_bucket() {
        let bounds = [0.5, 1.0, 5.0];
        for (value, index) in [
            (0.0, 0),
            (0.5, 0),
            (0.500_001, 1),
            (1.0, 1),
            (5.0, 2),
            (6.0, 3),
        ] {
            assert_eq!(bucket(&bounds, value), index, "{value}");
        }
    }
}
