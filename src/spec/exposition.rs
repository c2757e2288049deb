//! Reads which metrics a saved exposition holds (`curl …/metrics > node.prom`).

use super::shape::MetricType;
use std::collections::BTreeMap;

/// A metric family of an exposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedMetric {
    /// Its type; `None` where the exposition does not say.
    pub kind: Option<MetricType>,
    /// Its help, if given.
    pub help: String,
    /// All label names of its series, `le` and `quantile` left out, sorted.
    pub labels: Vec<String>,
    /// Those of the labels that some of its series lack.
    pub optional: Vec<String>,
    /// Whether a series of it has been read.
    seen: bool,
}

impl ExposedMetric {
    /// Takes note of a series: its labels, and which of them have a value.
    fn series(&mut self, labels: &[(&str, bool)]) {
        for known in &self.labels {
            if labels.iter().all(|(label, _)| label != known) {
                self.optional.push(known.clone());
            }
        }
        for (label, has_value) in labels {
            let is_new = !self.labels.iter().any(|known| known == label);
            if is_new {
                self.labels.push((*label).to_owned());
            }
            if !has_value || is_new && self.seen {
                self.optional.push((*label).to_owned());
            }
        }
        self.seen = true;
    }
}

/// Reads the text format 0.0.4 or OpenMetrics; gives families by name.
///
/// # Errors
/// The number of the first line that is in neither format, from 1.
pub fn read_exposition(text: &str) -> Result<BTreeMap<String, ExposedMetric>, usize> {
    let mut families: BTreeMap<String, ExposedMetric> = BTreeMap::new();
    let new = || ExposedMetric {
        kind: None,
        help: String::new(),
        labels: Vec::new(),
        optional: Vec::new(),
        seen: false,
    };
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            let mut words = comment.trim_start().splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("HELP"), Some(name), help) => {
                    families.entry(name.to_owned()).or_insert_with(new).help =
                        help.unwrap_or("").to_owned();
                }
                (Some("TYPE"), Some(name), Some(kind)) => {
                    families.entry(name.to_owned()).or_insert_with(new).kind = match kind.trim() {
                        "counter" => Some(MetricType::Counter),
                        "gauge" => Some(MetricType::Gauge),
                        "histogram" => Some(MetricType::Histogram),
                        "summary" => Some(MetricType::Summary),
                        _ => None,
                    };
                }
                _ => {}
            }
        } else if !line.is_empty() {
            let (series, mut labels) = sample(line).ok_or(index + 1)?;
            labels.retain(|(label, _)| !matches!(*label, "le" | "quantile"));
            let family = family_of(series, &families);
            let metric = families.entry(family).or_insert_with(new);
            metric.series(&labels);
        }
    }
    // OpenMetrics declares a counter `x` whose series is `x_total`.
    let counters: Vec<_> = families
        .iter()
        .filter(|(name, metric)| {
            metric.kind == Some(MetricType::Counter)
                && text
                    .lines()
                    .any(|line| line.starts_with(&format!("{name}_total")))
        })
        .map(|(name, _)| name.clone())
        .collect();
    for name in counters {
        if let (false, Some(declared)) = (name.ends_with("_total"), families.remove(&name)) {
            let series = families.entry(format!("{name}_total")).or_insert_with(new);
            series.kind = declared.kind;
            series.help = declared.help;
            series.labels.extend(declared.labels);
            series.optional.extend(declared.optional);
        }
    }
    for metric in families.values_mut() {
        for labels in [&mut metric.labels, &mut metric.optional] {
            labels.sort();
            labels.dedup();
        }
    }
    Ok(families)
}

/// Name and label names of a sample line, and whether the labels have values.
fn sample(line: &str) -> Option<(&str, Vec<(&str, bool)>)> {
    let name_end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .filter(|at| *at > 0)?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside.trim_start();
        while !rest.starts_with('}') {
            let (label, value) = rest.split_once('=')?;
            let mut escaped = false;
            let value = value.trim_start().strip_prefix('"')?;
            let end = value.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?;
            labels.push((label.trim(), end > 0));
            rest = value[end + 1..]
                .trim_start()
                .trim_start_matches(',')
                .trim_start();
        }
        rest = &rest[1..];
    }
    let value = rest.split_ascii_whitespace().next()?;
    let numeric = value.parse::<f64>().is_ok() || matches!(value, "+Inf" | "-Inf" | "NaN");
    numeric.then_some((name, labels))
}

/// The declared family that a series belongs to; its own name if none is.
fn family_of(series: &str, families: &BTreeMap<String, ExposedMetric>) -> String {
    for suffix in ["_bucket", "_sum", "_count", "_created"] {
        if let Some(base) = series.strip_suffix(suffix) {
            let kind = families.get(base).and_then(|metric| metric.kind);
            if matches!(kind, Some(MetricType::Histogram | MetricType::Summary)) {
                return base.to_owned();
            }
        }
    }
    series.to_owned()
}

#[cfg(test)]
mod tests {
    use super::read_exposition;
    use crate::spec::shape::MetricType;

    #[test]
    fn families_have_type_help_and_labels() {
        let text = "# HELP http_seconds Time\n# TYPE http_seconds histogram\n\
            http_seconds_bucket{path=\"/a,b=\\\"c\\\"}\",le=\"+Inf\"} 3\nhttp_seconds_sum{path=\"/\"} 1.5\n\
            http_seconds_count{path=\"/\"} 3\n# TYPE up gauge\nup 1\nbare_total 7 1700000000\n";
        let families = read_exposition(text).unwrap();
        assert_eq!(families["http_seconds"].kind, Some(MetricType::Histogram));
        assert_eq!(families["http_seconds"].help, "Time");
        assert_eq!(families["http_seconds"].labels, ["path"]);
        assert_eq!(families["up"].kind, Some(MetricType::Gauge));
        assert_eq!(families["bare_total"].kind, None);
        assert_eq!(families.len(), 3);
    }

    #[test]
    fn labels_that_some_series_lack_are_optional() {
        let text = "# TYPE h histogram\nh_bucket{le=\"1\",a=\"x\"} 1\nh_sum{a=\"x\"} 1\n\
            disk{a=\"x\",b=\"\"} 1\ndisk{a=\"y\",c=\"z\"} 2\nall{a=\"x\"} 1\nall{a=\"y\"} 1\n";
        let families = read_exposition(text).unwrap();
        assert_eq!(families["disk"].labels, ["a", "b", "c"]);
        assert_eq!(families["disk"].optional, ["b", "c"]);
        assert_eq!(families["all"].optional, [""; 0]);
        assert_eq!(families["h"].optional, [""; 0]);
    }

    #[test]
    fn openmetrics_counters_get_their_series_name() {
        let families = read_exposition(
            "# TYPE jobs counter\n# HELP jobs Done\njobs_total{q=\"a\"} 1\n# EOF\n",
        )
        .unwrap();
        assert_eq!(families["jobs_total"].kind, Some(MetricType::Counter));
        assert_eq!(families["jobs_total"].labels, ["q"]);
        assert!(!families.contains_key("jobs"));
    }

    #[test]
    fn a_line_that_is_no_sample_is_named() {
        assert_eq!(read_exposition("up 1\n<html>\n"), Err(2));
        assert_eq!(read_exposition("up{a=\"b} 1\n"), Err(1));
        assert_eq!(read_exposition("up one\n"), Err(1));
    }
}
