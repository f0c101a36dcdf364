//! The client and servers of the official TypeScript and Python SDKs. `tests/interop/run.sh`
//! installs them and runs this test.

#![cfg(unix)]
#![allow(missing_docs)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mcp_runtime::client::{CallEvent, Client, ClientBuilder, Era, NO_ARGUMENTS};
use mcp_runtime::protocol::{
    CallToolResult, CreateMessageParams, CreateMessageResult, ElicitResult, LoggingLevel, Root,
};
use mcp_tests::process::TEST_TIMEOUT;
use serde_json::json;

fn node() -> OsString {
    std::env::var_os("INTEROP_NODE").unwrap_or_else(|| "node".into())
}

fn program(server: &str) -> PathBuf {
    let modules =
        concat!(env!("CARGO_MANIFEST_DIR"), "/interop/node_modules/@modelcontextprotocol");
    PathBuf::from(modules).join(server).join("dist/index.js")
}

/// A client with every capability.
fn able<T>(builder: ClientBuilder<T>) -> ClientBuilder<T> {
    builder
        .on_form(|_| async {
            let content = json!({ "name": "Ann" });
            ElicitResult::accept(content.as_object().cloned().unwrap_or_default())
        })
        .on_sample(|request: CreateMessageParams| async move {
            let text = format!("{} messages", request.messages.len());
            CreateMessageResult::text("none", text)
        })
        .roots([Root::new("file:///tmp").name("tmp")])
}

fn text(result: &CallToolResult) -> String {
    let texts: Vec<_> = result.content.iter().filter_map(|content| content.as_text()).collect();
    texts.join("\n")
}

