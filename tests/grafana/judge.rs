//! The judges of this directory, ready to run.

use crate::program::find;
use crate::reference::Generated;
use std::path::{Path, PathBuf};
use std::process::Command;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grafana")
}

fn require(path: &Path) {
    let missing = path.display();
    assert!(
        path.exists(),
        "{missing} is missing: `scripts/test` installs what the tests need"
    );
}

/// A script for Node, with the packages that it needs.
pub(crate) fn node(script: &str) -> Command {
    require(&directory().join("node_modules/@grafana/data"));
    let mut command = Command::new(find(&["node"]));
    command.arg(directory().join(script));
    command
}

/// A script for Python, with the packages that it needs.
pub(crate) fn python(script: &str) -> Command {
    let interpreter = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/bin/python");
    require(&interpreter);
    let mut command = Command::new(interpreter);
    command.arg(directory().join(script));
    command
}

/// Specs with every kind of panel and variable.
pub(crate) fn gallery() -> Generated {
    Generated::from(&directory().join("gallery"), None)
}
