//! Judges Alertmanager: whether it runs the generated routing, knows every
//! receiver, and is kept from telling anything.

use super::client::{Answer, Client};
use super::trouble::Trouble;
use super::words::{counted, list};
use super::{Tally, place::Places};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::{Alert, Holds, Known, Model, RouteMatcher};
use crate::promql::{MatchOp, PromDuration};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// Differences of the configuration that are shown.
const SHOWN: usize = 6;

/// What an Alertmanager says about itself.
pub(super) struct Loaded {
    config: String,
    receivers: Vec<String>,
    silences: Vec<Silence>,
    pub(super) clock_ahead: Option<f64>,
}

#[derive(Deserialize)]
struct Status {
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    original: String,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Silence {
    status: State,
    matchers: Vec<SilenceMatcher>,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    ends_at: String,
}

#[derive(Deserialize)]
struct State {
    state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SilenceMatcher {
    name: String,
    value: String,
    #[serde(default)]
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

impl SilenceMatcher {
    fn matcher(&self) -> RouteMatcher {
        let op = match (self.is_equal, self.is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        };
        RouteMatcher::new(self.name.clone(), op, self.value.clone())
    }
}

/// A matcher in Alertmanager's notation.
fn written(matcher: &RouteMatcher) -> String {
    format!("{}{}{:?}", matcher.label, matcher.op.name(), matcher.value)
}

fn yes() -> bool {
    true
}

/// Asks the Alertmanager at `base`.
pub(super) fn ask(client: &Client, base: &str) -> Result<Loaded, Trouble> {
    let base = base.trim_end_matches('/');
    let get = |path: &str| client.get(&format!("{base}/api/v2/{path}"), &[]);
    let answer = get("status")?;
    let clock_ahead = answer.clock_ahead;
    let status: Status = decode(&answer)?;
    let receivers: Vec<Name> = decode(&get("receivers")?)?;
    Ok(Loaded {
        config: status.config.original,
        receivers: receivers
            .into_iter()
            .map(|receiver| receiver.name)
            .collect(),
        silences: decode(&get("silences")?)?,
        clock_ahead,
    })
}

fn decode<T: DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    serde_json::from_str(&answer.text).map_err(|error| Trouble::NotJson(error.to_string()))
}

/// Judges it by what is generated: the file `alertmanager.yml`.
pub(super) fn judge(
    loaded: &Loaded,
    generated: &[u8],
    model: &Model,
    places: Places<'_>,
    sink: &mut Sink,
) -> Tally {
    let mut tally = Tally::default();
    let Some(own) = &model.alertmanager else {
        return tally;
    };
    let router = own.router();
    for receiver in &own.receivers {
        let is_loaded = loaded.receivers.iter().any(|name| **name == *receiver.name);
        tally.count(is_loaded);
        if is_loaded {
            continue;
        }
        let told: BTreeSet<&str> = model
            .alerts()
            .filter(|(_, alert)| {
                let reached = router.reached(&|label| known(alert, label));
                reached
                    .iter()
                    .any(|reached| *reached.receiver == *receiver.name)
            })
            .map(|(_, alert)| &*alert.severity)
            .collect();
        let finding = Diagnostic::new(
            Code::ReceiverNotLoaded,
            format!("Alertmanager has no receiver `{}`", receiver.name),
        );
        let span = places.receiver(&receiver.name).map(|named| named.name.span);
        let finding =
            at(finding, span, "defined here").note(format!("it has {}", list(&loaded.receivers)));
        let finding = if told.is_empty() {
            finding
        } else {
            finding.note(format!("alerts of severity {} go there", list(&told)))
        };
        sink.push(finding.help("deploy the generated `alertmanager.yml`, and reload Alertmanager"));
    }
    let read = |bytes: &[u8]| serde_yaml::from_slice::<Value>(bytes).ok();
    if let (Some(generated), Some(running)) = (read(generated), read(loaded.config.as_bytes())) {
        let mut differences = Vec::new();
        differ("", &generated, &running, &mut differences);
        tally.count(differences.is_empty());
        if let Some(finding) = differs(&differences, places.routing()) {
            sink.push(finding);
        }
    }
    silences(loaded, model, places, sink);
    tally
}

fn at(diagnostic: Diagnostic, span: Option<Span>, label: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, label),
        None => diagnostic,
    }
}

fn differs(differences: &[String], span: Option<Span>) -> Option<Diagnostic> {
    if differences.is_empty() {
        return None;
    }
    let finding = Diagnostic::new(
        Code::RoutingDiffers,
        "Alertmanager runs another configuration than the generated one",
    );
    let mut finding = at(finding, span, "routing starts here");
    for difference in differences.iter().take(SHOWN) {
        finding = finding.note(difference.clone());
    }
    if differences.len() > SHOWN {
        finding = finding.note(format!(
            "and {} more differences",
            differences.len() - SHOWN
        ));
    }
    Some(finding.help("deploy the generated `alertmanager.yml`, and reload Alertmanager; `--profile` says which one is meant"))
}

