//! As much of HTTP as asking a local server takes.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Status and body of `path` on a server of this machine.
pub(crate) fn get(port: u16, path: &str) -> io::Result<(u16, String)> {
    // HTTP/1.0: the body ends where the connection does.
    exchange(
        port,
        &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"),
    )
}

/// Status and body of the answer to a whole request.
pub(crate) fn exchange(port: u16, request: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}

/// The JSON at `path`, whatever the status.
pub(crate) fn json(port: u16, path: &str) -> io::Result<Value> {
    Ok(serde_json::from_str(&get(port, path)?.1)?)
}

/// `path?key=value&…`, with everything escaped that may need it.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (position, (key, value)) in parameters.iter().enumerate() {
        address.push(if position == 0 { '?' } else { '&' });
        escape(key, &mut address);
        address.push('=');
        escape(value, &mut address);
    }
    address
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
