//! The whole emitter under load, with honest scrapers, slow ones and clients
//! that mean harm, all at once: callers go on, honest scrapers get everything,
//! and memory stays bounded. A program of its own, since it watches the memory
//! of the process.

#![cfg(all(feature = "http", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a test may panic, and the numbers are exact"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dashwright_emitter_runtime::runtime::{
    CounterFamily, GaugeFamily, HistogramFamily, Label, Metric, Registry, Server, ServerOptions,
};

#[path = "runtime/parser.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod parser;

/// Of every metric.
const SERIES: usize = 10_000;

/// As many metrics of each type as the reference system has with labels.
const COUNTERS: usize = 7;
const GAUGES: usize = 3;
const BOUNDS: [f64; 10] = [0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// Lines with a number in a whole answer: a histogram has one for each bound,
/// `+Inf`, the sum and the count. The runtime's own counters come on top.
const LINES: usize = SERIES * (COUNTERS + GAUGES + BOUNDS.len() + 3);

/// Far more than anything here needs.
const PATIENCE: Duration = Duration::from_secs(120);

const CONNECTIONS: usize = 10_000;

/// Connections that are open at the same time at most, of those.
const WAVE: usize = 1000;

const GIGABYTE: usize = 1 << 30;

/// What the server and its clients may add to the process. One whole answer
/// for each of the readers would be several times as much.
const MEMORY: u64 = 64 << 20;

struct Emitter {
    registry: Registry,
    counters: Vec<CounterFamily<1>>,
    histogram: HistogramFamily<1>,
    names: Vec<String>,
    made: AtomicU64,
}

impl Emitter {
    fn new() -> Self {
        let registry = Registry::new();
        let agent = Label::open("agent", SERIES);
        let name = |kind: &str, i: usize| format!("{kind}_{i}");
        let counters: Vec<_> = (0..COUNTERS)
            .map(|i| {
                let name = format!("{}_total", name("c", i));
                registry.counter(metric(&name), [&agent]).unwrap()
            })
            .collect();
        let gauges: Vec<GaugeFamily<1>> = (0..GAUGES)
            .map(|i| registry.gauge(metric(&name("g", i)), [&agent]).unwrap())
            .collect();
        let histogram = registry.histogram(metric("h"), [&agent], &BOUNDS).unwrap();
        let names: Vec<String> = (0..SERIES).map(|i| format!("agent-{i}")).collect();
        for name in &names {
            for counter in &counters {
                counter.add([name], 0);
            }
            for gauge in &gauges {
                gauge.set([name], 1.0);
            }
            let _ = histogram.with([name]);
        }
        Self {
            registry,
            counters,
            histogram,
            names,
            made: AtomicU64::new(0),
        }
    }

    /// What an application does, at a pace that leaves room for others.
    fn call_until(&self, done: &AtomicBool) {
        for (i, name) in self.names.iter().cycle().enumerate() {
            self.counters[0].inc([name]);
            self.histogram.observe([name], 3.0);
            self.made.fetch_add(1, Ordering::Relaxed);
            if i % 100 == 0 {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Panics unless callers get on.
    fn goes_on(&self) {
        let before = self.made.load(Ordering::Relaxed);
        let start = Instant::now();
        while self.made.load(Ordering::Relaxed) < before + 1000 {
            assert!(start.elapsed() < PATIENCE, "callers are held up");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn metric(name: &str) -> Metric<'_> {
    Metric {
        name,
        help: "Help",
        unit: None,
    }
}

/// What an honest scraper has read.
#[derive(Default)]
struct Seen {
    lines: usize,
    /// The sum of the first counter.
    updates: u64,
}

impl Seen {
    fn line(&mut self, line: &str) {
        if line.starts_with(['c', 'g', 'h']) {
            let (series, number) = line.rsplit_once(' ').expect("a number");
            self.lines += 1;
            if series.starts_with("c_0_total{") {
                self.updates += number.parse::<u64>().unwrap();
            }
        }
    }
}

/// Reads one answer, which must be whole, with a pause after each piece.
fn scrape(address: SocketAddr, pause: Duration) -> Seen {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let mut read = Seen::default();
    let mut rest = Vec::new();
    loop {
        let mut size = String::new();
        stream.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).expect("another chunk");
        let start = rest.len();
        rest.resize(start + size + 2, 0);
        stream.read_exact(&mut rest[start..]).unwrap();
        assert!(rest.ends_with(b"\r\n"));
        rest.truncate(start + size);
        if size == 0 {
            break;
        }
        let end = rest.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let lines = std::str::from_utf8(&rest[..end]).unwrap();
        lines.split('\n').for_each(|line| read.line(line));
        rest.drain(..=end);
        thread::sleep(pause);
    }
    assert!(rest.is_empty(), "the last line ends");
    read
}

/// Several whole answers, which never go back.
fn scrape_honestly(emitter: &Emitter, address: SocketAddr, times: usize, pause: Duration) {
    let mut before = 0;
    for _ in 0..times {
        let read = scrape(address, pause);
        assert_eq!(read.lines, LINES);
        assert!(read.updates >= before, "{} after {before}", read.updates);
        assert!(read.updates <= emitter.made.load(Ordering::Relaxed) + 2);
        before = read.updates;
    }
}

fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    stream
}

fn send_garbage(address: SocketAddr, done: &AtomicBool) {
    let garbage: Vec<u8> = (0u32..50_000)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    while !done.load(Ordering::Relaxed) {
        let mut stream = TcpStream::connect(address).unwrap();
        let _ = stream.write_all(&garbage);
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends headers until it is refused, and tells how many bytes were taken.
fn send_headers(address: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\n");
    let line = format!("x: {}\r\n", "y".repeat(64 * 1024)).into_bytes();
    let pieces = GIGABYTE / line.len();
    let taken = (0..pieces).take_while(|_| stream.write_all(&line).is_ok());
    taken.count() * line.len()
}

/// Opens connections that say nothing, half of something, or everything, and
/// read nothing: as many at a time as the server and its backlog have room
/// for, until there have been [`CONNECTIONS`].
fn flood(address: SocketAddr) {
    let mut opened = 0;
    let start = Instant::now();
    while opened < CONNECTIONS {
        assert!(start.elapsed() < PATIENCE, "{opened} connections only");
        let wave: Vec<TcpStream> = (0..WAVE)
            .map_while(|i| {
                let limit = Duration::from_millis(20);
                let mut stream = TcpStream::connect_timeout(&address, limit).ok()?;
                let said: &[u8] = match i % 3 {
                    0 => b"",
                    1 => b"GET /metrics HTTP/1.1\r\nHo",
                    _ => b"GET /metrics HTTP/1.1\r\n\r\n",
                };
                let _ = stream.write_all(said);
                Some(stream)
            })
            .collect();
        opened += wave.len();
    }
}

/// The most memory that the process has ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// Ends what goes on beside the test, also when the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn callers_go_on_and_honest_scrapers_get_everything() {
    let emitter = &Emitter::new();
    let options = ServerOptions {
        header_timeout: Duration::from_millis(300),
        deadline: PATIENCE,
        ..ServerOptions::default()
    };
    let server = Server::start(&emitter.registry, "127.0.0.1:0", options).unwrap();
    let address = server.address();
    let done = &AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = End(done);
        for _ in 0..2 {
            scope.spawn(|| emitter.call_until(done));
        }
        scrape_honestly(emitter, address, 1, Duration::ZERO);
        let before = peak_memory();

        let silent: Vec<TcpStream> = (0..4).map(|_| ask(address)).collect();
        scope.spawn(|| send_garbage(address, done));
        let headers = scope.spawn(move || send_headers(address));
        let scrapers: Vec<_> = (0..8)
            .map(|i| {
                let pause = Duration::from_millis(if i < 4 { 0 } else { 2 });
                let times = if i < 4 { 3 } else { 1 };
                scope.spawn(move || scrape_honestly(emitter, address, times, pause))
            })
            .collect();
        emitter.goes_on();
        for scraper in scrapers {
            scraper.join().unwrap();
        }
        let taken = headers.join().unwrap();
        assert!(taken < GIGABYTE / 16, "{taken} bytes of headers were taken");
        emitter.goes_on();

        let flood = scope.spawn(move || flood(address));
        emitter.goes_on();
        flood.join().unwrap();
        scrape_honestly(emitter, address, 1, Duration::ZERO);
        emitter.goes_on();
        drop(silent);

        let grown = peak_memory() - before;
        assert!(grown < MEMORY, "{grown} bytes of memory for the server");
    });

    let made = emitter.made.load(Ordering::Relaxed);
    let last = scrape(address, Duration::ZERO);
    assert_eq!((last.lines, last.updates), (LINES, made), "none is lost");
    server.stop();
    assert!(TcpStream::connect(address).is_err(), "no longer listening");
    let whole = parser::parse(
        emitter
            .registry
            .encode(Some("application/openmetrics-text")),
    );
    let counted = parser::family(&whole, "h").samples.iter();
    let counted = counted.filter(|sample| sample.name == "h_count");
    let counted: f64 = counted.map(|sample| sample.value).sum();
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
    let made = made as f64;
    assert_eq!(counted, made, "none is lost");
}
