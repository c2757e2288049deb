//! Labels, and the guard over how many values each may take.

use std::fmt;
use std::sync::Arc;

use super::gate::Gate;
use super::sync::{AtomicBool, Ordering};

/// The value under which updates are counted once a label is at its limit.
///
/// A caller may pass it too; it takes no place of the limit.
pub const OVERFLOW_VALUE: &str = "_other";

/// Label values longer than this many bytes are cut, at the start of a
/// character. Values that differ only behind the cut become one.
pub const MAX_VALUE_BYTES: usize = 128;

/// A label name, and the values it admits.
///
/// Clones share the set of values, and so do all metrics that are registered
/// with the same label.
#[derive(Clone)]
pub struct Label {
    inner: Arc<Inner>,
}

struct Inner {
    name: Box<str>,
    gate: Gate,
    overflowed: AtomicBool,
}

/// What a label says to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// The value has, or may have, series of its own.
    Admitted,
    /// The value goes into the overflow series.
    Folded {
        /// Whether no value was folded before.
        first: bool,
    },
}

impl Label {
    /// A label that takes any value, and keeps the first `limit` different
    /// ones apart.
    #[must_use]
    pub fn open(name: &str, limit: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                name: name.into(),
                gate: Gate::new(limit),
                overflowed: AtomicBool::new(false),
            }),
        }
    }

    /// A label whose values are all known, as an enum's are. Any other value
    /// is treated like one past the limit.
    #[must_use]
    pub fn closed<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values: Vec<&str> = values.into_iter().map(truncate).collect();
        values.sort_unstable();
        values.dedup();
        let label = Self::open(name, values.len());
        for value in values {
            label.reserve(value);
        }
        label
    }

    /// Gives `value` its place before anything else can take it, unless the
    /// label is at its limit already.
    pub fn reserve(&self, value: &str) {
        self.inner.gate.admit(truncate(value));
    }

    /// The name of the label.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// How many different values can have series of their own.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.inner.gate.limit()
    }

    /// How many different values have been admitted.
    #[must_use]
    pub fn admitted(&self) -> usize {
        self.inner.gate.admitted()
    }

    /// Decides on a value that is at most [`MAX_VALUE_BYTES`] long.
    pub(crate) fn decide(&self, value: &str) -> Admission {
        if value == OVERFLOW_VALUE || self.inner.gate.admit(value) {
            return Admission::Admitted;
        }
        // The load keeps the line shared when many threads are folded at once.
        let told = &self.inner.overflowed;
        Admission::Folded {
            first: !told.load(Ordering::Relaxed) && !told.swap(true, Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Label")
            .field("name", &self.name())
            .field("limit", &self.limit())
            .field("admitted", &self.admitted())
            .finish_non_exhaustive()
    }
}

/// The longest prefix of at most [`MAX_VALUE_BYTES`] that ends at a character.
pub(crate) fn truncate(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_up_to_the_limit_are_admitted() {
        let label = Label::open("agent", 2);
        assert_eq!(label.decide("a"), Admission::Admitted);
        assert_eq!(label.decide("b"), Admission::Admitted);
        assert_eq!(label.decide("c"), Admission::Folded { first: true });
        assert_eq!(label.decide("d"), Admission::Folded { first: false });
        assert_eq!(label.decide("a"), Admission::Admitted);
        assert_eq!(label.admitted(), 2);
    }

    #[test]
    fn a_limit_of_zero_admits_nothing() {
        let label = Label::open("agent", 0);
        assert_eq!(label.decide("a"), Admission::Folded { first: true });
        label.reserve("a");
        assert_eq!(label.admitted(), 0);
    }

    #[test]
    fn the_overflow_value_takes_no_place() {
        let label = Label::open("agent", 1);
        assert_eq!(label.decide(OVERFLOW_VALUE), Admission::Admitted);
        assert_eq!(label.admitted(), 0);
        assert_eq!(label.decide("a"), Admission::Admitted);
    }

    #[test]
    fn reserved_values_keep_their_place() {
        let label = Label::open("agent", 2);
        label.reserve("known");
        assert_eq!(label.decide("x"), Admission::Admitted);
        assert_eq!(label.decide("y"), Admission::Folded { first: true });
        assert_eq!(label.decide("known"), Admission::Admitted);
    }

    #[test]
    fn a_closed_label_admits_its_values_only() {
        let label = Label::closed("model", ["gpt", "claude", "gpt"]);
        assert_eq!(label.limit(), 2);
        assert_eq!(label.decide("gpt"), Admission::Admitted);
        assert_eq!(label.decide("other"), Admission::Folded { first: true });
    }

    #[test]
    fn truncation_never_splits_a_character() {
        let exact = "x".repeat(MAX_VALUE_BYTES);
        assert_eq!(truncate(&exact), exact);
        let long = format!("{}é", "x".repeat(MAX_VALUE_BYTES - 1));
        assert_eq!(truncate(&long), "x".repeat(MAX_VALUE_BYTES - 1));
        assert_eq!(truncate(""), "");
    }
}
