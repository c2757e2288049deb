//! Registers metrics and exposes them together.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::accept::Format;
use super::cell::CounterCell;
use super::error::RegisterError;
use super::exposition::{Expose, Headers, MetricType, Scrape, family_name};
use super::family::{Cell, Family, Guard};
use super::label::Label;
use super::metric::{Counter, CounterFamily, GaugeFamily, HistogramFamily, HistogramLayout, Line};
use super::sync::{Mutex, PoisonError};

/// Counts updates that went to the overflow series of a label, by `metric`
/// and `label`. A handle counts once, when it is made.
pub const FOLDED_TOTAL: &str = "emitter_label_values_folded_total";

/// Counts updates with a label value longer than
/// [`MAX_VALUE_BYTES`](super::MAX_VALUE_BYTES), by `metric` and `label`. A
/// handle counts once, when it is made.
pub const TRUNCATED_TOTAL: &str = "emitter_label_values_truncated_total";

/// Counts numbers that were not recorded, because they were not finite or
/// were negative in a histogram, by `metric`.
pub const DROPPED_TOTAL: &str = "emitter_values_dropped_total";

/// What a metric is called and means.
#[derive(Debug, Clone, Copy)]
pub struct Metric<'a> {
    /// The name, exposed exactly so.
    pub name: &'a str,
    /// What it counts or measures. Any text; it is escaped.
    pub help: &'a str,
    /// The unit, exposed in `OpenMetrics` if the name ends in it.
    pub unit: Option<&'a str>,
}

/// The first value that a label did not admit.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Overflow<'a> {
    /// The metric that was updated.
    pub metric: &'a str,
    /// The label that is at its limit.
    pub label: &'a str,
    /// How many values the label keeps apart.
    pub limit: usize,
    /// The value, cut to [`MAX_VALUE_BYTES`](super::MAX_VALUE_BYTES).
    pub value: &'a str,
}

pub(crate) type Hook = Arc<dyn Fn(&Overflow<'_>) + Send + Sync>;

/// The metrics of a process, or of a part of it. Clones share them.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    hook: Option<Hook>,
    state: Mutex<State>,
    folded: Arc<Family<CounterCell, 2>>,
    truncated: Arc<Family<CounterCell, 2>>,
    dropped: Arc<Family<CounterCell, 1>>,
    /// The size of the last encoding, to allocate the next in one go.
    size: AtomicUsize,
}

#[derive(Default)]
struct State {
    families: Vec<Arc<dyn Expose>>,
    /// Every name that is exposed in one of the formats.
    names: Vec<String>,
}

impl Registry {
    /// A registry that only counts what it folds.
    #[must_use]
    pub fn new() -> Self {
        Self::build(None)
    }

