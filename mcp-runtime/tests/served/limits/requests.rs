//! Limits of the requests at the same time, and in a time, where there is no status.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::client::Error;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::limits::{ConcurrencyLimit, RateLimit};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_refused, assert_text, eras};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use crate::kit::{NOTHING, Outcome, clients, data, soon};

/// Gate of handlers that wait.
#[derive(Default)]
struct Gate {
    entered: Notify,
    go: Notify,
}

/// Wait until it may go on.
#[tool]
async fn wait(gate: &State<Arc<Gate>>) -> &'static str {
    gate.entered.notify_one();
    gate.go.notified().await;
    "done"
}

/// Answer.
#[tool]
async fn quick() -> &'static str {
    "done"
}

/// A note.
#[resource("notes://today")]
async fn note() -> &'static str {
    "nothing"
}

/// A greeting.
#[prompt]
async fn greet() -> &'static str {
    "hello"
}

fn server(gate: &Arc<Gate>) -> Server {
    Server::new("limited", "1").with::<(wait, quick, note, greet)>().state(Arc::clone(gate))
}

/// Runs a call of `wait` beside other requests.
async fn beside_a_call(
    gate: &Gate,
    client: &TestClient,
    others: impl AsyncFn() -> Outcome,
) -> Outcome {
    let call = async {
        let result = client.call("wait", ()).await?;
        assert_text(&result, "done");
        Ok::<_, Error>(())
    };
    let others = async {
        soon(gate.entered.notified()).await;
        let outcome = others().await;
        gate.go.notify_one();
        outcome
    };
    let (one, other) = tokio::join!(call, others);
    one.and(other)
}

#[tokio::test]
async fn a_server_refuses_what_is_too_much_at_once() -> Outcome {
    let gate = Arc::default();
    let fault = "too many requests: the limit is 1 at the same time; try again in 1 s";
    for client in clients(|| server(&gate).concurrency_limit(1)).await? {
        beside_a_call(&gate, &client, async || {
            assert_failed(&client.call("quick", ()).await?, fault);
            let read = client.read("notes://today").await;
            assert_refused(&read, ErrorCode::INTERNAL_ERROR, fault);
            assert_eq!(data(read), json!({ "retryAfter": 1 }));
            let prompt = client.prompt("greet", NOTHING).await;
            assert_refused(&prompt, ErrorCode::INTERNAL_ERROR, fault);
            // Lists do not count, and neither do requests of what there is not.
            client.request::<serde_json::Value>("tools/list", json!({})).await?;
            let unknown = client.call("unknown", ()).await;
            assert_refused(&unknown, ErrorCode::INVALID_PARAMS, "unknown tool");
            Ok(())
        })
        .await?;
        // The place is free again, however often.
        for _ in 0..3 {
            assert_text(&client.call("quick", ()).await?, "done");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_limit_may_be_that_of_a_tool() -> Outcome {
    let gate = Arc::default();
    let limit = || ConcurrencyLimit::new(1).tool("wait");
    for client in clients(|| server(&gate).concurrency_limit(limit())).await? {
        beside_a_call(&gate, &client, async || {
            let result = client.call("wait", ()).await?;
            assert_failed(&result, "the limit of `wait` is 1 at the same time");
            assert_text(&client.call("quick", ()).await?, "done");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_call_leaves_its_place() -> Outcome {
    let gate = Arc::<Gate>::default();
    for client in clients(|| server(&gate).concurrency_limit(1)).await? {
        {
            let call = client.call("wait", ());
            tokio::select! {
                result = call => panic!("{result:?}"),
                () = soon(gate.entered.notified()) => {}
            }
        }
        // The cancellation is sent before the next call.
        soon(async {
            while client.call("quick", ()).await.is_ok_and(|result| result.is_error) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_rate_lets_a_burst_through_and_then_one_after_the_other() -> Outcome {
    let gate = Arc::default();
    let limited = || server(&gate).rate_limit(RateLimit::per_minute(6).burst(2));
    for client in clients(limited).await? {
        for _ in 0..2 {
            assert_text(&client.call("quick", ()).await?, "done");
        }
        let fault = "too many requests: the limit is 6 a minute; try again in 10 s";
        assert_failed(&client.call("quick", ()).await?, fault);
        let read = client.read("notes://today").await;
        assert_eq!(data(read), json!({ "retryAfter": 10 }));
        tokio::time::advance(Duration::from_secs(10)).await;
        client.read("notes://today").await?;
        assert!(client.call("quick", ()).await?.is_error);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_rate_of_a_tool_takes_nothing_of_the_others() -> Outcome {
    let gate = Arc::default();
    let limited = || {
        server(&gate)
            .rate_limit(RateLimit::per_hour(3))
            .rate_limit(RateLimit::per_hour(1).tool("quick").per_principal())
    };
    for client in clients(limited).await? {
        assert_text(&client.call("quick", ()).await?, "done");
        for _ in 0..5 {
            let result = client.call("quick", ()).await?;
            let fault = "the limit of `quick` is 1 an hour for each caller; try again in 3600 s";
            assert_failed(&result, fault);
        }
        // What was refused by the narrower limit did not count for the other.
        client.read("notes://today").await?;
        client.read("notes://today").await?;
        assert_eq!(data(client.read("notes://today").await), json!({ "retryAfter": 1200 }));
    }
    Ok(())
}

#[derive(Elicit)]
struct Confirm {
    /// Go on
    yes: bool,
}

/// Ask.
#[tool]
async fn ask(cx: &Context) -> Result<String, mcp_runtime::elicit::AskError> {
    let answer = cx.elicit::<Confirm>("Sure?").await?.accepted();
    Ok(format!("{}", answer.is_some_and(|confirm| confirm.yes)))
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_question_is_not_refused() -> Outcome {
    for era in eras() {
        let server = Server::new("asks", "1").with::<ask>().rate_limit(RateLimit::per_hour(1));
        let client = TestClient::of(server).era(era).answers("Sure?", json!({ "yes": true }));
        let client = client.connect().await?;
        assert_text(&client.call("ask", ()).await?, "true");
        assert!(client.call("ask", ()).await?.is_error);
    }
    Ok(())
}

/// Work as a task.
#[tool(task)]
async fn job(gate: &State<Arc<Semaphore>>) -> &'static str {
    gate.acquire().await.unwrap().forget();
    "done"
}

#[tokio::test]
async fn a_task_takes_no_place() -> Outcome {
    let gate = Arc::new(Semaphore::new(0));
    let make =
        || Server::new("jobs", "1").with::<job>().state(Arc::clone(&gate)).concurrency_limit(1);
    for client in clients(make).await? {
        let one = client.call("job", ()).as_task().await?;
        let other = client.call("job", ()).as_task().await?;
        gate.add_permits(2);
        assert_text(&one.await?, "done");
        assert_text(&other.await?, "done");
    }
    Ok(())
}

#[tokio::test]
async fn wrong_limits_do_not_build() {
    let check = async |server: Server, expected: &str| {
        let error = TestClient::of(server).connect().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    let gate = Arc::default();
    let server = || server(&gate);
    check(server().concurrency_limit(0), "a concurrency limit of 0 refuses every request").await;
    check(server().rate_limit(RateLimit::per_second(0)), "a rate limit of 0 refuses").await;
    check(server().rate_limit(RateLimit::per_second(1).burst(0)), "a rate limit of 0").await;
    let unknown = ConcurrencyLimit::new(1).tool("quikc");
    check(server().concurrency_limit(unknown), "a limit is for the tool `quikc`").await;
}
