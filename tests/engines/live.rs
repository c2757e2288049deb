//! A Prometheus and an Alertmanager that run on what the `local` profile
//! makes of the reference specs.

use crate::exporter::Exporter;
use crate::http;
use crate::program::find;
use crate::reference::{Generated, specs};
use serde_json::Value;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// The whole stack, stopped when it is dropped.
pub(crate) struct Live {
    pub(crate) prometheus: Server,
    pub(crate) alertmanager: Server,
    exporter: Option<Exporter>,
    pub(crate) generated: Generated,
    // Removed last, after the servers that write to it have stopped.
    _data: TempDir,
}

impl Live {
    /// Starts everything and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// With sections laid over those of the profile.
    pub(crate) fn start_with(sections: &str) -> Self {
        let exporter = Exporter::start();
        let data = TempDir::new().unwrap();
        let [prometheus, alertmanager] = free_ports();
        let specs = data.path().join("specs");
        copy_specs(&specs);
        move_ports(
            &specs.join("profiles/local.yaml"),
            [
                (9090, prometheus),
                (9093, alertmanager),
                (9100, exporter.port()),
            ],
            sections,
        );
        let generated = Generated::from(&specs, Some("local"));
        let configuration =
            |file: &str| format!("--config.file={}", generated.path(file).display());
        let storage = |name: &str| data.path().join(name).display().to_string();
        Self {
            alertmanager: Server::start(
                &["alertmanager", "prometheus-alertmanager"],
                alertmanager,
                data.path(),
                &[
                    configuration("monitoring/alertmanager.yml"),
                    format!("--storage.path={}", storage("alertmanager")),
                    // No cluster, and no port for one.
                    "--cluster.listen-address=".to_owned(),
                ],
            ),
            prometheus: Server::start(
                &["prometheus"],
                prometheus,
                data.path(),
                &[
                    configuration("monitoring/prometheus.yml"),
                    format!("--storage.tsdb.path={}", storage("prometheus")),
                ],
            ),
            exporter: Some(exporter),
            generated,
            _data: data,
        }
    }

    /// Where the orchestrator answers, as Prometheus names it.
    pub(crate) fn instance(&self) -> String {
        let port = self.exporter.as_ref().map(Exporter::port);
        format!(
            "127.0.0.1:{}",
            port.expect("the orchestrator was not stopped")
        )
    }

    pub(crate) fn stop_orchestrator(&mut self) {
        self.exporter = None;
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    fn start(names: &[&str], port: u16, directory: &Path, arguments: &[String]) -> Self {
        let log = directory.join(names[0]).with_extension("log");
        let file = File::create(&log).unwrap();
        let child = Command::new(find(names))
            .args(arguments)
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(directory)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let server = Self { child, port, log };
        server.wait("it to be ready", |server| {
            let (status, _) = http::get(server.port, "/-/ready").ok()?;
            (status == 200).then_some(())
        });
        server
    }

    /// What the server's API answers.
    pub(crate) fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let address = http::address(path, parameters);
        http::json(self.port, &address)
            .unwrap_or_else(|error| panic!("{address}: {error}\n{}", self.log()))
    }

    /// Asks again and again until `look` finds what it looks for.
    pub(crate) fn wait<T>(&self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "waited in vain for {what}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself, which the test has then noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that nobody listened on a moment ago, all different.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

pub(crate) fn copy_specs(to: &Path) {
    let from = specs();
    for entry in walkdir::WalkDir::new(&from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(&from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Puts other ports into a profile, so that runs at the same time do not meet.
fn move_ports(profile: &Path, ports: [(u16, u16); 3], sections: &str) {
    let mut text = fs::read_to_string(profile).unwrap();
    // Over names that no port contains: a new port may be another's old one.
    for (position, (old, _)) in ports.iter().enumerate() {
        let old = format!("127.0.0.1:{old}");
        assert!(text.contains(&old), "{} has no {old}", profile.display());
        text = text.replace(&old, &format!("127.0.0.1:<{position}>"));
    }
    for (position, (_, new)) in ports.iter().enumerate() {
        text = text.replace(&format!("<{position}>"), &new.to_string());
    }
    fs::write(profile, text + sections).unwrap();
}
