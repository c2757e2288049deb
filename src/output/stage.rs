//! Writes files, all or none.
//!
//! Whatever can fail for want of space, rights or a valid name happens to
//! temporary files first, as soon as a file is rendered. Only when all are
//! there are they renamed into place, which leaves each file old or new even if
//! the process is killed; should a rename fail, those before it are taken back.

use super::OutputError;
use super::manifest::{MANIFEST, Manifest};
use super::place::{TEMP_PREFIX, TEMP_SUFFIX, is_temporary, parent};
use super::plan::{Action, Change, Found, Plan};
use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::TempPath;

/// What a [`Stage`] may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Replace files that the tool did not write.
    pub force: bool,
}

/// Files that wait for the others of their run. Until they are committed, the
/// directory holds what it did before; dropped, the stage takes away whatever
/// it made. It holds off other runs.
#[derive(Debug)]
pub struct Stage {
    /// What the names of this run's temporary files begin with.
    prefix: String,
    options: Options,
    directories: Mutex<Directories>,
    _lock: Option<File>,
}

/// Directories that files have been put in, some of them made for it.
#[derive(Debug, Default)]
struct Directories {
    ready: HashSet<String>,
    transaction: Transaction,
}

impl Stage {
    /// Sets up a stage in the output directory `out`, which is made if it is
    /// not there.
    ///
    /// # Errors
    /// If it cannot be made, or another run has it.
    pub fn set_up(out: &Path, options: Options) -> Result<Self, OutputError> {
        if fs::metadata(out).is_ok_and(|found| !found.is_dir()) {
            return Err(OutputError::NotADirectory(out.to_owned()));
        }
        let mut directories = Directories::default();
        directories.transaction.create_directory(out)?;
        Ok(Self {
            prefix: format!("{TEMP_PREFIX}{:016x}-", RandomState::new().hash_one(0)),
            options,
            directories: Mutex::new(directories),
            _lock: lock(out)?,
        })
    }

    /// Whether what was found in a file's place may be replaced.
    pub(crate) fn may_replace(&self, found: Found) -> bool {
        self.options.force || found != Found::Unowned
    }

