//! How a client is put together: which server, and what this client does for it.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitFormParams, ElicitResult, ElicitUrlParams,
    ElicitationCompleteParams, Implementation, LoggingMessageParams, Root, Settings,
};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};

use super::cache::Cache;
use super::connect::{Era, Setup};
use super::core::{Client, Parts};
use super::error::Error;
use super::exchange::Patience;
use super::handlers::{Handler, Handlers, IntoAnswer, question};
use super::inbound::Inbound;
use super::subscription::Event;
use super::transport::child::{Program, Stderr};
use super::transport::http::Site;
use super::transport::pipe::{Alone, Pipe};
use super::transport::{Boxed, Connector, Transport};

/// A client before it is connected: [`Client::stdio`], [`Client::http`] and [`Client::over`] make
/// one. The options of all are here, those of a child process and of HTTP further down.
#[must_use = "a client does nothing until it is connected"]
pub struct ClientBuilder<T> {
    target: T,
    shared: Shared,
}

/// A server that is a child process. See [`Client::stdio`].
#[derive(Debug)]
pub struct Stdio(Program);

/// A server at a URL. See [`Client::http`].
#[derive(Debug)]
pub struct Http {
    url: String,
    headers: Result<HeaderMap, Error>,
    authorization: Option<Arc<str>>,
    connect: Duration,
    listens: bool,
}

/// A server at the other end of a reader and a writer. See [`Client::over`].
pub struct Stream(Ends);

type Reader = Box<dyn AsyncRead + Unpin + Send>;
type Writer = Box<dyn AsyncWrite + Unpin + Send>;
type Ends = Option<(Reader, Writer)>;

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

/// The options of every client.
struct Shared {
    info: Implementation,
    era: Era,
    probe: Duration,
    handshake: Duration,
    patience: Patience,
    max_rounds: u32,
    max_message: usize,
    handlers: Handlers,
    cache: Cache,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            info: Implementation::new("mcp-runtime", env!("CARGO_PKG_VERSION")),
            era: Era::Auto,
            probe: Duration::from_secs(10),
            handshake: Duration::from_secs(60),
            patience: Patience {
                quiet: Duration::from_secs(60),
                longest: Duration::from_secs(30 * 60),
            },
            max_rounds: 16,
            max_message: 16 << 20,
            handlers: Handlers::default(),
            cache: Cache::default(),
        }
    }
}

impl<T> fmt::Debug for ClientBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("handlers", &self.shared.handlers)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A server that is started as a child process. The program is found as the system finds it;
    /// nothing of it passes through a shell.
    ///
    /// The process is a group of its own, which ends with the client: its input is closed, and if
    /// that does not end it, it is asked to and at last killed. On Unix, a second, small process
    /// sees to that when this program is killed.
    pub fn stdio(program: impl Into<OsString>) -> ClientBuilder<Stdio> {
        ClientBuilder::of(Stdio(Program {
            path: program.into(),
            arguments: Vec::new(),
            environment: Default::default(),
            clears_environment: false,
            directory: None,
            grace: Duration::from_secs(2),
            restarts: false,
            is_guarded: true,
            longest_message: 0,
            stderr: Stderr::default(),
        }))
    }

    /// A server at a URL, such as `https://example.com/mcp`.
    pub fn http(url: impl Into<String>) -> ClientBuilder<Http> {
        ClientBuilder::of(Http {
            url: url.into(),
            headers: Ok(HeaderMap::new()),
            authorization: None,
            connect: Duration::from_secs(30),
            listens: true,
        })
    }

    /// A server at the other end of a reader and a writer, such as the halves of a socket, with
    /// one message a line.
    pub fn over<R, W>(reader: R, writer: W) -> ClientBuilder<Stream>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        ClientBuilder::of(Stream(Some((Box::new(reader), Box::new(writer)))))
    }
}

impl<T> ClientBuilder<T> {
    fn of(target: T) -> Self {
        Self { target, shared: Shared::default() }
    }

    /// The name and version that servers are told.
    pub fn info(mut self, info: Implementation) -> Self {
        self.shared.info = info;
        self
    }

    /// The era to speak, instead of finding out.
    pub fn era(mut self, era: Era) -> Self {
        self.shared.era = era;
        self
    }

    /// How long a child process may take to answer the first question before it is taken to be of
    /// the older era; 10 seconds unless given. A late answer is still understood.
    pub fn probe_timeout(mut self, patience: Duration) -> Self {
        self.shared.probe = patience;
        self
    }

    /// How long connecting may take once the server is reached; a minute unless given.
    pub fn handshake_timeout(mut self, patience: Duration) -> Self {
        self.shared.handshake = patience;
        self
    }

    /// How long a server may say nothing about a request; a minute unless given. Progress begins
    /// it anew, and the time in which a handler of this client answers the server does not count.
    pub fn timeout(mut self, quiet: Duration) -> Self {
        self.shared.patience.quiet = quiet;
        self
    }

