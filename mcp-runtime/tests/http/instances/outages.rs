//! Redis goes away while sessions are in use, and comes back.

use mcp_test_redis::RedisServer;
use serde_json::json;

use super::pair::{Instance, Pair, Place, able, call, delete, get, message};
use crate::client::{Draft, LEGACY, events, initialize, last_id, next, next_event, soon};

fn redis(pair: &Pair) -> &RedisServer {
    match &pair.place {
        Place::Redis(server) => server,
        Place::Folder(_) => panic!("a store in Redis"),
    }
}

/// Sends a request until the store can be reached again.
async fn once_back(draft: &Draft, instance: &Instance) -> crate::client::Answer {
    soon(async {
        loop {
            let answer = draft.send(&instance.service).await;
            if answer.status != 503 && answer.json()["error"].is_null() {
                return answer;
            }
        }
    })
    .await
}

#[tokio::test]
async fn requests_are_refused_while_redis_is_away_and_served_afterwards() {
    let Some(pair) = Pair::redis() else { return };
    let (session, other) = (able(&pair.a.service).await, able(&pair.a.service).await);
    let add = call(&session, 1, "add", json!({ "a": 1, "b": 2 }));
    assert_eq!(add.send(&pair.b.service).await.text_result(), "3");
    redis(&pair).kill();
    // A session that an instance serves needs no store for a plain call.
    assert_eq!(add.send(&pair.b.service).await.text_result(), "3");
    let level = Draft::in_session(&session, 2, "logging/setLevel", json!({ "level": "debug" }));
    let refused = level.send(&pair.a.service).await.json();
    let reason = refused["error"]["message"].as_str().unwrap();
    assert!(reason.contains("send the message again later"), "{reason}");
    let unknown_here = call(&other, 1, "add", json!({ "a": 1, "b": 2 }));
    for draft in
        [&unknown_here, &get(&other, None), &delete(&other), &Draft::post(initialize(LEGACY))]
    {
        let refused = draft.send(&pair.b.service).await;
        assert_eq!(refused.status, 503, "{refused:?}");
        let reason = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(reason.contains("send the message again later"), "{reason}");
    }
    redis(&pair).restart();
    assert_eq!(once_back(&unknown_here, &pair.b).await.text_result(), "3");
    assert_eq!(once_back(&level, &pair.a).await.json()["result"], json!({}));
}

#[tokio::test]
async fn an_answer_that_was_acknowledged_arrives_after_a_crash_of_redis() {
    let Some(pair) = Pair::redis() else { return };
    let session = able(&pair.a.service).await;
    let mut body = call(&session, 1, "greet", json!({})).begin(&pair.a.service).await.into_body();
    let question = soon(next_event(&mut body)).await;
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(message(&session, initialized).send(&pair.b.service).await.status, 202);
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    let answer = message(&session, answer);
    redis(&pair).kill();
    assert_eq!(answer.send(&pair.b.service).await.status, 503);
    redis(&pair).restart();
    soon(async { while answer.send(&pair.b.service).await.status != 202 {} }).await;
    let told = soon(next_event(&mut body)).await;
    assert_eq!(told["result"]["content"][0]["text"], "Ann", "{told}");
}

#[tokio::test]
async fn a_stream_that_is_followed_survives_a_crash_of_redis() {
    let Some(pair) = Pair::redis() else { return };
    let session = able(&pair.a.service).await;
    let park = call(&session, 1, "park", json!({ "say": true }));
    let mut body = park.begin(&pair.a.service).await.into_body();
    let first = soon(next(&mut body)).await.unwrap();
    let resume = get(&session, Some(&last_id(&first)));
    let mut resumed = soon(async {
        loop {
            let response = resume.begin(&pair.b.service).await;
            if response.status() == 200 {
                return response.into_body();
            }
        }
    })
    .await;
    redis(&pair).kill();
    pair.a.signals.go.notify_one();
    soon(pair.a.signals.finished.notified()).await;
    redis(&pair).restart();
    let answer = loop {
        let piece = soon(next(&mut resumed)).await.unwrap();
        if let [answer] = &events(&piece)[..] {
            break answer.clone();
        }
    };
    assert_eq!(answer["result"]["content"][0]["text"], "went on", "{answer}");
    assert_eq!(soon(next(&mut resumed)).await, None);
}
