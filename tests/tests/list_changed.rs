//! Tools added and removed at runtime, and the notifications over stdio.

#![allow(missing_docs)]

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

fn trigger(server: &mut StdioServer, id: &str) {
    server.send(&Era::Modern.call(id, "test_trigger_tool_change", json!({})));
}

/// The next message with this member. Others may arrive before it.
fn wait_for(server: &mut StdioServer, member: &str, value: &str) -> Value {
    loop {
        let message = server.answer();
        if message[member] == value {
            return message;
        }
    }
}

fn next_change(server: &mut StdioServer) -> Value {
    wait_for(server, "method", "notifications/tools/list_changed")
}

fn names(server: &mut StdioServer) -> Vec<String> {
    server.send(&Era::Modern.request("list", "tools/list", json!({})));
    let list = wait_for(server, "id", "list");
    let tools = list["result"]["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_legacy_session_hears_of_every_change() {
    let mut server = StdioServer::open("conformance_server", Era::Legacy);
    trigger(&mut server, "first");
    let notification = next_change(&mut server);
    assert!(notification["params"][SUBSCRIPTION].is_null());
    trigger(&mut server, "second");
    next_change(&mut server);
}

#[test]
fn a_subscription_receives_its_notifications_under_its_id() {
    let mut server = StdioServer::open("conformance_server", Era::Modern);
    let listen = |id: &str, tools: bool| {
        Era::Modern.request(
            id,
            "subscriptions/listen",
            json!({ "notifications": { "toolsListChanged": tools } }),
        )
    };
    let acknowledged = server.ask(&listen("deaf", false));
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(acknowledged["params"]["notifications"], json!({}));
    let acknowledged = server.ask(&listen("keen", true));
    assert_eq!(acknowledged["params"]["_meta"][SUBSCRIPTION], "keen");
    assert_eq!(acknowledged["params"]["notifications"], json!({ "toolsListChanged": true }));

    let before = names(&mut server);
    trigger(&mut server, "first");
    let notification = next_change(&mut server);
    assert_eq!(notification["params"]["_meta"][SUBSCRIPTION], "keen");
    let after = names(&mut server);
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[..before.len()], before, "what is there keeps its place");

    server.send(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "keen" },
    }));
    trigger(&mut server, "second");
    wait_for(&mut server, "id", "second");
    assert!(server.answers_before_ping().is_empty());

    let (rest, code) = server.close();
    assert_eq!(code, Some(0));
    let ended: Vec<_> = rest.iter().map(|message| &message["id"]).collect();
    assert_eq!(ended, ["deaf"], "a listener is notified of the end: {rest:?}");
}

#[test]
fn prompt_changes_are_announced_to_subscribers() {
    for (era, meta) in [(Era::Legacy, json!({})), (Era::Modern, json!({ SUBSCRIPTION: "keen" }))] {
        let mut server = StdioServer::open("conformance_server", era);
        if era == Era::Modern {
            let filter = json!({ "notifications": { "promptsListChanged": true } });
            server.ask(&era.request("keen", "subscriptions/listen", filter));
        }
        let names = |server: &mut StdioServer| {
            server.send(&era.request("list", "prompts/list", json!({})));
            wait_for(server, "id", "list")["result"]["prompts"].as_array().unwrap().len()
        };
        let before = names(&mut server);
        for expected in [before + 1, before] {
            server.send(&era.call("change", "test_trigger_prompt_change", json!({})));
            let notification =
                wait_for(&mut server, "method", "notifications/prompts/list_changed");
            let found_meta = notification["params"].get("_meta").cloned().unwrap_or(json!({}));
            assert_eq!(found_meta, meta, "{notification}");
            assert_eq!(names(&mut server), expected);
        }
    }
}

#[test]
fn messages_keep_their_order() {
    let mut server = StdioServer::start("conformance_server");
    let mut call = Era::Legacy.call("call", "test_tool_with_logging", json!({}));
    call["params"]["_meta"] = json!({ "progressToken": 1 });
    // All lines are sent in one write, so nothing has been written when the tool runs.
    let lines = [
        mcp_tests::stdio::initialize("2025-11-25"),
        json!({ "jsonrpc": "2.0", "id": "ping", "method": "ping" }),
        call,
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    server.send_bytes(lines);
    assert_eq!(server.answer()["id"], "open");
    assert_eq!(server.answer()["id"], "ping");
    assert_eq!(server.answer()["method"], "notifications/message");
}
