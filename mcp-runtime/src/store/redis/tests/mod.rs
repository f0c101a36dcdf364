//! A store in Redis: the behaviour of all stores, what processes share, and errors.
//!
//! The tests start `redis-server`, if it is installed. With `MCP_TEST_REDIS`, a URL, those that leave
//! the server alone use that one.

mod executor;
mod outage;
mod proxy;
mod server;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_test_redis::RedisServer;

use self::server::{command, shared};
use super::Redis;
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::Batch;
use crate::store::suite::conformance;
use crate::store::suite::trial::{Time, Trial};

/// A prefix for the names of one test.
fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    format!("{{mcp-test-{:x}-{number}}}:", u64::from_ne_bytes(random))
}

fn open(url: &str) -> Redis {
    Redis::with_prefix(url, &prefix()).unwrap()
}

async fn redis() -> Option<Trial> {
    if let Ok(url) = std::env::var("MCP_TEST_REDIS") {
        return Some(Trial::new(open(&url), Time::Real));
    }
    let server = shared()?;
    Some(Trial::keeping(open(&server.url()), Time::Real, server))
}

conformance!(redis);

#[tokio::test]
async fn processes_share_a_store() {
    let Some(server) = shared() else { return };
    let prefix = prefix();
    let open = || Trial::new(Redis::with_prefix(&server.url(), &prefix).unwrap(), Time::Real);
    let (first, second) = (open(), open());
    assert!(first.backend.is_shared());
    let mut listener = second.backend.subscribe("topic").await.unwrap();
    let version = first.commit(Batch::new().put("key", "1", None).publish("topic", "new")).await;
    assert_eq!(listener.next().await.unwrap(), "new");
    assert_eq!(second.version("key").await, Some(version));
    second.commit(Batch::new().expect("key", version).put("key", "2", None)).await;
    assert!(first.conflicts(Batch::new().expect("key", version).remove("key")).await);
}

#[tokio::test]
async fn databases_are_apart() {
    let Some(server) = shared() else { return };
    let prefix = prefix();
    let open = |database: u8| {
        let url = format!("{}/{database}", server.url());
        Trial::new(Redis::with_prefix(&url, &prefix).unwrap(), Time::Real)
    };
    let (first, second) = (open(1), open(2));
    let mut listener = first.backend.subscribe("topic").await.unwrap();
    second.commit(Batch::new().put("key", "2", None).publish("topic", "2")).await;
    assert_eq!(first.text("key").await, None);
    first.commit(Batch::new().publish("topic", "1")).await;
    assert_eq!(listener.next().await.unwrap(), "1");
}

#[tokio::test]
async fn no_version_comes_back_after_a_loss() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let store = Trial::new(open(&server.url()), Time::Real);
    let before = store.commit(Batch::new().put("key", "before", None)).await;
    command(&server, &["FLUSHALL"]);
    let after = store.commit(Batch::new().put("key", "after", None)).await;
    assert!(after > before, "{after} after {before}");
    assert!(store.conflicts(Batch::new().expect("key", before)).await);
}

#[tokio::test]
async fn keys_that_expire_have_an_expiry_in_redis() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let store = Trial::new(open(&server.url()), Time::Real);
    let soon = Some(store.time.now() + Duration::from_secs(30));
    store.commit(Batch::new().put("key", "1", soon).append("log", "1", soon)).await;
    let redis::Value::Array(keys) = command(&server, &["KEYS", "*"]) else { panic!("no list") };
    let mut lasting = Vec::new();
    for key in keys {
        let key: String = redis::from_redis_value(key).unwrap();
        if command(&server, &["TTL", &key]) == redis::Value::Int(-1) {
            lasting.push(key);
        }
    }
    assert!(matches!(&*lasting, [key] if key.ends_with("}:version")), "{lasting:?}");
}

#[tokio::test]
async fn without_memory_nothing_is_written() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let store = Trial::new(open(&server.url()), Time::Real);
    store.commit(Batch::new().put("key", "1", None)).await;
    command(&server, &["CONFIG", "SET", "maxmemory", "1"]);
    let batch = Batch::new().remove("key").put("other", "2", None).append("log", "2", None);
    let error = store.backend.commit(batch).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().ends_with("has no memory left; raise its `maxmemory`"), "{error}");
    command(&server, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(store.text("key").await.as_deref(), Some("1"));
    assert_eq!(store.text("other").await, None);
    assert_eq!(store.log("log").await, []);
}

#[tokio::test]
async fn a_refused_login_is_explained_without_the_password() {
    let Some(server) = RedisServer::start(&["--requirepass", "correct"]) else { return };
    let port = server.port();
    for login in ["", ":secret@"] {
        let store = open(&format!("redis://{login}127.0.0.1:{port}"));
        let batch = store.commit(Batch::new().put("key", "1", None)).await.unwrap_err();
        let topic = store.subscribe("topic").await.err().expect("the login was accepted");
        for error in [batch, topic] {
            assert_eq!(error.kind(), StoreErrorKind::Settings, "{}", error.report());
            let report = format!("{} {error:?}", error.report());
            assert!(report.contains("refused the login"), "{report}");
            assert!(!report.contains("secret"), "{report}");
        }
    }
    let store = open(&format!("redis://:correct@127.0.0.1:{port}"));
    store.commit(Batch::new().put("key", "1", None)).await.unwrap();
    assert_eq!(store.description(), format!("redis `127.0.0.1:{port}`"));
}

#[test]
fn unusable_urls_are_refused() {
    for url in ["", "127.0.0.1:6379", "http://:secret@127.0.0.1", "rediss://:secret@127.0.0.1"] {
        let error = Redis::open(url).err().expect(url);
        assert_eq!(error.kind(), StoreErrorKind::Settings);
        let report = format!("{} {error:?}", error.report());
        assert!(report.contains("write `redis://host:6379`"), "{report}");
        assert!(!report.contains("secret"), "{report}");
    }
}

#[tokio::test]
async fn data_of_another_program_is_reported() {
    let Some(server) = shared() else { return };
    let prefix = prefix();
    let store = Redis::with_prefix(&server.url(), &prefix).unwrap();
    command(&server, &["SET", &format!("{prefix}record:key"), "text"]);
    let error = store.get("key").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{}", error.report());
    command(&server, &["DEL", &format!("{prefix}record:key")]);
    command(&server, &["HSET", &format!("{prefix}record:key"), "n", "text", "v", "1"]);
    let error = store.get("key").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{}", error.report());
}
