//! Tools for the model in a conversation.

use std::pin::Pin;

use mcp_core::protocol::{Content, Tool, ToolResultContent, ToolUseContent};

use super::super::{AskError, AskErrorKind};
use crate::context::handle::Context;
use crate::shorten::shorten;

/// A running call of a tool.
pub(crate) type ModelToolCall<'a> = Pin<Box<dyn Future<Output = ToolResultContent> + Send + 'a>>;

/// Tools for a model. The layer above implements it for functions with `#[tool]`.
pub(crate) trait ModelTools: Send + Sync {
    /// Definitions of the tools, as the model reads them.
    fn definitions(&self) -> Vec<Tool>;

    /// Calls a tool. The call is journaled, so that later runs of the handler do not repeat it.
    fn call<'a>(
        &'a self,
        cx: &'a Context,
        conversation: &'a str,
        round: usize,
        wanted: &'a ToolUseContent,
    ) -> ModelToolCall<'a>;
}

/// All tools of a conversation.
#[derive(Default)]
pub(crate) struct Toolbox {
    groups: Vec<Group>,
    errors: Vec<String>,
}

/// Tools that were added together, and their definitions.
struct Group {
    definitions: Vec<Tool>,
    tools: Box<dyn ModelTools>,
}

impl Toolbox {
    /// Adds tools, or the errors in them.
    pub(crate) fn add(&mut self, tools: Result<Box<dyn ModelTools>, Vec<String>>) {
        match tools {
            Ok(tools) => self.groups.push(Group { definitions: tools.definitions(), tools }),
            Err(errors) => self.errors.extend(errors),
        }
    }

    /// Checks the tools together.
    ///
    /// # Errors
    /// [`AskErrorKind::Unavailable`] with all errors.
    pub(crate) fn check(&self) -> Result<(), AskError> {
        let mut errors = self.errors.clone();
        let names: Vec<_> = self.names().collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                errors.push(format!("two tools are named `{name}`"));
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        let message = format!("the tools for the model are not right: {}", errors.join("; "));
        Err(AskError::new(AskErrorKind::Unavailable, message))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.definitions().next().is_none()
    }

    /// Definitions of all tools, in the order in which they were added.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Tool> {
        self.groups.iter().flat_map(|group| &group.definitions)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions().map(|tool| &*tool.name)
    }

    /// Calls the tool that a model requests.
    pub(crate) async fn call(
        &self,
        cx: &Context,
        conversation: &str,
        round: usize,
        wanted: &ToolUseContent,
    ) -> ToolResultContent {
        let has = |group: &&Group| group.definitions.iter().any(|tool| tool.name == wanted.name);
        match self.groups.iter().find(has) {
            Some(group) => group.tools.call(cx, conversation, round, wanted).await,
            None => {
                let known: Vec<_> = self.names().collect();
                let known = known.join(", ");
                let message = format!("unknown tool: {}; there are {known}", shorten(&wanted.name));
                let mut result = failed(message);
                result.tool_use_id.clone_from(&wanted.id);
                result
            }
        }
    }
}

/// The result of a call that failed, with a message for the model.
pub(crate) fn failed(text: String) -> ToolResultContent {
    let mut content = ToolResultContent::new("", [Content::text(text)]);
    content.is_error = true;
    content
}
