//! Texts from files and bytes, and what is said where there is none.

use crate::diagnostic::{Code, Diagnostic};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Largest spec file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 8 << 20;

/// The text of a regular file, or of what a link to one leads to.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    // Looked at before it is opened: to open a pipe waits for its other end.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() {
            "it is a directory"
        } else {
            "it is no regular file"
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // The length may be another by now, and is 0 for files that the system makes
    // as they are read.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    to_text(bytes)
}

pub(super) fn to_text(bytes: Vec<u8>) -> io::Result<String> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("see line {line}"))
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

pub(super) fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::InvalidData => Diagnostic::new(
            Code::NotUtf8,
            format!("`{path}` is not UTF-8 text: {error}"),
        )
        .help("save the file as UTF-8"),
        io::ErrorKind::FileTooLarge => Diagnostic::new(
            Code::TooLarge,
            format!("`{path}` is larger than {} MiB", MAX_FILE_BYTES >> 20),
        )
        .help("split it: the sections of all files merge"),
        _ => Diagnostic::new(Code::Unreadable, format!("cannot read `{path}`: {error}")),
    }
}
