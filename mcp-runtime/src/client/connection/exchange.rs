//! One request and its replies over one connection, within its time.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::protocol::ProgressParams;
use mcp_core::revision::write_notification;
use tokio::time::Instant;

use super::envelope::RequestParts;
use crate::client::clock::{RequestClock, Timeouts, after};
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::log::OnLog;
use crate::client::message::{JsonText, Notification};
#[cfg(feature = "otel")]
use crate::client::metrics::Metrics;
use crate::client::transport::{OutgoingRequest, Replies, Reply, Transport, own_id};

/// Receives the progress of a request.
pub(crate) type OnProgress = Box<dyn FnMut(ProgressParams) + Send>;

/// The receivers of the notifications of one request.
#[derive(Default)]
pub(crate) struct Listeners<'a> {
    pub(crate) progress: Option<&'a mut OnProgress>,
    pub(crate) log: Option<OnLog>,
}

/// One request over one connection.
pub(crate) struct Exchange<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) inbound: &'a Arc<Inbound>,
    pub(crate) id: i64,
    pub(crate) timeouts: Timeouts,
    pub(crate) clock: &'a RequestClock,
    pub(crate) listeners: Listeners<'a>,
    #[cfg(feature = "otel")]
    pub(crate) metrics: &'a Metrics,
}

impl Exchange<'_> {
    /// Sends a request and waits for its result.
    pub(crate) async fn run(mut self, request: &RequestParts<'_>) -> Result<JsonText, Error> {
        let in_flight = self.inbound.requests.enter(self.listeners.log.clone());
        #[cfg(feature = "otel")]
        let operation =
            self.metrics.as_ref().map(|it| it.begin(request, self.transport.is_remote()));
        let outcome = self.result_of(request).await;
        #[cfg(feature = "otel")]
        if let Some(operation) = operation {
            operation.end(&outcome);
        }
        if !matches!(outcome, Err(Error::Timeout { .. })) {
            in_flight.finish();
        }
        outcome
    }

    async fn result_of(&mut self, request: &RequestParts<'_>) -> Result<JsonText, Error> {
        let mut active_at = Instant::now();
        let mut deadline = self.deadline(active_at);
        let sent = send(self.transport, self.id, request);
        let sent = tokio::time::timeout_at(deadline, sent).await;
        let mut replies = sent.map_err(|_| self.timed_out(request))??;
        loop {
            match tokio::time::timeout_at(deadline, replies.next()).await {
                Ok(Ok(Reply::Response(response))) => {
                    return response.map_err(|error| {
                        self.inbound.handlers.url_elicitations.begin_required(&error);
                        Error::Remote(error)
                    });
                }
                Ok(Ok(Reply::Notification(notification))) => {
                    if self.notify(&notification) {
                        active_at = Instant::now();
                        deadline = self.deadline(active_at);
                    }
                }
                Ok(Ok(Reply::Missed)) => {}
                Ok(Err(error)) => return Err(error),
                // While a handler of this client answers the server, the server is not late.
                // Afterwards it has the whole idle time again.
                Err(_) => {
                    let paused_until = self.inbound.pauses.until().unwrap_or(active_at);
                    deadline = self.deadline(paused_until.max(active_at));
                    if deadline <= Instant::now() {
                        return Err(self.timed_out(request));
                    }
                }
            }
        }
    }

    /// Dispatches a notification. Returns `true` for progress of this request.
    fn notify(&mut self, notification: &Notification) -> bool {
        let is_log = &*notification.method == Method::LogMessage.as_str();
        if let Some(progress) = progress_of(self.id, notification) {
            if let Some(on_progress) = &mut self.listeners.progress {
                on_progress(progress);
            }
            return true;
        }
        match &self.listeners.log {
            Some(on_log) if is_log => self.inbound.log(notification.params.raw(), on_log),
            _ => self.inbound.notification(notification),
        }
        false
    }

    fn deadline(&self, active_at: Instant) -> Instant {
        let total = self.clock.after(self.timeouts.total, &self.inbound.pauses);
        total.min(after(active_at, self.timeouts.idle))
    }

    fn timed_out(&self, request: &RequestParts<'_>) -> Error {
        Error::Timeout {
            method: request.method.to_owned(),
            after: self.clock.elapsed(),
            unmatched: self.transport.unmatched(),
        }
    }
}

/// Sends a request and returns its replies.
pub(crate) async fn send(
    transport: &dyn Transport,
    id: i64,
    request: &RequestParts<'_>,
) -> Result<Box<dyn Replies>, Error> {
    let outgoing = OutgoingRequest {
        id,
        method: request.method.into(),
        frame: request.write(id),
        revision: request.revision,
        is_cancellable: Method::parse(request.method).is_none_or(Method::is_cancellable),
        is_probe: request.is_probe,
        mirrored: request.mirrored.clone(),
    };
    transport.request(outgoing).await
}

/// Sends a notification without parameters and waits until it has been sent.
pub(crate) async fn notify(
    transport: &dyn Transport,
    method: Method,
    timeout: Duration,
) -> Result<(), Error> {
    let mut message = Vec::new();
    write_notification(&mut message, method.as_str(), "{}");
    let sent = tokio::time::timeout(timeout, transport.send(message)).await;
    sent.map_err(|_| Error::Timeout {
        method: method.to_string(),
        after: timeout,
        unmatched: transport.unmatched(),
    })?
}

fn progress_of(id: i64, notification: &Notification) -> Option<ProgressParams> {
    if &*notification.method != Method::Progress.as_str() {
        return None;
    }
    let progress: ProgressParams = serde_json::from_str(notification.params.as_str()).ok()?;
    (own_id(&progress.progress_token.0) == Some(id)).then_some(progress)
}
