//! One metric: its series, found by label values and walked by scrapes.

use std::hint::black_box;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::exposition::{Expose, Format, Headers};
use super::label::{Admission, Label, MAX_VALUE_BYTES, OVERFLOW_VALUE, truncate};
use super::metric::Counter;
use super::registry::{Hook, Overflow};
use super::store::{Store, hash};
use super::sync::{Mutex, PoisonError};
use super::text::{LabelText, gap};

/// Series that a scrape fetches from memory at once.
const AHEAD: usize = 16;

/// What a series of one type holds, and how it is written.
pub(crate) trait Cell: Send + Sync + 'static {
    /// What all series of a metric share: the bounds of buckets, and the
    /// parts of their lines.
    type Layout: Send + Sync;

    fn new(layout: &Self::Layout) -> Self;

    /// Some number of the cell, from where its numbers are.
    fn touch(&self) -> u64;

    /// Appends the lines of the series with these labels.
    fn write(&self, layout: &Self::Layout, labels: &str, out: &mut Vec<u8>);
}

/// One combination of label values, and its numbers.
pub(crate) struct Series<C> {
    labels: LabelText,
    pub(crate) cell: C,
}

/// A metric with `N` labels.
pub(crate) struct Family<C: Cell, const N: usize> {
    pub(crate) layout: C::Layout,
    headers: Headers,
    labels: [Label; N],
    gaps: [usize; N],
    hasher: RandomState,
    series: Store<Arc<Series<C>>>,
    /// The positions of the series, sorted by labels. Only scrapes lock it.
    order: Mutex<Arc<Vec<u32>>>,
    guard: Option<Guard<N>>,
}

/// What happens to label values that are not taken as they are.
pub(crate) struct Guard<const N: usize> {
    pub(crate) metric: Box<str>,
    pub(crate) folded: [Counter; N],
    pub(crate) truncated: [Counter; N],
    pub(crate) hook: Option<Hook>,
}

impl<C: Cell, const N: usize> Family<C, N> {
    /// A family without series. Without a guard, every value of a label is
    /// taken as it is.
    pub(crate) fn new(
        headers: Headers,
        labels: [Label; N],
        layout: C::Layout,
        guard: Option<Guard<N>>,
    ) -> Self {
        let mut gaps = [0; N];
        for (i, (slot, label)) in gaps.iter_mut().zip(&labels).enumerate() {
            *slot = gap(i, label.name());
        }
        Self {
            layout,
            headers,
            labels,
            gaps,
            hasher: RandomState::default(),
            series: Store::new(),
            order: Mutex::default(),
            guard,
        }
    }

    /// Calls `update` with the series of these label values, which comes into
    /// being if it is new. No lock and no allocation if it is not.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        values: &[&str; N],
        update: impl FnOnce(&Arc<Series<C>>) -> R,
    ) -> R {
        if values.iter().all(|value| value.len() <= MAX_VALUE_BYTES) {
            let hash = hash(&self.hasher, values);
            let found = self
                .series
                .find(hash, |series| series.labels.holds(values, &self.gaps));
            if let Some(series) = found {
                return update(series);
            }
        }
        update(&self.resolve(*values))
    }

    /// Calls `update` with every series that is complete by now.
    pub(crate) fn each(&self, update: impl Fn(&Series<C>)) {
        let series = (0..self.series.len()).filter_map(|position| self.series.get(position));
        series.for_each(|series| update(series));
    }

    /// The series for values that have none of exactly their text: new ones,
    /// ones past the limit, ones too long.
    #[cold]
    fn resolve(&self, mut values: [&str; N]) -> Arc<Series<C>> {
        if let Some(guard) = &self.guard {
            let counters = guard.folded.iter().zip(&guard.truncated);
            for ((value, label), (folded, truncated)) in
                values.iter_mut().zip(&self.labels).zip(counters)
            {
                let kept = truncate(value);
                if kept.len() < value.len() {
                    truncated.inc();
                }
                *value = kept;
                if let Admission::Folded { first } = label.decide(kept) {
                    *value = OVERFLOW_VALUE;
                    folded.inc();
                    if let (true, Some(hook)) = (first, &guard.hook) {
                        hook(&Overflow {
                            metric: &guard.metric,
                            label: label.name(),
                            limit: label.limit(),
                            value: kept,
                        });
                    }
                }
            }
        }
        self.find_or_add(&values)
    }

    fn find_or_add(&self, values: &[&str; N]) -> Arc<Series<C>> {
        let make = || {
            let names = self.labels.iter().map(Label::name);
            Arc::new(Series {
                labels: LabelText::new(names.zip(values.iter().copied())),
                cell: C::new(&self.layout),
            })
        };
        let hash = hash(&self.hasher, values);
        let holds = |series: &Arc<Series<C>>| series.labels.holds(values, &self.gaps);
        self.series
            .find_or_add(hash, holds, make)
            .map_or_else(make, Arc::clone)
    }

    fn labels_at(&self, position: u32) -> &str {
        self.series
            .get(position as usize)
            .map_or("", |series| series.labels.as_str())
    }
}

impl<C: Cell, const N: usize> Expose for Family<C, N> {
    fn header(&self, format: Format) -> &str {
        self.headers.get(format)
    }

    fn order(&self) -> Arc<Vec<u32>> {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let known = u32::try_from(order.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        if known < count {
            let mut fresh: Vec<u32> = (known..count).collect();
            fresh.sort_unstable_by_key(|&position| self.labels_at(position));
            *order = Arc::new(merge(&order, &fresh, |position| self.labels_at(position)));
        }
        Arc::clone(&order)
    }

    fn write(&self, order: &[u32], out: &mut Vec<u8>, enough: usize) -> usize {
        let mut written = 0;
        for block in order.chunks(AHEAD) {
            let mut series = [None; AHEAD];
            for (slot, &position) in series.iter_mut().zip(block) {
                *slot = self.series.get(position as usize);
            }
            // Series lie scattered over memory. Touching several at a time lets
            // the processor wait for all of them at once.
            for series in series.iter().flatten() {
                black_box(series.labels.as_str().as_bytes().first());
                black_box(series.cell.touch());
            }
            for series in series.iter().take(block.len()) {
                if out.len() >= enough {
                    return written;
                }
                if let Some(series) = series {
                    series.cell.write(&self.layout, series.labels.as_str(), out);
                }
                written += 1;
            }
        }
        written
    }
}

/// Merges a few sorted positions into many.
fn merge<'a>(many: &[u32], few: &[u32], key: impl Fn(u32) -> &'a str) -> Vec<u32> {
    let mut merged = Vec::with_capacity(many.len() + few.len());
    let mut rest = many;
    for &next in few {
        let (before, after) = rest.split_at(rest.partition_point(|&i| key(i) < key(next)));
        merged.extend_from_slice(before);
        merged.push(next);
        rest = after;
    }
    merged.extend_from_slice(rest);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_order() {
        let names = ["d", "b", "a", "e", "c", "f"];
        let key = |i: u32| names[i as usize];
        assert_eq!(merge(&[1, 0, 3], &[2, 4, 5], key), [2, 1, 4, 0, 3, 5]);
        assert_eq!(merge(&[], &[2], key), [2]);
        assert_eq!(merge(&[2], &[], key), [2]);
    }
}
