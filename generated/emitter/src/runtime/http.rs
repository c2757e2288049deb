//! Serves a registry over HTTP, on a thread of its own.
//!
//! Each connection carries one request. An answer is written as the client
//! reads it, so a slow client costs one piece of the answer in memory,
//! whatever the size of the whole, and keeps nobody waiting.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::accept::Format;
use super::exposition::Scrape;
use super::registry::Registry;

/// Bytes of an answer that are encoded at a time.
const PIECE: usize = 64 * 1024;

/// Bytes that the request line and headers may take together.
const MAX_HEAD: usize = 16 * 1024;

/// How long to wait after an accept error: doubled from the first to the last.
const FIRST_BACKOFF: Duration = Duration::from_millis(10);
const LAST_BACKOFF: Duration = Duration::from_secs(1);

/// How a [`Server`] treats its clients.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Connections served at once. Further ones wait to be accepted.
    pub max_connections: u16,
    /// How long a client may take to send its request.
    pub header_timeout: Duration,
    /// How long a connection may last in all.
    pub deadline: Duration,
    /// How long answers under way may take to finish once the server stops.
    pub grace: Duration,
}

impl Default for ServerOptions {
    /// 128 connections, 2 seconds for the request, 30 seconds in all, and 1
    /// second when stopping.
    fn default() -> Self {
        Self {
            max_connections: 128,
            header_timeout: Duration::from_secs(2),
            deadline: Duration::from_secs(30),
            grace: Duration::from_secs(1),
        }
    }
}

/// Why a server could not start.
#[derive(Debug)]
pub struct ServeError {
    address: String,
    source: io::Error,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot serve metrics on {}: {}",
            self.address, self.source
        )
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// A running metrics server, which answers `GET` and `HEAD` on `/metrics`.
/// Dropping it stops it, as [`Server::stop`] does, and takes as long.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve `registry` on `address`, such as `"0.0.0.0:9100"`. Port
    /// 0 takes any free port; [`Server::address`] tells which.
    ///
    /// # Errors
    ///
    /// If the address cannot be resolved or bound, or the thread cannot start.
    pub fn start(
        registry: &Registry,
        address: impl ToSocketAddrs + fmt::Display,
        options: ServerOptions,
    ) -> Result<Self, ServeError> {
        Self::try_start(registry.clone(), &address, options).map_err(|source| ServeError {
            address: address.to_string(),
            source,
        })
    }

    fn try_start(
        registry: Registry,
        address: impl ToSocketAddrs,
        options: ServerOptions,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("metrics-server".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_io()
                    .enable_time()
                    .build();
                let _ = match runtime {
                    Ok(runtime) => runtime.block_on(async {
                        let listener = TcpListener::from_std(listener)?;
                        let _ = ready.send(Ok(()));
                        serve(listener, registry, Arc::new(options), stopped).await;
                        Ok(())
                    }),
                    Err(error) => Err(error),
                }
                .or_else(|error: io::Error| ready.send(Err(error)));
            })?;
        started
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the server thread ended")))?;
        Ok(Self {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// The address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses further connections, lets the answers under way finish, for as
    /// long as [`ServerOptions::grace`] allows, and ends the thread.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where connections come from.
trait Accept: Send + Sync + 'static {
    fn accept(&self) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

impl Accept for TcpListener {
    async fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).await.map(|(stream, _)| stream)
    }
}

async fn serve(
    listener: impl Accept,
    registry: Registry,
    options: Arc<ServerOptions>,
    mut stopped: watch::Receiver<bool>,
) {
    let all = options.max_connections.max(1);
    let slots = Arc::new(Semaphore::new(all.into()));
    let accepting = tokio::spawn(accept_all(
        listener,
        registry,
        Arc::clone(&options),
        Arc::clone(&slots),
        stopped.clone(),
    ));
    // An error means that the handle is gone, which is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
    accepting.abort();
    let _ = timeout(options.grace, slots.acquire_many(all.into())).await;
}

