//! Lists that come in pages.

use serde::{Deserialize, Serialize};

use super::Meta;

/// Where a page of a list starts; what is in it is the server's affair.
///
/// Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// The cursor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Cursor {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// Asks for one page of a list.
///
/// Specification: [Pagination](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    /// Where the page starts; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

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
