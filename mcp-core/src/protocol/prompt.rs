//! Prompts of servers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builders::{constructor, setters};
use super::{CacheScope, Content, Cursor, Icon, InputResponses, Meta, Role};
use crate::lenient::{decoration, decorations, given_texts, or_default};

/// Prompt in a list.
///
/// Specification: [Prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Prompt {
    /// Name for programs.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Arguments.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<PromptArgument>,
    /// Icons.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Arguments.
///
/// Specification: [Prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptArgument {
    /// Name for programs.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `true` if it has to be present; absent means `false`.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// Message of a prompt.
///
/// Specification: [Prompt message](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#promptmessage).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptMessage {
    /// Role of the author.
    pub role: Role,
    /// Content.
    pub content: Content,
}

/// Result of `prompts/list`.
///
/// Specification: [Listing prompts](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#listing-prompts).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListPromptsResult {
    /// Items of the page.
    #[serde(deserialize_with = "or_default")]
    pub prompts: Vec<Prompt>,
    /// Start of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// Milliseconds for which the result may be cached. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Scope of the cached result. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `prompts/get`.
///
/// Specification: [Getting a prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetPromptParams {
    /// Name of the prompt.
    pub name: String,
    /// Arguments; those of `null` are left out.
    #[serde(default, deserialize_with = "given_texts", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<BTreeMap<String, String>>,
    /// Answers to the questions of an earlier attempt. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// State of the server from its questions, unchanged. Since 2026-07-28.
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

/// Result of `prompts/get`.
///
/// Specification: [Getting a prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetPromptResult {
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Creates a result from messages in order.
    #[serde(deserialize_with = "or_default")]
    pub messages: Vec<PromptMessage>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

impl Prompt {
    /// Creates a prompt from its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            arguments: Vec::new(),
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: PromptArgument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Prompt {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

impl PromptArgument {
    /// Creates an argument from its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), title: None, description: None, required: None }
    }
}

setters!(PromptArgument {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets whether it has to be present.
    required => required: bool,
});

impl PromptMessage {
    /// Creates a message of a role.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { role, content: content.into() }
    }

    /// Creates a message of the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content)
    }

    /// Creates a message of the model.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content)
    }
}

impl GetPromptResult {
    /// Creates a result from messages in order.
    pub fn new(messages: impl IntoIterator<Item = PromptMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }
}

setters!(GetPromptResult {
    /// Sets the description.
    description => description: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a page of prompts.
    ListPromptsResult(prompts: Vec<Prompt>) next_cursor ttl_ms cache_scope meta
);

setters!(ListPromptsResult {
    /// Sets the start of the next page.
    next_cursor => next_cursor: Cursor,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a request for a prompt.
    GetPromptParams(name: String) arguments input_responses request_state meta
);

setters!(GetPromptParams {
    /// Sets the arguments.
    arguments => arguments: BTreeMap<String, String>,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::{GetPromptParams, GetPromptResult, ListPromptsResult, PromptMessage};
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn samples_round_trip() {
        keeps::<ListPromptsResult>(
            r#"{"prompts":[{"name":"p"},{"name":"q","title":"Q","description":"d","arguments":[{"name":"a","required":true},{"name":"b","title":"B","description":"d"}],"icons":[{"src":"a:b"}],"_meta":{"x":1}}],"nextCursor":"2"}"#,
        );
        keeps::<GetPromptParams>(r#"{"name":"p","arguments":{"a":"1"},"requestState":"s"}"#);
        refuses::<GetPromptParams>(r#"{"name":"p","arguments":{"a":1}}"#);
        let result = keeps::<GetPromptResult>(
            r#"{"description":"d","messages":[{"role":"user","content":{"type":"text","text":"Hi"}}]}"#,
        );
        assert_eq!(result.messages, [PromptMessage::user("Hi")]);
        refuses::<GetPromptResult>("{}");
    }
}
