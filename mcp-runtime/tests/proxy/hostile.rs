//! Responses of a hostile upstream server.

use mcp_runtime::jsonrpc::ErrorCode;
use serde_json::json;

use crate::gateway::ERAS;
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
