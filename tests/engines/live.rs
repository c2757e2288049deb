//! The demo, a Prometheus and an Alertmanager that run on what the `local`
//! profile makes of the reference specs.

use crate::demo::Demo;
use crate::reference::{Generated, specs};
use crate::server::{Server, free_ports};
use serde_yaml::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Enough happens in a second for every rate to be known after a few.
const BUSY: [&str; 4] = ["--scenario", "incident", "--speed", "100"];

/// The whole stack, stopped when it is dropped.
pub(crate) struct Live {
    pub(crate) prometheus: Server,
    pub(crate) alertmanager: Server,
    pub(crate) demo: Demo,
    pub(crate) generated: Generated,
    // Removed last, after the servers that write to it have stopped.
    data: TempDir,
}

impl Live {
    /// Starts everything and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with(&BUSY, "{}")
    }

    /// With sections laid over those of the profile, and the demo as its
    /// arguments say.
    pub(crate) fn start_with(arguments: &[&str], sections: &str) -> Self {
        let demo = Demo::start([0, 0], arguments);
        let data = TempDir::new().unwrap();
        let [prometheus, alertmanager] = free_ports();
        let specs = data.path().join("specs");
        copy_specs(&specs);
        change_profile(
            &specs.join("profiles/local.yaml"),
            [
                (9090, prometheus),
                (9093, alertmanager),
                (9100, demo.metrics_port()),
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
            demo,
            generated,
            data,
        }
    }

    /// The specs that all of it was generated from, with the profile `local`.
    pub(crate) fn specs(&self) -> std::path::PathBuf {
        self.data.path().join("specs")
    }

    /// Where the orchestrator's metrics are, as Prometheus names it.
    pub(crate) fn instance(&self) -> String {
        format!("127.0.0.1:{}", self.demo.metrics_port())
    }
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

/// Puts other ports into a profile, so that runs at the same time do not meet,
/// and lays sections over it.
fn change_profile(profile: &Path, ports: [(u16, u16); 3], sections: &str) {
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
    let mut changed: Value = serde_yaml::from_str(&text).unwrap();
    lay_over(&mut changed, serde_yaml::from_str(sections).unwrap());
    fs::write(profile, serde_yaml::to_string(&changed).unwrap()).unwrap();
}

/// Key by key, as profiles are laid over specs.
fn lay_over(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Mapping(base), Value::Mapping(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
