//! Composed servers, over stdio and inside an axum application.

#![allow(missing_docs)]

use mcp_tests::http::{HttpServer, Response};
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

/// A modern request of a client that supports the example's extension.
fn with_undo(id: i64, method: &str, params: Value) -> Value {
    let mut request = Era::Modern.request(id, method, params);
    request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({ "extensions": { "com.example/undo": {} } });
    request
}

#[test]
fn parts_are_listed_and_called_under_their_prefix() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("mounted", era);
        let list = server.ask(&era.request(1, "tools/list", json!({})));
        let tools = list["result"]["tools"].as_array().unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        // No caller over stdio has the scope `admin`.
        assert_eq!(names, ["add", "notes_write", "notes_read"]);
        assert_eq!(text(&server.ask(&era.call(2, "add", json!({ "a": 2, "b": 3 })))), "5");
        let answer = server.ask(&era.call(3, "notes_write", json!({ "text": "x" })));
        assert_eq!(text(&answer), "there are 1 notes");
        let answer = server.ask(&era.call(4, "notes_admin_clear", json!({})));
        assert_eq!(answer["error"]["code"], -32602);
        let answer = server.ask(&era.call(5, "notes_read", json!({})));
        assert_eq!(text(&answer), r#"["x"]"#);
        server.errors.wait_for("tools/call notes_read: ");
    }
}

#[test]
fn an_extension_works_over_a_pipe() {
    let mut server = StdioServer::open("mounted", Era::Modern);
    let discovered = server.ask(&Era::Modern.request(1, "server/discover", json!({})));
    let extensions = &discovered["result"]["capabilities"]["extensions"];
    assert_eq!(extensions["com.example/undo"]["depth"], 100);
    server.ask(&Era::Modern.call(2, "notes_write", json!({ "text": "x" })));
    let answer = server.ask(&Era::Modern.request(3, "com.example/undo", json!({ "steps": 1 })));
    assert_eq!(answer["error"]["code"], -32021);
    let answer = server.ask(&with_undo(4, "com.example/undo", json!({ "steps": 1 })));
    assert_eq!(answer["result"]["left"], 0);
    let answer = server.ask(&with_undo(5, "com.example/undo", json!({ "steps": -1 })));
    assert_eq!(answer["error"]["code"], -32602);
}

#[test]
fn notifications_of_an_extension_are_handled_in_their_order() {
    let mut server = StdioServer::open("mounted", Era::Legacy);
    let draft = |text: &str| {
        let params = json!({ "text": text });
        json!({ "jsonrpc": "2.0", "method": "notifications/com.example/draft", "params": params })
    };
    for text in ["a", "aa", "aaa"] {
        server.send(&draft(text));
    }
    for count in 1..=3 {
        let message = server.answer();
        assert_eq!(message["params"]["data"], format!("a draft of {count} bytes"));
    }
    // Messages received before the end of input are handled.
    server.send(&draft("aaaa"));
    let (rest, code) = server.close();
    assert_eq!(rest[0]["params"]["data"], "a draft of 4 bytes");
    assert_eq!(code, Some(0));
}

/// Calls a tool of the application with this authorization.
fn call(server: &HttpServer, authorization: &str, tool: &str, params: Value) -> Response {
    let mut message = Era::Modern.call(1, tool, params["arguments"].clone());
    if let Some(token) = params.get("progressToken") {
        message["params"]["_meta"]["progressToken"] = token.clone();
    }
    let headers = format!(
        "{authorization}mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\n\
         mcp-name: {tool}\r\n"
    );
    server.send("/mcp", "POST", &headers, Some(&message))
}

const PASSWORD: &str = "authorization: Bearer open sesame\r\n";

#[test]
fn an_application_has_routes_of_its_own() {
    let server = HttpServer::start("axum_app");
    let response = server.send("/", "GET", "", None).text();
    assert!(response.contains("an application with an MCP endpoint"), "{response}");
    let response = call(&server, "", "whoami", json!({}));
    assert!(response.head.starts_with("http/1.1 401"), "{}", response.head);
    let response = call(&server, PASSWORD, "whoami", json!({})).text();
    assert!(response.contains(r#""text":"ali""#), "{response}");
}

#[test]
fn an_application_does_not_wait_for_ever() {
    let server = HttpServer::start("axum_app");
    let wait = json!({ "arguments": { "seconds": 60 } });
    let response = call(&server, PASSWORD, "wait", wait);
    assert!(response.head.starts_with("http/1.1 503"), "{}", response.head);
    // A progress notification starts the response, so the timeout does not apply any more.
    let wait = json!({ "arguments": { "seconds": 3 }, "progressToken": 1 });
    let mut response = call(&server, PASSWORD, "wait", wait);
    assert!(response.head.starts_with("http/1.1 200"), "{}", response.head);
    for progress in [0.5, 1.5, 2.5] {
        assert_eq!(response.next_message().unwrap()["params"]["progress"], progress);
    }
    let answer = response.next_message().unwrap();
    assert_eq!(text(&answer), "waited for 3 s");
}
