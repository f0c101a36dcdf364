//! Requirements of the specification for clients, sentence by sentence.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::{ClientBuilder, Error, NO_ARGUMENTS, Stream};
use mcp_runtime::protocol::{CompletionReference, CreateMessageResult, ElicitAction, ElicitResult};
use serde_json::{Value, json};

use crate::peer::{Peer, text, text_of};

/// Configures a client that answers forms and no other questions.
fn takes_forms(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    builder.on_form(|_| async { ElicitResult::new(ElicitAction::Decline) })
}

/// Sends a question in a session and returns the response.
async fn ask(
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    method: &str,
    params: Value,
) -> Value {
    let (mut peer, client) = Peer::legacy(configure).await;
    peer.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
    let answer = peer.receive().await;
    drop(client);
    answer
}

fn url(url: &str) -> Value {
    json!({ "mode": "url", "message": "Go", "elicitationId": "1", "url": url })
}

#[tokio::test]
async fn a_modern_server_gets_no_response_not_even_to_a_ping() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        peer.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await;
        let asked = peer.expect("tools/call").await;
        peer.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" })).await;
        peer.answer(&asked, text("one")).await;
        // The next message of the client is the next request.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("two")).await;
    };
    let ask = async { (text_of(client.call("t", ()).await), text_of(client.call("t", ()).await)) };
    let (results, ()) = tokio::join!(ask, server);
    assert_eq!(results, ("one".to_owned(), "two".to_owned()));
}

#[tokio::test]
async fn a_result_of_an_unknown_type_is_invalid_whatever_was_asked() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        for _ in 0..2 {
            let asked = peer.receive().await;
            let result = json!({
                "resultType": "unheard_of", "tools": [], "completion": { "values": [] },
                "ttlMs": 1000, "cacheScope": "public",
            });
            peer.answer(&asked, result).await;
        }
        let asked = peer.expect("tools/list").await;
        peer.answer(&asked, json!({ "resultType": "complete", "tools": [] })).await;
    };
    let ask = async {
        let listed = client.tools().all().await;
        assert!(matches!(listed, Err(Error::Protocol { .. })), "{listed:?}");
        let reference = CompletionReference::prompt("p");
        let completed = client.complete(reference, "a", "", NO_ARGUMENTS).await;
        assert!(matches!(completed, Err(Error::Protocol { .. })), "{completed:?}");
        // It is not cached either.
        client.tools().all().await.unwrap();
    };
    tokio::join!(ask, server);
}

#[tokio::test]
async fn a_mode_of_asking_that_was_not_declared_is_a_wrong_parameter() {
    let answer = ask(takes_forms, "elicitation/create", url("https://example.com")).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let answer = ask(|builder| builder, "elicitation/create", url("https://example.com")).await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
}

#[tokio::test]
async fn a_model_is_given_tools_only_where_that_was_declared() {
    let samples = |builder: ClientBuilder<Stream>| {
        builder.on_sample(|_| async { CreateMessageResult::text("m", "Hello") })
    };
    let params = |added: Value| {
        let mut params = json!({
            "messages": [{ "role": "user", "content": { "type": "text", "text": "Hi" } }],
            "maxTokens": 10,
        });
        params.as_object_mut().unwrap().extend(added.as_object().cloned().unwrap());
        params
    };
    let tools = json!({ "tools": [{ "name": "t", "inputSchema": { "type": "object" } }] });
    let choice = json!({ "toolChoice": { "mode": "auto" } });
    for added in [&tools, &choice] {
        let answer = ask(samples, "sampling/createMessage", params(added.clone())).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        let declared = |builder| samples(builder).sampling_tools(true);
        let answer = ask(declared, "sampling/createMessage", params(added.clone())).await;
        assert_eq!(answer["result"]["model"], "m", "{answer}");
    }
}

#[tokio::test]
async fn a_user_is_sent_to_pages_of_the_web_only() {
    let agrees = |builder: ClientBuilder<Stream>| {
        builder.on_url(|_| async { ElicitResult::new(ElicitAction::Accept) })
    };
    for fine in ["https://example.com/a?b", "http://localhost:1/"] {
        let answer = ask(agrees, "elicitation/create", url(fine)).await;
        assert_eq!(answer["result"]["action"], "accept", "{fine}: {answer}");
    }
    let others = ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "no URL", ""];
    for other in others {
        let answer = ask(agrees, "elicitation/create", url(other)).await;
        assert_eq!(answer["error"]["code"], -32602, "{other}: {answer}");
    }
}

#[tokio::test]
async fn only_the_end_of_a_known_errand_is_heard_of_and_once() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let (mut peer, client) = Peer::legacy(move |builder| {
        builder
            .on_url(|_| async { ElicitResult::new(ElicitAction::Accept) })
            .on_url_done(move |done| kept.lock().unwrap().push(done.elicitation_id))
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let params = url("https://example.com");
        peer.elicit(1, params).await;
        peer.receive().await;
        for id in ["unknown", "1", "1"] {
            peer.notify("notifications/elicitation/complete", json!({ "elicitationId": id })).await;
        }
        let needed = json!({ "elicitations": [
            { "mode": "url", "message": "Go", "elicitationId": "2", "url": "https://example.com" },
        ] });
        peer.refuse(&asked, -32042, needed).await;
        let asked = peer.expect("tools/call").await;
        peer.notify("notifications/elicitation/complete", json!({ "elicitationId": "2" })).await;
        peer.answer(&asked, text("done")).await;
    };
    let ask = async {
        client.call("t", ()).await.unwrap_err();
        client.call("t", ()).await.unwrap();
    };
    tokio::join!(ask, server);
    assert_eq!(*heard.lock().unwrap(), ["1", "2"]);
}
