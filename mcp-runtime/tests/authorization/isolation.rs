//! Attempts of one principal at what belongs to another.

use http_body_util::BodyExt as _;
use mcp_runtime::resource::Resource;
use serde_json::{Value, json};

use crate::principals::{ANN, Events, OTHERS, SHORT, Site, json_of, message, sites, text_of};

const UNKNOWN: &str = "00000000000000000000000000000001";

/// Requests that name a session: method, header `Last-Event-ID`, body.
fn attempts() -> Vec<(&'static str, Option<&'static str>, Value)> {
    let request = |method: &str, params: Value| message(7, method, params);
    let notification = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "method": method, "params": params });
    let uri = || json!({ "uri": "notes://a" });
    let posts = [
        request("ping", json!({})),
        request("tools/list", json!({})),
        request("resources/list", json!({})),
        request("tools/call", json!({ "name": "greet", "arguments": {} })),
        request("resources/read", uri()),
        request("resources/subscribe", uri()),
        request("resources/unsubscribe", uri()),
        request("logging/setLevel", json!({ "level": "debug" })),
        request("no/such/method", json!({})),
        notification("notifications/initialized", json!({})),
        notification("notifications/cancelled", json!({ "requestId": 1 })),
        notification("notifications/roots/list_changed", json!({})),
        json!({ "jsonrpc": "2.0", "id": 0, "result": { "action": "accept", "content": { "name": "Eve" } } }),
        json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "no" } }),
    ];
    let mut all: Vec<_> = posts.into_iter().map(|body| ("POST", None, body)).collect();
    all.push(("GET", None, Value::Null));
    all.extend(["1-0", "2-0", "0-0", "x"].map(|last| ("GET", Some(last), Value::Null)));
    all.push(("DELETE", None, Value::Null));
    all
}

async fn attempt(
    site: &Site,
    token: &str,
    session: &str,
    (method, last, body): &(&str, Option<&str>, Value),
) -> (u16, String, String) {
    let mut request = site.request(method, token).header("mcp-session-id", session);
    if let Some(last) = last {
        request = request.header("last-event-id", *last);
    }
    let response = site.begin(request, body).await;
    let (parts, body) = response.into_parts();
    let mut headers = parts.headers;
    headers.remove("date");
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (parts.status.as_u16(), format!("{headers:?}"), body)
}

#[tokio::test]
async fn a_session_with_all_that_is_in_it_is_unknown_to_others() {
    for site in sites() {
        let session = site.open(ANN).await;
        // A call in flight, a question, and a subscription.
        let call = message(1, "tools/call", json!({ "name": "park", "arguments": {} }));
        let asking = message(2, "tools/call", json!({ "name": "greet", "arguments": {} }));
        let subscribe = message(3, "resources/subscribe", json!({ "uri": "notes://a" }));
        let in_session = || site.request("POST", ANN).header("mcp-session-id", &session);
        assert_eq!(site.send(in_session(), &subscribe).await.0, 200);
        let stream = site.request("GET", ANN).header("mcp-session-id", &session);
        let mut stream = Events::of(site.begin(stream, &Value::Null).await);
        let parked = tokio::spawn(site.router_call(in_session(), &call));
        site.signals.parked.notified().await;
        let mut asked = Events::of(site.begin(in_session(), &asking).await);
        let question = asked.next().await;
        for attempted in attempts() {
            let unknown = attempt(&site, ANN, UNKNOWN, &attempted).await;
            assert_eq!(unknown.0, 404, "{attempted:?}: {unknown:?}");
            for other in OTHERS {
                let found = attempt(&site, other, &session, &attempted).await;
                assert_eq!(found, unknown, "{other} {attempted:?}");
            }
        }
        // Nothing of it had an effect.
        site.signals.go.notify_one();
        assert_eq!(text_of(&parked.await.unwrap()), "ann");
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": {
            "action": "accept", "content": { "name": "Ann" },
        } });
        assert_eq!(site.send(in_session(), &answer).await.0, 202);
        assert_eq!(asked.next().await["result"]["content"][0]["text"], "Hello, Ann");
        site.handle.resource_updated("notes://a");
        assert_eq!(stream.updated().await, "notes://a");
        assert_eq!(site.in_session(ANN, &session, &message(9, "ping", json!({}))).await.0, 200);
    }
}

