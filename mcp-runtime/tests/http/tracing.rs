//! The traces that requests are a part of.

use mcp_runtime::http::McpService;
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
