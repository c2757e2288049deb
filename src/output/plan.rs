//! Compares what was rendered with what is there.

use super::OutputError;
use super::manifest::{MANIFEST, Manifest, fingerprint};
use super::place::{Entry, Places, reason_against};
use crate::render::Artifact;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// What bringing the output directory in line takes.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(crate) out: PathBuf,
    pub(crate) changes: Vec<Change<'a>>,
    /// The manifest as it is.
    pub(crate) recorded: Option<Manifest>,
    /// The manifest as it is to be.
    pub(crate) manifest: Manifest,
    /// The manifest's file needs no change.
    pub(crate) manifest_is_current: bool,
    /// Directories that exist and in which the tool has or will have files.
    pub(crate) directories: Vec<PathBuf>,
}

/// A file, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Path below the output directory, with forward slashes.
    pub path: String,
    /// What happens to it.
    pub action: Action,
    /// What was found there.
    pub found: Found,
    pub(crate) bytes: &'a [u8],
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is written for the first time, or again after somebody deleted it.
    Create,
    /// It is replaced.
    Update,
    /// It is as it should be.
    Keep,
    /// It is no longer rendered.
    Delete,
}

/// What was found in a file's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// The bytes that the tool last wrote there.
    AsWritten,
    /// A file of the tool's that somebody has changed since.
    Edited,
    /// A file that the tool did not write.
    Unowned,
}

impl Action {
    /// Lower-case name, as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Keep => "keep",
            Self::Delete => "delete",
        }
    }
}

impl Found {
    /// Kebab-case name, as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::AsWritten => "as-written",
            Self::Edited => "hand-edited",
            Self::Unowned => "unowned",
        }
    }
}

impl Plan<'_> {
    /// The output directory.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// All files, sorted by path, those to keep included. The manifest is not
    /// among them.
    pub fn changes(&self) -> &[Change<'_>] {
        &self.changes
    }

    /// How many files `action` happens to.
    pub fn count(&self, action: Action) -> usize {
        self.changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    }

    /// Whether everything is as it should be, the manifest included.
    pub fn is_clean(&self) -> bool {
        self.manifest_is_current && self.count(Action::Keep) == self.changes.len()
    }

    /// Whether the manifest is all that needs to be written.
    pub fn only_manifest_is_stale(&self) -> bool {
        !self.manifest_is_current && self.count(Action::Keep) == self.changes.len()
    }

    /// Paths of the files in the way that the tool did not write.
    pub fn unowned(&self) -> impl Iterator<Item = PathBuf> {
        self.changes
            .iter()
            .filter(|change| change.found == Found::Unowned)
            .map(|change| self.out.join(&change.path))
    }
}

/// Compares `artifacts`, sorted by path, with the directory `out`. Writes
/// nothing.
///
/// # Errors
/// If the directory cannot be read, its manifest cannot be trusted, something
/// that is no file is in the way, or a link leads out of it.
pub fn plan<'a>(out: &Path, artifacts: &'a [Artifact]) -> Result<Plan<'a>, OutputError> {
    let mut places = Places::open(out)?;
    let recorded = Manifest::read(out, &places)?;
    let owned = recorded.clone().unwrap_or_default().files;
    for artifact in artifacts {
        if let Some(reason) = reason_against(&artifact.path) {
            return Err(OutputError::Path {
                path: artifact.path.clone(),
                reason,
            });
        }
        places.visit_parents(&artifact.path)?;
    }
    let is_rendered = |path: &str| {
        artifacts
            .binary_search_by(|artifact| artifact.path.as_str().cmp(path))
            .is_ok()
    };
    let orphans: Vec<_> = owned
        .iter()
        .filter(|(path, _)| !is_rendered(path))
        .collect();
    for (path, _) in &orphans {
        visit_orphan(&mut places, path)?;
    }

    let rendered: Vec<_> = artifacts
        .par_iter()
        .map(|artifact| {
            let change = compare(out, &places, artifact, owned.get(&artifact.path).copied())?;
            Ok((change, fingerprint(&artifact.bytes)))
        })
        .collect();
    let mut changes = Vec::with_capacity(artifacts.len() + orphans.len());
    let mut manifest = Manifest::default();
    for result in rendered {
        let (change, hash): (Change<'_>, u64) = result?;
        manifest.files.insert(change.path.clone(), hash);
        changes.push(change);
    }
    for (path, hash) in orphans {
        if let Entry::File { .. } = places.entry(path)? {
            let found = if fingerprint(&read(&out.join(path))?) == *hash {
                Found::AsWritten
            } else {
                Found::Edited
            };
            changes.push(Change {
                path: path.clone(),
                action: Action::Delete,
                found,
                bytes: &[],
            });
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));

    let manifest_is_current = match &recorded {
        Some(recorded) if *recorded == manifest => {
            read(&out.join(MANIFEST))? == manifest.to_bytes()
        }
        _ => false,
    };
    let directories = places.existing_directories().collect();
    Ok(Plan {
        out: out.to_owned(),
        changes,
        recorded,
        manifest,
        manifest_is_current,
        directories,
    })
}

/// Examines the way to a file that is no longer rendered. A file in place of
/// one of its directories means that it is gone already.
fn visit_orphan(places: &mut Places<'_>, path: &str) -> Result<(), OutputError> {
    match places.visit_parents(path) {
        Err(OutputError::NotADirectory(_)) => Ok(()),
        other => other,
    }
}

fn compare<'a>(
    out: &Path,
    places: &Places<'_>,
    artifact: &'a Artifact,
    recorded: Option<u64>,
) -> Result<Change<'a>, OutputError> {
    let bytes = artifact.bytes.as_slice();
    let change = |action, found| Change {
        path: artifact.path.clone(),
        action,
        found,
        bytes,
    };
    let full = || out.join(&artifact.path);
    let len = match places.entry(&artifact.path)? {
        Entry::Absent => return Ok(change(Action::Create, Found::Absent)),
        Entry::Directory => return Err(OutputError::NotAFile(full())),
        Entry::File { len } => len,
    };
    let same_length = len == bytes.len() as u64;
    if !same_length && recorded.is_none() {
        return Ok(change(Action::Update, Found::Unowned));
    }
    let current = read(&full())?;
    Ok(match recorded {
        _ if current == bytes => change(Action::Keep, Found::AsWritten),
        None => change(Action::Update, Found::Unowned),
        Some(hash) if fingerprint(&current) == hash => change(Action::Update, Found::AsWritten),
        Some(_) => change(Action::Update, Found::Edited),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, OutputError> {
    std::fs::read(path).map_err(OutputError::io("read", path))
}
