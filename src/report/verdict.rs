//! What came of asking a running system.

use super::Style;
use super::human::{diagnostics, summary};
use crate::verify::{Check, Verdict};
use annotate_snippets::renderer::{DEFAULT_ADDITION_STYLE, DEFAULT_ERROR_STYLE};

/// The findings, a line for each kind of thing that was looked at, and one
/// that sums up. With `brief`, the findings only.
pub fn verdict(verdict: &Verdict, brief: bool, style: Style) -> String {
    let mut text = diagnostics(&verdict.diagnostics, &verdict.sources, style);
    if !brief {
        let width = verdict.checks.iter().map(|check| check.what.len()).max();
        for check in &verdict.checks {
            text.push_str(&line(check, width.unwrap_or_default(), style));
        }
    }
    text.push_str(&summary(&verdict.diagnostics, style));
    if verdict.diagnostics.is_empty() && !brief {
        text.push_str("all is well\n");
    }
    text
}

fn line(check: &Check, width: usize, style: Style) -> String {
    let count = format!("{:>3} of {:<3}", check.good, check.all);
    let count = if !style.color {
        count
    } else if check.good == check.all {
        format!("{DEFAULT_ADDITION_STYLE}{count}{DEFAULT_ADDITION_STYLE:#}")
    } else {
        format!("{DEFAULT_ERROR_STYLE}{count}{DEFAULT_ERROR_STYLE:#}")
    };
    format!("{:width$} {count} {}\n", check.what, check.well)
}
