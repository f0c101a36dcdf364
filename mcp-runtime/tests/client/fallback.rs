//! Answers to the probe that are no good modern answer, and errors under the ids of others.

use mcp_runtime::client::{Client, Era, Error};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request, event};

/// Answers that no modern server gives. `ID` stands for the id of the request.
const LEGACY_ANSWERS: [&str; 14] = [
    r#"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Bad Request: Missing session ID"}}"#,
    r#"{"jsonrpc":"2.0","id":"","error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":-1,"error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":999,"error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":999,"result":{}}"#,
    r#"{"jsonrpc":"2.0","id":{},"error":{"code":-32600,"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":ID,"error":"no"}"#,
    r#"{"jsonrpc":"2.0","id":ID,"error":{"code":"E_NO","message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":ID,"error":{"message":"no"}}"#,
    r#"{"jsonrpc":"2.0","id":ID,"result":[]}"#,
    r#"{"jsonrpc":"2.0","id":ID,"result":{"supportedVersions":[]}}"#,
    r#"{"jsonrpc":"2.0","id":ID,"result":{"supportedVersions":"all"}}"#,
];

fn answer_to(request: &Value, answer: &str) -> String {
    answer.replace("ID", &request["id"].to_string())
}

/// Starts a server that answers the probe by a function and opens sessions.
async fn legacy(probe: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> HttpServer {
    HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
        ("POST", "server/discover") => probe(request),
        ("POST", "initialize") => Reply::result(request, initialized("2025-11-25")),
        ("POST", _) => Reply::status(202),
        _ => Reply::status(405),
    })
    .await
}

#[tokio::test]
async fn any_answer_that_is_not_modern_opens_a_session_over_http() {
    let check = async |reply: fn(u16, String) -> Reply, status: u16, answer: &'static str| {
        let server = legacy(move |request| reply(status, answer_to(&request.body, answer))).await;
        let client = Client::http(&server.url).connect().await;
        let revision = client.unwrap_or_else(|error| panic!("{status} {answer}: {error}"));
        assert_eq!(revision.revision().as_str(), "2025-11-25", "{status} {answer}");
    };
    let json = |status, body| Reply::new(status, "application/json", body);
    for answer in LEGACY_ANSWERS {
        for status in [200, 400, 404, 405, 406, 422] {
            check(json, status, answer).await;
        }
        check(|_, body| Reply::events(format!("data: {body}\n\n")), 200, answer).await;
    }
    for status in [200, 201, 202, 204, 400, 402, 404, 405, 406, 408, 409, 410, 415, 422, 426] {
        check(json, status, "").await;
        check(json, status, "{").await;
        check(|status, body| Reply::new(status, "text/html", body), status, "<html>").await;
    }
}

#[tokio::test]
async fn any_answer_that_is_not_modern_opens_a_session_over_a_pipe() {
    for answer in LEGACY_ANSWERS {
        let (mut peer, builder) = Peer::new();
        let server = async {
            let probe = peer.expect("server/discover").await;
            peer.send_line("Listening for messages").await;
            peer.send_line(&answer_to(&probe, answer)).await;
            peer.answer_initialize("2025-06-18").await
        };
        let (client, _) = tokio::join!(builder.connect(), server);
        let client = client.unwrap_or_else(|error| panic!("{answer}: {error}"));
        assert_eq!(client.revision().as_str(), "2025-06-18", "{answer}");
    }
}

/// Ids that this client has not made.
fn foreign_ids() -> [Value; 6] {
    [json!("server-error"), json!(""), json!(0), json!(-7), json!("x1"), Value::Null]
}

#[tokio::test]
async fn a_modern_error_is_modern_under_any_id() {
    for id in foreign_ids() {
        for status in [200, 400] {
            let (id, count) = (id.clone(), std::sync::atomic::AtomicUsize::new(0));
            let server = HttpServer::start(move |request| {
                if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
                    return Reply::result(request, discovered());
                }
                let data = json!({ "supported": ["2026-07-28"], "requested": "2026-07-28" });
                let error = json!({ "code": -32022, "message": "no", "data": data });
                Reply::json(status, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
            })
            .await;
            let client = Client::http(&server.url).connect().await.unwrap();
            assert_eq!(client.revision().as_str(), "2026-07-28");
            assert!(server.asked("initialize").is_empty());
        }
        for code in [-32020, -32021] {
            let (mut peer, builder) = Peer::new();
            let server = async {
                peer.expect("server/discover").await;
                let error = json!({ "code": code, "message": "no" });
                peer.send(json!({ "jsonrpc": "2.0", "id": id, "error": error })).await;
                peer
            };
            let (client, _peer) = tokio::join!(builder.connect(), server);
            assert_eq!(client.unwrap_err().remote().unwrap().code.0, code, "{id}");
        }
    }
}

