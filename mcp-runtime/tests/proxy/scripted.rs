//! A gateway to an upstream server whose messages are scripted.

use mcp_runtime::Server;
use mcp_runtime::client::{Client, ClientBuilder, Era, Stream};
use mcp_runtime::gateway::Proxy;
use serde_json::{Value, json};

use crate::gateway::connect;
use crate::peer::{Peer, discovered, initialized};

/// Capabilities of the scripted server.
fn capabilities() -> Value {
    json!({ "tools": {}, "resources": { "subscribe": true }, "logging": {} })
}

/// A server with the tool `t` and the resources `x://a` and `x://b`, and a client of the gateway
/// that offers it under the prefix `up`.
pub(crate) async fn connected(
    eras: (Era, Era),
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
) -> (Peer, Client) {
    let (peer, client, _) = connected_and_subscribed(eras, configure).await;
    (peer, client)
}

/// Like [`connected`], with the request that subscribes to its lists.
pub(crate) async fn connected_and_subscribed(
    (ours, theirs): (Era, Era),
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
) -> (Peer, Client, Value) {
    let (mut peer, builder) = Peer::new();
    let builder = builder.era(theirs).forward_questions(true);
    let proxy = async { Proxy::of(builder.connect().await.unwrap()).await.unwrap().prefix("up") };
    let (proxy, listening) = tokio::join!(proxy, introduce(&mut peer, theirs));
    let gateway = Server::new("gateway", "1.0.0").proxy(proxy);
    (peer, connect(gateway, ours, configure).await, listening)
}

async fn introduce(peer: &mut Peer, era: Era) -> Value {
    let mut listening = Value::Null;
    if era == Era::Modern {
        let asked = peer.expect("server/discover").await;
        let mut answer = discovered();
        answer["capabilities"] = capabilities();
        peer.answer(&asked, answer).await;
        listening = peer.expect("subscriptions/listen").await;
        agree(peer, &listening).await;
    } else {
        let asked = peer.expect("initialize").await;
        let mut answer = initialized("2025-11-25");
        answer["capabilities"] = capabilities();
        peer.answer(&asked, answer).await;
        peer.expect("notifications/initialized").await;
    }
    list(peer, "t").await;
    listening
}

/// Responds with all lists, with a tool of the given name.
pub(crate) async fn list(peer: &mut Peer, tool: &str) {
    let resources = ["x://a", "x://b"].map(|uri| json!({ "uri": uri, "name": uri }));
    let tool = json!({ "name": tool, "inputSchema": { "type": "object" } });
    for (method, member, items) in [
        ("tools/list", "tools", json!([tool])),
        ("resources/list", "resources", json!(resources)),
        ("resources/templates/list", "resourceTemplates", json!([])),
    ] {
        let asked = peer.expect(method).await;
        let mut result = json!({ "resultType": "complete", "ttlMs": 0, "cacheScope": "private" });
        result[member] = items;
        peer.answer(&asked, result).await;
    }
}

/// Acknowledges a subscription.
pub(crate) async fn agree(peer: &mut Peer, asked: &Value) {
    let agreed = json!({
        "_meta": { "io.modelcontextprotocol/subscriptionId": asked["id"] },
        "notifications": asked["params"]["notifications"],
    });
    peer.notify("notifications/subscriptions/acknowledged", agreed).await;
}
