//! Help, misuse, completions.

use crate::sandbox::{Run, Sandbox};
use std::process::Command;

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

#[test]
fn bash_completes_commands_options_and_their_values() {
    let sandbox = Sandbox::empty();
    let script = sandbox.run("completions bash").succeeds().out;
    sandbox.write("completions", &script);
    let completed = |words: &str, last: &str| {
        let count = words.split(' ').count();
        let line = format!(
            "source completions; COMP_WORDS=({words} {last}); COMP_CWORD={count}; \
             _dashwright dashwright '{last}' '{}'; echo \"${{COMPREPLY[*]}}\"",
            words.rsplit(' ').next().unwrap(),
        );
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-c", &line])
            .current_dir(sandbox.path(""));
        Run::of(&mut bash).succeeds().out.trim().to_owned()
    };
    assert_eq!(completed("dashwright", "gen"), "generate");
    assert_eq!(completed("dashwright diff --format", "h"), "human html");
    assert_eq!(completed("dashwright check", "--fail"), "--fail-on");
}
