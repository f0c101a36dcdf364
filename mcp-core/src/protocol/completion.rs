//! Completion of arguments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::{constructor, setters};
use crate::lenient::{decoration, given_texts, or_default};

/// Parameters of `completion/complete`.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompleteParams {
    /// Prompt or resource template of the argument.
    #[serde(rename = "ref")]
    pub reference: CompletionReference,
    /// Argument and its value so far.
    pub argument: CompletionArgument,
    /// Other arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<CompletionContext>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Prompt or resource template of an argument.
///
/// Specification: [Reference types](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#reference-types).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum CompletionReference {
    /// A prompt.
    #[serde(rename = "ref/prompt")]
    Prompt {
        /// Name.
        name: String,
        /// Title for people.
        #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A resource template.
    #[serde(rename = "ref/resource")]
    Resource {
        /// URI template.
        uri: String,
    },
}

impl CompletionReference {
    /// Creates a reference to a prompt by its name.
    pub fn prompt(name: impl Into<String>) -> Self {
        Self::Prompt { name: name.into(), title: None }
    }

    /// A resource template.
    pub fn resource(template: impl Into<String>) -> Self {
        Self::Resource { uri: template.into() }
    }
}

/// Argument to complete.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompletionArgument {
    /// Name.
    pub name: String,
    /// Value so far.
    pub value: String,
}

/// Other arguments.
///
/// Specification: [Requesting completions](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#requesting-completions).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompletionContext {
    /// Values by name; those of `null` are left out.
    #[serde(default, deserialize_with = "given_texts", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<BTreeMap<String, String>>,
}

/// Result of `completion/complete`.
///
/// Specification: [Completion results](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#completion-results).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CompleteResult {
    /// Suggestions.
    pub completion: Completion,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Suggestions, best first.
///
/// Specification: [Completion results](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#completion-results).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Completion {
    /// Values, at most [`Completion::MAX_VALUES`].
    #[serde(deserialize_with = "or_default")]
    pub values: Vec<String>,
    /// Total number of suggestions.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// `true` if there are more suggestions than these.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub has_more: Option<bool>,
}

impl Completion {
    /// Maximum number of values in the protocol.
    pub const MAX_VALUES: usize = 100;

    /// Takes the first values of a complete list, as many as the protocol allows.
    pub fn new(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let total = values.len();
        values.truncate(Self::MAX_VALUES);
        Self { has_more: Some(total > values.len()), total: u64::try_from(total).ok(), values }
    }
}

constructor!(
    /// Creates a request to complete an argument of a prompt or a resource template.
    CompleteParams(reference: CompletionReference, argument: CompletionArgument) context meta
);

setters!(CompleteParams {
    /// Sets the other arguments.
    context => context: CompletionContext,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates an argument from its name and its value so far.
    CompletionArgument(name: String, value: String)
);

impl CompletionContext {
    /// Creates a context from other arguments.
    pub fn new<K: Into<String>, V: Into<String>>(
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let arguments = arguments.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { arguments: Some(arguments.collect()) }
    }
}

constructor!(
    /// Creates a result from suggestions.
    CompleteResult(completion: Completion) meta
);

setters!(CompleteResult {
    /// Sets the metadata.
    meta => meta: Meta,
});

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
