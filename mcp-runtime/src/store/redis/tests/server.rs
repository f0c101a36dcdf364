//! Redis servers of the tests.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use mcp_test_redis::RedisServer;

/// Sends a command for which the store has no use.
pub(super) fn command(server: &RedisServer, words: &[&str]) -> redis::Value {
    let client = redis::Client::open(server.url()).unwrap();
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query(&mut client.get_connection().unwrap()).unwrap()
}

/// The server of all tests that do not stop it. It ends with the last of them.
pub(super) fn shared() -> Option<Arc<RedisServer>> {
    static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(RedisServer::start(&[])?);
    *shared = Arc::downgrade(&server);
    Some(server)
}
