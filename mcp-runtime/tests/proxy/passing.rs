//! Members that pass through a gateway unchanged: `_meta` of callers, and what results contain.

use std::sync::{Arc, Mutex};

use mcp_runtime::Server;
use mcp_runtime::client::{Client, Era};
use mcp_runtime::gateway::Proxy;
use serde_json::{Value, json};

use crate::answering::{Answer, all_lists, answering, items, tool};
use crate::gateway::{ERAS, connect};

/// Requests of a client to the gateway, by method and parameters.
fn requests() -> [(&'static str, Value); 4] {
    [
        ("tools/call", json!({ "name": "up_t", "arguments": {} })),
        ("resources/read", json!({ "uri": "x://up/a" })),
        ("prompts/get", json!({ "name": "up_p", "arguments": { "a": "b" } })),
        (
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "up_p" },
                "argument": { "name": "a", "value": "" },
            }),
        ),
    ]
}

/// A client of a gateway to a server with one component of each kind.
async fn behind(
    eras: (Era, Era),
    mut answer: impl FnMut(&str, &Value) -> Answer + Send + 'static,
) -> Client {
    let upstream = answering(eras.1, all_lists(), move |method, params| match method {
        "tools/list" => items(method, method, json!([tool("t")])),
        "resources/list" => items(method, method, json!([{ "uri": "x://a", "name": "a" }])),
        "prompts/list" => {
            items(method, method, json!([{ "name": "p", "arguments": [{ "name": "a" }] }]))
        }
        "resources/templates/list" => items(method, method, json!([])),
        _ => answer(method, params),
    });
    let proxy = Proxy::of(upstream.connect().await.unwrap()).await.unwrap().prefix("up");
    connect(Server::new("gateway", "1").proxy(proxy), eras.0, |it| it).await
}

fn result_of(method: &str) -> Value {
    match method {
        "tools/call" => json!({ "content": [{ "type": "text", "text": "t" }] }),
        "resources/read" => json!({ "contents": [{ "uri": "x://a", "text": "t" }] }),
        "prompts/get" => {
            json!({ "messages": [{ "role": "user", "content": { "type": "text", "text": "t" } }] })
        }
        _ => json!({ "completion": { "values": ["v"] } }),
    }
}

