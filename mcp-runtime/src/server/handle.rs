//! Changing a server while it serves.

use std::any::Any;
use std::sync::Arc;

use crate::context::handle::Context;
use crate::context::host::Host;

use crate::component::app::{App, Live};
use crate::component::prompt::dynamic::Prompt;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::Listed;
use crate::component::resource::dynamic::Resource;
use crate::component::resource::spec::{ReadableSpec, ResourceSpec, TemplateSpec};
use crate::component::tool::dynamic::Tool;
use crate::component::tool::spec::ToolSpec;

/// A handle to a server, for changing what it offers from anywhere and at any time.
///
/// Clients are told of every change: on the pipe or GET stream of a legacy session, on the
/// `subscriptions/listen` streams of the modern era.
#[derive(Clone)]
pub struct ServerHandle(Arc<Live>);

impl Context {
    /// A handle of the server, which can change its components while it serves.
    pub fn server(&self) -> ServerHandle {
        ServerHandle::of(&**self.host())
    }
}

impl ServerHandle {
    pub(crate) fn new(live: Arc<Live>) -> Self {
        Self(live)
    }

    /// A handle of a server that has been built.
    fn of(host: &dyn Host) -> Self {
        let host: &dyn Any = host;
        // Every host is an `App`; a handle of anything else would have nothing to change.
        host.downcast_ref().map_or_else(Self::detached, |app: &App| Self(Arc::clone(&app.live)))
    }

    /// A handle that changes nothing.
    fn detached() -> Self {
        Self(Arc::default())
    }

    /// Adds a tool behind those there are.
    ///
    /// # Errors
    /// [`AddToolError`] if the tool is not valid or its name is taken.
    pub fn add_tool(&self, tool: Tool) -> Result<(), AddToolError> {
        self.add(tool.into_spec().map_err(|errors| AddToolError(errors.join("; ")))?)
    }

    /// Removes the tool of a name and says whether there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.remove::<ToolSpec>(name)
    }

    /// The names of the tools there are, in the order in which they are listed.
    pub fn tool_names(&self) -> Vec<String> {
        self.keys::<ToolSpec>()
    }

    /// Tells clients that the list of tools has changed although no tool was added or removed.
    pub fn announce_tools_changed(&self) {
        self.0.announce::<ToolSpec>();
    }

    /// Adds a resource, or resources of a template, behind those there are.
    ///
    /// # Errors
    /// [`AddToolError`] if the resource is not valid, its URI is taken, or nobody could say whether
    /// a URI means its template or one that is there.
    pub fn add_resource(&self, resource: Resource) -> Result<(), AddToolError> {
        let spec = resource.into_spec().map_err(|errors| AddToolError(errors.join("; ")))?;
        match spec {
            ReadableSpec::Resource(spec) => self.add(spec),
            ReadableSpec::Template(spec) => self.add(spec),
        }
    }

    /// Removes the resource or template of a URI and says whether there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.remove::<ResourceSpec>(uri) || self.remove::<TemplateSpec>(uri)
    }

    /// Adds a prompt behind those there are.
    ///
    /// # Errors
    /// [`AddToolError`] if the prompt is not valid or its name is taken.
    pub fn add_prompt(&self, prompt: Prompt) -> Result<(), AddToolError> {
        let spec = prompt.into_spec(false).map_err(|errors| AddToolError(errors.join("; ")))?;
        self.add(spec)
    }

    /// Removes the prompt of a name and says whether there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.remove::<PromptSpec>(name)
    }

    /// Tells clients that the list of resources has changed although none was added or removed
    /// here: what templates list has changed.
    pub fn announce_resources_changed(&self) {
        self.0.announce::<ResourceSpec>();
    }

    /// Tells clients that the list of prompts has changed although none was added or removed.
    pub fn announce_prompts_changed(&self) {
        self.0.announce::<PromptSpec>();
    }

    /// Tells the clients that watch a resource that it has changed, so that they read it again.
    ///
    /// The URI is the one that clients read and watch it by; it costs next to nothing where nobody
    /// watches. Changes that follow each other faster than a client reads are told to it as one, so
    /// every client hears of the last one and none makes the server wait or its memory grow.
    ///
    /// ```no_run
    /// # async fn clock(mut server: mcp_runtime::Server) -> Result<(), mcp_runtime::Error> {
    /// let handle = server.handle();
    /// tokio::spawn(async move {
    ///     let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    ///     loop {
    ///         second.tick().await;
    ///         handle.resource_updated("clock://now");
    ///     }
    /// });
    /// server.run().await
    /// # }
    /// ```
    pub fn resource_updated(&self, uri: impl AsRef<str>) {
        self.0.feed.subscribers.mark(uri.as_ref());
    }

    fn add<T: Listed>(&self, spec: T) -> Result<(), AddToolError> {
        let spec = Arc::new(spec);
        self.0.change(|items| {
            if items.iter().any(|known: &Arc<T>| known.key() == spec.key()) {
                let told =
                    format!("there is already a {} {} `{}`", T::NOUN, T::KEYED_BY, spec.key());
                return Err(AddToolError(told));
            }
            let all: Vec<_> = items.iter().cloned().chain([spec]).collect();
            match T::contradiction(&all) {
                Some(told) => Err(AddToolError(told)),
                None => Ok(all),
            }
        })
    }

    fn remove<T: Listed>(&self, key: &str) -> bool {
        let removed = self.0.change(|items: &[Arc<T>]| {
            let kept: Vec<_> = items.iter().filter(|item| item.key() != key).cloned().collect();
            if kept.len() < items.len() { Ok(kept) } else { Err(()) }
        });
        removed.is_ok()
    }

    fn keys<T: Listed>(&self) -> Vec<String> {
        T::list(&self.0.registry()).items().iter().map(|item| item.key().to_owned()).collect()
    }
}

impl std::fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerHandle").field("tools", &self.tool_names()).finish()
    }
}

/// A component that could not be added, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddToolError(String);

impl std::fmt::Display for AddToolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddToolError {}
