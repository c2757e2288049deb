//! From what the user names to one side of a comparison.

use super::git;
use crate::cli::compile::{Compiled, is_misuse, stay_on_one_thread_if_small};
use crate::diagnostic::{Severity, Sink};
use crate::diff::Side;
use crate::output::MANIFEST;
use crate::render::{self, Artifact};
use crate::resolve;
use crate::spec::{self, Files, NAMED_SECTIONS, Tree, shape::Specs};
use anyhow::{Context, bail};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use walkdir::DirEntry;

/// What holds for both sides.
pub(super) struct Request<'a> {
    pub(super) specs: &'a Path,
    pub(super) profile: Option<&'a str>,
}

/// What was found under the name of a side.
pub(super) struct Source {
    pub(super) name: String,
    found: Found,
}

enum Found {
    Specs(Files, Sink),
    Artifacts(Vec<Artifact>),
    Nothing,
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
}

/// Compiles both sides at the same time, so far as they are specs.
pub(super) fn load(base: Source, head: Source, profile: Option<&str>) -> (Loaded, Loaded) {
    let specs = [&base, &head].into_iter().filter_map(|source| {
        let Found::Specs(files, _) = &source.found else {
            return None;
        };
        Some(files)
    });
    stay_on_one_thread_if_small(specs);
    rayon::join(|| base.load(profile), || head.load(profile))
}

impl Source {
    fn specs(name: &str, files: Files, sink: Sink) -> Self {
        Self {
            name: name.to_owned(),
            found: Found::Specs(files, sink),
        }
    }

    fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            found: Found::Nothing,
        }
    }

    fn load(self, profile: Option<&str>) -> Loaded {
        let (side, compiled) = match self.found {
            Found::Specs(files, sink) => {
                let (side, compiled) = compile(files, sink, profile);
                (side, Some(compiled))
            }
            Found::Artifacts(artifacts) => {
                let side = Side {
                    artifacts,
                    ..Side::default()
                };
                (side, None)
            }
            Found::Nothing => (Side::default(), None),
        };
        Loaded {
            name: self.name,
            side,
            compiled,
        }
    }
}

/// Binds and renders. The rules are left out: what they say of one side is no
/// difference, and an earlier revision may have been written before a rule was.
fn compile(files: Files, mut sink: Sink, profile: Option<&str>) -> (Side, Compiled) {
    let mut side = Side::default();
    if !sink.iter().any(is_misuse) {
        let (specs, definitions) = spec::decode_defined(&files, &mut sink);
        let model = resolve::resolve(&specs, &files, &mut sink);
        if let Some(model) = model.filter(|_| !sink.has_errors()) {
            // What the specs took is room for the rendered files.
            let ((), artifacts) = rayon::join(
                || drop(specs),
                || render::render_with(&model, &files, &mut sink),
            );
            side = Side {
                artifacts,
                definitions,
                profiles: spec::profiles(&files),
                profile: profile.map(str::to_owned),
                templates: templates(&files),
                model: Some(model),
            };
        }
    }
    let compiled = Compiled {
        files,
        specs: Specs::default(),
        diagnostics: sink.into_sorted(),
        model: None,
    };
    (side, compiled)
}

fn templates(files: &Files) -> BTreeMap<String, String> {
    files
        .templates()
        .map(|(path, id)| (path.to_owned(), files.sources().get(id).text().to_owned()))
        .collect()
}

