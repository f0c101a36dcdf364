//! Elicitation: questions of servers to the user of a client.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::builders::{constructor, setters};
use super::{Meta, TaskRequest};
use crate::lenient::decoration;
use crate::schema::Schema;

/// Parameters of `elicitation/create`.
///
/// Specification: [Elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElicitParams {
    /// Form; also the meaning of an absent mode.
    Form(ElicitFormParams),
    /// URL to which the user is sent.
    Url(ElicitUrlParams),
}

impl<'de> Deserialize<'de> for ElicitParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Kept as text until the mode is known, so that the fields of a form keep their order.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let Mode { mode } = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        match mode.as_deref() {
            None | Some("form") => serde_json::from_str(raw.get()).map(Self::Form),
            Some("url") => serde_json::from_str(raw.get()).map(Self::Url),
            Some(other) => return Err(D::Error::unknown_variant(other, &["form", "url"])),
        }
        .map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
struct Mode {
    mode: Option<String>,
}

/// Parameters of `elicitation/create` with a form.
///
/// Specification: [Form mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitFormParams {
    /// Message to the user.
    pub message: String,
    /// Schema of the fields.
    pub requested_schema: Schema,
    /// Request to run as a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `elicitation/create` with a URL.
///
/// Specification: [URL mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitUrlParams {
    /// Message to the user.
    pub message: String,
    /// URL.
    pub url: String,
    /// Id that ties the notification of completion to the request. Required in 2025-11-25, unknown
    /// otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elicitation_id: Option<String>,
    /// Request to run as a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `elicitation/create`.
///
/// Specification: [Response actions](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#response-actions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitResult {
    /// Action of the user.
    pub action: ElicitAction,
    /// Values of the form, if the user accepted it.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub content: Option<Map<String, Value>>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Action of the user.
///
/// Specification: [Response actions](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#response-actions).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElicitAction {
    /// The user accepted.
    Accept,
    /// The user declined.
    Decline,
    /// The user closed the question without an answer.
    Cancel,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Parameters of `notifications/elicitation/complete`. Revision 2025-11-25 only.
///
/// Specification: [Completion notifications](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitationCompleteParams {
    /// Id of the elicitation.
    pub elicitation_id: String,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

impl ElicitParams {
    /// Creates a form with a message and fields.
    pub fn form(message: impl Into<String>, requested_schema: Schema) -> Self {
        Self::Form(ElicitFormParams::new(message, requested_schema))
    }

    /// Creates a request to open a URL, with a message.
    pub fn url(message: impl Into<String>, url: impl Into<String>) -> Self {
        Self::Url(ElicitUrlParams::new(message, url))
    }

    /// Returns the message to the user.
    pub fn message(&self) -> &str {
        match self {
            Self::Form(form) => &form.message,
            Self::Url(url) => &url.message,
        }
    }
}

impl ElicitResult {
    /// Creates the result of an accepted form.
    pub fn accept(content: Map<String, Value>) -> Self {
        Self { content: Some(content), ..Self::new(ElicitAction::Accept) }
    }

    /// Creates a result without content.
    pub fn new(action: ElicitAction) -> Self {
        Self { action, content: None, meta: None }
    }
}

setters!(ElicitResult {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a form with a message and fields.
    ElicitFormParams(message: String, requested_schema: Schema) task meta
);

setters!(ElicitFormParams {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a request to open a URL, with a message.
    ElicitUrlParams(message: String, url: String) elicitation_id task meta
);

setters!(ElicitUrlParams {
    /// Sets the id of the elicitation.
    elicitation_id => elicitation_id: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates the notification for an elicitation.
    ElicitationCompleteParams(elicitation_id: String) meta
);

#[cfg(test)]
mod tests {
    use super::{ElicitAction, ElicitParams, ElicitResult, ElicitationCompleteParams};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ElicitParams>(
            r#"{"mode":"form","message":"m","requestedSchema":{"type":"object"},"_meta":{"x":1}}"#,
        );
        rewrites::<ElicitParams>(
            r#"{"message":"m","requestedSchema":{"type":"object"},"new":1}"#,
            r#"{"mode":"form","message":"m","requestedSchema":{"type":"object"}}"#,
        );
        let url = keeps::<ElicitParams>(
            r#"{"mode":"url","message":"m","url":"https://example.com","elicitationId":"e"}"#,
        );
        assert_eq!(url.message(), "m");
        refuses::<ElicitParams>(r#"{"mode":"url","message":"m"}"#);
        refuses::<ElicitParams>(r#"{"mode":"dance","message":"m"}"#);
        refuses::<ElicitParams>(r#"{"message":"m"}"#);
        keeps::<ElicitResult>(r#"{"action":"accept","content":{"a":1,"b":["c"]},"_meta":{}}"#);
        assert_eq!(
            keeps::<ElicitResult>(r#"{"action":"shrug"}"#).action,
            ElicitAction::Other("shrug".into())
        );
        keeps::<ElicitationCompleteParams>(r#"{"elicitationId":"e"}"#);
    }

    #[test]
    fn fields_of_a_form_keep_their_order() {
        let sample = r#"{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{"z":{},"a":{}}}}"#;
        let form: ElicitParams = serde_json::from_str(sample).unwrap();
        assert_eq!(serde_json::to_string(&form).unwrap(), sample);
    }
}
