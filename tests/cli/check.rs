//! `check`: findings, and how they are printed.

use crate::hooks::python_program;
use crate::sandbox::{Run, SPECS, Sandbox};
use std::path::Path;

#[test]
fn specs_without_findings() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("check").succeeds();
    assert_eq!(
        (run.out.as_str(), run.err.as_str()),
        ("no findings in 1 file\n", "")
    );
    assert_eq!(sandbox.run("check -q").succeeds().out, "");
    assert_eq!(sandbox.tree("").len(), 1);
}

#[test]
fn all_errors_of_a_run_are_shown_in_file_order() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "specs/a.yaml",
        "dashboards:\n  a:\n    title: A\n    panels:\n      p: { stat: { query: nothing } }\n",
    );
    sandbox.write("specs/z.yaml", "querys: {}\n");
    let run = sandbox.run("check").exits(1);
    assert_eq!(run.out, "");
    let (first, second) = (
        run.err.find("specs/a.yaml:5:").unwrap(),
        run.err.find("specs/z.yaml:1:1").unwrap(),
    );
    assert!(first < second, "{}", run.err);
    assert!(run.err.ends_with("\n2 errors in 2 files\n"), "{}", run.err);
}

#[test]
fn warnings_are_errors_where_they_are_denied() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/empty.yaml", "# nothing yet\n");
    sandbox
        .run("check")
        .succeeds()
        .err_has("warning[empty-file]");
    sandbox
        .run("check --deny warnings")
        .exits(1)
        .err_has("1 warning in 1 file\n");
}

#[test]
fn json_is_one_document_on_standard_output() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "specs/main.yaml",
        &SPECS.replace("query: request_rate", "query: request_rat"),
    );
    let run = sandbox.run("check --format json").exits(1);
    assert_eq!(run.err, "");
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        document["summary"],
        serde_json::json!({ "errors": 1, "warnings": 0, "hints": 0 })
    );
    let finding = &document["diagnostics"][0];
    assert_eq!(finding["code"], "unknown-query");
    assert_eq!(finding["primary"]["path"], "specs/main.yaml");
    let line = SPECS
        .lines()
        .position(|line| line.contains("timeseries: { query"))
        .unwrap()
        + 1;
    assert_eq!(finding["primary"]["line"], line);
}

#[test]
fn nothing_to_check_is_never_a_success() {
    let sandbox = Sandbox::empty();
    for args in ["check", "generate", "generate --check", "explain query"] {
        sandbox
            .run(args)
            .exits(2)
            .err_has("error[no-specs]")
            .err_has("dashwright init");
    }
    std::fs::create_dir(sandbox.path("specs")).unwrap();
    sandbox.run("check").exits(2).err_has("error[no-specs]");
    Sandbox::new()
        .run("check --profile nope")
        .exits(2)
        .err_has("error[unknown-profile]");
}

#[test]
fn color_only_where_it_is_wanted() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/main.yaml", "querys: {}\n");
    assert!(!sandbox.run("check").exits(1).err.contains('\u{1b}'));
    let forced = Run::of(sandbox.command().arg("check").env("CLICOLOR_FORCE", "1")).exits(1);
    assert!(forced.err.contains("\u{1b}["), "{}", forced.err);
    let refused = Run::of(
        sandbox
            .command()
            .arg("check")
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1"),
    )
    .exits(1);
    assert!(!refused.err.contains('\u{1b}'));
}

#[test]
fn text_of_specs_cannot_command_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "specs/main.yaml",
        "\"que\\e[31mries\": {}\nqueries: { \"a\\nb\\e[2J\": { help: h, expr: \"1 +\" } }\n",
    );
    let run = sandbox.run("check").exits(1);
    assert!(
        !run.err.contains(|c: char| c.is_control() && c != '\n'),
        "{:?}",
        run.err
    );
}

/// A dashboard without a description, and a metric that nobody reads: hints
/// and nothing worse.
const HINTS: &str = "metrics:\n  app_workers: { type: gauge, help: Workers }\n";

