//! Errors of Redis: which of them pass, and their messages.

use std::fmt;

use redis::{ConnectionAddr, ErrorKind, RedisError, ServerErrorKind};

use crate::store::error::{StoreError, StoreErrorKind};

/// Address of Redis for messages, without secrets.
#[derive(Clone)]
pub(super) struct Server(String);

impl Server {
    pub(super) fn new(address: &ConnectionAddr) -> Self {
        Self(address.to_string())
    }

    /// Error of an operation.
    pub(super) fn failed(&self, error: RedisError) -> StoreError {
        let (kind, reason) = reason(&error);
        StoreError::new(kind, format!("Redis at {self} {reason}")).caused_by(error)
    }

    pub(super) fn unreachable(&self) -> StoreError {
        let message = format!("Redis at {self} did not answer in time; check that it is running");
        StoreError::new(StoreErrorKind::Unavailable, message)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// Error of a URL. It does not contain the URL, which may contain a password.
pub(super) fn unusable_url(error: RedisError) -> StoreError {
    let message = "this is not a URL of Redis; write `redis://host:6379`, with `/1` behind it for \
                   database 1 (`rediss:`, TLS, is not supported)";
    StoreError::new(StoreErrorKind::Settings, message).caused_by(error)
}

/// Returns `true` if the same command may succeed after a moment.
pub(super) fn is_temporary(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};
    match error.kind() {
        ErrorKind::Io => !error.is_timeout(),
        ErrorKind::Server(kind) => {
            matches!(kind, BusyLoading | ClusterDown | MasterDown | ReadOnly | TryAgain)
        }
        _ => false,
    }
}

/// Returns `true` if the connection is of no use, although it is not closed: it leads to a server that
/// does not answer, or that is no primary any more.
pub(super) fn needs_new_connection(error: &RedisError) -> bool {
    let is_replica = matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
    );
    error.is_timeout() || is_replica
}

fn reason(error: &RedisError) -> (StoreErrorKind, &'static str) {
    use StoreErrorKind::{Corrupt, Settings, Unavailable};
    // Redis refuses long commands in words of their own before a login.
    let is_login = matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
        || error.detail().is_some_and(|detail| detail.contains("unauthenticated"));
    if is_login || error.kind() == ErrorKind::AuthenticationFailed {
        return (Settings, "refused the login; write `redis://user:password@host:6379`");
    }
    if error.is_timeout() {
        return (Unavailable, "did not answer in time; check its load and the network");
    }
    match (error.kind(), error.code()) {
        (ErrorKind::Io, _) => {
            (Unavailable, "cannot be reached; check that it is running and that the URL is right")
        }
        (_, Some("NOPERM")) => (
            Settings,
            "refused a command; allow its user all commands for keys and channels `{mcp}:*`",
        ),
        (_, Some("LOADING")) => (Unavailable, "is loading its data; try again later"),
        (_, Some("READONLY")) => {
            (Unavailable, "is a replica, which cannot be written; use the URL of the primary")
        }
        (_, Some("OOM")) => (Unavailable, "has no memory left; raise its `maxmemory`"),
        (_, Some("MISCONF")) => (Unavailable, "cannot write to its disk; free some space there"),
        (_, Some("MOVED" | "CROSSSLOT")) => {
            (Settings, "is part of a cluster; use one server with replicas")
        }
        (_, Some("WRONGTYPE")) => {
            (Corrupt, "contains data of another program; use a database of its own")
        }
        _ => (Unavailable, "failed"),
    }
}
