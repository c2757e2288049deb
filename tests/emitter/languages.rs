//! The packages for TypeScript and Python: good code by the judgement of each
//! language's own tools, which exposes what the package for Rust does.

use crate::contract::{is_the_catalog, numbers_are_right, prometheus_agrees};
use crate::judges::{self, Exposition};
use crate::package::{model, reference, run, write};
use crate::parser::Family;
use dashwright::model::Model;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emitter")
}

/// A rendered package in a fresh directory.
pub(crate) struct Package {
    directory: tempfile::TempDir,
}

impl Package {
    /// The package for TypeScript, built, in which nothing is found.
    pub(crate) fn typescript(model: &Model) -> Self {
        let directory = write(model, "emitter-typescript/");
        let package = Self { directory };
        let modules = tests().join("node_modules");
        assert!(
            modules.join("typescript").is_dir(),
            "this test needs `npm ci` in tests/emitter; scripts/test runs it"
        );
        std::os::unix::fs::symlink(modules, package.path().join("node_modules")).unwrap();
        let description = fs::read_to_string(package.path().join("package.json")).unwrap();
        let description: serde_json::Value = serde_json::from_str(&description).unwrap();
        let mut emitters = model.emitters.iter();
        let emitter = emitters.find(|emitter| &*emitter.language == "typescript");
        assert_eq!(description["name"], *emitter.unwrap().package);
        package.node(&["node_modules/typescript/bin/tsc"]);
        let prettier = "node_modules/prettier/bin/prettier.cjs";
        package.node(&[prettier, "--check", "src", "package.json", "tsconfig.json"]);
        let config = tests().join("eslint.config.mjs");
        let eslint = "node_modules/eslint/bin/eslint.js";
        let limit = "--max-warnings=0";
        package.node(&[eslint, limit, "--config", config.to_str().unwrap(), "src"]);
        package
    }

    /// The package for Python, in which nothing is found.
    pub(crate) fn python(model: &Model) -> Self {
        let directory = write(model, "emitter-python/");
        let package = Self { directory };
        package.python_tool("ruff", &["format", "--check", "--diff", "src"]);
        let config = tests().join("ruff.toml");
        let config = config.to_str().unwrap();
        package.python_tool("ruff", &["check", "--config", config, "src"]);
        let python = python();
        let python = python.to_str().unwrap();
        package.python_tool("mypy", &["--strict", "--python-executable", python, "src"]);
        package
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn node(&self, args: &[&str]) -> String {
        run(Command::new("node").args(args).current_dir(self.path()))
    }

    fn python_tool(&self, tool: &str, args: &[&str]) -> String {
        run(Command::new(python().with_file_name(tool))
            .args(args)
            .current_dir(self.path()))
    }

    /// Runs a script of these tests with the package and other arguments.
    fn script(&self, program: &Path, script: &str, args: &[&Path]) -> String {
        run(Command::new(program)
            .arg(tests().join(script))
            .arg(self.path())
            .args(args)
            .env("PYTHONDONTWRITEBYTECODE", "1"))
    }

    /// What it exposes after every event was called.
    fn exposition(&self, language: &'static str, program: &Path, script: &str) -> Exposition {
        let (text, open) = (self.path().join("text"), self.path().join("open"));
        self.script(program, script, &[&text, &open]);
        prometheus_agrees(&text);
        Exposition::read(language, [text, open])
    }
}

/// The Python with the packages of `requirements.txt`.
fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/python/bin/python");
    assert!(
        python.is_file(),
        "this test needs the packages of tests/emitter/requirements.txt in target/python; scripts/test installs them"
    );
    python
}

/// What is exposed, without numbers that depend on clocks.
fn shape(families: &[Family]) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    for family in families {
        shape.insert(format!(
            "{} {} {:?} {:?}",
            family.name, family.kind, family.help, family.unit
        ));
        for sample in &family.samples {
            let mut labels = sample.labels.clone();
            labels.sort();
            let value = if labels.iter().any(|(_, value)| value == "guarded")
                || sample.name.starts_with("approval_response_time_seconds")
            {
                String::new()
            } else {
                format!("{}", sample.value)
            };
            shape.insert(format!("{} {labels:?} {value}", sample.name));
        }
    }
    shape
}

#[test]
fn all_languages_expose_the_same() {
    let model = reference();
    let typescript = Package::typescript(&model);
    let python_package = Package::python(&model);
    let node = Path::new("node");
    let all = [
        crate::contract::rust_exposition(&model),
        typescript.exposition("typescript", node, "calls.mjs"),
        python_package.exposition("python", &python(), "calls.py"),
    ];
    let client_library = |exposition| judges::client_library(&python(), exposition);
    let readings: [(&str, Vec<[Vec<Family>; 2]>); 3] = [
        (
            "these tests",
            all.iter().map(Exposition::families).collect(),
        ),
        (
            "prometheus_client",
            all.iter().map(client_library).collect(),
        ),
        ("Prometheus", judges::prometheus(&all)),
    ];
    let expected = readings[0].1[0].each_ref().map(|families| shape(families));
    for (reader, read) in &readings {
        for (families, exposition) in read.iter().zip(&all) {
            for (open, (found, expected)) in [false, true]
                .into_iter()
                .zip(families.iter().zip(&expected))
            {
                is_the_catalog(found, &model, open);
                numbers_are_right(found);
                let found = shape(found);
                let more: Vec<_> = found.difference(expected).collect();
                let less: Vec<_> = expected.difference(&found).collect();
                assert!(
                    more.is_empty() && less.is_empty(),
                    "{reader} reads of {}, unlike these tests of Rust: {more:#?}\nand not: {less:#?}",
                    exposition.language
                );
            }
        }
    }
    typescript.script(node, "behaviour.mjs", &[]);
    python_package.script(&python(), "behaviour.py", &[]);
}

/// The shapes of events that the package for Rust is tested with.
#[test]
fn events_of_every_shape_become_good_typescript_and_python() {
    let specs = crate::shapes::SPECS.replace(
        "emitters: { rust: { package: shapes_of_events } }",
        "emitters: { typescript: { package: \"@scope/shapes-of.events\" }, python: { package: Shapes.of-events } }",
    );
    let model = model(&specs);
    let typescript = Package::typescript(&model);
    typescript.script(Path::new("node"), "shapes.mjs", &[]);
    let package = Package::python(&model);
    package.script(&python(), "shapes.py", &[]);
}

#[test]
fn names_and_texts_that_mean_something_elsewhere_become_good_code() {
    let model = model(&crate::shapes::odd_names(
        "typescript: { package: odd }, python: { package: odd }",
    ));
    Package::typescript(&model);
    Package::python(&model);
}

#[test]
fn names_of_every_length_become_good_typescript_and_python() {
    let model = |longest, emitter| model(&crate::shapes::lengths(4..=longest, emitter));
    Package::typescript(&model(90, "typescript: { package: lengths }"));
    // Of longer names, ruff puts some into parentheses, where they just fit.
    Package::python(&model(65, "python: { package: lengths }"));
}

#[test]
fn packages_without_events_stand_alone() {
    let model = model(
        "metrics: { up_seconds: { type: gauge, help: Time since the start, unit: seconds } }\n\
         emitters: { typescript: { package: bare }, python: { package: bare } }\n",
    );
    Package::typescript(&model);
    Package::python(&model);
}
