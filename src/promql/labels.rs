//! The labels that come out of an expression.

use super::ast::TextRange;
use super::flow::Set;
use super::function::ValueType;
use super::measure::Measure;

/// What an expression evaluates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its type. A lone variable, which may be anything, counts as a vector.
    pub ty: ValueType,
    /// Its labels; none for scalars and strings.
    pub labels: Labels,
    /// What its values measure.
    pub measure: Measure,
}

/// Whether series carry a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Has {
    /// None of them.
    No,
    /// Some of them may.
    Maybe,
    /// All of them.
    Yes,
}

/// The labels of a vector's series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Set<Box<str>>);

impl Labels {
    pub(super) fn new(set: &Set<&str>) -> Self {
        Self(set.sorted())
    }

    /// Whether the series carry `label`.
    pub fn has(&self, label: &str) -> Has {
        self.0.has(label)
    }

    /// Whether [`Labels::iter`] is complete: no other label can be there.
    pub fn is_known(&self) -> bool {
        !self.0.is_open()
    }

    /// The labels that are or may be there, sorted, without `__name__`.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.names().filter(|name| *name != "__name__")
    }

    /// Where in the expression `label` was dropped, if it was there before:
    /// the clause, operator or function that did it.
    pub fn dropped_at(&self, label: &str) -> Option<TextRange> {
        self.0.dropped_at(label)
    }
}
