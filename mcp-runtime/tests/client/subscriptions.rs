//! Changes as one stream, in both eras.

use std::time::Duration;

use mcp_runtime::client::{Client, Error, Event, Watch};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered};
use crate::trickle::{HttpServer, Reply, event};

fn of(id: &Value, mut params: Value) -> Value {
    params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": id });
    params
}

#[tokio::test]
async fn a_modern_server_is_listened_to() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let watch = Watch::new().tools().resource("a:b").resource("dir/");
    let server = async {
        let asked = peer.expect("subscriptions/listen").await;
        let wanted = json!({ "toolsListChanged": true, "resourceSubscriptions": ["a:b", "dir/"] });
        assert_eq!(asked["params"]["notifications"], wanted);
        let id = &asked["id"];
        let agreed = json!({ "notifications": { "toolsListChanged": true } });
        peer.notify("notifications/subscriptions/acknowledged", of(id, agreed)).await;
        peer.notify("notifications/tools/list_changed", of(id, json!({}))).await;
        peer.notify("notifications/prompts/list_changed", of(id, json!({}))).await;
        for uri in ["a:bc", "a:b", "a:b/c", "a:b?c", "a:b#c", "a:", "dir/e"] {
            peer.notify("notifications/resources/updated", of(id, json!({ "uri": uri }))).await;
        }
        peer.answer(&asked, json!({ "resultType": "complete" })).await;
    };
    let listen = async {
        let mut watching = client.subscribe(watch).await.unwrap();
        assert_eq!(watching.agreed().tools_list_changed, Some(true));
        let mut seen = Vec::new();
        while let Some(event) = watching.next().await {
            seen.push(event.unwrap());
        }
        seen
    };
    let (seen, ()) = tokio::join!(listen, server);
    let parts = ["a:b", "a:b/c", "a:b?c", "a:b#c", "dir/e"].map(|uri| Event::Resource(uri.into()));
    assert_eq!(seen[0], Event::Tools);
    assert_eq!(seen[1..], parts);
}

#[tokio::test]
async fn dropping_a_subscription_ends_it() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("subscriptions/listen").await;
        let agreed = of(&asked["id"], json!({ "notifications": {} }));
        peer.notify("notifications/subscriptions/acknowledged", agreed).await;
        let cancelled = peer.expect("notifications/cancelled").await;
        assert_eq!(cancelled["params"]["requestId"], asked["id"]);
    };
    let listen = async { drop(client.subscribe(Watch::lists()).await.unwrap()) };
    tokio::join!(listen, server);
}

#[tokio::test]
async fn who_does_not_read_is_told_that_something_was_missed() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("subscriptions/listen").await;
        let agreed = of(&asked["id"], json!({ "notifications": {} }));
        peer.notify("notifications/subscriptions/acknowledged", agreed).await;
        for _ in 0..1000 {
            peer.notify("notifications/tools/list_changed", of(&asked["id"], json!({}))).await;
        }
        let pinged = peer.expect("server/discover").await;
        peer.answer(&pinged, crate::peer::discovered()).await;
    };
    let listen = async {
        let mut watching = client.subscribe(Watch::lists()).await.unwrap();
        client.ping().await.unwrap();
        watching.next().await.unwrap().unwrap()
    };
    let (first, ()) = tokio::join!(listen, server);
    assert_eq!(first, Event::Missed);
}

#[tokio::test]
async fn what_waits_for_a_reader_is_bounded_by_its_size_too() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let long = |number: u32| format!("a:/{number}{}", "x".repeat(1 << 20));
    let server = async {
        let asked = peer.expect("subscriptions/listen").await;
        let agreed = of(&asked["id"], json!({ "notifications": {} }));
        peer.notify("notifications/subscriptions/acknowledged", agreed).await;
        for number in 0..20 {
            let changed = of(&asked["id"], json!({ "uri": long(number) }));
            peer.notify("notifications/resources/updated", changed).await;
        }
        let pinged = peer.expect("server/discover").await;
        peer.answer(&pinged, crate::peer::discovered()).await;
        peer.answer(&asked, json!({ "resultType": "complete" })).await;
    };
    let listen = async {
        let mut watching = client.subscribe(Watch::new().resource("a:")).await.unwrap();
        client.ping().await.unwrap();
        let mut seen = Vec::new();
        while let Some(event) = watching.next().await {
            seen.push(event.unwrap());
        }
        seen
    };
    let (seen, ()) = tokio::join!(listen, server);
    assert!(seen[0] == Event::Missed && seen.len() < 10, "{} wait", seen.len());
    assert!(*seen.last().unwrap() == Event::Resource(long(19)), "the newest is lost");
}

#[tokio::test]
async fn a_change_that_is_too_long_to_wait_for_readers_is_missed() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let asked = peer.expect("resources/subscribe").await;
        peer.answer(&asked, json!({})).await;
        let uri = format!("a:b/{}", "x".repeat(1 << 20));
        peer.notify("notifications/resources/updated", json!({ "uri": uri })).await;
    };
    let listen = async {
        let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
        watching.next().await.unwrap().unwrap()
    };
    let (heard, ()) = tokio::join!(listen, server);
    assert!(heard == Event::Missed, "all of it waits");
}

