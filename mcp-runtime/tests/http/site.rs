//! The server that the tests talk to.

use std::sync::{Arc, Mutex, mpsc};

use mcp_runtime::ServerHandle;
use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::jsonrpc::{ErrorCode, ProtocolError};
use mcp_runtime::prelude::*;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// What tests and handlers tell each other.
#[derive(Default)]
pub(crate) struct Signals {
    /// A handler of `park` runs.
    pub(crate) parked: Notify,
    /// A handler of `park` was dropped before its end.
    pub(crate) dropped: Notify,
    /// Lets handlers of `park` go on.
    pub(crate) go: Notify,
    /// A handler of `park` has come to its end.
    pub(crate) finished: Notify,
    /// Lets the handler of `block` go on.
    pub(crate) unblocked: Mutex<Option<mpsc::Receiver<()>>>,
}

struct Dropped(Arc<Signals>, bool);

impl Drop for Dropped {
    fn drop(&mut self) {
        if !self.1 {
            self.0.dropped.notify_one();
        }
    }
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Report progress twice and answer at once.
#[tool]
async fn report(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, "");
    cx.progress(2.0, 2.0, "");
    "done"
}

/// Wait until told to go on; say that it waits if asked to, and answer with a text of a size if one
/// is given.
#[tool]
async fn park(
    cx: &Context,
    signals: &State<Arc<Signals>>,
    say: bool,
    size: Option<usize>,
) -> String {
    let mut dropped = Dropped(Arc::clone(signals), false);
    if say {
        cx.progress(1.0, 0.0, "parked");
    }
    signals.parked.notify_one();
    signals.go.notified().await;
    dropped.1 = true;
    signals.finished.notify_one();
    size.map_or_else(|| "went on".to_owned(), |size| "x".repeat(size))
}

/// Repeat a text.
#[tool]
async fn echo(text: String) -> String {
    text
}

/// Let the connection go, and wait until told to go on.
#[tool]
async fn leave(cx: &Context, signals: &State<Arc<Signals>>) -> &'static str {
    cx.close_stream();
    signals.parked.notify_one();
    signals.go.notified().await;
    signals.finished.notify_one();
    "went on"
}

/// Block the thread until told to go on.
#[tool]
async fn block(signals: &State<Arc<Signals>>) -> &'static str {
    signals.parked.notify_one();
    let unblocked = signals.unblocked.lock().unwrap().take();
    // Whether it is told to or forgotten is the same.
    let _ = unblocked.map(|unblocked| unblocked.recv());
    "went on"
}

/// Panic.
#[tool]
async fn fail() -> i64 {
    panic!("a secret")
}

/// Need what the client cannot do.
#[tool]
async fn demand() -> Result<String, ProtocolError> {
    Err(ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, "this needs sampling"))
}

/// Take arguments that are repeated in headers.
#[tool]
async fn route(
    #[arg(header = "Region")] region: Option<String>,
    #[arg(header = "Count")] count: Option<i64>,
) -> String {
    format!("{region:?} {count:?}")
}

/// Say who calls and with which `User-Agent`.
#[tool]
async fn whoami(cx: &Context) -> String {
    let agent = cx.headers().and_then(|headers| headers.get("user-agent"));
    let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned();
    format!("{:?} {agent}", cx.principal().subject())
}

pub(crate) fn server(signals: &Arc<Signals>, config: HttpConfig) -> (Server, ServerHandle) {
    let mut server = Server::new("site", "1.0.0")
        .with::<(add, report, park, echo, leave, block, fail, demand, route, whoami)>()
        .state(Arc::clone(signals))
        .http(config);
    let handle = server.handle();
    (server, handle)
}

/// A service that is called directly.
pub(crate) struct Mounted {
    pub(crate) service: McpService,
    pub(crate) signals: Arc<Signals>,
    pub(crate) handle: ServerHandle,
}

pub(crate) fn mounted() -> Mounted {
    mounted_with(HttpConfig::local())
}

pub(crate) fn mounted_with(config: HttpConfig) -> Mounted {
    let signals = Arc::default();
    let (server, handle) = server(&signals, config);
    Mounted { service: server.into_service().unwrap(), signals, handle }
}

/// A server that listens.
pub(crate) struct Listening {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) signals: Arc<Signals>,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), mcp_runtime::Error>>,
}

impl Listening {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

pub(crate) async fn listening(config: HttpConfig) -> Listening {
    listening_with_handle(config).await.0
}

pub(crate) async fn listening_with_handle(config: HttpConfig) -> (Listening, ServerHandle) {
    let signals = Arc::default();
    let (server, handle) = server(&signals, config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(server.serve_listener(listener, async {
        // Whether it is told to stop or forgotten is the same.
        let _ = stopped.await;
    }));
    (Listening { address, signals, stop, served }, handle)
}

/// Tools that are added while the server runs.
pub(crate) fn another_tool(name: &str) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, |_cx, _arguments| async { "added" })
        .description("Added.")
}
