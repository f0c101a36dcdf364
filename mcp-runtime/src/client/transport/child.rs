//! A server that is a child process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;

#[cfg(windows)]
use super::executable;
use super::pipe::{PeerProcess, Pipe};
use super::stderr_lines::StderrLines;
use super::tail_buffer::TailBuffer;
use super::{Connector, Transport};
use crate::client::error::{Closed, Error};
use crate::client::inbound::Inbound;
use crate::client::message::BoxFuture;

/// Number of bytes of standard error that are kept.
const MAX_STDERR: usize = 64 << 10;

/// Number of bytes of standard error that an error shows.
const MAX_STDERR_SHOWN: usize = 2 << 10;

/// Time in which a process that closed its output may end. Later, the error has no exit status.
const EXIT_TIMEOUT: Duration = Duration::from_millis(500);

/// Time in which a killed process may end.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A program to start. No shell is involved.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: OsString,
    pub(crate) arguments: Vec<OsString>,
    /// Variables to set; `None` removes one.
    pub(crate) environment: BTreeMap<OsString, Option<OsString>>,
    pub(crate) clears_environment: bool,
    pub(crate) directory: Option<PathBuf>,
    /// Time to end after its input was closed, and again after it was sent SIGTERM.
    pub(crate) grace: Duration,
    pub(crate) restarts: bool,
    pub(crate) kills_on_exit: bool,
    pub(crate) max_message: usize,
    pub(crate) stderr: Stderr,
}

/// The last output to standard error of the process, and of those before it.
#[derive(Clone, Debug)]
pub(crate) struct Stderr(TailBuffer);

impl Default for Stderr {
    fn default() -> Self {
        Self(TailBuffer::new(MAX_STDERR))
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
    ) -> BoxFuture<'a, Result<Arc<dyn Transport>, Error>> {
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
        // The environment identifies the user to such a server.
        let Self { path, arguments, environment, clears_environment, directory, .. } = self;
        let all = (path, arguments, environment, clears_environment, directory);
        format!("stdio:{all:?}").into()
    }
}

impl Program {
    fn start(&self, inbound: &Arc<Inbound>) -> Result<Arc<Pipe>, Error> {
        let shown = self.path.to_string_lossy();
        let spawned = self.command().spawn();
        let mut child = spawned.map_err(|error| {
            let source = self.directory_error().unwrap_or(error);
            Error::transport(format!("starting `{shown}`"), source)
        })?;
        let (Some(input), Some(output)) = (child.stdin().take(), child.stdout().take()) else {
            return Err(Error::closed("the process has no pipes"));
        };
        let stderr = child.stderr().take();
        let guard = if self.kills_on_exit { OrphanGuard::of(child.id()) } else { None };
        let process = ChildProcess {
            child: KillOnDropGroup(child),
            stderr,
            log: StderrLog {
                all: self.stderr.0.clone(),
                own: TailBuffer::new(MAX_STDERR_SHOWN),
                lines: StderrLines::default(),
            },
            grace: self.grace,
            guard,
        };
        let inbound = Arc::clone(inbound);
        Ok(Pipe::start(output, input, Box::new(process), self.max_message, inbound))
    }

    /// Error for a working directory that cannot be used. The operating system reports it as if the
    /// program were missing.
    fn directory_error(&self) -> Option<std::io::Error> {
        let directory = self.directory.as_deref()?;
        let reason = match std::fs::metadata(directory) {
            Ok(found) if found.is_dir() => return None,
            Ok(_) => std::io::ErrorKind::NotADirectory.into(),
            Err(error) => error,
        };
        let shown = directory.display();
        let text = format!("the working directory `{shown}` cannot be used: {reason}");
        Some(std::io::Error::new(reason.kind(), text))
    }

