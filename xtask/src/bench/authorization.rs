//! The cost of an access token: `add` over one HTTP connection, without and with one.

use std::process::Command;

use super::callgrind::{self, Lengths};
use super::calls::Tool;
use super::http::{Connection, START_LIMIT, drive_with};
use super::programs::{Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

/// Measures, and adds the table to the report. The programs are built apart from the others, because they
/// need a feature of the runtime.
pub(super) fn measure(lengths: Lengths, report: &mut Report) -> Result<()> {
    require("valgrind")?;
    require("taskset")?;
    let programs = Programs::build_with(&["authorization"])?;
    let program = programs.path("protected_server")?;
    let issuer = HttpServer::start(&mut Command::new(programs.path("token_issuer")?), START_LIMIT)?;
    let url = format!("http://{}", issuer.address());
    let title = "HTTP, `add(a, b)` with an access token (JWT), 2026-07-28, sequential: instructions per call";
    let mut table = Table::new(title, &["server", "instructions", "above no token"]);
    let tool = Tool::Add;

    let base = callgrind::per_call(lengths, |mut command, calls| {
        command.arg(program);
        drive_with(command, tool, calls, |_| None)
    })?;
    table.row(&["without authorization".to_owned(), base.to_string(), "0".to_owned()]);
    for (algorithm, differ) in
        [("RS256", false), ("ES256", false), ("RS256", true), ("ES256", true)]
    {
        let tokens = tokens(&issuer, algorithm, lengths.warm_up + lengths.long)?;
        let tokens: Vec<&str> = tokens.lines().collect();
        let count = callgrind::per_call(lengths, |mut command, calls| {
            command.arg(program).arg(&url);
            let token = |number| match differ {
                true => tokens.get(usize::try_from(number).ok()?).copied(),
                false => tokens.first().copied(),
            };
            drive_with(command, tool, calls, token)
        })?;
        let call = if differ { "a new token in each call" } else { "the same token in each call" };
        let above = i128::from(count) - i128::from(base);
        table.row(&[format!("{algorithm}, {call}"), count.to_string(), above.to_string()]);
    }
    report.add(table);
    Ok(())
}

/// New tokens, one on each line.
fn tokens(issuer: &HttpServer, algorithm: &str, count: u32) -> Result<String> {
    let tokens =
        Connection::open(issuer.address())?.get(&format!("/tokens/{algorithm}/{count}"))?;
    if tokens.lines().count() != usize::try_from(count)? {
        return Err(format!("expected {count} tokens of the issuer, got: {tokens}").into());
    }
    Ok(tokens)
}
