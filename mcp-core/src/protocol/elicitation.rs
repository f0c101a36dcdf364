//! Servers that ask the user of a client.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::builders::setters;
use super::{Meta, TaskRequest};
use crate::schema::Schema;

/// Asks the user of a client.
///
/// Specification: [Elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElicitParams {
    /// By a form, which is also what no mode means.
    Form(ElicitFormParams),
    /// By sending the user to a URL.
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

/// Asks the user to fill in a form.
///
/// Specification: [Form mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElicitFormParams {
    /// What the user is asked.
    pub message: String,
    /// The fields of the form.
    pub requested_schema: Schema,
    /// Asks for a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Asks the user to go to a URL.
///
/// Specification: [URL mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-requests).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElicitUrlParams {
    /// Why.
    pub message: String,
    /// Where to.
    pub url: String,
    /// Ties the notification of completion to the request. Required in 2025-11-25, unknown otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elicitation_id: Option<String>,
    /// Asks for a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What the user did.
///
/// Specification: [Response actions](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#response-actions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElicitResult {
    /// Whether the user answered.
    pub action: ElicitAction,
    /// What was filled in, if the user accepted a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Map<String, Value>>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Whether the user answered.
///
/// Specification: [Response actions](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#response-actions).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElicitAction {
    /// The user answered.
    Accept,
    /// The user said no.
    Decline,
    /// The user said nothing.
    Cancel,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// Says that what a URL was for is done. Revision 2025-11-25 only.
///
/// Specification: [Completion notifications](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElicitationCompleteParams {
    /// Which request.
    pub elicitation_id: String,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

impl ElicitParams {
    /// A form with a message and fields.
    pub fn form(message: impl Into<String>, requested_schema: Schema) -> Self {
        Self::Form(ElicitFormParams {
            message: message.into(),
            requested_schema,
            task: None,
            meta: None,
        })
    }

    /// A URL and why to go there.
    pub fn url(message: impl Into<String>, url: impl Into<String>) -> Self {
        Self::Url(ElicitUrlParams {
            message: message.into(),
            url: url.into(),
            elicitation_id: None,
            task: None,
            meta: None,
        })
    }

    /// What the user is told.
    pub fn message(&self) -> &str {
        match self {
            Self::Form(form) => &form.message,
            Self::Url(url) => &url.message,
        }
    }
}

impl ElicitResult {
    /// The user filled in a form.
    pub fn accept(content: Map<String, Value>) -> Self {
        Self { content: Some(content), ..Self::new(ElicitAction::Accept) }
    }

    /// What the user did, without any content.
    pub fn new(action: ElicitAction) -> Self {
        Self { action, content: None, meta: None }
    }
}

setters!(ElicitResult {
    /// Attaches metadata.
    with_meta => meta: Meta,
});

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
