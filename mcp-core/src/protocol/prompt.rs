//! Messages that servers prepare for models.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builders::setters;
use super::{CacheScope, Content, Cursor, Icon, InputResponses, Meta, Role};

/// Messages to be had from a server.
///
/// Specification: [Prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Prompt {
    /// Name for programs.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What they are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What can be filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<PromptArgument>,
    /// Icons to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What can be filled in.
///
/// Specification: [Prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptArgument {
    /// Name for programs.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it has to be given; absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// One message of a prompt.
///
/// Specification: [Prompt message](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#promptmessage).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptMessage {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: Content,
}

/// One page of the prompts.
///
/// Specification: [Listing prompts](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#listing-prompts).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPromptsResult {
    /// The page.
    pub prompts: Vec<Prompt>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// For how many milliseconds the result may be cached. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Who may share the cached result. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Asks for the messages of a prompt.
///
/// Specification: [Getting a prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetPromptParams {
    /// Which prompt.
    pub name: String,
    /// What to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<BTreeMap<String, String>>,
    /// Answers to what an earlier attempt asked. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// What the server gave with its questions, returned as it was. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_state: Option<String>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The messages of a prompt.
///
/// Specification: [Getting a prompt](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetPromptResult {
    /// What they are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The messages in order.
    pub messages: Vec<PromptMessage>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

impl Prompt {
    /// A prompt with a name.
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

    /// Adds something that can be filled in.
    #[must_use]
    pub fn with_argument(mut self, argument: PromptArgument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Prompt {
    /// Gives it a name for people.
    with_title => title: String,
    /// Says what it is for.
    with_description => description: String,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

impl PromptArgument {
    /// Something that can be filled in.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), title: None, description: None, required: None }
    }
}

setters!(PromptArgument {
    /// Gives it a name for people.
    with_title => title: String,
    /// Says what it is.
    with_description => description: String,
    /// Says whether it has to be given.
    with_required => required: bool,
});

impl PromptMessage {
    /// Something said by someone.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { role, content: content.into() }
    }

    /// Something said by the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content)
    }

    /// Something said by the model.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content)
    }
}

impl GetPromptResult {
    /// Messages in order.
    pub fn new(messages: impl IntoIterator<Item = PromptMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }
}

setters!(GetPromptResult {
    /// Says what the messages are for.
    with_description => description: String,
    /// Attaches metadata.
    with_meta => meta: Meta,
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
