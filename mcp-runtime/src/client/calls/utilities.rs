//! Requests that are no calls: ping, log level and roots.

use std::sync::Arc;

use mcp_core::method::Method;
use mcp_core::protocol::{LoggingLevel, SetLevelParams};
use mcp_core::revision::LogLevelFrom;

use crate::client::connection::exchange;
use crate::client::core::{Client, Core, LOG_LEVEL_TIMEOUT, RequestOptions};
use crate::client::error::Error;
use crate::client::message::to_json;

impl Client {
    /// Asks the server whether it is alive.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let client = Client::in_memory(Server::new("calculator", "1.0.0")).connect().await?;
    /// client.ping().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request.
    pub async fn ping(&self) -> Result<(), Error> {
        let connection = self.core.connection().await?;
        // The modern era has no ping. Every server responds to the probe.
        let has_ping = connection.facts().has(Method::Ping);
        let method = if has_ping { Method::Ping } else { Method::Discover };
        self.core.request_plain(method, "{}", &mut RequestOptions::default()).await.map(drop)
    }

    /// Requests log messages of a level and above. The handler of
    /// [`on_log`](crate::client::ClientBuilder::on_log) receives them. A session whose server
    /// does not declare that it logs is not asked.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use mcp_runtime::protocol::LoggingLevel;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("calculator", "1.0.0");
    /// let client = Client::in_memory(server)
    ///     .on_log(|message| println!("{}: {}", message.level.as_str(), message.data))
    ///     .connect()
    ///     .await?;
    /// client.set_log_level(LoggingLevel::Warning).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request.
    pub async fn set_log_level(&self, level: LoggingLevel) -> Result<(), Error> {
        let connection = self.core.connection().await?;
        self.core.set_log_level(level);
        let in_requests = connection.facts().log_level == LogLevelFrom::RequestMeta;
        if in_requests || !connection.offers(Method::SetLevel) {
            return Ok(());
        }
        let params = to_json(&SetLevelParams::new(level));
        let mut options = RequestOptions::default();
        self.core.request_plain(Method::SetLevel, &params, &mut options).await.map(drop)
    }

    /// Notifies the server that the roots changed, if the client has declared that it does so: in
    /// revisions that have such a notification, for a client with roots.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Transport`], or [`Error::Timeout`] if it cannot be sent.
    pub async fn roots_changed(&self) -> Result<(), Error> {
        let connection = self.core.connection().await?;
        let declared = self.core.inbound.handlers.capabilities(connection.server.revision).roots;
        if declared.is_none_or(|roots| roots.list_changed != Some(true)) {
            return Ok(());
        }
        let timeout = self.core.timeouts.idle;
        match exchange::notify(&*connection.transport, Method::RootsListChanged, timeout).await {
            // The server has forgotten the session, and with it the roots. It asks in the next one.
            Err(Error::Closed(closed)) if closed.is_unprocessed => {
                self.core.connection().await.map(drop)
            }
            outcome => outcome,
        }
    }
}

impl Core {
    /// Lowers the log level of a session to a level, if the server logs at all.
    ///
    /// # Errors
    /// The errors of any request, with a short timeout.
    pub(crate) async fn lower_log_level(
        self: &Arc<Self>,
        level: LoggingLevel,
    ) -> Result<(), Error> {
        let connection = self.connection().await?;
        let logs = connection.has_session() && connection.offers(Method::SetLevel);
        if !logs || self.log_level().is_some_and(|current| current <= level) {
            return Ok(());
        }
        let params = to_json(&SetLevelParams::new(level));
        let mut options =
            RequestOptions { timeout: Some(LOG_LEVEL_TIMEOUT), ..RequestOptions::default() };
        self.request_plain(Method::SetLevel, &params, &mut options).await?;
        self.set_log_level(level);
        Ok(())
    }
}
