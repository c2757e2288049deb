//! What holds for every comparison.

use crate::side::{BASE, PROFILE, specs, try_specs};
use crate::stories::STORIES;
use dashwright::diff::{Change, Diff, Side, Verb, diff};
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseError;
use proptest::{collection, sample};
use serde_json::Value;
use std::collections::BTreeSet;

/// The base specs after some of the stories, as far as they go together.
fn tree() -> impl Strategy<Value = String> {
    sample::subsequence(STORIES.to_vec(), 0..8).prop_map(|stories| {
        stories
            .into_iter()
            .fold(BASE.to_owned(), |text, (name, edits)| {
                // Two stories about the same line do not compile together.
                let clashes = ["metric", "threshold renamed", "query", "hostile"]
                    .iter()
                    .any(|word| name.starts_with(word));
                let fits = edits.iter().all(|(from, _)| text.contains(from));
                if clashes || !fits {
                    return text;
                }
                edits
                    .iter()
                    .fold(text, |text, (from, to)| text.replace(from, to))
            })
    })
}

/// The side that `tree` makes. Edits of the same line may not go together,
/// and then there is nothing to compare.
fn side(tree: &str) -> Result<Side, TestCaseError> {
    try_specs(tree, PROFILE, None).map_err(|_| TestCaseError::reject("does not compile"))
}

/// Kind, verb and every field, in a form in which both directions can be compared.
fn facts(diff: &Diff, backwards: bool) -> BTreeSet<String> {
    diff.all()
        .chain(&diff.derived)
        .chain(&diff.form)
        .flat_map(|change| {
            let verb = match (&change.verb, backwards) {
                (Verb::Added, true) => Verb::Removed,
                (Verb::Removed, true) => Verb::Added,
                (Verb::Renamed { .. }, _) => Verb::Changed,
                (verb, _) => verb.clone(),
            };
            let fields = change.fields.iter().map(move |field| {
                let (one, other) = if backwards {
                    (&field.after, &field.before)
                } else {
                    (&field.before, &field.after)
                };
                format!(
                    "{} {one:?} {other:?}",
                    field.path.rsplit('/').next().unwrap()
                )
            });
            let kind = change.kind.name();
            std::iter::once(format!("{kind} {}", verb.name()))
                .chain(fields.map(move |field| format!("{kind} {field}")))
        })
        .collect()
}

/// Every single value of a document, with the key that it stands under.
fn leaves(key: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter()
                .for_each(|(key, value)| leaves(key, value, found));
        }
        Value::Array(list) if !list.is_empty() => {
            list.iter().for_each(|value| leaves(key, value, found));
        }
        // What these hold are items, each told of by itself.
        Value::Array(_) if matches!(key, "list" | "panels") => {}
        _ => found.push((key.to_owned(), value.to_string())),
    }
}

fn told(diff: &Diff) -> BTreeSet<(String, String)> {
    let mut found = Vec::new();
    let changes: Vec<&Change> = diff.all().chain(&diff.derived).chain(&diff.form).collect();
    for field in changes.iter().flat_map(|change| &change.fields) {
        let key = field.path.rsplit('/').next().unwrap();
        for value in [&field.before, &field.after].into_iter().flatten() {
            leaves(key, value, &mut found);
        }
    }
    found.into_iter().collect()
}

/// The values of a dashboard that only one side has.
fn differing(base: &Side, head: &Side, path: &str) -> Vec<(String, String)> {
    let of = |side: &Side| {
        let artifact = side
            .artifacts
            .iter()
            .find(|artifact| artifact.path == path)?;
        let mut found = Vec::new();
        leaves(
            "",
            &serde_json::from_slice(&artifact.bytes).ok()?,
            &mut found,
        );
        Some(found)
    };
    let (Some(base), Some(head)) = (of(base), of(head)) else {
        return Vec::new();
    };
    let mut rest = head.clone();
    let mut differing = Vec::new();
    for leaf in base {
        match rest.iter().position(|other| *other == leaf) {
            Some(at) => drop(rest.swap_remove(at)),
            None => differing.push(leaf),
        }
    }
    differing.extend(rest);
    differing
}

/// The lines of a text in paragraphs that start at `indent` blanks.
fn blocks(text: &str, indent: usize) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        match blocks.last_mut() {
            Some(last) if depth > indent || line.is_empty() => last.push_str(&format!("{line}\n")),
            _ => blocks.push(format!("{line}\n")),
        }
    }
    blocks
}

/// The same specs with sections and definitions in another order, and with
/// comments and blank lines between them.
fn shuffled() -> impl Strategy<Value = String> {
    collection::vec(any::<u32>(), 80).prop_map(|keys| {
        let mut keys = keys.into_iter().cycle();
        let mut shuffle = |blocks: Vec<String>| {
            let mut keyed: Vec<_> = blocks
                .into_iter()
                .map(|block| (keys.next().unwrap(), block))
                .collect();
            keyed.sort();
            keyed
        };
        let sections = blocks(BASE, 0).into_iter().map(|section| {
            let (head, body) = section.split_once('\n').unwrap();
            let entries = shuffle(blocks(body, 2))
                .into_iter()
                .map(|(key, entry)| match key % 3 {
                    0 => format!("  # {key}\n{entry}"),
                    1 => format!("\n{entry}"),
                    _ => entry,
                });
            format!("{head}\n{}", entries.collect::<String>())
        });
        let sections = sections.collect();
        shuffle(sections)
            .into_iter()
            .map(|(_, section)| section)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(tree in tree()) {
        let found = diff(&side(&tree)?, &side(&tree)?);
        prop_assert!(found.is_empty() && found.files.is_empty() && found.form.is_empty());
    }

    #[test]
    fn both_directions_tell_the_same(one in tree(), other in tree()) {
        let (one, other) = (side(&one)?, side(&other)?);
        prop_assert_eq!(facts(&diff(&one, &other), false), facts(&diff(&other, &one), true));
    }

    #[test]
    fn formatting_and_order_never_matter(shuffled in shuffled()) {
        let found = diff(&specs(BASE, PROFILE, None), &specs(&shuffled, PROFILE, None));
        prop_assert!(found.is_empty(), "{:?}", found.changes);
    }

    #[test]
    fn every_byte_that_differs_is_accounted_for(one in tree(), other in tree()) {
        let (one, other) = (side(&one)?, side(&other)?);
        let found = diff(&one, &other);
        let told = told(&found);
        for file in &found.files {
            let form = found.form.iter().any(|change| change.files().any(|path| path == file.path));
            prop_assert!(file.changes > 0 || form, "nothing is said of {}", file.path);
            if file.path.ends_with(".json") {
                for leaf in differing(&one, &other, &file.path) {
                    prop_assert!(told.contains(&leaf), "{}: {leaf:?} is not told of", file.path);
                }
            }
        }
        let bytes = |side: &Side, path: &str| {
            side.artifacts.iter().find(|artifact| artifact.path == path).map(|artifact| artifact.bytes.clone())
        };
        let paths: BTreeSet<_> = one.artifacts.iter().chain(&other.artifacts).map(|artifact| &artifact.path).collect();
        for path in paths {
            let listed = found.files.iter().any(|file| file.path == *path);
            prop_assert_eq!(listed, bytes(&one, path) != bytes(&other, path), "{}", path);
        }
    }
}
