//! Events while handlers run: cancellation, end of input, panics, output.

#![allow(missing_docs)]

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::json;

fn cancel(id: i64) -> serde_json::Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

#[test]
fn tools_are_listed_and_called_in_both_eras() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("torture", era);
        let list = server.ask(&era.request(1, "tools/list", json!({})));
        let names: Vec<_> = list["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].clone())
            .collect();
        assert_eq!(names, ["add", "echo", "boom", "slow", "fail", "noisy"], "{era:?}");
        let sum = server.ask(&era.call(2, "add", json!({ "a": 2, "b": 3 })));
        assert_eq!(sum["result"]["content"][0]["text"], "5", "{era:?}");
        let structured = if era == Era::Modern { json!(5) } else { json!({ "result": 5 }) };
        assert_eq!(sum["result"]["structuredContent"], structured);
        let fail = server.ask(&era.call(3, "fail", json!({})));
        assert_eq!(fail["result"]["isError"], true, "{fail}");
    }
}

#[test]
fn both_eras_share_one_pipe() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    for (id, era) in [Era::Modern, Era::Legacy, Era::Modern].into_iter().enumerate() {
        let answer = server.ask(&era.call(id, "add", json!({ "a": 1, "b": 1 })));
        assert_eq!(answer["result"]["resultType"].is_string(), era == Era::Modern, "{answer}");
    }
}

#[test]
fn a_cancelled_handler_is_dropped_and_sends_nothing_more() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("torture", era);
        server.send(&era.call(7, "slow", json!({ "ms": 600_000 })));
        server.send(&cancel(7));
        server.errors.wait_for("HANDLER_DROPPED");
        assert!(server.answers_before_ping().is_empty());
        // The id can be used again.
        let again = server.ask(&era.call(7, "add", json!({ "a": 1, "b": 1 })));
        assert_eq!(again["id"], 7);
        assert_eq!(server.close(), (vec![], Some(0)));
    }
}

#[test]
fn answers_come_in_the_order_of_completion() {
    let mut server = StdioServer::open("torture", Era::Modern);
    server.send(&Era::Modern.call(1, "slow", json!({ "ms": 600_000 })));
    let sum = server.ask(&Era::Modern.call(2, "add", json!({ "a": 1, "b": 1 })));
    assert_eq!(sum["id"], 2);
}

#[test]
fn an_id_in_flight_is_not_taken_again() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    server.send(&Era::Legacy.call(1, "slow", json!({ "ms": 50 })));
    server.send(&Era::Legacy.call(1, "add", json!({ "a": 1, "b": 1 })));
    let refused = server.answer();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(1), &json!(-32600)));
    let slow = server.answer();
    assert!(slow["result"]["content"].is_array(), "{slow}");
}

#[test]
fn control_messages_pass_a_thousand_slow_handlers() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    for id in 0..1500 {
        server.send(&Era::Legacy.call(id, "slow", json!({ "ms": 600_000 })));
    }
    // More than may run at once, so some of them wait.
    let pong = server.ask(&json!({ "jsonrpc": "2.0", "id": "ping", "method": "ping" }));
    assert_eq!(pong["id"], "ping");
    for id in 0..1500 {
        server.send(&cancel(id));
    }
    let sum = server.ask(&Era::Legacy.call("sum", "add", json!({ "a": 1, "b": 1 })));
    assert_eq!(sum["id"], "sum");
    assert_eq!(server.close(), (vec![], Some(0)));
}

#[test]
fn a_panic_ends_its_own_call_alone() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("torture", era);
        server.send(&era.call(1, "slow", json!({ "ms": 50 })));
        server.send(&era.call(2, "boom", json!({})));
        let mut answers = [server.answer(), server.answer()];
        answers.sort_by_key(|answer| answer["id"].as_i64());
        let [neighbour, boom] = answers;
        assert!(neighbour["result"].is_object(), "{neighbour}");
        assert_eq!(boom["error"]["code"], -32603);
        assert!(!boom.to_string().contains("secret-path"), "{boom}");
    }
}

#[test]
fn a_stray_print_does_not_reach_the_stream() {
    let mut server = StdioServer::open("torture", Era::Modern);
    let answer = server.ask(&Era::Modern.call(1, "noisy", json!({})));
    assert_eq!(answer["id"], 1);
    let (rest, code) = server.close();
    assert_eq!((rest, code), (vec![], Some(0)));
}

#[test]
fn the_end_of_the_input_leaves_time_to_answer() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    server.send(&Era::Legacy.call(1, "slow", json!({ "ms": 20 })));
    server.send(&Era::Legacy.call(2, "add", json!({ "a": 1, "b": 1 })));
    // The last line may lack its newline.
    server.send_bytes(Era::Legacy.call(3, "add", json!({ "a": 1, "b": 1 })).to_string());
    let (answers, code) = server.close();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!((ids, code), (vec![1, 2, 3], Some(0)));
}

#[test]
fn the_end_of_input_drops_slow_handlers() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    server.send(&Era::Legacy.call(1, "slow", json!({ "ms": 600_000 })));
    let errors = server.errors.clone();
    assert_eq!(server.close(), (vec![], Some(0)));
    errors.wait_for("HANDLER_DROPPED");
}

#[test]
fn sigterm_ends_a_server_as_the_end_of_its_input_does() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    server.send(&Era::Legacy.call(1, "slow", json!({ "ms": 600_000 })));
    assert!(server.answers_before_ping().is_empty());
    let errors = server.errors.clone();
    assert_eq!(server.signal("TERM"), Some(0));
    errors.wait_for("HANDLER_DROPPED");
}
