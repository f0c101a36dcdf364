//! A checked tool.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::name::ToolName;
use mcp_core::protocol;
use mcp_core::revision::Facts;
use mcp_core::schema::headers::HeaderBinding;

use crate::component::arguments::Leniency;
use crate::component::inject::Requirement;
#[cfg(feature = "client")]
use crate::component::list_hints::{ListHints, UpstreamHint};
use crate::component::mount_scope::MountScope;
use crate::component::poll_budget::PollBudget;
use crate::component::registry::{List, Listed, Registry};
use crate::component::scopes::RequiredScopes;
use crate::component::time_limit::TimeLimit;
use crate::component::tool::arguments::ArgumentTable;
use crate::component::tool::call::Call;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::outcome::structured::Shape;
use crate::component::tool::task::TaskSettings;
use crate::component::unknown_members::{TOOL, UnknownMembers};
use crate::component::visibility::ComponentRef;
use crate::context::changes::Changes;

/// Future of a handler.
pub type ToolFuture = Pin<Box<dyn Future<Output = ToolReply> + Send>>;

/// Handler of a tool.
pub(crate) trait ToolHandler: Send + Sync + 'static {
    /// Starts a call.
    fn call(&self, call: Call) -> ToolFuture;
}

impl<F: Fn(Call) -> ToolFuture + Send + Sync + 'static> ToolHandler for F {
    fn call(&self, call: Call) -> ToolFuture {
        self(call)
    }
}

/// A tool, checked and ready to be listed and called.
pub(crate) struct ToolSpec {
    /// Listed tool, before it is adapted to a revision.
    pub(crate) tool: protocol::Tool,
    /// Members of the listed tool that this crate does not define.
    pub(crate) unknown: UnknownMembers,
    /// Parameters of the handler.
    pub(crate) arguments: ArgumentTable,
    /// Readings of arguments that are accepted besides the values themselves.
    pub(crate) leniency: Leniency,
    /// Mount scope of the server that the tool comes from.
    pub(crate) mount_scope: Option<Arc<MountScope>>,
    /// Scopes that callers have to have.
    pub(crate) scopes: RequiredScopes,
    /// Handler of the tool.
    pub(crate) handler: Arc<dyn ToolHandler>,
    /// Time limit of its calls.
    pub(crate) time_limit: TimeLimit,
    /// `true` if a cancelled call continues and receives the cancellation.
    pub(crate) cooperative: bool,
    /// Settings of a tool that runs as a task.
    pub(crate) task: Option<TaskSettings>,
    /// Arguments that clients repeat in headers.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only HTTP has headers"))]
    pub(crate) headers: Vec<HeaderBinding>,
    /// Form of the results.
    pub(crate) shape: Shape,
    /// `true` if the output schema is not that of an object.
    pub(crate) wraps_result: bool,
    /// Time budget of the first polls of its handlers.
    pub(crate) poll_budget: Arc<PollBudget>,
    /// Enforces the constraints that the types of the arguments do not.
    #[cfg(feature = "validate")]
    pub(crate) validator: Option<crate::component::tool::validate::Validator>,
}

impl ToolSpec {
    /// Creates a tool whose handler receives the arguments unread and requires no state.
    #[cfg(feature = "client")]
    pub(crate) fn unread(
        tool: protocol::Tool,
        headers: Vec<HeaderBinding>,
        shape: Shape,
        handler: Arc<dyn ToolHandler>,
    ) -> Self {
        Self {
            tool,
            unknown: UnknownMembers::default(),
            arguments: ArgumentTable::default(),
            leniency: Leniency::Null,
            mount_scope: None,
            scopes: RequiredScopes::default(),
            handler,
            time_limit: TimeLimit::default(),
            cooperative: false,
            task: None,
            headers,
            shape,
            wraps_result: shape.is_wrapped(),
            poll_budget: Arc::default(),
            #[cfg(feature = "validate")]
            validator: None,
        }
    }

    /// The name of the tool.
    pub(crate) fn name(&self) -> &str {
        &self.tool.name
    }
}

impl Listed for ToolSpec {
    const MEMBER: &'static str = "tools";
    const NOUN: &'static str = "tool";

    fn key(&self) -> &str {
        self.name()
    }

    fn requires(&self) -> &[Requirement] {
        &self.arguments.requires
    }

    fn component_ref(&self) -> ComponentRef<'_> {
        ComponentRef::Tool(&self.tool)
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
        self.tool.name = mounted_name(prefix, &self.tool.name)?;
        Ok(())
    }

    #[cfg(feature = "client")]
    fn upstream_hint(hints: &ListHints) -> &UpstreamHint {
        &hints.tools
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        self.unknown.write(out, &facts.fit_tool(&self.tool, self.wraps_result), &TOOL);
    }

    fn list(registry: &Registry) -> &List<Self> {
        &registry.tools
    }

    fn list_mut(registry: &mut Registry) -> &mut List<Self> {
        &mut registry.tools
    }

    fn changes(changes: &mut Changes) -> &mut u64 {
        &mut changes.tools
    }
}

/// Returns the name of a tool under a mount prefix.
///
/// # Errors
/// The reason why the name cannot have the prefix.
pub(crate) fn mounted_name(prefix: &str, name: &str) -> Result<String, String> {
    let name = format!("{prefix}_{name}");
    ToolName::parse_wide(&name).map_err(|error| format!("`{name}` {error}"))?;
    Ok(name)
}

impl fmt::Debug for ToolSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolSpec").field("tool", &self.tool).finish_non_exhaustive()
    }
}
