//! Changing a server while it serves.

use std::convert::Infallible;
use std::sync::Arc;

use super::app::{App, Live};
use super::component::Tool;

/// A handle to a server, for changing what it offers from anywhere and at any time.
///
/// Clients are told of every change: on the pipe or GET stream of a legacy session, on the
/// `subscriptions/listen` streams of the modern era.
#[derive(Clone)]
pub struct ServerHandle(Arc<Live>);

impl ServerHandle {
    pub(crate) fn new(live: Arc<Live>) -> Self {
        Self(live)
    }

    pub(crate) fn of(app: &App) -> Self {
        Self(Arc::clone(&app.live))
    }

    /// Adds a tool behind those there are.
    ///
    /// # Errors
    /// [`AddToolError`] if the tool is not valid or its name is taken.
    pub fn add_tool(&self, tool: Tool) -> Result<(), AddToolError> {
        let spec = Arc::new(tool.into_spec().map_err(AddToolError)?);
        self.0.change_tools(|tools| {
            if tools.iter().any(|known| known.name() == spec.name()) {
                let name = spec.name();
                return Err(AddToolError(format!("there is already a tool named `{name}`")));
            }
            Ok(tools.iter().cloned().chain([spec]).collect())
        })
    }

    /// Removes the tool of a name and says whether there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        if self.0.registry().tool(name).is_none() {
            return false;
        }
        let mut removed = false;
        let change = self.0.change_tools(|tools| {
            let kept: Vec<_> = tools.iter().filter(|tool| tool.name() != name).cloned().collect();
            removed = kept.len() < tools.len();
            Ok::<_, Infallible>(kept)
        });
        change.is_ok() && removed
    }

    /// The names of the tools there are, in the order in which they are listed.
    pub fn tool_names(&self) -> Vec<String> {
        self.0.registry().tools().iter().map(|tool| tool.name().to_owned()).collect()
    }

    /// Tells clients that the list of tools has changed although no tool was added or removed.
    pub fn announce_tools_changed(&self) {
        let unchanged = self.0.change_tools(|tools| Ok::<_, Infallible>(tools.to_vec()));
        debug_assert!(unchanged.is_ok());
    }
}

impl std::fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerHandle").field("tools", &self.tool_names()).finish()
    }
}

/// A tool that could not be added, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddToolError(String);

impl std::fmt::Display for AddToolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddToolError {}
