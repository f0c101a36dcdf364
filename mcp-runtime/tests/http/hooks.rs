//! Hooks and the status of an answer.

use mcp_runtime::ProtocolError;
use mcp_runtime::hook::{Hook, HookRequest};
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::json;

use crate::client::{Draft, LEGACY, open};

/// Refuses whoever is called `refused`.
struct Refuse;

impl Hook for Refuse {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        // So that the answer is not there at once.
        tokio::task::yield_now().await;
        if request.principal().subject() == Some("refused") {
            return Err(ProtocolError::invalid_request("not you"));
        }
        Ok(())
    }
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn service() -> McpService {
    Server::new("hooked", "1").with::<add>().hook(Refuse).into_service().unwrap()
}

#[tokio::test]
async fn an_answer_keeps_its_status_and_its_id() {
    let service = service();
    for method in ["unknown", "prompts/list"] {
        assert_eq!(Draft::modern(method, json!({})).send(&service).await.status, 404, "{method}");
    }
    let refused = Draft::modern("tools/list", json!({})).by(Principal::new("refused"));
    assert_eq!(refused.send(&service).await.code(), -32600);
    let session = open(&service, LEGACY).await;
    let params = json!({ "name": "add", "arguments": { "a": 1, "b": 1 } });
    let answer = Draft::in_session(&session, 7, "tools/call", params).send(&service).await;
    assert_eq!((answer.text_result().as_str(), &answer.json()["id"]), ("2", &json!(7)));
}
