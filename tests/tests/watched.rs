//! Subscriptions to one resource over stdio, in both eras at once.

#![allow(missing_docs)]

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

const URI: &str = "counter://value";
const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
const UPDATED: &str = "notifications/resources/updated";

/// Calls `count`, and returns the messages up to its response.
fn count(server: &mut StdioServer, era: Era, steps: u64) -> Vec<Value> {
    server.send(&era.call("count", "count", json!({ "steps": steps })));
    let mut received = Vec::new();
    loop {
        let message = server.answer();
        if message["id"] == "count" {
            return received;
        }
        received.push(message);
    }
}

/// The next update. The response to a call may arrive before it.
fn update(server: &mut StdioServer, received: &mut Vec<Value>) -> Value {
    let position = received.iter().position(|message| message["method"] == UPDATED);
    position.map_or_else(|| server.answer(), |position| received.remove(position))
}

fn value(server: &mut StdioServer, era: Era) -> String {
    let answer = server.ask(&era.request("read", "resources/read", json!({ "uri": URI })));
    assert_eq!(answer["id"], "read", "{answer}");
    answer["result"]["contents"][0]["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_session_hears_of_the_resource_it_watches() {
    let mut server = StdioServer::start("watched");
    let opened = server.handshake("2025-11-25");
    let capability = &opened["result"]["capabilities"]["resources"];
    assert_eq!(*capability, json!({ "subscribe": true, "listChanged": true }));
    assert!(count(&mut server, Era::Legacy, 1).is_empty());
    let watch = |id, method| Era::Legacy.request(id, method, json!({ "uri": URI }));
    assert_eq!(server.ask(&watch("on", "resources/subscribe"))["result"], json!({}));
    let mut received = count(&mut server, Era::Legacy, 1);
    let update_message = update(&mut server, &mut received);
    assert_eq!(
        (&update_message["method"], &update_message["params"]),
        (&json!(UPDATED), &json!({ "uri": URI }))
    );
    assert_eq!(value(&mut server, Era::Legacy), "2");
    assert_eq!(server.ask(&watch("off", "resources/unsubscribe"))["result"], json!({}));
    assert!(count(&mut server, Era::Legacy, 3).is_empty());
    assert!(server.answers_before_ping().is_empty());
    let (rest, code) = server.close();
    assert_eq!((rest.len(), code), (0, Some(0)), "{rest:?}");
}

#[test]
fn both_eras_hear_of_the_list_of_resources() {
    for era in Era::BOTH {
        let mut server = StdioServer::open("watched", era);
        if era == Era::Modern {
            let filter = json!({ "notifications": { "resourcesListChanged": true } });
            server.ask(&era.request("keen", "subscriptions/listen", filter));
        }
        let list = json!(["counter://value"]);
        for (tool, expected) in
            [("add", json!(["counter://value", "counter://spare"])), ("remove", list)]
        {
            server.send(&era.call(tool, tool, json!({ "name": "spare" })));
            // The response and the notification arrive in any order.
            let received = [server.answer(), server.answer()];
            let news =
                received.iter().find(|one| one["id"].is_null()).expect("the change is announced");
            assert_eq!(news["method"], "notifications/resources/list_changed", "{era:?}");
            let list = server.ask(&era.request("list", "resources/list", json!({})));
            let resources = list["result"]["resources"].as_array().unwrap();
            let uris: Vec<_> = resources.iter().map(|one| &one["uri"]).collect();
            assert_eq!(json!(uris), expected, "{era:?}");
        }
    }
}

#[test]
fn listeners_hear_of_the_resource_under_their_ids() {
    let mut server = StdioServer::open("watched", Era::Modern);
    let listen = |id: &str, uri: &str| {
        let filter = json!({ "notifications": { "resourceSubscriptions": [uri] } });
        Era::Modern.request(id, "subscriptions/listen", filter)
    };
    for (id, uri) in [("keen", URI), ("other", "counter://none")] {
        let acknowledged = server.ask(&listen(id, uri));
        assert_eq!(acknowledged["params"]["_meta"][SUBSCRIPTION], id);
        let honoured = &acknowledged["params"]["notifications"];
        assert_eq!(*honoured, json!({ "resourceSubscriptions": [uri] }));
    }
    let mut received = count(&mut server, Era::Modern, 1);
    let update_message = update(&mut server, &mut received);
    assert_eq!(update_message["method"], UPDATED);
    assert_eq!(update_message["params"], json!({ "_meta": { SUBSCRIPTION: "keen" }, "uri": URI }));
    server.send(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "keen" },
    }));
    assert!(count(&mut server, Era::Modern, 1).is_empty());
    let (rest, code) = server.close();
    assert_eq!(code, Some(0));
    let ended: Vec<_> = rest.iter().map(|message| &message["id"]).collect();
    assert_eq!(ended, ["other"], "a listener is notified of the end: {rest:?}");
}
