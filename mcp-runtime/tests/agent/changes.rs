//! Servers that change or end during a run.

use std::sync::{Arc, Mutex};

use mcp_runtime::ServerHandle;
use mcp_runtime::agent::Event;
use mcp_runtime::client::{Client, Era};
use mcp_runtime::prelude::*;
use mcp_runtime::tool::{Arguments, Tool};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Notify, oneshot};

use crate::kit::{adding, free, is_finished, server};
use crate::model::{Script, calls, text};

fn new_tool() -> Tool {
    let handler = async |_: Context, _: Arguments| "new result";
    Tool::new("newer", r#"{"type":"object"}"#, handler).description("A new tool.")
}

/// Adds a tool to the server, and waits until the client has received the change.
struct Change {
    handle: Mutex<Option<ServerHandle>>,
    arrived: Arc<Notify>,
}

/// Change the tools.
#[tool(read_only)]
async fn change(change: State<Change>) -> &'static str {
    let handle = change.handle.lock().unwrap().take().unwrap();
    handle.add_tool(new_tool()).unwrap();
    handle.remove_tool("add");
    change.arrived.notified().await;
    "changed"
}

#[tokio::test]
async fn tools_are_listed_again_when_they_change() {
    for era in [Era::Modern, Era::Legacy] {
        let arrived = Arc::new(Notify::new());
        let mut server = server().with::<change>();
        let handle = Mutex::new(Some(server.handle()));
        let server = server.state(Change { handle, arrived: Arc::clone(&arrived) });
        let client = Client::in_memory(server)
            .era(era)
            .on_change(move |_| arrived.notify_one())
            .connect()
            .await
            .unwrap();
        let model = Script::new([
            calls(&[("change", json!({}))]),
            calls(&[("newer", json!({})), adding(1, 2)]),
            text("Done."),
        ]);
        let mut run = free(&model).tools(&client).run("Go");
        let mut changed = 0;
        while let Some(event) = run.next().await {
            changed += u32::from(matches!(event, Event::ToolsChanged));
        }
        assert!(is_finished(&run.await.unwrap()));
        assert_eq!(model.results(1), ["changed"]);
        assert_eq!(changed, 1, "{era:?}");
        let seen = model.seen();
        assert!(seen[1].tools.contains(&"newer".to_owned()), "{:?}", seen[1].tools);
        assert!(!seen[1].tools.contains(&"add".to_owned()));
        assert_eq!(model.results(2)[0], "new result");
        assert!(model.results(2)[1].starts_with("! there is no tool `add`"));
    }
}

/// Ends the connection of the server.
struct Plug(Mutex<Option<oneshot::Sender<()>>>);

/// Die.
#[tool(read_only)]
async fn die(plug: State<Plug>) -> &'static str {
    let plug = plug.0.lock().unwrap().take();
    plug.unwrap().send(()).unwrap();
    std::future::pending().await
}

#[tokio::test]
async fn a_server_that_dies_is_an_error_for_the_model() {
    let (plug, pulled) = oneshot::channel();
    let dying = server().with::<die>().state(Plug(Mutex::new(Some(plug))));
    let (near, far) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(far);
    let serving = tokio::spawn(dying.serve_over(reader, writer));
    tokio::spawn(async move {
        pulled.await.unwrap();
        serving.abort();
    });
    let (reader, writer) = tokio::io::split(near);
    let client = Client::over(reader, writer).connect().await.unwrap();
    let model = Script::new([
        calls(&[("dying__die", json!({})), ("other__add", json!({ "a": 1, "b": 2 }))]),
        calls(&[("dying__add", json!({ "a": 1, "b": 2 }))]),
        text("It is dead."),
    ]);
    let agent = free(&model).tools_as("dying", &client).tools_as("other", server());
    let outcome = agent.run("Go").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(1)[1], "3");
    for result in [&model.results(1)[0], &model.results(2)[0]] {
        assert!(result.starts_with("! the connection is closed"), "{result}");
    }
    // The next run cannot list its tools.
    let error = agent.run("Go").await.unwrap_err();
    assert!(error.to_string().starts_with("the tools of the server `dying` cannot"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_returns_is_an_error_for_the_model() {
    /// Never return.
    #[tool(read_only)]
    async fn hang() -> &'static str {
        std::future::pending().await
    }
    let client = Client::in_memory(Server::new("s", "1").with::<hang>())
        .timeout(std::time::Duration::from_secs(5))
        .connect()
        .await
        .unwrap();
    let model = Script::new([calls(&[("hang", json!({}))]), text("It hangs.")]);
    let outcome = free(&model).tools(&client).run("Go").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(1), ["! no answer to `tools/call` within 5s"]);
}

#[tokio::test]
async fn errors_of_servers_are_short_and_plain() {
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        let (reader, mut writer) = tokio::io::split(far);
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(reader));
        while let Ok(Some(line)) = lines.next_line().await {
            let message: serde_json::Value = serde_json::from_str(&line).unwrap();
            let schema = json!({ "type": "object" });
            let result = match message["method"].as_str().unwrap() {
                "initialize" => json!({ "result": {
                    "protocolVersion": "2025-11-25", "capabilities": { "tools": {} },
                    "serverInfo": { "name": "s", "version": "1" } } }),
                "tools/list" => {
                    json!({ "result": { "tools": [{ "name": "t", "inputSchema": schema }] } })
                }
                "tools/call" => json!({ "error": {
                    "code": -32000, "message": format!("\u{1b}[2J{}", "no ".repeat(100_000)) } }),
                _ => continue,
            };
            let mut answer = json!({ "jsonrpc": "2.0", "id": message["id"] });
            answer.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
            writer.write_all(format!("{answer}\n").as_bytes()).await.unwrap();
        }
    });
    let (reader, writer) = tokio::io::split(near);
    let client = Client::over(reader, writer).era(Era::Legacy).connect().await.unwrap();
    let model = Script::new([calls(&[("t", json!({}))]), text("It fails.")]);
    free(&model).tools(&client).run("Go").await.unwrap();
    let result = model.results(1).remove(0);
    assert!(result.starts_with("! the server refused"), "{result}");
    assert!(result.chars().count() < 2_100 && !result.contains('\u{1b}'), "{}", result.len());
}
