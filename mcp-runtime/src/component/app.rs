//! A built server, shared by all its connections.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use mcp_core::jsonrpc::{Limits, ProtocolError, Raw};
use mcp_core::method::{Method, ServerCapability};
use mcp_core::protocol::Implementation;
use mcp_core::revision::CacheHint;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::hook::SharedHook;
use super::observer::Observer;
use super::policy::Policy;
use crate::ask::rounds::Rounds;
use crate::component::completion;
use crate::component::extension::Extensions;
use crate::component::limits::Bounds;
#[cfg(feature = "client")]
use crate::component::list_hints::ListHints;
use crate::component::poll_budget::PollBudget;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::{List, Listed, Registry};
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::running_tasks::RunningTasks;
use crate::component::tool::spec::ToolSpec;
use crate::component::visibility::Filter;
use crate::context::budget::Budget;
use crate::context::cancellation::Cancellation;
use crate::context::changes::ChangeFeed;
use crate::context::host::{AskSettings, Host};
use crate::context::lifespan::Lifespans;
use crate::context::state::StateMap;
use crate::error::Error;
use crate::store::Store;
use crate::store::executor::Executor;
use crate::store::instance::Instance;

/// Parts of a server that all its connections share.
pub(crate) struct App {
    pub(crate) info: Implementation,
    /// `info` as JSON, because every modern result carries it.
    pub(crate) info_json: String,
    pub(crate) instructions: Option<String>,
    pub(crate) state: StateMap,
    pub(crate) extensions: Extensions,
    /// `true` if the server or a mounted one has hooks or access policies, or requests are observed.
    pub(crate) runs_hooks: bool,
    /// Hooks around every request, the outermost first.
    pub(crate) hooks: Vec<SharedHook>,
    /// Visibility filters of the server itself and its parts.
    pub(crate) filters: Vec<Filter>,
    /// Work that runs as long as the server, and begins when it begins to serve.
    pub(crate) beside: Beside,
    /// Observers of all requests.
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    /// Access policies of the server itself.
    pub(crate) policies: Vec<Policy>,
    /// `true` if the server or a mounted one has visibility filters.
    pub(crate) is_filtered: bool,
    pub(crate) live: Arc<Live>,
    pub(crate) limits: Limits,
    /// Values that are opened before the server serves.
    pub(crate) lifespans: Arc<Lifespans>,
    /// Limits of requests, handlers and results.
    pub(crate) bounds: Bounds,
    /// Number of items in a page of a list.
    pub(crate) page_size: usize,
    /// `true` if the habits of models are not accepted.
    pub(crate) strict_arguments: bool,
    /// The cache hint of the server's own lists and of `server/discover`.
    pub(crate) own_hint: CacheHint,
    /// Cache hints of the lists of the servers behind this one.
    #[cfg(feature = "client")]
    pub(crate) upstream_hints: Vec<Arc<ListHints>>,
    /// Settings for questions of handlers to clients.
    pub(crate) asking: AskSettings,
    /// Rounds of calls that asked.
    pub(crate) rounds: Rounds,
    /// Storage for what outlives a request.
    pub(crate) store: Store,
    /// Engine that decides which process runs a task.
    pub(crate) executor: Arc<dyn Executor>,
    /// Number of tasks that work here at a time.
    pub(crate) task_concurrency: usize,
    /// This server among those that share the store.
    pub(crate) instance: Instance,
    /// Set when the server shuts down, for work that would otherwise continue.
    pub(crate) closing: Cancellation,
    /// Time budget of the first polls of everything that belongs to no single component: completers,
    /// listers, and hooks around other methods.
    pub(crate) poll_budget: Arc<PollBudget>,
    /// Memory that all clients together may hold.
    pub(crate) memory: Arc<Budget>,
    /// `true` if a handle exists that can add components later.
    pub(crate) may_gain: bool,
    /// Dropped last, when the state has been dropped.
    pub(crate) presence: Presence,
}

