//! The runtime of the Rust emitter, embedded as it is in `templates`.

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/templates/emitter/rust/",
            $path
        )))),*]
    };
}

/// Files that a package takes over verbatim, with their paths in it.
pub(super) const FILES: &[(&str, &str)] = files![
    "clippy.toml",
    "src/runtime.rs",
    "src/runtime/accept.rs",
    "src/runtime/cell.rs",
    "src/runtime/error.rs",
    "src/runtime/exposition.rs",
    "src/runtime/family.rs",
    "src/runtime/gate.rs",
    "src/runtime/http.rs",
    "src/runtime/index.rs",
    "src/runtime/label.rs",
    "src/runtime/metric.rs",
    "src/runtime/registry.rs",
    "src/runtime/store.rs",
    "src/runtime/text.rs",
];

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
    use super::{FILES, table};
    use std::path::Path;

    #[test]
    fn the_runtime_is_embedded_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/emitter/rust");
        let mut on_disk: Vec<_> = std::fs::read_dir(root.join("src/runtime"))
            .unwrap()
            .map(|entry| {
                let name = entry.unwrap().file_name();
                format!("src/runtime/{}", name.to_str().unwrap())
            })
            .chain(["clippy.toml".to_owned(), "src/runtime.rs".to_owned()])
            .collect();
        on_disk.sort();
        let embedded: Vec<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, on_disk);
    }

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
