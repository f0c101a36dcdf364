//! A layer for `tracing` that sends the events of handlers to clients as log messages.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_core::method::Method;
use mcp_core::protocol::LoggingLevel;
use mcp_core::revision::notification;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::exchange::Exchange;

/// A `tracing` layer that sends the events of handlers to their clients as log messages.
///
/// Events within the span of a request are sent to the client of that request, from the level that it
/// requests, as with [`Context::log`](crate::Context::log). This includes events of libraries and of
/// tasks that are instrumented with the span: add a filter if they may contain secrets. Events of the
/// framework itself are not sent.
///
/// ```
/// use mcp_runtime::trace::ForwardEvents;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(ForwardEvents::new());
/// # drop(subscriber);
/// ```
///
/// Specification: [Logging](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging).
#[derive(Debug)]
pub struct ForwardEvents(());

impl ForwardEvents {
    /// Creates a layer that forwards all events. Combine it with a filter to forward fewer.
    #[expect(clippy::new_without_default, reason = "creating one has an effect")]
    pub fn new() -> Self {
        IS_ENABLED.store(true, Ordering::Relaxed);
        Self(())
    }
}

/// `true` once a layer has been created. Programs without one skip all work of this module.
static IS_ENABLED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The request whose span is being created on this thread.
    static OPENING: RefCell<Option<Exchange>> = const { RefCell::new(None) };
    /// `true` while an event is sent on this thread, because sending may create events.
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Creates the span of a request, which associates its events with the request.
pub(crate) fn opening(
    exchange: &Exchange,
    open: impl FnOnce(&Exchange) -> tracing::Span,
) -> tracing::Span {
    if !IS_ENABLED.load(Ordering::Relaxed) {
        return open(exchange);
    }
    OPENING.set(Some(exchange.clone()));
    let span = open(exchange);
    // Still present if no layer is interested in the span.
    drop(OPENING.take());
    span
}

/// Request whose client receives the events of a span.
struct Recipient(Exchange);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ForwardEvents {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, subscriber: Context<'_, S>) {
        if !is_own(attributes.metadata().target()) {
            return;
        }
        let Some(exchange) = OPENING.take() else { return };
        if let Some(span) = subscriber.span(id) {
            span.extensions_mut().replace(Recipient(exchange));
        }
    }

    fn on_event(&self, event: &Event<'_>, subscriber: Context<'_, S>) {
        let metadata = event.metadata();
        if is_own(metadata.target()) || SENDING.get() {
            return;
        }
        let level = level(*metadata.level());
        let recipient = subscriber.event_scope(event).into_iter().flatten().find_map(|span| {
            let extensions = span.extensions();
            extensions.get::<Recipient>().map(|Recipient(exchange)| exchange.clone())
        });
        let Some(exchange) = recipient else { return };
        let Some(threshold) = exchange.log_threshold().filter(|threshold| level >= *threshold)
        else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        SENDING.set(true);
        exchange.channel.log(level, threshold, message(level, metadata.target(), fields));
        SENDING.set(false);
    }
}

/// Returns `true` for the targets of the framework itself.
fn is_own(target: &str) -> bool {
    let own = ["mcp_runtime", "mcp_core"];
    own.iter().any(|name| {
        target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

fn level(level: Level) -> LoggingLevel {
    match level {
        Level::ERROR => LoggingLevel::Error,
        Level::WARN => LoggingLevel::Warning,
        Level::INFO => LoggingLevel::Info,
        _ => LoggingLevel::Debug,
    }
}

/// Writes a log message: a string for an event with nothing but a message, and otherwise an object of
/// its fields.
fn message(level: LoggingLevel, target: &str, fields: Fields) -> Vec<u8> {
    notification(Method::LogMessage.as_str(), |params| {
        params.value("level", &level);
        params.value("logger", target);
        match fields.0.get("message") {
            Some(text) if fields.0.len() == 1 => params.value("data", text),
            _ => params.value("data", &fields.0),
        }
    })
}

/// The fields of an event as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}
