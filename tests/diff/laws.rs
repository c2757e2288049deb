//! What holds for every comparison.

use crate::side::{BASE, PROFILE, specs, try_specs, try_tree};
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
    all(diff)
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

/// A file as its own engine reads it, by parsers that are not the tool's;
/// `None` if it is prose or code.
fn document(path: &str, bytes: &[u8]) -> Option<Value> {
    if path.ends_with(".json") {
        serde_json::from_slice(bytes).ok()
    } else if path.ends_with(".yml") || path.ends_with(".yaml") {
        serde_yaml::from_slice(bytes).ok()
    } else {
        None
    }
}

fn all(diff: &Diff) -> impl Iterator<Item = &Change> {
    diff.all().chain(&diff.derived).chain(&diff.form)
}

/// Every value that is said to be in a file, on either side.
fn told(diff: &Diff, path: &str) -> BTreeSet<(String, String)> {
    let mut found = Vec::new();
    let here = all(diff).filter(|change| change.files().any(|file| file == path));
    for field in here.flat_map(|change| &change.fields) {
        let key = field.path.rsplit('/').next().unwrap();
        for value in [&field.before, &field.after].into_iter().flatten() {
            leaves(key, value, &mut found);
        }
    }
    found.into_iter().collect()
}

/// The values of a document that only one side has.
fn differing(base: &Value, head: &Value) -> Vec<(String, String)> {
    let of = |value: &Value| {
        let mut found = Vec::new();
        leaves("", value, &mut found);
        found
    };
    let mut rest = of(head);
    let mut differing = Vec::new();
    for leaf in of(base) {
        match rest.iter().position(|other| *other == leaf) {
            Some(at) => drop(rest.swap_remove(at)),
            None => differing.push(leaf),
        }
    }
    differing.extend(rest);
    differing
}

/// What is not accounted for of the files that differ, one line each.
fn unexplained(base: &Side, head: &Side) -> Vec<String> {
    let found = diff(base, head);
    let bytes = |side: &Side, path: &str| {
        let mut all = side.artifacts.iter();
        all.find(|artifact| artifact.path == path)
            .map(|artifact| artifact.bytes.clone())
    };
    let mut missing = Vec::new();
    let paths: BTreeSet<_> = [base, head]
        .into_iter()
        .flat_map(|side| &side.artifacts)
        .map(|artifact| artifact.path.as_str())
        .collect();
    for path in paths {
        let sides = [bytes(base, path), bytes(head, path)];
        let listed = found.files.iter().find(|file| file.path == path);
        if listed.is_some() != (sides[0] != sides[1]) {
            missing.push(format!("{path} is listed: {listed:?}"));
        }
        let Some(listed) = listed else { continue };
        let names_it = |change: &Change| change.files().any(|file| file == path);
        if listed.changes == 0 && !found.form.iter().any(names_it) {
            missing.push(format!("nothing is said of {path}"));
        }
        let read = |side: &Option<Vec<u8>>| document(path, side.as_ref()?);
        if let (Some(one), Some(other)) = (read(&sides[0]), read(&sides[1])) {
            let told = told(&found, path);
            let silent = differing(&one, &other);
            let silent = silent.iter().filter(|leaf| !told.contains(leaf));
            missing.extend(silent.map(|leaf| format!("{path}: {leaf:?} is not told of")));
            continue;
        }
        // Prose and code change as a whole, and something is to blame.
        let follower = found.followers.iter().find(|one| one.path == path);
        let is_own = found
            .all()
            .any(|change| names_it(change) && !change.kind.is_derived() || change.name == path);
        let has_cause = follower.is_some_and(|one| {
            !one.causes.is_empty() && one.causes.iter().all(|at| *at < found.changes.len())
        });
        if !has_cause && !is_own {
            missing.push(format!("{path} follows from nothing"));
        }
    }
    missing
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
        prop_assert_eq!(unexplained(&side(&one)?, &side(&other)?), Vec::<String>::new());
    }
}

