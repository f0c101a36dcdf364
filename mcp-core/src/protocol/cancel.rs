//! Cancellation of requests.

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::setters;
use crate::jsonrpc::RequestId;
use crate::lenient::decoration;

/// Parameters of `notifications/cancelled`.
///
/// Specification: [Cancellation](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CancelledParams {
    /// Id of the request; optional in 2025-11-25, required otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Reason, for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

impl CancelledParams {
    /// Creates the cancellation of a request.
    pub fn new(request_id: impl Into<RequestId>) -> Self {
        Self { request_id: Some(request_id.into()), ..Self::default() }
    }
}

setters!(CancelledParams {
    /// Sets the reason, for people.
    reason => reason: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::CancelledParams;
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<CancelledParams>(r#"{"requestId":"a","reason":"late"}"#);
        keeps::<CancelledParams>(r#"{"requestId":1,"_meta":{}}"#);
        keeps::<CancelledParams>("{}");
        rewrites::<CancelledParams>(r#"{"requestId":1,"new":2}"#, r#"{"requestId":1}"#);
        refuses::<CancelledParams>(r#"{"requestId":1.5}"#);
    }
}
