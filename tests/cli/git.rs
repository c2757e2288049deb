//! The real git, in directories of tests.

use std::path::Path;
use std::process::Command;

/// Runs git on `directory` with `args`, split at blanks, and returns what it says.
#[track_caller]
pub(crate) fn git(directory: &Path, args: &str) -> String {
    let run = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
        .args(["-c", "commit.gpgsign=false"])
        .args(args.split(' '))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "git {args}: {said}");
    String::from_utf8(run.stdout).unwrap().trim().to_owned()
}
