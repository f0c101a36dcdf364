//! The API of the page: JSON in both directions, and one stream of events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use futures_core::Stream;
use mcp_runtime::protocol::{CompletionReference, LoggingLevel};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::hub::Events;
use super::runs::Action;
use super::{Era, Inspector};

/// Maximum size of a body, in bytes.
const MAX_BODY: usize = 16 << 20;

type Shared = State<Arc<Inspector>>;
type Answer = Result<Response<Body>, Response<Body>>;

/// The request to run something.
#[derive(Deserialize)]
struct RunRequest {
    eras: Vec<Era>,
    #[serde(flatten)]
    action: Action,
}

#[derive(Deserialize)]
struct WatchRequest {
    era: Era,
    uri: String,
    watch: bool,
}

#[derive(Deserialize)]
struct EraRequest {
    era: Era,
}

#[derive(Deserialize)]
struct CompleteRequest {
    era: Era,
    #[serde(rename = "ref")]
    reference: CompletionReference,
    argument: String,
    value: String,
    #[serde(default)]
    given: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct LevelRequest {
    level: LoggingLevel,
}

pub(super) fn router(inspector: Arc<Inspector>) -> Router {
    Router::new()
        .route("/events", get(events))
        .route("/runs", post(start))
        .route("/runs/{id}/cancel", post(cancel))
        .route("/questions/{id}", post(answer))
        .route("/complete", post(complete))
        .route("/watch", post(watch))
        .route("/refresh", post(refresh))
        .route("/connect", post(connect))
        .route("/log-level", post(log_level))
        .route("/messages/{seq}", get(message))
        .route("/messages/clear", post(clear))
        .method_not_allowed_fallback(async || {
            failure(StatusCode::METHOD_NOT_ALLOWED, "method", "this path has another method")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(inspector)
}

/// An error, as JSON.
pub(super) fn failure(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    respond(status, &json!({ "error": { "code": code, "message": message } }))
}

fn respond(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    let text = serde_json::to_string(document).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn done() -> Response<Body> {
    respond(StatusCode::OK, &Map::new())
}

fn conflict(message: &str) -> Response<Body> {
    failure(StatusCode::CONFLICT, "state", message)
}

fn number(text: &str) -> Result<u64, Response<Body>> {
    let expected = |_| failure(StatusCode::BAD_REQUEST, "path", "expected a number in the path");
    text.parse().map_err(expected)
}

/// Reads a body. Its type is demanded, because other pages can send any other without being asked.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Response<Body>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !essence.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        let message = "expected a body of the type `application/json`";
        return Err(failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body", message));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the body cannot be read: {error}");
        failure(StatusCode::BAD_REQUEST, "body", &message)
    })
}

async fn events(State(inspector): Shared) -> Answer {
    let events = inspector.events().ok_or_else(|| {
        let message = "the page is open too often; close one of its windows";
        failure(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
    })?;
    Ok(Sse::new(EventStream(events)).keep_alive(KeepAlive::default()).into_response())
}

struct EventStream(Events);

impl Stream for EventStream {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(event.map(|event| Ok(Event::default().data(event))))
    }
}

async fn start(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let RunRequest { mut eras, action } = read(&headers, &body)?;
    eras.sort_unstable();
    eras.dedup();
    if eras.is_empty() {
        let message = "`eras`: expected `modern`, `legacy` or both, got none";
        return Err(failure(StatusCode::BAD_REQUEST, "body", message));
    }
    let clients = eras.into_iter().map(|era| Ok((era, inspector.client(era)?)));
    let clients: Result<Vec<_>, String> = clients.collect();
    let started = clients.and_then(|clients| inspector.runs.start(clients, &action));
    let runs = started.map_err(|message| conflict(&message))?;
    Ok(respond(StatusCode::ACCEPTED, &json!({ "runs": runs })))
}

async fn cancel(State(inspector): Shared, Path(id): Path<String>) -> Answer {
    let cancelled = inspector.runs.cancel(number(&id)?).await;
    cancelled.map(|()| done()).map_err(|message| conflict(&message))
}

async fn answer(
    State(inspector): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let answer: Value = read(&headers, &body)?;
    match inspector.shared.questions.answer(number(&id)?, answer) {
        Ok(()) => Ok(done()),
        Err(Some(fault)) => {
            let message = format!("the answer does not fit the question: {fault}");
            Err(failure(StatusCode::BAD_REQUEST, "body", &message))
        }
        Err(None) => Err(conflict("the question is not open, or no longer")),
    }
}

async fn complete(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let CompleteRequest { era, reference, argument, value, given } = read(&headers, &body)?;
    let client = inspector.client(era).map_err(|message| conflict(&message))?;
    let completion = client.complete(reference, argument, value, given).await;
    let completion = completion.map_err(|error| conflict(&error.report().to_string()))?;
    Ok(respond(StatusCode::OK, &completion))
}

async fn watch(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let WatchRequest { era, uri, watch } = read(&headers, &body)?;
    let connection = inspector.connection(era);
    let connection = connection.ok_or_else(|| conflict("there is no connection in this era"))?;
    if watch {
        let watched = connection.watch(&inspector, uri).await;
        watched.map_err(|message| conflict(&message))?;
    } else {
        connection.unwatch(&inspector, &uri);
    }
    Ok(done())
}

async fn refresh(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let EraRequest { era } = read(&headers, &body)?;
    let client = inspector.client(era).map_err(|message| conflict(&message))?;
    if let Some(connection) = inspector.connection(era) {
        connection.refresh(&inspector, &client).await;
    }
    Ok(done())
}

async fn connect(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let EraRequest { era } = read(&headers, &body)?;
    let connection = inspector.connection(era);
    connection.ok_or_else(|| conflict("there is no connection in this era"))?.connect_again();
    Ok(done())
}

async fn log_level(State(inspector): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let LevelRequest { level } = read(&headers, &body)?;
    for era in Era::BOTH {
        if let Ok(client) = inspector.client(era) {
            let set = client.set_log_level(level).await;
            set.map_err(|error| conflict(&error.report().to_string()))?;
        }
    }
    inspector.set_level(level);
    Ok(done())
}

async fn message(State(inspector): Shared, Path(seq): Path<String>) -> Answer {
    let text = inspector.shared.wire.text(number(&seq)?);
    let missing = || failure(StatusCode::NOT_FOUND, "message", "the message is no longer kept");
    Ok(respond(StatusCode::OK, &json!({ "text": text.ok_or_else(missing)? })))
}

async fn clear(State(inspector): Shared) -> Answer {
    inspector.shared.wire.clear();
    Ok(done())
}
