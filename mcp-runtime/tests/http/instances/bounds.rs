//! Limits of what a session can put into the store.

use mcp_runtime::http::HttpConfig;
use serde_json::{Value, json};

use super::on_both;
use super::pair::{Pair, able, call, get, message, resume};
use crate::client::{Draft, events, initialize, last_id, next, soon};

on_both!(
    answers_that_nobody_has_asked_for_are_bounded,
    stored_subscriptions_are_bounded,
    stored_notifications_are_bounded_and_the_answer_is_stored,
    an_answer_that_is_too_large_is_replaced_by_an_error,
    ended_streams_are_removed,
    an_evicted_session_ends_everywhere,
);

/// A question id in the form of ours.
fn question_id(number: usize) -> String {
    format!("ask-{number:032x}")
}

async fn answers_that_nobody_has_asked_for_are_bounded(pair: Pair) {
    let pair = pair.with(HttpConfig::local().session_memory_limit(100 << 10));
    let session = able(&pair.a.service).await;
    let post = |number: usize| {
        let result = json!({ "roots": [], "padding": "x".repeat(10 << 10) });
        let answer = json!({ "jsonrpc": "2.0", "id": question_id(number), "result": result });
        message(&session, answer)
    };
    let mut accepted = 0;
    let refused = loop {
        let answer = post(accepted).send(&pair.b.service).await;
        if answer.status != 202 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 20, "they are not bounded");
    };
    assert_eq!(refused.status, 429, "{refused:?}");
    // What is not an id of ours is ignored.
    let other = json!({ "jsonrpc": "2.0", "id": "x", "result": {} });
    assert_eq!(message(&session, other).send(&pair.a.service).await.status, 202);
}

async fn stored_subscriptions_are_bounded(pair: Pair) {
    let session = able(&pair.a.service).await;
    let subscribe = |id: i64, uri: String| {
        Draft::in_session(&session, id, "resources/subscribe", json!({ "uri": uri }))
    };
    let long = "x".repeat(100 << 10);
    let mut id = 0;
    let refused: Value = loop {
        let instance = if id % 2 == 0 { &pair.a } else { &pair.b };
        let answer = subscribe(id, format!("a:{id}{long}")).send(&instance.service).await.json();
        if !answer["error"].is_null() {
            break answer;
        }
        id += 1;
        assert!(id < 20, "they are not bounded");
    };
    assert_eq!((refused["error"]["code"].as_i64(), id), (Some(-32602), 5), "{refused}");
}

async fn stored_notifications_are_bounded_and_the_answer_is_stored(pair: Pair) {
    let session = able(&pair.a.service).await;
    let flood = call(&session, 1, "flood", json!({}));
    let mut body = flood.begin(&pair.a.service).await.into_body();
    let mut all = String::new();
    while let Some(more) = soon(next(&mut body)).await {
        all.push_str(&more);
    }
    let first = all.split_inclusive("\n\n").next().unwrap();
    let mut resumed = resume(&pair.b, &session, &last_id(first)).await;
    let mut stored = String::new();
    while let Some(more) = soon(next(&mut resumed)).await {
        stored.push_str(&more);
    }
    assert!(stored.len() < 300 << 10, "{}", stored.len());
    assert_eq!(last_id(&stored), last_id(&all));
    let answer = events(&stored).pop().unwrap();
    assert_eq!(answer["result"]["content"][0]["text"], "flooded");
}

async fn an_answer_that_is_too_large_is_replaced_by_an_error(pair: Pair) {
    let pair = pair.with(HttpConfig::local().session_memory_limit(64 << 10));
    let session = able(&pair.a.service).await;
    let park = call(&session, 1, "park", json!({ "say": true, "size": 100 << 10 }));
    let mut body = park.begin(&pair.a.service).await.into_body();
    let first = soon(next(&mut body)).await.unwrap();
    pair.a.signals.go.notify_one();
    let mut all = String::new();
    while let Some(more) = soon(next(&mut body)).await {
        all.push_str(&more);
    }
    assert!(all.len() > 100 << 10, "the client itself has it");
    let mut resumed = resume(&pair.b, &session, &last_id(&first)).await;
    let mut stored = String::new();
    while let Some(more) = soon(next(&mut resumed)).await {
        stored.push_str(&more);
    }
    let [end] = &events(&stored)[..] else { panic!("{stored}") };
    let reason = end["error"]["message"].as_str().unwrap();
    assert!(reason.contains("too large") && reason.contains("send the request again"), "{reason}");
    assert_eq!((&end["id"], last_id(&stored)), (&json!(1), last_id(&all)));
}

async fn ended_streams_are_removed(pair: Pair) {
    let session = able(&pair.a.service).await;
    let mut first = Vec::new();
    for id in 1..=12 {
        let report = call(&session, id, "report", json!({}));
        let text = report.send(&pair.a.service).await.body;
        let event = last_id(text.split_inclusive("\n\n").next().unwrap());
        // Read to its end, which is then in the store.
        let mut stored = resume(&pair.b, &session, &event).await;
        while soon(next(&mut stored)).await.is_some() {}
        first.push(event);
    }
    soon(async {
        while get(&session, Some(&first[0])).send(&pair.b.service).await.status != 400 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(get(&session, Some(&first[11])).send(&pair.b.service).await.status, 200);
    assert_eq!(get(&session, Some(&first[0])).send(&pair.b.service).await.status, 400);
}

async fn an_evicted_session_ends_everywhere(pair: Pair) {
    let pair = pair.with(HttpConfig::local().max_sessions(2));
    let first = able(&pair.a.service).await;
    let second = able(&pair.a.service).await;
    let add = |session: &str| call(session, 1, "add", json!({ "a": 1, "b": 2 }));
    // Room for a session of another instance is made without an end.
    for session in [&first, &second] {
        assert_eq!(add(session).send(&pair.b.service).await.text_result(), "3");
    }
    let third = Draft::post(initialize("2025-11-25")).send(&pair.b.service).await;
    assert_eq!(third.status, 200);
    for session in [&first, &second] {
        assert_eq!(add(session).send(&pair.a.service).await.text_result(), "3");
        assert_eq!(add(session).send(&pair.b.service).await.text_result(), "3");
    }
    let fourth = able(&pair.a.service).await;
    soon(async {
        while add(&first).send(&pair.b.service).await.status != 404 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(add(&fourth).send(&pair.b.service).await.text_result(), "3");
}
