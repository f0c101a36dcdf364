//! The connection that waits for jobs. A command that waits blocks all others on its connection.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError};

use super::{GROUP, milliseconds};
use crate::store::error::StoreError;
use crate::store::executor::Lease;
use crate::store::redis::connection::{ANSWER_TIMEOUT, CONNECT_TIMEOUT};
use crate::store::redis::error::Server;

/// An entry: its id, and its fields with their values.
type Entry = (String, Vec<String>);

/// A connection of a consumer, which waits for jobs.
pub(super) struct Reader {
    connection: MultiplexedConnection,
    server: Server,
    stream: String,
    consumer: String,
    /// Id of the connection.
    pub(super) client: i64,
}

/// Reason why a connection is of no more use.
pub(super) enum ReadError {
    Redis(StoreError),
    /// The stream or its group is gone.
    Lost,
}

impl Reader {
    /// Connects, and creates the group if it does not exist. An answer comes at the latest after `limit`.
    pub(super) async fn connect(
        client: &Client,
        server: &Server,
        stream: String,
        consumer: &str,
        limit: Duration,
    ) -> Result<Self, ReadError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(limit + ANSWER_TIMEOUT));
        let connection = client.get_multiplexed_async_connection_with_config(&config).await;
        let connection = connection.map_err(|error| ReadError::Redis(server.failed(error)))?;
        let (server, consumer) = (server.clone(), consumer.to_owned());
        let mut reader = Self { connection, server, stream, consumer, client: 0 };
        let mut create = redis::cmd("XGROUP");
        create.arg("CREATE").arg(&reader.stream).arg(GROUP).arg("0").arg("MKSTREAM");
        match create.query_async::<redis::Value>(&mut reader.connection).await {
            Err(error) if error.code() != Some("BUSYGROUP") => return Err(reader.failed(error)),
            _ => {}
        }
        // So that it is listed before it has got anything.
        let mut join = redis::cmd("XGROUP");
        join.arg("CREATECONSUMER").arg(&reader.stream).arg(GROUP).arg(&reader.consumer);
        reader.run::<redis::Value>(&join).await?;
        let mut id = redis::cmd("CLIENT");
        id.arg("ID");
        reader.client = reader.run(&id).await?;
        Ok(reader)
    }

    /// Takes over jobs whose leases have expired.
    pub(super) async fn claim(
        &mut self,
        lease: Duration,
        room: usize,
    ) -> Result<Vec<Lease>, ReadError> {
        let mut leases = Vec::new();
        let mut from = "0-0".to_owned();
        while leases.len() < room {
            let mut command = redis::cmd("XAUTOCLAIM");
            command.arg(&self.stream).arg(GROUP).arg(&self.consumer).arg(milliseconds(lease));
            command.arg(&from).arg("COUNT").arg(room - leases.len());
            let (next, entries, _): (String, Vec<Entry>, Vec<String>) = self.run(&command).await?;
            leases.extend(entries.into_iter().filter_map(lease_of));
            if next == "0-0" {
                break;
            }
            from = next;
        }
        Ok(leases)
    }

    /// Waits for jobs.
    pub(super) async fn read(
        &mut self,
        wait: Duration,
        room: usize,
    ) -> Result<Vec<Lease>, ReadError> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(room);
        command.arg("BLOCK").arg(milliseconds(wait)).arg("STREAMS").arg(&self.stream).arg(">");
        let read: Option<Vec<(String, Vec<Entry>)>> = self.run(&command).await?;
        let entries = read.into_iter().flatten().flat_map(|(_, entries)| entries);
        Ok(entries.filter_map(lease_of).collect())
    }

    async fn run<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, ReadError> {
        let answer = command.query_async(&mut self.connection).await;
        answer.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: RedisError) -> ReadError {
        match error.code() {
            Some("NOGROUP" | "UNBLOCKED") => ReadError::Lost,
            _ => ReadError::Redis(self.server.failed(error)),
        }
    }
}

/// The lease of an entry; `None` if the entry is not one of ours.
fn lease_of((entry, fields): Entry) -> Option<Lease> {
    let [_, job] = <[String; 2]>::try_from(fields).ok()?;
    Some(Lease { job, entry })
}
