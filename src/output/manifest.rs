//! The list of files that the tool has written, kept beside them.

use super::OutputError;
use super::place::{Entry, Places, reason_against};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the manifest in the output directory.
pub const MANIFEST: &str = ".dashwright.json";

/// Version of the manifest's layout.
const FORMAT: u32 = 1;

/// Larger than the manifest of a million files; more is not read.
const MAX_BYTES: u64 = 256 << 20;

/// Files by path below the output directory, with the fingerprints of their
/// bytes as last written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) files: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    tool: String,
    format: u32,
    files: BTreeMap<String, String>,
}

/// The fingerprint of a file's bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

impl Manifest {
    /// Reads the manifest of an output directory; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read or trusted: it decides what is deleted.
    pub(crate) fn read(out: &Path, places: &Places) -> Result<Option<Self>, OutputError> {
        let path = out.join(MANIFEST);
        let Entry::File { len } = places.entry(MANIFEST)? else {
            return Ok(None);
        };
        let broken = |reason: String| OutputError::Manifest {
            path: path.clone(),
            reason,
        };
        if len > MAX_BYTES {
            return Err(broken(format!("is larger than {} MiB", MAX_BYTES >> 20)));
        }
        let bytes = std::fs::read(&path).map_err(OutputError::io("read", &path))?;
        Self::parse(&bytes).map(Some).map_err(broken)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // The format comes first, so that a newer layout is not called corrupt.
        #[derive(Deserialize)]
        struct Head {
            tool: String,
            format: u32,
        }
        let corrupt = |error: serde_json::Error| format!("is corrupt: {error}");
        let head: Head = serde_json::from_slice(bytes).map_err(corrupt)?;
        if head.tool != env!("CARGO_PKG_NAME") {
            return Err(format!(
                "belongs to another tool, `{}`",
                head.tool.escape_debug()
            ));
        }
        if head.format != FORMAT {
            return Err(format!(
                "has format {}, and this version of dashwright knows format {FORMAT}",
                head.format
            ));
        }
        let layout: Layout = serde_json::from_slice(bytes).map_err(corrupt)?;
        let mut files = BTreeMap::new();
        for (path, hash) in layout.files {
            if let Some(reason) = reason_against(&path) {
                return Err(format!(
                    "cannot be trusted: its path `{}` {reason}",
                    path.escape_debug()
                ));
            }
            let Some(hash) = Some(&hash)
                .filter(|hash| hash.len() == 16)
                .and_then(|h| u64::from_str_radix(h, 16).ok())
            else {
                return Err(format!(
                    "is corrupt: the fingerprint of `{path}` is not 16 hexadecimal digits"
                ));
            };
            files.insert(path, hash);
        }
        Ok(Self { files })
    }

    /// The manifest as a file: the same files give the same bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "{{\n  \"tool\": \"{}\",\n  \"format\": {FORMAT},\n  \"files\": {{",
            env!("CARGO_PKG_NAME")
        );
        for (index, (path, hash)) in self.files.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let path = serde_json::Value::from(path.as_str());
            text.push_str(&format!("{comma}\n    {path}: \"{hash:016x}\""));
        }
        text.push_str(if self.files.is_empty() {
            "}\n}\n"
        } else {
            "\n  }\n}\n"
        });
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, fingerprint};

    fn manifest(files: &[(&str, u64)]) -> Manifest {
        Manifest {
            files: files
                .iter()
                .map(|(path, hash)| ((*path).to_owned(), *hash))
                .collect(),
        }
    }

    #[test]
    fn survives_being_written_and_read() {
        for manifest in [
            manifest(&[]),
            manifest(&[("b/ü \"x\".json", 1), ("a.yml", u64::MAX)]),
        ] {
            assert_eq!(Manifest::parse(&manifest.to_bytes()), Ok(manifest));
        }
    }

    #[test]
    fn layout_is_sorted_and_stable() {
        let text =
            String::from_utf8(manifest(&[("b", 255), ("a", fingerprint(b"hello"))]).to_bytes())
                .unwrap();
        assert_eq!(
            text,
            "{\n  \"tool\": \"dashwright\",\n  \"format\": 1,\n  \"files\": {\n    \"a\": \"9555e8555c62dcfd\",\n    \
             \"b\": \"00000000000000ff\"\n  }\n}\n"
        );
    }

    #[test]
    fn what_cannot_be_trusted_is_named() {
        let of =
            |files: &str| format!("{{\"tool\":\"dashwright\",\"format\":1,\"files\":{files}}}");
        let reason = |text: &str| Manifest::parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            reason(&of("{\"../etc/passwd\":\"0000000000000000\"}")),
            "cannot be trusted: its path `../etc/passwd` leaves the output directory"
        );
        assert_eq!(
            reason(&of("{\"a\":\"+000000000000000\"}").replace('+', "x")),
            "is corrupt: the fingerprint of `a` is not 16 hexadecimal digits"
        );
        assert!(reason("<<<<<<< ours").starts_with("is corrupt: expected value at line 1"));
        assert!(
            reason("{\"tool\":\"dashwright\",\"format\":2,\"owned\":[]}")
                .starts_with("has format 2")
        );
        assert_eq!(
            reason("{\"tool\":\"x\",\"format\":1,\"files\":{}}"),
            "belongs to another tool, `x`"
        );
    }
}
