//! The metrics server and its worst clients, on the loopback interface.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use dashwright_emitter_runtime::runtime::{Label, Registry, Server, ServerOptions};

use crate::exposition::metric;
use crate::facade::busy;
use crate::parser::parse;

/// Far more than any of these tests needs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (n, value) = line.split_once(": ")?;
            n.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn request(address: SocketAddr, text: &str) -> Reply {
    let mut stream = connect(address);
    stream.write_all(text.as_bytes()).unwrap();
    reply(stream)
}

fn reply(mut stream: TcpStream) -> Reply {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let end = all
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let mut body = all[end + 4..].to_vec();
    let chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    if chunked && !body.is_empty() {
        body = dechunk(&body);
    }
    Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body,
    }
}

/// Panics unless the last chunk is there.
fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n").expect("a chunk");
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        rest = &rest[end + 2..];
        if size == 0 {
            assert_eq!(rest, b"\r\n");
            return body;
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

fn scrape(address: SocketAddr) -> Reply {
    let reply = request(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(reply.status, 200);
    reply
}

fn start(registry: &Registry, options: ServerOptions) -> Server {
    Server::start(registry, "127.0.0.1:0", options).unwrap()
}

/// Patience short enough to test.
fn hasty() -> ServerOptions {
    ServerOptions {
        header_timeout: Duration::from_millis(300),
        deadline: Duration::from_secs(2),
        ..ServerOptions::default()
    }
}

/// A registry with an answer of several megabytes, more than sockets buffer.
fn large() -> Registry {
    let registry = Registry::new();
    let agent = Label::open("agent", usize::MAX);
    let bounds: Vec<f64> = (1..100).map(f64::from).collect();
    let histogram = registry.histogram(metric("h"), [&agent], &bounds).unwrap();
    for i in 0..3000 {
        histogram.observe([&format!("agent-{i}")], 5.0);
    }
    registry
}

/// Whether the server has closed the connection, by now or within `limit`.
fn closes(mut stream: &TcpStream, limit: Duration) -> bool {
    stream.set_read_timeout(Some(limit)).unwrap();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return false;
            }
            Err(_) => return true,
        }
    }
}

#[test]
fn a_scrape_gets_the_format_it_asks_for() {
    let emitter = busy();
    let server = start(&emitter.registry, ServerOptions::default());
    for (accept, content_type) in [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "Accept: */*\r\n",
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        (
            "Accept: text/plain;q=0.5\r\nAccept: application/openmetrics-text\r\n",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        (
            "Accept: \u{e9}\r\n",
            "text/plain; version=0.0.4; charset=utf-8",
        ),
    ] {
        let text = format!("GET /metrics?x=y HTTP/1.1\r\nHost: x\r\n{accept}\r\n");
        let reply = request(server.address(), &text);
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some(content_type))
        );
        let format = content_type
            .starts_with("app")
            .then_some("application/openmetrics-text");
        let (_, body) = emitter.registry.encode(format);
        assert_eq!(reply.body, body, "{accept}");
        assert!(!parse((content_type, body)).is_empty());
    }
}

#[test]
fn other_paths_and_methods_are_refused() {
    let server = start(&Registry::new(), ServerOptions::default());
    let ask = |line: &str| {
        request(
            server.address(),
            &format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n"),
        )
    };
    let missing = ask("GET /");
    assert_eq!(missing.status, 404);
    assert_eq!(missing.body, b"Metrics are at /metrics.\n");
    assert_eq!(ask("POST /other").status, 404);
    assert_eq!(ask("GET /metrics/").status, 404);
    let post = ask("POST /metrics");
    assert_eq!(
        (post.status, post.header("allow")),
        (405, Some("GET, HEAD"))
    );
    assert_eq!(
        post.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let head = ask("HEAD /metrics");
    assert_eq!(head.status, 200);
    assert_eq!(
        head.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert!(head.body.is_empty());
}

#[test]
fn http_1_0_gets_an_answer_without_chunks() {
    let registry = busy().registry;
    let server = start(&registry, ServerOptions::default());
    let reply = request(server.address(), "GET /metrics HTTP/1.0\r\n\r\n");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("transfer-encoding"), None);
    assert_eq!(reply.body, registry.encode(None).1);
}

#[test]
fn a_client_that_only_writes_half_its_connection_is_answered() {
    let server = start(&Registry::new(), ServerOptions::default());
    let mut stream = connect(server.address());
    stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(reply(stream).status, 200);
}

#[test]
fn a_taken_address_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::start(&Registry::new(), address, ServerOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("cannot serve metrics on {address}: ")),
        "{message}"
    );
    let error = Server::start(&Registry::new(), "nowhere", ServerOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot serve metrics on nowhere: ")
    );
}