    /// Returns the file to start.
    fn file(&self) -> Cow<'_, OsStr> {
        #[cfg(windows)]
        {
            let variable = |name: &str| {
                let set = self.environment.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                set.and_then(|(_, value)| value.clone()).or_else(|| std::env::var_os(name))
            };
            let path = variable("PATH").unwrap_or_default();
            let extensions =
                variable("PATHEXT").unwrap_or_else(|| executable::DEFAULT_EXTENSIONS.into());
            if let Some(file) = executable::find(&self.path, &path, &extensions) {
                return Cow::Owned(file.into_os_string());
            }
        }
        Cow::Borrowed(&self.path)
    }

    fn command(&self) -> CommandWrap {
        let mut wrapped = CommandWrap::with_new(self.file(), |command| {
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

/// A child process and what it writes to standard error.
struct ChildProcess {
    child: KillOnDropGroup,
    stderr: Option<ChildStderr>,
    log: StderrLog,
    grace: Duration,
    guard: Option<OrphanGuard>,
}

/// What a process wrote to standard error.
struct StderrLog {
    /// The output of all processes of a client.
    all: TailBuffer,
    /// The output of this process, by which its end is explained.
    own: TailBuffer,
    lines: StderrLines,
}

/// Kills a process and its group when it is dropped, unless they have ended before.
struct KillOnDropGroup(Box<dyn ChildWrapper>);

impl Drop for KillOnDropGroup {
    fn drop(&mut self) {
        // Fails if the process has ended.
        let _ = self.0.start_kill();
    }
}

impl ChildProcess {
    /// Reads standard error to its end and keeps the last of it.
    async fn read_stderr(stderr: &mut Option<ChildStderr>, log: &mut StderrLog) {
        let mut buffer = [0; 4096];
        while let Some(pipe) = stderr {
            match pipe.read(&mut buffer).await {
                Ok(count) if count > 0 => {
                    log.lines.push(&buffer[..count]);
                    log.all.push(&buffer[..count]);
                    log.own.push(&buffer[..count]);
                }
                _ => {
                    log.lines.end();
                    *stderr = None;
                }
            }
        }
    }

    /// Waits until the process has ended and its output has been read, even if one of its children
    /// holds the output open.
    async fn exit(child: &mut KillOnDropGroup) -> String {
        // Waits for the process alone, not for its group.
        if child.0.inner_mut().wait().await.is_err() {
            // The end of the output is the only sign left.
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(EXIT_TIMEOUT).await;
        "the process of the server ended".to_owned()
    }

    async fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let Self { child, stderr, log, .. } = self;
        let ended = async {
            // Reading continues, because a process may block on its output before it ends.
            let (status, ()) = tokio::join!(child.0.wait(), Self::read_stderr(stderr, log));
            status.ok()
        };
        tokio::time::timeout(limit, ended).await.ok().flatten()
    }

    /// Ends the process and its group: waits, sends SIGTERM, kills.
    async fn end(mut self) {
        if self.exited(self.grace).await.is_none() {
            self.terminate();
            if self.exited(self.grace).await.is_none() {
                tracing::warn!(target: "mcp_runtime::client", "the server had to be killed");
            }
        }
        // Also ends the processes that it started and left behind.
        let _ = self.child.0.start_kill();
        self.exited(KILL_TIMEOUT).await;
        self.guard = None;
    }

    async fn exited(&mut self, limit: Duration) -> Option<ExitStatus> {
        let Self { child, stderr, log, .. } = self;
        tokio::select! {
            status = child.0.wait() => status.ok(),
            () = async {
                Self::read_stderr(stderr, log).await;
                std::future::pending::<()>().await;
            } => None,
            () = tokio::time::sleep(limit) => None,
        }
    }

    #[cfg(unix)]
    fn terminate(&self) {
        let term = rustix::process::Signal::TERM;
        // Fails if the process has ended.
        let _ = self.child.0.signal(term.as_raw());
    }

    #[cfg(not(unix))]
    fn terminate(&self) {}
}

impl PeerProcess for ChildProcess {
    fn run(&mut self) -> BoxFuture<'_, String> {
        Box::pin(async {
            let Self { child, stderr, log, .. } = self;
            let reading = async {
                Self::read_stderr(stderr, log).await;
                std::future::pending().await
            };
            tokio::select! {
                reason = Self::exit(child) => reason,
                reason = reading => reason,
            }
        })
    }

    fn ended(&mut self, reason: String) -> BoxFuture<'_, Closed> {
        Box::pin(async {
            let exit = self.wait(EXIT_TIMEOUT).await;
            let exit = exit.or_else(|| self.child.0.try_wait().ok().flatten());
            let stderr = self.log.own.tail(MAX_STDERR_SHOWN);
            Closed { exit, stderr, ..Closed::new(reason) }
        })
    }

    fn shut_down(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.end())
    }
}

/// Ends the process group when this program ends without having done so, even by SIGKILL.
///
/// It is a shell that waits for the end of a pipe which only this program holds open. The operating
/// system closes that pipe for a killed process. The script contains no text of users.
#[derive(Debug)]
struct OrphanGuard {
    #[cfg(unix)]
    _shell: std::process::Child,
}

#[cfg(unix)]
impl OrphanGuard {
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
impl Drop for OrphanGuard {
    fn drop(&mut self) {
        // Killed before its input is closed, so it never signals a group that is gone.
        let _ = self._shell.kill();
        let _ = self._shell.wait();
    }
}

// A job object ends its processes with the program that created it.
#[cfg(not(unix))]
impl OrphanGuard {
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
            kills_on_exit: false,
            max_message: 0,
            stderr: Stderr::default(),
        };
        change(&mut program);
        program
    }

    #[test]
    fn each_setting_of_a_program_changes_its_identity() {
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
