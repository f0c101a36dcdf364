//! Durations of requests and sessions, by the semantic conventions of OpenTelemetry for MCP.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use crate::clock::Instant;

/// Boundaries of the buckets, in seconds.
const BOUNDARIES: [f64; 14] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// Histograms of the durations of requests and sessions.
pub(crate) struct Durations {
    operations: Histogram<f64>,
    sessions: Histogram<f64>,
}

impl Durations {
    /// Creates the histograms of a server.
    pub(crate) fn of_server(meter: &Meter) -> Self {
        Self {
            operations: histogram(
                meter,
                "mcp.server.operation.duration",
                "Duration of requests, from their arrival to their answer",
            ),
            sessions: histogram(meter, "mcp.server.session.duration", SESSIONS),
        }
    }

    /// Creates the histograms of a client.
    #[cfg(feature = "client")]
    pub(crate) fn of_client(meter: &Meter) -> Self {
        Self {
            operations: histogram(
                meter,
                "mcp.client.operation.duration",
                "Duration of requests, from sending them to their response",
            ),
            sessions: histogram(meter, "mcp.client.session.duration", SESSIONS),
        }
    }

    /// Returns the histogram of requests.
    pub(crate) fn operations(&self) -> Histogram<f64> {
        self.operations.clone()
    }

    /// Begins to measure a session.
    pub(crate) fn session(&self, attributes: Vec<KeyValue>) -> SessionTimer {
        SessionTimer { histogram: self.sessions.clone(), attributes, started: Instant::now() }
    }
}

/// Description of the histograms of sessions.
const SESSIONS: &str = "Duration of sessions";

/// Records the duration of a session when it is dropped.
pub(crate) struct SessionTimer {
    histogram: Histogram<f64>,
    attributes: Vec<KeyValue>,
    started: Instant,
}

impl Drop for SessionTimer {
    fn drop(&mut self) {
        self.histogram.record(self.started.elapsed().as_secs_f64(), &self.attributes);
    }
}

/// Creates a histogram of durations in seconds.
fn histogram(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(BOUNDARIES.to_vec())
        .build()
}
