//! Progress of requests.

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::{constructor, setters};
use crate::jsonrpc::RequestId;
use crate::lenient::decoration;

/// Token that ties progress notifications to their request: an integer or a string.
///
/// Specification: [Progress](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProgressToken(pub RequestId);

impl From<i64> for ProgressToken {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<&str> for ProgressToken {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// Parameters of `notifications/progress`.
///
/// Specification: [Progress](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProgressParams {
    /// Token of the request.
    pub progress_token: ProgressToken,
    /// Progress so far; grows from one notification to the next.
    pub progress: f64,
    /// Total, if known.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// Message for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

constructor!(
    /// Creates a notification from the token of a request and its progress so far.
    ProgressParams(progress_token: ProgressToken, progress: f64) total message meta
);

setters!(ProgressParams {
    /// Sets the total.
    total => total: f64,
    /// Sets the message for people.
    message => message: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::ProgressParams;
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ProgressParams>(
            r#"{"progressToken":"t","progress":0.5,"total":1.5,"message":"half"}"#,
        );
        rewrites::<ProgressParams>(
            r#"{"progressToken":1,"progress":2}"#,
            r#"{"progressToken":1,"progress":2.0}"#,
        );
        refuses::<ProgressParams>(r#"{"progress":1}"#);
        refuses::<ProgressParams>(r#"{"progressToken":null,"progress":1}"#);
    }
}
