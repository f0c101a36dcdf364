//! Servers that do not respond: every request fails in time.

use std::time::Duration;

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::protocol::{ElicitAction, ElicitResult};
use serde_json::json;

use crate::peer::{Peer, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, event, poke};

/// Longer than every timeout in these tests.
const FOREVER: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_never_takes_the_end_of_the_handshake_is_given_up() {
    let server = HttpServer::start(|request| match request.asks() {
        "initialize" => Reply::result(request, initialized("2025-11-25")),
        _ => Reply::status(202).after("never"),
    })
    .await;
    let connecting = Client::http(&server.url)
        .era(Era::Legacy)
        .handshake_timeout(Duration::from_secs(1))
        .connect();
    let outcome = tokio::time::timeout(FOREVER, connecting).await.expect("it hangs");
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
}

#[tokio::test]
async fn the_older_transport_is_not_waited_for_without_end() {
    let server = HttpServer::start(|request| match request.asks() {
        "initialize" => Reply::status(405),
        _ => Reply::status(200).after("never"),
    })
    .await;
    let connecting = Client::http(&server.url)
        .era(Era::Legacy)
        .handshake_timeout(Duration::from_secs(1))
        .connect();
    let outcome = tokio::time::timeout(FOREVER, connecting).await.expect("it hangs");
    assert!(matches!(outcome, Err(Error::Http(failure)) if failure.status == 405));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_answer_is_not_waited_for_without_end_either() {
    let (_peer, client) =
        Peer::legacy(|builder| builder.roots([]).idle_timeout(Duration::from_secs(5))).await;
    let telling = async {
        loop {
            if let Err(error) = client.roots_changed().await {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(FOREVER, telling).await.expect("it hangs");
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn any_time_may_be_given() {
    let (mut peer, client) =
        Peer::modern(|builder| builder.idle_timeout(Duration::MAX).timeout(Duration::MAX)).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert_eq!(text_of(result), "done");
}

#[tokio::test]
async fn an_answer_on_the_stream_of_the_session_is_heard_after_a_question_too() {
    let server = HttpServer::start(|request| match (request.method.as_str(), request.asks()) {
        ("POST", "initialize") => {
            Reply::result(request, initialized("2025-11-25")).with("mcp-session-id", "session")
        }
        ("POST", "tools/call") => {
            let form = json!({ "message": "?", "requestedSchema": { "type": "object" } });
            let question = json!({
                "jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": form,
            });
            Reply::events(event(&question)).hanging()
        }
        ("GET", _) => {
            let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
            Reply::events(": open\n\n").then("/mcp", "go", event(&answer)).hanging()
        }
        _ => Reply::status(202),
    })
    .await;
    let url = server.url.clone();
    let client = Client::http(&server.url)
        .era(Era::Legacy)
        .idle_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(20))
        .on_form(move |_| {
            let url = url.clone();
            async move {
                // The user takes longer than the idle timeout of the server.
                let until = tokio::time::Instant::now() + Duration::from_millis(1500);
                tokio::time::sleep_until(until).await;
                poke(&url, "go").await;
                ElicitResult::new(ElicitAction::Decline)
            }
        })
        .connect()
        .await
        .unwrap();
    assert_eq!(text_of(client.call("t", ()).await), "done");
}

#[tokio::test(start_paused = true)]
async fn when_the_user_has_answered_the_server_has_all_its_time() {
    let pause = |millis| tokio::time::sleep_until(tokio::time::Instant::now() + millis);
    let (mut peer, client) = Peer::legacy(|builder| {
        builder.idle_timeout(Duration::from_secs(1)).on_form(move |_| async move {
            pause(Duration::from_millis(2900)).await;
            ElicitResult::new(ElicitAction::Decline)
        })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let params = json!({ "message": "?", "requestedSchema": { "type": "object" } });
        peer.elicit(1, params).await;
        peer.receive().await;
        pause(Duration::from_millis(900)).await;
        peer.answer(&asked, text("done")).await;
        // The next call has no question, so the idle timeout applies.
        peer.expect("tools/call").await;
        peer.expect("notifications/cancelled").await;
    };
    let ask = async { (text_of(client.call("t", ()).await), client.call("t", ()).await) };
    let ((first, second), ()) = tokio::join!(ask, server);
    assert_eq!(first, "done");
    assert!(matches!(second, Err(Error::Timeout { .. })), "{second:?}");
}

/// Answers every call of a tool with a question after a delay.
async fn asks_for_ever(peer: &mut Peer, late: Duration) -> ! {
    loop {
        let asked = peer.receive().await;
        if asked["method"] != "tools/call" {
            continue;
        }
        tokio::time::sleep_until(tokio::time::Instant::now() + late).await;
        let form =
            json!({ "message": "?", "requestedSchema": { "type": "object", "properties": {} } });
        let question = json!({ "method": "elicitation/create", "params": form });
        let asking = json!({ "resultType": "input_required", "inputRequests": { "q": question } });
        peer.answer(&asked, asking).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_rounds_of_a_request_have_one_time_together() {
    let (mut peer, client) = Peer::modern(|builder| {
        builder.timeout(Duration::from_secs(10)).on_form(|_| async {
            // Time of the handler does not count.
            tokio::time::sleep_until(tokio::time::Instant::now() + FOREVER).await;
            ElicitResult::new(ElicitAction::Decline)
        })
    })
    .await;
    let ask = async {
        let started = tokio::time::Instant::now();
        (client.call("t", ()).await, started.elapsed())
    };
    let server = asks_for_ever(&mut peer, Duration::from_secs(4));
    let (outcome, took) = tokio::select! {
        asked = ask => asked,
        never = server => never,
    };
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    assert_eq!(took.as_secs(), 2 * FOREVER.as_secs() + 10);
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_a_session_is_answered_is_not_that_of_the_server() {
    let (mut peer, client) = Peer::legacy(|builder| {
        builder.timeout(Duration::from_secs(10)).on_form(|_| async {
            tokio::time::sleep_until(tokio::time::Instant::now() + FOREVER).await;
            ElicitResult::new(ElicitAction::Decline)
        })
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let params = json!({ "message": "?", "requestedSchema": { "type": "object" } });
        peer.elicit(1, params).await;
        peer.receive().await;
        peer.answer(&asked, text("done")).await;
        peer.expect("tools/call").await;
        peer.expect("notifications/cancelled").await;
    };
    let ask = async {
        let first = text_of(client.call("t", ()).await);
        let started = tokio::time::Instant::now();
        (first, client.call("t", ()).await, started.elapsed().as_secs())
    };
    let ((first, second, took), ()) = tokio::join!(ask, server);
    assert_eq!(first, "done");
    // The next call has no question.
    assert!(matches!(second, Err(Error::Timeout { .. })), "{second:?}");
    assert_eq!(took, 10);
}

/// A server that forgets its first session and is slow to open the second.
async fn slow_to_open_again() -> (HttpServer, Client) {
    let sessions = std::sync::atomic::AtomicUsize::new(0);
    let server =
        HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
            ("POST", "initialize") => {
                let number = sessions.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let opened = Reply::result(request, initialized("2025-11-25"))
                    .with("mcp-session-id", &format!("session-{number}"));
                if number == 0 { opened } else { opened.after("open") }
            }
            ("POST", "tools/call") if request.header("mcp-session-id") == Some("session-0") => {
                Reply::status(404)
            }
            ("POST", "tools/call") => Reply::result(request, text("done")),
            ("POST", _) => Reply::status(202),
            _ => Reply::status(405),
        })
        .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    (server, client)
}

#[tokio::test]
async fn who_asks_waits_for_a_new_connection_no_longer_than_for_an_answer() {
    let (server, client) = slow_to_open_again().await;
    let short = Duration::from_millis(200);
    for call in [client.call("t", ()).idle_timeout(short), client.call("t", ()).timeout(short)] {
        let outcome = tokio::time::timeout(FOREVER / 2, call.into_future()).await;
        let outcome = outcome.expect("it waits for the connection");
        assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    }
    // The next request uses the connection that was begun.
    poke(&server.url, "open").await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert_eq!(server.asked("initialize").len(), 2);
}
