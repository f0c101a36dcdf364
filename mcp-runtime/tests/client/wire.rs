//! The listener of all messages.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::Direction::{self, Received, Sent};
use mcp_runtime::client::{Client, ClientBuilder};
use mcp_runtime::protocol::ElicitResult;
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, text, text_of};
use crate::trickle::{HttpServer, Reply, event};

type Seen = Arc<Mutex<Vec<(Direction, Value)>>>;

fn observed<T>(builder: ClientBuilder<T>, seen: &Seen) -> ClientBuilder<T> {
    let seen = Arc::clone(seen);
    builder.on_message(move |direction, text| {
        seen.lock().unwrap().push((direction, serde_json::from_str(text).unwrap()));
    })
}

/// Directions and methods; responses have none.
fn outline(seen: &Seen) -> Vec<(Direction, String)> {
    let seen = seen.lock().unwrap();
    let method = |message: &Value| message["method"].as_str().unwrap_or("response").to_owned();
    seen.iter().map(|(direction, message)| (*direction, method(message))).collect()
}

fn expected(messages: &[(Direction, &str)]) -> Vec<(Direction, String)> {
    messages.iter().map(|(direction, method)| (*direction, (*method).to_owned())).collect()
}

#[tokio::test]
async fn messages_of_a_pipe_are_seen_in_both_directions() {
    let seen = Seen::default();
    let (mut peer, client) = Peer::legacy(|builder| {
        observed(builder, &seen).on_form(|_| async { ElicitResult::accept(serde_json::Map::new()) })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.elicit(
            "q",
            json!({ "message": "?", "requestedSchema": { "type": "object", "properties": {} } }),
        )
        .await;
        assert_eq!(peer.receive().await["id"], "q");
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
    assert_eq!(
        outline(&seen),
        expected(&[
            (Sent, "initialize"),
            (Received, "response"),
            (Sent, "notifications/initialized"),
            (Sent, "tools/call"),
            (Received, "elicitation/create"),
            (Sent, "response"),
            (Received, "response"),
        ])
    );
}

#[tokio::test]
async fn messages_over_http_are_seen_whatever_carries_them() {
    let seen = Seen::default();
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "tools/call" => Reply::events(
            event(&json!({ "jsonrpc": "2.0", "method": "notifications/message",
                "params": { "level": "info", "data": "soon" } }))
                + &event(
                    &json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("done") }),
                ),
        ),
        _ => Reply::error(404, request, -32601, json!({})),
    })
    .await;
    let client = observed(Client::http(&server.url), &seen).connect().await.unwrap();
    client.call("t", ()).await.unwrap();
    client.request::<Value>("x/unknown", json!({})).await.unwrap_err();
    assert_eq!(
        outline(&seen),
        expected(&[
            (Sent, "server/discover"),
            (Received, "response"),
            (Sent, "tools/call"),
            (Received, "notifications/message"),
            (Received, "response"),
            (Sent, "x/unknown"),
            (Received, "response"),
        ])
    );
    assert_eq!(seen.lock().unwrap()[6].1["error"]["code"], -32601);
}
