//! Instructions per call: the difference between a long and a short run, so that start, warm-up and
//! shutdown cancel out.

use std::path::Path;
use std::process::Command;

use super::calls::Tool;
use super::programs::Processor;
use crate::{Result, workspace};

/// Number of calls after the warm-up, in the short and the long run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub(super) warm_up: u32,
    pub(super) short: u32,
    pub(super) long: u32,
    /// Rounds of the throughput measurement, and seconds per round.
    pub(super) rounds: u32,
    pub(super) seconds: f64,
}

impl Lengths {
    pub(super) const FULL: Self =
        Self { warm_up: 500, short: 2_000, long: 4_000, rounds: 5, seconds: 3.0 };
    pub(super) const QUICK: Self =
        Self { warm_up: 100, short: 400, long: 800, rounds: 2, seconds: 1.0 };

    /// `true` for shorter runs.
    pub(super) fn is_quick(self) -> bool {
        self.short < Self::FULL.short
    }

    /// Lengths for a tool: calls with large payloads take longer.
    pub(super) fn of(self, tool: Tool) -> Self {
        match tool {
            Tool::Add => self,
            Tool::Echo => Self {
                warm_up: self.warm_up / 10,
                short: self.short / 10,
                long: self.long / 10,
                ..self
            },
        }
    }
}

/// Counts instructions per call. `drive` runs the command, makes the given number of calls and ends
/// it.
pub(super) fn per_call(
    lengths: Lengths,
    mut drive: impl FnMut(Command, u32) -> Result<()>,
) -> Result<u64> {
    let log = workspace::scratch("callgrind")?.join("log.txt");
    let mut count = |calls: u32| {
        drive(command(&log), lengths.warm_up + calls)?;
        collected(&std::fs::read_to_string(&log)?)
    };
    let (short, long) = (count(lengths.short)?, count(lengths.long)?);
    let calls = u64::from(lengths.long - lengths.short);
    Ok((long.saturating_sub(short) + calls / 2) / calls)
}

/// A valgrind command, without the program and its arguments.
fn command(log: &Path) -> Command {
    let mut command = Processor::Server.command();
    command.args(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(format!("--log-file={}", log.display()));
    command
}

/// The total at the end of callgrind's log.
fn collected(log: &str) -> Result<u64> {
    let total =
        log.lines().find_map(|line| line.split_once("Collected :")).map(|(_, total)| total.trim());
    Ok(total.ok_or_else(|| format!("no total in callgrind's log:\n{log}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_the_log() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 1234\n").unwrap(), 1234);
        assert!(collected("==1== killed").is_err());
    }
}
