//! Prometheus's API, as much of it as is asked.

use super::client::Client;
use super::trouble::Trouble;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// A Prometheus, asked about one moment.
pub(super) struct Prometheus<'c> {
    client: &'c Client,
    base: String,
    /// The moment that all instant queries ask about, in seconds since 1970.
    pub(super) now: f64,
    /// Answers to instant queries: many narrowings ask the same.
    asked: Mutex<HashMap<String, Answered>>,
}

type Answered = Result<Arc<Vec<Series>>, Refusal>;

/// Why there is no answer to a query.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// The server could not be asked.
    Trouble(Trouble),
    /// The engine says no, and why.
    Engine(String),
}

/// A series of an answer.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) values: Vec<f64>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<OneSample>),
    Matrix(Vec<Samples>),
    Scalar((f64, String)),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct OneSample {
    metric: BTreeMap<String, String>,
    // Native histograms have no plain value.
    value: Option<(f64, String)>,
}

#[derive(Deserialize)]
struct Samples {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    #[serde(default)]
    histograms: Vec<serde::de::IgnoredAny>,
}

/// A target of a scrape.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    #[serde(default)]
    pub(super) discovered_labels: BTreeMap<String, String>,
    pub(super) scrape_pool: String,
    pub(super) scrape_url: String,
    #[serde(default)]
    pub(super) last_error: String,
    pub(super) health: String,
    #[serde(default)]
    pub(super) scrape_interval: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

/// A group of rules that is loaded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rules: Vec<Rule>,
    /// Seconds between evaluations.
    pub(super) interval: f64,
    #[serde(default)]
    pub(super) last_evaluation: String,
}

/// A rule that is loaded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) r#type: String,
    pub(super) name: String,
    pub(super) query: String,
    /// Seconds that the condition must hold.
    #[serde(default)]
    pub(super) duration: f64,
    #[serde(default)]
    pub(super) keep_firing_for: f64,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) health: String,
    #[serde(default)]
    pub(super) last_error: String,
    #[serde(default)]
    pub(super) alerts: Vec<ActiveAlert>,
}

/// An alert that is pending or firing.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ActiveAlert {
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) state: String,
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alertmanagers {
    active_alertmanagers: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    url: String,
}

