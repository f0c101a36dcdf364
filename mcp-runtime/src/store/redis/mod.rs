//! A store in Redis, which several processes share.

mod batch_script;
mod connection;
mod error;
mod executor;
mod names;
mod query;
mod subscriber;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use redis::{Client, FromRedisValue, Value};

use self::batch_script::BatchScript;
use self::connection::Connection;
use self::error::Server;
use self::executor::Streams;
use self::names::{Names, PREFIX};
use self::query::Query;
use self::subscriber::Subscriber;
use super::backend::{Backend, Stored};
use super::batch::{Batch, Committed, Record, Version};
use super::error::{StoreError, StoreErrorKind};
use super::executor::{Executor, Jobs};
use super::topics::Listener;

/// The backend of `Store::redis`.
pub(super) struct Redis {
    connection: Connection,
    batches: BatchScript,
    subscriber: Subscriber,
    names: Names,
    server: Server,
}

impl Redis {
    /// Reads a URL. The first operation connects.
    pub(super) fn open(url: &str) -> Result<Self, StoreError> {
        Self::with_prefix(url, PREFIX)
    }

    fn with_prefix(url: &str, prefix: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(error::unusable_url)?;
        let info = client.get_connection_info();
        let names = Names::new(prefix, info.redis_settings().db());
        let server = Server::new(info.addr());
        Ok(Self {
            subscriber: Subscriber::new(client.clone(), server.clone(), names.clone()),
            connection: Connection::new(client, server.clone()),
            batches: BatchScript::new()?,
            names,
            server,
        })
    }

    async fn read<T: FromRedisValue>(&self, command: redis::Cmd) -> Result<T, StoreError> {
        let value = self.connection.run(&Query::Command(command)).await?;
        self.decode(value)
    }

    fn decode<T: FromRedisValue>(&self, value: Value) -> Result<T, StoreError> {
        redis::from_redis_value(value).map_err(|error| {
            let server = &self.server;
            let message = format!(
                "Redis at {server} returned something else than a store contains; use a \
                         database of its own"
            );
            StoreError::new(StoreErrorKind::Corrupt, message).caused_by(error)
        })
    }

    async fn record(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.names.record(key)).arg("v").arg("n");
        let (value, version): (Option<Vec<u8>>, Option<Version>) = self.read(command).await?;
        Ok(value.zip(version).map(|(value, version)| Record { value: value.into(), version }))
    }

    async fn commit_batch(&self, batch: Batch) -> Result<Committed, StoreError> {
        let value = self.connection.run(&self.batches.invocation(&batch, &self.names)).await?;
        let version: Option<Version> = self.decode(value)?;
        Ok(version.map_or(Committed::Conflict, Committed::Yes))
    }

    async fn range(
        &self,
        log: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Bytes)>, StoreError> {
        let Some(first) = i64::try_from(after).ok().filter(|_| limit > 0) else {
            return Ok(Vec::new());
        };
        let last = first.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX) - 1);
        let mut command = redis::cmd("LRANGE");
        command.arg(self.names.log(log)).arg(first).arg(last);
        let entries: Vec<Vec<u8>> = self.read(command).await?;
        Ok((1..).map(|number| after + number).zip(entries.into_iter().map(Bytes::from)).collect())
    }

    async fn members_behind(
        &self,
        set: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut command = redis::cmd("ZRANGEBYLEX");
        command.arg(self.names.set(set)).arg(from).arg("+").arg("LIMIT").arg(0).arg(limit);
        self.read(command).await
    }
}

impl Backend for Redis {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Record>> {
        Box::pin(self.record(key))
    }

    fn commit(&self, batch: Batch) -> Stored<'_, Committed> {
        Box::pin(self.commit_batch(batch))
    }

    fn entries<'a>(
        &'a self,
        log: &'a str,
        after: u64,
        limit: usize,
    ) -> Stored<'a, Vec<(u64, Bytes)>> {
        Box::pin(self.range(log, after, limit))
    }

    fn members<'a>(
        &'a self,
        set: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Stored<'a, Vec<String>> {
        Box::pin(self.members_behind(set, after, limit))
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Stored<'a, Listener> {
        Box::pin(self.subscriber.subscribe(topic))
    }

    fn is_persistent(&self) -> bool {
        true
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn executor(self: Arc<Self>, jobs: Jobs) -> Option<Arc<dyn Executor>> {
        Some(Arc::new(Streams::new(self, jobs)))
    }

    fn description(&self) -> String {
        format!("redis {}", self.server)
    }
}
