//! The stream of changes that a client of the modern era listens to.

use mcp_core::method::Method;
use mcp_core::protocol::{
    ClientCapabilities, Meta, SubscriptionFilter, SubscriptionsAcknowledgedParams,
    SubscriptionsListenParams,
};

use super::Core;
use crate::client::connection::Connection;
use crate::client::connection::envelope::RequestParts;
use crate::client::connection::exchange;
use crate::client::error::Error;
use crate::client::message::to_json;
use crate::client::transport::{Replies, Reply};
use crate::read_json::read_json;

impl Core {
    /// Opens a stream of changes. Returns the changes to which the server agreed. `capabilities` are
    /// declared instead of those of the client.
    ///
    /// # Errors
    /// The errors of any request.
    pub(crate) async fn listen(
        &self,
        connection: &Connection,
        filter: SubscriptionFilter,
        capabilities: Option<&ClientCapabilities>,
    ) -> Result<(Box<dyn Replies>, SubscriptionFilter), Error> {
        let method = Method::Listen;
        let params = to_json(&SubscriptionsListenParams::new(filter));
        let meta = self.meta(connection, &Meta::new(), capabilities);
        let revision = connection.server.revision;
        let request = RequestParts::plain(method.as_str(), &params, &meta, revision);
        let opening = async {
            let sent = exchange::send(&*connection.transport, self.next_id(), &request);
            let mut replies = sent.await?;
            let agreed = acknowledged(&mut *replies).await?;
            Ok((replies, agreed))
        };
        let timeout = self.timeouts.idle;
        let opened = tokio::time::timeout(timeout, opening).await;
        opened.map_err(|_| Error::Timeout {
            method: method.to_string(),
            after: timeout,
            unmatched: connection.transport.unmatched(),
        })?
    }
}

/// Waits for the acknowledgement of a subscription.
async fn acknowledged(replies: &mut dyn Replies) -> Result<SubscriptionFilter, Error> {
    let method = Method::SubscriptionsAcknowledged.as_str();
    loop {
        match replies.next().await? {
            Reply::Notification(notification) if &*notification.method == method => {
                let params: SubscriptionsAcknowledgedParams =
                    read_json(notification.params.as_str()).map_err(|error| {
                        Error::protocol(format!("the acknowledgment cannot be read: {error}"))
                    })?;
                return Ok(params.notifications);
            }
            Reply::Response(Err(error)) => return Err(Error::Remote(error)),
            Reply::Response(Ok(_)) => {
                return Err(Error::protocol("the server ended the subscription before it began"));
            }
            Reply::Notification(_) | Reply::Missed => {}
        }
    }
}
