//! Specs in memory, compiled as a run compiles them.

use dashwright::check::judged;
use dashwright::diagnostic::{Diagnostic, Severity, Sink, Sources};
use dashwright::render::render;
use dashwright::report::{self, Style};
use dashwright::spec::{Files, decode};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A spec file as path and text.
pub(crate) type SpecText = (String, String);

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) files: Files,
    pub(crate) found: Vec<Diagnostic>,
    /// The rendered files by path; none if there is an error.
    pub(crate) artifacts: Option<BTreeMap<String, String>>,
}

/// Compiles `specs`, whose places are checked whatever comes of it.
pub(crate) fn compile(specs: &[SpecText]) -> Outcome {
    let texts = specs
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    compile_files(Files::from_memory(texts), Sink::default())
}

/// Compiles what was read, with what was found on the way.
pub(crate) fn compile_files(files: Files, mut sink: Sink) -> Outcome {
    let specs = decode(&files, &mut sink);
    let model = judged(&specs, &files, &mut sink);
    let artifacts = model.map(|model| {
        let rendered = render(&model).expect("templates of prose render");
        rendered
            .into_iter()
            .map(|artifact| {
                let text = String::from_utf8(artifact.bytes).expect("artifacts are text");
                (artifact.path, text)
            })
            .collect()
    });
    let found = sink.into_sorted();
    check_places(&found, files.sources());
    Outcome {
        files,
        found,
        artifacts,
    }
}

/// Every label lies within its file and cuts no character.
fn check_places(found: &[Diagnostic], sources: &Sources) {
    for finding in found {
        for label in finding.primary.iter().chain(&finding.secondary) {
            let text = sources.get(label.span.source).text();
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(
                start <= end && text.get(start..end).is_some(),
                "{start}..{end} is no place in {} bytes: {finding:?}",
                text.len()
            );
        }
    }
}

impl Outcome {
    /// The report as people read it.
    pub(crate) fn report(&self) -> String {
        let findings = report::diagnostics(&self.found, self.files.sources(), Style::PLAIN);
        format!("{findings}{}", report::summary(&self.found, Style::PLAIN))
    }

    /// The rendered files of specs in which nothing was found.
    pub(crate) fn clean(self) -> BTreeMap<String, String> {
        assert!(self.found.is_empty(), "{}", self.report());
        self.artifacts.expect("rendered where nothing is wrong")
    }

    /// Whether any finding is an error.
    pub(crate) fn failed(&self) -> bool {
        let mut found = self.found.iter();
        found.any(|finding| finding.severity == Severity::Error)
    }
}

/// A path below the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
pub(crate) fn text_of(path: &str) -> String {
    let full = repository(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// The reference specs without profiles, in path order.
pub(crate) fn reference() -> Vec<SpecText> {
    let mut paths = Vec::new();
    collect(&repository("specs"), &mut paths);
    let root = repository("");
    let mut specs: Vec<SpecText> = paths
        .iter()
        .map(|path| path.strip_prefix(&root).unwrap().to_string_lossy())
        .map(|path| path.replace('\\', "/"))
        .filter(|path| path.ends_with(".yaml") && !path.contains("/profiles/"))
        .map(|path| (path.clone(), text_of(&path)))
        .collect();
    specs.sort();
    specs
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

/// The reference specs with `change` made to the file at `path`.
pub(crate) fn reference_with(path: &str, change: impl FnOnce(&str) -> String) -> Vec<SpecText> {
    let mut specs = reference();
    let (_, text) = specs
        .iter_mut()
        .find(|(own, _)| own == path)
        .unwrap_or_else(|| panic!("{path} is among the reference specs"));
    let changed = change(text);
    assert_ne!(changed, *text, "{path} was to be changed");
    *text = changed;
    specs
}

/// A reproducible sequence of numbers (SplitMix64), where a test needs its
/// own choices and no shrinking.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    /// Puts `items` into another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