#[tokio::test]
async fn a_session_is_subscribed_to_once_for_each_resource() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let asked = peer.expect("resources/subscribe").await;
        assert_eq!(asked["params"], json!({ "uri": "a:b" }));
        peer.answer(&asked, json!({})).await;
        let pinged = peer.expect("ping").await;
        peer.notify("notifications/resources/updated", json!({ "uri": "a:b" })).await;
        peer.notify("notifications/resources/updated", json!({ "uri": "other:x" })).await;
        peer.notify("notifications/tools/list_changed", json!({})).await;
        peer.answer(&pinged, json!({})).await;
        let asked = peer.expect("resources/unsubscribe").await;
        assert_eq!(asked["params"], json!({ "uri": "a:b" }));
        peer.answer(&asked, json!({})).await;
    };
    let listen = async {
        let mut one = client.subscribe(Watch::new().resource("a:b").tools()).await.unwrap();
        let mut two = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
        client.ping().await.unwrap();
        let first = one.next().await.unwrap().unwrap();
        let second = one.next().await.unwrap().unwrap();
        let other = two.next().await.unwrap().unwrap();
        drop(one);
        drop(two);
        [first, second, other]
    };
    let (seen, ()) = tokio::join!(listen, server);
    let updated = Event::Resource("a:b".into());
    assert_eq!(seen, [updated.clone(), Event::Tools, updated]);
}

#[tokio::test]
async fn the_end_of_the_connection_is_the_end_of_the_subscription() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let mut watching = client.subscribe(Watch::lists()).await.unwrap();
    peer.notify("notifications/prompts/list_changed", json!({})).await;
    assert_eq!(watching.next().await.unwrap().unwrap(), Event::Prompts);
    drop(peer);
    let end = tokio::time::timeout(Duration::from_secs(30), watching.next()).await.unwrap();
    assert!(matches!(end, Some(Err(Error::Closed(_)))));
    assert!(watching.next().await.is_none());
}

#[tokio::test]
async fn who_subscribes_beside_one_who_is_refused_asks_for_itself() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let first = peer.expect("resources/subscribe").await;
        peer.refuse(&first, -32603, json!(null)).await;
        let second = peer.expect("resources/subscribe").await;
        peer.answer(&second, json!({})).await;
        peer.notify("notifications/resources/updated", json!({ "uri": "a:b" })).await;
    };
    let watch = Watch::new().resource("a:b");
    let both = async {
        let (one, two) = tokio::join!(client.subscribe(watch.clone()), client.subscribe(watch));
        assert!(matches!(one, Err(Error::Remote(_))), "{one:?}");
        two.unwrap().next().await.unwrap().unwrap()
    };
    let all = async { tokio::join!(both, server).0 };
    let heard = tokio::time::timeout(Duration::from_secs(30), all).await.expect("nobody asks");
    assert_eq!(heard, Event::Resource("a:b".into()));
}

#[tokio::test]
async fn who_subscribes_right_after_the_end_of_a_subscription_is_subscribed() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let mut is_subscribed = false;
        loop {
            let asked = peer.receive().await;
            match asked["method"].as_str().unwrap() {
                "resources/subscribe" => is_subscribed = true,
                "resources/unsubscribe" => is_subscribed = false,
                _ => {
                    peer.answer(&asked, json!({})).await;
                    return is_subscribed;
                }
            }
            peer.answer(&asked, json!({})).await;
        }
    };
    let listen = async {
        let watch = Watch::new().resource("a:b");
        drop(client.subscribe(watch.clone()).await.unwrap());
        let second = client.subscribe(watch).await.unwrap();
        // The end of the first subscription has been sent by then.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        client.ping().await.unwrap();
        drop(second);
    };
    let ((), is_subscribed) = tokio::join!(listen, server);
    assert!(is_subscribed);
}

#[tokio::test]
async fn a_stream_that_is_cut_now_and_then_is_opened_as_often() {
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        _ => {
            let agreed = of(&request.body["id"], json!({ "notifications": {} }));
            let method = "notifications/subscriptions/acknowledged";
            let message = json!({ "jsonrpc": "2.0", "method": method, "params": agreed });
            Reply::events(event(&message))
        }
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    let mut watching = client.subscribe(Watch::lists()).await.unwrap();
    for cut in 0..7 {
        assert_eq!(watching.next().await.unwrap().unwrap(), Event::Missed, "after {cut}");
    }
}

#[tokio::test]
async fn who_watches_too_waits_until_the_server_agrees() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let watch = || client.subscribe(Watch::new().resource("a:b"));
    let mut first = std::pin::pin!(watch());
    let asked = tokio::select! {
        _ = &mut first => panic!("nobody has agreed"),
        asked = peer.expect("resources/subscribe") => asked,
    };
    let refusals = async {
        peer.refuse(&asked, -32002, Value::Null).await;
        let asked = peer.expect("resources/subscribe").await;
        peer.refuse(&asked, -32002, Value::Null).await;
    };
    let (first, second, ()) = tokio::join!(first, watch(), refusals);
    assert!(first.is_err() && second.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_no_farewell_is_left_all_the_same() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let watch = (0..100).fold(Watch::new(), |watch, n| watch.resource(format!("a:{n}")));
    let agree = async {
        for _ in 0..100 {
            let asked = peer.expect("resources/subscribe").await;
            peer.answer(&asked, json!({})).await;
        }
    };
    let (watching, ()) = tokio::join!(client.subscribe(watch), agree);
    let started = tokio::time::Instant::now();
    drop((watching.unwrap(), client));
    while !peer.is_closed().await {}
    // Time is virtual here, and passes only while every task waits.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}
