//! What handlers trace, and the traces that requests are a part of.

use mcp_runtime::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::client::{Draft, modern_message};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Say which trace the request belongs to.
#[tool]
async fn trace(cx: &Context) -> String {
    let trace = cx.trace_context();
    format!("{:?} {:?} {:?}", trace.parent_id(), trace.tracestate(), trace.baggage())
}

fn service() -> McpService {
    Server::new("traced", "1").with::<trace>().into_service().unwrap()
}

async fn check(meta: Value, headers: &[(&str, &str)], expected: &str) {
    let mut message = modern_message("tools/call", json!({ "name": "trace", "arguments": {} }));
    for (key, value) in meta.as_object().unwrap() {
        message["params"]["_meta"][key] = value.clone();
    }
    let mut draft = Draft::post(message)
        .with("mcp-protocol-version", crate::client::MODERN)
        .with("mcp-method", "tools/call")
        .with("mcp-name", "trace");
    for (name, value) in headers {
        draft = draft.and(name, value);
    }
    assert_eq!(draft.send(&service()).await.text_result(), expected);
}

#[tokio::test]
async fn a_trace_comes_with_the_request() {
    let parent = r#"Some("b7ad6b7169203331")"#;
    check(json!({}), &[], "None None None").await;
    let meta = json!({ "traceparent": PARENT, "tracestate": "a=1", "baggage": "b=2" });
    check(meta.clone(), &[], &format!(r#"{parent} Some("a=1") Some("b=2")"#)).await;
    let headers = [("traceparent", PARENT), ("tracestate", "c=3"), ("tracestate", "d=4")];
    check(json!({}), &headers, &format!(r#"{parent} Some("c=3,d=4") None"#)).await;
    // What the body says goes before what the headers say, and is not mixed with it.
    let meta = json!({ "traceparent": PARENT, "baggage": "b=2" });
    check(meta, &headers, &format!(r#"{parent} None Some("b=2")"#)).await;
    check(json!({ "traceparent": "00-0-0-00" }), &[], "None None None").await;
}

#[cfg(feature = "forward-events")]
mod forwarded {
    use ::tracing::subscriber::set_default;
    use mcp_runtime::ForwardEvents;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::client::{LEGACY, open};

    /// Trace something at every level.
    #[tool]
    async fn chat(count: u32) -> String {
        ::tracing::debug!("too quiet");
        ::tracing::info!(count, "told");
        tokio::task::yield_now().await;
        ::tracing::warn!("plain");
        ::tracing::error!(target: "mcp_runtime::test", "the framework's own");
        "done".into()
    }

    /// Panic, of which the framework traces the text.
    #[tool]
    async fn fail() -> String {
        panic!("a secret")
    }

    fn service() -> McpService {
        Server::new("talks", "1").with::<(chat, fail)>().into_service().unwrap()
    }

    fn chat_call() -> Value {
        json!({ "name": "chat", "arguments": { "count": 3 } })
    }

    #[tokio::test]
    async fn events_go_to_the_sender_of_the_request() {
        let _guard = set_default(tracing_subscriber::registry().with(ForwardEvents::new()));
        let service = service();
        let session = open(&service, LEGACY).await;
        let answer = Draft::in_session(&session, 1, "tools/call", chat_call()).send(&service).await;
        let events = answer.events();
        assert_eq!(events.len(), 3, "{events:?}");
        let expected = json!({
            "level": "info",
            "logger": "http::tracing::forwarded",
            "data": { "message": "told", "count": 3 },
        });
        assert_eq!(events[0]["params"], expected);
        assert_eq!(events[1]["params"]["level"], "warning");
        assert_eq!(events[1]["params"]["data"], "plain");
        assert_eq!(events[2]["id"], 1);
        let call = json!({ "name": "fail", "arguments": {} });
        let answer = Draft::in_session(&session, 2, "tools/call", call).send(&service).await;
        assert!(!answer.body.contains("secret"), "{answer:?}");
    }

    #[tokio::test]
    async fn a_modern_client_says_which_it_wants() {
        let _guard = set_default(tracing_subscriber::registry().with(ForwardEvents::new()));
        let service = service();
        let ask = |level: Option<&str>| {
            let mut message = modern_message("tools/call", chat_call());
            if let Some(level) = level {
                message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = json!(level);
            }
            Draft::post(message)
                .with("mcp-protocol-version", crate::client::MODERN)
                .with("mcp-method", "tools/call")
                .with("mcp-name", "chat")
        };
        assert_eq!(ask(None).send(&service).await.text_result(), "done");
        assert_eq!(ask(Some("debug")).send(&service).await.events().len(), 4);
        assert_eq!(ask(Some("warning")).send(&service).await.events().len(), 2);
    }
}
