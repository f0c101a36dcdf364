//! The servers of the TypeScript SDK.

use std::process::Command;
use std::sync::{Arc, Mutex};

use mcp_runtime::client::{CallEvent, Client, NO_ARGUMENTS};
use mcp_runtime::protocol::LoggingLevel;
use serde_json::json;

use crate::{able, free_port, node, program, serve, text};

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
