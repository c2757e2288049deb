//! Readers of the text formats that are not this project's: a real Prometheus,
//! and the parsers of Python's client library.

use crate::package::run;
use crate::parser::{Family, Sample, parse};
use crate::server::{Server, free_ports};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a package exposes after every event was called.
pub(crate) struct Exposition {
    pub(crate) language: &'static str,
    pub(crate) text: Vec<u8>,
    pub(crate) open: Vec<u8>,
}

impl Exposition {
    /// From the files that the calls of a language write.
    pub(crate) fn read(language: &'static str, [text, open]: [PathBuf; 2]) -> Self {
        let [text, open] = [text, open].map(|path| fs::read(path).unwrap());
        Self {
            language,
            text,
            open,
        }
    }

    /// The families in both formats, as the tests' own reader has them.
    pub(crate) fn families(&self) -> [Vec<Family>; 2] {
        [
            parse((TEXT, self.text.clone())),
            parse((OPEN, self.open.clone())),
        ]
    }
}

/// The families in both formats, as Python's client library reads them.
pub(crate) fn client_library(python: &Path, exposition: &Exposition) -> [Vec<Family>; 2] {
    let directory = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emitter/read.py");
    [("text", &exposition.text), ("open", &exposition.open)].map(|(name, bytes)| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        let read = run(Command::new(python).arg(&script).arg(&path));
        let read: Value = serde_json::from_str(&read).unwrap();
        let families = read.as_array().unwrap().iter();
        families.map(|read| family(read, name == "text")).collect()
    })
}

/// A family that was read as JSON. This library calls counters in the text
/// format by the name that they have in OpenMetrics.
fn family(read: &Value, text: bool) -> Family {
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    let samples: Vec<Sample> = read["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| {
            let labels = sample["labels"].as_object().unwrap();
            let labels = labels
                .iter()
                .map(|(name, value)| (name.clone(), string(value)));
            self::sample(
                string(&sample["name"]),
                labels.collect(),
                string(&sample["value"]),
            )
        })
        .collect();
    let (name, kind) = (string(&read["name"]), string(&read["kind"]));
    let suffix = if text && kind == "counter" {
        "_total"
    } else {
        ""
    };
    Family {
        name: name + suffix,
        kind,
        help: string(&read["help"]),
        unit: Some(string(&read["unit"])).filter(|unit| !unit.is_empty()),
        samples,
    }
}

fn sample(name: String, labels: Vec<(String, String)>, written: String) -> Sample {
    Sample {
        name,
        labels,
        value: written.parse().unwrap(),
        written,
    }
}

/// The families of each in both formats, as a Prometheus has them that scrapes
/// them all.
pub(crate) fn prometheus(expositions: &[Exposition]) -> Vec<[Vec<Family>; 2]> {
    let mut pages = BTreeMap::new();
    for exposition in expositions {
        let language = exposition.language;
        pages.insert(format!("{language}-text"), (TEXT, exposition.text.clone()));
        pages.insert(format!("{language}-open"), (OPEN, exposition.open.clone()));
    }
    let jobs: Vec<String> = pages.keys().cloned().collect();
    let port = serve(pages);
    let configuration = json!({
        "global": { "scrape_interval": "500ms", "scrape_timeout": "500ms" },
        "scrape_configs": jobs.iter().map(|job| json!({
            "job_name": job,
            "metrics_path": format!("/{job}"),
            "static_configs": [{ "targets": [format!("127.0.0.1:{port}")] }],
        })).collect::<Vec<_>>(),
    });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("prometheus.yml");
    // All JSON is YAML.
    fs::write(&file, configuration.to_string()).unwrap();
    let [listen] = free_ports();
    let arguments = [
        format!("--config.file={}", file.display()),
        format!(
            "--storage.tsdb.path={}",
            directory.path().join("data").display()
        ),
    ];
    let server = Server::start(&["prometheus"], listen, directory.path(), &arguments);
    server.wait("every page to be scraped", |server| {
        let up = server.ask("/api/v1/query", &[("query", "sum(up)")]);
        let sum = up["data"]["result"][0]["value"][1].as_str()?;
        (sum == jobs.len().to_string()).then_some(())
    });
    let scraped = |language: &str, format: &str| scraped(&server, &format!("{language}-{format}"));
    expositions
        .iter()
        .map(|exposition| ["text", "open"].map(|format| scraped(exposition.language, format)))
        .collect()
}

/// What a Prometheus has of a job, beside what it says of every target itself.
fn scraped(server: &Server, job: &str) -> Vec<Family> {
    let selector = format!("{{job=\"{job}\"}}");
    let metadata = server.ask("/api/v1/targets/metadata", &[("match_target", &selector)]);
    let mut families: Vec<Family> = Vec::new();
    for metric in metadata["data"].as_array().unwrap() {
        let string = |key: &str| metric[key].as_str().unwrap().to_owned();
        families.push(Family {
            name: string("metric"),
            kind: string("type"),
            help: string("help"),
            unit: Some(string("unit")).filter(|unit| !unit.is_empty()),
            samples: Vec::new(),
        });
    }
    let series = server.ask("/api/v1/query", &[("query", &selector)]);
    for one in series["data"]["result"].as_array().unwrap() {
        let mut labels = one["metric"].as_object().unwrap().clone();
        let name = labels.remove("__name__").unwrap();
        let name = name.as_str().unwrap();
        if name == "up" || name.starts_with("scrape_") {
            continue;
        }
        labels.retain(|label, _| label != "job" && label != "instance");
        let labels = labels.into_iter();
        let labels = labels.map(|(name, value)| (name, value.as_str().unwrap().to_owned()));
        let written = one["value"][1].as_str().unwrap().to_owned();
        let suffixes = ["", "_total", "_bucket", "_sum", "_count"];
        let family = suffixes.iter().find_map(|suffix| {
            let stem = name.strip_suffix(suffix)?;
            families.iter().position(|family| family.name == stem)
        });
        let family = family.unwrap_or_else(|| panic!("{name} of {job} has no metadata"));
        families[family]
            .samples
            .push(sample(name.to_owned(), labels.collect(), written));
    }
    for family in &mut families {
        family
            .samples
            .sort_by(|a, b| place(a).partial_cmp(&place(b)).unwrap());
    }
    families
}

/// Series beside each other, and buckets by their bounds.
fn place(sample: &Sample) -> (&str, Vec<&(String, String)>, f64) {
    let labels = sample.labels.iter().filter(|(name, _)| name != "le");
    let bound = sample.label("le").map_or(0.0, |le| le.parse().unwrap());
    (&sample.name, labels.collect(), bound)
}

/// Serves each page at the path of its name for as long as the tests run, and
/// gives the port.
fn serve(pages: BTreeMap<String, (&'static str, Vec<u8>)>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who goes away comes back.
            let _ = answer(&stream, &pages);
        }
    });
    port
}

fn answer(
    mut stream: &TcpStream,
    pages: &BTreeMap<String, (&'static str, Vec<u8>)>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let page = request
        .split(' ')
        .nth(1)
        .and_then(|path| pages.get(path.trim_start_matches('/')));
    let (kind, body) = page.ok_or(std::io::ErrorKind::InvalidData)?;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}
