//! Handlers of the questions and notifications of a server.

use std::sync::Arc;

use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitFormParams, ElicitResult, ElicitUrlParams,
    ElicitationCompleteParams, LoggingMessageParams, Root, Settings,
};

use super::ClientBuilder;
use crate::client::event::Event;
use crate::client::handlers::{Handler, IntoAnswer, answer_with};
use crate::client::wire::Direction;

impl<T> ClientBuilder<T> {
    /// Declares an extension.
    pub fn extension(mut self, identifier: impl Into<String>, settings: Settings) -> Self {
        self.options.handlers.extensions.push((identifier.into(), settings));
        self
    }

    /// Declares an experimental capability.
    pub fn experimental(mut self, name: impl Into<String>, settings: Settings) -> Self {
        self.options.handlers.experimental.push((name.into(), settings));
        self
    }

    /// Sets the handler of forms that the user fills in. Fields that the answer leaves out take the
    /// defaults of the form.
    ///
    /// ```
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::protocol::{ElicitAction, ElicitResult};
    ///
    /// let builder = Client::stdio("some-server").on_form(|form| async move {
    ///     println!("{}", form.message);
    ///     ElicitResult::new(ElicitAction::Decline)
    /// });
    /// # drop(builder);
    /// ```
    pub fn on_form<F, A>(
        mut self,
        ask: impl Fn(ElicitFormParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<ElicitResult>,
    {
        self.options.handlers.form = Some(answer_with(ask));
        self
    }

    /// Sets the handler that sends the user to URLs of `http` and `https`. Others are refused.
    ///
    /// Show the user the whole URL, ask before opening it, and never fetch it.
    pub fn on_url<F, A>(
        mut self,
        ask: impl Fn(ElicitUrlParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<ElicitResult>,
    {
        self.options.handlers.url = Some(answer_with(ask));
        self
    }

    /// Sets a listener that is called once for each URL elicitation that has completed. Revision
    /// 2025-11-25 only.
    pub fn on_url_done(
        mut self,
        listener: impl Fn(ElicitationCompleteParams) + Send + Sync + 'static,
    ) -> Self {
        self.options.handlers.elicitation_complete = Some(Box::new(listener));
        self
    }

    /// Sets the handler that samples the model of this client.
    pub fn on_sample<F, A>(
        mut self,
        sample: impl Fn(CreateMessageParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<CreateMessageResult>,
    {
        self.options.handlers.sample = Some(answer_with(sample));
        self
    }

    /// Allows servers to give the model tools. Off by default.
    pub fn sampling_tools(mut self, allowed: bool) -> Self {
        self.options.handlers.samples_with_tools = allowed;
        self
    }

    /// Sets the directories that servers may work on, if they do not change.
    pub fn roots(self, roots: impl IntoIterator<Item = Root>) -> Self {
        let roots: Vec<Root> = roots.into_iter().collect();
        self.on_roots(move || std::future::ready(roots.clone()))
    }

    /// Sets the handler that lists the directories which servers may work on.
    pub fn on_roots<F, A>(mut self, list: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = A> + Send + 'static,
        A: IntoAnswer<Vec<Root>>,
    {
        self.options.handlers.roots = Some(answer_with(move |()| list()));
        self
    }

    /// Forwards the questions of a session to the client that made the call, if this client is the
    /// one of a [`Proxy`](crate::gateway::Proxy). Handlers of questions are not called then. Off by default.
    ///
    /// Servers of the modern era do not need this: their questions belong to a call.
    pub fn forward_questions(mut self, forward: bool) -> Self {
        self.options.handlers.router = forward.then(Arc::default);
        self
    }

    /// Sets the listener of log messages. It is called where messages are read and has to return soon.
    pub fn on_log(
        mut self,
        listener: impl Fn(LoggingMessageParams) + Send + Sync + 'static,
    ) -> Self {
        self.options.handlers.log = Some(Box::new(listener));
        self
    }

    /// Adds a listener of changes, those of subscriptions included. It is called where messages are
    /// read and has to return soon.
    pub fn on_change(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.options.handlers.changed.push(Box::new(listener));
        self
    }

    /// Sets the listener of notifications that the protocol does not define, such as those of
    /// extensions. It receives the method and the JSON of the parameters.
    pub fn on_notification(
        mut self,
        listener: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> Self {
        self.options.handlers.other = Some(Box::new(listener));
        self
    }

    /// Sets the listener of all messages, for example to show them to a developer. It receives each as JSON text,
    /// before it is sent and before it is read: requests of both sides with their responses, and notifications.
    /// HTTP headers are not part of them. It is called where messages are read and written, and has to return
    /// soon.
    ///
    /// ```
    /// use mcp_runtime::client::{Client, Direction};
    ///
    /// let client = Client::stdio("weather-server").on_message(|direction, text| match direction {
    ///     Direction::Sent => eprintln!("--> {text}"),
    ///     Direction::Received => eprintln!("<-- {text}"),
    /// });
    /// # drop(client);
    /// ```
    pub fn on_message(
        mut self,
        listener: impl Fn(Direction, &str) + Send + Sync + 'static,
    ) -> Self {
        self.options.handlers.message = Some(Box::new(listener));
        self
    }

    /// Sends the answers of handlers even if they do not fit their questions, as other clients may.
    #[cfg(feature = "testing")]
    pub(crate) fn unchecked(mut self) -> Self {
        self.options.handlers.is_unchecked = true;
        self
    }

    /// Sets all handlers as one value.
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
