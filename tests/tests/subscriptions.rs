//! Subscriptions to the clock of the example, over stdio and HTTP, in both eras.

#![allow(missing_docs)]

use mcp_tests::http::{HttpServer, Response};
use mcp_tests::stdio::{Era, StdioServer, initialize};
use serde_json::{Value, json};

const URI: &str = "clock://now";
const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// The request that subscribes to the clock.
fn watch(era: Era) -> Value {
    match era {
        Era::Legacy => era.request("watch", "resources/subscribe", json!({ "uri": URI })),
        Era::Modern => {
            let filter = json!({ "notifications": { "resourceSubscriptions": [URI] } });
            era.request("watch", "subscriptions/listen", filter)
        }
    }
}

/// The notification of an update.
fn updated(era: Era) -> Value {
    let mut params = json!({ "uri": URI });
    if era == Era::Modern {
        params["_meta"] = json!({ SUBSCRIPTION: "watch" });
    }
    json!({ "jsonrpc": "2.0", "method": "notifications/resources/updated", "params": params })
}

/// The response to a request. Notifications before it are skipped.
fn answer(server: &mut StdioServer, era: Era, request: &Value) -> Value {
    server.send(request);
    loop {
        let message = server.answer();
        if message["id"] == request["id"] {
            return message;
        }
        assert_eq!(message, updated(era));
    }
}

fn hour(server: &mut StdioServer, era: Era) -> i64 {
    let read = era.request("read", "resources/read", json!({ "uri": URI }));
    let answer = answer(server, era, &read);
    let text = answer["result"]["contents"][0]["text"].as_str().unwrap().to_owned();
    let numbers: Vec<i64> = text.split(':').map(|number| number.parse().unwrap()).collect();
    assert!(matches!(numbers[..], [0..24, 0..60, 0..60]), "{text}");
    numbers[0]
}

#[test]
fn the_clock_is_watched_over_a_pipe() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("subscriptions", era);
        let begun = server.ask(&watch(era));
        match era {
            Era::Legacy => assert_eq!(begun["result"], json!({})),
            Era::Modern => assert_eq!(begun["params"]["_meta"][SUBSCRIPTION], "watch"),
        }
        // The clock changes repeatedly.
        assert_eq!([server.answer(), server.answer()], [updated(era), updated(era)]);
        let before = hour(&mut server, era);
        let set = era.call("set", "set_zone", json!({ "hours": 6 }));
        assert!(answer(&mut server, era, &set)["result"]["isError"].is_null());
        assert_eq!(server.answer(), updated(era));
        let ahead = (hour(&mut server, era) - before).rem_euclid(24);
        assert!(matches!(ahead, 6 | 7), "{ahead}");
        let (rest, code) = server.close();
        assert_eq!(code, Some(0));
        let ends: Vec<_> = rest.iter().filter(|message| **message != updated(era)).collect();
        match era {
            Era::Legacy => assert!(ends.is_empty(), "{rest:?}"),
            Era::Modern => {
                assert_eq!(ends.len(), 1, "{rest:?}");
                assert_eq!(ends[0]["id"], "watch");
                assert!(ends[0]["result"].is_object());
            }
        }
    }
}

fn post(server: &HttpServer, session: &str, message: &Value) -> Response {
    let method = message["method"].as_str().unwrap();
    let headers = match session {
        "" => format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n"),
        session => format!("mcp-session-id: {session}\r\n"),
    };
    server.send("/mcp", "POST", &headers, Some(message))
}

/// Subscribes, and returns the stream with the notifications.
fn watched(server: &HttpServer, era: Era) -> Response {
    match era {
        Era::Legacy => {
            let opened = server.send("/mcp", "POST", "", Some(&initialize("2025-11-25")));
            let session = opened.header("mcp-session-id").unwrap().to_owned();
            let stream =
                server.send("/mcp", "GET", &format!("mcp-session-id: {session}\r\n"), None);
            let answer = post(server, &session, &watch(era)).text();
            assert!(answer.contains(r#""result":{}"#), "{answer}");
            stream
        }
        Era::Modern => {
            let mut stream = post(server, "", &watch(era));
            let first = stream.next_message().unwrap();
            assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
            stream
        }
    }
}

#[test]
fn the_clock_is_watched_over_http_until_the_server_ends() {
    for era in Era::BOTH {
        let server = HttpServer::start("subscriptions");
        let mut stream = watched(&server, era);
        assert_eq!(stream.next_message(), Some(updated(era)));
        assert_eq!(stream.next_message(), Some(updated(era)));
        assert_eq!(server.signal("TERM"), Some(0));
        let mut last = stream.next_message();
        while last == Some(updated(era)) {
            last = stream.next_message();
        }
        match era {
            Era::Legacy => assert_eq!(last, None),
            Era::Modern => {
                assert_eq!(last.map(|message| message["id"].clone()), Some(json!("watch")));
                assert_eq!(stream.next_message(), None);
            }
        }
    }
}