    /// How long a request may take in all, whatever progress it makes; half an hour unless given.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.shared.patience.longest = longest;
        self
    }

    /// How often a server may ask for input before one result; 16 times unless given.
    pub fn max_rounds(mut self, rounds: u32) -> Self {
        self.shared.max_rounds = rounds;
        self
    }

    /// The longest message that is read, in bytes; 16 MiB unless given.
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.shared.max_message = bytes;
        self
    }

    /// Where results are kept that may be used again; several clients can share one.
    pub fn cache(mut self, cache: Cache) -> Self {
        self.shared.cache = cache;
        self
    }

    /// Declares an extension.
    pub fn extension(mut self, identifier: impl Into<String>, settings: Settings) -> Self {
        self.shared.handlers.extensions.push((identifier.into(), settings));
        self
    }

    /// Declares something experimental.
    pub fn experimental(mut self, name: impl Into<String>, settings: Settings) -> Self {
        self.shared.handlers.experimental.push((name.into(), settings));
        self
    }

    /// Lets servers have the user fill in forms. Fields that the answer leaves out take the
    /// defaults of the form.
    pub fn on_form<F, A>(
        mut self,
        ask: impl Fn(ElicitFormParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<ElicitResult>,
    {
        self.shared.handlers.form = Some(question(ask));
        self
    }

    /// Lets servers send the user to URLs. Show the user the whole URL and ask before opening it.
    pub fn on_url<F, A>(
        mut self,
        ask: impl Fn(ElicitUrlParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<ElicitResult>,
    {
        self.shared.handlers.url = Some(question(ask));
        self
    }

    /// Hears that what a user went to a URL for is done. Revision 2025-11-25 only.
    pub fn on_url_done(
        mut self,
        hear: impl Fn(ElicitationCompleteParams) + Send + Sync + 'static,
    ) -> Self {
        self.shared.handlers.elicitation_complete = Some(Box::new(hear));
        self
    }

    /// Lets servers use the model of this client.
    pub fn on_sample<F, A>(
        mut self,
        sample: impl Fn(CreateMessageParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<CreateMessageResult>,
    {
        self.shared.handlers.sample = Some(question(sample));
        self
    }

    /// Lets servers give the model tools.
    pub fn sampling_with_tools(mut self) -> Self {
        self.shared.handlers.samples_with_tools = true;
        self
    }

    /// The directories that servers may work on, which do not change.
    pub fn roots(self, roots: impl IntoIterator<Item = Root>) -> Self {
        let roots: Vec<Root> = roots.into_iter().collect();
        self.on_roots(move || std::future::ready(roots.clone()))
    }

    /// The directories that servers may work on, whenever one asks.
    pub fn on_roots<F, A>(mut self, list: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<Vec<Root>>,
    {
        self.shared.handlers.roots = Some(question(move |()| list()));
        self
    }

    /// Hears what servers log. It is called where messages are read and has to return soon.
    pub fn on_log(mut self, hear: impl Fn(LoggingMessageParams) + Send + Sync + 'static) -> Self {
        self.shared.handlers.log = Some(Box::new(hear));
        self
    }

    /// Hears of changes, those of subscriptions included. It is called where messages are read and
    /// has to return soon.
    pub fn on_change(mut self, hear: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.shared.handlers.changed.push(Box::new(hear));
        self
    }

    /// Hears notifications that the protocol does not name, such as those of extensions: the
    /// method and the JSON of the parameters.
    pub fn on_notification(mut self, hear: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        self.shared.handlers.other = Some(Box::new(hear));
        self
    }

    /// All handlers as one value.
    pub fn handler<H: Handler>(self, handler: H) -> Self {
        let handler = Arc::new(handler);
        let mut builder = self;
        if H::OFFERS_FORMS {
            let own = Arc::clone(&handler);
            builder = builder.on_form(move |form| {
                let own = Arc::clone(&own);
                async move { own.form(form).await }
            });
        }
        if H::OFFERS_URLS {
            let own = Arc::clone(&handler);
            builder = builder.on_url(move |url| {
                let own = Arc::clone(&own);
                async move { own.url(url).await }
            });
        }
        if H::OFFERS_SAMPLING {
            let own = Arc::clone(&handler);
            builder = builder.on_sample(move |request| {
                let own = Arc::clone(&own);
                async move { own.sample(request).await }
            });
        }
        if H::OFFERS_ROOTS {
            let own = Arc::clone(&handler);
            builder = builder.on_roots(move || {
                let own = Arc::clone(&own);
                async move { own.roots().await }
            });
        }
        let own = Arc::clone(&handler);
        builder = builder.on_log(move |message| own.log(message));
        builder.on_change(move |event| handler.changed(event))
    }
}

impl Shared {
    async fn connect(
        self,
        connector: Box<dyn Connector>,
        stderr: Option<Stderr>,
        authorization: Option<Arc<str>>,
    ) -> Result<Client, Error> {
        let inbound = Inbound::new(Arc::new(self.handlers), self.cache, connector.origin());
        let setup =
            Setup { info: self.info, era: self.era, probe: self.probe, handshake: self.handshake };
        let (patience, max_rounds) = (self.patience, self.max_rounds);
        let parts =
            Parts { setup, connector, inbound, patience, max_rounds, authorization, stderr };
        Client::connect(parts).await
    }
}

impl ClientBuilder<Stdio> {
    /// Starts the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if the program cannot be started, [`Error::Closed`] if it ends at once,
    /// [`Error::Revision`] if it speaks no revision that this client speaks, and whatever the
    /// handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let program = Program { longest_message: self.shared.max_message, ..self.target.0 };
        let stderr = program.stderr.clone();
        self.shared.connect(Box::new(program), Some(stderr), None).await
    }
}

impl ClientBuilder<Http> {
    /// Reaches the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if it cannot be reached, [`Error::Http`] if it answers with a failure
    /// (401 if it wants a token), [`Error::Revision`] if it speaks no revision that this client
    /// speaks, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let Http { url, headers, authorization, connect, listens } = self.target;
        let parsed = Url::parse(&url)
            .map_err(|error| Error::Argument(format!("`{url}` is no URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Error::Argument(format!("expected a URL of http or https, got `{url}`")));
        }
        let site = Site::new(parsed, headers?, connect, self.shared.max_message, listens)?;
        self.shared.connect(Box::new(site), None, authorization).await
    }
}

impl ClientBuilder<Stream> {
    /// Agrees with the server on a revision.
    ///
    /// # Errors
    /// [`Error::Closed`] if it ends at once, [`Error::Revision`] if it speaks no revision that this
    /// client speaks, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let (ends, longest) = (Mutex::new(self.target.0), self.shared.max_message);
        self.shared.connect(Box::new(Once { ends, longest }), None, None).await
    }
}

/// Connects once, over ends that are given.
struct Once {
    ends: Mutex<Ends>,
    longest: usize,
}

impl Connector for Once {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Boxed<'a, Result<Arc<dyn Transport>, Error>> {
        Box::pin(async move {
            let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (reader, writer) = ends.ok_or_else(|| Error::closed("a stream is used once"))?;
            let inbound = Arc::clone(inbound);
            let pipe = Pipe::start(reader, writer, Box::new(Alone), self.longest, inbound);
            Ok(pipe as Arc<dyn Transport>)
        })
    }

    fn connects_again(&self) -> bool {
        false
    }

    fn restarts(&self) -> bool {
        false
    }

    fn silence_is_legacy(&self) -> bool {
        true
    }

    fn origin(&self) -> Arc<str> {
        // Nothing is known of it, so it is like no other.
        format!("stream:{:p}", std::ptr::from_ref(self)).into()
    }
}

impl ClientBuilder<Stdio> {
    /// Arguments of the program.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.target.0.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), Some(value.into()));
        self
    }

    /// Takes a variable out of its environment.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.target.0.environment.insert(name.into(), None);
        self
    }

    /// Gives it no variable of this program's environment, only those of [`env`](Self::env).
    pub fn env_clear(mut self) -> Self {
        self.target.0.clears_environment = true;
        self
    }

    /// The directory it works in.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.target.0.directory = Some(directory.into());
        self
    }

    /// Starts it again when it ends unexpectedly and something is asked of it, or a subscription
    /// waits for it. What was in flight has failed then and is not repeated.
    pub fn restart(mut self) -> Self {
        self.target.0.restarts = true;
        self
    }

    /// How long it may take to end after its input was closed, and again after it was asked to;
    /// two seconds unless given.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.target.0.grace = grace;
        self
    }

    /// Does without the second process that ends the server when this program is killed.
    pub fn unguarded(mut self) -> Self {
        self.target.0.is_guarded = false;
        self
    }
}

impl ClientBuilder<Http> {
    /// Adds a header to every request. Those of the protocol take precedence.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
        match (header, &mut self.target.headers) {
            (Some((name, mut value)), Ok(headers)) => {
                if name == AUTHORIZATION {
                    self.target.authorization = Some(value.to_str().unwrap_or_default().into());
                }
                value.set_sensitive(name == AUTHORIZATION);
                headers.insert(name, value);
            }
            (None, Ok(_)) => {
                let fault = format!("`{name}` and its value cannot be a header of HTTP");
                self.target.headers = Err(Error::Argument(fault));
            }
            (_, Err(_)) => {}
        }
        self
    }

    /// Authorizes every request with a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// How long reaching the server may take; half a minute unless given.
    pub fn connect_timeout(mut self, patience: Duration) -> Self {
        self.target.connect = patience;
        self
    }

    /// Does without the stream on which a session's server says what answers no request.
    pub fn without_session_stream(mut self) -> Self {
        self.target.listens = false;
        self
    }
}
