//! Subscriptions to resources of an upstream server.

use std::pin::pin;
use std::time::Duration;

use mcp_runtime::Server;
use mcp_runtime::client::{Client, Era, Event, Subscription, Watch};
use mcp_runtime::resource::Resource;
use serde_json::{Value, json};

use crate::gateway::{ERAS, behind, connect, proxy};
use crate::peer::Peer;
use crate::scripted;

fn resource(uri: &str) -> Resource {
    Resource::new(uri, "a resource", async |_cx, _variables| "text")
}

async fn next(changes: &mut Subscription) -> String {
    // Only a failing test reaches this limit.
    match tokio::time::timeout(Duration::from_secs(60), changes.next()).await {
        Ok(Some(Ok(Event::Resource(uri)))) => uri,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn changes_of_resources_are_heard_of() {
    for eras in ERAS {
        let mut upstream =
            Server::new("up", "1").resource(resource("x://a")).resource(resource("x://all/{name}"));
        let handle = upstream.handle();
        let client = behind(upstream, eras, |builder| builder).await;
        let watch = Watch::new().resource("x://up/a").resource("x://up/all/b");
        let mut changes = client.subscribe(watch).await.unwrap();
        // A resource without subscribers.
        handle.resource_updated("x://all/c");
        handle.resource_updated("x://a");
        assert_eq!(next(&mut changes).await, "x://up/a", "{eras:?}");
        handle.resource_updated("x://all/b");
        assert_eq!(next(&mut changes).await, "x://up/all/b", "{eras:?}");
    }
}

#[tokio::test]
async fn a_resource_that_is_not_there_yet_may_be_watched() {
    for eras in ERAS {
        let mut upstream = Server::new("up", "1").resource(resource("x://a"));
        let handle = upstream.handle();
        let client = behind(upstream, eras, |builder| builder).await;
        let mut changes = client.subscribe(Watch::new().resource("x://up/new")).await.unwrap();
        handle.add_resource(resource("x://new")).unwrap();
        // The resource exists now, so the gateway subscribes to it.
        assert_eq!(next(&mut changes).await, "x://up/new", "{eras:?}");
        handle.resource_updated("x://new");
        assert_eq!(next(&mut changes).await, "x://up/new", "{eras:?}");
    }
}

#[tokio::test]
async fn a_resource_of_two_servers_is_watched_where_it_is_read() {
    for (ours, theirs) in ERAS {
        let mut upstream = Server::new("up", "1").resource(resource("x://{name}"));
        let handle = upstream.handle();
        let proxy = mcp_runtime::gateway::Proxy::of(connect(upstream, theirs, |it| it).await)
            .await
            .unwrap();
        let mut gateway = Server::new("gateway", "1").resource(resource("x://own")).proxy(proxy);
        let own = gateway.handle();
        let client = connect(gateway, ours, |it| it).await;
        let watch = Watch::new().resource("x://own").resource("x://theirs");
        let mut changes = client.subscribe(watch).await.unwrap();
        handle.resource_updated("x://own");
        handle.resource_updated("x://theirs");
        assert_eq!(next(&mut changes).await, "x://theirs", "{ours:?} {theirs:?}");
        own.resource_updated("x://own");
        assert_eq!(next(&mut changes).await, "x://own", "{ours:?} {theirs:?}");
    }
}

#[tokio::test]
async fn what_is_filtered_out_is_not_watched() {
    for (ours, theirs) in ERAS {
        let mut upstream =
            Server::new("up", "1").resource(resource("x://a")).resource(resource("x://secret"));
        let handle = upstream.handle();
        let proxy = proxy(upstream, theirs).await.only(|offered| offered.key() != "x://secret");
        let client = connect(Server::new("gateway", "1").proxy(proxy), ours, |it| it).await;
        let watch = Watch::new().resource("x://up/a").resource("x://up/secret");
        let mut changes = client.subscribe(watch).await.unwrap();
        handle.resource_updated("x://secret");
        handle.resource_updated("x://a");
        assert_eq!(next(&mut changes).await, "x://up/a", "{ours:?} {theirs:?}");
    }
}

/// Subscribes to a resource; the upstream server receives a request with the method.
async fn watch(client: &Client, uri: &str, peer: &mut Peer, method: &str) -> (Subscription, Value) {
    let mut subscribing = pin!(client.subscribe(Watch::new().resource(uri)));
    let asked = tokio::select! {
        biased;
        _ = &mut subscribing => panic!("it is watched before the other server has agreed"),
        asked = peer.expect(method) => asked,
    };
    if method == "subscriptions/listen" {
        scripted::agree(peer, &asked).await;
    } else {
        peer.answer(&asked, json!({})).await;
    }
    (subscribing.await.unwrap(), asked)
}

#[tokio::test]
async fn a_session_is_asked_for_what_is_watched_and_for_no_longer() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Legacy), |it| it).await;
        // Not a URI of the upstream server, so it receives no request.
        let _other = client.subscribe(Watch::new().resource("x://up/none")).await.unwrap();
        let (mut a, asked) = watch(&client, "x://up/a", &mut peer, "resources/subscribe").await;
        assert_eq!(asked["params"]["uri"], "x://a");
        let (mut b, asked) = watch(&client, "x://up/b", &mut peer, "resources/subscribe").await;
        assert_eq!(asked["params"]["uri"], "x://b");
        for (changes, uri, expected) in
            [(&mut a, "x://a", "x://up/a"), (&mut b, "x://b/part", "x://up/b")]
        {
            peer.notify("notifications/resources/updated", json!({ "uri": uri })).await;
            assert_eq!(next(changes).await, expected, "{ours:?}");
        }
        for (changes, uri) in [(b, "x://b"), (a, "x://a")] {
            drop(changes);
            let asked = peer.expect("resources/unsubscribe").await;
            assert_eq!(asked["params"]["uri"], uri, "{ours:?}");
            peer.answer(&asked, json!({})).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_stream_tells_of_all_that_is_watched() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Modern), |it| it).await;
        let listen = "subscriptions/listen";
        let wanted = |asked: &Value| asked["params"]["notifications"].clone();
        let (mut a, first) = watch(&client, "x://up/a", &mut peer, listen).await;
        assert_eq!(wanted(&first), json!({ "resourceSubscriptions": ["x://a"] }));
        let (b, second) = watch(&client, "x://up/b", &mut peer, listen).await;
        assert_eq!(wanted(&second), json!({ "resourceSubscriptions": ["x://a", "x://b"] }));
        // Events of the first stream may arrive after the second one is open.
        let update = |asked: &Value| {
            let meta = json!({ "io.modelcontextprotocol/subscriptionId": asked["id"] });
            json!({ "_meta": meta, "uri": "x://a" })
        };
        peer.notify("notifications/resources/updated", update(&first)).await;
        assert_eq!(next(&mut a).await, "x://up/a", "{ours:?}");
        let ended = peer.expect("notifications/cancelled").await;
        assert_eq!(ended["params"]["requestId"], first["id"], "{ours:?}");
        peer.notify("notifications/resources/updated", update(&second)).await;
        assert_eq!(next(&mut a).await, "x://up/a", "{ours:?}");
        drop(b);
        let third = peer.expect(listen).await;
        assert_eq!(wanted(&third), wanted(&first), "{ours:?}");
        scripted::agree(&mut peer, &third).await;
        let ended = peer.expect("notifications/cancelled").await;
        assert_eq!(ended["params"]["requestId"], second["id"], "{ours:?}");
        drop(a);
        let ended = peer.expect("notifications/cancelled").await;
        assert_eq!(ended["params"]["requestId"], third["id"], "{ours:?}");
    }
}

#[tokio::test]
async fn what_a_session_refuses_keeps_nothing_else_from_being_watched() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Legacy), |it| it).await;
        let both = Watch::new().resource("x://up/a").resource("x://up/b");
        let server = async {
            // In a session there is one request per URI.
            let asked = peer.expect("resources/subscribe").await;
            assert_eq!(asked["params"]["uri"], "x://a");
            peer.refuse(&asked, -32002, Value::Null).await;
            let asked = peer.expect("resources/subscribe").await;
            assert_eq!(asked["params"]["uri"], "x://b");
            peer.answer(&asked, json!({})).await;
            peer.notify("notifications/resources/updated", json!({ "uri": "x://b" })).await;
        };
        let (changes, ()) = tokio::join!(client.subscribe(both), server);
        assert_eq!(next(&mut changes.unwrap()).await, "x://up/b", "{ours:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_agree_holds_nobody_up() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Legacy), |it| it).await;
        let mut changes = client.subscribe(Watch::new().resource("x://up/a")).await.unwrap();
        let asked = peer.expect("resources/subscribe").await;
        peer.answer(&asked, json!({})).await;
        // It may have changed before the subscription.
        assert_eq!(next(&mut changes).await, "x://up/a", "{ours:?}");
    }
}
