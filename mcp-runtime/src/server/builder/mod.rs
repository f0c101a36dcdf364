//! Building a server.

pub(crate) mod asking;
pub(crate) mod extensions;
pub(crate) mod hooks;
mod install;
pub(crate) mod lifespan;
pub(crate) mod limits;
#[cfg(feature = "providers")]
mod listing;
pub(crate) mod mount;
pub(crate) mod observers;
mod policy;
#[cfg(feature = "policy")]
mod policy_rules;
pub(crate) mod tasks;
#[cfg(feature = "client")]
pub(crate) mod upstream;
pub(crate) mod visibility;

#[cfg(feature = "client")]
use self::upstream::UpstreamServer;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::json;
use mcp_core::jsonrpc::Limits;
use mcp_core::protocol::{Icon, Implementation};
use mcp_core::revision::CacheHint;

use self::install::{install, warn_if_panics_abort};
use self::limits::LimitSettings;
use super::handle::ServerHandle;
use crate::ask::rounds::Rounds;
use crate::ask::settings::AskSettingsBuilder;
use crate::component::app::{App, Beside, BesideWork, Live, Presence};
use crate::component::extension;
use crate::component::hook::SharedHook;
use crate::component::policy::Policy;
use crate::component::prompt::dynamic::Prompt;
use crate::component::registration::{CheckedComponents, Registration};

use crate::component::resource::dynamic::Resource;
use crate::component::tool::dynamic::Tool;
use crate::component::visibility::Filter;
use crate::component::{Components, ServerMethods};
use crate::context::budget::{self, Budget};
use crate::context::lifespan::{Lifespan, Lifespans};
use crate::context::state::StateMap;
use crate::error::BuildError;
use crate::server::builder::mount::{Assembly, Part};
use crate::server::builder::observers::ObserverSetting;
use crate::server::fleet;
use crate::store::Store;
use crate::store::instance::Instance;

/// A server: what it offers, and how it serves.
///
/// ```no_run
/// use mcp_runtime::prelude::*;
///
/// /// Add two integers.
/// #[tool(read_only)]
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     Server::new("calculator", env!("CARGO_PKG_VERSION")).with::<add>().run().await?;
///     Ok(())
/// }
/// ```
pub struct Server {
    pub(crate) info: Implementation,
    instructions: Option<String>,
    pub(crate) state: StateMap,
    pub(crate) components: Registration,
    pub(crate) extensions: extension::ExtensionsBuilder,
    pub(crate) hooks: Vec<SharedHook>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) observers: Vec<ObserverSetting>,
    /// Work that runs as long as the server.
    pub(crate) beside: Vec<BesideWork>,
    pub(crate) parts: Vec<Part>,
    pub(crate) asking: AskSettingsBuilder,
    store: Option<Store>,
    task_execution: tasks::TaskExecution,
    #[cfg(feature = "client")]
    pub(crate) upstreams: Vec<Box<dyn UpstreamServer>>,
    live: Arc<Live>,
    pub(crate) may_gain: bool,
    #[cfg(feature = "auth-server")]
    pub(crate) requires_auth: bool,
    page_size: usize,
    list_hint: CacheHint,
    memory_limit: usize,
    pub(crate) limits: LimitSettings,
    pub(crate) lifespans: Vec<Lifespan>,
    /// Settings of transports, by their type.
    pub(crate) transports: StateMap,
}

