//! The HTTP API: tasks, the scenario, health.

use crate::orchestrator::{Orchestrator, Order, Refused};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const MAX_CONNECTIONS: usize = 256;

/// Bytes of a request line with its headers, and of a body.
const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 16 * 1024;

/// How long a client may take to send its headers, and then its body.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long answers under way may take to finish at the end.
const GRACE: Duration = Duration::from_secs(1);

/// How long to wait after a connection could not be accepted.
const BACKOFF: Duration = Duration::from_millis(100);

/// Serves until `stop` is there.
pub(crate) async fn serve(
    listener: TcpListener,
    orchestrator: Arc<Orchestrator>,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accept = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (listener.accept().await, slot)
        };
        let (accepted, slot) = select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            sleep(BACKOFF).await;
            continue;
        };
        let orchestrator = Arc::clone(&orchestrator);
        let service = service_fn(move |request| {
            let orchestrator = Arc::clone(&orchestrator);
            async move { Ok::<_, Infallible>(answer(&orchestrator, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away early is no concern of the server.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

/// An answer that is no success: a status, and the reason for people.
struct Problem {
    status: StatusCode,
    reason: String,
    allow: Option<&'static str>,
}

fn problem(status: StatusCode, reason: impl Into<String>) -> Problem {
    Problem {
        status,
        reason: reason.into(),
        allow: None,
    }
}

async fn answer(orchestrator: &Orchestrator, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, body, allow) = match route(orchestrator, request).await {
        Ok((status, body)) => (status, body, None),
        Err(problem) => (
            problem.status,
            json!({ "error": problem.reason }),
            problem.allow,
        ),
    };
    let mut response = Response::new(Full::from(format!("{body}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(methods) = allow {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    response
}

async fn route(
    orchestrator: &Orchestrator,
    request: Request<Incoming>,
) -> Result<(StatusCode, Value), Problem> {
    let path = request.uri().path().to_owned();
    match (path.as_str(), request.method()) {
        ("/health", &Method::GET | &Method::HEAD) => Ok((StatusCode::OK, health(orchestrator))),
        ("/api/tasks", &Method::POST) => submit(orchestrator, &json_body(request).await?),
        ("/api/scenario", &Method::GET | &Method::HEAD) => {
            Ok((StatusCode::OK, json!(orchestrator.world())))
        }
        ("/api/scenario", &Method::POST) => change(orchestrator, &json_body(request).await?),
        ("/api/midnight", &Method::POST) => {
            orchestrator.end_day();
            Ok((StatusCode::OK, json!({ "cost_usd": 0 })))
        }
        ("/health", _) => Err(not_allowed("GET, HEAD")),
        ("/api/scenario", _) => Err(not_allowed("GET, HEAD, POST")),
        ("/api/tasks" | "/api/midnight", _) => Err(not_allowed("POST")),
        _ => Err(problem(
            StatusCode::NOT_FOUND,
            "there are /health, /api/tasks, /api/scenario and /api/midnight",
        )),
    }
}

fn not_allowed(methods: &'static str) -> Problem {
    Problem {
        allow: Some(methods),
        ..problem(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("this path takes {methods}"),
        )
    }
}

fn health(orchestrator: &Orchestrator) -> Value {
    let count = orchestrator.count();
    json!({
        "status": "ok",
        "scenario": orchestrator.world().scenario,
        "tasks": { "accepted": count.accepted, "unfinished": count.unfinished },
    })
}

fn submit(orchestrator: &Orchestrator, body: &[u8]) -> Result<(StatusCode, Value), Problem> {
    let order: Order = serde_json::from_slice(body)
        .map_err(|error| problem(StatusCode::BAD_REQUEST, error.to_string()))?;
    let order = order
        .in_bounds()
        .map_err(|reason| problem(StatusCode::BAD_REQUEST, reason))?;
    let agent = order.agent;
    let id = orchestrator.submit(order).map_err(|refused| {
        let reason = match refused {
            Refused::Full => "there is no room for another task; try again later",
            Refused::Stopping => "the orchestrator is stopping",
        };
        problem(StatusCode::SERVICE_UNAVAILABLE, reason)
    })?;
    Ok((StatusCode::ACCEPTED, json!({ "id": id, "agent": agent })))
}

fn change(orchestrator: &Orchestrator, body: &[u8]) -> Result<(StatusCode, Value), Problem> {
    let world = orchestrator
        .world()
        .changed(body)
        .map_err(|reason| problem(StatusCode::BAD_REQUEST, reason))?;
    orchestrator.set_world(world.clone());
    Ok((StatusCode::OK, json!(world)))
}

/// The body of a request, which says that it is JSON.
async fn json_body(request: Request<Incoming>) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send JSON, with `Content-Type: application/json`",
        ));
    }
    let too_large = || {
        problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {MAX_BODY} bytes"),
        )
    };
    let body = request.into_body();
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    let collected = timeout(PATIENCE, Limited::new(body, MAX_BODY).collect())
        .await
        .map_err(|_| problem(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"))?;
    let bytes = match collected {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
        Err(error) => return Err(problem(StatusCode::BAD_REQUEST, error.to_string())),
    };
    if bytes.is_empty() {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "the body is empty; send a JSON object",
        ));
    }
    Ok(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(given)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    let kind = given.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}
