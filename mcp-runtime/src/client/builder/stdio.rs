//! Clients of servers that are child processes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::ClientBuilder;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::transport::child::{Program, Stderr};

/// A server that is a child process. See [`Client::stdio`].
#[derive(Debug)]
pub struct Stdio(Program);

impl Client {
    /// Creates a client of a server that is started as a child process.
    ///
    /// The program is found as the operating system finds it. No shell is involved. On Windows, a
    /// program without extension is looked up as on a command line, so that `npx` is found, whose file
    /// is `npx.cmd`.
    ///
    /// The process is the leader of a process group that ends with the client: its input is closed,
    /// then it is sent SIGTERM, then it is killed. On Unix, a small guard process does the same if
    /// this program is killed.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::{Client, Error};
    /// # async fn run() -> Result<(), Error> {
    /// let client = Client::stdio("npx")
    ///     .args(["-y", "@modelcontextprotocol/server-filesystem", "/tmp"])
    ///     .env("LOG", "debug")
    ///     .connect()
    ///     .await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdio(program: impl Into<OsString>) -> ClientBuilder<Stdio> {
        ClientBuilder::new(Stdio(Program {
            path: program.into(),
            arguments: Vec::new(),
            environment: Default::default(),
            clears_environment: false,
            directory: None,
            grace: Duration::from_secs(2),
            restarts: false,
            kills_on_exit: true,
            max_message: 0,
            stderr: Stderr::default(),
        }))
    }
}

impl ClientBuilder<Stdio> {
    /// Starts the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if the program cannot be started, [`Error::Closed`] if it ends at once,
    /// [`Error::UnsupportedVersion`] if it speaks no revision that this client speaks, and the errors
    /// of any request.
    pub async fn connect(self) -> Result<Client, Error> {
        let program = Program { max_message: self.options.max_message, ..self.target.0 };
        let stderr = program.stderr.clone();
        self.options.connect(Box::new(program), Some(stderr)).await
    }

    /// Adds arguments of the program.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.target.0.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), Some(value.into()));
        self
    }

    /// Removes a variable of the environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), None);
        self
    }

    /// Starts the program without the environment of this program, only with the variables of
    /// [`env`](Self::env).
    pub fn env_clear(mut self) -> Self {
        self.target.0.clears_environment = true;
        self
    }

    /// Sets the working directory.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.target.0.directory = Some(directory.into());
        self
    }

    /// Restarts the program if it has ended unexpectedly when the next request is sent, or while a
    /// subscription is open. Requests in flight fail and are not repeated. Off by default.
    pub fn restart(mut self, restart: bool) -> Self {
        self.target.0.restarts = restart;
        self
    }

    /// Sets the time in which the program may end after its input was closed, and again after it was
    /// sent SIGTERM. Two seconds by default.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.target.0.grace = grace;
        self
    }

    /// Ends the server even if this program is killed, by a guard process. On by default.
    pub fn kill_on_exit(mut self, kill: bool) -> Self {
        self.target.0.kills_on_exit = kill;
        self
    }
}
