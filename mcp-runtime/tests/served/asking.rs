//! Questions to the model and for the roots, and their errors.

use mcp_runtime::client::Error;
use mcp_runtime::elicit::AskError;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{
    TestClientBuilder, assert_failed, assert_json, assert_refused, assert_structured, assert_text,
};
use serde_json::json;

use crate::kit::{Outcome, clients, clients_with, is_modern};

#[derive(Elicit)]
struct Confirm {
    /// Go on
    yes: bool,
}

/// Count the roots.
#[tool]
async fn roots(cx: &Context) -> Result<usize, AskError> {
    Ok(cx.roots().await?.all().len())
}

/// Ask the model.
#[tool]
async fn sample(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("Hello").max_tokens(5).await?.text())
}

/// Have a tool used although there is none.
#[tool]
async fn choose_none(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("Hello").require_tool().await?.text())
}

/// Ask two things that are long.
#[tool]
async fn long_questions(cx: &Context) -> Result<String, AskError> {
    let text = "x".repeat(200 << 10);
    let (one, other) = tokio::join!(cx.sample(format!("{text}y")), cx.sample(format!("{text}z")));
    Ok(format!("{} {}", one?.text(), other?.text()))
}

/// Say something before it turns out that the client cannot be asked.
#[tool]
async fn tell_and_ask(cx: &Context) -> Result<String, AskError> {
    cx.progress(1.0, 2.0, "half");
    let answer = cx.elicit::<Confirm>("Sure?").await?.accepted();
    Ok(format!("{:?}", answer.map(|confirm| confirm.yes)))
}

fn server() -> Server {
    Server::new("asking", "1.0")
        .with::<(roots, sample, choose_none, long_questions, tell_and_ask)>()
}

fn talkative(builder: TestClientBuilder) -> TestClientBuilder {
    builder.says("Hello", "Hi").says("y", "1").says("z", "2")
}

#[tokio::test]
async fn the_model_is_asked_what_the_handler_says() -> Outcome {
    for client in clients_with(server, talkative).await? {
        assert_text(&client.call("sample", ()).await?, "Hi");
        assert_text(&client.call("choose_none", ()).await?, "Hi");
        let hello = json!({ "role": "user", "content": { "type": "text", "text": "Hello" } });
        let asked = client.asked();
        assert_eq!(asked[0].method, "sampling/createMessage");
        assert_json(&asked[0].params, &json!({ "messages": [hello], "maxTokens": 5 }));
        // There is no tool choice without tools.
        let params = &asked[1].params;
        assert!(params.get("toolChoice").is_none() && params.get("tools").is_none(), "{params}");
    }
    Ok(())
}

#[tokio::test]
async fn long_questions_are_asked_together() -> Outcome {
    for client in clients_with(server, talkative).await? {
        assert_text(&client.call("long_questions", ()).await?, "1 2");
        assert_eq!(client.asked().len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_question_that_the_client_refuses_has_no_answer() -> Outcome {
    // A script without an answer refuses the question.
    for client in clients(server).await? {
        let outcome = client.call("sample", ()).await;
        if is_modern(&client) {
            // The client receives the error, and does not repeat the request.
            assert!(matches!(outcome, Err(Error::Handler(_))), "{outcome:?}");
        } else {
            assert_failed(&outcome?, "the client refused the question: ");
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_cannot_be_asked_is_not_asked() -> Outcome {
    for client in clients_with(server, TestClientBuilder::incapable).await? {
        for (tool, capability) in
            [("sample", "sampling"), ("roots", "roots"), ("tell_and_ask", "elicitation")]
        {
            let outcome = client.call(tool, ()).await;
            if is_modern(&client) {
                assert_refused(&outcome, ErrorCode::MISSING_CLIENT_CAPABILITY, capability);
            } else {
                let told = format!("it does not declare `{capability}`");
                assert_failed(&outcome?, &format!("the client cannot be asked this: {told}"));
            }
        }
        assert_eq!(client.progress().len(), 1, "what was said before has been said");
    }
    Ok(())
}

#[tokio::test]
async fn roots_are_asked_for_once_in_a_session_until_they_change() -> Outcome {
    for client in clients_with(server, |builder| builder.roots(["file:///a", "file:///b"])).await? {
        let mut asked = Vec::new();
        for changes in [false, false, true] {
            if changes {
                client.roots_changed().await?;
            }
            assert_structured(&client.call("roots", ()).await?, &2);
            asked.push(client.asked().len());
        }
        // In the modern era nothing is cached from one request to the next.
        let expected = if is_modern(&client) { [1, 2, 3] } else { [1, 1, 2] };
        assert_eq!(asked, expected);
        assert_eq!(
            (&*client.asked()[0].method, &client.asked()[0].params),
            ("roots/list", &json!({}))
        );
    }
    Ok(())
}
