//! Metrics that nobody reads.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink};
use std::collections::HashSet;

/// Metrics of the user's own services that no expression and no variable names.
pub(in crate::check) fn unused(context: &Context<'_>, sink: &mut Sink) {
    let mut used: HashSet<&str> = HashSet::new();
    for expression in context.expressions() {
        for selector in expression.query.selectors() {
            let Some(series) = selector.metric_name() else {
                // Without a name, a selector may read any metric.
                return;
            };
            used.extend(context.metric(series).map(|metric| &*metric.name));
        }
    }
    for (_, dashboard) in items(&context.specs.dashboards) {
        let variables = items(&dashboard.variables);
        used.extend(variables.filter_map(|(_, variable)| Some(variable.from.as_ref()?.as_str())));
    }
    for named in &context.specs.metrics {
        let name = named.name.as_str();
        if !used.contains(name) {
            sink.push(
                Diagnostic::new(
                    Code::MetricUnused,
                    format!("nothing reads the metric `{name}`"),
                )
                .at(named.name.span, "in no query, variable or rule"),
            );
        }
    }
}
