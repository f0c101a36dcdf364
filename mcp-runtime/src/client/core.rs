//! The client itself: what all its requests go through.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::method::Method;
use mcp_core::protocol::{ClientCapabilities, LoggingLevel, Meta, SetLevelParams, meta};
use mcp_core::revision::{LogLevelFrom, Opens, Revision};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::cache::{Cache, Key};
use super::clock::{self, Clock};
use super::connect::{self, Link, Opening, Peer, Setup, json};
use super::error::Error;
use super::exchange::{self, Asked, Hearing, OnProgress, Patience};
use super::inbound::Inbound;
use super::known_tools::KnownTools;
use super::logs::{LEVEL_PATIENCE, OnLog};
use super::relay::Relay;
use super::rounds::completed;
use super::transport::child::Stderr;
use super::transport::{Boxed, Connector, Json, Mirrored};
use super::watched::{Watched, of_uri};

/// A server to ask. Clones are cheap and share the connection, which ends with the last of them.
///
/// Made with [`Client::stdio`], [`Client::http`] or [`Client::over`]; all take options and end in
/// `connect`. See the [module](super) for what can be asked and how.
#[derive(Clone)]
pub struct Client {
    pub(crate) core: Arc<Core>,
}

/// What the clones of a client share.
pub(crate) struct Core {
    pub(crate) setup: Setup,
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) inbound: Arc<Inbound>,
    pub(crate) patience: Patience,
    pub(crate) max_rounds: u32,
    pub(crate) tools: KnownTools,
    pub(crate) watched: Watched,
    link: RwLock<Arc<Link>>,
    /// Held while a connection is made again, so that it is made once.
    reopening: Arc<tokio::sync::Mutex<Restarts>>,
    itself: Weak<Self>,
    ids: AtomicI64,
    is_closed: AtomicBool,
    /// The level that was asked for last, see `logs.rs`.
    pub(super) log_level: AtomicU32,
    /// What every request says of who asks, which tells whose the private results in a cache are.
    authorization: Option<Arc<str>>,
    pub(crate) stderr: Option<Stderr>,
}

/// How often a connection was made again lately.
#[derive(Default)]
struct Restarts {
    last: Option<Instant>,
    in_a_row: u32,
}

impl Restarts {
    /// How long to wait before the next: a server that ends as soon as it starts is not started
    /// without pause.
    fn pause(&mut self) -> Duration {
        const CALM: Duration = Duration::from_secs(30);
        let is_calm = self.last.is_none_or(|last| last.elapsed() > CALM);
        self.in_a_row = if is_calm { 0 } else { (self.in_a_row + 1).min(7) };
        self.last = Some(Instant::now());
        if is_calm { Duration::ZERO } else { Duration::from_millis(50 << self.in_a_row) }
    }
}

/// What one request wants beside its parameters.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) quiet: Option<Duration>,
    pub(crate) longest: Option<Duration>,
    /// The time of the request, once its first attempt has begun.
    pub(crate) clock: Option<Clock>,
    pub(crate) meta: Meta,
    pub(crate) on_progress: Option<OnProgress>,
    pub(crate) on_log: Option<OnLog>,
    pub(crate) wants_progress: bool,
    pub(crate) mirrored: Mirrored,
    /// What the server is told that it may ask, where that depends on the request.
    pub(crate) capabilities: Option<ClientCapabilities>,
}

/// What a client is made of, before it is connected.
pub(crate) struct Parts {
    pub(crate) setup: Setup,
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) inbound: Arc<Inbound>,
    pub(crate) patience: Patience,
    pub(crate) max_rounds: u32,
    pub(crate) authorization: Option<Arc<str>>,
    pub(crate) stderr: Option<Stderr>,
}

