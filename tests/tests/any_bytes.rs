//! Fuzz test: no sequence of bytes over stdio or in a POST body makes a server panic, hang or exit.

#![allow(missing_docs)]

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mcp_tests::http::HttpServer;
use mcp_tests::process::TEST_TIMEOUT;
use mcp_tests::stdio::{Era, StdioServer, initialize};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// Valid messages of both eras, from which invalid ones are derived.
fn messages() -> Vec<Value> {
    let mut messages = vec![
        initialize("2025-11-25"),
        initialize("2025-03-26"),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 3 } }),
        json!({ "jsonrpc": "2.0", "id": 3, "result": { "roots": [] } }),
    ];
    for era in Era::BOTH {
        messages.push(era.call(1, "add", json!({ "a": 1, "b": -2 })));
        messages.push(era.call("two", "echo", json!({ "text": "ä\n\"\u{1f600}" })));
        messages.push(era.call(3, "fail", json!({})));
        messages.push(era.request(4, "tools/list", json!({ "cursor": "x" })));
        messages.push(era.request(5, "logging/setLevel", json!({ "level": "debug" })));
        messages.push(era.request(6, "server/discover", json!({})));
    }
    messages
}

/// A replacement for a part of a message.
fn part() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        Just(json!([])),
        Just(json!({ "a": { "b": [1, "2", null] } })),
        select(messages()),
    ]
}

/// Replaces or removes a part of a message.
fn replace(message: &mut Value, path: &[Index], part: Option<Value>) {
    let Some((first, rest)) = path.split_first() else {
        *message = part.unwrap_or_default();
        return;
    };
    match message {
        Value::Object(members) if !members.is_empty() => {
            let key = members.keys().nth(first.index(members.len())).cloned().unwrap_or_default();
            match (&part, rest) {
                (None, []) => drop(members.remove(&key)),
                _ => replace(&mut members[&key], rest, part),
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let place = first.index(elements.len());
            replace(&mut elements[place], rest, part);
        }
        other => *other = part.unwrap_or_default(),
    }
}

/// A message with one part replaced: valid JSON, but usually an invalid message.
fn restructured() -> impl Strategy<Value = Vec<u8>> {
    let path = prop::collection::vec(any::<Index>(), 0..4);
    (select(messages()), path, prop::option::of(part())).prop_map(|(mut message, path, part)| {
        replace(&mut message, &path, part);
        message.to_string().into_bytes()
    })
}

/// A message with some bytes changed.
fn scratched() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), any::<u8>(), 0..4_u8);
    (select(messages()), prop::collection::vec(edit, 1..6)).prop_map(|(message, edits)| {
        let mut bytes = message.to_string().into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match kind {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

fn any_input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![restructured(), scratched(), prop::collection::vec(any::<u8>(), 0..300)]
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

#[test]
fn on_a_pipe() {
    let server = RefCell::new(StdioServer::start("torture"));
    let count = RefCell::new(0_u32);
    let mut runner = proptest::test_runner::TestRunner::new(config(1500));
    let outcome = runner.run(&prop::collection::vec(any_input(), 1..4), |lines| {
        let mut server = server.borrow_mut();
        for line in lines {
            server.send_line(line);
        }
        let mark = format!("mark {}", count.replace_with(|count| *count + 1));
        server.send(&Era::Modern.call(mark.as_str(), "add", json!({ "a": 20, "b": 22 })));
        // Responses to earlier input may come first. Anything else is not JSON and fails.
        let answer = loop {
            let answer = server.answer();
            if answer["id"] == mark.as_str() {
                break answer;
            }
        };
        prop_assert_eq!(&answer["result"]["structuredContent"], &json!(42));
        Ok(())
    });
    outcome.unwrap();
    let server = server.into_inner();
    let errors = server.errors.clone();
    assert_eq!(server.close().1, Some(0));
    assert!(!errors.text().contains("panicked"), "{}", errors.text());
}

/// Sends a POST on a new connection, and returns the status.
fn post(server: &HttpServer, headers: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let length = body.len();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    status.and_then(|digits| digits.parse().ok()).unwrap_or_else(|| {
        panic!("no status in {:?}", String::from_utf8_lossy(&answer));
    })
}

#[test]
fn in_the_body_of_a_post() {
    let server = HttpServer::start("torture");
    let headers = prop_oneof![
        Just(String::new()),
        Just(
            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: add\r\n"
                .to_owned()
        ),
        Just("MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: none\r\n".to_owned()),
        "[a-zA-Z0-9 =?./-]{0,20}".prop_map(|value| format!("MCP-Protocol-Version: {value}\r\n")),
    ];
    let mut runner = proptest::test_runner::TestRunner::new(config(1000));
    let outcome = runner.run(&(headers, any_input()), |(headers, body)| {
        let status = post(&server, &headers, &body);
        prop_assert!((200..500).contains(&status), "status {}", status);
        Ok(())
    });
    outcome.unwrap();
    let call = Era::Modern.call(1, "add", json!({ "a": 1, "b": 2 })).to_string();
    let headers = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: add\r\n";
    assert_eq!(post(&server, headers, call.as_bytes()), 200);
    let errors = server.errors.clone();
    assert_eq!(server.signal("TERM"), Some(0));
    assert!(!errors.text().contains("panicked"), "{}", errors.text());
}
