//! `docs/specs.md` is the language's description: its examples compile, and
//! nothing that may be written is missing.

use crate::harness::{SpecText, compile, repository, text_of};
use std::collections::BTreeSet;

const PAGE: &str = "docs/specs.md";

/// The examples of the page, each as a file.
pub(crate) fn blocks() -> Vec<SpecText> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text_of(PAGE).lines().enumerate() {
        match (&mut open, line) {
            (None, "```yaml") => open = Some((number + 2, String::new())),
            (None, _) => {}
            (Some(_), "```") => {
                let (start, text) = open.take().unwrap();
                blocks.push((format!("{PAGE}, from line {start}"), text));
            }
            (Some((_, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "every block ends");
    blocks
}

#[test]
fn the_examples_compile_together_without_a_finding() {
    let blocks = blocks();
    assert!(blocks.len() >= 10, "the page has examples");
    let rendered = compile(&blocks).clean();
    for path in [
        "docker-compose.yml",
        "monitoring/alert-rules.test.yml",
        "monitoring/alert-rules.yml",
        "monitoring/alertmanager.yml",
        "monitoring/dashboards/shop.json",
        "monitoring/datasources.yml",
        "monitoring/prometheus.yml",
    ] {
        assert!(rendered.contains_key(path), "{path}");
    }
}

/// Keys and words that the shapes take, with the file that says so.
fn asked() -> Vec<(String, String)> {
    let mut asked = Vec::new();
    for entry in std::fs::read_dir(repository("src/spec/shape")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let line = line.trim();
            let is_field = ["required ", "optional ", "boxed ", "list "]
                .iter()
                .any(|mode| line.starts_with(mode) && line.contains("\": "));
            let is_word = line.contains(" = \"") && line.ends_with("\",");
            let is_free = line.contains("map.optional(\"");
            if is_field || is_word || is_free {
                let name = line.split('"').nth(1).unwrap();
                asked.push((name.to_owned(), file.clone()));
            }
        }
    }
    assert!(asked.len() > 150, "{} keys and words", asked.len());
    asked
}

/// Words of the page's examples (comments included) and of its code spans.
fn mentioned() -> BTreeSet<String> {
    let page = text_of(PAGE);
    let examples = blocks();
    let prose = page.split("```").step_by(2);
    let code = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    let texts = examples.iter().map(|(_, text)| text.as_str()).chain(code);
    texts
        .flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-+".contains(c))))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_and_word_of_the_language_is_mentioned() {
    let mentioned = mentioned();
    let missing: Vec<_> = asked()
        .into_iter()
        .filter(|(name, _)| !mentioned.contains(name))
        .collect();
    assert!(missing.is_empty(), "not in {PAGE}: {missing:?}");
}

#[test]
fn every_section_has_an_example() {
    let sections: BTreeSet<String> = blocks()
        .iter()
        .flat_map(|(_, text)| crate::outline::items(text))
        .map(|item| item.key().to_owned())
        .collect();
    let expected = [
        "alertmanager",
        "alerts",
        "checks",
        "dashboards",
        "emitters",
        "events",
        "external",
        "grafana",
        "labels",
        "metrics",
        "queries",
        "records",
        "rule_groups",
        "scrape",
        "stack",
        "thresholds",
    ];
    assert!(sections.iter().eq(expected), "{sections:?}");
}
