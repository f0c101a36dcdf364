//! Any reader and writer, such as a socket, a pair of pipes or memory: one message a line.

#[cfg(test)]
mod memory_tests;
mod output;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Handle, RuntimeFlavor};

use self::output::Output;
use super::pipe::{Messages, Pipe, ReaderThread, STALL_TIMEOUT, Serving, Sink as _, StdioConfig};
use crate::component::app::App;
use crate::context::exchange::Origin;
#[cfg(feature = "client")]
use crate::context::principal::Principal;
use crate::error::Error;
use crate::server::builder::Server;

impl Server {
    /// Serves one client over a reader and a writer, until the client closes its side. The
    /// configuration of [`Server::stdio`] applies.
    ///
    /// ```no_run
    /// # async fn serve(server: mcp_runtime::Server) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let (stream, _) = listener.accept().await?;
    /// let (reader, writer) = stream.into_split();
    /// server.serve_over(reader, writer).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Lifespan`] if a lifespan fails, [`Error::Io`] if
    /// reading fails.
    ///
    /// # Cancel safety
    /// Dropping the future ends serving; handlers that run are dropped.
    pub async fn serve_over<R, W>(self, reader: R, writer: W) -> Result<(), Error>
    where
        R: AsyncRead + Unpin + Send,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        self.ready_to_serve().await?.over(reader, writer).await
    }

    /// Builds the server and opens its lifespans.
    pub(crate) async fn ready_to_serve(self) -> Result<Ready, Error> {
        let config = self.stdio_config();
        let app = self.build()?;
        app.open().await?;
        Ok(Ready { app, config, origin: Origin::default() })
    }
}

/// A server that may serve.
pub(crate) struct Ready {
    app: Arc<App>,
    config: StdioConfig,
    origin: Origin,
}

impl Ready {
    /// Sets the principal that the client acts for.
    #[cfg(feature = "client")]
    pub(crate) fn by(mut self, principal: Principal) -> Self {
        self.origin.principal = Some(Arc::new(principal));
        self
    }

    /// Serves one client.
    pub(crate) async fn over<R, W>(self, reader: R, writer: W) -> Result<(), Error>
    where
        R: AsyncRead + Unpin + Send,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let app = Arc::clone(&self.app);
        let served = serve(self, reader, writer).await;
        let closed = app.close().await;
        served?;
        closed
    }
}

async fn serve<R, W>(ready: Ready, reader: R, writer: W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let Ready { app, config, origin } = ready;
    let closing = app.closing.clone();
    let output = Arc::<Output>::default();
    let mut writing = tokio::spawn(Arc::clone(&output).write_to(writer));
    let serving = Serving::new(app, Arc::clone(&output), config.memory_limit);
    let mut pipe = serving.pipe(origin);
    // This task reads. A handler that blocks its thread must not keep it from reading, so it is
    // polled by another worker, if there are any.
    if Handle::current().runtime_flavor() != RuntimeFlavor::CurrentThread {
        pipe = pipe.without_first_polls();
    }
    let result = tokio::select! {
        result = read(reader, pipe, &output, config.max_line_length) => result,
        // The client cannot read any answer.
        () = output.gone() => Ok(()),
        () = closing.cancelled() => Ok(()),
    };
    serving.shut_down(config.shutdown_timeout).await;
    drop(serving);
    // The task has only to close its side, unless the client reads nothing.
    if tokio::time::timeout(STALL_TIMEOUT, &mut writing).await.is_err() {
        writing.abort();
    }
    result
}

async fn read<R: AsyncRead + Unpin>(
    reader: R,
    pipe: Pipe<Output>,
    output: &Output,
    max_line_length: usize,
) -> io::Result<()> {
    let mut messages = Messages::new(reader, max_line_length);
    // Never replaced.
    let thread = ReaderThread::current();
    loop {
        while let Some(message) = messages.next_buffered() {
            let entries = pipe.receive(message, &thread);
            messages.push_entries(entries);
        }
        output.flush();
        if messages.is_ended() {
            return Ok(());
        }
        output.room().await;
        messages.fill_async().await?;
    }
}