impl Request<'_> {
    /// What the user calls `name`: a directory or file, else a revision.
    pub(super) fn load(&self, name: &str) -> anyhow::Result<Source> {
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
    pub(super) fn fork_point(&self) -> anyhow::Result<Source> {
        let (commit, branch) = git::fork_point()?;
        self.revision(&branch, &commit)
    }

    /// The specs as they are now.
    pub(super) fn work_tree(&self) -> anyhow::Result<Source> {
        if self.specs.is_dir() {
            self.path("work tree", self.specs)
        } else {
            Ok(Source::nothing("work tree"))
        }
    }

    fn revision(&self, name: &str, revision: &str) -> anyhow::Result<Source> {
        let specs = self
            .specs
            .to_str()
            .context("the specs directory's name is no UTF-8")?;
        if self.specs.is_absolute() {
            bail!("in a revision, `--specs` is a path relative to this directory");
        }
        match git::files(revision, specs)? {
            Some(files) => Ok(self.specs_tree(name, &format!("{name}:{specs}"), files)),
            None => Ok(Source::nothing(name)),
        }
    }

    fn path(&self, name: &str, path: &Path) -> anyhow::Result<Source> {
        let files = read(path)?;
        if holds_specs(&files) {
            let mut sink = Sink::default();
            let read = spec::read_known(path, self.profile, files, &mut sink);
            return Ok(Source::specs(name, read, sink));
        }
        let nested = path.join(self.specs);
        if path.is_dir() && !path.ends_with(self.specs) && !holds_files(&files) && nested.is_dir() {
            return self.path(name, &nested);
        }
        Ok(artifacts(name, files))
    }

    fn tree(&self, name: &str, files: BTreeMap<String, Vec<u8>>) -> anyhow::Result<Source> {
        if holds_specs(&files) {
            Ok(self.specs_tree(name, name, files))
        } else {
            Ok(artifacts(name, files))
        }
    }

    fn specs_tree(&self, name: &str, shown: &str, files: BTreeMap<String, Vec<u8>>) -> Source {
        let mut sink = Sink::default();
        let tree = Tree {
            name: shown.to_owned(),
            files,
        };
        let read = spec::read_tree(tree, self.profile, &mut sink);
        Source::specs(name, read, sink)
    }
}

/// Everything below a directory but hidden directories, or one file.
fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let walk = walkdir::WalkDir::new(path).follow_links(true).into_iter();
    // Repositories of other things, and what tools keep for themselves.
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = walk.filter_entry(|entry| !is_hidden(entry));
    let entries = walk.collect::<Result<Vec<_>, _>>()?.into_par_iter();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| read_below(path, &entry)).collect()
}

/// A file, and its path below `path`.
fn read_below(path: &Path, entry: &DirEntry) -> anyhow::Result<(String, Vec<u8>)> {
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
    let bytes = bytes.with_context(|| format!("cannot read `{}`", entry.path().display()))?;
    Ok((below, bytes))
}

fn artifacts(name: &str, files: BTreeMap<String, Vec<u8>>) -> Source {
    let artifacts = files
        .into_iter()
        .filter(|(path, _)| path.rsplit('/').next() != Some(MANIFEST))
        .map(|(path, bytes)| Artifact { path, bytes });
    Source {
        name: name.to_owned(),
        found: Found::Artifacts(artifacts.collect()),
    }
}

/// Whether these are specs: some YAML file has a section that only they have,
/// and none looks like a file of Prometheus's or Alertmanager's.
fn holds_specs(files: &BTreeMap<String, Vec<u8>>) -> bool {
    !holds_files(files) && any_key(yaml(files), &spec_keys())
}

/// Whether these are files of a stack.
fn holds_files(files: &BTreeMap<String, Vec<u8>>) -> bool {
    let mut paths = files.keys().filter(|path| tells(path));
    paths.any(|path| path.ends_with(".json")) || any_key(yaml(files), &FILE_KEYS)
}

/// Whether a file tells what it lies among: templates may be of anything, and
/// hidden directories are those of other tools.
fn tells(path: &str) -> bool {
    let mut directories = path.split('/').rev().skip(1);
    directories.all(|name| name != "templates" && !name.starts_with('.'))
}

/// Keys that only specs have at the top.
fn spec_keys() -> Vec<&'static str> {
    [&NAMED_SECTIONS[..], &["scrape", "alertmanager", "stack"]].concat()
}

/// Keys that files of a stack have at the top.
const FILE_KEYS: [&str; 9] = [
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

fn yaml(files: &BTreeMap<String, Vec<u8>>) -> impl ParallelIterator<Item = &str> {
    files
        .par_iter()
        .filter(|(path, _)| path.ends_with(".yaml") || path.ends_with(".yml"))
        .filter(|(path, _)| tells(path))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
}

/// Whether a line of a text starts with one of `keys` at its very left.
fn any_key<'t>(texts: impl ParallelIterator<Item = &'t str>, keys: &[&str]) -> bool {
    let begins_with_key = |rest: &str| {
        let key = rest.lines().next().and_then(|line| line.split_once(':'));
        key.is_some_and(|(key, _)| keys.contains(&key.trim_matches(['"', '\''])))
    };
    texts.any(|text| {
        // Nearly all lines are further right.
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = std::iter::once(0).chain(breaks.map(|at| at + 1));
        starts
            .map(|start| &text[start..])
            .filter(|rest| !rest.starts_with([' ', '#', '-', '\n']))
            .any(begins_with_key)
    })
}
