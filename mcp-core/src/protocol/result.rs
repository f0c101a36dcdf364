//! Members that all results have in common.

use serde::{Deserialize, Serialize};

use super::Meta;
use crate::lenient::decoration;

/// Kind of a result. Absent before 2026-07-28, which means complete.
///
/// Specification: [Results](https://modelcontextprotocol.io/specification/2026-07-28/basic#result-responses).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResultType {
    /// The request is complete.
    Complete,
    /// The client has to answer questions in another attempt.
    InputRequired,
    /// The request continues as a task. Tasks extension.
    Task,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Scope of a cached result.
///
/// Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CacheScope {
    /// Shared by all users.
    Public,
    /// Private to the user of the request.
    Private,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Result without members.
///
/// Specification: [Results](https://modelcontextprotocol.io/specification/2026-07-28/basic#result-responses).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmptyResult {
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

#[cfg(test)]
mod tests {
    use super::{CacheScope, EmptyResult, ResultType};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ResultType>(r#""complete""#);
        assert_eq!(keeps::<ResultType>(r#""input_required""#), ResultType::InputRequired);
        assert_eq!(keeps::<ResultType>(r#""task""#), ResultType::Task);
        assert_eq!(keeps::<ResultType>(r#""later""#), ResultType::Other("later".into()));
        assert_eq!(keeps::<CacheScope>(r#""private""#), CacheScope::Private);
        keeps::<EmptyResult>("{}");
        keeps::<EmptyResult>(r#"{"_meta":{"a":1}}"#);
        rewrites::<EmptyResult>(r#"{"resultType":"complete"}"#, "{}");
        refuses::<ResultType>("1");
    }
}
