//! Responses of a hostile upstream server.

use mcp_runtime::client::Era;
use mcp_runtime::gateway::Proxy;
use mcp_runtime::jsonrpc::ErrorCode;
use serde_json::{Value, json};

use crate::gateway::ERAS;
use crate::peer::{Peer, discovered};
use crate::scripted;

#[tokio::test]
async fn errors_of_one_connection_are_not_those_of_another() {
    for eras in ERAS {
        let (mut peer, client) = scripted::connected(eras, |it| it).await;
        // Errors about headers and revisions of the upstream connection.
        for code in [-32020, -32022] {
            let server = async {
                loop {
                    let asked = peer.receive().await;
                    if asked["method"] == "tools/call" {
                        let data = json!({ "supported": ["2026-07-28"] });
                        peer.refuse(&asked, code, data).await;
                    } else {
                        peer.answer(&asked, json!({})).await;
                    }
                }
            };
            let outcome = tokio::select! {
                outcome = client.call("up_t", ()).into_future() => outcome,
                () = server => continue,
            };
            let error = outcome.unwrap_err();
            let code = error.remote().map(|error| error.code);
            assert_eq!(code, Some(ErrorCode::INTERNAL_ERROR), "{eras:?}: {error}");
        }
    }
}

#[tokio::test]
async fn lists_without_an_end_are_left_soon() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        peer.answer(&asked, discovered()).await;
        let asked = peer.expect("subscriptions/listen").await;
        peer.refuse(&asked, -32603, Value::Null).await;
        for page in 0..200 {
            let asked = peer.expect("tools/list").await;
            let tool =
                |n| json!({ "name": format!("t{page}-{n}"), "inputSchema": { "type": "object" } });
            let tools: Vec<_> = (0..200).map(tool).collect();
            let result = json!({
                "resultType": "complete", "ttlMs": 0, "cacheScope": "private",
                "tools": tools, "nextCursor": page.to_string(),
            });
            peer.answer(&asked, result).await;
        }
        panic!("the list is still followed");
    };
    let proxy = async {
        let client = builder.era(Era::Modern).connect().await.unwrap();
        Proxy::of(client).await.unwrap_err()
    };
    let error = tokio::select! {
        error = proxy => error,
        () = server => return,
    };
    assert!(error.to_string().contains("too many"), "{error}");
}
