//! Child processes: run to completion, retried, or in the background.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::Result;

/// Poll interval for the exit of a process.
const POLL: Duration = Duration::from_millis(10);

/// Runs a program to completion. Any exit status except success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// Runs a program with retries, because it downloads files and networks fail.
pub(crate) fn run_retrying(command: &mut Command, attempts: u32) -> Result<()> {
    let mut attempt = 1;
    loop {
        match run(command) {
            Err(error) if attempt < attempts => {
                eprintln!("attempt {attempt} of {attempts}: {error}");
                std::thread::sleep(Duration::from_secs(u64::from(attempt) * 3));
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", command.get_program().to_string_lossy())
}

/// A program in the background. Dropping the value kills it.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
}

impl Background {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().map_err(|error| cannot_start(command, &error))?;
        Ok(Self { child })
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM, as a process supervisor does.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) -> Result<()> {
        let raw = i32::try_from(self.child.id())?;
        let pid = rustix::process::Pid::from_raw(raw).ok_or("a process without an id")?;
        Ok(rustix::process::kill_process(pid, rustix::process::Signal::TERM)?)
    }

    /// Kills the program; this platform has no SIGTERM.
    #[cfg(not(unix))]
    pub(crate) fn terminate(&mut self) -> Result<()> {
        Ok(self.child.kill()?)
    }

    /// Waits until the program exits by itself.
    ///
    /// # Errors
    /// If it does not exit in time.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(format!("still running after {} s", limit.as_secs()).into());
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Fails if the program has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An MCP server over HTTP, on a port that it chose and printed to stderr.
#[derive(Debug)]
pub(crate) struct HttpServer {
    process: Background,
    url: String,
    stderr: Arc<Mutex<String>>,
}

impl HttpServer {
    /// Starts the program and waits until it prints its URL.
    pub(crate) fn start(command: &mut Command, limit: Duration) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Background::start(command)?;
        let pipe = process.child().stderr.take().ok_or("the server has no stderr")?;
        let stderr = Arc::new(Mutex::new(String::new()));
        let (found, urls) = mpsc::channel();
        let log = Arc::clone(&stderr);
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(std::io::Result::ok) {
                if let Some(url) = announced_url(&line) {
                    // Only the first URL is received.
                    let _ = found.send(url);
                }
                if let Ok(mut log) = log.lock() {
                    log.push_str(&line);
                    log.push('\n');
                }
            }
        });
        let url = match urls.recv_timeout(limit) {
            Ok(url) => url,
            Err(RecvTimeoutError::Timeout) => {
                return Err("the server did not print its URL in time".into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(format!("the server ended at once:\n{}", text_of(&stderr)).into());
            }
        };
        Ok(Self { process, url, stderr })
    }

    /// URL of the server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Host and port of [`url`](Self::url).
    pub(crate) fn address(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap_or(&self.url);
        rest.split('/').next().unwrap_or(rest)
    }

    pub(crate) fn process(&mut self) -> &mut Background {
        &mut self.process
    }

    /// The output on stderr so far.
    pub(crate) fn log(&self) -> String {
        text_of(&self.stderr)
    }
}

fn text_of(log: &Mutex<String>) -> String {
    log.lock().map(|text| text.clone()).unwrap_or_default()
}

/// The URL in a line such as `listening on http://127.0.0.1:4000/mcp`.
fn announced_url(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let url: &str = line[start..].split([' ', '`', '"', '\'', ',', ')', '>']).next()?;
    let authority = url.strip_prefix("http://")?;
    let (host_and_port, path) = authority.split_once('/').unwrap_or((authority, ""));
    let (_, port) = host_and_port.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let path = if path.is_empty() { "mcp" } else { path };
    Some(format!("http://{host_and_port}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(announced_url(line).as_deref(), expected, "{line}");
    }

    #[test]
    fn the_address_is_found_in_the_servers_own_words() {
        check("listening on http://127.0.0.1:4000/mcp", Some("http://127.0.0.1:4000/mcp"));
        check(
            "ready: `http://localhost:81/mcp`, stop with Ctrl-C",
            Some("http://localhost:81/mcp"),
        );
        check("serving http://[::1]:9", Some("http://[::1]:9/mcp"));
        check("see http://example.com/help", None);
        check("warming up", None);
    }

    #[test]
    fn a_failing_program_is_an_error() {
        assert!(run(&mut Command::new("false")).is_err());
        assert!(run(&mut Command::new("there-is-no-such-program")).is_err());
        run(&mut Command::new("true")).unwrap();
    }
}
