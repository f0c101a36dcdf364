//! Changes of the lists of an upstream server.

use std::sync::Arc;

use mcp_core::protocol::SubscriptionFilter;

use super::listing::Lists;
use super::reopen_timer::ReopenTimer;
use crate::client::{Client, Error, Event, Subscription, Watch};
use crate::component::list_hints::ListHints;

type Opening = std::pin::Pin<Box<dyn Future<Output = Result<Subscription, Error>> + Send>>;

/// A subscription to the lists of an upstream server, opened again when it ends.
pub(crate) struct ListChanges {
    client: Client,
    /// Cache hints of the lists, which age while there is no subscription.
    hints: Arc<ListHints>,
    open: Option<Subscription>,
    opening: Option<Opening>,
    timer: ReopenTimer,
}

impl ListChanges {
    /// Subscribes; `None` if the server does not report changes. Another failure is followed by
    /// further attempts.
    ///
    /// # Errors
    /// The end of the connection.
    pub(crate) async fn open(
        client: &Client,
        hints: &Arc<ListHints>,
    ) -> Result<Option<Self>, Error> {
        let mut timer = ReopenTimer::default();
        let open = match client.subscribe(Watch::lists()).await {
            Ok(open) => {
                timer.stop();
                Some(open)
            }
            Err(Error::Remote(error)) => {
                tracing::debug!(target: "mcp_runtime::proxy", %error, "the server does not report changes");
                return Ok(None);
            }
            Err(error @ (Error::Closed(_) | Error::Transport { .. })) => return Err(error),
            Err(error) => {
                warn_ended(Some(&error));
                timer.start();
                None
            }
        };
        let (client, hints) = (client.clone(), Arc::clone(hints));
        Ok(Some(Self { client, hints, open, opening: None, timer }))
    }

    /// The lists whose changes are reported now.
    pub(crate) fn followed(&self) -> Lists {
        let agreed = self.open.as_ref().map(Subscription::agreed);
        let agreed = agreed.cloned().unwrap_or_else(SubscriptionFilter::default);
        Lists::followed(&self.client.server_info().capabilities, &agreed)
    }

    /// Waits for the next change; `None` once the client is closed.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(open) = &mut self.open {
                let error = match open.next().await {
                    Some(Ok(event)) => return Some(event),
                    ended => ended.and_then(Result::err),
                };
                self.open = None;
                self.hints.lapse();
                self.retry(error.as_ref())?;
            } else if let Some(opening) = &mut self.opening {
                let opened = opening.await;
                self.opening = None;
                match opened {
                    Ok(open) => {
                        self.open = Some(open);
                        self.timer.stop();
                        return Some(Event::Missed);
                    }
                    Err(error) => self.retry(Some(&error))?,
                }
            } else {
                self.timer.elapsed().await;
                let client = self.client.clone();
                let opening = async move { client.subscribe(Watch::lists()).await };
                self.opening = Some(Box::pin(opening));
            }
        }
    }

    /// Schedules the next attempt; `None` if the client is closed.
    fn retry(&mut self, error: Option<&Error>) -> Option<()> {
        warn_ended(error);
        self.timer.start();
        (!self.client.is_closed()).then_some(())
    }
}

fn warn_ended(error: Option<&Error>) {
    let error = error.map(|error| tracing::field::display(error.report()));
    tracing::warn!(target: "mcp_runtime::proxy", error, "the subscription to its lists has ended");
}
