//! Calls, lists, timeouts and cancellation over a pipe.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::{CallEvent, Error};
use mcp_runtime::protocol::{CompletionReference, LoggingLevel};
use serde_json::json;

use crate::peer::{Peer, text, text_of};

#[tokio::test]
async fn a_call_carries_what_is_given_and_what_the_revision_wants() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        assert_eq!(asked["params"]["name"], "add");
        assert_eq!(asked["params"]["arguments"], json!({ "a": 2 }));
        assert_eq!(asked["params"]["_meta"]["x"], 1);
        assert_eq!(asked["params"]["_meta"]["progressToken"], asked["id"]);
        peer.answer(&asked, json!({ "content": [], "structuredContent": 5 })).await;
    };
    let call = client.call("add", json!({ "a": 2 })).meta("x", 1).into_future();
    let (result, ()) = tokio::join!(call, server);
    assert_eq!(result.unwrap().structured_content.unwrap().get(), "5");
}

#[tokio::test]
async fn a_session_gets_no_metadata_that_it_does_not_know() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let asked = peer.expect("resources/read").await;
        assert_eq!(asked["params"], json!({ "uri": "a:b" }));
        peer.answer(&asked, json!({ "contents": [{ "uri": "a:b", "text": "t" }] })).await;
    };
    let (result, ()) = tokio::join!(client.read("a:b").into_future(), server);
    assert_eq!(result.unwrap().contents.len(), 1);
}

#[tokio::test]
async fn lists_come_page_by_page() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let first = peer.expect("tools/list").await;
        assert!(first["params"].get("cursor").is_none());
        let tool = |name: &str| json!({ "name": name, "inputSchema": { "type": "object" } });
        // Items that cannot be read are left out.
        let tools = json!([tool("a"), { "name": 7 }, tool("b")]);
        peer.answer(&first, json!({ "tools": tools, "nextCursor": "2" })).await;
        let second = peer.expect("tools/list").await;
        assert_eq!(second["params"]["cursor"], "2");
        peer.answer(&second, json!({ "tools": [tool("c")] })).await;
    };
    let (tools, ()) = tokio::join!(client.tools().all(), server);
    let names: Vec<_> = tools.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_list_whose_cursor_repeats_ends() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        for _ in 0..2 {
            let asked = peer.expect("prompts/list").await;
            peer.answer(&asked, json!({ "prompts": [], "nextCursor": "again" })).await;
        }
    };
    let (prompts, ()) = tokio::join!(client.prompts().all(), server);
    assert!(prompts.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_that_may_be_kept_is_asked_for_once_until_it_changes() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let listed = |name: &str| {
        let tools = json!([{ "name": name, "inputSchema": { "type": "object" } }]);
        json!({ "tools": tools, "ttlMs": 60_000, "cacheScope": "private" })
    };
    for (round, name) in ["a", "b"].into_iter().enumerate() {
        let server = async {
            let asked = peer.expect("tools/list").await;
            peer.answer(&asked, listed(name)).await;
        };
        let (tools, ()) = tokio::join!(client.tools().all(), server);
        assert_eq!(tools.unwrap()[0].name, name);
        assert_eq!(client.tools().all().await.unwrap()[0].name, name);
        if round == 0 {
            peer.notify("notifications/tools/list_changed", json!({})).await;
            settle(&mut peer, &client).await;
        }
    }
}

/// Waits until the client has read what the server has sent.
async fn settle(peer: &mut Peer, client: &mcp_runtime::client::Client) {
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.answer(&asked, crate::peer::discovered()).await;
    };
    let (pinged, ()) = tokio::join!(client.ping(), server);
    pinged.unwrap();
}

#[tokio::test]
async fn dropping_a_call_tells_the_server_to_stop() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let call = tokio::spawn(client.call("slow", ()).into_future());
    let asked = peer.expect("tools/call").await;
    call.abort();
    let cancelled = peer.expect("notifications/cancelled").await;
    assert_eq!(cancelled["params"]["requestId"], asked["id"]);
    // A late response is ignored.
    peer.answer(&asked, text("late")).await;
    settle(&mut peer, &client).await;
}

#[tokio::test]
async fn a_cancellation_is_sent_before_the_connection_is_closed() {
    // Which of several events a task sees first is random.
    for _ in 0..32 {
        let (mut peer, client) = Peer::modern(|builder| builder).await;
        let call = tokio::spawn(client.call("slow", ()).into_future());
        let asked = peer.expect("tools/call").await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        client.close().await;
        let cancelled = peer.expect("notifications/cancelled").await;
        assert_eq!(cancelled["params"]["requestId"], asked["id"]);
        assert!(peer.is_closed().await);
    }
}

