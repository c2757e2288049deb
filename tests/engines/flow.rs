//! What is known of an expression before it runs, against what Prometheus
//! makes of it: it accepts what is accepted, and its series carry the labels
//! that they were said to carry.

mod catalog;
mod claim;
mod generate;

use crate::http::{address, json};
use crate::program::{accepts, find};
use crate::random::Random;
use catalog::{Catalog, EVALUATED};
use dashwright::diagnostic::{Code, Diagnostic, Sink, Sources, Span};
use dashwright::promql::{Availability, Flow, Function, Has, Query, ValueType, check};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Sets how many expressions are judged, and from which seed on.
const COUNT: &str = "DASHWRIGHT_FLOW_EXPRESSIONS";
const SEED: &str = "DASHWRIGHT_FLOW_SEED";

/// Catalogs whose series the database holds.
const CATALOGS: u64 = 12;

/// What the two sides said.
enum Verdict {
    /// They agree, and so many series came out.
    Agree(usize),
    /// It depends on the data whether Prometheus can evaluate it.
    Depends,
    Disagree(String),
}

#[test]
fn prometheus_agrees_on_random_expressions() {
    let number = |name, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (count, seed) = (number(COUNT, 500), number(SEED, 1_u64));
    let catalogs: Vec<Catalog> = (0..CATALOGS).map(Catalog::random).collect();
    let prometheus = Database::start(&catalogs);
    let mut wrong = Vec::new();
    let (mut answered, mut refused, mut claims) = (0, 0, 0);
    for index in 0..count {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(index));
        let catalog = &catalogs[random.below(CATALOGS) as usize];
        let text = generate::expression(&mut random, catalog);
        let text = match random.below(6) {
            0 => generate::slip(&mut random, &text),
            _ => text,
        };
        match claim::judge(&text, catalog, &prometheus) {
            Ok(more) => claims += more,
            Err(how) => wrong.push(format!("{text}\n    {how}")),
        }
        match judge(&text, catalog, &prometheus) {
            Verdict::Agree(0) => refused += 1,
            Verdict::Agree(_) => answered += 1,
            Verdict::Depends => {}
            Verdict::Disagree(how) => wrong.push(format!("{text}\n    {how}")),
        }
    }
    let total = wrong.len();
    wrong.truncate(40);
    assert!(
        wrong.is_empty(),
        "{total} of {count} disagree:\n{}",
        wrong.join("\n")
    );
    assert!(
        answered * 4 > count && refused * 50 > count,
        "of {count} expressions only {answered} had an answer, and {refused} had none"
    );
    assert!(
        claims * 20 > count,
        "of {count} expressions only {claims} parts were said to find nothing"
    );
}

#[test]
fn prometheus_knows_the_functions_that_its_release_is_said_to_have() {
    let prometheus = Database::start(&[]);
    for function in Function::all() {
        let answer = prometheus.ask(&format!("{}()", function.name));
        let known = !answer["error"].as_str().is_some_and(|error| {
            error.contains("unknown function") || error.contains("unexpected \"(\"")
        });
        assert_eq!(known, is_in_judge(function), "{}: {answer}", function.name);
    }
}

/// Whether the function is in the oldest release that is supported, which is
/// the judge's.
fn is_in_judge(function: &Function) -> bool {
    matches!(
        function.availability(),
        Availability::Always | Availability::Until(..)
    )
}

fn judge(text: &str, catalog: &Catalog, prometheus: &Database) -> Verdict {
    if Query::parse(text).is_ok_and(|query| !query.newer().is_empty()) {
        return Verdict::Depends;
    }
    let ours = flow_of(text, catalog);
    let answer = prometheus.ask(text);
    let error = answer["error"].as_str().unwrap_or_default();
    let refusal = match answer["errorType"].as_str() {
        None => None,
        Some("bad_data") if is_newer(error) => return Verdict::Depends,
        Some("bad_data") => Some(error),
        // The factors of smoothing may be computed.
        Some(_) if error.contains(" factor. ") && ours.is_ok() => return Verdict::Depends,
        Some(_) if error.contains("invalid") => Some(error),
        Some(_) => return Verdict::Depends,
    };
    match (ours, refusal) {
        (Err(_), Some(_)) => Verdict::Agree(0),
        // Prometheus reads the factors of smoothing where there are series only.
        (Err(why), None) if why.starts_with("a factor of") => Verdict::Depends,
        (Err(why), None) => Verdict::Disagree(format!("refused here: {why}")),
        (Ok(_), Some(why)) => Verdict::Disagree(format!("refused by Prometheus: {why}")),
        (Ok(flow), None) => match contradiction(&flow, &answer["data"]) {
            Some(how) => Verdict::Disagree(how),
            None => Verdict::Agree(answer["data"]["result"].as_array().map_or(0, Vec::len)),
        },
    }
}

