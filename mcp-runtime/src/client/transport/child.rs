//! A server that is a child process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;

use super::pipe::{Pipe, Surroundings};
use super::ring::Ring;
use super::{Boxed, Connector, Transport};
use crate::client::error::{Closed, Error};
use crate::client::inbound::Inbound;

/// How much of what a server writes to standard error is kept.
const STDERR_KEPT: usize = 64 << 10;

/// How much of it goes into an error.
const STDERR_SHOWN: usize = 2 << 10;

/// How long a process that closed its output may take to end before the error is told without how
/// it ended.
const EXIT_PATIENCE: Duration = Duration::from_millis(500);

/// The program to start, as data: nothing of it passes through a shell.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: OsString,
    pub(crate) arguments: Vec<OsString>,
    /// `None` takes a variable away.
    pub(crate) environment: BTreeMap<OsString, Option<OsString>>,
    pub(crate) clears_environment: bool,
    pub(crate) directory: Option<PathBuf>,
    /// How long it may take to end after its input was closed, and again after it was asked to.
    pub(crate) grace: Duration,
    pub(crate) restarts: bool,
    pub(crate) is_guarded: bool,
    pub(crate) longest_message: usize,
    pub(crate) stderr: Stderr,
}

/// What the server's process writes to standard error, as far as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Stderr(Ring);

impl Default for Stderr {
    fn default() -> Self {
        Self(Ring::new(STDERR_KEPT))
    }
}

impl Stderr {
    pub(crate) fn text(&self) -> String {
        self.0.text()
    }
}

impl Connector for Program {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Boxed<'a, Result<Arc<dyn Transport>, Error>> {
        Box::pin(async move { self.start(inbound).map(|pipe| pipe as Arc<dyn Transport>) })
    }

    fn connects_again(&self) -> bool {
        true
    }

    fn restarts(&self) -> bool {
        self.restarts
    }

    fn silence_is_legacy(&self) -> bool {
        true
    }

    fn origin(&self) -> Arc<str> {
        // The environment is where such a server finds out whom it works for.
        let Self { path, arguments, environment, clears_environment, directory, .. } = self;
        let all = (path, arguments, environment, clears_environment, directory);
        format!("stdio:{all:?}").into()
    }
}

impl Program {
    fn start(&self, inbound: &Arc<Inbound>) -> Result<Arc<Pipe>, Error> {
        let shown = self.path.to_string_lossy();
        let doing = || format!("starting `{shown}`");
        let mut child = self.command().spawn().map_err(|error| Error::transport(doing(), error))?;
        let (Some(input), Some(output)) = (child.stdin().take(), child.stdout().take()) else {
            return Err(Error::closed("the process has no pipes"));
        };
        let stderr = child.stderr().take();
        let guard = if self.is_guarded { Guard::of(child.id()) } else { None };
        let process = Process {
            child: Ending(child),
            stderr,
            kept: self.stderr.0.clone(),
            grace: self.grace,
            guard,
        };
        let inbound = Arc::clone(inbound);
        Ok(Pipe::start(output, input, Box::new(process), self.longest_message, inbound))
    }

