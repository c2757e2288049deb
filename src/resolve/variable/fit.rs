//! What goes together in a variable, and what Grafana can offer.

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::resolve::place;
use crate::spec::shape;
use std::sync::Arc;

/// Reports keys that mean nothing to a variable that offers `kind`.
pub(super) fn check_keys(kind: &str, spec: &shape::Variable, sink: &mut Sink) {
    let within = spec.within.first().map(|outer| outer.span);
    let keys: [(&str, Option<Span>, &[&str]); 7] = [
        ("within", within, &["from"]),
        ("regex", place(&spec.regex), &["from"]),
        ("sort", place(&spec.sort), &["from"]),
        ("auto", place(&spec.auto), &["interval"]),
        ("multi", place(&spec.multi), &["from", "custom"]),
        ("all", place(&spec.all), &["from", "custom"]),
        (
            "default",
            place(&spec.default),
            &["from", "custom", "interval"],
        ),
    ];
    for (key, given, kinds) in keys {
        let Some(span) = given.filter(|_| !kinds.contains(&kind)) else {
            continue;
        };
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        sink.push(
            Diagnostic::new(
                Code::ConflictingKeys,
                format!("`{key}` means nothing beside `{kind}`"),
            )
            .at(span, format!("goes with {}", kinds.join(", "))),
        );
    }
}

/// What Grafana would read otherwise than it is written: it keeps the options
/// in one line, `text : value` each, with commas between them.
pub(super) fn unfit_option(option: &shape::CustomOption) -> Option<Diagnostic> {
    let refuse = |part: &Spanned<Arc<str>>, label: &'static str| {
        Diagnostic::new(
            Code::InvalidValue,
            format!("Grafana cannot offer the value `{part}`"),
        )
        .at(part.span, label)
    };
    let splits = |text: &str| {
        text.match_indices(':').any(|(at, colon)| {
            text[..at].ends_with(char::is_whitespace)
                && text[at + colon.len()..].starts_with(char::is_whitespace)
        })
    };
    for part in [&option.text, &option.value] {
        let text: &str = &part.value;
        if text.trim().is_empty() {
            return Some(refuse(part, "empty"));
        }
        if text.trim() != text || text.contains('\n') {
            return Some(refuse(part, "Grafana drops the space around it"));
        }
        if text.ends_with('\\') {
            return Some(refuse(part, "the backslash would hide the comma after it"));
        }
    }
    splits(&option.value.value).then(|| refuse(&option.value, "Grafana splits it at the colon"))
}
