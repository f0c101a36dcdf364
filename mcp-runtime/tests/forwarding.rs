//! What handlers trace, sent to their clients.
//!
//! It is a program of its own because its subscriber is the whole program's.

#![allow(missing_docs)]

use std::sync::{Arc, Mutex, Once};

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::LoggingMessageParams;
use mcp_runtime::testing::{TestClient, assert_refused, assert_text, eras};
use mcp_runtime::trace::ForwardEvents;
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt as _;

/// Trace something at every level.
#[tool]
async fn chat(count: u32) -> String {
    tracing::debug!("quiet");
    tracing::info!(count, "told");
    tokio::task::yield_now().await;
    tracing::warn!("plain");
    tracing::error!(target: "mcp_runtime::test", "the framework's own");
    "done".into()
}

/// Trace from a task that the handler has started within its span.
#[tool]
async fn delegate() -> String {
    let span = tracing::Span::current();
    let task = tokio::spawn(async move { span.in_scope(|| tracing::error!("from a task")) });
    task.await.map_or_else(|error| error.to_string(), |()| "done".into())
}

/// Panic, of which the framework traces the text.
#[tool]
async fn fail() -> String {
    panic!("a secret")
}

fn server() -> Server {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(ForwardEvents::new());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    Server::new("talks", "1").with::<(chat, delegate, fail)>()
}

type Heard = Arc<Mutex<Vec<LoggingMessageParams>>>;

/// A client that asks for no messages by itself, and what it hears.
async fn client(era: Era) -> Result<(Client, Heard), Error> {
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    let builder = Client::in_memory(server()).era(era);
    let client = builder.on_log(move |message| kept.lock().unwrap().push(message)).connect();
    Ok((client.await?, heard))
}

/// Has the server chat, and returns the levels of what is heard.
async fn chat_at(
    client: &Client,
    heard: &Heard,
    level: Option<&str>,
) -> Result<Vec<LoggingLevel>, Error> {
    heard.lock().unwrap().clear();
    let mut call = client.call("chat", json!({ "count": 3 }));
    if let Some(level) = level {
        call = call.meta("io.modelcontextprotocol/logLevel", level);
    }
    assert_text(&call.await?, "done");
    Ok(heard.lock().unwrap().iter().map(|message| message.level).collect())
}

#[tokio::test]
async fn a_modern_client_says_which_it_wants() -> Result<(), Error> {
    use LoggingLevel::{Debug, Info, Warning};
    let (client, heard) = client(Era::Modern).await?;
    for (level, expected) in [
        (None, vec![]),
        (Some("debug"), vec![Debug, Info, Warning]),
        (Some("info"), vec![Info, Warning]),
        (Some("warning"), vec![Warning]),
        (Some("alert"), vec![]),
    ] {
        assert_eq!(chat_at(&client, &heard, level).await?, expected, "{level:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_legacy_session_hears_what_it_has_not_turned_off() -> Result<(), Error> {
    use LoggingLevel::{Info, Warning};
    let (client, heard) = client(Era::Legacy).await?;
    assert_eq!(chat_at(&client, &heard, None).await?, [Info, Warning]);
    client.set_log_level(Warning).await?;
    assert_eq!(chat_at(&client, &heard, None).await?, [Warning]);
    Ok(())
}

#[tokio::test]
async fn an_event_says_where_it_is_from_and_what_it_has() -> Result<(), Error> {
    for era in eras() {
        let client = TestClient::of(server()).era(era).connect().await?;
        assert_text(&client.call("chat", json!({ "count": 3 })).await?, "done");
        let told = json!(client.logs()[1]);
        let expected = json!({
            "level": "info",
            "logger": "forwarding",
            "data": { "message": "told", "count": 3 },
        });
        assert_eq!(told, expected);
        assert_eq!(client.logs()[2].data, "plain");
        assert_eq!(client.logs().len(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_task_of_the_handler_counts_as_the_handler() -> Result<(), Error> {
    for era in eras() {
        let client = TestClient::of(server()).era(era).connect().await?;
        assert_text(&client.call("delegate", ()).await?, "done");
        assert_eq!(client.logs()[0].data, "from a task");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_framework_traces_is_not_sent() -> Result<(), Error> {
    for era in eras() {
        let client = TestClient::of(server()).era(era).connect().await?;
        let outcome = client.call("fail", ()).await;
        assert_refused(&outcome, mcp_runtime::jsonrpc::ErrorCode::INTERNAL_ERROR, "");
        assert!(!outcome.unwrap_err().to_string().contains("secret"));
        assert!(client.logs().is_empty());
    }
    Ok(())
}