    fn command(&self) -> CommandWrap {
        let mut wrapped = CommandWrap::with_new(&self.path, |command| {
            command.args(&self.arguments);
            if self.clears_environment {
                command.env_clear();
            }
            for (name, value) in &self.environment {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
            if let Some(directory) = &self.directory {
                command.current_dir(directory);
            }
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        wrapped.wrap(KillOnDrop);
        #[cfg(unix)]
        wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::tokio::JobObject);
        wrapped
    }
}

/// The process at the other end of a pipe.
struct Process {
    child: Ending,
    stderr: Option<ChildStderr>,
    kept: Ring,
    grace: Duration,
    guard: Option<Guard>,
}

/// Kills the process and its group if nothing gentler was done before.
struct Ending(Box<dyn ChildWrapper>);

impl Drop for Ending {
    fn drop(&mut self) {
        // It has ended already when this fails.
        let _ = self.0.start_kill();
    }
}

impl Process {
    /// Keeps what the process writes to standard error, until it writes no more.
    async fn keep_stderr(stderr: &mut Option<ChildStderr>, kept: &Ring) {
        let mut buffer = [0; 4096];
        while let Some(pipe) = stderr {
            match pipe.read(&mut buffer).await {
                Ok(count) if count > 0 => {
                    tracing::debug!(
                        target: "mcp_runtime::client::stderr",
                        "{}",
                        String::from_utf8_lossy(&buffer[..count]).trim_end()
                    );
                    kept.push(&buffer[..count]);
                }
                _ => *stderr = None,
            }
        }
    }

    /// Waits until the process has ended and what it wrote has been read, even if something that it
    /// started holds its output open.
    async fn exit(child: &mut Ending) -> String {
        // The process alone, and not its group.
        if child.0.inner_mut().wait().await.is_err() {
            // Then its output says when it has ended.
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(EXIT_PATIENCE).await;
        "the process of the server ended".to_owned()
    }

    async fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let Self { child, stderr, kept, .. } = self;
        let ended = async {
            // Reading goes on, because a process that nobody reads may not get to its end.
            let (status, ()) = tokio::join!(child.0.wait(), Self::keep_stderr(stderr, kept));
            status.ok()
        };
        tokio::time::timeout(patience, ended).await.ok().flatten()
    }

    /// Sees to it that the process and its group end: waits, asks, insists.
    async fn end(mut self) {
        if self.exited(self.grace).await.is_none() {
            self.ask();
            if self.exited(self.grace).await.is_none() {
                tracing::warn!(target: "mcp_runtime::client", "the server had to be killed");
            }
        }
        // What it started and left behind ends with it.
        let _ = self.child.0.start_kill();
        self.exited(Duration::from_secs(5)).await;
        drop(self.guard.take());
    }

    async fn exited(&mut self, patience: Duration) -> Option<ExitStatus> {
        let Self { child, stderr, kept, .. } = self;
        tokio::select! {
            status = child.0.wait() => status.ok(),
            () = async {
                Self::keep_stderr(stderr, kept).await;
                std::future::pending::<()>().await;
            } => None,
            () = tokio::time::sleep(patience) => None,
        }
    }

    #[cfg(unix)]
    fn ask(&self) {
        let term = rustix::process::Signal::TERM;
        // It has ended already when this fails.
        let _ = self.child.0.signal(term.as_raw());
    }

    #[cfg(not(unix))]
    fn ask(&self) {}
}

impl Surroundings for Process {
    fn beside(&mut self) -> Boxed<'_, String> {
        Box::pin(async {
            let Self { child, stderr, kept, .. } = self;
            let keeping = async {
                Self::keep_stderr(stderr, kept).await;
                std::future::pending().await
            };
            tokio::select! {
                why = Self::exit(child) => why,
                why = keeping => why,
            }
        })
    }

    fn ended(&mut self, why: String) -> Boxed<'_, Closed> {
        Box::pin(async {
            let exit = self.wait(EXIT_PATIENCE).await;
            let exit = exit.or_else(|| self.child.0.try_wait().ok().flatten());
            let stderr = self.kept.tail(STDERR_SHOWN);
            Closed { exit, stderr, ..Closed::new(why) }
        })
    }

    fn finish(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(self.end())
    }
}

/// Ends the process group when this program ends without having done so, even by SIGKILL.
///
/// It is a shell that waits for the end of a pipe that only this program holds open, which is what
/// the operating system does last for a process that is killed. It runs no text of users.
#[derive(Debug)]
struct Guard {
    #[cfg(unix)]
    _shell: std::process::Child,
}

#[cfg(unix)]
impl Guard {
    const SCRIPT: &str =
        r#"read -r _; kill -s TERM -- "-$0" && { sleep 2; kill -s KILL -- "-$0"; }"#;

    fn of(group: Option<u32>) -> Option<Self> {
        use std::os::unix::process::CommandExt as _;
        let shell = std::process::Command::new("/bin/sh")
            .args(["-c", Self::SCRIPT, &group?.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .process_group(0)
            .spawn();
        shell.map(|_shell| Self { _shell }).ok()
    }
}

#[cfg(unix)]
impl Drop for Guard {
    fn drop(&mut self) {
        // Killed before its input is closed, so it never acts on a group that is gone.
        let _ = self._shell.kill();
        let _ = self._shell.wait();
    }
}

/// A job object ends its processes with the program that made it.
#[cfg(not(unix))]
impl Guard {
    fn of(_: Option<u32>) -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::{Connector as _, Program, Stderr};

    fn program(change: impl FnOnce(&mut Program)) -> Program {
        let mut program = Program {
            path: "server".into(),
            arguments: vec!["a".into()],
            environment: BTreeMap::new(),
            clears_environment: false,
            directory: None,
            grace: Duration::ZERO,
            restarts: false,
            is_guarded: false,
            longest_message: 0,
            stderr: Stderr::default(),
        };
        change(&mut program);
        program
    }

    #[test]
    fn whatever_a_server_is_told_makes_it_another() {
        let all = [
            program(|_| {}),
            program(|program| program.arguments = vec!["b".into()]),
            program(|program| drop(program.environment.insert("TOKEN".into(), Some("1".into())))),
            program(|program| drop(program.environment.insert("TOKEN".into(), Some("2".into())))),
            program(|program| drop(program.environment.insert("TOKEN".into(), None))),
            program(|program| program.clears_environment = true),
            program(|program| program.directory = Some("/".into())),
        ];
        for (index, one) in all.iter().enumerate() {
            for other in &all[..index] {
                assert_ne!(one.origin(), other.origin());
            }
            assert_eq!(one.origin(), one.clone().origin());
        }
    }
}
