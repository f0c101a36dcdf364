//! Connects as clients of both eras.

use std::time::Instant;

use super::{Check, Report};
use crate::connect::connect_to;
use crate::exit::Failure;
use crate::target::{ConnectionArguments, EraArgument, Target};

const ERAS: [(&str, EraArgument); 2] =
    [("modern era", EraArgument::Modern), ("legacy era", EraArgument::Legacy)];

/// Connects in both eras. A server of one era works with the hosts of that era, so that only a server
/// of none fails.
pub(super) async fn check(
    target: &Target,
    connection: &ConnectionArguments,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    for (name, era) in ERAS {
        let connection = ConnectionArguments { era, ..connection.clone() };
        outcomes.push((name, connected(target, &connection).await));
    }
    let works = outcomes.iter().any(|(_, outcome)| outcome.is_ok());
    for (name, outcome) in outcomes {
        report.add(match outcome {
            Ok(detail) => Check::ok(name, detail),
            Err(failure) if works => Check::warn(
                name,
                failure.message(),
                "hosts of this era cannot use the server; servers of mcp-runtime speak both",
            ),
            Err(failure) => {
                let help = failure.notes().first().cloned();
                let help = help.unwrap_or_else(|| "`-v` shows the messages".into());
                Check::fail(name, failure.message(), help)
            }
        })?;
    }
    Ok(())
}

async fn connected(target: &Target, connection: &ConnectionArguments) -> Result<String, Failure> {
    let started = Instant::now();
    let client = connect_to(target, connection).await?;
    let server = client.server_info();
    let capabilities = &server.capabilities;
    let listed = match capabilities.tools.is_some() {
        true => client.tools().all().await.map(|tools| match tools.len() {
            1 => ", 1 tool".to_owned(),
            count => format!(", {count} tools"),
        }),
        false => Ok(String::new()),
    };
    let elapsed = started.elapsed().as_millis();
    client.close().await;
    Ok(format!("MCP {}{} in {elapsed} ms", server.revision.as_str(), listed?))
}