/// Uses every feature of the "everything" server.
async fn exercise(client: &Client) {
    let tools = client.tools().all().await.unwrap();
    assert!(tools.len() >= 10, "{} tools", tools.len());
    assert!(!client.resources().all().await.unwrap().is_empty());
    assert!(!client.templates().all().await.unwrap().is_empty());
    let prompts = client.prompts().all().await.unwrap();
    assert!(prompts.iter().any(|prompt| prompt.name == "simple-prompt"));
    client.ping().await.unwrap();
    client.set_log_level(LoggingLevel::Debug).await.unwrap();

    let echoed = client.call("echo", json!({ "message": "größe" })).await.unwrap();
    assert_eq!(text(&echoed), "Echo: größe");
    let sum = client.call("get-sum", json!({ "a": 2, "b": 3 })).await.unwrap();
    assert!(text(&sum).contains('5'));
    let weather =
        client.call("get-structured-content", json!({ "location": "Chicago" })).await.unwrap();
    assert!(weather.structured_content.is_some());

    let arguments = json!({ "duration": 1, "steps": 4 });
    let mut events = client.call("trigger-long-running-operation", arguments).events();
    let (mut steps, mut is_done) = (0, false);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            CallEvent::Progress(_) => steps += 1,
            CallEvent::Done(_) => is_done = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(is_done && steps >= 3, "{steps} steps");

    let asked = client.call("trigger-elicitation-request", ()).await.unwrap();
    // Omitted fields take the defaults of the form.
    assert!(text(&asked).contains("Ann") && text(&asked).contains("42"), "{}", text(&asked));
    let arguments = json!({ "prompt": "Hello", "maxTokens": 10 });
    let sampled = client.call("trigger-sampling-request", arguments).await.unwrap();
    assert!(text(&sampled).contains("1 messages"), "{}", text(&sampled));
    let roots = client.call("get-roots-list", ()).await.unwrap();
    assert!(text(&roots).contains("file:///tmp"), "{}", text(&roots));

    let resource = client.resources().all().await.unwrap().remove(0);
    assert!(!client.read(resource.uri).await.unwrap().contents.is_empty());
    assert!(!client.prompt("simple-prompt", NO_ARGUMENTS).await.unwrap().messages.is_empty());
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn everything_over_stdio() {
    let program = program("server-everything");
    let logged = Arc::new(Mutex::new(0));
    let count = Arc::clone(&logged);
    let client = able(Client::stdio(node()).args([program.into_os_string(), "stdio".into()]))
        .on_log(move |_| *count.lock().unwrap() += 1)
        .connect()
        .await
        .unwrap();
    exercise(&client).await;
    client.close().await;
}

/// A server on its own port, stopped on drop.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // Fails if it has already exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is not in use.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a server and waits until it listens on its port.
async fn serve(command: &mut Command, port: u16) -> Served {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let served = Served(command.spawn().unwrap());
    let listens = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, listens).await.expect("the server does not listen");
    served
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn everything_over_http() {
    for (transport, path) in [("streamableHttp", "mcp"), ("sse", "sse")] {
        let port = free_port();
        let mut command = Command::new(node());
        command.arg(program("server-everything")).arg(transport).env("PORT", port.to_string());
        let _server = serve(&mut command, port).await;
        let url = format!("http://127.0.0.1:{port}/{path}");
        let client = able(Client::http(url)).connect().await.unwrap();
        exercise(&client).await;
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn files_and_memory() {
    let directory = std::env::temp_dir().canonicalize().unwrap();
    let path = directory.join(format!("mcp-interop-{}.txt", std::process::id()));
    let arguments = [program("server-filesystem").into_os_string(), directory.into_os_string()];
    let client = Client::stdio(node()).args(arguments).connect().await.unwrap();
    let written = json!({ "path": path, "content": "hello" });
    client.call_as::<serde_json::Value>("write_file", written).await.unwrap();
    let read = client.call("read_text_file", json!({ "path": path })).await.unwrap();
    assert_eq!(text(&read), "hello");
    std::fs::remove_file(&path).unwrap();
    client.close().await;

    let memory = std::env::temp_dir().join(format!("mcp-interop-{}.json", std::process::id()));
    let client = Client::stdio(node())
        .args([program("server-memory")])
        .env("MEMORY_FILE_PATH", &memory)
        .connect()
        .await
        .unwrap();
    let ann = json!({ "name": "Ann", "entityType": "person", "observations": ["likes tea"] });
    client.call("create_entities", json!({ "entities": [ann] })).await.unwrap();
    let found = client.call("search_nodes", json!({ "query": "tea" })).await.unwrap();
    assert!(text(&found).contains("Ann"));
    client.close().await;
    // The file may not exist.
    let _ = std::fs::remove_file(memory);
}

/// The interpreter, and the server that asks questions.
fn asker() -> (OsString, &'static str) {
    let python = std::env::var_os("INTEROP_PYTHON").unwrap_or_else(|| "python3".into());
    (python, concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/asker.py"))
}

/// Uses every feature of the Python server, which asks its questions in the era of the client.
async fn be_asked(client: &Client, era: Era) {
    let steps = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&steps);
    let work = client.call("work", ()).on_progress(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let result = work.await.unwrap();
    assert_eq!((text(&result).as_str(), steps.load(Ordering::Relaxed)), ("worked", 4));
    if era == Era::Legacy {
        assert_eq!(client.revision().as_str(), "2025-11-25");
        assert_eq!(text(&client.call("ask", ()).await.unwrap()), "accept Ann");
        let thought = client.call("think", ()).await.unwrap();
        assert_eq!(text(&thought), "thought 1 messages");
    } else {
        assert_eq!(client.revision().as_str(), "2026-07-28");
        let asked = client.call("ask_in_result", ()).await.unwrap();
        assert_eq!(text(&asked), "round 1: Ann, 1 messages");
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_server_in_python_asks_over_stdio_in_both_eras() {
    let (python, script) = asker();
    for era in [Era::Auto, Era::Legacy] {
        let client = able(Client::stdio(&python).args([script])).era(era).connect().await.unwrap();
        be_asked(&client, era).await;
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_server_in_python_asks_over_http_in_both_eras() {
    let ((python, script), port) = (asker(), free_port());
    let _server = serve(Command::new(python).arg(script).arg(port.to_string()), port).await;
    for era in [Era::Auto, Era::Legacy] {
        let url = format!("http://127.0.0.1:{port}/mcp");
        let client = able(Client::http(url)).era(era).connect().await.unwrap();
        be_asked(&client, era).await;
        client.close().await;
    }
}
