//! Prometheus and Alertmanager as programs that a test starts and stops.

use crate::http;
use crate::program::find;
use serde_json::Value;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts the program of the first of `names` that is installed, and
    /// waits until it is ready.
    pub(crate) fn start(names: &[&str], port: u16, directory: &Path, arguments: &[String]) -> Self {
        let server = Self::spawn(names, port, directory, arguments);
        server.wait("it to be ready", |server| {
            let (status, _) = http::get(server.port, "/-/ready").ok()?;
            (status == 200).then_some(())
        });
        server
    }

    /// As [`Self::start`], for a server that speaks TLS, and is ready once it
    /// takes connections.
    pub(crate) fn start_tls(
        names: &[&str],
        port: u16,
        directory: &Path,
        arguments: &[String],
    ) -> Self {
        let server = Self::spawn(names, port, directory, arguments);
        server.wait("it to listen", |server| {
            std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).ok()
        });
        server
    }

    fn spawn(names: &[&str], port: u16, directory: &Path, arguments: &[String]) -> Self {
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
        Self { child, port, log }
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
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
