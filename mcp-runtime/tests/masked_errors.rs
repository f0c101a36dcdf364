//! Masked errors in traces. Other tests in the process would have a part in what is recorded.

#![allow(missing_docs)]

use std::io;
use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, eras};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

const SECRET: &str = "password of the database";

/// Fail.
#[tool]
async fn fail() -> Result<String, io::Error> {
    Err(io::Error::other(SECRET))
}

/// A log.
#[resource("logs://today")]
async fn log() -> Result<String, io::Error> {
    Err(io::Error::other(SECRET))
}

/// Records errors in traces, with the spans around them.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traces {
    fn on_event(&self, event: &tracing::Event<'_>, context: LayerContext<'_, S>) {
        struct Fields(String);

        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {}={value:?}", field.name()));
            }
        }

        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let spans = context.event_scope(event).into_iter().flatten();
        let spans: Vec<_> = spans.map(|span| span.name()).collect();
        self.0.lock().unwrap().push(format!("{}:{}", spans.join(","), fields.0));
    }
}

#[tokio::test]
async fn a_trace_has_the_message_in_the_span_of_the_request() {
    let traces = Traces::default();
    let subscriber = tracing_subscriber::registry().with(traces.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    for era in eras() {
        let server = Server::new("masked", "1").with::<(fail, log)>().mask_errors();
        let client = TestClient::of(server).era(era).connect().await.unwrap();
        traces.0.lock().unwrap().clear();
        assert!(!client.call("fail", ()).await.unwrap().to_text().contains(SECRET));
        assert!(!client.read("logs://today").await.unwrap_err().to_string().contains(SECRET));
        let traced = traces.0.lock().unwrap();
        let in_request = |line: &&String| line.starts_with("request:") && line.contains(SECRET);
        assert_eq!(traced.iter().filter(in_request).count(), 2, "{traced:?}");
    }
}
