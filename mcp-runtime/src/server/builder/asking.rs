//! Settings of the questions that handlers ask.

use std::time::Duration;

use super::Server;

impl Server {
    /// Sets the longest time that a client may take to answer a question; ten minutes by default.
    ///
    /// A legacy session waits that long; in the modern era the state of a call that waits for
    /// answers is accepted for that long.
    #[must_use]
    pub fn answer_within(mut self, time: Duration) -> Self {
        self.asking.answer_timeout = time;
        self
    }

    /// The keys that seal the state of calls which wait for answers: the one in use, then those
    /// that were in use before and are still accepted.
    ///
    /// Without keys a random one is made. It is kept in the [`Store`](crate::Store) if that outlives the
    /// process, so instances that share a store share the key; otherwise a call cannot be continued after
    /// a restart or on another instance. To share keys without a store, give all instances the same
    /// ones, 32 random bytes each; to change them, put the new one first and drop the old one once
    /// [`Server::answer_within`] has passed.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// # let key = |byte| [byte; 32];
    /// let (current, previous) = (key(2), key(1)); // 32 random bytes each, from a secret store
    /// let server = Server::new("shop", "1.0.0").state_keys([current, previous]);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn state_keys<K: AsRef<[u8]>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.asking.keys = keys.into_iter().map(|key| key.as_ref().to_vec()).collect();
        self
    }

    /// Sets the maximum size of the state of a call before it is sealed, in bytes; 256 KiB by default. It holds
    /// the answers to the questions of the call and the results of its
    /// [`once`](crate::Context::once), and travels to the client and back with each question, a third
    /// longer.
    #[must_use]
    pub fn max_request_state(mut self, bytes: usize) -> Self {
        self.asking.max_state = bytes;
        self
    }
}
