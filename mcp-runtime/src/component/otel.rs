//! Metrics of servers, by the semantic conventions of OpenTelemetry.

use std::any::Any;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;

use super::observer::{ComponentKind, Observation, Observed, Observer, Outcome};
use crate::context::session::Session;
use crate::durations::Durations;

impl Observer for Durations {
    fn begin(&self, _: &Observed) -> Box<dyn Observation> {
        Box::new(Operation(self.operations()))
    }

    fn session(&self, session: &Session) -> Option<Box<dyn Any + Send + Sync>> {
        let revision = KeyValue::new("mcp.protocol.version", session.revision.as_str());
        Some(Box::new(Durations::session(self, vec![revision])))
    }
}

/// Records the duration of a request at its end.
struct Operation(Histogram<f64>);

impl Observation for Operation {
    fn end(self: Box<Self>, request: &Observed, outcome: &Outcome, _: Option<&str>) {
        let exchange = request.context.exchange();
        let transport = if exchange.origin.is_remote() { "tcp" } else { "pipe" };
        let mut attributes = vec![
            KeyValue::new("mcp.method.name", request.method().to_owned()),
            KeyValue::new("mcp.protocol.version", exchange.revision.as_str()),
            KeyValue::new("network.transport", transport),
        ];
        if let Some(component) = &request.component {
            let key = || Arc::clone(&component.key);
            match component.kind {
                ComponentKind::Tool => {
                    attributes.push(KeyValue::new("gen_ai.operation.name", "execute_tool"));
                    attributes.push(KeyValue::new("gen_ai.tool.name", key()));
                }
                ComponentKind::Prompt => {
                    attributes.push(KeyValue::new("gen_ai.prompt.name", key()))
                }
                // URIs are too many for an attribute of a metric.
                ComponentKind::Resource => {}
            }
        }
        match outcome {
            Outcome::Ok | Outcome::InputRequired | Outcome::Task => {}
            Outcome::Error(code) => {
                attributes.push(KeyValue::new("error.type", code.to_string()));
                attributes.push(KeyValue::new("rpc.response.status_code", code.to_string()));
            }
            other => attributes.push(KeyValue::new("error.type", other.as_str())),
        }
        self.0.record(request.elapsed().as_secs_f64(), &attributes);
    }
}
