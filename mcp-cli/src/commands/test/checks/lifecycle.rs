//! The beginning and the end of a connection.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::peer::{Era, Peer, Pipe, initialize};
use super::super::report::{Outcome, Report, rule};
use super::{answer, expect_error, expect_result, text};
use crate::exit::Failure;
use crate::target::Target;

/// The result of `initialize` or `server/discover`.
pub(in super::super) fn introduction(era: Era, result: &Value) -> Outcome {
    let expected = match era {
        Era::Legacy => "`protocolVersion`, `capabilities`, and `serverInfo` with name and version",
        Era::Modern => "`supportedVersions` with 2026-07-28, and `capabilities`",
    };
    let is_complete = match era {
        Era::Legacy => {
            let server = &result["serverInfo"];
            let has_names = text(server, "name").is_some() && server["version"].is_string();
            text(result, "protocolVersion").is_some() && has_names
        }
        Era::Modern => {
            let versions = result["supportedVersions"].as_array();
            versions.is_some_and(|all| all.iter().any(|it| it == era.version()))
        }
    };
    let is_object = result["capabilities"].is_object();
    Outcome::of(is_complete && is_object, expected, || result.to_string())
}

/// A client of a revision that does not exist.
pub(in super::super) async fn other_version(
    target: &Target,
    era: Era,
    timeout: Duration,
) -> Outcome {
    const UNKNOWN: &str = "1999-01-01";
    let mut peer = match Peer::connect(target, era, timeout) {
        Ok(peer) => peer,
        Err(reason) => return Outcome::fail("a connection", reason),
    };
    if era == Era::Legacy {
        let expected = "a revision that the server has, or an error";
        return match peer.request("initialize", initialize(UNKNOWN)).await {
            Ok(response) if response.get("error").is_some() => Outcome::Pass,
            Ok(response) => {
                let version = response["result"]["protocolVersion"].as_str();
                let is_other = version.is_some_and(|version| version != UNKNOWN);
                Outcome::of(is_other, expected, || answer(&response))
            }
            Err(reason) => Outcome::fail(expected, reason),
        };
    }
    let version = "io.modelcontextprotocol/protocolVersion";
    let mut message = era.request(&json!(1), "server/discover", json!({}));
    message["params"]["_meta"][version] = json!(UNKNOWN);
    expect_error(peer.ask(&message, &[("mcp-protocol-version", UNKNOWN)]).await, &[-32022])
}

pub(in super::super) async fn ping(peer: &mut Peer) -> Outcome {
    let response = peer.request("ping", json!({})).await;
    expect_result(response, "an empty result", |result| {
        (!result.is_object()).then(|| result.to_string())
    })
}

/// Output of a program, and its end.
pub(in super::super) async fn end(
    pipe: &mut Pipe,
    era: Era,
    report: &mut Report,
) -> Result<(), Failure> {
    let ended = pipe.close().await;
    let strays = pipe.strays.first().map_or(Outcome::Pass, |line| {
        let count = pipe.strays.len();
        Outcome::fail("messages only", format!("{count} other lines, first: {line}"))
    });
    report.add(rule("standard-output", "basic/transports#stdio"), era, strays)?;
    let unmatched = pipe.unmatched.first().map_or(Outcome::Pass, |line| {
        Outcome::fail("one response for each request", format!("another one: {line}"))
    });
    report.add(rule("responses", "basic"), era, unmatched)?;
    let ended = match ended {
        Ok(()) => Outcome::Pass,
        Err(reason) => Outcome::fail("the program ends when its input does", reason),
    };
    report.add(rule("end", "basic/lifecycle#shutdown"), era, ended.recommended())
}
