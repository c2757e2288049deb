//! Who is told of an alert: the routing tree, followed as Alertmanager does.

use super::item::{Item, Kind};
use crate::model::{Holds, Known, RouteMatcher};
use crate::promql::MatchOp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The field of an alert that names its receivers.
pub(crate) const TOLD: &str = "told";

/// Says of each alert which receivers `tree` leads it to.
pub(crate) fn tell(tree: &Value, items: &mut [Item]) {
    let root = Node::new(tree, None);
    for item in items.iter_mut().filter(|item| item.kind == Kind::Alert) {
        let mut labels: BTreeMap<&str, &str> = item
            .fields
            .iter()
            .filter_map(|(path, value)| Some((path.strip_prefix("labels/")?, value.as_str()?)))
            .collect();
        labels.insert("alertname", &item.name);
        let mut told = BTreeSet::new();
        root.follow(&labels, &mut told);
        let told: Value = told.into_iter().map(Value::from).collect();
        item.fields.insert(TOLD.to_owned(), told);
    }
}

/// A node of the routing tree.
struct Node {
    receiver: Option<String>,
    matchers: Vec<RouteMatcher>,
    goes_on: bool,
    children: Vec<Node>,
}

impl Node {
    fn new(route: &Value, above: Option<&str>) -> Self {
        let receiver = route["receiver"].as_str().or(above).map(str::to_owned);
        let children = route["routes"].as_array().into_iter().flatten();
        Self {
            matchers: matchers(route),
            goes_on: route["continue"] == true,
            children: children
                .map(|child| Self::new(child, receiver.as_deref()))
                .collect(),
            receiver,
        }
    }

    /// Adds the receivers below this node, which matches. If no child
    /// matches, the node's own receiver is told.
    fn follow(&self, labels: &BTreeMap<&str, &str>, told: &mut BTreeSet<String>) {
        let mut matched = false;
        for child in &self.children {
            if child.matchers.iter().all(|matcher| passes(matcher, labels)) {
                matched = true;
                child.follow(labels, told);
                if !child.goes_on {
                    break;
                }
            }
        }
        if !matched {
            told.extend(self.receiver.clone());
        }
    }
}

fn passes(matcher: &RouteMatcher, labels: &BTreeMap<&str, &str>) -> bool {
    let value = labels.get(matcher.label.as_str()).copied();
    // What does not compile stops Alertmanager from starting.
    matcher.holds(&Known::Is(value.unwrap_or_default().into())) == Holds::Always
}

fn text(matcher: &RouteMatcher) -> String {
    format!("{}{}{:?}", matcher.label, matcher.op.name(), matcher.value)
}

fn matchers(route: &Value) -> Vec<RouteMatcher> {
    let mut all: Vec<_> = texts(&route["matchers"]).collect();
    all.extend(texts(&route["match"]));
    all.extend(
        texts(&route["match_re"])
            .map(|matcher| RouteMatcher::new(matcher.label, MatchOp::Regex, matcher.value)),
    );
    all.sort_by_key(text);
    all
}

/// Matchers as a list of texts, one text of several, or a mapping.
fn texts(value: &Value) -> impl Iterator<Item = RouteMatcher> {
    let list: Vec<_> = match value {
        Value::String(text) => split(text).filter_map(RouteMatcher::parse).collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .flat_map(split)
            .filter_map(RouteMatcher::parse)
            .collect(),
        Value::Object(map) => map
            .iter()
            .map(|(label, value)| {
                let text = value.as_str().map(str::to_owned);
                let text = text.unwrap_or_else(|| value.to_string());
                RouteMatcher::new(label.clone(), MatchOp::Equal, text)
            })
            .collect(),
        _ => Vec::new(),
    };
    list.into_iter()
}

/// The parts of `{a="b", c="d"}`, with or without its braces.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    text.split(move |c| {
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        c == ',' && !quoted
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

/// The matchers of a route, sorted and spelt in one way.
pub(crate) fn route_matchers(route: &Value) -> Vec<String> {
    matchers(route).iter().map(text).collect()
}

/// Matchers spelt in one way.
pub(crate) fn matchers_text(value: &Value) -> Vec<String> {
    texts(value).map(|matcher| text(&matcher)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Node, route_matchers};
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};

    fn told(tree: &serde_json::Value, labels: &[(&str, &str)]) -> Vec<String> {
        let mut told = BTreeSet::new();
        let labels: BTreeMap<_, _> = labels.iter().copied().collect();
        Node::new(tree, None).follow(&labels, &mut told);
        told.into_iter().collect()
    }

    #[test]
    fn the_first_match_wins_unless_it_goes_on() {
        let tree = json!({ "receiver": "all", "routes": [
            { "matchers": ["severity=\"critical\""], "receiver": "pager", "continue": true },
            { "matchers": ["{team=~\"db|web\", severity!=\"info\"}"], "receiver": "teams",
              "routes": [{ "match": { "team": "db" }, "receiver": "dba" }] },
            { "match_re": { "severity": ".*" }, "receiver": "rest" }
        ]});
        assert_eq!(told(&tree, &[("severity", "critical")]), ["pager", "rest"]);
        assert_eq!(
            told(&tree, &[("severity", "critical"), ("team", "web")]),
            ["pager", "teams"]
        );
        assert_eq!(
            told(&tree, &[("severity", "warning"), ("team", "db")]),
            ["dba"]
        );
        assert_eq!(told(&json!({ "receiver": "all" }), &[]), ["all"]);
    }

    #[test]
    fn matchers_are_spelt_in_one_way() {
        let one = route_matchers(&json!({ "matchers": ["b = \"x,y\"", "a!=z"] }));
        let two = route_matchers(&json!({ "matchers": "{a!=\"z\",b=\"x,y\"}" }));
        assert_eq!(one, two);
        assert_eq!(one, ["a!=\"z\"", "b=\"x,y\""]);
    }
}
