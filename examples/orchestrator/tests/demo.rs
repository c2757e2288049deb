//! The demo as a user has it: a program, its API and its metrics.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Far more than anything here needs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Demo {
    child: Child,
    stdout: BufReader<ChildStdout>,
    api: String,
    metrics: String,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut address = |name: &str| {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let url = line.strip_prefix(name).unwrap().trim();
            let rest = url.strip_prefix("http://").unwrap();
            rest.split('/').next().unwrap().to_owned()
        };
        let (api, metrics) = (address("tasks"), address("metrics"));
        Self {
            child,
            stdout,
            api,
            metrics,
        }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let head = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        let answer = exchange(
            &self.api,
            &format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n{body}"
            ),
        );
        split(&answer)
    }

    /// The sum of all series of this name, of which there may be none yet.
    fn metric(&self, name: &str) -> f64 {
        let answer = exchange(&self.metrics, "GET /metrics HTTP/1.0\r\n\r\n");
        let lines = answer.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = rest.strip_prefix(['{', ' ']).is_some();
            value.then(|| rest.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        });
        let own = name.split('{').next().unwrap_or(name);
        let histogram = own.trim_end_matches("_count");
        let is_known = |family| answer.contains(&format!("# TYPE {family} "));
        assert!(
            is_known(own) || is_known(histogram),
            "no {name} in {answer}"
        );
        lines.sum()
    }

    fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
            sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self, signal: &str) -> String {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        said
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orchestrator"));
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(["--metrics-listen", "127.0.0.1:0"])
        .args(arguments);
    command
}

fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A server may answer, and close, before it has read everything.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn split(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// Nothing happens but what is asked for.
const QUIET: &str = r#"{"tasks_per_minute": 0, "violations_per_minute": 0}"#;

#[test]
fn a_posted_task_is_accepted_and_moves_the_metrics() {
    let demo = Demo::start(&["--scenario", "idle", "--speed", "100"]);
    assert_eq!(demo.ask("POST", "/api/scenario", QUIET).0, 200);
    let before = demo.metric("agent_tasks_completed_total{agent=\"coder\"}");
    let task = r#"{"agent": "coder", "model": "claude-sonnet", "skill": "shell",
        "duration_seconds": 2, "cost_usd": 0.25, "outcome": "complete", "approval": false}"#;
    let (status, answer) = demo.ask("POST", "/api/tasks", task);
    assert_eq!(status, 202, "{answer}");
    assert!(answer.contains(r#""agent":"coder""#), "{answer}");
    assert!(answer.contains(r#""id":"#), "{answer}");
    demo.until("the task", |demo| {
        demo.metric("agent_tasks_completed_total{agent=\"coder\"}") > before
    });
    assert!(demo.metric("agent_total_cost_per_day_usd") >= 0.25);
    let (status, health) = demo.ask("GET", "/health", "");
    assert_eq!(status, 200);
    assert!(health.contains(r#""status":"ok""#), "{health}");
    assert_eq!(demo.ask("POST", "/api/midnight", "").0, 200);
    assert_eq!(demo.metric("agent_total_cost_per_day_usd"), 0.0);
}

#[test]
fn bad_tasks_are_refused_with_a_reason() {
    let demo = Demo::start(&["--scenario", "idle"]);
    for (body, reason) in [
        ("", "the body is empty"),
        ("{", "EOF while parsing"),
        ("null", "invalid type: null"),
        ("{}", "missing field `agent`"),
        (
            r#"{"agent": "boss"}"#,
            "unknown variant `boss`, expected one of `planner`",
        ),
        (r#"{"agent": 1}"#, "expected"),
        (
            r#"{"agent": "coder", "colour": 1}"#,
            "unknown field `colour`",
        ),
        (
            r#"{"agent": "coder", "agent": "coder"}"#,
            "duplicate field `agent`",
        ),
        (
            r#"{"agent": "coder", "duration_seconds": -1}"#,
            "`duration_seconds` is -1, and must be from 0 to 86400",
        ),
        (
            r#"{"agent": "coder", "cost_usd": 1e4}"#,
            "`cost_usd` is 10000",
        ),
        (
            r#"{"agent": "coder", "outcome": "maybe"}"#,
            "unknown variant `maybe`",
        ),
        (r#"{"agent": "coder"} {}"#, "trailing characters"),
    ] {
        let (status, answer) = demo.ask("POST", "/api/tasks", body);
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer.contains(reason), "{body}: {answer}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(demo.ask("POST", "/api/tasks", &deep).0, 400);
    let (status, answer) = demo.ask("POST", "/api/scenario", r#"{"failure_ratio": 2}"#);
    assert_eq!(status, 400);
    assert!(answer.contains("must be from 0 to 1"), "{answer}");
}

#[test]
fn requests_of_the_wrong_kind_are_refused() {
    let demo = Demo::start(&["--scenario", "idle"]);
    let ask = |request: &str| exchange(&demo.api, &request.replace('\n', "\r\n"));
    for (request, status, reason) in [
        (
            "POST /api/tasks HTTP/1.0\nContent-Length: 2\n\n{}",
            415,
            "Content-Type",
        ),
        (
            "POST /api/tasks HTTP/1.0\nContent-Type: text/plain\nContent-Length: 2\n\n{}",
            415,
            "application/json",
        ),
        (
            "POST /api/tasks HTTP/1.0\nContent-Type: application/json\nContent-Length: 99999\n\n",
            413,
            "more than 16384 bytes",
        ),
        ("GET /api/tasks HTTP/1.0\n\n", 405, "POST"),
        ("DELETE /api/scenario HTTP/1.0\n\n", 405, "GET, HEAD, POST"),
        ("POST /health HTTP/1.0\n\n", 405, "GET, HEAD"),
        ("GET / HTTP/1.0\n\n", 404, "/api/tasks"),
    ] {
        let answer = ask(request);
        let (found, body) = split(&answer);
        assert_eq!(found, status, "{request}: {answer}");
        assert!(body.contains(reason), "{request}: {answer}");
    }
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let chunked = format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n\
         Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    assert_eq!(split(&exchange(&demo.api, &chunked)).0, 413);
    let garbage = exchange(&demo.api, "\u{1}\u{2}\r\n\r\n");
    assert!(garbage.starts_with("HTTP/1.1 400"), "{garbage}");
    assert_eq!(demo.ask("GET", "/health", "").0, 200);
}

#[test]
fn an_incident_moves_every_metric() {
    let demo = Demo::start(&["--scenario", "incident", "--speed", "500", "--seed", "3"]);
    for name in [
        "agent_tasks_started_total",
        "agent_tasks_completed_total",
        "agent_tasks_failed_total",
        "agent_active_tasks",
        "agent_task_duration_seconds_count",
        "agent_cost_per_day_usd",
        "agent_total_cost_per_day_usd",
        "skill_access_allowed_total",
        "skill_access_denied_total",
        "permission_escalation_requests_total",
        "active_permissions_granted",
        "audit_violations_logged_total",
        "task_approval_requests_total",
        "approval_response_time_seconds_count",
        "pending_approvals_count",
        "approval_auto_escalated_total",
    ] {
        demo.until(name, |demo| demo.metric(name) > 0.0);
    }
}

#[test]
fn the_scenario_can_be_read_and_changed_while_it_runs() {
    let demo = Demo::start(&["--scenario", "idle", "--speed", "200"]);
    let (status, world) = demo.ask("GET", "/api/scenario", "");
    assert_eq!(status, 200);
    assert!(world.contains(r#""scenario":"idle""#), "{world}");
    let change = r#"{"scenario": "busy", "failure_ratio": 1, "agent": "reviewer"}"#;
    let (status, world) = demo.ask("POST", "/api/scenario", change);
    assert_eq!(status, 200);
    assert!(world.contains(r#""failure_ratio":1.0"#), "{world}");
    let failed = "agent_tasks_failed_total{agent=\"reviewer\"}";
    demo.until("failures", |demo| demo.metric(failed) > 10.0);
}

#[test]
fn it_stops_when_it_is_told_to_and_frees_its_ports() {
    for signal in ["-TERM", "-INT"] {
        let mut demo = Demo::start(&["--scenario", "busy", "--speed", "20"]);
        demo.until("tasks", |demo| demo.metric("agent_active_tasks") > 0.0);
        let said = demo.stop(signal);
        assert!(said.starts_with("stopped after "), "{said}");
        for address in [&demo.api, &demo.metrics] {
            TcpListener::bind(address).unwrap();
        }
    }
}

#[test]
fn a_taken_port_and_bad_options_are_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = |arguments: &[&str]| {
        let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_orchestrator"))
            .args(arguments)
            .output()
            .unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    };
    let (code, message) = said(&["--listen", &address, "--metrics-listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(1));
    let expected = format!("orchestrator: cannot listen on {address}: ");
    assert!(message.starts_with(&expected), "{message}");
    let (code, message) = said(&["--listen", "127.0.0.1:0", "--metrics-listen", &address]);
    assert_eq!(code, Some(1));
    let expected = format!("orchestrator: cannot serve metrics on {address}: ");
    assert!(message.starts_with(&expected), "{message}");
    for bad in [
        ["--speed", "0"],
        ["--speed", "NaN"],
        ["--speed", "1001"],
        ["--scenario", "party"],
        ["--capacity", "0"],
        ["--seed", "-1"],
    ] {
        assert_eq!(said(&bad).0, Some(2), "{bad:?}");
    }
}
