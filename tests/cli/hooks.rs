//! What docs/ci.md offers beside the action: valid by the published schemas, and
//! run as written by the real pre-commit and by a shell.

use crate::git::git;
use crate::sandbox::{SPECS, Sandbox};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program of tests/cli/requirements.txt.
pub(crate) fn python_program(name: &str) -> Command {
    let program = root().join("target/pipeline/bin").join(name);
    assert!(
        program.exists(),
        "{} is missing: `scripts/test` installs what the tests need",
        program.display()
    );
    Command::new(program)
}

/// The YAML below a heading of docs/ci.md.
fn documented(heading: &str) -> String {
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let (_, below) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = below.split_once("```yaml\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

#[track_caller]
fn is_valid(schema: &str, file: &Path) {
    let judged = python_program("check-jsonschema")
        .args(["--builtin-schema", schema])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8([judged.stdout, judged.stderr].concat()).unwrap();
    assert!(judged.status.success(), "{said}");
}

#[test]
fn what_ci_is_told_is_valid() {
    let sandbox = Sandbox::empty();
    sandbox.write("github.yml", &documented("GitHub"));
    sandbox.write("gitlab.yml", &documented("GitLab"));
    is_valid("vendor.github-actions", &root().join("action.yml"));
    is_valid(
        "vendor.github-workflows",
        &root().join(".github/workflows/ci.yml"),
    );
    is_valid("vendor.github-workflows", &sandbox.path("github.yml"));
    is_valid("vendor.gitlab-ci", &sandbox.path("gitlab.yml"));
}

/// Directories of programs, with the built one before the others.
fn path() -> std::ffi::OsString {
    let built = Path::new(env!("CARGO_BIN_EXE_dashwright"))
        .parent()
        .unwrap();
    let others = std::env::var_os("PATH").unwrap();
    std::env::join_paths(
        [built.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&others)),
    )
    .unwrap()
}

/// A repository with specs, what they generate, and a branch for a change.
fn repository(sandbox: &Sandbox) -> PathBuf {
    sandbox.write("work/specs/main.yaml", SPECS);
    let work = sandbox.path("work");
    let generated = sandbox
        .command()
        .current_dir(&work)
        .arg("generate")
        .output();
    assert!(generated.unwrap().status.success());
    git(&work, "init -q -b main");
    git(&work, "add -A");
    git(&work, "commit -q -m start");
    git(&work, "checkout -q -b topic");
    work
}

#[test]
fn the_job_for_gitlab_runs_as_documented() {
    let sandbox = Sandbox::empty();
    let work = repository(&sandbox);
    let job: Value = serde_yaml::from_str(&documented("GitLab")).unwrap();
    let job = &job["monitoring"];
    // As the runner does: one shell, which the first failure ends.
    let script = job["script"].as_array().unwrap().iter();
    let script: String = script
        .map(|line| format!("{}\n", line.as_str().unwrap()))
        .collect();
    let run = || {
        let run = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &script])
            .current_dir(&work)
            .env("PATH", path())
            .env(
                "CI_MERGE_REQUEST_DIFF_BASE_SHA",
                git(&work, "merge-base main HEAD"),
            )
            .output()
            .unwrap();
        let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
        (run.status.code().unwrap(), said)
    };
    let kept = |file: &str| {
        let directory = job["artifacts"]["paths"][0].as_str().unwrap();
        sandbox.read(&format!("work/{directory}/{file}"))
    };
    let commit = |specs: &str| {
        sandbox.write("work/specs/main.yaml", specs);
        let generated = sandbox
            .command()
            .current_dir(&work)
            .arg("generate")
            .output();
        assert!(generated.unwrap().status.success());
        git(&work, "add specs generated");
        git(&work, "commit -q -m change");
    };

    commit(&SPECS.replace("title: App", "title: Application"));
    let (status, said) = run();
    assert_eq!(status, 0, "{said}");
    assert!(kept("comment.md").contains("was called `App`"));
    assert!(kept("index.html").starts_with("<!doctype html>"));

    commit(&SPECS.replace("  app:\n    title", "  other:\n    title"));
    let (status, said) = run();
    assert_eq!(status, 1, "{said}");
    assert!(kept("comment.md").contains("breaks"));

    sandbox.write(
        "work/specs/main.yaml",
        &SPECS.replace("title: App", "title: Stale"),
    );
    let (status, said) = run();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("stale    generated/"), "{said}");
}

#[test]
fn the_hooks_keep_stale_files_and_mistakes_out_of_commits() {
    let sandbox = Sandbox::empty();
    let work = repository(&sandbox);
    let manifest = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    sandbox.write("hooks/.pre-commit-hooks.yaml", &manifest);
    let hooks = sandbox.path("hooks");
    git(&hooks, "init -q -b main");
    git(&hooks, "add -A");
    git(&hooks, "commit -q -m hooks");
    let revision = git(&hooks, "rev-parse HEAD");
    // The documented configuration, but with the program that is built already.
    let config = documented("Before a commit")
        .replace(
            "https://github.com/OWNER/dashwright",
            hooks.to_str().unwrap(),
        )
        .replace("REVISION", &revision)
        .replace(
            "- id: dashwright-generate",
            "- { id: dashwright-generate, language: system }",
        )
        .replace(
            "- id: dashwright-check",
            "- { id: dashwright-check, language: system }",
        );
    sandbox.write("work/.pre-commit-config.yaml", &config);
    git(&work, "add -A");
    let pre_commit = || {
        let run = python_program("pre-commit")
            .arg("run")
            .current_dir(&work)
            .env("PATH", path())
            .env("PRE_COMMIT_HOME", sandbox.path("cache"))
            .output()
            .unwrap();
        let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
        (run.status.code().unwrap(), said)
    };

    let (status, said) = pre_commit();
    assert_eq!(status, 0, "{said}");
    assert_eq!(said.matches("Skipped").count(), 2, "{said}");

    sandbox.write(
        "work/specs/main.yaml",
        &SPECS.replace("title: App", "title: Application"),
    );
    git(&work, "add -A");
    let (status, said) = pre_commit();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("files were modified by this hook"), "{said}");
    git(&work, "add -A");
    let (status, said) = pre_commit();
    assert_eq!(status, 0, "{said}");
    assert_eq!(said.matches("Passed").count(), 2, "{said}");

    sandbox.write(
        "work/specs/main.yaml",
        &SPECS.replace("expr: sum by (status)", "expr: sum by (colour)"),
    );
    git(&work, "add -A");
    let (status, said) = pre_commit();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("specs/main.yaml:7:"), "{said}");
}
