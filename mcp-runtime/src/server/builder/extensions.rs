//! Extensions of a server: their settings, methods and notifications.

use std::error::Error;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Server;
use crate::component::extension::{method, notification};
use crate::context::handle::Context;

impl Server {
    /// Says that the server supports an extension, with its settings: anything that is an object
    /// as JSON. Nothing is supported unless it is said.
    ///
    /// An identifier has a prefix, as in `com.example/undo`. What the extension adds to the
    /// protocol is given to [`Server::method`] and [`Server::notification`]; whether a client
    /// supports it is asked of [`ClientInfo::extension`](crate::ClientInfo::extension).
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::ProtocolError;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Deserialize)]
    /// struct Undo {
    ///     steps: u32,
    /// }
    ///
    /// #[derive(Serialize)]
    /// struct Undone {
    ///     left: u32,
    /// }
    ///
    /// let server = Server::new("editor", "1.0.0")
    ///     .extension("com.example/undo", serde_json::json!({ "depth": 10 }))
    ///     .method("com.example/undo", async |cx: Context, undo: Undo| {
    ///         cx.client().require_extension("com.example/undo")?;
    ///         Ok::<_, ProtocolError>(Undone { left: 10 - undo.steps.min(10) })
    ///     });
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn extension(mut self, identifier: impl Into<String>, settings: impl Serialize) -> Self {
        self.extensions.add_extension(identifier.into(), serde_json::to_value(settings));
        self
    }

    /// Answers the requests of a method that is not the protocol's.
    ///
    /// The handler gets the parameters as a type; parameters that do not fit it are refused with
    /// `-32602`. What it returns has to be an object as JSON, and is the result as it stands. Its
    /// member `resultType`, if it has one, takes the place of `complete`, and its `_meta` is sent
    /// beside what the framework adds there; [`CacheableResult`](crate::extension::CacheableResult) adds how long it may be kept. A [`ProtocolError`](crate::ProtocolError) is sent as
    /// it is, another error as `-32603` with its text.
    #[must_use]
    pub fn method<F, P, Running, R, E>(mut self, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Context, P) -> Running + Send + Sync + 'static,
        P: DeserializeOwned + 'static,
        Running: Future<Output = Result<R, E>> + Send + 'static,
        R: Serialize + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        self.extensions.add_method(name.into(), method::handler(handler));
        self
    }

    /// Takes in notifications that are not the protocol's.
    ///
    /// Parameters that do not fit the type are ignored with a trace, because a notification has no
    /// answer. Over a pipe and in a legacy session the notifications of one client are handled one
    /// after the other, in their order; up to 1,024 wait, and what comes on top is dropped. What
    /// the handler sends goes where the transport has a way to the client besides answers.
    #[must_use]
    pub fn notification<F, P, Running>(mut self, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Context, P) -> Running + Send + Sync + 'static,
        P: DeserializeOwned + 'static,
        Running: Future<Output = ()> + Send + 'static,
    {
        self.extensions.add_notification(name.into(), notification::handler(handler));
        self
    }
}
