//! Tools that run as tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;
use mcp_runtime::{ProtocolError, Store};
use tokio::sync::Semaphore;

/// What the tools wait for and do, shared with the tests.
pub(crate) struct World {
    pub(crate) gate: Semaphore,
    pub(crate) started: Semaphore,
    pub(crate) stopped: Semaphore,
    pub(crate) effects: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        let closed = || Semaphore::new(0);
        let effects = AtomicU64::new(0);
        Arc::new(Self { gate: closed(), started: closed(), stopped: closed(), effects })
    }

    /// Waits until the test lets one go on.
    pub(crate) async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }

    pub(crate) fn act(&self) -> u64 {
        self.effects.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn effects(&self) -> u64 {
        self.effects.load(Ordering::SeqCst)
    }
}

type Shared = State<Arc<World>>;

/// A name
#[derive(Elicit)]
pub(crate) struct Name {
    #[elicit(min_len = 2)]
    name: String,
}

async fn ask(cx: &Context, question: &str) -> Result<String, AskError> {
    Ok(match cx.elicit::<Name>(question).await? {
        Elicited::Accepted(Name { name }) => name,
        Elicited::Declined => "declined".to_owned(),
        Elicited::Cancelled => "cancelled".to_owned(),
    })
}

/// Work until it may end.
#[tool(task, poll_interval = "250ms")]
async fn work(cx: &Context, world: Shared, #[arg(min_len = 1)] text: String) -> String {
    cx.progress(1.0, 2.0, "half");
    world.started.add_permits(1);
    world.pass().await;
    text
}

/// Work only as a task.
#[tool(task = "required")]
async fn only() -> &'static str {
    "only"
}

/// Work without a task.
#[tool]
async fn plain() -> &'static str {
    "plain"
}

/// Fail as a tool.
#[tool(task)]
async fn fails() -> Result<String, ToolError> {
    Err(ToolError::new("it went wrong"))
}

/// Fail as a request.
#[tool(task)]
async fn breaks() -> Result<String, ProtocolError> {
    Err(ProtocolError::invalid_params("it cannot be"))
}

/// Panic.
#[tool(task)]
async fn panics(name: String) -> String {
    assert!(name.is_empty(), "a panic of a test");
    name
}

/// Ask for a name.
#[tool(task)]
async fn greets(cx: &Context) -> Result<String, AskError> {
    ask(cx, "Who are you?").await
}

/// Ask for two names at once.
#[tool(task)]
async fn pairs(cx: &Context) -> Result<String, AskError> {
    let (one, other) = tokio::try_join!(ask(cx, "One?"), ask(cx, "Other?"))?;
    Ok(format!("{one} and {other}"))
}

/// Ask before the task exists.
#[tool(task)]
async fn asked(#[ask("Your name?", key = "name")] who: Name, world: Shared) -> String {
    format!("{} {}", who.name, world.act())
}

/// Do two things, and ask between them.
#[tool(task, attempts = 2)]
async fn steps(cx: &Context, world: Shared) -> Result<String, AskError> {
    let one = cx.once("one", async || world.act()).await;
    let name = ask(cx, "Go on?").await?;
    let other = cx.once("other", async || world.act()).await;
    Ok(format!("{one} {name} {other}"))
}

/// Wait for the client to cancel.
#[tool(task, cancel = "cooperative")]
async fn stops(cx: &Context, world: Shared) -> &'static str {
    world.started.add_permits(1);
    cx.cancelled().await;
    world.stopped.add_permits(1);
    "stopped"
}

/// End at once, and be forgotten.
#[tool(task, ttl = "1ms")]
async fn brief() -> &'static str {
    "brief"
}

/// End at once, and be kept.
#[tool(task, ttl = "none")]
async fn lasting() -> &'static str {
    "lasting"
}

/// Need a scope.
#[tool(task, scopes("jobs"))]
async fn scoped(caller: Principal) -> String {
    caller.subject().unwrap_or("nobody").to_owned()
}

/// A server with all of them.
pub(crate) fn server(world: &Arc<World>) -> Server {
    Server::new("tasks", "1.0")
        .with::<(work, only, plain, fails, breaks, panics)>()
        .with::<(greets, pairs, asked, steps, stops, brief, lasting, scoped)>()
        .state(Arc::clone(world))
}

/// The same on a store.
pub(crate) fn server_on(store: &Store, world: &Arc<World>) -> Server {
    server(world).store(store.clone())
}
