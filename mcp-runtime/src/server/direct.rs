//! Requests handed to a server without a transport.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_core::jsonrpc::{Frame, Limits, Message, ProtocolError, decode};
use mcp_core::revision::{Opens, Revision};
use serde_json::{Value, json};

use super::lifecycle;
#[cfg(any(test, feature = "testing"))]
use super::running::Reply;
#[cfg(any(test, feature = "testing"))]
use super::serve;
#[cfg(any(test, feature = "testing"))]
use crate::component::app::App;
use crate::context::exchange::{Exchange, Origin, Parts};
use crate::context::request_meta::RequestMeta;
use crate::context::sink::NotificationSink;

/// A sink without a client: notifications are dropped, questions are refused.
pub(crate) struct Deaf;

impl NotificationSink for Deaf {
    fn notify(&self, _: Vec<u8>) -> bool {
        true
    }

    fn deliver(&self, _: Vec<u8>) -> bool {
        false
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// A request that stands alone.
///
/// # Errors
/// `-32600` if the parameters make no request.
pub(crate) fn stateless(
    origin: Origin,
    capabilities: &Value,
    method: &str,
    params: &Value,
) -> Result<Exchange, ProtocolError> {
    let revision = Revision::newest_opening_by(Opens::EveryRequest);
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": revision.as_str(),
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    exchange(method, &params, |frame, parts, meta| {
        let admitted = lifecycle::admit(meta)?;
        Ok(Exchange::stateless(frame, parts, admitted, Arc::new(Deaf), origin))
    })
}

/// A request, made of what is found in it.
///
/// # Errors
/// `-32600` if the parameters make no request, and whatever making it comes to.
pub(crate) fn exchange(
    method: &str,
    params: &Value,
    make: impl FnOnce(Bytes, Parts, &RequestMeta<'_>) -> Result<Exchange, ProtocolError>,
) -> Result<Exchange, ProtocolError> {
    let frame = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let frame = Bytes::from(frame.to_string());
    let Ok(Frame::Single(Message::Request(request))) = decode(&frame, Limits::default()) else {
        return Err(ProtocolError::invalid_request(format!("no request: {method} {params}")));
    };
    let parts = Parts::of(&frame, &request);
    make(frame.clone(), parts, &request.known.meta)
}

/// Serves a request, and returns its result or its error.
#[cfg(any(test, feature = "testing"))]
pub(crate) async fn serve(app: &Arc<App>, exchange: Exchange) -> Value {
    let completed = match serve::serve(app, exchange) {
        Reply::Ready(completed) => completed,
        Reply::Refused(_, exceeded) => {
            return serde_json::to_value(exceeded.error()).unwrap_or_default();
        }
        Reply::Busy(_, busy) => busy.answer,
        Reply::Running(running) => running.await,
    };
    let answer: Value = serde_json::from_slice(&completed.to_vec()).unwrap_or_default();
    let mut result = answer.get("result").or(answer.get("error")).cloned().unwrap_or_default();
    if let Some(members) = result.as_object_mut() {
        members.remove("_meta");
    }
    result
}
