//! Answers that are none.

use mcp_runtime::agent::ModelErrorKind;
use serde_json::json;

use crate::ask;
use crate::conversations::reply;
use crate::fake::{Fake, Reply};
use crate::interfaces::Interface;

/// Checks the error of a reply, for each interface, in one piece and as a stream.
async fn check(reply: Reply, kind: ModelErrorKind, expected: &str) {
    for interface in Interface::all() {
        for streams in [false, true] {
            let fake = Fake::start([reply.clone()]).await;
            let model = interface.model(&fake.url).streaming(streams).retries(0);
            let (answer, deltas) = ask(&model).await;
            let error = answer.unwrap_err();
            let shown = format!("{error}, of {:?}, streams: {streams}", interface.provider);
            assert_eq!(error.kind(), kind, "{shown}");
            assert!(error.to_string().contains(expected), "{shown}");
            assert!(deltas.is_empty());
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_answers_are_quoted() {
    let malformed = ModelErrorKind::Malformed;
    check(Reply::new(200, "text/html", "<html><h1>Login</h1>"), malformed, "got `text/html`").await;
    check(Reply::new(200, "text/plain", "hello"), malformed, "hello").await;
    check(Reply::json(200, ""), malformed, "not JSON").await;
    check(Reply::json(200, "[]"), malformed, "expected").await;
    check(Reply::json(200, "{}"), malformed, "expected").await;
    check(Reply::events("data: {\"\n\n"), malformed, "not JSON").await;
    check(Reply::json(200, "\u{1b}[2J"), malformed, "`\u{fffd}[2J`").await;
}

#[tokio::test]
async fn messages_of_the_provider_are_shown() {
    let status = ModelErrorKind::Status;
    let body = json!({ "error": { "message": "no such model", "code": "model_not_found" } });
    let reply = Reply::json(404, body.to_string());
    check(reply, status(404), "no such model (model_not_found); the URL was http://127.0.0.1:")
        .await;
    let reply = Reply::json(400, json!([{ "error": { "message": "bad field" } }]).to_string());
    check(reply, status(400), "status 400: bad field").await;
    check(Reply::json(422, r#"{"detail":"bad"}"#), status(422), "status 422: bad").await;
    check(Reply::json(400, r#"{"error":"bad"}"#), status(400), "status 400: bad").await;
    let html = "<html>\n  <h1>Bad \u{1b}[2J Gateway</h1>\n</html>";
    check(Reply::new(502, "text/html", html), status(502), "<html> <h1>Bad \u{fffd}[2J Gateway")
        .await;
    check(Reply::new(503, "", ""), status(503), "status 503: Service Unavailable").await;
    let redirect = Reply::new(308, "text/plain", "").header("location", "https://elsewhere/");
    check(redirect, status(308), "redirects are not followed").await;
    // An error behind the status 200.
    let body = json!({ "error": { "message": "busy", "code": 503 } });
    check(Reply::json(200, body.to_string()), status(503), "busy").await;
}

#[tokio::test]
async fn answers_may_come_in_the_other_form() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let fake = Fake::start([reply(&interface.text, !streams)]).await;
            let model = interface.model(&fake.url).streaming(streams);
            assert_eq!(ask(&model).await.0.unwrap().text, "Hello.", "{:?}", interface.provider);
            // The type of the content is no condition.
            let text = interface.text[usize::from(streams)].clone();
            let fake = Fake::start([Reply::new(200, "", text)]).await;
            let model = interface.model(&fake.url).streaming(streams);
            assert_eq!(ask(&model).await.0.unwrap().text, "Hello.", "{:?}", interface.provider);
            let fake = Fake::start([Reply::new(200, "text/plain", &*interface.text[0])]).await;
            let model = interface.model(&fake.url).streaming(streams);
            assert_eq!(ask(&model).await.0.unwrap().text, "Hello.", "{:?}", interface.provider);
        }
    }
}

#[tokio::test]
async fn endless_bodies_are_bounded() {
    let endless = Reply::json(200, "{\"x\":\"").repeating(&"x".repeat(1 << 16), None);
    check(endless, ModelErrorKind::Malformed, "up to 32 MiB, got more").await;
    let failed = Reply::json(500, "").repeating(&"x".repeat(1 << 16), None);
    check(failed, ModelErrorKind::Status(500), "status 500: xxx").await;
    for interface in Interface::all() {
        let line = Reply::events("data: ").repeating(&"x".repeat(1 << 16), None);
        let fake = Fake::start([line]).await;
        let error = ask(&interface.model(&fake.url)).await.0.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Malformed, "{error}");
    }
}

#[tokio::test]
async fn a_stream_of_nothing_is_bounded() {
    let comment = format!(": {}\n\n", "x".repeat(1 << 20));
    let fake = Fake::start([Reply::events("").repeating(&comment, None)]).await;
    let error = ask(&Interface::all()[0].model(&fake.url)).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Malformed);
    assert!(error.to_string().contains("up to 128 MiB, got more"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let fake = Fake::start([]).await;
    let model = Interface::all()[0].model(&fake.url).retries(0);
    let error = ask(&model).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Connection);
    let shown = error.to_string();
    assert!(shown.contains(&format!("{}/v1/responses", fake.url)), "{shown}");
    assert!(shown.contains("connect error"), "{shown}");
}