impl Client {
    pub(crate) async fn connect(parts: Parts) -> Result<Self, Error> {
        let ids = AtomicI64::new(1);
        let opening = Opening {
            setup: &parts.setup,
            connector: &*parts.connector,
            inbound: &parts.inbound,
            ids: &ids,
        };
        let link = opening.open(None).await?;
        let core = Arc::new_cyclic(|itself| Core {
            link: RwLock::new(Arc::new(link)),
            setup: parts.setup,
            connector: parts.connector,
            inbound: parts.inbound,
            patience: parts.patience,
            max_rounds: parts.max_rounds,
            tools: KnownTools::default(),
            watched: Watched::default(),
            reopening: Arc::default(),
            itself: Weak::clone(itself),
            ids,
            is_closed: AtomicBool::new(false),
            log_level: AtomicU32::new(0),
            authorization: parts.authorization,
            stderr: parts.stderr,
        });
        Ok(Self { core })
    }

    /// What is known of the server.
    pub fn peer(&self) -> Arc<Peer> {
        Arc::clone(&self.core.current().peer)
    }

    /// The revision that is spoken with the server.
    pub fn revision(&self) -> Revision {
        self.core.current().peer.revision
    }

    /// What a server that is a child process wrote to standard error lately; empty for others.
    pub fn stderr(&self) -> String {
        self.core.stderr.as_ref().map(Stderr::text).unwrap_or_default()
    }

    /// The results that are kept for use again.
    pub fn cache(&self) -> &Cache {
        &self.core.inbound.cache
    }

    /// Asks whether the server is alive.
    ///
    /// # Errors
    /// As any request.
    pub async fn ping(&self) -> Result<(), Error> {
        let link = self.core.link().await?;
        // The modern era has no ping; what every server answers does as well.
        let method = if link.facts().has(Method::Ping) { Method::Ping } else { Method::Discover };
        self.core.request(method, "{}", &mut Options::default()).await.map(drop)
    }

    /// Asks for log messages of a level and above; they go to the handler given with
    /// [`on_log`](super::ClientBuilder::on_log).
    ///
    /// # Errors
    /// As any request.
    pub async fn set_log_level(&self, level: LoggingLevel) -> Result<(), Error> {
        let link = self.core.link().await?;
        self.core.log_level.store(level as u32 + 1, Ordering::Relaxed);
        if link.facts().log_level == LogLevelFrom::RequestMeta {
            return Ok(());
        }
        let params = json(&SetLevelParams::new(level));
        self.core.request(Method::SetLevel, &params, &mut Options::default()).await.map(drop)
    }

    /// Tells the server that the roots changed, where its revision has a word for that.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Transport`], or [`Error::Timeout`] if the server does not take it.
    pub async fn roots_changed(&self) -> Result<(), Error> {
        let link = self.core.link().await?;
        if !link.facts().has(Method::RootsListChanged) {
            return Ok(());
        }
        exchange::tell(&*link.transport, Method::RootsListChanged, self.core.patience.quiet).await
    }

    /// Ends the connection in order and waits until that is done: a child process has ended then,
    /// a session is deleted. Clones of this client are of no more use.
    pub async fn close(&self) {
        self.core.is_closed.store(true, Ordering::SeqCst);
        self.core.current().transport.close().await;
    }

