//! Requests that are refused, or served, as the specification says.

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::client::{
    Answer, Draft, LEGACY, MODERN, initialize, open, read_response, read_to_end, soon, write,
};
use crate::site::{listening, mounted};

async fn check(service: &McpService, draft: Draft, status: u16, code: i64) -> Answer {
    let answer = draft.send(service).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{answer:?}");
    answer
}

fn add() -> Draft {
    Draft::call("add", json!({ "a": 2, "b": 3 }))
}

#[tokio::test]
async fn an_unsupported_version_is_refused_on_get_and_delete() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    for method in ["GET", "DELETE"] {
        let draft = || {
            Draft::new(method).with("accept", "text/event-stream").with("mcp-session-id", &session)
        };
        for version in ["1999-01-01", "", "v999", "2026-07-28x"] {
            let answer =
                check(&service, draft().with("mcp-protocol-version", version), 400, -32022).await;
            assert_eq!(answer.json()["error"]["data"]["requested"], version);
        }
        check(&service, draft().with("mcp-protocol-version", MODERN), 405, -32600).await;
    }
    // The session is still there.
    let ping = Draft::in_session(&session, 1, "ping", json!({}));
    assert_eq!(ping.send(&service).await.status, 200);
}

#[tokio::test]
async fn a_mirrored_header_that_is_given_twice_differs_from_the_body() {
    let service = mounted().service;
    let route = Draft::call("route", json!({ "region": "eu" })).with("mcp-param-region", "eu");
    for (name, values) in [
        ("mcp-protocol-version", [MODERN, LEGACY]),
        ("mcp-protocol-version", [LEGACY, MODERN]),
        ("mcp-protocol-version", [MODERN, MODERN]),
        ("mcp-method", ["tools/call", "tools/call"]),
        ("mcp-method", ["tools/call", "tools/list"]),
        ("mcp-name", ["route", "add"]),
        ("mcp-name", ["route", "route"]),
        ("mcp-param-region", ["eu", "us"]),
        ("mcp-param-region", ["eu", "eu"]),
        // One that no argument is bound to.
        ("mcp-param-other", ["a", "b"]),
    ] {
        let twice = route.clone().with(name, values[0]).and(name, values[1]);
        let answer = check(&service, twice, 400, -32020).await;
        assert_eq!(answer.json()["id"], 1, "{name}");
        let message = answer.json()["error"]["message"].to_string().to_ascii_lowercase();
        assert!(message.contains(name) && message.contains("twice"), "{message}");
    }
    let session = open(&service, LEGACY).await;
    let ping = Draft::in_session(&session, 1, "ping", json!({}));
    let version = "mcp-protocol-version";
    check(&service, ping.clone().with(version, LEGACY).and(version, LEGACY), 400, -32600).await;
    check(&service, ping.and("mcp-session-id", &session), 400, -32600).await;
}