/// Work that runs as long as a server.
pub(crate) type BesideWork =
    Box<dyn FnOnce(&Arc<App>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Work that runs as long as its server. Dropped with it, it ends.
#[derive(Default)]
pub(crate) struct Beside {
    waiting: Mutex<Vec<BesideWork>>,
    running: Mutex<Vec<AbortHandle>>,
}

impl Beside {
    pub(crate) fn new(work: Vec<BesideWork>) -> Self {
        Self { waiting: Mutex::new(work), running: Mutex::default() }
    }

    /// Begins the work that has not begun yet. It must not keep the server.
    pub(crate) fn begin(&self, app: &Arc<App>) {
        let Ok(runtime) = Handle::try_current() else { return };
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let running = waiting.into_iter().map(|work| runtime.spawn(work(app)).abort_handle());
        self.running.lock().unwrap_or_else(PoisonError::into_inner).extend(running);
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        running.drain(..).for_each(|task| task.abort());
    }
}

/// Notice of the end of a server, whose last user may be a task or a thread that is ending.
pub(crate) struct Presence(watch::Sender<()>);

impl Default for Presence {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Presence {
    /// Returns a future that waits until the server and its state have been dropped.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut watching = self.0.subscribe();
        async move {
            // Nothing is ever sent.
            while watching.changed().await.is_ok() {}
        }
    }
}

impl App {
    /// Opens the lifespans. A server calls it before it serves.
    pub(crate) async fn open(&self) -> Result<(), Error> {
        self.lifespans.open().await.map_err(|message| Error::Lifespan { message })
    }

    /// Closes the lifespans. A server calls it when its handlers have ended.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        // Tasks end before what they use.
        self.closing.cancel();
        self.lifespans.close().await.map_err(|message| Error::Lifespan { message })
    }

    /// Cache hint of a list: the strictest one of the servers that it comes from.
    pub(crate) fn list_hint<T: Listed>(&self) -> CacheHint {
        let hint = self.own_hint;
        #[cfg(feature = "client")]
        let hint = self
            .upstream_hints
            .iter()
            .fold(hint, |hint, upstream| hint.stricter(T::upstream_hint(upstream).remaining()));
        hint
    }

    /// Returns `true` if the components in lists depend on the caller.
    pub(crate) fn depends_on_caller(&self) -> bool {
        self.is_filtered || self.live.requires_scopes()
    }

    /// Returns `true` if the server has components of a kind or can get some.
    pub(crate) fn offers<T: Listed>(&self) -> bool {
        self.may_gain || !T::list(&self.live.registry()).is_empty()
    }

    /// Returns `true` if the server serves a method of the protocol and has components for it.
    pub(crate) fn offers_method(&self, method: Method) -> bool {
        match method.server_capability() {
            Some(ServerCapability::Tools) => self.offers_tools(),
            Some(ServerCapability::Resources) => self.offers_resources(),
            Some(ServerCapability::Prompts) => self.offers_prompts(),
            Some(ServerCapability::Completions) => completion::is_available(&self.live.registry()),
            Some(ServerCapability::Tasks) => self.live.has_tasks(),
            Some(ServerCapability::Logging) | None => true,
        }
    }

    /// Warning about a server that offers nothing to its clients.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        let offers_anything = self.offers_tools()
            || self.offers_resources()
            || self.offers_prompts()
            || !self.extensions.is_empty();
        (!offers_anything).then_some(
            "this server offers nothing, because it has no tools, resources, prompts or \
             extensions; add some, for example with `Server::with::<(add, subtract)>()`",
        )
    }

    /// The arguments of a request as an object; `None` without any. Some models write `[]` for none.
    ///
    /// # Errors
    /// `-32602` for any other value.
    pub(crate) fn arguments<'a>(
        &self,
        given: Option<Raw<'a>>,
        method: Method,
    ) -> Result<Option<Raw<'a>>, ProtocolError> {
        let is_none = |given: &Raw<'_>| {
            let is_empty_array =
                !self.strict_arguments && given.is_array() && given.elements().next().is_none();
            given.as_str() == "null" || is_empty_array
        };
        match given.filter(|given| !is_none(given)) {
            Some(given) if !given.is_object() => {
                let method = method.as_str();
                let message = format!("{method}: expected `arguments` to be an object");
                Err(ProtocolError::invalid_params(message))
            }
            given => Ok(given),
        }
    }

    /// Returns `true` if the server has tools or can get some.
    pub(crate) fn offers_tools(&self) -> bool {
        self.offers::<ToolSpec>()
    }

    /// Returns `true` if the server has resources or templates or can get some.
    pub(crate) fn offers_resources(&self) -> bool {
        self.offers::<ResourceSpec>() || self.offers::<TemplateSpec>()
    }

    /// Returns `true` if the server has prompts or can get some.
    pub(crate) fn offers_prompts(&self) -> bool {
        self.offers::<PromptSpec>()
    }
}

impl Host for App {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn state(&self) -> &StateMap {
        &self.state
    }

