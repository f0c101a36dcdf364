//! The connection for commands, which is made again when it breaks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Value};
use tokio::time::{Instant, sleep};

use super::error::{Server, is_temporary, needs_new_connection};
use super::query::Query;
use crate::store::error::StoreError;

/// Time for an answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for a connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Time in which a command is sent again, for example because Redis is starting.
const REPEAT_FOR: Duration = Duration::from_secs(2);

/// Pause before the first repetition. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The connection for commands.
pub(super) struct Connection {
    client: Client,
    server: Server,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    /// `None` until the first command, and when the last one got no answer.
    manager: Option<ConnectionManager>,
    /// Number of managers that there were before.
    generation: u64,
}

impl Connection {
    pub(super) fn new(client: Client, server: Server) -> Self {
        Self { client, server, current: Mutex::default() }
    }

    /// A client for further connections.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a command, and sends it again for a while if the connection is or gets lost.
    pub(super) async fn run(&self, query: &Query<'_>) -> Result<Value, StoreError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let (manager, generation) =
                self.manager().map_err(|error| self.server.failed(error))?;
            let error = match query.send(manager).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if needs_new_connection(&error) {
                self.discard(generation);
            }
            if !is_temporary(&error) {
                return Err(self.server.failed(error));
            }
            sleep(pause).await;
            pause *= 2;
            // A process that was stopped meanwhile does not repeat what may have been forgotten.
            if started.elapsed() > REPEAT_FOR {
                return Err(self.server.failed(error));
            }
        }
    }

    fn manager(&self) -> Result<(ConnectionManager, u64), RedisError> {
        let mut current = self.current();
        if current.manager.is_none() {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(CONNECT_TIMEOUT))
                .set_response_timeout(Some(ANSWER_TIMEOUT));
            let manager = ConnectionManager::new_lazy_with_config(self.client.clone(), config)?;
            current.manager = Some(manager);
        }
        let manager = current.manager.clone().ok_or((redis::ErrorKind::Client, "no connection"))?;
        Ok((manager, current.generation))
    }

    fn discard(&self, generation: u64) {
        let mut current = self.current();
        if current.generation == generation {
            *current = Current { manager: None, generation: generation + 1 };
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
