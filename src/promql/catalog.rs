//! What a query is checked against.

use crate::diagnostic::Span;

/// The series that exist.
pub trait Catalog {
    /// The series called `series`, with a histogram's or summary's suffix if
    /// it has one.
    fn metric(&self, series: &str) -> Option<Series<'_>>;

    /// The names of all series, for suggestions.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;
}

/// The series of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<'a> {
    /// The metric that it belongs to, without a histogram's suffix.
    pub metric: &'a str,
    /// What its samples are.
    pub kind: SeriesKind,
    /// Every label that it carries: declared ones, those of its targets, and
    /// `le` or `quantile` where the kind has it.
    pub labels: Vec<&'a str>,
    /// Those of the labels that not all of the series may have.
    pub optional: Vec<&'a str>,
    /// Labels that have the same value on all series, with the value.
    pub fixed: Vec<(&'a str, &'a str)>,
    /// Unit of what it measures, in Prometheus's words, if it is declared.
    pub unit: Option<&'a str>,
    /// Where the metric is defined.
    pub defined: Option<Span>,
    /// Where its labels are declared.
    pub labels_defined: Option<Span>,
}

/// What the samples of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeriesKind {
    /// A counter.
    Counter,
    /// A gauge.
    Gauge,
    /// A bucket of a classic histogram.
    HistogramBucket,
    /// The sum of a classic histogram.
    HistogramSum,
    /// The count of a classic histogram.
    HistogramCount,
    /// A classic histogram's own name, under which no series exists.
    HistogramBase,
    /// A native histogram.
    NativeHistogram,
    /// A quantile of a summary.
    SummaryQuantile,
    /// The sum of a summary.
    SummarySum,
    /// The count of a summary.
    SummaryCount,
    /// Not known.
    Untyped,
    /// Not known, and the labels neither.
    Open,
    /// Defined in a way that has been reported: nothing is known of it, and
    /// nothing is held against it.
    Broken,
}

impl SeriesKind {
    /// Whether the samples only ever grow, so that only their growth means
    /// something.
    pub fn is_cumulative(self) -> bool {
        matches!(
            self,
            Self::Counter
                | Self::HistogramBucket
                | Self::HistogramSum
                | Self::HistogramCount
                | Self::NativeHistogram
                | Self::SummarySum
                | Self::SummaryCount
        )
    }

    /// Whether the samples go up and down.
    pub fn is_gauge(self) -> bool {
        matches!(self, Self::Gauge | Self::SummaryQuantile)
    }
}
