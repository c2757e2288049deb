//! Sides of a comparison, from specs in memory.

use dashwright::diagnostic::Sink;
use dashwright::diff::Side;
use dashwright::render::Artifact;
use dashwright::spec::Tree;
use dashwright::{render, resolve, spec};
use std::collections::BTreeMap;

/// The specs that every story starts from.
pub(crate) const BASE: &str = include_str!("base.yaml");

/// A profile beside them.
pub(crate) const PROFILE: &str = "\
scrape:
  jobs:
    web: { targets: [staging:8000] }
thresholds:
  latency: { warning: 2s }
";

/// The side that `specs` and the profile `staging` make.
pub(crate) fn specs(specs: &str, profile: &str, chosen: Option<&str>) -> Side {
    let files = [("main.yaml", specs), ("profiles/staging.yaml", profile)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let tree = Tree {
        name: "specs".to_owned(),
        files: BTreeMap::from(files),
    };
    let mut sink = Sink::default();
    let files = spec::read_tree(tree, chosen, &mut sink);
    let decoded = spec::decode(&files, &mut sink);
    let model = resolve::resolve(&decoded, &files, &mut sink);
    let errors: Vec<_> = sink
        .into_sorted()
        .into_iter()
        .map(|found| {
            (
                found.message,
                found
                    .primary
                    .map(|label| files.sources().describe(label.span)),
            )
        })
        .collect();
    let model = model
        .unwrap_or_else(|| panic!("the specs of a story do not compile: {errors:#?}\n{specs}"));
    Side {
        artifacts: render::render(&model).unwrap(),
        definitions: spec::definitions(&files),
        profiles: spec::profiles(&files),
        profile: chosen.map(str::to_owned),
        model: Some(model),
    }
}

/// The side that files make.
pub(crate) fn files(files: &[(&str, &str)]) -> Side {
    let mut artifacts: Vec<_> = files
        .iter()
        .map(|(path, text)| Artifact {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
        .collect();
    artifacts.sort_by(|one, other| one.path.cmp(&other.path));
    Side {
        artifacts,
        ..Side::default()
    }
}
