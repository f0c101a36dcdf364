//! Clients over stdio that read slowly or not at all, and calls that block their thread.

use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::super::callgrind::Lengths;
use super::super::calls::{Era, Tool};
use super::super::programs::{Processor, Programs};
use super::super::report::{Report, Table};
use crate::Result;
use crate::process::Background;

/// Number of calls whose answers are read slowly, or never.
const CALLS: u32 = 10_000;
/// Numbers of calls that block.
const BLOCKING: [u32; 2] = [1, 100];
/// A slow reader takes this many bytes after each pause: 2 MB/s.
const CHUNK: usize = 20_000;
const PAUSE: Duration = Duration::from_millis(10);
/// Time after which a server that does not end is an error.
const END_LIMIT: Duration = Duration::from_secs(30);

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    let calls = if lengths.is_quick() { CALLS / 10 } else { CALLS };
    let mut table = Table::new(
        &format!("stdio, {calls} calls of {}, then the end of the input", Tool::Add.title()),
        &["the client", "answers", "cut lines", "the server ends after s", "most MiB"],
    );
    for (about, reads) in [("reads 2 MB/s", true), ("reads nothing", false)] {
        table.row(&unread(programs, calls, reads)?.row(about));
    }
    report.add(table);
    let mut table = Table::new(
        "stdio, calls that block their thread for ever, then a ping, then the end of the input",
        &["calls", "the ping is answered after ms", "the server ends after s", "most MiB"],
    );
    for calls in BLOCKING {
        table.row(&blocked(programs, calls)?);
    }
    report.add(table);
    Ok(())
}

/// A server process with pipes, and its highest use of memory so far.
struct Server {
    process: Background,
    output: Option<ChildStdout>,
    peak_kib: u64,
}

impl Server {
    fn start(program: &std::path::Path) -> Result<(Self, ChildStdin)> {
        let mut command: Command = Processor::Server.command();
        command.arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Background::start(&mut command)?;
        let input = process.child().stdin.take().ok_or("the server has no stdin")?;
        let output = process.child().stdout.take();
        Ok((Self { process, output, peak_kib: 0 }, input))
    }

    fn output(&mut self) -> Result<ChildStdout> {
        self.output.take().ok_or_else(|| "the server has no stdout".into())
    }

    /// Notes the use of memory, if the process still runs.
    fn note_memory(&mut self) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let peak = peak_memory(&status.unwrap_or_default());
        self.peak_kib = self.peak_kib.max(peak.unwrap_or_default());
    }

    /// Waits until the process ends.
    fn end(&mut self) -> Result<Instant> {
        let deadline = Instant::now() + END_LIMIT;
        while self.process.child().try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(format!("still running after {} s", END_LIMIT.as_secs()).into());
            }
            self.note_memory();
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Instant::now())
    }

    fn peak(&self) -> String {
        format!("{:.0}", self.peak_kib as f64 / 1024.0)
    }
}

/// Highest use of memory of a process in KiB, from its status.
fn peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is left of the answers to a client that reads slowly.
struct Unread {
    answers: usize,
    cut: usize,
    ended: Duration,
    peak: String,
}

impl Unread {
    fn row(&self, about: &str) -> [String; 5] {
        [
            about.to_owned(),
            self.answers.to_string(),
            self.cut.to_string(),
            format!("{:.1}", self.ended.as_secs_f64()),
            self.peak.clone(),
        ]
    }
}

/// Sends calls, closes the input, and reads the answers slowly, or after the server has ended.
fn unread(programs: &Programs, calls: u32, reads: bool) -> Result<Unread> {
    let (mut server, input) = Server::start(programs.path("bench_server")?)?;
    let writer = write_calls(input, calls);
    let mut output = server.output()?;
    let mut bytes = Vec::new();
    if reads {
        while output.by_ref().take(CHUNK as u64).read_to_end(&mut bytes)? > 0 {
            server.note_memory();
            thread::sleep(PAUSE);
        }
    }
    let ended = server.end()?;
    output.read_to_end(&mut bytes)?;
    let closed = writer.join().map_err(|_| "the writer failed")??;
    let (answers, cut) = count_answers(&bytes)?;
    if reads && answers != calls as usize {
        return Err(format!("a client that reads received {answers} of {calls} answers").into());
    }
    Ok(Unread { answers, cut, ended: ended.saturating_duration_since(closed), peak: server.peak() })
}

/// Writes calls on a thread of its own. Returns the time at which the input was closed.
fn write_calls(mut input: ChildStdin, calls: u32) -> JoinHandle<std::io::Result<Instant>> {
    thread::spawn(move || {
        for number in 0..calls {
            writeln!(input, "{}", Tool::Add.request(Era::Modern, number))?;
        }
        Ok(Instant::now())
    })
}

/// Numbers of the answers and of the lines that are cut. Fails if a whole line is no answer.
fn count_answers(bytes: &[u8]) -> Result<(usize, usize)> {
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    let rest = lines.pop().unwrap_or_default();
    for line in &lines {
        Tool::Add.check(std::str::from_utf8(line)?)?;
    }
    Ok((lines.len(), usize::from(!rest.is_empty())))
}

/// Sends calls that block, a ping, and closes the input.
fn blocked(programs: &Programs, calls: u32) -> Result<[String; 4]> {
    let (mut server, mut input) = Server::start(programs.path("attacked_server")?)?;
    let mut output = std::io::BufReader::new(server.output()?);
    let (opening, answers) = Era::Legacy.opening();
    input.write_all(opening.as_bytes())?;
    for _ in 0..answers {
        super::super::stdio::next_line(&mut output)?;
    }
    let mut lines: String = (1..=calls).map(|id| request(id, "tools/call", BLOCK)).collect();
    lines += &request(calls + 1, "ping", "{}");
    let sent = Instant::now();
    input.write_all(lines.as_bytes())?;
    let answer = super::super::stdio::next_line(&mut output)?;
    let answered = sent.elapsed();
    let expected = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{}}}}"#, calls + 1);
    if answer.trim_end() != expected {
        return Err(format!("expected the answer to the ping, got {answer}").into());
    }
    server.note_memory();
    drop(input);
    let closed = Instant::now();
    let ended = server.end()? - closed;
    Ok([
        calls.to_string(),
        format!("{:.0}", answered.as_secs_f64() * 1000.0),
        format!("{:.1}", ended.as_secs_f64()),
        server.peak(),
    ])
}

const BLOCK: &str = r#"{"name":"block","arguments":{}}"#;

/// A request of a legacy session, as a line.
fn request(id: u32, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_may_be_cut() {
        let answer = r#"{"id":1000005,"result":{"content":[{"text":"17"}]}}"#;
        let whole = format!("{answer}\n{answer}\n");
        assert_eq!(count_answers(whole.as_bytes()).unwrap(), (2, 0));
        assert_eq!(count_answers(&whole.as_bytes()[..60]).unwrap(), (1, 1));
        assert_eq!(count_answers(b"").unwrap(), (0, 0));
        assert!(count_answers(b"no answer\n").is_err());
    }

    #[test]
    fn the_memory_is_in_the_status() {
        assert_eq!(peak_memory("VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\n"), Some(1234));
        assert_eq!(peak_memory(""), None);
    }
}
