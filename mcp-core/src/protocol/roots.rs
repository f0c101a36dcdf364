//! The directories that a client opens to a server.

use serde::{Deserialize, Serialize};

use super::Meta;

/// A directory or file that a server may work on.
///
/// Specification: [Roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#root).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// Where it is; a `file:` URI.
    pub uri: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Asks for the roots.
///
/// Specification: [Listing roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#listing-roots).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRootsParams {
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The roots.
///
/// Specification: [Listing roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#listing-roots).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRootsResult {
    /// All of them.
    pub roots: Vec<Root>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

#[cfg(test)]
mod tests {
    use super::{ListRootsParams, ListRootsResult};
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn samples_round_trip() {
        keeps::<ListRootsParams>("{}");
        keeps::<ListRootsResult>(r#"{"roots":[]}"#);
        keeps::<ListRootsResult>(
            r#"{"roots":[{"uri":"file:///a","name":"A","_meta":{"x":1}},{"uri":"file:///b"}]}"#,
        );
        refuses::<ListRootsResult>(r#"{"roots":[{"name":"A"}]}"#);
    }
}
