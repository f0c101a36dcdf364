//! Forms whose answers do not fit: they are asked again, in both eras alike.

use mcp_runtime::elicit::{AskError, AskErrorKind, Elicited};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, TestClientBuilder, assert_text};
use serde_json::{Value, json};

use crate::kit::{Outcome, clients_with};
use crate::wire::{RawClient, text};

#[derive(Elicit)]
struct Size {
    /// Size in centimetres
    #[elicit(min = 1, max = 9)]
    size: u8,
}

fn outcome(answer: Result<Elicited<Size>, AskError>) -> String {
    match answer {
        Ok(Elicited::Accepted(Size { size })) => size.to_string(),
        Ok(_) => "nothing".into(),
        Err(error) if error.kind() == AskErrorKind::Invalid => format!("invalid: {error}"),
        Err(error) => error.to_string(),
    }
}

/// Ask for two sizes.
#[tool]
async fn sizes(cx: &Context) -> String {
    let first = outcome(cx.elicit::<Size>("Which size?").key("size").await);
    let second = outcome(cx.elicit::<Size>("And the other?").await);
    format!("{first}, {second}")
}

fn server() -> Server {
    Server::new("sizes", "1.0").with::<sizes>()
}

/// Messages of the questions, in order.
fn messages(client: &TestClient) -> Vec<String> {
    let asked = client.asked().into_iter();
    asked.map(|question| question.params["message"].as_str().unwrap().to_owned()).collect()
}

const REASON: &str = "The last answer does not fit: `size`: expected an integer from 1 to 9, got";

#[tokio::test]
async fn the_reason_is_in_the_message() -> Outcome {
    let script = |builder: TestClientBuilder| {
        builder
            .answers("Which size?", json!({ "size": "ten" }))
            .answers("got \"ten\"", json!({ "size": 10 }))
            .answers("got 10", json!({ "size": 4 }))
            .answers("And the other?", json!({ "size": 5 }))
    };
    for client in clients_with(server, script).await? {
        assert_text(&client.call("sizes", ()).await?, "4, 5");
        let first = "Which size?".to_owned();
        let second = format!("Which size?\n\n{REASON} \"ten\"");
        let third = format!("Which size?\n\n{REASON} 10");
        assert_eq!(messages(&client), [first, second, third, "And the other?".into()]);
    }
    Ok(())
}

#[tokio::test]
async fn a_form_is_asked_again_five_times() -> Outcome {
    let script = |builder: TestClientBuilder| {
        builder.answers("Which size?", json!({})).answers("And the other?", json!({ "size": 5 }))
    };
    for client in clients_with(server, script).await? {
        let result = client.call("sizes", ()).await?;
        let missing = "`size`: missing, expected an integer from 1 to 9";
        let invalid = format!("invalid: the client's answer does not fit: {missing}");
        assert_text(&result, &format!("{invalid}, 5"));
        // Once, and five times again; the next question is one of its own.
        assert_eq!(messages(&client).len(), 7, "{:?}", messages(&client));
    }
    Ok(())
}

#[tokio::test]
async fn whoever_is_asked_again_may_decline() -> Outcome {
    let script = |builder: TestClientBuilder| {
        builder
            .answers("Which size?", json!({ "size": 0 }))
            .declines("does not fit")
            .cancels("And the other?")
    };
    for client in clients_with(server, script).await? {
        assert_text(&client.call("sizes", ()).await?, "nothing, nothing");
        assert_eq!(messages(&client).len(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn answers_in_every_wrong_form_are_asked_for_again() {
    for wrong in [
        json!({ "action": "accept" }),
        json!({ "action": "accept", "content": null }),
        json!({ "action": "accept", "content": "big" }),
        json!({ "action": "accept", "content": [] }),
        json!({ "action": "shrug" }),
        json!({}),
        json!(7),
        json!(null),
    ] {
        let mut client = RawClient::in_session(server()).await;
        client.call("sizes").await;
        let first = client.receive().await;
        answer(&mut client, &first, &wrong).await;
        let again = client.receive().await;
        assert_eq!(again["method"], "elicitation/create", "{wrong}: {again}");
        assert_ne!(again["id"], first["id"], "{wrong}");
        assert_eq!(again["params"]["requestedSchema"], first["params"]["requestedSchema"]);
        let message = again["params"]["message"].as_str().unwrap();
        assert!(message.starts_with("Which size?\n\nThe last answer does not fit: "), "{message}");
        assert!(!message.contains(" column "), "{message}");
        // What is not accepted needs no content that fits.
        answer(&mut client, &again, &json!({ "action": "decline", "content": "no" })).await;
        let other = client.receive().await;
        answer(&mut client, &other, &json!({ "action": "cancel", "content": [] })).await;
        assert_eq!(text(&client.receive().await), "nothing, nothing");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again() {
    let mut client = RawClient::in_session(server()).await;
    client.call("sizes").await;
    let first = client.receive().await;
    let content = r#"{"action":"accept","content":{"size":"\ud800"}}"#;
    client.send(format!(r#"{{"jsonrpc":"2.0","id":{},"result":{content}}}"#, first["id"])).await;
    let again = client.receive().await;
    let message = again["params"]["message"].as_str().unwrap();
    assert!(message.contains("surrogate"), "{message}");
    answer(&mut client, &again, &json!({ "action": "accept", "content": { "size": 3 } })).await;
    assert_eq!(client.receive().await["params"]["message"], "And the other?");
}

async fn answer(client: &mut RawClient, question: &Value, result: &Value) {
    let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
    client.send(response.to_string()).await;
}
