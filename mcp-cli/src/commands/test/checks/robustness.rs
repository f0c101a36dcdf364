//! Texts that are no messages, and messages that a server has to ignore.

use std::time::Duration;

use serde_json::json;

use super::super::peer::{Era, Line, Peer};
use super::super::report::{Outcome, Report, Rule, rule};
use super::expect_result;
use crate::exit::Failure;
use crate::target::Target;

const EXPECTED: &str = "the connection goes on";

pub(in super::super) async fn all(
    target: &Target,
    peer: &mut Peer,
    timeout: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let notification = |method: &str, params| {
        json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
    };
    let cancelled = json!({ "requestId": 4_000_000, "reason": "test" });
    let unknown = json!({ "jsonrpc": "2.0", "id": 4_000_001, "result": {} }).to_string();
    let texts: [(Rule, String); 5] = [
        (rule("malformed-json", "basic"), r#"{"jsonrpc": "2.0", "id": 1, "method"#.into()),
        (rule("invalid-message", "basic"), r#"{"jsonrpc": "2.0", "id": "no-method"}"#.into()),
        (rule("unknown-notification", "basic"), notification("notifications/none", json!({}))),
        (rule("unknown-response", "basic"), unknown),
        (
            rule("cancellation", "basic/utilities/cancellation"),
            notification("notifications/cancelled", cancelled),
        ),
    ];
    for (rule, text) in texts {
        let outcome = survives(peer, &text).await;
        if outcome != Outcome::Pass {
            reopen(target, peer, timeout).await;
        }
        report.add(rule, peer.era, outcome)?;
    }
    let response = match peer.era {
        Era::Legacy => peer.request_as(&json!("an id"), "ping", json!({})).await,
        Era::Modern => peer.request_as(&json!("an id"), "server/discover", json!({})).await,
    };
    let outcome = expect_result(response, "a response with the id \"an id\"", |_| None);
    report.add(rule("text-id", "basic"), peer.era, outcome)
}

async fn survives(peer: &mut Peer, text: &str) -> Outcome {
    let sent = peer.send(text).await;
    match (sent, peer.is_alive().await) {
        (Ok(()), Ok(())) => Outcome::Pass,
        (Err(reason), _) | (_, Err(reason)) => Outcome::fail(EXPECTED, reason),
    }
}

/// Connects again, so that the next check has a server. What the former one wrote is kept.
async fn reopen(target: &Target, peer: &mut Peer, timeout: Duration) {
    let Ok((mut other, _)) = Peer::open(target, peer.era, timeout).await else { return };
    if let (Line::Pipe(old), Line::Pipe(new)) = (&mut peer.line, &mut other.line) {
        new.strays = std::mem::take(&mut old.strays);
        new.unmatched = std::mem::take(&mut old.unmatched);
    }
    *peer = other;
}
