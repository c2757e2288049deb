//! The action for GitHub: its steps run as the runner runs them, on a made-up
//! event, and comment by the real `gh` on a server of this machine.

use crate::git::git;
use crate::sandbox::{SPECS, Sandbox};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The server of comments, stopped with the test.
struct GitHub {
    child: Child,
    port: u16,
    directory: PathBuf,
}

impl GitHub {
    fn start(directory: &Path) -> Self {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/github.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .args(["cert.pem", "key.pem", "log.jsonl"])
            .current_dir(directory)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut port).unwrap();
        Self {
            child,
            port: port.trim().parse().unwrap(),
            directory: directory.to_owned(),
        }
    }

    /// What was asked of it since the last time: method, path and body.
    fn asked(&self) -> Vec<(String, String, String)> {
        let log = self.directory.join("log.jsonl");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let asked = text.lines().map(|line| {
            let asked: Value = serde_json::from_str(line).unwrap();
            assert_eq!(asked["token"], "token made-up");
            let field = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
            (field("method"), field("path"), field("body"))
        });
        asked.collect()
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run of the action.
struct Job {
    /// What steps said, by their names; those that ran only.
    said: Vec<(String, String)>,
    failed: bool,
    context: Value,
    summary: String,
}

impl Job {
    fn said(&self, step: &str) -> &str {
        let found = self.said.iter().find(|(name, _)| name == step);
        found.map_or("(did not run)", |(_, said)| said)
    }

    fn names(&self) -> Vec<&str> {
        self.said.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// A pull request, checked out as in a job that uses the action.
struct Checkout {
    sandbox: Sandbox,
    github: GitHub,
    base: String,
}

impl Checkout {
    /// Of a repository whose branch `main` holds [`SPECS`] and what they generate.
    fn new() -> Self {
        let sandbox = Sandbox::empty();
        sandbox.write("repository/specs/main.yaml", SPECS);
        let github = GitHub::start(&sandbox.path(""));
        let root = sandbox.path("repository");
        git(&root, "init -q -b main");
        let mut checkout = Self {
            sandbox,
            github,
            base: String::new(),
        };
        checkout.generate();
        checkout.commit();
        checkout.base = git(&root, "rev-parse HEAD");
        git(&root, "checkout -q -b topic");
        checkout
    }

    fn root(&self) -> PathBuf {
        self.sandbox.path("repository")
    }

    fn generate(&self) {
        let mut command = self.sandbox.command();
        let generated = command.current_dir(self.root()).arg("generate").output();
        assert!(generated.unwrap().status.success());
    }

    fn change(&self, from: &str, to: &str) {
        let specs = self.sandbox.read("repository/specs/main.yaml");
        assert!(specs.contains(from));
        self.sandbox
            .write("repository/specs/main.yaml", &specs.replace(from, to));
    }

    fn commit(&self) {
        git(&self.root(), "add -A");
        git(&self.root(), "commit -q -m change");
    }

    /// Runs the action's steps for an event, with some of its inputs.
    fn run(&self, event: &str, from_fork: bool, inputs: &[(&str, &str)]) -> Job {
        let repository = if from_fork {
            "somebody/shop"
        } else {
            "acme/shop"
        };
        let action = action();
        let mut context = json!({
            "inputs": {},
            "steps": {},
            "github": {
                "event_name": event,
                "repository": "acme/shop",
                "token": "made-up",
                "event": { "pull_request": {
                    "number": 7,
                    "base": { "sha": self.base },
                    "head": { "repo": { "full_name": repository } },
                } },
            },
        });
        for (name, input) in action["inputs"].as_object().unwrap() {
            context["inputs"][name] = input["default"].clone();
        }
        context["inputs"]["dashwright"] = env!("CARGO_BIN_EXE_dashwright").into();
        for (name, value) in inputs {
            context["inputs"][name] = (*value).into();
        }
        let mut job = Job {
            said: Vec::new(),
            failed: false,
            context,
            summary: String::new(),
        };
        fs::create_dir_all(self.sandbox.path("temp")).unwrap();
        self.sandbox.write("summary", "");
        for step in action["runs"]["steps"].as_array().unwrap() {
            self.step(step, &mut job);
        }
        job.summary = self.sandbox.read("summary");
        job
    }

    fn step(&self, step: &Value, job: &mut Job) {
        let condition = step["if"].as_str().unwrap_or("success()");
        let condition = condition.trim_start_matches("${{").trim_end_matches("}}");
        let is_asked = condition.contains("cancelled()") || condition.contains("success()");
        if !holds(condition, job) || !is_asked && job.failed {
            return;
        }
        let name = step["name"].as_str().unwrap().to_owned();
        if step["uses"].is_string() {
            let path = insert(step["with"]["path"].as_str().unwrap(), &job.context);
            let kept = fs::read_to_string(&path).unwrap();
            job.said.push((name, kept));
            return;
        }
        assert_eq!(step["shell"], "bash");
        self.sandbox.write("step.sh", step["run"].as_str().unwrap());
        self.sandbox.write("output", "");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(self.sandbox.path("step.sh"))
            .current_dir(self.root())
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", self.sandbox.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.sandbox.path("summary"))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("RUNNER_TEMP", self.sandbox.path("temp"))
            .env(
                "GITHUB_SERVER_URL",
                format!("https://127.0.0.1:{}", self.github.port),
            )
            .env("SSL_CERT_FILE", self.sandbox.path("cert.pem"))
            // Nothing of whoever runs the test.
            .env("GH_CONFIG_DIR", self.sandbox.path("gh"));
        for (key, value) in step["env"].as_object().into_iter().flatten() {
            command.env(key, insert(value.as_str().unwrap(), &job.context));
        }
        let run = command.output().unwrap();
        let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
        job.failed |= !run.status.success();
        job.said.push((name, said));
        if let Some(id) = step["id"].as_str() {
            for line in self.sandbox.read("output").lines() {
                let (key, value) = line.split_once('=').unwrap();
                job.context["steps"][id]["outputs"][key] = value.into();
            }
        }
    }
}

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// `text` with the value of each `${{ … }}` in it.
fn insert(text: &str, context: &Value) -> String {
    let mut parts = text.split("${{");
    let mut all = parts.next().unwrap().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").unwrap();
        all.push_str(&evaluated(expression, context));
        all.push_str(rest);
    }
    all
}

/// As much of GitHub's expressions as the action uses.
fn holds(condition: &str, job: &Job) -> bool {
    condition.split("&&").map(str::trim).all(|part| match part {
        "!cancelled()" => true,
        "success()" => !job.failed,
        _ => evaluated(part, &job.context) == "true",
    })
}

fn evaluated(expression: &str, context: &Value) -> String {
    for (operator, wanted) in [("==", true), ("!=", false)] {
        if let Some((one, other)) = expression.split_once(operator) {
            let are_equal = evaluated(one, context) == evaluated(other, context);
            return (are_equal == wanted).to_string();
        }
    }
    let expression = expression.trim();
    if let Some(text) = expression.strip_prefix('\'') {
        return text.strip_suffix('\'').unwrap().to_owned();
    }
    let pointer = format!("/{}", expression.replace('.', "/"));
    match context.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        // What is not there is empty, but a root must be known.
        None => {
            assert!(
                ["inputs", "steps", "github"]
                    .iter()
                    .any(|root| expression.starts_with(root)),
                "{expression}"
            );
            String::new()
        }
    }
}

#[test]
fn a_pull_request_is_checked_compared_and_told_of_in_one_comment() {
    let checkout = Checkout::new();
    checkout.change("title: Request rate", "title: Requests | `per` second");
    checkout.commit();

    // The specs changed, and nobody generated.
    let job = checkout.run("pull_request", false, &[]);
    assert!(job.failed);
    assert_eq!(
        job.names(),
        ["Check", "Compare", "Keep the page", "Comment"]
    );
    assert!(
        job.said("Check")
            .contains("::error title=dashwright::The committed files"),
        "{}",
        job.said("Check")
    );
    assert!(
        job.said("Compare").contains("panel Requests"),
        "{}",
        job.said("Compare")
    );
    assert!(job.said("Keep the page").starts_with("<!doctype html>"));
    assert!(
        job.summary.contains("### What this changes in monitoring"),
        "{}",
        job.summary
    );
    let asked = checkout.github.asked();
    let comments = "/api/v3/repos/acme/shop/issues/7/comments";
    let verbs: Vec<_> = asked
        .iter()
        .map(|(verb, path, _)| (verb.as_str(), path.as_str()))
        .collect();
    assert_eq!(
        verbs,
        [("GET", comments), ("GET", comments), ("POST", comments)],
        "{}",
        job.said("Comment")
    );
    assert!(
        asked[2].2.contains("was called `Request rate`"),
        "{}",
        asked[2].2
    );
    assert_eq!(asked[2].2, job.summary);

    // Mended: the same comment says so.
    checkout.generate();
    checkout.commit();
    let job = checkout.run(
        "pull_request",
        false,
        &[("fail-on", "breaking"), ("deny", "warnings")],
    );
    assert!(!job.failed, "{:?}", job.said);
    let asked = checkout.github.asked();
    let (verb, path, body) = asked.last().unwrap();
    assert_eq!(
        (verb.as_str(), path.as_str()),
        ("PATCH", "/api/v3/repos/acme/shop/issues/comments/41")
    );
    assert!(body.starts_with("<!-- dashwright diff -->\n"));
}

#[test]
fn changes_fail_the_job_where_that_is_asked_for_and_are_told_all_the_same() {
    let checkout = Checkout::new();
    checkout.change("dashboards:\n  app:", "dashboards:\n  application:");
    checkout.generate();
    checkout.commit();
    let job = checkout.run("pull_request", false, &[("fail-on", "breaking")]);
    assert!(job.failed);
    assert!(
        !job.said("Check").contains("::error"),
        "{}",
        job.said("Check")
    );
    assert_eq!(
        job.names(),
        ["Check", "Compare", "Keep the page", "Comment"]
    );
    assert_eq!(checkout.github.asked().last().unwrap().0, "POST");

    let job = checkout.run(
        "pull_request",
        false,
        &[("fail-on", "never"), ("comment", "false")],
    );
    assert!(!job.failed, "{:?}", job.said);
    assert_eq!(job.names(), ["Check", "Compare", "Keep the page"]);
    assert_eq!(checkout.github.asked(), []);
}

#[test]
fn findings_are_annotations_and_fail_the_job() {
    let checkout = Checkout::new();
    checkout.change("expr: sum by (status)", "expr: sum by (colour)");
    checkout.commit();
    let job = checkout.run("push", false, &[]);
    assert!(job.failed);
    assert_eq!(job.names(), ["Check"]);
    assert!(
        job.said("Check")
            .contains("::error file=specs/main.yaml,line="),
        "{}",
        job.said("Check")
    );
}

#[test]
fn forks_are_told_of_in_the_summary_only() {
    let checkout = Checkout::new();
    checkout.change("title: App", "title: Application");
    checkout.generate();
    checkout.commit();
    let job = checkout.run("pull_request", true, &[]);
    assert!(!job.failed, "{:?}", job.said);
    assert!(
        job.said("Comment")
            .contains("no comment on pull requests from forks")
    );
    assert!(job.summary.contains("`Application`"), "{}", job.summary);
    assert_eq!(checkout.github.asked(), []);
}

#[test]
fn a_checkout_without_history_is_told_what_is_missing() {
    let checkout = Checkout::new();
    let root = checkout.root();
    checkout.change("title: App", "title: Application");
    checkout.generate();
    checkout.commit();
    git(&root, "checkout -q --orphan lonely");
    checkout.commit();
    let job = checkout.run("pull_request", false, &[]);
    assert!(job.failed);
    assert!(
        job.said("Compare").contains("`fetch-depth: 0`"),
        "{}",
        job.said("Compare")
    );
    assert_eq!(job.names(), ["Check", "Compare"]);
}
