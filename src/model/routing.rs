//! Which receivers an alert reaches, as Alertmanager decides it: from labels
//! whose values are known, or known in part.

use super::{Alertmanager, Receiver, Route};
use crate::promql::MatchOp;
use crate::spec::shape::Way;
use regex_lite::Regex;
use std::sync::{Arc, OnceLock};

/// A matcher in Alertmanager's notation: `severity="critical"`.
#[derive(Debug, Clone)]
pub struct RouteMatcher {
    /// The label.
    pub label: String,
    /// How it is compared.
    pub op: MatchOp,
    /// The value or pattern, without quotes and escapes.
    pub value: String,
    /// The pattern, once it was asked for; `None` if Go knows it and this
    /// engine does not.
    pattern: OnceLock<Option<Regex>>,
}

/// What is known of the value of a label of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is this one; empty if the alerts do not have the label.
    Is(Arc<str>),
    /// It may be any.
    Open,
}

/// Whether something holds for all alerts, for some, or for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// For none.
    Never,
    /// For some, perhaps.
    Perhaps,
    /// For all.
    Always,
}

/// A route at which alerts end.
#[derive(Debug, Clone)]
pub struct Reached<'r> {
    /// The route.
    pub route: &'r Route,
    /// Name of its receiver, which may be that of a route above.
    pub receiver: &'r str,
    /// Whether all of the alerts get there.
    pub always: bool,
    /// Whether there are times in which it tells nobody.
    pub at_times: bool,
}

impl RouteMatcher {
    /// A matcher of these parts.
    pub fn new(label: String, op: MatchOp, value: String) -> Self {
        Self {
            label,
            op,
            value,
            pattern: OnceLock::new(),
        }
    }

    /// Reads a matcher; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.find(['=', '!'])?;
        let (label, rest) = text.split_at(at);
        let label = label.trim();
        let named = !label.is_empty()
            && !label.starts_with(|c: char| c.is_ascii_digit())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let operators = [
            ("=~", MatchOp::Regex),
            ("!~", MatchOp::NotRegex),
            ("!=", MatchOp::NotEqual),
            ("=", MatchOp::Equal),
        ];
        let (value, op) = operators
            .iter()
            .find_map(|(sign, op)| Some((rest.strip_prefix(sign)?, *op)))?;
        let value = value.trim();
        let value = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None if value.contains(['"', ',', '{', '}']) => return None,
            None => value.to_owned(),
        };
        named.then(|| Self::new(label.to_owned(), op, value))
    }

    /// Reads matchers, without those that are none.
    pub fn parse_all(texts: &[Arc<str>]) -> Vec<Self> {
        texts.iter().filter_map(|text| Self::parse(text)).collect()
    }

    /// Whether alerts pass whose label is `known`.
    pub fn holds(&self, known: &Known) -> Holds {
        let Known::Is(own) = known else {
            return Holds::Perhaps;
        };
        let matches = match self.op {
            MatchOp::Equal => **own == *self.value,
            MatchOp::NotEqual => **own != *self.value,
            MatchOp::Regex | MatchOp::NotRegex => {
                let compiled = || Regex::new(&format!("^(?:{})$", self.value)).ok();
                let Some(pattern) = self.pattern.get_or_init(compiled) else {
                    return Holds::Perhaps;
                };
                pattern.is_match(own) == (self.op == MatchOp::Regex)
            }
        };
        match matches {
            true => Holds::Always,
            false => Holds::Never,
        }
    }
}

/// The text between quotes, behind the first of which `text` starts.
fn unquoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                // Alertmanager leaves other backslashes alone.
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
}

/// Whether alerts pass all of `matchers`.
pub fn all_hold<'m>(
    matchers: impl IntoIterator<Item = &'m RouteMatcher>,
    label: &dyn Fn(&str) -> Known,
) -> Holds {
    matchers
        .into_iter()
        .map(|matcher| matcher.holds(&label(&matcher.label)))
        .min()
        .unwrap_or(Holds::Always)
}

impl Alertmanager {
    /// The routing tree, ready to be asked about many alerts.
    pub fn router(&self) -> Router<'_> {
        Router(Node::new(&self.route))
    }

    /// The receiver of that name.
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers
            .iter()
            .find(|receiver| *receiver.name == *name)
    }
}

impl Receiver {
    /// Whether it tells nobody.
    pub fn is_silent(&self) -> bool {
        self.ways().is_empty()
    }

