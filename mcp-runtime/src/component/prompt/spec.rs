//! A checked prompt.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{self, GetPromptResult};
use mcp_core::revision::Facts;

#[cfg(feature = "client")]
use crate::component::handler::HandlerFuture;
use crate::component::inject::Requirement;
#[cfg(feature = "client")]
use crate::component::list_hints::{ListHints, UpstreamHint};
use crate::component::mount_scope::MountScope;
use crate::component::poll_budget::PollBudget;
use crate::component::registry::{List, Listed, Registry};
use crate::component::scopes::RequiredScopes;
use crate::component::strings::call::StringCall;
use crate::component::strings::signature::Signature;
use crate::component::time_limit::TimeLimit;
use crate::component::unknown_members::{PROMPT, UnknownMembers};
use crate::component::visibility::ComponentRef;
use crate::context::changes::Changes;

/// Result of a handler: messages, or an error of the protocol.
pub type PromptReply = Result<GetPromptResult, ProtocolError>;

/// Future of a handler.
pub type PromptFuture = Pin<Box<dyn Future<Output = PromptReply> + Send>>;

/// Handler of a prompt.
pub(crate) enum PromptHandler {
    /// Returns messages.
    Function(Box<dyn Fn(StringCall) -> PromptFuture + Send + Sync>),
    /// Returns the members of the result of an upstream server.
    #[cfg(feature = "client")]
    Upstream(Box<dyn Fn(StringCall) -> HandlerFuture + Send + Sync>),
}

/// A prompt, checked and ready to be listed and rendered.
pub(crate) struct PromptSpec {
    /// Listed prompt, before it is adapted to a revision.
    pub(crate) prompt: protocol::Prompt,
    /// Members of the listed prompt that this crate does not define.
    pub(crate) unknown: UnknownMembers,
    pub(crate) signature: Arc<Signature>,
    pub(crate) handler: PromptHandler,
    /// Time limit of the handler.
    pub(crate) time_limit: TimeLimit,
    /// Scopes that callers have to have.
    pub(crate) scopes: RequiredScopes,
    /// Mount scope of the server that the prompt comes from.
    pub(crate) mount_scope: Option<Arc<MountScope>>,
    /// Time budget of the first polls of its handlers.
    pub(crate) poll_budget: Arc<PollBudget>,
}

impl Listed for PromptSpec {
    const MEMBER: &'static str = "prompts";
    const NOUN: &'static str = "prompt";

    fn key(&self) -> &str {
        &self.prompt.name
    }

    fn requires(&self) -> &[Requirement] {
        &self.signature.table.requires
    }

    fn component_ref(&self) -> ComponentRef<'_> {
        ComponentRef::Prompt(&self.prompt)
    }

    fn scopes(&self) -> &RequiredScopes {
        &self.scopes
    }

    fn mount_scope(&self) -> Option<&Arc<MountScope>> {
        self.mount_scope.as_ref()
    }

    fn mount_scope_mut(&mut self) -> &mut Option<Arc<MountScope>> {
        &mut self.mount_scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        self.prompt.name = format!("{prefix}_{}", self.prompt.name);
        Ok(())
    }

    #[cfg(feature = "client")]
    fn upstream_hint(hints: &ListHints) -> &UpstreamHint {
        &hints.prompts
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        self.unknown.write(out, &facts.fit_prompt(&self.prompt), &PROMPT);
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

impl fmt::Debug for PromptSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptSpec").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}
