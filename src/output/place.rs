//! Places in the output directory: which paths may be written to, and what
//! stands there now.

use super::OutputError;
use super::manifest::MANIFEST;
use super::stage::Stage;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Names of files in the making start and end like this, so that those of a
/// killed run are recognised.
pub(crate) const TEMP_PREFIX: &str = ".dashwright-";
pub(crate) const TEMP_SUFFIX: &str = ".tmp";

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Absent,
    File { len: u64 },
    Directory,
}

/// The directories of a run, examined once.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    out: &'a Path,
    /// With links resolved; `None` if there is no output directory yet.
    real: Option<PathBuf>,
    /// Directories below the output directory by path, and whether they exist.
    directories: Mutex<HashMap<String, bool>>,
    /// What sweeps each that exists, before anything in it is looked at.
    stage: Option<&'a Stage>,
}

/// Whether `name` is that of a file in the making.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMP_PREFIX) && name.ends_with(TEMP_SUFFIX)
}

/// Why a file must not be written to `path`; `None` if it may. What is let
/// through stays below the output directory on every system.
pub(crate) fn reason_against(path: &str) -> Option<&'static str> {
    let mut parts = path.split('/');
    if path.is_empty() {
        Some("is empty")
    } else if path.starts_with('/') {
        Some("is absolute")
    } else if path
        .chars()
        .any(|c| matches!(c, '\\' | ':') || c.is_control())
    {
        Some("holds a backslash, a colon or a control character")
    } else if parts.clone().any(|part| part == "..") {
        Some("leaves the output directory")
    } else if parts.any(|part| part.is_empty() || part == ".") {
        Some("has an empty part")
    } else if path == MANIFEST || path.rsplit('/').next().is_some_and(is_temporary) {
        Some("is reserved")
    } else {
        None
    }
}

/// The directory that `path` is in; empty for the output directory itself.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl<'a> Places<'a> {
    /// Opens the output directory `out`. If it is to be written to by way of
    /// `stage`, each directory that is looked into is swept first.
    ///
    /// # Errors
    /// If it is there, but no directory.
    pub(crate) fn open(out: &'a Path, stage: Option<&'a Stage>) -> Result<Self, OutputError> {
        let real = match std::fs::metadata(out) {
            Ok(found) if !found.is_dir() => return Err(OutputError::NotADirectory(out.to_owned())),
            Ok(_) => Some(std::fs::canonicalize(out).map_err(OutputError::io("read", out))?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(OutputError::io("read", out)(error)),
        };
        if let (Some(_), Some(stage)) = (&real, stage) {
            stage.sweep(out);
        }
        let directories = HashMap::from([(String::new(), real.is_some())]);
        Ok(Self {
            out,
            real,
            directories: Mutex::new(directories),
            stage,
        })
    }

    /// What stands at `path`.
    ///
    /// # Errors
    /// If it cannot be told, one of the directories that lead there is a file,
    /// or something is a link out of the output directory.
    pub(crate) fn entry(&self, path: &str) -> Result<Entry, OutputError> {
        let exists = {
            // A thread that failed while it had the lock has left a sound map.
            let directories = self.directories.lock();
            let mut directories = directories.unwrap_or_else(PoisonError::into_inner);
            self.exists(parent(path), &mut directories)?
        };
        if exists {
            self.look(path)
        } else {
            Ok(Entry::Absent)
        }
    }

    /// Whether a directory exists; examines those that lead to it, each once.
    fn exists(
        &self,
        directory: &str,
        directories: &mut HashMap<String, bool>,
    ) -> Result<bool, OutputError> {
        if let Some(exists) = directories.get(directory) {
            return Ok(*exists);
        }
        let exists = self.exists(parent(directory), directories)?
            && match self.look(directory)? {
                Entry::Absent => false,
                Entry::Directory => true,
                Entry::File { .. } => {
                    return Err(OutputError::NotADirectory(self.out.join(directory)));
                }
            };
        if let (true, Some(stage)) = (exists, self.stage) {
            stage.sweep(&self.out.join(directory));
        }
        directories.insert(directory.to_owned(), exists);
        Ok(exists)
    }

    fn look(&self, path: &str) -> Result<Entry, OutputError> {
        let full = self.out.join(path);
        let found = match std::fs::symlink_metadata(&full) {
            Ok(found) if found.is_symlink() => self.follow(&full)?,
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Entry::Absent),
            Err(error) => return Err(OutputError::io("read", &full)(error)),
        };
        if found.is_dir() {
            Ok(Entry::Directory)
        } else if found.is_file() {
            Ok(Entry::File { len: found.len() })
        } else {
            Err(OutputError::NotAFile(full))
        }
    }

    /// What a link leads to, if that is inside the output directory.
    fn follow(&self, link: &Path) -> Result<std::fs::Metadata, OutputError> {
        let leads_out = |target| OutputError::LinkLeadsOut {
            link: link.to_owned(),
            target,
        };
        let target = std::fs::canonicalize(link).map_err(|_| leads_out(None))?;
        match &self.real {
            Some(real) if target.starts_with(real) => {
                std::fs::metadata(&target).map_err(OutputError::io("read", link))
            }
            _ => Err(leads_out(Some(target))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reason_against;

    #[test]
    fn only_paths_below_the_output_directory_are_let_through() {
        for path in [
            "a",
            "a/b.yml",
            ".hidden/..a",
            "monitoring/dashboards/ü.json",
        ] {
            assert_eq!(reason_against(path), None, "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "..",
            "a/../../b",
            "a/..",
            "a//b",
            "a/",
            "./a",
            "..\\b",
            "C:/x",
            "C:\\x",
            "a\0b",
            "a\nb",
            ".dashwright.json",
            "a/.dashwright-x.tmp",
        ] {
            assert!(reason_against(path).is_some(), "{path}");
        }
    }
}
