//! `generate --watch`: every change of the specs, errors included, until it is ended.

use crate::sandbox::{SPECS, Sandbox};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Stdio};

/// A watching process, ended with the test.
struct Watching {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Watching {
    fn start(sandbox: &Sandbox) -> Self {
        let mut command = sandbox.command();
        command.args(["generate", "--watch"]).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, said }
    }

    /// What it says until it waits for the next change.
    fn round(&mut self) -> String {
        let mut text = String::new();
        loop {
            let start = text.len();
            assert_ne!(
                self.said.read_line(&mut text).unwrap(),
                0,
                "it ended:\n{text}"
            );
            if text[start..].starts_with("watching `specs`") {
                return text;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_change_is_generated_and_errors_end_nothing() {
    let sandbox = Sandbox::new();
    let mut watching = Watching::start(&sandbox);
    watching.round();
    let config = "generated/monitoring/prometheus.yml";
    assert!(sandbox.read(config).contains("app:8000"));

    sandbox.change_target();
    watching.round();
    assert!(sandbox.read(config).contains("app:9000"));

    sandbox.write(
        "specs/main.yaml",
        &SPECS.replace("query: request_rate", "query: nothing"),
    );
    let said = watching.round();
    assert!(said.contains("error[unknown-query]"), "{said}");
    assert!(sandbox.read(config).contains("app:9000"));

    // Many editors write another file and put it in the place of the first.
    sandbox.write(
        "specs/.main.yaml.swp",
        &SPECS.replace("app:8000", "app:7000"),
    );
    std::fs::rename(
        sandbox.path("specs/.main.yaml.swp"),
        sandbox.path("specs/main.yaml"),
    )
    .unwrap();
    let mut said = watching.round();
    while !sandbox.read(config).contains("app:7000") {
        said.push_str(&watching.round());
    }
    assert!(!said.ends_with("error[unknown-query]"), "{said}");

    sandbox.write("specs/new/extra.yaml", crate::sandbox::EXTRA);
    while !sandbox
        .path("generated/monitoring/dashboards/extra.json")
        .exists()
    {
        watching.round();
    }
}
