//! Handlers that behave alike over all channels, and handlers that do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::{Replay, replay};
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;
use crate::server::builder::Server;

/// Body of a handler.
type Body = fn(Context, Arc<AtomicU64>) -> futures::Boxed;

mod futures {
    use super::ToolError;

    pub(super) type Boxed =
        std::pin::Pin<Box<dyn Future<Output = Result<String, ToolError>> + Send>>;
}

fn replayed(body: Body) -> Replay {
    let count = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&count);
    let tool = Tool::new("t", json!({ "type": "object" }), move |cx, _: Arguments| {
        body(cx, Arc::clone(&count))
    });
    let server = Server::new("s", "1").tool(tool.description("A tool of the tests"));
    replay(server)
        .tool("t", json!({}))
        .roots(["file:///a"])
        .says("Say it", "it")
        .counting("acts", move || counted.load(Ordering::SeqCst))
}

/// Checks the text of the result, or that each part is in one of the problems.
async fn check(replayed: Replay, expected: Result<&str, &[&str]>) {
    match (replayed.run().await, expected) {
        (Ok(result), Ok(text)) => assert_eq!(result["content"][0]["text"], text),
        (Err(error), Err(parts)) => {
            let problems = error.problems();
            for part in parts {
                let found = problems.iter().any(|problem| problem.contains(part));
                assert!(found, "{part:?} in {error}");
            }
        }
        (result, expected) => panic!("{result:?}, not {expected:?}"),
    }
}

fn act(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::SeqCst)
}

#[tokio::test]
async fn what_is_done_once_is_alike_in_all_ways() {
    let body: Body = |cx, count| {
        Box::pin(async move {
            cx.once("act", async || act(&count)).await;
            let (roots, said) = tokio::join!(cx.roots(), cx.sample("Say it"));
            let again = cx.sample("Say it again").await?;
            Ok(format!("{} {} {}", roots?.all().len(), said?.text(), again.text()))
        })
    };
    check(replayed(body), Ok("1 it it")).await;
}

#[tokio::test]
async fn an_effect_that_repeats_is_found() {
    let body: Body = |cx, count| {
        Box::pin(async move {
            act(&count);
            Ok(cx.sample("Say it").await?.text())
        })
    };
    let expected =
        "sent again for each round of answers: `acts` is counted 2 times, and 1 times within";
    check(replayed(body), Err(&[expected])).await;
}

#[tokio::test]
async fn a_question_that_changes_is_found() {
    let body: Body = |cx, count| {
        Box::pin(async move {
            let said = cx.sample(format!("Say it, {}", act(&count))).await?;
            Ok(said.text())
        })
    };
    check(replayed(body), Err(&["it asks and asks and does not come to an end"])).await;
    let body: Body = |cx, count| {
        Box::pin(async move {
            if act(&count) % 3 == 1 {
                cx.roots().await?;
            }
            Ok(cx.sample("Say it").await?.text())
        })
    };
    check(replayed(body), Err(&["a question changes from one run to the next"])).await;
}

#[tokio::test]
async fn a_question_that_may_change_is_none_that_does() {
    let body: Body = |cx, count| {
        Box::pin(async move {
            let now = act(&count);
            Ok(cx.sample(format!("Say it at {now}")).volatile().await?.text())
        })
    };
    // The counter is read again in each run, like a clock.
    check(replayed(body), Err(&["`acts` is counted"])).await;
}

#[tokio::test]
async fn an_answer_that_is_missing_is_named() {
    let body: Body =
        |cx, _| Box::pin(async move { Ok(cx.sample("Say something else").await?.text()) });
    check(replayed(body), Err(&["has no answer; add `.says(…)`"])).await;
    let error = replay(Server::new("s", "1").state_keys(["short"])).run().await.unwrap_err();
    assert!(error.to_string().contains("cannot be built"), "{error}");
}
