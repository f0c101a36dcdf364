//! One connection while it is served, and its shutdown.

use std::sync::Arc;
use std::time::Duration;

use super::{Pipe, Sink};
use crate::clock;
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::server::connection::Connection;
use crate::server::in_flight::Capacity;
use crate::server::tasks;
use crate::transport::DROP_TIMEOUT;

/// Connection of one client. Dropping it ends everything that still runs for the client.
pub(crate) struct Serving<O: Sink> {
    app: Arc<App>,
    output: Arc<O>,
    connection: Arc<Connection>,
}

impl<O: Sink> Serving<O> {
    /// Starts to serve a client that may hold `memory_limit` bytes.
    pub(crate) fn new(app: Arc<App>, output: Arc<O>, memory_limit: usize) -> Self {
        let budget = app.memory.of_connection(memory_limit);
        tasks::resume(&app);
        app.beside.begin(&app);
        Self { app, output, connection: Connection::new(Capacity::default(), budget) }
    }

    /// Creates the receiver of the client's lines.
    pub(crate) fn pipe(&self, origin: Origin) -> Pipe<O> {
        let (app, output) = (Arc::clone(&self.app), Arc::clone(&self.output));
        Pipe::new(app, output, Arc::clone(&self.connection), origin)
    }

    /// State of the connection.
    pub(crate) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }

    /// Waits until the requests in flight are answered, within the timeout, and until the answers are
    /// written, as long as the client reads.
    pub(crate) async fn shut_down(&self, timeout: Duration) {
        // Subscriptions end with this; everything else has until the timeout.
        self.app.closing.cancel();
        let Connection { in_flight, inbox, .. } = &*self.connection;
        let drained = async {
            in_flight.drained().await;
            inbox.drained().await;
            tasks::drained(&self.app).await;
        };
        if clock::timeout(timeout, drained).await.is_err() {
            tracing::info!("requests were still running at the end of the input and are dropped");
        }
        in_flight.cancel_all();
        if clock::timeout(DROP_TIMEOUT, in_flight.gone()).await.is_err() {
            tracing::warn!("a handler blocks its thread and is left behind");
        }
        if !self.output.written().await {
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
