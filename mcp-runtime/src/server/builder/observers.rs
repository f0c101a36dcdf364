//! Observers of the requests of a server.

use std::sync::Arc;

#[cfg(feature = "audit")]
use crate::component::audit::Audit;
use crate::component::observer::Observer;
#[cfg(any(feature = "audit", feature = "otel"))]
use crate::server::builder::Server;

/// Creates an observer when the server is built.
pub(crate) type ObserverSetting = Box<dyn FnOnce() -> Result<Arc<dyn Observer>, String> + Send>;

/// Creates all observers, and notes why some cannot be created.
pub(super) fn finish(
    settings: Vec<ObserverSetting>,
    faults: &mut Vec<String>,
) -> Vec<Arc<dyn Observer>> {
    let mut observers = Vec::new();
    for create in settings {
        match create() {
            Ok(observer) => observers.push(observer),
            Err(fault) => faults.push(fault),
        }
    }
    observers
}

#[cfg(feature = "audit")]
impl Server {
    /// Records calls and decisions in an audit log. See [`Audit`].
    ///
    /// A log that cannot be opened is an error when the server starts. The servers that are mounted are
    /// recorded with it.
    ///
    /// ```no_run
    /// use mcp_runtime::Server;
    /// use mcp_runtime::audit::Audit;
    ///
    /// let server = Server::new("demo", "1.0.0").audit(Audit::file("audit.jsonl"));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn audit(mut self, audit: Audit) -> Self {
        self.observers.push(Box::new(move || audit.start()));
        self
    }
}

#[cfg(feature = "otel")]
impl Server {
    /// Records metrics by the [semantic conventions of
    /// OpenTelemetry](https://github.com/open-telemetry/semantic-conventions-genai) with a meter:
    /// `mcp.server.operation.duration` and `mcp.server.session.duration`.
    ///
    /// The program chooses the SDK and the exporter. Traces need no setting: with a layer of the crate
    /// `tracing-opentelemetry`, the spans of requests are children of the spans of their clients.
    ///
    /// ```
    /// use mcp_runtime::Server;
    /// use mcp_runtime::metrics::opentelemetry;
    ///
    /// let server = Server::new("demo", "1.0.0").meter(&opentelemetry::global::meter("demo"));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn meter(mut self, meter: &opentelemetry::metrics::Meter) -> Self {
        let metrics = Arc::new(crate::durations::Durations::of_server(meter));
        self.observers.push(Box::new(move || Ok(metrics)));
        self
    }
}
