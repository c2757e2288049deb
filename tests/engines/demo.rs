//! The demo orchestrator as a running program.

use crate::http;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

pub(crate) struct Demo {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Where its API and its metrics are.
    ports: [u16; 2],
}

impl Demo {
    /// Starts it on ports that nobody listens on; 0 takes any.
    pub(crate) fn start(ports: [u16; 2], arguments: &[&str]) -> Self {
        let [api, metrics] = ports.map(|port| format!("127.0.0.1:{port}"));
        let mut child = Command::new(program())
            .args(["--listen", &api, "--metrics-listen", &metrics])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        // Once both lines are there, both ports are listened on.
        let ports = ["tasks", "metrics"].map(|_| {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            port(&line).unwrap_or_else(|| panic!("the demo says {line:?}"))
        });
        Self {
            child,
            stdout,
            ports,
        }
    }

    pub(crate) fn ports(&self) -> [u16; 2] {
        self.ports
    }

    pub(crate) fn metrics_port(&self) -> u16 {
        self.ports[1]
    }

    /// Posts to its API, which must take it.
    pub(crate) fn post(&self, path: &str, body: &Value) {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = http::exchange(self.ports[0], &request).unwrap();
        assert!(matches!(status, 200 | 202), "{path} {body}: {answer}");
    }

    /// Has it stop as it would in a container.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{said}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in `metrics http://127.0.0.1:9100/metrics`.
fn port(line: &str) -> Option<u16> {
    let (_, address) = line.split_once("http://127.0.0.1:")?;
    address.split('/').next()?.parse().ok()
}

/// The demo, built once, where its own tests build it.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("emitter");
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orchestrator/Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(manifest)
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTFLAGS")
            .status()
            .unwrap();
        assert!(built.success(), "the demo does not build");
        target.join("debug/orchestrator")
    })
}
