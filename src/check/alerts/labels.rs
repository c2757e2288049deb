//! Labels of alerts: what makes alerts what they are to Alertmanager.

use crate::check::context::{AlertRule, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::template::Template;
use std::sync::Arc;

/// Values in labels: a new value would be a new alert.
pub(in crate::check) fn values(context: &Context<'_>, sink: &mut Sink) {
    for rule in context.alert_rules() {
        for named in &rule.spec.labels {
            let Some(text) = &named.item else { continue };
            if Template::parse(text.as_str()).is_ok_and(|template| template.uses_value()) {
                sink.push(
                    Diagnostic::new(
                        Code::ValueInLabel,
                        format!(
                            "the label `{}` of the alert `{}` changes with its value",
                            named.name, rule.name
                        ),
                    )
                    .at(text.span, "a new alert for each value")
                    .help("put the value into an annotation, such as the summary"),
                );
            }
        }
    }
}

/// Values that the `labels` section does not list.
pub(in crate::check) fn declared(context: &Context<'_>, sink: &mut Sink) {
    for rule in context.alert_rules() {
        for (name, value) in written(&rule) {
            let Some(label) = context
                .model
                .labels
                .get(name)
                .filter(|label| label.is_closed())
            else {
                continue;
            };
            if value.as_str().contains("{{") || label.values.contains(&value.value) {
                continue;
            }
            let list: Vec<_> = label
                .values
                .iter()
                .map(|value| format!("`{value}`"))
                .collect();
            let found = Diagnostic::new(
                Code::UndeclaredValue,
                format!("the label `{name}` is not declared to be `{value}`"),
            )
            .at(value.span, "not among its values")
            .help(format!("it is one of {}", list.join(", ")));
            let declared = context
                .specs
                .labels
                .iter()
                .find(|own| own.name.as_str() == name);
            sink.push(match declared {
                Some(own) => found.because(own.name.span, "declared here"),
                None => found,
            });
        }
    }
}

/// The labels of an alert as written, its severity included.
fn written<'r>(rule: &AlertRule<'r>) -> impl Iterator<Item = (&'r str, &'r Spanned<Arc<str>>)> {
    let severity = rule.spec.severity.iter().map(|value| ("severity", value));
    let others = rule.spec.labels.iter();
    severity.chain(others.filter_map(|named| Some((named.name.as_str(), named.item.as_ref()?))))
}
