//! Two instances of a server that share a store.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::{HttpBody, HttpConfig, McpService};
use mcp_runtime::prelude::*;
use mcp_runtime::{ServerHandle, Store};
#[cfg(feature = "store-redis")]
use mcp_test_redis::{RedisServer, SURVIVES_KILL};
use serde_json::{Value, json};

use crate::client::{Draft, LEGACY, initialize, soon};
use crate::site::{Signals, server};

/// Ask for a name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Ask for a name.
#[tool]
async fn greet(cx: &Context) -> Result<String, AskError> {
    let name = cx.elicit::<Name>("Who?").await?.accepted();
    Ok(name.map_or("nobody".to_owned(), |Name { name }| name))
}

/// Log a message, and its level.
#[tool]
async fn log(cx: &Context) -> &'static str {
    cx.log(LoggingLevel::Debug, "a detail");
    cx.log(LoggingLevel::Error, "a failure");
    "logged"
}

/// Count the roots.
#[tool]
async fn roots(cx: &Context) -> Result<usize, AskError> {
    Ok(cx.roots().await?.all().len())
}

/// Ask for a name, as a task.
#[tool(task)]
async fn greet_later(cx: &Context) -> Result<String, AskError> {
    greet(cx).await
}

/// Report much progress.
#[tool]
async fn flood(cx: &Context) -> &'static str {
    for step in 1..=10_000 {
        cx.log(LoggingLevel::Error, "x".repeat(10_000));
        cx.progress(f64::from(step), 10_000.0, "");
        if step % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    "flooded"
}

/// Tell the time.
#[resource("clock://now")]
async fn now() -> &'static str {
    "now"
}

/// An instance of a server.
pub(crate) struct Instance {
    pub(crate) service: McpService,
    pub(crate) signals: Arc<Signals>,
    pub(crate) handle: ServerHandle,
}

impl Instance {
    pub(crate) fn new(store: &Store, config: HttpConfig) -> Self {
        let signals = Arc::default();
        let (server, handle) = server(&signals, config);
        let server =
            server.with::<(greet, log, roots, greet_later, flood, now)>().store(store.clone());
        Self { service: server.into_service().unwrap(), signals, handle }
    }
}

/// Two instances that share a store.
pub(crate) struct Pair {
    pub(crate) a: Instance,
    pub(crate) b: Instance,
    pub(crate) store: Store,
    pub(crate) place: Place,
}

/// Place of a store, which is removed with this.
pub(crate) enum Place {
    Folder(PathBuf),
    #[cfg(feature = "store-redis")]
    Redis(RedisServer),
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Folder(path) = self {
            // Whatever stays is in the folder for temporary files.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl Pair {
    pub(crate) fn redb() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mcp-instances-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::redb(folder.join("state.redb")).unwrap();
        Self::of(store, Place::Folder(folder))
    }

    #[cfg(feature = "store-redis")]
    pub(crate) fn redis() -> Option<Self> {
        let server = RedisServer::start(&SURVIVES_KILL)?;
        let store = Store::redis(server.url()).unwrap();
        Some(Self::of(store, Place::Redis(server)))
    }

    /// The same store with instances of another configuration.
    pub(crate) fn with(self, config: HttpConfig) -> Self {
        let Self { store, place, .. } = self;
        let instance = || Instance::new(&store, config.clone());
        Self { a: instance(), b: instance(), store, place }
    }

    fn of(store: Store, place: Place) -> Self {
        let instance = || Instance::new(&store, HttpConfig::local());
        Self { a: instance(), b: instance(), store, place }
    }
}

/// Opens a session whose client can answer questions.
pub(crate) async fn able(service: &McpService) -> String {
    let mut opening = initialize(LEGACY);
    opening["params"]["capabilities"] =
        json!({ "roots": { "listChanged": true }, "elicitation": {}, "tasks": {} });
    let answer = Draft::post(opening).send(service).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("mcp-session-id").to_owned()
}

pub(crate) fn call(session: &str, id: i64, tool: &str, arguments: Value) -> Draft {
    let params = json!({
        "name": tool, "arguments": arguments, "_meta": { "progressToken": id },
    });
    Draft::in_session(session, id, "tools/call", params)
}

/// A notification or a response of a client.
pub(crate) fn message(session: &str, message: Value) -> Draft {
    Draft::post(message).with("mcp-session-id", session)
}

/// A client that reads its own stream, or one behind an event.
pub(crate) fn get(session: &str, last: Option<&str>) -> Draft {
    let draft =
        Draft::new("GET").with("accept", "text/event-stream").with("mcp-session-id", session);
    match last {
        Some(last) => draft.with("last-event-id", last),
        None => draft,
    }
}

/// Resumes a stream, once the store has its first event: it is written while the client reads.
pub(crate) async fn resume(instance: &Instance, session: &str, last: &str) -> HttpBody {
    soon(async {
        loop {
            let response = get(session, Some(last)).begin(&instance.service).await;
            if response.status() == 200 {
                assert_eq!(response.headers()["content-type"], "text/event-stream");
                return response.into_body();
            }
            assert_eq!(response.status(), 400);
            tokio::task::yield_now().await;
        }
    })
    .await
}

pub(crate) fn delete(session: &str) -> Draft {
    Draft::new("DELETE").with("mcp-session-id", session)
}
