//! Questions of a server: requests in a session, results that ask for input otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::{CallOutcome, ClientBuilder, Continuation, Error, Stream};
use mcp_runtime::protocol::{CallToolResult, ElicitAction, ElicitResult, InputResponses};
use serde_json::{Value, json};

use crate::peer::{Peer, text, text_of};

fn form() -> Value {
    json!({ "message": "Really?", "requestedSchema": { "type": "object", "properties": {
        "sure": { "type": "boolean", "default": true },
        "name": { "type": "string" },
    } } })
}

fn asks(state: Option<&str>) -> Value {
    let mut result = json!({
        "resultType": "input_required",
        "inputRequests": { "confirm": { "method": "elicitation/create", "params": form() } },
    });
    if let Some(state) = state {
        result["requestState"] = json!(state);
    }
    result
}

fn agrees(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    builder.on_form(|form| async move {
        assert_eq!(form.message, "Really?");
        let content = json!({ "name": "Ann" });
        ElicitResult::accept(content.as_object().cloned().unwrap_or_default())
    })
}

#[tokio::test]
async fn a_session_asks_by_itself() {
    let (mut peer, client) = Peer::legacy(agrees).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.elicit("q", form()).await;
        let answer = peer.receive().await;
        assert_eq!(answer["id"], "q");
        // Fields that the handler left out take their defaults.
        let content = json!({ "name": "Ann", "sure": true });
        assert_eq!(answer["result"], json!({ "action": "accept", "content": content }));
        peer.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await;
        assert_eq!(peer.receive().await["result"], json!({}));
        peer.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "roots/list" })).await;
        assert_eq!(peer.receive().await["error"]["code"], -32601);
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
}

/// Sends a message when it is dropped.
struct Told(tokio::sync::mpsc::UnboundedSender<&'static str>, &'static str);

impl Drop for Told {
    fn drop(&mut self) {
        // Fails if the test has failed.
        let _ = self.0.send(self.1);
    }
}

#[tokio::test]
async fn who_is_asked_is_not_waited_for_when_the_connection_has_ended() {
    for ended_by_server in [true, false] {
        let (says, mut said) = tokio::sync::mpsc::unbounded_channel();
        let (mut peer, client) = Peer::legacy(|builder| {
            builder.on_form(move |_| {
                let gone = Told(says.clone(), "gone");
                let _ = says.send("asked");
                async move {
                    let _gone = gone;
                    std::future::pending::<ElicitResult>().await
                }
            })
        })
        .await;
        peer.elicit("q", form()).await;
        assert_eq!(said.recv().await, Some("asked"));
        if ended_by_server {
            drop(peer);
        } else {
            client.close().await;
        }
        // The client still works.
        let gone = tokio::time::timeout(Duration::from_secs(30), said.recv()).await;
        assert_eq!(gone.expect("the user is still asked"), Some("gone"));
        assert!(client.is_closed());
    }
}

#[tokio::test]
async fn results_that_ask_are_answered_and_tried_again() {
    let (mut peer, client) = Peer::modern(agrees).await;
    let server = async {
        let first = peer.expect("tools/call").await;
        let capabilities = &first["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        assert_eq!(*capabilities, json!({ "elicitation": { "form": {} } }));
        let state = "opaque \" state, {with} \\ everything";
        peer.answer(&first, asks(Some(state))).await;
        let second = peer.expect("tools/call").await;
        assert_ne!(first["id"], second["id"]);
        assert_eq!(second["params"]["requestState"], state);
        assert_eq!(second["params"]["arguments"], json!({ "a": 1 }));
        let answer = &second["params"]["inputResponses"]["confirm"];
        assert_eq!(answer["content"], json!({ "name": "Ann", "sure": true }));
        // A question without a state is answered without one.
        peer.answer(&second, asks(None)).await;
        let third = peer.expect("tools/call").await;
        assert!(third["params"].get("requestState").is_none());
        peer.answer(&third, text("done")).await;
        let unrelated = peer.expect("tools/call").await;
        assert!(unrelated["params"].get("inputResponses").is_none());
        peer.answer(&unrelated, text("other")).await;
    };
    let ask = async {
        let result = text_of(client.call("t", json!({ "a": 1 })).await);
        (result, text_of(client.call("u", ()).await))
    };
    let (results, ()) = tokio::join!(ask, server);
    assert_eq!(results, ("done".to_owned(), "other".to_owned()));
}

#[tokio::test]
async fn a_server_that_never_stops_asking_is_stopped() {
    let (mut peer, client) = Peer::modern(|builder| agrees(builder).max_rounds(2)).await;
    let server = async {
        for _ in 0..3 {
            let asked = peer.expect("tools/call").await;
            peer.answer(&asked, asks(None)).await;
        }
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(matches!(result, Err(Error::TooManyRounds { answered: 2, .. })));
}

#[tokio::test]
async fn a_question_nobody_handles_is_an_error_of_this_client() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, asks(None)).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(matches!(result, Err(Error::Handler(_))), "{result:?}");
}

