//! Results that ask the client for input. Since 2026-07-28.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::builders::setters;
use super::{CreateMessageParams, ElicitParams, ListRootsParams, Meta};
use crate::lenient::decoration;

/// Questions by the key of their answers.
///
/// Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).
pub type InputRequests = BTreeMap<String, InputRequest>;

/// Answers by the key of their question, which determines the type of the answer.
///
/// Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).
pub type InputResponses = BTreeMap<String, Value>;

/// Question of a server.
///
/// Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "method", content = "params")]
#[non_exhaustive]
pub enum InputRequest {
    /// Question to the user.
    #[serde(rename = "elicitation/create")]
    Elicit(ElicitParams),
    /// Request to the model.
    #[serde(rename = "sampling/createMessage")]
    CreateMessage(CreateMessageParams),
    /// Request for the roots.
    #[serde(rename = "roots/list")]
    ListRoots(ListRootsParams),
    /// Question that this crate does not define, unchanged.
    #[serde(untagged)]
    Unknown(Value),
}

impl<'de> Deserialize<'de> for InputRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Kept as text until the method is known, so that schemas keep their order.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let Envelope { method, params } =
            serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let params = params.map_or("{}", |params| params.get());
        match method.as_str() {
            "elicitation/create" => serde_json::from_str(params).map(Self::Elicit),
            "sampling/createMessage" => serde_json::from_str(params).map(Self::CreateMessage),
            "roots/list" => serde_json::from_str(params).map(Self::ListRoots),
            _ => serde_json::from_str(raw.get()).map(Self::Unknown),
        }
        .map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    method: String,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Result that asks for input, which the client answers in another attempt; its `resultType` is
/// `input_required`.
///
/// Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InputRequiredResult {
    /// Questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_requests: Option<InputRequests>,
    /// State, returned unchanged with the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_state: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

setters!(InputRequiredResult {
    /// Sets the questions.
    input_requests => input_requests: InputRequests,
    /// Sets the state.
    request_state => request_state: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::{InputRequest, InputRequiredResult};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<InputRequiredResult>(
            r#"{"inputRequests":{"a":{"method":"elicitation/create","params":{"mode":"form","message":"m","requestedSchema":{"type":"object"}}},"b":{"method":"roots/list","params":{}},"c":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}},"requestState":"s"}"#,
        );
        rewrites::<InputRequiredResult>(r#"{"resultType":"input_required"}"#, "{}");
        rewrites::<InputRequest>(
            r#"{"method":"roots/list"}"#,
            r#"{"method":"roots/list","params":{}}"#,
        );
        keeps::<InputRequest>(r#"{"method":"dice/roll","params":{"sides":6}}"#);
        refuses::<InputRequest>(r#"{"method":"elicitation/create"}"#);
        refuses::<InputRequest>(r#"{"params":{}}"#);
    }
}
