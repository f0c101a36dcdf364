//! Traces and metrics of OpenTelemetry.
//!
//! It is a program of its own because its subscriber is the whole program's.

#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Waker;

use mcp_runtime::client::{Client, Error};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, eras};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

type Outcome = Result<(), Error>;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    tracing::info_span!("inner").in_scope(|| a + b)
}

/// Fail.
#[tool]
async fn fail() -> Result<i64, String> {
    Err("it broke".into())
}

/// The notes of a day.
#[resource("notes://days/{day}")]
async fn notes(day: String) -> String {
    format!("notes of {day}")
}

/// Ask for a review.
#[prompt]
async fn review() -> &'static str {
    "review this"
}

/// Held by the test that runs: the subscriber gets the spans of all.
static RUNNING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn server() -> Server {
    Server::new("traced", "1").with::<(add, fail, notes, review)>()
}

fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let pair = |it: &opentelemetry::KeyValue| (it.key.to_string(), it.value.to_string());
    span.attributes.iter().map(pair).collect()
}

#[tokio::test]
async fn spans_have_the_parent_of_the_client_and_the_fields_of_the_conventions() -> Outcome {
    let _running = RUNNING.lock().await;
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    for era in eras() {
        let client = TestClient::of(server()).era(era).connect().await?;
        let revision = client.revision().to_string();
        exporter.reset();
        let sum = json!({ "a": 1, "b": 2 });
        client.call("add", sum).meta("traceparent", PARENT).await?;
        client.call("fail", ()).await?;
        let _ = client.call("unknown", ()).await;
        let _: Value =
            client.request("resources/read", json!({ "uri": "notes://days/one" })).await?;
        let _: Value = client.request("prompts/get", json!({ "name": "review" })).await?;
        provider.force_flush().unwrap();
        let spans = exporter.get_finished_spans().unwrap();
        let named = |name: &str| {
            let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
            let found = spans.iter().find(|span| span.name == name);
            found.unwrap_or_else(|| panic!("{name}: {names:?}"))
        };
        let call = named("tools/call add");
        assert_eq!(call.span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(call.parent_span_id.to_string(), "b7ad6b7169203331");
        assert_eq!(call.span_kind, SpanKind::Server);
        let inner = named("inner");
        assert_eq!(inner.parent_span_id, call.span_context.span_id());
        let fields = attributes(call);
        for (name, value) in [
            ("mcp.method.name", "tools/call"),
            ("mcp.protocol.version", &revision),
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", "add"),
            ("network.transport", "pipe"),
        ] {
            assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}: {fields:?}");
        }
        assert!(fields.contains_key("jsonrpc.request.id"), "{fields:?}");
        assert!(!fields.contains_key("error.type"), "{fields:?}");
        let failed = named("tools/call fail");
        assert_eq!(attributes(failed)["error.type"], "tool_error");
        assert!(matches!(failed.status, Status::Error { .. }), "{:?}", failed.status);
        assert_ne!(failed.span_context.trace_id(), call.span_context.trace_id());
        let unknown = attributes(named("tools/call"));
        assert_eq!(
            (&*unknown["error.type"], &*unknown["rpc.response.status_code"]),
            ("-32602", "-32602")
        );
        assert_eq!(attributes(named("resources/read"))["mcp.resource.uri"], "notes://days/one");
        assert_eq!(attributes(named("prompts/get review"))["gen_ai.prompt.name"], "review");
    }
    Ok(())
}

/// Attributes of the points of a histogram in seconds.
fn points(exporter: &InMemoryMetricExporter, name: &str) -> Vec<BTreeMap<String, String>> {
    let resources = exporter.get_finished_metrics().unwrap();
    let mut found = Vec::new();
    for metric in resources.iter().flat_map(|it| it.scope_metrics()).flat_map(|it| it.metrics()) {
        if metric.name() != name {
            continue;
        }
        assert_eq!(metric.unit(), "s");
        let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
            panic!("{name} is no histogram");
        };
        for point in histogram.data_points() {
            assert_eq!(point.bounds().next(), Some(0.01));
            let pair = |it: &opentelemetry::KeyValue| (it.key.to_string(), it.value.to_string());
            found.push(point.attributes().map(pair).collect());
        }
    }
    found
}