    /// A registry that also calls `hook` when a label folds its first value:
    /// once for each label, on the thread of that update, before it is made.
    /// The hook may use the registry. It should return soon, and not panic.
    #[must_use]
    pub fn with_overflow_hook(hook: impl Fn(&Overflow<'_>) + Send + Sync + 'static) -> Self {
        Self::build(Some(Arc::new(hook)))
    }

    fn build(hook: Option<Hook>) -> Self {
        let mut names = Vec::new();
        let folded = own(
            &mut names,
            FOLDED_TOTAL,
            "Updates whose label value was past the limit of its label and went to the overflow series",
            ["metric", "label"],
        );
        let truncated = own(
            &mut names,
            TRUNCATED_TOTAL,
            "Updates with a label value that was cut because it was too long",
            ["metric", "label"],
        );
        let dropped = own(
            &mut names,
            DROPPED_TOTAL,
            "Numbers not recorded because they were not finite, or negative in a histogram",
            ["metric"],
        );
        Self {
            inner: Arc::new(Inner {
                hook,
                state: Mutex::new(State {
                    families: Vec::new(),
                    names,
                }),
                folded,
                truncated,
                dropped,
                size: AtomicUsize::new(0),
            }),
        }
    }

    /// Registers a counter.
    ///
    /// # Errors
    ///
    /// If the names are invalid or taken; see [`RegisterError`].
    pub fn counter<const N: usize>(
        &self,
        metric: Metric<'_>,
        labels: [&Label; N],
    ) -> Result<CounterFamily<N>, RegisterError> {
        let layout = Line::new(metric.name, N > 0);
        let family = self.register(MetricType::Counter, metric, labels, layout)?;
        Ok(CounterFamily::new(family))
    }

    /// Registers a gauge.
    ///
    /// # Errors
    ///
    /// If the names are invalid or taken; see [`RegisterError`].
    pub fn gauge<const N: usize>(
        &self,
        metric: Metric<'_>,
        labels: [&Label; N],
    ) -> Result<GaugeFamily<N>, RegisterError> {
        let layout = Line::new(metric.name, N > 0);
        let family = self.register(MetricType::Gauge, metric, labels, layout)?;
        Ok(GaugeFamily::new(family, self.dropped(metric.name)))
    }

    /// Registers a histogram. `bounds` are the upper bounds of its buckets
    /// without `+Inf`, which always follows.
    ///
    /// # Errors
    ///
    /// If the names are invalid or taken, or the bounds are not finite and
    /// strictly ascending; see [`RegisterError`].
    pub fn histogram<const N: usize>(
        &self,
        metric: Metric<'_>,
        labels: [&Label; N],
        bounds: &[f64],
    ) -> Result<HistogramFamily<N>, RegisterError> {
        let finite = bounds.iter().all(|bound| bound.is_finite());
        if bounds.is_empty() || !finite || !bounds.is_sorted_by(|a, b| a < b) {
            return Err(RegisterError::InvalidBuckets {
                metric: metric.name.into(),
            });
        }
        let layout = HistogramLayout::new(metric.name, N > 0, bounds);
        let family = self.register(MetricType::Histogram, metric, labels, layout)?;
        Ok(HistogramFamily::new(family, self.dropped(metric.name)))
    }

    /// Everything that is registered, in the format that the `Accept` header
    /// prefers: `OpenMetrics` 1.0 if it asks for that, else the Prometheus
    /// text format 0.0.4. The first part of the answer is its content type.
    #[must_use]
    pub fn encode(&self, accept: Option<&str>) -> (&'static str, Vec<u8>) {
        let format = Format::negotiate(accept);
        let last = self.inner.size.load(Ordering::Relaxed);
        let mut out = Vec::with_capacity(last + last / 8 + 1024);
        self.scrape(format).fill(&mut out, usize::MAX);
        self.inner.size.store(out.len(), Ordering::Relaxed);
        (format.content_type(), out)
    }

    pub(crate) fn scrape(&self, format: Format) -> Scrape {
        let inner = &self.inner;
        let state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut families = state.families.clone();
        drop(state);
        families.push(Arc::clone(&inner.folded) as _);
        families.push(Arc::clone(&inner.truncated) as _);
        families.push(Arc::clone(&inner.dropped) as _);
        Scrape::new(families, format)
    }

    fn register<C: Cell, const N: usize>(
        &self,
        kind: MetricType,
        metric: Metric<'_>,
        labels: [&Label; N],
        layout: C::Layout,
    ) -> Result<Arc<Family<C, N>>, RegisterError> {
        check_names(kind, metric.name, &labels)?;
        let mut state = self
            .inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let names = exposed_names(kind, metric.name);
        if let Some(name) = names.iter().find(|name| state.names.contains(name)) {
            return Err(RegisterError::NameTaken {
                metric: metric.name.into(),
                name: name.clone(),
            });
        }
        let count = |family: &Family<CounterCell, 2>| {
            labels.map(|label| Counter::of(family, &[metric.name, label.name()]))
        };
        let guard = Guard {
            metric: metric.name.into(),
            folded: count(&self.inner.folded),
            truncated: count(&self.inner.truncated),
            hook: self.inner.hook.clone(),
        };
        let headers = Headers::new(kind, metric.name, metric.help, metric.unit);
        let family = Family::new(headers, labels.map(Label::clone), layout, Some(guard));
        if let Ok(no_values) = <&[&str; N]>::try_from(&[] as &[&str]) {
            // The only series there can be is worth seeing before it moves.
            family.with(no_values, |_| ());
        }
        let family = Arc::new(family);
        state.families.push(Arc::clone(&family) as _);
        state.names.extend(names);
        Ok(family)
    }

    fn dropped(&self, metric: &str) -> Counter {
        Counter::of(&self.inner.dropped, &[metric])
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// A counter of the registry itself. Its label values come from registered
/// names, so nothing guards them.
fn own<const N: usize>(
    names: &mut Vec<String>,
    name: &str,
    help: &str,
    labels: [&str; N],
) -> Arc<Family<CounterCell, N>> {
    names.extend(exposed_names(MetricType::Counter, name));
    Arc::new(Family::new(
        Headers::new(MetricType::Counter, name, help, None),
        labels.map(|label| Label::open(label, 0)),
        Line::new(name, true),
        None,
    ))
}

fn exposed_names(kind: MetricType, name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    match kind {
        MetricType::Counter if family_name(kind, name) != name => {
            names.push(family_name(kind, name).to_owned());
        }
        MetricType::Histogram => {
            names.extend(["bucket", "sum", "count"].map(|part| format!("{name}_{part}")));
        }
        MetricType::Counter | MetricType::Gauge => {}
    }
    names
}

fn check_names(kind: MetricType, metric: &str, labels: &[&Label]) -> Result<(), RegisterError> {
    if !is_name(metric, true) {
        return Err(RegisterError::InvalidName {
            metric: metric.into(),
        });
    }
    let mut seen = HashSet::new();
    for label in labels.iter().map(|label| label.name()) {
        let reserved = label.starts_with("__") || (kind == MetricType::Histogram && label == "le");
        if reserved || !is_name(label, false) {
            return Err(RegisterError::InvalidLabel {
                metric: metric.into(),
                label: label.into(),
            });
        }
        if !seen.insert(label) {
            return Err(RegisterError::DuplicateLabel {
                metric: metric.into(),
                label: label.into(),
            });
        }
    }
    Ok(())
}

fn is_name(name: &str, colons: bool) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':'))
}
