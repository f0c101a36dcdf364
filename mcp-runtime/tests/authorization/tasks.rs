//! Tasks belong to the principal of their access token.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use mcp_runtime::authorization::Auth;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tower_service::Service as _;

/// Wait for ever.
#[tool(task)]
async fn wait() {
    std::future::pending::<()>().await;
}

fn service() -> McpService {
    let auth = Auth::static_tokens([
        ("token-of-ann", Principal::new("ann")),
        ("other-token-of-ann", Principal::new("ann")),
        ("token-of-bob", Principal::new("bob")),
    ]);
    let server = Server::new("tasks", "1").with::<wait>();
    server.require_auth(auth.allow_in_service()).into_service().unwrap()
}

async fn send(service: &McpService, token: &str, method: &str, mut params: Value) -> Value {
    let name = params["name"].as_str().or(params["taskId"].as_str()).unwrap().to_owned();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {
            "extensions": { "io.modelcontextprotocol/tasks": {} },
        },
    });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let request = Request::builder()
        .method("POST")
        .uri("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", format!("Bearer {token}"))
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .header("mcp-name", name)
        .body(Full::<Bytes>::from(message.to_string()))
        .unwrap();
    let answer = service.clone().call(request).await.unwrap().into_body();
    serde_json::from_slice(&answer.collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn only_tokens_of_the_same_principal_reach_a_task() {
    let service = service();
    let created = send(&service, "token-of-ann", "tools/call", json!({ "name": "wait" })).await;
    let id = created["result"]["taskId"].as_str().unwrap();
    let unknown = "0".repeat(32);
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let params = |id: &str| json!({ "taskId": id, "inputResponses": {} });
        let refused = send(&service, "token-of-bob", method, params(id)).await;
        let missing = send(&service, "token-of-bob", method, params(&unknown)).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
        assert_eq!(refused.to_string().replace(id, &unknown), missing.to_string());
    }
    let seen = send(&service, "other-token-of-ann", "tasks/get", json!({ "taskId": id })).await;
    assert_eq!(seen["result"]["status"], "working", "{seen}");
}
