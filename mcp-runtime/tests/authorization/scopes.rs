//! Scopes that components require of an access token.

use mcp_runtime::authorization::Auth;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::site::{Answer, call, send_body};

/// Delete a file.
#[tool(scopes("files:read", "files:write"))]
async fn delete(name: String) -> String {
    name
}

fn service() -> McpService {
    let tokens = [
        ("nothing", Principal::new("eve")),
        ("reads", Principal::new("ann").scoped(["files:read"])),
        ("writes", Principal::new("bob").scoped(["files:read", "files:write"])),
    ];
    let auth = Auth::static_tokens(tokens).required_scopes(["files:read"]).allow_in_service();
    Server::new("files", "1").with::<delete>().require_auth(auth).into_service().unwrap()
}

async fn send(token: &str, method: &str, params: Value) -> Answer {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut request = call().header("authorization", format!("Bearer {token}"));
    let headers = request.headers_mut().unwrap();
    headers.insert("mcp-method", method.parse().unwrap());
    match params["name"].as_str() {
        Some(name) => headers.insert("mcp-name", name.parse().unwrap()),
        None => headers.remove("mcp-name"),
    };
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    send_body(&service(), request, &body).await
}

#[tokio::test]
async fn a_token_without_the_scopes_of_a_tool_is_challenged() {
    let call = json!({ "name": "delete", "arguments": { "name": "a" } });
    let refused = send("reads", "tools/call", call.clone()).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let challenge = refused.challenge();
    assert!(challenge.starts_with(r#"Bearer error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="files:read files:write""#), "{challenge}");
    let error = &refused.json()["error"];
    assert_eq!(error["data"]["requiredScopes"], json!(["files:read", "files:write"]));
    let served = send("writes", "tools/call", call).await;
    assert_eq!(served.json()["result"]["content"][0]["text"], "a", "{served:?}");
}

#[tokio::test]
async fn one_challenge_names_all_scopes_that_a_call_needs() {
    let delete = json!({ "name": "delete", "arguments": { "name": "a" } });
    for (method, params, scopes) in [
        ("tools/call", delete.clone(), "files:read files:write"),
        ("tools/call", json!({ "name": "unknown" }), "files:read"),
        ("tools/call", json!({}), "files:read"),
        ("tools/list", json!({}), "files:read"),
    ] {
        let refused = send("nothing", method, params).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        let challenge = refused.challenge();
        assert!(challenge.contains(&format!(r#" scope="{scopes}""#)), "{method}: {challenge}");
    }
    // A message of the other era, and bodies that are none.
    let legacy = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": delete });
    for (body, scopes) in [
        (legacy.clone(), "files:read files:write"),
        (json!([legacy]), "files:read"),
        (json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }), "files:read"),
        (json!("no message"), "files:read"),
    ] {
        let request = call().header("authorization", "Bearer nothing");
        let refused = send_body(&service(), request, &body).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(refused.challenge().contains(&format!(r#" scope="{scopes}""#)), "{refused:?}");
    }
}

#[tokio::test]
async fn lists_depend_on_the_token() {
    for (token, expected) in [("reads", 0), ("writes", 1)] {
        let listed = send(token, "tools/list", json!({})).await;
        assert_eq!(listed.json()["result"]["tools"].as_array().unwrap().len(), expected);
        assert_eq!(listed.json()["result"]["cacheScope"], "private");
    }
}
