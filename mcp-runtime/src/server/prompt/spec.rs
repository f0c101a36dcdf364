//! A prompt as the server keeps it.

use std::sync::Arc;

use mcp_core::protocol;
use mcp_core::revision::{Facts, append_json};

use crate::server::app::Changes;
use crate::server::inject::Requirement;
use crate::server::registry::{List, Listed, Registry};
use crate::server::scope::Scope;
use crate::server::visibility::Offered;

/// A prompt, checked and ready to be listed and rendered.
pub(crate) struct PromptSpec {
    /// The prompt as it is listed, before a revision has fitted it.
    pub(crate) prompt: protocol::Prompt,
    /// What the handler needs in the state of the server.
    pub(crate) requires: Vec<Requirement>,
    /// What it brought along from the server it was mounted from.
    pub(crate) scope: Option<Arc<Scope>>,
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

    fn offered(&self) -> Offered<'_> {
        Offered::Prompt(&self.prompt)
    }

    fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    fn scope_mut(&mut self) -> &mut Option<Arc<Scope>> {
        &mut self.scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        self.prompt.name = format!("{prefix}_{}", self.prompt.name);
        Ok(())
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