#[tokio::test(start_paused = true)]
async fn progress_extends_the_time_up_to_a_limit() {
    let (mut peer, client) = Peer::modern(|builder| {
        builder.idle_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(25))
    })
    .await;
    let started = tokio::time::Instant::now();
    let server = async {
        let asked = peer.expect("tools/call").await;
        let mut progress = 0;
        loop {
            tokio::select! {
                heard = peer.receive() => {
                    assert_eq!(heard["method"], "notifications/cancelled");
                    return;
                }
                () = tokio::time::sleep_until(started + Duration::from_secs(5 * (progress + 1))) => {
                    progress += 1;
                }
            }
            let params = json!({ "progressToken": asked["id"], "progress": progress });
            peer.notify("notifications/progress", params).await;
        }
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let call = client
        .call("slow", ())
        .on_progress(move |progress| kept.lock().unwrap().push(progress.progress));
    let (result, ()) = tokio::join!(call.into_future(), server);
    let Err(Error::Timeout { after, method, .. }) = result else { panic!("{result:?}") };
    assert_eq!((after.as_secs(), method.as_str()), (25, "tools/call"));
    assert!(heard.lock().unwrap().len() >= 4);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_told_of_with_what_else_it_said() {
    let (mut peer, client) =
        Peer::modern(|builder| builder.idle_timeout(Duration::from_secs(1))).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.send_line("Listening on port 80").await;
        peer.answer(&json!({ "id": 999 }), text("for whom?")).await;
        peer.expect("notifications/cancelled").await;
        asked
    };
    let (result, _) = tokio::join!(client.call("t", ()).into_future(), server);
    let error = text_of(result);
    assert!(error.contains("no answer to `tools/call` within 1s"), "{error}");
    assert!(error.contains("Listening on port 80"), "{error}");
    assert!(error.contains("1 answers that nobody waits for"), "{error}");
}

#[tokio::test]
async fn progress_comes_as_a_stream_beside_the_result() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        for progress in 1..=3 {
            let params = json!({ "progressToken": asked["id"], "progress": progress, "total": 3 });
            peer.notify("notifications/progress", params).await;
        }
        peer.answer(&asked, text("done")).await;
    };
    let read = async {
        let mut seen = Vec::new();
        let mut events = client.call("t", ()).events();
        while let Some(event) = events.next().await {
            seen.push(match event.unwrap() {
                CallEvent::Progress(progress) => progress.progress.to_string(),
                CallEvent::Done(result) => text_of(Ok(result)),
                other => panic!("{other:?}"),
            });
        }
        seen
    };
    let (seen, ()) = tokio::join!(read, server);
    assert_eq!(seen, ["1", "2", "3", "done"]);
}

#[tokio::test]
async fn prompts_completion_and_log_level() {
    let logged = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&logged);
    let (mut peer, client) = Peer::modern(|builder| {
        builder.on_log(move |message| kept.lock().unwrap().push(message.data.to_string()))
    })
    .await;
    client.set_log_level(LoggingLevel::Info).await.unwrap();
    let server = async {
        let asked = peer.expect("prompts/get").await;
        assert_eq!(asked["params"]["_meta"]["io.modelcontextprotocol/logLevel"], "info");
        assert_eq!(asked["params"]["arguments"], json!({ "code": "x" }));
        peer.notify("notifications/message", json!({ "level": "info", "data": "heard" })).await;
        peer.answer(&asked, json!({ "messages": [] })).await;
        let asked = peer.expect("completion/complete").await;
        assert_eq!(asked["params"]["context"]["arguments"], json!({ "a": "b" }));
        peer.answer(&asked, json!({ "completion": { "values": ["rust"] } })).await;
    };
    let ask = async {
        client.prompt("review", [("code", "x")]).await.unwrap();
        let reference = CompletionReference::prompt("review");
        client.complete(reference, "language", "ru", [("a", "b")]).await.unwrap()
    };
    let (completion, ()) = tokio::join!(ask, server);
    assert_eq!(completion.values, ["rust"]);
    assert_eq!(*logged.lock().unwrap(), [r#""heard""#]);
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn structured_content_is_compared_with_the_schema_that_was_listed() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/list").await;
        let schema = json!({ "type": "object", "required": ["sum"] });
        let tool =
            json!({ "name": "add", "inputSchema": { "type": "object" }, "outputSchema": schema });
        peer.answer(&asked, json!({ "tools": [tool] })).await;
        for content in [json!({ "sum": 1 }), json!({})] {
            let asked = peer.expect("tools/call").await;
            peer.answer(&asked, json!({ "content": [], "structuredContent": content })).await;
        }
    };
    let ask = async {
        client.tools().all().await.unwrap();
        client.call("add", ()).await.unwrap();
        client.call("add", ()).await.unwrap_err()
    };
    let (error, ()) = tokio::join!(ask, server);
    assert!(matches!(&error, Error::InvalidOutput { name, .. } if name == "add"), "{error}");
}

#[tokio::test]
async fn arguments_that_are_no_object_are_not_sent() {
    let (_peer, client) = Peer::modern(|builder| builder).await;
    let error = client.call("t", [1, 2]).await.unwrap_err();
    assert!(matches!(error, Error::Argument { .. }), "{error}");
}