async fn accept_all(
    listener: impl Accept,
    registry: Registry,
    options: Arc<ServerOptions>,
    slots: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
) {
    let mut backoff = FIRST_BACKOFF;
    // The semaphore is never closed, so this is a loop until it is aborted.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Ok(stream) = listener.accept().await else {
            sleep(backoff).await;
            backoff = LAST_BACKOFF.min(backoff * 2);
            continue;
        };
        backoff = FIRST_BACKOFF;
        let client = converse(
            stream,
            registry.clone(),
            Arc::clone(&options),
            stopped.clone(),
        );
        tokio::spawn(async move {
            client.await;
            drop(slot);
        });
    }
}

/// Serves one client, to the end of its request or of anybody's patience.
async fn converse(
    stream: TcpStream,
    registry: Registry,
    options: Arc<ServerOptions>,
    mut stopped: watch::Receiver<bool>,
) {
    let asked = AtomicBool::new(false);
    let service = service_fn(|request: Request<_>| {
        asked.store(true, Ordering::Relaxed);
        let response = answer(
            &registry,
            request.method(),
            request.uri().path(),
            request.headers(),
        );
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stop = pin!(stopped.wait_for(|stopped| *stopped));
    let mut stopping = false;
    let conversation = poll_fn(|context| {
        let polled = connection.as_mut().poll(context);
        stopping = stopping || stop.as_mut().poll(context).is_ready();
        // Whoever has not asked yet when the server stops is not answered.
        if polled.is_ready() || (stopping && !asked.load(Ordering::Relaxed)) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let _ = timeout(options.deadline, conversation).await;
}

fn answer(
    registry: &Registry,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Response<Answer> {
    let plain = |status, text: &'static str| {
        let body = Answer::Text(Some(Bytes::from_static(text.as_bytes())));
        response(status, "text/plain; charset=utf-8", body)
    };
    if path != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "Metrics are at /metrics.\n");
    }
    if method != Method::GET && method != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Use GET or HEAD.\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    let accept: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let format = Format::negotiate(Some(&accept.join(",")));
    let scrape = Answer::Scrape(Some(registry.scrape(format)));
    let mut response = response(StatusCode::OK, format.content_type(), scrape);
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().insert(header::VARY, vary);
    response
}

fn response(status: StatusCode, content_type: &'static str, body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// The body of an answer.
enum Answer {
    Text(Option<Bytes>),
    Scrape(Option<Scrape>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Text(text) => text.take(),
            Self::Scrape(scrape) => scrape.take().map(|mut rest| {
                let mut piece = Vec::with_capacity(PIECE + PIECE / 16);
                if !rest.fill(&mut piece, PIECE) {
                    *scrape = Some(rest);
                }
                piece.into()
            }),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_none(),
            Self::Scrape(scrape) => scrape.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64),
            Self::Scrape(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Fails the first few times, as a process without free descriptors does.
    struct Flaky {
        listener: TcpListener,
        failures: AtomicUsize,
    }

    impl Accept for Flaky {
        async fn accept(&self) -> io::Result<TcpStream> {
            let left = self.failures.load(Ordering::Relaxed);
            if left > 0 {
                self.failures.store(left - 1, Ordering::Relaxed);
                return Err(io::Error::other("no descriptor left"));
            }
            Accept::accept(&self.listener).await
        }
    }

    #[test]
    fn accept_errors_do_not_end_the_server() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (stop, stopped) = watch::channel(false);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let flaky = Flaky {
            listener,
            failures: AtomicUsize::new(3),
        };
        let client = thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            stop.send_replace(true);
            answer
        });
        let options = Arc::new(ServerOptions::default());
        runtime.block_on(serve(flaky, Registry::new(), options, stopped));
        assert!(client.join().unwrap().starts_with("HTTP/1.1 200 OK"));
    }
}
