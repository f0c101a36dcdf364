//! A server of this crate whose tools run as tasks, and clients of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::{Client, Era, Handler};
use mcp_runtime::elicit::Elicited;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitFormParams, ElicitResult, Root,
};
use mcp_runtime::{Elicit, ProtocolError, Store};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The two generations of tasks, each over a pipe and over HTTP.
pub(super) const KINDS: [(Era, Via); 4] = [
    (Era::Modern, Via::Pipe),
    (Era::Modern, Via::Http),
    (Era::Legacy, Via::Pipe),
    (Era::Legacy, Via::Http),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Pipe,
    Http,
}

/// Semaphores by name, for which the tool `hold` waits.
static GATES: Mutex<Option<HashMap<String, Arc<Semaphore>>>> = Mutex::new(None);

/// Returns the gate of a name, which is closed until a permit is added.
pub(super) fn gate(name: &str) -> Arc<Semaphore> {
    let mut gates = GATES.lock().unwrap();
    let gate = gates.get_or_insert_default().entry(name.to_owned());
    Arc::clone(gate.or_insert_with(|| Arc::new(Semaphore::new(0))))
}

/// A sum.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(super) struct Sum {
    sum: i64,
}

/// Add two integers.
#[tool(task, poll_interval = "20ms")]
async fn add(a: i64, b: i64) -> Sum {
    Sum { sum: a + b }
}

/// Add, but never at once.
#[tool(task = "required", poll_interval = "20ms")]
async fn only_as_task(a: i64) -> i64 {
    a
}

/// Add, but never as a task.
#[tool]
async fn never_a_task(a: i64) -> i64 {
    a
}

/// Fail, as a tool does.
#[tool(task, poll_interval = "20ms")]
async fn fail() -> Result<String, ToolError> {
    Err(ToolError::new("it is full"))
}

/// Fail, as the protocol does.
#[tool(task, poll_interval = "20ms")]
async fn break_off() -> Result<String, ProtocolError> {
    Err(ProtocolError::invalid_params("it cannot be done"))
}

/// Report progress, and wait for a gate.
#[tool(task, poll_interval = "20ms")]
async fn hold(cx: &Context, name: String) -> String {
    cx.progress(1.0, 2.0, "half of it");
    gate(&name).acquire().await.unwrap().forget();
    format!("{name} is open")
}

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Ask two things at once, then two more.
#[tool(task, poll_interval = "20ms")]
async fn ask(cx: &Context) -> Result<String, ToolError> {
    let (one, other) =
        tokio::try_join!(cx.elicit::<Name>("First name?"), cx.elicit::<Name>("Second name?"))?;
    let name = |answer| match answer {
        Elicited::Accepted(Name { name }) => name,
        _ => "nobody".to_owned(),
    };
    let sampled = cx.sample("Hello").max_tokens(5).await?.text().to_owned();
    let roots = cx.roots().await?.all().len();
    Ok(format!("{} and {}, {sampled}, {roots} roots", name(one), name(other)))
}

pub(super) fn server(store: &Store) -> Server {
    Server::new("tasks", "1.0.0")
        .store(store.clone())
        .with::<add>()
        .with::<only_as_task>()
        .with::<never_a_task>()
        .with::<fail>()
        .with::<break_off>()
        .with::<hold>()
        .with::<ask>()
}

/// The user and the model of a client. Each message of a form is recorded.
#[derive(Default)]
pub(super) struct Answers(pub(super) Arc<Mutex<Vec<String>>>);

impl Handler for Answers {
    const OFFERS_FORMS: bool = true;
    const OFFERS_SAMPLING: bool = true;
    const OFFERS_ROOTS: bool = true;

    async fn form(&self, form: ElicitFormParams) -> Result<ElicitResult, ProtocolError> {
        let name = form.message.split(' ').next().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(form.message);
        let content = json!({ "name": name });
        Ok(ElicitResult::accept(content.as_object().cloned().unwrap_or_default()))
    }

    async fn sample(&self, _: CreateMessageParams) -> Result<CreateMessageResult, ProtocolError> {
        Ok(CreateMessageResult::text("none", "Hi"))
    }

    async fn roots(&self) -> Result<Vec<Root>, ProtocolError> {
        Ok(vec![Root::new("file:///one"), Root::new("file:///two")])
    }
}

/// Serves a server over HTTP, and returns its URL.
pub(super) async fn serve(server: Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(server.serve_listener(listener, std::future::pending()));
    url
}

/// Connects to a server.
pub(super) async fn connect_to(
    server: Server,
    (era, via): (Era, Via),
    handler: impl Handler,
) -> Client {
    match via {
        Via::Http => {
            Client::http(serve(server).await).era(era).handler(handler).connect().await.unwrap()
        }
        Via::Pipe => {
            let (near, far) = tokio::io::duplex(1 << 20);
            let (reader, writer) = tokio::io::split(far);
            tokio::spawn(server.serve_over(reader, writer));
            let (reader, writer) = tokio::io::split(near);
            Client::over(reader, writer).era(era).handler(handler).connect().await.unwrap()
        }
    }
}

/// Connects to a new server.
pub(super) async fn connect(kind: (Era, Via)) -> Client {
    connect_to(server(&Store::memory()), kind, Answers::default()).await
}

/// Fails a test that hangs.
pub(super) async fn soon<T>(waiting: impl IntoFuture<Output = T>) -> T {
    let waiting = tokio::time::timeout(Duration::from_secs(60), waiting.into_future());
    waiting.await.expect("it takes too long")
}
