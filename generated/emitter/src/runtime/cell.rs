//! The numbers of one series, moved by atomics alone.

use super::sync::{AtomicU64, Ordering};

/// A count that only grows; past `u64::MAX` it starts again at zero, which
/// Prometheus reads as a restart.
pub(crate) struct CounterCell(AtomicU64);

impl CounterCell {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline]
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A finite number, kept as the bits of an `f64`.
pub(crate) struct GaugeCell(AtomicU64);

impl GaugeCell {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0f64.to_bits()))
    }

    #[inline]
    pub(crate) fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// Adds `delta`, unless the result is not finite: then nothing changes
    /// and the answer is `false`.
    #[inline]
    pub(crate) fn add(&self, delta: f64) -> bool {
        add_finite(&self.0, delta)
    }

    pub(crate) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// The observations of a histogram: one count for each bucket, each
/// observation in exactly one, and their sum.
pub(crate) struct HistogramCell {
    sum: AtomicU64,
    buckets: Box<[AtomicU64]>,
}

impl HistogramCell {
    /// A histogram with this many buckets, the one up to `+Inf` included.
    pub(crate) fn new(buckets: usize) -> Self {
        Self {
            sum: AtomicU64::new(0f64.to_bits()),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts `value` in the bucket at `index`, unless the sum would not be
    /// finite any more: then nothing changes and the answer is `false`.
    #[inline]
    pub(crate) fn observe(&self, index: usize, value: f64) -> bool {
        let Some(bucket) = self.buckets.get(index) else {
            return false;
        };
        let added = add_finite(&self.sum, value);
        if added {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        added
    }

    pub(crate) fn sum(&self) -> f64 {
        f64::from_bits(self.sum.load(Ordering::Relaxed))
    }

    /// Some of the counts: one from each cache line.
    pub(crate) fn some_counts(&self) -> impl Iterator<Item = u64> {
        let some = self.buckets.iter().step_by(8);
        some.map(|b| b.load(Ordering::Relaxed))
    }

    /// The count of each bucket alone, from the lowest up.
    pub(crate) fn counts(&self) -> impl Iterator<Item = u64> {
        self.buckets.iter().map(|b| b.load(Ordering::Relaxed))
    }
}

#[inline]
fn add_finite(bits: &AtomicU64, delta: f64) -> bool {
    let mut current = bits.load(Ordering::Relaxed);
    loop {
        let next = f64::from_bits(current) + delta;
        if !next.is_finite() {
            return false;
        }
        match bits.compare_exchange_weak(
            current,
            next.to_bits(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        ) {
            Ok(_) => return true,
            Err(seen) => current = seen,
        }
    }
}
