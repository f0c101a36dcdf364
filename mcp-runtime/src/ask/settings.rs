//! Builder of the settings for questions.

use std::sync::Arc;
use std::time::Duration;

use super::seal::Sealer;
use crate::context::host::AskSettings;
use crate::store::Store;

/// Builder of [`AskSettings`].
pub(crate) struct AskSettingsBuilder {
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) answer_timeout: Duration,
    pub(crate) max_state: usize,
}

impl Default for AskSettingsBuilder {
    fn default() -> Self {
        Self { keys: Vec::new(), answer_timeout: Duration::from_secs(600), max_state: 256 << 10 }
    }
}

/// Minimum length of a key, in bytes.
const MIN_KEY_LENGTH: usize = 32;

impl AskSettingsBuilder {
    pub(crate) fn finish(self, store: &Store, errors: &mut Vec<String>) -> AskSettings {
        if self.keys.iter().any(|key| key.len() < MIN_KEY_LENGTH) {
            errors.push(format!(
                "a key of `state_keys` is shorter than {MIN_KEY_LENGTH} bytes; use {MIN_KEY_LENGTH} \
                 random bytes"
            ));
        }
        let sealer = if !self.keys.is_empty() {
            Sealer::of(&self.keys)
        } else if store.is_persistent() {
            Sealer::shared(store.clone())
        } else {
            Sealer::random().unwrap_or_else(|error| {
                errors.push(format!("the system gives no random numbers: {error}"));
                Sealer::of::<[u8; 0]>(&[])
            })
        };
        let Self { answer_timeout, max_state, .. } = self;
        let url_elicitations = Arc::default();
        AskSettings { sealer: Box::new(sealer), answer_timeout, max_state, url_elicitations }
    }
}
