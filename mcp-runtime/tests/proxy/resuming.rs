//! Subscriptions that the upstream server ends and the gateway opens again.

use std::time::Duration;

use mcp_runtime::client::{Era, Event, Watch};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::peer::Peer;
use crate::scripted::{self, agree};

/// Ends a subscription gracefully.
async fn end(peer: &mut Peer, listening: &Value) {
    peer.answer(listening, json!({ "resultType": "complete" })).await;
}

fn of(listening: &Value, mut params: Value) -> Value {
    params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": listening["id"] });
    params
}

#[tokio::test(start_paused = true)]
async fn what_is_watched_is_watched_again() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Modern), |it| it).await;
        let server = async {
            let listening = peer.expect("subscriptions/listen").await;
            agree(&mut peer, &listening).await;
            listening
        };
        let watching = client.subscribe(Watch::new().resource("x://up/a"));
        let (changes, mut listening) = tokio::join!(watching, server);
        let mut changes = changes.unwrap();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            end(&mut peer, &listening).await;
            let ended = Instant::now();
            listening = peer.expect("subscriptions/listen").await;
            pauses.push(ended.elapsed().as_secs());
            let wanted = &listening["params"]["notifications"];
            assert_eq!(*wanted, json!({ "resourceSubscriptions": ["x://a"] }), "{ours:?}");
            agree(&mut peer, &listening).await;
            // It may have changed in between.
            let event = changes.next().await.unwrap().unwrap();
            assert_eq!(event, Event::Resource("x://up/a".into()), "{ours:?}");
        }
        // Virtual time: subscriptions that end immediately are opened again with pauses.
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60], "{ours:?}");
        let updated = of(&listening, json!({ "uri": "x://a" }));
        peer.notify("notifications/resources/updated", updated).await;
        let event = changes.next().await.unwrap().unwrap();
        assert_eq!(event, Event::Resource("x://up/a".into()), "{ours:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_watched_is_tried_again() {
    for ours in [Era::Modern, Era::Legacy] {
        let (mut peer, client) = scripted::connected((ours, Era::Modern), |it| it).await;
        let server = async {
            let listening = peer.expect("subscriptions/listen").await;
            peer.refuse(&listening, -32603, Value::Null).await;
            let listening = peer.expect("subscriptions/listen").await;
            agree(&mut peer, &listening).await;
        };
        let watching = async {
            let mut changes = client.subscribe(Watch::new().resource("x://up/a")).await.unwrap();
            changes.next().await.unwrap().unwrap()
        };
        let (event, ()) = tokio::join!(watching, server);
        assert_eq!(event, Event::Resource("x://up/a".into()), "{ours:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_offered_is_followed_again() {
    for ours in [Era::Modern, Era::Legacy] {
        let eras = (ours, Era::Modern);
        let (mut peer, client, listening) = scripted::connected_and_subscribed(eras, |it| it).await;
        let mut changes = client.subscribe(Watch::new().tools()).await.unwrap();
        end(&mut peer, &listening).await;
        let listening = peer.expect("subscriptions/listen").await;
        let lists = listening["params"]["notifications"]["toolsListChanged"].clone();
        assert_eq!(lists, true, "{ours:?}");
        agree(&mut peer, &listening).await;
        scripted::list(&mut peer, "other").await;
        assert_eq!(changes.next().await.unwrap().unwrap(), Event::Tools);
        let tools = client.tools().all().await.unwrap();
        assert_eq!(tools[0].name, "up_other", "{ours:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_agrees_again_holds_up_nothing() {
    let eras = (Era::Modern, Era::Modern);
    let (mut peer, client, listening) = scripted::connected_and_subscribed(eras, |it| it).await;
    end(&mut peer, &listening).await;
    peer.expect("subscriptions/listen").await;
    let server = async {
        let listening = peer.expect("subscriptions/listen").await;
        agree(&mut peer, &listening).await;
    };
    let watching = client.subscribe(Watch::new().resource("x://up/a"));
    let started = Instant::now();
    let (changes, ()) = tokio::join!(watching, server);
    drop(changes.unwrap());
    assert!(started.elapsed() < Duration::from_secs(1));
    client.close().await;
    while !peer.is_closed().await {}
}
