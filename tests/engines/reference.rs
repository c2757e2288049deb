//! What the built program makes of specs, in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(crate) struct Generated {
    root: TempDir,
}

/// The specs of the reference system.
pub(crate) fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")
}

impl Generated {
    /// From the reference specs as they are.
    pub(crate) fn reference() -> Self {
        Self::from(&specs(), None)
    }

    pub(crate) fn from(specs: &Path, profile: Option<&str>) -> Self {
        let root = TempDir::new().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_dashwright"))
            .arg("generate")
            .args(profile.into_iter().flat_map(|name| ["--profile", name]))
            .arg("--specs")
            .arg(specs)
            .arg("--out")
            .arg(root.path())
            .output()
            .unwrap();
        let findings = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cannot generate:\n{findings}");
        Self { root }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.path().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.path(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The paths of all dashboards, sorted.
    pub(crate) fn dashboards(&self) -> Vec<PathBuf> {
        let directory = self.path("monitoring/dashboards");
        let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        files.sort();
        files
    }
}
