//! Serves one page to browsers on this machine, and tells them when there is
//! another.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Longest request that is read, in bytes.
const LONGEST: usize = 16 << 10;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a question for news stays open.
const NEWS: Duration = Duration::from_secs(25);

/// The page that is shown, and how many there have been.
#[derive(Debug, Default)]
pub(super) struct Board {
    shown: Mutex<(u64, Arc<str>)>,
    changed: Condvar,
}

impl Board {
    /// Shows another page.
    pub(super) fn show(&self, page: String) {
        let mut shown = self.lock();
        *shown = (shown.0 + 1, page.into());
        self.changed.notify_all();
    }

    fn page(&self) -> Arc<str> {
        Arc::clone(&self.lock().1)
    }

    /// Whether another page is shown before `NEWS` is over.
    fn wait(&self) -> bool {
        let shown = self.lock();
        let before = shown.0;
        let waited = self
            .changed
            .wait_timeout_while(shown, NEWS, |shown| shown.0 == before);
        let (shown, _) = waited.unwrap_or_else(PoisonError::into_inner);
        shown.0 != before
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Arc<str>)> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers for ever, each connection on a thread of its own.
pub(super) fn serve(listener: &TcpListener, port: u16, board: &Arc<Board>) {
    for connection in listener.incoming().flatten() {
        let board = Arc::clone(board);
        thread::spawn(move || {
            // A browser that goes away in between is no trouble.
            let _ = answer(connection, port, &board);
        });
    }
}

fn answer(mut connection: TcpStream, port: u16, board: &Board) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut chunk = [0; 2048];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = connection.read(&mut chunk)?;
        if count == 0 || request.len() > LONGEST {
            return Ok(());
        }
        request.extend_from_slice(&chunk[..count]);
    }
    let request = String::from_utf8_lossy(&request);
    let mut lines = request.lines();
    let target = lines.next().unwrap_or_default();
    let host = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, host)| host.trim());
    // Pages of other names that lead here must not read this one.
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !host.is_some_and(|host| own.iter().any(|own| own == host)) {
        return respond(
            &mut connection,
            "403 Forbidden",
            "text/plain",
            "not from here\n",
        );
    }
    match target.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["GET", "/"] => respond(&mut connection, "200 OK", "text/html", &board.page()),
        ["GET", "/next"] if board.wait() => {
            respond(&mut connection, "200 OK", "text/plain", "another\n")
        }
        ["GET", "/next"] => respond(&mut connection, "204 No Content", "text/plain", ""),
        _ => respond(
            &mut connection,
            "404 Not Found",
            "text/plain",
            "there is only `/`\n",
        ),
    }
}

fn respond(connection: &mut TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body.as_bytes())
}

/// A page with a message, which goes away with what it is about.
pub(super) fn trouble(message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Trouble</title>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; \
         style-src 'unsafe-inline'; connect-src 'self'\">\
         <body style=\"font:15px system-ui;margin:1.5rem;color-scheme:light dark\">\
         <h1 style=\"font-size:1.3rem\">There is nothing to draw yet</h1><pre id=\"trouble\">{message}</pre>\
         <script>(async () => {{ for (;;) {{ const answer = await fetch(\"/next\"); \
         if (answer.status === 200) {{ location.reload(); return; }} }} }})();</script></body></html>\n"
    )
}
