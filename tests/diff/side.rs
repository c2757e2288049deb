//! Sides of a comparison, from specs in memory.

use dashwright::diagnostic::{Severity, Sink};
use dashwright::diff::Side;
use dashwright::render::Artifact;
use dashwright::spec::Tree;
use dashwright::{render, resolve, spec};

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
#[track_caller]
pub(crate) fn specs(specs: &str, profile: &str, chosen: Option<&str>) -> Side {
    try_specs(specs, profile, chosen)
        .unwrap_or_else(|errors| panic!("the specs do not compile: {errors:#?}"))
}

/// The same, or the errors of the specs.
pub(crate) fn try_specs(
    specs: &str,
    profile: &str,
    chosen: Option<&str>,
) -> Result<Side, Vec<String>> {
    let files = [("main.yaml", specs), ("profiles/staging.yaml", profile)];
    try_tree(&files, chosen)
}

/// The side that spec files make, or their errors.
pub(crate) fn try_tree(files: &[(&str, &str)], chosen: Option<&str>) -> Result<Side, Vec<String>> {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let tree = Tree {
        name: "specs".to_owned(),
        files: files.collect(),
    };
    let mut sink = Sink::default();
    let files = spec::read_tree(tree, chosen, &mut sink);
    let (decoded, definitions) = spec::decode_defined(&files, &mut sink);
    let Some(model) = resolve::resolve(&decoded, &files, &mut sink) else {
        let errors = sink.into_sorted().into_iter();
        let errors = errors.filter(|found| found.severity == Severity::Error);
        return Err(errors
            .map(|found| {
                let place = found
                    .primary
                    .map(|label| files.sources().describe(label.span));
                format!("{} {}", place.unwrap_or_default(), found.message)
            })
            .collect());
    };
    let artifacts = render::render_with(&model, &files, &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    let templates = files.templates();
    let templates =
        templates.map(|(path, id)| (path.to_owned(), files.sources().get(id).text().to_owned()));
    Ok(Side {
        artifacts,
        templates: templates.collect(),
        definitions,
        profiles: spec::profiles(&files),
        profile: chosen.map(str::to_owned),
        model: Some(model),
    })
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
