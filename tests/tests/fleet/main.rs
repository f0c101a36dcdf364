//! Instances of a server, as processes, behind a plain round-robin balancer, with a real Redis.

#![cfg(unix)]
#![allow(missing_docs)]

mod balancer;
mod crashes;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, ClientBuilder, Era, Event, Http, Watch};
use mcp_runtime::protocol::ElicitResult;
use mcp_test_redis::{RedisServer, SURVIVES_KILL};
use mcp_tests::http::{HttpServer, Response, send};
use mcp_tests::process::TEST_TIMEOUT;
use serde_json::{Value, json};

/// Two instances behind a balancer.
struct Fleet {
    redis: RedisServer,
    instances: [HttpServer; 2],
    balancer: SocketAddr,
}

impl Fleet {
    /// Starts a fleet; `None` if Redis is not installed.
    fn start() -> Option<Self> {
        let redis = RedisServer::start(&SURVIVES_KILL)?;
        let url = redis.database(0);
        let instances = [(); 2].map(|()| HttpServer::start_with("fleet", &["--instance", &url]));
        let balancer = balancer::start(instances.iter().map(|it| it.address).collect());
        Some(Self { redis, instances, balancer })
    }
}

/// A legacy session over one address or several.
struct Session {
    id: String,
}

impl Session {
    fn open(address: SocketAddr) -> Self {
        let capabilities = json!({ "elicitation": {}, "tasks": {} });
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": { "name": "test", "version": "1" },
        } });
        let opened = send(address, "/mcp", "POST", "", Some(&body));
        assert_eq!(opened.status(), 200, "{}", opened.head);
        let id = opened.header("mcp-session-id").expect("a session has an id").to_owned();
        Self { id }
    }

    fn headers(&self) -> String {
        format!("mcp-session-id: {}\r\nmcp-protocol-version: 2025-11-25\r\n", self.id)
    }

    fn post(&self, address: SocketAddr, body: &Value) -> Response {
        send(address, "/mcp", "POST", &self.headers(), Some(body))
    }

    fn call(&self, address: SocketAddr, id: u64, tool: &str) -> Response {
        let params = json!({ "name": tool, "arguments": {}, "_meta": { "progressToken": id } });
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        self.post(address, &body)
    }

    /// Resumes a stream behind an event.
    fn resume(&self, address: SocketAddr, last: &str) -> Response {
        let headers = format!("{}last-event-id: {last}\r\n", self.headers());
        send(address, "/mcp", "GET", &headers, None)
    }

    /// Reads the own stream.
    fn listen(&self, address: SocketAddr) -> Response {
        send(address, "/mcp", "GET", &self.headers(), None)
    }
}

/// The text that a call has returned as JSON.
fn text(response: Response) -> String {
    let body = response.text();
    let json: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}"));
    json["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{json}")).to_owned()
}

fn named(builder: ClientBuilder<Http>, asked: &Arc<AtomicUsize>) -> ClientBuilder<Http> {
    let asked = Arc::clone(asked);
    builder.on_form(move |_| {
        asked.fetch_add(1, Ordering::SeqCst);
        async {
            let content = json!({ "name": "Ann" });
            ElicitResult::accept(content.as_object().cloned().unwrap_or_default())
        }
    })
}

#[test]
fn one_command_starts_a_fleet() {
    if RedisServer::start(&[]).is_none() {
        return;
    }
    let fleet = HttpServer::start("fleet");
    let session = Session::open(fleet.address);
    let processes: BTreeSet<_> =
        (1..=4).map(|id| text(session.call(fleet.address, id, "instance"))).collect();
    assert_eq!(processes.len(), 2, "{processes:?}");
    assert_eq!(fleet.signal("TERM"), Some(0));
}

#[tokio::test]
async fn both_eras_are_served_without_sticky_sessions() {
    let Some(fleet) = Fleet::start() else { return };
    let url = format!("http://{}/mcp", fleet.balancer);
    for (era, revision) in [(Era::Legacy, "2025-11-25"), (Era::Modern, "2026-07-28")] {
        let asked = Arc::default();
        let client = named(Client::http(&url).era(era), &asked).connect().await.unwrap();
        assert_eq!(client.revision().as_str(), revision);
        let mut processes = BTreeSet::new();
        for _ in 0..8 {
            processes.insert(client.call_as::<u32>("instance", ()).await.unwrap());
        }
        assert_eq!(processes.len(), 2, "{revision}: {processes:?}");
        for count in 1..=4 {
            let greeting = client.call_as::<String>("greet", ()).await.unwrap();
            assert_eq!(greeting, "Hello Ann!", "{revision}");
            assert_eq!(asked.load(Ordering::SeqCst), count, "{revision}");
        }
        client.close().await;
    }
}

#[tokio::test]
async fn changes_of_an_instance_are_heard_through_the_other() {
    let Some(fleet) = Fleet::start() else { return };
    let url = format!("http://{}/mcp", fleet.balancer);
    for era in [Era::Legacy, Era::Modern] {
        let client = Client::http(&url).era(era).connect().await.unwrap();
        let mut changes = client.subscribe(Watch::new().resource("fleet://state")).await.unwrap();
        let address = fleet.instances.each_ref().map(|instance| instance.address);
        for instance in address {
            tokio::task::spawn_blocking(move || {
                let session = Session::open(instance);
                assert_eq!(text(session.call(instance, 1, "announce")), "announced");
            })
            .await
            .unwrap();
            let change = tokio::time::timeout(TEST_TIMEOUT, changes.next()).await.unwrap();
            assert_eq!(change.unwrap().unwrap(), Event::Resource("fleet://state".into()));
        }
        client.close().await;
    }
}

#[test]
fn a_question_is_answered_and_a_stream_resumed_through_the_other_instance() {
    let Some(fleet) = Fleet::start() else { return };
    let [one, other] = fleet.instances.each_ref().map(|instance| instance.address);
    let session = Session::open(one);
    let mut asking = session.call(one, 1, "greet");
    let (last, question) = asking.next_event().expect("a question");
    drop(asking);
    let content = json!({ "action": "accept", "content": { "name": "Eve" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    assert_eq!(session.post(other, &answer).status(), 202);
    let mut resumed = session.resume(other, &last);
    let (_, answered) = resumed.next_event().expect("an answer");
    assert_eq!(answered["result"]["content"][0]["text"], "Hello Eve!", "{answered}");
    assert!(resumed.next_event().is_none(), "the stream ends with the answer");
}
