//! Rendered packages on disk, and the programs that judge them.

use dashwright::diagnostic::Sink;
use dashwright::model::Model;
use dashwright::render::render;
use dashwright::report::{self, Style};
use dashwright::resolve::resolve;
use dashwright::spec::{Files, decode, read};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The project's own specs.
pub(crate) fn reference() -> Model {
    let mut sink = Sink::default();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let files = read(&specs, None, &mut sink);
    compile(&files, sink)
}

/// Specs in which nothing is wrong.
pub(crate) fn model(specs: &str) -> Model {
    compile(
        &Files::from_memory([("specs.yaml", specs)]),
        Sink::default(),
    )
}

fn compile(files: &Files, mut sink: Sink) -> Model {
    let specs = decode(files, &mut sink);
    let model = resolve(&specs, files, &mut sink);
    let found = sink.into_sorted();
    let report = report::diagnostics(&found, files.sources(), Style::PLAIN);
    assert!(found.is_empty(), "{report}");
    model.expect("a model where nothing is wrong")
}

/// The rendered files below `prefix`, without it, in a fresh directory.
pub(crate) fn write(model: &Model, prefix: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut files = 0;
    for artifact in render(model).unwrap() {
        let Some(path) = artifact.path.strip_prefix(prefix) else {
            continue;
        };
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, artifact.bytes).unwrap();
        files += 1;
    }
    assert!(files > 10, "only {files} files are rendered");
    directory
}

/// A rendered package in a fresh directory.
pub(crate) struct Package {
    directory: tempfile::TempDir,
}

impl Package {
    pub(crate) fn render(model: &Model) -> Self {
        let directory = write(model, "emitter/");
        // The versions that the runtime is tested with, and no network.
        let lock =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/emitter/rust/package/Cargo.lock");
        fs::copy(lock, directory.path().join("Cargo.lock")).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs cargo on the package and returns what it printed.
    pub(crate) fn cargo(&self, args: &[&str]) -> String {
        run(self.command().args(args))
    }

    /// Dependencies are built once for all packages, and where the runtime and
    /// the demo build theirs.
    fn command(&self) -> Command {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("emitter");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(self.path())
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_RETRY", "1")
            .env_remove("RUSTFLAGS");
        cargo
    }

    /// Nothing that rustfmt would write otherwise.
    pub(crate) fn is_formatted(&self) {
        let mut rustfmt = Command::new("rustfmt");
        run(rustfmt
            .args(["--check", "--edition", "2024", "src/lib.rs"])
            .current_dir(self.path()));
    }

    /// Nothing that rustfmt would write otherwise, nothing that clippy's
    /// pedantic lints or rustdoc find, with and without the server.
    pub(crate) fn is_clean(&self) {
        self.is_formatted();
        let deny = ["--", "-D", "warnings", "-W", "clippy::pedantic"];
        let clippy = |args: &[&str]| self.cargo(&[&["clippy"], args, &deny].concat());
        clippy(&["--all-targets"]);
        clippy(&["--no-default-features"]);
        let doc = ["doc", "--no-deps"];
        run(self.command().args(doc).env("RUSTDOCFLAGS", "-D warnings"));
    }
}

/// What a program prints; panics if it is missing or fails.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("this test needs {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
