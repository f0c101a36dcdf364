//! A prompt as the server keeps it.

use mcp_core::protocol;
use mcp_core::revision::{Facts, append_json};

use crate::server::app::Changes;
use crate::server::inject::Requirement;
use crate::server::registry::{List, Listed, Registry};

/// A prompt, checked and ready to be listed and rendered.
pub(crate) struct PromptSpec {
    /// The prompt as it is listed, before a revision has fitted it.
    pub(crate) prompt: protocol::Prompt,
    /// What the handler needs in the state of the server.
    pub(crate) requires: Vec<Requirement>,
}

impl Listed for PromptSpec {
    const MEMBER: &'static str = "prompts";
    const NOUN: &'static str = "prompt";

    fn key(&self) -> &str {
        &self.prompt.name
    }

    fn requires(&self) -> &[Requirement] {
        &self.requires
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        append_json(out, &facts.fit_prompt(&self.prompt));
    }

    fn list(registry: &Registry) -> &List<Self> {
        &registry.prompts
    }

    fn list_mut(registry: &mut Registry) -> &mut List<Self> {
        &mut registry.prompts
    }

    fn changes(changes: &mut Changes) -> &mut u64 {
        &mut changes.prompts
    }
}
