//! Connecting to an upstream server that may not be up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connected::Connected;
use super::reopen_timer::ReopenTimer;
use crate::client::{BoxFuture, Client, Error};
use crate::component::list_hints::ListHints;

/// Time for which the start of this server waits for an upstream server. After that, it joins later.
const START_TIMEOUT: Duration = Duration::from_secs(5);

type Attempt = BoxFuture<'static, Result<Connected, Error>>;

/// Connects to one upstream server, as often as necessary.
pub(crate) struct Joining {
    connect: Box<dyn Fn() -> BoxFuture<'static, Result<Client, Error>> + Send + Sync>,
    hints: Arc<ListHints>,
    /// The attempt that is being made.
    attempt: Option<Attempt>,
    timer: ReopenTimer,
}

impl Joining {
    pub(crate) fn new<F>(
        connect: impl Fn() -> F + Send + Sync + 'static,
        hints: &Arc<ListHints>,
    ) -> Self
    where
        F: Future<Output = Result<Client, Error>> + Send + 'static,
    {
        Self {
            connect: Box::new(move || Box::pin(connect())),
            hints: Arc::clone(hints),
            attempt: None,
            timer: ReopenTimer::default(),
        }
    }

    /// Makes the first attempt; `None` if it has failed or takes long, and goes on later.
    ///
    /// # Errors
    /// [`Error::Argument`], which another attempt would not mend.
    pub(crate) async fn first(&mut self) -> Result<Option<Connected>, Error> {
        let mut attempt = self.attempt();
        match tokio::time::timeout(START_TIMEOUT, &mut attempt).await {
            Ok(Ok(connected)) => Ok(Some(connected)),
            Ok(Err(error @ Error::Argument { .. })) => Err(error),
            Ok(Err(error)) => {
                warn(&error.report());
                self.timer.start();
                Ok(None)
            }
            Err(_) => {
                warn(&"it has not answered yet");
                self.attempt = Some(attempt);
                Ok(None)
            }
        }
    }

    /// Connects, however many attempts that takes.
    pub(crate) async fn join(&mut self) -> Connected {
        loop {
            let attempt = match self.attempt.take() {
                Some(attempt) => attempt,
                None => {
                    self.timer.elapsed().await;
                    self.attempt()
                }
            };
            match attempt.await {
                Ok(connected) => {
                    self.timer.stop();
                    return connected;
                }
                Err(error) => {
                    warn(&error.report());
                    self.timer.start();
                }
            }
        }
    }

    /// Schedules the next attempt, after a connection has ended.
    pub(crate) fn lost(&mut self) {
        warn(&"its connection has ended");
        self.timer.start();
    }

    fn attempt(&self) -> Attempt {
        let (connecting, hints) = ((self.connect)(), Arc::clone(&self.hints));
        Box::pin(async move { Connected::establish(connecting.await?, &hints).await })
    }
}

fn warn(error: &dyn fmt::Display) {
    tracing::warn!(
        target: "mcp_runtime::proxy",
        %error,
        "a server behind this one cannot be reached; it joins when it is up"
    );
}
