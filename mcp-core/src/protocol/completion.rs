//! Suggestions for arguments that are being typed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Meta;

/// Asks how an argument might go on.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteParams {
    /// Whose argument.
    #[serde(rename = "ref")]
    pub reference: CompletionReference,
    /// Which argument, and what has been typed.
    pub argument: CompletionArgument,
    /// What else has been filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<CompletionContext>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Whose argument is being typed.
///
/// Specification: [Reference types](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#reference-types).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum CompletionReference {
    /// That of a prompt.
    #[serde(rename = "ref/prompt")]
    Prompt {
        /// Name of the prompt.
        name: String,
        /// Its name for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// That of a resource template.
    #[serde(rename = "ref/resource")]
    Resource {
        /// The template.
        uri: String,
    },
}

impl CompletionReference {
    /// That of a prompt, by its name.
    pub fn prompt(name: impl Into<String>) -> Self {
        Self::Prompt { name: name.into(), title: None }
    }

    /// That of a resource template.
    pub fn resource(template: impl Into<String>) -> Self {
        Self::Resource { uri: template.into() }
    }
}

/// The argument that is being typed.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompletionArgument {
    /// Its name.
    pub name: String,
    /// What has been typed.
    pub value: String,
}

/// What else has been filled in.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompletionContext {
    /// Values by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<BTreeMap<String, String>>,
}

/// How the argument might go on.
///
/// Specification: [Completion results](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#completion-results).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteResult {
    /// The suggestions.
    pub completion: Completion,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Suggestions, best first.
///
/// Specification: [Completion results](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#completion-results).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// At most [`Completion::MOST`] values.
    pub values: Vec<String>,
    /// How many there are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether there are more than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_more: Option<bool>,
}

impl Completion {
    /// How many values the protocol allows.
    pub const MOST: usize = 100;

    /// The first values of a complete list, as many as the protocol allows.
    pub fn new(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let total = values.len();
        values.truncate(Self::MOST);
        Self { has_more: Some(total > values.len()), total: u64::try_from(total).ok(), values }
    }
}

#[cfg(test)]
mod tests {
    use super::{CompleteParams, CompleteResult, Completion};
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn samples_round_trip() {
        keeps::<CompleteParams>(
            r#"{"ref":{"type":"ref/prompt","name":"p","title":"P"},"argument":{"name":"a","value":"x"},"context":{"arguments":{"b":"y"}}}"#,
        );
        keeps::<CompleteParams>(
            r#"{"ref":{"type":"ref/resource","uri":"a:{b}"},"argument":{"name":"b","value":""},"_meta":{"x":1}}"#,
        );
        refuses::<CompleteParams>(
            r#"{"ref":{"type":"ref/other"},"argument":{"name":"b","value":""}}"#,
        );
        keeps::<CompleteResult>(r#"{"completion":{"values":["a"],"total":9,"hasMore":true}}"#);
        keeps::<CompleteResult>(r#"{"completion":{"values":[]}}"#);
    }

    #[test]
    fn no_more_values_are_sent_than_allowed() {
        let few = Completion::new(["a", "b"]);
        assert_eq!((few.values.len(), few.total, few.has_more), (2, Some(2), Some(false)));
        let many = Completion::new((0..150).map(|number| number.to_string()));
        assert_eq!((many.values.len(), many.total, many.has_more), (100, Some(150), Some(true)));
    }
}
