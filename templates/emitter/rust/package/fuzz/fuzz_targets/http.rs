//! Whatever a client sends, in whatever pieces, the server answers in HTTP or
//! closes the connection, and serves the next one.

#![no_main]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use arbitrary::Arbitrary;
use dashwright_emitter_runtime::runtime::{Registry, Server, ServerOptions};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    /// Whether the first piece is a request that is well-formed so far.
    begun: bool,
    pieces: Vec<&'a [u8]>,
    /// Whether it goes away without reading.
    leaves: bool,
}

fn address() -> SocketAddr {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let start = || {
        let options = ServerOptions::default();
        Server::start(&Registry::new(), "127.0.0.1:0", options).unwrap()
    };
    SERVER.get_or_init(start).address()
}

fn connect() -> TcpStream {
    let stream = TcpStream::connect(address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

fuzz_target!(|input: Input<'_>| {
    let mut stream = connect();
    // The server may have closed the connection already.
    if input.begun {
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n");
    }
    for piece in input.pieces.iter().take(4) {
        let _ = stream.write_all(piece);
    }
    if !input.leaves {
        // Nothing follows, so that nobody has to wait for it.
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        // A reset is an end too; a time-out is none.
        if let Err(error) = stream.read_to_end(&mut answer) {
            let kind = error.kind();
            assert!(
                kind != std::io::ErrorKind::WouldBlock,
                "kept open: {input:?}"
            );
        }
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1."),
            "{answer:?}"
        );
    }
    drop(stream);

    let mut honest = connect();
    honest.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    honest.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    assert!(
        answer.contains("# TYPE emitter_values_dropped_total counter"),
        "{answer}"
    );
});
