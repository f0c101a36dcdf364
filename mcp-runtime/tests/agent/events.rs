//! Events of a run.

use mcp_runtime::agent::{Agent, Delta, Event};
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ElicitResult;
use serde_json::json;

use crate::kit::{adding, free, server};
use crate::model::{Reply, Script, calls, costing, text};

/// Events as lines.
async fn lines(agent: &Agent) -> Vec<String> {
    let mut run = agent.run("Go");
    let mut lines = Vec::new();
    while let Some(event) = run.next().await {
        lines.push(match event {
            Event::Text(text) => format!("text {text}"),
            Event::Thought(text) => format!("thought {text}"),
            Event::Restart => "restart".to_owned(),
            Event::Turn { round, usage, .. } => format!("turn {round} {}", usage.input_tokens),
            Event::CallStarted { id, tool, arguments, .. } => {
                format!("started {id} {} {arguments}", tool.tool)
            }
            Event::Progress { id, done, total, message, .. } => {
                format!("progress {id} {done} {total:?} {message:?}")
            }
            Event::CallFinished { id, result, .. } => format!("finished {id} {}", result.to_text()),
            Event::ToolsChanged => "changed".to_owned(),
            other => format!("{other:?}"),
        });
    }
    assert!(run.next().await.is_none());
    run.await.unwrap();
    lines
}

#[tokio::test]
async fn events_follow_the_run() {
    let model = Script::new([
        Reply::Streamed(
            vec![
                Delta::Thought("hm".to_owned()),
                Delta::Text("I ".to_owned()),
                Delta::Restart,
                Delta::Text("I add".to_owned()),
                Delta::Call("add".to_owned()),
            ],
            costing(calls(&[adding(1, 2), ("minus", json!({}))]), 10, 5),
        ),
        // A model without streaming.
        Reply::Body(text("3")),
    ]);
    let lines = lines(&free(&model).tools(server())).await;
    assert_eq!(
        lines,
        [
            "thought hm",
            "text I ",
            "restart",
            "text I add",
            "turn 1 10",
            "finished c1 there is no tool `minus`; call one of those offered",
            r#"started c0 add {"a":1,"b":2}"#,
            "finished c0 3",
            "text 3",
            "turn 2 0",
        ]
    );
}

/// Count to two.
#[tool(read_only)]
async fn count(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, "one");
    tokio::task::yield_now().await;
    "done"
}

#[tokio::test]
async fn progress_is_an_event() {
    let model = Script::new([calls(&[("count", json!({}))]), text("Done.")]);
    let lines = lines(&free(&model).tools(Server::new("s", "1").with::<count>())).await;
    let expected = r#"progress c0 1 Some(2.0) Some("one")"#;
    assert!(lines.iter().any(|line| line == expected), "{lines:?}");
}

#[tokio::test]
async fn a_run_is_a_stream_and_can_be_spawned() {
    use futures_core::Stream;

    fn is_stream(_: &(impl Stream<Item = Event> + Send + Unpin + 'static)) {}
    let model = Script::new([text("Hi")]);
    let run = free(&model).run("Go");
    is_stream(&run);
    let outcome = tokio::spawn(run.into_future()).await.unwrap().unwrap();
    assert_eq!(outcome.text, "Hi");
}

/// A confirmation.
#[derive(Elicit)]
struct Confirmation {
    /// Book the seat.
    sure: bool,
}

/// Book a seat.
#[tool]
async fn book(cx: &Context) -> Result<String, ToolError> {
    let answer = cx.elicit::<Confirmation>("Sure?").await?;
    Ok(if answer.accepted().is_some_and(|it| it.sure) { "booked" } else { "kept" }.into())
}

#[tokio::test]
async fn questions_of_servers_go_to_the_handlers_of_the_client() {
    let server = || Server::new("seats", "1.0.0").with::<book>();
    let client = Client::in_memory(server())
        .on_form(|form| async move {
            assert_eq!(form.message, "Sure?");
            let content = json!({ "sure": true });
            ElicitResult::accept(content.as_object().cloned().unwrap())
        })
        .connect()
        .await
        .unwrap();
    let model = Script::new([calls(&[("book", json!({}))]), text("Done.")]);
    free(&model).tools(&client).run("Book").await.unwrap();
    assert_eq!(model.results(1), ["booked"]);

    // Without a handler, the tool gets an error, and so does the model.
    let model = Script::new([calls(&[("book", json!({}))]), text("Done.")]);
    free(&model).tools(server()).run("Book").await.unwrap();
    assert!(model.results(1)[0].starts_with("! "), "{:?}", model.results(1));
}
