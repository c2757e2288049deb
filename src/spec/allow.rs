//! `allow`: leave to depart from rules, with a reason each.

use super::node::Node;
use super::reader::{FromMap, FromNode, MapReader};
use super::schema::{Book, Keys, Schema, rules};
use crate::diagnostic::{Allowance, Code, Covers, Diagnostic, Sink, Spanned, nearest};
use std::sync::Arc;

/// The key, on items and at the top of files.
pub(crate) const ALLOW: &str = "allow";

/// One rule that is not to be followed, and why.
pub(crate) struct Exception {
    rule: Spanned<Arc<str>>,
}

/// The name of a rule.
struct Rule;

impl Schema for Rule {
    fn schema(_: &mut Book) -> serde_json::Value {
        rules()
    }
}

impl FromMap for Exception {
    const NAME: &'static str = "Exception";
    const ABOUT: &'static [&'static str] = &["A rule that is not to be followed, and why."];

    fn keys(keys: &mut Keys<'_>) {
        keys.required::<Rule>("rule", &["The rule's name."]);
        keys.required::<Arc<str>>("reason", &["Why it does not fit."]);
    }

    fn from_map(map: &mut MapReader<'_, '_>, sink: &mut Sink) -> Option<Self> {
        let rule = map.required("rule", sink);
        let reason: Option<Spanned<Arc<str>>> = map.required("reason", sink);
        let reason = reason?;
        if reason.as_str().trim().is_empty() {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    "an allowance gives the reason for which it is there",
                )
                .at(reason.span, "says nothing"),
            );
            return None;
        }
        Some(Self { rule: rule? })
    }
}

/// Reads a list of exceptions that hold for what `covers` says.
pub(crate) fn read(node: &Node<'_>, covers: &Covers, sink: &mut Sink) {
    let exceptions: Vec<Exception> = FromNode::from_node(node, sink).unwrap_or_default();
    for Exception { rule } in exceptions {
        if let Some(code) = rule_named(&rule, "allowed", sink) {
            sink.allow(Allowance {
                code,
                at: rule.span,
                covers: covers.clone(),
            });
        }
    }
}

/// The rule of that name, if it is one that specs may say something about.
pub(super) fn rule_named(name: &Spanned<Arc<str>>, done: &str, sink: &mut Sink) -> Option<Code> {
    let Some(code) = Code::from_name(name.as_str()) else {
        let open = Code::ALL.iter().filter(|code| code.is_allowable());
        let near = nearest(name.as_str(), open.map(|code| code.name()));
        let label = near.map_or("no such rule".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        sink.push(
            Diagnostic::new(
                Code::UnknownRule,
                format!("there is no rule called `{name}`"),
            )
            .at(name.span, label)
            .help("`dashwright explain` lists all rules"),
        );
        return None;
    };
    if code.is_fatal() {
        sink.push(
            Diagnostic::new(
                Code::NotAllowable,
                format!("`{code}` cannot be {done}: what it reports leaves nothing to render"),
            )
            .at(name.span, "always an error"),
        );
        return None;
    }
    if !code.is_allowable() {
        sink.push(
            Diagnostic::new(
                Code::NotAllowable,
                format!(
                    "`{code}` cannot be {done}: it is about the running system, and not about specs"
                ),
            )
            .at(name.span, "found by `verify` only"),
        );
        return None;
    }
    Some(code)
}