#[test]
fn the_severity_that_fails_a_run_can_be_chosen() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/hints.yaml", HINTS);
    sandbox
        .run("check")
        .succeeds()
        .err_has("1 hint in 1 file\n");
    sandbox.run("check --deny warnings").succeeds();
    sandbox.run("check --fail-on error").succeeds();
    sandbox.run("check --fail-on warning").succeeds();
    sandbox.run("check --fail-on hint").exits(1);
    sandbox
        .run("check --fail-on hint --deny warnings")
        .exits(2)
        .err_has("cannot be used with");
    let run = sandbox.run("generate --fail-on hint").exits(1);
    run.err_has("no file was changed");
    assert!(!sandbox.path("generated").exists());
    sandbox.run("generate --fail-on warning").succeeds();
    sandbox.run("generate --check --fail-on hint").exits(1);
    sandbox.write("specs/empty.yaml", "# nothing yet\n");
    sandbox.run("generate --deny warnings").exits(1);
}

#[test]
fn github_gets_a_command_for_each_finding() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/hints.yaml", HINTS);
    sandbox.write("specs/bad.yaml", "querys: {}\n");
    let run = sandbox.run("check --format github").exits(1);
    assert_eq!(run.err, "");
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    run.out_has("::error file=specs/bad.yaml,line=1,endLine=1,col=1,endColumn=7,title=unknown-key::there is no section `querys`%0Adid you mean `queries`?\n");
    sandbox.write("specs/bad.yaml", "x-none: {}\n");
    sandbox
        .run("check --format github")
        .succeeds()
        .out_has("::notice file=specs/hints.yaml,line=2,");
}

#[test]
fn sarif_is_valid_by_its_published_schema() {
    let sandbox = Sandbox::new();
    let valid = |args: &str, status: i32| {
        let run = sandbox.run(args).exits(status);
        assert_eq!(run.err, "");
        let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        sandbox.write("log.sarif", &run.out);
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(
            "tests/cli/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
        );
        let judge = python_program("check-jsonschema")
            // One of its patterns is valid without the flag for Unicode only.
            .args(["--regex-variant", "nonunicode", "--schemafile"])
            .arg(schema)
            .arg(sandbox.path("log.sarif"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&judge.stdout);
        assert!(judge.status.success(), "{said}");
        log
    };
    assert_eq!(
        valid("check --format sarif", 0)["runs"][0]["results"],
        serde_json::json!([])
    );
    sandbox.write("specs/hints.yaml", HINTS);
    sandbox.write("specs/empty.yaml", "# nothing yet\n");
    assert_eq!(
        valid("generate --check --format sarif", 1)["runs"][0]["results"][1]["level"],
        "note"
    );
    sandbox.write(
        "specs/wörse file.yaml",
        "metrics:\n  \"m\\e[2J\": { type: gauge, help: M }\n  app_requests_total: { type: gauge, help: M }\nqueries:\n  q: { help: Q, expr: \"nothing + 1\" }\n",
    );
    let log = valid("check --format sarif", 1);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|result| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            == "specs/w%C3%B6rse%20file.yaml"
            && result["relatedLocations"].is_array()
    }));
    sandbox.run("check --format sarif --specs nowhere").exits(2);
}

#[test]
fn series_of_prometheus_carry_what_jobs_and_alerts_give_them() {
    let sandbox = Sandbox::empty();
    let specs = |label: &str| {
        format!(
            "scrape: {{ jobs: {{ app: {{ targets: [\"app:1\"], labels: {{ env: test }} }} }} }}\n\
             queries:\n  up: {{ help: Up, expr: 'sum by ({label}) (up{{{label}=\"x\"}})' }}\n  \
             firing: {{ help: Firing, expr: 'count by (team) (ALERTS{{team!=\"\"}})' }}\n"
        )
    };
    sandbox.write("specs/main.yaml", &specs("env"));
    sandbox.run("check").succeeds().out_has("no findings");
    sandbox.write("specs/main.yaml", &specs("evn"));
    sandbox
        .run("check")
        .exits(1)
        .err_has("metric `up` has no label `evn`")
        .err_has("did you mean `env`?");
}
