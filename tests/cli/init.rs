//! `init`: what it writes generates cleanly.

use crate::sandbox::Sandbox;

#[test]
fn the_reference_specs_generate_cleanly() {
    let sandbox = Sandbox::empty();
    let run = sandbox.run("init demo").succeeds();
    run.out_has("files to `demo/specs`\n")
        .out_has("next: cd demo && dashwright generate\n");
    for profile in ["", "--profile local", "--profile notify"] {
        let run = sandbox
            .run(&format!(
                "check --specs demo/specs --deny warnings {profile}"
            ))
            .succeeds();
        assert_eq!(run.err, "", "{profile}");
    }
    sandbox
        .run("generate --specs demo/specs --out demo/generated")
        .succeeds();
    assert!(
        sandbox
            .path("demo/generated/monitoring/dashboards/agent-performance.json")
            .exists()
    );
}

#[test]
fn the_minimal_specs_generate_cleanly() {
    let sandbox = Sandbox::empty();
    let run = sandbox.run("init --minimal").succeeds();
    assert_eq!(
        run.out,
        "wrote 1 file to `./specs`\nnext: dashwright generate\n"
    );
    let run = sandbox.run("generate").succeeds();
    assert_eq!(run.err, "");
    assert!(
        sandbox
            .read("generated/monitoring/alert-rules.yml")
            .contains("HighErrorRatio")
    );
}

#[test]
fn specs_that_are_there_are_not_replaced() {
    let sandbox = Sandbox::new();
    let before = sandbox.tree("");
    for args in ["init", "init --minimal"] {
        sandbox
            .run(args)
            .exits(2)
            .err_has("is not empty: it holds `main.yaml`")
            .err_has("--force");
    }
    assert_eq!(sandbox.tree(""), before);
    sandbox.run("init --minimal --force").succeeds();
    assert!(
        sandbox
            .read("specs/main.yaml")
            .contains("app_requests_failed_total")
    );

    sandbox.write("file", "mine");
    sandbox
        .run("init file")
        .exits(2)
        .err_has("cannot create the directory `file/specs`");
}
