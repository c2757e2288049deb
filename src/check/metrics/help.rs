//! Help texts that say nothing.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink};

/// Empty help of metrics, labels and queries.
pub(in crate::check) fn missing(context: &Context<'_>, sink: &mut Sink) {
    let specs = context.specs;
    let metrics = items(&specs.metrics).map(|(name, metric)| ("metric", name, &metric.help));
    let labels = items(&specs.labels).map(|(name, label)| ("label", name, &label.help));
    let queries = items(&specs.queries).map(|(name, query)| ("query", name, &query.help));
    for (what, name, help) in metrics.chain(labels).chain(queries) {
        if help.as_str().trim().is_empty() {
            sink.push(
                Diagnostic::new(
                    Code::HelpMissing,
                    format!("the help of the {what} `{name}` is empty"),
                )
                .at(help.span, "says nothing"),
            );
        }
    }
}
