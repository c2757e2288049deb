//! Legends: texts with `{{label}}` in them.

use super::expression::Expression;
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::promql::{Flow, Has};
use crate::spec::{Files, locate};
use std::ops::Range;
use std::sync::Arc;

/// The labels that a legend names, with their places in it.
fn names(legend: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = legend[from..].find("{{").map(|at| from + at) {
        let Some(close) = legend[open..].find("}}").map(|at| open + at) else {
            break;
        };
        let inside = &legend[open + 2..close];
        let name = inside.trim();
        let start = open + 2 + (inside.len() - inside.trim_start().len());
        if !name.is_empty() {
            found.push((name, start..start + name.len()));
        }
        from = close + 2;
    }
    found
}

/// Reports labels of a legend that the expression's series do not carry.
pub(super) fn check(
    legend: &Spanned<Arc<str>>,
    expression: &Expression<'_>,
    flow: &Flow,
    files: &Files,
    sink: &mut Sink,
) {
    for (name, range) in names(legend.as_str()) {
        let at = locate(files.sources(), legend, range);
        require(name, at, "the legend", expression, flow, files, sink);
    }
}

/// Reports a label that `user` needs and the expression's series do not carry.
pub(super) fn require(
    name: &str,
    at: crate::diagnostic::Span,
    user: &str,
    expression: &Expression<'_>,
    flow: &Flow,
    files: &Files,
    sink: &mut Sink,
) {
    if flow.labels.has(name) != Has::No {
        return;
    }
    let near = nearest(name, flow.labels.iter());
    let label = near.map_or("no such label".to_owned(), |near| {
        format!("did you mean `{near}`?")
    });
    let mut diagnostic = Diagnostic::new(
        Code::LostLabel,
        format!("{user} uses the label `{name}`, which the expression does not have"),
    )
    .at(at, label);
    diagnostic = match flow.labels.dropped_at(name) {
        Some(range) => diagnostic.because(expression.span(files, range.bytes()), "dropped here"),
        None => diagnostic.because(expression.text.span, "the expression"),
    };
    if near.is_none() {
        let mut left: Vec<_> = flow
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        left.truncate(12);
        diagnostic = diagnostic.help(match left.as_slice() {
            [] => "its result has no labels".to_owned(),
            left => format!("its result has {}", left.join(", ")),
        });
    }
    sink.push(diagnostic);
}

/// The legend of series whose spec gives none: their labels, else `title`.
pub(super) fn usual(flow: &Flow, title: &str) -> Arc<str> {
    if !flow.labels.is_known() {
        return "__auto".into();
    }
    let parts: Vec<_> = flow
        .labels
        .iter()
        .map(|label| format!("{{{{{label}}}}}"))
        .collect();
    if parts.is_empty() {
        title.into()
    } else {
        parts.join(" / ").into()
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn labels_of_a_legend_have_places() {
        assert_eq!(
            names("{{agent}} of {{ model }}"),
            [("agent", 2..7), ("model", 16..21)]
        );
        assert_eq!(names("plain {{}} {{open"), []);
    }
}
