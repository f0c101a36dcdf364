//! Attempts at requests.

use std::time::Duration;

use mcp_runtime::agent::ModelErrorKind;
use serde_json::json;

use crate::ask;
use crate::conversations::reply;
use crate::fake::{Fake, Reply};
use crate::interfaces::Interface;

fn failure(status: u16) -> Reply {
    let body = json!({ "error": { "message": "try later", "type": "some_error" } });
    Reply::json(status, body.to_string()).header("retry-after-ms", "0")
}

#[tokio::test]
async fn temporary_failures_are_retried() {
    for interface in Interface::all() {
        for (streams, status) in
            [(false, 429), (true, 500), (true, 529), (false, 408), (true, 409), (false, 425)]
        {
            let replies = [failure(status), failure(status), reply(&interface.text, streams)];
            let mut fake = Fake::start(replies).await;
            let model = interface.model(&fake.url).streaming(streams);
            let (answer, deltas) = ask(&model).await;
            assert_eq!(answer.unwrap().text, "Hello.", "{status}");
            assert!(!deltas.contains(&mcp_runtime::agent::Delta::Restart));
            let first = fake.request().await.body;
            assert_eq!(first, fake.request().await.body);
            assert_eq!(first, fake.request().await.body);
        }
    }
}

#[tokio::test]
async fn permanent_failures_are_not_retried() {
    let interface = &Interface::all()[0];
    for status in [400, 401, 403, 404, 413, 422, 301] {
        let fake = Fake::start([failure(status), reply(&interface.text, false)]).await;
        let model = interface.model(&fake.url).streaming(false);
        let error = ask(&model).await.0.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Status(status));
    }
    let body = json!({ "error": { "message": "pay", "code": "insufficient_quota" } });
    let replies = [Reply::json(429, body.to_string()), reply(&interface.text, false)];
    let fake = Fake::start(replies).await;
    let error = ask(&interface.model(&fake.url).streaming(false)).await.0.unwrap_err();
    assert!(error.to_string().contains("pay (insufficient_quota)"), "{error}");
    // The provider has the last word.
    let replies = [failure(500).header("x-should-retry", "false"), reply(&interface.text, false)];
    let fake = Fake::start(replies).await;
    assert!(ask(&interface.model(&fake.url).streaming(false)).await.0.is_err());
    let replies = [failure(400).header("x-should-retry", "true"), reply(&interface.text, false)];
    let fake = Fake::start(replies).await;
    assert!(ask(&interface.model(&fake.url).streaming(false)).await.0.is_ok());
}

#[tokio::test]
async fn attempts_are_bounded() {
    for interface in Interface::all() {
        let fake = Fake::start([failure(503), failure(503), failure(503)]).await;
        let error = ask(&interface.model(&fake.url)).await.0.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Status(503));
        assert!(
            error.to_string().ends_with("try later (some_error) (after 3 attempts)"),
            "{error}"
        );
        assert_eq!(fake.count().await, 3);
        let fake = Fake::start([failure(503)]).await;
        let error = ask(&interface.model(&fake.url).retries(0)).await.0.unwrap_err();
        assert!(error.to_string().ends_with("try later (some_error)"), "{error}");
        assert_eq!(fake.count().await, 1);
    }
}

#[tokio::test]
async fn the_provider_sets_the_pause() {
    let interface = &Interface::all()[2];
    let slow = |value: &str| Reply::json(429, "{}").header("retry-after", value);
    let fake = Fake::start([slow("1"), reply(&interface.text, true)]).await;
    let model = interface.model(&fake.url);
    let begun = std::time::Instant::now();
    ask(&model).await.0.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // A date that has passed.
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let fake = Fake::start([slow(date), reply(&interface.text, true)]).await;
    ask(&interface.model(&fake.url)).await.0.unwrap();
    // Too long a pause.
    let fake = Fake::start([slow("120")]).await;
    let error = ask(&interface.model(&fake.url)).await.0.unwrap_err();
    assert_eq!(error.wanted_delay(), Some(Duration::from_secs(120)));
    let expected = "a pause of 120 s, more than the 60 s of `GenaiModel::max_retry_wait`";
    assert!(error.to_string().contains(expected), "{error}");
    let fake = Fake::start([slow("1")]).await;
    let model = interface.model(&fake.url).max_retry_wait(Duration::from_millis(500));
    let error = ask(&model).await.0.unwrap_err().to_string();
    assert!(error.contains("more than the 0.5 s"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_retried() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let broken = Reply::json(200, &*interface.text[0]).breaking();
            let fake = Fake::start([broken, reply(&interface.text, streams)]).await;
            let model = interface.model(&fake.url).streaming(streams);
            let (answer, deltas) = ask(&model).await;
            assert_eq!(answer.unwrap().text, "Hello.");
            assert!(!deltas.contains(&mcp_runtime::agent::Delta::Restart));
        }
    }
}
