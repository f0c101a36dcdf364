//! How far a request has come.

use serde::{Deserialize, Serialize};

use super::Meta;
use crate::jsonrpc::RequestId;

/// Ties progress notifications to the request that asked for them: an integer or a string.
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

/// Tells the sender of a request how far it has come.
///
/// Specification: [Progress](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressParams {
    /// The token of the request.
    pub progress_token: ProgressToken,
    /// How far; grows from one notification to the next.
    pub progress: f64,
    /// How far it will go, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is going on, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

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
