//! Rules of the transport over HTTP.

use std::time::Duration;

use mcp_runtime::client::reqwest::Method;
use serde_json::{Value, json};

use super::super::peer::{Answer, Era, Line, Peer, Web, initialize};
use super::super::report::{Outcome, Report, Rule, rule};
use crate::exit::Failure;
use crate::target::Target;

const PAGE: &str = "basic/transports";

pub(in super::super) async fn all(
    target: &Target,
    era: Era,
    timeout: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut peer = match Peer::open(target, era, timeout).await {
        Ok((peer, _)) => peer,
        Err(reason) => {
            return report.add(rule("http", PAGE), era, Outcome::fail("a connection", reason));
        }
    };
    let Line::Web(web) = &mut peer.line else { return Ok(()) };
    for (rule, outcome) in common(web, era).await {
        report.add(rule, era, outcome)?;
    }
    let special = match era {
        Era::Legacy => sessions(web).await,
        Era::Modern => headers(web).await,
    };
    special.into_iter().try_for_each(|(rule, outcome)| report.add(rule, era, outcome))
}

/// A request that a server answers without a session.
fn probe(era: Era) -> String {
    let (method, params) = match era {
        Era::Legacy => ("initialize", initialize(era.version())),
        Era::Modern => ("server/discover", json!({})),
    };
    era.request(&json!(1), method, params).to_string()
}

