//! Which server: a child process, one in this process, or whatever reads and writes.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::ClientBuilder;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::transport::child::{Program, Stderr};
use crate::client::transport::pipe::{Alone, Pipe};
use crate::client::transport::{Boxed, Connector, Transport};
use crate::context::principal::Principal;
use crate::server::builder::Server;

/// A server that is a child process. See [`Client::stdio`].
#[derive(Debug)]
pub struct Stdio(Program);

/// A server at the other end of a reader and a writer. See [`Client::over`].
pub struct Stream(Ends);

type Reader = Box<dyn AsyncRead + Unpin + Send>;
type Writer = Box<dyn AsyncWrite + Unpin + Send>;
type Ends = Option<(Reader, Writer)>;

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Client {
    /// A server that is started as a child process. The program is found as the system finds it;
    /// nothing of it passes through a shell.
    ///
    /// The process is a group of its own, which ends with the client: its input is closed, and if
    /// that does not end it, it is asked to and at last killed. On Unix, a second, small process
    /// sees to that when this program is killed.
    pub fn stdio(program: impl Into<OsString>) -> ClientBuilder<Stdio> {
        ClientBuilder::of(Stdio(Program {
            path: program.into(),
            arguments: Vec::new(),
            environment: Default::default(),
            clears_environment: false,
            directory: None,
            grace: Duration::from_secs(2),
            restarts: false,
            is_guarded: true,
            longest_message: 0,
            stderr: Stderr::default(),
        }))
    }

    /// A server at the other end of a reader and a writer, such as the halves of a socket, with
    /// one message a line.
    pub fn over<R, W>(reader: R, writer: W) -> ClientBuilder<Stream>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        ClientBuilder::of(Stream(Some((Box::new(reader), Box::new(writer)))))
    }
}

impl Client {
    /// A server in this process, over a piece of memory: for tests, and for programs that use their
    /// own tools. It ends with the client.
    ///
    /// ```
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// let server = Server::new("calculator", "1.0.0").with::<add>();
    /// let client = Client::in_memory(server).connect().await?;
    /// let sum: i64 = client.call_as("add", json!({ "a": 2, "b": 3 })).await?;
    /// assert_eq!(sum, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_memory(server: Server) -> ClientBuilder<Memory> {
        ClientBuilder::of(Memory { server, principal: Principal::anonymous() })
    }
}

/// A server in this process. See [`Client::in_memory`].
#[derive(Debug)]
pub struct Memory {
    server: Server,
    principal: Principal,
}

/// How many bytes may wait for the other side.
const MEMORY: usize = 64 << 10;

impl ClientBuilder<Memory> {
    /// Whom the server takes the client for: what its handlers see as
    /// [`Context::principal`](crate::Context::principal). Nobody knows the client unless this is
    /// said.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.target.principal = principal;
        self
    }

    /// Builds the server, starts it and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Argument`] if the server cannot be built, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let Memory { server, principal } = self.target;
        let serving =
            server.ready_to_serve().map_err(|error| Error::Argument(error.to_string()))?;
        let serving = serving.by(principal);
        let (here, there) = tokio::io::duplex(MEMORY);
        let (reader, writer) = tokio::io::split(there);
        // It ends when this side is dropped.
        tokio::spawn(serving.over(reader, writer));
        let (reader, writer) = tokio::io::split(here);
        let ends: Ends = Some((Box::new(reader), Box::new(writer)));
        ClientBuilder { target: Stream(ends), shared: self.shared }.connect().await
    }
}

impl ClientBuilder<Stdio> {
    /// Starts the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if the program cannot be started, [`Error::Closed`] if it ends at once,
    /// [`Error::Revision`] if it speaks no revision that this client speaks, and whatever the
    /// handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let program = Program { longest_message: self.shared.max_message, ..self.target.0 };
        let stderr = program.stderr.clone();
        self.shared.connect(Box::new(program), Some(stderr), None).await
    }
}

impl ClientBuilder<Stream> {
    /// Agrees with the server on a revision.
    ///
    /// # Errors
    /// [`Error::Closed`] if it ends at once, [`Error::Revision`] if it speaks no revision that this
    /// client speaks, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let (ends, longest) = (Mutex::new(self.target.0), self.shared.max_message);
        // Nothing is known of a stream, so it is like no other, not even like one that has ended.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.shared.connect(Box::new(Once { ends, longest, number }), None, None).await
    }
}

/// Connects once, over ends that are given.
struct Once {
    ends: Mutex<Ends>,
    longest: usize,
    number: u64,
}

impl Connector for Once {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Boxed<'a, Result<Arc<dyn Transport>, Error>> {
        Box::pin(async move {
            let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (reader, writer) = ends.ok_or_else(|| Error::closed("a stream is used once"))?;
            let inbound = Arc::clone(inbound);
            let pipe = Pipe::start(reader, writer, Box::new(Alone), self.longest, inbound);
            Ok(pipe as Arc<dyn Transport>)
        })
    }

    fn connects_again(&self) -> bool {
        false
    }

    fn restarts(&self) -> bool {
        false
    }

    fn silence_is_legacy(&self) -> bool {
        true
    }

    fn origin(&self) -> Arc<str> {
        format!("stream:{}", self.number).into()
    }
}

impl ClientBuilder<Stdio> {
    /// Arguments of the program.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.target.0.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), Some(value.into()));
        self
    }

    /// Takes a variable out of its environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), None);
        self
    }

    /// Gives it no variable of this program's environment, only those of [`env`](Self::env).
    pub fn env_clear(mut self) -> Self {
        self.target.0.clears_environment = true;
        self
    }

    /// The directory it works in.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.target.0.directory = Some(directory.into());
        self
    }

    /// Starts it again when it ends unexpectedly and something is asked of it, or a subscription
    /// waits for it. What was in flight has failed then and is not repeated.
    pub fn restart(mut self) -> Self {
        self.target.0.restarts = true;
        self
    }

    /// How long it may take to end after its input was closed, and again after it was asked to;
    /// two seconds unless given.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.target.0.grace = grace;
        self
    }

    /// Does without the second process that ends the server when this program is killed.
    pub fn unguarded(mut self) -> Self {
        self.target.0.is_guarded = false;
        self
    }
}