#[tokio::test]
async fn only_plain_bodies_are_read() {
    let service = mounted().service;
    for (encoding, status) in [("gzip", 415), ("br, gzip", 415), ("", 200), ("identity", 200)] {
        let answer = add().with("content-encoding", encoding).send(&service).await;
        assert_eq!(answer.status, status, "{encoding}");
        let session = open(&service, LEGACY).await;
        let ping = Draft::in_session(&session, 1, "ping", json!({}));
        let answer = ping.with("content-encoding", encoding).send(&service).await;
        assert_eq!(answer.status, status, "{encoding}");
    }
    let site = listening(HttpConfig::local()).await;
    for (coding, status) in
        [("gzip, chunked", 501), ("GZIP , Chunked", 501), ("chunked", 200), ("Chunked", 200)]
    {
        let mut stream = site.connect().await;
        let text = add().with("transfer-encoding", coding).text();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let head = head.split("\r\ncontent-length").next().unwrap();
        let text = format!("{head}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        write(&mut stream, &text).await;
        assert_eq!(soon(read_response(&mut stream)).await.0, status, "{coding}");
        if status != 200 {
            assert_eq!(soon(read_to_end(&mut stream)).await, "");
        }
    }
}

#[tokio::test]
async fn a_handshake_that_names_a_session_is_told_to_leave_it_out() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    let ended = Draft::new("DELETE").with("mcp-session-id", &session).send(&service).await;
    assert_eq!(ended.status, 204);
    for named in [&*session, "x"] {
        let stale = Draft::post(initialize(LEGACY)).with("mcp-session-id", named);
        let answer = check(&service, stale, 404, -32600).await;
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains("without the header `Mcp-Session-Id`"), "{message}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_path_changes_nothing() {
    for path in ["/mcp", "/mcp/", "/"] {
        let site = listening(HttpConfig::local().path(path)).await;
        let mut stream = site.connect().await;
        let base = path.trim_end_matches('/');
        for (asked, status) in [
            (format!("{base}/"), 200),
            (if base.is_empty() { "/".to_owned() } else { base.to_owned() }, 200),
            (format!("{base}//"), 404),
            (format!("{base}/x"), 404),
        ] {
            let text = add().text().replacen("/mcp", &asked, 1);
            write(&mut stream, &text).await;
            assert_eq!(soon(read_response(&mut stream)).await.0, status, "{path} {asked}");
            if status == 404 {
                stream = site.connect().await;
            }
        }
    }
}

#[tokio::test]
async fn a_cancellation_in_the_array_of_its_request_works() {
    let site = mounted();
    let session = open(&site.service, "2025-03-26").await;
    let park = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "park", "arguments": { "say": false },
    } });
    let ping = json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" });
    let cancel = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 },
    });
    for array in [
        json!([park, cancel, ping]),
        json!([park, ping, cancel]),
        json!([cancel, park, ping]),
        json!([ping, cancel, park]),
    ] {
        let post = Draft::post(&array).with("mcp-session-id", &session);
        let answer = soon(post.send(&site.service)).await;
        soon(site.signals.dropped.notified()).await;
        let answers = answer.json();
        assert_eq!(answers.as_array().unwrap().len(), 1, "{array}: {answers}");
        assert_eq!(answers[0]["id"], 2);
    }
    let alone = Draft::post(json!([park, cancel])).with("mcp-session-id", &session);
    let answer = soon(alone.send(&site.service)).await;
    assert!(!answer.body.contains("\"id\""), "{answer:?}");
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test]
async fn a_progress_token_is_text_or_an_integer() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    for (token, count) in [
        ("\"p\"", 2),
        ("\"\"", 2),
        ("7", 2),
        ("-7", 2),
        ("7.0", 2),
        ("12345678901234567890123", 2),
        ("1.5", 0),
        ("-0.25", 0),
        ("1e-3", 0),
        ("{}", 0),
        ("null", 0),
        ("true", 0),
    ] {
        let token_of = |answer: &Answer| {
            let events = crate::client::events(&answer.body);
            events.iter().filter(|event| event["method"] == "notifications/progress").count()
        };
        let modern = Draft::call("report", json!({}))
            .instead(r#""progressToken":"p""#, &format!(r#""progressToken":{token}"#));
        assert_eq!(token_of(&modern.send(&service).await), count, "{token}");
        let params = json!({ "name": "report", "_meta": { "progressToken": "p" } });
        let legacy = Draft::in_session(&session, 1, "tools/call", params)
            .instead(r#""progressToken":"p""#, &format!(r#""progressToken":{token}"#));
        assert_eq!(token_of(&legacy.send(&service).await), count, "{token}");
    }
}

/// Confirm.
#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Ask before the answer.
#[tool]
async fn confirm(cx: &Context) -> Result<String, AskError> {
    let Some(Confirm { yes }) = cx.elicit::<Confirm>("Sure?").await?.accepted() else {
        return Ok("declined".into());
    };
    Ok(format!("{yes}"))
}

#[tokio::test]
async fn malformed_answers_are_invalid_parameters() {
    let service = Server::new("asking", "1").with::<confirm>().into_service().unwrap();
    let call = |more: Value| {
        let mut params = json!({ "name": "confirm", "arguments": {} });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        Draft::modern("tools/call", params).instead(
            r#""io.modelcontextprotocol/clientCapabilities":{}"#,
            r#""io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}"#,
        )
    };
    let asked = call(json!({})).send(&service).await.json();
    let state = asked["result"]["requestState"].clone();
    let key = asked["result"]["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let accepted = json!({ "action": "accept", "content": { "yes": true } });
    for state in [None, Some(state)] {
        let with = |responses: Value| match &state {
            Some(state) => json!({ "requestState": state, "inputResponses": responses }),
            None => json!({ "inputResponses": responses }),
        };
        for malformed in [
            json!([]),
            json!("x"),
            json!(7),
            json!(true),
            json!({ &key: 7 }),
            json!({ &key: "accept" }),
            json!({ &key: [] }),
            json!({ &key: null }),
            json!({ &key: {} }),
            json!({ &key: { "action": 7 } }),
            json!({ &key: { "action": "perhaps" } }),
            json!({ &key: { "action": "accept", "content": [] } }),
        ] {
            // Without a state, the question of a key is not known before it is asked again.
            let answer = call(with(malformed.clone())).send(&service).await;
            assert_eq!(answer.code(), -32602, "{malformed}: {answer:?}");
        }
        let more = json!({ &key: accepted, "another": { "action": "decline" } });
        let answer = call(with(more)).send(&service).await;
        assert_eq!(answer.text_result(), "true", "{answer:?}");
    }
    let none = call(json!({ "inputResponses": null })).send(&service).await.json();
    assert_eq!(none["result"]["resultType"], "input_required", "{none}");
}

#[tokio::test]
async fn integers_in_headers_are_bounded() {
    const MAX: i64 = 9_007_199_254_740_991;
    let service = mounted().service;
    let listed = Draft::modern("tools/list", json!({})).send(&service).await.json();
    let tools = listed["result"]["tools"].as_array().unwrap();
    let route = tools.iter().find(|tool| tool["name"] == "route").unwrap();
    let count = &route["inputSchema"]["properties"]["count"];
    assert_eq!((&count["minimum"], &count["maximum"]), (&json!(-MAX), &json!(MAX)), "{count}");
    let session = open(&service, LEGACY).await;
    for (number, is_accepted) in [(MAX, true), (-MAX, true), (MAX + 1, false), (-MAX - 1, false)] {
        let modern = Draft::call("route", json!({ "count": number }))
            .with("mcp-param-count", &number.to_string());
        let params = json!({ "name": "route", "arguments": { "count": number } });
        let legacy = Draft::in_session(&session, 1, "tools/call", params);
        for draft in [modern, legacy] {
            let text = draft.send(&service).await.text_result();
            assert_eq!(text.contains("Some("), is_accepted, "{number}: {text}");
        }
    }
}
