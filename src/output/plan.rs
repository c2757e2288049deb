//! Compares what is rendered with what is there.

use super::OutputError;
use super::manifest::{MANIFEST, Manifest, fingerprint};
use super::place::{Entry, Places, reason_against};
use super::stage::Stage;
use crate::render::Artifact;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// The output directory as a run finds it.
#[derive(Debug)]
pub struct Directory<'a> {
    out: &'a Path,
    places: Places<'a>,
    /// The manifest as it is.
    recorded: Option<Manifest>,
    /// Where files are put that are not as they should be.
    stage: Option<&'a Stage>,
}

/// What bringing the output directory in line takes.
#[derive(Debug)]
pub struct Plan {
    pub(crate) out: PathBuf,
    pub(crate) changes: Vec<Change>,
    /// The manifest as it is.
    pub(crate) recorded: Option<Manifest>,
    /// The manifest as it is to be.
    pub(crate) manifest: Manifest,
    /// The manifest's file needs no change.
    manifest_is_current: bool,
}

/// A file, and what happens to it.
#[derive(Debug)]
pub struct Change {
    /// Path below the output directory, with forward slashes.
    pub path: String,
    /// What happens to it.
    pub action: Action,
    /// What was found there.
    pub found: Found,
    /// The fingerprint of what is rendered; `None` if nothing is.
    rendered: Option<u64>,
    /// What is to take its place.
    pub(crate) staged: Option<TempPath>,
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

impl Plan {
    /// The output directory.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// All files, sorted by path, those to keep included. The manifest is not
    /// among them.
    pub fn changes(&self) -> &[Change] {
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

impl<'a> Directory<'a> {
    /// Opens the directory `out`, to be written to by way of `stage`, or only
    /// to be looked at.
    ///
    /// # Errors
    /// If it cannot be read, or its manifest cannot be trusted.
    pub fn open(out: &'a Path, stage: Option<&'a Stage>) -> Result<Self, OutputError> {
        let places = Places::open(out, stage)?;
        Ok(Self {
            out,
            recorded: Manifest::read(out, &places)?,
            places,
            stage,
        })
    }

    /// Compares a rendered file with what stands in its place, and keeps it on
    /// the stage if it differs. Files may be compared at the same time.
    ///
    /// # Errors
    /// If something that is no file is in the way, a link leads out of the
    /// directory, or the system refuses to read or write.
    pub fn compare(&self, artifact: Artifact) -> Result<Change, OutputError> {
        let Artifact { path, bytes } = artifact;
        if let Some(reason) = reason_against(&path) {
            return Err(OutputError::Path { path, reason });
        }
        let rendered = fingerprint(&bytes);
        let (action, found) = self.judge(&path, &bytes)?;
        let is_written = matches!(action, Action::Create | Action::Update);
        let stage = self
            .stage
            .filter(|stage| is_written && stage.may_replace(found));
        let staged = stage.map(|stage| stage.put(self.out, &path, &bytes));
        let staged = staged.transpose()?;
        Ok(Change {
            path,
            action,
            found,
            rendered: Some(rendered),
            staged,
        })
    }

    fn judge(&self, path: &str, bytes: &[u8]) -> Result<(Action, Found), OutputError> {
        let full = || self.out.join(path);
        let len = match self.places.entry(path)? {
            Entry::Absent => return Ok((Action::Create, Found::Absent)),
            Entry::Directory => return Err(OutputError::NotAFile(full())),
            Entry::File { len } => len,
        };
        let recorded = self.recorded(path);
        if len != bytes.len() as u64 && recorded.is_none() {
            return Ok((Action::Update, Found::Unowned));
        }
        let current = read(&full())?;
        if current == bytes {
            return Ok((Action::Keep, Found::AsWritten));
        }
        let is_as_written = |hash| fingerprint(&current) == hash;
        Ok((
            Action::Update,
            match recorded {
                None => Found::Unowned,
                Some(hash) if is_as_written(hash) => Found::AsWritten,
                Some(_) => Found::Edited,
            },
        ))
    }

    fn recorded(&self, path: &str) -> Option<u64> {
        self.recorded.as_ref()?.files.get(path).copied()
    }

    /// What all the comparisons come to, in any order, with the files that are
    /// no longer rendered.
    ///
    /// # Errors
    /// The first of theirs, or as for [`Directory::compare`].
    pub fn plan(self, compared: Vec<Result<Change, OutputError>>) -> Result<Plan, OutputError> {
        let mut changes = compared.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut manifest = Manifest::default();
        for change in &changes {
            let rendered = change.rendered.map(|hash| (change.path.clone(), hash));
            manifest.files.extend(rendered);
        }
        let recorded = self.recorded.iter().flat_map(|recorded| &recorded.files);
        let is_orphan = |(path, _): &(&String, &u64)| !manifest.files.contains_key(*path);
        for (path, hash) in recorded.filter(is_orphan) {
            changes.extend(self.orphan(path, *hash)?);
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));

        let manifest_is_current = match &self.recorded {
            Some(recorded) if *recorded == manifest => {
                read(&self.out.join(MANIFEST))? == manifest.to_bytes()
            }
            _ => false,
        };
        Ok(Plan {
            out: self.out.to_owned(),
            changes,
            recorded: self.recorded,
            manifest,
            manifest_is_current,
        })
    }

    /// A file that is no longer rendered, if it is still there.
    fn orphan(&self, path: &str, recorded: u64) -> Result<Option<Change>, OutputError> {
        match self.places.entry(path) {
            Ok(Entry::File { .. }) => {}
            // A file in place of one of its directories means that it is gone.
            Ok(_) | Err(OutputError::NotADirectory(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let current = fingerprint(&read(&self.out.join(path))?);
        Ok(Some(Change {
            path: path.to_owned(),
            action: Action::Delete,
            found: if current == recorded {
                Found::AsWritten
            } else {
                Found::Edited
            },
            rendered: None,
            staged: None,
        }))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OutputError> {
    std::fs::read(path).map_err(OutputError::io("read", path))
}