    /// Whether the connection has ended and is not made again by itself.
    pub fn is_closed(&self) -> bool {
        self.core.is_closed.load(Ordering::Relaxed)
            || self.core.current().transport.end().is_some() && !self.core.connector.restarts()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

impl Core {
    pub(crate) fn current(&self) -> Arc<Link> {
        Arc::clone(&self.link.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, link: Link) -> Arc<Link> {
        let link = Arc::new(link);
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&link);
        link
    }

    /// Where questions of a session go if they are passed on.
    pub(crate) fn relay(&self) -> Option<&Arc<Relay>> {
        self.inbound.handlers.relay.as_ref()
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// The connection, made again if it has ended and that is wanted.
    pub(crate) async fn link(&self) -> Result<Arc<Link>, Error> {
        let link = self.current();
        match link.transport.end() {
            None => Ok(link),
            Some(end) if self.is_closed.load(Ordering::Relaxed) => Err(end),
            Some(end) if !self.connector.restarts() => Err(end),
            Some(_) => self.reopen().await,
        }
    }

    /// How long a request may take, and since when it does.
    fn time_of(&self, options: &mut Options) -> (Patience, Clock) {
        let patience = Patience {
            quiet: options.quiet.unwrap_or(self.patience.quiet),
            longest: options.longest.unwrap_or(self.patience.longest),
        };
        (patience, *options.clock.get_or_insert_with(|| Clock::start(&self.inbound.pauses)))
    }

    /// The connection, if it is there within the time of a request.
    async fn link_in_time(&self, method: &str, options: &mut Options) -> Result<Arc<Link>, Error> {
        let (patience, clock) = self.time_of(options);
        let quiet = clock::after(Instant::now(), patience.quiet);
        let deadline = quiet.min(clock.after(patience.longest, &self.inbound.pauses));
        let linked = tokio::time::timeout_at(deadline, self.link()).await;
        linked.map_err(|_| Error::Timeout {
            method: method.to_owned(),
            after: clock.elapsed(),
            seen: String::new(),
        })?
    }

    async fn reopen(&self) -> Result<Arc<Link>, Error> {
        let restarts = Arc::clone(&self.reopening).lock_owned().await;
        let link = self.current();
        let Some(core) = self.itself.upgrade() else { return Ok(link) };
        match link.transport.end() {
            None => return Ok(link),
            Some(end) if self.is_closed.load(Ordering::SeqCst) => return Err(end),
            Some(_) => {}
        }
        // It goes on when who needs it first does not wait so long, because the next needs it too.
        let opening = async move { core.reopen_now(link, restarts).await };
        let opening: Boxed<'static, _> = Box::pin(opening);
        let opened = tokio::spawn(opening).await;
        opened.unwrap_or_else(|error| Err(Error::closed(error.to_string())))
    }

    async fn reopen_now(
        &self,
        link: Arc<Link>,
        mut restarts: OwnedMutexGuard<Restarts>,
    ) -> Result<Arc<Link>, Error> {
        tokio::time::sleep(restarts.pause()).await;
        let opening = Opening {
            setup: &self.setup,
            connector: &*self.connector,
            inbound: &self.inbound,
            ids: &self.ids,
        };
        let opened = opening.open(Some(&link.peer)).await?;
        let link = self.replace(opened);
        if self.is_closed.load(Ordering::SeqCst) {
            // Whoever closed the client meanwhile has closed the connection before this one.
            link.transport.close().await;
            return Err(Error::closed("the client closed it"));
        }
        self.restore(&link).await?;
        Ok(link)
    }

    /// Tells a new session what the old one was told. What it refuses is not the fault of who is
    /// about to ask something else.
    async fn restore(&self, link: &Arc<Link>) -> Result<(), Error> {
        if !link.has_session() {
            return Ok(());
        }
        if let Some(level) = self.log_level() {
            let params = json(&SetLevelParams::new(level));
            let options = Options { longest: Some(LEVEL_PATIENCE), ..Options::default() };
            let outcome = self.is_restored(link, Method::SetLevel, &params, options).await;
            // What is logged is never worth a failure, unless the connection has ended again.
            if link.transport.end().is_some() {
                outcome?;
            }
        }
        for uri in self.watched.uris() {
            let (params, options) = (of_uri(&uri), Options::default());
            // A subscription that is not made again asks for it once more, and tells its reader.
            if self.is_restored(link, Method::ResourcesSubscribe, &params, options).await? {
                self.watched.tells(link, &uri);
            }
        }
        Ok(())
    }

    async fn is_restored(
        &self,
        link: &Link,
        method: Method,
        params: &str,
        mut options: Options,
    ) -> Result<bool, Error> {
        let outcome = self.attempt(link, method.as_str(), params, &mut options).await;
        if let Err(error) = &outcome {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the new session does not take `{method}` with {params}: {error}"
            );
        }
        match outcome {
            Err(Error::Remote(_)) => Ok(false),
            outcome => outcome.map(|_| true),
        }
    }

    /// Asks for a result that may be one that was kept.
    pub(crate) async fn request_cached(
        &self,
        method: Method,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        let key = self.key(method, params);
        if let Some(kept) = self.inbound.cache.get(&key) {
            return Ok(kept);
        }
        let asked = self.inbound.cache.now();
        let result = completed(method, self.request(method, params, options).await?)?;
        self.inbound.cache.put(key, &result, asked);
        Ok(result)
    }

    pub(crate) fn key(&self, method: Method, params: &str) -> Key {
        let origin = Arc::clone(&self.inbound.origin);
        // Without any, a result is shared by those who say nothing of themselves either.
        let authorization = Some(self.authorization.clone().unwrap_or_default());
        Key { origin, method, params: params.to_owned(), authorization }
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        self.request_named(method.as_str(), params, options).await
    }

    /// Asks, once more where the server said that it did not carry out what was asked.
    pub(crate) async fn request_named(
        &self,
        method: &str,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        let link = self.link_in_time(method, options).await?;
        match self.attempt(&link, method, params, options).await {
            Err(Error::Closed(closed)) if closed.is_refusal => {
                let link = self.link_in_time(method, options).await?;
                self.attempt(&link, method, params, options).await
            }
            Err(Error::Remote(error)) if error.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION => {
                let offered = connect::supported(&error);
                let link = self.change_revision(&link, offered)?;
                self.attempt(&link, method, params, options).await
            }
            outcome => outcome,
        }
    }

    /// The server does not speak the revision any more: goes on in one that it names.
    fn change_revision(&self, link: &Link, offered: Vec<String>) -> Result<Arc<Link>, Error> {
        let best = connect::best(&offered).filter(|best| best.facts().opens == Opens::EveryRequest);
        let Some(revision) = best else { return Err(Error::Revision { offered }) };
        let peer = Peer { revision, ..(*link.peer).clone() };
        Ok(self.replace(connect::link(&self.setup, &self.inbound, &link.transport, peer)))
    }

    async fn attempt(
        &self,
        link: &Link,
        method: &str,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        let meta = self.meta(link, &options.meta, options.capabilities.as_ref());
        let asked = Asked {
            method,
            params,
            meta: &meta,
            revision: link.peer.revision,
            mirrored: options.mirrored.clone(),
            wants_progress: options.wants_progress || options.on_progress.is_some(),
        };
        let (patience, clock) = self.time_of(options);
        let hearing =
            Hearing { progress: options.on_progress.as_mut(), log: options.on_log.clone() };
        let time = (patience, &clock);
        exchange::ask(&*link.transport, &self.inbound, self.next_id(), &asked, time, hearing).await
    }

    /// Members of `_meta`: what every request says, and what this one adds.
    pub(crate) fn meta(
        &self,
        link: &Link,
        added: &Meta,
        capabilities: Option<&ClientCapabilities>,
    ) -> String {
        let mut members = match capabilities {
            Some(capabilities) => connect::meta_of(&self.setup, capabilities, link.peer.revision),
            None => link.meta.clone(),
        };
        let level = self.log_level().filter(|_| {
            link.facts().log_level == LogLevelFrom::RequestMeta
                && added.get(meta::LOG_LEVEL).is_none()
        });
        let level = level.map(|level| (meta::LOG_LEVEL, json(&level)));
        // What the protocol reserves is not given by callers, but for the level of the log.
        let reserved = [
            meta::PROTOCOL_VERSION,
            meta::CLIENT_INFO,
            meta::CLIENT_CAPABILITIES,
            meta::PROGRESS_TOKEN,
        ];
        let added = added.0.iter().filter(|(key, _)| !reserved.contains(&key.as_str()));
        let added = added.map(|(key, value)| (key.as_str(), value.to_string()));
        for (key, value) in level.into_iter().chain(added) {
            if !members.is_empty() {
                members.push(',');
            }
            members.push_str(&json(key));
            members.push(':');
            members.push_str(&value);
        }
        members
    }
}
