//! Servers that ask more questions than a client answers at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::protocol::{ElicitAction, ElicitResult};
use serde_json::{Map, Value, json};

use crate::peer::{Peer, text, text_of};

fn form() -> Value {
    json!({ "message": "?", "requestedSchema": { "type": "object", "properties": {} } })
}

#[tokio::test]
async fn questions_of_one_result_are_not_all_answered_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let (mut peer, client) = Peer::modern(move |builder| {
        builder.on_form(move |_| {
            let (now, most) = (Arc::clone(&counted), Arc::clone(&highest));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                ElicitResult::new(ElicitAction::Decline)
            }
        })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let questions: Map<String, Value> = (0..1000)
            .map(|number| {
                let question = json!({ "method": "elicitation/create", "params": form() });
                (format!("q{number}"), question)
            })
            .collect();
        let asking = json!({ "resultType": "input_required", "inputRequests": questions });
        peer.answer(&asked, asking).await;
        let again = peer.expect("tools/call").await;
        assert_eq!(again["params"]["inputResponses"].as_object().unwrap().len(), 1000);
        peer.answer(&again, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
    assert!(most.load(Ordering::SeqCst) <= 32, "{most:?} at once");
}

#[tokio::test]
async fn a_server_that_asks_and_does_not_read_fills_no_memory() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    // More than the buffers on the way to the server hold.
    for number in 0..60_000 {
        peer.send(json!({ "jsonrpc": "2.0", "id": number, "method": "ping" })).await;
    }
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert!(tasks - before <= 100, "{} tasks wait", tasks - before);
    drop(client);
}

#[tokio::test]
async fn a_handler_that_panics_is_an_answer() {
    let (mut peer, client) = Peer::legacy(|builder| {
        builder.on_form(|_| async {
            if true {
                panic!("the handler is broken");
            }
            ElicitResult::new(ElicitAction::Decline)
        })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.elicit(7, form()).await;
        let answer = tokio::time::timeout(Duration::from_secs(30), peer.receive()).await.unwrap();
        assert_eq!(answer["id"], 7);
        assert_eq!(answer["error"]["code"], -32603);
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
}