#[tokio::test]
async fn a_session_outlives_its_token_but_not_without_another() {
    for site in sites() {
        let session = site.open(ANN).await;
        let ping = message(1, "ping", json!({}));
        let ended = site.in_session("ann.a.app.ended", &session, &ping).await;
        assert_eq!(ended.0, 401, "{ended:?}");
        for method in ["GET", "DELETE"] {
            let request = site.request(method, "ann.a.app.ended");
            let request = request.header("mcp-session-id", &session);
            assert_eq!(site.send(request, &Value::Null).await.0, 401);
        }
        // Another token of the same principal continues it, whatever its scopes.
        assert_eq!(site.in_session("ann.a.app.more", &session, &ping).await.0, 200);
    }
}

#[tokio::test]
async fn equal_ids_in_flight_get_their_own_answers() {
    for site in sites() {
        let names: Vec<&str> = std::iter::once(ANN).chain(OTHERS).collect();
        let mut answers = Vec::new();
        for token in &names {
            let session = site.open(token).await;
            let call = message(1, "tools/call", json!({ "name": "park", "arguments": {} }));
            let in_session = site.request("POST", token).header("mcp-session-id", &session);
            answers.push((*token, tokio::spawn(site.router_call(in_session, &call))));
            site.signals.parked.notified().await;
            answers.push((*token, tokio::spawn(site.modern_call(token, "park"))));
            site.signals.parked.notified().await;
        }
        // No one else can cancel one of them by its id, in either era.
        let cancel = json!({
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 },
        });
        let modern = site.request("POST", "eve.a.app").header("mcp-protocol-version", "2026-07-28");
        assert_eq!(site.send(modern, &cancel).await.0, 202);
        let own = site.open("eve.a.app").await;
        assert_eq!(site.in_session("eve.a.app", &own, &cancel).await.0, 202);
        for _ in &answers {
            site.signals.go.notify_one();
            tokio::task::yield_now().await;
        }
        site.signals.go.notify_waiters();
        for (token, answer) in answers {
            let answer = answer.await.unwrap();
            assert_eq!(json_of(&answer)["id"], 1);
            assert_eq!(text_of(&answer), token.split('.').next().unwrap());
        }
    }
}

#[tokio::test]
async fn a_state_belongs_to_its_principal() {
    for site in sites() {
        let asked = json_of(&site.call(ANN, "greet", json!({})).await);
        let state = asked["result"]["requestState"].as_str().unwrap().to_owned();
        let (key, _) = asked["result"]["inputRequests"].as_object().unwrap().iter().next().unwrap();
        let answers = json!({ key: { "action": "accept", "content": { "name": "Ann" } } });
        let with = |state: &str| json!({ "requestState": state, "inputResponses": answers });
        let forged = site.call(ANN, "greet", with("x")).await;
        assert_eq!(json_of(&forged)["error"]["code"], -32602, "{forged:?}");
        for other in OTHERS {
            assert_eq!(site.call(other, "greet", with(&state)).await, forged, "{other}");
        }
        let more = site.call("ann.a.app.more", "greet", with(&state)).await;
        assert_eq!(text_of(&more), "Hello, Ann");
    }
}

/// Subscribes to resources in a session, and opens its stream.
async fn subscribed(site: &Site, token: &str, uris: &[&str]) -> Events {
    let session = site.open(token).await;
    for uri in uris {
        let subscribe = message(1, "resources/subscribe", json!({ "uri": uri }));
        let answer = site.in_session(token, &session, &subscribe).await;
        assert_eq!(json_of(&answer)["result"], json!({}), "{uri} {answer:?}");
    }
    let stream = site.request("GET", token).header("mcp-session-id", &session);
    Events::of(site.begin(stream, &Value::Null).await)
}

