//! The connection of a host, which outlives the processes of the server behind it.
//!
//! ```text
//! host ── lines ──▶ State::note_host ──▶ process of the current build
//!      ◀─ lines ─── State::note_server ◀──┘
//! ```
//!
//! `State` notes what the messages establish, and replays it to the process of the next build.

mod message;
mod process;
mod state;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use owo_colors::OwoColorize as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;

use self::message::{Kind, Message};
use self::process::{Lines, Process, lines};
use self::state::{End, State};
use super::build::Build;
use super::changes::Surface;
use crate::output::{one_line, plain};

/// Time that a new process has to open the session again.
const OPENING_TIMEOUT: Duration = Duration::from_secs(10);

/// The current build, once there is one.
pub(super) type Builds = watch::Receiver<Option<Arc<Build>>>;

/// Connects a host to the current build until the host closes its end.
pub(super) async fn run<R, W>(input: R, output: W, mut builds: Builds) -> io::Result<()>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin,
{
    let mut requests = lines(input);
    builds.mark_changed();
    let state = State::default();
    let mut relay = Relay { output, state, build: None, surface: None, process: None };
    loop {
        let has_build = relay.build.is_some();
        tokio::select! {
            biased;
            changed = builds.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let build = builds.borrow_and_update().clone();
                if let Some(build) = build {
                    relay.change_to(build).await?;
                }
            }
            line = next(&mut relay.process) => match line {
                Some(line) => relay.send_to_host(line).await?,
                None => relay.has_ended().await?,
            },
            line = requests.recv(), if has_build => match line {
                Some(line) => relay.send_to_server(line).await?,
                None => return relay.finish().await,
            },
        }
    }
}

struct Relay<W> {
    output: W,
    state: State,
    build: Option<Arc<Build>>,
    /// Components that the host knows of.
    surface: Option<Surface>,
    process: Option<Process>,
}

/// The next line of a process; `None` at its end. Waits while there is no process.
async fn next(process: &mut Option<Process>) -> Option<String> {
    match process {
        Some(process) => process.lines.recv().await,
        None => std::future::pending().await,
    }
}

impl<W: AsyncWrite + Unpin> Relay<W> {
    async fn send_to_server(&mut self, line: String) -> io::Result<()> {
        if self.process.is_none()
            && let Some(build) = self.build.clone()
        {
            // It has ended by itself; a request starts it again.
            match self.opened(&build).await {
                Ok((process, early)) => self.take_over(process, early).await?,
                Err(reason) => return self.refuse(line, &reason).await,
            }
        }
        if let Some(line) = self.state.note_host(line)
            && let Some(process) = &mut self.process
        {
            process.send(&line).await;
        }
        Ok(())
    }

    /// Answers a request while no process can.
    async fn refuse(&mut self, line: String, reason: &str) -> io::Result<()> {
        report("the server does not start", reason);
        if let Some(message) = Message::parse(&line)
            && let Kind::Request { id, .. } = message.kind()
        {
            let reason = format!("the server does not start: {reason}");
            return self.write(vec![message::error(id, &reason)]).await;
        }
        Ok(())
    }

    async fn send_to_host(&mut self, line: String) -> io::Result<()> {
        if !line.trim_start().starts_with(['{', '[']) {
            report("no JSON-RPC on standard output", &one_line(&line));
            return Ok(());
        }
        match self.state.note_server(line) {
            Some(line) => self.write(vec![line]).await,
            None => Ok(()),
        }
    }

    /// The process has ended by itself.
    async fn has_ended(&mut self) -> io::Result<()> {
        report("the server has ended", "the next request starts it again");
        self.process = None;
        let lines = self.state.leave(End::Ended);
        self.write(lines).await
    }

    /// Replaces the process by one of another build. The former one stays if the new one does not start.
    async fn change_to(&mut self, build: Arc<Build>) -> io::Result<()> {
        self.deliver().await?;
        match self.opened(&build).await {
            Ok((process, early)) => {
                if let Some(former) = self.process.take() {
                    former.end();
                    let lines = self.state.leave(End::Rebuilt);
                    self.write(lines).await?;
                }
                self.take_over(process, early).await?;
                if let Some(before) = self.surface.replace(build.surface.clone()) {
                    let changed = before.changed_lists(&build.surface);
                    let lines = self.state.announcements(changed);
                    self.write(lines).await?;
                }
                self.build = Some(build);
                Ok(())
            }
            Err(reason) => {
                report("a connection stays with the former build", &reason);
                Ok(())
            }
        }
    }

    /// Forwards what the process has written so far.
    async fn deliver(&mut self) -> io::Result<()> {
        while let Some(process) = &mut self.process
            && let Ok(line) = process.lines.try_recv()
        {
            self.send_to_host(line).await?;
        }
        Ok(())
    }

    /// Starts a process, with the session of the host opened again. Returns the lines that it has written
    /// before its answer, too.
    async fn opened(&mut self, build: &Build) -> Result<(Process, Vec<String>), String> {
        let mut process = Process::start(build).map_err(|error| error.to_string())?;
        let mut early = Vec::new();
        let Some((request, id)) = self.state.opening() else { return Ok((process, early)) };
        process.send(&request).await;
        let opening = answer(&mut process.lines, &id, &mut early);
        match tokio::time::timeout(OPENING_TIMEOUT, opening).await {
            Ok(Some(Ok(()))) => Ok((process, early)),
            Ok(Some(Err(error))) => Err(format!("it refuses `initialize`: {error}")),
            Ok(None) => Err("it has ended".into()),
            Err(_) => Err("it does not answer `initialize`".into()),
        }
    }

    async fn take_over(&mut self, mut process: Process, early: Vec<String>) -> io::Result<()> {
        for line in self.state.restored() {
            process.send(&line).await;
        }
        self.process = Some(process);
        for line in early {
            self.send_to_host(line).await?;
        }
        Ok(())
    }

    async fn write(&mut self, lines: Vec<String>) -> io::Result<()> {
        for line in lines {
            self.output.write_all(format!("{line}\n").as_bytes()).await?;
        }
        self.output.flush().await
    }

    /// Lets the process answer what it has received, and ends it.
    async fn finish(mut self) -> io::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.close();
        let rest = async {
            while let Some(line) = process.lines.recv().await {
                self.send_to_host(line).await?;
            }
            Ok(())
        };
        let rest = tokio::time::timeout(OPENING_TIMEOUT, rest).await;
        process.end();
        rest.unwrap_or(Ok(()))
    }
}

/// Waits for the answer to a request; `None` if the process ends before.
async fn answer(
    lines: &mut Lines,
    wanted: &str,
    early: &mut Vec<String>,
) -> Option<Result<(), String>> {
    loop {
        let line = lines.recv().await?;
        let message = Message::parse(&line);
        let answer =
            message.filter(|it| matches!(it.kind(), Kind::Response { id } if id == wanted));
        match answer {
            Some(answer) => {
                return Some(answer.error.map_or(Ok(()), |it| Err(it.get().to_owned())));
            }
            None => early.push(line),
        }
    }
}

fn report(what: &str, reason: &str) {
    anstream::eprintln!("  {} {what}: {}", "!".yellow(), plain(reason));
}
