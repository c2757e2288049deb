//! Help, misuse, completions.

use crate::sandbox::Sandbox;

#[test]
fn help_has_examples_for_every_command() {
    let sandbox = Sandbox::empty();
    sandbox
        .run("-h")
        .succeeds()
        .out_has("Examples:")
        .out_has("Exit codes: 0 clean");
    for command in ["generate", "check", "init", "explain", "completions"] {
        let run = sandbox.run(&format!("{command} -h")).succeeds();
        assert!(
            run.out
                .contains(&format!("Examples:\n  dashwright {command}")),
            "{}",
            run.out
        );
    }
}

#[test]
fn misuse_exits_with_2_and_says_what_was_meant() {
    let sandbox = Sandbox::new();
    sandbox.run("").exits(2).err_has("Usage: dashwright");
    sandbox.run("generat").exits(2).err_has("'generate'");
    sandbox.run("generate --chek").exits(2).err_has("'--check'");
    sandbox
        .run("generate --check --force")
        .exits(2)
        .err_has("cannot be used with");
    assert_eq!(sandbox.tree("").len(), 1);
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Sandbox::empty().run("--version").succeeds();
    assert_eq!(
        version.out,
        format!("dashwright {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_know_the_commands() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        sandbox
            .run(&format!("completions {shell}"))
            .succeeds()
            .out_has("generate")
            .out_has("stdout");
    }
    sandbox.run("completions csh").exits(2).err_has("bash");
}