    fn asking(&self) -> &AskSettings {
        &self.asking
    }
}

/// A service of a server that the server does not drive itself.
#[cfg(feature = "http")]
pub(crate) trait ShutDown: Send + Sync {
    /// Ends the requests and sessions of the service.
    fn shut_down(self: Arc<Self>);
}

/// Parts of a server that change while it serves.
#[derive(Default)]
pub(crate) struct Live {
    registry: RwLock<Arc<Registry>>,
    /// `true` if a component requires scopes.
    requires_scopes: AtomicBool,
    /// `true` if a tool runs as a task.
    has_tasks: AtomicBool,
    /// `true` if clients repeat an argument of a tool in a header.
    #[cfg(feature = "http")]
    has_header_arguments: AtomicBool,
    /// Tasks that this server carries out.
    pub(crate) tasks: Arc<RunningTasks>,
    /// Set when the server shuts down.
    pub(crate) closing: Cancellation,
    /// Services of the server that are mounted elsewhere.
    #[cfg(feature = "http")]
    mounted: std::sync::Mutex<Vec<std::sync::Weak<dyn ShutDown>>>,
    /// Published changes of the registry and of resources.
    pub(crate) feed: Arc<ChangeFeed>,
    /// Tasks that follow other servers for the lifetime of this one.
    #[cfg(feature = "client")]
    following: std::sync::Mutex<Vec<crate::owned_task::OwnedTask>>,
}

impl Live {
    /// Current components.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns `true` if a component requires scopes.
    pub(crate) fn requires_scopes(&self) -> bool {
        self.requires_scopes.load(Ordering::Acquire)
    }

    /// Returns `true` if a tool runs as a task.
    pub(crate) fn has_tasks(&self) -> bool {
        self.has_tasks.load(Ordering::Acquire)
    }

    /// Returns `true` if clients repeat an argument of a tool in a header.
    #[cfg(feature = "http")]
    pub(crate) fn has_header_arguments(&self) -> bool {
        self.has_header_arguments.load(Ordering::Acquire)
    }

    /// Replaces the list of a kind and notifies the listeners. Nothing changes if `change` fails.
    pub(crate) fn change<T: Listed, E>(
        &self,
        change: impl FnOnce(&[Arc<T>]) -> Result<Vec<Arc<T>>, E>,
    ) -> Result<(), E> {
        self.change_all(|registry| {
            let list = List::new(change(T::list(registry).items())?);
            *T::list_mut(registry) = list;
            Ok(())
        })?;
        self.feed.publish(|changes| *T::changes(changes) += 1);
        Ok(())
    }

    /// Replaces the registry without a notification. Nothing changes if `change` fails.
    pub(crate) fn change_all<E>(
        &self,
        change: impl FnOnce(&mut Registry) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Registry::clone(&current);
        change(&mut next)?;
        let has_tasks = next.tools.items().iter().any(|tool| tool.task.is_some());
        self.has_tasks.store(has_tasks, Ordering::Release);
        #[cfg(feature = "http")]
        {
            let in_headers = next.tools.items().iter().any(|tool| !tool.headers.is_empty());
            self.has_header_arguments.store(in_headers, Ordering::Release);
        }
        self.requires_scopes.store(next.requires_scopes(), Ordering::Release);
        *current = Arc::new(next);
        Ok(())
    }

    /// Stores a task that follows another server.
    #[cfg(feature = "client")]
    pub(crate) fn keep(&self, task: crate::owned_task::OwnedTask) {
        self.following.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Shuts the server down.
    pub(crate) fn shut_down(&self) {
        self.closing.cancel();
        #[cfg(feature = "http")]
        {
            let mounted = std::mem::take(&mut *self.mounted());
            mounted.iter().filter_map(std::sync::Weak::upgrade).for_each(ShutDown::shut_down);
        }
    }

    /// Adds a service that is mounted elsewhere, to be shut down with the server.
    #[cfg(feature = "http")]
    pub(crate) fn add_mounted(&self, service: std::sync::Weak<dyn ShutDown>) {
        self.mounted().push(service);
    }

    #[cfg(feature = "http")]
    fn mounted(&self) -> std::sync::MutexGuard<'_, Vec<std::sync::Weak<dyn ShutDown>>> {
        self.mounted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies the listeners that the list of a kind has changed, even if it is the same.
    pub(crate) fn announce<T: Listed>(&self) {
        self.feed.publish(|changes| *T::changes(changes) += 1);
    }
}
