//! Metrics of clients, by the semantic conventions of OpenTelemetry.

use std::sync::Arc;

use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use mcp_core::revision::Revision;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};
use tokio::time::Instant;

use super::connection::envelope::RequestParts;
use super::error::Error;
use super::message::JsonText;
use crate::durations::{Durations, SessionTimer};

/// Metrics of a client, if it has a meter.
pub(crate) type Metrics = Option<Arc<ClientMetrics>>;

/// Metrics of the requests and sessions of a client.
pub(crate) struct ClientMetrics(Durations);

impl ClientMetrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        Self(Durations::of_client(meter))
    }

    /// Begins to measure a request.
    pub(crate) fn begin(&self, request: &RequestParts<'_>, is_remote: bool) -> Operation {
        let mut attributes = attributes(request.revision, is_remote);
        attributes.push(KeyValue::new("mcp.method.name", request.method.to_owned()));
        let name = || Raw::from_accepted(request.params).member("name").and_then(Raw::string);
        match Method::parse(request.method) {
            Some(Method::ToolsCall) => {
                attributes.push(KeyValue::new("gen_ai.operation.name", "execute_tool"));
                let name = name().map(|name| name.into_owned());
                attributes.extend(name.map(|name| KeyValue::new("gen_ai.tool.name", name)));
            }
            Some(Method::PromptsGet) => {
                let name = name().map(|name| name.into_owned());
                attributes.extend(name.map(|name| KeyValue::new("gen_ai.prompt.name", name)));
            }
            _ => {}
        }
        Operation {
            histogram: self.0.operations(),
            attributes,
            error: Some("cancelled".to_owned()),
            started: Instant::now(),
        }
    }

    /// Begins to measure a session.
    pub(crate) fn session(&self, revision: Revision, is_remote: bool) -> SessionTimer {
        self.0.session(attributes(revision, is_remote))
    }
}

fn attributes(revision: Revision, is_remote: bool) -> Vec<KeyValue> {
    let transport = if is_remote { "tcp" } else { "pipe" };
    let mut attributes = vec![
        KeyValue::new("mcp.protocol.version", revision.as_str()),
        KeyValue::new("network.transport", transport),
    ];
    if is_remote {
        attributes.push(KeyValue::new("network.protocol.name", "http"));
    }
    attributes
}

/// Records the duration of a request when it is dropped.
pub(crate) struct Operation {
    histogram: Histogram<f64>,
    attributes: Vec<KeyValue>,
    /// Value of `error.type`. A request that is dropped before its response is cancelled.
    error: Option<String>,
    started: Instant,
}

impl Operation {
    /// Records the outcome.
    pub(crate) fn end(mut self, outcome: &Result<JsonText, Error>) {
        self.error = match outcome {
            Ok(result) => {
                let failed = result.raw().member("isError").is_some_and(|it| it.as_str() == "true");
                failed.then(|| "tool_error".to_owned())
            }
            Err(Error::Remote(error)) => {
                let code = error.code.to_string();
                self.attributes.push(KeyValue::new("rpc.response.status_code", code.clone()));
                Some(code)
            }
            Err(Error::Timeout { .. }) => Some("timeout".to_owned()),
            Err(Error::Closed(_)) => Some("connection_closed".to_owned()),
            Err(_) => Some("transport_error".to_owned()),
        };
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let error = self.error.take();
        self.attributes.extend(error.map(|error| KeyValue::new("error.type", error)));
        self.histogram.record(self.started.elapsed().as_secs_f64(), &self.attributes);
    }
}
