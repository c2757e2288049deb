//! From what the user names to one side of a comparison.

use super::git;
use crate::cli::compile::{Compiled, compile_files};
use crate::diagnostic::{Severity, Sink};
use crate::diff::Side;
use crate::output::MANIFEST;
use crate::render::{self, Artifact};
use crate::spec::{self, Files, NAMED_SECTIONS, Tree};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// What holds for both sides.
pub(super) struct Request<'a> {
    pub(super) specs: &'a Path,
    pub(super) profile: Option<&'a str>,
}

/// A side, and what came of compiling it.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) side: Side,
    /// `None` if it holds no specs.
    pub(super) compiled: Option<Compiled>,
}

/// Largest file that is taken for one of a monitoring stack, in bytes.
const MOST_BYTES: u64 = 64 << 20;

impl Loaded {
    /// Whether there are specs, and they have errors.
    pub(super) fn fails(&self) -> bool {
        self.compiled
            .as_ref()
            .is_some_and(|compiled| compiled.has(Severity::Error))
    }

    fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            side: Side::default(),
            compiled: None,
        }
    }
}

impl Request<'_> {
    /// What the user calls `name`: a directory or file, else a revision.
    pub(super) fn load(&self, name: &str) -> anyhow::Result<Loaded> {
        let path = Path::new(name);
        if path.exists() {
            return self.path(name, path);
        }
        let (revision, directory) = match name.split_once(':') {
            Some((revision, directory)) => (revision, Some(directory)),
            None => (name, None),
        };
        if git::commit(revision).is_none() {
            bail!("`{name}` is neither a directory nor a revision that git knows");
        }
        match directory {
            None => self.revision(name, revision),
            Some(directory) => {
                let files = git::files(revision, directory)?;
                let files = files
                    .with_context(|| format!("`{revision}` has no directory `{directory}`"))?;
                self.tree(name, files)
            }
        }
    }

    /// Where the work tree left the main branch.
    pub(super) fn fork_point(&self) -> anyhow::Result<Loaded> {
        let (commit, branch) = git::fork_point()?;
        self.revision(&branch, &commit)
    }

    /// The specs as they are now.
    pub(super) fn work_tree(&self) -> anyhow::Result<Loaded> {
        if self.specs.is_dir() {
            self.path("work tree", self.specs)
        } else {
            Ok(Loaded::nothing("work tree"))
        }
    }

    fn revision(&self, name: &str, revision: &str) -> anyhow::Result<Loaded> {
        let specs = self
            .specs
            .to_str()
            .context("the specs directory's name is no UTF-8")?;
        if self.specs.is_absolute() {
            bail!("in a revision, `--specs` is a path relative to this directory");
        }
        match git::files(revision, specs)? {
            Some(files) => self.specs_tree(name, &format!("{name}:{specs}"), files),
            None => Ok(Loaded::nothing(name)),
        }
    }

    fn path(&self, name: &str, path: &Path) -> anyhow::Result<Loaded> {
        let files = read(path)?;
        if holds_specs(&files) {
            let mut sink = Sink::default();
            let read = spec::read(path, self.profile, &mut sink);
            return self.compiled(name, read, sink);
        }
        let nested = path.join(self.specs);
        if path.is_dir() && !path.ends_with(self.specs) && !holds_files(&files) && nested.is_dir() {
            return self.path(name, &nested);
        }
        Ok(artifacts(name, files))
    }

    fn tree(&self, name: &str, files: BTreeMap<String, Vec<u8>>) -> anyhow::Result<Loaded> {
        if holds_specs(&files) {
            self.specs_tree(name, name, files)
        } else {
            Ok(artifacts(name, files))
        }
    }

    fn specs_tree(
        &self,
        name: &str,
        shown: &str,
        files: BTreeMap<String, Vec<u8>>,
    ) -> anyhow::Result<Loaded> {
        let mut sink = Sink::default();
        let tree = Tree {
            name: shown.to_owned(),
            files,
        };
        let read = spec::read_tree(tree, self.profile, &mut sink);
        self.compiled(name, read, sink)
    }

    fn compiled(&self, name: &str, files: Files, sink: Sink) -> anyhow::Result<Loaded> {
        let mut compiled = compile_files(files, sink);
        let mut side = Side::default();
        if let Some(model) = compiled.model.take() {
            let mut sink = Sink::default();
            let artifacts = render::render_with(&model, &compiled.files, &mut sink);
            let renders = !sink.has_errors();
            compiled.diagnostics.extend(sink.into_sorted());
            side = Side {
                artifacts,
                definitions: spec::definitions(&compiled.files),
                profiles: spec::profiles(&compiled.files),
                profile: self.profile.map(str::to_owned),
                model: renders.then_some(model),
            };
        }
        Ok(Loaded {
            name: name.to_owned(),
            side,
            compiled: Some(compiled),
        })
    }
}

/// Everything below a directory but hidden directories, or one file.
fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let walk = walkdir::WalkDir::new(path).follow_links(true).into_iter();
    // Repositories of other things, and what tools keep for themselves.
    let is_hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && entry.file_name().to_string_lossy().starts_with('.')
    };
    for entry in walk.filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let below = match entry.path().strip_prefix(path) {
            Ok(below) if entry.depth() > 0 => below,
            _ => Path::new(entry.file_name()),
        };
        let below = below.to_string_lossy().replace('\\', "/");
        if entry.metadata()?.len() > MOST_BYTES {
            bail!(
                "`{}` is larger than {} MiB",
                entry.path().display(),
                MOST_BYTES >> 20
            );
        }
        let bytes = std::fs::read(entry.path());
        files.insert(
            below,
            bytes.with_context(|| format!("cannot read `{}`", entry.path().display()))?,
        );
    }
    Ok(files)
}

fn artifacts(name: &str, files: BTreeMap<String, Vec<u8>>) -> Loaded {
    let artifacts = files
        .into_iter()
        .filter(|(path, _)| path.rsplit('/').next() != Some(MANIFEST))
        .map(|(path, bytes)| Artifact { path, bytes });
    Loaded {
        name: name.to_owned(),
        side: Side {
            artifacts: artifacts.collect(),
            ..Side::default()
        },
        compiled: None,
    }
}

/// Whether these are specs: some YAML file has a section that only they have,
/// and none looks like a file of Prometheus's or Alertmanager's.
fn holds_specs(files: &BTreeMap<String, Vec<u8>>) -> bool {
    let sections = [&NAMED_SECTIONS[..], &["scrape", "alertmanager", "stack"]].concat();
    !holds_files(files) && any_key(files, &sections)
}

/// Whether these are files of a stack.
fn holds_files(files: &BTreeMap<String, Vec<u8>>) -> bool {
    const KEYS: [&str; 9] = [
        "groups",
        "scrape_configs",
        "route",
        "receivers",
        "rule_files",
        "apiVersion",
        "services",
        "datasources",
        "providers",
    ];
    files.keys().any(|path| path.ends_with(".json")) || any_key(files, &KEYS)
}

/// Whether a line of a YAML file starts with one of `keys` at its very left.
fn any_key(files: &BTreeMap<String, Vec<u8>>, keys: &[&str]) -> bool {
    let yaml = files
        .iter()
        .filter(|(path, _)| path.ends_with(".yaml") || path.ends_with(".yml"));
    yaml.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .flat_map(str::lines)
        .filter_map(|line| line.split_once(':'))
        .any(|(key, _)| keys.contains(&key.trim_matches(['"', '\''])))
}
