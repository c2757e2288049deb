//! The texts of an alert: templates that Prometheus fills when it fires, with
//! `${…}` placeholders that are filled when the rule is written.

use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::model::{Condition, Unit};
use crate::promql::{Flow, PromDuration};
use crate::resolve::Context;
use crate::resolve::expression::Expression;
use crate::resolve::legend;
use crate::spec::locate;
use crate::spec::shape;
use crate::template::Template;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What placeholders may say.
const PLACEHOLDERS: [&str; 5] = ["for", "level", "severity", "threshold", "window"];

/// The annotations of an alert, with templates that parse.
pub(super) struct Texts<'s> {
    texts: Vec<(Arc<str>, &'s Spanned<Arc<str>>)>,
    context: &'s Context<'s>,
}

/// What is known of an alert when its texts are filled.
pub(super) struct Facts<'a> {
    pub(super) condition: Option<&'a Condition>,
    pub(super) unit: Option<&'a Unit>,
    pub(super) window: Option<PromDuration>,
    pub(super) r#for: Option<PromDuration>,
    pub(super) severity: &'a str,
    /// Keys of the alert whose values are broken.
    pub(super) broken: &'a [&'static str],
}

impl<'s> Texts<'s> {
    /// Gathers and checks the texts; `None` if one of them is no template.
    pub(super) fn parse(
        spec: &'s shape::Alert,
        watched: Option<(&Expression<'_>, &Flow)>,
        context: &'s Context<'_>,
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut texts: Vec<(Arc<str>, &Spanned<Arc<str>>)> =
            vec![("summary".into(), &spec.summary)];
        texts.extend(
            spec.description
                .as_ref()
                .map(|text| ("description".into(), text)),
        );
        texts.extend(
            spec.runbook
                .as_ref()
                .map(|text| ("runbook_url".into(), text)),
        );
        for named in &spec.annotations {
            if let Some((name, _)) = texts.iter().find(|(name, _)| *name == named.name.value) {
                sink.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        format!("the annotation `{name}` is given twice"),
                    )
                    .at(named.name.span, "has a key of its own"),
                );
            }
            texts.extend(
                named
                    .item
                    .as_ref()
                    .map(|text| (named.name.value.clone(), text)),
            );
        }
        if spec.summary.as_str().trim().is_empty() {
            sink.push(
                Diagnostic::new(Code::InvalidValue, "the summary of an alert is empty")
                    .at(spec.summary.span, "says nothing"),
            );
        }
        let labels = spec.labels.iter().filter_map(|named| named.item.as_ref());
        let mut valid = true;
        for text in texts.iter().map(|(_, text)| *text).chain(labels) {
            valid &= check(text, watched, context, sink);
        }
        valid.then_some(Self { texts, context })
    }

    /// The annotations with their placeholders filled; `None` if there is
    /// nothing to fill one with, which is reported.
    pub(super) fn fill(
        &self,
        facts: &Facts<'_>,
        sink: &mut Sink,
    ) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
        let mut filled = BTreeMap::new();
        let mut valid = true;
        for (name, text) in &self.texts {
            match fill(text, facts, self.context, sink) {
                Some(text) => {
                    filled.insert(name.clone(), text);
                }
                None => valid = false,
            }
        }
        valid.then_some(filled)
    }
}

/// Reports a text that is no template, and labels that alerts will not have.
fn check(
    text: &Spanned<Arc<str>>,
    watched: Option<(&Expression<'_>, &Flow)>,
    context: &Context<'_>,
    sink: &mut Sink,
) -> bool {
    let sources = context.files.sources();
    match Template::parse(text.as_str()) {
        Ok(template) => {
            for used in template.labels() {
                if let Some((expression, flow)) = watched {
                    let at = locate(sources, text, used.range.clone());
                    legend::require(
                        &used.name,
                        at,
                        "the text",
                        expression,
                        flow,
                        context.files,
                        sink,
                    );
                }
            }
            true
        }
        Err(error) => {
            let mut diagnostic = Diagnostic::new(Code::TemplateSyntax, &error.message)
                .at(locate(sources, text, error.range), "in this template");
            if let Some(help) = error.help {
                diagnostic = diagnostic.help(help);
            }
            sink.push(diagnostic);
            false
        }
    }
}

/// The `${…}` of a text, as name and place.
fn placeholders(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        if text[start + 2..].starts_with('{') {
            // A dollar sign in front of a template's action.
            from = start + 2;
            continue;
        }
        let Some(end) = text[start..].find('}').map(|at| start + at) else {
            break;
        };
        found.push((&text[start + 2..end], start..end + 1));
        from = end + 1;
    }
    found
}

fn fill(
    text: &Spanned<Arc<str>>,
    facts: &Facts<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Option<Arc<str>> {
    let mut filled = String::new();
    let mut copied = 0;
    let mut valid = true;
    for (name, range) in placeholders(text.as_str()) {
        let known = match name {
            "threshold" => facts
                .condition
                .map(|condition| bound(condition, facts.unit)),
            "level" => facts.condition.map(|condition| condition.level.to_string()),
            "window" => facts.window.map(|window| window.to_string()),
            "for" => facts.r#for.map(|r#for| r#for.to_string()),
            "severity" => Some(facts.severity.to_owned()),
            _ => None,
        };
        match known {
            Some(known) => {
                filled.push_str(&text.as_str()[copied..range.start]);
                filled.push_str(&known);
                copied = range.end;
            }
            None => {
                valid = false;
                // A broken value has been reported where it stands.
                if !facts.broken.contains(&name) {
                    let at = locate(context.files.sources(), text, range);
                    sink.push(unfilled(name).at(at, "nothing to put here"));
                }
            }
        }
    }
    filled.push_str(&text.as_str()[copied..]);
    valid.then(|| filled.into())
}

fn unfilled(name: &str) -> Diagnostic {
    let list = PLACEHOLDERS
        .map(|known| format!("`${{{known}}}`"))
        .join(", ");
    let message = match name {
        "threshold" | "level" => {
            format!("`${{{name}}}` needs an alert that fires at a level of a query")
        }
        "window" | "for" => format!("`${{{name}}}` needs an alert with `{name}`"),
        _ => format!("`${{{name}}}` means nothing in an alert's texts"),
    };
    let diagnostic = Diagnostic::new(Code::UnknownPlaceholder, message);
    match nearest(name, PLACEHOLDERS) {
        Some(near) if !PLACEHOLDERS.contains(&name) => {
            diagnostic.help(format!("did you mean `${{{near}}}`?"))
        }
        _ => diagnostic.help(format!("placeholders are {list}")),
    }
}

fn bound(condition: &Condition, unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) => unit.display(condition.bound),
        None => condition.bound.to_string(),
    }
}
