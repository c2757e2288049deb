//! `generate`: what is written, what is said about it, and `--check`.

use crate::sandbox::{EXTRA, SPECS, Sandbox};

#[test]
fn first_everything_is_created_and_then_nothing_changes() {
    let sandbox = Sandbox::new();
    let first = sandbox.run("generate").succeeds();
    assert_eq!(first.err, "");
    first
        .out_has("create generated/monitoring/dashboards/app.json\n")
        .out_has("create generated/monitoring/prometheus.yml\n")
        .out_has(" created\n");
    let tree = sandbox.tree("generated");
    assert!(tree.contains_key("monitoring/dashboards/app.json"));
    assert!(tree.contains_key(".dashwright.json"));

    let again = sandbox.run("generate").succeeds();
    assert_eq!(
        again.out,
        format!(
            "all {} files in `generated` are up to date\n",
            tree.len() - 1
        )
    );
    assert_eq!(sandbox.tree("generated"), tree);
    sandbox.run("generate --check").succeeds();
}

#[test]
fn a_file_that_does_not_change_is_not_touched() {
    let sandbox = Sandbox::generated();
    let modified = |path: &str| {
        std::fs::metadata(sandbox.path(path))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = modified("generated/monitoring/dashboards/app.json");
    sandbox.change_target();
    let run = sandbox.run("generate").succeeds();
    assert!(!run.out.contains("app.json"), "{}", run.out);
    run.out_has("update generated/monitoring/prometheus.yml\n")
        .out_has(" updated, ")
        .out_has(" unchanged\n");
    assert!(
        sandbox
            .read("generated/monitoring/prometheus.yml")
            .contains("app:9000")
    );
    assert_eq!(modified("generated/monitoring/dashboards/app.json"), before);
}

#[test]
fn check_names_every_kind_of_drift_and_writes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/extra.yaml", EXTRA);
    sandbox.run("generate --out out").succeeds();
    sandbox.remove("specs/extra.yaml");
    sandbox.change_target();
    sandbox.write("out/monitoring/dashboards/app.json", "{}");
    sandbox.remove("out/monitoring/alert-rules.yml");
    let before = sandbox.tree("out");

    let run = sandbox.run("generate --out out --check").exits(1);
    for line in [
        "missing     out/monitoring/alert-rules.yml\n",
        "stale       out/monitoring/prometheus.yml\n",
        "hand-edited out/monitoring/dashboards/app.json\n",
        "orphaned    out/monitoring/dashboards/extra.json\n",
        "\n    dashwright generate --out out\n",
    ] {
        assert!(run.out.contains(line), "no {line:?} in\n{}", run.out);
    }
    assert_eq!(sandbox.tree("out"), before);

    let mended = sandbox.run("generate --out out").succeeds();
    mended.out_has("update out/monitoring/dashboards/app.json (it had been edited by hand)\n");
    sandbox.run("generate --out out --check").succeeds();
}

#[test]
fn check_of_a_lost_manifest_is_drift_and_generate_takes_equal_files_back() {
    let sandbox = Sandbox::generated();
    let manifest = sandbox.read("generated/.dashwright.json");
    sandbox.remove("generated/.dashwright.json");
    sandbox
        .run("generate --check")
        .exits(1)
        .out_has("generated/.dashwright.json");
    sandbox.run("generate").succeeds();
    assert_eq!(sandbox.read("generated/.dashwright.json"), manifest);
}

#[test]
fn errors_change_no_file_and_exit_with_1() {
    let sandbox = Sandbox::generated();
    let before = sandbox.tree("generated");
    sandbox.write(
        "specs/main.yaml",
        &SPECS.replace("query: request_rate", "query: request_rat"),
    );
    for args in ["generate", "generate --check", "generate --force"] {
        let run = sandbox.run(args).exits(1);
        assert_eq!(run.out, "");
        run.err_has("error[unknown-query]")
            .err_has("specs/main.yaml:")
            .err_has("no file was changed");
    }
    assert_eq!(sandbox.tree("generated"), before);
}

