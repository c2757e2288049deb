//! Changes an expression in place: what is not changed stays as it was written.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::ast::{Selector, TextRange};
use super::operator::MatchOp;
use super::query::Query;
use super::string::quoted;
use super::variable::VarRef;

/// What to change about an expression.
pub struct Rewrite<'a> {
    /// What `$window` becomes; it stays if this is `None`.
    pub window: Option<&'a str>,
    /// The matchers that a selector gains.
    pub matchers: &'a dyn Fn(&Selector) -> Vec<NewMatcher>,
}

/// A matcher that is not in the text yet, as it is to stand there. Cheap to
/// clone: one goes into many selectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMatcher(Arc<str>);

impl NewMatcher {
    /// Compares `label` with `value`, which may hold variables. Both are quoted
    /// as needed.
    pub fn new(label: &str, op: MatchOp, value: &str) -> Self {
        Self(format!("{}{}{}", label_name(label), op.name(), quoted(value)).into())
    }
}

impl fmt::Display for NewMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Rewrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewrite")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl Query {
    /// The text with `$window` replaced and matchers added; formatting and
    /// comments survive.
    pub fn rewrite(&self, rewrite: &Rewrite<'_>) -> String {
        let mut splices = Vec::new();
        if let Some(window) = rewrite.window {
            let windows = self
                .variables()
                .iter()
                .filter(|variable| variable.is_window());
            splices.extend(windows.map(|variable| (variable.range, window.to_owned())));
        }
        for selector in self.selectors() {
            let matchers = (rewrite.matchers)(selector);
            if !matchers.is_empty() {
                splices.push(insertion(selector, &matchers));
            }
        }
        splices.sort_by_key(|(range, _)| *range);
        let text = self.text();
        let mut result = String::with_capacity(
            text.len() + splices.iter().map(|(_, new)| new.len()).sum::<usize>(),
        );
        let mut copied = 0;
        for (range, new) in &splices {
            result.push_str(&text[copied..range.start as usize]);
            result.push_str(new);
            copied = range.end as usize;
        }
        result.push_str(&text[copied..]);
        result
    }
}

impl Query {
    /// The text with each variable replaced by what `value` gives for it;
    /// those that it gives nothing for stay.
    pub fn fill(&self, value: impl Fn(&VarRef) -> Option<String>) -> String {
        let text = self.text();
        let mut result = String::with_capacity(text.len());
        let mut copied = 0;
        for variable in self.variables() {
            if let Some(value) = value(variable) {
                result.push_str(&text[copied..variable.range.start as usize]);
                result.push_str(&value);
                copied = variable.range.end as usize;
            }
        }
        result.push_str(&text[copied..]);
        result
    }
}

/// The text that adds `matchers` to `selector`, and the empty range it goes to:
/// behind the last thing in the braces, else into them, else behind the name.
fn insertion(selector: &Selector, matchers: &[NewMatcher]) -> (TextRange, String) {
    let name_end = selector.metric.as_ref().map(|name| name.range.end);
    let (place, before, after) = match selector.braces {
        None => (name_end.unwrap_or(selector.range.start), "{", "}"),
        Some(braces) => {
            let name_inside = name_end.filter(|end| *end > braces.start);
            let last = selector.matchers.last().map(|matcher| matcher.range.end);
            match name_inside.max(last) {
                Some(end) => (end, ", ", ""),
                None => (braces.start + 1, "", ""),
            }
        }
    };
    let mut text = before.to_owned();
    for (index, matcher) in matchers.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&matcher.0);
    }
    text.push_str(after);
    (TextRange::new(place, place), text)
}

/// A label as it stands in braces: quoted unless it is a plain name.
fn label_name(label: &str) -> Cow<'_, str> {
    let plain = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && !label.is_empty();
    if plain {
        label.into()
    } else {
        quoted(label).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{NewMatcher, Rewrite};
    use crate::promql::{MatchOp, Query};

    fn rewritten(text: &str) -> String {
        let query = Query::parse(text).unwrap();
        query.rewrite(&Rewrite {
            window: Some("$__rate_interval"),
            matchers: &|selector| {
                if selector.constrains("agent") {
                    Vec::new()
                } else {
                    vec![NewMatcher::new("agent", MatchOp::Regex, "$agent")]
                }
            },
        })
    }

    #[test]
    fn matchers_go_where_they_belong() {
        assert_eq!(rewritten("up"), r#"up{agent=~"$agent"}"#);
        assert_eq!(rewritten("up{}"), r#"up{agent=~"$agent"}"#);
        assert_eq!(rewritten("up{ # all\n}"), "up{agent=~\"$agent\" # all\n}");
        assert_eq!(rewritten(r#"up{a="1",}"#), r#"up{a="1", agent=~"$agent",}"#);
        assert_eq!(rewritten(r#"{"up"}"#), r#"{"up", agent=~"$agent"}"#);
        assert_eq!(
            rewritten(r#"{a="1", "up"}"#),
            r#"{a="1", "up", agent=~"$agent"}"#
        );
        assert_eq!(rewritten(r#"up{agent="x"}"#), r#"up{agent="x"}"#);
        assert_eq!(
            rewritten("rate(up[$window] offset ${window}) # $window"),
            "rate(up{agent=~\"$agent\"}[$__rate_interval] offset $__rate_interval) # $window"
        );
    }

    #[test]
    fn values_and_odd_labels_are_quoted() {
        let query = Query::parse("up").unwrap();
        let text = query.rewrite(&Rewrite {
            window: None,
            matchers: &|_| {
                vec![
                    NewMatcher::new("service.name", MatchOp::Regex, "a\\.\"b"),
                    NewMatcher::new("zone", MatchOp::Equal, "$zone"),
                ]
            },
        });
        assert_eq!(text, r#"up{"service.name"=~"a\\.\"b", zone="$zone"}"#);
        assert!(Query::parse(text).is_ok());
    }
}
