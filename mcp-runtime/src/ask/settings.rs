//! Settings of the questions of a server, while it is built.

use std::time::Duration;

use super::seal::Sealer;
use crate::context::host::AskSettings;

/// [`AskSettings`] of a server that is being built.
pub(crate) struct AskDraft {
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) answer_timeout: Duration,
    pub(crate) max_state: usize,
}

impl Default for AskDraft {
    fn default() -> Self {
        Self { keys: Vec::new(), answer_timeout: Duration::from_secs(600), max_state: 256 << 10 }
    }
}

/// The shortest key that is accepted, in bytes.
const MIN_KEY_LENGTH: usize = 32;

impl AskDraft {
    pub(crate) fn finish(self, faults: &mut Vec<String>) -> AskSettings {
        if self.keys.iter().any(|key| key.len() < MIN_KEY_LENGTH) {
            faults.push(format!(
                "a key of `state_keys` is shorter than {MIN_KEY_LENGTH} bytes; use {MIN_KEY_LENGTH} \
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
        let Self { answer_timeout, max_state, .. } = self;
        AskSettings { sealer: Box::new(sealer), answer_timeout, max_state }
    }
}
