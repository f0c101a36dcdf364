//! How a server asks: for how long, and what seals the state of its calls.

use std::time::Duration;

use super::seal::Sealer;
use crate::server::builder::Server;

/// What a server has settled about questions.
pub(crate) struct AskSettings {
    pub(crate) sealer: Sealer,
    /// How long an answer may take.
    pub(crate) patience: Duration,
    /// How long a `requestState` may be, in bytes.
    pub(crate) max_state: usize,
}

/// The same while a server is put together.
pub(crate) struct AskDraft {
    keys: Vec<Vec<u8>>,
    patience: Duration,
    max_state: usize,
}

impl Default for AskDraft {
    fn default() -> Self {
        Self { keys: Vec::new(), patience: Duration::from_secs(600), max_state: 256 << 10 }
    }
}

/// The shortest key that is taken.
const SHORTEST_KEY: usize = 32;

impl AskDraft {
    pub(crate) fn finish(self, faults: &mut Vec<String>) -> AskSettings {
        if self.keys.iter().any(|key| key.len() < SHORTEST_KEY) {
            faults.push(format!(
                "a key of `state_keys` is shorter than {SHORTEST_KEY} bytes; use {SHORTEST_KEY} \
                 random bytes"
            ));
        }
        let sealer = if self.keys.is_empty() {
            Sealer::random().unwrap_or_else(|error| {
                faults.push(format!("the system gives no random numbers: {error}"));
                Sealer::of::<[u8; 0]>(&[])
            })
        } else {
            Sealer::of(&self.keys)
        };
        AskSettings { sealer, patience: self.patience, max_state: self.max_state }
    }
}

impl Server {
    /// How long a client may take to answer a question, ten minutes by default.
    ///
    /// A legacy session waits that long; in the modern era the state of a call that waits for
    /// answers is accepted for that long.
    #[must_use]
    pub fn answer_within(mut self, time: Duration) -> Self {
        self.asking.patience = time;
        self
    }

    /// The keys that seal the state of calls which wait for answers: the one in use, then those
    /// that were in use before and are still accepted.
    ///
    /// Without keys a random one is made for this process, so a call cannot be continued after a
    /// restart or on another instance. Give the instances behind one address the same keys, 32
    /// random bytes each; to change them, put the new one first and drop the old one once
    /// [`Server::answer_within`] has passed.
    #[must_use]
    pub fn state_keys<K: AsRef<[u8]>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.asking.keys = keys.into_iter().map(|key| key.as_ref().to_vec()).collect();
        self
    }

    /// How long the state of a call may be before it is sealed, in bytes; 256 KiB by default. It holds
    /// the answers to the questions of the call and the results of its
    /// [`once`](crate::context::handle::Context::once), and travels to the client and back with each question, a third
    /// longer.
    #[must_use]
    pub fn max_request_state(mut self, bytes: usize) -> Self {
        self.asking.max_state = bytes;
        self
    }
}
