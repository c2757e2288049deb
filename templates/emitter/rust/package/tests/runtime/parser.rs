//! A reader of both text formats, written from their descriptions alone. It
//! refuses what a scraper could refuse.

use std::collections::HashSet;

/// One metric family as it was read.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Family {
    pub name: String,
    pub kind: String,
    pub help: String,
    pub unit: Option<String>,
    pub samples: Vec<Sample>,
}

/// One line with a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
    /// The number as written.
    pub written: String,
}

impl Sample {
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        let (_, value) = self.labels.iter().find(|(n, _)| n == name)?;
        Some(value)
    }
}

/// Reads an exposition by its content type.
pub(crate) fn parse((content_type, body): (&str, Vec<u8>)) -> Vec<Family> {
    let body = String::from_utf8(body).expect("UTF-8");
    match content_type {
        "text/plain; version=0.0.4; charset=utf-8" => read(&body, false),
        "application/openmetrics-text; version=1.0.0; charset=utf-8" => {
            read(body.strip_suffix("# EOF\n").expect("ends in EOF"), true)
        }
        other => panic!("unknown content type {other}"),
    }
}

/// The family with this name.
pub(crate) fn family<'a>(families: &'a [Family], name: &str) -> &'a Family {
    families
        .iter()
        .find(|f| f.name == name)
        .unwrap_or_else(|| panic!("no family {name}"))
}

/// The only sample with this name and these labels.
pub(crate) fn value(families: &[Family], name: &str, labels: &[(&str, &str)]) -> f64 {
    let found: Vec<f64> = families
        .iter()
        .flat_map(|f| &f.samples)
        .filter(|s| s.name == name && s.labels.len() == labels.len())
        .filter(|s| labels.iter().all(|(n, v)| s.label(n) == Some(v)))
        .map(|s| s.value)
        .collect();
    assert_eq!(found.len(), 1, "{name} {labels:?}: {found:?}");
    found[0]
}

fn read(body: &str, open_metrics: bool) -> Vec<Family> {
    assert!(body.is_empty() || body.ends_with('\n'));
    let mut families: Vec<Family> = Vec::new();
    let mut seen = HashSet::new();
    for line in body.split_terminator('\n') {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut parts = comment.splitn(3, ' ');
            let (keyword, name) = (parts.next().unwrap(), parts.next().expect("a name"));
            let rest = parts.next().expect("a text");
            if families.last().is_none_or(|f| f.name != name) {
                assert!(
                    families.iter().all(|f| f.name != name),
                    "{name} comes twice"
                );
                families.push(Family {
                    name: name.into(),
                    ..Family::default()
                });
            }
            let family = families.last_mut().unwrap();
            assert!(family.samples.is_empty(), "metadata after samples: {line}");
            match keyword {
                "HELP" => family.help = unescape(rest, open_metrics),
                "TYPE" => family.kind = rest.into(),
                "UNIT" if open_metrics => {
                    assert!(name.ends_with(&format!("_{rest}")), "{line}");
                    family.unit = Some(rest.into());
                }
                _ => panic!("{line}"),
            }
        } else {
            let sample = sample(line);
            let family = families.last_mut().expect("metadata first");
            let suffixes: &[&str] = match (family.kind.as_str(), open_metrics) {
                ("histogram", _) => &["_bucket", "_sum", "_count"],
                ("counter", true) => &["_total"],
                ("counter" | "gauge", _) | ("unknown", true) => &[""],
                (kind, _) => panic!("type {kind}"),
            };
            let suffix = sample.name.strip_prefix(&family.name).expect("grouped");
            assert!(suffixes.contains(&suffix), "{line} in {}", family.kind);
            let mut key = sample.labels.clone();
            key.sort();
            assert!(seen.insert((sample.name.clone(), key)), "duplicate: {line}");
            family.samples.push(sample);
        }
    }
    for family in &families {
        if family.kind == "histogram" {
            check_histogram(family);
        }
    }
    families
}

/// Buckets that grow up to `+Inf`, which is the count.
fn check_histogram(family: &Family) {
    let mut last: Option<(f64, f64)> = None;
    for sample in &family.samples {
        if let Some(le) = sample.label("le") {
            assert!(le == "+Inf" || le.contains(['.', 'e']), "le={le}");
            let (bound, count) = (le.replace("+Inf", "inf").parse().unwrap(), sample.value);
            if let Some((last_bound, last_count)) = last {
                assert!(bound > last_bound && count >= last_count, "{sample:?}");
            }
            last = Some((bound, count));
        } else if sample.name.ends_with("_count") {
            let (bound, count) = last.take().expect("buckets first");
            assert!(
                bound == f64::INFINITY && count == sample.value,
                "{sample:?}"
            );
        }
    }
    assert!(last.is_none(), "a histogram without a count");
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a value");
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect("a label value");
            let mut escaped = false;
            let end = after
                .find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                })
                .expect("a closing quote");
            labels.push((label.to_owned(), unescape(&after[..end], true)));
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect("a closing brace");
    }
    let written = rest.strip_prefix(' ').expect("one space");
    Sample {
        name: name.to_owned(),
        labels,
        value: written.parse().expect("a number"),
        written: written.to_owned(),
    }
}

fn unescape(text: &str, quotes: bool) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(match chars.next() {
                Some('n') => '\n',
                Some('\\') => '\\',
                Some('"') if quotes => '"',
                other => panic!("escape {other:?}"),
            }),
            '"' if quotes => panic!("bare quote"),
            c => out.push(c),
        }
    }
    out
}