    /// The ways in which it tells people.
    pub fn ways(&self) -> Vec<Way> {
        let all = [
            (Way::Slack, self.slack.is_empty()),
            (Way::Email, self.email.is_empty()),
            (Way::Webhook, self.webhook.is_empty()),
            (Way::PagerDuty, self.pagerduty.is_empty()),
        ];
        let used = all.iter().filter(|(_, unused)| !unused);
        used.map(|(way, _)| *way).collect()
    }
}

/// A routing tree whose matchers are read.
#[derive(Debug)]
pub struct Router<'r>(Node<'r>);

#[derive(Debug)]
struct Node<'r> {
    route: &'r Route,
    matchers: Vec<RouteMatcher>,
    below: Vec<Node<'r>>,
}

impl<'r> Node<'r> {
    fn new(route: &'r Route) -> Self {
        Self {
            route,
            matchers: RouteMatcher::parse_all(&route.matchers),
            below: route.routes.iter().map(Self::new).collect(),
        }
    }
}

impl<'r> Router<'r> {
    /// The routes at which alerts with these labels end, in order.
    pub fn reached(&self, label: &dyn Fn(&str) -> Known) -> Vec<Reached<'r>> {
        let mut reached = Vec::new();
        let root = Place {
            node: &self.0,
            receiver: self.0.route.receiver.as_deref().unwrap_or_default(),
            at_times: false,
        };
        follow(&root, Holds::Always, label, &mut reached);
        reached
    }
}

/// A route, with what it has from those above it.
struct Place<'n, 'r> {
    node: &'n Node<'r>,
    receiver: &'r str,
    at_times: bool,
}

/// Follows alerts to where they end; `taken` says how many of all have come to
/// this place, where each goes on to the routes below or ends.
fn follow<'r>(
    place: &Place<'_, 'r>,
    taken: Holds,
    label: &dyn Fn(&str) -> Known,
    reached: &mut Vec<Reached<'r>>,
) {
    let mut coming = taken;
    let mut below = Holds::Never;
    for node in &place.node.below {
        let holds = all_hold(&node.matchers, label);
        if holds == Holds::Never {
            continue;
        }
        below = below.max(holds);
        let route = node.route;
        let next = Place {
            node,
            receiver: route.receiver.as_deref().unwrap_or(place.receiver),
            at_times: !route.mute.is_empty() || !route.active.is_empty(),
        };
        follow(&next, coming.min(holds), label, reached);
        match (holds, route.r#continue) {
            (_, true) => {}
            (Holds::Always, false) => break,
            _ => coming = Holds::Perhaps,
        }
    }
    if below != Holds::Always {
        reached.push(Reached {
            route: place.node.route,
            receiver: place.receiver,
            always: taken == Holds::Always && below == Holds::Never,
            at_times: place.at_times,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, Known, RouteMatcher};

    #[test]
    fn matchers_are_recognised() {
        for text in [
            "severity=\"critical\"",
            "a != \"\"",
            "team=~\"a|b\"",
            "x!~y",
            "agent=\"a, \\\"b\\\"\"",
        ] {
            assert!(RouteMatcher::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "severity",
            "=\"x\"",
            "1a=\"x\"",
            "a=\"x",
            "a=x\"",
            "a=b,c=d",
            "a==\"b\" \"c\"",
        ] {
            assert!(RouteMatcher::parse(text).is_none(), "{text}");
        }
        let value = RouteMatcher::parse(r#"a="x\"y\\z\d""#).map(|matcher| matcher.value);
        assert_eq!(value.as_deref(), Some(r#"x"y\z\d"#));
    }

    #[test]
    fn what_is_not_known_may_match() {
        let holds = |text, known: &Known| RouteMatcher::parse(text).unwrap().holds(known);
        let is = |value: &str| Known::Is(value.into());
        assert_eq!(holds("a=x", &is("x")), Holds::Always);
        assert_eq!(holds("a=~\"x|y\"", &is("xy")), Holds::Never);
        assert_eq!(holds("a!=x", &is("")), Holds::Always);
        assert_eq!(holds("a!~\".*\"", &is("")), Holds::Never);
        assert_eq!(holds("a=x", &Known::Open), Holds::Perhaps);
        assert_eq!(holds("a=~\"\\\\pN+\"", &is("1")), Holds::Perhaps);
    }
}