#[test]
fn a_half_sent_request_is_cut_off() {
    let server = start(&Registry::new(), hasty());
    let begun = Instant::now();
    for half in ["", "GET /met", "GET /metrics HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = connect(server.address());
        stream.write_all(half.as_bytes()).unwrap();
        assert!(closes(&stream, PATIENCE), "{half:?}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_client_that_drips_its_request_is_cut_off() {
    let server = start(&Registry::new(), hasty());
    let mut stream = connect(server.address());
    let begun = Instant::now();
    let refused = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        stream.write_all(b"G").is_err() || closes(&stream, Duration::from_millis(1))
    });
    assert!(refused && begun.elapsed() < Duration::from_secs(5));
    scrape(server.address());
}

#[test]
fn garbage_is_refused_and_harms_nobody() {
    let server = start(&Registry::new(), hasty());
    let random: Vec<u8> = (0u32..5000)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    let tls_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let long_path = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    let many_headers = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(5000));
    for garbage in [
        &random[..],
        tls_hello,
        long_path.as_bytes(),
        many_headers.as_bytes(),
        b"\r\n\r\n\0\0",
    ] {
        let mut stream = connect(server.address());
        let _ = stream.write_all(garbage);
        assert!(closes(&stream, PATIENCE));
        scrape(server.address());
    }
}

#[test]
fn headers_without_end_are_refused_early() {
    let server = start(&Registry::new(), ServerOptions::default());
    let mut stream = connect(server.address());
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    let line = format!("x: {}\r\n", "y".repeat(1000)).into_bytes();
    let written = (0..1_000_000)
        .take_while(|_| stream.write_all(&line).is_ok())
        .count();
    assert!(written < 20_000, "{written} KB were taken");
    scrape(server.address());
}

#[test]
fn a_client_that_never_reads_costs_others_nothing_and_is_cut_off() {
    let registry = large();
    let expected = registry.encode(None).1;
    assert!(expected.len() > 10_000_000);
    let deadline = Duration::from_secs(5);
    let options = ServerOptions {
        deadline,
        ..hasty()
    };
    let server = start(&registry, options);
    let silent: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = connect(server.address());
            stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
            stream
        })
        .collect();
    let honest = scrape(server.address());
    assert_eq!(honest.body, expected);
    thread::sleep(deadline);
    for mut stream in silent {
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        assert!(all.len() < expected.len(), "cut off at the deadline");
        assert!(!all.ends_with(b"0\r\n\r\n"), "and the cut shows");
    }
}

#[test]
fn a_slow_reader_gets_a_whole_answer() {
    let registry = large();
    let expected = registry.encode(None).1;
    let server = start(&registry, ServerOptions::default());
    let mut stream = connect(server.address());
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut all = Vec::new();
    let mut buffer = vec![0; 100_000];
    loop {
        let n = stream.read(&mut buffer).unwrap();
        all.extend_from_slice(&buffer[..n]);
        if n == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    assert!(all.ends_with(&expected));
}

#[test]
fn silent_connections_leave_room_in_the_end() {
    let options = ServerOptions {
        max_connections: 8,
        ..hasty()
    };
    let server = start(&Registry::new(), options);
    let _silent: Vec<TcpStream> = (0..8).map(|_| connect(server.address())).collect();
    let begun = Instant::now();
    scrape(server.address());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn many_connections_at_once_are_all_answered() {
    let server = start(&busy().registry, ServerOptions::default());
    let streams: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = connect(server.address());
            stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
            stream
        })
        .collect();
    for stream in streams {
        assert_eq!(reply(stream).status, 200);
    }
}

#[test]
fn a_stop_lets_answers_finish_and_refuses_the_rest() {
    let registry = large();
    let expected = registry.encode(None).1;
    let options = ServerOptions {
        header_timeout: PATIENCE,
        grace: PATIENCE,
        ..ServerOptions::default()
    };
    let server = start(&registry, options);
    let address = server.address();
    let mut under_way = connect(address);
    under_way
        .write_all(b"GET /metrics HTTP/1.1\r\n\r\n")
        .unwrap();
    let mut first = [0; 1];
    under_way.read_exact(&mut first).unwrap();
    let idle = connect(address);
    let mut half = connect(address);
    half.write_all(b"GET /metr").unwrap();
    // Both are accepted before the stop.
    thread::sleep(Duration::from_millis(200));

    let stopping = thread::spawn(move || {
        let begun = Instant::now();
        server.stop();
        begun.elapsed()
    });
    assert!(closes(&idle, PATIENCE / 4) && closes(&half, PATIENCE / 4));
    assert!(TcpStream::connect(address).is_err(), "no longer listening");
    let mut rest = first.to_vec();
    under_way.read_to_end(&mut rest).unwrap();
    let head = rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    assert_eq!(dechunk(&rest[head + 4..]), expected);
    assert!(stopping.join().unwrap() < PATIENCE);
    TcpListener::bind(address).unwrap();
}

#[test]
fn a_stop_does_not_wait_for_a_client_that_never_reads() {
    let options = ServerOptions {
        grace: Duration::from_millis(200),
        ..ServerOptions::default()
    };
    let server = start(&large(), options);
    let mut silent = connect(server.address());
    silent.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    drop(server);
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
}
