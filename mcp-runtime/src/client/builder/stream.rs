//! Clients over a reader and a writer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};

use super::ClientBuilder;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::message::BoxFuture;
use crate::client::transport::pipe::{NoProcess, Pipe};
use crate::client::transport::{Connector, Transport};

/// A server at the other end of a reader and a writer. See [`Client::over`].
pub struct Stream {
    ends: Ends,
    serves_own_components: bool,
}

type Reader = Box<dyn AsyncRead + Unpin + Send>;
type Writer = Box<dyn AsyncWrite + Unpin + Send>;
type Ends = (Reader, Writer);

impl Stream {
    pub(crate) fn new<R, W>(reader: R, writer: W) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        Self { ends: (Box::new(reader), Box::new(writer)), serves_own_components: false }
    }

    /// Sets whether the server is of this process, and all that it offers is its own.
    pub(crate) fn serving_own_components(mut self, own: bool) -> Self {
        self.serves_own_components = own;
        self
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Client {
    /// Creates a client over a reader and a writer, such as the halves of a socket, with one message
    /// a line.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::Client;
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let socket = tokio::net::TcpStream::connect("127.0.0.1:4000").await?;
    /// let (reader, writer) = socket.into_split();
    /// let client = Client::over(reader, writer).connect().await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn over<R, W>(reader: R, writer: W) -> ClientBuilder<Stream>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        ClientBuilder::new(Stream::new(reader, writer))
    }
}

impl ClientBuilder<Stream> {
    /// Agrees with the server on a revision.
    ///
    /// # Errors
    /// [`Error::Closed`] if the connection ends, [`Error::UnsupportedVersion`] if the server speaks
    /// no revision that this client speaks, and the errors of any request.
    pub async fn connect(self) -> Result<Client, Error> {
        // The server is unknown, so it shares no results with any other.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let connector = StreamConnector {
            ends: Mutex::new(Some(self.target.ends)),
            max_message: self.options.max_message,
            serves_own_components: self.target.serves_own_components,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        };
        self.options.connect(Box::new(connector), None).await
    }
}

/// Connects once, over a given reader and writer.
struct StreamConnector {
    ends: Mutex<Option<Ends>>,
    max_message: usize,
    serves_own_components: bool,
    number: u64,
}

impl Connector for StreamConnector {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> BoxFuture<'a, Result<Arc<dyn Transport>, Error>> {
        Box::pin(async move {
            let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (reader, writer) = ends.ok_or_else(|| Error::closed("a stream is used once"))?;
            let inbound = Arc::clone(inbound);
            let process = Box::new(NoProcess);
            let pipe = Pipe::start(reader, writer, process, self.max_message, inbound);
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

    fn serves_own_components(&self) -> bool {
        self.serves_own_components
    }

    fn origin(&self) -> Arc<str> {
        format!("stream:{}", self.number).into()
    }
}
