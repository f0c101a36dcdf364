//! Subscriptions that another server has ended, opened again.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::{Client, Error, Event, Subscription, Watch};

/// The pause before the first attempt; every other is twice as long as the one before.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause. What was open for as long begins with the first again.
const LONGEST: Duration = Duration::from_secs(60);

/// When something that has ended is tried again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Again {
    failures: u32,
    since: Option<Instant>,
    at: Option<Instant>,
}

impl Again {
    /// It is open, or nobody wants it.
    pub(crate) fn settled(&mut self) {
        if self.at.take().is_some() || self.since.is_none() {
            self.since = Some(Instant::now());
        }
    }

    /// It has ended, or could not be opened.
    pub(crate) fn ended(&mut self) {
        if self.since.take().is_some_and(|since| since.elapsed() >= LONGEST) {
            self.failures = 0;
        }
        let pause = FIRST.saturating_mul(1 << self.failures).min(LONGEST);
        self.failures = (self.failures + 1).min(6);
        self.at = Some(Instant::now() + pause);
    }

    /// Waits until it is to be tried; for ever where it is not.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn due(self) {
        match self.at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

type Opening = std::pin::Pin<Box<dyn Future<Output = Result<Subscription, Error>> + Send>>;

/// The changes of the lists of another server, for as long as it can be reached.
pub(crate) struct ListChanges {
    client: Client,
    open: Option<Subscription>,
    opening: Option<Opening>,
    again: Again,
}

impl ListChanges {
    pub(crate) fn new(client: Client, open: Subscription) -> Self {
        let mut again = Again::default();
        again.settled();
        Self { client, open: Some(open), opening: None, again }
    }

    /// The next change; `None` when the connection has ended for good.
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
                self.ended(error.as_ref())?;
            } else if let Some(opening) = &mut self.opening {
                let opened = opening.await;
                self.opening = None;
                match opened {
                    Ok(open) => {
                        self.open = Some(open);
                        self.again.settled();
                        return Some(Event::Missed);
                    }
                    Err(error) => self.ended(Some(&error))?,
                }
            } else {
                self.again.due().await;
                let client = self.client.clone();
                let opening = async move { client.subscribe(Watch::lists()).await };
                self.opening = Some(Box::pin(opening));
            }
        }
    }

    /// Tries again some time, unless that is in vain.
    fn ended(&mut self, error: Option<&Error>) -> Option<()> {
        let error = error.map(|error| tracing::field::display(error.report()));
        tracing::warn!(target: "mcp_runtime::proxy", error, "what it offers is not followed");
        self.again.ended();
        (!self.client.is_closed()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pause(again: &mut Again) -> u64 {
        again.ended();
        let started = Instant::now();
        again.due().await;
        started.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_until_something_stays_open() {
        let mut again = Again::default();
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            again.settled();
            assert_eq!(pause(&mut again).await, expected);
        }
        again.settled();
        tokio::time::advance(LONGEST).await;
        again.settled();
        assert_eq!(pause(&mut again).await, 1);
    }
}
