//! Counts, in words.

use crate::diagnostic::{Diagnostic, Severity};

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

pub(crate) fn of_severity(found: &[Diagnostic], severity: Severity) -> usize {
    found
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity)
        .count()
}
