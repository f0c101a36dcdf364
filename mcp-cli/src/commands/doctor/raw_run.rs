//! Runs a program without a client, to see all that it writes to standard output.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

use super::{Check, Report};
use crate::exit::Failure;
use crate::output::one_line;
use crate::target::Program;

/// Variables that hosts leave in the environment of a server.
const HOST_VARIABLES: [&str; 18] = [
    "HOME",
    "LANG",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "USER",
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
];

/// Time until hosts give up on a server that starts.
const SLOW: Duration = Duration::from_secs(5);

const REQUESTS: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"cargo-mcp","version":"1"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n",
    r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#,
    "\n",
);

/// Output of a program, as its checks see it.
#[derive(Default)]
struct Written {
    /// Time to the first answer.
    first: Option<Duration>,
    /// First line that is no message, and the number of such lines.
    stray: Option<String>,
    stray_count: usize,
    /// `true` if the program ends when its standard input does.
    has_ended: bool,
}

/// Checks the time to the first answer, the bytes on standard output, and a start as hosts start it.
pub(super) async fn check(
    program: &Program,
    timeout: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let written = match written(command(program), timeout).await {
        Ok(written) => written,
        Err(error) => {
            let detail = format!("`{}` does not start: {error}", program.program.display());
            return report.add(Check::fail("start", detail, "check the path of the program"));
        }
    };
    report.add(start(&written, timeout))?;
    report.add(hygiene(&written))?;
    if written.first.is_some() {
        report.add(ending(&written))?;
        report.add(host(program, timeout).await)?;
    }
    Ok(())
}

fn start(written: &Written, timeout: Duration) -> Check {
    const NAME: &str = "start";
    match written.first {
        Some(first) if first > SLOW => Check::warn(
            NAME,
            format!("first answer after {:.1} s", first.as_secs_f64()),
            "hosts give up on slow servers; do what takes long when it is first needed",
        ),
        Some(first) => Check::ok(NAME, format!("first answer after {} ms", first.as_millis())),
        None => Check::fail(
            NAME,
            format!("no answer to `initialize` within {} s", timeout.as_secs_f64()),
            "a server on stdio reads standard input and answers on standard output; \
             `--timeout` allows more time",
        ),
    }
}

fn hygiene(written: &Written) -> Check {
    const NAME: &str = "stdout";
    match &written.stray {
        None => Check::ok(NAME, "JSON-RPC only"),
        Some(line) => Check::fail(
            NAME,
            format!("{} line(s) that are no JSON-RPC, first: {line}", written.stray_count),
            "print to standard error (`eprintln!`, `tracing`), and deny `clippy::print_stdout`",
        ),
    }
}

fn ending(written: &Written) -> Check {
    const NAME: &str = "end";
    match written.has_ended {
        true => Check::ok(NAME, "ends with its standard input"),
        false => Check::warn(
            NAME,
            "still runs after the end of its standard input",
            "hosts close standard input to end a server, and kill it otherwise",
        ),
    }
}

/// Starts the program with the environment that hosts give, in another directory.
async fn host(program: &Program, timeout: Duration) -> Check {
    const NAME: &str = "environment";
    let mut command = command(program);
    command.env_clear();
    for name in HOST_VARIABLES {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.envs(program.env.iter().map(|(name, value)| (name, value)));
    if program.cwd.is_none() {
        command.current_dir(root());
    }
    match written(command, timeout).await {
        Ok(Written { first: Some(_), .. }) => {
            Check::ok(NAME, "starts with the variables and the directory that hosts give")
        }
        _ => Check::warn(
            NAME,
            "does not start with the variables and the directory that hosts give",
            "use absolute paths, and name the variables in the host's configuration: \
             `cargo mcp install --env NAME=VALUE`",
        ),
    }
}

fn root() -> &'static Path {
    if cfg!(windows) { Path::new("C:\\") } else { Path::new("/") }
}

/// The command that starts a program.
pub(crate) fn command(program: &Program) -> Command {
    let Program { program, arguments, env, cwd } = program;
    // A relative path is one of this directory, also if the program runs in another one.
    let path = Path::new(program);
    let is_path = path.components().count() > 1;
    let absolute = is_path.then(|| std::path::absolute(path).ok()).flatten();
    let mut command = Command::new(absolute.map_or_else(|| program.clone(), Into::into));
    command.args(arguments).envs(env.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = cwd {
        command.current_dir(directory);
    }
    command
}

/// Runs a program that gets a few requests. Its input is closed after the last answer.
async fn written(mut command: Command, timeout: Duration) -> std::io::Result<Written> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut written = Written::default();
    if let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
        let reading = written.read(stdin, stdout, started, timeout);
        written.has_ended = tokio::time::timeout(timeout, reading).await.is_ok();
    }
    if written.first.is_some() && written.has_ended {
        written.has_ended = tokio::time::timeout(SLOW, child.wait()).await.is_ok();
    }
    // It may have ended already.
    let _ = child.kill().await;
    Ok(written)
}

impl Written {
    async fn read(
        &mut self,
        mut stdin: ChildStdin,
        stdout: ChildStdout,
        started: Instant,
        timeout: Duration,
    ) {
        // A program that has ended is seen by the end of its output.
        let _ = stdin.write_all(REQUESTS.as_bytes()).await;
        let mut stdin = Some(stdin);
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while stdout.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
            let message = serde_json::from_slice::<Value>(&line).ok();
            match message.filter(|message| message["jsonrpc"] == "2.0") {
                Some(message) => {
                    self.first.get_or_insert_with(|| started.elapsed());
                    if message["id"] == 2 {
                        stdin = None;
                    }
                }
                None => {
                    self.stray_count += 1;
                    let text =
                        || one_line(&String::from_utf8_lossy(&line)).chars().take(80).collect();
                    self.stray.get_or_insert_with(text);
                }
            }
            line.clear();
            if started.elapsed() > timeout {
                break;
            }
        }
        drop(stdin);
    }
}