#[test]
fn a_rendered_file_goes_to_standard_output_and_nowhere_else() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("generate --stdout monitoring/prometheus.yml")
        .succeeds();
    assert!(!sandbox.path("generated").exists());
    sandbox.run("generate").succeeds();
    assert_eq!(run.out, sandbox.read("generated/monitoring/prometheus.yml"));
    assert_eq!(
        sandbox
            .run("generate --stdout prometheus.yml")
            .succeeds()
            .out,
        run.out
    );
    sandbox
        .run("generate --stdout monitoring/prometeus.yml")
        .exits(2)
        .err_has("did you mean `monitoring/prometheus.yml`?");
}

#[test]
fn json_says_the_same() {
    let sandbox = Sandbox::new();
    let document = |args: &str, status| -> serde_json::Value {
        serde_json::from_str(&sandbox.run(args).exits(status).out).unwrap()
    };
    let drift = document("generate --check --format json", 1);
    assert_eq!(drift["output"]["written"], false);
    assert!(!sandbox.path("generated").exists());

    let first = document("generate --format json", 0);
    assert_eq!(first["output"]["written"], true);
    assert_eq!(first["output"]["directory"], "generated");
    assert_eq!(first["output"]["files"], drift["output"]["files"]);
    assert_eq!(first["output"]["files"][0]["status"], "missing");
    let files = first["output"]["files"].as_array().unwrap().len();
    assert_eq!(first["output"]["summary"]["created"], files);

    let again = document("generate --format json", 0);
    assert_eq!(again["output"]["files"], serde_json::json!([]));
    assert_eq!(again["output"]["summary"]["unchanged"], files);

    sandbox.write("specs/main.yaml", "metrics: 1");
    let broken = document("generate --format json", 1);
    assert_eq!(broken["diagnostics"][0]["code"], "wrong-type");
    assert_eq!(broken["output"], serde_json::Value::Null);
}

#[test]
fn a_profile_is_laid_over_the_specs_and_kept_in_the_remedy() {
    let sandbox = Sandbox::generated();
    sandbox.write(
        "specs/profiles/local.yaml",
        "scrape: { jobs: { app: { targets: [\"127.0.0.1:1\"] } } }",
    );
    sandbox.run("generate --check").succeeds();
    sandbox
        .run("generate --check --profile local")
        .exits(1)
        .out_has("stale generated/monitoring/prometheus.yml\n")
        .out_has("dashwright generate --profile local\n");
    sandbox.run("generate --profile local").succeeds();
    assert!(
        sandbox
            .read("generated/monitoring/prometheus.yml")
            .contains("127.0.0.1:1")
    );
    sandbox
        .run("generate --profile lokal")
        .exits(2)
        .err_has("`lokal`")
        .err_has("`local`");
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let sandbox = Sandbox::new();
    for args in [
        "generate --quiet",
        "generate -q",
        "generate --check --quiet",
    ] {
        let run = sandbox.run(args).succeeds();
        assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "{args}");
    }
}

#[test]
fn warnings_are_shown_and_do_not_stop_anything() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/empty.yaml", "# nothing yet\n");
    sandbox
        .run("generate")
        .succeeds()
        .err_has("warning[empty-file]")
        .err_has("1 warning in 1 file\n");
    assert!(sandbox.path("generated/monitoring/prometheus.yml").exists());
}

/// Files that are written among the specs would be read as specs by the next
/// run, which could then do nothing any more.
#[test]
fn the_output_does_not_lie_among_the_specs() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink(sandbox.path("specs"), sandbox.path("link")).unwrap();
    for out in ["specs", "specs/out", "./x/../specs/deep/out", "link/out"] {
        let run = sandbox.run(&format!("generate --out {out}")).exits(2);
        run.err_has("would be read as specs");
        assert_eq!(sandbox.tree("specs").len(), 1, "{out}");
    }
    sandbox.run("generate --out .").succeeds();
    sandbox.run("generate --out specs-out").succeeds();
    sandbox
        .run("generate --out specs --stdout prometheus.yml")
        .succeeds();
}
