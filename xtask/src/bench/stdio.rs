//! `tools/call` over stdio: our server and the floor, both eras, small calls and large ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::callgrind::{self, Lengths};
use super::calls::{Era, Tool};
use super::programs::{Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::Background;

/// Tools, numbers of calls in flight, and their names in the report.
const RUNS: [(Tool, u32, &str); 3] = [
    (Tool::Add, 1, "sequential"),
    (Tool::Add, 64, "pipelined, 64 at once"),
    (Tool::Echo, 1, "sequential"),
];
/// Valgrind is slow to start.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// Valgrind is slow to exit.
const END_LIMIT: Duration = Duration::from_secs(30);

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("valgrind")?;
    require("taskset")?;
    let ours = programs.path("bench_server")?;
    let floor = programs.path("floor_stdio")?;
    for (tool, window, name) in RUNS {
        let mut table = Table::new(
            &format!("stdio, {}, {name}: instructions per call", tool.title()),
            &["revision", "floor", "ours, 10 tools", "ours, 1,000 tools", "ours / floor"],
        );
        for era in Era::ALL {
            let count = |program: &std::path::Path, arguments: &[&str]| {
                callgrind::per_call(lengths.of(tool), |mut command, calls| {
                    command.arg(program).args(arguments);
                    drive(command, (era, tool), window, calls)
                })
            };
            let base = count(floor, &[])?;
            let ten = count(ours, &["--tools", "10"])?;
            let thousand = count(ours, &["--tools", "1000"])?;
            table.row(&[
                era.revision().to_owned(),
                base.to_string(),
                ten.to_string(),
                thousand.to_string(),
                ratio(ten, base),
            ]);
        }
        report.add(table);
    }
    Ok(())
}

pub(super) fn ratio(ours: u64, floor: u64) -> String {
    format!("{:.2}", ours as f64 / floor.max(1) as f64)
}

/// Sends the calls, `window` at a time, and closes the server's input, upon which it has to end.
fn drive(command: Command, call: (Era, Tool), window: u32, calls: u32) -> Result<()> {
    call_all(command, call, window, calls)?.wait(END_LIMIT)?;
    Ok(())
}

/// Sends the calls, and closes the server's input. Returns the server.
pub(super) fn call_all(
    mut command: Command,
    (era, tool): (Era, Tool),
    window: u32,
    calls: u32,
) -> Result<Background> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = Background::start(&mut command)?;
    let mut input = server.child().stdin.take().ok_or("the server has no stdin")?;
    let output = server.child().stdout.take().ok_or("the server has no stdout")?;
    let output = Lines::of(output);
    let (opening, answers) = era.opening();
    input.write_all(opening.as_bytes())?;
    for _ in 0..answers {
        output.next()?;
    }
    let mut sent = 0;
    while sent < calls {
        let batch = window.min(calls - sent);
        let lines: String =
            (sent..sent + batch).map(|number| tool.request(era, number) + "\n").collect();
        input.write_all(lines.as_bytes())?;
        for _ in 0..batch {
            tool.check(&output.next()?)?;
        }
        sent += batch;
    }
    drop(input);
    Ok(server)
}

/// Lines of a server, read by a thread, so that a server that does not answer is an error.
struct Lines(Receiver<Result<String, String>>);

impl Lines {
    fn of(output: impl Read + Send + 'static) -> Self {
        let (lines, received) = mpsc::channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let line = next_line(&mut output).map_err(|error| error.to_string());
                let is_last = line.is_err();
                if lines.send(line).is_err() || is_last {
                    break;
                }
            }
        });
        Self(received)
    }

    fn next(&self) -> Result<String> {
        Ok(self.0.recv_timeout(ANSWER_LIMIT).map_err(|_| "the server does not answer")??)
    }
}

pub(crate) fn next_line(output: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        return Err("the server ended before it answered".into());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_the_server() {
        let lines = Lines::of(&b"a\nb\n"[..]);
        assert_eq!(lines.next().unwrap(), "a\n");
        assert_eq!(lines.next().unwrap(), "b\n");
        assert!(lines.next().unwrap_err().to_string().contains("ended before it answered"));
        assert!(lines.next().unwrap_err().to_string().contains("does not answer"));
    }
}
