//! What values measure, as far as it follows from names and operators.

use super::catalog::{Series, SeriesKind};

/// What the values of an expression measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// It does not follow.
    Unknown,
    /// A bare number, which takes the unit of what it is compared with or
    /// added to.
    Bare,
    /// Seconds and bytes to these powers: `rate` of bytes is `time: -1, data: 1`,
    /// a share is `0, 0`.
    Known {
        /// Power of the second.
        time: i8,
        /// Power of the byte.
        data: i8,
    },
}

impl Measure {
    /// Seconds.
    pub const SECONDS: Self = Self::Known { time: 1, data: 0 };
    /// Bytes.
    pub const BYTES: Self = Self::Known { time: 0, data: 1 };
    /// A count or a share.
    pub const NUMBER: Self = Self::Known { time: 0, data: 0 };

    /// What the samples of `series` measure: its declared unit, else what the
    /// ending of its name says by Prometheus's conventions.
    pub(super) fn of_samples(series: &Series<'_>) -> Self {
        match series.kind {
            SeriesKind::HistogramBucket | SeriesKind::HistogramCount | SeriesKind::SummaryCount => {
                Self::NUMBER
            }
            SeriesKind::NativeHistogram
            | SeriesKind::HistogramBase
            | SeriesKind::Open
            | SeriesKind::Broken => Self::Unknown,
            _ => Self::observed(series),
        }
    }

    /// What a metric observes, whatever its series count.
    pub(super) fn observed(series: &Series<'_>) -> Self {
        let name = series.metric;
        let name = name.strip_suffix("_total").unwrap_or(name);
        let ends_in = |unit: &str| {
            name.strip_suffix(unit)
                .is_some_and(|rest| rest.ends_with('_'))
        };
        match series.unit {
            Some("seconds") => Self::SECONDS,
            Some("bytes") => Self::BYTES,
            Some("ratio") => Self::NUMBER,
            Some(_) => Self::Unknown,
            None if series.kind == SeriesKind::Untyped => Self::Unknown,
            None if ends_in("seconds") => Self::SECONDS,
            None if ends_in("bytes") => Self::BYTES,
            None if ends_in("ratio") => Self::NUMBER,
            None => Self::Unknown,
        }
    }

    /// The growth of such values per second.
    pub(super) fn per_second(self) -> Self {
        self.over(Self::SECONDS)
    }

    /// The product of two operands. A bare factor may convert from one unit to
    /// another.
    pub(super) fn times(self, other: Self) -> Self {
        self.combined(other, i8::checked_add)
    }

    /// The quotient of two operands.
    pub(super) fn over(self, other: Self) -> Self {
        self.combined(other, i8::checked_sub)
    }

    fn combined(self, other: Self, with: impl Fn(i8, i8) -> Option<i8>) -> Self {
        match (self, other) {
            (
                Self::Known { time, data },
                Self::Known {
                    time: other_time,
                    data: other_data,
                },
            ) => match (with(time, other_time), with(data, other_data)) {
                (Some(time), Some(data)) => Self::Known { time, data },
                _ => Self::Unknown,
            },
            (Self::Bare, Self::Bare) => Self::Bare,
            _ => Self::Unknown,
        }
    }

    /// What values are that are of one or the other kind, or a sum of both.
    pub(super) fn alike(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::Bare) | (Self::Bare, one) => one,
            (one, other) if one == other => one,
            _ => Self::Unknown,
        }
    }
}
