//! Runs that are ended or dropped while something is in flight.

use std::sync::Arc;

use mcp_runtime::agent::{Agent, End, Event};
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use crate::kit::{adding, free, is_finished, server, stored};
use crate::model::{Reply, Script, calls, text};

/// Reports how a call ends.
struct Reports {
    begun: Notify,
    ended: mpsc::UnboundedSender<&'static str>,
}

struct Report(Arc<Reports>);

impl Drop for Report {
    fn drop(&mut self) {
        let _ = self.0.ended.send("dropped");
    }
}

/// Wait for ever.
#[tool(read_only)]
async fn wait(cx: &Context, reports: State<Arc<Reports>>) -> &'static str {
    let _report = Report(Arc::clone(&reports));
    reports.begun.notify_one();
    cx.cancelled().await;
    let _ = reports.ended.send("cancelled");
    "too late"
}

fn waiting_server() -> (Server, Arc<Reports>, mpsc::UnboundedReceiver<&'static str>) {
    let (ended, receiver) = mpsc::unbounded_channel();
    let reports = Arc::new(Reports { begun: Notify::new(), ended });
    let server = Server::new("s", "1").with::<wait>().with::<crate::kit::add>();
    (server.state(Arc::clone(&reports)), reports, receiver)
}

#[tokio::test]
async fn stopping_cancels_calls_and_keeps_results() {
    let (server, reports, mut ended) = waiting_server();
    let model = Script::new([calls(&[("wait", json!({})), adding(1, 2)]), text("Done.")]);
    let agent = free(&model).tools(server);
    let mut run = agent.run("Go");
    let stop = run.stop_handle();
    let mut has_result = false;
    let stopping = async {
        reports.begun.notified().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = stopping => {}
        () = async {
            while let Some(event) = run.next().await {
                has_result |= matches!(&event, Event::CallFinished { id, .. } if id == "c1");
                if has_result {
                    break;
                }
            }
        } => {}
    }
    assert!(has_result);
    stop.stop();
    let outcome = run.await.unwrap();
    assert!(matches!(outcome.end, End::Cancelled), "{:?}", outcome.end);
    assert!(ended.recv().await.is_some());

    // The call is made again, because it has no result; the other is not.
    let mut transcript = stored(&outcome.transcript);
    assert!(!transcript.deny("c1", "late"));
    assert!(transcript.deny("c0", "it waits for ever"));
    let outcome = agent.resume(transcript).await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(1), ["! the call was denied and not made: it waits for ever", "3"]);
}

#[tokio::test]
async fn an_interrupted_call_is_marked_and_needs_approval_again() {
    let (server, reports, _ended) = waiting_server();
    let model = Script::new([calls(&[("wait", json!({}))])]);
    let agent = Agent::new(model).tools(server);
    let run = agent.run("Go");
    let stop = run.stop_handle();
    let (outcome, ()) = tokio::join!(run.outcome(), async {
        reports.begun.notified().await;
        stop.stop();
    });
    let outcome = outcome.unwrap();
    assert!(matches!(outcome.end, End::Cancelled));
    let asks = agent.approve(|call| async move {
        assert!(call.was_interrupted);
        mcp_runtime::agent::Approval::Stop
    });
    let outcome = asks.resume(stored(&outcome.transcript)).await.unwrap();
    assert!(matches!(outcome.end, End::NeedsApproval(_)), "{:?}", outcome.end);
}

#[tokio::test]
async fn stopping_ends_a_turn_of_the_model() {
    let model = Script::new([Reply::Never, Reply::Body(text("Now."))]);
    let agent = free(&model).tools(server());
    let run = agent.run("Go");
    let stop = run.stop_handle();
    let (outcome, ()) = tokio::join!(run.outcome(), async {
        while model.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        stop.stop();
    });
    let outcome = outcome.unwrap();
    assert!(matches!(outcome.end, End::Cancelled));
    assert_eq!(outcome.transcript.messages().len(), 1);
    assert_eq!(agent.resume(outcome.transcript).await.unwrap().text, "Now.");
}

#[tokio::test]
async fn a_run_that_was_stopped_before_it_began_does_nothing() {
    let model = Script::new([text("Hi")]);
    let agent = free(&model).tools(server());
    let run = agent.run("Go");
    run.stop_handle().stop();
    let outcome = run.await.unwrap();
    assert!(matches!(outcome.end, End::Cancelled));
    assert!(model.seen().is_empty());
}

#[tokio::test]
async fn dropping_a_run_cancels_its_calls_on_the_servers() {
    let (server, reports, mut ended) = waiting_server();
    let model = Script::new([calls(&[("wait", json!({})), ("wait", json!({}))])]);
    let agent = free(&model).tools(server);
    let run = tokio::spawn(agent.run("Go").into_future());
    reports.begun.notified().await;
    reports.begun.notified().await;
    run.abort();
    // Each handler ends, by cancellation or by being dropped.
    assert!(ended.recv().await.is_some());
    assert!(ended.recv().await.is_some());
}
