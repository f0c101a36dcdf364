//! Limits of a run.

use std::time::Duration;

use mcp_runtime::agent::{Agent, Approval, End, Limit, Outcome, Price};
use mcp_runtime::prelude::*;
use serde_json::json;

use crate::kit::{adding, deleting, free, is_finished, server, stored};
use crate::model::{Reply, Script, calls, costing, text};

fn limit(outcome: &Outcome) -> Limit {
    match outcome.end {
        End::Limit(limit) => limit,
        _ => panic!("{:?}", outcome.end),
    }
}

/// Goes on with a run that a limit has ended.
async fn go_on(model: &Script, outcome: &Outcome) -> Outcome {
    let agent = free(model).tools(server());
    agent.resume(stored(&outcome.transcript)).await.unwrap()
}

#[tokio::test]
async fn rounds_are_limited() {
    let model = Script::new([calls(&[adding(1, 2)]), calls(&[adding(3, 4)]), text("7")]);
    let outcome = free(&model).tools(server()).max_rounds(2).run("Go").await.unwrap();
    assert_eq!((limit(&outcome), outcome.rounds), (Limit::Rounds, 2));
    // The calls of the last turn are made when the run goes on.
    let outcome = go_on(&model, &outcome).await;
    assert_eq!((outcome.text.as_str(), outcome.rounds), ("7", 1));
    assert_eq!(model.results(2), ["7"]);
}

#[tokio::test]
async fn the_default_is_twenty_rounds() {
    let model = Script::new(std::iter::repeat_with(|| calls(&[adding(1, 2)])).take(20));
    let outcome = free(&model).tools(server()).run("Go").await.unwrap();
    assert_eq!((limit(&outcome), outcome.rounds), (Limit::Rounds, 20));
}

#[tokio::test]
async fn no_rounds_are_no_requests() {
    let model = Script::new(Vec::<Reply>::new());
    let outcome = free(&model).max_rounds(0).run("Go").await.unwrap();
    assert_eq!(limit(&outcome), Limit::Rounds);
    assert_eq!(outcome.transcript.messages().len(), 1);
}

#[tokio::test]
async fn tokens_and_cost_are_limited() {
    let turns = || {
        [
            costing(calls(&[adding(1, 2)]), 600, 100),
            costing(calls(&[adding(3, 4)]), 700, 100),
            costing(text("7"), 800, 10),
        ]
    };
    let price = Price::new(2.0, 10.0);
    type Configure = fn(Agent, Price) -> Agent;
    let cases: [(Configure, Limit); 2] = [
        (|agent, _| agent.max_tokens(1_400), Limit::Tokens),
        // 600 · 2 + 100 · 10 = 2,200 and 700 · 2 + 100 · 10 = 2,400 millionths.
        (|agent, price| agent.max_cost(0.004, price), Limit::Cost),
    ];
    for (configure, expected) in cases {
        let model = Script::new(turns());
        let outcome = configure(free(&model).tools(server()), price).run("Go").await.unwrap();
        assert_eq!((limit(&outcome), outcome.rounds), (expected, 2));
        assert_eq!((outcome.usage.input_tokens, outcome.usage.output_tokens), (1_300, 200));
        let outcome = go_on(&model, &outcome).await;
        assert!(is_finished(&outcome));
        // The outcome counts its own run, the transcript all of them.
        assert_eq!(outcome.usage.input_tokens, 800);
        assert_eq!(outcome.transcript.usage().input_tokens, 2_100);
    }
}

#[tokio::test]
async fn an_answer_that_exceeds_a_limit_is_an_answer() {
    let model = Script::new([costing(text("Long."), 5_000, 5_000)]);
    let outcome = free(&model).max_tokens(10).run("Go").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(outcome.text, "Long.");
}

#[tokio::test(start_paused = true)]
async fn time_is_limited_while_the_model_answers() {
    let model = Script::new([Reply::Never, Reply::Body(text("Late."))]);
    let agent = free(&model).max_time(Duration::from_secs(30));
    let outcome = agent.run("Go").await.unwrap();
    assert_eq!((limit(&outcome), outcome.rounds), (Limit::Time, 0));
    assert_eq!(agent.resume(outcome.transcript).await.unwrap().text, "Late.");
}

/// Never return.
#[tool(read_only)]
async fn hang() -> &'static str {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn time_is_limited_while_tools_run_and_their_results_are_kept() {
    let server = || Server::new("s", "1").with::<hang>().with::<crate::kit::add>();
    let model = Script::new([calls(&[adding(1, 2), ("hang", json!({})), adding(3, 4)]), text("7")]);
    let agent = free(&model).tools(server()).max_time(Duration::from_secs(30));
    let outcome = agent.run("Go").await.unwrap();
    assert_eq!(limit(&outcome), Limit::Time);
    // The call that was interrupted is not made again unless it is allowed.
    let mut transcript = stored(&outcome.transcript);
    assert!(transcript.deny("c1", "it hangs"));
    let outcome = Agent::new(model.clone()).tools(server()).resume(transcript).await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(1), ["3", "! the call was denied and not made: it hangs", "7"]);
}

#[tokio::test(start_paused = true)]
async fn time_is_limited_while_a_hook_decides() {
    let model = Script::new([calls(&[deleting(1)]), text("Done.")]);
    let agent = Agent::new(model.clone())
        .tools(server())
        .max_time(Duration::from_secs(30))
        .approve(|_| std::future::pending::<Approval>());
    let outcome = agent.run("Go").await.unwrap();
    assert_eq!(limit(&outcome), Limit::Time);
    assert_eq!(go_on(&model, &outcome).await.text, "Done.");
}

#[tokio::test(start_paused = true)]
async fn a_time_beyond_the_clock_is_no_limit() {
    let model = Script::new([text("Hi")]);
    let outcome = free(&model).max_time(Duration::MAX).run("Go").await.unwrap();
    assert!(is_finished(&outcome));
}
