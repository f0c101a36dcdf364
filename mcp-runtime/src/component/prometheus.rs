//! Metrics in the text format of Prometheus.

use std::any::Any;
use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::app::App;
use super::observer::{Observation, Observed, Observer, Outcome};
use crate::context::session::Session;

/// Boundaries of the buckets of durations, in seconds.
const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

type Labels = Vec<(&'static str, Arc<str>)>;

/// The metrics of a server.
#[derive(Clone)]
pub(crate) struct PrometheusMetrics {
    registry: Arc<Registry>,
    requests: Family<Labels, Counter>,
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    sessions: Gauge,
    tasks: Gauge,
    memory: Gauge,
}

impl PrometheusMetrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let durations: Family<Labels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let [in_flight, sessions, tasks, memory] = std::array::from_fn(|_| Gauge::default());
        registry.register("mcp_requests", "Requests that have ended", requests.clone());
        let help = "Time from the arrival of a request to its answer, in seconds";
        registry.register("mcp_request_duration_seconds", help, durations.clone());
        registry.register("mcp_requests_in_flight", "Requests in flight", in_flight.clone());
        registry.register("mcp_sessions", "Open sessions", sessions.clone());
        registry.register("mcp_tasks", "Tasks that are carried out here", tasks.clone());
        let help = "Memory that clients hold, as far as it is limited";
        registry.register("mcp_memory_bytes", help, memory.clone());
        let registry = Arc::new(registry);
        Self { registry, requests, durations, in_flight, sessions, tasks, memory }
    }

    /// The metrics as text, with those of the server at this moment if it is still there.
    pub(crate) fn text(&self, app: Option<&App>) -> String {
        if let Some(app) = app {
            self.tasks.set(count(app.live.tasks.count()));
            self.memory.set(count(app.memory.used()));
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Observer for PrometheusMetrics {
    fn begin(&self, _: &Observed) -> Box<dyn Observation> {
        self.in_flight.inc();
        Box::new(Counted { metrics: self.clone() })
    }

    fn session(&self, _: &Session) -> Option<Box<dyn Any + Send + Sync>> {
        self.sessions.inc();
        Some(Box::new(OpenSession(self.sessions.clone())))
    }
}

struct Counted {
    metrics: PrometheusMetrics,
}

impl Observation for Counted {
    fn end(self: Box<Self>, request: &Observed, outcome: &Outcome, _: Option<&str>) {
        let PrometheusMetrics { requests, durations, .. } = &self.metrics;
        // Names of clients are not labels: there is no end of them.
        let component = match (&request.component, &request.requested) {
            (Some(component), _) => Arc::clone(&component.key),
            (None, Some(_)) => "other".into(),
            (None, None) => "".into(),
        };
        let labels: Labels = vec![("method", request.method().into()), ("component", component)];
        durations.get_or_create(&labels).observe(request.elapsed().as_secs_f64());
        let outcome = ("outcome", outcome.as_str().into());
        requests.get_or_create(&[labels, vec![outcome]].concat()).inc();
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

/// Counts a session until it is dropped.
struct OpenSession(Gauge);

impl Drop for OpenSession {
    fn drop(&mut self) {
        self.0.dec();
    }
}
