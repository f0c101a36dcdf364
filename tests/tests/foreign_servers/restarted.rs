//! Servers that are restarted while a client is connected.

use std::process::Command;
use std::time::Duration;

use mcp_runtime::client::{Client, Event, Watch};
use mcp_runtime::protocol::LoggingLevel;
use serde_json::json;

use crate::sessions::{interpreters, start};
use crate::{Served, able, free_port, node, program, serve, text};

async fn everything(transport: &str, port: u16) -> Served {
    let mut command = Command::new(node());
    command.arg(program("server-everything")).arg(transport).env("PORT", port.to_string());
    serve(&mut command, port).await
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn everything_is_restarted() {
    for (transport, path) in [("streamableHttp", "mcp"), ("sse", "sse")] {
        let port = free_port();
        let first = everything(transport, port).await;
        let client = able(Client::http(format!("http://127.0.0.1:{port}/{path}")));
        let client = client.connect().await.unwrap();
        client.set_log_level(LoggingLevel::Warning).await.unwrap();
        let uri = client.resources().all().await.unwrap().remove(0).uri;
        let mut watching = client.subscribe(Watch::new().resource(uri)).await.unwrap();
        let arguments = json!({ "duration": 600, "steps": 600 });
        let call = client.call("trigger-long-running-operation", arguments);
        let mut events = call.events();
        // The call is carried out by now.
        events.next().await.unwrap().unwrap();
        drop(first);
        let failed = tokio::time::timeout(Duration::from_secs(60), async {
            while let Some(event) = events.next().await {
                if let Err(error) = event {
                    return Some(error);
                }
            }
            None
        });
        assert!(failed.await.unwrap().is_some(), "{transport}: a call outlives its server");
        let _second = everything(transport, port).await;
        let echoed = client.call("echo", json!({ "message": "again" })).await.unwrap();
        assert_eq!(text(&echoed), "Echo: again", "{transport}");
        let missed = tokio::time::timeout(Duration::from_secs(60), watching.next()).await;
        assert_eq!(missed.unwrap().unwrap().unwrap(), Event::Missed, "{transport}");
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn python_is_restarted() {
    for (index, python) in interpreters().iter().enumerate() {
        let modes = if index == 0 { &["http", "stateless", "sse"][..] } else { &["http"] };
        for mode in modes {
            let port = free_port();
            let (first, url) = start(python, mode, port).await;
            let client = Client::http(&url).connect().await.unwrap();
            client.call("echo", json!({ "text": "once" })).await.unwrap();
            drop(first);
            let (_second, _) = start(python, mode, port).await;
            let echoed = client.call("echo", json!({ "text": "again" })).await;
            let echoed = echoed.unwrap_or_else(|error| panic!("{python:?} {mode}: {error}"));
            assert_eq!(text(&echoed), "again");
            client.close().await;
        }
    }
}
