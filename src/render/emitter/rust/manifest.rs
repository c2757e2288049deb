//! The manifest of the runtime, whose tables a package takes over.

const MANIFEST: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/templates/emitter/rust/Cargo.toml"
));

/// A table of the runtime's own manifest, with its comments, from its header
/// to the next one.
pub(super) fn table(name: &str) -> &'static str {
    let header = format!("[{name}]\n");
    let start = MANIFEST.find(&header).unwrap_or(MANIFEST.len());
    let body = (start + header.len()).min(MANIFEST.len());
    let end = MANIFEST[body..]
        .find("\n[")
        .map_or(MANIFEST.len(), |end| body + end + 1);
    MANIFEST[start..end].trim_end()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn tables_of_the_manifest_are_found() {
        for name in ["features", "dependencies", "lints.rust", "lints.clippy"] {
            let table = table(name);
            assert!(
                table.starts_with(&format!("[{name}]\n")),
                "{name}: {table:?}"
            );
            assert!(table.lines().count() > 2, "{name}: {table:?}");
            assert!(!table.contains("\n["), "{name}: {table:?}");
        }
        assert_eq!(table("none"), "");
    }
}
