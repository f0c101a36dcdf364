//! One connection while it is served, and how that comes to its end.

use std::sync::Arc;
use std::time::Duration;

use super::{Pipe, Sink};
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::server::connection::Connection;
use crate::server::in_flight::Capacity;

/// How long handlers may take to be dropped once they are cancelled.
const LAST_DROP: Duration = Duration::from_millis(100);

/// How long the last answers may take to be read by the client.
pub(crate) const LAST_WRITE: Duration = Duration::from_millis(200);

/// What runs for one client. Whatever still does is ended when this is dropped.
pub(crate) struct Serving<O: Sink> {
    app: Arc<App>,
    output: Arc<O>,
    connection: Arc<Connection>,
}

impl<O: Sink> Serving<O> {
    pub(crate) fn new(app: Arc<App>, output: Arc<O>) -> Self {
        Self { app, output, connection: Connection::new(Capacity::default()) }
    }

    /// What takes in the messages of the client. Has to be called within a runtime.
    pub(crate) fn pipe(&self, origin: Origin) -> Pipe<O> {
        let (app, output) = (Arc::clone(&self.app), Arc::clone(&self.output));
        Pipe::new(app, output, Arc::clone(&self.connection), origin)
    }

    /// Lets what has been read be answered and written, as long as that takes no longer than it may.
    pub(crate) async fn wind_down(&self, grace: Duration) {
        // Subscriptions end with this; everything else has its grace.
        self.app.closing.cancel();
        let drained = async {
            self.connection.in_flight.drained().await;
            self.connection.inbox.drained().await;
        };
        if tokio::time::timeout(grace, drained).await.is_err() {
            tracing::info!("requests were still running at the end of the input and are dropped");
        }
        self.connection.in_flight.cancel_all();
        if tokio::time::timeout(LAST_DROP, self.connection.in_flight.gone()).await.is_err() {
            tracing::warn!("a handler blocks its thread and is left behind");
        }
        if tokio::time::timeout(LAST_WRITE, self.output.written()).await.is_err() {
            tracing::info!("the client did not read the last answers");
        }
    }
}

impl<O: Sink> Drop for Serving<O> {
    fn drop(&mut self) {
        self.app.closing.cancel();
        self.connection.end();
        self.output.close();
    }
}
