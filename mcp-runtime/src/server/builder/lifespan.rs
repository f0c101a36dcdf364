//! Lifespans of a server.

use std::error::Error;

use super::Server;
use crate::context::lifespan::{Lifespan, Serving};

impl Server {
    /// Opens something before the server serves, gives it to the handlers, and closes it afterwards.
    ///
    /// The function runs up to [`Serving::with`] before the first request; an error or panic until then keeps the server
    /// from serving, and is what `serve_*` returns. The value becomes state, for parameters of type
    /// [`State<T>`](crate::State). The rest runs when all handlers have ended, also if serving fails.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// # #[derive(Clone)]
    /// # struct Pool;
    /// # impl Pool {
    /// #     async fn connect(_: &str) -> std::io::Result<Self> { Ok(Self) }
    /// #     async fn close(&self) {}
    /// #     async fn count(&self) -> usize { 0 }
    /// # }
    ///
    /// /// Count the users.
    /// #[tool]
    /// async fn users(pool: State<Pool>) -> usize {
    ///     pool.count().await
    /// }
    ///
    /// let server = Server::new("users", "1.0.0").with::<users>().lifespan(async |serving| {
    ///     let pool = Pool::connect("postgres://localhost").await?;
    ///     serving.with(pool.clone()).await;
    ///     pool.close().await;
    ///     Ok(())
    /// });
    /// # drop(server);
    /// ```
    ///
    /// Lifespans open in the order in which they are given, those of [mounted](Self::mount) servers last, and close in reverse. Without a
    /// value for handlers, write `serving.with(()).await`. A service in a router opens them
    /// when it is made within a runtime, or else with its first request; `McpService::open` waits for that and returns the error. In
    /// [`run`](Self::run), closing has ten seconds.
    #[must_use]
    pub fn lifespan<T, F, Running>(mut self, lifespan: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Serving<T>) -> Running + Send + 'static,
        Running: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let slot = self.state.reserve::<T>();
        self.lifespans.push(Lifespan::new(slot, lifespan));
        self
    }
}