/// What targets say about a metric.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) r#type: String,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl<'c> Prometheus<'c> {
    /// Asks for the time; gives how far the server's clock is ahead as well.
    pub(super) fn connect(client: &'c Client, base: &str) -> Result<(Self, Option<f64>), Trouble> {
        let base = base.trim_end_matches('/').to_owned();
        let answer = client.query(&format!("{base}/api/v1/query"), &[("query", "time()")])?;
        let prometheus = |now| Self {
            client,
            base,
            now,
            asked: Mutex::default(),
        };
        match decode::<Data>(&answer.text) {
            Ok(Data::Scalar((now, _))) => Ok((prometheus(now), answer.clock_ahead)),
            Ok(_) => Err(Trouble::NotJson("`time()` is no number".to_owned())),
            Err(Refusal::Trouble(trouble)) => Err(trouble),
            Err(Refusal::Engine(reason)) => Err(Trouble::NotJson(reason)),
        }
    }

    /// The value of `expr` now.
    pub(super) fn instant(&self, expr: &str) -> Answered {
        if let Some(known) = self.lock().get(expr) {
            return known.clone();
        }
        let now = self.now.to_string();
        let answered = self
            .post("query", &[("query", expr), ("time", &now)])
            .map(Arc::new);
        self.lock().insert(expr.to_owned(), answered.clone());
        answered
    }

    /// The values of `expr` over the `range` seconds before now.
    pub(super) fn range(&self, expr: &str, range: f64, step: f64) -> Result<Vec<Series>, Refusal> {
        // Grafana asks for whole steps.
        let end = (self.now / step).floor() * step;
        let start = ((self.now - range) / step).floor() * step;
        let form = [
            ("query", expr),
            ("start", &start.to_string()),
            ("end", &end.to_string()),
            ("step", &step.to_string()),
        ];
        self.post("query_range", &form)
    }

    /// The values of a label, of the series that `selector` selects, now and
    /// in the `range` seconds before.
    pub(super) fn label_values(
        &self,
        label: &str,
        selector: &str,
        range: f64,
    ) -> Result<Vec<String>, Refusal> {
        let start = (self.now - range).to_string();
        let end = self.now.to_string();
        let parameters = [("match[]", selector), ("start", &start), ("end", &end)];
        self.get(&format!("label/{label}/values"), &parameters)
    }

    pub(super) fn targets(&self) -> Result<Vec<Target>, Refusal> {
        let targets: Targets = self.get("targets", &[("state", "active")])?;
        Ok(targets.active_targets)
    }

    pub(super) fn rules(&self) -> Result<Vec<Group>, Refusal> {
        let groups: Groups = self.get("rules", &[])?;
        Ok(groups.groups)
    }

    /// The addresses of the Alertmanagers that alerts are sent to.
    pub(super) fn alertmanagers(&self) -> Result<Vec<String>, Refusal> {
        let found: Alertmanagers = self.get("alertmanagers", &[])?;
        let urls = found.active_alertmanagers.into_iter();
        Ok(urls.map(|address| address.url).collect())
    }

    /// What targets say about metrics, by name.
    pub(super) fn metadata(&self) -> Result<BTreeMap<String, Vec<Metadata>>, Refusal> {
        self.get("metadata", &[])
    }

    fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Refusal> {
        let url = format!("{}/api/v1/{path}", self.base);
        decode(&self.client.get(&url, parameters)?.text)
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Vec<Series>, Refusal> {
        let url = format!("{}/api/v1/{path}", self.base);
        Ok(match decode(&self.client.query(&url, form)?.text)? {
            Data::Vector(samples) => samples.into_iter().map(Series::from).collect(),
            Data::Matrix(series) => series.into_iter().map(Series::from).collect(),
            Data::Scalar((_, value)) => vec![Series {
                labels: BTreeMap::new(),
                values: vec![parse(&value)],
            }],
            Data::String(_) => Vec::new(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Answered>> {
        // What another thread left behind is whole answers.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let envelope: Envelope<T> =
        serde_json::from_str(text).map_err(|error| Trouble::NotJson(error.to_string()))?;
    match envelope.data {
        Some(data) if envelope.status == "success" => Ok(data),
        _ if envelope.error.is_empty() => {
            Err(Trouble::NotJson(format!("its status is `{}`", envelope.status)).into())
        }
        _ => Err(Refusal::Engine(envelope.error)),
    }
}

impl From<OneSample> for Series {
    fn from(sample: OneSample) -> Self {
        Self {
            labels: sample.metric,
            // The presence of a native histogram counts, whatever is in it.
            values: vec![sample.value.map_or(1.0, |(_, value)| parse(&value))],
        }
    }
}

impl From<Samples> for Series {
    fn from(samples: Samples) -> Self {
        let floats = samples.values.iter().map(|(_, value)| parse(value));
        let histograms = samples.histograms.iter().map(|_| 1.0);
        Self {
            labels: samples.metric,
            values: floats.chain(histograms).collect(),
        }
    }
}

fn parse(value: &str) -> f64 {
    value.parse().unwrap_or(f64::NAN)
}

impl Series {
    /// The value of a series of an instant query.
    pub(super) fn value(&self) -> f64 {
        self.values.first().copied().unwrap_or(f64::NAN)
    }

    /// Whether any of its values is a number.
    pub(super) fn has_numbers(&self) -> bool {
        self.values.iter().any(|value| !value.is_nan())
    }

    /// Its labels as PromQL writes them, the name left out.
    pub(super) fn label_set(&self) -> String {
        let labels = self.labels.iter().filter(|(name, _)| *name != "__name__");
        let labels: Vec<_> = labels
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        format!("{{{}}}", labels.join(", "))
    }
}
