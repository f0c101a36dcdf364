//! Search among 1,000 tools: instructions and time per search.

use std::process::Stdio;
use std::time::Duration;

use super::callgrind::{self, Lengths};
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::Background;

/// Valgrind is slow.
const END_LIMIT: Duration = Duration::from_secs(300);

/// Measures, and adds the table to the report.
pub(super) fn measure(lengths: Lengths, report: &mut Report) -> Result<()> {
    require("valgrind")?;
    require("taskset")?;
    let programs = Programs::build_one("tool_search", "search")?;
    let program = programs.path("tool_search")?;
    let instructions = callgrind::per_call(lengths, |mut command, searches| {
        command.arg(program).arg(searches.to_string()).stdout(Stdio::null());
        Background::start(&mut command)?.wait(END_LIMIT)?;
        Ok(())
    })?;
    let searches = lengths.long.to_string();
    let output = Processor::Server.command().arg(program).arg(searches).output()?;
    let output = String::from_utf8(output.stdout)?;
    let micros = |name: &str| -> Result<String> {
        let found = output.lines().find_map(|line| line.strip_prefix(name));
        Ok(found.ok_or_else(|| format!("no `{name}` in {output:?}"))?.trim().to_owned())
    };
    let mut table = Table::new(
        "Search for one of 1,000 tools, by questions of users",
        &["instructions", "µs, mean", "µs, slowest", "µs to build the index"],
    );
    table.row(&[instructions.to_string(), micros("mean")?, micros("slowest")?, micros("index")?]);
    report.add(table);
    Ok(())
}
