//! Requests that stand alone.

use mcp_runtime::http::McpService;
use serde_json::{Value, json};

use crate::client::{Answer, Draft, MODERN, modern_message};
use crate::site::mounted;

async fn send(draft: Draft) -> Answer {
    draft.send(&mounted().service).await
}

async fn check(draft: Draft, status: u16, code: i64) {
    let answer = send(draft).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{answer:?}");
    assert_eq!(answer.json()["id"], 1, "{answer:?}");
}

#[tokio::test]
async fn a_call_is_answered_as_json() {
    let answer = send(Draft::call("add", json!({ "a": 2, "b": 3 }))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text_result(), "5");
    assert_eq!(answer.json()["result"]["resultType"], "complete");
    assert!(answer.headers.get("mcp-session-id").is_none());
}

#[tokio::test]
async fn a_session_id_means_nothing() {
    let draft = Draft::call("add", json!({ "a": 2, "b": 3 })).with("mcp-session-id", "unknown");
    assert_eq!(send(draft).await.status, 200);
}

#[tokio::test]
async fn a_handler_sees_the_headers() {
    let draft = Draft::call("whoami", json!({})).with("user-agent", "tests");
    let draft = draft.by(mcp_runtime::Principal::new("ann"));
    assert_eq!(send(draft).await.text_result(), r#"Some("ann") tests"#);
}

fn discover(meta: Value) -> Draft {
    let message = json!({
        "jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": { "_meta": meta },
    });
    Draft::post(message).with("mcp-protocol-version", MODERN).with("mcp-method", "server/discover")
}

fn meta(version: &str) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

#[tokio::test]
async fn discovery_needs_version_and_capabilities_but_no_client_info() {
    let mut without_version = meta(MODERN);
    without_version.as_object_mut().unwrap().remove("io.modelcontextprotocol/protocolVersion");
    let mut without_capabilities = meta(MODERN);
    without_capabilities
        .as_object_mut()
        .unwrap()
        .remove("io.modelcontextprotocol/clientCapabilities");
    check(discover(json!({})), 400, -32602).await;
    check(discover(without_version.clone()), 400, -32602).await;
    check(discover(without_capabilities), 400, -32602).await;
    // Also where not even a header says what era it is.
    check(discover(json!({})).without("mcp-protocol-version"), 400, -32602).await;
    let answer = send(discover(meta(MODERN))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["result"]["supportedVersions"], json!([MODERN]));
}

#[tokio::test]
async fn what_is_missing_goes_before_what_differs_before_what_is_not_spoken() {
    let unknown = "v999.0.0";
    check(discover(json!({})).with("mcp-method", "other"), 400, -32602).await;
    check(discover(meta(unknown)), 400, -32020).await;
    check(discover(meta(MODERN)).with("mcp-protocol-version", unknown), 400, -32020).await;
    check(discover(meta(MODERN)).without("mcp-protocol-version"), 400, -32020).await;
    let answer = send(discover(meta(unknown)).with("mcp-protocol-version", unknown)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, -32022));
    let data = &answer.json()["error"]["data"];
    assert_eq!(*data, json!({ "supported": [MODERN], "requested": unknown }));
    // A revision that is spoken, but not this way.
    let legacy = discover(meta("2025-11-25")).with("mcp-protocol-version", "2025-11-25");
    check(legacy, 400, -32022).await;
}

#[tokio::test]
async fn methods_of_other_revisions_are_not_found() {
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "unknown/method",
        "tasks/list",
    ] {
        check(Draft::modern(method, json!({})), 404, -32601).await;
    }
}

#[tokio::test]
async fn errors_of_handlers_have_the_status_of_their_kind() {
    check(Draft::call("demand", json!({})), 400, -32021).await;
    check(Draft::call("unknown", json!({})), 200, -32602).await;
    check(Draft::call("fail", json!({})), 200, -32603).await;
    let answer = send(Draft::call("fail", json!({}))).await;
    assert!(!answer.body.contains("secret"), "{answer:?}");
}

