//! Which files make up a profile.

use super::is_yaml;
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The profiles in a directory by name, with what each consists of: a file, or
/// a directory. Of more than one, the profile would depend on which is taken.
pub(super) fn in_directory(directory: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let mut profiles: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        // A dot in the name of a directory has nothing of a file's kind behind.
        let name = if path.is_dir() {
            path.file_name()
        } else if is_yaml(&path) {
            path.file_stem()
        } else {
            None
        };
        if let Some(name) = name {
            let name = name.to_string_lossy().into_owned();
            profiles.entry(name).or_default().push(path);
        }
    }
    profiles
}

/// The profile that a file below the specs belongs to, and the path of what
/// the profile consists of.
pub(super) fn of_path(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("profiles/")?;
    match rest.split_once('/') {
        Some((name, below)) => Some((name, &path[..path.len() - below.len() - 1])),
        None if is_yaml(Path::new(rest)) => Some((Path::new(rest).file_stem()?.to_str()?, path)),
        None => None,
    }
}

pub(super) fn unknown<'n>(
    name: &str,
    known: impl Iterator<Item = &'n str>,
    place: &str,
) -> Diagnostic {
    let names: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    let known = if names.is_empty() {
        format!("there is no profile in `{place}`")
    } else {
        format!("the profiles are {}", names.join(", "))
    };
    Diagnostic::new(
        Code::UnknownProfile,
        format!("no profile is called `{name}`"),
    )
    .help(known)
}

/// What is wrong with a profile that is there more than once.
pub(super) fn ambiguous(name: &str, sources: impl Iterator<Item = String>) -> Diagnostic {
    let sources: Vec<_> = sources.map(|path| format!("`{path}`")).collect();
    Diagnostic::new(
        Code::DuplicateName,
        format!(
            "several profiles are called `{name}`: {}",
            sources.join(" and ")
        ),
    )
    .help("put everything into one of them: a profile is a file, or a directory of files")
}