#[tokio::test]
async fn a_revision_that_is_refused_although_it_is_listed_is_an_error_that_is_true() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        for _ in 0..2 {
            let asked = peer.expect("server/discover").await;
            let data = json!({ "supported": ["2026-07-28"], "requested": "2026-07-28" });
            peer.refuse(&asked, -32022, data).await;
        }
        peer
    };
    let (client, _peer) = tokio::join!(builder.connect(), server);
    let error = client.unwrap_err().to_string();
    assert!(error.contains("lists 2026-07-28 and refuses it"), "{error}");
    assert!(!error.contains("none of them"), "{error}");
}

#[tokio::test]
async fn an_era_that_excludes_the_server_is_named() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        let data = json!({ "supported": ["2025-11-25"], "requested": "2026-07-28" });
        peer.refuse(&asked, -32022, data).await;
        peer
    };
    let (client, _peer) = tokio::join!(builder.era(Era::Modern).connect(), server);
    let error = client.unwrap_err().to_string();
    assert!(error.contains("2025-11-25") && error.contains("`era`"), "{error}");
}

#[tokio::test]
async fn a_handshake_that_a_modern_server_refuses_leads_to_its_revision() {
    // The answer to the probe is broken, and the handshake proves the era.
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" if request.body["id"] == 1 => Reply::new(404, "text/html", "<html>"),
        "server/discover" => Reply::result(request, discovered()),
        "initialize" => Reply::error(400, request, -32022, json!({ "supported": ["2026-07-28"] })),
        _ => Reply::result(request, text("done")),
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    assert_eq!(client.revision().as_str(), "2026-07-28");
    assert_eq!(text_of(client.call("t", ()).await), "done");
}

#[tokio::test]
async fn a_broken_connection_says_nothing_about_the_era() {
    for kind in ["application/json", "text/event-stream"] {
        let server = legacy(move |_| {
            let reply = Reply::new(200, kind, r#"data: {"jsonrpc""#);
            reply.announcing(1000).with("content-length", "1000")
        })
        .await;
        let error = Client::http(&server.url).connect().await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{kind}: {error}");
        assert!(server.asked("initialize").is_empty());
    }
}

#[tokio::test]
async fn an_error_under_a_foreign_id_is_the_error_of_the_call() {
    for id in foreign_ids() {
        let error = json!({ "code": -32000, "message": "the disk is full" });
        let message = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        let line = message.clone();
        for reply in [
            (|message| Reply::json(200, message)) as fn(&Value) -> Reply,
            |message| Reply::json(400, message),
            |message| Reply::json(500, message),
            |message| Reply::events(event(message)),
            |message| Reply::events(event(message)).hanging(),
        ] {
            let message = message.clone();
            let server = HttpServer::start(move |request| match request.asks() {
                "server/discover" => Reply::result(request, discovered()),
                _ => reply(&message),
            })
            .await;
            let client = Client::http(&server.url).connect().await.unwrap();
            let found = text_of(client.call("t", ()).await);
            assert!(found.contains("the disk is full"), "{id}: {found}");
        }
        let (mut peer, client) = Peer::modern(|builder| builder).await;
        let server = async {
            peer.expect("tools/call").await;
            peer.send(line).await;
        };
        let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
        let found = text_of(result);
        assert!(found.contains("the disk is full"), "{id}: {found}");
    }
}

#[tokio::test]
async fn an_error_that_is_no_object_is_not_lost_under_a_foreign_id() {
    let message = json!({ "jsonrpc": "2.0", "id": "server-error", "error": "the disk is full" });
    for status in [200, 400] {
        let message = message.clone();
        let server = HttpServer::start(move |request| match request.asks() {
            "server/discover" => Reply::result(request, discovered()),
            _ => Reply::json(status, &message),
        })
        .await;
        let client = Client::http(&server.url).connect().await.unwrap();
        let found = text_of(client.call("t", ()).await);
        assert!(found.contains("the disk is full"), "{status}: {found}");
    }
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        peer.expect("tools/call").await;
        peer.send(message).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    let found = text_of(result);
    assert!(found.contains("the disk is full"), "{found}");
}

#[tokio::test]
async fn an_error_under_another_number_is_not_lost() {
    let error = json!({ "code": -32000, "message": "the disk is full" });
    let message = json!({ "jsonrpc": "2.0", "id": 999, "error": error });
    let server = HttpServer::start(move |request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "tools/call" => Reply::events(event(&message)),
        _ => Reply::json(200, &message),
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    for found in
        [text_of(client.call("t", ()).await), client.prompts().all().await.unwrap_err().to_string()]
    {
        assert!(found.contains("the disk is full"), "{found}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_may_belong_to_several_is_named_by_their_time_out() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        peer.expect("tools/call").await;
        peer.expect("tools/call").await;
        let error = json!({ "code": -32000, "message": "the disk is full" });
        peer.send(json!({ "jsonrpc": "2.0", "id": "server-error", "error": error })).await;
        peer
    };
    let calls = async {
        tokio::join!(client.call("t", ()).into_future(), client.call("t", ()).into_future())
    };
    let ((one, other), _peer) = tokio::join!(calls, server);
    for outcome in [one, other] {
        let found = text_of(outcome);
        assert!(found.contains("the disk is full"), "{found}");
    }
}
