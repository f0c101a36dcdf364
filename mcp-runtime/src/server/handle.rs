//! Changing a server while it serves.

use std::any::Any;
use std::sync::Arc;

use crate::context::handle::Context;
use crate::context::host::Host;

use crate::component::app::{App, Live};
use crate::component::prompt::dynamic::Prompt;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::{List, Listed};
use crate::component::resource::dynamic::Resource;
use crate::component::resource::spec::{ReadableSpec, ResourceSpec, TemplateSpec};
use crate::component::tool::dynamic::Tool;
use crate::component::tool::spec::ToolSpec;

/// A handle to a server, for changing what it offers from anywhere and at any time.
///
/// Clients are notified of every change: on the pipe or GET stream of a legacy session, on the
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

    /// Adds a tool at the end of the list.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::tool::Tool;
    ///
    /// let mut server = Server::new("demo", "1.0.0");
    /// let handle = server.handle();
    /// let echo = |name: &str| {
    ///     let handler = async |_: Context, arguments: Arguments| arguments.as_str().to_owned();
    ///     Tool::new(name, r#"{"type":"object"}"#, handler).description("Repeat the arguments.")
    /// };
    /// handle.add_tool(echo("echo"))?;
    /// assert!(handle.add_tool(echo("echo")).is_err(), "the name is taken");
    /// assert_eq!(handle.tool_names(), ["echo"]);
    /// # Ok::<(), mcp_runtime::AddComponentError>(())
    /// ```
    ///
    /// # Errors
    /// [`AddComponentError`] if the tool is not valid or its name is taken.
    pub fn add_tool(&self, tool: Tool) -> Result<(), AddComponentError> {
        self.add(tool.into_spec().map_err(AddComponentError::Invalid)?)
    }

    /// Removes the tool of a name. Returns `true` if there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.remove::<ToolSpec>(name)
    }

    /// The names of the tools there are, in the order in which they are listed.
    pub fn tool_names(&self) -> Vec<String> {
        self.keys::<ToolSpec>()
    }

    /// Notifies clients that the list of tools has changed, although no tool was added or removed.
    pub fn announce_tools_changed(&self) {
        self.announce::<ToolSpec>();
    }

    /// Adds a resource, or a resource template, at the end of the list.
    ///
    /// # Errors
    /// [`AddComponentError`] if the resource is not valid, its URI is taken, or its template is
    /// ambiguous with one that is there.
    pub fn add_resource(&self, resource: Resource) -> Result<(), AddComponentError> {
        let spec = resource.into_spec().map_err(AddComponentError::Invalid)?;
        match spec {
            ReadableSpec::Resource(spec) => self.add(spec),
            ReadableSpec::Template(spec) => self.add(spec),
        }
    }

    /// Removes the resource or template of a URI. Returns `true` if there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.remove::<ResourceSpec>(uri) || self.remove::<TemplateSpec>(uri)
    }

    /// Adds a prompt at the end of the list.
    ///
    /// # Errors
    /// [`AddComponentError`] if the prompt is not valid or its name is taken.
    pub fn add_prompt(&self, prompt: Prompt) -> Result<(), AddComponentError> {
        let spec = prompt.into_spec(false).map_err(AddComponentError::Invalid)?;
        self.add(spec)
    }

    /// Removes the prompt of a name. Returns `true` if there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.remove::<PromptSpec>(name)
    }

    /// Notifies clients that the list of resources has changed, although none was added or removed
    /// here: the resources that a template lists have changed.
    pub fn announce_resources_changed(&self) {
        self.announce::<ResourceSpec>();
    }

    /// Notifies clients that the list of prompts has changed, although none was added or removed.
    pub fn announce_prompts_changed(&self) {
        self.announce::<PromptSpec>();
    }

    /// Notifies the subscribers of a resource that it has changed, so that they read it again. Those of
    /// other instances are notified as well if they share a store.
    ///
    /// The URI is the one that clients read and subscribe to. Without subscribers the call costs next
    /// to nothing. Changes that follow each other faster than a client reads are merged into one
    /// notification: every client receives the last one, and none makes the server wait or its memory
    /// grow.
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
        self.0.feed.resource_updated(uri.as_ref());
    }

    /// Shuts the server down.
    ///
    /// Streams without a request end, and requests in flight have the shutdown timeout of their transport
    /// to finish; then their handlers are dropped. `serve_stdio`, `serve_http`, `serve_listener` and
    /// `serve_over` return, `run` ends the process, and a [mounted service](crate::Server::into_service)
    /// refuses further requests. It may be called before the server is served, and from a handler.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let mut server = Server::new("demo", "1.0.0");
    /// let handle = server.handle();
    /// handle.shutdown();
    /// server.serve_http("127.0.0.1:0").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self) {
        self.0.shut_down();
    }

    fn add<T: Listed>(&self, spec: T) -> Result<(), AddComponentError> {
        let spec = Arc::new(spec);
        self.0.change(|items| {
            if List::contains(items, spec.key()) {
                let key = spec.key().to_owned();
                return Err(AddComponentError::Taken { noun: T::NOUN, keyed_by: T::KEYED_BY, key });
            }
            let all: Vec<_> = items.iter().cloned().chain([spec]).collect();
            match T::contradiction(&all) {
                Some(reason) => Err(AddComponentError::Ambiguous { reason }),
                None => Ok(all),
            }
        })?;
        self.send::<T>();
        Ok(())
    }

    fn remove<T: Listed>(&self, key: &str) -> bool {
        let removed = self.0.change(|items: &[Arc<T>]| {
            let key = T::comparable(key);
            let others = items.iter().filter(|item| T::comparable(item.key()) != key);
            let kept: Vec<_> = others.cloned().collect();
            if kept.len() < items.len() { Ok(kept) } else { Err(()) }
        });
        let is_removed = removed.is_ok();
        if is_removed {
            self.send::<T>();
        }
        is_removed
    }

    /// Notifies all clients that the list of a kind has changed.
    fn announce<T: Listed>(&self) {
        self.0.announce::<T>();
        self.send::<T>();
    }

    /// Notifies the clients of other instances.
    fn send<T: Listed>(&self) {
        self.0.feed.send_lists(|changes| *T::changes(changes) += 1);
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

/// A component that could not be added to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddComponentError {
    /// The component is not valid, for these reasons, one sentence each.
    Invalid(Vec<String>),
    /// The server has a component of this name or URI.
    #[non_exhaustive]
    Taken {
        /// The kind of component: tool, prompt, resource or resource template.
        noun: &'static str,
        /// The identifier of such a component: `named` or `at`.
        keyed_by: &'static str,
        /// The name or URI.
        key: String,
    },
    /// A resource template matches the same URIs as another, and neither is more specific.
    #[non_exhaustive]
    Ambiguous {
        /// A sentence that names both templates.
        reason: String,
    },
}

impl AddComponentError {
    /// The reasons, one sentence each.
    pub fn reasons(&self) -> Vec<String> {
        match self {
            Self::Invalid(reasons) => reasons.clone(),
            Self::Taken { noun, keyed_by, key } => {
                vec![format!("there is already a {noun} {keyed_by} `{key}`")]
            }
            Self::Ambiguous { reason } => vec![reason.clone()],
        }
    }
}

impl std::fmt::Display for AddComponentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reasons().join("; "))
    }
}

impl std::error::Error for AddComponentError {}
