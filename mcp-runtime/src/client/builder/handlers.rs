//! What a client does when a server asks it something or tells it something.

use std::sync::Arc;

use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitFormParams, ElicitResult, ElicitUrlParams,
    ElicitationCompleteParams, LoggingMessageParams, Root, Settings,
};

use super::ClientBuilder;
use crate::client::handlers::{Handler, IntoAnswer, question};
use crate::client::subscription::Event;

impl<T> ClientBuilder<T> {
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

    /// Lets servers send the user to URLs of http and https; others are refused. Show the user the
    /// whole URL and ask before opening it, and never fetch it.
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

    /// Hears that what a user went to a URL for is done, once for each. Revision 2025-11-25 only.
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

    /// Has what the server asks in a session asked of whoever made the call, where this client is
    /// the one of a [`Proxy`](crate::Proxy). Handlers of questions are not called then.
    ///
    /// Servers of the modern era need no such thing: what they ask belongs to a call.
    pub fn pass_on_questions(mut self) -> Self {
        self.shared.handlers.relay = Some(Arc::default());
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
