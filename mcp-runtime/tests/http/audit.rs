//! The audit log of a server over HTTP.

use mcp_runtime::audit::Audit;
use mcp_runtime::http::McpService;
use mcp_runtime::policy::{AccessRequest, Decision};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::client::{Draft, LEGACY, open_by, soon};

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Delete everything.
#[tool(scopes("admin"))]
async fn wipe() -> &'static str {
    "wiped"
}

fn service() -> (McpService, UnboundedReceiver<Value>) {
    let (sender, records) = unbounded_channel();
    let audit = Audit::new(move |record| {
        let _ = sender.send(serde_json::from_str(&record.to_json()).unwrap());
    });
    let server = Server::new("audited", "1").with::<(add, wipe)>().audit(audit);
    let policy = async |request: AccessRequest| match request.arguments().get("a") {
        Some(a) if *a == 0 => Decision::Deny("not zero".into()),
        _ => Decision::Allow,
    };
    (server.policy(policy).into_service().unwrap(), records)
}

#[tokio::test]
async fn requests_over_http_are_recorded_and_decided_on() {
    let (service, mut records) = service();
    let ann = || Principal::new("ann");
    let answer = Draft::call("add", json!({ "a": 0, "b": 1 })).by(ann()).send(&service).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text_result(), "access denied: not zero");
    let decision = soon(records.recv()).await.unwrap();
    assert_eq!(
        (&decision["event"], &decision["policy"]["decision"]),
        (&json!("decision"), &json!("deny"))
    );
    let record = soon(records.recv()).await.unwrap();
    for (member, value) in [
        ("event", "call"),
        ("transport", "http"),
        ("subject", "ann"),
        ("outcome", "denied"),
        ("client", "test 1"),
    ] {
        assert_eq!(record[member], value, "{record}");
    }
    assert!(record.get("session").is_none(), "{record}");
    // What a lack of scopes refuses is recorded too.
    let answer = Draft::call("wipe", json!({})).by(ann()).send(&service).await;
    assert_eq!(answer.status, 403);
    let decision = soon(records.recv()).await.unwrap();
    assert!(decision["policy"]["reason"].as_str().unwrap().contains("scope"), "{decision}");
    let record = soon(records.recv()).await.unwrap();
    assert_eq!((&record["component"], &record["outcome"]), (&json!("wipe"), &json!("denied")));
}

#[tokio::test]
async fn the_id_of_a_session_is_not_in_the_record() {
    let (service, mut records) = service();
    let session = open_by(&service, LEGACY, Principal::new("ann")).await;
    let params = json!({ "name": "add", "arguments": { "a": 1, "b": 2 } });
    for id in 1..=2 {
        let call = Draft::in_session(&session, id, "tools/call", params.clone());
        let answer = call.by(Principal::new("ann")).send(&service).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let mut digests = Vec::new();
    for _ in 0..4 {
        let record = soon(records.recv()).await.unwrap();
        assert!(!record.to_string().contains(&session), "{record}");
        digests.push(record["session"].as_str().unwrap().to_owned());
    }
    digests.dedup();
    assert_eq!((digests.len(), digests[0].len()), (1, 16));
}
