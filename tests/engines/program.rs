//! Programs that others wrote, which judge what was generated.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The program under the first of `names` that is installed: distributions
/// rename some.
///
/// # Panics
///
/// If none is: a judge that is missing has not agreed.
pub(crate) fn find(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| {
            directories
                .iter()
                .map(move |directory| directory.join(name))
        })
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!(
                "`{}` is not installed: `scripts/test` installs what the tests need",
                names[0]
            )
        })
}

/// Runs a judge and returns what it said, on both streams.
///
/// # Panics
///
/// If it refuses.
#[track_caller]
pub(crate) fn accepts(command: &mut Command) -> String {
    let (accepted, said) = verdict(command);
    assert!(accepted, "{command:?} refuses:\n{said}");
    said
}

/// Whether a judge accepts, and what it said.
pub(crate) fn verdict(command: &mut Command) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [stdout, stderr].concat();
    (
        status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}
