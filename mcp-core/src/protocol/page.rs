//! Pagination of lists.

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::setters;
use crate::lenient::decoration;

/// Start of a page of a list; only the server interprets it.
///
/// Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// Returns the cursor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Cursor {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// Parameters of a request for one page of a list.
///
/// Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListParams {
    /// Start of the page; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

setters!(ListParams {
    /// Sets the start of the page.
    cursor => cursor: Cursor,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::ListParams;
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ListParams>("{}");
        keeps::<ListParams>(r#"{"cursor":"abc","_meta":{"progressToken":1}}"#);
        rewrites::<ListParams>(r#"{"cursor":null}"#, "{}");
        refuses::<ListParams>(r#"{"cursor":7}"#);
    }
}
