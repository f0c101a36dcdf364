//! Redis goes away and comes back.

use mcp_test_redis::{RedisServer, SURVIVES_KILL};

use super::proxy::Proxy;
use super::server::command;
use super::{open, shared};
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::{Batch, Committed};
use crate::store::suite::trial::{Time, Trial};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_loses_nothing_that_was_acknowledged() {
    let Some(server) = RedisServer::start(&SURVIVES_KILL) else { return };
    let store = Trial::new(open(&server.url()), Time::Real);
    let mut listener = store.backend.subscribe("topic").await.unwrap();
    for round in 0..2_u32 {
        let count = round * 20;
        for entry in count..count + 20 {
            store.commit(Batch::new().append("log", entry.to_string(), None)).await;
        }
        server.kill();
        let (read, written, subscribed) = tokio::join!(
            store.backend.get("key"),
            store.backend.commit(Batch::new().put("key", "lost", None)),
            store.backend.subscribe("other"),
        );
        let expected = format!(
            "Redis at `127.0.0.1:{}` cannot be reached; check that it is running and that the URL is \
             right",
            server.port()
        );
        let errors = [read.err(), written.err(), subscribed.err()];
        for error in errors.map(|error| error.expect("Redis has gone")) {
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
            assert_eq!(error.to_string(), expected);
        }
        server.restart();
        // Listeners read again.
        assert_eq!(listener.next().await.unwrap(), "");
        let entries = store.log("log").await;
        let expected = (0..count + 20).map(|entry| (u64::from(entry) + 1, entry.to_string()));
        assert!(entries.into_iter().eq(expected), "round {round}");
        assert_eq!(store.text("key").await, None);
        store.commit(Batch::new().publish("topic", "again")).await;
        assert_eq!(listener.next().await.unwrap(), "again");
        let mut other = store.backend.subscribe("other").await.unwrap();
        store.commit(Batch::new().publish("other", "too")).await;
        assert_eq!(other.next().await.unwrap(), "too");
    }
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_is_carried_out_once() {
    let Some(server) = shared() else { return };
    let proxy = Proxy::before(server.port()).await;
    let store = Trial::new(open(&format!("redis://127.0.0.1:{}", proxy.port)), Time::Real);
    let mut version = store.commit(Batch::new().put("key", "0", None)).await;
    for round in 1..=5_u64 {
        proxy.break_at_next_answer();
        let batch = Batch::new().append("log", round.to_string(), None);
        let batch = batch.expect("key", version).put("key", round.to_string(), None);
        version = store.commit(batch).await;
        assert!(!proxy.will_break(), "no answer was lost");
        assert_eq!(store.version("key").await, Some(version));
        assert_eq!(store.log("log").await.len() as u64, round);
    }
    // A conflict stays one.
    proxy.break_at_next_answer();
    assert!(store.conflicts(Batch::new().expect_absent("key").put("key", "6", None)).await);
    assert!(!proxy.will_break(), "no answer was lost");
    // What is read is read again.
    proxy.break_at_next_answer();
    assert_eq!(store.text("key").await.as_deref(), Some("5"));
    assert!(!proxy.will_break(), "no answer was lost");
}

#[tokio::test]
async fn a_broken_subscription_is_made_again() {
    let Some(server) = shared() else { return };
    let proxy = Proxy::before(server.port()).await;
    let store = Trial::new(open(&format!("redis://127.0.0.1:{}", proxy.port)), Time::Real);
    store.commit(Batch::new()).await;
    let mut listener = store.backend.subscribe("topic").await.unwrap();
    let mut other = store.backend.subscribe("other").await.unwrap();
    for _ in 0..3 {
        // The connection breaks at the message or at the answer to the batch.
        proxy.break_at_next_answer();
        store.commit(Batch::new().publish("topic", "1")).await;
        let message = listener.next().await.unwrap();
        if message.is_empty() {
            assert_eq!(other.next().await.unwrap(), "");
        } else {
            assert_eq!(message, "1");
        }
    }
    let mut third = store.backend.subscribe("topic").await.unwrap();
    store.commit(Batch::new().publish("topic", "2")).await;
    assert_eq!(third.next().await.unwrap(), "2");
}

#[tokio::test]
async fn a_connection_without_answers_is_given_up() {
    let Some(server) = shared() else { return };
    let proxy = Proxy::before(server.port()).await;
    let store = open(&format!("redis://127.0.0.1:{}", proxy.port));
    store.commit(Batch::new().put("key", "1", None)).await.unwrap();
    proxy.swallow_answers();
    let error = store.commit(Batch::new().put("key", "2", None)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let message = error.to_string();
    assert!(
        message.ends_with("did not answer in time; check its load and the network"),
        "{message}"
    );
    // The old connection stays silent.
    proxy.work();
    assert_eq!(store.get("key").await.unwrap().unwrap().value, "2");
}

#[tokio::test]
async fn a_primary_that_became_a_replica_is_reported() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let Some(other) = shared() else { return };
    let store = open(&server.url());
    store.commit(Batch::new().put("key", "1", None)).await.unwrap();
    command(&server, &["REPLICAOF", "127.0.0.1", &other.port().to_string()]);
    let error = store.commit(Batch::new().put("key", "2", None)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{}", error.report());
    assert!(error.to_string().contains("is a replica"), "{}", error.report());
    command(&server, &["REPLICAOF", "NO", "ONE"]);
    let committed = store.commit(Batch::new().put("key", "3", None)).await.unwrap();
    assert_ne!(committed, Committed::Conflict);
}

#[test]
fn a_store_outlives_the_runtime_that_used_it() {
    let Some(server) = shared() else { return };
    let store = open(&server.url());
    for round in 0..3 {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut listener = store.subscribe("topic").await.unwrap();
            let batch = Batch::new().append("log", "entry", None).publish("topic", "message");
            store.commit(batch).await.unwrap();
            while listener.next().await.unwrap() != "message" {}
            assert_eq!(store.entries("log", 0, 9).await.unwrap().len(), round + 1);
        });
    }
}