/// Whether Prometheus objects to what later releases take: durations as numbers
/// and the other way round, digits with underscores, quoted names.
fn is_newer(error: &str) -> bool {
    [
        "bad number or duration syntax",
        "in offset, expected duration",
        "unexpected duration",
        "missing unit character in duration",
        "in label matching, expected identifier",
    ]
    .iter()
    .any(|known| error.contains(known))
}

/// What comes out by our account, or why nothing can.
fn flow_of(text: &str, catalog: &Catalog) -> Result<Flow, String> {
    let query = Query::parse(text).map_err(|error| error.to_string())?;
    let (flow, found) = findings(&query, catalog);
    let fatal = [
        Code::PromqlType,
        Code::UnknownFunction,
        Code::InvalidRegex,
        Code::InvalidName,
    ];
    match found.into_iter().find(|found| fatal.contains(&found.code)) {
        Some(found) => Err(found.message),
        None => Ok(flow),
    }
}

/// What comes out of `query`, and what is found wrong with it.
fn findings(query: &Query, catalog: &Catalog) -> (Flow, Vec<Diagnostic>) {
    let id = Sources::default().add("expr", query.text());
    let mut sink = Sink::default();
    let locate = |range: std::ops::Range<usize>| Span::new(id, range.start, range.end);
    let flow = check(query, catalog, &locate, &mut sink);
    (flow, sink.into_sorted())
}

/// What in Prometheus's answer `flow` rules out.
fn contradiction(flow: &Flow, data: &Value) -> Option<String> {
    let wanted = match flow.ty {
        ValueType::Scalar => "scalar",
        ValueType::Vector => "vector",
        ValueType::Matrix => "matrix",
        ValueType::String => "string",
    };
    if data["resultType"] != wanted {
        return Some(format!("{}, not {wanted}", data["resultType"]));
    }
    if matches!(flow.ty, ValueType::Scalar | ValueType::String) {
        return None;
    }
    let certain: Vec<&str> = flow
        .labels
        .iter()
        .chain(["__name__"])
        .filter(|label| flow.labels.has(label) == Has::Yes)
        .collect();
    data["result"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|series| {
            let labels: BTreeSet<&str> = series["metric"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            if let Some(extra) = labels
                .iter()
                .find(|label| flow.labels.has(label) == Has::No)
            {
                return Some(format!("has the label `{extra}`: {series}"));
            }
            let missing = certain.iter().find(|label| !labels.contains(**label))?;
            Some(format!("lacks the label `{missing}`: {series}"))
        })
}

/// A Prometheus that scrapes nothing and serves the series of catalogs.
struct Database {
    port: u16,
    process: Child,
    _directory: tempfile::TempDir,
}

impl Database {
    fn start(catalogs: &[Catalog]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        if !catalogs.is_empty() {
            let exposition = directory.path().join("series.txt");
            std::fs::write(&exposition, catalog::exposition(catalogs)).unwrap();
            accepts(
                Command::new(find(&["promtool"]))
                    .args(["tsdb", "create-blocks-from", "openmetrics"])
                    .args([&exposition, &data]),
            );
        }
        let config = directory.path().join("prometheus.yml");
        std::fs::write(&config, "global: {}\n").unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = Command::new(find(&["prometheus"]))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--storage.tsdb.retention.time=100y")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let database = Self {
            port,
            process,
            _directory: directory,
        };
        let start = Instant::now();
        while !json(port, "/api/v1/status/buildinfo")
            .is_ok_and(|answer| answer["status"] == "success")
        {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "Prometheus does not start"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        database
    }

    fn ask(&self, query: &str) -> Value {
        let time = EVALUATED.to_string();
        let path = address("/api/v1/query", &[("query", query), ("time", &time)]);
        json(self.port, &path).unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Fails only if it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
