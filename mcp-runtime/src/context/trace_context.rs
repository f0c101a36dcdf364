//! Trace context of a request, for distributed tracing.
//!
//! Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta),
//! [Trace Context](https://www.w3.org/TR/trace-context/), [Baggage](https://www.w3.org/TR/baggage/).

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::meta::{BAGGAGE, TRACEPARENT, TRACESTATE};

use super::exchange::Exchange;

/// Maximum length of `tracestate`, in bytes. Longer ones are ignored.
const MAX_STATE_LENGTH: usize = 512;

/// Maximum length of `baggage`, in bytes. Longer ones are ignored.
const MAX_BAGGAGE_LENGTH: usize = 8192;

/// Trace context of a request, for distributed tracing.
///
/// It is read from `_meta`, or else from the HTTP headers. Malformed values are ignored. The values
/// are not authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    parent: Option<String>,
    state: Option<String>,
    baggage: Option<String>,
}

impl TraceContext {
    pub(crate) fn of(exchange: &Exchange) -> Self {
        let mut context = Self::default();
        for (key, value) in exchange.meta().into_iter().flat_map(Raw::members) {
            let slot = match &*key {
                TRACEPARENT => &mut context.parent,
                TRACESTATE => &mut context.state,
                BAGGAGE => &mut context.baggage,
                _ => continue,
            };
            *slot = value.string().map(std::borrow::Cow::into_owned);
        }
        #[cfg(feature = "http")]
        context.complete(exchange.origin.headers.as_deref());
        context.checked()
    }

    /// Adds values of the headers that `_meta` lacks. `traceparent` and `tracestate` belong together
    /// and are always taken from the same source.
    #[cfg(feature = "http")]
    fn complete(&mut self, headers: Option<&http::HeaderMap>) {
        let Some(headers) = headers else { return };
        if self.parent.is_none() {
            self.parent = joined(headers, TRACEPARENT);
            self.state = joined(headers, TRACESTATE);
        }
        if self.baggage.is_none() {
            self.baggage = joined(headers, BAGGAGE);
        }
    }

    fn checked(self) -> Self {
        let parent = self.parent.filter(|parent| is_traceparent(parent));
        let state =
            self.state.filter(|state| parent.is_some() && is_short(state, MAX_STATE_LENGTH));
        let baggage = self.baggage.filter(|baggage| is_short(baggage, MAX_BAGGAGE_LENGTH));
        Self { parent, state, baggage }
    }

    /// The whole `traceparent`, to be sent to other services.
    pub fn traceparent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    /// The id of the trace: 32 hexadecimal digits.
    pub fn trace_id(&self) -> Option<&str> {
        self.parent.as_deref()?.get(3..35)
    }

    /// The id of the sender's span: 16 hexadecimal digits.
    pub fn parent_id(&self) -> Option<&str> {
        self.parent.as_deref()?.get(36..52)
    }

    /// Returns `true` if the sender records the trace.
    pub fn is_sampled(&self) -> bool {
        let flags = self.parent.as_deref().and_then(|parent| parent.get(53..55));
        flags.and_then(|flags| u8::from_str_radix(flags, 16).ok()).is_some_and(|it| it & 1 == 1)
    }

    /// `tracestate`: data of the tracing systems involved.
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// `baggage`: data of the applications involved.
    pub fn baggage(&self) -> Option<&str> {
        self.baggage.as_deref()
    }

    /// Records the trace context on the span of the request.
    pub(crate) fn record(&self, span: &tracing::Span) {
        let fields = [
            ("trace_id", self.trace_id()),
            ("parent_id", self.parent_id()),
            (TRACESTATE, self.tracestate()),
            (BAGGAGE, self.baggage()),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                span.record(name, value);
            }
        }
    }
}

/// A header; repeated ones are joined by commas.
#[cfg(feature = "http")]
fn joined(headers: &http::HeaderMap, name: &str) -> Option<String> {
    let values: Option<Vec<_>> =
        headers.get_all(name).iter().map(|value| value.to_str().ok()).collect();
    values.filter(|values| !values.is_empty()).map(|values| values.join(","))
}

fn is_short(text: &str, max_length: usize) -> bool {
    text.len() <= max_length && text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

/// Validates version, trace id, parent id and flags: lower-case hexadecimal digits, and ids that are
/// not zero. Later versions may append further fields after a hyphen.
fn is_traceparent(text: &str) -> bool {
    let mut parts = text.splitn(5, '-');
    let [version, trace, parent, flags] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let zero = |id: &str| id.bytes().all(|digit| digit == b'0');
    is_hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && is_hex(trace, 32)
        && !zero(trace)
        && is_hex(parent, 16)
        && !zero(parent)
        && is_hex(flags, 2)
        && is_short(text, MAX_STATE_LENGTH)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn check(parent: &str, expected: bool) {
        assert_eq!(is_traceparent(parent), expected, "{parent}");
    }

    #[test]
    fn a_traceparent_is_checked() {
        check(GOOD, true);
        check(&GOOD.replace("00-0", "01-0"), true);
        check(&format!("{}-more", GOOD.replace("00-0", "01-0")), true);
        check(&format!("{GOOD}-more"), false);
        check(&GOOD.replace("00-0", "ff-0"), false);
        check(&GOOD.to_uppercase(), false);
        check("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
        check("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false);
        check("", false);
        check("00-ä", false);
    }

    #[test]
    fn the_parts_of_a_trace_context() {
        let context = TraceContext {
            parent: Some(GOOD.into()),
            state: Some("a=b".into()),
            baggage: Some("c=d".into()),
        };
        let context = context.checked();
        assert_eq!(context.trace_id(), Some("0af7651916cd43dd8448eb211c80319c"));
        assert_eq!(context.parent_id(), Some("b7ad6b7169203331"));
        assert!(context.is_sampled());
        assert_eq!((context.tracestate(), context.baggage()), (Some("a=b"), Some("c=d")));
    }

    #[test]
    fn a_state_without_a_parent_means_nothing() {
        let context = TraceContext {
            parent: Some("00".into()),
            state: Some("a=b".into()),
            baggage: Some("c\n=d".into()),
        };
        assert_eq!(context.checked(), TraceContext::default());
    }
}
