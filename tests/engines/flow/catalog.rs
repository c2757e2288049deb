//! Random catalogs, and series that match them.

use crate::random::Random;
use dashwright::promql::{self, Series, SeriesKind};
use std::fmt::Write as _;

/// When expressions are evaluated, in seconds.
pub(super) const EVALUATED: i64 = 1_700_000_000;

/// The samples of a series: one each 15 s over the last half hour.
const STEP: i64 = 15;
const SAMPLES: i64 = 120;

/// Labels that metrics may have, with their values. Some share values, so that
/// series can be matched after a label was copied to another.
const LABELS: [(&str, &[&str]); 6] = [
    ("job", &["x", "y"]),
    ("instance", &["x:1", "y:1"]),
    ("a", &["x", "y", "z"]),
    ("b", &["x", "1"]),
    ("c", &["only"]),
    ("d", &["p q", "\\u"]),
];

pub(super) struct Metric {
    pub(super) name: String,
    pub(super) kind: SeriesKind,
    pub(super) labels: Vec<&'static str>,
}

pub(super) struct Catalog {
    pub(super) metrics: Vec<Metric>,
}

impl Catalog {
    /// The catalog of this number; its metrics' names say so.
    pub(super) fn random(number: u64) -> Self {
        let mut random = Random::new(number);
        let mut metrics = Vec::new();
        for index in 0..4 {
            let mut labels: Vec<&str> = Vec::new();
            labels.extend(
                LABELS
                    .iter()
                    .map(|(name, _)| *name)
                    .filter(|_| random.below(2) == 0),
            );
            let kind = random.pick(&[
                SeriesKind::Counter,
                SeriesKind::Gauge,
                SeriesKind::Gauge,
                SeriesKind::HistogramBucket,
            ]);
            let suffix = match kind {
                SeriesKind::Counter => "_total",
                SeriesKind::HistogramBucket => {
                    labels.push("le");
                    "_bucket"
                }
                _ => "",
            };
            metrics.push(Metric {
                name: format!("c{number}_m{index}{suffix}"),
                kind,
                labels,
            });
        }
        // One more, without any label of its own.
        metrics.push(Metric {
            name: format!("c{number}_bare"),
            kind: SeriesKind::Gauge,
            labels: vec!["job"],
        });
        Self { metrics }
    }

    /// One of the metrics.
    pub(super) fn any(&self, random: &mut Random) -> &Metric {
        &self.metrics[random.below(self.metrics.len() as u64) as usize]
    }
}

impl promql::Catalog for Catalog {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        let metric = self.metrics.iter().find(|metric| metric.name == series)?;
        Some(Series {
            metric: &metric.name,
            kind: metric.kind,
            labels: metric.labels.clone(),
            optional: Vec::new(),
            fixed: fixed(&metric.labels),
            unit: None,
            defined: None,
            labels_defined: None,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.metrics.iter().map(|metric| metric.name.as_str()))
    }
}

/// The labels that have one value only, with it.
fn fixed(labels: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let single = labels.iter().filter_map(|label| match values(label) {
        [only] => Some((*label, *only)),
        _ => None,
    });
    single.collect()
}

/// The values of a label.
pub(super) fn values(label: &str) -> &'static [&'static str] {
    match LABELS.iter().find(|(name, _)| *name == label) {
        Some((_, values)) => values,
        None => &["0.1", "1", "+Inf"],
    }
}

/// The samples of all series, in OpenMetrics's format. Types are left out,
/// because they have no part in PromQL.
pub(super) fn exposition(catalogs: &[Catalog]) -> String {
    let mut text = String::new();
    for metric in catalogs.iter().flat_map(|catalog| &catalog.metrics) {
        for (number, labels) in label_sets(&metric.labels).iter().enumerate() {
            for sample in 0..=SAMPLES {
                let time = EVALUATED - (SAMPLES - sample) * STEP;
                let number = number as i64;
                let value = match metric.kind {
                    SeriesKind::Gauge => (sample * 7 + number * 3) % 11,
                    _ => sample * (number + 1),
                };
                writeln!(text, "{}{labels} {value} {time}", metric.name).unwrap();
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

/// Every combination of the labels' values.
fn label_sets(labels: &[&str]) -> Vec<String> {
    let mut sets = vec![String::new()];
    for label in labels {
        sets = sets
            .iter()
            .flat_map(|others| {
                values(label).iter().map(move |value| {
                    let comma = if others.is_empty() { "" } else { "," };
                    let value = value.replace('\\', "\\\\");
                    format!("{others}{comma}{label}=\"{value}\"")
                })
            })
            .collect();
    }
    sets.into_iter().map(|set| format!("{{{set}}}")).collect()
}
