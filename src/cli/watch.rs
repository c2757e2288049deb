//! Waiting for specs to change.

use anyhow::Context;
use notify::{EventKind, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// Editors write a file in several steps: what follows so soon belongs to the
/// same change.
const SETTLED: Duration = Duration::from_millis(30);

/// How often a directory is looked for that is not there.
const RETRY: Duration = Duration::from_millis(300);

/// A directory whose changes are of interest.
pub(super) struct Watch {
    directory: PathBuf,
}

/// Changes from a moment on.
pub(super) struct Changes {
    directory: PathBuf,
    events: Receiver<()>,
    /// `None` if the directory is not there.
    watcher: Option<notify::RecommendedWatcher>,
}

impl Watch {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Changes from now on, so that none is lost while the last one is
    /// worked on.
    pub(super) fn start(&self) -> anyhow::Result<Changes> {
        let (sender, events) = mpsc::channel();
        let mut watcher = None;
        if self.directory.is_dir() {
            let mut made =
                notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                    let is_change =
                        event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_)));
                    if is_change {
                        // Nobody listens any more once the next round has started.
                        let _ = sender.send(());
                    }
                })
                .context("cannot watch for changes")?;
            made.watch(&self.directory, RecursiveMode::Recursive)
                .with_context(|| format!("cannot watch `{}`", self.directory.display()))?;
            watcher = Some(made);
        }
        Ok(Changes {
            directory: self.directory.clone(),
            events,
            watcher,
        })
    }
}

impl Changes {
    /// Waits for a change, and until it is complete.
    pub(super) fn wait(self) -> anyhow::Result<()> {
        if self.watcher.is_none() {
            while !self.directory.is_dir() {
                std::thread::sleep(RETRY);
            }
            return Ok(());
        }
        self.events
            .recv()
            .context("the system stopped telling of changes")?;
        while self.events.recv_timeout(SETTLED) != Err(RecvTimeoutError::Timeout) {}
        Ok(())
    }
}

/// Another process of this program, for `command`.
pub(super) fn own_process(command: &str) -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("cannot tell which program this is")?;
    let mut process = Command::new(program);
    process.arg(command);
    Ok(process)
}