async fn common(web: &Web, era: Era) -> Vec<(Rule, Outcome)> {
    let probe = probe(era);
    let origin = web.post(&probe, &[("origin", "http://attacker.example")]).await;
    let mut outcomes = vec![(rule("origin", PAGE), status(origin, &[403]))];
    let is_local = matches!(web.url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let host = match is_local {
        // No rule of the specification, but the other half of a protection against DNS rebinding.
        true => refused(web.post(&probe, &[("host", "attacker.example")]).await).recommended(),
        false => Outcome::skip("the server is on another machine"),
    };
    outcomes.push((rule("host", PAGE), host));
    let answer = web.post("{\"jsonrpc\": ", &[]).await;
    outcomes.push((rule("malformed-body", PAGE), refused(answer)));
    let answer = web.post(&probe, &[("content-type", "text/plain")]).await;
    // Browsers send it to other sites without asking them, unlike JSON.
    outcomes.push((rule("content-type", PAGE), refused(answer).recommended()));
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": { "requestId": 4_000_000 } });
    let answer = web.post(&notification.to_string(), &[]).await;
    let outcome = match answer {
        // A server that cannot accept it answers with an error.
        Ok(answer) if (400..500).contains(&answer.status) => Outcome::Pass,
        other => status(other, &[202]),
    };
    outcomes.push((rule("notification", PAGE), outcome));
    let answer = web.post(&probe, &[]).await;
    outcomes.push((rule("answer-type", PAGE), answer_type(answer)));
    outcomes
}

/// Sessions, of revisions up to 2025-11-25.
async fn sessions(web: &mut Web) -> Vec<(Rule, Outcome)> {
    let ping = Era::Legacy.request(&json!("p"), "ping", json!({})).to_string();
    let answer = web.post(&ping, &[("mcp-protocol-version", "1999-01-01")]).await;
    let mut outcomes = vec![(rule("protocol-version", PAGE), status(answer, &[400]))];
    let get = web.bare(Method::GET, &[]).await;
    let get = match get {
        Ok(answer) if answer.status == 200 && !is_stream(&answer) => {
            Outcome::fail("an event stream, or status 405", answer.content_type)
        }
        other => status(other, &[200, 405]),
    };
    outcomes.push((rule("get", PAGE), get));
    let none = || Outcome::skip("the server gives no `Mcp-Session-Id`");
    let Some(session) = web.session.clone() else {
        outcomes.push((rule("unknown-session", PAGE), none()));
        outcomes.push((rule("delete-session", PAGE), none()));
        return outcomes;
    };
    let is_visible = session.chars().all(|it| matches!(it, '!'..='~'));
    let expected = "visible ASCII characters";
    let outcome = Outcome::of(is_visible, expected, || session.clone());
    outcomes.push((rule("session-id", PAGE), outcome));
    let unknown = [("mcp-session-id", "cargo-mcp-no-such-session")];
    outcomes.push((rule("unknown-session", PAGE), status(web.post(&ping, &unknown).await, &[404])));
    let answer = web.post(&ping, &[("mcp-session-id", "")]).await;
    outcomes.push((rule("missing-session", PAGE), refused(answer).recommended()));
    let outcome = match web.bare(Method::DELETE, &[]).await {
        Ok(answer) if answer.status == 405 => Outcome::Pass,
        Ok(answer) if (200..300).contains(&answer.status) => {
            status(web.post(&ping, &[]).await, &[404])
        }
        other => status(other, &[200, 405]),
    };
    outcomes.push((rule("delete-session", PAGE), outcome));
    outcomes
}

/// Headers that repeat the body, since 2026-07-28.
async fn headers(web: &Web) -> Vec<(Rule, Outcome)> {
    let era = Era::Modern;
    let list = era.request(&json!(1), "tools/list", json!({})).to_string();
    let answer = web.post(&list, &[("mcp-method", "prompts/list")]).await;
    let mut outcomes = vec![(rule("method-mismatch", PAGE), mismatch(answer))];
    let answer = web.post(&list, &[("mcp-method", "")]).await;
    outcomes.push((rule("method-missing", PAGE), mismatch(answer)));
    let call = json!({ "name": "cargo-mcp-no-such-name", "arguments": {} });
    let call = era.request(&json!(1), "tools/call", call).to_string();
    let answer = web.post(&call, &[("mcp-name", "another-name")]).await;
    outcomes.push((rule("name-mismatch", PAGE), mismatch(answer)));
    let answer = web.post(&list, &[("mcp-protocol-version", "2025-11-25")]).await;
    outcomes.push((rule("version-mismatch", PAGE), status(answer, &[400])));
    for method in [Method::GET, Method::DELETE] {
        let rule = if method == Method::GET { rule("get", PAGE) } else { rule("delete", PAGE) };
        outcomes.push((rule, refused(web.bare(method, &[]).await).recommended()));
    }
    outcomes
}

fn is_stream(answer: &Answer) -> bool {
    answer.content_type.starts_with("text/event-stream")
}

fn shown(answer: &Answer) -> String {
    let message = answer.message.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    format!("HTTP status {}{message}", answer.status)
}

/// Expects one of some statuses.
fn status(answer: Result<Answer, String>, statuses: &[u16]) -> Outcome {
    let words: Vec<_> = statuses.iter().map(u16::to_string).collect();
    let expected = format!("HTTP status {}", words.join(" or "));
    match answer {
        Ok(answer) if statuses.contains(&answer.status) => Outcome::Pass,
        Ok(answer) => Outcome::fail(expected, shown(&answer)),
        Err(reason) => Outcome::fail(expected, reason),
    }
}

/// Expects a status that refuses.
fn refused(answer: Result<Answer, String>) -> Outcome {
    let expected = "an HTTP status from 400 to 499";
    match answer {
        Ok(answer) => Outcome::of((400..500).contains(&answer.status), expected, || shown(&answer)),
        Err(reason) => Outcome::fail(expected, reason),
    }
}

/// Expects the error of a header that does not fit the body.
fn mismatch(answer: Result<Answer, String>) -> Outcome {
    let expected = "HTTP status 400 with the error code -32020";
    match answer {
        Ok(answer) => {
            let code = answer.message.as_ref().map(|message| &message["error"]["code"]);
            let is_named = answer.status == 400 && code.and_then(Value::as_i64) == Some(-32020);
            Outcome::of(is_named, expected, || shown(&answer))
        }
        Err(reason) => Outcome::fail(expected, reason),
    }
}

fn answer_type(answer: Result<Answer, String>) -> Outcome {
    let expected = "`application/json` or `text/event-stream`";
    match answer {
        Ok(answer) => {
            let is_json = answer.content_type.starts_with("application/json");
            Outcome::of(is_json || is_stream(&answer), expected, || answer.content_type.clone())
        }
        Err(reason) => Outcome::fail(expected, reason),
    }
}