impl Server {
    /// A server with a name and a version, and nothing to offer yet.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            info: Implementation::new(name, version),
            instructions: None,
            state: StateMap::default(),
            components: Registration::default(),
            extensions: extension::ExtensionsBuilder::default(),
            hooks: Vec::new(),
            filters: Vec::new(),
            policies: Vec::new(),
            observers: Vec::new(),
            beside: Vec::new(),
            parts: Vec::new(),
            asking: AskSettingsBuilder::default(),
            store: None,
            task_execution: tasks::TaskExecution::default(),
            #[cfg(feature = "client")]
            upstreams: Vec::new(),
            live: Arc::default(),
            may_gain: false,
            #[cfg(feature = "auth-server")]
            requires_auth: false,
            page_size: usize::MAX,
            list_hint: CacheHint::public(60_000),
            memory_limit: budget::SERVER,
            limits: LimitSettings::default(),
            lifespans: Vec::new(),
            transports: StateMap::default(),
        }
    }

    /// A name for people to read.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.info.title = Some(title.into());
        self
    }

    /// Sets the instructions: advice for a model on the use of this server.
    ///
    /// ```
    /// # use mcp_runtime::Server;
    /// let server = Server::new("files", "1.0.0").instructions("Call `list` before `read`.");
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.info.icons.push(icon);
        self
    }

    /// Sets the URL of a page about this server.
    #[must_use]
    pub fn website(mut self, url: impl Into<String>) -> Self {
        self.info.website_url = Some(url.into());
        self
    }

    /// Adds components by the names of their functions: one, or a tuple of them.
    ///
    /// They are listed in the order in which they are given.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// /// Subtract two integers.
    /// #[tool]
    /// async fn subtract(a: i64, b: i64) -> i64 {
    ///     a - b
    /// }
    ///
    /// let server = Server::new("calculator", "1.0.0").with::<(add, subtract)>();
    /// # drop(server);
    /// ```
    // The compiler shows the line with the name of the function when it is called with arguments.
    #[must_use]
    #[rustfmt::skip]
    pub fn with<C: Components>(mut self) -> Self { // names go in angle brackets: .with::<(add, subtract)>()
        C::register_all(&mut self.components);
        self
    }

    /// Adds the components of a value whose `impl` block carries `#[server]`.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// struct Counter(std::sync::atomic::AtomicU64);
    ///
    /// #[server]
    /// impl Counter {
    ///     /// Count up.
    ///     #[tool]
    ///     async fn count(&self) -> u64 {
    ///         self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    ///     }
    /// }
    ///
    /// let server = Server::new("counter", "1.0.0").instance(Counter(0.into()));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn instance<T: ServerMethods>(mut self, instance: T) -> Self {
        Arc::new(instance).register(&mut self.components);
        self
    }

    /// Adds a tool that is known only at run time.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::tool::Tool;
    ///
    /// let schema = r#"{"type":"object","properties":{"text":{"type":"string"}}}"#;
    /// let echo = Tool::new("echo", schema, async |_: Context, arguments: Arguments| {
    ///     arguments.to_value()["text"].as_str().unwrap_or_default().to_owned()
    /// });
    /// let echo = echo.description("Repeat a text.");
    /// let server = Server::new("demo", "1.0.0").tool(echo);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.components.add_tool(tool);
        self
    }

    /// Adds a resource, or resources of a template, known only at run time.
    #[must_use]
    pub fn resource(mut self, resource: Resource) -> Self {
        self.components.add_resource(resource);
        self
    }

    /// Adds a prompt that is known only at run time.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.components.add_prompt(prompt);
        self
    }

    /// Gives every handler a value to ask for by its type, with a parameter of type
    /// [`State<T>`](crate::State). The last value of a type wins.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// struct Greeting(&'static str);
    ///
    /// /// Greet a person.
    /// #[tool]
    /// async fn greet(greeting: State<Greeting>, name: String) -> String {
    ///     format!("{}, {name}", greeting.0)
    /// }
    ///
    /// let server = Server::new("demo", "1.0.0").with::<greet>().state(Greeting("Hello"));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.state.insert(value);
        self
    }

    /// Accepts arguments that no tool declares, and ignores them, for hosts that add their own.
    #[must_use]
    pub fn ignore_unknown_arguments(mut self) -> Self {
        self.components.open_all();
        self
    }

    /// Reads the arguments of tools as they are, without the habits of models.
    ///
    /// By default a tool accepts a top-level argument that does not fit its type for what it means: a
    /// number, boolean, array or object in a string (`"5"`, `"[1,2]"`), a boolean as a word or number
    /// (`"True"`, `"yes"`, `1`), and `""` or `"null"` for an optional argument. Requests may have
    /// `[]` for no `arguments` and `""` for no `cursor`. Nothing is read as a string. With this,
    /// what the schema refuses is refused, except for `null`, which leaves an optional argument out.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").strict_arguments();
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn strict_arguments(mut self) -> Self {
        self.components.read_strictly();
        self
    }

    /// Sets the memory limit of all clients together, in bytes; 256 MiB by default.
    ///
    /// It covers requests in flight, answers that clients have not read, and subscriptions. Beyond it,
    /// requests that take more are refused: with status 503 over HTTP, and with the error `-32603`. Each
    /// connection or session has a limit of its own too, see `StdioConfig::memory_limit` and
    /// `HttpConfig::session_memory_limit`.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").memory_limit(64 << 20);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets the store for what outlives a request; [memory](Store::memory) by default.
    ///
    /// ```
    /// use mcp_runtime::{Server, Store};
    ///
    /// let server = Server::new("demo", "1.0.0").store(Store::memory());
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the maximum number of components on a page of a list; by default all of them, because many
    /// clients read only the first page. A size of 0 counts as 1.
    #[must_use]
    pub fn page_size(mut self, size: usize) -> Self {
        self.page_size = size.max(1);
        self
    }

    /// Sets the time for which clients may cache lists; a minute by default.
    ///
    /// Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).
    #[must_use]
    pub fn cache_lists_for(mut self, time: Duration) -> Self {
        self.list_hint.ttl_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }

    pub(crate) fn info(&self) -> &Implementation {
        &self.info
    }

    /// A handle for adding and removing components while the server serves.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// let mut server = Server::new("calculator", "1.0.0").with::<add>();
    /// let handle = server.handle();
    /// handle.announce_tools_changed();
    /// ```
    pub fn handle(&mut self) -> ServerHandle {
        self.may_gain = true;
        ServerHandle::new(Arc::clone(&self.live))
    }

    /// Checks everything and makes what connections share.
    pub(crate) fn build(self) -> Result<Arc<App>, BuildError> {
        let strict_arguments = self.components.is_strict();
        let (components, faults) = self.components.finish();
        let mut all = Assembly {
            components,
            extensions: self.extensions,
            faults,
            is_filtered: !self.filters.is_empty(),
            runs_hooks: !self.hooks.is_empty()
                || !self.policies.is_empty()
                || !self.observers.is_empty(),
            masks_errors: self.limits.masks_errors,
            lifespans: self.lifespans,
            with_policies: Vec::new(),
        };
        all.add_parts(self.parts, None);
        #[cfg(feature = "client")]
        let (followers, upstream_hints): (Vec<_>, Vec<_>) = {
            let added = self.live.registry();
            let assembled = self.upstreams.into_iter().map(|upstream| {
                let upstream = upstream.assemble(&mut all.components, &added, &mut all.faults);
                (upstream.follower, upstream.hints)
            });
            assembled.unzip()
        };
        all.check(&self.state);
        #[cfg(feature = "policy")]
        policy_rules::check(&self.policies, &mut all, self.may_gain);
        let Assembly {
            components,
            extensions,
            mut faults,
            is_filtered,
            runs_hooks,
            masks_errors,
            lifespans,
            with_policies: _,
        } = all;
        let extensions = extensions.finish(&mut faults);
        let observers = observers::finish(self.observers, &mut faults);
        let store = self.store.unwrap_or_default();
        let asking = self.asking.finish(&store, &mut faults);
        let bounds = self.limits.finish(masks_errors, &components, self.may_gain, &mut faults);
        let instance = Instance::new().map_err(|error| {
            BuildError::new(vec![format!("the system gives no random numbers: {error}")])
        })?;
        let CheckedComponents { tools, resources, templates, prompts } = components;
        // Errors that are known already would be reported twice.
        if faults.is_empty() {
            let installed = self.live.change_all(|registry| {
                install(registry, tools)?;
                install(registry, resources)?;
                install(registry, templates)?;
                install(registry, prompts)
            });
            faults.extend(installed.err());
        }
        if !faults.is_empty() {
            return Err(BuildError::new(faults));
        }
        #[cfg(feature = "client")]
        followers.into_iter().for_each(|follow| self.live.keep(follow(&self.live)));
        warn_if_panics_abort();
        let info_json = json::to_string(&self.info);
        let mut beside = self.beside;
        if store.is_shared() {
            beside.push(Box::new(fleet::work));
        }
        let app = App {
            info: self.info,
            info_json,
            instructions: self.instructions,
            state: self.state,
            extensions,
            runs_hooks,
            hooks: self.hooks,
            filters: self.filters,
            observers,
            beside: Beside::new(beside),
            policies: self.policies,
            is_filtered,
            closing: self.live.closing.clone(),
            live: self.live,
            limits: Limits::default(),
            bounds,
            lifespans: Lifespans::new(lifespans),
            page_size: self.page_size,
            strict_arguments,
            own_hint: self.list_hint,
            #[cfg(feature = "client")]
            upstream_hints,
            asking,
            rounds: Rounds::default(),
            executor: self.task_execution.executor(&store),
            task_concurrency: self.task_execution.concurrency,
            store,
            instance,
            poll_budget: Arc::default(),
            memory: Budget::of_server(self.memory_limit),
            may_gain: self.may_gain,
            presence: Presence::default(),
        };
        if let Some(warning) = app.warning() {
            tracing::warn!("{warning}");
        }
        Ok(Arc::new(app))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("info", &self.info).finish_non_exhaustive()
    }
}
