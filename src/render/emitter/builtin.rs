//! The project's own languages, embedded.

macro_rules! files {
    ($language:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/templates/emitter/", $language, "/",
            $path
        )))),*]
    };
}

const RUST: &[(&str, &str)] = files!["rust":
    "clippy.toml",
    "emitter.yaml",
    "facade/Cargo.toml.j2",
    "facade/README.md.j2",
    "facade/events.rs.j2",
    "facade/gitignore.j2",
    "facade/guards.rs.j2",
    "facade/handles.rs.j2",
    "facade/labels.rs.j2",
    "facade/lib.rs.j2",
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

const TYPESCRIPT: &[(&str, &str)] = files!["typescript":
    "README.md.j2",
    "emitter.yaml",
    "families.ts.j2",
    "gitignore",
    "guards.ts.j2",
    "index.ts.j2",
    "labels.ts.j2",
    "macros.j2",
    "metrics.ts.j2",
    "package.json.j2",
    "runtime/accept.ts",
    "runtime/exposition.ts",
    "runtime/family.ts",
    "runtime/guard.ts",
    "runtime/label.ts",
    "runtime/registry.ts",
    "runtime/series.ts",
    "runtime/server.ts",
    "runtime/text.ts",
    "tsconfig.json",
];

const PYTHON: &[(&str, &str)] = files!["python":
    "README.md.j2",
    "emitter.yaml",
    "families.py.j2",
    "gitignore",
    "guards.py.j2",
    "init.py.j2",
    "labels.py.j2",
    "macros.j2",
    "metrics.py.j2",
    "py.typed",
    "pyproject.toml.j2",
    "runtime/__init__.py",
    "runtime/exposition.py",
    "runtime/family.py",
    "runtime/guard.py",
    "runtime/label.py",
    "runtime/registry.py",
    "runtime/series.py",
    "runtime/server.py",
];

/// The embedded files of a language; none if it is not the project's own.
pub(super) fn files(language: &str) -> &'static [(&'static str, &'static str)] {
    match language {
        "python" => PYTHON,
        "rust" => RUST,
        "typescript" => TYPESCRIPT,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::files;
    use crate::diagnostic::{Sink, Sources};
    use crate::model::Emitter;
    use crate::spec::decode_language;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn collect(root: &Path, below: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, found);
            } else {
                let path = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.insert(path.replace('\\', "/"));
            }
        }
    }

    /// A table of a manifest, from its header to the next one.
    fn table<'t>(manifest: &'t str, name: &str) -> &'t str {
        let header = format!("\n[{name}]\n");
        let start = manifest.find(&header).unwrap() + header.len();
        let end = manifest[start..].find("\n[").map(|end| start + end);
        manifest[start..end.unwrap_or(manifest.len())].trim_end()
    }

    #[test]
    fn packages_are_built_as_the_runtime_is_tested() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/emitter/rust");
        let read = |path| std::fs::read_to_string(directory.join(path)).unwrap();
        let (tested, rendered) = (read("package/Cargo.toml"), read("facade/Cargo.toml.j2"));
        for name in ["features", "dependencies", "lints.rust", "lints.clippy"] {
            assert_eq!(table(&rendered, name), table(&tested, name), "{name}");
        }
    }

    #[test]
    fn languages_are_embedded_whole_and_their_manifests_name_every_file() {
        for language in Emitter::LANGUAGES {
            let embedded = files(language);
            let paths: BTreeSet<String> = embedded
                .iter()
                .map(|(path, _)| (*path).to_owned())
                .collect();
            let root = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("templates/emitter")
                .join(language);
            let mut on_disk = BTreeSet::new();
            // The runtime for Rust has its own tests and benches beside it.
            if language == "rust" {
                collect(&root, &root.join("facade"), &mut on_disk);
                collect(&root, &root.join("src/runtime"), &mut on_disk);
                on_disk
                    .extend(["clippy.toml", "emitter.yaml", "src/runtime.rs"].map(str::to_owned));
            } else {
                collect(&root, &root, &mut on_disk);
            }
            assert_eq!(paths, on_disk, "{language}");

            let (_, text) = embedded
                .iter()
                .find(|(path, _)| *path == "emitter.yaml")
                .unwrap();
            let mut sink = Sink::default();
            let id = Sources::default().add("emitter.yaml", *text);
            let manifest = decode_language(id, text, &mut sink).unwrap();
            assert!(
                sink.iter().next().is_none(),
                "{language}: {:?}",
                sink.into_sorted()
            );
            let made: BTreeSet<_> = manifest
                .files
                .iter()
                .map(|file| file.item.as_ref().unwrap().as_str().to_owned())
                .collect();
            let included = |path: &String| path == "emitter.yaml" || path == "macros.j2";
            let unmade: Vec<_> = paths
                .difference(&made)
                .filter(|path| !included(path))
                .collect();
            assert!(
                unmade.is_empty() && made.is_subset(&paths),
                "{language}: {unmade:?}"
            );
        }
    }
}