#[tokio::test]
async fn the_metadata_of_callers_passes() {
    for eras in ERAS {
        let seen = Arc::<Mutex<Vec<Value>>>::default();
        let keeping = Arc::clone(&seen);
        let client = behind(eras, move |method, params| {
            keeping.lock().unwrap().push(params["_meta"].clone());
            Ok(result_of(method))
        })
        .await;
        for (method, params) in requests() {
            let meta = json!({
                "com.example/tenant": { "id": 12_345_678_901_234_567_890_u64, "weight": 1.0 },
                "plain": null,
                "io.modelcontextprotocol/related-task": { "taskId": "ours" },
                "io.modelcontextprotocol/subscriptionId": "ours",
                "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            });
            let call = client.request::<Value>(method, params);
            let Value::Object(members) = meta.clone() else { unreachable!() };
            members
                .into_iter()
                .fold(call, |call, (key, value)| call.meta(key, value))
                .await
                .unwrap();
            let found = seen.lock().unwrap().pop().unwrap();
            for key in ["com.example/tenant", "plain", "traceparent"] {
                assert_eq!(found.get(key), meta.get(key), "{method} {key} {eras:?}");
            }
            for key in ["related-task", "subscriptionId"] {
                let key = format!("io.modelcontextprotocol/{key}");
                assert_eq!(found.get(key), None, "{method} {eras:?}: {found}");
            }
            let version = &found["io.modelcontextprotocol/protocolVersion"];
            let expected = if eras.1 == Era::Modern { json!("2026-07-28") } else { Value::Null };
            assert_eq!(version, &expected, "{method} {eras:?}");
        }
    }
}

#[tokio::test]
async fn unknown_members_of_results_pass() {
    for eras in ERAS {
        let client = behind(eras, |method, _| {
            let mut result = result_of(method);
            result["com.example/new"] = json!([{ "deep": 1.0 }]);
            result["_meta"] = json!({
                "com.example/cost": 3,
                "io.modelcontextprotocol/serverInfo": { "name": "upstream", "version": "1" },
            });
            for (list, inner) in [
                ("content", None),
                ("contents", None),
                ("messages", Some("content")),
                ("completion", None),
            ] {
                let Some(part) = result.get_mut(list) else { continue };
                let part = if part.is_array() { &mut part[0] } else { part };
                part["added"] = json!({ "x": [null] });
                if let Some(inner) = inner {
                    part[inner]["added"] = json!("deep");
                }
            }
            Ok(result)
        })
        .await;
        for (method, params) in requests() {
            let result: Value = client.request(method, params).await.unwrap();
            let shown = format!("{method} {eras:?}: {result}");
            assert_eq!(result["com.example/new"], json!([{ "deep": 1.0 }]), "{shown}");
            assert_eq!(result["_meta"]["com.example/cost"], 3, "{shown}");
            let server = &result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"];
            let expected = if eras.0 == Era::Modern { json!("gateway") } else { Value::Null };
            assert_eq!(server, &expected, "{shown}");
            let part = ["content", "contents", "messages", "completion"];
            let part = part.into_iter().find_map(|member| result.get(member)).unwrap();
            let part = if part.is_array() { &part[0] } else { part };
            assert_eq!(part["added"], json!({ "x": [null] }), "{shown}");
            if method == "prompts/get" {
                assert_eq!(part["content"]["added"], "deep", "{shown}");
            }
            if method == "resources/read" {
                assert_eq!(part["uri"], "x://up/a", "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn content_of_later_revisions_passes() {
    for eras in ERAS {
        let client = behind(eras, |_, _| {
            Ok(json!({
                "content": [{ "type": "hologram", "depth": 3 }, { "type": "text", "text": "t", "annotations": "loud" }],
                "structuredContent": { "n": 12_345_678_901_234_567_890_u64 },
                "isError": null,
            }))
        })
        .await;
        let result: Value = client.request("tools/call", json!({ "name": "up_t" })).await.unwrap();
        assert_eq!(result["content"][0], json!({ "type": "hologram", "depth": 3 }), "{eras:?}");
        assert_eq!(result["content"][1]["text"], "t", "{eras:?}");
        assert_eq!(result["structuredContent"]["n"], 12_345_678_901_234_567_890_u64, "{eras:?}");
        assert_eq!(result.get("isError"), None, "{eras:?}");
    }
}

#[tokio::test]
async fn unknown_members_of_lists_pass() {
    for eras in ERAS {
        let item = |mut known: Value| {
            known["com.example/new"] = json!({ "deep": [1.0] });
            known["icons"] = json!([{ "src": "https://a/b", "added": 1 }]);
            json!([known])
        };
        let upstream = answering(eras.1, all_lists(), move |method, _| {
            let mut one = match method {
                "tools/list" => tool("t"),
                "resources/list" => json!({ "uri": "x://a", "name": "a" }),
                "resources/templates/list" => json!({ "uriTemplate": "x://t/{a}", "name": "a" }),
                _ => json!({ "name": "p", "arguments": [{ "name": "a", "added": 2 }] }),
            };
            if method != "prompts/list" {
                one["annotations"] = json!({ "added": 3 });
            }
            items(method, method, item(one))
        });
        let proxy = Proxy::of(upstream.connect().await.unwrap()).await.unwrap().prefix("up");
        let client = connect(Server::new("gateway", "1").proxy(proxy), eras.0, |it| it).await;
        for method in ["tools/list", "resources/list", "resources/templates/list", "prompts/list"] {
            let result: Value = client.request(method, json!({})).await.unwrap();
            let item = &result[crate::answering::member(method).unwrap()][0];
            assert_eq!(item["com.example/new"], json!({ "deep": [1.0] }), "{eras:?}: {item}");
            assert_eq!(item["icons"][0]["added"], 1, "{eras:?}: {item}");
            match method {
                "prompts/list" => assert_eq!(item["arguments"][0]["added"], 2, "{item}"),
                _ => assert_eq!(item["annotations"]["added"], 3, "{item}"),
            }
        }
    }
}
