//! An orchestrator that exposes every metric of the catalog and does nothing
//! else. Counters and histograms grow with time.

use crate::reference::specs;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Enough for every gauge that has a threshold to be past it, and for the
/// daily cost, the highest of the bounds.
const GAUGE: f64 = 30.0;

pub(crate) struct Exporter {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let catalog = Catalog::read();
            let start = Instant::now();
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A scraper that goes away early is no concern of the exporter.
                let _ = stream.and_then(|stream| answer(&stream, &catalog.at(start.elapsed())));
            }
        });
        Self {
            port,
            stop,
            thread: Some(thread),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread, which waits for a connection.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(mut stream: &TcpStream, body: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut head = BufReader::new(stream).lines();
    while head
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// The metrics and label values of the specs, as they stand there.
struct Catalog {
    metrics: Value,
    labels: Value,
}

impl Catalog {
    fn read() -> Self {
        let section = |file: &str, name: &str| {
            let text = fs::read_to_string(specs().join(file)).unwrap();
            serde_yaml::from_str::<Value>(&text).unwrap()[name].take()
        };
        Self {
            metrics: section("metrics.yaml", "metrics"),
            labels: section("labels.yaml", "labels"),
        }
    }

    /// The exposition after `elapsed`.
    fn at(&self, elapsed: Duration) -> String {
        let grown = 1000.0 + 10.0 * elapsed.as_secs_f64();
        let mut text = String::new();
        for (name, metric) in self.metrics.as_object().unwrap() {
            let kind = metric["type"].as_str().unwrap();
            writeln!(text, "# TYPE {name} {kind}").unwrap();
            for labels in self.series(metric) {
                let _ = match kind {
                    "counter" => writeln!(text, "{name}{{{labels}}} {grown}"),
                    "gauge" => writeln!(text, "{name}{{{labels}}} {GAUGE}"),
                    _ => {
                        histogram(&mut text, name, metric, &labels, grown);
                        Ok(())
                    }
                };
            }
        }
        text
    }

    /// The label sets of a metric's series: one for each value of its labels.
    fn series(&self, metric: &Value) -> Vec<String> {
        let mut series = vec![String::new()];
        for label in metric["labels"].as_array().into_iter().flatten() {
            let label = label.as_str().unwrap();
            let values = self.labels[label]["values"].as_array().unwrap();
            series = series
                .iter()
                .flat_map(|others| {
                    values
                        .iter()
                        .map(move |value| format!("{others}{label}={value},"))
                })
                .collect();
        }
        series
    }
}

/// Each bucket holds as much as those below it together.
fn histogram(text: &mut String, name: &str, metric: &Value, labels: &str, count: f64) {
    let bounds = metric["buckets"].as_array().unwrap();
    for (position, bound) in bounds.iter().enumerate() {
        let share = count / f64::from(1 << (bounds.len() - position));
        writeln!(text, "{name}_bucket{{{labels}le=\"{bound}\"}} {share}").unwrap();
    }
    writeln!(text, "{name}_bucket{{{labels}le=\"+Inf\"}} {count}").unwrap();
    writeln!(text, "{name}_sum{{{labels}}} {}", count * 10.0).unwrap();
    writeln!(text, "{name}_count{{{labels}}} {count}").unwrap();
}
