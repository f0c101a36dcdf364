//! Servers made of parts, over a pipe and within an application.

#![allow(missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mcp_tests::http::HttpServer;
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

/// A modern request of a client that supports the extension of the example.
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
        // Nobody is an administrator on a pipe.
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
    // What was read before the end of the input is still handled.
    server.send(&draft("aaaa"));
    let (rest, code) = server.close();
    assert_eq!(rest[0]["params"]["data"], "a draft of 4 bytes");
    assert_eq!(code, Some(0));
}

/// Sends a request and reads the whole response.
fn exchange(server: &HttpServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn an_application_has_routes_of_its_own() {
    let server = HttpServer::start("axum_app");
    let head = format!("host: {}\r\nconnection: close\r\n", server.address);
    let response = exchange(&server, &format!("GET / HTTP/1.1\r\n{head}\r\n"));
    assert!(response.contains("an application with an MCP endpoint"), "{response}");

    let body = Era::Modern.call(1, "whoami", json!({})).to_string();
    let call = |authorization: &str| {
        format!(
            "POST /mcp HTTP/1.1\r\n{head}{authorization}content-type: application/json\r\n\
             accept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\n\
             mcp-method: tools/call\r\nmcp-name: whoami\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let response = exchange(&server, &call(""));
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    let response = exchange(&server, &call("authorization: Bearer open sesame\r\n"));
    assert!(response.contains(r#""text":"ali""#), "{response}");
}
