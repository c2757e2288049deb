//! Finding and reading spec files.

mod profile;
mod text;

pub use text::MAX_FILE_BYTES;

use crate::diagnostic::{Code, Diagnostic, Sink, SourceId, Sources};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use text::{read_text, to_text, unreadable};

/// So many files are read sooner than threads for it are started.
const FEW_FILES: usize = 64;

/// The directory of the user's own templates, as it stands in a path.
const TEMPLATES_PREFIX: &str = "templates/";

/// Which layer a file belongs to; later layers win key by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The specs themselves.
    Base,
    /// The chosen profile.
    Profile,
}

/// A spec file that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpecFile {
    pub(crate) id: SourceId,
    pub(crate) layer: Layer,
}

/// A directory of specs that is not on disk, such as one of an earlier revision.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// What diagnostics call the directory.
    pub name: String,
    /// Its files, by path below it with forward slashes.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Where files that specs name are read from.
#[derive(Debug)]
enum Root {
    Directory(PathBuf),
    Tree(Tree),
}

impl Default for Root {
    fn default() -> Self {
        Self::Directory(PathBuf::new())
    }
}

/// What [`read`] found.
#[derive(Debug, Default)]
pub struct Files {
    root: Root,
    sources: Sources,
    specs: Vec<SpecFile>,
    templates: BTreeMap<String, SourceId>,
}

impl Files {
    /// The texts, for diagnostics.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Builds the files of a run from texts in memory, as `(path, text)`.
    pub fn from_memory<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut files = Self::default();
        for (path, text) in texts {
            if let Some((_, name)) = path.split_once(TEMPLATES_PREFIX) {
                let id = files.sources.add(path, text);
                files.templates.insert(name.to_owned(), id);
                continue;
            }
            let layer = if path.contains("profiles/") {
                Layer::Profile
            } else {
                Layer::Base
            };
            let id = files.sources.add(path, text);
            files.specs.push(SpecFile { id, layer });
        }
        files
    }

    pub(crate) fn specs(&self) -> &[SpecFile] {
        &self.specs
    }

    /// The user's own templates, by path below `templates`.
    pub fn templates(&self) -> impl Iterator<Item = (&str, SourceId)> {
        self.templates.iter().map(|(path, id)| (&**path, *id))
    }

    /// The user's own template at a path below `templates`.
    pub fn template(&self, path: &str) -> Option<(SourceId, &str)> {
        let id = *self.templates.get(path)?;
        Some((id, self.sources.get(id).text()))
    }

    /// Reads a file that a spec names, relative to the directory of specs.
    ///
    /// # Errors
    /// If it cannot be read, or is no UTF-8 text.
    pub fn read_beside(&self, path: &str) -> io::Result<String> {
        match &self.root {
            Root::Directory(root) => read_text(&root.join(path)),
            Root::Tree(tree) => {
                let path = normalized(path).ok_or(io::ErrorKind::NotFound)?;
                let bytes = tree.files.get(&path).ok_or(io::ErrorKind::NotFound)?;
                to_text(bytes.clone())
            }
        }
    }

    /// The texts of all profiles beside the specs, chosen or not, by name; a
    /// profile may consist of several. What cannot be read is left out.
    pub(crate) fn profiles(&self) -> BTreeMap<String, Vec<String>> {
        match &self.root {
            Root::Directory(root) => profile::in_directory(&root.join("profiles"))
                .into_iter()
                .map(|(name, sources)| {
                    let paths = sources
                        .iter()
                        .flat_map(|path| find(path, &[], is_yaml, &mut Sink::default()));
                    let texts = paths.filter_map(|path| read_text(&path).ok());
                    (name, texts.collect())
                })
                .collect(),
            Root::Tree(tree) => tree
                .profiles()
                .into_keys()
                .map(|name| {
                    let paths = tree.paths(Some(name));
                    let texts = paths.filter_map(|path| to_text(tree.files[path].clone()).ok());
                    (name.to_owned(), texts.collect())
                })
                .collect(),
        }
    }
}

impl Tree {
    /// Paths of the specs, or of those of a profile.
    fn paths<'a>(&'a self, profile: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        let is_spec = |path: &str| {
            is_yaml(Path::new(path)) && !path.split('/').any(|part| part.starts_with('.'))
        };
        self.files
            .keys()
            .map(String::as_str)
            .filter(move |path| is_spec(path) && !path.starts_with(TEMPLATES_PREFIX))
            .filter(move |path| profile::of_path(path).map(|(name, _)| name) == profile)
    }

    /// The profiles by name, with what each consists of.
    fn profiles(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut profiles: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (name, source) in self.files.keys().filter_map(|path| profile::of_path(path)) {
            profiles.entry(name).or_default().insert(source);
        }
        profiles
    }
}

