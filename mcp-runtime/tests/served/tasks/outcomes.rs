//! Tasks whose calls fail.

use serde_json::json;

use super::kit::{GENERATIONS, Generation, Peer, text};
use super::tools::{World, server};

#[tokio::test]
async fn a_tool_that_fails() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let id = peer.start("fails", json!({})).await;
        let result = peer.outcome(&id).await.unwrap();
        assert_eq!((&result["isError"], text(&result)), (&json!(true), "it went wrong"));
        // The generations differ in what that is.
        match generation {
            Generation::Core => {
                let task = peer.until(&id, "failed").await;
                assert_eq!(task["statusMessage"], "it went wrong", "{task}");
            }
            Generation::Extension => {
                let task = peer.until(&id, "completed").await;
                assert!(task.get("statusMessage").is_none() && task.get("error").is_none());
            }
        }
    }
}

#[tokio::test]
async fn errors_of_the_protocol_and_panics() {
    for generation in GENERATIONS {
        for (tool, arguments, code, message) in [
            ("breaks", json!({}), -32602, "it cannot be"),
            ("panics", json!({ "name": "x" }), -32603, "the handler failed unexpectedly"),
        ] {
            let mut peer = Peer::of(generation, server(&World::new())).await;
            let id = peer.start(tool, arguments).await;
            let error = peer.outcome(&id).await.unwrap_err();
            assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(message)));
            let task = peer.until(&id, "failed").await;
            assert_eq!(task["statusMessage"], message, "{task}");
            assert!(task.get("result").is_none(), "{task}");
            // The server goes on.
            let id = peer.start("panics", json!({ "name": "" })).await;
            assert_eq!(text(&peer.outcome(&id).await.unwrap()), "");
        }
    }
}