const MORE: &str = "ann.a.app.secrets";

#[tokio::test]
async fn changes_are_reported_of_what_a_token_may_read() {
    for site in sites() {
        let uris = ["secret://a", "hidden://a", "notes://a", "nothing://a"];
        let (mut hears, acknowledged) = site.listen(MORE, &uris).await;
        let (mut deaf, to_others) = site.listen(ANN, &uris).await;
        // What is hidden is acknowledged like what does not exist.
        assert_eq!(acknowledged, to_others);
        let mut deaf_session = subscribed(&site, ANN, &uris[1..]).await;
        let mut hearing_session = subscribed(&site, MORE, &uris).await;
        // The scope of a resource is asked for, as when it is read.
        let session = site.open(ANN).await;
        let subscribe = message(1, "resources/subscribe", json!({ "uri": "secret://a" }));
        assert_eq!(site.in_session(ANN, &session, &subscribe).await.0, 403);
        for uri in ["secret://a", "hidden://a", "notes://a"] {
            site.handle.resource_updated(uri);
        }
        for stream in [&mut deaf, &mut deaf_session] {
            assert_eq!(stream.updated().await, "notes://a");
        }
        for stream in [&mut hears, &mut hearing_session] {
            for uri in ["secret://a", "hidden://a", "notes://a"] {
                assert_eq!(stream.updated().await, uri);
            }
        }
    }
}

#[tokio::test]
async fn a_resource_that_comes_later_is_hidden_from_earlier_subscribers() {
    for site in sites() {
        let uris = ["later:1", "hidden-later:1", "notes://a"];
        let (mut hears, _) = site.listen(MORE, &uris).await;
        let (mut deaf, _) = site.listen(ANN, &uris).await;
        let mut deaf_session = subscribed(&site, ANN, &uris).await;
        let mut hearing_session = subscribed(&site, MORE, &uris).await;
        let resource = |uri: &str| Resource::new(uri, "later", async |_, _| "text");
        site.handle.add_resource(resource("later:1").scopes(["secrets"])).unwrap();
        site.handle.add_resource(resource("hidden-later:1")).unwrap();
        uris.iter().for_each(|uri| site.handle.resource_updated(uri));
        for stream in [&mut deaf, &mut deaf_session] {
            assert_eq!(stream.updated().await, "notes://a");
        }
        for stream in [&mut hears, &mut hearing_session] {
            for uri in uris {
                assert_eq!(stream.updated().await, uri);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn streams_of_changes_end_with_the_token() {
    for site in sites() {
        let begun = tokio::time::Instant::now();
        let (listening, _) = site.listen("ann.a.app.short", &["notes://a"]).await;
        let session = site.open("ann.a.app.short").await;
        let get = site.request("GET", "ann.a.app.short").header("mcp-session-id", &session);
        let of_session = Events::of(site.begin(get, &Value::Null).await);
        for stream in [listening, of_session] {
            stream.end().await;
            let took = begun.elapsed().as_secs();
            assert!((SHORT - 10..=SHORT + 10).contains(&took), "{took}");
        }
        // A token that does not expire ends no stream, and a call goes on.
        let (mut endless, _) = site.listen(ANN, &["notes://a"]).await;
        let call = tokio::spawn(site.modern_call("ann.a.app.short", "park"));
        site.signals.parked.notified().await;
        tokio::time::sleep(std::time::Duration::from_secs(2 * SHORT)).await;
        site.handle.resource_updated("notes://a");
        assert_eq!(endless.updated().await, "notes://a");
        site.signals.go.notify_one();
        assert_eq!(text_of(&call.await.unwrap()), "ann");
    }
}