/// What of `own` is not in `running`, which has defaults filled in and
/// secrets left out.
fn differ(path: &str, own: &Value, running: &Value, found: &mut Vec<String>) {
    match (own, running) {
        (Value::Object(own), Value::Object(running)) => {
            for (key, value) in own {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                match running.get(key) {
                    Some(other) => differ(&path, value, other, found),
                    // An empty list is what is left out.
                    None if value.as_array().is_some_and(Vec::is_empty) => {}
                    None => found.push(format!(
                        "`{path}` is generated as {}, and not there",
                        shown(value)
                    )),
                }
            }
        }
        (Value::Array(own), Value::Array(running))
            if own.iter().chain(running).all(Value::is_string) =>
        {
            let texts = |list: &[Value]| -> BTreeSet<String> { list.iter().map(normal).collect() };
            if texts(own) != texts(running) {
                found.push(format!(
                    "`{path}` is generated as {}, and is {}",
                    shown(&own.clone().into()),
                    shown(&running.clone().into())
                ));
            }
        }
        (Value::Array(own), Value::Array(running))
            if own.iter().all(|item| item["name"].is_string()) =>
        {
            for item in own {
                let same = running.iter().find(|other| other["name"] == item["name"]);
                // A receiver that is not there is a finding of its own.
                if let Some(same) = same {
                    let name = item["name"].as_str().unwrap_or_default();
                    differ(&format!("{path}[{name}]"), item, same, found);
                }
            }
        }
        (Value::Array(own), Value::Array(running)) => {
            if own.len() != running.len() {
                found.push(format!(
                    "`{path}` is generated with {}, and has {}",
                    counted(own.len(), "entry"),
                    running.len()
                ));
            }
            for (index, (own, running)) in own.iter().zip(running).enumerate() {
                differ(&format!("{path}[{index}]"), own, running, found);
            }
        }
        _ if running.as_str() == Some("<secret>") || normal(own) == normal(running) => {}
        _ => found.push(format!(
            "`{path}` is generated as {}, and is {}",
            shown(own),
            shown(running)
        )),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// A value in one of the ways to write it.
fn normal(value: &Value) -> String {
    let Some(text) = value.as_str() else {
        return value.to_string();
    };
    if let Some(duration) = PromDuration::parse(text) {
        return duration.to_string();
    }
    RouteMatcher::parse(text).map_or_else(|| text.to_owned(), |matcher| written(&matcher))
}

/// What is known of a label of an alert: its expression may give any other.
fn known(alert: &Alert, label: &str) -> Known {
    match label {
        "alertname" => Known::Is(alert.name.clone()),
        label => alert
            .labels
            .get(label)
            .cloned()
            .map_or(Known::Open, Known::Is),
    }
}

/// Alerts that a silence keeps from being told.
fn silences(loaded: &Loaded, model: &Model, places: Places<'_>, sink: &mut Sink) {
    for silence in loaded
        .silences
        .iter()
        .filter(|silence| silence.status.state == "active")
    {
        let matchers: Vec<RouteMatcher> = silence
            .matchers
            .iter()
            .map(SilenceMatcher::matcher)
            .collect();
        for (_, alert) in model.alerts() {
            let held = matchers
                .iter()
                .map(|matcher| matcher.holds(&known(alert, &matcher.label)));
            let partly = match held.min().unwrap_or(Holds::Always) {
                Holds::Never => continue,
                Holds::Perhaps => "some of its alerts are",
                Holds::Always => "it is",
            };
            let written: Vec<_> = matchers.iter().map(written).collect();
            let finding =
                Diagnostic::new(Code::AlertSilenced, format!("`{}` is silenced", alert.name));
            let span = places.alert(&alert.name).map(|named| named.name.span);
            let finding = at(finding, span, "tells nobody").note(format!(
                "{partly} matched by {{{}}}, until {}",
                written.join(", "),
                silence.ends_at
            ));
            sink.push(
                match (silence.created_by.as_str(), silence.comment.as_str()) {
                    ("", "") => finding,
                    (by, why) => finding.note(format!("by `{by}`: {why}")),
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::differ;
    use serde_json::{Value, json};

    fn differences(own: &Value, running: &Value) -> Vec<String> {
        let mut found = Vec::new();
        differ("", own, running, &mut found);
        found
    }

    #[test]
    fn defaults_and_spelling_are_no_differences() {
        assert_eq!(
            differences(
                &json!({"route": {"receiver": "a", "group_wait": "60s", "matchers": ["x = y"], "group_by": []}}),
                &json!({"global": {}, "route": {"receiver": "a", "group_wait": "1m", "matchers": ["x=\"y\""], "continue": false}}),
            ),
            [] as [&str; 0]
        );
        assert_eq!(
            differences(
                &json!({"api_url": "https://x"}),
                &json!({"api_url": "<secret>"})
            ),
            [] as [&str; 0]
        );
    }

    #[test]
    fn differences_are_named_by_path() {
        assert_eq!(
            differences(
                &json!({"route": {"routes": [{"receiver": "a", "continue": true}]}, "receivers": [{"name": "a", "x": 1}]}),
                &json!({"route": {"routes": [{"receiver": "b"}]}, "receivers": [{"name": "b"}, {"name": "a", "x": 2}]}),
            ),
            [
                "`receivers[a].x` is generated as `1`, and is `2`",
                "`route.routes[0].continue` is generated as `true`, and not there",
                "`route.routes[0].receiver` is generated as `a`, and is `b`",
            ]
        );
    }
}