/// Settings that show in few places: each alone, and beside another change
/// that could be taken for their cause.
#[test]
fn what_only_shows_in_prose_and_code_is_accounted_for() {
    const RECORD: &str = "records:\n  handler:requests:rate5m:\n    query: request_rate\n    help: Requests per second\n    window: 5m\n    group: web\n";
    const CATALOG: &str = "external:\n  node: { metrics: { node_load1: { type: gauge } } }\n";
    let main = format!("{BASE}{RECORD}{CATALOG}");
    let readme = include_str!("../../templates/docs/README.md.j2");
    let files = |main: &str, readme: &str| {
        try_tree(
            &[("main.yaml", main), ("templates/docs/README.md.j2", readme)],
            None,
        )
        .unwrap()
    };
    let base = files(&main, readme);
    let told = |edits: &[(&str, &str)], template: &str| {
        let edit = |text: String, (from, to): &(&str, &str)| {
            assert!(text.contains(from), "there is no `{from}`");
            text.replace(from, to)
        };
        let head = files(&edits.iter().fold(main.clone(), edit), template);
        assert_eq!(unexplained(&base, &head), Vec::<String>::new(), "{edits:?}");
        let found = diff(&base, &head);
        let subject = |change: &Change| format!("{} {}", change.kind.name(), change.name);
        let causes = |path: &str| -> Vec<String> {
            let follower = found.followers.iter().find(|one| one.path == path);
            let causes = follower.into_iter().flat_map(|one| &one.causes);
            causes.map(|at| subject(&found.changes[*at])).collect()
        };
        (
            causes("monitoring/dashboards/README.md"),
            causes("emitter/src/lib.rs"),
        )
    };
    let named = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let package = ("package: web-metrics", "package: web-telemetry");
    let help = (
        "help: Requests per second\n    window",
        "help: Requests handled\n    window",
    );
    let catalog = ("node: { metrics", "host: { metrics");
    let url = ("grafana:\n", "grafana:\n  url: https://grafana.example\n");
    let threshold = ("warning: 5%", "warning: 4%");
    let metric = ("help: The build", "help: What runs");

    assert_eq!(
        told(&[help], readme).0,
        named(&["recording rule handler:requests:rate5m"])
    );
    assert_eq!(told(&[url], readme).0, named(&["Grafana setting url"]));
    assert_eq!(told(&[metric], readme).1, named(&["metric web_build_info"]));
    assert_eq!(
        told(&[threshold, metric], readme).1,
        named(&["metric web_build_info"])
    );
    assert_eq!(
        told(&[threshold, metric], readme).0,
        named(&["threshold error_ratio", "metric web_build_info"])
    );
    let other = readme.replace("## Performance", "## How fast");
    assert_eq!(told(&[], &other).0, named(&["template docs/README.md.j2"]));
    for edits in [
        &[package][..],
        &[package, threshold],
        &[catalog, package],
        &[help, threshold],
    ] {
        told(edits, readme);
    }
}

/// The same line of several packages changes, in each for a reason of its own.
#[test]
fn packages_follow_from_their_own_emitters() {
    let side = |name: &str| {
        let languages = ["python", "rust", "typescript"];
        let emitters = languages.map(|language| format!("  {language}: {{ package: {name} }}\n"));
        let main = BASE.replace("  rust: { package: web-metrics }\n", &emitters.concat());
        try_tree(&[("main.yaml", &main)], None).unwrap()
    };
    let (base, head) = (side("web-metrics"), side("web-telemetry"));
    assert_eq!(unexplained(&base, &head), Vec::<String>::new());
    let found = diff(&base, &head);
    for follower in &found.followers {
        let language = match follower.path.split('/').next().unwrap() {
            "emitter" => "rust",
            package => package.strip_prefix("emitter-").unwrap(),
        };
        let causes: Vec<_> = follower
            .causes
            .iter()
            .map(|at| &found.changes[*at].key)
            .collect();
        assert_eq!(causes, [language], "{}", follower.path);
    }
    assert!(found.followers.len() > 6, "{:?}", found.followers);
}
