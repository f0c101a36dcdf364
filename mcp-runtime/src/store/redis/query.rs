//! Commands for Redis that may be repeated.

use redis::aio::ConnectionManager;
use redis::{Cmd, RedisResult, ScriptInvocation, Value};

/// A command that has the same effect if it is sent repeatedly.
pub(super) enum Query<'a> {
    /// A command that reads.
    Command(Cmd),
    /// A batch, which Redis carries out once.
    Batch(ScriptInvocation<'a>),
}

impl Query<'_> {
    pub(super) async fn send(&self, mut connection: ConnectionManager) -> RedisResult<Value> {
        match self {
            Self::Command(command) => command.query_async(&mut connection).await,
            Self::Batch(call) => call.invoke_async(&mut connection).await,
        }
    }
}