#[tokio::test]
async fn a_call_can_be_finished_by_hand_and_elsewhere() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, asks(Some("state"))).await;
        let again = peer.expect("tools/call").await;
        assert_eq!(again["params"]["name"], "t");
        assert_eq!(again["params"]["arguments"], json!({ "a": 1 }));
        assert_eq!(again["params"]["requestState"], "state");
        assert_eq!(
            again["params"]["inputResponses"],
            json!({ "confirm": { "action": "decline" } })
        );
        peer.answer(&again, text("done")).await;
    };
    let ask = async {
        let CallOutcome::InputRequired(waiting) =
            client.call("t", json!({ "a": 1 })).by_hand().await.unwrap()
        else {
            panic!("it did not ask");
        };
        assert_eq!(waiting.input_requests.len(), 1);
        let written = serde_json::to_string(&waiting).unwrap();
        let read: Continuation = serde_json::from_str(&written).unwrap();
        let declined = ElicitResult::new(ElicitAction::Decline);
        let answers =
            InputResponses::from([("confirm".to_owned(), serde_json::to_value(declined).unwrap())]);
        match client.resume::<CallToolResult>(&read, &answers).await.unwrap() {
            CallOutcome::Complete(result) => text_of(Ok(result)),
            _ => "asked again".to_owned(),
        }
    };
    let (result, ()) = tokio::join!(ask, server);
    assert_eq!(result, "done");
}

#[tokio::test]
async fn dropping_a_call_ends_the_handler_that_answers_for_it() {
    struct Ended(Arc<AtomicUsize>);

    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let ended = Arc::new(AtomicUsize::new(0));
    let (started, mut begun) = tokio::sync::mpsc::channel(1);
    let counted = Arc::clone(&ended);
    let (mut peer, client) = Peer::modern(move |builder| {
        builder.on_form(move |_| {
            let (guard, started) = (Ended(Arc::clone(&counted)), started.clone());
            async move {
                started.send(()).await.unwrap();
                let _guard = guard;
                std::future::pending::<ElicitResult>().await
            }
        })
    })
    .await;
    let call = tokio::spawn(client.call("t", ()).into_future());
    let asked = peer.expect("tools/call").await;
    peer.answer(&asked, asks(None)).await;
    begun.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    while ended.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_user_thinks_the_server_is_not_late() {
    let (mut peer, client) = Peer::legacy(|builder| {
        builder.idle_timeout(Duration::from_secs(1)).on_form(|_| async {
            tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(30)).await;
            ElicitResult::new(ElicitAction::Decline)
        })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.elicit(1, form()).await;
        assert_eq!(peer.receive().await["result"], json!({ "action": "decline" }));
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
}

#[tokio::test]
async fn a_modern_server_that_asks_by_itself_is_not_answered() {
    let (mut peer, client) = Peer::modern(agrees).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.elicit(1, form()).await;
        peer.answer(&asked, text("done")).await;
        // The next message of the client is the next request.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("more")).await;
    };
    let ask = async { (text_of(client.call("t", ()).await), text_of(client.call("t", ()).await)) };
    let (results, ()) = tokio::join!(ask, server);
    assert_eq!(results, ("done".to_owned(), "more".to_owned()));
}

/// Configures a client whose handler accepts forms with a content.
fn accepts(content: Value) -> impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    move |builder| {
        builder.on_form(move |_| {
            let content = content.as_object().cloned().unwrap_or_default();
            std::future::ready(ElicitResult::accept(content))
        })
    }
}

fn numbers() -> Value {
    json!({ "message": "Really?", "requestedSchema": {
        "type": "object",
        "properties": { "text": { "type": "integer" }, "day": { "type": "string", "format": "date" } },
        "required": ["text"],
    } })
}

const MISFITS: [(&str, &str); 4] = [
    (r#"{"text":"abc"}"#, "`content.text`: expected an integer, got \"abc\""),
    (r#"{"text":null}"#, "text"),
    ("{}", "text"),
    (r#"{"text":1,"day":"tomorrow"}"#, "`content.day`: expected a date"),
];

#[tokio::test]
async fn an_answer_that_does_not_fit_its_form_is_not_sent() {
    for (content, part) in MISFITS {
        let content: Value = serde_json::from_str(content).unwrap();
        let (mut peer, client) = Peer::legacy(accepts(content.clone())).await;
        peer.elicit("q", numbers()).await;
        let answer = peer.receive().await;
        assert_eq!(answer["error"]["code"], -32603, "{content}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{content}: {message}");
        drop(client);
        let (mut peer, client) = Peer::modern(accepts(content.clone())).await;
        let server = async {
            let asked = peer.expect("tools/call").await;
            let question = json!({ "method": "elicitation/create", "params": numbers() });
            let requests = json!({ "q": question });
            let result = json!({ "resultType": "input_required", "inputRequests": requests });
            peer.answer(&asked, result).await;
        };
        let (outcome, ()) = tokio::join!(client.call("t", ()).into_future(), server);
        let Err(Error::Handler(error)) = outcome else { panic!("{content}: {outcome:?}") };
        assert!(error.message.contains(part), "{content}: {error}");
    }
}

#[tokio::test]
async fn a_field_of_null_is_left_out() {
    let content = json!({ "text": 5, "day": null });
    let (mut peer, client) = Peer::legacy(accepts(content)).await;
    peer.elicit("q", numbers()).await;
    let answer = peer.receive().await;
    assert_eq!(answer["result"], json!({ "action": "accept", "content": { "text": 5 } }));
    drop(client);
}
