//! Queries as Grafana sends them: with its variables and macros filled in.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// What Grafana's macros are over an hour, with a scrape interval of 15 s.
const MACROS: [(&str, &str); 6] = [
    ("__rate_interval", "1m"),
    ("__interval_ms", "15000"),
    ("__interval", "15s"),
    ("__range_ms", "3600000"),
    ("__range_s", "3600"),
    ("__range", "1h"),
];

/// A query of a panel, ready for Prometheus.
pub(crate) struct Sent {
    /// Dashboard, panel and query.
    pub(crate) place: String,
    pub(crate) expr: String,
    /// Whether one point in time is asked for, and not a range.
    pub(crate) instant: bool,
}

/// A variable's values, as `label_values(metric, label)` asks for them.
pub(crate) struct LabelValues {
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) selector: String,
    pub(crate) label: String,
}

/// A dashboard with what its variables are when it opens.
pub(crate) struct Dashboard {
    json: Value,
    variables: Vec<(String, String)>,
}

impl Dashboard {
    pub(crate) fn open(path: &Path) -> Self {
        let json: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let list = json["templating"]["list"].as_array().unwrap();
        let mut variables: Vec<(String, String)> = list
            .iter()
            .map(|variable| {
                let name = variable["name"].as_str().unwrap().to_owned();
                (name, value(variable))
            })
            .collect();
        variables.extend(MACROS.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self { json, variables }
    }

    fn title(&self) -> &str {
        self.json["title"].as_str().unwrap()
    }

    /// The queries of all panels, with one value chosen for a variable.
    pub(crate) fn queries_with(&self, variable: &str, value: &str) -> Vec<Sent> {
        let mut variables = self.variables.clone();
        let chosen = variables.iter_mut().find(|(name, _)| name == variable);
        value.clone_into(&mut chosen.unwrap().1);
        let json = self.json.clone();
        Self { json, variables }.queries()
    }

    pub(crate) fn queries(&self) -> Vec<Sent> {
        let panels = self.json["panels"].as_array().unwrap();
        let inner = panels
            .iter()
            .filter_map(|panel| panel["panels"].as_array())
            .flatten();
        panels
            .iter()
            .chain(inner)
            .flat_map(|panel| {
                let targets = panel["targets"].as_array().into_iter().flatten();
                targets.map(|target| Sent {
                    place: format!("{}: {} {}", self.title(), panel["title"], target["refId"]),
                    expr: self.fill(target["expr"].as_str().unwrap()),
                    instant: target["instant"].as_bool().unwrap(),
                })
            })
            .collect()
    }

    pub(crate) fn variables(&self) -> Vec<LabelValues> {
        let list = self.json["templating"]["list"].as_array().unwrap();
        list.iter()
            .filter(|variable| variable["type"] == "query")
            .map(|variable| {
                let query = self.fill(variable["query"]["query"].as_str().unwrap());
                let (selector, label) = query
                    .strip_prefix("label_values(")
                    .and_then(|rest| rest.strip_suffix(')'))
                    .and_then(|arguments| arguments.rsplit_once(", "))
                    .unwrap_or_else(|| panic!("Grafana cannot read {query}"));
                LabelValues {
                    place: format!("{}: {}", self.title(), variable["name"]),
                    name: variable["name"].as_str().unwrap().to_owned(),
                    selector: selector.to_owned(),
                    label: label.to_owned(),
                }
            })
            .collect()
    }

    /// `text` with `$name`, `${name}` and `${name:format}` filled in.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let braced = rest.strip_prefix('{');
            let name: String = braced
                .unwrap_or(rest)
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let (_, value) = self
                .variables
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap_or_else(|| panic!("{}: no variable ${name} in {text}", self.title()));
            filled.push_str(value);
            rest = match braced {
                Some(braced) => braced.split_once('}').unwrap().1,
                None => &rest[name.len()..],
            };
        }
        filled + rest
    }
}

/// What a variable is at first, in a query.
fn value(variable: &Value) -> String {
    let first = match &variable["current"]["value"] {
        Value::Array(values) => &values[0],
        value => value,
    };
    match first.as_str().unwrap() {
        "$__all" => variable["allValue"].as_str().unwrap().to_owned(),
        value => value.to_owned(),
    }
}
