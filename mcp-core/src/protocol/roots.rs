//! Roots: the directories that a client opens to a server.

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::{constructor, setters};
use crate::lenient::{decoration, or_default};

/// Directory or file that a server may use.
///
/// Specification: [Roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#root).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Root {
    /// `file:` URI.
    pub uri: String,
    /// Name for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `roots/list`.
///
/// Specification: [Listing roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#listing-roots).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListRootsParams {
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `roots/list`.
///
/// Specification: [Listing roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#listing-roots).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListRootsResult {
    /// All roots.
    #[serde(deserialize_with = "or_default")]
    pub roots: Vec<Root>,
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
    /// Creates a root from its `file:` URI.
    Root(uri: String) name meta
);

setters!(Root {
    /// Sets the name for people.
    name => name: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a result from all roots.
    ListRootsResult(roots: Vec<Root>) meta
);

setters!(ListRootsResult {
    /// Sets the metadata.
    meta => meta: Meta,
});

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