#[tokio::test]
async fn headers_repeat_the_body() {
    let add = || Draft::call("add", json!({ "a": 2, "b": 3 }));
    check(add().with("mcp-method", "tools/list"), 400, -32020).await;
    check(add().with("mcp-method", "TOOLS/CALL"), 400, -32020).await;
    check(add().without("mcp-method"), 400, -32020).await;
    check(add().with("mcp-name", "sub"), 400, -32020).await;
    check(add().without("mcp-name"), 400, -32020).await;
    check(Draft::modern("tools/list", json!({})).without("mcp-method"), 400, -32020).await;
    let padded = add().without("mcp-name").with("MCP-NAME", "  add  ");
    assert_eq!(send(padded).await.text_result(), "5");
    let wrapped = add().with("mcp-name", "=?base64?YWRk?=");
    assert_eq!(send(wrapped).await.text_result(), "5");
}

#[tokio::test]
async fn headers_repeat_marked_arguments() {
    async fn accept(region: &str, arguments: Value) {
        let draft = Draft::call("route", arguments).with("mcp-param-region", region);
        assert_eq!(send(draft).await.status, 200, "{region}");
    }
    async fn refuse(region: &str, arguments: Value) {
        let draft = Draft::call("route", arguments).with("mcp-param-region", region);
        check(draft, 400, -32020).await;
    }
    let hello = || json!({ "region": "Hello" });
    accept("Hello", hello()).await;
    accept("=?base64?SGVsbG8=?=", hello()).await;
    accept("SGVsbG8=?=", json!({ "region": "SGVsbG8=?=" })).await;
    accept("=?base64?SGVsbG8=", json!({ "region": "=?base64?SGVsbG8=" })).await;
    refuse("=?base64?SGVsbG8?=", hello()).await;
    refuse("=?base64?SGVs!!!bG8=?=", hello()).await;
    refuse("Other", hello()).await;
    refuse("Hello", json!({})).await;
    check(Draft::call("route", hello()), 400, -32020).await;
    let both = Draft::call("route", json!({ "region": null, "count": 42 }));
    assert_eq!(send(both.with("mcp-param-count", "42.0")).await.text_result(), "None Some(42)");
}

#[tokio::test]
async fn what_headers_repeat_is_said_once() {
    let add = || Draft::call("add", json!({ "a": 2, "b": 3 }));
    let name = r#""name":"add""#;
    check(add().instead(name, r#""name":"add","name":"fail""#), 200, -32602).await;
    let arguments = r#""arguments":{"a":2,"b":3}"#;
    let twice = format!(r#"{arguments},"arguments":{{"a":0,"b":0}}"#);
    check(add().instead(arguments, &twice), 200, -32602).await;
    let route = Draft::call("route", json!({ "region": "Hello" }));
    let region = r#""region":"Hello""#;
    let route = route.instead(region, r#""region":"Hello","region":"Other""#);
    check(route.with("mcp-param-region", "Hello"), 400, -32020).await;
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    async fn check_raw(service: &McpService, body: &str, status: u16, code: i64, id: Value) {
        let draft = Draft::post(body).with("mcp-protocol-version", MODERN);
        let answer = draft.send(service).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{body} {answer:?}");
        assert_eq!(answer.json()["id"], id, "{body}");
    }
    let service = mounted().service;
    check_raw(&service, "", 400, -32700, Value::Null).await;
    check_raw(&service, "{", 400, -32700, Value::Null).await;
    check_raw(&service, r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, 400, -32700, json!(1))
        .await;
    check_raw(&service, &"[".repeat(100_000), 400, -32700, Value::Null).await;
    check_raw(&service, "7", 400, -32600, Value::Null).await;
    check_raw(&service, r#"{"id":"x","method":"ping"}"#, 400, -32600, json!("x")).await;
    let twice = r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}"#;
    check_raw(&service, twice, 400, -32600, json!(1)).await;
    let batch = format!("[{}]", modern_message("tools/list", json!({})));
    check_raw(&service, &batch, 400, -32600, Value::Null).await;
    check_raw(&service, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, 400, -32600, Value::Null).await;
}

#[tokio::test]
async fn notifications_are_taken() {
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {} });
    let answer = send(Draft::post(&body).with("mcp-protocol-version", MODERN)).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""));
    check_unknown_version(Draft::post(&body).with("mcp-protocol-version", "v999")).await;
}

async fn check_unknown_version(draft: Draft) {
    let answer = send(draft).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, -32022), "{answer:?}");
}