/// A path without `.` and `..`; `None` if it leads out of its directory.
fn normalized(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// Reads specs as [`read`] does, from a directory that is not on disk.
pub fn read_tree(tree: Tree, profile: Option<&str>, sink: &mut Sink) -> Files {
    let mut files = Files::default();
    let mut paths: Vec<(Layer, String)> = tree
        .paths(None)
        .map(|path| (Layer::Base, path.to_owned()))
        .collect();
    if paths.is_empty() {
        sink.push(
            Diagnostic::new(
                Code::NoSpecs,
                format!("no `.yaml` file below `{}`", tree.name),
            )
            .help("name another directory with `--specs DIR`"),
        );
    }
    if let Some(name) = profile {
        let known = tree.profiles();
        match known.get(name) {
            Some(sources) if sources.len() > 1 => {
                let sources = sources.iter();
                let sources = sources.map(|path| format!("{}/{path}", tree.name));
                sink.push(profile::ambiguous(name, sources));
            }
            Some(_) => {
                let chosen = tree.paths(Some(name));
                paths.extend(chosen.map(|path| (Layer::Profile, path.to_owned())));
            }
            None => sink.push(profile::unknown(
                name,
                known.keys().copied(),
                &format!("{}/profiles", tree.name),
            )),
        }
    }
    for (layer, path) in paths {
        let shown = format!("{}/{path}", tree.name);
        match to_text(tree.files[&path].clone()) {
            Ok(text) => {
                let id = files.sources.add(shown, text);
                files.specs.push(SpecFile { id, layer });
            }
            Err(error) => sink.push(unreadable(&shown, &error)),
        }
    }
    for (path, bytes) in &tree.files {
        let Some(name) = path.strip_prefix(TEMPLATES_PREFIX) else {
            continue;
        };
        let shown = format!("{}/{path}", tree.name);
        match to_text(bytes.clone()) {
            Ok(text) => {
                let id = files.sources.add(shown, text);
                files.templates.insert(name.to_owned(), id);
            }
            Err(error) => sink.push(unreadable(&shown, &error)),
        }
    }
    files.root = Root::Tree(tree);
    files
}

/// Reads all spec files below `root`, and those of the profile if one is
/// named: `profiles/NAME.yaml`, or all files below `profiles/NAME/`. What is
/// below `templates` is read as templates.
///
/// Everything that goes wrong is a finding, as the rest may still be checked.
pub fn read(root: &Path, profile: Option<&str>, sink: &mut Sink) -> Files {
    read_known(root, profile, BTreeMap::new(), sink)
}

/// Reads specs as [`read`] does, but for files whose bytes are `known`, by path
/// below `root` with forward slashes.
pub fn read_known(
    root: &Path,
    profile: Option<&str>,
    mut known: BTreeMap<String, Vec<u8>>,
    sink: &mut Sink,
) -> Files {
    let mut files = Files {
        root: Root::Directory(root.to_owned()),
        ..Files::default()
    };
    let shown = |path: &Path| path.to_string_lossy().replace('\\', "/");
    if !root.is_dir() {
        let what = if root.exists() {
            "is not a directory"
        } else {
            "does not exist"
        };
        sink.push(
            Diagnostic::new(
                Code::NoSpecs,
                format!("the specs directory `{}` {what}", shown(root)),
            )
            .help("name another one with `--specs DIR`, or start with `dashwright init`"),
        );
        return files;
    }
    let profiles = root.join("profiles");
    let templates = root.join("templates");
    let mut paths: Vec<(Layer, PathBuf)> = find(root, &[&profiles, &templates], is_yaml, sink)
        .into_iter()
        .map(|path| (Layer::Base, path))
        .collect();
    if paths.is_empty() && !sink.has_errors() {
        sink.push(
            Diagnostic::new(
                Code::NoSpecs,
                format!("no `.yaml` file below `{}`", shown(root)),
            )
            .help("start with `dashwright init`"),
        );
    }
    if let Some(name) = profile {
        let known = profile::in_directory(&profiles);
        match known.get(name).map(Vec::as_slice) {
            // A file is read whatever it is, which then is found out.
            Some([file]) if !file.is_dir() => paths.push((Layer::Profile, file.clone())),
            Some([directory]) => {
                let chosen = find(directory, &[], is_yaml, sink).into_iter();
                paths.extend(chosen.map(|path| (Layer::Profile, path)));
            }
            Some(sources) => {
                let sources = sources.iter().map(|path| shown(path));
                sink.push(profile::ambiguous(name, sources));
            }
            None => {
                let names = known.keys().map(String::as_str);
                sink.push(profile::unknown(name, names, &shown(&profiles)));
            }
        }
    }
    let wanted: Vec<_> = paths
        .iter()
        .map(|(_, path)| {
            let below = path.strip_prefix(root).unwrap_or(path);
            (path, known.remove(&shown(below)))
        })
        .collect();
    let text = |(path, known): (&PathBuf, Option<Vec<u8>>)| match known {
        Some(bytes) => to_text(bytes),
        None => read_text(path),
    };
    let texts: Vec<_> = if wanted.len() < FEW_FILES {
        wanted.into_iter().map(text).collect()
    } else {
        wanted.into_par_iter().map(text).collect()
    };
    for ((layer, path), text) in paths.iter().zip(texts) {
        match text {
            Ok(text) => {
                let id = files.sources.add(shown(path), text);
                files.specs.push(SpecFile { id, layer: *layer });
            }
            Err(error) => sink.push(unreadable(&shown(path), &error)),
        }
    }
    if templates.is_dir() {
        for path in find(&templates, &[], |_| true, sink) {
            match read_text(&path) {
                Ok(text) => {
                    let name = shown(path.strip_prefix(&templates).unwrap_or(&path));
                    let id = files.sources.add(shown(&path), text);
                    files.templates.insert(name, id);
                }
                Err(error) => sink.push(unreadable(&shown(&path), &error)),
            }
        }
    }
    files
}

/// All files below `root` but not below `except` whose names are `wanted`,
/// sorted by path so that no run depends on the directory's order.
fn find(
    root: &Path,
    except: &[&Path],
    wanted: impl Fn(&Path) -> bool,
    sink: &mut Sink,
) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let entries = walkdir::WalkDir::new(root)
        .follow_links(true)
        .into_iter()
        .filter_entry(|entry| !except.contains(&entry.path()) && !is_hidden(entry));
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_file() && wanted(entry.path()) => {
                paths.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root).to_string_lossy().into_owned();
                sink.push(Diagnostic::new(
                    Code::Unreadable,
                    format!("cannot read `{path}`: {error}"),
                ));
            }
        }
    }
    paths.sort();
    paths
}

fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
