//! Changes of the lists of an upstream server.

use super::reopen_timer::ReopenTimer;
use crate::client::{Client, Error, Event, Subscription, Watch};

type Opening = std::pin::Pin<Box<dyn Future<Output = Result<Subscription, Error>> + Send>>;

/// A subscription to the lists of an upstream server, opened again when it ends.
pub(crate) struct ListChanges {
    client: Client,
    open: Option<Subscription>,
    opening: Option<Opening>,
    timer: ReopenTimer,
}

impl ListChanges {
    pub(crate) fn new(client: Client, open: Subscription) -> Self {
        let mut timer = ReopenTimer::default();
        timer.stop();
        Self { client, open: Some(open), opening: None, timer }
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
        let error = error.map(|error| tracing::field::display(error.report()));
        tracing::warn!(target: "mcp_runtime::proxy", error, "the subscription to its lists has ended");
        self.timer.start();
        (!self.client.is_closed()).then_some(())
    }
}
