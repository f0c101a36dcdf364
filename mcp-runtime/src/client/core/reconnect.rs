//! Reconnecting, and restoring the state of a session.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mcp_core::method::Method;
use mcp_core::protocol::SetLevelParams;
use mcp_core::revision::Opens;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::backoff::RestartBackoff;
use super::{Core, LOG_LEVEL_TIMEOUT, RequestOptions, uri_params};
use crate::client::clock::after;
use crate::client::connection::negotiation::Negotiation;
use crate::client::connection::{Connection, ServerInfo, newest_common};
use crate::client::error::Error;
use crate::client::message::{BoxFuture, to_json};

impl Core {
    /// Returns the connection. It is made again if it has ended and the connector restarts.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>, Error> {
        let connection = self.current_connection();
        match connection.transport.end() {
            None => Ok(connection),
            Some(end) if self.is_closed.load(Ordering::Relaxed) => Err(end),
            Some(end) if !self.connector.restarts() => Err(end),
            Some(_) => self.reconnect().await,
        }
    }

    /// Returns the connection within the time of a request.
    ///
    /// # Errors
    /// [`Error::Timeout`] if reconnecting takes longer.
    pub(crate) async fn connection_in_time(
        &self,
        method: &str,
        options: &mut RequestOptions,
    ) -> Result<Arc<Connection>, Error> {
        let (timeouts, clock) = self.limits(options);
        let idle = after(Instant::now(), timeouts.idle);
        let deadline = idle.min(clock.after(timeouts.total, &self.inbound.pauses));
        let connection = tokio::time::timeout_at(deadline, self.connection()).await;
        connection.map_err(|_| Error::Timeout {
            method: method.to_owned(),
            after: clock.elapsed(),
            unmatched: String::new(),
        })?
    }

    /// Continues in a revision that the server lists, because it refuses the current one.
    ///
    /// # Errors
    /// [`Error::UnsupportedVersion`] if this client speaks none of them.
    pub(crate) fn change_revision(
        &self,
        connection: &Connection,
        offered: Vec<String>,
    ) -> Result<(), Error> {
        let best = newest_common(&offered)
            .filter(|revision| revision.facts().opens == Opens::EveryRequest);
        let Some(revision) = best else { return Err(Error::UnsupportedVersion { offered }) };
        let server = ServerInfo { revision, ..(*connection.server).clone() };
        let transport = &connection.transport;
        self.set_connection(Connection::new(&self.config, &self.inbound, transport, server));
        Ok(())
    }

    async fn reconnect(&self) -> Result<Arc<Connection>, Error> {
        let backoff = Arc::clone(&self.reconnecting).lock_owned().await;
        let connection = self.current_connection();
        let Some(core) = self.itself.upgrade() else { return Ok(connection) };
        match connection.transport.end() {
            None => return Ok(connection),
            Some(end) if self.is_closed.load(Ordering::SeqCst) => return Err(end),
            Some(_) => {}
        }
        // A task of its own: if the request that needs the connection is dropped, the next one
        // still needs it.
        let connecting = async move { core.connect_again(connection, backoff).await };
        let connecting: BoxFuture<'static, _> = Box::pin(connecting);
        let connected = tokio::spawn(connecting).await;
        connected.unwrap_or_else(|error| Err(Error::closed(error.to_string())))
    }

    async fn connect_again(
        &self,
        ended: Arc<Connection>,
        mut backoff: OwnedMutexGuard<RestartBackoff>,
    ) -> Result<Arc<Connection>, Error> {
        tokio::time::sleep(backoff.pause()).await;
        let negotiation = Negotiation {
            config: &self.config,
            connector: &*self.connector,
            inbound: &self.inbound,
            ids: &self.ids,
        };
        let connected = negotiation.connect(Some(&ended.server)).await?;
        let connection = self.set_connection(connected);
        if self.is_closed.load(Ordering::SeqCst) {
            // `Client::close` has closed the connection before this one.
            connection.transport.close().await;
            return Err(Error::closed("the client closed it"));
        }
        self.restore(&connection).await?;
        Ok(connection)
    }

    /// Restores the log level and the resource subscriptions in a new session. A refusal of the
    /// server does not fail the request that waits for the connection.
    async fn restore(&self, connection: &Arc<Connection>) -> Result<(), Error> {
        if !connection.has_session() {
            return Ok(());
        }
        if let Some(level) = self.log_level().filter(|_| connection.offers(Method::SetLevel)) {
            let params = to_json(&SetLevelParams::new(level));
            let options =
                RequestOptions { timeout: Some(LOG_LEVEL_TIMEOUT), ..RequestOptions::default() };
            let outcome = self.restore_by(connection, Method::SetLevel, &params, options).await;
            // The level is not essential, so only the end of the connection counts.
            if connection.transport.end().is_some() {
                outcome?;
            }
        }
        for uri in self.subscribed.uris() {
            let (params, options) = (uri_params(&uri), RequestOptions::default());
            // Its subscription tries again if the server refuses, and reports the error.
            let method = Method::ResourcesSubscribe;
            if self.restore_by(connection, method, &params, options).await? {
                self.subscribed.set_subscribed(connection, &uri);
            }
        }
        Ok(())
    }

    /// Sends a request that restores state. Returns `false` if the server refuses it.
    async fn restore_by(
        &self,
        connection: &Connection,
        method: Method,
        params: &str,
        mut options: RequestOptions,
    ) -> Result<bool, Error> {
        let outcome = self.attempt(connection, method.as_str(), params, &mut options).await;
        if let Err(error) = &outcome {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the new session does not take `{method}` with {params}: {}",
                error.report()
            );
        }
        match outcome {
            Err(Error::Remote(_)) => Ok(false),
            outcome => outcome.map(|_| true),
        }
    }
}
