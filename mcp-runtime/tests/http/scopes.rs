//! Scopes that components require, over HTTP.

use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, Draft, LEGACY, open_by};

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Delete a file.
#[tool(scopes("files:read", "files:write"))]
async fn delete(name: String) -> String {
    name
}

/// A file.
#[resource("file:///{name}", scopes("files:read"))]
async fn file(name: String) -> String {
    name
}

/// The root.
#[resource("root://all", scopes("files:read"))]
async fn root() -> &'static str {
    "everything"
}

/// Review a file.
#[prompt(scopes("files:read"))]
async fn review(name: String) -> String {
    name
}

fn service() -> McpService {
    let server = Server::new("files", "1").with::<(add, delete, file, root, review)>();
    server.into_service().unwrap()
}

fn ann(scopes: &[&str]) -> Principal {
    Principal::new("ann").scoped(scopes.iter().copied())
}

/// Sends a request in both eras.
async fn both(method: &str, params: Value, who: &Principal) -> [Answer; 2] {
    let service = service();
    let modern = Draft::modern(method, params.clone()).by(who.clone()).send(&service).await;
    let session = open_by(&service, LEGACY, who.clone()).await;
    let legacy = Draft::in_session(&session, 1, method, params).by(who.clone());
    [modern, legacy.send(&service).await]
}

fn keys(answer: &Answer, list: &str, key: &str) -> Vec<String> {
    let items = answer.json()["result"][list].as_array().unwrap().clone();
    items.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_have_what_the_caller_may_use() {
    for (scopes, tools, resources, templates) in [
        (&[][..], &["add"][..], 0, 0),
        (&["files:write"], &["add"], 0, 0),
        (&["files:read"], &["add"], 1, 1),
        (&["files:write", "other", "files:read"], &["add", "delete"], 1, 1),
    ] {
        let who = ann(scopes);
        for answer in both("tools/list", json!({}), &who).await {
            assert_eq!(keys(&answer, "tools", "name"), tools, "{scopes:?}");
        }
        for answer in both("resources/list", json!({}), &who).await {
            assert_eq!(keys(&answer, "resources", "uri").len(), resources, "{scopes:?}");
        }
        for answer in both("resources/templates/list", json!({}), &who).await {
            let found = keys(&answer, "resourceTemplates", "uriTemplate");
            assert_eq!(found.len(), templates, "{scopes:?}");
        }
        for answer in both("prompts/list", json!({}), &who).await {
            assert_eq!(keys(&answer, "prompts", "name").len(), resources, "{scopes:?}");
        }
    }
    // A list that depends on the caller is private.
    let [modern, _] = both("tools/list", json!({}), &ann(&[])).await;
    assert_eq!(modern.json()["result"]["cacheScope"], "private", "{modern:?}");
}

#[tokio::test]
async fn a_missing_scope_is_a_challenge_that_names_all() {
    let reference = json!({ "type": "ref/prompt", "name": "review" });
    let argument = json!({ "name": "name", "value": "a" });
    for (method, params, scopes) in [
        (
            "tools/call",
            json!({ "name": "delete", "arguments": { "name": "a" } }),
            "files:read files:write",
        ),
        // Also with arguments that are refused otherwise.
        ("tools/call", json!({ "name": "delete", "arguments": 7 }), "files:read files:write"),
        ("resources/read", json!({ "uri": "root://all" }), "files:read"),
        ("resources/read", json!({ "uri": "file:///a" }), "files:read"),
        ("prompts/get", json!({ "name": "review", "arguments": { "name": "a" } }), "files:read"),
        ("completion/complete", json!({ "ref": reference, "argument": argument }), "files:read"),
    ] {
        for who in [ann(&[]), ann(&["files:write"]), Principal::anonymous()] {
            for answer in both(method, params.clone(), &who).await {
                assert_eq!(answer.status, 403, "{method} {who:?}: {answer:?}");
                let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scopes}""#);
                assert_eq!(answer.headers["www-authenticate"], challenge.as_str(), "{answer:?}");
                let error = &answer.json()["error"];
                let wanted: Vec<_> = scopes.split(' ').collect();
                assert_eq!(error["data"]["requiredScopes"], json!(wanted), "{answer:?}");
                assert!(error["message"].as_str().unwrap().contains(scopes), "{answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn who_has_all_scopes_is_served() {
    let who = ann(&["files:read", "files:write"]);
    let call = json!({ "name": "delete", "arguments": { "name": "a" } });
    for answer in both("tools/call", call, &who).await {
        assert_eq!(answer.text_result(), "a", "{answer:?}");
    }
    for answer in both("resources/read", json!({ "uri": "file:///a" }), &who).await {
        assert_eq!(answer.json()["result"]["contents"][0]["text"], "a", "{answer:?}");
    }
    let unknown = json!({ "name": "remove", "arguments": {} });
    for answer in both("tools/call", unknown, &ann(&[])).await {
        assert_eq!(answer.code(), -32602, "{answer:?}");
    }
}