    /// Removes what runs that were killed have left in a directory. That it cannot
    /// be removed is no reason to stop: it does no harm.
    pub(crate) fn sweep(&self, directory: &Path) {
        for entry in fs::read_dir(directory)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
        {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            // By way of a link, a directory may be looked into twice.
            let is_leftover =
                |name: &str| is_temporary(name) && !name.starts_with(self.prefix.as_str());
            if is_file && entry.file_name().to_str().is_some_and(is_leftover) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Writes the file that is to stand at `path` below `out`.
    pub(crate) fn put(
        &self,
        out: &Path,
        path: &str,
        bytes: &[u8],
    ) -> Result<TempPath, OutputError> {
        let directory = parent(path);
        {
            // A thread that failed while it had the lock has left it sound.
            let directories = self.directories.lock();
            let mut directories = directories.unwrap_or_else(PoisonError::into_inner);
            if !directories.ready.contains(directory) {
                let whole = out.join(directory);
                directories.transaction.create_directory(&whole)?;
                directories.ready.insert(directory.to_owned());
            }
        }
        prepare(&out.join(path), bytes, &self.prefix)
    }

    /// Carries out `plan`, whose files are on this stage.
    ///
    /// # Errors
    /// If files are in the way that the tool did not write, or the system
    /// refuses to write. The directory is then as it was.
    pub fn commit(self, plan: &mut Plan) -> Result<(), OutputError> {
        let directories = self.directories.into_inner();
        let mut transaction = directories
            .unwrap_or_else(PoisonError::into_inner)
            .transaction;
        // Later than the transaction, and so gone before it takes away the
        // directories that they are in.
        let mut staged = Vec::new();
        for change in &mut plan.changes {
            let is_new = change.found == Found::Absent;
            let file = change.staged.take();
            staged.extend(file.map(|file| (file, plan.out.join(&change.path), is_new)));
        }
        let unowned: Vec<_> = plan.unowned().collect();
        if !self.options.force && !unowned.is_empty() {
            return Err(OutputError::Unowned(unowned));
        }
        if plan.is_clean() {
            transaction.commit();
            return Ok(());
        }

        let final_manifest = plan.manifest.to_bytes();
        let claim = claim(plan).filter(|claim| *claim != final_manifest);
        let manifest_path = plan.out.join(MANIFEST);
        let prepared_claim = claim
            .map(|bytes| prepare(&manifest_path, &bytes, &self.prefix))
            .transpose()?;
        let prepared_manifest = prepare(&manifest_path, &final_manifest, &self.prefix)?;

        if let Some(claim) = prepared_claim {
            transaction.replace(claim, &manifest_path)?;
        }
        for (file, path, is_new) in staged {
            if is_new {
                transaction.create(file, &path)?;
            } else {
                transaction.replace(file, &path)?;
            }
        }
        let is_deleted = |change: &&Change| change.action == Action::Delete;
        for change in plan.changes.iter().filter(is_deleted) {
            transaction.delete(&plan.out.join(&change.path))?;
        }
        transaction.replace(prepared_manifest, &manifest_path)?;
        transaction.commit();
        for change in plan.changes.iter().filter(is_deleted) {
            prune(&plan.out, parent(&change.path));
        }
        Ok(())
    }
}

/// The manifest to put in place before any file is: what is about to be
/// created is owned from then on, so that a run killed halfway leaves no file
/// that the next one takes for somebody else's.
fn claim(plan: &Plan) -> Option<Vec<u8>> {
    let mut claimed: Manifest = plan.recorded.clone().unwrap_or_default();
    let known = claimed.files.len();
    for (path, hash) in &plan.manifest.files {
        claimed.files.entry(path.clone()).or_insert(*hash);
    }
    (claimed.files.len() > known).then(|| claimed.to_bytes())
}

/// Holds off other runs until it is dropped. Systems that cannot lock a
/// directory go without.
fn lock(out: &Path) -> Result<Option<File>, OutputError> {
    let Ok(directory) = File::open(out) else {
        return Ok(None);
    };
    match directory.try_lock() {
        Ok(()) => Ok(Some(directory)),
        Err(TryLockError::WouldBlock) => Err(OutputError::Busy(out.to_owned())),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes the directory `directory` below `out` and those above it, as long
/// as they are empty.
fn prune(out: &Path, directory: &str) {
    let mut directory = directory;
    while !directory.is_empty() && fs::remove_dir(out.join(directory)).is_ok() {
        directory = parent(directory);
    }
}

fn temporary(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(TEMP_SUFFIX);
    builder
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Writes `bytes` to a temporary file beside `path`.
fn prepare(path: &Path, bytes: &[u8], prefix: &str) -> Result<TempPath, OutputError> {
    let write = || -> io::Result<TempPath> {
        // Opened like any new file, for others to read as the umask allows:
        // the library's own way is for secrets.
        let create = |path: &Path| File::create_new(path);
        let mut file = temporary(prefix).make_in(directory_of(path), create)?;
        file.as_file_mut().write_all(bytes)?;
        // Closes the file: thousands may be waiting at once.
        Ok(file.into_temp_path())
    };
    write().map_err(OutputError::io("write", path))
}

/// Steps that are taken back in reverse order unless they are committed.
#[derive(Debug, Default)]
struct Transaction {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    CreatedDirectory(PathBuf),
    CreatedFile(PathBuf),
    Replaced { path: PathBuf, old: TempPath },
}

impl Transaction {
    fn create_directory(&mut self, path: &Path) -> Result<(), OutputError> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent() {
            self.create_directory(above)?;
        }
        match fs::create_dir(path) {
            Ok(()) => self.steps.push(Step::CreatedDirectory(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory || path.is_file() => {
                return Err(OutputError::NotADirectory(
                    if path.is_file() {
                        path
                    } else {
                        directory_of(path)
                    }
                    .to_owned(),
                ));
            }
            Err(error) => return Err(OutputError::io("create the directory", path)(error)),
        }
        Ok(())
    }

    /// Puts a file where there was none, and still must be none.
    fn create(&mut self, temporary: TempPath, path: &Path) -> Result<(), OutputError> {
        temporary
            .persist_noclobber(path)
            .map_err(|error| match error.error.kind() {
                ErrorKind::AlreadyExists => OutputError::Unowned(vec![path.to_owned()]),
                _ => OutputError::io("write", path)(error.error),
            })?;
        self.steps.push(Step::CreatedFile(path.to_owned()));
        Ok(())
    }

    fn replace(&mut self, temporary: TempPath, path: &Path) -> Result<(), OutputError> {
        let old = keep_aside(path, |path, aside| match fs::hard_link(path, aside) {
            Err(error)
                if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) =>
            {
                fs::copy(path, aside).map(drop)
            }
            linked => linked,
        })
        .map_err(OutputError::io("replace", path))?;
        temporary
            .persist(path)
            .map_err(|error| OutputError::io("replace", path)(error.error))?;
        self.steps.push(match old {
            Some(old) => Step::Replaced {
                path: path.to_owned(),
                old,
            },
            None => Step::CreatedFile(path.to_owned()),
        });
        Ok(())
    }

    fn delete(&mut self, path: &Path) -> Result<(), OutputError> {
        let old = keep_aside(path, |path, aside| fs::rename(path, aside))
            .map_err(OutputError::io("delete", path))?;
        self.steps.extend(old.map(|old| Step::Replaced {
            path: path.to_owned(),
            old,
        }));
        Ok(())
    }

    fn commit(mut self) {
        // Dropping the old files deletes them.
        self.steps.clear();
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // Already failing: what cannot be taken back either has no better answer.
        for step in self.steps.drain(..).rev() {
            let _ = match step {
                Step::CreatedDirectory(path) => fs::remove_dir(path),
                Step::CreatedFile(path) => fs::remove_file(path),
                Step::Replaced { path, old } => old.persist(path).map_err(|error| error.error),
            };
        }
    }
}

/// Gives the file at `path` a second name by `keep`; `None` if there is none.
fn keep_aside(
    path: &Path,
    keep: impl Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<Option<TempPath>> {
    match temporary(TEMP_PREFIX).make_in(directory_of(path), |aside| keep(path, aside)) {
        Ok(kept) => Ok(Some(kept.into_temp_path())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
