//! Reads directories of git revisions from the object store, without a look at
//! the work tree.
//!
//! By the `git` program, as it is there wherever there is a repository and knows
//! every format that one may have: packs, alternates, partial clones, SHA-256.

use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

/// The files below `directory` of a revision, by path below it; `None` if the
/// revision has no such directory.
pub(super) fn files(
    revision: &str,
    directory: &str,
) -> anyhow::Result<Option<BTreeMap<String, Vec<u8>>>> {
    let directory = directory.trim_start_matches("./").trim_matches('/');
    let directory = if directory == "." { "" } else { directory };
    let tree = format!("{revision}:{}", prefixed(directory)?);
    let Ok(kind) = git(&["cat-file", "-t", &tree]) else {
        return Ok(None);
    };
    if kind.trim() != "tree" {
        bail!("`{directory}` is no directory in `{revision}`");
    }
    let listed = git(&["ls-tree", "-r", "-z", "--full-tree", &tree])?;
    let mut wanted = Vec::new();
    for entry in listed.split('\0').filter(|entry| !entry.is_empty()) {
        let (about, path) = entry
            .split_once('\t')
            .context("git lists files in a way that is not known")?;
        let mut about = about.split(' ');
        match (about.next(), about.next(), about.next()) {
            (Some("120000"), ..) => bail!(
                "`{path}` in `{revision}` is a symbolic link, which is not followed in revisions"
            ),
            (_, Some("blob"), Some(object)) => wanted.push((path.to_owned(), object.to_owned())),
            _ => {}
        }
    }
    contents(wanted).map(Some)
}

/// The commit that a revision names.
pub(super) fn commit(revision: &str) -> Option<String> {
    let found = git(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{revision}^{{commit}}"),
    ]);
    found.ok().map(|commit| commit.trim().to_owned())
}

/// Where the work tree left the main branch, and the name of that branch.
pub(super) fn fork_point() -> anyhow::Result<(String, String)> {
    git(&["rev-parse", "--git-dir"]).context("without BASE, `diff` needs a git repository")?;
    let published = git(&[
        "symbolic-ref",
        "--quiet",
        "--short",
        "refs/remotes/origin/HEAD",
    ]);
    let published = published.ok().map(|name| name.trim().to_owned());
    let usual = ["origin/main", "main", "origin/master", "master"].map(str::to_owned);
    let branch = published
        .into_iter()
        .chain(usual)
        .find(|name| commit(name).is_some())
        .context("no main branch is known here: name BASE")?;
    let commit = git(&["merge-base", "HEAD", &branch]).with_context(|| {
        format!("this branch and `{branch}` have no commit in common: name BASE")
    })?;
    Ok((commit.trim().to_owned(), branch))
}

/// Revisions hold whole trees, the user's paths start where the user is.
fn prefixed(directory: &str) -> anyhow::Result<String> {
    if let Some(rooted) = directory.strip_prefix('/') {
        return Ok(rooted.to_owned());
    }
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    Ok(format!("{}{directory}", prefix.trim_end_matches('\n'))
        .trim_end_matches('/')
        .to_owned())
}

fn git(args: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .args(args)
        .stdin(Stdio::null())
        .output()
        .context("cannot run `git`, which reads revisions")?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("git: {}", message.trim().trim_start_matches("fatal: "));
    }
    String::from_utf8(output.stdout).context("git names a file that is no UTF-8")
}

/// All objects in one run of `git`.
fn contents(wanted: Vec<(String, String)>) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut child = Command::new("git")
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run `git`, which reads revisions")?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        bail!("cannot talk to `git`");
    };
    let objects: String = wanted
        .iter()
        .map(|(_, object)| format!("{object}\n"))
        .collect();
    // Asked from a thread of its own: git answers before it has read everything.
    let asking = thread::spawn(move || input.write_all(objects.as_bytes()));
    let mut output = BufReader::new(output);
    let mut files = BTreeMap::new();
    for (path, object) in wanted {
        let mut header = String::new();
        output.read_line(&mut header)?;
        let size: usize = header
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .with_context(|| format!("git does not have the object {object} of `{path}`"))?;
        let mut bytes = vec![0; size + 1];
        output.read_exact(&mut bytes)?;
        bytes.truncate(size);
        files.insert(path, bytes);
    }
    // It has answered; whatever else it says changes nothing.
    let _ = asking.join();
    child.wait()?;
    Ok(files)
}