#[tokio::test]
async fn durations_are_measured_by_the_conventions() -> Outcome {
    let _running = RUNNING.lock().await;
    for era in eras() {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let server = server().meter(&provider.meter("test"));
        let client = TestClient::of(server).era(era).connect().await?;
        let revision = client.revision().to_string();
        client.call("add", json!({ "a": 1, "b": 2 })).await?;
        client.call("fail", ()).await?;
        let _ = client.call("unknown", ()).await;
        client.close().await;
        provider.force_flush().unwrap();
        let operations = points(&exporter, "mcp.server.operation.duration");
        let called = |tool: Option<&str>, error: Option<&str>| {
            let mut all: BTreeMap<String, String> = [
                ("mcp.method.name", "tools/call"),
                ("mcp.protocol.version", &*revision),
                ("network.transport", "pipe"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
            if let Some(tool) = tool {
                all.insert("gen_ai.operation.name".to_owned(), "execute_tool".to_owned());
                all.insert("gen_ai.tool.name".to_owned(), tool.to_owned());
            }
            if let Some(error) = error {
                all.insert("error.type".to_owned(), error.to_owned());
            }
            all
        };
        let mut unknown = called(None, Some("-32602"));
        unknown.insert("rpc.response.status_code".to_owned(), "-32602".to_owned());
        for expected in
            [called(Some("add"), None), called(Some("fail"), Some("tool_error")), unknown]
        {
            assert!(operations.contains(&expected), "{expected:?} in {operations:?}");
        }
        let is_legacy = client_is_legacy(&revision);
        assert_eq!(points(&exporter, "mcp.server.session.duration").len(), usize::from(is_legacy));
    }
    Ok(())
}

#[tokio::test]
async fn durations_of_clients_are_measured_by_the_conventions() -> Outcome {
    let _running = RUNNING.lock().await;
    for era in eras() {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let client = Client::in_memory(server()).meter(&provider.meter("test")).era(era);
        let client = client.connect().await?;
        let revision = client.revision().to_string();
        client.call("add", json!({ "a": 1, "b": 2 })).await?;
        assert!(client.call("fail", ()).await?.is_error);
        assert!(client.call("unknown", ()).await.is_err());
        {
            let call = client.call("add", json!({ "a": 1, "b": 2 }));
            let mut cancelled = pin!(call.into_future());
            let mut context = std::task::Context::from_waker(Waker::noop());
            assert!(cancelled.as_mut().poll(&mut context).is_pending());
        }
        client.close().await;
        drop(client);
        provider.force_flush().unwrap();
        let operations = points(&exporter, "mcp.client.operation.duration");
        let measured = |more: &[(&str, &str)]| -> BTreeMap<String, String> {
            let all = [("mcp.protocol.version", &*revision), ("network.transport", "pipe")];
            let all = all.iter().chain(more);
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let call = |tool: &'static str, more: &[(&'static str, &'static str)]| {
            let mut all = vec![
                ("mcp.method.name", "tools/call"),
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.tool.name", tool),
            ];
            all.extend(more);
            measured(&all)
        };
        let is_legacy = client_is_legacy(&revision);
        let handshake = is_legacy.then(|| measured(&[("mcp.method.name", "initialize")]));
        let calls = [
            call("add", &[]),
            call("add", &[("error.type", "cancelled")]),
            call("fail", &[("error.type", "tool_error")]),
            call("unknown", &[("error.type", "-32602"), ("rpc.response.status_code", "-32602")]),
        ];
        for expected in calls.into_iter().chain(handshake) {
            assert!(operations.contains(&expected), "{expected:?} in {operations:?}");
        }
        assert_eq!(points(&exporter, "mcp.client.session.duration").len(), usize::from(is_legacy));
    }
    Ok(())
}

fn client_is_legacy(revision: &str) -> bool {
    revision < "2026"
}
