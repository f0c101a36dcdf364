//! Methods, notifications and results of extensions.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::ProtocolError;
use mcp_runtime::extension::CacheableResult;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::Settings;
use mcp_runtime::testing::{TestClient, TestClientBuilder, assert_refused, assert_text, eras};
use mcp_runtime::tool::ExtendedResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::kit::{Outcome, ask, assert_hint, clients, clients_with, data, is_modern, soon};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Undo {
    steps: u8,
}

#[derive(Serialize)]
struct Undone {
    left: u8,
}

async fn undo(cx: Context, undo: Undo) -> Result<Undone, ProtocolError> {
    cx.progress(1.0, 1.0, "");
    Ok(Undone { left: 9 - undo.steps })
}

/// Give a ticket to clients that know what to do with one.
#[tool]
async fn render(cx: &Context) -> ExtendedResult {
    match cx.client().extension("com.example/tickets") {
        Some(settings) => ExtendedResult::new("ticket", json!({ "for": settings })),
        None => CallToolResult::text("done").into(),
    }
}

fn server() -> Server {
    Server::new("extended", "1")
        .with::<render>()
        .extension("com.example/undo", json!({ "depth": 9 }))
        .method("undo/steps", undo)
        .method("undo/nothing", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
        .method("undo/kind", async |_: Context, (): ()| {
            let result = json!({ "resultType": "half", "a": 1, "_meta": { "com.example/b": 2 } });
            Ok::<_, ProtocolError>(result)
        })
        .method("undo/list", async |_: Context, (): ()| Ok::<_, ProtocolError>([1]))
        .method("undo/fail", async |_: Context, (): ()| {
            Err::<(), _>(std::io::Error::other("the disk is full"))
        })
        .method("undo/panic", async |_: Context, (): ()| -> Result<(), ProtocolError> {
            panic!("a secret")
        })
        .method("undo/require", async |cx: Context, (): ()| {
            cx.client().require_extension("com.example/undo").cloned()
        })
}

/// A client that supports an extension.
fn supporting(identifier: &'static str) -> impl Fn(TestClientBuilder) -> TestClientBuilder {
    move |builder| {
        let settings: Settings = serde_json::from_value(json!({ "version": 1 })).unwrap();
        builder.configure(move |client| client.extension(identifier, settings))
    }
}

#[tokio::test]
async fn an_extension_is_advertised() -> Outcome {
    for client in clients(server).await? {
        let expected = json!({ "com.example/undo": { "depth": 9 } });
        assert_eq!(json!(client.server_info().capabilities.extensions), expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_method_has_typed_parameters_and_results() -> Outcome {
    for client in clients(server).await? {
        let left = ask(&client, "undo/steps", json!({ "steps": 2 })).await?;
        assert_eq!(left, json!({ "left": 7 }));
        let progress = client.progress();
        assert_eq!((progress.len(), progress[0].progress), (1, 1.0));
    }
    Ok(())
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused() -> Outcome {
    for client in clients(server).await? {
        for (params, expected) in [
            (
                json!({ "steps": "x" }),
                "undo/steps: `steps`: expected an integer from 0 to 255, got \"x\"",
            ),
            (json!({}), "undo/steps: `params`: missing field `steps`"),
            (json!({ "steps": 1, "more": 2 }), "undo/steps: `more`: unknown field `more`"),
        ] {
            let outcome = client.request::<Value>("undo/steps", params).await;
            assert_refused(&outcome, ErrorCode::INVALID_PARAMS, expected);
        }
    }
    Ok(())
}

#[tokio::test]
async fn results_are_objects_and_may_be_of_another_kind() -> Outcome {
    for client in clients(server).await? {
        assert_eq!(ask(&client, "undo/nothing", ()).await?, json!({}));
        let half: Value = client.request("undo/kind", ()).await?;
        assert_eq!((&half["a"], &half["_meta"]["com.example/b"]), (&json!(1), &json!(2)));
        let meta = half["_meta"].get("io.modelcontextprotocol/serverInfo");
        let named = meta.map(|info| info["name"].clone());
        // In a session, results have neither `resultType` nor a description of the server.
        match is_modern(&client) {
            true => {
                assert_eq!((&half["resultType"], named), (&json!("half"), Some(json!("extended"))))
            }
            false => assert_eq!((&half["resultType"], named), (&Value::Null, None)),
        }
        let outcome = client.request::<Value>("undo/list", ()).await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "");
    }
    Ok(())
}

#[tokio::test]
async fn results_may_be_kept_where_the_revision_says_so() -> Outcome {
    let server = || {
        Server::new("cached", "1").method("x/kept", async |_: Context, (): ()| {
            let kept = CacheableResult::new(json!({ "a": 1 }), Duration::from_secs(5)).shared();
            Ok::<_, ProtocolError>(kept)
        })
    };
    let check = async |client: TestClient, scope: &str| {
        let kept = ask(&client, "x/kept", ()).await?;
        assert_eq!(kept["a"], 1);
        assert_eq!(kept.as_object().unwrap().len(), if is_modern(&client) { 3 } else { 1 });
        assert_hint(&client, &kept, 5000, scope);
        Outcome::Ok(())
    };
    for client in clients(server).await? {
        check(client, "public").await?;
    }
    // With visibility by caller, no result may be cached for all callers.
    for client in clients(|| server().visible(|_, _| true)).await? {
        check(client, "private").await?;
    }
    Ok(())
}

#[tokio::test]
async fn failures_are_errors_of_the_protocol() -> Outcome {
    for client in clients(server).await? {
        let failed = async |method: &str| {
            let error = client.request::<Value>(method, ()).await.unwrap_err();
            json!(error.remote().unwrap())
        };
        let expected = json!({ "code": -32603, "message": "the disk is full" });
        assert_eq!(failed("undo/fail").await, expected);
        let panicked = failed("undo/panic").await;
        assert_eq!(panicked["code"], -32603);
        assert!(!panicked.to_string().contains("secret"), "{panicked}");
        assert_eq!(failed("undo/unknown").await["code"], -32601);
    }
    Ok(())
}

#[tokio::test]
async fn a_client_is_asked_what_it_supports() -> Outcome {
    for client in clients(server).await? {
        let outcome = client.request::<Value>("undo/require", ()).await;
        assert_refused(&outcome, ErrorCode::MISSING_CLIENT_CAPABILITY, "com.example/undo");
        let extensions = json!({ "com.example/undo": {} });
        let expected = json!({ "requiredCapabilities": { "extensions": extensions } });
        assert_eq!(data(outcome), expected);
    }
    for client in clients_with(server, supporting("com.example/undo")).await? {
        assert_eq!(ask(&client, "undo/require", ()).await?, json!({ "version": 1 }));
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_may_answer_with_a_result_of_an_extension() -> Outcome {
    for client in clients(server).await? {
        assert_text(&client.call("render", ()).await?, "done");
    }
    for client in clients_with(server, supporting("com.example/tickets")).await? {
        let result: Value = client.request("tools/call", json!({ "name": "render" })).await?;
        assert_eq!(result["for"]["version"], 1);
        let expected = if is_modern(&client) { json!("ticket") } else { Value::Null };
        assert_eq!(result["resultType"], expected);
    }
    Ok(())
}

#[tokio::test]
async fn notifications_are_handled_in_their_order() -> Outcome {
    for era in eras() {
        let (sender, mut heard) = unbounded_channel();
        let sender: Arc<UnboundedSender<u8>> = Arc::new(sender);
        let server = server().notification("notifications/undo/steps", move |_, undo: Undo| {
            let sender = Arc::clone(&sender);
            async move { sender.send(undo.steps).unwrap() }
        });
        let client = TestClient::of(server).era(era).connect().await?;
        for params in [json!({ "steps": 2 }), json!({ "steps": "no" }), json!({ "steps": 3 })] {
            client.notify("notifications/undo/steps", params).await?;
        }
        let heard = (soon(heard.recv()).await, soon(heard.recv()).await);
        assert_eq!(heard, (Some(2), Some(3)), "{era:?}");
    }
    Ok(())
}

#[tokio::test]
async fn handlers_send_notifications_of_an_extension() -> Outcome {
    let server = || {
        Server::new("noisy", "1").method("noise/make", async |cx: Context, (): ()| {
            cx.notify("notifications/noise", json!({ "volume": 11 }));
            Ok::<_, ProtocolError>(())
        })
    };
    for client in clients(server).await? {
        ask(&client, "noise/make", ()).await?;
        let (method, params) = client.next_notification().await;
        assert_eq!((method.as_str(), &params["volume"]), ("notifications/noise", &json!(11)));
    }
    Ok(())
}
